//! The watch of a run: shows what happens to the checks, and keeps the first thing that one finds wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::Notice;
use tongban_sync::engine::inspect;
use tongban_sync::frame::Frame;
use tongban_sync::storage::{Batch, Family};

use super::Cast;
use super::chains::Chains;
use super::privacy::Privacy;
use super::receipts::Receipts;
use super::roots::Roots;
use crate::swarm::Violation;
use crate::world::{Disk, Draws, Sent, Watch};

/// How long heartbeats are counted together, in virtual milliseconds.
const HEARTBEATS_MS: u64 = 60_000;
/// How many heartbeats one city may send another in that time: two comparisons asked and two answered.
const HEARTBEATS_MAX: u64 = 8;

/// What the checks have seen so far.
pub(crate) struct Seen {
    cast: Cast,
    chains: Chains,
    roots: Roots,
    receipts: Receipts,
    privacy: Privacy,
    /// Frames between honest cities.
    frames: u64,
    /// Heartbeats by sender and receiver: since when they are counted, and how many there were.
    heartbeats: BTreeMap<(usize, usize), (u64, u64)>,
    violation: Option<Violation>,
    /// What the honest cities came to, once they are at rest.
    pub reached: BTreeMap<&'static str, u64>,
    /// Cities that are no members, once all are at rest: they and the members turn each other away now and then.
    pub away: BTreeSet<usize>,
}

impl Seen {
    /// Takes what was found wrong, if anything.
    pub fn verdict(&self) -> Result<(), Violation> {
        self.violation.clone().map_or(Ok(()), Err)
    }

    /// How many frames went between honest cities.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Checks a disk at rest for what it should not hold.
    pub fn private_at_rest(&self, at: usize, disk: &Disk) -> Result<(), Violation> {
        self.privacy.at_rest(&self.cast, at, disk)
    }

    fn keep(&mut self, found: Result<(), Violation>) {
        if let (Err(violation), None) = (found, &self.violation) {
            self.violation = Some(violation);
        }
    }

    fn committed(&mut self, at: usize, batch: &Batch, disk: &Disk) {
        if !self.cast.is_honest(at) {
            return;
        }
        let stored: Vec<_> = batch
            .writes
            .iter()
            .filter_map(inspect::stored_entry)
            .collect();
        for (_, id) in &stored {
            self.chains.note(at, *id);
        }
        self.stored(at, stored, disk);
        let mut records: Vec<_> = batch
            .writes
            .iter()
            .filter_map(inspect::stored_record)
            .collect();
        records.sort_by_key(|(_, record)| record.kind != DocumentKind::Agreement as u8);
        for (document, record) in records {
            let found = self.roots.check(&self.cast, at, document, &record, disk);
            self.keep(found);
        }
    }

    /// A process began. What a commit left on the disk in which the last one died is looked at now.
    fn started(&mut self, at: usize, disk: &Disk) {
        let inventory = disk
            .records()
            .filter(|(family, _, _)| **family == Family::Inventory)
            .filter_map(|(_, key, value)| {
                let document = inspect::listed_document(value)?;
                Some((document, EntryId::from_slice(key)?))
            });
        let (mut all, mut new) = (BTreeSet::new(), Vec::new());
        for (document, id) in inventory {
            if !self.chains.has(at, &id) {
                new.push((document, id));
            }
            all.insert(id);
        }
        self.chains.restarted(at, all);
        if self.cast.is_honest(at) {
            self.stored(at, new, disk);
        }
    }

    fn stored(&mut self, at: usize, stored: Vec<(DocumentId, EntryId)>, disk: &Disk) {
        let mut entries = Vec::with_capacity(stored.len());
        for (document, id) in stored {
            match inspect::entry(disk, &document, &id) {
                Ok(Some(entry)) => entries.push(entry),
                _ => {
                    let what = format!("{} stores {id} and cannot read it", self.cast.name(at));
                    self.keep(Err(Violation::new("I1 every entry is signed", what)));
                }
            }
        }
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        for entry in &entries {
            let by = self.cast.city(&entry.header.city);
            self.privacy.note(at, by, entry);
            if let Some(by) = self.cast.place(&entry.header.city) {
                self.privacy.signed(by, entry.id);
            }
            let honest = self.cast.honest(&entry.header.city);
            self.roots.note_author(entry.id, honest);
            let found = self.chains.check(&self.cast, at, entry, disk);
            let found = found.and_then(|()| self.privacy.sealed(&self.cast, at, entry));
            self.keep(found);
        }
    }

    /// Says whether a heartbeat is one of few within its minute.
    fn is_rare(&mut self, sent: Sent) -> bool {
        let window = self.heartbeats.entry((sent.from, sent.to)).or_default();
        if sent.now.saturating_sub(window.0) >= HEARTBEATS_MS {
            *window = (sent.now, 0);
        }
        window.1 += 1;
        window.1 <= HEARTBEATS_MAX
    }

    fn sent(&mut self, sent: Sent, bytes: &[u8]) {
        let honest = self.cast.is_honest(sent.from);
        let frame = Frame::from_slice(bytes).ok();
        // A comparison that comes out even says nothing new: it is a heartbeat, and rare.
        let heartbeat = matches!(
            frame,
            Some(Frame::Audit(_) | Frame::Audited(_) | Frame::AuditEnd(_))
        );
        let away = self.away.contains(&sent.from) || self.away.contains(&sent.to);
        if honest && self.cast.is_honest(sent.to) && !away {
            self.frames += u64::from(!(heartbeat && self.is_rare(sent)));
        }
        if let Some(frame) = &frame {
            let found = self.receipts.check(&self.cast, &self.chains, sent, frame);
            self.keep(found);
        }
        // Where all are honest nobody can know what it may not.
        if !self.cast.hostile.is_empty() {
            self.privacy.spoken(sent.from, bytes, frame.as_ref());
        }
        if honest {
            let found = self.privacy.sent(&self.cast, sent, bytes, frame.as_ref());
            self.keep(found);
        }
    }
}

/// Looks on for the checks.
#[derive(Clone)]
pub(crate) struct Eye(Arc<Mutex<Seen>>);

impl Eye {
    /// An eye that has seen nothing.
    pub fn new(draws: Draws, cast: Cast) -> Self {
        Self(Arc::new(Mutex::new(Seen {
            cast,
            chains: Chains::default(),
            roots: Roots::new(draws),
            receipts: Receipts::default(),
            privacy: Privacy::default(),
            frames: 0,
            heartbeats: BTreeMap::new(),
            violation: None,
            reached: BTreeMap::new(),
            away: BTreeSet::new(),
        })))
    }

    /// The cities of the run.
    pub fn cast(&self) -> Cast {
        self.seen().cast.clone()
    }

    /// Holds a city to nothing from now on.
    pub fn distrust(&self, at: usize) {
        self.seen().cast.hostile.insert(at);
    }

    /// What was seen so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Watch for Eye {
    fn committed(&mut self, _: u64, at: usize, batch: &Batch, disk: &Disk) {
        let mut seen = self.seen();
        if seen.cast.has(at) {
            seen.committed(at, batch, disk);
        }
    }

    fn sent(&mut self, sent: Sent, frame: &[u8]) {
        let mut seen = self.seen();
        if seen.cast.has(sent.from) && seen.cast.has(sent.to) {
            seen.sent(sent, frame);
        }
    }

    fn noticed(&mut self, _: u64, at: usize, notice: &Notice) {
        let mut seen = self.seen();
        if seen.cast.has(at) {
            let found = seen.privacy.noticed(&seen.cast, at, notice);
            seen.keep(found);
        }
    }

    fn started(&mut self, _: u64, at: usize, disk: &Disk) {
        let mut seen = self.seen();
        if seen.cast.has(at) {
            seen.started(at, disk);
        }
    }
}
