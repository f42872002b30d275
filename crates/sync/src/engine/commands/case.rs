//! Commands of cases on their usual way. What lies beside it is in [`super::beside`].

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::agreement::{Guide, Mode, View};
use tongban_ledger::answer::{Done, Receipt, Refusal};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{
    Accept, Act, Answer, Case, CorrectionNotice, CorrectionSubmitted, Decide, Decline, FirstLook,
    IdCheck, NOTICE_DAYS, NotAccept, NoticeServed, Officer, OriginalCheck, Outcome, Push,
    PushStanding, Receive, SendResult, Served, State, TakeOver,
};
use tongban_ledger::code::Code;
use tongban_ledger::command::{self, Command};
use tongban_ledger::number::CitizenId;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::BootNonce;
use crate::file::{Edit, actor_id};
use crate::seal::{Person, Private};

impl Engine {
    pub(super) fn case_command(
        &mut self,
        ctx: &mut Ctx<'_>,
        command: &Command,
    ) -> Result<Done, CommandError> {
        let done = self.case_act(ctx, command);
        match done {
            Err(CommandError::Refused(refusal)) if refusal.about.is_empty() => {
                Err(self.explained(ctx, command, refusal))
            }
            done => done,
        }
    }

    /// Says with a refusal what is missing, or what may be done instead.
    fn explained(
        &mut self,
        ctx: &Ctx<'_>,
        command: &Command,
        mut refusal: Refusal,
    ) -> CommandError {
        let Some((document, state)) = command
            .case()
            .and_then(|reference| self.case_state(ctx, reference).ok())
        else {
            return CommandError::Refused(refusal);
        };
        let agreement = match self.record(ctx.store, &document) {
            Ok(Some(record)) => record.agreement,
            _ => return CommandError::Refused(refusal),
        };
        let words = match refusal.code {
            Code::CheckMissing if matches!(command, Command::CaseSubmitCorrection(_)) => state
                .open_defects()
                .into_iter()
                .map(|defect| defect.requirement)
                .collect(),
            Code::CheckMissing => self.missing_of(&agreement, &state),
            Code::NoPower => vec![self.division(&who_does(command, &state)).to_string()],
            Code::State | Code::NotHolder | Code::PushOpen | Code::Already => {
                self.next_commands(ctx, &agreement, &state)
            }
            _ => Vec::new(),
        };
        refusal.about = words.join(",");
        CommandError::Refused(refusal)
    }

    fn case_act(&mut self, ctx: &mut Ctx<'_>, command: &Command) -> Result<Done, CommandError> {
        match command {
            Command::CaseReceive(args) => self.receive(ctx, args),
            Command::CaseFormalPass(args) => self.formal_pass(ctx, args),
            Command::CasePush(args) => self.push(ctx, args),
            Command::CaseAck(args) => self.answer_push(ctx, &args.case, true),
            Command::CaseDecline(args) => self.answer_push(ctx, &args.case, false),
            Command::CaseRecall(args) => self.recall(ctx, &args.case),
            Command::CaseFirstLook(args) => self.first_look(ctx, args),
            Command::CaseAccept(args) => self.accept(ctx, args),
            Command::CaseEdit(args) => self.edit_file(ctx, args),
            Command::CaseYield(args) => self.yield_case(ctx, &args.case),
            Command::CaseTakeOver(args) => self.take_over(ctx, &args.case),
            Command::CaseRetract(args) => self.retract_disputed(ctx, &args.case),
            other => {
                if let Some(done) = self.case_beside(ctx, other)? {
                    return Ok(done);
                }
                let (reference, build) = plain(other).ok_or(Code::Argument)?;
                let (document, state) = self.case_state(ctx, reference)?;
                let (act, text) = build(&state, ctx)?;
                let private = Private {
                    text: (!text.is_empty()).then_some(text),
                    ..Private::default()
                };
                let entry = self.sign_act::<Case>(ctx, &document, &act, private)?;
                Ok(self.case_done(&state, document, vec![entry]))
            }
        }
    }

    pub(super) fn case_done(
        &self,
        state: &State,
        document: DocumentId,
        entries: Vec<EntryId>,
    ) -> Done {
        Done {
            document: document.to_string(),
            entries: entries.iter().map(ToString::to_string).collect(),
            number: Some(state.receive.number.to_string()),
            ..Done::default()
        }
    }

    fn receive(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &command::Receive,
    ) -> Result<Done, CommandError> {
        let today = ctx.now.day();
        let received = args.on.unwrap_or(today);
        let (agreement, owner) = self.agreement_for(args, received)?;
        let person = person(&args.applicant, today)?;
        let notice_due = self
            .with_view(&agreement, |view| {
                view.calendar().due(received, NOTICE_DAYS)
            })
            .ok_or(Code::Agreement)?
            .map_err(|missing| refuse(missing.code(), missing.year.to_string()))?;
        if received > today {
            return Err(refuse(Code::Date, "future"));
        }
        let own = self.own.city;
        let assisted_by = args
            .assisted_by
            .map(|city| self.city_of(city))
            .transpose()?;
        let guide = self
            .with_view(&agreement, |view| {
                guide_to_follow(view, args, &own, &owner, received)
            })
            .ok_or(Code::Agreement)?
            .map_err(|code| refuse(code, args.item.clone()))?;
        let text = self.with_view(&agreement, |view| {
            view.guide(&args.item, &owner, guide).map(Guide::hash)
        });
        let text = text.flatten();
        let partner = self.partner_for(&agreement, args, &owner)?;
        let (place, warnings) = self.place_of(ctx, &agreement, args, &owner, received)?;
        let named = args.consult.as_deref();
        let consult = self.consult_for_receipt(ctx, named, &args.item, &owner)?;
        let number = self.next_number(ctx, received)?;
        let receive = Receive {
            number,
            item: args.item.clone(),
            owner,
            guide,
            received,
            materials: args.materials.clone(),
            officer: Officer(args.officer.clone()),
            mode: args.mode,
            assisted_by,
            partner,
            place,
            consult,
            text,
        };
        let receipt = self
            .with_view(&agreement, |view| receipt(view, &receive, &own, notice_due))
            .flatten();
        let private = Private {
            applicant: Some(person),
            query: Some(self.query_hash(&number.to_string())),
            ..Private::default()
        };
        let entry = self.sign_genesis::<Case>(
            ctx,
            agreement,
            DocumentKind::Case,
            &Act::Receive(receive),
            private,
        )?;
        Ok(Done {
            document: entry.to_string(),
            entries: vec![entry.to_string()],
            number: Some(number.to_string()),
            receipt,
            warnings,
            ..Done::default()
        })
    }

    /// The co-handling city of a case in mode C: the one named, else the only one there is.
    fn partner_for(
        &self,
        agreement: &AgreementId,
        args: &command::Receive,
        lead: &CityId,
    ) -> Result<Option<CityId>, CommandError> {
        if args.mode != Mode::C {
            return Ok(None);
        }
        if let Some(named) = args.partner {
            return Ok(Some(self.city_of(named)?));
        }
        let partners = self.with_view(agreement, |view| {
            let joint = view.joint(&args.item, lead);
            joint.map(|joint| joint.partner).collect::<Vec<CityId>>()
        });
        match partners.unwrap_or_default().as_slice() {
            [] => Err(refuse(Code::Agreement, args.item.clone())),
            [only] => Ok(Some(*only)),
            several => {
                let named: Vec<String> = several
                    .iter()
                    .map(|city| self.division(city).to_string())
                    .collect();
                Err(refuse(Code::Ambiguous, named.join(",")))
            }
        }
    }

    /// The agreement under which an item is received for its owner: of several the first in which it is live.
    fn agreement_for(
        &self,
        args: &command::Receive,
        day: Day,
    ) -> Result<(AgreementId, CityId), CommandError> {
        let own = self.own.city;
        let mut found = self.memberships(args.owner)?;
        if let Some(named) = &args.agreement {
            let agreement = self.agreement(Some(named))?;
            found.retain(|(id, _)| *id == agreement);
            if found.is_empty() {
                return Err(refuse(Code::NotMember, args.owner.to_string()));
            }
        }
        let live = found.iter().find(|(agreement, owner)| {
            let live = |view: &View<'_>| guide_to_follow(view, args, &own, owner, day).is_ok();
            self.with_view(agreement, live).unwrap_or(false)
        });
        Ok(*live.unwrap_or(&found[0]))
    }

    fn push(&mut self, ctx: &mut Ctx<'_>, args: &command::Push) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, &args.case)?;
        let own = self.own.city;
        let claims = state.claims();
        let claim = state.sole_claim().ok_or(Code::Disputed)?;
        let to = match args.to {
            Some(division) => self.member(division)?.1,
            None if own == state.receiver => state.receive.owner,
            None => claim
                .parent
                .and_then(|parent| claims.get(parent))
                .map_or(state.receiver, |claim| claim.city),
        };
        // A city that does not hold the case names the genesis; its push is refused for that.
        let baton = claim.batons.first().copied().unwrap_or(state.genesis);
        let act = Act::Push(Push {
            to,
            baton,
            manifest: state.manifest(),
            after: state.setbacks(&baton),
        });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    fn answer_push(
        &mut self,
        ctx: &mut Ctx<'_>,
        reference: &str,
        take: bool,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, reference)?;
        let own = self.own.city;
        let (push, baton) = state
            .pushes()
            .filter(|(_, _, push)| push.to == own)
            .find(|(id, _, push)| match state.standing(id, push) {
                PushStanding::Open => true,
                PushStanding::Acked => take && planted(Bug::AckTwice),
                PushStanding::Recalled | PushStanding::Declined => false,
            })
            .map(|(id, _, push)| (id, push.baton))
            .ok_or(Code::State)?;
        let act = if take {
            Act::Ack(Answer { push, baton })
        } else {
            Act::Decline(Decline {
                push,
                baton,
                reason: Code::ItemNotActive,
            })
        };
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    /// 受理, on the day on which the papers were complete.
    fn accept(&mut self, ctx: &mut Ctx<'_>, args: &command::Accept) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, &args.case)?;
        let own = self.own.city;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let complete = self
            .with_view(&agreement, |view| state.complete_on(&own, view))
            .ok_or(Code::Agreement)?;
        let act = Act::Accept(Accept {
            on: args.on.unwrap_or(complete),
            officer: Officer(args.officer.clone()),
        });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    fn recall(&mut self, ctx: &mut Ctx<'_>, reference: &str) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, reference)?;
        let own = self.own.city;
        let (push, baton) = state
            .pushes()
            .filter(|(_, by, _)| *by == own)
            .find(|(id, _, push)| state.standing(id, push) == PushStanding::Open)
            .map(|(id, _, push)| (id, push.baton))
            .ok_or(Code::State)?;
        let act = Act::Recall(Answer { push, baton });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    /// Notes that a person saw what this node acknowledged by itself.
    fn first_look(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &command::FormalPass,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, &args.case)?;
        let ack = unseen_ack(&state, &self.own.city).ok_or(Code::State)?;
        let act = Act::FirstLook(FirstLook {
            ack,
            officer: Officer(args.officer.clone()),
        });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    fn yield_case(&mut self, ctx: &mut Ctx<'_>, reference: &str) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, reference)?;
        let own = self.own.city;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let holding = state.holding();
        // This city's own claim, or that of a city that left and had the case from here.
        let left = |city| self.with_view(&agreement, |view| view.has_left(city));
        let of_own = holding.iter().find(|claim| claim.city == own);
        let of_left = || {
            let mut holding = holding.iter();
            holding.find(|claim| left(&claim.city).unwrap_or(false))
        };
        let baton = of_own
            .or_else(of_left)
            .and_then(|claim| claim.batons.first().copied())
            .ok_or(Code::NotHolder)?;
        let entry =
            self.sign_act::<Case>(ctx, &document, &Act::Yield(baton), Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    /// 接管: takes a stuck case as the members resolved.
    fn take_over(&mut self, ctx: &mut Ctx<'_>, reference: &str) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let mark = state.override_mark();
        let ruling = self.with_view(&agreement, |view| {
            let ruling = view.override_for(&mark);
            ruling.map(|(certificate, _)| certificate)
        });
        let certificate = ruling.flatten();
        let certificate = certificate.ok_or_else(|| refuse(Code::Resolution, reference))?;
        let act = Act::TakeOver(TakeOver {
            certificate,
            batons: state.held_batons(),
        });
        let entry = self.sign_act::<Case>(ctx, &document, &act, Private::default())?;
        Ok(self.case_done(&state, document, vec![entry]))
    }

    /// Takes back every disputed act of this city.
    fn retract_disputed(
        &mut self,
        ctx: &mut Ctx<'_>,
        reference: &str,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, reference)?;
        let own = self.own.city;
        let disputed: Vec<EntryId> = state
            .disputed()
            .filter(|(_, fact)| fact.by == own)
            .map(|(id, _)| id)
            .collect();
        if disputed.is_empty() {
            return Err(Code::State.into());
        }
        let mut entries = Vec::new();
        let mut refused = None;
        for id in disputed {
            // Taking one act back may settle the dispute of the next, and a handoff that was
            // countersigned cannot be taken back.
            match self.sign_act::<Case>(ctx, &document, &Act::Retract(id), Private::default()) {
                Ok(entry) => entries.push(entry),
                Err(CommandError::Refused(refusal)) => refused = refused.or(Some(refusal)),
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(refusal) if entries.is_empty() => Err(CommandError::Refused(refusal)),
            _ => Ok(self.case_done(&state, document, entries)),
        }
    }

    /// Edits the case file: one Automerge change in the sealed part, by an actor of its own.
    fn edit_file(&mut self, ctx: &mut Ctx<'_>, args: &command::Edit) -> Result<Done, CommandError> {
        let (document, state) = self.case_state(ctx, &args.case)?;
        let record = self
            .record(ctx.store, &document)?
            .ok_or(Code::NotFound)?
            .clone();
        let header = self.next_header(ctx, &document, &record, DocumentKind::Case)?;
        let actor = entry_actor(&header, &document);
        let file = self.case_file(ctx.store, &document)?;
        let edits: Vec<Edit> = args.edits.iter().map(file_edit).collect();
        let change = file
            .prepare(&edits, actor)
            .map_err(|_| refuse(Code::Argument, "edits"))?;
        let private = Private {
            change: Some(change),
            ..Private::default()
        };
        let entry = self.sign_act::<Case>(ctx, &document, &Act::Edit, private)?;
        Ok(self.case_done(&state, document, vec![entry]))
    }
}

/// The Automerge actor of an entry: derived by everyone from its header.
pub(crate) fn entry_actor(header: &crate::entry::Header, document: &DocumentId) -> [u8; 16] {
    let BootNonce(boot) = header.boot;
    actor_id(
        header.agreement.as_bytes(),
        document.as_bytes(),
        header.cert.0.as_bytes(),
        &boot,
        header.seq,
    )
}

/// The edit of a file that a command means.
pub(super) fn file_edit(edit: &command::FileEdit) -> Edit {
    use command::FileEdit;
    match edit.clone() {
        FileEdit::SetField { name, value } => Edit::SetField { name, value },
        FileEdit::RemoveField { name } => Edit::RemoveField { name },
        FileEdit::Check { item, done } => Edit::Check { item, done },
        FileEdit::AppendNote { text } => Edit::AppendNote { text },
        FileEdit::InsertNote { at, text } => Edit::InsertNote { at, text },
        FileEdit::DeleteNote { at, count } => Edit::DeleteNote { at, count },
    }
}

/// Whose step a command is: what the window does is for the receiving city, the rest for the owner.
fn who_does(command: &Command, state: &State) -> CityId {
    match command {
        Command::CaseIdCheck(_)
        | Command::CaseOriginalCheck(_)
        | Command::CaseFormalPass(_)
        | Command::CaseSubmitCorrection(_) => state.receiver,
        _ => state.receive.owner,
    }
}

/// Checks an applicant's data; errors never contain them.
fn person(applicant: &command::Applicant, today: Day) -> Result<Person, CommandError> {
    if applicant.name.trim().is_empty() {
        return Err(refuse(Code::Argument, "applicant.name"));
    }
    let number = CitizenId::parse(&applicant.id_number, today)
        .map_err(|_| refuse(Code::IdNumber, "applicant.id_number"))?;
    let long = [&applicant.name, &applicant.phone, &applicant.address]
        .iter()
        .any(|text| text.len() > 1024);
    if long {
        return Err(refuse(Code::TooLarge, "applicant"));
    }
    Ok(Person {
        name: applicant.name.trim().to_owned(),
        id_number: number.reveal().to_owned(),
        phone: applicant.phone.clone(),
        address: applicant.address.clone(),
    })
}

/// The guide version that this city's window follows for an owner on a day.
fn guide_to_follow(
    view: &View<'_>,
    args: &command::Receive,
    own: &CityId,
    owner: &CityId,
    day: Day,
) -> Result<u32, Code> {
    if own == owner {
        return view
            .own_guide(&args.item, owner, day)
            .map(|guide| guide.version);
    }
    let live = view.live(&args.item, own, owner, day)?;
    let guide = view.guide_in_force(live, day).ok_or(Code::GuideVersion)?;
    Ok(guide.version)
}

fn receipt(view: &View<'_>, receive: &Receive, own: &CityId, notice_due: Day) -> Option<Receipt> {
    let item = view.item(&receive.item)?;
    let guide = view.guide(&receive.item, &receive.owner, receive.guide)?;
    let names: BTreeMap<&str, &str> = guide
        .requirements
        .iter()
        .map(|need| (need.id.as_str(), need.name.as_str()))
        .collect();
    let materials = receive
        .materials
        .iter()
        .map(|material| {
            let id = material.requirement.as_str();
            ((*names.get(id).unwrap_or(&id)).to_owned(), material.pages)
        })
        .collect();
    Some(Receipt {
        number: receive.number.to_string(),
        item: item.name.clone(),
        receiver: view.founder(own)?.name.clone(),
        owner: view.founder(&receive.owner)?.name.clone(),
        received: receive.received,
        materials,
        officer: receive.officer.0.clone(),
        notice_due,
        promise_days: item.promise_days,
        guide: guide.version,
        guide_hash: guide.hash().to_string(),
        query_code: String::new(),
    })
}

type Built = Result<(Act, String), CommandError>;
type Build<'a> = Box<dyn Fn(&State, &Ctx<'_>) -> Built + 'a>;

/// Commands that become one act of the case they name.
fn plain(command: &Command) -> Option<(&str, Build<'_>)> {
    let officer = |number: &str| Officer(number.to_owned());
    let built: (&str, Build<'_>) = match command {
        Command::CaseIdCheck(args) => (
            &args.case,
            Box::new(move |state, _| {
                let replaces = if args.passed {
                    state.failed_id_checks()
                } else {
                    Vec::new()
                };
                act(Act::IdCheck(IdCheck {
                    passed: args.passed,
                    officer: officer(&args.officer),
                    replaces,
                }))
            }),
        ),
        Command::CaseOriginalCheck(args) => (
            &args.case,
            Box::new(move |_, _| {
                act(Act::OriginalCheck(OriginalCheck {
                    seen: args.seen.clone(),
                    officer: officer(&args.officer),
                }))
            }),
        ),
        Command::CaseNotAccept(args) => (
            &args.case,
            Box::new(move |_, _| {
                if args.text.trim().is_empty() {
                    return Err(refuse(Code::Argument, "text"));
                }
                let refusal = NotAccept {
                    basis: args.basis.clone(),
                    officer: officer(&args.officer),
                };
                Ok((Act::NotAccept(refusal), args.text.clone()))
            }),
        ),
        Command::CaseReview(args) => (
            &args.case,
            Box::new(move |_, _| {
                let review = Act::SubstantiveReview(officer(&args.officer));
                Ok((review, args.text.clone()))
            }),
        ),
        Command::CaseDecide(args) => (
            &args.case,
            Box::new(move |_, _| {
                if args.outcome == Outcome::Refused && args.text.trim().is_empty() {
                    return Err(refuse(Code::Argument, "text"));
                }
                let decide = Decide {
                    outcome: args.outcome,
                    officer: officer(&args.officer),
                };
                Ok((Act::Decide(decide), args.text.clone()))
            }),
        ),
        Command::CaseSendResult(args) => (
            &args.case,
            Box::new(move |_, _| {
                act(Act::SendResult(SendResult {
                    delivery: args.delivery,
                }))
            }),
        ),
        Command::CaseServed(args) => (
            &args.case,
            Box::new(move |_, ctx| {
                act(Act::Served(Served {
                    on: args.on.unwrap_or_else(|| ctx.now.day()),
                    means: args.means,
                }))
            }),
        ),
        Command::CaseClose(args) => (&args.case, Box::new(move |_, _| act(Act::Close))),
        other => return correction(other),
    };
    Some(built)
}

/// The commands of the correction loop.
fn correction(command: &Command) -> Option<(&str, Build<'_>)> {
    let built: (&str, Build<'_>) = match command {
        Command::CaseNotice(args) => (
            &args.case,
            Box::new(move |state, _| {
                let notice = CorrectionNotice {
                    submission: state.submission(),
                    guide: args.guide.unwrap_or_else(|| state.guide_version()),
                    defects: args.defects.clone(),
                    complete: true,
                    officer: Officer(args.officer.clone()),
                    recheck: args.recheck.clone(),
                    visit: args.visit.clone(),
                    paper: args.paper.clone(),
                };
                Ok((Act::CorrectionNotice(notice), args.text.clone()))
            }),
        ),
        Command::CaseNoticeServed(args) => (
            &args.case,
            Box::new(move |state, ctx| {
                let notice = unserved(state).ok_or(Code::State)?;
                act(Act::NoticeServed(NoticeServed {
                    notice,
                    on: args.on.unwrap_or_else(|| ctx.now.day()),
                    means: args.means,
                }))
            }),
        ),
        Command::CaseSubmitCorrection(args) => (
            &args.case,
            Box::new(move |state, ctx| {
                act(Act::CorrectionSubmitted(CorrectionSubmitted {
                    notice: state.open_notices().first().copied(),
                    materials: args.materials.clone(),
                    on: args.on.unwrap_or_else(|| ctx.now.day()),
                }))
            }),
        ),
        _ => return None,
    };
    Some(built)
}

fn act(act: Act) -> Built {
    Ok((act, String::new()))
}

/// The city's Ack that no person has looked at yet, or any of its Acks.
fn unseen_ack(state: &State, city: &CityId) -> Option<EntryId> {
    let looked = |ack: &EntryId| {
        state
            .facts
            .values()
            .any(|fact| matches!(&fact.act, Act::FirstLook(look) if look.ack == *ack))
    };
    let acks: Vec<EntryId> = state
        .facts
        .iter()
        .filter(|(_, fact)| matches!(fact.act, Act::Ack(_)) && fact.by == *city)
        .map(|(id, _)| *id)
        .collect();
    acks.iter()
        .find(|ack| !looked(ack))
        .or(acks.last())
        .copied()
}

/// A notice that is not served yet, or any.
fn unserved(state: &State) -> Option<EntryId> {
    let notices: Vec<EntryId> = state.notices().map(|(id, _)| id).collect();
    notices
        .iter()
        .find(|notice| !state.notice_served(notice))
        .or(notices.last())
        .copied()
}
