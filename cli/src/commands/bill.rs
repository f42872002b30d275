//! `tongban bill …` (对账): a month's bill with another city, line by line, until both signed it.

use serde_json::json;
use tongban_ledger::answer::{BillAnswer, BillDifference, BillLine, BillRow, Done};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::money::{BillRef, SignBill};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{Act, act, money, name_cities, settled, short};
use crate::context::Context;
use crate::error::CliError;
use crate::export::{self, FileArgs, settlement};
use crate::output::Shown;
use crate::read;
use crate::source::Source;
use crate::table::{fields, table};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Lists the bills of a month.
    List {
        /// The month, as 2026-09
        #[arg(value_name = "MONTH")]
        month: String,
    },
    /// Shows a bill with its lines.
    Show(BillArgs),
    /// Shows where the two cities differ.
    Differences(BillArgs),
    /// 拟账: draws up what this city counts.
    Draft(DraftArgs),
    /// 签账: signs.
    Sign(SignArgs),
    /// 撤签: takes this city's signature back.
    Retract(BillArgs),
    /// 导出: writes it for the finance office.
    Export(ExportArgs),
}

/// Raw arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The bill.
    #[command(flatten)]
    pub bill: BillArgs,
    /// The file.
    #[command(flatten)]
    pub file: FileArgs,
}

/// Names a bill.
#[derive(Clone, Debug, clap::Args)]
pub struct BillArgs {
    /// The month, as 2026-09
    #[arg(value_name = "MONTH")]
    pub month: String,
    /// The other city
    #[arg(long, value_name = "CITY")]
    pub with: String,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `draft`.
#[derive(Debug, clap::Args)]
pub struct DraftArgs {
    /// The bill.
    #[command(flatten)]
    pub bill: BillArgs,
    /// Only shows it
    #[arg(long)]
    pub dry_run: bool,
}

/// Raw arguments of `sign`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The month, as 2026-09
    #[arg(value_name = "MONTH")]
    pub month: String,
    /// The other city
    #[arg(long, value_name = "CITY", required_unless_present = "all")]
    pub with: Option<String>,
    /// Every bill of the month that waits for this city
    #[arg(long, conflicts_with_all = ["with", "hash"])]
    pub all: bool,
    /// A beginning of the hash that was shown
    #[arg(long, value_name = "HASH")]
    pub hash: Option<String>,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
    /// Only shows it
    #[arg(long)]
    pub dry_run: bool,
}

impl BillArgs {
    fn check(self) -> Result<BillRef, CliError> {
        Ok(BillRef {
            month: read::month(&self.month)?,
            with: read::division(&self.with, "--with")?,
            agreement: self.agreement,
        })
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::List { .. } => Vec::new(),
            Sub::Show(args) | Sub::Differences(args) | Sub::Retract(args) => {
                vec![("--with", &mut args.with)]
            }
            Sub::Draft(args) => vec![("--with", &mut args.bill.with)],
            Sub::Export(args) => vec![("--with", &mut args.bill.with)],
            Sub::Sign(args) => args.with.iter_mut().map(|with| ("--with", with)).collect(),
        }
    }

    fn check(self, _source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Draft(args) => Command::BillDraft(args.bill.check()?),
            Sub::Retract(args) => Command::BillRetract(args.check()?),
            Sub::Sign(args) => {
                let with = args.with.unwrap_or_default();
                Command::BillSign(SignBill {
                    month: read::month(&args.month)?,
                    with: read::division(&with, "--with")?,
                    hash: args.hash,
                    agreement: args.agreement,
                })
            }
            Sub::List { .. } | Sub::Show(_) | Sub::Differences(_) | Sub::Export(_) => {
                return Err(CliError::refused(Code::Argument, "bill"));
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
        Sub::List { month } => {
            let month = read::month(&month)?;
            let bills = context.client.bills(month).await;
            let bills = bills.map_err(|error| context.explain(error))?;
            let cities = context.cities().await;
            Ok(Shown::new(&bills, list(&bills, &cities, context.say)))
        }
        Sub::Show(args) => shown(args, context).await,
        Sub::Differences(args) => {
            let (bill, cities) = ask(args, context).await?;
            let text = differences(&bill.differences, &cities, context.say);
            Ok(Shown::new(&bill.differences, text))
        }
        Sub::Draft(args) if args.dry_run => {
            Ok(rehearsed(shown(args.bill, context).await?, context))
        }
        Sub::Export(args) => {
            let (bill, _) = ask(args.bill, context).await?;
            let status = context.client.status().await;
            let status = status.map_err(|error| context.explain(error))?;
            let book = settlement::bill(&bill, &status, context.say)?;
            let mut shown = export::write(&book, &args.file, context)?;
            let agreed = bill.row.stage == "agreed";
            let absent = |line: &&BillLine| line.journey.is_none();
            let absent = bill.included.iter().filter(absent).count();
            if !agreed {
                let note = context.say.t("export-open");
                shown.text.push_str(&format!("{note}\n"));
            } else if absent > 0 {
                let count = absent.to_string();
                let note = context.say.tf("export-absent", &[("count", &count)]);
                shown.text.push_str(&format!("{note}\n"));
            }
            shown.json["agreed"] = agreed.into();
            shown.json["absent"] = absent.into();
            Ok(shown)
        }
        Sub::Sign(args) if args.all => sign_all(args, context).await,
        Sub::Sign(args) if args.dry_run => {
            let named = BillArgs {
                month: args.month,
                with: args.with.unwrap_or_default(),
                agreement: args.agreement,
            };
            Ok(rehearsed(shown(named, context).await?, context))
        }
        other => act(other, context).await,
    }
}

async fn shown(args: BillArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let (bill, cities) = ask(args, context).await?;
    let text = one(&bill, &cities, context.say);
    Ok(Shown::new(&bill, text))
}

/// Ends a preview with the word that nothing was signed.
fn rehearsed(mut shown: Shown, context: &Context<'_>) -> Shown {
    let line = context.say.t("bill-dry-run");
    shown.text.push_str(&format!("\n{line}\n"));
    shown
}

async fn ask(mut args: BillArgs, context: &Context<'_>) -> Result<(BillAnswer, Cities), CliError> {
    name_cities(vec![("--with", &mut args.with)], context).await?;
    let named = args.check()?;
    let agreement = named.agreement.as_deref();
    let bill = context
        .client
        .bill(named.month, named.with, agreement)
        .await;
    let bill = bill.map_err(|error| context.explain(error))?;
    Ok((bill, context.cities().await))
}

/// Signs every bill of a month that waits for this city. A bill that cannot be signed is named with the reason, and
/// keeps the others from nothing.
async fn sign_all(args: SignArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let month: Month = read::month(&args.month)?;
    let bills = context.client.bills(month).await;
    let bills = bills.map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let say = context.say;
    let waiting: Vec<&BillRow> = bills
        .iter()
        .filter(|row| row.waits_for.iter().any(|city| cities.is_own(*city)))
        .filter(|row| {
            let named = args.agreement.as_deref();
            named.is_none_or(|named| row.agreement.starts_with(named))
        })
        .collect();
    if args.dry_run {
        let shown: Vec<BillRow> = waiting.into_iter().cloned().collect();
        let text = list(&shown, &cities, say);
        return Ok(rehearsed(Shown::new(&shown, text), context));
    }
    let (mut text, mut done): (String, Vec<Done>) = (String::new(), Vec::new());
    let mut failed = None;
    for row in waiting {
        let command = Command::BillSign(SignBill {
            month,
            with: row.with,
            hash: None,
            agreement: Some(row.agreement.clone()),
        });
        let key = format!("{}-{}-{}", context.key(), short(&row.agreement), row.with);
        match context.client.command(&command, &key).await {
            Ok(one) => {
                let bill = settled::bill(month, row.with, Some(&row.agreement), &cities, context);
                let bill = bill.await;
                text.push_str(&format!(
                    "{}\n",
                    say.tf("bill-signed-with", &[("bill", &bill)])
                ));
                for warning in &one.warnings {
                    text.push_str(&format!("  {}\n", say.term("warning", warning)));
                }
                done.push(one);
            }
            Err(error) => {
                let error = context.explain(error);
                let said = crate::output::message(error.code(), say);
                let city = cities.show(row.with);
                let values = [("city", city.as_str()), ("reason", said.as_str())];
                text.push_str(&format!("{}\n", say.tf("bill-not-signed", &values)));
                let about = error.about();
                if !about.is_empty() {
                    text.push_str(&format!("  {about}\n"));
                }
                failed = Some(error);
            }
        }
    }
    if done.is_empty() {
        return match failed {
            Some(error) => Err(error),
            None => Ok(Shown::new(
                json!([]),
                format!("{}\n", say.t("bill-none-waits")),
            )),
        };
    }
    Ok(Shown::new(&done, text))
}

fn list(bills: &[BillRow], cities: &Cities, say: &Catalogue) -> String {
    if bills.is_empty() {
        return format!("{}\n", say.t("none"));
    }
    let header = [
        say.t("label-other-city"),
        say.t("label-stage"),
        say.t("label-bill-lines"),
        say.t("label-due-to-us"),
        say.t("label-owed-by-us"),
        say.t("label-net"),
        say.t("label-waits"),
        say.t("label-hash"),
    ];
    let rows = bills
        .iter()
        .map(|bill| {
            vec![
                cities.name(bill.with),
                stage(bill, say),
                bill.lines.to_string(),
                money(bill.due),
                money(bill.owed),
                money(bill.net),
                cities.names(&bill.waits_for, say),
                short(&bill.hash),
            ]
        })
        .collect();
    table(&header, rows, &[2, 3, 4, 5])
}

fn stage(bill: &BillRow, say: &Catalogue) -> String {
    let stage = say.term("bill", &bill.stage);
    match bill.round {
        Some(round) => say.tf("bill-in-round", &[("month", &round.to_string())]),
        None if bill.overdue => format!("{stage} {}", say.t("bill-overdue")),
        None => stage,
    }
}

/// Writes a bill with its lines, what is carried, and where the cities differ.
fn one(bill: &BillAnswer, cities: &Cities, say: &Catalogue) -> String {
    let row = &bill.row;
    let mut labels = vec![
        (say.t("label-month"), row.month.to_string()),
        (say.t("label-other-city"), cities.show(row.with)),
        (say.t("label-stage"), stage(row, say)),
        (say.t("label-due-to-us"), money(row.due)),
        (say.t("label-owed-by-us"), money(row.owed)),
        (say.t("label-net"), money(row.net)),
        (say.t("label-hash"), row.hash.clone()),
    ];
    if !row.signed.is_empty() {
        labels.push((say.t("label-signed"), cities.list(&row.signed, say)));
    }
    if !row.waits_for.is_empty() {
        labels.push((say.t("label-waits"), cities.list(&row.waits_for, say)));
    }
    if let Some(until) = row.until.filter(|_| !row.waits_for.is_empty()) {
        labels.push((say.t("label-sign-until"), until.to_string()));
    }
    let mut text = fields(&labels);
    if !bill.included.is_empty() {
        let title = say.t("bill-lines");
        text.push_str(&format!(
            "\n{title}\n{}",
            lines(&bill.included, cities, say)
        ));
    }
    if !bill.carried.is_empty() {
        text.push_str(&format!("\n{}\n", say.t("bill-carried")));
        let header = [
            say.t("label-tracking"),
            say.t("label-kind"),
            say.t("label-amount"),
            say.t("label-payer"),
            say.t("label-liable"),
            say.t("label-why"),
        ];
        let rows = bill.carried.iter().map(|carried| {
            let line = &carried.line;
            vec![
                line.tracking.clone(),
                kind(line, say),
                money(borne(line)),
                cities.name(line.payer),
                cities.name(line.liable),
                say.term("why", &carried.why),
            ]
        });
        text.push_str(&table(&header, rows.collect(), &[2]));
    }
    if !bill.differences.is_empty() {
        let shown = differences(&bill.differences, cities, say);
        text.push_str(&format!("\n{}\n{shown}", say.t("bill-differences")));
    }
    text
}

/// What a line is for, and whether it is a reversal or a correction.
fn kind(line: &BillLine, say: &Catalogue) -> String {
    let kind = say.term("cost", line.kind.name());
    match (line.reversal, line.correction) {
        (true, _) => say.tf("bill-reversal", &[("kind", &kind)]),
        (false, true) => say.tf("bill-correction", &[("kind", &kind)]),
        (false, false) => kind,
    }
}

/// How much the city that bears a line owes the one that paid: below zero for what the carrier gave back, as in the files
/// for a finance office.
fn borne(line: &BillLine) -> i64 {
    match line.kind.comes_back() {
        true => line.fen.saturating_neg(),
        false => line.fen,
    }
}

fn lines(lines: &[BillLine], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-tracking"),
        say.t("label-kind"),
        say.t("label-posted"),
        say.t("label-amount"),
        say.t("label-payer"),
        say.t("label-liable"),
    ];
    let rows = lines.iter().map(|line| {
        let posted = match line.late {
            true => format!("{} {}", line.posted, say.t("bill-late")),
            false => line.posted.to_string(),
        };
        vec![
            line.tracking.clone(),
            kind(line, say),
            posted,
            money(borne(line)),
            cities.name(line.payer),
            cities.name(line.liable),
        ]
    });
    table(&header, rows.collect(), &[3])
}

fn differences(found: &[BillDifference], _cities: &Cities, say: &Catalogue) -> String {
    if found.is_empty() {
        return format!("{}\n", say.t("bill-same"));
    }
    let header = [
        say.t("label-tracking"),
        say.t("label-kind"),
        say.t("label-ours"),
        say.t("label-theirs"),
        say.t("label-why"),
    ];
    let sum = |fen: Option<i64>| fen.map_or_else(|| "—".to_owned(), money);
    let rows = found.iter().map(|one| {
        vec![
            one.tracking.clone(),
            say.term("cost", one.kind.name()),
            sum(one.ours),
            sum(one.theirs),
            say.term("why", &one.why),
        ]
    });
    table(&header, rows.collect(), &[2, 3])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    #[test]
    fn a_bill_names_what_differs_and_why() {
        let line = json!({
            "line": "l1", "parcel": "p1", "tracking": "EZ900000019CN", "kind": "postage",
            "posted": "2026-08-30", "fen": 2200, "payer": "350700", "liable": "330800",
            "debtor": "330800", "late": true,
        });
        let bill: BillAnswer = serde_json::from_value(json!({
            "agreement": "a1", "month": "2026-09", "with": "350700", "stage": "signed",
            "hash": "abcdef", "lines": 1, "owed": 2200, "due": 0, "net": -2200,
            "signed": ["350700"], "waits_for": ["330800"], "until": "2026-10-20",
            "included": [line],
            "carried": [], "entries": [],
            "differences": [{"line": "l1", "tracking": "EZ900000019CN", "kind": "postage",
                "ours": 2200, "theirs": 9100, "why": "amount"}],
        }))
        .expect("a bill");
        let text = one(&bill, &cities(), &Catalogue::new(Lang::Zh));
        for part in [
            "-¥22.00",
            "91.00",
            "2026-10-20",
            "EZ900000019CN",
            "以前月份补计",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn lines_say_who_bears_them_and_what_they_come_of() {
        let line = |id: &str, kind: &str, fen: i64| -> BillLine {
            serde_json::from_value(json!({
                "line": id, "parcel": "p1", "tracking": "EZ900000019CN", "kind": kind,
                "posted": "2026-09-08", "fen": fen, "payer": "350700", "liable": "330800",
                "debtor": if kind == "refund" { "350700" } else { "330800" },
                "reversal": id == "l2", "correction": id == "l3",
            }))
            .expect("a line")
        };
        let all = [
            line("l1", "postage", 2200),
            line("l2", "postage", 1200),
            line("l3", "postage", 900),
            line("l4", "refund", 800),
        ];
        let text = lines(&all, &cities(), &Catalogue::new(Lang::Zh));
        for part in ["垫付城市", "承担城市", "冲销邮费", "邮费更正", "-¥8.00"] {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
        let refund = text.lines().find(|line| line.contains("退费"));
        let refund = refund.expect("the refund");
        assert!(
            refund.find("南平市") < refund.find("衢州市"),
            "who paid, who bears: {refund}"
        );
    }
}
