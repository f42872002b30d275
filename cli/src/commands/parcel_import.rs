//! `tongban parcel import`: what a carrier's table says of parcels, row by row.

use std::collections::BTreeMap;

use serde::Serialize;
use tongban_ledger::answer::ParcelRow;
use tongban_ledger::calendar::Day;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, parcel};
use tongban_ledger::number::TrackingNo;
use tongban_ledger::parcel::Event;

use crate::catalogue::Catalogue;
use crate::commands::short;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, Shown};
use crate::sheet::{self, Column};
use crate::source::Source;
use crate::table::table;
use crate::words;

const COLUMNS: [Column; 4] = [
    ("tracking", "邮件号码"),
    ("event", "状态"),
    ("on", "日期"),
    ("note", "备注"),
];

/// The most rows of one table.
const ROWS_MAX: usize = 10_000;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub events_table: String,
    /// Only shows what would be recorded
    #[arg(long)]
    pub dry_run: bool,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fate {
    /// It is recorded, or would be.
    Recorded,
    /// It was known before.
    Known,
    /// No parcel of this city has the number.
    UnknownNumber,
    /// The number fails its check.
    BadNumber,
    /// The event is no word that is known.
    BadEvent,
    /// The day is none.
    BadDay,
    /// The node refused it.
    Refused,
}

impl Fate {
    /// Every fate, in the order in which the sum names them.
    const ALL: [Fate; 7] = [
        Fate::Recorded,
        Fate::Known,
        Fate::UnknownNumber,
        Fate::BadNumber,
        Fate::BadEvent,
        Fate::BadDay,
        Fate::Refused,
    ];

    const fn name(self) -> &'static str {
        match self {
            Fate::Recorded => "recorded",
            Fate::Known => "known",
            Fate::UnknownNumber => "unknown-number",
            Fate::BadNumber => "bad-number",
            Fate::BadEvent => "bad-event",
            Fate::BadDay => "bad-day",
            Fate::Refused => "refused",
        }
    }
}

/// A row with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Told {
    row: usize,
    tracking: String,
    fate: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

/// A row that can be given to the node.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ready {
    row: usize,
    tracking: TrackingNo,
    event: Event,
    on: Day,
}

/// Runs the command.
///
/// # Errors
/// The table cannot be read as one, or the node does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let text = context.terminal().read(&args.events_table)?;
    let rows = read(&args.events_table, &text)?;
    let parcels = context.client.parcels().await;
    let parcels = parcels.map_err(|error| context.explain(error))?;
    let known = by_number(&parcels);
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let ready = match row {
            Ok(ready) => ready,
            Err(wrong) => {
                told.push(wrong);
                continue;
            }
        };
        let Some(document) = known.get(ready.tracking.as_str()) else {
            told.push(tell(&ready, Fate::UnknownNumber, None));
            continue;
        };
        told.push(match args.dry_run {
            true => tell(&ready, Fate::Recorded, None),
            false => record(&ready, document, context).await?,
        });
    }
    let text = shown(&told, args.dry_run, context.say);
    Ok(Shown::new(&told, text))
}

/// Documents by tracking number; of a number that two pairs use, the newest.
fn by_number(parcels: &[ParcelRow]) -> BTreeMap<&str, &str> {
    let rows = parcels.iter();
    rows.map(|row| (row.tracking.as_str(), row.document.as_str()))
        .collect()
}

async fn record(ready: &Ready, document: &str, context: &Context<'_>) -> Result<Told, CliError> {
    let command = Command::ParcelEvent(parcel::Carried {
        parcel: document.to_owned(),
        event: ready.event,
        on: Some(ready.on),
    });
    // One key for each row, so that a table imported again under the same key takes effect once.
    let key = format!("{}-{}", context.key(), ready.row);
    match context.client.command(&command, &key).await {
        Ok(_) => Ok(tell(ready, Fate::Recorded, None)),
        Err(error) => match error.refusal().map(|refusal| refusal.code) {
            Some(Code::Already) => Ok(tell(ready, Fate::Known, None)),
            Some(code) => Ok(tell(ready, Fate::Refused, Some(code))),
            None => Err(context.explain(error)),
        },
    }
}

fn tell(ready: &Ready, fate: Fate, code: Option<Code>) -> Told {
    Told {
        row: ready.row,
        tracking: ready.tracking.as_str().to_owned(),
        fate,
        code,
    }
}

/// Reads the table: each row by itself, with what is wrong in it.
fn read(file: &str, text: &str) -> Result<Vec<Result<Ready, Told>>, CliError> {
    let rows = sheet::read(file, text, &COLUMNS)?;
    if rows.len() > ROWS_MAX {
        return Err(CliError::refused(Code::TooLarge, ROWS_MAX.to_string()));
    }
    let rows = rows
        .iter()
        .enumerate()
        .map(|(at, row)| -> Result<Ready, Told> {
            let wrong = |fate| Told {
                row: at + 1,
                tracking: row.text("tracking").to_owned(),
                fate,
                code: None,
            };
            let tracking = row.text("tracking").parse::<TrackingNo>();
            let on = row.text("on").parse::<Day>();
            Ok(Ready {
                row: at + 1,
                tracking: tracking.map_err(|_| wrong(Fate::BadNumber))?,
                event: words::event_of(row.text("event")).ok_or_else(|| wrong(Fate::BadEvent))?,
                on: on.map_err(|_| wrong(Fate::BadDay))?,
            })
        });
    Ok(rows.collect())
}

impl Fate {
    /// The word for it, the same in the table and in the sum.
    fn word(self, dry_run: bool, say: &Catalogue) -> String {
        match self {
            Fate::Recorded if dry_run => say.t("import-would"),
            fate => say.term("import", fate.name()),
        }
    }
}

/// Adds up what became of the rows; the counts add up to the number of rows.
fn sum(told: &[Told], dry_run: bool, say: &Catalogue) -> String {
    let mut parts = Vec::new();
    for fate in Fate::ALL {
        let count = told.iter().filter(|row| row.fate == fate).count();
        if count > 0 {
            let (what, count) = (fate.word(dry_run, say), count.to_string());
            let values = [("what", what.as_str()), ("count", count.as_str())];
            parts.push(say.tf("import-count", &values));
        }
    }
    let (rows, fates) = (told.len().to_string(), parts.join(&say.t("list-comma")));
    let fates = match parts.is_empty() {
        true => say.t("none"),
        false => fates,
    };
    say.tf("import-sum", &[("rows", &rows), ("fates", &fates)])
}

fn shown(told: &[Told], dry_run: bool, say: &Catalogue) -> String {
    let header = [
        say.t("label-row"),
        say.t("label-tracking"),
        say.t("label-what"),
    ];
    let rows = told.iter().map(|row| {
        let fate = row.fate.word(dry_run, say);
        let fate = match row.code {
            Some(code) => format!("{fate}: {}", output::message(code.as_str(), say)),
            None => fate,
        };
        let tracking = match row.tracking.chars().count() > 35 {
            true => short(&row.tracking),
            false => row.tracking.clone(),
        };
        vec![row.row.to_string(), tracking, fate]
    });
    let sum = sum(told, dry_run, say);
    format!("{}{sum}\n", table(&header, rows.collect(), &[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_one_by_one() {
        let text = "邮件号码,状态,日期,备注\r\n\
            ez900000019cn,运输中,2026-09-04,到达南平\r\n\
            EZ900000018CN,运输中,2026-09-04,\r\n\
            1012345678901,lost,2026-09-05,\r\n\
            EZ900000022CN,飞走了,2026-09-05,\r\n\
            EZ900000022CN,退回,2026-09-31,\r\n";
        let rows = read("t.csv", text).expect("a table");
        let fates: Vec<Result<Event, Fate>> = rows
            .iter()
            .map(|row| match row {
                Ok(ready) => Ok(ready.event),
                Err(told) => Err(told.fate),
            })
            .collect();
        assert_eq!(
            fates,
            [
                Ok(Event::InTransit),
                Err(Fate::BadNumber),
                Ok(Event::Lost),
                Err(Fate::BadEvent),
                Err(Fate::BadDay),
            ]
        );
        let first = rows[0].as_ref().expect("sound");
        assert_eq!(first.tracking.as_str(), "EZ900000019CN");
        assert_eq!(first.row, 1);
        assert!(read("t.csv", "号,状态\r\n").is_err(), "an unknown heading");
    }

    /// A row for each fate.
    fn told(fates: &[Fate]) -> Vec<Told> {
        (1..)
            .zip(fates)
            .map(|(row, fate)| Told {
                row,
                tracking: "EZ900000019CN".to_owned(),
                fate: *fate,
                code: (*fate == Fate::Refused).then_some(Code::Date),
            })
            .collect()
    }

    #[test]
    fn what_became_of_rows_is_told_in_both_languages() {
        use crate::catalogue::Lang;
        let fates = Fate::ALL;
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let told = told(&fates);
            let text = shown(&told, false, &say);
            for fate in fates {
                assert!(text.contains(&say.term("import", fate.name())), "{text}");
            }
        }
    }

    #[test]
    fn the_sum_counts_every_row_in_the_words_of_the_table() {
        use crate::catalogue::Lang;
        let fates = [
            Fate::Recorded,
            Fate::UnknownNumber,
            Fate::BadNumber,
            Fate::BadNumber,
        ];
        let told = told(&fates);
        let say = Catalogue::new(Lang::Zh);
        let of = |dry_run| sum(&told, dry_run, &say);
        assert_eq!(
            of(false),
            "共 4 行：已登记 1 行、本市没有这件邮件 1 行、号码校验不符 2 行。"
        );
        assert_eq!(
            of(true),
            "共 4 行：可登记 1 行、本市没有这件邮件 1 行、号码校验不符 2 行。"
        );
        assert_eq!(sum(&[], true, &say), "共 0 行：无。");
    }
}
