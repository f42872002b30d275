//! How far a parcel has come, where it is, and what somebody still has to do about it.

use tongban_identity::CityId;

use super::act::{Opening, PayMethod, Recipient};
use super::life::{Claim, ClaimEnd, Event};
use super::state::State;
use crate::agreement::{Postage, View};
use crate::calendar::Day;
use crate::id::EntryId;

/// How far a parcel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 已备件.
    Prepared,
    /// 已交收发件窗口.
    Dispatched,
    /// 已寄出.
    Posted,
    /// What the carrier said last.
    Carried(Event),
    /// 已到达.
    Arrived,
    /// 已开拆; of several openings, the one that found least.
    Opened(Opening),
    /// 已归卷.
    Filed,
}

impl Stage {
    /// The stage's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Prepared => "prepared",
            Stage::Dispatched => "dispatched",
            Stage::Posted => "posted",
            Stage::Carried(event) => event.name(),
            Stage::Arrived => "arrived",
            Stage::Opened(Opening::Ok) => "opened",
            Stage::Opened(Opening::Discrepancy { .. }) => "discrepancy",
            Stage::Filed => "filed",
        }
    }
}

/// Where a parcel is: every parcel is in exactly one of these places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// With the sender: in its register of outgoing mail (寄件登记).
    Out,
    /// With the carrier, lost ones too: the carrier answers for them.
    Carrier,
    /// With the receiver: in its register of incoming mail (收件登记).
    In,
}

impl Place {
    /// The place's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Out => "out",
            Place::Carrier => "carrier",
            Place::In => "in",
        }
    }
}

impl State {
    /// How far the parcel has come. What the receiver recorded is believed before the carrier.
    pub fn stage(&self) -> Stage {
        let least = self
            .openings
            .values()
            .filter_map(|open| match open.outcome {
                Opening::Ok => None,
                Opening::Discrepancy { pieces } => Some(pieces),
            })
            .min();
        if !self.filings.is_empty() && least.is_none() {
            return Stage::Filed;
        }
        match least {
            Some(pieces) => return Stage::Opened(Opening::Discrepancy { pieces }),
            None if !self.openings.is_empty() => return Stage::Opened(Opening::Ok),
            None if !self.arrivals.is_empty() => return Stage::Arrived,
            None => {}
        }
        let last = self
            .events
            .values()
            .map(|carried| (carried.on, carried.event));
        match (last.max(), self.posted(), self.dispatches.is_empty()) {
            (_, None, true) => Stage::Prepared,
            (_, None, false) => Stage::Dispatched,
            (Some((_, event)), Some(_), _) => Stage::Carried(event),
            (None, Some(_), _) => Stage::Posted,
        }
    }

    /// Where the parcel is.
    pub fn place(&self) -> Place {
        match self.stage() {
            Stage::Prepared | Stage::Dispatched | Stage::Carried(Event::Returned) => Place::Out,
            Stage::Posted | Stage::Carried(_) => Place::Carrier,
            Stage::Arrived | Stage::Opened(_) | Stage::Filed => Place::In,
        }
    }

    /// The window that has it or had it last in this city's hands: of posting for the sender, of arrival for the
    /// receiver.
    pub fn window_of(&self, city: &CityId) -> Option<&str> {
        if *city == self.from {
            let dispatch = self.dispatches.iter().next();
            let at_window = dispatch.map(|(_, dispatch)| dispatch.window.as_str());
            return at_window.or(self.post.window.as_deref());
        }
        let mut arrivals = self.arrivals.values();
        arrivals.find_map(|arrive| arrive.window.as_deref())
    }

    /// The batch of the dispatch window in which it was handed over.
    pub fn batch(&self) -> Option<&str> {
        let dispatch = self.dispatches.values().next();
        dispatch.map(|dispatch| dispatch.batch.as_str())
    }

    /// The weight in grams: the greater one, where it was weighed again; zero if never.
    pub fn weight_g(&self) -> u32 {
        let again = self.sent.values().map(|send| send.weight_g).max();
        again.unwrap_or(0).max(self.post.weight_g)
    }

    /// The last exception that the carrier reported, whatever came after it.
    pub fn exception(&self) -> Option<Event> {
        let events = self.events.values();
        let exceptions = events.filter(|carried| carried.event != Event::InTransit);
        let last = exceptions.max_by_key(|carried| (carried.on, carried.event));
        last.map(|carried| carried.event)
    }

    /// How many originals the hand-over list names.
    pub fn originals(&self) -> usize {
        let contents = self.post.contents.iter();
        contents.filter(|content| content.original).count()
    }

    /// Says whether the applicant pays the carrier for a parcel whose postage the cities bear: an alarm,
    /// and money to give back.
    pub fn collects_wrongly(&self, view: &View<'_>) -> bool {
        let rule = view.postage(self.post.posted);
        self.post.to == Recipient::Applicant
            && self.post.pay == PayMethod::Collect
            && rule.is_some_and(|rule| rule.rule != Postage::ApplicantCollect)
    }

    /// The city that has to give money back to the applicant, while nobody did.
    pub fn refund_task(&self, view: &View<'_>) -> Option<CityId> {
        let open = self.collects_wrongly(view) && self.repaid.is_empty() && self.posted().is_some();
        open.then(|| self.bearer(view)).flatten()
    }

    /// Claims with their ends, in order of id.
    pub fn claims(&self) -> impl Iterator<Item = (EntryId, &CityId, &Claim, Option<&ClaimEnd>)> {
        self.claims.iter().map(|(id, (city, claim))| {
            let mut ends = self.claim_ends.values();
            (*id, city, claim, ends.find(|end| end.claim == *id))
        })
    }

    /// The first day on which the carrier reported it lost or damaged: from then on it may be claimed for.
    pub fn claimable_from(&self) -> Option<Day> {
        let harmed = self
            .events
            .values()
            .filter(|carried| matches!(carried.event, Event::Lost | Event::Damaged));
        harmed.map(|carried| carried.on).min()
    }
}
