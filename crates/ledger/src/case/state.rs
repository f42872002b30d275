//! The facts of a case and what they amount to.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, Hash32};

use super::act::{Act, CorrectionNotice, Decide, Defect, Material, Outcome, Receive};
use super::course::Ending;
use crate::agreement::{Guide, Mode};
use crate::calendar::Day;
use crate::id::EntryId;
use crate::kind::Author;

/// A standing act with its signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Fact {
    /// The city that signed.
    #[n(0)]
    pub by: CityId,
    /// Its signed time, Unix seconds.
    #[n(1)]
    pub time: i64,
    /// The act.
    #[n(2)]
    pub act: Act,
    /// Whether another standing act contradicts it.
    #[n(3)]
    pub disputed: bool,
}

impl Fact {
    /// The civil day that its signed time names.
    pub fn day(&self) -> Day {
        Day::from_unix_beijing(self.time)
    }
}

/// A case as some set of entries describes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// The genesis entry, which is the first baton.
    #[n(0)]
    pub genesis: EntryId,
    /// The receiving city R.
    #[n(1)]
    pub receiver: CityId,
    /// The genesis act.
    #[n(2)]
    pub receive: Receive,
    /// Every other standing act but edits of the file.
    #[n(3)]
    pub facts: BTreeMap<EntryId, Fact>,
    /// How many edits of the file stand.
    #[n(4)]
    pub edits: u64,
}

/// The stage that a clerk sees (`domain.md` §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// 已收件 S20.
    Received,
    /// 形式审查通过 S21.
    Checked,
    /// 已推送 S30.
    Pushed,
    /// 属地已签收 S40.
    Acked,
    /// 已申报 S10.
    Submitted,
    /// 待补正 S41.
    ReturnedForCorrection,
    /// 已补正 S42.
    Resubmitted,
    /// 已受理 S50.
    Accepted,
    /// 视为受理 S51.
    DeemedAccepted,
    /// 不予受理 S52.
    NotAccepted,
    /// 告知向有权机关申请 S53.
    Redirected,
    /// 审查中 S60.
    UnderReview,
    /// 特别程序 S61.
    SpecialProcedure,
    /// 延长审批 S62.
    Extended,
    /// 准予 S70.
    DecidedGranted,
    /// 容缺通过 S71.
    DecidedOnCommitment,
    /// 不予 S72.
    DecidedRefused,
    /// 结果已寄出 S80.
    ResultOut,
    /// 已送达 S81.
    Served,
    /// 办结 S90.
    Closed,
    /// 撤回 S91.
    Withdrawn,
    /// 补正超时办结 S92.
    ClosedNoCorrection,
    /// 撤销 S93.
    Annulled,
    /// 已归档 S99.
    Archived,
}

impl Stage {
    /// The stage's code in `domain.md` §3.3.
    pub const fn code(self) -> &'static str {
        match self {
            Stage::Submitted => "S10",
            Stage::Received => "S20",
            Stage::Checked => "S21",
            Stage::Pushed => "S30",
            Stage::Acked => "S40",
            Stage::ReturnedForCorrection => "S41",
            Stage::Resubmitted => "S42",
            Stage::Accepted => "S50",
            Stage::DeemedAccepted => "S51",
            Stage::NotAccepted => "S52",
            Stage::Redirected => "S53",
            Stage::UnderReview => "S60",
            Stage::SpecialProcedure => "S61",
            Stage::Extended => "S62",
            Stage::DecidedGranted => "S70",
            Stage::DecidedOnCommitment => "S71",
            Stage::DecidedRefused => "S72",
            Stage::ResultOut => "S80",
            Stage::Served => "S81",
            Stage::Closed => "S90",
            Stage::Withdrawn => "S91",
            Stage::ClosedNoCorrection => "S92",
            Stage::Annulled => "S93",
            Stage::Archived => "S99",
        }
    }

    /// Says whether nothing more is to be decided.
    pub const fn terminal(self) -> bool {
        matches!(
            self,
            Stage::NotAccepted
                | Stage::Redirected
                | Stage::Closed
                | Stage::Withdrawn
                | Stage::ClosedNoCorrection
                | Stage::Annulled
                | Stage::Archived
        )
    }
}

impl State {
    /// The state right after the genesis.
    pub fn new(genesis: EntryId, receiver: CityId, receive: Receive) -> Self {
        Self {
            genesis,
            receiver,
            receive,
            facts: BTreeMap::new(),
            edits: 0,
        }
    }

    pub(super) fn add(&mut self, id: EntryId, author: Author, act: &Act, disputed: bool) {
        match act {
            Act::Receive(_) => {}
            Act::Edit => self.edits += 1,
            Act::Retain(_) => {}
            _ => {
                let fact = Fact {
                    by: author.city,
                    time: author.time,
                    act: act.clone(),
                    disputed,
                };
                self.facts.insert(id, fact);
            }
        }
    }

    /// The standing acts that a question picks, in order of id.
    pub fn picked<'a, T>(
        &'a self,
        pick: impl Fn(&'a Act) -> Option<T> + 'a,
    ) -> impl Iterator<Item = (EntryId, &'a Fact, T)> {
        self.facts
            .iter()
            .filter_map(move |(id, fact)| Some((*id, fact, pick(&fact.act)?)))
    }

    fn has(&self, wanted: impl Fn(&Act) -> bool) -> bool {
        self.facts.values().any(|fact| wanted(&fact.act))
    }

    /// The number of the current submission, counted from 1.
    pub fn submission(&self) -> u32 {
        let later = self.picked(submitted).count();
        u32::try_from(later).unwrap_or(u32::MAX - 1) + 1
    }

    /// The day on which the last papers came in at R.
    pub fn papers_day(&self) -> Day {
        self.picked(submitted)
            .map(|(_, _, (day, _))| day)
            .fold(self.receive.received, Day::max)
    }

    /// Every material handed in so far, ascending and without repeats.
    pub fn materials(&self) -> Vec<Material> {
        let mut all = self.receive.materials.clone();
        for (_, _, (_, materials)) in self.picked(submitted) {
            all.extend_from_slice(materials);
        }
        all.sort();
        all.dedup();
        all
    }

    /// The requirements whose materials came in with a submission after the first.
    pub fn resubmitted(&self, requirement: &str) -> bool {
        self.picked(submitted)
            .any(|(_, _, (_, materials))| materials.iter().any(|m| m.requirement == requirement))
    }

    /// Hash of what a push hands over: materials and checks. Two pushes of equal manifest hand over
    /// the same papers.
    pub fn manifest(&self) -> Hash32 {
        let mut text = Vec::new();
        for material in self.materials() {
            text.extend_from_slice(material.requirement.as_bytes());
            text.extend_from_slice(&[0]);
            text.extend_from_slice(&material.pages.to_be_bytes());
        }
        let mut checks = Vec::new();
        for (id, fact) in &self.facts {
            if matches!(
                fact.act,
                Act::IdCheck(_)
                    | Act::OriginalCheck(_)
                    | Act::FormalPass(_)
                    | Act::CorrectionSubmitted(_)
                    | Act::CorrectionNotice(_)
            ) {
                checks.extend_from_slice(id.as_bytes());
            }
        }
        Hash32::hash(
            "tongban/manifest/v1",
            &[self.genesis.as_bytes(), &text, &checks],
        )
    }

    /// Says whether the window's formal review passed the current submission.
    pub fn formally_passed(&self) -> bool {
        let current = self.submission();
        self.has(|act| matches!(act, Act::FormalPass(pass) if pass.submission == current))
    }

    /// Says whether the person was checked: one check passed, and each that failed was replaced.
    pub fn id_checked(&self) -> bool {
        self.has(|act| matches!(act, Act::IdCheck(check) if check.passed))
            && self.failed_id_checks().is_empty()
    }

    /// Failed identity checks that no passed check replaced.
    pub fn failed_id_checks(&self) -> Vec<EntryId> {
        self.picked(|act| match act {
            Act::IdCheck(check) if !check.passed => Some(()),
            _ => None,
        })
        .map(|(id, _, ())| id)
        .filter(|id| {
            !self.has(|act| {
                matches!(act, Act::IdCheck(check) if check.passed && check.replaces.contains(id))
            })
        })
        .collect()
    }

    /// Says whether a requirement's original was seen.
    pub fn original_seen(&self, requirement: &str) -> bool {
        self.has(|act| {
            matches!(act, Act::OriginalCheck(check)
                if check.seen.iter().any(|seen| seen == requirement))
        })
    }

    /// Notices that no submission answered.
    pub fn open_notices(&self) -> Vec<EntryId> {
        self.notices()
            .map(|(id, _)| id)
            .filter(|id| {
                !self.has(
                    |act| matches!(act, Act::CorrectionSubmitted(sub) if sub.notice == Some(*id)),
                )
            })
            .collect()
    }

    /// Every notice.
    pub fn notices(&self) -> impl Iterator<Item = (EntryId, &CorrectionNotice)> {
        self.picked(|act| match act {
            Act::CorrectionNotice(notice) => Some(notice),
            _ => None,
        })
        .map(|(id, _, notice)| (id, notice))
    }

    /// The day on which a notice reached the applicant.
    pub fn served_on(&self, notice: &EntryId) -> Option<Day> {
        let days = self.facts.values().filter_map(|fact| match &fact.act {
            Act::NoticeServed(served) if served.notice == *notice => Some(served.on),
            _ => None,
        });
        days.min()
    }

    /// Says whether a notice reached the applicant.
    pub fn notice_served(&self, notice: &EntryId) -> bool {
        self.has(|act| matches!(act, Act::NoticeServed(served) if served.notice == *notice))
    }

    /// The day of acceptance, by an officer or by lapse of time.
    pub fn accepted(&self) -> Option<Day> {
        self.facts.values().find_map(|fact| match &fact.act {
            Act::Accept(accept) => Some(accept.on),
            Act::DeemAccept(accept) => Some(accept.on),
            _ => None,
        })
    }

    /// Says whether acceptance was refused.
    pub fn not_accepted(&self) -> bool {
        self.has(|act| matches!(act, Act::NotAccept(_)))
    }

    /// Says whether the substantive review is on record.
    pub fn reviewed(&self) -> bool {
        self.has(|act| matches!(act, Act::SubstantiveReview(_)))
    }

    /// The decision.
    pub fn decided(&self) -> Option<&Decide> {
        self.facts.values().find_map(|fact| match &fact.act {
            Act::Decide(decide) => Some(decide),
            _ => None,
        })
    }

    /// Says whether the result left.
    pub fn result_sent(&self) -> bool {
        self.has(|act| matches!(act, Act::SendResult(_)))
    }

    /// Says whether the applicant has the result.
    pub fn served(&self) -> bool {
        self.has(|act| matches!(act, Act::Served(_)))
    }

    /// Says whether the case is closed.
    pub fn closed(&self) -> bool {
        self.has(|act| matches!(act, Act::Close))
    }

    /// The disputed acts, which only `Retract` resolves; of who holds the case a resolution says the last word, too.
    pub fn disputed(&self) -> impl Iterator<Item = (EntryId, &Fact)> {
        let taken = self.facts.values().filter_map(|fact| match &fact.act {
            Act::TakeOver(taken) if !fact.disputed => Some(&taken.batons),
            _ => None,
        });
        let settled: BTreeSet<EntryId> = taken.flatten().copied().collect();
        self.facts
            .iter()
            .filter(move |(id, fact)| fact.disputed && !settled.contains(id))
            .map(|(id, fact)| (*id, fact))
    }

    /// What the formal pass still lacks under a guide (E05): ids of mandatory materials that are not
    /// here, `original:` and the id where the original was not seen, `id-check`.
    pub fn missing(&self, guide: &Guide) -> Vec<String> {
        let handed_in = self.materials();
        let mut missing = Vec::new();
        for need in &guide.requirements {
            let here = handed_in
                .iter()
                .any(|material| material.requirement == need.id);
            if need.must && !here && !self.committed(&need.id) {
                missing.push(need.id.clone());
            }
            if need.original && here && !self.original_seen(&need.id) {
                missing.push(format!("original:{}", need.id));
            }
        }
        if guide.id_check && !self.id_checked() {
            missing.push("id-check".to_owned());
        }
        missing
    }

    /// Defects of notices that no correction has answered.
    pub fn open_defects(&self) -> Vec<Defect> {
        let open = self.open_notices();
        self.notices()
            .filter(|(id, _)| open.contains(id))
            .flat_map(|(_, notice)| notice.defects.iter().cloned())
            .collect()
    }

    /// The stage that a clerk sees, from the furthest fact.
    pub fn stage(&self) -> Stage {
        if let Some(ending) = self.ending() {
            return self.stage_at_the_end(ending);
        }
        if self.served() {
            return Stage::Served;
        }
        if self.result_sent() {
            return Stage::ResultOut;
        }
        if let Some(decide) = self.decided() {
            return match decide.outcome {
                Outcome::Granted => Stage::DecidedGranted,
                Outcome::OnCommitment => Stage::DecidedOnCommitment,
                Outcome::Refused => Stage::DecidedRefused,
            };
        }
        if self.accepted().is_some() {
            return self.stage_after_acceptance();
        }
        if self.deemed().is_some() {
            return Stage::DeemedAccepted;
        }
        if !self.open_notices().is_empty() {
            return Stage::ReturnedForCorrection;
        }
        if self.waiting_pushes().next().is_some() {
            return Stage::Pushed;
        }
        self.stage_before_acceptance()
    }

    fn stage_at_the_end(&self, ending: Ending) -> Stage {
        let both = self.archived(&self.receiver) && self.archived(&self.owner());
        match ending {
            Ending::Annulled => Stage::Annulled,
            _ if both => Stage::Archived,
            Ending::NotAccepted => Stage::NotAccepted,
            Ending::Redirected => Stage::Redirected,
            Ending::Withdrawn => Stage::Withdrawn,
            Ending::NoCorrection => Stage::ClosedNoCorrection,
            Ending::Closed => Stage::Closed,
        }
    }

    fn stage_after_acceptance(&self) -> Stage {
        if self.special_open().is_some() {
            Stage::SpecialProcedure
        } else if self.extended().is_some() {
            Stage::Extended
        } else if self.reviewed() || self.subs().iter().any(|sub| sub.taken.is_some()) {
            Stage::UnderReview
        } else if self.deemed() == Some(true) {
            Stage::DeemedAccepted
        } else {
            Stage::Accepted
        }
    }

    fn stage_before_acceptance(&self) -> Stage {
        // Online the owner has the papers from the beginning: what it passed is in its hands.
        if self.receive.mode == Mode::A && self.open_notices().is_empty() {
            return match (self.formally_passed(), self.submission() > 1) {
                (true, _) => Stage::Acked,
                (false, true) => Stage::Resubmitted,
                (false, false) => Stage::Submitted,
            };
        }
        let at_receiver = self.holders().iter().all(|city| *city == self.receiver);
        match (at_receiver, self.submission() > 1, self.formally_passed()) {
            (false, true, _) => Stage::Resubmitted,
            (false, false, _) => Stage::Acked,
            (true, _, true) => Stage::Checked,
            (true, true, false) => Stage::Resubmitted,
            (true, false, false) => Stage::Received,
        }
    }
}

fn submitted(act: &Act) -> Option<(Day, &[Material])> {
    match act {
        Act::CorrectionSubmitted(submitted) => Some((submitted.on, &submitted.materials)),
        _ => None,
    }
}
