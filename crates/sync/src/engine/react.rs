//! What a node does by itself: it answers a push with an Ack, or with a Decline when it may not
//! take the case.

use tongban_ledger::case::{Act, Answer, Case, Decline, PushStanding};
use tongban_ledger::code::Code;
use tongban_ledger::{DocumentId, DocumentKind, EntryId};

use super::sign::CommandError;
use super::{Ctx, Engine, Notice, Output};
use crate::seal::Private;
use crate::storage::{ReadError, Reader};

impl Engine {
    /// Looks for pushes that an earlier run received but did not answer.
    pub(super) fn find_unanswered(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        for document in self.documents_of(store, DocumentKind::Case)? {
            match self.pushes_to_answer(store, &document) {
                Ok(pushes) if pushes.is_empty() => {}
                // One damaged document does not keep the node from starting: it is tried again later.
                Ok(_) | Err(ReadError::Damaged { .. }) => {
                    self.to_answer.insert(document);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
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
        Ok(())
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
        let waiting = state
            .pushes()
            .filter(|(_, _, push)| push.to == own)
            .map(|(id, _, push)| (id, push.baton, state.standing(&id, push)))
            .filter(|(_, _, standing)| match standing {
                PushStanding::Open => true,
                PushStanding::Recalled => !state.ever_held(&own),
                PushStanding::Declined | PushStanding::Acked => false,
            })
            .collect();
        Ok(waiting)
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
