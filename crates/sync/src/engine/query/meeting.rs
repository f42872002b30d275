//! Lists of meetings, and one meeting with its texts.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;
use tongban_ledger::agreement::{RULES_VERSION, View};
use tongban_ledger::answer::{
    ActionRow, Deadline, IssueRow, MeetingAnswer, MeetingRow, MeetingsAnswer,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::code::Code;
use tongban_ledger::meeting::{
    Act, Adoption, CaseMark, Entered, JointMeeting, Part, Raised, State, text_hash,
};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use crate::document::read_act;
use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::storage::ReadError;

/// The clock's stable name.
const CLOCK: &str = "meeting_action";

/// A meeting as it is kept.
pub(super) type Held = (DocumentId, AgreementId, State);

impl Engine {
    /// The meetings of this node by day and number, and what waits for the next one.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn meetings(&mut self, ctx: &Ctx<'_>) -> Result<MeetingsAnswer, ReadError> {
        let held = self.held_meetings(ctx)?;
        let mut answer = MeetingsAnswer::default();
        for (document, agreement, state) in &held {
            let row = self.meeting_row(document, agreement, state);
            answer.meetings.push(row);
            let texts = self.words_of(ctx, document)?;
            for (id, entered) in state.open_actions() {
                let row = self.action_row(ctx, document, agreement, state, (id, entered), &texts);
                answer.actions.push(row);
            }
        }
        let day = |row: &ActionRow| (row.clock.due, row.action.clone());
        answer.actions.sort_by_key(day);
        let agreements: Vec<AgreementId> = self.agreements.keys().copied().collect();
        for agreement in agreements {
            answer
                .agenda
                .extend(self.waiting_items(ctx, &agreement, &held, None)?);
        }
        Ok(answer)
    }

    /// One meeting with its texts and its history.
    ///
    /// # Errors
    /// The meeting is not here, or a record could not be read.
    pub fn meeting(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<MeetingAnswer, CommandError> {
        let document = self.find_meeting(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let record = record.clone();
        let agreement = record.agreement;
        let state = record.state_of::<JointMeeting>().ok_or(Code::State)?;
        let (agenda, agenda_read) = self.meeting_file(ctx.store, &document, Part::Agenda)?;
        let (minutes, minutes_read) = self.meeting_file(ctx.store, &document, Part::Minutes)?;
        let minutes = minutes.view().notes;
        let audience: Vec<_> = self.audience(ctx.store, &document)?.into_iter().collect();
        let mut entries = self.entries_of(ctx.store, &document)?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let mut rows = Vec::with_capacity(entries.len());
        for entry in &entries {
            let act = read_act::<Act>(&entry.public, RULES_VERSION).ok();
            let officer = act.as_ref().and_then(Act::officer);
            let officer = officer.map(|officer| officer.0.clone()).unwrap_or_default();
            let details = act
                .map(|act| act.details(|city| self.division(city).to_string()))
                .unwrap_or_default();
            rows.push(self.entry_row(ctx, &record, entry, &audience, (officer, details))?);
        }
        let texts = self.words(ctx, &entries)?;
        let actions = state.actions.iter();
        let actions = actions
            .map(|one| self.action_row(ctx, &document, &agreement, state, one, &texts))
            .collect();
        let marked = self.marked_cases(ctx, state)?;
        let issues = state.issues.iter();
        let issues = issues
            .map(|one| self.issue_row(state, one, &texts, &marked))
            .collect();
        let items = match state.adoption_by(&self.signers(&agreement, state)) {
            Adoption::Adopted => Vec::new(),
            _ => {
                let held = self.held_meetings(ctx)?;
                let until = Some((state.convene.on, document));
                self.waiting_items(ctx, &agreement, &held, until)?
            }
        };
        let people = state.attending().into_iter().map(|city| {
            let people = state.people_of(&city).into_iter();
            let people = people.map(|officer| officer.0.clone()).collect();
            (self.division(&city), people)
        });
        Ok(MeetingAnswer {
            row: self.meeting_row(&document, &agreement, state),
            agenda: agenda.view().notes,
            minutes_hash: text_hash(&minutes).to_string(),
            minutes,
            whole: agenda_read && minutes_read,
            items,
            people: people.collect(),
            actions,
            issues,
            entries: rows,
        })
    }

    /// Every meeting with its state, by day and number.
    pub(in crate::engine) fn held_meetings(
        &mut self,
        ctx: &Ctx<'_>,
    ) -> Result<Vec<Held>, ReadError> {
        let mut held = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Meeting)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            if let Some(state) = record.state_of::<JointMeeting>() {
                held.push((document, record.agreement, state.clone()));
            }
        }
        held.sort_by(|(one_id, _, one), (other_id, _, other)| {
            let one = (one.convene.on, &one.convene.number, one_id);
            one.cmp(&(other.convene.on, &other.convene.number, other_id))
        });
        Ok(held)
    }

    /// The cities whose signatures minutes need: those that came and are members still.
    pub(in crate::engine) fn signers(
        &self,
        agreement: &AgreementId,
        state: &State,
    ) -> BTreeSet<CityId> {
        let came = state.attending();
        self.with_view(agreement, |view| view.remaining(came))
            .unwrap_or_default()
    }

    fn meeting_row(
        &self,
        document: &DocumentId,
        agreement: &AgreementId,
        state: &State,
    ) -> MeetingRow {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let signers = self.signers(agreement, state);
        let adoption = state.adoption_by(&signers);
        let adopted_text = state.signed_text(&signers);
        let adopted_text = adopted_text.filter(|_| adoption == Adoption::Adopted);
        MeetingRow {
            document: document.to_string(),
            agreement: agreement.to_string(),
            number: state.convene.number.clone(),
            on: state.convene.on,
            host: self.division(&state.convene.host),
            by: self.division(&state.by),
            body: state.convene.body,
            attending: self.sorted_divisions(state.attending().iter()),
            signed: self.sorted_divisions(state.signed().iter()),
            waits_for: self.sorted_divisions(state.unsigned().intersection(&signers)),
            adoption: adoption.name().to_owned(),
            adopted_text: adopted_text.map(|hash| hash.to_string()),
            open_actions: count(state.open_actions().count()),
            open_issues: count(state.open_issues().count()),
        }
    }

    fn action_row(
        &self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        agreement: &AgreementId,
        state: &State,
        (id, entered): (&EntryId, &Entered),
        texts: &BTreeMap<EntryId, String>,
    ) -> ActionRow {
        let today = ctx.now.day();
        let due = entered.action.due;
        let done = state.done_at(id).map(Day::from_unix_beijing);
        // The reminder comes with the last working day before.
        let soon = |view: &View<'_>| view.calendar().due(today, 1).is_ok_and(|next| next >= due);
        let amber = done.is_none() && self.with_view(agreement, soon).unwrap_or(false);
        ActionRow {
            action: id.to_string(),
            document: document.to_string(),
            meeting: state.convene.number.clone(),
            text: texts.get(id).cloned().unwrap_or_default(),
            clock: Deadline {
                clock: CLOCK.to_owned(),
                due: Some(due),
                paused: false,
                moment: None,
                holder: self.division(&entered.action.owner),
                overdue: state.is_overdue(id, today),
                amber,
                step: String::new(),
                start: Some(Day::from_unix_beijing(entered.time)),
                done,
                used: None,
            },
        }
    }

    fn issue_row(
        &self,
        state: &State,
        (id, raised): (&EntryId, &Raised),
        texts: &BTreeMap<EntryId, String>,
        marked: &BTreeMap<CaseMark, String>,
    ) -> IssueRow {
        let known = raised.issue.cases.iter();
        let known: Vec<String> = known.filter_map(|mark| marked.get(mark).cloned()).collect();
        let others = raised.issue.cases.len().saturating_sub(known.len());
        IssueRow {
            issue: id.to_string(),
            by: self.division(&raised.by),
            category: raised.issue.category,
            cases: known,
            other_cases: u64::try_from(others).unwrap_or(u64::MAX),
            text: texts.get(id).cloned().unwrap_or_default(),
            resolved: state.is_resolved(id),
        }
    }

    /// The numbers of this node's cases that the issues of a meeting name.
    fn marked_cases(
        &mut self,
        ctx: &Ctx<'_>,
        state: &State,
    ) -> Result<BTreeMap<CaseMark, String>, ReadError> {
        let mut marked = BTreeMap::new();
        if state.issues.values().all(|one| one.issue.cases.is_empty()) {
            return Ok(marked);
        }
        for document in self.documents_of(ctx.store, DocumentKind::Case)? {
            let mark = CaseMark::of(&document);
            let mut issues = state.issues.values();
            if issues.any(|one| one.issue.cases.contains(&mark)) {
                marked.insert(mark, self.label(ctx.store, &document)?);
            }
        }
        Ok(marked)
    }

    /// The words in the sealed parts of a meeting's entries.
    pub(super) fn words_of(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<BTreeMap<EntryId, String>, ReadError> {
        let entries = self.entries_of(ctx.store, document)?;
        self.words(ctx, &entries)
    }

    fn words(
        &mut self,
        ctx: &Ctx<'_>,
        entries: &[Entry],
    ) -> Result<BTreeMap<EntryId, String>, ReadError> {
        let mut texts = BTreeMap::new();
        for entry in entries {
            let private = self.private_of(ctx.store, entry)?;
            if let Some(text) = private.and_then(|private| private.text) {
                texts.insert(entry.id, text);
            }
        }
        Ok(texts)
    }
}
