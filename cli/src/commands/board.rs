//! `tongban board` (看板): what is due in every case, and who must act. What waits because another city's node is
//! offline stands apart, so that nobody takes that city for idle.

use serde::Serialize;
use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    ActionRow, CASE_PAGE, CASE_PAGE_MAX, CaseOrder, CaseQuery, CaseRow, ConsultQuery, ConsultRow,
    Deadline, MeetingsAnswer, StatusAnswer,
};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::agreement::proposals::waiting_here;
use crate::commands::case::pages::{gather, more};
use crate::commands::case::{clock_name, due_text};
use crate::commands::owed;
use crate::commands::short;
use crate::commands::{month_end, roster};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::table::{COLUMNS, narrow_table};

/// The clock from a push to its acknowledgement.
const ACK_WAIT: &str = "ack_wait";

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what this city has to do
    #[arg(long)]
    pub mine: bool,
    /// Only what is overdue
    #[arg(long)]
    pub overdue: bool,
    /// How many rows, the most urgent ones; the rows of one case stay together
    #[arg(long, value_name = "COUNT", default_value_t = CASE_PAGE,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Where the page before ended, as it was printed there
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
}

/// A clock that runs, with its case.
#[derive(Clone, Debug, Serialize)]
struct Line {
    document: String,
    number: String,
    item: String,
    item_name: String,
    stage: String,
    #[serde(flatten)]
    clock: Deadline,
    /// The city whose node has to take the push, and is offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<DivisionCode>,
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let explain = |error| context.explain(error);
    let status = context.client.status().await.map_err(explain)?;
    let cities = Cities::of(&status);
    // Closed cases too: ratings and complaints run on.
    let query = CaseQuery {
        order: match args.mine {
            true => CaseOrder::OwnDue,
            false => CaseOrder::Due,
        },
        // A clock of working hours is over within a day.
        due_before: args.overdue.then(|| status.today.tomorrow()).flatten(),
        after: args.after.clone(),
        ..CaseQuery::default()
    };
    // Open questions are few, and stand on the first page.
    let consults = match args.after {
        None => {
            let open = ConsultQuery {
                open: Some(true),
                limit: Some(args.limit.min(CASE_PAGE_MAX)),
                ..ConsultQuery::default()
            };
            let page = context.client.consult_page(&open).await;
            page.map_err(explain)?.consults
        }
        Some(_) => Vec::new(),
    };
    let mut found = gather(query.clone(), args.limit, |_| true, context).await?;
    let kept = fitting(&found.cases, &consults, &args, &cities);
    if let Some(kept) = kept {
        // The same cases as far as they fit: the node says where the next page begins.
        found = gather(query, kept, |_| true, context).await?;
    }
    let meetings = match args.after {
        None => context.client.meetings().await.map_err(explain)?,
        Some(_) => MeetingsAnswer::default(),
    };
    let mut lines = lines(&found.cases, &consults, &args, &cities);
    add_actions(&mut lines, &meetings.actions, &args, &cities);
    let mut text = show(&lines, args.mine, &cities, context.say);
    text.push_str(&more(found.next.as_ref(), context.say));
    let mine = args.mine;
    let idle = status.idle.iter().cloned();
    let idle: Vec<_> = idle
        .filter(|row| !mine || cities.is_own(row.city))
        .collect();
    text.push_str(&signatures(&status, &meetings, &cities, context.say));
    text.push_str(&roster::idle(&idle, &cities, context.say));
    let owed = owed::owed(&status);
    text.push_str(&owed::show(&owed, context.say));
    let months = month_end::ask(status.today, context).await;
    text.push_str(&month_end::show(&months, &cities, context.say));
    Ok(Shown::new(
        json!({"clocks": lines, "next": found.next, "owed": owed, "month_end": months}),
        text,
    ))
}

/// How many of the cases have rows enough for the page; none if all of them fit. At least one is kept.
fn fitting(
    cases: &[CaseRow],
    consults: &[ConsultRow],
    args: &Args,
    cities: &Cities,
) -> Option<u32> {
    let mut left = args.limit as usize;
    left = left.saturating_sub(lines(&[], consults, args, cities).len());
    for (at, case) in cases.iter().enumerate() {
        let rows = lines(std::slice::from_ref(case), &[], args, cities).len();
        match left.checked_sub(rows) {
            Some(rest) => left = rest,
            None => return Some(u32::try_from(at.max(1)).unwrap_or(u32::MAX)),
        }
    }
    None
}

/// Takes the clocks of the cases and of questions that nobody answered, this city's overdue ones first, then by the day on which they are due.
fn lines(cases: &[CaseRow], consults: &[ConsultRow], args: &Args, cities: &Cities) -> Vec<Line> {
    let of_cases = cases
        .iter()
        .flat_map(|case| case.due.iter().map(|clock| line(case, clock, cities)));
    let open = consults.iter().filter(|row| row.clock.done.is_none());
    let mut lines: Vec<Line> = of_cases
        .chain(open.map(question))
        .filter(|line| !args.mine || cities.is_own(line.clock.holder))
        .filter(|line| !args.overdue || line.clock.overdue)
        .collect();
    sort(&mut lines, cities);
    lines
}

/// This city's overdue ones first, then by the day on which they are due.
fn sort(lines: &mut [Line], cities: &Cities) {
    lines.sort_by_key(|line| {
        let clock = &line.clock;
        let own_overdue = clock.overdue && cities.is_own(clock.holder);
        (
            !own_overdue,
            clock.due.is_none(),
            clock.due,
            clock.moment,
            line.number.clone(),
        )
    });
}

/// Puts action items of meetings among what is due.
fn add_actions(lines: &mut Vec<Line>, actions: &[ActionRow], args: &Args, cities: &Cities) {
    let rows = actions.iter().map(|row| Line {
        document: row.document.clone(),
        number: row.meeting.clone(),
        item: String::new(),
        item_name: row.text.clone(),
        stage: String::new(),
        clock: row.clock.clone(),
        offline: None,
    });
    let rows = rows
        .filter(|line| !args.mine || cities.is_own(line.clock.holder))
        .filter(|line| !args.overdue || line.clock.overdue);
    let before = lines.len();
    lines.extend(rows);
    if lines.len() > before {
        sort(lines, cities);
    }
}

/// What waits for this city's signature: proposals, and minutes of meetings to which it came.
fn signatures(
    status: &StatusAnswer,
    meetings: &MeetingsAnswer,
    cities: &Cities,
    say: &Catalogue,
) -> String {
    let mut waiting = waiting_here(status, cities);
    let rows = meetings.meetings.iter();
    let minutes = rows.filter(|row| row.waits_for.iter().any(|city| cities.is_own(*city)));
    waiting.extend(minutes.map(|row| row.number.clone()));
    if waiting.is_empty() {
        return String::new();
    }
    let waiting = waiting.join(&say.t("list-comma"));
    let line = say.tf("board-signatures", &[("codes", &waiting)]);
    format!("\n{line}\n")
}

fn line(case: &CaseRow, clock: &Deadline, cities: &Cities) -> Line {
    let to = case.handoff.as_ref().map(|open| open.to);
    let offline =
        to.filter(|to| clock.clock == ACK_WAIT && !cities.is_own(*to) && !cities.is_online(*to));
    Line {
        document: case.document.clone(),
        number: case.number.clone(),
        item: case.item.clone(),
        item_name: case.item_name.clone(),
        stage: case.stage.clone(),
        clock: clock.clone(),
        offline,
    }
}

/// The clock of a question that nobody answered; it has no number but the beginning of its id.
fn question(row: &ConsultRow) -> Line {
    Line {
        document: row.document.clone(),
        number: short(&row.document),
        item: row.item.clone(),
        item_name: row.item_name.clone(),
        stage: String::new(),
        clock: row.clock.clone(),
        offline: None,
    }
}

fn show(lines: &[Line], mine: bool, cities: &Cities, say: &Catalogue) -> String {
    if lines.is_empty() {
        return format!("{}\n", say.t("board-nothing"));
    }
    let (offline, waiting): (Vec<&Line>, Vec<&Line>) =
        lines.iter().partition(|line| line.offline.is_some());
    let mut text = String::new();
    if !waiting.is_empty() {
        text.push_str(&due_table(&waiting, mine, cities, say));
    }
    if lines.iter().any(|line| !mark(&line.clock).is_empty()) {
        text.push_str(&format!("{}\n", say.t("board-marks")));
    }
    if !offline.is_empty() {
        text.push_str(&format!("\n{}\n", say.t("board-offline")));
        text.push_str(&offline_table(&offline, cities, say));
        text.push_str(&format!("{}\n", say.t("board-offline-hint")));
    }
    text
}

/// Draws what somebody has to do; with `mine` without the column of who.
fn due_table(lines: &[&Line], mine: bool, cities: &Cities, say: &Catalogue) -> String {
    let mut header = vec![
        say.t("label-due"),
        say.t("label-number"),
        say.t("label-item"),
        say.t("label-clock"),
    ];
    if !mine {
        header.push(say.t("label-turn"));
    }
    let rows = lines.iter().map(|line| {
        let mut row = vec![
            due(&line.clock, say),
            line.number.clone(),
            line.item_name.clone(),
            clock_name(&line.clock, say),
        ];
        if !mine {
            row.push(who(line.clock.holder, cities, say));
        }
        row
    });
    narrow_table(&header, rows.collect(), &[2, 3, 4], COLUMNS)
}

/// Draws pushes that another city's node cannot take now.
fn offline_table(lines: &[&Line], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-due"),
        say.t("label-number"),
        say.t("label-item"),
        say.t("label-state"),
    ];
    let rows = lines.iter().map(|line| {
        let city = line.offline.map_or_else(String::new, |to| cities.name(to));
        vec![
            due(&line.clock, say),
            line.number.clone(),
            line.item_name.clone(),
            say.tf("board-offline-state", &[("city", &city)]),
        ]
    });
    narrow_table(&header, rows.collect(), &[2, 3], COLUMNS)
}

fn who(city: DivisionCode, cities: &Cities, say: &Catalogue) -> String {
    match cities.is_own(city) {
        true => say.t("link-own"),
        false => cities.name(city),
    }
}

/// Writes when a clock is over, marked when that is past or near.
fn due(clock: &Deadline, say: &Catalogue) -> String {
    format!("{} {}", due_text(clock, say), mark(clock))
        .trim_end()
        .to_owned()
}

fn mark(clock: &Deadline) -> &'static str {
    match (clock.overdue, clock.amber) {
        (true, _) => "!",
        (false, true) => "*",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{case, cities, joint_case};

    fn args(mine: bool, overdue: bool) -> Args {
        Args {
            mine,
            overdue,
            limit: CASE_PAGE,
            after: None,
        }
    }

    /// Two cases: one pushed to a city that is offline, one with a late clock of the own city and one of another.
    fn cases() -> Vec<CaseRow> {
        let mut pushed = case().row;
        pushed.due[0].clock = ACK_WAIT.to_owned();
        pushed.due[0].overdue = true;
        pushed.handoff = serde_json::from_value(serde_json::json!({
            "from": "330800", "to": "350700", "stored": false,
        }))
        .ok();
        vec![pushed, joint_case().row]
    }

    fn shown(args: &Args, lang: Lang) -> String {
        let lines = lines(&cases(), &[], args, &cities());
        show(&lines, args.mine, &cities(), &Catalogue::new(lang))
    }

    #[test]
    fn what_is_late_here_comes_first_and_marks_are_explained() {
        let text = shown(&args(false, false), Lang::Zh);
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
        assert!(at("2026-09-20 !") < at("2026-09-16 *"), "{text}");
        assert!(at("2026-09-16 *") < at("! 已超期"), "{text}");
        assert!(at("! 已超期") < at("南平市节点离线"), "{text}");
        for lang in [Lang::Zh, Lang::En] {
            let text = shown(&args(false, false), lang);
            let mut drawn = text.lines().filter(|line| line.contains('┆'));
            assert!(drawn.all(|line| line.width() <= 80), "{text}");
        }
    }

    #[test]
    fn the_choice_leaves_out_the_rest() {
        let text = shown(&args(true, false), Lang::Zh);
        assert!(text.contains("2026-09-20 !"), "{text}");
        assert!(!text.contains("2026-09-16"), "{text}");
        let text = shown(&args(false, true), Lang::Zh);
        assert!(!text.contains("2026-09-16"), "{text}");
        let none = show(&[], false, &cities(), &Catalogue::new(Lang::Zh));
        assert!(none.contains("没有"), "{none}");
    }

    #[test]
    fn a_question_that_nobody_answered_stands_among_what_is_due() {
        let row = |done: Option<&str>| -> ConsultRow {
            serde_json::from_value(serde_json::json!({
                "document": "5f3a".repeat(16), "from": "350700", "to": "330800", "item": "I-03",
                "item_name": "公司设立登记", "time": 1_789_956_300, "materials": [["M1", 2]],
                "waits_for": ["330800"],
                "clock": {
                    "clock": "consult_answer", "due": "2026-09-21", "moment": 1_789_968_900,
                    "holder": "330800", "overdue": true, "done": done
                },
            }))
            .expect("a consult")
        };
        let say = Catalogue::new(Lang::Zh);
        let open = lines(&[], &[row(None)], &args(true, true), &cities());
        let text = show(&open, true, &cities(), &say);
        assert!(
            text.contains("5f3a5f3a5f3a") && text.contains("13:35"),
            "{text}"
        );
        let answered = [row(Some("2026-09-21"))];
        let none = lines(&[], &answered, &args(false, false), &cities());
        assert!(none.is_empty());
    }

    #[test]
    fn a_limit_counts_rows_and_keeps_a_case_whole() {
        let args = |limit| Args {
            limit,
            ..args(false, false)
        };
        let all = lines(&cases(), &[], &args(50), &cities()).len();
        let first = lines(&cases()[..1], &[], &args(50), &cities()).len();
        assert!(all > first && first >= 1);
        let check = |limit: usize, expect: Option<u32>| {
            let limit = u32::try_from(limit).expect("few");
            assert_eq!(fitting(&cases(), &[], &args(limit), &cities()), expect);
        };
        check(all, None);
        check(all - 1, Some(1));
        check(first, Some(1));
        check(1, Some(1));
    }

    #[test]
    fn programs_get_the_same_lines() {
        let lines = lines(&cases(), &[], &args(false, true), &cities());
        let json = serde_json::to_value(&lines).expect("JSON");
        assert_eq!(json.as_array().map(Vec::len), Some(2), "{json}");
        assert_eq!(json[0]["clock"], ACK_WAIT);
        assert_eq!(json[0]["offline"], "350700");
        assert_eq!(json[1]["due"], "2026-09-20");
    }
}
