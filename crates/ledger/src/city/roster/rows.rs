//! The rows of a roster: windows, officers, liaisons, who answers for an item, who stands in for whom.
//!
//! Rows hold no personal data: an officer is a staff number, a telephone number is that of a window or a section.
//! Days are Beijing days; a row is in force from `from` to `until`, both included.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::agreement::Power;
use crate::calendar::Day;

/// A window (专窗) or another site where people are served.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its id in the city, as `QZ-01`.
    #[n(0)]
    pub id: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// The twelve digits of its division: city, county, township, village.
    #[n(2)]
    pub division: String,
    /// 1 city, 2 county, 3 township, 4 village.
    #[n(3)]
    pub level: u8,
    /// The window that it belongs to.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What it does; a window without `receive` registers no case.
    #[n(5)]
    pub functions: Vec<Function>,
    /// Its devices.
    #[n(6)]
    #[serde(default)]
    pub equipment: Vec<Equipment>,
    /// Carriers that it posts with, as codes.
    #[n(7)]
    #[serde(default)]
    pub carriers: Vec<String>,
    /// Ways to pay, as codes.
    #[n(8)]
    #[serde(default)]
    pub pay_channels: Vec<String>,
    /// Its office line; never a person's own number.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Whether it is on trial.
    #[n(10)]
    #[serde(default)]
    pub trial: bool,
    /// Its first day.
    #[n(11)]
    pub from: Day,
    /// Its last day.
    #[n(12)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl Window {
    /// Says whether it has a function.
    pub fn does(&self, function: Function) -> bool {
        self.functions.contains(&function)
    }

    /// Says whether a video consult can be held there: that needs a camera.
    pub fn can_video(&self) -> bool {
        self.does(Function::Consult) && self.equipment.contains(&Equipment::Camera)
    }
}

/// What a window does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// 咨询.
    #[n(1)]
    Consult,
    /// 协调联系.
    #[n(2)]
    Coordinate,
    /// 收件.
    #[n(3)]
    Receive,
    /// 流转分发.
    #[n(4)]
    Route,
    /// 证照代收.
    #[n(5)]
    CollectCert,
    /// 发证.
    #[n(6)]
    Issue,
    /// 收发件: results go to the carrier through it.
    #[n(7)]
    Dispatch,
}

/// A device of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Equipment {
    /// Reads identity cards.
    #[n(1)]
    IdReader,
    /// 高拍仪.
    #[n(2)]
    Scanner,
    /// For video consults.
    #[n(3)]
    Camera,
    /// Prints receipts.
    #[n(4)]
    Printer,
}

/// An officer (工作员) by staff number: a pseudonym, never a name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// The staff number.
    #[n(0)]
    pub id: String,
    /// The window where the officer sits.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The department, for who sits at none.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Which of two posts.
    #[n(3)]
    #[serde(default)]
    pub post: Post,
    /// What the officer does.
    #[n(4)]
    pub role: Role,
    /// Base codes of the items for which the officer is trained.
    #[n(5)]
    #[serde(default)]
    pub trained: Vec<String>,
    /// The first day.
    #[n(6)]
    pub from: Day,
    /// The last day.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// Which of two posts (AB岗, R-057).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(index_only)]
pub enum Post {
    /// The first.
    #[default]
    #[n(1)]
    A,
    /// Who stands in.
    #[n(2)]
    B,
}

/// What an officer does (`domain.md` §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 窗口工作员.
    #[n(1)]
    WindowClerk,
    /// 审批人员.
    #[n(2)]
    Approver,
    /// 联络员.
    #[n(3)]
    Liaison,
    /// 收发.
    #[n(4)]
    Dispatch,
    /// 政务服务中心.
    #[n(5)]
    Supervisor,
    /// 财务.
    #[n(6)]
    Finance,
}

/// A liaison (联络员) of a department for some items.
///
/// Name and own number stay in the city; partners have the staff number and the office line, which is what work
/// needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Liaison {
    /// The staff number.
    #[n(0)]
    pub officer: String,
    /// The department.
    #[n(1)]
    pub department: String,
    /// Base codes of the items.
    #[n(2)]
    #[serde(default)]
    pub items: Vec<String>,
    /// A domain of the catalogue with all of its items.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Which of two posts.
    #[n(4)]
    #[serde(default)]
    pub post: Post,
    /// The hours, as `09:00-17:00`.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// The section's office line; never a person's own number.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The first day.
    #[n(7)]
    pub from: Day,
    /// The last day.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl Liaison {
    /// Says whether the liaison is one for an item of a domain.
    pub fn covers(&self, item: &str, domain: &str) -> bool {
        self.items.iter().any(|code| code == item) || self.domain.as_deref() == Some(domain)
    }
}

/// The section and the person responsible (责任处室、责任人) for an item or a domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Responsible {
    /// The item's base code; a row for an item goes before one for its domain.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The domain with all of its items, where no item is named.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The section.
    #[n(2)]
    pub section: String,
    /// The person's staff number.
    #[n(3)]
    pub person: String,
    /// The deputy's staff number: post B.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<String>,
    /// The first day.
    #[n(5)]
    pub from: Day,
    /// The last day.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// A member of the back-office support team (专窗后台保障团队, R-056).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The department.
    #[n(0)]
    pub department: String,
    /// The staff number.
    #[n(1)]
    pub officer: String,
    /// Domains of the catalogue that are the department's.
    #[n(2)]
    pub domains: Vec<String>,
    /// Days of the week on duty, 1 Monday to 7 Sunday; every working day if empty.
    #[n(3)]
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// The department's office line; never a person's own number.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The first day.
    #[n(5)]
    pub from: Day,
    /// The last day.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl Support {
    /// Says whether the member is on duty on a working day for a domain.
    pub fn on_duty(&self, domain: &str, day: Day) -> bool {
        let weekday = weekday(day);
        self.domains.iter().any(|own| own == domain)
            && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
    }
}

/// The day of the week, 1 Monday to 7 Sunday.
fn weekday(day: Day) -> u8 {
    // 1970-01-01 was a Thursday.
    let from_monday = (i64::from(day.epoch_days()) + 3).rem_euclid(7);
    u8::try_from(from_monday + 1).unwrap_or(1)
}

/// A is absent and B acts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Who is absent: a staff number.
    #[n(0)]
    pub officer: String,
    /// Who acts: a staff number.
    #[n(1)]
    pub by: String,
    /// The first day.
    #[n(2)]
    pub from: Day,
    /// The last day.
    #[n(3)]
    pub until: Day,
    /// Whether it came to nothing.
    #[n(4)]
    #[serde(default)]
    pub cancelled: bool,
}

/// The checklist before a granted item goes live with a partner. What is missing is left out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct GoLive {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The partner city whose windows use the powers.
    #[n(1)]
    pub partner: DivisionCode,
    /// The day of the training.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<Day>,
    /// How many attended.
    #[n(3)]
    #[serde(default)]
    pub attendees: u16,
    /// SHA-256 of the key points (办件要点), lower-case hex.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_points: Option<String>,
    /// Staff numbers of the liaisons who guide the partner's windows; ready with one or two.
    #[n(5)]
    #[serde(default)]
    pub liaisons: Vec<String>,
}

/// A letter of delegation (授权委托书) of a department to the hall of the same city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// The department that delegates.
    #[n(0)]
    pub department: String,
    /// The hall that acts for it.
    #[n(1)]
    pub hall: String,
    /// Base codes of the items.
    #[n(2)]
    pub items: Vec<String>,
    /// The powers.
    #[n(3)]
    pub powers: Vec<Power>,
    /// Whether the hall may pass them on to another city.
    #[n(4)]
    #[serde(default)]
    pub may_subdelegate: bool,
    /// The first day.
    #[n(5)]
    pub from: Day,
    /// The last day.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        let check = |day: &str, expect: u8| {
            assert_eq!(weekday(day.parse().expect("a day")), expect, "{day}");
        };
        check("2026-09-07", 1);
        check("2026-09-13", 7);
        check("1970-01-01", 4);
        check("1969-12-31", 3);
    }
}
