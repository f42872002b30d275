//! What an act says, in plain words for a history: who answers for it and its particulars.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::{Act, Defect, Fault, Material, Means, Officer, Outcome};
use super::act::{Delivery, IdCheck};

impl Fault {
    /// The fault's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::WrongForm => "wrong-form",
            Fault::Unreadable => "unreadable",
            Fault::Expired => "expired",
            Fault::Inconsistent => "inconsistent",
        }
    }
}

impl Means {
    /// The means' stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Means::OnTheSpot => "on-the-spot",
            Means::Phone => "phone",
            Means::Sms => "sms",
            Means::Portal => "portal",
            Means::Post => "post",
        }
    }
}

impl Outcome {
    /// The outcome's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Granted => "granted",
            Outcome::OnCommitment => "on-commitment",
            Outcome::Refused => "refused",
        }
    }
}

impl Delivery {
    /// The delivery's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Delivery::Network => "network",
            Delivery::PostToApplicant => "post-to-applicant",
            Delivery::PostToWindow => "post-to-window",
        }
    }
}

impl Act {
    /// The officer who answers for the act, where it names one.
    pub fn officer(&self) -> Option<&Officer> {
        match self {
            Act::Receive(receive) => Some(&receive.officer),
            Act::IdCheck(check) => Some(&check.officer),
            Act::OriginalCheck(check) => Some(&check.officer),
            Act::FormalPass(pass) => Some(&pass.officer),
            Act::FirstLook(look) => Some(&look.officer),
            Act::Accept(accept) => Some(&accept.officer),
            Act::NotAccept(refusal) => Some(&refusal.officer),
            Act::CorrectionNotice(notice) => Some(&notice.officer),
            Act::SubstantiveReview(officer) => Some(officer),
            Act::Decide(decide) => Some(&decide.officer),
            _ => None,
        }
    }

    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Receive(receive) => vec![
                ("materials", materials(&receive.materials)),
                ("guide", receive.guide.to_string()),
            ],
            Act::IdCheck(IdCheck { passed, .. }) => {
                vec![("result", if *passed { "passed" } else { "failed" }.into())]
            }
            Act::OriginalCheck(check) => vec![("seen", check.seen.join(","))],
            Act::FormalPass(pass) => vec![("submission", pass.submission.to_string())],
            Act::Push(push) => vec![("to", city(&push.to))],
            Act::Decline(decline) => vec![("result", decline.reason.to_string())],
            Act::Accept(accept) => vec![("on", accept.on.to_string())],
            Act::NotAccept(refusal) => vec![("basis", refusal.basis.clone())],
            Act::CorrectionNotice(notice) => vec![
                ("submission", notice.submission.to_string()),
                ("defects", defects(&notice.defects)),
            ],
            Act::NoticeServed(served) => vec![
                ("on", served.on.to_string()),
                ("means", served.means.name().into()),
            ],
            Act::CorrectionSubmitted(submitted) => vec![
                ("on", submitted.on.to_string()),
                ("materials", materials(&submitted.materials)),
            ],
            Act::Decide(decide) => vec![("outcome", decide.outcome.name().into())],
            Act::SendResult(sent) => vec![("delivery", sent.delivery.name().into())],
            Act::Served(served) => vec![
                ("on", served.on.to_string()),
                ("means", served.means.name().into()),
            ],
            Act::Ack(_)
            | Act::FirstLook(_)
            | Act::Recall(_)
            | Act::SubstantiveReview(_)
            | Act::Close
            | Act::Edit
            | Act::Yield(_)
            | Act::Retract(_)
            | Act::Retain(_) => Vec::new(),
        };
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn materials(list: &[Material]) -> String {
    let each: Vec<String> = list
        .iter()
        .map(|material| format!("{}:{}", material.requirement, material.pages))
        .collect();
    each.join(",")
}

fn defects(list: &[Defect]) -> String {
    let each: Vec<String> = list
        .iter()
        .map(|defect| format!("{}={}", defect.requirement, defect.fault.name()))
        .collect();
    each.join(",")
}
