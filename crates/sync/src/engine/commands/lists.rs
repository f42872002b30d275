//! Commands of lists: a further batch, and the rounds in which a list is made.

use tongban_ledger::AgreementId;
use tongban_ledger::agreement::{self, Act, Founder, StanceKind, Supplement};
use tongban_ledger::answer::Done;
use tongban_ledger::code::Code;
use tongban_ledger::command::Terms;
use tongban_ledger::command::lists::{AdoptBatch, Nominate, ProposeBatch, SayStance};

use super::agreement::{agreement_done, annex};
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};

impl Engine {
    /// Proposes a further batch, and adopts it for this city unless it is to do so later.
    pub(super) fn propose_batch(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ProposeBatch,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let supplement = self.supplement(&agreement, args)?;
        let fault = self.with_view(&agreement, |view| view.batch_fault(&supplement));
        if let Some((code, part)) = fault.flatten() {
            return Err(refuse(code, part.trim_end()));
        }
        let act = Act::ProposeBatch(supplement);
        let proposal = self.sign_in_agreement(ctx, agreement, &act)?;
        let mut done = agreement_done(agreement, proposal);
        if args.sign {
            let adopt = Act::AdoptBatch(agreement::AdoptBatch {
                proposal,
                except: Vec::new(),
            });
            let adopted = self.sign_in_agreement(ctx, agreement, &adopt)?;
            done.entries.push(adopted.to_string());
        }
        Ok(done)
    }

    /// The batch with cities in place of division codes.
    fn supplement(
        &self,
        agreement: &AgreementId,
        args: &ProposeBatch,
    ) -> Result<Supplement, CommandError> {
        let loaded = self.agreements.get(agreement).ok_or(Code::Agreement)?;
        let members: Vec<Founder> = loaded.members().cloned().collect();
        let terms = Terms {
            items: args.items.clone(),
            guides: args.guides.clone(),
            live: args.live.clone(),
            ..Terms::default()
        };
        let annex = annex(&terms, &members)?;
        Ok(Supplement {
            batch: args.batch.clone(),
            items: annex.items,
            guides: annex.guides,
            activations: annex.activations,
            effective: args.effective,
        })
    }

    /// Adopts a proposed batch for this city.
    pub(super) fn adopt_batch(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &AdoptBatch,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let (proposal, batch) = self.proposal(&agreement, &args.proposal)?;
        if !batch {
            return Err(refuse(Code::NotFound, args.proposal.clone()));
        }
        let mut except = args.except.clone();
        except.sort();
        except.dedup();
        let act = Act::AdoptBatch(agreement::AdoptBatch { proposal, except });
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    /// Nominates an item for the next round.
    pub(super) fn nominate(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Nominate,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let round = self.with_view(&agreement, |view| view.round(&args.item));
        let act = Act::Nominate(agreement::Nominate {
            item: args.item.clone(),
            name: args.name.clone(),
            round: round.unwrap_or(0).saturating_add(1),
            cases_a_year: args.cases_a_year,
        });
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    /// Says for or against a nominated item in its last round.
    pub(super) fn say_stance(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &SayStance,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        if args.stance != StanceKind::Agree && args.reason.trim().is_empty() {
            return Err(refuse(Code::Argument, "reason"));
        }
        let round = self.with_view(&agreement, |view| view.round(&args.item));
        let act = Act::Stance(agreement::Stance {
            item: args.item.clone(),
            round: round.unwrap_or(0),
            stance: args.stance,
            reason: args.reason.clone(),
        });
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }
}
