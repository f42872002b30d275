//! Commands about proposals that every member signs: put, sign, refuse, take back.

use tongban_identity::Hash32;
use tongban_ledger::agreement::{
    self, Act, Founder, Proposal, Reallocation, Share, Standing, Subject, View, line_mark,
};
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::CalendarYear;
use tongban_ledger::code::Code;
use tongban_ledger::command::Terms;
use tongban_ledger::command::decide as args;
use tongban_ledger::money::Fen;
use tongban_ledger::parcel::{Corrected, CostKind};
use tongban_ledger::{AgreementId, EntryId};

use super::agreement::{agreement_done, annex};
use super::parcel::fen;
use super::parcel_lines::the_line;
use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};

impl Engine {
    /// Puts a text to all members, and signs it for this city unless it is to do so later.
    pub(super) fn propose(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Propose,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let subject = self.subject(ctx, &agreement, &args.subject)?;
        let version = match &subject {
            Subject::Postage(rule) => rule.version,
            Subject::Guides(guides) => guides.first().map_or(0, |guide| guide.version),
            Subject::Calendar(_)
            | Subject::Limits(_)
            | Subject::Netting(_)
            | Subject::Reallocation(_) => self
                .with_view(&agreement, |view| view.next_version(&subject))
                .ok_or(Code::Agreement)?,
        };
        let proposal = Proposal {
            code: args.code.clone(),
            version,
            subject,
            body: args.body,
        };
        let text = proposal.text();
        let id = self.sign_in_agreement(ctx, agreement, &Act::Propose(proposal))?;
        let mut done = agreement_done(agreement, id);
        if args.sign {
            let adopt = Act::Adopt(agreement::Adopt { proposal: id, text });
            let signed = self.sign_in_agreement(ctx, agreement, &adopt)?;
            done.entries.push(signed.to_string());
        }
        Ok(done)
    }

    /// The text with cities in place of division codes.
    fn subject(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        terms: &args::SubjectTerms,
    ) -> Result<Subject, CommandError> {
        Ok(match terms {
            args::SubjectTerms::Postage(rule) => Subject::Postage(rule.clone()),
            args::SubjectTerms::Limits(limits) => Subject::Limits(*limits),
            args::SubjectTerms::Netting(rule) => Subject::Netting(*rule),
            args::SubjectTerms::Reallocation(shares) => {
                Subject::Reallocation(self.shares_of(ctx, agreement, shares)?)
            }
            args::SubjectTerms::Calendar(year) => {
                let (off, work) = (year.off.iter().copied(), year.work.iter().copied());
                let year = CalendarYear::new(year.year, off, work);
                let year = year.map_err(|error| refuse(Code::Argument, error.to_string()))?;
                Subject::Calendar(year)
            }
            args::SubjectTerms::Guide(guide) => {
                let loaded = self.agreements.get(agreement).ok_or(Code::Agreement)?;
                let terms = Terms {
                    guides: vec![guide.clone()],
                    ..Terms::default()
                };
                let members: Vec<Founder> = loaded.members().cloned().collect();
                let guides = annex(&terms, &members)?.guides;
                for guide in &guides {
                    if let Err(fault) = guide.check() {
                        let about = format!("{} {}", guide.item, fault.part);
                        return Err(refuse(fault.code, about.trim_end()));
                    }
                }
                Subject::Guides(guides)
            }
        })
    }

    /// Who is to bear a cost line of a parcel of this city: the whole of it.
    fn shares_of(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        args: &args::Shares,
    ) -> Result<Reallocation, CommandError> {
        let parcel = args.parcel.as_deref();
        let parcel = parcel.ok_or_else(|| refuse(Code::Argument, "parcel"))?;
        let (_, of, state) = self.parcel_state(ctx, parcel)?;
        if of != *agreement {
            return Err(refuse(Code::Agreement, parcel));
        }
        let kind = args.kind.unwrap_or(CostKind::Postage);
        let id = the_line(&state, kind, args.line.as_deref(), |id, _| {
            state.correction_of(id) == Corrected::No
        })?;
        let line = state.lines.get(&id).ok_or(Code::NotFound)?;
        let mut shares = Vec::new();
        for (division, share) in &args.shares {
            let city = self.party_of(&state, *division)?;
            if !state.is_party(&city) {
                return Err(refuse(Code::NotParty, division.to_string()));
            }
            let amount = fen(*share)?;
            shares.push(Share { city, amount });
        }
        shares.sort_by_key(|share| share.city);
        let sum = Fen::checked_sum(shares.iter().map(|share| share.amount.fen()));
        match sum.map_err(|error| error.code())? == line.amount.fen() {
            true => Ok(Reallocation {
                line: line_mark(&id),
                shares,
            }),
            false => Err(refuse(Code::Argument, "shares")),
        }
    }

    /// Signs a proposal or a batch for this city.
    pub(super) fn adopt(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Adopt,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let (proposal, batch) = self.proposal(&agreement, &args.proposal)?;
        let text = self.with_view(&agreement, |view| view.text_of(&proposal));
        let text = text.flatten().ok_or(Code::NotFound)?;
        same_text(args.text.as_deref(), &text)?;
        let act = if batch {
            let mut except = args.except.clone();
            except.sort();
            except.dedup();
            Act::AdoptBatch(agreement::AdoptBatch { proposal, except })
        } else if args.except.is_empty() {
            Act::Adopt(agreement::Adopt { proposal, text })
        } else {
            return Err(refuse(Code::Argument, "except"));
        };
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    /// Refuses a proposal or a batch.
    pub(super) fn refuse_proposal(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Refuse,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let (proposal, _) = self.proposal(&agreement, &args.proposal)?;
        if args.reason.trim().is_empty() {
            return Err(refuse(Code::Argument, "reason"));
        }
        let act = Act::Refuse(agreement::Refuse {
            proposal,
            reason: args.reason.clone(),
        });
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    /// Takes back a proposal or a batch of this city.
    pub(super) fn take_back_proposal(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::TakeBack,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let (proposal, _) = self.proposal(&agreement, &args.proposal)?;
        let act = Act::WithdrawProposal(proposal);
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    /// A proposal or a batch by its code, its batch's id or the beginning of its entry id, and whether it is a batch;
    /// of several with one name the open one.
    pub(super) fn proposal(
        &self,
        agreement: &AgreementId,
        named: &str,
    ) -> Result<(EntryId, bool), CommandError> {
        let hits = self.with_view(agreement, |view| named_proposals(view, named));
        let hits = hits.unwrap_or_default();
        let open: Vec<_> = hits.iter().filter(|(_, _, open)| *open).collect();
        match (open.as_slice(), hits.as_slice()) {
            ([(id, batch, _)], _) | ([], [(id, batch, _)]) => Ok((*id, *batch)),
            ([], []) => Err(refuse(Code::NotFound, named)),
            _ => Err(refuse(Code::Ambiguous, named)),
        }
    }
}

/// Proposals that a name may mean: the entry, whether it is a batch, and whether it is open.
fn named_proposals(view: &View<'_>, named: &str) -> Vec<(EntryId, bool, bool)> {
    let named = named.trim();
    let fits = |id: &EntryId, code: &str| {
        let long = named.len() >= PREFIX_MIN;
        code == named || (long && id.to_string().starts_with(&named.to_ascii_lowercase()))
    };
    let batches = view.proposals().into_iter();
    let batches = batches
        .filter(|(id, batch)| fits(id, &batch.batch.id))
        .map(|(id, _)| (id, true, view.batch_standing(&id) == Standing::Open));
    let decisions = view.decisions().into_iter();
    let decisions = decisions
        .filter(|one| fits(&one.id, &one.proposal.code))
        .map(|one| (one.id, false, one.standing == Standing::Open));
    batches.chain(decisions).collect()
}

/// Refuses to sign another text than the one that was read.
pub(super) fn same_text(read: Option<&str>, text: &Hash32) -> Result<(), CommandError> {
    let Some(read) = read.map(|read| read.trim().to_ascii_lowercase()) else {
        return Ok(());
    };
    if read.len() < PREFIX_MIN {
        return Err(refuse(Code::Argument, "text"));
    }
    match text.to_string().starts_with(&read) {
        true => Ok(()),
        false => Err(refuse(Code::TextChanged, text.to_string())),
    }
}
