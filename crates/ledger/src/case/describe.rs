//! What an act says, in plain words for a history: who answers for it and its particulars.

use std::collections::BTreeMap;

use tongban_identity::CityId;

use super::act::{
    Act, Defect, Fault, FollowStep, Material, Means, Officer, Outcome, Paper, Proof, Receive,
    Special, Target,
};
use super::act::{Delivery, IdCheck};

/// The warning that an officer is not trained for the item of a case.
pub const NOT_TRAINED: &str = "not-trained";

impl Fault {
    /// The fault's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::WrongForm => "wrong-form",
            Fault::Unreadable => "unreadable",
            Fault::Expired => "expired",
            Fault::Inconsistent => "inconsistent",
            Fault::OriginalWanted => "original-wanted",
            Fault::PaperWanted => "paper-wanted",
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
            Means::Fax => "fax",
            Means::System => "system",
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
            other => other.officer_beside(),
        }
    }

    /// The officer of an act beside the straight way.
    fn officer_beside(&self) -> Option<&Officer> {
        match self {
            Act::Redirect(redirect) => Some(&redirect.officer),
            Act::SpecialStart(start) => Some(&start.officer),
            Act::SpecialEnd(end) => Some(&end.officer),
            Act::Extend(extend) => Some(&extend.officer),
            Act::WithdrawRequest(request) => Some(&request.officer),
            Act::WithdrawGrant(grant) => Some(&grant.officer),
            Act::WithdrawRefuse(refuse) => refuse.officer.as_ref(),
            Act::NoCorrection(end) => Some(&end.officer),
            Act::Commitment(commitment) => Some(&commitment.officer),
            Act::CommitmentChecked(check) => Some(&check.officer),
            Act::PreReview(review) => Some(&review.officer),
            Act::Compared(compared) => Some(&compared.officer),
            Act::IssueCert(cert) => Some(&cert.officer),
            Act::Annul(annul) => Some(&annul.officer),
            Act::Archive(archive) => Some(&archive.officer),
            Act::ConfirmAsk(ask) => Some(&ask.officer),
            Act::ConfirmAnswer(answer) => Some(&answer.officer),
            Act::Contact(contact) => Some(&contact.officer),
            Act::Supervise(order) => Some(&order.officer),
            Act::Reply(reply) => Some(&reply.officer),
            Act::FollowUp(follow) => Some(&follow.officer),
            Act::PapersSent(sent) => Some(&sent.officer),
            Act::PapersTaken(taken) => Some(&taken.officer),
            Act::PapersMended(mended) => Some(&mended.officer),
            Act::PapersAgreed(agreed) => Some(&agreed.officer),
            Act::SubOpen(open) => Some(&open.officer),
            Act::SubProgress(progress) => Some(&progress.officer),
            Act::SubDecide(decide) => Some(&decide.officer),
            Act::SubRelease(release) => Some(&release.officer),
            Act::SubRecall(recall) => Some(&recall.officer),
            Act::UndoAsk(ask) => Some(&ask.officer),
            Act::JumpOut(jump) => Some(&jump.officer),
            Act::BackFlow(back) => Some(&back.officer),
            Act::HandoverCase(handover) => handover.officer.as_ref(),
            _ => None,
        }
    }

    /// The particulars of the act by name, as `EntryRow::details` lists them; `city` names a city.
    pub fn details(&self, city: impl Fn(&CityId) -> String) -> BTreeMap<String, String> {
        let pairs: Vec<(&str, String)> = match self {
            Act::Receive(receive) => received(receive),
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
            other => other.details_beside(&city),
        };
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The particulars of an act beside the straight way.
    fn details_beside(&self, city: &impl Fn(&CityId) -> String) -> Vec<(&'static str, String)> {
        match self {
            Act::DeemDue(due) => vec![("due", due.expired.to_string())],
            Act::DeemAccept(accept) => vec![("on", accept.on.to_string())],
            Act::Redirect(redirect) => {
                let to = redirect.to.as_ref().map(|to| ("to", city(to)));
                let basis = Some(("basis", redirect.basis.clone()));
                to.into_iter().chain(basis).collect()
            }
            Act::SpecialStart(start) => vec![
                ("on", start.on.to_string()),
                ("kind", start.kind.name().into()),
                ("days", start.days.to_string()),
                ("basis", start.basis.clone()),
            ],
            Act::SpecialEnd(end) => vec![("on", end.on.to_string())],
            Act::Extend(extend) => vec![
                ("days", extend.days.to_string()),
                ("basis", extend.basis.clone()),
                ("second", extend.second.0.clone()),
            ],
            Act::Commitment(commitment) => vec![
                ("materials", commitment.missing.join(",")),
                ("due", commitment.due.to_string()),
            ],
            Act::CommitmentChecked(check) => vec![("result", yes(check.kept, "kept", "broken"))],
            Act::PreReview(review) => vec![("result", yes(review.passed, "passed", "failed"))],
            Act::Compared(compared) => vec![("different", compared.different.join(","))],
            Act::IssueCert(cert) => vec![
                ("kind", cert.kind.clone()),
                ("electronic", yes(cert.electronic, "yes", "no")),
            ],
            Act::Annul(annul) => vec![
                ("basis", annul.basis.clone()),
                ("second", annul.second.0.clone()),
            ],
            Act::SubOpen(open) => vec![("step", open.step.clone()), ("to", city(&open.to))],
            Act::SubProgress(progress) => vec![("what", progress.what.clone())],
            Act::SubDecide(decide) => vec![("outcome", decide.outcome.name().into())],
            Act::UndoAsk(ask) => vec![("step", ask.step.clone())],
            other => other.details_aside(city),
        }
    }

    /// The particulars of questions, orders, ratings and papers.
    fn details_aside(&self, city: &impl Fn(&CityId) -> String) -> Vec<(&'static str, String)> {
        match self {
            Act::ConfirmAsk(ask) => vec![("to", city(&ask.to))],
            Act::ConfirmAnswer(answer) => vec![
                ("result", yes(answer.confirmed, "yes", "no")),
                ("means", answer.means.name().into()),
            ],
            Act::Contact(contact) => vec![
                ("means", contact.means.name().into()),
                ("callee", contact.callee.0.clone()),
            ],
            Act::Supervise(order) => vec![
                ("to", city(&order.to)),
                ("reason", order.reason.clone()),
                ("due", order.due.to_string()),
            ],
            Act::Complain(complaint) => vec![
                ("about", city(&complaint.about)),
                ("reason", complaint.reason.clone()),
            ],
            Act::Rate(rate) => vec![
                ("level", rate.level.to_string()),
                ("about", city(&rate.city)),
                ("target", rate.target.name().into()),
                ("visit", rate.visit.to_string()),
            ],
            Act::FollowUp(follow) => vec![("step", follow.step.name().into())],
            Act::PapersSent(sent) => vec![
                (
                    "to",
                    sent.to.as_ref().map_or_else(|| "applicant".into(), city),
                ),
                ("papers", papers(&sent.papers)),
                ("tracking", sent.tracking.clone().unwrap_or_default()),
            ],
            Act::PapersTaken(taken) => vec![("papers", papers(&taken.found))],
            Act::PapersMended(mended) => vec![("papers", papers(&mended.papers))],
            Act::JumpOut(jump) => vec![
                ("system", jump.system.clone()),
                ("sso", yes(jump.sso, "yes", "no")),
                ("checked", jump.checked.to_string()),
            ],
            Act::HandoverCase(handover) => vec![
                ("from-dept", handover.from_dept.clone()),
                ("to-dept", handover.to_dept.clone()),
            ],
            Act::TakeOver(taken) => vec![("certificate", taken.certificate.to_string())],
            Act::BackFlow(back) => {
                vec![("number", back.number.clone()), ("on", back.on.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

fn yes(value: bool, yes: &str, no: &str) -> String {
    if value { yes } else { no }.to_owned()
}

fn papers(list: &[Paper]) -> String {
    let each: Vec<String> = list
        .iter()
        .map(|paper| {
            let mark = if paper.original { "!" } else { "" };
            format!(
                "{}:{}x{}{mark}",
                paper.requirement, paper.copies, paper.pages
            )
        })
        .collect();
    each.join(",")
}

impl Special {
    /// The procedure's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Special::Hearing => "hearing",
            Special::Inspection => "inspection",
            Special::Testing => "testing",
            Special::Quarantine => "quarantine",
            Special::Appraisal => "appraisal",
            Special::ExpertReview => "expert-review",
            Special::Other => "other",
        }
    }
}

impl Target {
    /// The stable name of what is rated.
    pub const fn name(self) -> &'static str {
        match self {
            Target::Window => "window",
            Target::Department => "department",
            Target::Delivery => "delivery",
        }
    }
}

impl FollowStep {
    /// The step's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            FollowStep::Contacted => "contacted",
            FollowStep::Mended => "mended",
            FollowStep::CalledBack => "called-back",
        }
    }
}

/// What was received, and where by the city's roster.
fn received(receive: &Receive) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("materials", materials(&receive.materials)),
        ("guide", receive.guide.to_string()),
    ];
    if let Some(place) = &receive.place {
        pairs.extend(place.window.clone().map(|window| ("window", window)));
        if place.trained == Some(false) {
            pairs.push(("warning", NOT_TRAINED.to_owned()));
        }
    }
    pairs
}

fn materials(list: &[Material]) -> String {
    let each: Vec<String> = list
        .iter()
        .map(|material| {
            let Material {
                requirement, pages, ..
            } = material;
            match &material.proof {
                None => format!("{requirement}:{pages}"),
                Some(Proof::ESigned) => format!("{requirement}:{pages}=signed"),
                Some(Proof::ECert { kind, issuer }) => {
                    format!("{requirement}:{pages}=cert/{kind}/{issuer}")
                }
            }
        })
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
