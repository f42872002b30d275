//! Bills and rounds as this node answers them, turned into what every city of them would say.
//!
//! Nothing of a node's own view is taken over: which city asks, what it does not count, what day it is there.

use tongban_export::{
    Bill, BillLine, Book, City, Journey, Origin, Payment, Round, RoundBill, Signature, Transfer,
};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    AgreementAnswer, BillAnswer, BillLine as AnsweredLine, RoundAnswer, StatusAnswer, TransferRow,
};
use tongban_ledger::code::Code;
use tongban_ledger::money::Fen;

use super::{money, words};
use crate::catalogue::Catalogue;
use crate::error::CliError;

/// The names and fingerprints of an agreement's members.
struct Members<'a> {
    agreement: &'a AgreementAnswer,
}

impl<'a> Members<'a> {
    fn of(agreement: &str, status: &'a StatusAnswer) -> Result<Self, CliError> {
        let mut all = status.agreements.iter();
        let found = all.find(|of| of.agreement == agreement);
        let agreement = found.ok_or_else(|| CliError::refused(Code::Agreement, agreement))?;
        Ok(Self { agreement })
    }

    fn city(&self, division: DivisionCode) -> City {
        let member = self.agreement.members.iter();
        let mut own = member.filter(|member| member.city.division == division);
        City {
            code: division.to_string(),
            // A city that left has its code alone.
            name: own
                .next()
                .map_or_else(String::new, |member| member.city.name.clone()),
        }
    }

    fn signatures(&self, of: &[DivisionCode], signed: &[DivisionCode]) -> Vec<Signature> {
        of.iter()
            .map(|division| {
                let mut members = self.agreement.members.iter();
                let member = members.find(|member| member.city.division == *division);
                Signature {
                    city: self.city(*division),
                    fingerprint: member
                        .map_or_else(String::new, |member| member.city.fingerprint.clone()),
                    signed: signed.contains(division),
                }
            })
            .collect()
    }
}

/// The book of a bill.
///
/// # Errors
/// `E_AGREEMENT` where the node does not know the agreement; a sum out of range.
pub fn bill(answer: &BillAnswer, status: &StatusAnswer, say: &Catalogue) -> Result<Book, CliError> {
    let members = Members::of(&answer.row.agreement, status)?;
    let cities = [status.city.division, answer.row.with];
    let line = |of: &AnsweredLine| BillLine {
        line: of.line.clone(),
        posted: of.posted,
        tracking: of.tracking.clone(),
        journey: of.journey.as_ref().map(|way| Journey {
            leg: way.leg.code().to_owned(),
            from: members.city(way.from),
            to: way.to.map(|city| members.city(city)),
            rule: way.rule,
        }),
        kind: of.kind,
        amount: Fen::new(of.fen),
        payer: members.city(of.payer),
        liable: members.city(of.liable),
        origin: match (of.reversal, of.correction) {
            (true, _) => Origin::Reversal,
            (false, true) => Origin::Correction,
            (false, false) => Origin::Recorded,
        },
        standing: if of.late { "late" } else { "counted" }.to_owned(),
        counts: true,
    };
    let bill = Bill {
        agreement: members.agreement.name.clone(),
        month: answer.row.month,
        cities: cities.map(|city| members.city(city)),
        stage: answer.row.stage.clone(),
        hash: answer.row.hash.clone(),
        lines: answer.included.iter().map(line).collect(),
        signatures: members.signatures(&cities, &answer.row.signed),
    };
    tongban_export::bill(&bill, &words(say)).map_err(money)
}

/// The book of a round.
///
/// # Errors
/// As [`bill`].
pub fn round(
    answer: &RoundAnswer,
    status: &StatusAnswer,
    say: &Catalogue,
) -> Result<Book, CliError> {
    let members = Members::of(&answer.row.agreement, status)?;
    let all = members.agreement.members.iter();
    let all: Vec<DivisionCode> = all.map(|member| member.city.division).collect();
    let transfers = |of: &[TransferRow]| -> Vec<Transfer> {
        of.iter()
            .map(|one| Transfer {
                from: members.city(one.from),
                to: members.city(one.to),
                amount: Fen::new(one.fen),
            })
            .collect()
    };
    let bills = answer.bills.iter().map(|bill| RoundBill {
        month: bill.month,
        one: members.city(bill.one),
        other: members.city(bill.other),
        hash: bill.hash.clone(),
        one_owes: Fen::new(bill.one_owes),
        other_owes: Fen::new(bill.other_owes),
    });
    let payments = answer.payments.iter().map(|one| Payment {
        from: members.city(one.from),
        to: members.city(one.to),
        amount: Fen::new(one.fen),
        voucher: one.voucher.clone(),
        on: one.on,
        received: one.received,
    });
    let nets = answer.nets.iter();
    let round = Round {
        agreement: members.agreement.name.clone(),
        month: answer.row.month,
        number: answer.row.number,
        stage: answer.row.stage.clone(),
        hash: answer.row.hash.clone(),
        bills: bills.collect(),
        nets: nets
            .map(|(city, fen)| (members.city(*city), Fen::new(*fen)))
            .collect(),
        netting: answer.netting.clone(),
        transfers: transfers(&answer.transfers),
        other_way: transfers(&answer.other_way),
        payments: payments.collect(),
        signatures: members.signatures(&all, &answer.row.signed),
    };
    tongban_export::round(&round, &words(say)).map_err(money)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tongban_export::to_csv;

    use super::*;
    use crate::catalogue::Lang;

    const AGREEMENT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn city(division: &str, name: &str) -> Value {
        json!({
            "city": format!("{division:0>64}"), "fingerprint": format!("指纹 {division}"),
            "division": division, "name": name,
        })
    }

    /// The state of a node of one of two cities.
    fn status(own: &str) -> StatusAnswer {
        let all = [("330800", "衢州市"), ("361100", "上饶市")];
        let members: Vec<Value> = all
            .iter()
            .map(|(division, name)| {
                let mut member = city(division, name);
                member["signed"] = json!(true);
                member["own"] = json!(*division == own);
                member["online"] = json!(false);
                member["waiting"] = json!(0);
                member["stored"] = json!(0);
                member
            })
            .collect();
        let own = all
            .iter()
            .find(|(division, _)| *division == own)
            .expect("a city");
        let value = json!({
            "city": city(own.0, own.1), "version": "0", "today": "2026-10-20",
            "agreements": [{
                "agreement": AGREEMENT, "code": "AG-2", "name": "合作协议", "effective": true,
                "members": members,
            }],
            "documents": {}, "entries": 0, "pending": 0, "open_cases": 0, "possible_restore": false,
        });
        serde_json::from_value(value).expect("a state")
    }

    /// One bill as each of its two cities answers it.
    fn answer(own: &str) -> BillAnswer {
        let (with, owed, due) = match own {
            "330800" => ("361100", 2_200, 6_100),
            _ => ("330800", 6_100, 2_200),
        };
        let line = |nth: u32, payer: &str, liable: &str, fen: i64, late: bool| {
            json!({
                "line": format!("{nth:064x}"), "parcel": format!("{nth:064x}"),
                "tracking": format!("EZ90000{nth:04}CN"), "kind": "postage", "posted": "2026-09-03",
                "fen": fen, "payer": payer, "liable": liable, "debtor": liable, "late": late,
                "journey": { "leg": "L2", "from": liable, "to": payer, "rule": 1 }, "reversal": nth == 2,
            })
        };
        let mut included = vec![
            line(1, "361100", "330800", 2_200, false),
            line(2, "330800", "361100", 6_100, true),
        ];
        // A node may list them in any order, and not count others for reasons of its own.
        let mut carried = Vec::new();
        if own == "361100" {
            included.reverse();
            let mut more = line(3, "330800", "361100", 900, false);
            more["why"] = json!("later");
            carried.push(more);
        }
        let value = json!({
            "agreement": AGREEMENT, "month": "2026-09", "with": with, "stage": "agreed",
            "hash": "ab".repeat(32), "lines": 2, "owed": owed, "due": due, "net": due - owed,
            "signed": ["330800", "361100"], "included": included, "carried": carried,
            "differences": [], "entries": [],
        });
        serde_json::from_value(value).expect("a bill")
    }

    /// both cities of a bill write the same file.
    #[test]
    fn both_cities_of_a_bill_write_one_file() {
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let of = |own: &str| {
                let book = bill(&answer(own), &status(own), &say).expect("a book");
                String::from_utf8(to_csv(&book).expect("a file")).expect("text")
            };
            let text = of("330800");
            assert_eq!(text, of("361100"));
            for needed in [
                "衢州市 330800",
                "22.00",
                "61.00",
                "39.00",
                "EZ900000002CN",
                "L2",
            ] {
                assert!(text.contains(needed), "{needed}: {text}");
            }
            assert!(!text.contains("EZ900000003CN"), "what only one node knows");
            assert!(text.contains(&say.t("export-origin-reversal")), "{text}");
        }
    }

    #[test]
    fn a_round_has_its_bills_nets_and_transfers() {
        let value = json!({
            "agreement": AGREEMENT, "month": "2026-09", "stage": "final", "number": 2,
            "hash": "cd".repeat(32), "signed": ["330800"], "quorum": 2, "steps": {},
            "bills": [{ "month": "2026-09", "one": "330800", "other": "361100",
                "hash": "ab".repeat(32), "one_owes": 2_200, "other_owes": 6_100 }],
            "carried": [], "owes": {}, "gross": 8_300,
            "nets": { "330800": 3_900, "361100": -3_900 }, "netting": "pairwise",
            "transfers": [{ "from": "361100", "to": "330800", "fen": 3_900 }],
            "other_way": [{ "from": "361100", "to": "330800", "fen": 3_900 }],
            "proposals": [], "doubles": [], "silent": [], "entries": [],
            "payments": [{ "payment": "", "from": "361100", "to": "330800", "fen": 3_900,
                "voucher": "2026-1107", "on": "2026-11-07" }],
        });
        let answer: RoundAnswer = serde_json::from_value(value).expect("a round");
        let say = Catalogue::new(Lang::Zh);
        let book = round(&answer, &status("361100"), &say).expect("a book");
        let text = String::from_utf8(to_csv(&book).expect("a file")).expect("text");
        for needed in [
            "应付款-两两相抵",
            "参考-多边净额",
            "-39.00",
            "指纹 330800,已签",
            "指纹 361100,未签",
            "2026-1107",
        ] {
            assert!(text.contains(needed), "{needed}: {text}");
        }
    }

    #[test]
    fn an_agreement_that_the_node_does_not_know_is_refused() {
        let mut other = answer("330800");
        other.row.agreement = "bb".repeat(32);
        let error = bill(&other, &status("330800"), &Catalogue::new(Lang::Zh));
        assert_eq!(error.expect_err("unknown").code(), "E_AGREEMENT");
    }
}
