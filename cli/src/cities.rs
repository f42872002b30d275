//! The cities that the node knows: names for division codes, which one it is itself, and who is online.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::DivisionCode;
use tongban_ledger::answer::{AgreementAnswer, MemberAnswer, StatusAnswer};
use tongban_ledger::code::Code;

use crate::catalogue::Catalogue;
use crate::error::CliError;
use crate::rule::Rule;

/// The cities that the node knows by name.
#[derive(Debug, Default)]
pub struct Cities {
    names: BTreeMap<DivisionCode, String>,
    own: Option<DivisionCode>,
    online: BTreeSet<DivisionCode>,
}

impl Cities {
    /// Takes the names from a node's status.
    pub fn of(status: &StatusAnswer) -> Cities {
        let members = status
            .agreements
            .iter()
            .flat_map(|agreement| &agreement.members);
        let online = members.clone().filter(|member| member.online);
        Cities {
            online: online.map(|member| member.city.division).collect(),
            own: Some(status.city.division),
            names: members
                .map(|member| &member.city)
                .chain([&status.city])
                .map(|city| (city.division, city.name.clone()))
                .collect(),
        }
    }

    /// Takes names alone.
    pub fn named(names: impl IntoIterator<Item = (DivisionCode, String)>) -> Cities {
        Cities {
            names: names.into_iter().collect(),
            ..Cities::default()
        }
    }

    /// The node's own city.
    pub fn own(&self) -> Option<DivisionCode> {
        self.own
    }

    /// Says whether it is the node's own city.
    pub fn is_own(&self, division: DivisionCode) -> bool {
        self.own == Some(division)
    }

    /// Says whether a link to the city is up.
    pub fn is_online(&self, division: DivisionCode) -> bool {
        self.online.contains(&division)
    }

    /// The codes of the cities, ascending.
    pub fn codes(&self) -> Vec<DivisionCode> {
        self.names.keys().copied().collect()
    }

    /// Counts the cities.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Finds a city by its code or its name, with or without 市.
    ///
    /// # Errors
    /// `E_ARGUMENT` with the cities that are known.
    pub fn find(
        &self,
        text: &str,
        option: &str,
        say: &Catalogue,
    ) -> Result<DivisionCode, CliError> {
        let text = text.trim();
        if let Ok(code) = text.parse() {
            return Ok(code);
        }
        let plain = |name: &str| name.strip_suffix('市').unwrap_or(name).to_owned();
        let mut fits = self
            .names
            .iter()
            .filter(|(_, name)| !text.is_empty() && plain(name) == plain(text))
            .map(|(code, _)| *code);
        match (fits.next(), fits.next()) {
            (Some(code), None) => Ok(code),
            _ => {
                let known: Vec<DivisionCode> = self.names.keys().copied().collect();
                let known = self.list(&known, say);
                Err(CliError::rule(Code::Argument, option, Rule::City, &known))
            }
        }
    }

    /// Writes name and code, as `衢州市 330800`; the code alone where no name is known.
    pub fn show(&self, division: DivisionCode) -> String {
        match self.names.get(&division) {
            Some(name) => format!("{name} {division}"),
            None => division.to_string(),
        }
    }

    /// Writes the name; the code where no name is known.
    pub fn name(&self, division: DivisionCode) -> String {
        self.names
            .get(&division)
            .cloned()
            .unwrap_or_else(|| division.to_string())
    }

    /// Writes the names of several cities.
    pub fn names(&self, divisions: &[DivisionCode], say: &Catalogue) -> String {
        let shown: Vec<String> = ordered(divisions).map(|city| self.name(city)).collect();
        shown.join(&say.t("list-comma"))
    }

    /// Writes several cities with their codes.
    pub fn list(&self, divisions: &[DivisionCode], say: &Catalogue) -> String {
        let shown: Vec<String> = ordered(divisions).map(|city| self.show(city)).collect();
        shown.join(&say.t("list-comma"))
    }
}

/// Puts cities in the order of their codes: a node lists them by their keys, which tells people nothing.
fn ordered(divisions: &[DivisionCode]) -> impl Iterator<Item = DivisionCode> {
    let mut ordered = divisions.to_vec();
    ordered.sort_unstable();
    ordered.into_iter()
}

/// Puts members in the order of their codes.
pub fn members(agreement: &AgreementAnswer) -> Vec<&MemberAnswer> {
    let mut members: Vec<&MemberAnswer> = agreement.members.iter().collect();
    members.sort_unstable_by_key(|member| member.city.division);
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    #[test]
    fn cities_are_found_by_code_and_name() {
        let say = Catalogue::new(Lang::Zh);
        let check = |text: &str, expected: Option<&str>| {
            let found = cities().find(text, "--owner", &say).ok();
            assert_eq!(
                found.map(|code| code.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("350700", Some("350700"));
        check("南平市", Some("350700"));
        check("南平", Some("350700"));
        // A code needs no name; the node judges whether it is a member.
        check("110000", Some("110000"));
        check("33080", None);
        check("市", None);
        check("", None);
        let error = cities()
            .find("福州市", "--owner", &say)
            .expect_err("unknown");
        assert_eq!(
            (error.code(), error.about().as_str()),
            ("E_ARGUMENT", "--owner")
        );
    }
}
