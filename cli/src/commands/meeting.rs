//! `tongban meeting …` (联席会议): convened, written together, signed by the cities that came; action items and issues.

use serde::Serialize;
use tongban_ledger::agreement::Body;
use tongban_ledger::answer::{ActionRow, AgendaRow, IssueRow, MeetingAnswer, MeetingRow};
use tongban_ledger::code::Code;
use tongban_ledger::command::meeting::{Action, Attend, Convene, Finish, Issue, Sign, Write};
use tongban_ledger::command::{Command, FileEdit};
use tongban_ledger::meeting::{Category, Part};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::case::{due_text, history};
use crate::commands::{Act, act, give, short};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read::{self, Words};
use crate::rule::Rule;
use crate::source::Source;
use crate::table::{COLUMNS, fields, indent, narrow_table};
use crate::{personal, words};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// 召集.
    Convene(ConveneArgs),
    /// 议程.
    Agenda(WriteArgs),
    /// 纪要.
    Minutes(WriteArgs),
    /// 出席.
    Attend(AttendArgs),
    /// 签认纪要.
    Sign(SignArgs),
    /// 待办.
    Action(ActionArgs),
    /// A due action item is done.
    Done(FinishArgs),
    /// 议题.
    Issue(IssueArgs),
    /// An issue is resolved.
    Resolve(FinishArgs),
    /// Lists meetings.
    List(ListArgs),
    /// Shows a meeting.
    Show(ShowArgs),
}

/// Raw arguments of `convene`.
#[derive(Debug, clap::Args)]
pub struct ConveneArgs {
    /// The meeting's number, as JM-2026-2
    #[arg(value_name = "NUMBER")]
    pub meeting_number: String,
    /// The day on which it meets
    #[arg(long, value_name = "DAY")]
    pub on: String,
    /// The city that hosts it [default: this city]
    #[arg(long, value_name = "CITY")]
    pub host: Option<String>,
    /// Which body meets
    #[arg(long, value_name = "BODY", value_parser = words::body(), default_value = "leading")]
    pub body: Body,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The agreement
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `agenda` and `minutes`: without text they show it.
#[derive(Debug, clap::Args)]
pub struct WriteArgs {
    /// The meeting; without one `agenda` shows what waits for the next
    #[arg(value_name = "MEETING")]
    pub meeting: Option<String>,
    /// Where the text goes, in characters from the start [default: the end]
    #[arg(long, value_name = "PLACE")]
    pub at: Option<usize>,
    /// Deletes so many characters from that place on
    #[arg(long, value_name = "COUNT", requires = "at")]
    pub delete: Option<usize>,
    /// The text.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `attend`.
#[derive(Debug, clap::Args)]
pub struct AttendArgs {
    /// The meeting
    #[arg(value_name = "MEETING")]
    pub meeting: String,
    /// Staff numbers of those who came, as A1,A2
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    pub people: Vec<String>,
}

/// Raw arguments of `sign`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The meeting
    #[arg(value_name = "MEETING")]
    pub meeting: String,
    /// The hash of the text that was read; another text is not signed
    #[arg(long, value_name = "HASH")]
    pub text_hash: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Only shows what would be signed
    #[arg(long)]
    pub dry_run: bool,
}

/// Raw arguments of `action`.
#[derive(Debug, clap::Args)]
pub struct ActionArgs {
    /// The meeting
    #[arg(value_name = "MEETING")]
    pub meeting: String,
    /// The city that has to act [default: this city]
    #[arg(long, value_name = "CITY")]
    pub owner: Option<String>,
    /// The last day
    #[arg(
        long,
        value_name = "DAY",
        conflicts_with = "within",
        required_unless_present = "within"
    )]
    pub due: Option<String>,
    /// Working days from today, in place of a day
    #[arg(long, value_name = "COUNT")]
    pub within: Option<u16>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// What is to be done.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `done` and `resolve`.
#[derive(Debug, clap::Args)]
pub struct FinishArgs {
    /// The meeting
    #[arg(value_name = "MEETING")]
    pub meeting: String,
    /// Which one, by the beginning of its id [default: the only open one of this city]
    #[arg(long, value_name = "ENTRY")]
    pub entry: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// How.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `issue`.
#[derive(Debug, clap::Args)]
pub struct IssueArgs {
    /// The meeting [default: the next one that is convened]
    #[arg(long, value_name = "MEETING")]
    pub meeting: Option<String>,
    /// What it is about
    #[arg(long, value_name = "CATEGORY", value_parser = words::category())]
    pub category: Category,
    /// A case in which it showed; may be repeated
    #[arg(long = "case", value_name = "CASE")]
    pub cases: Vec<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The problem.
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only what waits for this city
    #[arg(long)]
    pub waiting: bool,
}

/// Raw arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The meeting
    #[arg(value_name = "MEETING")]
    pub meeting: String,
    /// Whole ids, and no limit of width
    #[arg(long)]
    pub full: bool,
}

impl ConveneArgs {
    fn check(self) -> Result<Convene, CliError> {
        let host = self.host.map(|host| read::division(&host, "--host"));
        Ok(Convene {
            number: personal::guarded(self.meeting_number)?,
            on: read::day(&self.on, "--on")?,
            host: host.transpose()?,
            body: self.body,
            officer: read::officer(self.officer)?,
            agreement: self.agreement,
        })
    }
}

impl WriteArgs {
    fn check(self, part: Part, source: &mut dyn Source) -> Result<Write, CliError> {
        let nothing = || CliError::rule(Code::Argument, "--text", Rule::NoEdit, "");
        let text = self.words.check(source)?;
        let mut edits = Vec::new();
        if let (Some(at), Some(count)) = (self.at, self.delete) {
            edits.push(FileEdit::DeleteNote { at, count });
        }
        match (self.at, text.is_empty()) {
            (_, true) => {}
            (Some(at), false) => edits.push(FileEdit::InsertNote { at, text }),
            (None, false) => edits.push(FileEdit::AppendNote { text }),
        }
        if edits.is_empty() {
            return Err(nothing());
        }
        Ok(Write {
            meeting: self.meeting.ok_or_else(nothing)?,
            part,
            edits,
        })
    }
}

impl AttendArgs {
    fn check(self) -> Result<Attend, CliError> {
        let people = self.people.into_iter();
        let people = people.map(|number| read::staff(number, "--people"));
        Ok(Attend {
            meeting: self.meeting,
            people: people.collect::<Result<_, _>>()?,
        })
    }
}

impl SignArgs {
    fn check(self) -> Result<Sign, CliError> {
        Ok(Sign {
            meeting: self.meeting,
            text: self.text_hash,
            officer: read::officer(self.officer)?,
        })
    }
}

impl ActionArgs {
    fn check(self, source: &mut dyn Source) -> Result<Action, CliError> {
        let owner = self.owner.map(|owner| read::division(&owner, "--owner"));
        let due = self.due.map(|due| read::day(&due, "--due"));
        Ok(Action {
            meeting: self.meeting,
            owner: owner.transpose()?,
            due: due.transpose()?,
            within: self.within,
            text: self.words.check(source)?,
            officer: read::officer(self.officer)?,
        })
    }
}

impl FinishArgs {
    fn check(self, source: &mut dyn Source) -> Result<Finish, CliError> {
        Ok(Finish {
            meeting: self.meeting,
            entry: self.entry,
            text: self.words.check(source)?,
            officer: read::officer(self.officer)?,
        })
    }
}

impl IssueArgs {
    fn check(self, source: &mut dyn Source) -> Result<Issue, CliError> {
        Ok(Issue {
            meeting: self.meeting,
            category: self.category,
            cases: self.cases,
            text: self.words.check(source)?,
            officer: read::officer(self.officer)?,
        })
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Convene(args) => args.host.iter_mut().map(|host| ("--host", host)).collect(),
            Sub::Action(args) => {
                let owner = args.owner.iter_mut();
                owner.map(|owner| ("--owner", owner)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Convene(args) => Command::MeetingConvene(args.check()?),
            Sub::Agenda(args) => Command::MeetingWrite(args.check(Part::Agenda, source)?),
            Sub::Minutes(args) => Command::MeetingWrite(args.check(Part::Minutes, source)?),
            Sub::Attend(args) => Command::MeetingAttend(args.check()?),
            Sub::Sign(args) => Command::MeetingSign(args.check()?),
            Sub::Action(args) => Command::MeetingAction(args.check(source)?),
            Sub::Done(args) => Command::MeetingActionDone(args.check(source)?),
            Sub::Issue(args) => Command::MeetingIssue(args.check(source)?),
            Sub::Resolve(args) => Command::MeetingResolve(args.check(source)?),
            Sub::List(_) | Sub::Show(_) => {
                return Err(CliError::refused(Code::Argument, "meeting"));
            }
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::List(args) => list(&args, context).await,
        Sub::Show(args) => show(&args.meeting, args.full, context).await,
        Sub::Agenda(args) if args.only_shows() => match &args.meeting {
            Some(meeting) => text(meeting, Part::Agenda, context).await,
            None => next_agenda(context).await,
        },
        Sub::Minutes(args) if args.only_shows() => match &args.meeting {
            Some(meeting) => text(meeting, Part::Minutes, context).await,
            None => Err(CliError::refused(Code::Argument, "meeting")),
        },
        Sub::Sign(args) if args.dry_run => dry_run(&args.meeting, context).await,
        Sub::Sign(args) => {
            let sign = Command::MeetingSign(args.check()?);
            give(&sign, context).await.map(|(shown, _)| shown)
        }
        other => act(other, context).await,
    }
}

impl WriteArgs {
    /// Without text and without deletion it shows what is there.
    fn only_shows(&self) -> bool {
        self.words.is_empty() && self.delete.is_none()
    }
}

async fn list(args: &ListArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let told = context.client.meetings().await;
    let mut told = told.map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let say = context.say;
    if args.waiting {
        let mine = |row: &MeetingRow| row.waits_for.iter().any(|city| cities.is_own(*city));
        told.meetings.retain(mine);
        told.actions.retain(|one| cities.is_own(one.clock.holder));
        told.agenda.clear();
    }
    let mut text = match told.meetings.is_empty() {
        true => format!("{}\n", say.t("none")),
        false => table_of(&told.meetings, &cities, say),
    };
    text.push_str(&actions(&told.actions, &cities, say));
    text.push_str(&agenda(&told.agenda, say));
    Ok(Shown::new(&told, text))
}

fn table_of(rows: &[MeetingRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-number"),
        say.t("label-meeting-day"),
        say.t("label-host"),
        say.t("label-state"),
    ];
    let rows = rows.iter().map(|row| {
        vec![
            row.number.clone(),
            row.on.to_string(),
            cities.name(row.host),
            state(row, cities, say),
        ]
    });
    narrow_table(&header, rows.collect(), &[2, 3], COLUMNS)
}

/// How far the minutes are, and for whom they wait.
fn state(row: &MeetingRow, cities: &Cities, say: &Catalogue) -> String {
    let mut parts = vec![say.term("adoption", &row.adoption)];
    if !row.waits_for.is_empty() {
        let names = cities.names(&row.waits_for, say);
        parts.push(say.tf("meeting-waits", &[("cities", &names)]));
    }
    for (count, id) in [(row.open_actions, "actions"), (row.open_issues, "issues")] {
        if count > 0 {
            let count = count.to_string();
            parts.push(match id {
                "actions" => say.tf("meeting-open-actions", &[("count", &count)]),
                _ => say.tf("meeting-open-issues", &[("count", &count)]),
            });
        }
    }
    parts.join(&say.t("list-comma"))
}

/// What came on an agenda by itself.
fn agenda(rows: &[AgendaRow], say: &Catalogue) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let lines = rows.iter().map(|row| {
        let kind = say.term("agenda", &row.kind);
        let about = match row.kind.as_str() {
            "issue" => say.term("category", &row.about),
            _ => row.about.clone(),
        };
        let values = [
            ("kind", kind.as_str()),
            ("about", &about),
            ("meeting", &row.meeting),
            ("text", &row.text),
        ];
        say.tf("agenda-line", &values).trim_end().to_owned()
    });
    let lines: Vec<String> = lines.collect();
    let head = say.t("label-agenda-items");
    format!("\n{head}\n{}", indent(&lines.join("\n")))
}

fn actions(rows: &[ActionRow], cities: &Cities, say: &Catalogue) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let lines = rows.iter().map(|row| {
        let due = due_text(&row.clock, say);
        let state = match (row.clock.done, row.clock.overdue, row.clock.amber) {
            (Some(_), _, _) => say.t("action-done"),
            (None, true, _) => say.t("action-overdue"),
            (None, false, true) => say.t("action-soon"),
            (None, false, false) => say.t("action-open"),
        };
        let city = cities.name(row.clock.holder);
        let id = short(&row.action);
        let values = [
            ("id", id.as_str()),
            ("city", &city),
            ("due", &due),
            ("state", &state),
            ("text", &row.text),
        ];
        say.tf("action-line", &values)
    });
    let lines: Vec<String> = lines.collect();
    let head = say.t("label-actions");
    format!("\n{head}\n{}", indent(&lines.join("\n")))
}

fn issues(rows: &[IssueRow], cities: &Cities, say: &Catalogue) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let lines = rows.iter().map(|row| {
        let state = match row.resolved {
            true => say.t("issue-resolved"),
            false => say.t("issue-open"),
        };
        let mut cases = row.cases.clone();
        if row.other_cases > 0 {
            let count = row.other_cases.to_string();
            cases.push(say.tf("issue-other-cases", &[("count", &count)]));
        }
        let cases = cases.join(&say.t("list-comma"));
        let (id, city) = (short(&row.issue), cities.name(row.by));
        let category = say.term("category", row.category.name());
        let values = [
            ("id", id.as_str()),
            ("city", &city),
            ("category", &category),
            ("state", &state),
            ("cases", &cases),
            ("text", &row.text),
        ];
        say.tf("issue-line", &values).trim_end().to_owned()
    });
    let lines: Vec<String> = lines.collect();
    let head = say.t("label-issues");
    format!("\n{head}\n{}", indent(&lines.join("\n")))
}

async fn meeting(name: &str, context: &Context<'_>) -> Result<MeetingAnswer, CliError> {
    let told = context.client.meeting(name).await;
    told.map_err(|error| context.explain(error))
}

async fn show(name: &str, full: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let told = meeting(name, context).await?;
    let cities = context.cities().await;
    let text = one(&told, &cities, full, context.say);
    Ok(Shown::new(&told, text))
}

fn one(told: &MeetingAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let row = &told.row;
    let people = told.people.iter().map(|(city, people)| {
        let people = people.join(&say.t("list-comma"));
        let city = cities.name(*city);
        say.tf("help-word", &[("word", &city), ("meaning", &people)])
    });
    let people: Vec<String> = people.collect();
    let hash = match told.minutes.is_empty() {
        true => String::new(),
        false => told.minutes_hash.clone(),
    };
    let mut rows = vec![
        (say.t("label-number"), row.number.clone()),
        (say.t("label-document"), row.document.clone()),
        (say.t("label-body"), say.term("body", row.body.name())),
        (say.t("label-meeting-day"), row.on.to_string()),
        (say.t("label-host"), cities.show(row.host)),
        (say.t("label-people"), people.join(&say.t("list-comma"))),
        (say.t("label-state"), state(row, cities, say)),
        (say.t("label-signed"), cities.names(&row.signed, say)),
        (say.t("label-text-hash"), hash),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    let mut text = fields(&rows);
    if !told.whole {
        text.push_str(&format!("{}\n", say.t("meeting-not-whole")));
    }
    for (head, body) in [
        (say.t("label-agenda"), &told.agenda),
        (say.t("label-minutes"), &told.minutes),
    ] {
        if !body.is_empty() {
            text.push_str(&format!("\n{head}\n{}", indent(body)));
        }
    }
    text.push_str(&agenda(&told.items, say));
    text.push_str(&actions(&told.actions, cities, say));
    text.push_str(&issues(&told.issues, cities, say));
    let audience: Vec<_> = cities.codes();
    text.push_str(&format!("\n{}\n", say.t("label-history")));
    text.push_str(&history(&told.entries, &audience, cities, full, say));
    text
}

/// One of the two texts, with the hash that a signature names.
async fn text(name: &str, part: Part, context: &Context<'_>) -> Result<Shown, CliError> {
    #[derive(Serialize)]
    struct Said<'a> {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        hash: Option<&'a str>,
        items: &'a [AgendaRow],
    }
    let told = meeting(name, context).await?;
    let say = context.say;
    let (words, hash) = match part {
        Part::Agenda => (&told.agenda, None),
        Part::Minutes => (&told.minutes, Some(told.minutes_hash.as_str())),
    };
    let items: &[AgendaRow] = match part {
        Part::Agenda => &told.items,
        Part::Minutes => &[],
    };
    let mut text = format!("{words}\n");
    if let Some(hash) = hash {
        text.push_str(&fields(&[(say.t("label-text-hash"), hash.to_owned())]));
    }
    text.push_str(&agenda(items, say));
    let said = Said {
        text: words,
        hash,
        items,
    };
    Ok(Shown::new(&said, text))
}

/// What waits for the next meeting.
async fn next_agenda(context: &Context<'_>) -> Result<Shown, CliError> {
    let told = context.client.meetings().await;
    let told = told.map_err(|error| context.explain(error))?;
    let text = match told.agenda.is_empty() {
        true => format!("{}\n", context.say.t("none")),
        false => agenda(&told.agenda, context.say),
    };
    Ok(Shown::new(&told.agenda, text))
}

/// What a signature would be under.
async fn dry_run(name: &str, context: &Context<'_>) -> Result<Shown, CliError> {
    let told = meeting(name, context).await?;
    let say = context.say;
    let mut text = format!("{}\n", told.minutes);
    let hash = told.minutes_hash.clone();
    text.push_str(&fields(&[(say.t("label-text-hash"), hash)]));
    text.push_str(&format!("{}\n", say.t("meeting-dry-run")));
    Ok(Shown::new(&told, text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    /// a meeting shows for whose signature it waits, what is due and what came on the agenda by itself.
    #[test]
    fn a_meeting_shows_what_it_waits_for() {
        let answer: MeetingAnswer = serde_json::from_value(json!({
            "document": "5f3a".repeat(16), "agreement": "ab".repeat(32), "number": "JM-2026-2", "on": "2026-10-19",
            "host": "350700", "by": "330800", "body": "leading", "attending": ["330800", "350700"],
            "signed": ["330800"], "waits_for": ["350700"], "adoption": "open", "open_actions": 1, "open_issues": 1,
            "agenda": "一、第二批事项。", "minutes": "会议通过。", "minutes_hash": "cd".repeat(32), "whole": true,
            "items": [
                {"kind": "guide-conflict", "about": "I-005 v2"},
                {"kind": "issue", "about": "standard", "meeting": "JM-2026-1", "text": "标准不一"},
            ],
            "people": {"330800": ["QZ-1"]},
            "actions": [{"action": "77".repeat(32), "document": "5f3a".repeat(16), "meeting": "JM-2026-2",
                "text": "对接系统", "clock": {"clock": "meeting_action", "due": "2026-10-22", "holder": "350700",
                "overdue": true}}],
            "issues": [{"issue": "88".repeat(32), "by": "350700", "category": "mail", "cases": ["TB1"],
                "other_cases": 2, "text": "包裹丢失", "resolved": false}],
            "entries": [],
        }))
        .expect("a meeting");
        for (lang, expected) in [
            (
                Lang::Zh,
                vec![
                    "领导小组",
                    "指南冲突",
                    "标准不一",
                    "已超期",
                    "待签认",
                    "另有 2 件",
                ],
            ),
            (
                Lang::En,
                vec!["leading group", "guide conflict", "overdue", "cdcdcdcd"],
            ),
        ] {
            let say = Catalogue::new(lang);
            let text = one(&answer, &cities(), false, &say);
            for word in expected {
                assert!(text.contains(word), "{word}: {text}");
            }
        }
    }

    #[test]
    fn without_text_agenda_and_minutes_are_shown() {
        let args = |delete| WriteArgs {
            meeting: Some("JM".into()),
            at: Some(3),
            delete,
            words: Words::default(),
        };
        assert!(args(None).only_shows());
        assert!(!args(Some(2)).only_shows());
    }
}
