//! The catalogue: service items (事项) and the modes in which they are handled.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::code::Code;

/// How a case is handled (`domain.md` §3.5).
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
pub enum Mode {
    /// 全程网办: applied for online at the owner; a window elsewhere may assist.
    #[n(1)]
    A,
    /// 代收代办: a window elsewhere receives and checks, the owner decides.
    #[default]
    #[n(2)]
    B,
    /// 多地联办: one acceptance, several cities decide their steps.
    #[n(3)]
    C,
    /// 直接通办: the city of the window decides itself.
    #[n(4)]
    D,
}

impl Mode {
    /// The mode's letter.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::A => "A",
            Mode::B => "B",
            Mode::C => "C",
            Mode::D => "D",
        }
    }
}

/// A service item (事项) of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its base code.
    #[n(0)]
    pub code: String,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Its domain, as 公积金.
    #[n(2)]
    pub domain: String,
    /// Whether it is a licence (许可): the five-day rule applies (行政许可法 32).
    #[n(3)]
    pub licence: bool,
    /// The promised working days from acceptance to decision.
    #[n(4)]
    pub promise_days: u16,
    /// Its kind by GB/T 39046 table A.1; 20, public service, if absent.
    #[n(5)]
    #[serde(default)]
    pub category: Option<u8>,
    /// The modes that it offers; B alone if empty.
    #[n(6)]
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// Whether any city may decide it, whoever's the power is: mode D.
    #[n(7)]
    #[serde(default)]
    pub unbound: bool,
    /// The legal limit in working days, with which the promise must do; 20 if absent.
    #[n(8)]
    #[serde(default)]
    pub legal_days: Option<u16>,
    /// Whether it is decided on the spot (即办件).
    #[n(9)]
    #[serde(default)]
    pub instant: bool,
    /// Whether its powers may not be delegated.
    #[n(10)]
    #[serde(default)]
    pub reserved: bool,
    /// Whether it is closed to this network because of secrecy.
    #[n(11)]
    #[serde(default)]
    pub classified: bool,
    /// Whether its form alone is reviewed; its substance, too, if absent.
    #[n(12)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewKind>,
}

/// What of an application is reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewKind {
    /// 形式审查: done while people wait.
    #[n(1)]
    FormOnly,
    /// 实质审查.
    #[n(2)]
    Substantive,
}

/// Kinds of items that people apply for (GB/T 39046 table A.1): licence, levy, payment, confirmation, reward,
/// ruling, other powers, public service.
pub const CATEGORIES: [u8; 8] = [1, 4, 5, 7, 8, 9, 10, 20];

impl Item {
    /// Says whether cases of the item may be opened in a mode.
    pub fn offers(&self, mode: Mode) -> bool {
        match self.modes.as_slice() {
            [] => mode == Mode::B,
            modes => modes.contains(&mode),
        }
    }

    /// The legal limit in working days (行政许可法 42: 20 days, where nothing else is said).
    pub fn legal_limit(&self) -> u16 {
        self.legal_days.unwrap_or(LEGAL_DAYS)
    }

    /// Why the catalogue refuses the item.
    pub(super) fn fault(&self) -> Option<Code> {
        let category = self.category.unwrap_or(20);
        if self.classified {
            Some(Code::Classified)
        } else if !CATEGORIES.contains(&category) || self.promise_days > self.legal_limit() {
            Some(Code::Argument)
        } else if self.offers(Mode::D) && !self.unbound {
            Some(Code::Mode)
        } else {
            None
        }
    }
}

/// Working days for a decision where an item says nothing else (行政许可法 42).
pub const LEGAL_DAYS: u16 = 20;
