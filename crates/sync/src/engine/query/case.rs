//! Lists of cases, and one case with its history and file.

use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::agreement::RULES_VERSION;
use tongban_ledger::answer::{
    ApplicantAnswer, CASE_PAGE_MAX, CaseAnswer, CaseQuery, CaseRow, Deadline, EntryRow, FileAnswer,
    HandoffAnswer, OutsideAnswer, StepAnswer,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Act, Case, ClockName, Due, Outside, State, next};
use tongban_ledger::number::CitizenId;
use tongban_ledger::parcel::Parcel;
use tongban_ledger::{AgreementId, DocumentId, Status};

use super::hex;
use crate::db::{Db, Pending};
use crate::document::{Record, act_name, read_act};
use crate::engine::roster::Pages;
use crate::engine::sign::CommandError;
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::keys as places;
use crate::seal::{Private, UnsealError, unseal};
use crate::storage::{Family, ReadError, Reader};

/// Clocks that run on after a case ended.
const AFTER: [&str; 6] = [
    "second_serve",
    "bad_rating_contact",
    "bad_rating_fix",
    "supervision",
    "complaint",
    "commitment",
];

/// Which cases a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only this stage, as `S40`.
    pub stage: Option<String>,
    /// Only cases that this city holds.
    pub holder: Option<DivisionCode>,
    /// Only cases that are (or are not) closed.
    pub open: Option<bool>,
    /// Only cases in which this officer has to act, by the city's roster; who asks is a sign of life.
    pub officer: Option<String>,
}

impl Engine {
    /// The cases of this node, by number.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn cases(&mut self, ctx: &Ctx<'_>, filter: &CaseFilter) -> Result<Vec<CaseRow>, ReadError> {
        let mut query = CaseQuery {
            stage: filter.stage.clone(),
            holder: filter.holder,
            open: filter.open,
            officer: filter.officer.clone(),
            limit: Some(CASE_PAGE_MAX),
            ..CaseQuery::default()
        };
        let mut rows = Vec::new();
        loop {
            let page = match self.case_page(ctx, &query) {
                Ok(page) => page,
                Err(CommandError::Read(error)) => return Err(error),
                // Nothing in the question can be refused.
                Err(CommandError::Refused(_)) => return Ok(rows),
            };
            rows.extend(page.cases);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(rows),
            }
        }
    }

    pub(super) fn case_row(
        &self,
        ctx: &Ctx<'_>,
        pages: &Pages,
        document: &DocumentId,
        record: &Record,
        state: &State,
    ) -> CaseRow {
        let receive = &state.receive;
        let assigned = self.assigned(pages, &record.agreement, state, ctx.now.day());
        let item_name = self
            .with_view(&record.agreement, |view| {
                view.item(&receive.item).map(|item| item.name.clone())
            })
            .flatten()
            .unwrap_or_default();
        CaseRow {
            document: document.to_string(),
            number: receive.number.to_string(),
            item: receive.item.clone(),
            item_name,
            stage: state.stage().code().to_owned(),
            receiver: self.division(&state.receiver),
            owner: self.division(&state.owner()),
            holders: self.divisions(state.holders().iter()),
            received: receive.received,
            submission: state.submission(),
            due: self.deadlines(ctx, record, state),
            next: self.next_commands(ctx, &record.agreement, state),
            handoff: self.handoff(ctx, state),
            outcome: state.decided().map(|decide| decide.outcome),
            mode: receive.mode,
            accepted: state.accepted(),
            stale_guide: self
                .with_view(&record.agreement, |view| state.stale_guide(view))
                .flatten(),
            behind: self
                .with_view(&record.agreement, |view| state.behind(view, ctx.now.day()))
                .flatten()
                .map(|behind| behind.name().to_owned()),
            deemed: state.deemed(),
            contested: state.deem_contested(),
            withdrawing: state.withdrawal().is_some() && state.ending().is_none(),
            trips: state.trips(),
            returns: u32::try_from(state.notices().count()).unwrap_or(u32::MAX),
            instead_of: assigned.as_ref().and_then(|who| who.instead_of.clone()),
            assigned: assigned.map(|who| who.officer),
        }
    }

    /// The commands that this city may give now.
    pub(crate) fn next_commands(
        &self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        state: &State,
    ) -> Vec<String> {
        let author = self.author_now(ctx);
        self.with_view(agreement, |view| next(state, &author, view))
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The push that has no answer yet.
    fn handoff(&self, ctx: &Ctx<'_>, state: &State) -> Option<HandoffAnswer> {
        let (id, from, push) = state.waiting_pushes().next()?;
        let mut nothing = Pending::default();
        let stored = push.to == self.own.city
            || self
                .stored_at(ctx.store, &mut nothing, &push.to, &id)
                .unwrap_or(false);
        Some(HandoffAnswer {
            from: self.division(&from),
            to: self.division(&push.to),
            stored,
        })
    }

    /// What the formal pass lacks, while it is still to come, and what keeps the case from being accepted.
    pub(crate) fn missing_of(&self, agreement: &AgreementId, state: &State) -> Vec<String> {
        let over = state.accepted().is_some() || state.not_accepted() || state.ending().is_some();
        let papers = !over && !state.differences().is_empty();
        let papers = papers.then(|| "papers".to_owned());
        if over || state.formally_passed() {
            return papers.into_iter().collect();
        }
        let missing = self.with_view(agreement, |view| {
            let guide = state.guide(view)?;
            Some(state.missing(guide))
        });
        let mut missing = missing.flatten().unwrap_or_default();
        missing.push("formal-pass".to_owned());
        missing.extend(papers);
        missing
    }

    /// Tracking numbers of parcels that carry something of a case.
    fn parcels_of(
        &mut self,
        ctx: &Ctx<'_>,
        document: &DocumentId,
    ) -> Result<Vec<String>, ReadError> {
        let mut numbers = Vec::new();
        let db = Db::new(ctx.store, &mut self.pending);
        let found = db.scan_all(Family::Indexes, &places::parcels_of(document))?;
        for (key, _) in found {
            let Some(parcel) = places::read_listed_last(&key) else {
                continue;
            };
            let record = self.record(ctx.store, &parcel)?;
            let state = record.and_then(|record| record.state_of::<Parcel>());
            numbers.extend(state.map(|state| state.post.tracking.as_str().to_owned()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(super) fn divisions<'a>(
        &self,
        cities: impl Iterator<Item = &'a CityId>,
    ) -> Vec<DivisionCode> {
        cities.map(|city| self.division(city)).collect()
    }

    /// Every clock of a case (`domain.md` §3.2).
    fn clocks(&self, ctx: &Ctx<'_>, record: &Record, state: &State) -> Vec<Deadline> {
        let now = ctx.now.unix;
        self.with_view(&record.agreement, |view| {
            let calendar = view.calendar();
            let told = state.clocks(view).into_iter().map(|clock| {
                let (due, moment) = match clock.due {
                    Due::Day(day) => (Some(day), None),
                    Due::Moment(at) => (Some(Day::from_unix_beijing(at)), Some(at)),
                    Due::Paused | Due::Unknown => (None, None),
                };
                Deadline {
                    clock: clock.name.as_str().to_owned(),
                    due,
                    moment,
                    paused: clock.due == Due::Paused,
                    holder: self.division(&clock.holder),
                    overdue: clock.overdue(now),
                    amber: clock.amber(&calendar, now).unwrap_or(false),
                    step: clock.step,
                    start: Some(clock.start),
                    done: clock.done,
                    used: clock.used,
                }
            });
            told.collect()
        })
        .unwrap_or_default()
    }

    /// The clocks that run, the first due first.
    fn deadlines(&self, ctx: &Ctx<'_>, record: &Record, state: &State) -> Vec<Deadline> {
        let over = state.ending().is_some();
        let mut running = self.clocks(ctx, record, state);
        running.retain(|clock| runs(&clock.clock, clock.done, over));
        running.sort_by_key(|clock| (clock.due.is_none(), clock.due));
        running
    }

    /// Steps of joint handling.
    fn steps_of(&self, record: &Record, state: &State) -> Vec<StepAnswer> {
        let steps = self.with_view(&record.agreement, |view| {
            let joint = state.joint(view)?;
            let ready = state.steps_ready(view);
            let told = joint.steps.iter().map(|step| {
                let sub = state.sub_of_step(&step.id);
                let standing = match &sub {
                    None if ready.iter().any(|ready| ready.id == step.id) => "ready",
                    None if state.subs().iter().any(|sub| sub.step == step.id) => "released",
                    None => "waiting",
                    Some(sub) if sub.granted() => "granted",
                    Some(sub) if sub.decided.is_some() => "refused",
                    Some(sub) if sub.taken.is_some() => "taken",
                    Some(_) => "opened",
                };
                StepAnswer {
                    step: step.id.clone(),
                    name: step.name.clone(),
                    city: self.division(&joint.city(step)),
                    state: standing.to_owned(),
                    irreversible: step.irreversible,
                    undoes: step.undoes.clone(),
                }
            });
            Some(told.collect())
        });
        steps.flatten().unwrap_or_default()
    }

    /// One case with its history.
    ///
    /// # Errors
    /// The case is not here, or a record could not be read.
    pub fn case(&mut self, ctx: &Ctx<'_>, reference: &str) -> Result<CaseAnswer, CommandError> {
        let document = self.find_case(ctx.store, reference)?;
        let record = self
            .record(ctx.store, &document)?
            .ok_or(tongban_ledger::code::Code::NotFound)?
            .clone();
        let state = record
            .state_of::<Case>()
            .ok_or(tongban_ledger::code::Code::State)?;
        let audience: Vec<CityId> = self.audience(ctx.store, &document)?.into_iter().collect();
        let mut entries = self.entries_of(ctx.store, &document)?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let opening = match entries.first() {
            Some(genesis) => self.private_of(ctx.store, genesis)?,
            None => None,
        };
        let applicant = opening
            .and_then(|private| private.applicant.clone())
            .map(|person| ApplicantAnswer {
                name: person.name.clone(),
                id_number: masked(&person.id_number, ctx),
                phone: person.phone.clone(),
                address: person.address.clone(),
            });
        let pages = self.roster_pages(ctx)?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in &entries {
            let act = read_act::<Act>(&entry.public, RULES_VERSION).ok();
            let officer = act.as_ref().and_then(Act::officer);
            let officer = officer.map(|officer| officer.0.clone()).unwrap_or_default();
            let details = act
                .map(|act| act.details(|city| self.division(city).to_string()))
                .unwrap_or_default();
            let mut row = self.entry_row(ctx, &record, entry, &audience, (officer, details))?;
            let day = Day::from_unix_beijing(row.time);
            let (agreement, city) = (&record.agreement, &entry.header.city);
            let absent = Self::stands_in_for(&pages, agreement, city, &row.officer, day);
            row.details
                .extend(absent.map(|absent| ("instead-of".to_owned(), absent)));
            rows.push(row);
        }
        self.tell_reliance(ctx, &record, state, &entries, &mut rows)?;
        let (consults, return_cause) = self.consults_of_case(ctx, &record, state)?;
        let file = self.case_file(ctx.store, &document)?;
        let view = file.view();
        let mark = state.override_mark();
        let holder_motions =
            self.with_view(&record.agreement, |view| self.holder_motions(view, &mark));
        Ok(CaseAnswer {
            holder_motions: holder_motions.unwrap_or_default(),
            row: self.case_row(ctx, &pages, &document, &record, state),
            audience: self.divisions(audience.iter()),
            applicant,
            materials: state
                .materials()
                .into_iter()
                .map(|material| (material.requirement, material.pages))
                .collect(),
            missing: self.missing_of(&record.agreement, state),
            defects: state.open_defects(),
            clocks: self.clocks(ctx, &record, state),
            steps: self.steps_of(&record, state),
            originals_out: state
                .originals_out()
                .into_iter()
                .map(|(requirement, city)| (requirement, self.division(&city)))
                .collect(),
            ratings: state
                .ratings()
                .into_iter()
                .map(|(visit, (_, rate))| (visit, rate.level))
                .collect(),
            outside: outside_of(ctx, state),
            holder_dept: self.holder_dept(ctx, &record.agreement, state)?,
            parcels: self.parcels_of(ctx, &document)?,
            consults,
            return_cause,
            entries: rows,
            file: FileAnswer {
                fields: view.fields,
                conflicts: view.conflicts,
                checklist: view.checklist,
                notes: view.notes,
                digest: hex(&file.digest()),
            },
            state_root: record.root().to_string(),
        })
    }

    /// An entry in a history, with the officer and the particulars that its act names.
    pub(super) fn entry_row(
        &mut self,
        ctx: &Ctx<'_>,
        record: &Record,
        entry: &Entry,
        audience: &[CityId],
        (officer, mut details): (String, BTreeMap<String, String>),
    ) -> Result<EntryRow, ReadError> {
        let status = record.status(&entry.id);
        let mut stored = Vec::new();
        // Reading needs no pending writes of its own: it sees what is committed.
        let mut nothing = Pending::default();
        for city in audience {
            if *city == entry.header.city && *city != self.own.city
                || self.stored_at(ctx.store, &mut nothing, city, &entry.id)?
            {
                stored.push(self.division(city));
            }
        }
        let (code, by) = match status {
            Status::Denied(code) => (Some(code), None),
            Status::Void(by) | Status::Disputed(by) => (None, Some(by.to_string())),
            _ => (None, None),
        };
        let private = self.private_of(ctx.store, entry)?.unwrap_or_default();
        if let Some(cert) = &private.cert {
            let told = [
                ("number", &cert.number),
                ("issuer", &cert.issuer),
                ("sha256", &cert.sha256),
                ("seal", &cert.seal),
            ];
            let told = told.into_iter().filter(|(_, value)| !value.is_empty());
            details.extend(told.map(|(name, value)| (name.to_owned(), value.clone())));
        }
        let text = private.text.unwrap_or_default();
        Ok(EntryRow {
            entry: entry.id.to_string(),
            city: self.division(&entry.header.city),
            act: act_name(entry).to_owned(),
            time: entry.header.time,
            officer,
            details,
            status: status.name().to_owned(),
            code,
            by,
            text,
            stored,
            parents: parents_of(entry),
        })
    }

    /// The private part of an entry; none where it has none, or this node cannot open it or its key is damaged.
    ///
    /// # Errors
    /// The store cannot be read: whether there is anything to be read is not known then.
    pub(crate) fn private_of(
        &mut self,
        store: &dyn Reader,
        entry: &Entry,
    ) -> Result<Option<Private>, ReadError> {
        if entry.sealed.is_empty() {
            return Ok(None);
        }
        let db = Db::new(store, &mut self.pending);
        match unseal(&db, &self.own.encryption, entry) {
            Ok(private) => Ok(Some(private)),
            Err(UnsealError::Read(error @ ReadError::Backend(_))) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// Jumps to other systems.
fn outside_of(ctx: &Ctx<'_>, state: &State) -> Vec<OutsideAnswer> {
    let today = ctx.now.day();
    let told = |outside: &Outside<'_>| OutsideAnswer {
        system: outside.jump.system.clone(),
        sso: outside.jump.sso,
        jumped: outside.on,
        checked: outside.jump.checked,
        stale: outside.stale(today),
        number: outside.back.map(|back| back.number.clone()),
        back: outside.back.map(|back| back.on),
    };
    state.outside().iter().map(told).collect()
}

/// Whether a clock runs, of a case that is over or not.
pub(crate) fn running(clock: ClockName, done: Option<Day>, over: bool) -> bool {
    runs(clock.as_str(), done, over)
}

fn runs(clock: &str, done: Option<Day>, over: bool) -> bool {
    done.is_none() && (!over || AFTER.contains(&clock))
}

fn masked(number: &str, ctx: &Ctx<'_>) -> String {
    CitizenId::parse(number, ctx.now.day()).map_or_else(|_| "*".repeat(18), |id| id.to_string())
}

/// The entries that an entry rests on, ascending, each once.
fn parents_of(entry: &Entry) -> Vec<String> {
    let parents: std::collections::BTreeSet<_> = entry.parents().collect();
    parents.iter().map(ToString::to_string).collect()
}
