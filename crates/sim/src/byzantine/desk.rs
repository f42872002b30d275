//! The forger's desk: a hostile city's keys and disk, and a way to hand over what it signs.
//!
//! Entries go out as answers that nobody asked for (`Give`), beside the engine's own feed, which stays
//! consistent. The engine hears of them from others, if at all.

use std::cell::OnceCell;

use tongban_identity::{CertHash, CityId, DeviceKey, Hash32};
use tongban_ledger::{DocumentId, DocumentKind, EntryId};
use tongban_sync::document::Record;
use tongban_sync::engine::inspect;
use tongban_sync::entry::{BootNonce, Entry, Header};
use tongban_sync::file::{CaseFile, Edit, actor_id};
use tongban_sync::frame::{Blob, Frame, Give, Support};
use tongban_sync::storage::ReadError;

use crate::world::{Disk, Draws, SimError, Stream, World};

/// How many entries one frame hands over.
const PER_FRAME: usize = 200;

/// Draws in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    draws: Draws,
    stream: Stream,
    place: u64,
    drawn: u64,
}

impl Chance {
    pub fn new(draws: Draws, stream: Stream) -> Self {
        Self {
            draws,
            stream,
            place: 0,
            drawn: 0,
        }
    }

    /// Draws of their own for a place.
    pub fn apart(&self, place: u64) -> Self {
        Self {
            place: place + 1,
            drawn: 0,
            ..*self
        }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.drawn += 1;
        self.draws
            .between(self.stream, self.place, self.drawn, low, high)
    }

    /// A place in a list that is not empty.
    pub fn index(&mut self, length: usize) -> usize {
        let last = length.saturating_sub(1) as u64;
        usize::try_from(self.between(0, last)).unwrap_or(0)
    }

    /// Random bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        self.draws.bytes(self.stream, self.place, self.drawn)
    }

    /// One of a list, if it is not empty.
    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        (!list.is_empty()).then(|| &list[self.index(list.len())])
    }
}

/// A hostile city at work.
pub(super) struct Desk<'w> {
    pub world: &'w mut World,
    pub at: usize,
    pub chance: &'w mut Chance,
    device: DeviceKey,
    certificate: OnceCell<(CertHash, Vec<u8>)>,
}

impl<'w> Desk<'w> {
    pub fn new(world: &'w mut World, at: usize, chance: &'w mut Chance) -> Self {
        let device = world.keys(at).1;
        Self {
            world,
            at,
            chance,
            device,
            certificate: OnceCell::new(),
        }
    }

    /// The root key under which the city signs now.
    pub fn certified(&self) -> (CityId, CertHash) {
        let root = self.world.keys(self.at).0.city();
        (root, self.certificate().0)
    }

    /// What the city has on its disk.
    pub fn disk(&self) -> &Disk {
        self.world.disk(self.at)
    }

    /// The city.
    pub fn city(&self) -> CityId {
        self.city_of(self.at)
    }

    /// Another city.
    pub fn city_of(&self, at: usize) -> CityId {
        self.world.city(at)
    }

    /// Turns a failed read into the world's error.
    pub fn read<T>(&self, read: Result<T, ReadError>) -> Result<T, SimError> {
        read.map_err(|error| SimError::Read(self.world.division(self.at), error))
    }

    /// The city's documents of a kind.
    pub fn documents(&self, kind: DocumentKind) -> Result<Vec<DocumentId>, SimError> {
        self.read(inspect::documents(self.disk(), kind))
    }

    /// A document's record.
    pub fn record(&self, document: &DocumentId) -> Result<Option<Record>, SimError> {
        self.read(inspect::record(self.disk(), document))
    }

    /// The entries of a document.
    pub fn entries(&self, document: &DocumentId) -> Result<Vec<Entry>, SimError> {
        self.read(inspect::entries(self.disk(), document))
    }

    /// One of the city's documents of a kind, with its entries.
    pub fn some(
        &mut self,
        kind: DocumentKind,
    ) -> Result<Option<(DocumentId, Vec<Entry>)>, SimError> {
        let documents = self.documents(kind)?;
        let Some(document) = self.chance.pick(&documents).copied() else {
            return Ok(None);
        };
        let entries = self.entries(&document)?;
        Ok((!entries.is_empty()).then_some((document, entries)))
    }

    /// A header on all heads of a document, the first of a boot nonce of its own.
    pub fn header(&mut self, document: &DocumentId) -> Result<Option<Header>, SimError> {
        let entries = self.entries(document)?;
        let (Some(record), Some(last)) = (self.record(document)?, entries.last()) else {
            return Ok(None);
        };
        let own = entries
            .iter()
            .rev()
            .find(|entry| entry.header.city == self.city());
        let model = &own.unwrap_or(last).header;
        let mut boot = [0; 16];
        boot.copy_from_slice(&self.chance.bytes()[..16]);
        let certificate = self.certificate();
        Ok(Some(Header {
            document: *document,
            city: self.certified().0,
            cert: certificate.0,
            boot: BootNonce(boot),
            seq: 0,
            prev: None,
            parents: record.head_ids(),
            depth: record.next_depth(),
            view: last.header.view,
            nonce: Vec::new(),
            agreement: last.agreement,
            time: last.header.time,
            ..model.clone()
        }))
    }

    /// The city's device certificate: its hash, and its bytes.
    pub fn certificate(&self) -> (CertHash, Vec<u8>) {
        let make = || {
            let made = self.world.certificate(self.at);
            let signed = made
                .expect("the city's own keys are sound")
                .to_root_signed();
            (signed.cert_hash(), signed.to_vec())
        };
        self.certificate.get_or_init(make).clone()
    }

    /// Signs with the city's device key.
    pub fn sign(&self, header: Header, public: Vec<u8>, sealed: Vec<u8>) -> Entry {
        Entry::sign(header, public, sealed, &self.device)
    }

    /// A change of the case file by the actor that a header derives.
    pub fn change(&mut self, header: &Header, document: &DocumentId) -> Option<Vec<u8>> {
        let BootNonce(boot) = header.boot;
        let actor = actor_id(
            header.agreement.as_bytes(),
            document.as_bytes(),
            header.cert.0.as_bytes(),
            &boot,
            header.seq,
        );
        let text = format!("{}。", self.chance.between(0, 9_999));
        let edits = [Edit::AppendNote { text }];
        CaseFile::new().prepare(&edits, actor).ok()
    }

    /// Seals a change for a header.
    pub fn seal(
        &mut self,
        header: &Header,
        document: &DocumentId,
        change: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, SimError> {
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&self.chance.bytes()[..24]);
        let (_, _, encryption) = self.world.keys(self.at);
        self.read(inspect::seal_change(
            self.disk(),
            &encryption,
            document,
            header,
            change,
            nonce,
        ))
    }

    /// The places of the cities to which the city has a link now.
    pub fn linked(&self) -> Vec<usize> {
        let links = self.world.links(self.at).into_iter();
        links.map(|(_, to)| to).collect()
    }

    /// The parties of a document to which the city has a link now.
    pub fn linked_parties(&self, document: &DocumentId) -> Result<Vec<usize>, SimError> {
        let record = self.record(document)?;
        let linked = self.linked();
        Ok(linked
            .into_iter()
            .filter(|to| {
                let city = self.city_of(*to);
                record
                    .as_ref()
                    .is_some_and(|record| record.audience.includes(&city))
            })
            .collect())
    }

    /// Hands entries to a city; says whether there was a link.
    pub fn give(&mut self, to: usize, entries: &[Entry]) -> Result<bool, SimError> {
        let link = self
            .world
            .links(self.at)
            .into_iter()
            .find(|(_, other)| *other == to)
            .map(|(link, _)| link);
        let Some(link) = link else {
            return Ok(false);
        };
        let mut views = Vec::new();
        for agreement in self.documents(DocumentKind::Agreement)? {
            views.extend(self.record(&agreement)?.map(|record| record.head_ids()));
        }
        let certs = vec![Blob(self.certificate().1)];
        for some in entries.chunks(PER_FRAME) {
            let frame = Frame::Give(Give {
                support: Support {
                    certs: certs.clone(),
                    views: views.clone(),
                    wraps: Vec::new(),
                },
                entries: some.iter().map(|entry| Blob(entry.to_wire())).collect(),
                absent: Default::default(),
            });
            self.world.inject(link, frame.to_vec());
        }
        Ok(true)
    }

    /// Hands an entry to every linked party of its document.
    pub fn give_all(&mut self, entry: &Entry) -> Result<bool, SimError> {
        let mut given = false;
        for to in self.linked_parties(&entry.document)? {
            given |= self.give(to, std::slice::from_ref(entry))?;
        }
        Ok(given)
    }

    /// An id that no entry has.
    pub fn nobody(&mut self) -> EntryId {
        EntryId(Hash32(self.chance.bytes()))
    }
}
