//! Names for the requirements of a guide, as the terms give them, so that `M2` can be shown with its name.

use std::collections::BTreeMap;

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, GuideAnswer, LiveAnswer, StatusAnswer};
use tongban_ledger::case::Defect;

use crate::catalogue::Catalogue;

/// The guides that the node's agreements hold.
#[derive(Debug, Default)]
pub struct Guides {
    guides: Vec<GuideAnswer>,
    live: Vec<LiveAnswer>,
}

impl Guides {
    /// Takes them from a node's status.
    pub fn of(status: &StatusAnswer) -> Guides {
        let terms = status.agreements.iter().map(|agreement| &agreement.terms);
        Guides {
            guides: terms.clone().flat_map(|t| t.guides.clone()).collect(),
            live: terms.flat_map(|t| t.live.clone()).collect(),
        }
    }

    /// Finds the requirements of a case: those of the guide version of its receipt.
    pub fn of_case(&self, case: &CaseAnswer) -> Requirements {
        let receipt = case.entries.first();
        let version = receipt
            .and_then(|entry| entry.details.get("guide"))
            .and_then(|version| version.parse().ok());
        match version {
            Some(version) => self.find(&case.row.item, case.row.owner, Some(version)),
            None => self.of_pair(&case.row.item, Some(case.row.receiver), case.row.owner),
        }
    }

    /// Finds the requirements that a window follows for an item of another city.
    pub fn of_pair(
        &self,
        item: &str,
        receiver: Option<DivisionCode>,
        owner: DivisionCode,
    ) -> Requirements {
        let live = self.live.iter().find(|live| {
            live.item == item && live.owner == owner && Some(live.receiver) == receiver
        });
        self.find(item, owner, live.map(|live| live.guide))
    }

    fn find(&self, item: &str, owner: DivisionCode, version: Option<u32>) -> Requirements {
        let guide = self
            .guides
            .iter()
            .filter(|guide| guide.item == item && guide.owner == owner)
            .filter(|guide| version.is_none_or(|version| guide.version == version))
            .max_by_key(|guide| guide.version);
        let Some(guide) = guide else {
            return Requirements::default();
        };
        let named = guide.requirements.iter();
        Requirements {
            version: guide.version,
            names: named
                .map(|need| (need.id.clone(), need.name.clone()))
                .collect(),
        }
    }
}

/// The requirements of one guide by id.
#[derive(Debug, Default)]
pub struct Requirements {
    version: u32,
    names: BTreeMap<String, String>,
}

impl Requirements {
    /// Writes a requirement with its name, as `M2 居民身份证`; the id alone where no name is known.
    pub fn name(&self, id: &str) -> String {
        match self.names.get(id) {
            Some(name) => format!("{id} {name}"),
            None => id.to_owned(),
        }
    }

    /// Says whether a known guide has no such requirement.
    pub fn lacks(&self, id: &str) -> bool {
        !self.names.is_empty() && !self.names.contains_key(id)
    }

    /// Writes what a formal pass lacks: `M2`, `original:M2`, `id-check` or `formal-pass`.
    pub fn missing(&self, what: &str, say: &Catalogue) -> String {
        match what.split_once(':') {
            Some(("original", id)) => {
                say.tf("missing-original", &[("requirement", &self.name(id))])
            }
            Some(_) => what.to_owned(),
            None => match say.find(&format!("missing-{what}"), &[]) {
                Some(text) => text,
                None => self.name(what),
            },
        }
    }

    /// Writes several things that are missing.
    pub fn all_missing<'a>(
        &self,
        list: impl IntoIterator<Item = &'a str>,
        say: &Catalogue,
    ) -> String {
        let each: Vec<String> = list
            .into_iter()
            .map(|what| self.missing(what.trim(), say))
            .collect();
        each.join(&say.t("list-comma"))
    }

    /// Writes a defect, as `M2 居民身份证：过期`.
    pub fn defect(&self, defect: &Defect, say: &Catalogue) -> String {
        let requirement = self.name(&defect.requirement);
        let fault = say.term("fault", defect.fault.name());
        let values = [("requirement", &*requirement), ("fault", &*fault)];
        say.tf("case-defect", &values)
    }

    /// Writes the whole guide, as `指南第 4 版：M1 购房合同、…`; nothing where it is not known.
    pub fn guide(&self, say: &Catalogue) -> Option<String> {
        if self.names.is_empty() {
            return None;
        }
        let names: Vec<String> = self.names.keys().map(|id| self.name(id)).collect();
        let version = self.version.to_string();
        let list = names.join(&say.t("list-comma"));
        Some(say.tf(
            "guide-requirements",
            &[("version", &version), ("list", &list)],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::status;

    #[test]
    fn what_is_missing_is_named_from_the_terms() {
        let say = Catalogue::new(Lang::Zh);
        let owner = "350700".parse().expect("a code");
        let guides = Guides::of(&status());
        let known = guides.of_pair("I-04", "330800".parse().ok(), owner);
        let list = ["M2", "original:M2", "id-check", "formal-pass", "M9"];
        assert_eq!(
            known.all_missing(list, &say),
            "M2 居民身份证、核验原件 M2 居民身份证、人证核验、形式审查、M9"
        );
        let guide = known.guide(&say).expect("the guide is known");
        assert!(
            guide.contains('2') && guide.contains("M1 社会保障卡申领表"),
            "{guide}"
        );
        // Another city's item has no guide here, so ids must do.
        let other = guides.of_pair("I-04", None, "110000".parse().expect("a code"));
        assert_eq!(other.missing("original:M2", &say), "核验原件 M2");
        assert_eq!(other.guide(&say), None);
    }
}
