//! Commands of chained resolutions, and of a city that joins an agreement.

use tongban_ledger::agreement::resolution::{Measure, Motion, Override, Polled, Replace};
use tongban_ledger::agreement::{Act, Ballot, Founder, Nullify};
use tongban_ledger::answer::Done;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Founding, resolution as args};
use tongban_ledger::{AgreementId, EntryId, MotionId};

use super::agreement::agreement_done;
use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::founding::{read_founding, read_invitation};

impl Engine {
    /// Opens an agreement of other cities and waits until they admit this one. People compare the founders'
    /// fingerprints before, as founders do; this node signs nothing until the members' certificate is here.
    pub(super) fn join_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Founding,
    ) -> Result<Done, CommandError> {
        let founding = read_founding(&args.founding)
            .map_err(|error| refuse(error.code(), error.to_string()))?;
        let mut founders = founding.found.founders.iter();
        if founders.any(|founder| founder.city == self.own.city) {
            return Err(refuse(Code::Already, "this city is a founder"));
        }
        self.keep_cert_bytes(ctx.store, &founding.cert.to_vec())?;
        let agreement = AgreementId::from(founding.genesis.document);
        self.open_agreement(ctx, &founding.genesis)??;
        self.note_own_city();
        self.ask_back_anew(None);
        Ok(Done {
            document: agreement.to_string(),
            ..Done::default()
        })
    }

    /// 动议.
    pub(super) fn propose_resolution(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Propose,
    ) -> Result<Done, CommandError> {
        let stuck = self.stuck_case(ctx, args)?;
        let agreement = match (&stuck, args.agreement.as_deref()) {
            (Some((of, _)), None) => *of,
            (_, named) => self.agreement(named)?,
        };
        if stuck.as_ref().is_some_and(|(of, _)| *of != agreement) {
            return Err(refuse(Code::Agreement, "override"));
        }
        let measure = self.measure(&agreement, args, stuck.map(|(_, named)| named))?;
        let motion = Box::new(Motion {
            measure,
            basis: args.basis.clone(),
        });
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Move(motion))?;
        Ok(agreement_done(agreement, entry))
    }

    /// Who is to hold a stuck case of this city, with the case's agreement.
    fn stuck_case(
        &mut self,
        ctx: &Ctx<'_>,
        args: &args::Propose,
    ) -> Result<Option<(AgreementId, Override)>, CommandError> {
        let Some(stuck) = &args.stuck else {
            return Ok(None);
        };
        let (document, state) = self.case_state(ctx, &stuck.case)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let holder = self.with_view(&agreement, |view| {
            view.by_division(stuck.holder).map(|member| member.city)
        });
        let about = || stuck.holder.to_string();
        let holder = holder.flatten();
        let holder = holder.ok_or_else(|| refuse(Code::NotMember, about()))?;
        if !state.is_party(&holder) {
            return Err(refuse(Code::NotParty, about()));
        }
        if state.ending().is_some() {
            return Err(refuse(Code::State, stuck.case.clone()));
        }
        let case = state.override_mark();
        Ok(Some((agreement, Override { case, holder })))
    }

    fn measure(
        &self,
        agreement: &AgreementId,
        args: &args::Propose,
        stuck: Option<Override>,
    ) -> Result<Measure, CommandError> {
        let mut measures: Vec<Measure> = stuck.map(Measure::Override).into_iter().collect();
        if let Some(text) = &args.admit {
            measures.push(Measure::Admit(invited(text)?));
        }
        if let Some(division) = args.remove {
            let city = self.with_view(agreement, |view| {
                view.by_division(division).map(|member| member.city)
            });
            let city = city.flatten();
            let city = city.ok_or_else(|| refuse(Code::NotMember, division.to_string()))?;
            measures.push(Measure::Remove(city));
        }
        if let Some(text) = &args.replace {
            let card = invited(text)?;
            let member = self.with_view(agreement, |view| {
                view.by_division(card.division).map(|member| member.city)
            });
            let city = member.flatten();
            let city = city.ok_or_else(|| refuse(Code::NotMember, card.division.to_string()))?;
            measures.push(Measure::Replace(Replace {
                root: card.city,
                city: Founder { city, ..card },
            }));
        }
        measures.extend(args.thresholds.map(Measure::Thresholds));
        measures.extend(args.rules.map(Measure::Rules));
        match (measures.pop(), measures.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(refuse(Code::Argument, "measure")),
        }
    }

    /// 表决.
    pub(super) fn vote_resolution(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Ballot,
    ) -> Result<Done, CommandError> {
        let (agreement, ballot) = self.ballot(args)?;
        self.say_in_round(ctx, agreement, Act::Vote(ballot))
    }

    /// 确认, where the node did not do it by itself.
    pub(super) fn commit_resolution(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Ballot,
    ) -> Result<Done, CommandError> {
        let (agreement, ballot) = self.ballot(args)?;
        self.say_in_round(ctx, agreement, Act::Commit(ballot))
    }

    /// 放弃本轮.
    pub(super) fn nullify_round(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Nullify,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let nullify = self.with_view(&agreement, |view| {
            let polled = Polled::of(view);
            Nullify {
                parent: polled.standing().head,
                round: args.round.unwrap_or(polled.round()),
            }
        });
        let nullify = nullify.ok_or(Code::Agreement)?;
        self.say_in_round(ctx, agreement, Act::Nullify(nullify))
    }

    /// Signs a word in a round, unless this city may have said another that it forgot.
    fn say_in_round(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        act: Act,
    ) -> Result<Done, CommandError> {
        let concerned = self.with_view(&agreement, |view| {
            let polled = Polled::of(view);
            match &act {
                Act::Vote(on) | Act::Commit(on) => {
                    let motion = polled.motion(&on.motion);
                    let concerned = motion.and_then(|motion| motion.concerns());
                    concerned.into_iter().collect()
                }
                // People who give a round up know who is gone: who is to be removed, or to have another key.
                _ => polled.concerned(),
            }
        });
        let waits = self.votes_wait_for(&agreement, &concerned.unwrap_or_default());
        if !waits.is_empty() {
            let cities: Vec<String> = waits.iter().map(ToString::to_string).collect();
            return Err(refuse(Code::Restoring, cities.join(" ")));
        }
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    fn ballot(&self, args: &args::Ballot) -> Result<(AgreementId, Ballot), CommandError> {
        let (agreement, motion) = self.find_motion(args.agreement.as_deref(), &args.motion)?;
        let ballot = self.with_view(&agreement, |view| {
            let polled = Polled::of(view);
            Ballot {
                parent: polled.standing().head,
                round: args.round.unwrap_or(polled.round()),
                motion,
            }
        });
        Ok((agreement, ballot.ok_or(Code::Agreement)?))
    }

    /// A motion by its id, by the entry that put it, or by a unique beginning of either; in a named agreement, or in
    /// any.
    pub(crate) fn find_motion(
        &self,
        agreement: Option<&str>,
        named: &str,
    ) -> Result<(AgreementId, MotionId), CommandError> {
        let agreements: Vec<AgreementId> = match agreement {
            Some(agreement) => vec![self.agreement(Some(agreement))?],
            None => self.agreements.keys().copied().collect(),
        };
        let wanted = named.trim().to_ascii_lowercase();
        let mut hits: Vec<(AgreementId, MotionId)> = Vec::new();
        for agreement in agreements {
            let fits = |id: MotionId, entry: EntryId| {
                id.to_string().starts_with(&wanted) || entry.to_string().starts_with(&wanted)
            };
            let found = self.with_view(&agreement, |view| view.motions_put());
            let found = found.unwrap_or_default().into_iter();
            let found = found.filter(|(entry, id)| fits(*id, *entry));
            for (_, id) in found {
                if !hits.contains(&(agreement, id)) {
                    hits.push((agreement, id));
                }
            }
        }
        match hits.as_slice() {
            _ if wanted.len() < PREFIX_MIN => Err(refuse(Code::NotFound, named)),
            [only] => Ok(*only),
            [] => Err(refuse(Code::NotFound, named)),
            _ => Err(refuse(Code::Ambiguous, named)),
        }
    }
}

fn invited(text: &str) -> Result<Founder, CommandError> {
    read_invitation(text).map_err(|error| refuse(error.code(), error.to_string()))
}
