//! The facts of a bill and what they amount to.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};

use super::act::{Act, Line, Open, hash};
use super::draft::{Totals, is_sound};
use crate::calendar::Day;
use crate::id::EntryId;
use crate::kind::Author;

/// A bill as some set of entries describes it. Every map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The city that opened it.
    #[n(1)]
    pub from: CityId,
    /// The genesis act.
    #[n(2)]
    pub open: Open,
    /// Drafts.
    #[n(3)]
    pub drafts: BTreeMap<EntryId, Drafted>,
    /// Signatures.
    #[n(4)]
    pub signs: BTreeMap<EntryId, Signed>,
    /// What was taken back: retracting entry, signature.
    #[n(5)]
    pub retractions: BTreeMap<EntryId, EntryId>,
}

/// A draft with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Drafted {
    /// The city that drew it up.
    #[n(0)]
    pub by: CityId,
    /// Which draft of that city it is, or is a part of.
    #[n(1)]
    pub number: u32,
    /// Its lines, ascending.
    #[n(2)]
    pub lines: Vec<Line>,
}

/// A signature with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signed {
    /// The city that signed.
    #[n(0)]
    pub by: CityId,
    /// The drafts that have the lines, ascending.
    #[n(1)]
    pub drafts: Vec<EntryId>,
    /// The hash over the lines.
    #[n(2)]
    pub hash: Hash32,
    /// The day of the signature.
    #[n(3)]
    pub on: Day,
}

/// Lines that both cities signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The hash that both signed.
    pub hash: Hash32,
    /// The lines, ascending by entry id.
    pub lines: Vec<Line>,
    /// What they amount to.
    pub totals: Totals,
}

impl State {
    /// The state right after the genesis.
    pub fn new(genesis: EntryId, from: CityId, open: Open) -> Self {
        Self {
            genesis,
            from,
            open,
            drafts: BTreeMap::new(),
            signs: BTreeMap::new(),
            retractions: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act) {
        let by = author.city;
        match act {
            Act::Open(_) | Act::Retain(_) => {}
            Act::Draft(draft) => {
                let drafted = Drafted {
                    by,
                    number: draft.number,
                    lines: draft.lines.clone(),
                };
                self.drafts.insert(id, drafted);
            }
            Act::Sign(sign) => {
                let signed = Signed {
                    by,
                    drafts: sign.drafts.clone(),
                    hash: sign.hash,
                    on: author.day(),
                };
                self.signs.insert(id, signed);
            }
            Act::Retract(retract) => {
                self.retractions.insert(id, retract.sign);
            }
        }
    }

    /// The pair: the city that opened the bill, and the other one.
    pub fn pair(&self) -> (CityId, CityId) {
        (self.from, self.open.with)
    }

    /// Says whether a city is one of the pair.
    pub fn is_party(&self, city: &CityId) -> bool {
        self.from == *city || self.open.with == *city
    }

    /// The other city of the pair.
    pub fn other(&self, city: &CityId) -> CityId {
        match self.from == *city {
            true => self.open.with,
            false => self.from,
        }
    }

    /// Says whether a signature is there and was not taken back.
    pub fn is_live(&self, sign: &EntryId) -> bool {
        self.signs.contains_key(sign) && !self.retractions.values().any(|of| of == sign)
    }

    /// The signatures that stand, in order of id.
    pub fn live(&self) -> impl Iterator<Item = (EntryId, &Signed)> {
        let taken_back: BTreeSet<&EntryId> = self.retractions.values().collect();
        self.signs
            .iter()
            .filter(move |(id, _)| !taken_back.contains(id))
            .map(|(id, signed)| (*id, signed))
    }

    /// A city's signature that stands; of two that did not see each other, the one with the lower id.
    pub fn signature_of(&self, city: &CityId) -> Option<(EntryId, &Signed)> {
        self.live().find(|(_, signed)| signed.by == *city)
    }

    /// The hashes that both cities signed, whatever lines lie behind them.
    pub fn hashes_of_both(&self) -> BTreeSet<Hash32> {
        let of = |city: CityId| -> BTreeSet<Hash32> {
            let own = self.live().filter(|(_, signed)| signed.by == city);
            own.map(|(_, signed)| signed.hash).collect()
        };
        let (one, other) = (of(self.from), of(self.open.with));
        one.intersection(&other).copied().collect()
    }

    pub(super) fn is_signed_by_both(&self) -> bool {
        !self.hashes_of_both().is_empty()
    }

    /// The number of a city's latest draft; zero while it drew up none.
    pub fn draft_number(&self, city: &CityId) -> u32 {
        let own = self.drafts.values().filter(|draft| draft.by == *city);
        own.map(|draft| draft.number).max().unwrap_or(0)
    }

    /// The parts of a city's latest draft, ascending; none while it drew up none.
    pub fn latest_draft(&self, city: &CityId) -> Vec<EntryId> {
        let number = self.draft_number(city);
        let own = self.drafts.iter();
        own.filter(|(_, draft)| draft.by == *city && draft.number == number)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The lines of some drafts together, ascending by entry id; none if one of them is not here.
    pub fn lines_of(&self, drafts: &[EntryId]) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        for id in drafts {
            lines.extend(self.drafts.get(id)?.lines.iter().cloned());
        }
        lines.sort_by_key(|line| line.line);
        Some(lines)
    }

    /// The lines that a signature stands under, if they are what its hash says and may stand in one bill.
    pub fn signed_lines(&self, signed: &Signed) -> Option<Vec<Line>> {
        let lines = self.lines_of(&signed.drafts)?;
        let sound = is_sound(&lines) && hash(self.pair(), self.open.month, &lines) == signed.hash;
        sound.then_some(lines)
    }

    /// What both cities signed; two sets only if each of them signed twice at two desks.
    pub fn agreed(&self) -> Vec<Agreed> {
        let mut agreed = Vec::new();
        for hash in self.hashes_of_both() {
            let mut of = self.live().filter(|(_, signed)| signed.hash == hash);
            let Some(lines) = of.find_map(|(_, signed)| self.signed_lines(signed)) else {
                continue;
            };
            let Ok(totals) = Totals::of(&lines, &self.from) else {
                continue;
            };
            agreed.push(Agreed {
                hash,
                lines,
                totals,
            });
        }
        agreed
    }

    /// What both cities signed, if it is one set.
    pub fn settled(&self) -> Option<Agreed> {
        let mut agreed = self.agreed();
        match agreed.len() {
            1 => agreed.pop(),
            _ => None,
        }
    }
}
