//! How a case stands and what comes next: whose turn it is, the command to give, a push on its way, what is
//! missing.

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow, HandoffAnswer};

use super::list::STAGES;
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::guides::Requirements;
use crate::help;

/// What somebody waits for from this city, whoever holds the case and also after its end.
const OWED: &[&str] = &[
    "case.answer",
    "case.reply",
    "case.release-step",
    "case.decide-step",
    "case.mend-papers",
    "case.agree-papers",
    "case.take-papers",
    "case.follow-up",
];

/// Labels and values of the head of a case, those without a value left out.
pub fn rows(
    case: &CaseAnswer,
    cities: &Cities,
    known: &Requirements,
    say: &Catalogue,
) -> Vec<(String, String)> {
    let row = &case.row;
    let missing = known.all_missing(case.missing.iter().map(String::as_str), say);
    let defects: Vec<String> = case
        .defects
        .iter()
        .map(|defect| known.defect(defect, say))
        .collect();
    let handoff = row.handoff.as_ref();
    let next = match away(row, cities) {
        _ if is_over(row) => String::new(),
        Some(city) => say.tf("case-wait", &[("city", &cities.name(city))]),
        None => next(row, say).unwrap_or_else(|| say.t("case-nothing-next")),
    };
    let rows = [
        (say.t("label-turn"), turn(row, cities, say)),
        (say.t("label-next"), next),
        (
            say.t("label-owed"),
            owed(row, cities)
                .and_then(|name| help::line(name, &row.number, say))
                .unwrap_or_default(),
        ),
        (say.t("label-also"), also(row, cities, say)),
        (
            say.t("label-handoff"),
            handoff.map_or_else(String::new, |open| self::handoff(open, cities, say)),
        ),
        (
            say.t("label-outcome"),
            row.outcome
                .map_or_else(String::new, |outcome| say.term("outcome", outcome.name())),
        ),
        (say.t("label-missing"), missing),
        (say.t("label-defects"), defects.join(&say.t("list-comma"))),
        (
            say.t("label-parcels"),
            case.parcels.join(&say.t("list-comma")),
        ),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Names whose turn it is: the recipient of an open push, else who holds the case.
fn turn(row: &CaseRow, cities: &Cities, say: &Catalogue) -> String {
    let name = |city| match cities.is_own(city) {
        true => say.t("link-own"),
        false => cities.show(city),
    };
    match (&row.handoff, row.holders.as_slice()) {
        _ if is_over(row) => String::new(),
        (Some(open), _) => name(open.to),
        (None, holders) => {
            let names: Vec<String> = holders.iter().map(|city| name(*city)).collect();
            names.join(&say.t("list-comma"))
        }
    }
}

/// Writes the usual next command as it is typed.
pub fn next(row: &CaseRow, say: &Catalogue) -> Option<String> {
    help::line(row.next.first()?, &row.number, say)
}

/// Finds the command that others wait for while it is not this city's turn in the case.
pub fn owed<'a>(row: &'a CaseRow, cities: &Cities) -> Option<&'a str> {
    if away(row, cities).is_none() && !is_over(row) {
        return None;
    }
    let mut next = row.next.iter().map(String::as_str);
    next.find(|name| OWED.contains(name))
}

/// Finds the other city whose turn it is: it has to answer a push, or holds the case.
pub fn away(row: &CaseRow, cities: &Cities) -> Option<DivisionCode> {
    let turn = match &row.handoff {
        Some(open) => vec![open.to],
        None => row.holders.clone(),
    };
    match turn.iter().any(|city| cities.is_own(*city)) {
        true => None,
        false => turn.first().copied(),
    }
}

/// Says whether nothing more is to be done in a case, so that it is nobody's turn.
pub fn is_over(row: &CaseRow) -> bool {
    let over = STAGES.iter().filter(|stage| stage.terminal());
    over.map(|stage| stage.code()).any(|code| code == row.stage)
}

/// Names the commands that are possible now, without the one that stands by itself.
fn also(row: &CaseRow, cities: &Cities, say: &Catalogue) -> String {
    let own = away(row, cities).is_none() && !is_over(row);
    let first = row.next.first().map(String::as_str).filter(|_| own);
    let shown = first.or_else(|| owed(row, cities));
    let rest: Vec<String> = row
        .next
        .iter()
        .filter(|name| Some(name.as_str()) != shown)
        .map(|name| {
            let word = name.strip_prefix("case.").unwrap_or(name);
            let what = say.term("do", &name.replace('.', "-"));
            match what.starts_with("case-") {
                true => word.to_owned(),
                false => say.tf("help-word", &[("word", word), ("meaning", &what)]),
            }
        })
        .collect();
    rest.join(&say.t("list-comma"))
}

/// Says where a push is.
pub fn handoff(open: &HandoffAnswer, cities: &Cities, say: &Catalogue) -> String {
    let (from, to) = (cities.name(open.from), cities.name(open.to));
    let values = [("from", from.as_str()), ("to", to.as_str())];
    match (
        open.stored,
        cities.is_own(open.to),
        cities.is_online(open.to),
    ) {
        (_, true, _) => say.tf("handoff-here", &values),
        (true, false, _) => say.tf("handoff-stored", &values),
        (false, false, true) => say.tf("handoff-on-its-way", &values),
        (false, false, false) => say.tf("handoff-offline", &values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{case, cities, status};

    fn shown(case: &CaseAnswer) -> String {
        let say = Catalogue::new(Lang::Zh);
        let known = crate::guides::Guides::of(&status()).of_case(case);
        crate::table::fields(&rows(case, &cities(), &known, &say))
    }

    #[test]
    fn the_head_tells_what_comes_next_and_what_is_missing() {
        let text = shown(&case());
        for expected in [
            "轮到      本市",
            "下一步    tongban case id-check TB-330800-260907-000123-2 --officer <工号>",
            "notice（一次性告知）",
            "核验原件 M2 居民身份证、人证核验",
            "M1 社会保障卡申领表：过期",
            "EZ900000019CN",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(!text.contains("移交") && !text.contains("决定"), "{text}");
    }

    #[test]
    fn a_push_tells_whether_it_arrived() {
        let say = Catalogue::new(Lang::Zh);
        let open = |stored| HandoffAnswer {
            from: "330800".parse().expect("a code"),
            to: "350700".parse().expect("a code"),
            stored,
        };
        let text = handoff(&open(false), &cities(), &say);
        assert!(text.contains("离线") && text.contains("尚未"), "{text}");
        let text = handoff(&open(true), &cities(), &say);
        assert!(text.contains("对方已存"), "{text}");
        let mut pushed = case();
        pushed.row.handoff = Some(open(false));
        pushed.row.next = vec!["case.recall".to_owned()];
        let text = shown(&pushed);
        assert!(text.contains("轮到      南平市 350700"), "{text}");
        for expected in ["下一步    等待南平市", "还可办理  recall（撤回推送）"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn what_another_city_holds_waits_for_it_and_a_closed_case_for_nobody() {
        let mut held = case();
        held.row.holders = vec!["350700".parse().expect("a code")];
        held.row.next = vec!["case.notice-served".to_owned()];
        let text = shown(&held);
        for expected in [
            "下一步    等待南平市",
            "还可办理  notice-served（告知送达）",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        held.row.next = vec!["case.notice-served".to_owned(), "case.answer".to_owned()];
        let text = shown(&held);
        for expected in [
            "本市应办  tongban case answer TB-330800-260907-000123-2 --means <方式> --officer <工号>",
            "还可办理  notice-served（告知送达）\n",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(owed(&case().row, &cities()).is_none());
        assert!(away(&case().row, &cities()).is_none());
        held.row.stage = "S90".to_owned();
        held.row.next = Vec::new();
        let text = shown(&held);
        assert!(!text.contains("轮到") && !text.contains("下一步"), "{text}");
    }
}
