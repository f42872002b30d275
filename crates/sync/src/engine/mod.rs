//! The engine: everything a node does that is not I/O.
//!
//! It gets events, time, randomness and reads as arguments and asks for effects; it performs none.
//! One call is one step:
//!
//! 1. [`Engine::handle`] or [`Engine::command`] with a [`Ctx`];
//! 2. [`Engine::take_batch`], which the driver commits, synced;
//! 3. [`Engine::poll_output`] until `None`. Outputs rest on the batch: nothing may be sent, and no
//!    command answered, before the commit succeeded.
//!
//! A driver may take several steps of kind 1 before one of kind 2 (group commit).

mod admit;
mod agreements;
mod allowance;
mod audit;
mod bundles;
mod commands;
mod consult_lists;
mod consults;
mod copies;
mod cursors;
mod feeds;
mod files;
mod follow;
mod frames;
mod gauges;
mod handover;
pub mod inspect;
mod intake;
mod job;
mod lines;
mod links;
mod listing;
mod mend;
mod money;
mod progress;
mod query;
mod react;
mod recovery;
mod rekey;
mod resolutions;
mod revoked;
mod roster;
mod scrub;
mod settling;
mod sign;
mod signs;
mod support;
mod waiting;
mod wants;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    CertHash, CityId, ContentKey, ContentKeyId, DeviceCert, DeviceKey, Hash32, SignedDeviceCert,
    SignedEncryptionCert, Verified, VerifyError,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::planted::{Bug, planted, tick};
use tongban_ledger::{AgreementId, DocumentId, EntryId};

use crate::db::{Db, Pending};
use crate::document::Record;
use crate::entry::BootNonce;
use crate::keyring::Keyring;
use crate::keys;
use crate::storage::{Batch, Family, ReadError, Reader};

pub use agreements::founding_preview;
pub use bundles::Exported;
pub use gauges::Gauges;
pub use intake::Intake;
pub use job::{Job, Outcome};
pub use links::LinkId;
pub use query::CaseFilter;
pub use scrub::{DAMAGED_MAX, Scrub, Scrubbed};
pub use sign::CommandError;

use agreements::Loaded;
use audit::Audits;
use files::{CachedFile, FileName};
use links::{Link, Peer};
use rekey::Rekey;
use waiting::Waiting;

/// How many document records are kept in memory.
const RECORDS_CACHED: usize = 4_096;
/// Milliseconds without timers after the store could not be read.
const REST_MS: u64 = 10_000;

/// The longest pause before what a failing medium kept from being done is tried again, in milliseconds.
const AGAIN_MS_MAX: u64 = 600_000;
/// How many of them go when another one needs room.
const ROOM_STEP: usize = 4;
/// How many device certificates are kept in memory.
const CERTS_CACHED: usize = 4_096;

/// A clock reading. Order never depends on `unix`; timers depend on `monotonic_ms` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since some start; never goes back.
    pub monotonic_ms: u64,
    /// Claimed civil time in Unix seconds; may jump and lie.
    pub unix: i64,
}

impl Now {
    /// The civil day in Beijing.
    pub fn day(&self) -> Day {
        Day::from_unix_beijing(self.unix)
    }
}

/// A source of random bytes.
pub trait Entropy {
    /// Fills a buffer.
    fn fill(&mut self, buffer: &mut [u8]);
}

/// Draws an array from a source.
pub(crate) fn draw<const N: usize>(rng: &mut dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    if planted(Bug::Unrepeatable)
        && let Some(first) = bytes.first_mut()
    {
        *first ^= tick().to_be_bytes()[7];
    }
    bytes
}

/// What a step may look at.
pub struct Ctx<'a> {
    /// The time.
    pub now: Now,
    /// Randomness.
    pub rng: &'a mut dyn Entropy,
    /// Committed records.
    pub store: &'a dyn Reader,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// A link is up; the peer proved to hold this device key.
    Opened {
        /// The link.
        link: LinkId,
        /// The peer's device key, by the transport.
        peer_key: [u8; 32],
        /// Whether this node dialled.
        outgoing: bool,
    },
    /// A frame came in.
    Frame {
        /// The link.
        link: LinkId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// A link is gone.
    Closed {
        /// The link.
        link: LinkId,
    },
    /// No address of a city could be reached.
    DialFailed {
        /// The city.
        city: CityId,
    },
    /// The jobs of an [`Output::Work`] are done.
    Worked {
        /// Its token.
        token: u64,
        /// One outcome per job.
        outcomes: Vec<Outcome>,
    },
    /// The time of [`Engine::poll_timeout`] has come.
    Tick,
}

/// Something to do, after the batch that was taken before it is durable.
#[derive(Debug)]
pub enum Output {
    /// Send a frame.
    Send {
        /// The link.
        link: LinkId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// The peer showed a member's certificate: deliver its further frames.
    Admit {
        /// The link.
        link: LinkId,
    },
    /// Close a link.
    Close {
        /// The link.
        link: LinkId,
    },
    /// Reach a city.
    Dial {
        /// The city.
        city: CityId,
        /// Where it says it is, as `host:port`; configuration may override.
        addresses: Vec<String>,
    },
    /// Do jobs, on as many threads as there are.
    Work {
        /// To be handed back.
        token: u64,
        /// The jobs.
        jobs: Vec<Job>,
    },
    /// Something that an operator should see.
    Notice(Notice),
}

/// Something that an operator should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A peer was turned away.
    PeerRefused {
        /// Why.
        reason: &'static str,
    },
    /// A city was admitted.
    PeerAdmitted {
        /// The city.
        city: CityId,
    },
    /// A peer sent something that no node would take.
    EntryRefused {
        /// The city that sent it.
        city: CityId,
        /// Why.
        code: tongban_ledger::code::Code,
    },
    /// A device of a city signed two entries in one place: proven equivocation.
    Fork {
        /// The city.
        city: CityId,
        /// The document.
        document: DocumentId,
    },
    /// Two processes run with one device key of a city.
    Copies {
        /// The city; this one, where a peer says so.
        city: CityId,
    },
    /// A stored entry that could not be read was put back from another city.
    Mended {
        /// The document.
        document: DocumentId,
        /// The entry.
        entry: EntryId,
    },
    /// Nothing needs this city's earlier encryption keys any more: their private halves may be deleted.
    EarlierKeysDone,
    /// A case came in.
    CaseAcked {
        /// The document.
        document: DocumentId,
    },
    /// A push was refused by this node.
    CaseDeclined {
        /// The document.
        document: DocumentId,
        /// Why.
        code: tongban_ledger::code::Code,
    },
}

/// Who this node is.
pub struct Own {
    /// The city.
    pub city: CityId,
    /// The device key.
    pub device: DeviceKey,
    /// The device certificate.
    pub cert: Verified<DeviceCert>,
    /// The city's encryption key, and earlier ones that may still be needed.
    pub encryption: Keyring,
    /// The certificate of the key in use.
    pub encryption_cert: SignedEncryptionCert,
    /// The division code and name that the city gives in invitations.
    pub attributes: Attributes,
}

/// What a city calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The division code.
    pub division: tongban_identity::DivisionCode,
    /// The name.
    pub name: String,
}

/// Why an engine cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A record could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The certificate does not belong to the keys.
    #[error("the device certificate does not belong to the device key")]
    Certificate,
    /// The encryption certificate is not sound.
    #[error("the encryption certificate is not sound")]
    Encryption(#[source] VerifyError),
    /// The entries of an agreement do not fold.
    #[error("the entries of agreement {0} do not fold")]
    Agreement(AgreementId),
}

/// Counts that `status` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Counts {
    /// Entries stored.
    #[n(0)]
    pub entries: u64,
}

/// The engine of one node.
pub struct Engine {
    own: Own,
    boot: BootNonce,
    pending: Pending,
    outputs: VecDeque<Output>,
    agreements: BTreeMap<AgreementId, Loaded>,
    records: BTreeMap<DocumentId, Record>,
    /// The agreement and the cities of each bill that was looked at: nobody reads every bill to find those of a pair.
    bill_pairs: BTreeMap<DocumentId, (AgreementId, (CityId, CityId))>,
    /// Where the last records went out of memory; ids are hashes, so going round in their order favours none.
    room_from: DocumentId,
    dirty: BTreeSet<DocumentId>,
    certs: BTreeMap<CertHash, DeviceCert>,
    files: BTreeMap<FileName, CachedFile>,
    /// Encryption keys of member cities, as found last.
    encryption_keys: BTreeMap<(AgreementId, CityId), [u8; 32]>,
    peers: BTreeMap<CityId, Peer>,
    links: BTreeMap<LinkId, Link>,
    waiting: Waiting,
    /// Content keys that came with the frame in hand.
    opened: BTreeMap<(DocumentId, ContentKeyId), ContentKey>,
    tokens: u64,
    counts: Counts,
    counts_dirty: bool,
    /// Until when no timer runs, because the store could not be read; on the monotonic clock.
    rest_until: Option<u64>,
    /// When what a step could not do because of that is tried again, though nothing else is due; on the monotonic clock.
    again_at: Option<u64>,
    /// How long the last such pause is, in milliseconds.
    again_ms: u64,
    /// Cases with a push to this city that the node has to answer.
    to_answer: BTreeSet<DocumentId>,
    /// Items of this city that another department took.
    transfers: handover::Transfers,
    /// How far the cases of these items were gone through.
    handovers: handover::Handovers,
    /// Wrong query codes of the day.
    tries: progress::Tries,
    /// How far this node has come in looking for what lapsed.
    lapses: react::Lapses,
    /// Lists of cases that are to be written.
    lists: listing::Lists,
    /// Questions of this city that nobody answered.
    consults: consults::Watch,
    /// Documents to fold again because a device was revoked.
    to_judge: BTreeMap<(DocumentId, CertHash), revoked::Kept>,
    /// When those of them that could not be read are tried again at the latest, in monotonic milliseconds.
    judge_at: u64,
    /// Whether the store may be older than what this city has signed.
    suspect: bool,
    /// Comparisons with other cities that are under way.
    audits: Audits,
    /// Stored entries that cannot be read and are asked for again.
    mending: BTreeMap<EntryId, DocumentId>,
    /// How far the change to another encryption key has come.
    rekey: Rekey,
    /// Agreements in which this node may have to go on with a vote.
    turns: BTreeSet<AgreementId>,
    /// Stored entries of which something that follows is still to be done.
    unfollowed: follow::Unfollowed,
    /// When an officer or a window gave a sign of life last.
    signs: signs::Signs,
}

impl Engine {
    /// Starts an engine on what the store holds, under a fresh boot nonce.
    pub fn start(own: Own, boot: BootNonce, store: &dyn Reader) -> Result<Self, StartError> {
        if own.cert.device != own.device.public() || own.cert.city != own.city {
            return Err(StartError::Certificate);
        }
        own.encryption_cert
            .verify()
            .map_err(StartError::Encryption)?;
        let mut engine = Self {
            own,
            boot,
            pending: Pending::default(),
            outputs: VecDeque::new(),
            agreements: BTreeMap::new(),
            records: BTreeMap::new(),
            bill_pairs: BTreeMap::new(),
            room_from: DocumentId(Hash32([0; 32])),
            dirty: BTreeSet::new(),
            certs: BTreeMap::new(),
            files: BTreeMap::new(),
            encryption_keys: BTreeMap::new(),
            peers: BTreeMap::new(),
            links: BTreeMap::new(),
            waiting: Waiting::default(),
            opened: BTreeMap::new(),
            tokens: 0,
            counts: Counts::default(),
            counts_dirty: false,
            rest_until: None,
            again_at: None,
            again_ms: 0,
            to_answer: BTreeSet::new(),
            transfers: None,
            handovers: handover::Handovers::default(),
            tries: progress::Tries::default(),
            lapses: react::Lapses::default(),
            lists: listing::Lists::default(),
            consults: consults::Watch::default(),
            to_judge: BTreeMap::new(),
            judge_at: 0,
            suspect: false,
            audits: Audits::default(),
            mending: BTreeMap::new(),
            rekey: Rekey::default(),
            turns: BTreeSet::new(),
            unfollowed: follow::Unfollowed::default(),
            signs: signs::Signs::default(),
        };
        engine.load_counts(store)?;
        engine.load_agreements(store)?;
        engine.note_own_city();
        engine.find_settling(store)?;
        engine.turns.extend(engine.agreements.keys());
        engine.load_outboxes(store)?;
        engine.load_verdicts(store)?;
        engine.load_returning(store)?;
        engine.load_rekey(store)?;
        engine.keep_own_certificate(store)?;
        engine.load_lists(store)?;
        engine.load_tries(store)?;
        engine.load_signs(store)?;
        engine.load_unfollowed(store)?;
        engine.load_to_judge(store)?;
        engine.find_unanswered(store)?;
        Ok(engine)
    }

    /// This node's city.
    pub fn city(&self) -> CityId {
        self.own.city
    }

    /// Takes the writes since the last call; commit them before acting on outputs.
    pub fn take_batch(&mut self) -> Batch {
        self.flush();
        while self.records.len() > RECORDS_CACHED && self.make_room() {}
        if self.certs.len() > CERTS_CACHED {
            self.certs.clear();
        }
        self.pending.take()
    }

    /// Forgets what was read from the store and can be read again, as if memory had run short.
    pub fn forget_cached(&mut self) {
        self.flush();
        self.records.clear();
        self.bill_pairs.clear();
        self.certs.clear();
        self.files.clear();
        self.encryption_keys.clear();
        self.transfers = None;
    }

    /// Asks something without help from what was read before, and without keeping what it reads.
    pub fn aside<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        self.flush();
        let records = std::mem::take(&mut self.records);
        let certs = std::mem::take(&mut self.certs);
        let files = std::mem::take(&mut self.files);
        let encryption_keys = std::mem::take(&mut self.encryption_keys);
        let answer = ask(self);
        self.records = records;
        self.certs = certs;
        self.files = files;
        self.encryption_keys = encryption_keys;
        answer
    }

    /// Turns records, counts and outbox marks that changed into pending writes.
    fn flush(&mut self) {
        for document in std::mem::take(&mut self.dirty) {
            if let Some(record) = self.records.get(&document) {
                let bytes = tongban_identity::encode_canonical(record);
                self.pending
                    .put(Family::Documents, keys::document(&document), bytes);
            }
        }
        if std::mem::take(&mut self.counts_dirty) {
            let bytes = tongban_identity::encode_canonical(&self.counts);
            self.pending.put(Family::Meta, keys::COUNTS.to_vec(), bytes);
        }
        self.tries.save(&mut self.pending);
        self.signs.save(&mut self.pending);
        self.save_outboxes();
    }

    /// The next thing to do, if any. Only after the batch taken before is durable.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Engine::handle`] with [`Input::Tick`], on the monotonic clock.
    pub fn poll_timeout(&self) -> Option<u64> {
        let next = self.next_timer()?;
        Some(self.rest_until.map_or(next, |rest| next.max(rest)))
    }

    /// Takes an event.
    ///
    /// # Errors
    /// A record could not be read. The event is dropped; the link it came on is closed after a while, and the peer
    /// offers it again on the next.
    pub fn handle(&mut self, ctx: &mut Ctx<'_>, input: Input) -> Result<(), ReadError> {
        self.unfollowed.forget_error();
        let mut taken = Ok(());
        match input {
            Input::Opened {
                link,
                peer_key,
                outgoing,
            } => self.on_opened(ctx, link, peer_key, outgoing),
            Input::Frame { link, bytes } => taken = self.on_frame(ctx, link, &bytes),
            Input::Closed { link } => self.on_closed(ctx, link),
            Input::DialFailed { city } => self.on_dial_failed(ctx, city),
            Input::Worked { token, outcomes } => taken = self.on_worked(ctx, token, &outcomes),
            Input::Tick => {}
        }
        self.heed_damage(ctx.store, &taken);
        let settled = self.settle_or_rest(ctx);
        taken.and(settled).and(self.unfollowed.take_error())
    }

    /// Does what follows from a step; where the store could not be read, what is left is due again after a rest.
    fn settle_or_rest(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let settled = self.settle(ctx);
        if self.heed_damage(ctx.store, &settled) {
            self.send_wants(ctx);
        }
        // What a failing medium kept from being done is still due: without a rest the node would do nothing else.
        let rest = ctx.now.monotonic_ms.saturating_add(REST_MS);
        self.rest_until = settled.is_err().then_some(rest);
        self.note_again(ctx.now.monotonic_ms, settled.is_err());
        settled
    }

    /// Sets the timer for what a failing medium kept from being done, with a pause that grows.
    fn note_again(&mut self, now: u64, failed: bool) {
        if !failed {
            (self.again_at, self.again_ms) = (None, 0);
        } else if self.again_at.is_none_or(|at| at <= now) {
            self.again_ms = (self.again_ms * 2).clamp(REST_MS, AGAIN_MS_MAX);
            self.again_at = Some(now.saturating_add(self.again_ms));
        }
    }

    /// What follows from a step: answers to pushes, feeds, wants, timers.
    fn settle(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        self.note_began(ctx);
        for id in self.waiting.tick(ctx.now.monotonic_ms) {
            self.want_offered(&id);
        }
        // A record that cannot be read stops what needs it and nothing else.
        let late = self.take_late(ctx);
        self.close_due(ctx);
        self.follow_again(ctx);
        self.judge_waiting(ctx);
        let came = self.list_changed(ctx);
        let lapsed = self.note_lapses(ctx);
        let handed = self.run_handovers(ctx);
        let answered = self.answer_pushes(ctx).and(lapsed).and(handed);
        let escalated = self.escalate_consults(ctx);
        let voted = self.take_turns(ctx);
        let rekeyed = self.run_rekey(ctx);
        self.send_cursors();
        let pumped = self.pump_feeds(ctx);
        let audited = self.run_audits(ctx);
        self.send_wants(ctx);
        let dialled = self.dial_due(ctx);
        // Last of all, so that whatever the step signed is listed in its batch.
        let made = self.run_lists(ctx);
        let listed = self.list_changed(ctx).and(came).and(made);
        let done = late.and(answered).and(escalated).and(voted);
        let done = done.and(pumped);
        done.and(rekeyed).and(audited).and(dialled).and(listed)
    }

    fn load_counts(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let db = Db::new(store, &mut self.pending);
        self.counts = db.load(Family::Meta, keys::COUNTS)?.unwrap_or_default();
        Ok(())
    }

    fn keep_own_certificate(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let signed = self.own.cert.to_root_signed();
        let mut db = Db::new(store, &mut self.pending);
        let key = keys::certificate(&signed.cert_hash());
        let kept = match db.get(Family::Evidence, &key) {
            Err(ReadError::Damaged { .. }) => false,
            read => read?.is_some_and(|bytes| bytes == signed.to_vec()),
        };
        if !kept {
            db.put(Family::Evidence, key, signed.to_vec());
        }
        Ok(())
    }

    /// A document's record, from memory or the store.
    pub(crate) fn record(
        &mut self,
        store: &dyn Reader,
        document: &DocumentId,
    ) -> Result<Option<&Record>, ReadError> {
        if !self.records.contains_key(document) {
            let db = Db::new(store, &mut self.pending);
            let Some(record) = db.load(Family::Documents, &keys::document(document))? else {
                return Ok(None);
            };
            self.make_room();
            self.records.insert(*document, record);
        }
        Ok(self.records.get(document))
    }

    /// Lets a few records go where memory is full, and says whether it did. Letting all go at once would make one
    /// question wait for it. What is not written yet stays.
    fn make_room(&mut self) -> bool {
        if self.records.len() < RECORDS_CACHED {
            return false;
        }
        let from = self.room_from;
        let after = self.records.range(from..).chain(self.records.range(..from));
        let kept = |document: &DocumentId| !self.dirty.contains(document);
        let go: Vec<DocumentId> = after
            .map(|(document, _)| *document)
            .filter(kept)
            .take(ROOM_STEP)
            .collect();
        for document in &go {
            self.records.remove(document);
            self.room_from = *document;
        }
        !go.is_empty()
    }

    pub(crate) fn set_record(&mut self, document: DocumentId, record: Record) {
        self.audits.forget(&document);
        self.lists.note_record(record.kind, document);
        self.records.insert(document, record);
        self.dirty.insert(document);
    }

    /// A device certificate, from memory or the store.
    pub(crate) fn cert(
        &mut self,
        store: &dyn Reader,
        hash: &CertHash,
    ) -> Result<Option<DeviceCert>, ReadError> {
        if let Some(cert) = self.certs.get(hash) {
            return Ok(Some(cert.clone()));
        }
        let db = Db::new(store, &mut self.pending);
        let key = keys::certificate(hash);
        let Some(bytes) = db.get(Family::Evidence, &key)? else {
            return Ok(None);
        };
        let cert = SignedDeviceCert::from_slice(&bytes)
            .ok()
            .and_then(|signed| signed.verify().ok())
            .ok_or_else(|| crate::db::damaged(Family::Evidence, &key))?;
        self.certs.insert(*hash, (*cert).clone());
        Ok(Some(cert.into_inner()))
    }

    fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }
}
