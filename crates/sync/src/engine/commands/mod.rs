//! Commands: a clerk's wish becomes acts, or is refused before anything is signed.

mod agreement;
mod beside;
mod bill;
mod case;
mod consult;
mod decide;
mod external;
mod handover;
mod key;
mod lists;
mod meeting;
mod number;
mod parcel;
mod parcel_life;
mod parcel_lines;
mod rehearse;
mod resolution;
mod resolve;
mod roster;
mod round;

pub(super) use case::entry_actor;

use std::collections::BTreeMap;

use tongban_identity::{CertHash, CityId, Hash32};
use tongban_ledger::answer::Done;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId};

use super::agreements::Known;
use super::feeds::Marks;
use super::follow::Unfollowed;
use super::revoked::Kept;
use super::sign::{CommandError, refuse};
use super::{Counts, Ctx, Engine, Output};
use crate::db::{Db, Pending};
use crate::keys;
use crate::storage::Family;

/// The longest idempotency key, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;

/// What there was before a command, to which a refusal goes back.
struct Before {
    pending: Pending,
    counts: Counts,
    marks: BTreeMap<CityId, Marks>,
    agreements: BTreeMap<AgreementId, Known>,
    outputs: usize,
    unfollowed: Unfollowed,
    to_judge: BTreeMap<(DocumentId, CertHash), Kept>,
}

impl Engine {
    /// Carries a command out, or returns the stored outcome of an earlier call with the same key.
    ///
    /// The key is stored in the batch of the command's effect, so a retry after a crash makes no
    /// second case. The caller answers only after the batch is durable.
    ///
    /// # Errors
    /// A refusal: nothing was signed, and nothing is written but the count of wrong query codes. Or a record could
    /// not be read.
    pub fn command(
        &mut self,
        ctx: &mut Ctx<'_>,
        key: &str,
        command: &Command,
    ) -> Result<Done, CommandError> {
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
            return Err(refuse(Code::Argument, "idempotency key"));
        }
        let digest = self.command_digest(command)?;
        let place = keys::idempotency(key);
        let db = Db::new(ctx.store, &mut self.pending);
        if let Some((known, outcome)) = db.load::<(Hash32, String)>(Family::Idempotency, &place)? {
            let mut done = repeated(known == digest, &outcome)?;
            self.with_query_code(&mut done.receipt);
            return Ok(done);
        }
        // Everything so far becomes pending writes, so that a refusal half-way can forget the rest.
        self.flush();
        let before = Before {
            pending: self.pending.checkpoint(),
            counts: self.counts,
            marks: self.outbox_marks(),
            agreements: self.known_agreements(),
            outputs: self.outputs.len(),
            unfollowed: self.unfollowed.clone(),
            to_judge: self.to_judge.clone(),
        };
        match self.carry_out(ctx, command) {
            Ok(done) if matches!(command, Command::Rehearse(_)) => {
                self.forget(before);
                Ok(done)
            }
            Ok(mut done) => {
                let outcome =
                    serde_json::to_string(&done).map_err(|_| refuse(Code::Internal, "outcome"))?;
                let mut db = Db::new(ctx.store, &mut self.pending);
                // A question is asked anew: it has no effect that must not happen twice.
                let question = matches!(command, Command::CaseProgress(_));
                if !planted(Bug::ForgetIdempotency) && !question {
                    db.save(Family::Idempotency, place, &(digest, outcome));
                }
                // The command took effect: what follows from it may wait for the medium, its answer must not be lost.
                let _ = self.settle_or_rest(ctx);
                self.with_query_code(&mut done.receipt);
                Ok(done)
            }
            Err(error) => {
                self.forget(before);
                if let CommandError::Read(read) = &error {
                    self.note_unreadable(ctx.store, read);
                }
                Err(error)
            }
        }
    }

    /// Forgets what a command did before it was refused, or what a rehearsal did.
    fn forget(&mut self, before: Before) {
        if !planted(Bug::RefusalLeavesTrace) {
            self.pending.restore(before.pending);
        }
        self.records.clear();
        self.dirty.clear();
        self.counts = before.counts;
        self.counts_dirty = false;
        self.restore_marks(&before.marks);
        self.files.clear();
        self.encryption_keys.clear();
        self.transfers = None;
        // A link that this node has let go of is closed also where the command that ended it was refused.
        let mut since = self.outputs.split_off(before.outputs);
        since.retain(|output| matches!(output, Output::Close { .. }));
        self.outputs.append(&mut since);
        self.unfollowed = before.unfollowed;
        self.to_judge = before.to_judge;
        self.signs.forget();
        // What it added to an agreement in memory goes with its entries.
        self.go_back_to(before.agreements);
    }

    /// Commands hold personal data, so their digest is keyed: without the device key nobody can
    /// try names against it.
    fn command_digest(&self, command: &Command) -> Result<Hash32, CommandError> {
        let text = serde_json::to_vec(command).map_err(|_| refuse(Code::Internal, "command"))?;
        let secret = self.own.device.sign(b"tongban/idempotency/v1", &text);
        Ok(Hash32::hash("tongban/idempotency/v1", &[&secret.bytes]))
    }

    fn carry_out(&mut self, ctx: &mut Ctx<'_>, command: &Command) -> Result<Done, CommandError> {
        match command {
            Command::AgreementFound(args) => self.found_agreement(ctx, args),
            Command::AgreementAccept(args) => self.accept_agreement(ctx, args),
            Command::OfferGrant(args) => self.offer_grant(ctx, args),
            Command::TakeGrant(args) => self.take_grant(ctx, args),
            Command::WithdrawGrant(args) => self.withdraw_grant(ctx, args),
            Command::PublishGuide(args) => self.publish_guide(ctx, args),
            Command::Suspend(args) => self.suspend(ctx, args),
            Command::Resume(args) => self.resume(ctx, args),
            Command::ProposeBatch(args) => self.propose_batch(ctx, args),
            Command::AdoptBatch(args) => self.adopt_batch(ctx, args),
            Command::Nominate(args) => self.nominate(ctx, args),
            Command::Stance(args) => self.say_stance(ctx, args),
            Command::KeyRevoke(args) => self.revoke_key(ctx, args),
            Command::KeyRetain(args) => self.retain_entries(ctx, args),
            Command::CaseProgress(args) => self.progress(ctx, args),
            Command::CityAnnounce(args) => self.announce(ctx, args),
            Command::CityRoster(args) => self.publish_roster(ctx, args),
            Command::Rehearse(args) => self.rehearse(ctx, args),
            Command::CityChangeItem(args) => self.announce_change(ctx, args),
            Command::CityTakeItem(args) => self.announce_taken(ctx, args),
            Command::CityDeleteItem(args) => self.announce_deleted(ctx, args),
            Command::ConsultAsk(args) => self.ask_consult(ctx, args),
            Command::ConsultAnswer(args) => self.answer_consult(ctx, args),
            Command::ConsultVideo(args) => self.record_video(ctx, args),
            Command::ConsultSignVideo(args) => self.sign_video(ctx, args),
            Command::ParcelPost(args) => self.post_parcel(ctx, args),
            Command::ParcelArrive(args) => self.parcel_arrived(ctx, args),
            Command::ParcelOpen(args) => self.open_parcel(ctx, args),
            Command::ParcelCost(args) => self.parcel_cost(ctx, args),
            Command::ParcelConfirm(args) => self.confirm_cost(ctx, args),
            Command::ParcelRetract(args) => self.retract_cost(ctx, args),
            Command::ParcelPrepare(args) => self.prepare_parcel(ctx, args),
            Command::ParcelDispatch(args) => self.dispatch_parcels(ctx, args),
            Command::ParcelSend(args) => self.send_parcels(ctx, args),
            Command::ParcelEvent(args) => self.parcel_event(ctx, args),
            Command::ParcelFile(args) => self.file_parcel(ctx, args),
            Command::ParcelDispute(args) => self.dispute_line(ctx, args),
            Command::ParcelWithdrawDispute(args) => self.withdraw_dispute(ctx, args),
            Command::ParcelCorrect(args) => self.correct_line(ctx, args),
            Command::ParcelAgree(args) => self.agree_to_correction(ctx, args),
            Command::ParcelRepay(args) => self.repay_applicant(ctx, args),
            Command::ParcelClaim(args) => self.claim_parcel(ctx, args),
            Command::ParcelClaimOutcome(args) => self.end_claim(ctx, args),
            Command::BillDraft(args) => self.draft_bill(ctx, args),
            Command::BillSign(args) => self.sign_bill(ctx, args),
            Command::BillRetract(args) => self.retract_bill(ctx, args),
            Command::RoundOpen(args) => self.open_round(ctx, args),
            Command::RoundReport(args) => self.report_bills(ctx, args),
            Command::RoundPropose(args) => self.propose_round(ctx, args),
            Command::RoundSign(args) => self.sign_round(ctx, args),
            Command::PaymentRecord(args) => self.record_payment(ctx, args),
            Command::PaymentConfirm(args) => self.confirm_payment(ctx, args),
            Command::Propose(args) => self.propose(ctx, args),
            Command::Adopt(args) => self.adopt(ctx, args),
            Command::RefuseProposal(args) => self.refuse_proposal(ctx, args),
            Command::WithdrawProposal(args) => self.take_back_proposal(ctx, args),
            Command::MeetingConvene(args) => self.convene(ctx, args),
            Command::MeetingWrite(args) => self.write_meeting(ctx, args),
            Command::MeetingAttend(args) => self.attend(ctx, args),
            Command::MeetingSign(args) => self.sign_minutes(ctx, args),
            Command::MeetingAction(args) => self.enter_action(ctx, args),
            Command::MeetingActionDone(args) => self.finish_action(ctx, args),
            Command::MeetingIssue(args) => self.raise_issue(ctx, args),
            Command::MeetingResolve(args) => self.resolve_issue(ctx, args),
            Command::AgreementJoin(args) => self.join_agreement(ctx, args),
            Command::ResolutionPropose(args) => self.propose_resolution(ctx, args),
            Command::ResolutionVote(args) => self.vote_resolution(ctx, args),
            Command::ResolutionCommit(args) => self.commit_resolution(ctx, args),
            Command::ResolutionNullify(args) => self.nullify_round(ctx, args),
            other => self.case_command(ctx, other),
        }
    }
}

fn repeated(same: bool, outcome: &str) -> Result<Done, CommandError> {
    if !same {
        return Err(refuse(Code::Idempotency, "idempotency key"));
    }
    let mut done: Done =
        serde_json::from_str(outcome).map_err(|_| refuse(Code::Damaged, "stored outcome"))?;
    done.repeated = true;
    Ok(done)
}
