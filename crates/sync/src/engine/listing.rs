//! Lists of cases, kept with the records: what changed in a step is listed anew in the batch of that step.
//!
//! Lists are made from the entries alone, so they are never asked what is right: a query reads the record of
//! every case that it shows. Where they were made from something else (an earlier version, another device key,
//! terms that the agreement changed) a pass makes them anew, some cases at a time; where only guides changed, those of
//! their items.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{Hash32, encode_canonical};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Case, ClockName, Due};
use tongban_ledger::parcel::Parcel;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::query::running;
use super::{Ctx, Engine};
use crate::db::Db;
use crate::keys;
use crate::lines;
use crate::listing::{Basis, LISTS_VERSION, Listing, MARK_BYTES, Mark, NO_DAY, Tally};
use crate::storage::{Family, ReadError, Reader};

/// How many documents a step of the pass lists.
const PASS_STEP: usize = 256;
/// How many keys one read takes while lists are checked.
const CHECK_STEP: usize = 1_024;
/// How many documents are tried in one step after the store did not give one out.
const LIST_TRIES: usize = 16;

/// How far a pass over all documents has come.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// The kind that is being listed.
    kind: u8,
    /// Where to go on among its documents.
    from: Vec<u8>,
    /// How many documents were listed.
    done: u64,
    /// Whether lines that were kept before are still to be deleted.
    sweep: bool,
}

/// The lists in memory: what is to be written, and how far a pass has come.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Cases to list anew with this step.
    changed: BTreeSet<DocumentId>,
    /// Consults to list anew with this step.
    consults: BTreeSet<DocumentId>,
    /// Those of both that the store did not give out when they were to be listed; the store says so as well.
    unlisted: BTreeSet<(u8, DocumentId)>,
    /// The pass that is under way.
    pass: Option<Pass>,
    /// Items whose guides changed, and how far their cases were listed anew.
    items: BTreeMap<String, Vec<u8>>,
    /// From what the lists in the store were made.
    basis: Basis,
    /// From what the pass makes them, or the last one made them.
    target: Basis,
    /// The key of applicants' marks: without the device key nobody can try numbers against them.
    marks: Option<Hash32>,
    /// Whether an agreement has changed since the basis was compared.
    agreements_changed: bool,
    /// Whether lines were found that do not fit together: the next step begins to keep them anew.
    pub(super) unfit: bool,
}

impl Lists {
    pub(super) fn note(&mut self, document: DocumentId) {
        self.changed.insert(document);
    }

    /// Says whether something is stored that could not be listed.
    pub(super) fn lacks_some(&self) -> bool {
        !self.unlisted.is_empty()
    }

    /// Notes that a document's record changed.
    pub(super) fn note_record(&mut self, kind: u8, document: DocumentId) {
        match DocumentKind::from_number(kind) {
            Some(DocumentKind::Case | DocumentKind::Parcel) => self.note(document),
            Some(DocumentKind::Consult) => {
                self.consults.insert(document);
            }
            Some(DocumentKind::Agreement) => self.agreements_changed = true,
            _ => {}
        }
    }

    /// Says whether lines are being deleted, to be kept anew.
    pub(super) fn is_sweeping(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.sweep)
    }
}

impl Engine {
    /// Compares what the lists were made from with what is so now.
    pub(super) fn load_lists(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        // A record that cannot be read is as good as none: the lists are made anew.
        let basis = match db.load::<Basis>(Family::Meta, keys::LISTED) {
            Err(ReadError::Damaged { .. }) => None,
            read => read?,
        };
        let secret = self.own.device.sign(b"tongban/applicant-marks/v1", b"");
        let marks = Hash32::hash("tongban/applicant-marks/v1", &[&secret.bytes]);
        self.lists.marks = Some(marks);
        let now = self.lists_basis();
        match &basis {
            Some(basis) => self.begin_apart(basis, now),
            None => self.begin_lists(now, true),
        }
        self.lists.basis = basis.unwrap_or_default();
        self.load_unlisted(store)
    }

    /// Finds what could not be listed before.
    fn load_unlisted(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let mut from = Some(Vec::new());
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Indexes, keys::UNLISTED, &at, CHECK_STEP)?;
            for (kind, document) in found.iter().filter_map(|(key, _)| keys::read_unlisted(key)) {
                self.lists.unlisted.insert((kind, document));
                self.lists.note_record(kind, document);
            }
            from = next;
        }
        Ok(())
    }

    /// Begins to list anew what was made from something else: every case, or those of some items.
    fn begin_apart(&mut self, made_from: &Basis, now: Basis) {
        match made_from.items_apart(&now) {
            // Whatever an earlier version left of the lines goes.
            None => self.begin_lists(now, made_from.version != LISTS_VERSION),
            Some(items) => {
                // The basis in the store stays the earlier one until they are all done, so a restart begins again.
                let items = items.into_iter().map(|item| (item, Vec::new()));
                self.lists.items.extend(items);
                self.lists.target = now;
            }
        }
    }

    /// From what lists would be made now.
    fn lists_basis(&self) -> Basis {
        let digest = |id: &AgreementId| {
            // Whatever clocks and lapses follow from, beside the case itself and the guides of its item, and who bears
            // a cost line, beside its parcel: of the terms, and as members changed it since.
            let digest = self.with_view(id, |view| {
                let terms = encode_canonical(view.terms());
                let limits = encode_canonical(view.limits());
                let postage = encode_canonical(&view.postage_rules());
                let calendar = view.calendar();
                let years = encode_canonical(&calendar.years().collect::<Vec<_>>());
                let parts: [&[u8]; 4] = [&terms, &limits, &postage, &years];
                Hash32::hash("tongban/lists-basis/v3", &parts)
            });
            digest.unwrap_or(Hash32([0; 32]))
        };
        let guides = |id: &AgreementId| {
            let guides = self.with_view(id, |view| {
                let mut of: BTreeMap<String, Vec<u8>> = BTreeMap::new();
                for guide in view.guides() {
                    let texts = of.entry(guide.item.clone()).or_default();
                    texts.extend(encode_canonical(guide));
                }
                let hash = |texts: Vec<u8>| Hash32::hash("tongban/lists-guides/v1", &[&texts]);
                let each = of.into_iter().map(|(item, texts)| (item, hash(texts)));
                each.collect::<BTreeMap<String, Hash32>>()
            });
            guides.unwrap_or_default()
        };
        let marks = self.lists.marks;
        Basis {
            version: LISTS_VERSION,
            marks: marks.map(|key| Hash32::hash("tongban/marks-key/v1", &[key.as_bytes()])),
            terms: self.agreements.keys().map(|id| (*id, digest(id))).collect(),
            guides: self.agreements.keys().map(|id| (*id, guides(id))).collect(),
        }
    }

    /// Begins a pass over all documents; `sweep` says that no line that was kept before may stay.
    fn begin_lists(&mut self, target: Basis, sweep: bool) {
        let sweep = sweep || self.lists.is_sweeping();
        self.lists.pass = Some(Pass {
            sweep,
            ..Pass::default()
        });
        self.lists.items.clear();
        self.lists.target = target;
        self.pending.delete(Family::Meta, keys::LISTED.to_vec());
    }

    /// Begins a pass that keeps the lines of all parcels anew: what was kept does not fit together.
    pub(super) fn remake_lines(&mut self) {
        self.begin_lists(self.lists.target.clone(), true);
    }

    /// Says whether lists are being made anew; until that is done they may lack cases.
    pub fn is_listing(&self) -> bool {
        self.lists.pass.is_some() || self.lists.unfit
    }

    /// Says whether something is left to be listed, be it only that guides changed.
    pub(super) fn has_to_list(&self) -> bool {
        self.is_listing() || !self.lists.items.is_empty()
    }

    /// Goes on with a pass that makes the lists anew, and says how many documents it has listed; none once it is
    /// done. A driver calls this, and commits, before it serves anybody.
    ///
    /// # Errors
    /// The store cannot be read. A damaged record is passed over.
    pub fn make_lists(&mut self, ctx: &mut Ctx<'_>) -> Result<Option<u64>, ReadError> {
        self.run_lists(ctx)?;
        Ok(self.lists.pass.as_ref().map(|pass| pass.done))
    }

    /// Lists what this step changed.
    pub(super) fn list_changed(&mut self, ctx: &Ctx<'_>) -> Result<(), ReadError> {
        let cases = std::mem::take(&mut self.lists.changed);
        let consults = std::mem::take(&mut self.lists.consults);
        let cases = cases.into_iter().map(|case| (DocumentKind::Case, case));
        let consults = consults
            .into_iter()
            .map(|consult| (DocumentKind::Consult, consult));
        let (mut failed, mut outcome) = (0, Ok(()));
        for (kind, document) in cases.chain(consults) {
            let listed = match kind {
                // The medium is at fault; others would not fare better.
                _ if failed >= LIST_TRIES => Err(None),
                DocumentKind::Consult => self.list_consult(ctx.store, &document).map_err(Some),
                _ => self.list_either(ctx.store, &document).map_err(Some),
            };
            let mark = (kind as u8, document);
            match listed {
                Ok(()) if self.lists.unlisted.remove(&mark) => {
                    let key = keys::unlisted(mark.0, &document);
                    self.pending.delete(Family::Indexes, key);
                }
                Ok(()) => {}
                // It stays to be listed, also after a restart.
                Err(error) => {
                    failed += 1;
                    outcome = outcome.and(error.map_or(Ok(()), Err));
                    self.lists.note_record(mark.0, document);
                    if self.lists.unlisted.insert(mark) {
                        let key = keys::unlisted(mark.0, &document);
                        self.pending.put(Family::Indexes, key, Vec::new());
                    }
                }
            }
        }
        outcome
    }

    /// Lists a case, or the lines of a parcel.
    fn list_either(&mut self, store: &dyn Reader, document: &DocumentId) -> Result<(), ReadError> {
        self.list_case(store, document)?;
        self.keep_lines(store, document)
    }

    /// Goes on with the pass that is under way, or begins one where an agreement changed what lists rest on.
    pub(super) fn run_lists(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        if std::mem::take(&mut self.lists.agreements_changed) {
            let now = self.lists_basis();
            if now != self.lists.target {
                let target = std::mem::take(&mut self.lists.target);
                self.begin_apart(&target, now);
            }
        }
        if std::mem::take(&mut self.lists.unfit) {
            self.remake_lines();
        }
        if !self.has_to_list() {
            return Ok(());
        }
        let read = match self.lists.pass.take() {
            Some(mut pass) => {
                let read = self.pass_on(ctx, &mut pass);
                if !matches!(read, Ok(true)) {
                    self.lists.pass = Some(pass);
                }
                read
            }
            None => self.items_on(ctx).map(|()| true),
        };
        if !self.has_to_list() {
            self.lists.basis = self.lists.target.clone();
            let mut db = Db::new(ctx.store, &mut self.pending);
            db.save(Family::Meta, keys::LISTED.to_vec(), &self.lists.basis);
            // What lapsed meanwhile was not listed when it was looked for.
            self.lapses.look_again();
        }
        read.map(|_| ())
    }

    /// Lists the next cases of an item whose guides changed.
    fn items_on(&mut self, ctx: &Ctx<'_>) -> Result<(), ReadError> {
        let Some((item, from)) = self.lists.items.first_key_value() else {
            return Ok(());
        };
        let (item, from) = (item.clone(), from.clone());
        let list = keys::of_item(&item);
        let db = Db::new(ctx.store, &mut self.pending);
        let (found, next) = db.scan_around(Family::Indexes, &list, &from, PASS_STEP)?;
        for (key, _) in found {
            if let Some(document) = keys::read_listed_last(&key) {
                self.list_case(ctx.store, &document)?;
            }
        }
        match next {
            Some(next) => self.lists.items.insert(item, next),
            None => self.lists.items.remove(&item),
        };
        Ok(())
    }

    /// Lists the next documents; says whether these were the last.
    fn pass_on(&mut self, ctx: &Ctx<'_>, pass: &mut Pass) -> Result<bool, ReadError> {
        if pass.sweep {
            let mut db = Db::new(ctx.store, &mut self.pending);
            pass.sweep = lines::sweep(&mut db, CHECK_STEP)?;
            if pass.sweep {
                return Ok(false);
            }
        }
        let kinds = [
            DocumentKind::Case,
            DocumentKind::Parcel,
            DocumentKind::Consult,
        ];
        let Some(kind) = kinds.into_iter().find(|kind| *kind as u8 >= pass.kind) else {
            return Ok(true);
        };
        let prefix = keys::kind(kind as u8);
        let db = Db::new(ctx.store, &mut self.pending);
        let (found, next) = db.scan_around(Family::Indexes, &prefix, &pass.from, PASS_STEP)?;
        for (key, _) in found {
            let Some(document) = DocumentId::from_slice(&key[prefix.len()..]) else {
                continue;
            };
            match kind {
                DocumentKind::Parcel => {
                    self.list_parcel(ctx.store, &document)?;
                    self.keep_lines(ctx.store, &document)?;
                }
                DocumentKind::Consult => self.list_consult(ctx.store, &document)?,
                _ => {
                    self.list_case(ctx.store, &document)?;
                    if self
                        .listing_at(ctx.store, &document)?
                        .is_some_and(|of| of.waits)
                    {
                        self.to_answer.insert(document);
                    }
                }
            }
            pass.done += 1;
        }
        match next {
            Some(next) => pass.from = next,
            None => {
                pass.kind = (kind as u8).saturating_add(1);
                pass.from.clear();
            }
        }
        Ok(false)
    }

    /// The listing in the store; none where there is none, or it cannot be read.
    pub(super) fn listing_at(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<Listing>, ReadError> {
        Ok(self.listed_at(store, document)?.flatten())
    }

    /// What the store says of a case: none where it was never listed, else its listing unless nobody had the right
    /// to open it.
    #[allow(
        clippy::option_option,
        reason = "a case that is not listed and one that has no state are two things"
    )]
    fn listed_at(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<Option<Listing>>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        match db.load::<Option<Listing>>(Family::Indexes, &keys::listing(document)) {
            // Its keys are found by `verify`.
            Err(ReadError::Damaged { .. }) => Ok(None),
            read => read,
        }
    }

    /// Lists a case anew; writes what differs.
    fn list_case(&mut self, store: &dyn Reader, document: &DocumentId) -> Result<(), ReadError> {
        let before = self.listed_at(store, document)?;
        let known = before.as_ref().and_then(Option::as_ref);
        let known = known.and_then(|listing| listing.applicant);
        let now = match self.listing_of(store, document, known) {
            // Verify names a damaged record, and a step that mends it lists it.
            Err(ReadError::Damaged { .. }) => return Ok(()),
            read => read?,
        };
        if before == now {
            return Ok(());
        }
        let keys_of = |listed: &Option<Option<Listing>>| {
            let listing = listed.as_ref().and_then(Option::as_ref);
            listing.map(|of| of.keys(document)).unwrap_or_default()
        };
        let (old, new) = (keys_of(&before), keys_of(&now));
        // Whatever has to be read is read before anything of it is written.
        let mut tally = self.tally(store)?;
        tally.note(before.as_ref(), now.as_ref());
        for key in old.difference(&new) {
            self.pending.delete(Family::Indexes, key.clone());
        }
        for key in &new {
            if !old.contains(key) {
                self.pending.put(Family::Indexes, key.clone(), Vec::new());
            }
        }
        let mut db = Db::new(store, &mut self.pending);
        match &now {
            Some(listed) => db.save(Family::Indexes, keys::listing(document), listed),
            None => self
                .pending
                .delete(Family::Indexes, keys::listing(document)),
        }
        let mut db = Db::new(store, &mut self.pending);
        db.save(Family::Meta, keys::TALLY.to_vec(), &tally);
        Ok(())
    }

    fn list_parcel(&mut self, store: &dyn Reader, document: &DocumentId) -> Result<(), ReadError> {
        let record = match self.record(store, document) {
            Err(ReadError::Damaged { .. }) => return Ok(()),
            read => read?,
        };
        let state = record.and_then(|record| record.state_of::<Parcel>());
        let cases = state.map(|state| state.post.cases.clone());
        for case in cases.into_iter().flatten() {
            let key = keys::parcel_of(&case, document);
            self.pending.put(Family::Indexes, key, Vec::new());
        }
        Ok(())
    }

    /// How many cases there are.
    pub(super) fn tally(&mut self, store: &dyn Reader) -> Result<Tally, ReadError> {
        let db = Db::new(store, &mut self.pending);
        match db.load::<Tally>(Family::Meta, keys::TALLY) {
            Err(ReadError::Damaged { .. }) => Ok(Tally::default()),
            read => Ok(read?.unwrap_or_default()),
        }
    }

    /// What a case is to be listed under; `known` is its applicant's mark, where that was made before.
    #[allow(clippy::option_option, reason = "as for `listed_at`")]
    fn listing_of(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
        known: Option<Mark>,
    ) -> Result<Option<Option<Listing>>, ReadError> {
        let kind = self.record(store, document)?.map(|record| record.kind);
        if kind != Some(DocumentKind::Case as u8) {
            return Ok(None);
        }
        // Marks that were made with another key count no more.
        let known = known.filter(|_| self.lists.basis.marks == self.lists_marks());
        let applicant = match known {
            Some(mark) => Some(mark),
            None => self.applicant_mark(store, document)?,
        };
        let own = self.own.city;
        self.record(store, document)?;
        let Some(record) = self.records.get(document) else {
            return Ok(None);
        };
        let Some(state) = record.state_of::<Case>() else {
            return Ok(Some(None));
        };
        let days = self.with_view(&record.agreement, |view| {
            let day = |due: Due| match due {
                Due::Day(day) => day.epoch_days(),
                Due::Moment(at) => Day::from_unix_beijing(at).epoch_days(),
                Due::Paused | Due::Unknown => NO_DAY,
            };
            let mut clocks = state.clocks(view);
            let over = state.ending().is_some();
            let unseen = clocks
                .iter()
                .filter(|clock| clock.name == ClockName::View && clock.done.is_none());
            let unseen = unseen.map(|clock| day(clock.due));
            let untouched = state.sole_claim().and_then(|claim| {
                let since = Day::from_unix_beijing(state.untouched_since(&claim.city)?);
                let days = u32::from(view.limits().idle_handle_days);
                view.calendar().due(since, days).ok().map(Day::epoch_days)
            });
            let idle = unseen.chain(untouched).min();
            let idle = idle.filter(|day| *day != NO_DAY && !state.stage().terminal());
            clocks.retain(|clock| running(clock.name, clock.done, over));
            let all = clocks.iter().map(|clock| day(clock.due)).min();
            let mine = clocks.iter().filter(|clock| clock.holder == own);
            let licence = view
                .item(&state.receive.item)
                .is_some_and(|item| item.licence);
            let lapses = state.receiver == own
                && (licence || view.limits().deemed_all)
                && state.accepted().is_none()
                && state.deem_due().is_none()
                && !over;
            let lapse = lapses.then(|| state.notice_due(view).ok()).flatten();
            (all, mine.map(|clock| day(clock.due)).min(), lapse, idle)
        });
        let (due, own_due, lapse, idle) = days.unwrap_or_default();
        Ok(Some(Some(Listing {
            number: state.receive.number.to_string(),
            stage: state.stage().code().to_owned(),
            open: !state.stage().terminal(),
            item: state.receive.item.clone(),
            holders: state.holders().into_iter().collect(),
            due,
            own_due,
            lapse: lapse.map(Day::epoch_days),
            waits: self.waits_for_node(state),
            applicant,
            idle,
        })))
    }

    fn lists_marks(&self) -> Option<Hash32> {
        let marks = self.lists.marks;
        marks.map(|key| Hash32::hash("tongban/marks-key/v1", &[key.as_bytes()]))
    }

    /// The mark of an identity number as it stands in a sealed part, [`MARK_BYTES`] long.
    pub(super) fn mark_of(&self, id_number: &str) -> Option<Mark> {
        let key = self.lists.marks?;
        let parts: [&[u8]; 2] = [key.as_bytes(), id_number.as_bytes()];
        let hash = Hash32::hash("tongban/applicant-mark/v1", &parts);
        let cut: [u8; MARK_BYTES] = hash.as_bytes().get(..MARK_BYTES)?.try_into().ok()?;
        Some(Mark(cut))
    }

    /// The mark of a case's applicant, where this node can read who that is.
    fn applicant_mark(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<Mark>, ReadError> {
        let db = Db::new(store, &mut self.pending);
        let genesis = tongban_ledger::EntryId(document.0);
        let genesis = match super::admit::load_entry(&db, document, &genesis) {
            // The list by applicants lacks it until it is mended.
            Err(ReadError::Damaged { .. }) => None,
            read => read?,
        };
        let Some(genesis) = genesis else {
            return Ok(None);
        };
        let private = self.private_of(store, &genesis)?;
        let applicant = private.as_ref().and_then(|of| of.applicant.as_ref());
        Ok(applicant.and_then(|person| self.mark_of(&person.id_number)))
    }

    /// Compares the lists with what they are made from, and mends what differs. Names what was wrong: a case by its
    /// document, a list with keys that it should not have, or the count of cases.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn check_lists(&mut self, ctx: &Ctx<'_>) -> Result<Vec<String>, ReadError> {
        let mut wrong = Vec::new();
        let mut expected: BTreeMap<u8, u64> = BTreeMap::new();
        let mut tally = Tally::default();
        let prefix = keys::kind(DocumentKind::Case as u8);
        let mut from = Some(Vec::new());
        while let Some(at) = from.take() {
            let db = Db::new(ctx.store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Indexes, &prefix, &at, CHECK_STEP)?;
            for (key, _) in found {
                let Some(document) = DocumentId::from_slice(&key[prefix.len()..]) else {
                    continue;
                };
                let mut now = match self.listing_of(ctx.store, &document, None) {
                    Err(ReadError::Damaged { .. }) => continue,
                    read => read?,
                };
                let listed = self.listed_at(ctx.store, &document)?;
                // Of an applicant who cannot be read (any more) the mark is right as it is.
                if let (Some(Some(now)), Some(Some(listed))) = (&mut now, &listed) {
                    now.applicant = now.applicant.or(listed.applicant);
                }
                let listing = now.as_ref().and_then(Option::as_ref);
                let keys = listing.map(|of| of.keys(&document)).unwrap_or_default();
                let db = Db::new(ctx.store, &mut self.pending);
                let here = |key: &Vec<u8>| matches!(db.get(Family::Indexes, key), Ok(Some(_)));
                let complete = keys.iter().all(here);
                for key in &keys {
                    *expected.entry(key[0]).or_default() += 1;
                }
                tally.note(None, now.as_ref());
                if !complete || listed != now {
                    wrong.push(format!("{}/{document}", Family::Indexes.name()));
                    let mut db = Db::new(ctx.store, &mut self.pending);
                    for key in keys {
                        db.put(Family::Indexes, key, Vec::new());
                    }
                    if let Some(listed) = &now {
                        db.save(Family::Indexes, keys::listing(&document), listed);
                    }
                }
            }
            from = next;
        }
        for list in keys::LISTS {
            let expected = expected.get(&list[0]).copied().unwrap_or_default();
            if self.count_keys(ctx.store, list)? != expected {
                self.sweep(ctx.store, list)?;
                wrong.push(format!("{}/{:02x}", Family::Indexes.name(), list[0]));
            }
        }
        wrong.extend(self.check_lines(ctx.store)?);
        if self.tally(ctx.store)? != tally {
            let mut db = Db::new(ctx.store, &mut self.pending);
            db.save(Family::Meta, keys::TALLY.to_vec(), &tally);
            wrong.push(format!("{}/tally", Family::Meta.name()));
        }
        wrong.extend(self.check_consult_lists(ctx.store)?);
        Ok(wrong)
    }

    /// How many keys a list has.
    fn count_keys(&mut self, store: &dyn Reader, list: &[u8]) -> Result<u64, ReadError> {
        let (mut count, mut from) = (0, Some(Vec::new()));
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Indexes, list, &at, CHECK_STEP)?;
            count += found.len() as u64;
            from = next;
        }
        Ok(count)
    }

    /// Deletes the keys of a list under which no case is listed.
    fn sweep(&mut self, store: &dyn Reader, list: &[u8]) -> Result<(), ReadError> {
        let mut from = Some(Vec::new());
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Indexes, list, &at, CHECK_STEP)?;
            for (key, _) in found {
                let listed = match keys::read_listed_last(&key) {
                    Some(document) => self
                        .listing_at(store, &document)?
                        .is_some_and(|of| of.keys(&document).contains(&key)),
                    None => false,
                };
                if !listed {
                    self.pending.delete(Family::Indexes, key);
                }
            }
            from = next;
        }
        Ok(())
    }
}
