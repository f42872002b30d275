//! Proposals beside batches as they stand, and what is told of batches that ended.

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::EntryId;
use tongban_ledger::agreement::{Decision, Ending, Guide, Standing, Subject, View};
use tongban_ledger::answer::decide::{DecisionAnswer, RefusedAnswer};
use tongban_ledger::command::decide::{Shares, SubjectTerms};
use tongban_ledger::command::{CalendarTerms, GuideTerms};

use crate::engine::Engine;

impl Engine {
    pub(super) fn decision_answers(&self, view: &View<'_>) -> Vec<DecisionAnswer> {
        let decisions = view.decisions().into_iter();
        decisions
            .map(|decision| self.decision_answer(view, &decision))
            .collect()
    }

    fn decision_answer(&self, view: &View<'_>, decision: &Decision<'_>) -> DecisionAnswer {
        let slot = decision.slot();
        let proposal = decision.proposal;
        let waiting = match decision.standing {
            Standing::Open => {
                let signed = |city: &CityId| decision.adopted.contains(city);
                self.unsigned_of(view, &decision.id, signed)
            }
            _ => Vec::new(),
        };
        DecisionAnswer {
            proposal: decision.id.to_string(),
            code: proposal.code.clone(),
            kind: slot.kind.to_owned(),
            about: slot.about,
            version: proposal.version,
            by: self.division(&decision.by),
            body: proposal.body,
            text: proposal.text().to_string(),
            subject: self.subject_terms(&proposal.subject),
            adopted: self.divisions(decision.adopted.iter()),
            waiting,
            refused: self.refusals(&decision.ending),
            standing: decision.standing.name().to_owned(),
            disputed: decision.disputed,
            effective: proposal.subject.effective(),
        }
    }

    /// The cities whose signature a proposal or a batch needs and has not, in the order of the members.
    pub(super) fn unsigned_of(
        &self,
        view: &View<'_>,
        proposal: &EntryId,
        signed: impl Fn(&CityId) -> bool,
    ) -> Vec<DivisionCode> {
        let needed = view.signers_of(proposal).into_iter();
        let rest = needed.filter(|city| !signed(city));
        rest.map(|city| self.division(&city)).collect()
    }

    pub(super) fn refusals(&self, ending: &Ending<'_>) -> Vec<RefusedAnswer> {
        let refused = ending.refused.iter().map(|(city, reason)| RefusedAnswer {
            city: self.division(city),
            reason: (*reason).to_owned(),
        });
        refused.collect()
    }

    fn subject_terms(&self, subject: &Subject) -> SubjectTerms {
        match subject {
            Subject::Postage(rule) => SubjectTerms::Postage(rule.clone()),
            Subject::Calendar(year) => SubjectTerms::Calendar(CalendarTerms::of(year)),
            Subject::Limits(limits) => SubjectTerms::Limits(*limits),
            Subject::Netting(rule) => SubjectTerms::Netting(*rule),
            Subject::Guides(guides) => SubjectTerms::Guide(self.guide_terms(guides)),
            Subject::Reallocation(of) => {
                let shares = of.shares.iter();
                let shares = shares.map(|one| (self.division(&one.city), one.amount.fen().get()));
                SubjectTerms::Reallocation(Shares {
                    mark: Some(of.line.to_string()),
                    shares: shares.collect(),
                    ..Shares::default()
                })
            }
        }
    }

    /// The guides of one proposal as people write them: the first text, and for whom it is.
    fn guide_terms(&self, guides: &[Guide]) -> GuideTerms {
        let owners = guides.iter().map(|guide| self.division(&guide.owner));
        let first = guides.first();
        GuideTerms {
            item: first.map(|guide| guide.item.clone()).unwrap_or_default(),
            owners: owners.collect(),
            version: first.map_or(0, |guide| guide.version),
            effective: first.map_or(
                tongban_ledger::calendar::Day::from_unix_beijing(0),
                |guide| guide.effective,
            ),
            id_check: first.is_some_and(|guide| guide.id_check),
            requirements: first
                .map(|guide| guide.requirements.clone())
                .unwrap_or_default(),
            texts: first.and_then(|guide| guide.texts.clone()),
        }
    }
}
