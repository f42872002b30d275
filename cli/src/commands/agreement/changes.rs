//! Changes of items that member cities announced (事项调整): who had an item, who gets it, and whether that is done.

use tongban_ledger::answer::ItemChangeAnswer;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::table::table;

/// Draws the changes; nothing where there are none.
pub fn show(changes: &[ItemChangeAnswer], cities: &Cities, say: &Catalogue) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let header = [
        say.t("label-city"),
        say.t("label-item"),
        say.t("label-change"),
        say.t("label-from-dept"),
        say.t("label-to-dept"),
        say.t("label-planned"),
        say.t("label-basis"),
        say.t("label-officer-short"),
        say.t("label-state"),
    ];
    let rows = changes.iter().map(|change| {
        vec![
            cities.name(change.city),
            change.item.clone(),
            say.term("change", change.kind.name()),
            change.from_dept.clone().unwrap_or_default(),
            change.to_dept.clone().unwrap_or_default(),
            change.planned.to_string(),
            change.basis.clone(),
            change.contact.clone(),
            state(change, say),
        ]
    });
    format!(
        "\n{}\n{}",
        say.t("label-changes"),
        table(&header, rows.collect(), &[])
    )
}

/// Says how far a change is: until it is completed, the old department goes on.
fn state(change: &ItemChangeAnswer, say: &Catalogue) -> String {
    match (change.completed, change.deleted) {
        (_, true) => say.t("change-deleted"),
        (Some(day), false) => say.tf("change-completed", &[("day", &day.to_string())]),
        (None, false) if change.overdue => say.t("change-overdue"),
        (None, false) => say.t("change-open"),
    }
}

#[cfg(test)]
mod tests {
    use tongban_ledger::city::ChangeKind;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    #[test]
    fn a_change_says_how_far_it_is() {
        let say = Catalogue::new(Lang::Zh);
        let mut change = ItemChangeAnswer {
            change: "ab".repeat(32),
            city: "350700".parse().expect("a code"),
            item: "I-04".to_owned(),
            kind: ChangeKind::Transfer,
            from_dept: Some("RS-1".to_owned()),
            to_dept: Some("YB-2".to_owned()),
            planned: "2026-10-01".parse().expect("a day"),
            basis: "南政办〔2026〕7号".to_owned(),
            contact: "NP-0031".to_owned(),
            completed: None,
            deleted: false,
            overdue: false,
        };
        let shown = |change: &ItemChangeAnswer| show(std::slice::from_ref(change), &cities(), &say);
        let text = shown(&change);
        for expected in ["南平市", "划转", "RS-1", "YB-2", "2026-10-01", "原部门继续"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        change.overdue = true;
        assert!(shown(&change).contains("超过计划"));
        change.completed = Some("2026-10-08".parse().expect("a day"));
        assert!(shown(&change).contains("2026-10-08 承接"));
        change.deleted = true;
        assert!(shown(&change).contains("已删除"));
        assert_eq!(show(&[], &cities(), &say), "");
    }
}
