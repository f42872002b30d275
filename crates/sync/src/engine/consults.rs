//! Questions of this city that nobody answered: the node sends them on to post B and to the centre, each
//! when its own clock says that the working hours are over.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::DocumentId;
use tongban_ledger::consult::{Act, Consult, Escalate, Stage};

use super::sign::CommandError;
use super::{Ctx, Engine};
use crate::seal::Private;
use crate::storage::{ReadError, Reader};

/// How long a node waits, in seconds, after it could not sign.
const AGAIN_S: i64 = 3_600;

/// Open questions of this city, with when each goes on.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Consults in which something changed.
    changed: BTreeSet<DocumentId>,
    /// Open questions, and when each goes on, Unix seconds.
    due: BTreeMap<DocumentId, i64>,
    /// The next of these moments on the monotonic clock, milliseconds.
    pub(super) timer: Option<u64>,
}

impl Watch {
    /// Notes that something changed in a consult.
    pub(super) fn look_at(&mut self, document: DocumentId) {
        self.changed.insert(document);
    }
}

impl Engine {
    /// Sends on what is due, and sets the timer for the rest.
    pub(super) fn escalate_consults(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let mut failed = Ok(());
        let mut unread = BTreeSet::new();
        // What was sent on may be due for the next stage at once, after a long pause of the node.
        for _ in 0..=Stage::ALL.len() {
            for document in std::mem::take(&mut self.consults.changed) {
                match self.consult_due(ctx.store, &document) {
                    Ok(Some((_, due))) => {
                        self.consults.due.insert(document, due);
                    }
                    Ok(None) => {
                        self.consults.due.remove(&document);
                    }
                    Err(error) => {
                        unread.insert(document);
                        failed = failed.and(Err(error));
                    }
                }
            }
            let due = self.consults.due.iter();
            let over = due.filter(|(_, due)| **due <= ctx.now.unix);
            let over: Vec<DocumentId> = over.map(|(document, _)| *document).collect();
            if over.is_empty() {
                break;
            }
            for document in over {
                if let Err(error) = self.escalate(ctx, document) {
                    self.consults.due.remove(&document);
                    unread.insert(document);
                    failed = failed.and(Err(error));
                }
            }
        }
        // Documents that cannot be read are tried again with the next step.
        self.consults.changed.extend(unread);
        let next = self.consults.due.values().min();
        self.consults.timer = next.map(|due| {
            let left = due.saturating_sub(ctx.now.unix).max(0);
            let left_ms = u64::try_from(left).unwrap_or(0).saturating_mul(1_000);
            ctx.now.monotonic_ms.saturating_add(left_ms)
        });
        failed
    }

    /// Sends one question on.
    fn escalate(&mut self, ctx: &mut Ctx<'_>, document: DocumentId) -> Result<(), ReadError> {
        let Some((stage, _)) = self.consult_due(ctx.store, &document)? else {
            self.consults.due.remove(&document);
            return Ok(());
        };
        let act = Act::Escalate(Escalate { stage });
        match self.sign_act::<Consult>(ctx, &document, &act, Private::default()) {
            Ok(_) => Ok(()),
            Err(CommandError::Read(error)) => Err(error),
            // A revoked device, or a full document: people go on from here.
            Err(CommandError::Refused(_)) => {
                let again = ctx.now.unix.saturating_add(AGAIN_S);
                self.consults.due.insert(document, again);
                Ok(())
            }
        }
    }

    /// The next stage of an open question of this city, and when it goes there, Unix seconds; none in a year whose
    /// working days are not known.
    fn consult_due(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<(Stage, i64)>, ReadError> {
        let own = self.own.city;
        let Some(record) = self.record(store, document)? else {
            return Ok(None);
        };
        let agreement = record.agreement;
        let state = record.state_of::<Consult>();
        let Some(state) = state.filter(|state| state.from == own).cloned() else {
            return Ok(None);
        };
        let Some(stage) = state.next_stage() else {
            return Ok(None);
        };
        let due = self.with_view(&agreement, |view| state.due(stage, view).ok());
        Ok(due.flatten().map(|due| (stage, due)))
    }
}
