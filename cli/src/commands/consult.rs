//! `tongban consult …` (即时沟通、视频会商): a question to the owner's liaison, the answer, and the record of a video
//! consult that both cities sign.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    CASE_PAGE, CASE_PAGE_MAX, ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow, VideoAnswer,
};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::consult::{Answer, Ask, SignVideo, Video};
use tongban_ledger::consult::{Stage, Verdict};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::case::pages::more;
use crate::commands::case::{due_text, history};
use crate::commands::{Act, act, short, time};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::personal;
use crate::read::{self, Words};
use crate::source::Source;
use crate::table::{COLUMNS, fields, indent, narrow_table};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// 提问.
    Ask(AskArgs),
    /// 答复.
    Answer(AnswerArgs),
    /// 视频会商.
    Video(VideoArgs),
    /// 签认视频会商.
    SignVideo(SignArgs),
    /// Lists consults.
    List(ListArgs),
    /// Shows a consult.
    Show(ShowArgs),
}

/// Raw arguments of `ask`.
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// The city asked
    #[arg(long, value_name = "CITY")]
    pub to: String,
    /// The item's base code
    #[arg(long, value_name = "ITEM")]
    pub item: String,
    /// What is handed in, as M1:2,M2 (requirement and pages)
    #[arg(long, value_name = "LIST")]
    pub materials: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The question.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `answer`.
#[derive(Debug, clap::Args)]
pub struct AnswerArgs {
    /// The consult, by a unique beginning of its document id
    #[arg(value_name = "CONSULT")]
    pub consult: String,
    /// The papers do
    #[arg(long, conflicts_with = "defects", required_unless_present = "defects")]
    pub ok: bool,
    /// A defect, as M2=missing (or wrong-form, unreadable, expired, inconsistent, original-wanted); repeat for all of them
    #[arg(long = "defect", value_name = "REQUIREMENT=FAULT")]
    pub defects: Vec<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The answer in words.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `video`.
#[derive(Debug, clap::Args)]
pub struct VideoArgs {
    /// The consult, by a unique beginning of its document id
    #[arg(value_name = "CONSULT")]
    pub consult: String,
    /// When it began, as 2026-09-21T10:40
    #[arg(long, value_name = "TIME")]
    pub started: String,
    /// When it ended, as 2026-09-21T11:05
    #[arg(long, value_name = "TIME")]
    pub ended: String,
    /// Staff numbers of those who took part here, as A1,A2
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub ours: Vec<String>,
    /// Staff numbers of those who took part in the other city
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub theirs: Vec<String>,
    /// The requirements examined, as M1,M2
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub points: Vec<String>,
    /// The papers are not complete or not in the right form
    #[arg(long)]
    pub incomplete: bool,
    /// Hash of the recording, 64 hex digits
    #[arg(long, value_name = "HASH")]
    pub recording_hash: Option<String>,
    /// Where the recording lies
    #[arg(long, value_name = "TEXT")]
    pub recording_ref: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The conclusion in words.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `sign-video`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The consult, by a unique beginning of its document id
    #[arg(value_name = "CONSULT")]
    pub consult: String,
    /// The video consult by the beginning of its id [default: the only one that waits]
    #[arg(long, value_name = "ENTRY")]
    pub video: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

/// Raw arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only what waits for this city
    #[arg(long)]
    pub waiting: bool,
    /// Only what is overdue
    #[arg(long)]
    pub overdue: bool,
    /// How many, those that were asked last
    #[arg(long, value_name = "COUNT", default_value_t = CASE_PAGE,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Where the page before ended, as it was printed there
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
}

/// Raw arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The consult, by a unique beginning of its document id
    #[arg(value_name = "CONSULT")]
    pub consult: String,
    /// Whole ids, and no limit of width
    #[arg(long)]
    pub full: bool,
}

impl AskArgs {
    fn check(self, source: &mut dyn Source) -> Result<Ask, CliError> {
        Ok(Ask {
            to: read::division(&self.to, "--to")?,
            item: self.item,
            materials: read::materials(&self.materials)?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

impl AnswerArgs {
    fn check(self, source: &mut dyn Source) -> Result<Answer, CliError> {
        let defects = self.defects.iter().map(|text| read::defect(text));
        Ok(Answer {
            consult: self.consult,
            verdict: match self.ok {
                true => Verdict::Ok,
                false => Verdict::NotOk,
            },
            defects: defects.collect::<Result<_, _>>()?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

impl VideoArgs {
    fn check(self, source: &mut dyn Source) -> Result<Video, CliError> {
        let people = |list: Vec<String>, option: &str| -> Result<Vec<String>, CliError> {
            list.into_iter()
                .map(|number| read::staff(number, option))
                .collect()
        };
        let place = self.recording_ref.map(personal::guarded).transpose()?;
        Ok(Video {
            consult: self.consult,
            started: read::wall_time(&self.started, "--started")?,
            ended: read::wall_time(&self.ended, "--ended")?,
            ours: people(self.ours, "--ours")?,
            theirs: people(self.theirs, "--theirs")?,
            complete: !self.incomplete,
            points: self.points,
            recording_hash: self.recording_hash,
            recording_ref: place.unwrap_or_default(),
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

impl SignArgs {
    fn check(self) -> Result<SignVideo, CliError> {
        Ok(SignVideo {
            consult: self.consult,
            video: self.video,
            officer: read::officer(self.officer)?,
        })
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Ask(args) => vec![("--to", &mut args.to)],
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Ask(args) => Command::ConsultAsk(args.check(source)?),
            Sub::Answer(args) => Command::ConsultAnswer(args.check(source)?),
            Sub::Video(args) => Command::ConsultVideo(args.check(source)?),
            Sub::SignVideo(args) => Command::ConsultSignVideo(args.check()?),
            Sub::List(_) | Sub::Show(_) => {
                return Err(CliError::refused(Code::Argument, "consult"));
            }
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let explain = |error| context.explain(error);
    match sub {
        Sub::List(args) => {
            let cities = context.cities().await;
            let found = gather(&args, &cities, context).await?;
            let mut text = match found.consults.is_empty() {
                true => format!("{}\n", context.say.t("none")),
                false => list(&found.consults, &cities, context.say),
            };
            text.push_str(&more(found.next.as_ref(), context.say));
            Ok(Shown::new(&found, text))
        }
        Sub::Show(args) => {
            let consult = context.client.consult(&args.consult).await;
            let consult = consult.map_err(explain)?;
            let cities = context.cities().await;
            let text = one(&consult, &cities, args.full, context.say);
            Ok(Shown::new(&consult, text))
        }
        other => act(other, context).await,
    }
}

/// How often the node is asked for one page: where few consults fit, each answer is short.
const CALLS_MAX: u32 = 40;

/// Gathers the consults of a page.
async fn gather(
    args: &ListArgs,
    cities: &Cities,
    context: &Context<'_>,
) -> Result<ConsultPage, CliError> {
    let mut query = ConsultQuery {
        // What waits, or is overdue, is open.
        open: (args.waiting || args.overdue).then_some(true),
        after: args.after.clone(),
        limit: None,
    };
    let mut found = ConsultPage::default();
    for _ in 0..CALLS_MAX {
        let have = u32::try_from(found.consults.len()).unwrap_or(u32::MAX);
        let left = args.limit.saturating_sub(have);
        if left == 0 {
            break;
        }
        query.limit = Some(left.min(CASE_PAGE_MAX));
        let page = context.client.consult_page(&query).await;
        let page = page.map_err(|error| context.explain(error))?;
        let rows = page.consults.into_iter();
        found
            .consults
            .extend(rows.filter(|row| takes(row, args, cities)));
        found.next.clone_from(&page.next);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(found)
}

fn takes(row: &ConsultRow, args: &ListArgs, cities: &Cities) -> bool {
    let mine = row.waits_for.iter().any(|city| cities.is_own(*city));
    let late = row.clock.overdue && row.clock.done.is_none();
    (!args.waiting || mine) && (!args.overdue || late)
}

fn list(rows: &[ConsultRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-document"),
        say.t("label-time"),
        say.t("label-item"),
        say.t("label-asker-asked"),
        say.t("label-state"),
    ];
    let rows = rows.iter().map(|row| {
        vec![
            short(&row.document),
            time(row.time),
            row.item_name.clone(),
            format!("{}→{}", cities.name(row.from), cities.name(row.to)),
            state(row, cities, say),
        ]
    });
    narrow_table(&header, rows.collect(), &[2, 4], COLUMNS)
}

/// Says what was answered, or for whom the consult waits and until when.
pub fn state(row: &ConsultRow, cities: &Cities, say: &Catalogue) -> String {
    let mut parts = Vec::new();
    match row.verdict {
        Some(_) if row.contradicts => parts.push(say.t("consult-contradicts")),
        Some(verdict) => {
            let minutes = row.minutes.unwrap_or_default().to_string();
            let said = say.term("verdict", verdict.name());
            let values = [("verdict", said.as_str()), ("minutes", &minutes)];
            parts.push(say.tf("consult-answered", &values));
        }
        None => {
            let due = due_text(&row.clock, say);
            parts.push(match row.clock.overdue {
                true => say.tf("consult-overdue", &[("due", &due)]),
                false => say.tf("consult-due", &[("due", &due)]),
            });
        }
    }
    if let (Some(stage), None) = (row.escalated, row.verdict) {
        parts.push(escalated(stage, say));
    }
    if row.reviewed {
        parts.push(say.t("consult-reviewed"));
    }
    let who = |city: &DivisionCode| match cities.is_own(*city) {
        true => say.t("link-own"),
        false => cities.name(*city),
    };
    for city in &row.unsigned {
        parts.push(say.tf("consult-to-sign", &[("city", &who(city))]));
    }
    let silent = row
        .waits_for
        .iter()
        .filter(|city| !row.unsigned.contains(city));
    if let Some(city) = silent.copied().next() {
        parts.push(say.tf("consult-waits", &[("city", &who(&city))]));
    }
    parts.join(&say.t("list-comma"))
}

fn escalated(stage: Stage, say: &Catalogue) -> String {
    let stage = say.term("escalation", stage.name());
    say.tf("consult-escalated", &[("stage", &stage)])
}

fn one(consult: &ConsultAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let row = &consult.row;
    let materials: Vec<String> = row
        .materials
        .iter()
        .map(|(requirement, pages)| format!("{requirement}×{pages}"))
        .collect();
    let defects: Vec<String> = consult
        .defects
        .iter()
        .map(|defect| {
            let fault = say.term("fault", defect.fault.name());
            format!("{} {fault}", defect.requirement)
        })
        .collect();
    let mut rows = vec![
        (say.t("label-document"), row.document.clone()),
        (
            say.t("label-item"),
            format!("{} {}", row.item, row.item_name),
        ),
        (say.t("label-asker"), cities.show(row.from)),
        (say.t("label-asked"), cities.show(row.to)),
        (say.t("label-time"), time(row.time)),
        (
            say.t("label-materials"),
            materials.join(&say.t("list-comma")),
        ),
        (say.t("label-state"), state(row, cities, say)),
        (
            say.t("label-consult-defects"),
            defects.join(&say.t("list-comma")),
        ),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    let mut text = fields(&rows);
    for video in &consult.videos {
        text.push_str(&format!("\n{}\n", say.t("label-consult-video")));
        text.push_str(&indent(&fields(&video_rows(video, cities, say))));
    }
    text.push_str(&format!("\n{}\n", say.t("label-history")));
    let audience = [row.from, row.to];
    text.push_str(&history(&consult.entries, &audience, cities, full, say));
    text
}

fn video_rows(video: &VideoAnswer, cities: &Cities, say: &Catalogue) -> Vec<(String, String)> {
    let comma = say.t("list-comma");
    let result = match (video.signed, video.complete) {
        (false, _) => say.tf("consult-unsigned", &[("city", &cities.name(video.by))]),
        (true, true) => say.t("consult-complete"),
        (true, false) => say.t("consult-incomplete"),
    };
    let mut rows = vec![
        (say.t("label-entry"), short(&video.video)),
        (
            say.t("label-time"),
            format!("{} – {}", video.started, video.ended).replace('T', " "),
        ),
        (say.t("label-asker"), video.askers.join(&comma)),
        (say.t("label-asked"), video.asked.join(&comma)),
        (say.t("label-materials"), video.points.join(&comma)),
        (say.t("label-conclusion"), result),
        (say.t("label-recording"), video.recording_ref.clone()),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    /// A question of 南平 to 衢州, with what a test changes in it.
    fn consult(change: serde_json::Value) -> ConsultAnswer {
        let mut json = serde_json::json!({
            "document": "5f3a".repeat(16), "from": "350700", "to": "330800", "item": "I-03",
            "item_name": "公司设立登记", "time": 1_789_956_300, "materials": [["M1", 2]],
            "waits_for": ["330800"], "guide": 1, "entries": [],
            "clock": {
                "clock": "consult_answer", "due": "2026-09-21", "moment": 1_789_968_900,
                "holder": "330800", "overdue": false
            },
        });
        let more = change.as_object().expect("a table").clone();
        json.as_object_mut().expect("a table").extend(more);
        serde_json::from_value(json).expect("a consult")
    }

    #[test]
    fn a_list_says_for_whom_a_consult_waits_and_how_long_the_answer_took() {
        let say = Catalogue::new(Lang::Zh);
        let check = |change: serde_json::Value, words: &[&str]| {
            let row = consult(change).row;
            let text = list(std::slice::from_ref(&row), &cities(), &say);
            // A cell may be broken into lines, so words are looked for before that.
            let whole = format!("{} {}", state(&row, &cities(), &say), time(row.time));
            for word in words {
                let there = whole.contains(word) || text.contains(word);
                assert!(there, "{word}: {whole}: {text}");
            }
        };
        check(serde_json::json!({}), &["5f3a5f3a5f3a", "13:35", "本市"]);
        check(
            serde_json::json!({"verdict": "ok", "minutes": 26, "waits_for": []}),
            &["符合", "（26"],
        );
        check(
            serde_json::json!({"verdict": "not-ok", "contradicts": true}),
            &["不一致"],
        );
        check(serde_json::json!({"escalated": "post-b"}), &["B 岗"]);
        check(
            serde_json::json!({"verdict": "ok", "minutes": 1, "unsigned": ["330800"]}),
            &["视频会商待本市签认"],
        );
    }

    #[test]
    fn a_choice_leaves_out_the_rest() {
        let open = consult(serde_json::json!({})).row;
        let args = |waiting, overdue| ListArgs {
            waiting,
            overdue,
            limit: CASE_PAGE,
            after: None,
        };
        assert!(takes(&open, &args(true, false), &cities()));
        assert!(!takes(&open, &args(false, true), &cities()));
        let done = consult(serde_json::json!({"waits_for": []})).row;
        assert!(!takes(&done, &args(true, false), &cities()));
    }

    #[test]
    fn a_conclusion_is_one_only_once_both_signed() {
        let say = Catalogue::new(Lang::Zh);
        let check = |signed: bool, word: &str| {
            let video = serde_json::json!({
                "video": "77".repeat(32), "by": "350700", "started": "2026-09-21T10:40",
                "ended": "2026-09-21T11:05", "askers": ["NP-1"], "asked": ["QZ-1"], "complete": true,
                "points": ["M1"], "signed": signed,
            });
            let consult = consult(serde_json::json!({ "videos": [video] }));
            let text = one(&consult, &cities(), false, &say);
            assert!(text.contains(word), "{word}: {text}");
            assert!(text.contains("2026-09-21 10:40"), "{text}");
        };
        check(true, "形式完整");
        check(false, "待对方签认");
    }
}
