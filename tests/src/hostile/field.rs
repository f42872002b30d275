//! The field: an agreement of cities, a case on its way from the attacker to the victim, and the
//! attacker's means, which are those of any signing member: its keys, and bytes of its own making.

use tongban_identity::{
    CertHash, CityId, ContentKey, DeviceKey, EncryptionKey, SignedDeviceCert, encode_canonical,
    wrap,
};
use tongban_ledger::case::Act;
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId, ViewId};
use tongban_sync::document::write_act;
use tongban_sync::entry::{BootNonce, Entry, Header, VERSION};
use tongban_sync::file::{CaseFile, Edit, actor_id};
use tongban_sync::frame::{Blob, Frame, Give, Item, Support, Wrap};
use tongban_sync::storage::Reader as _;
use tongban_sync::{Engine, Own};

use super::random::Random;
use crate::world::{self, Memory, World};

/// The attacker's place in the world.
pub const ATTACKER: usize = 0;
/// The victim's place.
pub const VICTIM: usize = 1;

/// A world at rest, and what the attacker knows of it.
pub struct Field {
    /// The victim's records, to begin from again and again.
    pub store: Memory,
    /// The case's number.
    pub case: String,
    /// The case's document.
    pub document: DocumentId,
    /// The agreement.
    pub agreement: AgreementId,
    /// The agreement's view.
    pub view: ViewId,
    /// The case's heads with their greatest depth.
    pub heads: Vec<EntryId>,
    /// The heads' greatest depth.
    pub depth: u32,
    /// Every entry of every document that travelled.
    pub entries: Vec<Entry>,
    /// Frames between the cities, as they travelled.
    pub frames: Vec<(usize, usize, Vec<u8>)>,
    /// The attacker's signed certificate.
    pub cert: SignedDeviceCert,
    /// The case file as the honest entries leave it, in the attacker's hands.
    pub file: CaseFile,
    content: ContentKey,
    division: tongban_identity::DivisionCode,
}

/// The keys of the city in a place of the world.
pub fn device(at: usize) -> DeviceKey {
    DeviceKey::from_seed([u8::try_from(at).unwrap() + 101; 32])
}

impl Field {
    /// Plays an honest beginning: a case received, checked, pushed and acked.
    pub fn new() -> Self {
        let mut world = World::founded(2);
        let case = world::receive(&mut world, ATTACKER, VICTIM, "程立秋");
        world::check(&mut world, ATTACKER, &case);
        let push = format!(r#"{{"case":"{case}"}}"#);
        world.act(ATTACKER, "case.push", &push).unwrap();
        world.run();
        let answer = world
            .ask(VICTIM, |engine, ctx| engine.case(ctx, &case))
            .unwrap();
        let entries = travelled(&world.frames);
        let of_case: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.document.to_string() == answer.row.document)
            .collect();
        let newest = of_case
            .iter()
            .max_by_key(|entry| entry.header.depth)
            .unwrap();
        let certs = world::own(1, world.nodes[ATTACKER].division, "衢州市");
        let mut field = Self {
            store: world.nodes[VICTIM].store.clone(),
            case,
            document: newest.document,
            agreement: newest.agreement,
            view: newest.header.view,
            heads: vec![newest.id],
            depth: newest.header.depth,
            cert: certs.cert.to_root_signed(),
            file: CaseFile::new(),
            content: ContentKey::from_bytes([0x5a; 32]),
            division: world.nodes[VICTIM].division,
            frames: world.frames.clone(),
            entries,
        };
        field.write_file();
        field
    }

    /// Puts a little of everything into the case file, by entries of the attacker's own making.
    fn write_file(&mut self) {
        let set = |name: &str, value: &str| Edit::SetField {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let check = |item: &str, done| Edit::Check {
            item: item.to_owned(),
            done,
        };
        let append = |text: &str| Edit::AppendNote {
            text: text.to_owned(),
        };
        let steps = [
            vec![
                set("申请人", "测试甲"),
                set("电话", "000"),
                check("身份证", true),
            ],
            vec![append("材料已核对。"), check("户口簿", false)],
            vec![set("电话", "001"), Edit::DeleteNote { at: 0, count: 2 }],
        ];
        for (nth, edits) in (0_u8..).zip(&steps) {
            let boot = BootNonce([0xd0 + nth; 16]);
            let change = self.file.prepare(edits, self.actor(boot, 0)).unwrap();
            let entry = self.edit(boot, Some(&change));
            let id = *entry.id.as_bytes();
            self.file
                .admit(id, self.actor(boot, 0), &change, &|_| true)
                .unwrap();
            let mut victim = super::victim::Victim::new(self);
            victim.feed(self, std::slice::from_ref(&entry));
            assert!(
                victim.has(&entry),
                "the honest beginning stands: {} {:?}",
                victim.open,
                victim.refusals
            );
            self.store = victim.into_store();
            self.heads = vec![entry.id];
            self.depth = entry.header.depth;
        }
    }

    /// The victim's keys and certificates.
    pub fn victim(&self) -> Own {
        world::own(2, self.division, "南平市")
    }

    /// The attacker's city.
    pub fn attacker(&self) -> CityId {
        world::own(1, self.division, "衢州市").city
    }

    /// The hash of the attacker's certificate.
    pub fn cert_hash(&self) -> CertHash {
        self.cert.cert_hash()
    }

    /// A header of the attacker's in the case, on its heads, first under its boot nonce.
    pub fn header(&self, boot: BootNonce) -> Header {
        Header {
            version: VERSION,
            suite: 1,
            agreement: self.agreement,
            document: self.document,
            city: self.attacker(),
            cert: self.cert_hash(),
            boot,
            seq: 0,
            prev: None,
            parents: self.heads.clone(),
            depth: self.depth + 1,
            time: 1_788_746_400,
            view: self.view,
            kind: DocumentKind::Case as u8,
            nonce: Vec::new(),
            public_len: 0,
            public_hash: tongban_identity::Hash32([0; 32]),
            sealed_len: 0,
            sealed_hash: tongban_identity::Hash32([0; 32]),
        }
    }

    /// The Automerge actor that everyone derives for an entry.
    pub fn actor(&self, boot: BootNonce, seq: u64) -> [u8; 16] {
        actor_id(
            self.agreement.as_bytes(),
            self.document.as_bytes(),
            self.cert_hash().0.as_bytes(),
            &boot.0,
            seq,
        )
    }

    /// An edit entry, signed and sealed as it should be, around any change.
    pub fn edit(&self, boot: BootNonce, change: Option<&[u8]>) -> Entry {
        self.edit_under(self.header(boot), change)
    }

    /// An edit entry under a given header.
    pub fn edit_under(&self, header: Header, change: Option<&[u8]>) -> Entry {
        let none: Option<u8> = None;
        let change = change.map(|change| minicbor::bytes::ByteVec::from(change.to_vec()));
        let plain = encode_canonical(&(none, none, change));
        self.sealed_under(header, write_act(&Act::Edit), &plain)
    }

    /// An entry with any act and any plaintext in its sealed part.
    pub fn sealed_under(&self, header: Header, public: Vec<u8>, plain: &[u8]) -> Entry {
        let aad = encode_canonical(&(
            "tongban/sealed/v1",
            &header.agreement,
            &header.city,
            &header.slot(),
            header.seq,
        ));
        let cipher = self.content.seal([7; 24], &aad, plain);
        let sealed = encode_canonical(&(self.content.id(), minicbor::bytes::ByteVec::from(cipher)));
        Entry::sign(header, public, sealed, &device(ATTACKER))
    }

    /// What entries of the attacker's rest on: its certificate, and the content key for the victim.
    pub fn support(&self) -> Support {
        let encryption = EncryptionKey::from_seed([2 + 200; 32]);
        let aad = [b"tongban/wrap/v1".as_slice(), self.document.as_bytes()].concat();
        let wrapped = wrap(&encryption.public(), [3; 32], &aad, &self.content).unwrap();
        Support {
            certs: vec![Blob(self.cert.to_vec())],
            views: Vec::new(),
            wraps: vec![Wrap {
                document: self.document,
                key: self.content.id(),
                wrapped,
            }],
        }
    }

    /// A boot nonce of its own for each entry, so that entries stand side by side.
    pub fn boot(random: &mut Random) -> BootNonce {
        BootNonce(random.array())
    }

    /// An engine of the victim's on given records.
    pub fn engine(&self, store: &Memory, boot: BootNonce) -> Engine {
        Engine::start(self.victim(), boot, store).unwrap()
    }

    /// How many records the victim has at first.
    pub fn records(&self) -> usize {
        self.store.0.len()
    }

    /// Says whether a store holds an entry.
    pub fn holds(store: &Memory, entry: &Entry) -> bool {
        let key = [entry.document.as_bytes().as_slice(), entry.id.as_bytes()].concat();
        store
            .get(tongban_sync::storage::Family::Entries, &key)
            .unwrap()
            .is_some()
    }
}

impl Default for Field {
    fn default() -> Self {
        Self::new()
    }
}

/// Every entry that went over a link.
fn travelled(frames: &[(usize, usize, Vec<u8>)]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (_, _, bytes) in frames {
        let blobs: Vec<Blob> = match Frame::from_slice(bytes).unwrap() {
            Frame::Feed(feed) => feed
                .items
                .into_iter()
                .filter_map(|item| match item {
                    Item::Entry(blob) => Some(blob),
                    _ => None,
                })
                .collect(),
            Frame::Give(Give { entries, .. }) => entries,
            _ => Vec::new(),
        };
        for Blob(bytes) in blobs {
            let entry = Entry::from_wire(&bytes).unwrap();
            if entries.iter().all(|known| known.id != entry.id) {
                entries.push(entry);
            }
        }
    }
    entries
}
