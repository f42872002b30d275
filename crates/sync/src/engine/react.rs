//! What a node does by itself: it answers a push with an Ack, or with a Decline when it may not take the case,
//! takes steps of joint handling, lets cases follow their item to another department, and notes what lapse of time and irreversible decisions mean.

use tongban_identity::CityId;
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{
    Act, Answer, Case, Decline, DeemAccept, DeemDue, PushStanding, State, SubAck, WithdrawRefuse,
};
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, DocumentKind, EntryId, Kind};

use super::handover::begun;
use super::sign::CommandError;
use super::{Ctx, Engine, Notice, Output};
use crate::db::Db;
use crate::keys;
use crate::seal::Private;
use crate::storage::{Family, ReadError, Reader};

/// Beijing is eight hours ahead of UTC.
const BEIJING_S: i64 = 8 * 3_600;
const DAY_S: i64 = 86_400;
/// How many cases a step looks at for lapses.
const LAPSES_STEP: usize = 256;

/// How far this node has come in looking for what lapsed.
#[derive(Debug, Default)]
pub(super) struct Lapses {
    /// The civil day on which it looked last.
    noted: Option<Day>,
    /// When it looks next, on the monotonic clock; none while nothing can lapse.
    pub(super) due: Option<u64>,
    /// Where it goes on, while a day has more than one step looks at.
    from: Option<Vec<u8>>,
}

impl Lapses {
    /// Has everything looked at again with the next step.
    pub(super) fn look_again(&mut self) {
        self.noted = None;
    }
}

impl Engine {
    /// Looks for what an earlier run received but did not answer, and for open questions.
    pub(super) fn find_unanswered(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        for consult in self.documents_of(store, DocumentKind::Consult)? {
            self.consults.look_at(consult);
        }
        let waiting = self.waiting_for_node(store)?;
        self.to_answer.extend(waiting);
        Ok(())
    }

    /// The cases that wait for something that this node signs by itself.
    fn waiting_for_node(&mut self, store: &dyn Reader) -> Result<Vec<DocumentId>, ReadError> {
        let (mut waiting, mut from) = (Vec::new(), Some(Vec::new()));
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            // One damaged key does not keep the node from starting.
            let (found, next) = db.scan_around(Family::Indexes, keys::WAITS, &at, LAPSES_STEP)?;
            let cases = found.iter().map(|(key, _)| key);
            waiting.extend(cases.filter_map(|key| keys::read_listed_last(key)));
            from = next;
        }
        Ok(waiting)
    }

    /// Whether a case waits for something that this city's node signs by itself.
    pub(super) fn waits_for_node(&self, state: &State) -> bool {
        let own = self.own.city;
        let asked = || untaken_step(state, &own).is_some() || state.withdrawal().is_some();
        !pushes_to(state, &own).is_empty()
            || state.deemed() == Some(false)
            || state.ending().is_none() && asked()
    }

    /// Answers every push to this city. Documents that cannot be read are tried again with the next step.
    pub(super) fn answer_pushes(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let mut failed = Ok(());
        for document in std::mem::take(&mut self.to_answer) {
            if let Err(error) = self.answer_pushes_of(ctx, document) {
                self.to_answer.insert(document);
                failed = failed.and(Err(error));
            }
        }
        failed
    }

    fn answer_pushes_of(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: DocumentId,
    ) -> Result<(), ReadError> {
        for (push, baton, standing) in self.pushes_to_answer(ctx.store, &document)? {
            self.answer(ctx, document, push, baton, standing)?;
        }
        // Each act may be what the next one waits for.
        while let Some(act) = self.by_itself(ctx, &document)? {
            match self.sign_act::<Case>(ctx, &document, &act, Private::default()) {
                Ok(_) => {}
                Err(CommandError::Read(error)) => return Err(error),
                // A dispute or a held device stands against it: people go on from here.
                Err(CommandError::Refused(_)) => break,
            }
        }
        Ok(())
    }

    /// What this city's node signs without being told: it takes a step of joint handling, notes that nobody was told
    /// in time, and refuses a withdrawal that an irreversible decision forbids.
    fn by_itself(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<Option<Act>, ReadError> {
        let own = self.own.city;
        let known = self.record(ctx.store, document)?;
        let Some(agreement) = known.map(|record| record.agreement) else {
            return Ok(None);
        };
        let transfers = begun(&self.transfers(ctx.store, &agreement)?, ctx.now.day());
        let Some(record) = self.record(ctx.store, document)? else {
            return Ok(None);
        };
        let Some(state) = record.state_of::<Case>() else {
            return Ok(None);
        };
        if state.ending().is_some() {
            return Ok(None);
        }
        if let Some(sub) = untaken_step(state, &own) {
            return Ok(Some(Act::SubAck(SubAck { sub })));
        }
        if state.is_owner(&own)
            && let Some(due) = state.handover_due(&transfers)
        {
            return Ok(Some(Act::HandoverCase(due)));
        }
        let holds = state.sole_claim().is_some_and(|claim| claim.city == own);
        if !holds {
            return Ok(None);
        }
        // Another city's clock is its word alone: this node waits until its own says the same.
        let lapsed = state
            .deem_due()
            .filter(|(_, due)| due.expired < ctx.now.day());
        if let (Some(false), Some((due, _)), false) =
            (state.deemed(), lapsed, state.deem_contested())
        {
            let on = state.papers_day();
            return Ok(Some(Act::DeemAccept(DeemAccept { due, on })));
        }
        let Some(request) = state.withdrawal() else {
            return Ok(None);
        };
        let state = state.clone();
        let because = self.with_view(&agreement, |view| state.irreversible(view));
        Ok(because.flatten().map(|because| {
            Act::WithdrawRefuse(WithdrawRefuse {
                request,
                because: Some(because),
                officer: None,
            })
        }))
    }

    /// Once on each civil day: says of cases that this window received whether the five days for a notice are over
    /// (E12). R alone serves notices, so R alone can tell.
    pub(super) fn note_lapses(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let today = ctx.now.day();
        if self.lapses.noted != Some(today) {
            // Asked once a day and not at every step: nothing lapses on the day on which an agreement begins.
            if !self.anything_lapses() {
                (self.lapses.noted, self.lapses.from, self.lapses.due) = (Some(today), None, None);
                return Ok(());
            }
            for document in self.waiting_for_node(ctx.store)? {
                let record = match self.record(ctx.store, &document) {
                    Ok(record) => record,
                    // One damaged document does not keep the others from being looked at.
                    Err(ReadError::Damaged { .. }) => continue,
                    Err(_) => {
                        self.to_answer.insert(document);
                        continue;
                    }
                };
                let state = record.and_then(|record| record.state_of::<Case>());
                if state.is_some_and(|state| state.deemed() == Some(false)) {
                    // The holder's node may have waited for its own clock.
                    self.to_answer.insert(document);
                }
            }
            (self.lapses.noted, self.lapses.from) = (Some(today), Some(Vec::new()));
        }
        let Some(from) = self.lapses.from.clone() else {
            // The civil clock was set back: its midnight is later than it was.
            if self
                .lapses
                .due
                .is_some_and(|due| due <= ctx.now.monotonic_ms)
            {
                let left = until_midnight_ms(ctx.now.unix);
                self.lapses.due = Some(ctx.now.monotonic_ms.saturating_add(left));
            }
            return Ok(());
        };
        self.lapses.from = self.note_lapses_from(ctx, today, &from)?;
        let left = match self.lapses.from {
            Some(_) => 0,
            // A clock that jumps brings the day earlier; then the next step of the engine notices it.
            None => until_midnight_ms(ctx.now.unix),
        };
        self.lapses.due = Some(ctx.now.monotonic_ms.saturating_add(left));
        Ok(())
    }

    /// Notes the next lapses of a day; says where to go on.
    fn note_lapses_from(
        &mut self,
        ctx: &mut Ctx<'_>,
        today: Day,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let (found, next) = db.scan_around(Family::Indexes, keys::LAPSES, from, LAPSES_STEP)?;
        for (key, _) in found {
            if keys::read_due(&key).is_none_or(|day| day >= today.epoch_days()) {
                return Ok(None);
            }
            let Some(document) = keys::read_listed_last(&key) else {
                continue;
            };
            let due = match self.lapse_of(ctx, &document) {
                Ok(Some(due)) => due,
                Ok(None) | Err(ReadError::Damaged { .. }) => continue,
                Err(error) => return Err(error),
            };
            match self.sign_act::<Case>(ctx, &document, &Act::DeemDue(due), Private::default()) {
                Err(CommandError::Read(error)) => return Err(error),
                // What a person resolves first is looked at again tomorrow.
                Ok(_) | Err(CommandError::Refused(_)) => {}
            }
        }
        Ok(next)
    }

    /// Whether some agreement has cases that count as accepted when nobody answers.
    fn anything_lapses(&self) -> bool {
        self.agreements.keys().any(|agreement| {
            let lapses = |view: &tongban_ledger::agreement::View<'_>| {
                let items = view.items();
                view.limits().deemed_all || items.iter().any(|item| item.licence)
            };
            self.with_view(agreement, lapses).unwrap_or(false)
        })
    }

    fn lapse_of(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<Option<DeemDue>, ReadError> {
        let author = self.author_now(ctx);
        let Some(record) = self.record(ctx.store, document)?.cloned() else {
            return Ok(None);
        };
        let Some(state) = record.state_of::<Case>() else {
            return Ok(None);
        };
        if state.receiver != author.city || state.accepted().is_some() {
            return Ok(None);
        }
        let due = self.with_view(&record.agreement, |view| {
            let expired = state.notice_due(view).ok()?;
            let submission = state.submission();
            let due = DeemDue {
                submission,
                expired,
            };
            let act = Act::DeemDue(due.clone());
            Case::authorize(state, &author, view, &act)
                .ok()
                .map(|()| due)
        });
        Ok(due.flatten())
    }

    fn pushes_to_answer(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Vec<(EntryId, EntryId, PushStanding)>, ReadError> {
        let own = self.own.city;
        let Some(record) = self.record(store, document)? else {
            return Ok(Vec::new());
        };
        let Some(state) = record.state_of::<Case>() else {
            return Ok(Vec::new());
        };
        Ok(pushes_to(state, &own))
    }

    fn answer(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: DocumentId,
        push: EntryId,
        baton: EntryId,
        standing: PushStanding,
    ) -> Result<(), ReadError> {
        let reason = if standing == PushStanding::Recalled {
            Code::State
        } else {
            let ack = Act::Ack(Answer { push, baton });
            match self.sign_act::<Case>(ctx, &document, &ack, Private::default()) {
                Ok(_) => {
                    let notice = Notice::CaseAcked { document };
                    self.outputs.push_back(Output::Notice(notice));
                    return Ok(());
                }
                Err(CommandError::Read(error)) => return Err(error),
                Err(CommandError::Refused(refusal)) => match refusal.code {
                    Code::ItemNotActive | Code::ItemUnknown => Code::ItemNotActive,
                    Code::Grant => Code::Grant,
                    _ => return Ok(()),
                },
            }
        };
        let decline = Act::Decline(Decline {
            push,
            baton,
            reason,
        });
        match self.sign_act::<Case>(ctx, &document, &decline, Private::default()) {
            Ok(_) => {
                let notice = Notice::CaseDeclined {
                    document,
                    code: reason,
                };
                self.outputs.push_back(Output::Notice(notice));
                Ok(())
            }
            Err(CommandError::Read(error)) => Err(error),
            Err(CommandError::Refused(_)) => Ok(()),
        }
    }
}

/// How long it is until the next civil day begins in Beijing, in milliseconds.
pub(super) fn until_midnight_ms(unix: i64) -> u64 {
    let beijing = unix.saturating_add(BEIJING_S);
    let left = DAY_S - beijing.rem_euclid(DAY_S);
    u64::try_from(left).unwrap_or(0).saturating_mul(1_000)
}

/// Pushes to a city that its node has to answer, with their batons.
fn pushes_to(state: &State, city: &CityId) -> Vec<(EntryId, EntryId, PushStanding)> {
    state
        .pushes()
        .filter(|(_, _, push)| push.to == *city)
        .map(|(id, _, push)| (id, push.baton, state.standing(&id, push)))
        .filter(|(_, _, standing)| match standing {
            PushStanding::Open => true,
            PushStanding::Recalled => !state.ever_held(city),
            PushStanding::Declined | PushStanding::Acked => false,
        })
        .collect()
}

/// A step of a city that its node has not taken yet.
fn untaken_step(state: &State, city: &CityId) -> Option<EntryId> {
    let mut subs = state.subs().into_iter();
    subs.find(|sub| sub.city == *city && sub.taken.is_none() && sub.open())
        .map(|sub| sub.id)
}
