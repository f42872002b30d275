//! Commands of joint meetings: convene, write, attend, sign, action items and issues.

use std::collections::BTreeSet;

use tongban_ledger::agreement::View;
use tongban_ledger::answer::Done;
use tongban_ledger::case::Officer;
use tongban_ledger::code::Code;
use tongban_ledger::command::FileEdit;
use tongban_ledger::command::meeting as args;
use tongban_ledger::meeting::{
    Act, Action, Adoption, Attend, CaseMark, Convene, Issue, JointMeeting, OnEntry, Part, Sign,
    text_hash,
};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::case::{entry_actor, file_edit};
use super::decide::same_text;
use super::resolve::PREFIX_MIN;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::file::Edit;
use crate::seal::Private;

/// The longest words of an action item or an issue, in bytes.
const WORDS_BYTES_MAX: usize = 4_096;

impl Engine {
    /// 召集.
    pub(super) fn convene(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Convene,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let host = match args.host {
            None => self.own.city,
            Some(division) => {
                let found = self.memberships(division)?;
                let member = found.into_iter().find(|(id, _)| *id == agreement);
                let member = member.ok_or_else(|| refuse(Code::NotMember, division.to_string()))?;
                member.1
            }
        };
        if args.on < ctx.now.day() {
            return Err(refuse(Code::Date, "on"));
        }
        // Meetings of another agreement have numbers of their own.
        let held = self.held_meetings(ctx)?;
        let mut held = held.iter().filter(|(_, of, _)| *of == agreement);
        if held.any(|(_, _, state)| state.convene.number == args.number.trim()) {
            return Err(refuse(Code::Duplicate, args.number.clone()));
        }
        let act = Act::Convene(Convene {
            number: args.number.clone(),
            on: args.on,
            host,
            body: args.body,
            officer: Officer(args.officer.clone()),
        });
        let kind = DocumentKind::Meeting;
        let none = Private::default();
        let entry = self.sign_genesis::<JointMeeting>(ctx, agreement, kind, &act, none)?;
        Ok(done(entry.into(), entry, &args.number))
    }

    /// Writes in a text of a meeting.
    pub(super) fn write_meeting(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Write,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        if !args.edits.iter().all(is_text) {
            return Err(refuse(Code::Argument, "edits"));
        }
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let record = record.clone();
        let header = self.next_header(ctx, &document, &record, DocumentKind::Meeting)?;
        let actor = entry_actor(&header, &document);
        let (file, _) = self.meeting_file(ctx.store, &document, args.part)?;
        let edits: Vec<Edit> = args.edits.iter().map(file_edit).collect();
        let change = file
            .prepare(&edits, actor)
            .map_err(|_| refuse(Code::Argument, "edits"))?;
        let private = Private {
            change: Some(change),
            ..Private::default()
        };
        let act = Act::Edit(args.part);
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, private)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// 出席.
    pub(super) fn attend(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Attend,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        let people: BTreeSet<Officer> = args.people.iter().cloned().map(Officer).collect();
        let act = Act::Attend(Attend {
            people: people.into_iter().collect(),
        });
        let none = Private::default();
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, none)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// Signs the minutes as this node shows them.
    pub(super) fn sign_minutes(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Sign,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        let (file, read) = self.meeting_file(ctx.store, &document, Part::Minutes)?;
        if !read && args.text.is_none() {
            // A part of the text is not here yet, or a member sealed it for nobody: who signs says what she read.
            return Err(refuse(Code::NotFound, "minutes"));
        }
        let text = text_hash(&file.view().notes);
        same_text(args.text.as_deref(), &text)?;
        let act = Act::Sign(Sign {
            text,
            edits: state.draft(),
            officer: Officer(args.officer.clone()),
        });
        let none = Private::default();
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, none)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// 待办.
    pub(super) fn enter_action(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Action,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        let owner = match args.owner {
            None => self.own.city,
            Some(division) => {
                let member = self.with_view(&agreement, |view| {
                    view.by_division(division).map(|member| member.city)
                });
                let member = member.flatten();
                member.ok_or_else(|| refuse(Code::NotMember, division.to_string()))?
            }
        };
        let due = match (args.due, args.within) {
            (Some(due), None) => due,
            (None, Some(days)) => {
                let today = ctx.now.day();
                let counted = |view: &View<'_>| view.calendar().due(today, u32::from(days));
                let due = self.with_view(&agreement, counted).ok_or(Code::Agreement)?;
                due.map_err(|missing| refuse(missing.code(), missing.year.to_string()))?
            }
            _ => return Err(refuse(Code::Argument, "due")),
        };
        let act = Act::Action(Action {
            owner,
            due,
            officer: Officer(args.officer.clone()),
        });
        let private = words(&args.text, true)?;
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, private)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// An action item of this city is done.
    pub(super) fn finish_action(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Finish,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        let own = self.own.city;
        let open = state.open_actions();
        let open = open.filter(|(_, one)| one.action.owner == own);
        let open: Vec<EntryId> = open.map(|(id, _)| *id).collect();
        let all = state.actions.keys().copied();
        let entry = meant(args.entry.as_deref(), open, all.collect(), "action")?;
        let act = Act::ActionDone(OnEntry {
            entry,
            officer: Officer(args.officer.clone()),
        });
        let private = words(&args.text, false)?;
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, private)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// 议题: of the meeting named, else of the next one. Every member of its agreement reads it, so it names cases of
    /// that agreement alone.
    pub(super) fn raise_issue(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Issue,
    ) -> Result<Done, CommandError> {
        let mut cases = BTreeSet::new();
        let mut of_cases: Option<AgreementId> = None;
        for case in &args.cases {
            let found = self.find_case(ctx.store, case)?;
            let record = self.record(ctx.store, &found)?.ok_or(Code::NotFound)?;
            let agreement = record.agreement;
            if of_cases.is_some_and(|of| of != agreement) {
                return Err(refuse(Code::Agreement, case.clone()));
            }
            of_cases = Some(agreement);
            cases.insert(CaseMark::of(&found));
        }
        let named = match &args.meeting {
            Some(named) => named.clone(),
            None => self
                .next_meeting(ctx, of_cases)?
                .ok_or_else(|| refuse(Code::NotFound, "meeting"))?,
        };
        let (document, state) = self.meeting_state(ctx, &named)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let agreement = record.agreement;
        if of_cases.is_some_and(|of| of != agreement) {
            return Err(refuse(Code::Agreement, named));
        }
        let act = Act::Issue(Issue {
            category: args.category,
            cases: cases.into_iter().collect(),
            officer: Officer(args.officer.clone()),
        });
        let private = words(&args.text, true)?;
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, private)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// An issue is resolved.
    pub(super) fn resolve_issue(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Finish,
    ) -> Result<Done, CommandError> {
        let (document, state) = self.meeting_state(ctx, &args.meeting)?;
        let own = self.own.city;
        let host = state.convene.host == own;
        let open = state.open_issues();
        let open = open.filter(|(_, one)| host || one.by == own);
        let open: Vec<EntryId> = open.map(|(id, _)| *id).collect();
        let all = state.issues.keys().copied();
        let entry = meant(args.entry.as_deref(), open, all.collect(), "issue")?;
        let act = Act::Resolved(OnEntry {
            entry,
            officer: Officer(args.officer.clone()),
        });
        let private = words(&args.text, false)?;
        let entry = self.sign_act::<JointMeeting>(ctx, &document, &act, private)?;
        Ok(done(document, entry, &state.convene.number))
    }

    /// The next meeting that is convened under an agreement, or under any: the first whose minutes are not adopted.
    ///
    /// # Errors
    /// Cities of several agreements are about to meet, and nobody said which of them is meant.
    fn next_meeting(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: Option<AgreementId>,
    ) -> Result<Option<String>, CommandError> {
        let held = self.held_meetings(ctx)?;
        let today = ctx.now.day();
        let mut open = held.iter().filter(|(_, of, state)| {
            agreement.is_none_or(|meant| meant == *of)
                && state.adoption_by(&self.signers(of, state)) != Adoption::Adopted
                && state.convene.on >= today
        });
        let Some((document, of, _)) = open.next() else {
            return Ok(None);
        };
        match open.any(|(_, other, _)| other != of) {
            true => Err(refuse(Code::Ambiguous, "meeting")),
            false => Ok(Some(document.to_string())),
        }
    }
}

/// Whether an edit is one of text.
fn is_text(edit: &FileEdit) -> bool {
    matches!(
        edit,
        FileEdit::AppendNote { .. } | FileEdit::InsertNote { .. } | FileEdit::DeleteNote { .. }
    )
}

/// The entry that a beginning of its id names, else the only open one.
fn meant(
    named: Option<&str>,
    open: Vec<EntryId>,
    all: Vec<EntryId>,
    what: &str,
) -> Result<EntryId, CommandError> {
    let fits: Vec<EntryId> = match named.map(|named| named.trim().to_ascii_lowercase()) {
        Some(named) if named.len() >= PREFIX_MIN => {
            let all = all.into_iter();
            all.filter(|id| id.to_string().starts_with(&named))
                .collect()
        }
        Some(_) => Vec::new(),
        None => open,
    };
    match fits.as_slice() {
        [only] => Ok(*only),
        [] => Err(refuse(Code::NotFound, what)),
        several => {
            let ids = several.iter().take(4);
            let ids = ids.map(|id| id.to_string().chars().take(12).collect());
            Err(refuse(
                Code::Ambiguous,
                ids.collect::<Vec<String>>().join(", "),
            ))
        }
    }
}

fn words(text: &str, must: bool) -> Result<Private, CommandError> {
    let text = text.trim();
    if must && text.is_empty() {
        return Err(refuse(Code::Argument, "text"));
    }
    if text.len() > WORDS_BYTES_MAX {
        return Err(refuse(Code::TooLarge, "text"));
    }
    Ok(Private {
        text: (!text.is_empty()).then(|| text.to_owned()),
        ..Private::default()
    })
}

fn done(document: DocumentId, entry: EntryId, number: &str) -> Done {
    Done {
        document: document.to_string(),
        entries: vec![entry.to_string()],
        number: Some(number.to_owned()),
        ..Done::default()
    }
}
