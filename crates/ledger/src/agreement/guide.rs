//! Operation guides (操作指南) and the materials that they demand.
//!
//! A guide may be *short*, with its materials alone, or *whole*, with the texts of [`GuideTexts`]. There is one list
//! of materials for all ways of applying.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use tongban_identity::{CityId, Hash32, encode_canonical};

use super::guide_texts::GuideTexts;
use crate::calendar::Day;
use crate::code::Code;

/// An operation guide (操作指南) by the city that owns the item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Guide {
    /// The item's base code.
    #[n(0)]
    pub item: String,
    /// The city that owns the item and published the guide.
    #[n(1)]
    pub owner: CityId,
    /// Its version, counted from 1.
    #[n(2)]
    pub version: u32,
    /// The first day on which it is in force.
    #[n(3)]
    pub effective: Day,
    /// What the applicant must hand in.
    #[n(4)]
    pub requirements: Vec<Requirement>,
    /// Whether the window must check the person against the identity card.
    #[n(5)]
    pub id_check: bool,
    /// The texts of a whole guide; none for a short one.
    #[n(6)]
    pub texts: Option<GuideTexts>,
}

/// Why a guide is refused, and what of it, as `fees` or `M2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideFault {
    /// The refusal.
    pub code: Code,
    /// The element of the guide, or the id of a material; empty for the guide as a whole.
    pub part: String,
}

impl GuideFault {
    pub(super) fn new(code: Code, part: &str) -> Self {
        let part = part.to_owned();
        Self { code, part }
    }
}

impl Guide {
    /// Says whether it is an owner's guide for an item.
    pub fn of(&self, item: &str, owner: &CityId) -> bool {
        self.item == item && self.owner == *owner
    }

    /// Says whether windows may follow it: a whole guide was filed with the service centre before.
    pub fn filed(&self) -> bool {
        self.texts
            .as_ref()
            .is_none_or(|texts| texts.filed.is_some())
    }

    /// The hash of its whole text, which tells two texts of one version apart.
    pub fn hash(&self) -> Hash32 {
        Hash32::hash("tongban/guide-text/v1", &[&encode_canonical(self)])
    }

    /// A material by its id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|need| need.id == id)
    }

    /// Checks what needs no state and names what is wrong: ids are unique, versions count from 1, and a whole guide
    /// has every mandatory element.
    ///
    /// # Errors
    /// [`GuideFault`].
    pub fn check(&self) -> Result<(), GuideFault> {
        let ids: BTreeSet<_> = self.requirements.iter().map(|need| &need.id).collect();
        if ids.len() != self.requirements.len() || self.version == 0 {
            return Err(GuideFault::new(Code::Duplicate, ""));
        }
        if self.requirements.len() > REQUIREMENTS_MAX {
            return Err(GuideFault::new(Code::TooLarge, "materials"));
        }
        for need in &self.requirements {
            need.check()
                .map_err(|code| GuideFault::new(code, &need.id))?;
        }
        let Some(texts) = &self.texts else {
            return Ok(());
        };
        if self.requirements.is_empty() {
            return Err(GuideFault::new(Code::Argument, "materials"));
        }
        texts.check()
    }
}

/// The most materials of a guide.
pub const REQUIREMENTS_MAX: usize = 64;
/// The longest name, condition or reference of a material, in bytes.
const NEED_BYTES_MAX: usize = 1_024;

/// One material that a guide demands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its id inside the guide, as `M1`.
    #[n(0)]
    pub id: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Whether a case without it is incomplete.
    #[n(2)]
    pub must: bool,
    /// Whether the window must see the original.
    #[n(3)]
    pub original: bool,
    /// Whether the owner examines the original itself, so that it is posted.
    #[n(4)]
    #[serde(default)]
    pub post: bool,
    /// Its form.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// How many copies; one if absent.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u16>,
    /// Who issues it.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When it is needed, where it is not always.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Where a blank form or a sample is found.
    #[n(9)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_ref: Option<String>,
    /// How it is verified; by its original if absent.
    #[n(10)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_by: Option<VerifyBy>,
}

impl Requirement {
    /// Says whether shared data or an e-cert verify it, so that nobody asks for its original.
    pub fn verified_elsewhere(&self) -> bool {
        self.verify_by.is_some_and(|by| by != VerifyBy::Original)
    }

    /// A material is always needed or on a condition, and is not verified in two ways.
    fn check(&self) -> Result<(), Code> {
        let texts = [Some(&self.name), self.condition.as_ref()];
        let texts = texts.into_iter().chain([self.sample_ref.as_ref()]);
        if texts.flatten().any(|text| text.len() > NEED_BYTES_MAX) {
            return Err(Code::TooLarge);
        }
        if self.id.is_empty()
            || self.copies == Some(0)
            || (self.must && self.condition.is_some())
            || (self.verified_elsewhere() && (self.original || self.post))
        {
            return Err(Code::Argument);
        }
        Ok(())
    }
}

/// The form of a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The original (原件).
    #[n(1)]
    Original,
    /// A copy (复印件).
    #[n(2)]
    Copy,
    /// An electronic file (电子件).
    #[n(3)]
    EFile,
    /// A form to fill in (表格).
    #[n(4)]
    Form,
}

/// Who issues a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The applicant.
    #[n(1)]
    Applicant,
    /// A government department.
    #[n(2)]
    Government,
    /// Somebody else.
    #[n(3)]
    Third,
}

/// How a material is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyBy {
    /// By shared data (数据共享).
    #[n(1)]
    DataShare,
    /// By an electronic certificate (电子证照).
    #[n(2)]
    ECert,
    /// By its original (原件).
    #[n(3)]
    Original,
}
