//! `tongban round …` (结算): a month's settlement among all members, from reports to the number that holds.

use std::collections::BTreeSet;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{RoundAnswer, RoundRow, TransferRow};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::money::{Propose, RoundRef, SignRound};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{Act, act, money, short};
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
    /// Shows a month's round.
    Show(RoundArgs),
    /// 开轮: opens it.
    Open(RoundArgs),
    /// 报账: reports this city's signed bills, as totals.
    Report(RoundArgs),
    /// 提案: proposes the next number.
    Propose(ProposeArgs),
    /// 签署: signs a proposal.
    Sign(SignArgs),
    /// 导出: writes it for the finance office.
    Export(ExportArgs),
}

/// Raw arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The round.
    #[command(flatten)]
    pub round: RoundArgs,
    /// The file.
    #[command(flatten)]
    pub file: FileArgs,
}

/// Names a round.
#[derive(Debug, clap::Args)]
pub struct RoundArgs {
    /// The month, as 2026-09
    #[arg(value_name = "MONTH")]
    pub month: String,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `propose`.
#[derive(Debug, clap::Args)]
pub struct ProposeArgs {
    /// The round.
    #[command(flatten)]
    pub round: RoundArgs,
    /// Leaves out the bills of cities that did not sign the number before
    #[arg(long)]
    pub leave_out: bool,
    /// Only shows the round
    #[arg(long)]
    pub dry_run: bool,
}

/// Raw arguments of `sign`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The round.
    #[command(flatten)]
    pub round: RoundArgs,
    /// A beginning of the hash that was shown
    #[arg(long, value_name = "HASH")]
    pub hash: Option<String>,
    /// Only shows the round
    #[arg(long)]
    pub dry_run: bool,
}

impl RoundArgs {
    fn check(self) -> Result<RoundRef, CliError> {
        Ok(RoundRef {
            month: read::month(&self.month)?,
            agreement: self.agreement,
        })
    }
}

impl Act for Sub {
    fn check(self, _source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Open(args) => Command::RoundOpen(args.check()?),
            Sub::Report(args) => Command::RoundReport(args.check()?),
            Sub::Propose(args) => Command::RoundPropose(Propose {
                month: read::month(&args.round.month)?,
                leave_out: args.leave_out,
                agreement: args.round.agreement,
            }),
            Sub::Sign(args) => Command::RoundSign(SignRound {
                month: read::month(&args.round.month)?,
                hash: args.hash,
                agreement: args.round.agreement,
            }),
            Sub::Show(_) | Sub::Export(_) => {
                return Err(CliError::refused(Code::Argument, "round"));
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
        Sub::Show(args) => shown(args, context).await,
        Sub::Propose(args) if args.dry_run => rehearsed(args.round, context).await,
        Sub::Sign(args) if args.dry_run => rehearsed(args.round, context).await,
        Sub::Export(args) => {
            let round = ask(args.round, context).await?;
            let status = context.client.status().await;
            let status = status.map_err(|error| context.explain(error))?;
            let book = settlement::round(&round, &status, context.say)?;
            let mut shown = export::write(&book, &args.file, context)?;
            let complete = matches!(round.row.stage.as_str(), "final" | "settled");
            if !complete {
                let note = match (round.row.stage.as_str(), &round.row.document) {
                    ("disputed", _) => context.say.t("round-disputed"),
                    (_, None) => context.say.t("round-not-open"),
                    _ => context.say.t("export-round-open"),
                };
                shown.text.push_str(&format!("{note}\n"));
            }
            shown.json["complete"] = complete.into();
            Ok(shown)
        }
        other => act(other, context).await,
    }
}

async fn ask(args: RoundArgs, context: &Context<'_>) -> Result<RoundAnswer, CliError> {
    let named = args.check()?;
    let agreement = named.agreement.as_deref();
    let round = context.client.round(named.month, agreement).await;
    round.map_err(|error| context.explain(error))
}

async fn shown(args: RoundArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let round = ask(args, context).await?;
    let cities = context.cities().await;
    let text = one(&round, &cities, context.say);
    Ok(Shown::new(&round, text))
}

/// Shows a round, and ends with the word that nothing was signed.
async fn rehearsed(args: RoundArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let mut shown = shown(args, context).await?;
    let line = context.say.t("bill-dry-run");
    shown.text.push_str(&format!("\n{line}\n"));
    Ok(shown)
}

/// Writes a round: how far it is, who owes whom, nets, transfers, and who has yet to sign or to pay.
pub fn one(round: &RoundAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut text = fields(&head(round, cities, say));
    if round.row.document.is_none() {
        text.push_str(&format!("{}\n", say.t("round-not-open")));
        return text;
    }
    if !round.nets.is_empty() {
        text.push_str(&format!(
            "\n{}\n{}",
            say.t("round-matrix"),
            matrix(round, cities, say)
        ));
    }
    let (now, other) = (&round.transfers, &round.other_way);
    let way = say.term("netting", &round.netting);
    let title = say.tf("round-transfers", &[("way", &way)]);
    text.push_str(&format!("\n{title}\n{}", transfers(now, cities, say)));
    if !other.is_empty() {
        let way = match round.netting.as_str() {
            "pairwise" => say.term("netting", "multilateral"),
            _ => say.term("netting", "pairwise"),
        };
        let (count, sum) = (other.len().to_string(), money(total(other, |one| one.fen)));
        let values = [
            ("way", way.as_str()),
            ("count", count.as_str()),
            ("sum", sum.as_str()),
        ];
        let title = say.tf("round-other-way", &values);
        text.push_str(&format!("\n{title}\n{}", other_way(other, cities, say)));
    }
    if !round.carried.is_empty() {
        text.push_str(&format!("\n{}\n", say.t("round-carried")));
        for carried in &round.carried {
            let bill = &carried.bill;
            let (one, other) = (cities.name(bill.one), cities.name(bill.other));
            let why = say.term("why", &carried.why);
            let month = bill.month.to_string();
            let values = [
                ("one", one.as_str()),
                ("other", other.as_str()),
                ("month", month.as_str()),
                ("why", why.as_str()),
            ];
            text.push_str(&format!("  {}\n", say.tf("round-carried-bill", &values)));
        }
    }
    for double in &round.doubles {
        let (city, number) = (cities.show(double.city), double.number.to_string());
        let entries: Vec<String> = double.entries.iter().map(|id| short(id)).collect();
        let entries = entries.join(&say.t("list-comma"));
        let values = [
            ("city", city.as_str()),
            ("number", number.as_str()),
            ("entries", entries.as_str()),
        ];
        text.push_str(&format!("\n{}\n", say.tf("round-double", &values)));
    }
    if !round.silent.is_empty() {
        let cities = cities.list(&round.silent, say);
        text.push_str(&format!(
            "\n{}\n",
            say.tf("round-silent", &[("cities", &cities)])
        ));
    }
    text
}

fn head(round: &RoundAnswer, cities: &Cities, say: &Catalogue) -> Vec<(String, String)> {
    let row = &round.row;
    let mut labels = vec![
        (say.t("label-month"), row.month.to_string()),
        (say.t("label-stage"), stage(row, say)),
    ];
    if let Some(secretary) = round.secretary {
        labels.push((say.t("label-secretary"), cities.show(secretary)));
    }
    if row.number > 0 {
        labels.push((say.t("label-round-number"), row.number.to_string()));
        labels.push((say.t("label-hash"), row.hash.clone()));
        labels.push((say.t("label-signed"), signatures(row, cities, say)));
    } else if !row.waits_for.is_empty() {
        labels.push((say.t("label-waits"), cities.list(&row.waits_for, say)));
    }
    let steps = [
        ("round-draft-until", row.steps.draft),
        ("round-objections-until", row.steps.objections),
        ("round-signatures-until", row.steps.signatures),
        ("round-payments-until", row.steps.payments),
    ];
    for (label, day) in steps {
        if let Some(day) = day {
            labels.push((say.find(label, &[]).unwrap_or_default(), day.to_string()));
        }
    }
    labels
}

/// Says who signed, who has yet to, and when that is enough.
fn signatures(row: &RoundRow, cities: &Cities, say: &Catalogue) -> String {
    let count = row.signed.len().to_string();
    let signed = cities.list(&row.signed, say);
    let mut text = match row.signed.is_empty() {
        true => say.t("round-signed-none"),
        false => {
            let values = [("count", count.as_str()), ("cities", signed.as_str())];
            say.tf("round-signed-by", &values)
        }
    };
    let lacking = (row.quorum as usize).saturating_sub(row.signed.len());
    if !row.waits_for.is_empty() {
        let left = cities.list(&row.waits_for, say);
        text.push_str(&say.tf("round-left", &[("cities", &left)]));
    } else if lacking > 0 {
        let count = lacking.to_string();
        text.push_str(&say.tf("round-left-members", &[("count", &count)]));
    }
    let quorum = row.quorum.to_string();
    text.push_str(&say.tf("round-signed-rule", &[("quorum", &quorum)]));
    text
}

fn stage(row: &RoundRow, say: &Catalogue) -> String {
    let stage = say.term("round", &row.stage);
    match row.overdue.is_empty() {
        true => stage,
        false => format!("{stage} {}", say.t("bill-overdue")),
    }
}

/// Writes the obligations matrix: each row owes each column; then totals and nets.
fn matrix(round: &RoundAnswer, cities: &Cities, say: &Catalogue) -> String {
    let members: BTreeSet<DivisionCode> = round.nets.keys().copied().collect();
    let mut header = vec![say.t("round-owes")];
    header.extend(members.iter().map(|city| cities.name(*city)));
    header.extend([say.t("label-owed-in-all"), say.t("label-net")]);
    let owed = |debtor: &DivisionCode, creditor: &DivisionCode| {
        let row = round.owes.get(debtor);
        row.and_then(|row| row.get(creditor)).copied().unwrap_or(0)
    };
    let mut rows = Vec::new();
    for debtor in &members {
        let mut row = vec![cities.name(*debtor)];
        let mut sum = 0_i64;
        for creditor in &members {
            let fen = owed(debtor, creditor);
            sum = sum.saturating_add(fen);
            row.push(match debtor == creditor {
                true => "–".to_owned(),
                false => money(fen),
            });
        }
        row.push(money(sum));
        row.push(money(round.nets.get(debtor).copied().unwrap_or(0)));
        rows.push(row);
    }
    let mut last = vec![say.t("label-due-in-all")];
    for creditor in &members {
        let sum = members.iter().fold(0_i64, |sum, debtor| {
            sum.saturating_add(owed(debtor, creditor))
        });
        last.push(money(sum));
    }
    last.push(money(round.gross));
    last.push(money(
        round
            .nets
            .values()
            .fold(0, |sum: i64, net| sum.saturating_add(*net)),
    ));
    rows.push(last);
    let right: Vec<usize> = (1..members.len() + 3).collect();
    table(&header, rows, &right)
}

/// Writes transfers with what is paid and confirmed of each.
pub fn transfers(rows: &[TransferRow], cities: &Cities, say: &Catalogue) -> String {
    if rows.is_empty() {
        return format!("{}\n", say.t("round-no-transfers"));
    }
    let header = [
        say.t("label-pays"),
        say.t("label-payee"),
        say.t("label-amount"),
        say.t("label-paid"),
        say.t("label-got"),
    ];
    let mut shown: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                cities.name(row.from),
                cities.name(row.to),
                money(row.fen),
                money(row.paid),
                money(row.confirmed),
            ]
        })
        .collect();
    shown.push(vec![
        say.t("label-sum"),
        String::new(),
        money(total(rows, |row| row.fen)),
        money(total(rows, |row| row.paid)),
        money(total(rows, |row| row.confirmed)),
    ]);
    table(&header, shown, &[2, 3, 4])
}

/// Writes the transfers of the way that is not taken: nothing of them is paid.
fn other_way(rows: &[TransferRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-pays"),
        say.t("label-payee"),
        say.t("label-amount"),
    ];
    let mut shown: Vec<Vec<String>> = rows
        .iter()
        .map(|row| vec![cities.name(row.from), cities.name(row.to), money(row.fen)])
        .collect();
    let sum = money(total(rows, |row| row.fen));
    shown.push(vec![say.t("label-sum"), String::new(), sum]);
    table(&header, shown, &[2])
}

/// Adds a figure of transfers up.
pub fn total(rows: &[TransferRow], figure: impl Fn(&TransferRow) -> i64) -> i64 {
    rows.iter()
        .fold(0, |sum, row| sum.saturating_add(figure(row)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    #[test]
    fn a_round_shows_who_owes_whom_and_who_has_to_sign() {
        let round: RoundAnswer = serde_json::from_value(json!({
            "document": "d1", "agreement": "a1", "month": "2026-09", "stage": "proposed",
            "number": 1, "hash": "abcdef", "signed": ["330800"], "waits_for": ["350700"],
            "quorum": 2, "steps": {"draft": "2026-10-10", "signatures": "2026-10-20"},
            "overdue": "signatures", "bills": [], "carried": [],
            "owes": {"330800": {"350700": 2200}, "350700": {"330800": 2600}}, "gross": 4800,
            "nets": {"330800": 400, "350700": -400}, "netting": "pairwise",
            "transfers": [{"from": "350700", "to": "330800", "fen": 400}],
            "other_way": [], "proposals": [], "payments": [],
            "doubles": [{"city": "350700", "number": 1, "entries": ["e1", "e2"]}],
            "silent": ["350700"], "entries": [],
        }))
        .expect("a round");
        let text = one(&round, &cities(), &Catalogue::new(Lang::Zh));
        for part in [
            "22.00",
            "26.00",
            "48.00",
            "-¥4.00",
            "2026-10-20",
            "e1",
            "南平",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    /// a round says who signed, who has yet to, when that is enough, and both ways with their sums.
    #[test]
    fn a_round_says_what_is_missing_and_names_the_other_way() {
        let round = |signed: &[&str], waits: &[&str]| -> RoundAnswer {
            serde_json::from_value(json!({
                "document": "d1", "agreement": "a1", "month": "2026-09", "stage": "proposed",
                "number": 1, "hash": "abcdef", "signed": signed, "waits_for": waits,
                "quorum": 2, "steps": {}, "bills": [], "carried": [], "owes": {}, "gross": 0,
                "nets": {}, "netting": "pairwise",
                "transfers": [{"from": "350700", "to": "330800", "fen": 400, "paid": 100},
                    {"from": "330800", "to": "350700", "fen": 250}],
                "other_way": [{"from": "350700", "to": "330800", "fen": 150}],
                "proposals": [], "payments": [], "doubles": [], "silent": [], "entries": [],
            }))
            .expect("a round")
        };
        let say = Catalogue::new(Lang::Zh);
        let text = one(&round(&["330800"], &["350700"]), &cities(), &say);
        for part in [
            "1 个：衢州市 330800；还差：南平市 350700（账单所涉城市须全部签署，且成员签署不少于 2 个）",
            "另一种方式（多边净额）共 1 笔、¥1.50；",
            "¥6.50",
            "¥1.00",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches("合计").count(), 2, "{text}");
        let text = one(&round(&["330800"], &[]), &cities(), &say);
        assert!(text.contains("；还差 1 个成员（"), "{text}");
        let english = one(
            &round(&[], &["350700"]),
            &cities(),
            &Catalogue::new(Lang::En),
        );
        assert!(english.contains("none yet; missing: "), "{english}");
        assert!(!english.contains("¥¥"), "{english}");
    }
}
