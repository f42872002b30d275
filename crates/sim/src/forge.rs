//! A hostile program with a city's device key: it signs the twin of an entry, or a bill's draft with another amount, and
//! writes it into a file for a city that is to believe it. It has what the node has, and none of its conscience.
//!
//! It looks into no data: what it builds on, it reads from file bundles that the node wrote.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DeviceKey, DivisionCode};
use tongban_ledger::command::Command;
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::{EntryId, agreement, bill, case};
use tongban_sync::bundle::{Bundle, write};
use tongban_sync::document::{read_act, write_act};
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::frame::{Blob, Frame, Give, Item, Support, Want};

/// The commands that can be forged.
pub(crate) const COMMANDS: [&str; 4] =
    ["agreement.suspend", "bill.draft", "case.close", "case.push"];
/// So much more than on the parcel is one line of a forged draft, in fen.
const MORE: Fen = Fen::new(100);
/// So far is the twin's claimed time from the other's, in seconds: the two must differ in something.
const LATER_S: i64 = 1;

/// Why no twin can be signed.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// The city does not know the document.
    #[error("the city does not know the document")]
    Unknown,
    /// The city wrote a file that is no sound bundle.
    #[error("the city's own file is not sound")]
    File(#[from] tongban_sync::bundle::BundleError),
    /// The city wrote no file for the city that is to believe it.
    #[error("there is no file for {0}")]
    Nobody(DivisionCode),
    /// The city signed nothing of which this could be a twin.
    #[error("the city signed nothing of which this could be a twin")]
    NoTwin,
    /// The key does not sign.
    #[error("the key does not sign")]
    Sign(#[from] tongban_identity::SignError),
}

/// Says whether a twin of a command can be signed.
pub(crate) fn signs(command: &Command) -> bool {
    matches!(
        command,
        Command::Suspend(_) | Command::BillDraft(_) | Command::CaseClose(_) | Command::CasePush(_)
    )
}

/// What the files of a node hold of one document.
#[derive(Default)]
struct Known {
    entries: BTreeMap<EntryId, Entry>,
    certs: BTreeSet<Vec<u8>>,
    views: BTreeSet<Vec<EntryId>>,
    cities: BTreeMap<DivisionCode, CityId>,
}

/// Signs a command as a twin of an entry that the city signed in a document, and writes a file for a city
/// that has everything which it rests on.
///
/// `files` are the city's bundles for each other city, with its whole history.
pub(crate) fn twin(
    key: &DeviceKey,
    files: &[(DivisionCode, Vec<Vec<u8>>)],
    to: DivisionCode,
    document: &str,
    command: &Command,
) -> Result<Vec<u8>, ForgeError> {
    let mut known = Known::default();
    let mut head = None;
    for (city, parts) in files {
        for part in parts {
            let bundle = Bundle::read(part.clone())?;
            known.read(&bundle, document);
            known.cities.insert(*city, bundle.head().recipient);
            if *city == to {
                head = Some(bundle.head().clone());
            }
        }
    }
    let mut head = head.ok_or(ForgeError::Nobody(to))?;
    // A bundle of its own, after all that the node wrote.
    head.serial += 1;
    (head.part, head.last, head.everything, head.again) = (1, true, false, false);
    let twin = known.twin(key, command).ok_or(ForgeError::NoTwin)?;
    known.certs.insert(head.cert.clone());
    let mut entries: Vec<Entry> = known.entries.into_values().chain([twin]).collect();
    entries.sort_by_key(|entry| (entry.header.depth, entry.id));
    let give = Frame::Give(Give {
        support: Support {
            certs: known.certs.into_iter().map(Blob).collect(),
            views: known.views.into_iter().collect(),
            wraps: Vec::new(),
        },
        entries: entries.iter().map(|entry| Blob(entry.to_wire())).collect(),
        absent: Want::default(),
    });
    Ok(write(&head, &[give], key)?)
}

impl Known {
    fn read(&mut self, bundle: &Bundle, document: &str) {
        for frame in (0..bundle.frames()).filter_map(|nth| bundle.frame(nth)) {
            let (support, entries) = match frame {
                Frame::Give(give) => (give.support, give.entries),
                Frame::Feed(feed) => {
                    let entries = feed.items.into_iter().filter_map(|item| match item {
                        Item::Entry(bytes) => Some(bytes),
                        Item::Announce(_) | Item::Withdrawn(_) => None,
                    });
                    (feed.support, entries.collect())
                }
                _ => continue,
            };
            let certs = support.certs.into_iter().map(|Blob(bytes)| bytes);
            self.certs.extend(certs);
            self.views.extend(support.views);
            let entries = entries
                .iter()
                .filter_map(|Blob(bytes)| Entry::from_wire(bytes).ok())
                .filter(|entry| entry.document.to_string() == document);
            self.entries.extend(entries.map(|entry| (entry.id, entry)));
        }
    }

    /// Signs the act of a command in the place of the last entry of the key's city, or of its last push; a draft is
    /// signed beside the city's own.
    fn twin(&self, key: &DeviceKey, command: &Command) -> Option<Entry> {
        let mut own: Vec<&Entry> = self
            .entries
            .values()
            .filter(|entry| !entry.header.is_genesis() && entry.verify(&key.public()))
            .collect();
        own.sort_by_key(|entry| entry.header.depth);
        if matches!(command, Command::BillDraft(_)) {
            return self.false_draft(key, own.last()?);
        }
        let (entry, public) = match command {
            Command::CasePush(push) => {
                let (entry, first) = own.iter().rev().find_map(|entry| {
                    match read_act(&entry.public, agreement::RULES_VERSION) {
                        Ok(case::Act::Push(first)) => Some((*entry, first)),
                        _ => None,
                    }
                })?;
                let to = *self.cities.get(&push.to?)?;
                (
                    entry,
                    write_act(&case::Act::Push(case::Push { to, ..first })),
                )
            }
            Command::CaseClose(_) => (*own.last()?, write_act(&case::Act::Close)),
            Command::Suspend(item) => {
                let act = agreement::Act::Suspend(item.item.clone());
                (*own.last()?, write_act(&act))
            }
            _ => return None,
        };
        let header = Header {
            time: entry.header.time.saturating_add(LATER_S),
            ..entry.header.clone()
        };
        Some(Entry::sign(header, public, Vec::new(), key))
    }

    /// Signs the draft that the city signed last once more, as a next one on everything that is known, with [`MORE`] in
    /// its line of the greatest tracking number. It stands under a start of its own, so it is nobody's twin.
    fn false_draft(&self, key: &DeviceKey, last: &Entry) -> Option<Entry> {
        let mut draft = match read_act(&last.public, agreement::RULES_VERSION) {
            Ok(bill::Act::Draft(draft)) => draft,
            _ => return None,
        };
        draft.number = draft.number.checked_add(1)?;
        let line = draft.lines.iter_mut();
        let line = line.max_by(|one, other| one.tracking.cmp(&other.tracking))?;
        let more = line.amount.fen().checked_add(MORE).ok()?;
        line.amount = Amount::new(more).ok()?;
        let named: BTreeSet<EntryId> = self.entries.values().flat_map(Entry::parents).collect();
        let heads = self.entries.keys().filter(|id| !named.contains(id));
        let depths = self.entries.values().map(|entry| entry.header.depth);
        let mut boot = [0; 16];
        boot.copy_from_slice(&last.id.as_bytes()[..16]);
        let header = Header {
            boot: BootNonce(boot),
            seq: 0,
            prev: None,
            parents: heads.copied().collect(),
            depth: depths.max()?.checked_add(1)?,
            time: last.header.time.saturating_add(LATER_S),
            ..last.header.clone()
        };
        let public = write_act(&bill::Act::Draft(draft));
        Some(Entry::sign(header, public, Vec::new(), key))
    }
}
