//! Signs of life: when an officer signed something last, when a window received last, and since when this node knows a
//! window. Kept in the store, so that nobody reads every case to learn who is idle.
//!
//! Only this city's own entries leave such signs, and a node that gets them back from others finds the same ones.

use std::collections::BTreeMap;

use tongban_identity::{decode_canonical, encode_canonical};
use tongban_ledger::case::Case;
use tongban_ledger::city::City;
use tongban_ledger::city::roster::Row;
use tongban_ledger::{DocumentId, DocumentKind};

use super::query::start_of;
use super::{Ctx, Engine};
use crate::db::{Db, Pending};
use crate::entry::Entry;
use crate::keys;
use crate::storage::{Family, ReadError, Reader};

/// The most signs that are kept.
const SIGNS_MAX: usize = 32_768;
/// The most officers of whom it is kept when their tool asked something last.
const ASKED_MAX: usize = 10_000;
/// The longest name of an officer or a window that is kept, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// How many signs one read takes.
const READ_STEP: usize = 1_024;

/// Of whom or what a sign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// An officer, by staff number: the last sign.
    Officer,
    /// A window, by id: the last case that it received.
    Window,
    /// A window, by id, or this node, by an empty name: the first that this node knew of it.
    Known,
}

impl Of {
    const ALL: [Of; 3] = [Of::Officer, Of::Window, Of::Known];

    const fn byte(self) -> u8 {
        match self {
            Of::Officer => b'o',
            Of::Window => b'w',
            Of::Known => b'k',
        }
    }
}

/// Signs of life, Unix seconds.
#[derive(Debug, Default)]
pub(super) struct Signs {
    at: BTreeMap<(Of, String), i64>,
    /// When an officer's tool asked something last: in memory alone, and apart from what is written, which it would
    /// keep from being news.
    asked: BTreeMap<String, i64>,
    /// Those that are to be written, each with what stood there before.
    changed: BTreeMap<(Of, String), Option<i64>>,
}

impl Signs {
    /// The last sign, or of what is known the first.
    pub(super) fn get(&self, of: Of, name: &str) -> Option<i64> {
        self.at.get(&(of, name.to_owned())).copied()
    }

    /// The last sign of an officer: something signed, or asked since the start.
    pub(super) fn officer(&self, name: &str) -> Option<i64> {
        let asked = self.asked.get(name).copied();
        self.get(Of::Officer, name).max(asked)
    }

    /// Notes that an officer's tool asked something.
    pub(super) fn note_asked(&mut self, name: &str, unix: i64) {
        let room = self.asked.contains_key(name) || self.asked.len() < ASKED_MAX;
        if room && name.len() <= NAME_BYTES_MAX {
            self.asked.insert(name.to_owned(), unix);
        }
    }

    /// Notes a sign and has it written.
    fn note(&mut self, of: Of, name: &str, unix: i64) {
        let before = self.get(of, name);
        if self.set(of, name, unix) {
            let place = (of, name.to_owned());
            self.changed.entry(place).or_insert(before);
        }
    }

    /// Notes a sign in memory alone; says whether it was news.
    fn set(&mut self, of: Of, name: &str, unix: i64) -> bool {
        let place = (of, name.to_owned());
        let known = self.at.get(&place);
        let news = known.is_none_or(|known| match of {
            Of::Officer | Of::Window => unix > *known,
            Of::Known => unix < *known,
        });
        let room = known.is_some() || self.at.len() < SIGNS_MAX;
        if !news || !room || name.len() > NAME_BYTES_MAX {
            return false;
        }
        self.at.insert(place, unix);
        true
    }

    /// Forgets what was noted since the last write: a refused command leaves no sign.
    pub(super) fn forget(&mut self) {
        for (place, before) in std::mem::take(&mut self.changed) {
            match before {
                Some(unix) => self.at.insert(place, unix),
                None => self.at.remove(&place),
            };
        }
    }

    /// Writes what changed.
    pub(super) fn save(&mut self, pending: &mut Pending) {
        for (of, name) in std::mem::take(&mut self.changed).into_keys() {
            if let Some(unix) = self.get(of, &name) {
                let key = keys::sign_of_life(of.byte(), &name);
                pending.put(Family::Meta, key, encode_canonical(&unix));
            }
        }
    }
}

impl Engine {
    /// Reads the signs of earlier runs.
    pub(super) fn load_signs(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let mut from = Some(Vec::new());
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Meta, keys::SIGNS, &at, READ_STEP)?;
            for (key, bytes) in found {
                let rest = key.get(keys::SIGNS.len()..).unwrap_or_default();
                let (Some((byte, name)), Ok(unix)) =
                    (rest.split_first(), decode_canonical::<i64>(&bytes))
                else {
                    continue;
                };
                let of = Of::ALL.into_iter().find(|of| of.byte() == *byte);
                if let (Some(of), Ok(name)) = (of, std::str::from_utf8(name)) {
                    self.signs.set(of, name, unix);
                }
            }
            from = next;
        }
        Ok(())
    }

    /// Notes since when this node keeps signs: nobody is idle for longer.
    pub(super) fn note_began(&mut self, ctx: &Ctx<'_>) {
        if self.signs.get(Of::Known, "").is_none() {
            self.signs.note(Of::Known, "", ctx.now.unix);
        }
    }

    /// Notes the signs in an entry of this city that was just stored.
    pub(super) fn note_signs(&mut self, kind: DocumentKind, document: &DocumentId, entry: &Entry) {
        if entry.header.city != self.own.city {
            return;
        }
        let mut signs: Vec<(Of, String, i64)> = Vec::new();
        let Some(record) = self.records.get(document) else {
            return;
        };
        match kind {
            DocumentKind::Case => {
                let Some(state) = record.state_of::<Case>() else {
                    return;
                };
                if state.genesis == entry.id {
                    let receive = &state.receive;
                    let officer = receive.officer.0.clone();
                    signs.push((Of::Officer, officer, entry.header.time));
                    let place = receive.place.as_ref();
                    if let Some(window) = place.and_then(|place| place.window.clone()) {
                        signs.push((Of::Window, window, start_of(receive.received)));
                    }
                }
                let fact = state.facts.get(&entry.id);
                if let Some((fact, officer)) =
                    fact.and_then(|fact| Some((fact, fact.act.officer()?)))
                {
                    signs.push((Of::Officer, officer.0.clone(), fact.time));
                }
            }
            DocumentKind::City => {
                let page = record.state_of::<City>();
                let roster = page.and_then(|page| page.rosters.get(&entry.id));
                for change in roster.iter().flat_map(|roster| &roster.changes) {
                    if let Row::Window(window) = &change.row {
                        signs.push((Of::Known, window.id.clone(), entry.header.time));
                    }
                }
            }
            _ => {}
        }
        for (of, name, unix) in signs {
            self.signs.note(of, &name, unix);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sign_and_the_first_knowledge_count() {
        let mut signs = Signs::default();
        for unix in [5, 9, 7] {
            signs.note(Of::Officer, "W1", unix);
            signs.note(Of::Known, "QZ-1", unix);
        }
        assert_eq!(signs.get(Of::Officer, "W1"), Some(9));
        assert_eq!(signs.get(Of::Known, "QZ-1"), Some(5));
        assert_eq!(signs.get(Of::Window, "QZ-1"), None);
        let mut pending = Pending::default();
        signs.save(&mut pending);
        signs.note(Of::Officer, "W1", 11);
        signs.note(Of::Officer, "W2", 11);
        signs.forget();
        assert_eq!(signs.get(Of::Officer, "W1"), Some(9));
        assert_eq!(signs.get(Of::Officer, "W2"), None);
        signs.note_asked("W1", 20);
        assert_eq!(signs.officer("W1"), Some(20));
        signs.note(Of::Officer, "W1", 15);
        assert_eq!(signs.get(Of::Officer, "W1"), Some(15), "it is written");
        signs.note(Of::Officer, &"W".repeat(65), 5);
        assert_eq!(signs.at.len(), 2, "no name is long");
    }
}
