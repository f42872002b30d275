//! Commands of consults, and what of a case names one.

use tongban_identity::CityId;
use tongban_ledger::agreement::View;
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{self, Case, Officer};
use tongban_ledger::code::Code;
use tongban_ledger::command::consult as args;
use tongban_ledger::consult::{Act, Answer, Ask, Consult, Mark, State, Video, VideoSigned};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

/// The longest place of a recording, in bytes.
const RECORDING_BYTES_MAX: usize = 1_024;

impl Engine {
    /// 提问: opens a consult.
    pub(super) fn ask_consult(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Ask,
    ) -> Result<Done, CommandError> {
        let day = ctx.now.day();
        let (agreement, to) = self.agreement_to_ask(args, day)?;
        let own = self.own.city;
        let guide = self
            .with_view(&agreement, |view| guide_asked(view, args, &own, &to, day))
            .ok_or(Code::Agreement)?
            .map_err(|code| refuse(code, args.item.clone()))?;
        let act = Act::Ask(Ask {
            to,
            item: args.item.clone(),
            guide,
            materials: args.materials.clone(),
            officer: Officer(args.officer.clone()),
        });
        let entry = self.sign_genesis::<Consult>(
            ctx,
            agreement,
            DocumentKind::Consult,
            &act,
            words(&args.text),
        )?;
        Ok(consult_done(entry.into(), entry))
    }

    /// The agreement under which an item is live for a city asked: of several the first.
    fn agreement_to_ask(
        &self,
        args: &args::Ask,
        day: Day,
    ) -> Result<(AgreementId, CityId), CommandError> {
        let own = self.own.city;
        let found = self.memberships(args.to)?;
        let live = found.iter().find(|(agreement, to)| {
            let live = |view: &View<'_>| guide_asked(view, args, &own, to, day).is_ok();
            self.with_view(agreement, live).unwrap_or(false)
        });
        Ok(*live.unwrap_or(&found[0]))
    }

    /// 答复.
    pub(super) fn answer_consult(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Answer,
    ) -> Result<Done, CommandError> {
        let (document, _) = self.consult_state(ctx, &args.consult)?;
        let act = Act::Answer(Answer {
            verdict: args.verdict,
            defects: args.defects.clone(),
            officer: Officer(args.officer.clone()),
        });
        let entry = self.sign_act::<Consult>(ctx, &document, &act, words(&args.text))?;
        Ok(consult_done(document, entry))
    }

    /// 视频会商: records one.
    pub(super) fn record_video(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Video,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.consult_state(ctx, &args.consult)?;
        self.may_consult(ctx, &document, &args.officer)?;
        let recording = args.recording_hash.as_ref().map(|hash| hash.parse());
        let recording = recording
            .transpose()
            .map_err(|_| refuse(Code::Argument, "recording_hash"))?;
        if args.recording_ref.len() > RECORDING_BYTES_MAX {
            return Err(refuse(Code::TooLarge, "recording_ref"));
        }
        let (ours, theirs) = (people(&args.ours), people(&args.theirs));
        let (askers, asked) = match state.from == self.own.city {
            true => (ours, theirs),
            false => (theirs, ours),
        };
        let mut points = args.points.clone();
        points.sort();
        points.dedup();
        let act = Act::Video(Video {
            started: args.started,
            ended: args.ended,
            askers,
            asked,
            complete: args.complete,
            points,
            recording,
            officer: Officer(args.officer.clone()),
        });
        let private = Private {
            recording: (!args.recording_ref.is_empty()).then(|| args.recording_ref.clone()),
            ..words(&args.text)
        };
        let entry = self.sign_act::<Consult>(ctx, &document, &act, private)?;
        Ok(consult_done(document, entry))
    }

    /// Signs the other city's record of a video consult: the one named, else the only one that waits.
    pub(super) fn sign_video(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::SignVideo,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.consult_state(ctx, &args.consult)?;
        let video = self.video_to_sign(&state, args.video.as_deref())?;
        self.may_consult(ctx, &document, &args.officer)?;
        let act = Act::VideoSigned(VideoSigned {
            video,
            officer: Officer(args.officer.clone()),
        });
        let entry = self.sign_act::<Consult>(ctx, &document, &act, Private::default())?;
        Ok(consult_done(document, entry))
    }

    /// Whether this city's roster, where it published one, lets an officer sign a video consult.
    ///
    /// # Errors
    /// [`Code::Officer`] for one that it does not know, or not in a role that speaks with other cities.
    fn may_consult(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        officer: &str,
    ) -> Result<(), CommandError> {
        let agreement = self.record(ctx.store, document)?.map(|of| of.agreement);
        let agreement = agreement.ok_or(Code::NotFound)?;
        let own = self.own.city;
        let page = self.roster_page(ctx, &agreement, &own)?;
        match page {
            Some(page) if !page.book().may_consult(officer, ctx.now.day()) => {
                Err(refuse(Code::Officer, officer))
            }
            _ => Ok(()),
        }
    }

    fn video_to_sign(&self, state: &State, named: Option<&str>) -> Result<EntryId, CommandError> {
        let fits: Vec<EntryId> = match named.map(|named| named.trim().to_ascii_lowercase()) {
            Some(named) if named.len() >= PREFIX_MIN => {
                let all = state.videos.keys().copied();
                all.filter(|id| id.to_string().starts_with(&named))
                    .collect()
            }
            Some(_) => Vec::new(),
            None => state.unsigned_by(&self.own.city).collect(),
        };
        match fits.as_slice() {
            [only] => Ok(*only),
            [] => Err(refuse(Code::NotFound, "video")),
            several => {
                let ids: Vec<String> = several
                    .iter()
                    .map(|id| id.to_string().chars().take(12).collect())
                    .collect();
                Err(refuse(Code::Ambiguous, ids.join(", ")))
            }
        }
    }

    /// The mark of a consult that a receipt names: between this city and the owner, about this item.
    pub(super) fn consult_for_receipt(
        &mut self,
        ctx: &Ctx<'_>,
        reference: Option<&str>,
        item: &str,
        owner: &CityId,
    ) -> Result<Option<Mark>, CommandError> {
        let Some(reference) = reference else {
            return Ok(None);
        };
        let (document, state) = self.consult_state(ctx, reference)?;
        if state.ask.item == item && state.is_between(&self.own.city, owner) {
            Ok(Some(Mark::of(&document)))
        } else {
            Err(refuse(Code::Consult, reference))
        }
    }

    /// 形式审查通过, at the window or by a video consult that both cities signed.
    pub(super) fn formal_pass(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::FormalPass,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, &args.case)?;
        let consult = match &args.consult {
            None => None,
            Some(reference) => {
                let (consult, held) = self.consult_state(ctx, reference)?;
                let (receive, own) = (&state.receive, &self.own.city);
                let about = held.ask.item == receive.item && held.is_between(own, &receive.owner);
                if !about || !held.stands_as_review() {
                    return Err(refuse(Code::Consult, reference.clone()));
                }
                Some(Mark::of(&consult))
            }
        };
        let act = case::Act::FormalPass(case::FormalPass {
            submission: state.submission(),
            officer: Officer(args.officer.clone()),
            consult,
        });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }
}

/// The version of the guide that this city's window follows for an item of a city asked.
fn guide_asked(
    view: &View<'_>,
    args: &args::Ask,
    own: &CityId,
    to: &CityId,
    day: Day,
) -> Result<u32, Code> {
    let live = view.live(&args.item, own, to, day)?;
    let guide = view.guide_in_force(live, day).ok_or(Code::GuideVersion)?;
    Ok(guide.version)
}

fn people(numbers: &[String]) -> Vec<Officer> {
    let mut people: Vec<Officer> = numbers.iter().cloned().map(Officer).collect();
    people.sort();
    people.dedup();
    people
}

fn words(text: &str) -> Private {
    Private {
        text: (!text.is_empty()).then(|| text.to_owned()),
        ..Private::default()
    }
}

fn consult_done(document: DocumentId, entry: EntryId) -> Done {
    Done {
        document: document.to_string(),
        entries: vec![entry.to_string()],
        ..Done::default()
    }
}
