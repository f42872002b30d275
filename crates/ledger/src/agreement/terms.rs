//! What the founders of an agreement put their names to: items, guides, activations, grants and
//! the postage rule.
//!
//! The terms are plain data with the checks that need no state. Which of them hold at a given view
//! is answered by [`super::View`].

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, DivisionCode};

use super::channel::RECOGNITION_MAX;
use super::list::{BATCHES_MAX, DEPTS_MAX, differences};
use super::{Batch, Guide, Implementing, Item, Mode, Recognition, Transfer};
use crate::calendar::{CalendarYear, Day};
use crate::code::Code;

/// The most founders an agreement may name.
pub const FOUNDERS_MAX: usize = 300;
/// The longest name or code in the terms, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// The genesis act of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Found {
    /// The agreement's full name.
    #[n(0)]
    pub name: String,
    /// Its short code, as `AG-4C`.
    #[n(1)]
    pub code: String,
    /// The rules version in force; only a resolution raises it.
    #[n(2)]
    pub rules_version: u16,
    /// The founding cities, ascending by root key.
    #[n(3)]
    pub founders: Vec<Founder>,
    /// The annex that every founder signs with the agreement.
    #[n(4)]
    pub annex: Annex,
}

/// A founding city.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Founder {
    /// The city's root key: the city itself.
    #[n(0)]
    pub city: CityId,
    /// Its division code, an attribute (GB/T 2260).
    #[n(1)]
    pub division: DivisionCode,
    /// Its name, an attribute.
    #[n(2)]
    pub name: String,
    /// Its signed encryption certificate, as sent in the invitation.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub encryption: Vec<u8>,
    /// Where its node listens, as `host:port`.
    #[n(4)]
    pub addresses: Vec<String>,
}

/// Items, guides, activations, grants and the postage rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Annex {
    /// The catalogue.
    #[n(0)]
    pub items: Vec<Item>,
    /// Operation guides, each of one owner city.
    #[n(1)]
    pub guides: Vec<Guide>,
    /// What is live for which ordered city pair.
    #[n(2)]
    pub activations: Vec<Activation>,
    /// Delegated powers.
    #[n(3)]
    pub grants: Vec<Grant>,
    /// Who bears the postage between cities; versions ascend, at most [`POSTAGE_RULES_MAX`].
    #[n(4)]
    pub postage: Vec<PostageRule>,
    /// Joint-handling agreements (联办协议, R-043).
    #[n(5)]
    pub joint: Vec<Joint>,
    /// Working days of years beside those of the official notices known to the rules version.
    #[n(6)]
    pub calendars: Vec<CalendarYear>,
    /// Limits that the text of the law leaves to the cities.
    #[n(7)]
    pub limits: Limits,
    /// Channels over which papers travel between the cities; any if empty.
    #[n(8)]
    pub channels: Vec<Transfer>,
    /// Kinds of e-certs that they recognise.
    #[n(9)]
    pub recognition: Vec<Recognition>,
    /// Batches of the lists that the catalogue came from.
    #[n(10)]
    pub batches: Vec<Batch>,
    /// What each city calls an item, and who does it there.
    #[n(11)]
    pub implementing: Vec<Implementing>,
}

/// A joint-handling agreement (联办协议): how one item is handled by a lead city and a partner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Joint {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city that leads and accepts.
    #[n(1)]
    pub lead: CityId,
    /// The co-handling city.
    #[n(2)]
    pub partner: CityId,
    /// The steps; each stands after those that it waits for.
    #[n(3)]
    pub steps: Vec<JointStep>,
    /// Who tells the applicant the result.
    #[n(4)]
    pub feedback: Feedback,
    /// Working days for the whole, from acceptance; none if the steps have their own only.
    #[n(5)]
    pub days: u16,
}

/// One step of a joint-handling agreement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct JointStep {
    /// Its id, as `S1`.
    #[n(0)]
    pub id: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Whether the partner does it; the lead otherwise.
    #[n(2)]
    #[serde(default)]
    pub partner: bool,
    /// Ids of the steps that must have been granted before.
    #[n(3)]
    #[serde(default)]
    pub after: Vec<String>,
    /// Its working days.
    #[n(4)]
    pub days: u16,
    /// Whether its grant cannot be undone by withdrawing the case.
    #[n(5)]
    #[serde(default)]
    pub irreversible: bool,
    /// The step that it undoes; it is opened only when both cities ask for it.
    #[n(6)]
    #[serde(default)]
    pub undoes: Option<String>,
    /// Working days in which the step after it is urgent, because the person is without a standing in between.
    #[n(7)]
    #[serde(default)]
    pub urgent_days: Option<u16>,
    /// The department that leads inside the city (牵头部门, R-031); needed with several.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_dept: Option<String>,
    /// The departments that do it together.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depts: Vec<String>,
}

impl JointStep {
    /// Several departments have a lead, and it is one of them.
    fn led(&self) -> bool {
        let lead = self.lead_dept.as_ref();
        self.depts.len() <= DEPTS_MAX
            && self.depts.iter().chain(lead).all(|dept| short(dept))
            && (self.depts.len() < 2 || lead.is_some_and(|lead| self.depts.contains(lead)))
    }
}

/// Who tells the applicant the result of joint handling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// The lead's window, once for all.
    #[default]
    #[n(1)]
    Unified,
    /// Each city its own.
    #[n(2)]
    Separate,
}

/// Limits that the agreement sets (`domain.md` §3.2); the defaults are those proposed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Whether a case counts as accepted after five working days without a notice for every item, and not
    /// for licences alone (`deemed_rule=all`).
    #[n(0)]
    pub deemed_all: bool,
    /// Working days from receipt to push.
    #[n(1)]
    pub push_days: u16,
    /// Working days from receipt until originals that the owner examines are posted.
    #[n(2)]
    pub originals_days: u16,
    /// Working days without an Ack before the sender is warned.
    #[n(3)]
    pub ack_days: u16,
    /// Working days from Ack to the owner's re-check.
    #[n(4)]
    pub recheck_days: u16,
    /// Working days for the applicant's correction.
    #[n(5)]
    pub correction_days: u16,
    /// Working days from decision to sending the result.
    #[n(6)]
    pub result_days: u16,
    /// Calendar days from decision to service, for licences.
    #[n(7)]
    pub serve_days: u16,
    /// Working days for the answer to a confirmation question.
    #[n(8)]
    pub confirm_days: u16,
    /// Working days to contact who gave a bad rating.
    #[n(9)]
    pub contact_days: u16,
    /// Working days to mend what a bad rating is about.
    #[n(10)]
    pub mend_days: u16,
    /// Working days to answer a complaint.
    #[n(11)]
    pub complaint_days: u16,
    /// Working hours in which a person looks at an acknowledged case.
    #[n(12)]
    pub view_hours: u16,
    /// Working hours for a liaison's answer; twice as many before it goes to the centre.
    #[n(13)]
    pub consult_hours: u16,
    /// Working days without a sign of anybody at a window before it counts as idle.
    #[n(14)]
    pub idle_login_days: u16,
    /// Working days in which a case that was seen is taken further.
    #[n(15)]
    pub idle_handle_days: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deemed_all: false,
            push_days: 1,
            originals_days: 2,
            ack_days: 1,
            recheck_days: 1,
            correction_days: 15,
            result_days: 1,
            serve_days: 10,
            confirm_days: 1,
            contact_days: 1,
            mend_days: 15,
            complaint_days: 10,
            view_hours: 4,
            consult_hours: 2,
            idle_login_days: 1,
            idle_handle_days: 1,
        }
    }
}

/// One live item of an ordered pair: received in `receiver`, owned by `owner`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Activation {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city whose window receives.
    #[n(1)]
    pub receiver: CityId,
    /// The city that holds the power.
    #[n(2)]
    pub owner: CityId,
    /// The guide version that the window follows.
    #[n(3)]
    pub guide: u32,
    /// The first day on which a case may be received.
    #[n(4)]
    pub effective: Day,
    /// The last day on which a case may be received; open cases go on.
    #[n(5)]
    pub until: Option<Day>,
    /// The modes in which it is live for this pair; those of the item if empty.
    #[n(6)]
    pub modes: Vec<Mode>,
}

/// Powers that an owner city delegates to a receiving city for some items.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// The owner city.
    #[n(0)]
    pub grantor: CityId,
    /// The receiving city.
    #[n(1)]
    pub grantee: CityId,
    /// Base codes of the items; empty for every item of the grantor.
    #[n(2)]
    pub items: Vec<String>,
    /// The powers.
    #[n(3)]
    pub powers: Vec<Power>,
    /// The first and the last day of the grant, where it is limited.
    #[n(4)]
    pub from: Option<Day>,
    /// The last day.
    #[n(5)]
    pub until: Option<Day>,
}

impl Grant {
    /// Says whether the grant gives a power for an item on a day.
    pub fn covers(&self, item: &str, power: Power, day: Day) -> bool {
        self.powers.contains(&power)
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && (self.items.is_empty() || self.items.iter().any(|code| code == item))
    }
}

/// The delegable powers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Power {
    /// Receive papers for the owner.
    #[n(1)]
    #[serde(rename = "G1a")]
    Receive,
    /// Accept in the owner's name (受理).
    #[n(2)]
    #[serde(rename = "G1b")]
    Accept,
    /// Give the one-time notice.
    #[n(3)]
    #[serde(rename = "G2")]
    Notice,
    /// Check originals.
    #[n(4)]
    #[serde(rename = "G3")]
    OriginalCheck,
    /// Check the person against the identity card.
    #[n(5)]
    #[serde(rename = "G4")]
    IdCheck,
    /// Hand out or send results.
    #[n(6)]
    #[serde(rename = "G5")]
    Result,
}

/// The most postage rules of an agreement's founding terms.
pub const POSTAGE_RULES_MAX: usize = 64;

/// Who bears the postage of parcels posted from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct PostageRule {
    /// Its version, counted from 1.
    #[n(0)]
    pub version: u32,
    /// The rule.
    #[n(1)]
    pub rule: Postage,
    /// The first posting day that it covers.
    #[n(2)]
    pub effective: Day,
    /// Who bears the last mile under the rules of origin (question Q1).
    #[n(3)]
    #[serde(default)]
    pub last_mile: LastMile,
}

/// The liability rules of `domain.md` §3.6.1. Who bears what of them is said by
/// [`crate::parcel::bearer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
pub enum Postage {
    /// The government of the place of posting pays (寄出地政府买单).
    #[n(1)]
    #[serde(rename = "ORIGIN_PAYS")]
    OriginPays,
    /// The sending department pays; between cities that is the place of posting.
    #[n(2)]
    #[serde(rename = "SENDER_DEPT_PAYS")]
    SenderDeptPays,
    /// The approving city pays both directions.
    #[n(3)]
    #[serde(rename = "APPROVER_PAYS_BOTH")]
    ApproverPaysBoth,
    /// The applicant pays (到付); nothing arises between cities.
    #[n(4)]
    #[serde(rename = "APPLICANT_COLLECT")]
    ApplicantCollect,
}

impl Postage {
    /// The rule's name in terms and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Postage::OriginPays => "ORIGIN_PAYS",
            Postage::SenderDeptPays => "SENDER_DEPT_PAYS",
            Postage::ApproverPaysBoth => "APPROVER_PAYS_BOTH",
            Postage::ApplicantCollect => "APPLICANT_COLLECT",
        }
    }
}

/// Who bears the postage where an accepting window posts the issuing city's certificate on to the applicant
/// (L10): 寄出地 or 出证地.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum LastMile {
    /// The city that posts it.
    #[default]
    #[n(0)]
    Origin,
    /// The city that issued the certificate.
    #[n(1)]
    Issuer,
}

impl Found {
    /// Checks what needs no state: limits, order, and that every city named is a founder.
    pub fn check(&self) -> Result<(), Code> {
        let founders: Vec<CityId> = self.founders.iter().map(|founder| founder.city).collect();
        let ascending = founders.windows(2).all(|pair| pair[0] < pair[1]);
        let divisions: BTreeSet<_> = self.founders.iter().map(|f| f.division).collect();
        if founders.len() < 2
            || founders.len() > FOUNDERS_MAX
            || !ascending
            || divisions.len() != founders.len()
            || !short(&self.name)
            || !short(&self.code)
            || self.rules_version == 0
        {
            return Err(Code::Argument);
        }
        self.annex.check(&founders).map_err(|(code, _)| code)
    }

    /// Names the part of the terms that [`Found::check`] refuses, as `live I-04`; for people who wrote them.
    pub fn fault(&self) -> Option<String> {
        let mut founders: Vec<CityId> = self.founders.iter().map(|founder| founder.city).collect();
        founders.sort_unstable();
        self.annex.check(&founders).err().map(|(_, part)| part)
    }
}

impl Annex {
    /// The code, and the part that it is about.
    pub(crate) fn check(&self, members: &[CityId]) -> Result<(), (Code, String)> {
        let refused = |code, part: &str, item: &str| Err((code, format!("{part} {item}")));
        let member = |city: &CityId| members.binary_search(city).is_ok();
        let item = |code: &str| self.items.iter().any(|item| item.code == code);
        let mut codes = BTreeSet::new();
        if let Some(twice) = self.items.iter().find(|item| !codes.insert(&item.code)) {
            return refused(Code::Duplicate, "items", &twice.code);
        }
        for guide in &self.guides {
            if let Err(fault) = guide.check() {
                let about = format!("{} {}", guide.item, fault.part);
                return refused(fault.code, "guides", about.trim_end());
            }
            if !item(&guide.item) {
                return refused(Code::ItemUnknown, "guides", &guide.item);
            }
            if !member(&guide.owner) {
                return refused(Code::NotMember, "guides", &guide.item);
            }
        }
        for live in &self.activations {
            if !item(&live.item) {
                return refused(Code::ItemUnknown, "live", &live.item);
            }
            if !member(&live.receiver) || !member(&live.owner) || live.receiver == live.owner {
                return refused(Code::NotMember, "live", &live.item);
            }
            // A guide that was not filed is no basis of an activation.
            if !self.guides.iter().any(|guide| {
                guide.of(&live.item, &live.owner) && guide.version == live.guide && guide.filed()
            }) {
                return refused(Code::GuideVersion, "live", &live.item);
            }
        }
        for grant in &self.grants {
            if !member(&grant.grantor) || !member(&grant.grantee) {
                return refused(Code::NotMember, "grants", "");
            }
            if let Some(unknown) = grant.items.iter().find(|code| !item(code)) {
                return refused(Code::ItemUnknown, "grants", unknown);
            }
            let reserved = |item: &&Item| item.reserved && grant.items.contains(&item.code);
            if let Some(item) = self.items.iter().find(reserved) {
                return refused(Code::NoPower, "grants", &item.code);
            }
        }
        for joint in &self.joint {
            if !member(&joint.lead) || !member(&joint.partner) || joint.lead == joint.partner {
                return refused(Code::NotMember, "joint", &joint.item);
            }
            if !item(&joint.item) {
                return refused(Code::ItemUnknown, "joint", &joint.item);
            }
            if !joint.sound() {
                return refused(Code::Argument, "joint", &joint.item);
            }
        }
        self.check_papers(&member)?;
        self.check_lists(&member)?;
        let ascending = |pair: &[PostageRule]| pair[0].version < pair[1].version;
        let versions = self.postage.windows(2).all(ascending);
        let counted = self.postage.first().is_none_or(|rule| rule.version > 0);
        if !versions || !counted || self.postage.len() > POSTAGE_RULES_MAX {
            return refused(Code::Argument, "postage", "");
        }
        for item in &self.items {
            if !short(&item.code) || !short(&item.name) {
                return refused(Code::TooLarge, "items", &item.code);
            }
            if let Some(code) = item.fault() {
                return refused(code, "items", &item.code);
            }
        }
        Ok(())
    }
}

impl Annex {
    /// Channels and recognised e-certs: no repetition, members only.
    fn check_papers(&self, member: &dyn Fn(&CityId) -> bool) -> Result<(), (Code, String)> {
        let channels: BTreeSet<_> = self.channels.iter().collect();
        if channels.len() != self.channels.len() {
            return Err((Code::Duplicate, "channels".to_owned()));
        }
        if self.recognition.len() > RECOGNITION_MAX {
            return Err((Code::TooLarge, "recognition".to_owned()));
        }
        for known in &self.recognition {
            let refused = |code| Err((code, format!("recognition {}", known.cert_type)));
            if !short(&known.cert_type) || known.accepted_by.is_empty() {
                return refused(Code::Argument);
            }
            if !known.accepted_by.iter().all(member) {
                return refused(Code::NotMember);
            }
        }
        Ok(())
    }
}

impl Annex {
    /// Rows are whole and about known items; no item is live whose elements cities give differently.
    fn check_lists(&self, member: &dyn Fn(&CityId) -> bool) -> Result<(), (Code, String)> {
        let item = |code: &str| self.items.iter().any(|item| item.code == code);
        if self.batches.len() > BATCHES_MAX {
            return Err((Code::TooLarge, "batches".to_owned()));
        }
        let mut ids = BTreeSet::new();
        for batch in &self.batches {
            batch.check()?;
            let refused = |code, about: &str| Err((code, format!("batches {about}")));
            if !ids.insert(&batch.id) {
                return refused(Code::Duplicate, &batch.id);
            }
            if let Some(row) = batch.rows.iter().find(|row| !item(&row.item)) {
                return refused(Code::ItemUnknown, &row.item);
            }
        }
        let mut records = BTreeSet::new();
        for record in &self.implementing {
            let refused = |code| Err((code, format!("implementing {}", record.item)));
            let extra = record.name.iter().chain(&record.basis);
            let mut texts = [&record.scheme, &record.code, &record.dept]
                .into_iter()
                .chain(extra);
            if !texts.all(|text| short(text)) {
                return refused(Code::Argument);
            }
            if !item(&record.item) {
                return refused(Code::ItemUnknown);
            }
            if !member(&record.city) {
                return refused(Code::NotMember);
            }
            if !records.insert((&record.item, record.city)) {
                return refused(Code::Duplicate);
            }
        }
        let apart = differences(&self.items, &self.implementing);
        let live = |code: &str| self.activations.iter().any(|live| live.item == code);
        match apart.iter().find(|apart| live(&apart.item)) {
            Some(apart) => {
                let about = format!("implementing {} {}", apart.item, apart.field);
                Err((Code::Disputed, about))
            }
            None => Ok(()),
        }
    }
}

/// The most steps of a joint-handling agreement.
pub const STEPS_MAX: usize = 16;

impl Joint {
    /// A step by its id.
    pub fn step(&self, id: &str) -> Option<&JointStep> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The city that does a step.
    pub fn city(&self, step: &JointStep) -> CityId {
        if step.partner {
            self.partner
        } else {
            self.lead
        }
    }

    /// Says whether ids are unique and every step waits for, or undoes, earlier ones only: so there is no cycle.
    fn sound(&self) -> bool {
        let earlier = |at: usize, id: &String| self.steps[..at].iter().any(|step| step.id == *id);
        !self.steps.is_empty()
            && self.steps.len() <= STEPS_MAX
            && self.steps.iter().enumerate().all(|(at, step)| {
                short(&step.id)
                    && short(&step.name)
                    && step.led()
                    && !earlier(at, &step.id)
                    && step.after.iter().all(|id| earlier(at, id))
                    && step.undoes.iter().all(|id| earlier(at, id))
            })
    }
}

fn short(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX
}
