//! The terms of an agreement and its lists as they stand now.

use tongban_identity::CityId;
use tongban_ledger::agreement::{Standing, View, differences};
use tongban_ledger::answer::lists::{
    AdoptedAnswer, BatchAnswer, ImplementingAnswer, ListsAnswer, NominationAnswer, ProposalAnswer,
    StanceAnswer,
};
use tongban_ledger::answer::{GrantAnswer, GuideAnswer, JointAnswer, LiveAnswer, TermsAnswer};
use tongban_ledger::calendar::Day;
use tongban_ledger::command::CalendarTerms;
use tongban_ledger::command::lists::RecognitionTerms;

use crate::engine::Engine;

impl Engine {
    pub(super) fn terms_answer(&self, view: &View<'_>, today: Day) -> TermsAnswer {
        let annex = &view.terms().annex;
        let guides = view.guides().map(|guide| GuideAnswer {
            item: guide.item.clone(),
            owner: self.division(&guide.owner),
            version: guide.version,
            effective: guide.effective,
            requirements: guide.requirements.clone(),
            id_check: guide.id_check,
            texts: guide.texts.clone(),
        });
        let live = view.activations().into_iter().map(|live| LiveAnswer {
            item: live.item.clone(),
            receiver: self.division(&live.receiver),
            owner: self.division(&live.owner),
            guide: live.guide,
            effective: live.effective,
            suspended: view.suspended(&live.item, &live.owner),
            until: live.until,
            modes: live.modes.clone(),
        });
        let grants = view.grants().into_iter();
        let grants = grants.map(|(id, grant, in_force, withdrawn)| GrantAnswer {
            grant: id.map(|id| id.to_string()),
            grantor: self.division(&grant.grantor),
            grantee: self.division(&grant.grantee),
            items: grant.items.clone(),
            powers: grant.powers.clone(),
            in_force,
            withdrawn,
            from: grant.from,
            until: grant.until,
        });
        let joint = annex.joint.iter().map(|joint| JointAnswer {
            item: joint.item.clone(),
            lead: self.division(&joint.lead),
            partner: self.division(&joint.partner),
            steps: joint.steps.clone(),
            feedback: joint.feedback,
            days: joint.days,
        });
        let recognition = annex.recognition.iter().map(|known| RecognitionTerms {
            cert_type: known.cert_type.clone(),
            issuer: known.issuer,
            accepted_by: known
                .accepted_by
                .iter()
                .map(|city| self.division(city))
                .collect(),
            from: known.from,
        });
        TermsAnswer {
            items: view.items().into_iter().cloned().collect(),
            guides: guides.collect(),
            live: live.collect(),
            grants: grants.collect(),
            postage: view.postage_rules().into_iter().cloned().collect(),
            joint: joint.collect(),
            limits: *view.limits(),
            calendars: annex.calendars.iter().map(CalendarTerms::of).collect(),
            channels: annex.channels.clone(),
            recognition: recognition.collect(),
            lists: self.lists_answer(view, today),
            decisions: self.decision_answers(view),
            netting: view.netting(today),
        }
    }

    fn lists_answer(&self, view: &View<'_>, today: Day) -> ListsAnswer {
        let annex = &view.terms().annex;
        let progress = view.progress(today);
        let batches = view.batches().into_iter().zip(&progress.batches);
        let batches = batches.map(|(batch, (_, live, total))| BatchAnswer {
            id: batch.id.clone(),
            list: batch.list,
            seq: batch.seq,
            due: batch.due,
            live: *live,
            total: *total,
            rows: batch.rows.clone(),
        });
        let records = annex.implementing.iter().map(|record| ImplementingAnswer {
            item: record.item.clone(),
            city: self.division(&record.city),
            scheme: record.scheme.clone(),
            code: record.code.clone(),
            dept: record.dept.clone(),
            name: record.name.clone(),
            basis: record.basis.clone(),
        });
        ListsAnswer {
            live: progress.live,
            total: progress.total,
            batches: batches.collect(),
            proposals: self.proposals(view),
            nominations: self.nominations(view),
            implementing: records.collect(),
            differences: differences(&annex.items, &annex.implementing),
        }
    }

    fn proposals(&self, view: &View<'_>) -> Vec<ProposalAnswer> {
        let endings = view.endings();
        let each = view.proposals().into_iter().map(|(id, supplement)| {
            let adopters = view.adopters(&id);
            let standing = view.batch_standing(&id);
            let rows = supplement.activations.iter();
            let live = rows.filter(|row| {
                let mut kept = adopters.iter();
                !kept.any(|(by, list)| list.iter().any(|except| except.keeps_out(by, row)))
            });
            let refused = endings.get(&id).map(|ending| self.refusals(ending));
            let signed = |city: &CityId| adopters.iter().any(|(by, _)| by == city);
            let waiting = match standing {
                Standing::Open => self.unsigned_of(view, &id, signed),
                _ => Vec::new(),
            };
            ProposalAnswer {
                proposal: id.to_string(),
                batch: supplement.batch.id.clone(),
                effective: supplement.effective,
                items: supplement.batch.rows.len(),
                pairs: supplement.activations.len(),
                waiting,
                adopted: adopters
                    .iter()
                    .map(|(by, except)| AdoptedAnswer {
                        city: self.division(by),
                        except: except.to_vec(),
                    })
                    .collect(),
                in_force: standing == Standing::Adopted,
                standing: standing.name().to_owned(),
                by: view.proposer(&id).map(|city| self.division(&city)),
                refused: refused.unwrap_or_default(),
                text: supplement.text().to_string(),
                live_pairs: live.count(),
            }
        });
        each.collect()
    }

    fn nominations(&self, view: &View<'_>) -> Vec<NominationAnswer> {
        let each = view.nominations().into_iter().map(|(by, nominate)| {
            let stances = view.stances(&nominate.item).into_iter();
            let of_round = stances.filter(|(_, said)| said.round == nominate.round);
            let objections = view.objections(&nominate.item);
            NominationAnswer {
                item: nominate.item.clone(),
                name: nominate.name.clone(),
                round: nominate.round,
                by: self.division(&by),
                cases_a_year: nominate.cases_a_year,
                stances: of_round
                    .map(|(city, said)| StanceAnswer {
                        city: self.division(&city),
                        stance: said.stance,
                        reason: said.reason.clone(),
                    })
                    .collect(),
                objections: objections.iter().map(|city| self.division(city)).collect(),
            }
        });
        each.collect()
    }
}
