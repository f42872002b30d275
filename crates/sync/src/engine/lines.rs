//! Cost lines kept with the records: what a step changes in a parcel is kept in the batch of that step.
//!
//! Bills and months read here and no parcel. Where what the lines follow from is another (an earlier version, terms
//! that the agreement changed), the pass of lists makes them anew; until that is done they are read from the parcels
//! themselves, so that no answer is ever behind.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use tongban_ledger::calendar::{Day, Month};
use tongban_ledger::lines::{self as ledger, Pair};
use tongban_ledger::parcel::Parcel;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind};

use super::Engine;
use super::admit::load_entry;
use crate::db::Db;
use crate::keys;
use crate::lines::{self, Recorded};
use crate::storage::{Family, ReadError, Reader};

/// Lines by pair, where the index could not be read and the parcels were walked instead.
pub(super) type Walked = Option<BTreeMap<Pair, Vec<Recorded>>>;

impl Engine {
    /// Keeps the lines of a parcel as they are now. Where the index does not fit together, a pass makes it anew.
    pub(super) fn keep_lines(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<(), ReadError> {
        if self.lists.is_sweeping() {
            return Ok(());
        }
        let (agreement, now) = match self.lines_of(store, document) {
            // Verify names a damaged record, and a step that mends it keeps its lines.
            Err(ReadError::Damaged { .. }) => return Ok(()),
            read => match read? {
                Some(found) => found,
                None => return Ok(()),
            },
        };
        self.mark_objections(store, &agreement, document)?;
        let mut db = Db::new(store, &mut self.pending);
        match lines::keep(&mut db, &agreement, document, &now) {
            Err(ReadError::Damaged { .. }) => {
                self.lists.unfit = true;
                Ok(())
            }
            read => read,
        }
    }

    /// Notes whether an objection to a line of a parcel is open, so that agendas find it without reading parcels.
    fn mark_objections(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        document: &DocumentId,
    ) -> Result<(), ReadError> {
        let state = self.records.get(document);
        let state = state.and_then(|record| record.state_of::<Parcel>());
        let open = state.is_some_and(|state| state.open_objections().next().is_some());
        let key = keys::objected(agreement, document);
        let mut db = Db::new(store, &mut self.pending);
        let marked = db.get(Family::Indexes, &key)?.is_some();
        match (open, marked) {
            (true, false) => db.put(Family::Indexes, key, Vec::new()),
            (false, true) => self.pending.delete(Family::Indexes, key),
            _ => {}
        }
        Ok(())
    }

    /// The lines of a parcel, from its record, each with the day of its entry.
    fn lines_of(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<(AgreementId, Vec<Recorded>)>, ReadError> {
        self.record(store, document)?;
        let Some(record) = self.records.get(document) else {
            return Ok(None);
        };
        if record.kind != DocumentKind::Parcel as u8 {
            return Ok(None);
        }
        let state = record.state_of::<Parcel>();
        let lines = self.with_view(&record.agreement, |view| {
            state.map(|state| ledger::of_parcel(*document, state, view))
        });
        let agreement = record.agreement;
        let mut found = Vec::new();
        for of in lines.flatten().unwrap_or_default() {
            let db = Db::new(store, &mut self.pending);
            let entry = load_entry(&db, document, &of.line.line)?;
            let recorded = entry.map_or(of.line.posted, |entry| {
                Day::from_unix_beijing(entry.header.time)
            });
            found.push(Recorded { of, recorded });
        }
        Ok(Some((agreement, found)))
    }

    /// The lines of a month, from the parcels themselves, by pair.
    fn walk_lines(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        months: &RangeInclusive<Month>,
    ) -> Result<BTreeMap<Pair, Vec<Recorded>>, ReadError> {
        let mut found: BTreeMap<Pair, Vec<Recorded>> = BTreeMap::new();
        for document in self.documents_of(store, DocumentKind::Parcel)? {
            let Some((of, lines)) = self.lines_of(store, &document)? else {
                continue;
            };
            let Some(line) = lines.first().map(|line| line.of.line.clone()) else {
                continue;
            };
            if of == *agreement && months.contains(&Month::of(line.posted)) {
                let pair = Pair::of(line.from, line.to);
                found.entry(pair).or_default().extend(lines);
            }
        }
        Ok(found)
    }

    /// Hands over every line of the parcels posted in a month, pair by pair, ascending; inside a pair in no promised
    /// order. No parcel is read, unless the index is just being made anew.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn each_pair(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        month: Month,
        each: &mut dyn FnMut(Pair, Vec<Recorded>),
    ) -> Result<(), ReadError> {
        if self.is_listing() {
            let found = self.walk_lines(store, agreement, &(month..=month))?;
            found
                .into_iter()
                .for_each(|(pair, lines)| each(pair, lines));
            return Ok(());
        }
        let mut last = None;
        let db = Db::new(store, &mut self.pending);
        let read = lines::each_pair(&db, agreement, month, &mut |pair, lines| {
            last = Some(pair);
            each(pair, lines);
        });
        match read {
            // A pass makes the index anew; what was not handed over yet comes from the parcels.
            Err(ReadError::Damaged { .. }) => {
                self.lists.unfit = true;
                let found = self.walk_lines(store, agreement, &(month..=month))?;
                let rest = found.into_iter().filter(|(pair, _)| last < Some(*pair));
                rest.for_each(|(pair, lines)| each(pair, lines));
                Ok(())
            }
            read => read,
        }
    }

    /// The pairs with parcels that were posted in a month and had cost lines, ascending.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn month_pairs(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        month: Month,
    ) -> Result<Vec<Pair>, ReadError> {
        if self.is_listing() {
            let found = self.walk_lines(store, agreement, &(month..=month))?;
            return Ok(found.into_keys().collect());
        }
        let db = Db::new(store, &mut self.pending);
        lines::pairs(&db, agreement, month)
    }

    /// Every line of a pair's parcels that were posted in some months, in no promised order.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn pair_lines(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        pair: &Pair,
        months: RangeInclusive<Month>,
    ) -> Result<Vec<Recorded>, ReadError> {
        let walked = &mut Walked::default();
        self.next_pair(store, agreement, pair, &months, walked, Some)
    }

    /// The same for one pair of several: where the parcels have to be walked they are walked once for all of them, and
    /// `walked` holds what was found. Memory then holds every line of those months instead of those of one pair. What
    /// `take` makes of a line is collected.
    pub(super) fn next_pair<T>(
        &mut self,
        store: &dyn Reader,
        agreement: &AgreementId,
        pair: &Pair,
        months: &RangeInclusive<Month>,
        walked: &mut Walked,
        take: impl Fn(Recorded) -> Option<T>,
    ) -> Result<Vec<T>, ReadError> {
        if walked.is_none() && !self.is_listing() {
            let db = Db::new(store, &mut self.pending);
            let mut found = Vec::new();
            let mut each = |line| found.extend(take(line));
            match lines::of_months(&db, agreement, pair, months, &mut each) {
                // A pass makes the index anew; until then the parcels say it.
                Err(ReadError::Damaged { .. }) => self.lists.unfit = true,
                read => return read.map(|()| found),
            }
        }
        let found = match walked {
            Some(found) => found,
            None => walked.insert(self.walk_lines(store, agreement, months)?),
        };
        let lines = found.remove(pair).unwrap_or_default();
        Ok(lines.into_iter().filter_map(take).collect())
    }

    /// Compares the index with the parcels. Where it differs it is named, and a pass makes it anew.
    pub(super) fn check_lines(&mut self, store: &dyn Reader) -> Result<Vec<String>, ReadError> {
        if self.is_listing() {
            return Ok(Vec::new());
        }
        let mut wrong = Vec::new();
        let mut expected = 0;
        for document in self.documents_of(store, DocumentKind::Parcel)? {
            let now = match self.lines_of(store, &document) {
                // It is named as a document.
                Err(ReadError::Damaged { .. }) => continue,
                read => read?,
            };
            let Some((_, now)) = now else {
                continue;
            };
            let db = Db::new(store, &mut self.pending);
            let place = db.load::<lines::Place>(Family::Indexes, &keys::line_place(&document));
            let fits = match place {
                Ok(Some(place)) => place.hash == lines::hash(&document, &now),
                Ok(None) => now.is_empty(),
                Err(ReadError::Damaged { .. }) => false,
                Err(error) => return Err(error),
            };
            expected += u64::from(!now.is_empty());
            if !fits {
                wrong.push(format!("{}/{document}", Family::Indexes.name()));
            }
        }
        let db = Db::new(store, &mut self.pending);
        let (count, sound) = lines::compare(&db)?;
        if !sound || count != expected {
            let list = keys::LINE_BLOCKS[0];
            wrong.push(format!("{}/{list:02x}", Family::Indexes.name()));
        }
        if !wrong.is_empty() {
            self.remake_lines();
        }
        Ok(wrong)
    }
}
