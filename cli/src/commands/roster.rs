//! `tongban city roster` and `tongban city defects`: windows and people, what is amiss, and who is idle.

use serde::Serialize;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{DefectRow, DefectsAnswer, IdleRow, RosterAnswer};
use tongban_ledger::city::roster::{Equipment, Function, Role, Row};
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Roster};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::agreement::Which;
use crate::commands::{give, name_cities, rehearse, time};
use crate::context::Context;
use crate::error::CliError;
use crate::files;
use crate::output::Shown;
use crate::read;
use crate::source::Source;
use crate::table::{COLUMNS, fields, narrow_table};

/// Raw arguments.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// The rows, as TOML or JSON
    #[arg(long, value_name = "FILE|-")]
    pub file: Option<String>,
    /// Only shows what would change
    #[arg(long)]
    pub dry_run: bool,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
    /// What else may be done with it
    #[command(subcommand)]
    pub sub: Option<Sub>,
}

/// What else may be done with a roster.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Shows a roster.
    Show {
        /// The city [default: this one]
        #[arg(value_name = "CITY")]
        city: Option<String>,
        /// Also rows that are over or to come
        #[arg(long)]
        all: bool,
    },
}

impl Args {
    /// Reads the rows.
    ///
    /// # Errors
    /// The file cannot be read, or a mistake in it.
    pub fn check(self, source: &mut dyn Source) -> Result<Roster, CliError> {
        let Some(file) = self.file else {
            return Err(CliError::refused(Code::Argument, "--file"));
        };
        let mut rows = files::roster(&file, source)?;
        rows.agreement = self.which.agreement.or(rows.agreement);
        Ok(rows)
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(mut args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    if let Some(Sub::Show { city, all }) = args.sub.take() {
        return shown(city, all, context).await;
    }
    if args.file.is_none() {
        return Err(CliError::Usage {
            text: usage(context.say),
        });
    }
    let dry_run = args.dry_run;
    let rows = args.check(&mut context.terminal())?;
    if !dry_run {
        let command = Command::CityRoster(rows);
        return give(&command, context).await.map(|(shown, _)| shown);
    }
    rehearse(vec![Command::CityRoster(rows.clone())], context).await?;
    let known = context
        .client
        .roster(None)
        .await
        .map_err(|error| context.explain(error))?;
    let changes = changes(&rows, &known);
    let text = show_changes(&changes, context.say);
    Ok(Shown::new(&changes, text))
}

/// Says how a roster is published and shown, with an example.
fn usage(say: &Catalogue) -> String {
    let lines = [
        say.t("usage-city-roster"),
        say.t("usage-city-roster-publish"),
        say.t("usage-city-roster-look"),
    ];
    lines.join("\n")
}

/// What a row would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Change {
    /// `new`, `replaces` or `same`.
    change: &'static str,
    /// The kind of row.
    kind: &'static str,
    /// What it is about.
    about: String,
}

fn changes(rows: &Roster, known: &RosterAnswer) -> Vec<Change> {
    let mut there = known.current.rows();
    there.extend(known.apart.rows());
    let of = |row: Row| {
        let key = row.key();
        let change = match there.iter().any(|old| old.key() == key) {
            _ if there.contains(&row) => "same",
            true => "replaces",
            false => "new",
        };
        Change {
            change,
            kind: row.kind(),
            about: about(&row),
        }
    };
    rows.rows().into_iter().map(of).collect()
}

fn show_changes(changes: &[Change], say: &Catalogue) -> String {
    let header = [
        say.t("label-change"),
        say.t("label-kind"),
        say.t("label-about"),
    ];
    let rows = changes.iter().map(|change| {
        vec![
            say.term("change", change.change),
            say.term("row", change.kind),
            change.about.clone(),
        ]
    });
    let mut text = narrow_table(&header, rows.collect(), &[2], COLUMNS);
    text.push_str(&format!("{}\n", say.t("roster-dry-run")));
    text
}

/// Reads a city, by name or code.
async fn city(
    city: Option<String>,
    context: &Context<'_>,
) -> Result<Option<DivisionCode>, CliError> {
    let Some(mut named) = city else {
        return Ok(None);
    };
    name_cities(vec![("CITY", &mut named)], context).await?;
    read::division(&named, "CITY").map(Some)
}

async fn shown(of: Option<String>, all: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let of = city(of, context).await?;
    let answer = context
        .client
        .roster(of)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let text = show(&answer, all, &cities, context.say);
    Ok(Shown::new(&answer, text))
}

/// Shows what is amiss in a roster today.
///
/// # Errors
/// [`CliError`].
pub async fn defects(of: Option<String>, context: &Context<'_>) -> Result<Shown, CliError> {
    let of = city(of, context).await?;
    let answer = context
        .client
        .defects(of)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let text = show_defects(&answer, &cities, context.say);
    Ok(Shown::new(&answer, text))
}

fn show(answer: &RosterAnswer, all: bool, cities: &Cities, say: &Catalogue) -> String {
    let mut head = vec![
        (say.t("label-city"), cities.show(answer.city)),
        (say.t("label-today"), answer.day.to_string()),
    ];
    if let Some(takeover) = &answer.takeover {
        let values = [
            ("count", takeover.pushes.to_string()),
            ("median", minutes(takeover.median_s)),
            ("most", minutes(takeover.p90_s)),
        ];
        let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
        let words = say.tf("roster-takeover", &values);
        head.push((say.t("label-takeover"), words));
    }
    let received = answer.received.iter();
    let received: Vec<String> = received
        .map(|row| format!("{} {}", row.division, row.cases))
        .collect();
    if !received.is_empty() {
        let received = received.join(&say.t("list-comma"));
        head.push((say.t("label-received-cases"), received));
    }
    if !answer.video.is_empty() {
        let video = answer.video.join(&say.t("list-comma"));
        head.push((say.t("label-video"), video));
    }
    let mut text = fields(&head);
    if !answer.published {
        text.push_str(&format!("{}\n", say.t("roster-none")));
        return text;
    }
    text.push_str(&table_of(&answer.current, cities, say));
    if all && answer.apart != Roster::default() {
        text.push_str(&format!("\n{}\n", say.t("roster-apart")));
        text.push_str(&table_of(&answer.apart, cities, say));
    }
    text
}

/// Writes seconds as whole minutes.
fn minutes(seconds: i64) -> String {
    (seconds / 60).to_string()
}

/// Draws a table for each kind of row, with columns of its own; a column that is empty in every row is left out.
fn table_of(roster: &Roster, cities: &Cities, say: &Catalogue) -> String {
    let mut text = String::new();
    let rows = roster.rows();
    for kind in KINDS {
        let of: Vec<&Row> = rows.iter().filter(|row| row.kind() == *kind).collect();
        let Some(first) = of.first() else {
            continue;
        };
        let labels: Vec<&str> = cells(first, cities, say)
            .iter()
            .map(|(id, _)| *id)
            .collect();
        let lines: Vec<Vec<String>> = of
            .iter()
            .map(|row| {
                let cells = cells(row, cities, say).into_iter();
                cells.map(|(_, text)| text).collect()
            })
            .collect();
        let filled = |at: usize| lines.iter().any(|line| !line[at].is_empty());
        let kept: Vec<usize> = (0..labels.len()).filter(|at| filled(*at)).collect();
        let header: Vec<String> = kept
            .iter()
            .map(|at| say.term("column", labels[*at]))
            .collect();
        let lines = lines.iter().map(|line| {
            let kept = kept.iter().map(|at| line[*at].clone());
            kept.collect()
        });
        let wrapped: Vec<usize> = (0..kept.len()).collect();
        text.push_str(&format!("\n{}\n", say.term("row", kind)));
        text.push_str(&narrow_table(&header, lines.collect(), &wrapped, COLUMNS));
    }
    text
}

/// The kinds of rows, in the order in which they are shown.
const KINDS: &[&str] = &[
    "window",
    "officer",
    "liaison",
    "responsible",
    "support",
    "absence",
    "go-live",
    "letter",
];

/// Names what a row is about.
fn about(row: &Row) -> String {
    let key = row.key();
    format!("{} {}", key.name, key.other).trim().to_owned()
}

/// The cells of a row with the names of their columns; rows of one kind have the same columns.
fn cells(row: &Row, cities: &Cities, say: &Catalogue) -> Vec<(&'static str, String)> {
    let list = |words: &[String]| words.join(&say.t("list-comma"));
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = match row {
        Row::Window(window) => {
            let does = window.functions.iter();
            let does: Vec<String> = does
                .map(|one| say.term("function", function(*one)))
                .collect();
            let has = window.equipment.iter();
            let has: Vec<String> = has.map(|one| say.term("device", device(*one))).collect();
            vec![
                ("window", window.id.clone()),
                ("window-name", window.name.clone()),
                ("division", window.division.clone()),
                ("functions", list(&does)),
                ("devices", list(&has)),
                ("line", or(&window.line)),
            ]
        }
        Row::Staff(staff) => vec![
            ("staff", staff.id.clone()),
            ("role", say.term("role", role(staff.role))),
            ("window", or(&staff.window)),
            ("department", or(&staff.department)),
            ("trained", list(&staff.trained)),
        ],
        Row::Liaison(row) => vec![
            ("staff", row.officer.clone()),
            ("department", row.department.clone()),
            ("post", format!("{:?}", row.post)),
            ("item", list(&row.items)),
            ("domain", or(&row.domain)),
            ("hours", or(&row.hours)),
            ("line", or(&row.line)),
        ],
        Row::Responsible(row) => vec![
            ("item", or(&row.item)),
            ("domain", or(&row.domain)),
            ("section", row.section.clone()),
            ("person", row.person.clone()),
            ("deputy", or(&row.deputy)),
        ],
        Row::Support(row) => vec![
            ("staff", row.officer.clone()),
            ("department", row.department.clone()),
            ("domain", list(&row.domains)),
            ("line", or(&row.line)),
        ],
        Row::Absence(row) => vec![
            ("staff", row.officer.clone()),
            (
                "details",
                match row.cancelled {
                    true => say.t("roster-cancelled"),
                    false => say.tf("roster-stands-in", &[("officer", &row.by)]),
                },
            ),
        ],
        Row::GoLive(row) => vec![
            ("item", row.item.clone()),
            ("partner", cities.name(row.partner)),
            (
                "trained-on",
                row.trained_on
                    .map_or_else(String::new, |day| day.to_string()),
            ),
            ("liaisons", list(&row.liaisons)),
        ],
        Row::Letter(row) => vec![
            ("department", row.department.clone()),
            ("hall", row.hall.clone()),
            ("item", list(&row.items)),
            (
                "details",
                match row.may_subdelegate {
                    true => say.t("roster-may-subdelegate"),
                    false => String::new(),
                },
            ),
        ],
    };
    let (from, until) = row.days();
    let days = match (row, until) {
        (Row::GoLive(_), _) => String::new(),
        (_, Some(until)) => format!("{from} {until}"),
        (_, None) => from.to_string(),
    };
    cells.push(("days", days));
    cells
}

/// Names what a window does.
pub const fn function(function: Function) -> &'static str {
    match function {
        Function::Consult => "consult",
        Function::Coordinate => "coordinate",
        Function::Receive => "receive",
        Function::Route => "route",
        Function::CollectCert => "collect-cert",
        Function::Issue => "issue",
        Function::Dispatch => "dispatch",
    }
}

const fn device(device: Equipment) -> &'static str {
    match device {
        Equipment::IdReader => "id-reader",
        Equipment::Scanner => "scanner",
        Equipment::Camera => "camera",
        Equipment::Printer => "printer",
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::WindowClerk => "window-clerk",
        Role::Approver => "approver",
        Role::Liaison => "liaison",
        Role::Dispatch => "dispatch",
        Role::Supervisor => "supervisor",
        Role::Finance => "finance",
    }
}

fn show_defects(answer: &DefectsAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut text = fields(&[
        (say.t("label-city"), cities.show(answer.city)),
        (say.t("label-today"), answer.day.to_string()),
    ]);
    if !answer.published {
        text.push_str(&format!("{}\n", say.t("roster-none")));
    }
    if answer.defects.is_empty() {
        text.push_str(&format!("{}\n", say.t("defects-none")));
        return text;
    }
    let header = [
        say.t("label-item-officer"),
        say.t("label-defect"),
        say.t("label-details"),
    ];
    let rows = answer.defects.iter();
    let rows = rows.map(|defect| {
        let about = defect.officer.clone();
        vec![
            about.unwrap_or_else(|| defect.item.clone()),
            say.term("defect", &defect.kind),
            lacking(defect, cities, say),
        ]
    });
    text.push_str(&narrow_table(&header, rows.collect(), &[1, 2], COLUMNS));
    text
}

fn lacking(defect: &DefectRow, cities: &Cities, say: &Catalogue) -> String {
    let partner = defect.partner.map(|city| cities.name(city));
    let kind = match defect.officer {
        Some(_) => "row",
        None => "lacking",
    };
    let words = defect.lacking.iter().map(|word| say.term(kind, word));
    let parts: Vec<String> = partner.into_iter().chain(words).collect();
    parts.join(&say.t("list-comma"))
}

/// Writes where nobody is active; nothing where everybody is. A city that is offline is not called idle.
pub fn idle(rows: &[IdleRow], cities: &Cities, say: &Catalogue) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let header = [
        say.t("label-city"),
        say.t("label-place"),
        say.t("label-state"),
        say.t("label-since"),
        say.t("label-number"),
    ];
    let lines = rows.iter().map(|row| {
        let state = match row.offline {
            true => say.t("idle-offline"),
            false => say.term("idle", &row.kind),
        };
        vec![
            cities.name(row.city),
            row.place.clone(),
            state,
            time(row.since),
            row.number.clone().unwrap_or_default(),
        ]
    });
    let table = narrow_table(&header, lines.collect(), &[1, 2], COLUMNS);
    format!("\n{}\n{table}", say.t("idle-title"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{Given, cities};

    const ROSTER: &str = include_str!("../../../docs/examples/roster.toml");

    fn roster() -> Roster {
        files::roster("-", &mut Given::text(ROSTER)).expect("the example")
    }

    fn answer() -> RosterAnswer {
        RosterAnswer {
            city: "330800".parse().expect("a code"),
            day: "2026-09-07".parse().expect("a day"),
            published: true,
            current: roster(),
            apart: Roster::default(),
            video: vec!["QZ-01".to_owned()],
            received: Vec::new(),
            takeover: None,
        }
    }

    #[test]
    fn the_example_has_every_kind_of_row_and_is_shown_in_80_columns() {
        let kinds: std::collections::BTreeSet<&str> =
            roster().rows().iter().map(Row::kind).collect();
        assert_eq!(kinds.len(), 8, "{kinds:?}");
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let text = show(&answer(), true, &cities(), &say);
            assert!(text.lines().all(|line| line.width() <= 80), "{text}");
            for kind in kinds.iter().copied() {
                assert!(text.contains(&say.term("row", kind)), "{kind}: {text}");
            }
        }
    }

    /// Every line of a table is as wide as the others, so that its columns stand under each other.
    #[test]
    fn columns_stand_under_each_other() {
        for lang in [Lang::Zh, Lang::En] {
            let text = show(&answer(), true, &cities(), &Catalogue::new(lang));
            let mut tables = 0;
            for block in text.split("\n\n") {
                let lines: Vec<&str> = block.lines().filter(|line| line.contains('│')).collect();
                tables += usize::from(!lines.is_empty());
                let widths: Vec<usize> = lines.iter().map(|line| line.width()).collect();
                assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{block}");
                // A cell of one kind stands in a column of its own.
                assert!(!block.contains('；'), "{block}");
            }
            assert_eq!(tables, 8, "{text}");
        }
    }

    #[test]
    fn without_anything_to_do_the_usage_has_an_example() {
        let text = usage(&Catalogue::new(Lang::Zh));
        for word in [
            "--file",
            "--dry-run",
            "docs/examples/roster.toml",
            "roster show",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }

    #[test]
    fn a_dry_run_says_what_is_new() {
        let mut rows = roster();
        rows.windows[0].name = "另一名称".to_owned();
        rows.officers[0].id = "QZ-9999".to_owned();
        let told = changes(&rows, &answer());
        assert_eq!(told[0].change, "replaces");
        assert!(
            told.iter()
                .any(|change| change.about == "QZ-9999" && change.change == "new")
        );
        let same = told.iter().filter(|change| change.change == "same");
        assert_eq!(same.count(), told.len() - 2);
    }

    /// a city whose node is offline is told as offline, not as idle.
    #[test]
    fn offline_is_not_idle() {
        let row = |offline: bool| -> IdleRow {
            let row = json!({
                "kind": "view", "city": "350700", "place": "社保科", "since": 1_788_796_740,
                "number": "TB-330800-260907-000123-2", "cases": 2, "offline": offline,
            });
            serde_json::from_value(row).expect("a row")
        };
        let say = Catalogue::new(Lang::Zh);
        let text = idle(&[row(false)], &cities(), &say);
        assert!(
            text.contains("无人查看") && !text.contains("离线"),
            "{text}"
        );
        let text = idle(&[row(true)], &cities(), &say);
        assert!(
            text.contains("离线") && !text.contains("无人查看"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        assert_eq!(idle(&[], &cities(), &say), "");
    }

    #[test]
    fn defects_are_in_words() {
        let defects = json!({
            "city": "330800", "day": "2026-09-07", "published": true, "defects": [
                {"kind": "no-liaisons", "item": "I-04"},
                {"kind": "not-ready", "item": "I-04", "partner": "350700", "lacking": ["key-points"]},
                {"kind": "unknown-officer", "officer": "QZ-7", "lacking": ["absence"]},
            ],
        });
        let answer: DefectsAnswer = serde_json::from_value(defects).expect("an answer");
        let text = show_defects(&answer, &cities(), &Catalogue::new(Lang::Zh));
        assert!(
            text.contains("联络员") && text.contains("办件要点"),
            "{text}"
        );
        let row = text.lines().find(|line| line.contains("QZ-7"));
        let row = row.unwrap_or_else(|| panic!("{text}"));
        assert!(row.contains("人员不在名册"), "{text}");
        let kind = Catalogue::new(Lang::Zh).term("row", "absence");
        assert!(row.contains(&kind), "{text}");
    }
}
