//! Values for the model, read off stored entries: who signed, on what, and which names an act carries.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::agreement::{Mode, RULES_VERSION};
use tongban_ledger::case::Act;
use tongban_ledger::code::Code;
use tongban_ledger::money::Amount;
use tongban_ledger::{EntryId, Status, parcel};
use tongban_sync::document::read_act;
use tongban_sync::entry::Entry;

use super::custody::{Deed, Place, What};
use super::money::{Book, Paid, Slip, Sum};
use super::{Case, City, Id};

/// What a node made of a document's entries: only refusals by a rule of paper are taken from it.
type Statuses = BTreeMap<EntryId, Status>;

fn id(id: &EntryId) -> Id {
    *id.as_bytes()
}

fn place(entry: &Entry) -> Place {
    let header = &entry.header;
    (*header.cert.0.as_bytes(), header.boot.0, header.seq)
}

/// A case for the model; entries come in causal order.
pub(crate) fn case(entries: &[Entry], statuses: &Statuses) -> Case {
    let deeds = entries.iter().map(|entry| {
        let act: Option<Act> = read_act(&entry.public, RULES_VERSION).ok();
        let what = act.map(|act| what(&act, entry.header.city.0));
        let free = matches!(
            what,
            Some(
                What::Mend { .. }
                    | What::Course(_)
                    | What::Certify { .. }
                    | What::Extend
                    | What::Pause(_)
                    | What::Resume(_)
                    | What::Wish
                    | What::Lapse
                    | What::Deemed { .. }
                    | What::Refuse(_)
                    | What::Withdraw { .. }
                    | What::End { .. }
                    | What::Redirect { .. }
                    | What::OpenStep { .. }
                    | What::Ask(_)
                    | What::DecideStep { .. }
                    | What::ReleaseStep { .. }
            )
        );
        let aside = matches!(
            what,
            Some(What::Aside(_) | What::TakeStep(_) | What::RecallStep(_))
        );
        let ruled = matches!(what, Some(What::TakeOver { .. }));
        let on_paper = match statuses.get(&entry.id) {
            Some(Status::Denied(_)) if ruled => true,
            Some(Status::Denied(code)) => paper(*code, free) || aside && *code != Code::NotParty,
            _ => false,
        };
        Deed {
            id: id(&entry.id),
            by: entry.header.city.0,
            parents: entry.parents().map(|parent| id(&parent)).collect(),
            place: place(entry),
            what,
            on_paper,
        }
    });
    Case::new(deeds.collect())
}

/// Whether a refusal rests on guides, grants, dates or forms, of which the model knows nothing.
fn paper(code: Code, free: bool) -> bool {
    match code {
        Code::NotHolder | Code::PushOpen | Code::NotParty | Code::Disputed => false,
        Code::State | Code::Already | Code::NotFound => free,
        _ => true,
    }
}

fn what(act: &Act, by: City) -> What {
    let text = |act: &Act| format!("{act:?}");
    match act {
        Act::Receive(receive) => What::Receive {
            own: matches!(receive.mode, Mode::A | Mode::D) || receive.owner.0 == by,
        },
        Act::Push(push) => What::Push {
            to: push.to.0,
            baton: id(&push.baton),
            after: push.after.iter().map(id).collect(),
            manifest: push.manifest.0,
        },
        Act::Ack(answer) => What::Ack {
            push: id(&answer.push),
            baton: id(&answer.baton),
        },
        Act::Recall(answer) => What::Recall {
            push: id(&answer.push),
            baton: id(&answer.baton),
        },
        Act::Decline(decline) => What::Decline {
            push: id(&decline.push),
            baton: id(&decline.baton),
        },
        Act::Yield(baton) => What::Yield(id(baton)),
        Act::TakeOver(taken) => What::TakeOver {
            batons: taken.batons.iter().map(id).collect(),
            certificate: taken.certificate.0.0,
        },
        Act::Retract(of) => What::Retract(id(of)),
        Act::IdCheck(_) | Act::OriginalCheck(_) | Act::FormalPass(_) => {
            What::Mend { answers: None }
        }
        Act::CorrectionSubmitted(submitted) => What::Mend {
            answers: submitted.notice.as_ref().map(id),
        },
        Act::Accept(_) => What::Accept(text(act)),
        Act::NotAccept(_) => What::NotAccept(text(act)),
        Act::CorrectionNotice(_) => What::Notice(text(act)),
        Act::SubstantiveReview(_) => What::Review,
        Act::Decide(_) => What::Decide(text(act)),
        Act::SendResult(_) => What::Send(text(act)),
        Act::Close => What::Close,
        Act::FirstLook(look) => What::Look(id(&look.ack)),
        Act::NoticeServed(served) => What::NoticeServed(id(&served.notice)),
        Act::Served(_) => What::Served,
        // No city of a run revokes a device, so nothing is held.
        Act::Edit | Act::Retain(_) => What::Edit,
        other => what_beside(other),
    }
}

/// What happens beside the straight way.
fn what_beside(act: &Act) -> What {
    let text = || format!("{act:?}");
    let course = |names: Vec<Id>| What::Course(names);
    match act {
        Act::DeemDue(_) => What::Lapse,
        Act::DeemAccept(accept) => What::Deemed {
            text: text(),
            due: id(&accept.due),
        },
        Act::Redirect(redirect) => What::Redirect {
            to: redirect.to.map(|to| to.0),
            text: text(),
        },
        Act::WithdrawGrant(grant) => {
            let mut names: Vec<Id> = grant.releases.iter().map(id).collect();
            names.push(id(&grant.request));
            What::Withdraw {
                text: text(),
                names,
            }
        }
        Act::WithdrawRefuse(refuse) => {
            let mut names = vec![id(&refuse.request)];
            names.extend(refuse.because.as_ref().map(id));
            What::Refuse(names)
        }
        Act::NoCorrection(end) => What::End {
            text: text(),
            names: vec![id(&end.notice)],
        },
        Act::Annul(_) => What::End {
            text: text(),
            names: Vec::new(),
        },
        Act::SpecialStart(_) => What::Pause(text()),
        Act::SpecialEnd(end) => What::Resume(id(&end.start)),
        Act::WithdrawRequest(_) => What::Wish,
        Act::Extend(_) => What::Extend,
        Act::PreReview(_) => course(Vec::new()),
        Act::IssueCert(cert) => What::Certify {
            electronic: cert.electronic,
        },
        Act::CommitmentChecked(check) => course(vec![id(&check.commitment)]),
        Act::Commitment(_) => What::Mend { answers: None },
        Act::Compared(compared) => What::Mend {
            answers: Some(id(&compared.review)),
        },
        Act::SubOpen(open) => What::OpenStep {
            to: open.to.0,
            step: open.step.clone(),
            after: open.after.iter().map(id).collect(),
        },
        Act::SubAck(ack) => What::TakeStep(id(&ack.sub)),
        Act::SubRecall(recall) => What::RecallStep(id(&recall.sub)),
        Act::SubDecide(decide) => What::DecideStep {
            sub: id(&decide.sub),
            outcome: format!("{:?}", decide.outcome),
        },
        Act::SubRelease(release) => What::ReleaseStep {
            sub: id(&release.sub),
            request: id(&release.request),
        },
        Act::ConfirmAsk(ask) => What::Ask(ask.to.0),
        other => What::Aside(named_aside(other).iter().map(id).collect()),
    }
}

/// The acts that a fact names.
fn named_aside(act: &Act) -> Vec<EntryId> {
    match act {
        Act::ConfirmAnswer(answer) => vec![answer.ask],
        Act::Contact(contact) => vec![contact.about],
        Act::Reply(reply) => vec![reply.to],
        Act::FollowUp(follow) => vec![follow.rating],
        Act::PapersTaken(taken) => vec![taken.sent],
        Act::PapersMended(mended) => vec![mended.taken],
        Act::PapersAgreed(agreed) => vec![agreed.mended],
        Act::SubProgress(progress) => vec![progress.sub],
        Act::BackFlow(back) => vec![back.jump],
        Act::HandoverCase(handover) => handover.after.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A parcel for the model; nothing where its posting was denied or cannot be read.
pub(crate) fn book(entries: &[Entry], statuses: &Statuses) -> Option<Book> {
    let genesis = entries.first()?;
    let allowed =
        |id: &EntryId| !matches!(statuses.get(id), Some(Status::Denied(_) | Status::Unknown));
    let act: parcel::Act = read_act(&genesis.public, RULES_VERSION).ok()?;
    let (post, at_once) = match act {
        parcel::Act::Post(post) if allowed(&genesis.id) => (post, true),
        parcel::Act::Prepare(post) if allowed(&genesis.id) => (post, false),
        _ => return None,
    };
    let slips = entries.iter().map(|entry| Slip {
        id: id(&entry.id),
        by: entry.header.city.0,
        parents: entry.parents().map(|parent| id(&parent)).collect(),
        place: place(entry),
        allowed: allowed(&entry.id),
        held: statuses.get(&entry.id) == Some(&Status::Held),
        paid: match read_act(&entry.public, RULES_VERSION) {
            Ok(act) => paid(&act),
            Err(_) => Paid::Other,
        },
    });
    let issuer = (post.leg == parcel::Leg::LastMile).then_some(post.approver);
    Some(Book {
        tracking: post.tracking.as_str().to_owned(),
        posted: at_once.then(|| post.posted.to_string()),
        from: genesis.header.city.0,
        to: issuer.unwrap_or(post.to.city()).map(|city| city.0),
        slips: slips.collect(),
    })
}

fn paid(act: &parcel::Act) -> Paid {
    let sum = |kind: parcel::CostKind, amount: Amount, payer: CityId| Sum {
        kind: kind.name(),
        back: matches!(
            kind,
            parcel::CostKind::Refund | parcel::CostKind::Compensation
        ),
        fen: amount.fen().get(),
        payer: payer.0,
    };
    match act {
        parcel::Act::Cost(cost) => Paid::Cost {
            sum: sum(cost.kind, cost.amount, cost.payer),
            instead: cost
                .instead
                .map(|instead| (id(&instead.line), instead.liable.0)),
        },
        parcel::Act::Confirm(confirm) => Paid::Confirm {
            line: id(&confirm.line),
            kind: confirm.kind.name(),
        },
        parcel::Act::Retract(of) => Paid::Retract(id(of)),
        parcel::Act::Send(send) => Paid::Send(send.on.to_string()),
        parcel::Act::Dispute(dispute) => Paid::Dispute(id(&dispute.line)),
        parcel::Act::Withdraw(withdraw) => Paid::Withdraw(id(&withdraw.dispute)),
        parcel::Act::Correct(correct) => Paid::Correct {
            line: id(&correct.line),
            sum: sum(correct.kind, correct.amount, correct.payer),
            liable: correct.liable.0,
            lines: correct.lines.iter().map(id).collect(),
        },
        parcel::Act::Agree(agree) => Paid::Agree {
            correction: id(&agree.correction),
            line: id(&agree.line),
        },
        _ => Paid::Other,
    }
}
