//! A question for cases, and a page of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::CaseRow;
use crate::calendar::Day;

/// How many cases a page has where nothing else is asked.
pub const CASE_PAGE: u32 = 50;
/// The most cases of a page.
pub const CASE_PAGE_MAX: u32 = 200;

/// In which order cases are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOrder {
    /// By case number.
    #[default]
    Number,
    /// By the day of the clock that is over first; cases without a running clock are left out, and those whose
    /// clocks all stand still come last.
    Due,
    /// The same by the clocks that this city has to stop.
    OwnDue,
}

/// Chooses a page of cases; an absent field chooses all.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseQuery {
    /// The stage code, as `S40`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The item's base code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// A city that holds the case now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<DivisionCode>,
    /// `true` for cases that are not closed, `false` for closed ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// Cases in which this officer has to act, by the city's roster; who asks is a sign of life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// Cases of which some clock is over before this day. The order is then by that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_before: Option<Day>,
    /// The applicant's identity number. It is never written anywhere and never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant_id: Option<String>,
    /// The order.
    #[serde(default)]
    pub order: CaseOrder,
    /// Where the page before ended ([`CasePage::next`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many cases, [`CASE_PAGE`] if absent and [`CASE_PAGE_MAX`] at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl fmt::Debug for CaseQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseQuery")
            .field("stage", &self.stage)
            .field("item", &self.item)
            .field("holder", &self.holder)
            .field("open", &self.open)
            .field("officer", &self.officer)
            .field("due_before", &self.due_before)
            .field("applicant_id", &self.applicant_id.as_ref().map(|_| ".."))
            .field("order", &self.order)
            .field("after", &self.after)
            .field("limit", &self.limit)
            .finish()
    }
}

/// A page of cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePage {
    /// The cases. A page may have fewer than were asked for, even none, and still not be the last.
    pub cases: Vec<CaseRow>,
    /// Where the next page begins; absent at the end. It is of use with the same question only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// an identity number that is asked for stands in no log.
    #[test]
    fn a_question_hides_the_number() {
        let query = CaseQuery {
            applicant_id: Some("330899198803170010".to_owned()),
            ..CaseQuery::default()
        };
        let text = format!("{query:?}");
        assert!(!text.contains("3308991988"), "{text}");
        assert!(text.contains("applicant_id: Some"), "{text}");
    }
}
