//! The facts of a parcel and what they amount to.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::act::{Act, CostKind, Open, Opening, Post};
use crate::calendar::Day;
use crate::id::EntryId;
use crate::kind::Author;
use crate::money::Amount;

/// A parcel as some set of entries describes it. Every map only grows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry.
    #[n(0)]
    pub genesis: EntryId,
    /// The sender city, which is the place of posting.
    #[n(1)]
    pub from: CityId,
    /// The genesis act.
    #[n(2)]
    pub post: Post,
    /// Days on which the receiver recorded the arrival; two only if its desks did so unseen.
    #[n(3)]
    pub arrivals: BTreeMap<EntryId, Day>,
    /// Openings that the receiver recorded.
    #[n(4)]
    pub openings: BTreeMap<EntryId, Open>,
    /// Cost lines.
    #[n(5)]
    pub lines: BTreeMap<EntryId, Line>,
    /// Confirmations of cost lines.
    #[n(6)]
    pub confirmations: BTreeMap<EntryId, Confirmation>,
    /// What was taken back: retracting entry, retracted entry.
    #[n(7)]
    pub retractions: BTreeMap<EntryId, EntryId>,
}

/// A standing cost line with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Line {
    /// The city that recorded it.
    #[n(0)]
    pub by: CityId,
    /// What it is for.
    #[n(1)]
    pub kind: CostKind,
    /// How much.
    #[n(2)]
    pub amount: Amount,
    /// The city that paid.
    #[n(3)]
    pub payer: CityId,
    /// The version of the postage rule.
    #[n(4)]
    pub rule: u32,
    /// Whether another standing act contradicts it.
    #[n(5)]
    pub disputed: bool,
}

/// A standing confirmation with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Confirmation {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// The city that confirmed.
    #[n(1)]
    pub by: CityId,
    /// The kind that it confirmed.
    #[n(2)]
    pub kind: CostKind,
    /// Whether another standing act contradicts it.
    #[n(3)]
    pub disputed: bool,
}

/// How far a parcel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 已寄出.
    Posted,
    /// 已到达.
    Arrived,
    /// 已开拆; of several openings, the one that found least.
    Opened(Opening),
}

impl Stage {
    /// The stage's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Posted => "posted",
            Stage::Arrived => "arrived",
            Stage::Opened(Opening::Ok) => "opened",
            Stage::Opened(Opening::Discrepancy { .. }) => "discrepancy",
        }
    }
}

impl State {
    /// The state right after the genesis.
    pub fn new(genesis: EntryId, from: CityId, post: Post) -> Self {
        Self {
            genesis,
            from,
            post,
            arrivals: BTreeMap::new(),
            openings: BTreeMap::new(),
            lines: BTreeMap::new(),
            confirmations: BTreeMap::new(),
            retractions: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act, disputed: bool) {
        match act {
            Act::Post(_) => {}
            Act::Arrive(arrive) => {
                self.arrivals.insert(id, arrive.on);
            }
            Act::Open(open) => {
                self.openings.insert(id, open.clone());
            }
            Act::Cost(cost) => {
                let line = Line {
                    by: author.city,
                    kind: cost.kind,
                    amount: cost.amount,
                    payer: cost.payer,
                    rule: cost.rule,
                    disputed,
                };
                self.lines.insert(id, line);
            }
            Act::Confirm(confirm) => {
                let confirmation = Confirmation {
                    line: confirm.line,
                    by: author.city,
                    kind: confirm.kind,
                    disputed,
                };
                self.confirmations.insert(id, confirmation);
            }
            Act::Retain(_) => {}
            Act::Retract(of) => {
                self.retractions.insert(id, *of);
            }
        }
    }

    /// Says whether a city is the sender or the receiver.
    pub fn is_party(&self, city: &CityId) -> bool {
        self.from == *city || self.post.to.city() == Some(*city)
    }

    /// How far the parcel has come.
    pub fn stage(&self) -> Stage {
        let least = self
            .openings
            .values()
            .filter_map(|open| match open.outcome {
                Opening::Ok => None,
                Opening::Discrepancy { pieces } => Some(pieces),
            })
            .min();
        match least {
            Some(pieces) => Stage::Opened(Opening::Discrepancy { pieces }),
            None if !self.openings.is_empty() => Stage::Opened(Opening::Ok),
            None if !self.arrivals.is_empty() => Stage::Arrived,
            None => Stage::Posted,
        }
    }

    /// Says whether an act was taken back.
    pub fn is_retracted(&self, id: &EntryId) -> bool {
        self.retractions.values().any(|of| of == id)
    }

    /// The cost lines that nobody took back, in order of id.
    pub fn standing_lines(&self) -> impl Iterator<Item = (EntryId, &Line)> {
        self.lines
            .iter()
            .filter(|(id, _)| !self.is_retracted(id))
            .map(|(id, line)| (*id, line))
    }

    /// The confirmations that nobody took back, disputed ones included, in order of id.
    pub fn standing_confirmations(&self) -> impl Iterator<Item = (EntryId, &Confirmation)> {
        self.confirmations
            .iter()
            .filter(|(id, _)| !self.is_retracted(id))
            .map(|(id, confirmation)| (*id, confirmation))
    }

    /// The lines and confirmations that wait for someone to retract, with their signers and in
    /// order of id: those marked as disputed, confirmations of different postage lines, and the
    /// rival postage lines of a parcel to an applicant.
    pub fn disputed(&self) -> impl Iterator<Item = (EntryId, CityId)> {
        let lines = self
            .standing_lines()
            .filter(|(id, line)| line.disputed || self.has_rival(id, line))
            .map(|(id, line)| (id, line.by));
        let confirmations = self
            .standing_confirmations()
            .filter(|(_, c)| c.disputed || self.is_crossed(c.kind, &c.line))
            .map(|(id, confirmation)| (id, confirmation.by));
        let both: BTreeMap<EntryId, CityId> = lines.chain(confirmations).collect();
        both.into_iter()
    }

    /// Says whether a confirmation of another postage line than this one stands.
    pub(super) fn is_crossed(&self, kind: CostKind, line: &EntryId) -> bool {
        kind == CostKind::Postage
            && self
                .standing_confirmations()
                .any(|(_, c)| c.kind == CostKind::Postage && c.line != *line)
    }

    /// Says whether a postage line of a parcel to an applicant stands beside another one. Only two
    /// desks of the sender can bring that about, and no counterpart is there to choose one.
    pub(super) fn has_rival(&self, id: &EntryId, line: &Line) -> bool {
        line.kind == CostKind::Postage
            && self.post.to.city().is_none()
            && self
                .standing_lines()
                .any(|(other, rival)| other != *id && rival.kind == CostKind::Postage)
    }
}
