//! The side of a comparison that answers: for one city at a time, the others wait.

use tongban_identity::CityId;
use tongban_ledger::DocumentId;

use super::super::allowance::Cost;
use super::super::links::LinkId;
use super::super::{Ctx, Engine};
use super::gather::Gather;
use crate::frame::{Audit, AuditEnd, Audited, Frame};
use crate::reconcile::{BadMessage, Set};
use crate::storage::ReadError;

/// How long a set is kept for the next message, in milliseconds.
const KEEP_MS: u64 = 10_000;
/// How long one city may keep the others waiting, in milliseconds.
const TURN_MS: u64 = 20_000;
/// How many entries of a set that is gathered cost a peer as much as one that it brings.
const GATHER_COST: usize = 4;
/// How many entries of a set that is compared cost a peer as much as one that it brings.
const COMPARE_COST: usize = 64;

/// A message that waits for its answer.
#[derive(Debug)]
pub(super) struct Question {
    pub city: CityId,
    run: u64,
    message: Vec<u8>,
}

/// A comparison that this node answers.
#[derive(Debug)]
pub(super) struct Answering {
    city: CityId,
    run: u64,
    /// The message that waits for the set.
    message: Option<Vec<u8>>,
    stage: Stage,
    /// Until when the set is kept, in monotonic milliseconds.
    until: u64,
    /// When its turn is over if others wait, in monotonic milliseconds.
    turn: u64,
}

#[derive(Debug)]
enum Stage {
    Gathering(Gather),
    Gathered(Set),
}

impl Answering {
    /// The city that asks.
    pub(super) fn city(&self) -> CityId {
        self.city
    }

    /// A document's record changed.
    pub(super) fn forget(&mut self, document: &DocumentId) {
        if let Stage::Gathering(gather) = &mut self.stage {
            gather.forget(document);
        }
    }

    /// When it goes on by itself.
    pub(super) fn timer(&self, now_ms: u64) -> u64 {
        match self.stage {
            Stage::Gathering(_) => now_ms,
            Stage::Gathered(_) => self.until,
        }
    }
}

impl Engine {
    /// Takes a message of a comparison that another city asks for.
    pub(in super::super) fn on_audit(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: CityId,
        audit: Audit,
    ) -> Result<(), ReadError> {
        let Audit { run, message } = audit;
        if let Some(answering) = &self.audits.answering
            && (answering.city, answering.run) == (city, run)
            && let Stage::Gathered(set) = &answering.stage
        {
            let (answer, len) = (answered(set, run, &message), set.count());
            self.send_answer(ctx, link, &city, len, answer);
            return Ok(());
        }
        // One question of each city waits; a later one takes its place.
        self.audits.queue.retain(|question| question.city != city);
        self.audits
            .answering
            .take_if(|answering| answering.city == city);
        self.audits.queue.push_back(Question { city, run, message });
        self.answer_on(ctx)
    }

    /// Gathers the set for the next city that asks, and answers it.
    pub(super) fn answer_on(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let now = ctx.now.monotonic_ms;
        let others = !self.audits.queue.is_empty();
        self.audits
            .answering
            .take_if(|answering| answering.until <= now || others && answering.turn <= now);
        if self.audits.answering.is_none() {
            let Some(question) = self.audits.queue.pop_front() else {
                return Ok(());
            };
            self.audits.answering = Some(Answering {
                city: question.city,
                run: question.run,
                message: Some(question.message),
                stage: Stage::Gathering(Gather::new(question.city)),
                until: now.saturating_add(KEEP_MS),
                turn: now.saturating_add(TURN_MS),
            });
        }
        let Some(mut answering) = self.audits.answering.take() else {
            return Ok(());
        };
        if let Stage::Gathering(gather) = &mut answering.stage {
            answering.until = now.saturating_add(KEEP_MS);
            // What cannot be read now is asked for again when the other city has lost patience.
            if self.gather_on(ctx.store, gather)? {
                let set = std::mem::replace(gather, Gather::new(answering.city)).seal();
                self.charge(&answering.city, set.count() / GATHER_COST);
                answering.stage = Stage::Gathered(set);
            }
        }
        let link = self.peers.get(&answering.city).and_then(|peer| peer.link);
        let answer = match (&answering.stage, link, answering.message.take()) {
            (Stage::Gathered(set), Some(link), Some(message)) => {
                let answer = answered(set, answering.run, &message);
                Some((link, answering.city, set.count(), answer))
            }
            (_, _, message) => {
                answering.message = message;
                None
            }
        };
        self.audits.answering = Some(answering);
        if let Some((link, city, len, answer)) = answer {
            self.send_answer(ctx, link, &city, len, answer);
        }
        Ok(())
    }

    fn send_answer(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        city: &CityId,
        len: usize,
        answer: Result<Audited, BadMessage>,
    ) {
        self.charge(city, len / COMPARE_COST);
        if let Some(answering) = &mut self.audits.answering {
            answering.until = ctx.now.monotonic_ms.saturating_add(KEEP_MS);
        }
        match answer {
            Ok(audited) => self.send(link, &Frame::Audited(audited)),
            Err(BadMessage) => {
                self.drop_link(ctx, link, "a comparison that is not well formed");
            }
        }
    }

    fn charge(&mut self, city: &CityId, entries: usize) {
        if let Some(peer) = self.peers.get_mut(city) {
            peer.allowance.charge(Cost {
                entries,
                ..Cost::default()
            });
        }
    }

    /// A city has compared: where it holds what this one lacks, this one asks in its turn.
    pub(in super::super) fn on_audit_end(
        &mut self,
        ctx: &mut Ctx<'_>,
        city: CityId,
        end: &AuditEnd,
    ) {
        self.audits
            .answering
            .take_if(|answering| (answering.city, answering.run) == (city, end.run));
        if let Some(peer) = self.peers.get_mut(&city)
            && end.lacking > 0
        {
            peer.audit.hint(ctx.now.monotonic_ms);
        }
    }
}

fn answered(set: &Set, run: u64, message: &[u8]) -> Result<Audited, BadMessage> {
    Ok(Audited {
        run,
        message: set.answer(message)?,
        count: set.count() as u64,
        fingerprint: set.fingerprint(),
    })
}
