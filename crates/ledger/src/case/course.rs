//! How far a case has come beside the straight way: accepted by lapse of time, paused, extended, withdrawn,
//! redirected, ended.

use std::collections::BTreeSet;

use tongban_identity::{CityId, Hash32};

use super::act::{Act, Commitment, DeemDue, NoticeServed};
use super::state::State;
use crate::agreement::{Guide, Mode, View};
use crate::calendar::{CalendarMissing, Day, Pause};
use crate::id::EntryId;

/// How a case ended other than by [`Act::Close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// 不予受理.
    NotAccepted,
    /// 告知向有权机关申请: the competent organ is no member.
    Redirected,
    /// 撤回.
    Withdrawn,
    /// 补正超时.
    NoCorrection,
    /// 撤销.
    Annulled,
    /// 办结.
    Closed,
}

/// Whether an act says something about a case that is over.
fn said_afterwards(act: &Act) -> bool {
    matches!(
        act,
        Act::Archive(_)
            | Act::Rate(_)
            | Act::FollowUp(_)
            | Act::Complain(_)
            | Act::Supervise(_)
            | Act::Reply(_)
            | Act::Contact(_)
            | Act::BackFlow(_)
    )
}

/// Working days for the one-time notice (行政许可法 32).
pub const NOTICE_DAYS: u32 = 5;

impl State {
    /// The city that holds the power over the case: the owner named at receipt, or the one that took it from the
    /// window in its place, or the one to which it was redirected since.
    pub fn owner(&self) -> CityId {
        let took = self.took_from_window();
        let mut owner = match took.first() {
            Some(only) if took.len() == 1 => *only,
            _ => self.receive.owner,
        };
        // Each redirection names another city, so the walk is no longer than their number.
        for _ in 0..self.facts.len() {
            match self.redirected_by(&owner) {
                Some(next) if next != owner => owner = next,
                _ => break,
            }
        }
        owner
    }

    /// Whether a city holds the power over the case; after a double push each city that took it does, until one yields.
    pub fn is_owner(&self, city: &CityId) -> bool {
        let took = self.took_from_window().contains(city) && self.redirected_by(city).is_none();
        took || self.owner() == *city
    }

    /// The cities that took the case from the window. A resolution that gives it back to the window's own city moves the
    /// papers there and no power; who takes them then, where nobody had before, took them from the window.
    fn took_from_window(&self) -> BTreeSet<CityId> {
        let claims = self.claims();
        let mut window = BTreeSet::from([0]);
        let mut took = BTreeSet::new();
        // A claim comes after the one that it was taken from.
        for (index, claim) in claims.iter().enumerate() {
            if claim.parent.is_some_and(|parent| window.contains(&parent)) {
                match claim.city == self.receiver {
                    true => window.insert(index),
                    false => took.insert(claim.city),
                };
            }
        }
        took
    }

    /// The member city to which a city redirected the case.
    pub fn redirected_by(&self, city: &CityId) -> Option<CityId> {
        self.facts.values().find_map(|fact| match &fact.act {
            Act::Redirect(redirect) if fact.by == *city => redirect.to,
            _ => None,
        })
    }

    /// Whether the city of the window holds the power itself: modes A and D, until it redirects the case.
    pub fn own_power(&self) -> bool {
        self.receiver == self.owner()
    }

    /// How the case ended, if it did.
    pub fn ending(&self) -> Option<Ending> {
        let found = |wanted: fn(&Act) -> bool| self.facts.values().any(|fact| wanted(&fact.act));
        if found(|act| matches!(act, Act::Annul(_))) {
            Some(Ending::Annulled)
        } else if found(|act| matches!(act, Act::Close)) {
            Some(Ending::Closed)
        } else if found(|act| matches!(act, Act::WithdrawGrant(_))) {
            Some(Ending::Withdrawn)
        } else if found(|act| matches!(act, Act::NotAccept(_))) {
            Some(Ending::NotAccepted)
        } else if found(|act| matches!(act, Act::NoCorrection(_))) {
            Some(Ending::NoCorrection)
        } else if found(|act| matches!(act, Act::Redirect(redirect) if redirect.to.is_none())) {
            Some(Ending::Redirected)
        } else {
            None
        }
    }

    /// The last day on which the act that ended the case was signed.
    pub fn ended_on(&self) -> Option<Day> {
        let ends = |act: &Act| {
            matches!(
                act,
                Act::Annul(_)
                    | Act::Close
                    | Act::WithdrawGrant(_)
                    | Act::NotAccept(_)
                    | Act::NoCorrection(_)
                    | Act::Redirect(_)
            )
        };
        self.ending()?;
        let facts = self.facts.values().filter(|fact| ends(&fact.act));
        facts.map(|fact| fact.day()).max()
    }

    /// The announcement that the five days of the current submission passed without a notice.
    pub fn deem_due(&self) -> Option<(EntryId, &DeemDue)> {
        let current = self.submission();
        self.facts.iter().find_map(|(id, fact)| match &fact.act {
            Act::DeemDue(due) if due.submission == current => Some((*id, due)),
            _ => None,
        })
    }

    /// Whether the case counts as accepted because nobody answered in time, and until its holder says so.
    pub fn deemed(&self) -> Option<bool> {
        let said = |act: &Act| matches!(act, Act::DeemAccept(_));
        if self.facts.values().any(|fact| said(&fact.act)) {
            Some(true)
        } else if self.accepted().is_none() && self.ending().is_none() && self.deem_due().is_some()
        {
            Some(false)
        } else {
            None
        }
    }

    /// Whether somebody says that a notice was served before the five days were over that R says were not used:
    /// officers of both cities decide it together (E12).
    pub fn deem_contested(&self) -> bool {
        let Some((_, due)) = self.deem_due() else {
            return false;
        };
        self.picked(|act| match act {
            Act::NoticeServed(NoticeServed { notice, on, .. }) => Some((*notice, *on)),
            _ => None,
        })
        .any(|(_, _, (notice, on))| {
            on <= due.expired
                && self
                    .notices()
                    .any(|(id, asked)| id == notice && asked.submission == due.submission)
        })
    }

    /// The last day for the one-time notice of the current submission.
    ///
    /// # Errors
    /// The working days of a year are not known.
    pub fn notice_due(&self, view: &View<'_>) -> Result<Day, CalendarMissing> {
        view.calendar().due(self.papers_day(), NOTICE_DAYS)
    }

    /// Special procedures, as pauses of the decision's clock.
    pub fn pauses(&self) -> Vec<Pause> {
        self.picked(|act| match act {
            Act::SpecialStart(start) => Some(start.on),
            _ => None,
        })
        .map(|(id, _, from)| (from, self.special_end(&id)))
        .collect()
    }

    /// The special procedure that is not over, if there is one.
    pub fn special_open(&self) -> Option<EntryId> {
        self.picked(|act| matches!(act, Act::SpecialStart(_)).then_some(()))
            .map(|(id, _, ())| id)
            .find(|id| self.special_end(id).is_none())
    }

    /// The day on which a special procedure ended.
    pub fn special_end(&self, start: &EntryId) -> Option<Day> {
        self.facts.values().find_map(|fact| match &fact.act {
            Act::SpecialEnd(end) if end.start == *start => Some(end.on),
            _ => None,
        })
    }

    /// By how many working days the decision was extended.
    pub fn extended(&self) -> Option<u16> {
        self.facts.values().find_map(|fact| match &fact.act {
            Act::Extend(extend) => Some(extend.days),
            _ => None,
        })
    }

    /// A request to withdraw that was not answered.
    pub fn withdrawal(&self) -> Option<EntryId> {
        self.picked(|act| matches!(act, Act::WithdrawRequest(_)).then_some(()))
            .map(|(id, _, ())| id)
            .find(|request| {
                !self.facts.values().any(|fact| match &fact.act {
                    Act::WithdrawGrant(grant) => grant.request == *request,
                    Act::WithdrawRefuse(refuse) => refuse.request == *request,
                    _ => false,
                })
            })
    }

    /// Commitments whose papers were not checked as handed in.
    pub fn open_commitments(&self) -> Vec<(EntryId, &Commitment)> {
        self.picked(|act| match act {
            Act::Commitment(commitment) => Some(commitment),
            _ => None,
        })
        .filter(|(id, _, _)| {
            !self.facts.values().any(|fact| {
                matches!(&fact.act, Act::CommitmentChecked(check)
                    if check.commitment == *id && check.kept)
            })
        })
        .map(|(id, _, commitment)| (id, commitment))
        .collect()
    }

    /// Whether the applicant committed to hand in a material later.
    pub fn committed(&self, requirement: &str) -> bool {
        self.open_commitments()
            .iter()
            .any(|(_, commitment)| commitment.missing.iter().any(|id| id == requirement))
    }

    /// The pre-review of the current submission, and whether it passed.
    pub fn pre_review(&self) -> Option<(EntryId, bool)> {
        let current = self.submission();
        self.facts
            .iter()
            .filter_map(|(id, fact)| match &fact.act {
                Act::PreReview(review) if review.submission == current => {
                    Some((*id, review.passed))
                }
                _ => None,
            })
            .max_by_key(|(_, passed)| *passed)
    }

    /// Whether the paper was compared with what another officer passed before, and all of it is the same.
    pub fn compared_same(&self) -> bool {
        let Some((review, true)) = self.pre_review() else {
            return false;
        };
        let reviewer = self.facts.get(&review).and_then(|fact| fact.act.officer());
        if reviewer == Some(&self.receive.officer) {
            return false;
        }
        let compared = |act: &Act| match act {
            Act::Compared(compared) if compared.review == review => {
                Some(compared.different.is_empty())
            }
            _ => None,
        };
        let found: Vec<bool> = self
            .facts
            .values()
            .filter_map(|fact| compared(&fact.act))
            .collect();
        !found.is_empty() && found.into_iter().all(|same| same)
    }

    /// The version of the guide by which the papers are judged: that of the receipt, or a newer one that a notice
    /// cited.
    pub fn guide_version(&self) -> u32 {
        let cited = self.notices().map(|(_, notice)| notice.guide);
        cited.fold(self.receive.guide, u32::max)
    }

    /// The guide that would have been the right one at receipt, where the window followed an older one in good
    /// faith.
    pub fn stale_guide(&self, view: &View<'_>) -> Option<u32> {
        let receive = &self.receive;
        let newest = view.newest_guide(
            &receive.item,
            &receive.owner,
            receive.guide,
            receive.received,
        )?;
        (newest.version > receive.guide).then_some(newest.version)
    }

    /// The guide by which the papers are judged.
    pub fn guide<'a>(&self, view: &View<'a>) -> Option<&'a Guide> {
        let receive = &self.receive;
        let version = self.guide_version();
        // The receipt names the text of its own version; a later one is named by nothing but its number.
        let text = receive.text.as_ref().filter(|_| version == receive.guide);
        view.guide_text(&receive.item, &receive.owner, version, text)
    }

    /// Whether the applicant gets the certificate twice: an electronic one, and paper as asked for.
    pub fn two_certs(&self) -> bool {
        let issued = |electronic: bool| {
            let mut facts = self.facts.values();
            facts.any(
                |fact| matches!(&fact.act, Act::IssueCert(cert) if cert.electronic == electronic),
            )
        };
        issued(true) && issued(false)
    }

    /// The days on which the applicant got something, ascending.
    pub fn services(&self) -> Vec<Day> {
        let served = self.facts.values().filter_map(|fact| match &fact.act {
            Act::Served(served) => Some(served.on),
            _ => None,
        });
        let mut days: Vec<Day> = served.collect();
        days.sort();
        days
    }

    /// Whether the applicant has one form of the certificate and waits for the other: a task that is left when the case
    /// is closed.
    pub fn second_service_open(&self) -> bool {
        self.two_certs() && self.services().len() == 1
    }

    /// How often the applicant had to come: once to hand in, once for each correction; never in mode A.
    pub fn trips(&self) -> u32 {
        if self.receive.mode == Mode::A {
            0
        } else {
            self.submission()
        }
    }

    /// Hash of what an archive holds: the course of the case with its notices and proofs, without what may
    /// still be said about it.
    pub fn package(&self) -> Hash32 {
        let mut ids = Vec::new();
        for (id, fact) in &self.facts {
            if !said_afterwards(&fact.act) {
                ids.extend_from_slice(id.as_bytes());
            }
        }
        Hash32::hash("tongban/package/v1", &[self.genesis.as_bytes(), &ids])
    }

    /// Whether a city archived the case.
    pub fn archived(&self, city: &CityId) -> bool {
        self.facts
            .values()
            .any(|fact| matches!(fact.act, Act::Archive(_)) && fact.by == *city)
    }
}
