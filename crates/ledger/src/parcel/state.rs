//! The facts of a parcel and what they amount to.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use tongban_identity::CityId;

use super::act::{Act, Arrive, CostKind, Instead, Open, Post};
use super::life::{Carried, Claim, ClaimEnd, Dispatch, Repay, Send};
use super::objection::{Correct, Reason};
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
    /// What the genesis says. Once a parcel that was made ready is posted, the posting date in it is the day of
    /// that: the first one, should two desks have posted it unseen by each other.
    #[n(2)]
    pub post: Post,
    /// Arrivals that the receiver recorded; two only if its desks did so unseen.
    #[n(3)]
    pub arrivals: BTreeMap<EntryId, Arrive>,
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
    /// The day on which it was made ready, if it was not posted at once.
    #[n(8)]
    pub prepared: Option<Day>,
    /// Postings of a parcel that was made ready.
    #[n(9)]
    pub sent: BTreeMap<EntryId, Send>,
    /// Hand-overs to a dispatch window.
    #[n(10)]
    pub dispatches: BTreeMap<EntryId, Dispatch>,
    /// What the carrier said.
    #[n(11)]
    pub events: BTreeMap<EntryId, Carried>,
    /// Days on which the receiver put the papers to their cases.
    #[n(12)]
    pub filings: BTreeMap<EntryId, Day>,
    /// Objections to cost lines.
    #[n(13)]
    pub objections: BTreeMap<EntryId, Objection>,
    /// Withdrawals of objections: withdrawing entry, objection.
    #[n(14)]
    pub withdrawals: BTreeMap<EntryId, EntryId>,
    /// Corrections of cost lines.
    #[n(15)]
    pub corrections: BTreeMap<EntryId, Correction>,
    /// Signatures on corrections.
    #[n(16)]
    pub agreed: BTreeMap<EntryId, Agreed>,
    /// What was given back to the applicant.
    #[n(17)]
    pub repaid: BTreeMap<EntryId, Repay>,
    /// Claims against the carrier.
    #[n(18)]
    pub claims: BTreeMap<EntryId, (CityId, Claim)>,
    /// How claims ended.
    #[n(19)]
    pub claim_ends: BTreeMap<EntryId, ClaimEnd>,
    /// Who recorded what the carrier said.
    #[n(20)]
    pub event_authors: BTreeMap<EntryId, CityId>,
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
    /// The day of the entry that recorded it.
    #[n(6)]
    pub recorded: Day,
    /// The line that it replaces and who bears it, if it is a line of a correction.
    #[n(7)]
    pub instead: Option<Instead>,
    /// The carrier's bill.
    #[n(8)]
    pub bill: Option<String>,
}

/// An objection with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Objection {
    /// The line's entry.
    #[n(0)]
    pub line: EntryId,
    /// The city that objects.
    #[n(1)]
    pub by: CityId,
    /// Why.
    #[n(2)]
    pub reason: Reason,
    /// The day of its entry.
    #[n(3)]
    pub on: Day,
}

/// A correction with its signer, and the line that reverses what it corrects.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Correction {
    /// The act.
    #[n(0)]
    pub act: Correct,
    /// The reversal: the corrected line with payer and bearer exchanged; its id is that of the correction.
    #[n(1)]
    pub mirror: Line,
}

/// A signature on a correction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Agreed {
    /// The correction's entry.
    #[n(0)]
    pub correction: EntryId,
    /// The line that it reverses.
    #[n(1)]
    pub line: EntryId,
    /// The city that signed.
    #[n(2)]
    pub by: CityId,
    /// Whether another standing act contradicts it.
    #[n(3)]
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

impl State {
    /// The state right after the genesis of a parcel that is posted at once.
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
            prepared: None,
            sent: BTreeMap::new(),
            dispatches: BTreeMap::new(),
            events: BTreeMap::new(),
            filings: BTreeMap::new(),
            objections: BTreeMap::new(),
            withdrawals: BTreeMap::new(),
            corrections: BTreeMap::new(),
            agreed: BTreeMap::new(),
            repaid: BTreeMap::new(),
            claims: BTreeMap::new(),
            claim_ends: BTreeMap::new(),
            event_authors: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act, disputed: bool) {
        match act {
            Act::Post(_) | Act::Prepare(_) | Act::Retain(_) => {}
            Act::Arrive(arrive) => {
                self.arrivals.insert(id, arrive.clone());
            }
            Act::Open(open) => {
                self.openings.insert(id, open.clone());
            }
            Act::Dispatch(dispatch) => {
                self.dispatches.insert(id, dispatch.clone());
            }
            Act::Send(send) => {
                self.sent.insert(id, send.clone());
                let first = self.sent.values().map(|send| send.on).min();
                self.post.posted = first.unwrap_or(self.post.posted);
            }
            Act::Carried(carried) => {
                self.events.insert(id, carried.clone());
                self.event_authors.insert(id, author.city);
            }
            Act::File(file) => {
                self.filings.insert(id, file.on);
            }
            Act::Repay(repay) => {
                self.repaid.insert(id, repay.clone());
            }
            Act::Claim(claim) => {
                self.claims.insert(id, (author.city, claim.clone()));
            }
            Act::ClaimEnd(end) => {
                self.claim_ends.insert(id, end.clone());
            }
            other => self.add_money(id, author, other, disputed),
        }
    }

    fn add_money(&mut self, id: EntryId, author: Author, act: &Act, disputed: bool) {
        match act {
            Act::Cost(cost) => {
                let line = Line {
                    by: author.city,
                    kind: cost.kind,
                    amount: cost.amount,
                    payer: cost.payer,
                    rule: cost.rule,
                    disputed,
                    recorded: author.day(),
                    instead: cost.instead,
                    bill: cost.bill.clone(),
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
            Act::Retract(of) => {
                self.retractions.insert(id, *of);
            }
            Act::Dispute(dispute) => {
                let objection = Objection {
                    line: dispute.line,
                    by: author.city,
                    reason: dispute.reason,
                    on: author.day(),
                };
                self.objections.insert(id, objection);
            }
            Act::Withdraw(withdraw) => {
                self.withdrawals.insert(id, withdraw.dispute);
            }
            Act::Correct(correct) => {
                let mirror = Line {
                    by: author.city,
                    kind: correct.kind,
                    amount: correct.amount,
                    payer: correct.liable,
                    rule: correct.rule,
                    disputed,
                    recorded: author.day(),
                    instead: Some(Instead {
                        line: correct.line,
                        liable: correct.payer,
                    }),
                    bill: None,
                };
                let act = correct.clone();
                self.corrections.insert(id, Correction { act, mirror });
            }
            Act::Agree(agree) => {
                let agreed = Agreed {
                    correction: agree.correction,
                    line: agree.line,
                    by: author.city,
                    disputed,
                };
                self.agreed.insert(id, agreed);
            }
            _ => {}
        }
    }

    /// The city beside the sender, with which it settles; none for a parcel to an applicant that no other city
    /// issued.
    pub fn other(&self) -> Option<CityId> {
        self.post.other()
    }

    /// Says whether a city is one of the parcel's.
    pub fn is_party(&self, city: &CityId) -> bool {
        self.from == *city || self.other() == Some(*city)
    }

    /// The posting date; none while the parcel is made ready.
    pub fn posted(&self) -> Option<Day> {
        let waits = self.prepared.is_some() && self.sent.is_empty();
        (!waits).then_some(self.post.posted)
    }

    /// Says whether an act was taken back.
    pub fn is_retracted(&self, id: &EntryId) -> bool {
        self.retractions.values().any(|of| of == id)
    }

    /// The cost lines that nobody took back, lines of corrections included, in order of id.
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

    /// The lines, confirmations and signed corrections that wait for someone to retract, with their signers and
    /// in order of id: those marked as disputed, confirmations of different postage lines, the rival postage
    /// lines of a parcel to an applicant, and signatures on two corrections of one line.
    pub fn disputed(&self) -> impl Iterator<Item = (EntryId, CityId)> {
        let lines = self
            .standing_lines()
            .filter(|(id, line)| line.disputed || self.has_rival(id, line))
            .map(|(id, line)| (id, line.by));
        let confirmations = self
            .standing_confirmations()
            .filter(|(_, c)| c.disputed || self.is_crossed(c.kind, &c.line))
            .map(|(id, confirmation)| (id, confirmation.by));
        let all: BTreeMap<EntryId, CityId> = lines
            .chain(confirmations)
            .chain(self.crossed_corrections())
            .collect();
        all.into_iter()
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
        line.is_plain_postage()
            && self.other().is_none()
            && self
                .standing_lines()
                .any(|(other, rival)| other != *id && rival.is_plain_postage())
    }
}

impl Line {
    /// Says whether it is the postage of the parcel, and no line of a correction.
    pub(super) fn is_plain_postage(&self) -> bool {
        self.kind == CostKind::Postage && self.instead.is_none()
    }
}
