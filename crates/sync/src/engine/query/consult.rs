//! Lists of consults, one consult with its history, and what a case says of those that it names.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::answer::{
    CASE_PAGE, CASE_PAGE_MAX, ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow, Deadline,
    NamedConsult, ReturnCause, VideoAnswer,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::case;
use tongban_ledger::code::Code;
use tongban_ledger::consult::{Act, Consult, Mark, Stage, State};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::hex;
use crate::db::{Db, unhex};
use crate::document::{Record, read_act};
use crate::engine::consult_lists::waits;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError};

/// The clock's stable name.
const CLOCK: &str = "consult_answer";

impl Engine {
    /// The consults of this node, by when they were asked.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn consults(&mut self, ctx: &Ctx<'_>) -> Result<Vec<ConsultRow>, ReadError> {
        let mut rows = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Consult)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            let agreement = record.agreement;
            if let Some(state) = record.state_of::<Consult>().cloned() {
                rows.push(self.consult_row(ctx, &document, &agreement, &state));
            }
        }
        rows.sort_by(|one, other| (one.time, &one.document).cmp(&(other.time, &other.document)));
        Ok(rows)
    }

    /// A page of consults, those that were asked last first.
    ///
    /// # Errors
    /// `E_ARGUMENT` for a cursor or limit that cannot be, or a record could not be read.
    pub fn consult_page(
        &mut self,
        ctx: &Ctx<'_>,
        query: &ConsultQuery,
    ) -> Result<ConsultPage, CommandError> {
        let limit = query.limit.unwrap_or(CASE_PAGE);
        if limit == 0 || limit > CASE_PAGE_MAX {
            return Err(refuse(Code::Argument, "limit"));
        }
        let after = query.after.as_deref();
        let from = after.map(|text| {
            read_cursor(query.open, text).ok_or_else(|| refuse(Code::Argument, "after"))
        });
        let from = from.transpose()?.unwrap_or_default();
        let limit = limit as usize;
        let list = keys::consults(query.open);
        let db = Db::new(ctx.store, &mut self.pending);
        // One more than is shown tells whether this is the end.
        let found = db.scan(Family::Indexes, &list, &from, limit + 1)?;
        let more = found.len() > limit;
        let shown: Vec<(i64, DocumentId)> = found
            .iter()
            .take(limit)
            .filter_map(|(key, _)| keys::read_consult_asked(key))
            .collect();
        let mut page = ConsultPage::default();
        if more {
            page.next = shown.last().map(|(time, document)| cursor(*time, document));
        }
        for (_, document) in shown {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            let agreement = record.agreement;
            let state = record.state_of::<Consult>().cloned();
            // A key that its record does not bear out shows nothing.
            let fits = |state: &State| query.open.is_none_or(|open| open == waits(state));
            if let Some(state) = state.filter(fits) {
                let row = self.consult_row(ctx, &document, &agreement, &state);
                page.consults.push(row);
            }
        }
        Ok(page)
    }

    /// One consult with its history.
    ///
    /// # Errors
    /// The consult is not here, or a record could not be read.
    pub fn consult(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<ConsultAnswer, CommandError> {
        let document = self.find_consult(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        let record = record.clone();
        let state = record.state_of::<Consult>().ok_or(Code::State)?;
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
        let answers = state.answers.values();
        Ok(ConsultAnswer {
            row: self.consult_row(ctx, &document, &record.agreement, state),
            guide: state.ask.guide,
            defects: answers
                .flat_map(|given| given.answer.defects.iter().cloned())
                .collect(),
            videos: self.videos(ctx, state, &entries)?,
            entries: rows,
        })
    }

    fn videos(
        &mut self,
        ctx: &Ctx<'_>,
        state: &State,
        entries: &[Entry],
    ) -> Result<Vec<VideoAnswer>, ReadError> {
        let numbers = |people: &[case::Officer]| -> Vec<String> {
            people.iter().map(|officer| officer.0.clone()).collect()
        };
        let mut places: BTreeMap<EntryId, String> = BTreeMap::new();
        for entry in entries {
            let private = self.private_of(ctx.store, entry)?;
            if let Some(place) = private.and_then(|private| private.recording) {
                places.insert(entry.id, place);
            }
        }
        let videos = state.videos.iter().map(|(id, filmed)| {
            let video = &filmed.video;
            VideoAnswer {
                video: id.to_string(),
                by: self.division(&filmed.by),
                started: video.started,
                ended: video.ended,
                askers: numbers(&video.askers),
                asked: numbers(&video.asked),
                complete: video.complete,
                points: video.points.clone(),
                signed: state.is_signed(id),
                recording_hash: video.recording.map(|hash| hash.to_string()),
                recording_ref: places.remove(id).unwrap_or_default(),
            }
        });
        Ok(videos.collect())
    }

    fn consult_row(
        &self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
        agreement: &AgreementId,
        state: &State,
    ) -> ConsultRow {
        let ask = &state.ask;
        let item_name = self
            .with_view(agreement, |view| {
                view.item(&ask.item).map(|item| item.name.clone())
            })
            .flatten()
            .unwrap_or_default();
        let due = self.with_view(agreement, |view| state.due(Stage::PostB, view).ok());
        let due = due.flatten();
        let answered = state.answered();
        let until = answered.unwrap_or(ctx.now.unix);
        let unsigned = |city: &CityId| state.unsigned_by(city).next().is_some();
        let waits = [state.from, ask.to].into_iter().filter(|city| {
            let silent = state.answers.is_empty() && *city == ask.to;
            silent || unsigned(city)
        });
        let signs = [state.from, ask.to]
            .into_iter()
            .filter(|city| unsigned(city));
        ConsultRow {
            document: document.to_string(),
            from: self.division(&state.from),
            to: self.division(&ask.to),
            item: ask.item.clone(),
            item_name,
            time: state.time,
            materials: ask
                .materials
                .iter()
                .map(|material| (material.requirement.clone(), material.pages))
                .collect(),
            waits_for: waits.map(|city| self.division(&city)).collect(),
            unsigned: signs.map(|city| self.division(&city)).collect(),
            clock: Deadline {
                clock: CLOCK.to_owned(),
                due: due.map(Day::from_unix_beijing),
                paused: false,
                moment: due,
                holder: self.division(&ask.to),
                overdue: due.is_some_and(|due| until > due),
                amber: false,
                step: String::new(),
                start: Some(Day::from_unix_beijing(state.time)),
                done: answered.map(Day::from_unix_beijing),
                used: None,
            },
            minutes: state.minutes(),
            verdict: state.verdict(),
            contradicts: state.contradicts(),
            escalated: state.escalated(),
            reviewed: state.stands_as_review(),
        }
    }

    /// What a case says of the consults that it names, and why papers of it went back.
    pub(super) fn consults_of_case(
        &mut self,
        ctx: &Ctx<'_>,
        record: &Record,
        state: &case::State,
    ) -> Result<(Vec<NamedConsult>, Vec<ReturnCause>), ReadError> {
        let named = state.consults();
        let mut here: BTreeMap<Mark, (DocumentId, State)> = BTreeMap::new();
        if !named.is_empty() {
            for document in self.documents_of(ctx.store, DocumentKind::Consult)? {
                let mark = Mark::of(&document);
                if !named.iter().any(|(_, of)| *of == mark) {
                    continue;
                }
                let held = self.record(ctx.store, &document)?;
                let held = held.and_then(|record| record.state_of::<Consult>());
                here.extend(held.map(|held| (mark, (document, held.clone()))));
            }
        }
        let told = named.iter().map(|(submission, mark)| {
            let held = here.get(mark);
            NamedConsult {
                consult: held.map(|(document, _)| document.to_string()),
                submission: *submission,
                verdict: held.and_then(|(_, held)| held.verdict()),
                reviewed: held.is_some_and(|(_, held)| held.stands_as_review()),
            }
        });
        let told = told.collect();
        let (item, receiver, owner) = (&state.receive.item, &state.receiver, &state.receive.owner);
        // A city may name what it likes: only a consult of these two cities about this item is the owner's word.
        let vouched = |mark: &Mark, requirement: &str, by: i64| {
            let (_, held) = here.get(mark)?;
            let about = held.ask.item == *item && held.is_between(receiver, owner);
            Some(about && held.ask.to == *owner && held.vouched(requirement, by))
        };
        let causes = self.with_view(&record.agreement, |view| state.return_causes(view, vouched));
        let causes = causes.unwrap_or_default().into_iter();
        let causes = causes.map(|row| ReturnCause {
            notice: row.notice.to_string(),
            cause: row.cause.name().to_owned(),
            against: row.against.map(|city| self.division(&city)),
            points: row.points,
        });
        Ok((told, causes.collect()))
    }
}

/// How many bytes of a consult's id a cursor has, to tell those of one second apart.
const CURSOR_ID_BYTES: usize = 4;

/// Names the last consult of a page: when it was asked, and how its id begins.
fn cursor(time: i64, document: &DocumentId) -> String {
    let id = document.as_bytes().get(..CURSOR_ID_BYTES);
    format!("{time}~{}", hex(id.unwrap_or_default()))
}

/// The first key after all that a cursor names.
fn read_cursor(open: Option<bool>, text: &str) -> Option<Vec<u8>> {
    let (time, id) = text.split_once('~')?;
    let id = (id.len() == 2 * CURSOR_ID_BYTES && id.is_ascii())
        .then(|| unhex(id))
        .flatten()?;
    let after = [u8::MAX; 33 - CURSOR_ID_BYTES];
    let list = keys::consults_from(open, time.parse().ok()?);
    Some([list.as_slice(), &id, &after].concat())
}
