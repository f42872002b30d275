//! What a command of the month end was about, for its confirmation: the month, the cities and the sums, asked for once
//! it is done. What the node does not tell is left out.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{BillRow, Done, PaymentRow, RoundAnswer};
use tongban_ledger::calendar::Month;
use tongban_ledger::command::Command;
use tongban_ledger::command::money::ConfirmPayment;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{money, round};
use crate::context::Context;

/// Says what a command of bills, rounds or payments was about; nothing for any other one.
pub async fn subject(command: &Command, done: &Done, context: &Context<'_>) -> Option<String> {
    if context.json {
        return None;
    }
    let say = context.say;
    let of = |agreement: &Option<String>| agreement.clone();
    let (month, agreement) = match command {
        Command::BillDraft(args) | Command::BillRetract(args) => {
            let cities = context.cities().await;
            let named = args.agreement.as_deref();
            return Some(bill(args.month, args.with, named, &cities, context).await);
        }
        Command::BillSign(args) => {
            let cities = context.cities().await;
            let named = args.agreement.as_deref();
            return Some(bill(args.month, args.with, named, &cities, context).await);
        }
        Command::RoundReport(args) => {
            let named = args.agreement.as_deref();
            return Some(report(args.month, named, context).await);
        }
        Command::RoundOpen(args) => return Some(args.month.to_string()),
        Command::RoundPropose(args) => (args.month, of(&args.agreement)),
        Command::RoundSign(args) => (args.month, of(&args.agreement)),
        Command::PaymentRecord(args) => (args.month, of(&args.agreement)),
        Command::PaymentConfirm(args) => (args.month, of(&args.agreement)),
        _ => return None,
    };
    let known = context.client.round(month, agreement.as_deref()).await;
    let known = known.ok();
    let known = known.as_ref();
    Some(match command {
        Command::PaymentRecord(args) => {
            let cities = context.cities().await;
            let made = known.and_then(|round| {
                let mut all = round.payments.iter();
                all.find(|one| done.entries.contains(&one.payment))
            });
            transfer(month, (cities.own(), Some(args.to)), made, &cities, say)
        }
        Command::PaymentConfirm(args) => {
            let cities = context.cities().await;
            let made = known.and_then(|round| received(round, args, cities.own()));
            transfer(month, (Some(args.from), cities.own()), made, &cities, say)
        }
        _ => number(month, known, say),
    })
}

/// Says which bill, with what is due and owed where the node tells.
pub async fn bill(
    month: Month,
    with: DivisionCode,
    agreement: Option<&str>,
    cities: &Cities,
    context: &Context<'_>,
) -> String {
    let bills = context.client.bills(month).await.unwrap_or_default();
    let meant = |row: &&BillRow| {
        row.with == with && agreement.is_none_or(|named| row.agreement.starts_with(named))
    };
    let mut fitting = bills.iter().filter(meant);
    let row = match (fitting.next(), fitting.next()) {
        (Some(row), None) => Some(row),
        _ => None,
    };
    bill_of(month, with, row, cities, context.say)
}

fn bill_of(
    month: Month,
    with: DivisionCode,
    row: Option<&BillRow>,
    cities: &Cities,
    say: &Catalogue,
) -> String {
    let (month, city) = (month.to_string(), cities.show(with));
    let Some(row) = row else {
        return say.tf("done-of-pair", &[("month", &month), ("city", &city)]);
    };
    let (due, owed, net) = (money(row.due), money(row.owed), money(row.net));
    let values = [
        ("month", month.as_str()),
        ("city", city.as_str()),
        ("due", due.as_str()),
        ("owed", owed.as_str()),
        ("net", net.as_str()),
    ];
    say.tf("done-of-bill", &values)
}

/// Says how many bills of the month both cities signed, and what they come to.
async fn report(month: Month, agreement: Option<&str>, context: &Context<'_>) -> String {
    let Ok(mut bills) = context.client.bills(month).await else {
        return month.to_string();
    };
    bills.retain(|row| agreement.is_none_or(|named| row.agreement.starts_with(named)));
    report_of(month, &bills, context.say)
}

fn report_of(month: Month, bills: &[BillRow], say: &Catalogue) -> String {
    let signed: Vec<&BillRow> = bills.iter().filter(|row| row.stage == "agreed").collect();
    let sum = |figure: fn(&BillRow) -> i64| {
        let figures = signed.iter().map(|row| figure(row));
        money(figures.fold(0, i64::saturating_add))
    };
    let (month, count) = (month.to_string(), signed.len().to_string());
    let (due, owed) = (sum(|row| row.due), sum(|row| row.owed));
    let values = [
        ("month", month.as_str()),
        ("count", count.as_str()),
        ("due", due.as_str()),
        ("owed", owed.as_str()),
    ];
    say.tf("done-of-report", &values)
}

fn number(month: Month, known: Option<&RoundAnswer>, say: &Catalogue) -> String {
    let month = month.to_string();
    let Some(round) = known.filter(|round| round.row.number > 0) else {
        return month;
    };
    let number = round.row.number.to_string();
    let count = round.transfers.len().to_string();
    let sum = money(round::total(&round.transfers, |one| one.fen));
    let values = [
        ("month", month.as_str()),
        ("number", number.as_str()),
        ("count", count.as_str()),
        ("sum", sum.as_str()),
    ];
    say.tf("done-of-number", &values)
}

/// The payment that was just confirmed: the only one of the payer that fits and has arrived; else nothing is said of its sum.
fn received<'a>(
    round: &'a RoundAnswer,
    args: &ConfirmPayment,
    own: Option<DivisionCode>,
) -> Option<&'a PaymentRow> {
    let voucher = args.voucher.as_deref().map(str::trim);
    let mut fitting = round.payments.iter().filter(|one| {
        let day = one.received.is_some() && args.on.is_none_or(|on| one.received == Some(on));
        let named = voucher.is_none_or(|voucher| one.voucher == voucher);
        one.from == args.from && Some(one.to) == own && named && day
    });
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

fn transfer(
    month: Month,
    (from, to): (Option<DivisionCode>, Option<DivisionCode>),
    made: Option<&PaymentRow>,
    cities: &Cities,
    say: &Catalogue,
) -> String {
    let name = |city: Option<DivisionCode>| city.map_or_else(String::new, |city| cities.name(city));
    let (month, from, to) = (month.to_string(), name(from), name(to));
    let Some(made) = made else {
        let values = [
            ("month", month.as_str()),
            ("from", from.as_str()),
            ("to", to.as_str()),
        ];
        return say.tf("done-of-transfer", &values);
    };
    let sum = money(made.fen);
    let values = [
        ("month", month.as_str()),
        ("from", from.as_str()),
        ("to", to.as_str()),
        ("sum", sum.as_str()),
        ("voucher", made.voucher.as_str()),
    ];
    say.tf("done-of-payment", &values)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    fn month() -> Month {
        "2026-09".parse().expect("a month")
    }

    fn city(code: &str) -> DivisionCode {
        code.parse().expect("a code")
    }

    fn payment(voucher: &str, received: Option<&str>) -> serde_json::Value {
        json!({
            "payment": voucher, "from": "350700", "to": "330800", "fen": 2600, "voucher": voucher,
            "on": "2026-10-19", "received": received,
        })
    }

    fn round(payments: Vec<serde_json::Value>) -> RoundAnswer {
        serde_json::from_value(json!({
            "document": "d1", "agreement": "a1", "month": "2026-09", "stage": "final", "number": 1,
            "hash": "ab", "quorum": 2, "steps": {}, "bills": [], "carried": [], "owes": {},
            "gross": 0, "nets": {}, "netting": "pairwise",
            "transfers": [{"from": "350700", "to": "330800", "fen": 2600}], "other_way": [],
            "proposals": [], "payments": payments, "doubles": [], "silent": [], "entries": [],
        }))
        .expect("a round")
    }

    #[test]
    fn a_confirmation_names_month_cities_and_sum() {
        let say = Catalogue::new(Lang::Zh);
        let row = |with: &str, stage: &str| -> BillRow {
            serde_json::from_value(json!({
                "agreement": "a1", "month": "2026-09", "with": with, "stage": stage, "lines": 1,
                "owed": 0, "due": 2600, "net": 2600,
            }))
            .expect("a bill")
        };
        let (one, other) = (row("350700", "agreed"), row("361100", "signed"));
        assert_eq!(
            bill_of(month(), city("350700"), Some(&one), &cities(), &say),
            "2026-09 与南平市 350700：应收 ¥26.00，应付 ¥0.00，净额 ¥26.00"
        );
        assert_eq!(
            bill_of(month(), city("350700"), None, &cities(), &say),
            "2026-09 与南平市 350700"
        );
        assert_eq!(
            report_of(month(), &[one, other], &say),
            "2026-09 账单 1 份：应收 ¥26.00，应付 ¥0.00"
        );
        let known = round(Vec::new());
        assert_eq!(
            number(month(), Some(&known), &say),
            "2026-09 第 1 号方案，付款 1 笔，共 ¥26.00"
        );
        assert_eq!(number(month(), None, &say), "2026-09");
    }

    #[test]
    fn a_receipt_names_its_payment_where_only_one_fits() {
        let say = Catalogue::new(Lang::Zh);
        let said = |payments: Vec<serde_json::Value>, voucher: Option<&str>| {
            let args = ConfirmPayment {
                month: month(),
                from: city("350700"),
                voucher: voucher.map(str::to_owned),
                on: None,
                agreement: None,
            };
            let known = round(payments);
            let own = Some(city("330800"));
            let made = received(&known, &args, own);
            transfer(month(), (Some(args.from), own), made, &cities(), &say)
        };
        let whole = "2026-09 南平市 → 衢州市 ¥26.00，凭证号 V1";
        let (one, two) = (
            payment("V1", Some("2026-10-20")),
            payment("V2", Some("2026-10-20")),
        );
        let open = payment("V3", None);
        assert_eq!(said(vec![one.clone(), open.clone()], None), whole);
        assert_eq!(said(vec![one.clone(), two.clone()], Some("V1")), whole);
        assert_eq!(said(vec![one, two], None), "2026-09 南平市 → 衢州市");
    }
}
