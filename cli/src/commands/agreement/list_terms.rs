//! Lists and agreed papers for people: batches and how far they are live, proposals, nominations with their rounds,
//! channels and recognised e-certs.

use tongban_ledger::agreement::Found;
use tongban_ledger::answer::TermsAnswer;
use tongban_ledger::answer::lists::{BatchAnswer, ListsAnswer, NominationAnswer, ProposalAnswer};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::short;
use crate::table::indent;

/// Takes the batches from a founding act, where nothing is live yet.
pub fn of_found(found: &Found) -> ListsAnswer {
    let batches = found.annex.batches.iter().map(|batch| BatchAnswer {
        id: batch.id.clone(),
        list: batch.list,
        seq: batch.seq,
        due: batch.due,
        live: 0,
        total: batch.rows.len(),
        rows: batch.rows.clone(),
    });
    let rows = found.annex.batches.iter().flat_map(|batch| &batch.rows);
    let items: std::collections::BTreeSet<&str> = rows.map(|row| row.item.as_str()).collect();
    ListsAnswer {
        total: items.len(),
        batches: batches.collect(),
        ..ListsAnswer::default()
    }
}

/// Writes channels and recognised e-certs.
pub fn papers(terms: &TermsAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut lines = Vec::new();
    if !terms.channels.is_empty() {
        let names = terms.channels.iter();
        let names: Vec<String> = names.map(|one| say.term("transfer", one.name())).collect();
        let names = names.join(&say.t("list-comma"));
        lines.push(say.tf("terms-channels", &[("channels", &names)]));
    }
    for known in &terms.recognition {
        let (issuer, from) = (cities.name(known.issuer), known.from.to_string());
        let accepted = cities.names(&known.accepted_by, say);
        let values = [
            ("kind", known.cert_type.as_str()),
            ("issuer", &issuer),
            ("cities", &accepted),
            ("from", &from),
        ];
        lines.push(say.tf("terms-recognition", &values));
    }
    block(&lines)
}

/// Writes batches, proposals and nominations.
pub fn lists(lists: &ListsAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let mut lines = Vec::new();
    if lists.total > 0 {
        let (live, total) = (lists.live.to_string(), lists.total.to_string());
        lines.push(say.tf("list-progress", &[("live", &live), ("total", &total)]));
    }
    lines.extend(lists.batches.iter().map(|one| batch(one, say)));
    lines.extend(
        lists
            .proposals
            .iter()
            .map(|one| proposal(one, cities, full, say)),
    );
    for nomination in &lists.nominations {
        lines.extend(rounds(nomination, cities, say));
    }
    for apart in &lists.differences {
        let values = apart.values.join(&say.t("list-comma"));
        let field = say.term("element", &apart.field);
        let values = [
            ("item", &*apart.item),
            ("field", &*field),
            ("values", &*values),
        ];
        lines.push(say.tf("list-difference", &values));
    }
    block(&lines)
}

fn block(lines: &[String]) -> String {
    match lines.is_empty() {
        true => String::new(),
        false => indent(&lines.join("\n")),
    }
}

fn batch(batch: &BatchAnswer, say: &Catalogue) -> String {
    let (live, total) = (batch.live.to_string(), batch.total.to_string());
    let percent = (batch.live * 100).checked_div(batch.total).unwrap_or(0);
    let (seq, percent) = (batch.seq.to_string(), percent.to_string());
    let due = batch
        .due
        .map_or_else(|| say.t("list-due-by-row"), |due| due.to_string());
    let list = say.term("list", batch.list.name());
    let values = [
        ("id", batch.id.as_str()),
        ("list", &list),
        ("seq", &seq),
        ("due", &due),
        ("live", &live),
        ("total", &total),
        ("percent", &percent),
    ];
    say.tf("list-batch", &values)
}

fn proposal(proposal: &ProposalAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let id = match full {
        true => proposal.proposal.clone(),
        false => short(&proposal.proposal),
    };
    let adopted: Vec<String> = proposal
        .adopted
        .iter()
        .map(|adopted| {
            let city = cities.name(adopted.city);
            let except: Vec<String> = adopted
                .except
                .iter()
                .map(|except| {
                    let role = serde_json::to_value(except.role).ok();
                    let role = role
                        .as_ref()
                        .and_then(|role| role.as_str())
                        .unwrap_or_default();
                    let role = say.term("role", role);
                    say.tf("help-word", &[("word", &except.item), ("meaning", &role)])
                })
                .collect();
            let except = except.join(&say.t("list-comma"));
            match except.is_empty() {
                true => city,
                false => say.tf("list-except", &[("city", &city), ("except", &except)]),
            }
        })
        .collect();
    let adopted = adopted.join(&say.t("list-comma"));
    let waiting = cities.names(&proposal.waiting, say);
    let state = match proposal.in_force {
        true => say.t("list-adopted"),
        false => say.tf("list-waiting", &[("cities", &waiting)]),
    };
    let (items, effective) = (proposal.items.to_string(), proposal.effective.to_string());
    let values = [
        ("batch", proposal.batch.as_str()),
        ("id", &id),
        ("items", &items),
        ("effective", &effective),
        ("adopted", &adopted),
        ("state", &state),
    ];
    say.tf("list-proposal", &values)
}

fn rounds(nomination: &NominationAnswer, cities: &Cities, say: &Catalogue) -> Vec<String> {
    let (round, cases) = (
        nomination.round.to_string(),
        nomination.cases_a_year.to_string(),
    );
    let by = cities.name(nomination.by);
    let values = [
        ("item", nomination.item.as_str()),
        ("name", &nomination.name),
        ("round", &round),
        ("city", &by),
        ("cases", &cases),
    ];
    let mut lines = vec![say.tf("list-nomination", &values)];
    for said in &nomination.stances {
        let city = cities.name(said.city);
        let stance = say.term("stance", said.stance.name());
        let values = [
            ("city", &*city),
            ("stance", &*stance),
            ("reason", &*said.reason),
        ];
        lines.push(format!("  {}", say.tf("list-stance", &values).trim_end()));
    }
    if !nomination.objections.is_empty() {
        let objecting = cities.names(&nomination.objections, say);
        lines.push(format!(
            "  {}",
            say.tf("list-objections", &[("cities", &objecting)])
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    /// progress, proposals and every round are shown.
    #[test]
    fn lists_are_shown_with_progress_and_rounds() {
        let row = json!({"item": "I-04", "name": "社会保障卡申领"});
        let answer: ListsAnswer = serde_json::from_value(json!({
            "live": 58, "total": 140,
            "batches": [{"id": "国1", "list": "national", "seq": 1, "due": "2021-03-31",
                "live": 58, "total": 58, "rows": [row]}],
            "proposals": [{"proposal": "ef".repeat(32), "batch": "2026-2", "effective": "2026-11-01", "items": 23,
                "pairs": 276, "adopted": [{"city": "350700", "except": [{"item": "I-17", "role": "owner"}]}],
                "waiting": ["330800"], "in_force": false}],
            "nominations": [{"item": "I-90", "name": "居住证办理", "round": 1, "by": "330800", "cases_a_year": 1200,
                "stances": [{"city": "350700", "stance": "object", "reason": "系统未对接"}],
                "objections": ["350700"]}],
        }))
        .expect("lists");
        let text = lists(&answer, &cities(), false, &Catalogue::new(Lang::Zh));
        for expected in [
            "58/140",
            "国1",
            "100%",
            "2021-03-31",
            "efefefefefef",
            "南平市（I-17（属地））",
            "衢州市尚未通过",
            "居住证办理",
            "第 1 轮",
            "反对",
            "系统未对接",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }
}
