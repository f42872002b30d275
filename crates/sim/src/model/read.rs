//! Values for the model, read off stored entries: who signed, on what, and which names an act carries.

use std::collections::BTreeMap;

use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::case::Act;
use tongban_ledger::code::Code;
use tongban_ledger::{EntryId, Status, parcel};
use tongban_sync::document::read_act;
use tongban_sync::entry::Entry;

use super::custody::{Deed, Place, What};
use super::money::{Book, Paid, Slip};
use super::{Case, Id};

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
        let what = act.map(|act| what(&act));
        let mends = matches!(what, Some(What::Mend { .. }));
        let on_paper = match statuses.get(&entry.id) {
            Some(Status::Denied(code)) => paper(*code, mends),
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
fn paper(code: Code, mends: bool) -> bool {
    match code {
        Code::NotHolder | Code::PushOpen | Code::NotParty | Code::Disputed => false,
        Code::State | Code::Already | Code::NotFound => mends,
        _ => true,
    }
}

fn what(act: &Act) -> What {
    let text = |act: &Act| format!("{act:?}");
    match act {
        Act::Receive(_) => What::Receive,
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
    }
}

/// A parcel for the model; nothing where its posting was denied or cannot be read.
pub(crate) fn book(entries: &[Entry], statuses: &Statuses) -> Option<Book> {
    let genesis = entries.first()?;
    let allowed =
        |id: &EntryId| !matches!(statuses.get(id), Some(Status::Denied(_) | Status::Unknown));
    let posted = match read_act(&genesis.public, RULES_VERSION) {
        Ok(parcel::Act::Post(post)) if allowed(&genesis.id) => post,
        _ => return None,
    };
    let postage = |kind: parcel::CostKind| kind == parcel::CostKind::Postage;
    let slips = entries.iter().map(|entry| Slip {
        id: id(&entry.id),
        by: entry.header.city.0,
        parents: entry.parents().map(|parent| id(&parent)).collect(),
        place: place(entry),
        allowed: allowed(&entry.id),
        paid: match read_act(&entry.public, RULES_VERSION) {
            Ok(parcel::Act::Cost(cost)) => Paid::Cost {
                postage: postage(cost.kind),
                fen: cost.amount.fen().get(),
                payer: cost.payer.0,
            },
            Ok(parcel::Act::Confirm(confirm)) => Paid::Confirm {
                line: id(&confirm.line),
                postage: postage(confirm.kind),
            },
            Ok(parcel::Act::Retract(of)) => Paid::Retract(id(&of)),
            _ => Paid::Other,
        },
    });
    Some(Book {
        tracking: posted.tracking.as_str().to_owned(),
        month: posted.posted.to_string().chars().take(7).collect(),
        from: genesis.header.city.0,
        to: posted.to.city().map(|city| city.0),
        slips: slips.collect(),
    })
}
