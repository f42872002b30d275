//! The terms of an agreement as a node answers them.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use super::decide::DecisionAnswer;
use super::lists::ListsAnswer;
use crate::agreement::{
    Feedback, GuideTexts, Item, JointStep, Limits, Mode, PostageRule, Power, Requirement, Transfer,
};
use crate::calendar::Day;
use crate::command::CalendarTerms;
use crate::command::lists::RecognitionTerms;
use crate::netting::Netting;

/// The terms of an agreement as they stand now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsAnswer {
    /// The catalogue.
    pub items: Vec<Item>,
    /// The guides.
    pub guides: Vec<GuideAnswer>,
    /// What is live between which cities.
    pub live: Vec<LiveAnswer>,
    /// Delegated powers, those of the annex and those offered since.
    pub grants: Vec<GrantAnswer>,
    /// Who bears the postage.
    pub postage: Vec<PostageRule>,
    /// Joint-handling agreements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint: Vec<JointAnswer>,
    /// Limits that the cities set.
    #[serde(default)]
    pub limits: Limits,
    /// Working days of further years.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<CalendarTerms>,
    /// Channels over which papers travel between the cities; any if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Transfer>,
    /// Kinds of e-certs that the cities recognise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognition: Vec<RecognitionTerms>,
    /// The lists: batches, proposals, nominations.
    #[serde(default, skip_serializing_if = "ListsAnswer::is_empty")]
    pub lists: ListsAnswer,
    /// Proposals beside batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionAnswer>,
    /// How this month's obligations are paid: `pairwise` or `multilateral`.
    #[serde(default)]
    pub netting: Netting,
}

/// A joint-handling agreement of a lead and a partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JointAnswer {
    /// The item's base code.
    pub item: String,
    /// The city that leads.
    pub lead: DivisionCode,
    /// The co-handling city.
    pub partner: DivisionCode,
    /// The steps.
    pub steps: Vec<JointStep>,
    /// Who tells the applicant.
    pub feedback: Feedback,
    /// Working days for the whole; none if 0.
    pub days: u16,
}

/// An operation guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideAnswer {
    /// The item's base code.
    pub item: String,
    /// The city that owns the item.
    pub owner: DivisionCode,
    /// Its version.
    pub version: u32,
    /// The first day on which it is in force.
    pub effective: Day,
    /// What the applicant must hand in.
    pub requirements: Vec<Requirement>,
    /// Whether the window must check the person against the identity card.
    pub id_check: bool,
    /// The texts of a whole guide; none for a short one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<GuideTexts>,
}

/// A live item of an ordered pair of cities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveAnswer {
    /// The item's base code.
    pub item: String,
    /// The city whose window receives.
    pub receiver: DivisionCode,
    /// The city that holds the power.
    pub owner: DivisionCode,
    /// The guide version that the window follows.
    pub guide: u32,
    /// The first day on which a case may be received.
    pub effective: Day,
    /// Whether the owner suspended the item for new cases.
    pub suspended: bool,
    /// The last day on which a case may be received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The modes for this pair; those of the item if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<Mode>,
}

/// A grant of powers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantAnswer {
    /// Its id for `agreement.take-grant`; absent for a grant of the annex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The city that grants.
    pub grantor: DivisionCode,
    /// The city that may use the powers.
    pub grantee: DivisionCode,
    /// Base codes of the items; empty for every item of the grantor.
    pub items: Vec<String>,
    /// The powers.
    pub powers: Vec<Power>,
    /// Whether it is in force: taken, and not withdrawn.
    pub in_force: bool,
    /// Whether the grantor withdrew it.
    pub withdrawn: bool,
    /// The first day, where the grant is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}
