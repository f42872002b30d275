//! What of an agreement waits for this city: proposed batches that it has not adopted, and nominated items to which it
//! has said nothing in their last round.

use serde::Serialize;
use tongban_ledger::answer::StatusAnswer;
use tongban_ledger::answer::lists::{ListsAnswer, NominationAnswer};

use crate::catalogue::Catalogue;
use crate::commands::short;

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// `batch` or `nomination`.
    pub kind: &'static str,
    /// The agreement's short code.
    pub agreement: String,
    /// The batch's proposal, or the item's base code.
    pub about: String,
    /// The batch's id, or the item's name.
    pub name: String,
    /// How many items the batch has, or the round of the item.
    pub count: u64,
}

/// Finds what waits for this city, agreement by agreement.
pub fn owed(status: &StatusAnswer) -> Vec<Owed> {
    let own = status.city.division;
    let mut found = Vec::new();
    for agreement in &status.agreements {
        let lists = &agreement.terms.lists;
        let proposals = lists.proposals.iter();
        for proposal in proposals.filter(|one| !one.in_force && one.waiting.contains(&own)) {
            found.push(Owed {
                kind: "batch",
                agreement: agreement.code.clone(),
                about: proposal.proposal.clone(),
                name: proposal.batch.clone(),
                count: proposal.items as u64,
            });
        }
        let open = lists.nominations.iter().filter(|one| {
            let said = one.by == own || one.stances.iter().any(|stance| stance.city == own);
            !said && is_last(lists, one) && !is_listed(lists, &one.item)
        });
        for nomination in open {
            found.push(Owed {
                kind: "nomination",
                agreement: agreement.code.clone(),
                about: nomination.item.clone(),
                name: nomination.name.clone(),
                count: u64::from(nomination.round),
            });
        }
    }
    found
}

/// Whether a nomination is the last round of its item.
fn is_last(lists: &ListsAnswer, one: &NominationAnswer) -> bool {
    let mut of = lists.nominations.iter().filter(|of| of.item == one.item);
    of.all(|other| other.round <= one.round)
}

/// Whether an item stands in a batch already.
fn is_listed(lists: &ListsAnswer, item: &str) -> bool {
    let mut rows = lists.batches.iter().flat_map(|batch| &batch.rows);
    rows.any(|row| row.item == item)
}

/// Writes what waits, with the command that answers each; nothing where nothing waits.
pub fn show(owed: &[Owed], say: &Catalogue) -> String {
    if owed.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", say.t("owed-title"));
    for one in owed {
        // A proposal is found by the beginning of its id, an item by its whole code.
        let about = match one.kind {
            "batch" => short(&one.about),
            _ => one.about.clone(),
        };
        let count = one.count.to_string();
        let values = [
            ("about", about.as_str()),
            ("name", one.name.as_str()),
            ("count", count.as_str()),
        ];
        let line = match one.kind {
            "batch" => say.tf("owed-batch", &values),
            _ => say.tf("owed-nomination", &values),
        };
        text.push_str(&format!("  {line}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::status;

    /// a batch and a nomination wait for this city until it said something, in the last round alone.
    #[test]
    fn batches_and_nominations_wait_for_who_has_said_nothing() {
        let mut status = status();
        let own = status.city.division;
        let nomination = |round: u16, by: &str, said: bool| {
            let stances = match said {
                true => json!([{"city": own, "stance": "agree"}]),
                false => json!([]),
            };
            json!({"item": "I-90", "name": "居住证办理", "round": round, "by": by, "cases_a_year": 1200,
                "stances": stances})
        };
        let mut check = |waiting: serde_json::Value,
                         nominations: serde_json::Value,
                         expect: &[&str]| {
            status.agreements[0].terms.lists = serde_json::from_value(json!({
                "proposals": [{"proposal": "ef".repeat(32), "batch": "2026-2", "effective": "2026-11-01",
                    "items": 23, "pairs": 276, "adopted": [], "waiting": waiting, "in_force": false}],
                "nominations": nominations,
            }))
            .expect("lists");
            let found = owed(&status);
            let kinds: Vec<&str> = found.iter().map(|one| one.kind).collect();
            assert_eq!(kinds, expect);
            let text = show(&found, &Catalogue::new(Lang::Zh));
            for word in expect {
                let command = match *word {
                    "batch" => "adopt-batch efefefefefef",
                    _ => "stance I-90",
                };
                assert!(text.contains(command), "{text}");
            }
        };
        let other = "350700";
        check(json!([own]), json!([]), &["batch"]);
        check(json!([other]), json!([]), &[]);
        check(
            json!([]),
            json!([nomination(1, other, false)]),
            &["nomination"],
        );
        check(json!([]), json!([nomination(1, other, true)]), &[]);
        check(
            json!([]),
            json!([nomination(1, &own.to_string(), false)]),
            &[],
        );
        let rounds = json!([nomination(1, other, false), nomination(2, other, true)]);
        check(json!([]), rounds, &[]);
    }
}
