//! The victim: an engine with a link to the attacker, driven as a node drives it.

use std::sync::atomic::{AtomicU64, Ordering};

use tongban_identity::{CityId, Signed};
use tongban_ledger::answer::{CaseAnswer, Done};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_sync::engine::Job;
use tongban_sync::entry::{BootNonce, Entry};
use tongban_sync::frame::{
    Blob, Cursor, Feed, Frame, Give, Hello, Item, PROTOCOL, Support, Want, chain_next, chain_start,
    item_tag,
};
use tongban_sync::{CommandError, Ctx, Engine, Input, LinkId, Notice, Now, Output};

use super::field::{ATTACKER, Field, device};
use crate::world::{Counter, Memory};

/// Counts the attacker's starts: each has a boot nonce and so a feed of its own.
static STARTS: AtomicU64 = AtomicU64::new(1);

/// The longest that a device is turned away after its links had to be dropped, in seconds.
const TURNED_AWAY_S: u64 = 61;

/// The victim's boot nonce.
const BOOT: BootNonce = BootNonce([0xb1; 16]);

/// A node under attack.
pub struct Victim {
    engine: Engine,
    store: Memory,
    rng: Counter,
    city: CityId,
    attacker: CityId,
    link: LinkId,
    boot: BootNonce,
    index: u64,
    chain: tongban_identity::Hash32,
    ms: u64,
    /// Whether the link to the attacker is up.
    pub open: bool,
    /// Refusals by the gate since the last look.
    pub refusals: Vec<Code>,
}

impl Victim {
    /// Starts on the field's records and greets the attacker.
    pub fn new(field: &Field) -> Self {
        Self::on(field, field.store.clone())
    }

    /// Starts on given records.
    pub fn on(field: &Field, store: Memory) -> Self {
        let engine = field.engine(&store, BOOT);
        let mut victim = Self {
            city: engine.city(),
            engine,
            store,
            rng: Counter(1 << 32),
            attacker: field.attacker(),
            link: LinkId(0),
            boot: BootNonce([0; 16]),
            index: 0,
            chain: tongban_identity::Hash32([0; 32]),
            ms: 0,
            open: false,
            refusals: Vec::new(),
        };
        victim.finish();
        victim.greet(field);
        victim
    }

    /// Opens a link as the attacker, under another boot nonce each time; when it is turned away for what it said
    /// before, it knocks every second until it is taken.
    pub fn greet(&mut self, field: &Field) {
        for _ in 0..TURNED_AWAY_S {
            self.knock(field);
            if self.open {
                return;
            }
            self.ms += 1_000;
        }
        self.knock(field);
        assert!(self.open, "a device is taken after the longest pause");
    }

    fn knock(&mut self, field: &Field) {
        self.link = LinkId(self.link.0 + 1);
        let mut boot = [0xa7; 16];
        boot[..8].copy_from_slice(&STARTS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        self.boot = BootNonce(boot);
        self.index = 0;
        self.chain = chain_start(&self.attacker, &self.city, &self.boot);
        self.open = true;
        let peer_key = *device(ATTACKER).public().as_bytes();
        self.input(Input::Opened {
            link: self.link,
            peer_key,
            outgoing: false,
        });
        let hello = Frame::Hello(Hello {
            protocol: PROTOCOL,
            cert: field.cert.to_vec(),
            boot: self.boot,
        });
        self.frame(hello.to_vec());
    }

    /// Opens a link with any key and first frame; says whether it was admitted.
    pub fn stranger(&mut self, peer_key: [u8; 32], first: Vec<u8>) -> bool {
        let link = LinkId(1 << 40 | self.ms);
        self.ms += 1;
        let (kept, open) = (self.link, self.open);
        (self.link, self.open) = (link, true);
        self.input(Input::Opened {
            link,
            peer_key,
            outgoing: false,
        });
        self.frame(first);
        let admitted = self.open;
        self.input(Input::Closed { link });
        (self.link, self.open) = (kept, open);
        admitted
    }

    /// Gives bytes as a frame of the attacker's link.
    pub fn frame(&mut self, bytes: Vec<u8>) {
        let link = self.link;
        self.input(Input::Frame { link, bytes });
    }

    /// Offers entries as the next stretch of the attacker's feed, with all that they rest on.
    pub fn feed(&mut self, field: &Field, entries: &[Entry]) {
        let items = entries
            .iter()
            .map(|entry| (entry.id, Item::Entry(Blob(entry.to_wire()))))
            .collect();
        self.items(field.support(), items);
    }

    /// Offers items as the next stretch of the feed.
    pub fn items(&mut self, support: Support, items: Vec<(tongban_ledger::EntryId, Item)>) {
        let (start, chain) = (self.index, self.chain);
        let mut sent = Vec::with_capacity(items.len());
        for (id, item) in items {
            self.chain = chain_next(&self.chain, &item_tag(&id));
            self.index += 1;
            sent.push(item);
        }
        let feed = Feed {
            boot: self.boot,
            start,
            chain,
            support,
            items: sent,
        };
        self.frame(Frame::Feed(feed).to_vec());
    }

    /// The bytes of the feed's next stretch with one entry, not given yet.
    pub fn next_frame(&self, field: &Field, entry: &Entry) -> Vec<u8> {
        let feed = Feed {
            boot: self.boot,
            start: self.index,
            chain: self.chain,
            support: field.support(),
            items: vec![Item::Entry(Blob(entry.to_wire()))],
        };
        Frame::Feed(feed).to_vec()
    }

    /// Gives blobs that are said to be entries, asked for or not.
    pub fn give(&mut self, support: Support, entries: Vec<Blob>) {
        let give = Give {
            support,
            entries,
            absent: Want::default(),
        };
        self.frame(Frame::Give(give).to_vec());
    }

    /// A cursor of the attacker's on the victim's feed, signed by the attacker.
    pub fn cursor(&mut self, index: u64, chain: [u8; 32], refused: Vec<(u64, Code)>) {
        let cursor = Cursor {
            sender: self.city,
            receiver: self.attacker,
            boot: BOOT,
            index,
            chain: tongban_identity::Hash32(chain),
            refused: refused
                .into_iter()
                .map(|(index, code)| tongban_sync::frame::RefusedItem { index, code })
                .collect(),
        };
        let signed = Signed::sign(cursor, &device(ATTACKER)).unwrap();
        self.frame(Frame::Cursor(signed.into_signed()).to_vec());
    }

    /// Says whether an entry is stored.
    pub fn has(&self, entry: &Entry) -> bool {
        Field::holds(&self.store, entry)
    }

    /// One case, its file included.
    pub fn case(&mut self, case: &str) -> Result<CaseAnswer, CommandError> {
        self.ask(|engine, ctx| engine.case(ctx, case))
    }

    /// Whatever the engine answers.
    pub fn ask<T>(&mut self, ask: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> T) -> T {
        let Self {
            engine,
            store,
            rng,
            ms,
            ..
        } = self;
        ask(engine, &mut context(store, rng, *ms))
    }

    /// A command of the victim's own clerks.
    pub fn act(&mut self, key: &str, name: &str, args: &str) -> Result<Done, CommandError> {
        let text = format!(r#"{{"do":"{name}","args":{args}}}"#);
        let command: Command = serde_json::from_str(&text).unwrap();
        let done = self.ask(|engine, ctx| engine.command(ctx, key, &command));
        self.finish();
        done
    }

    /// The records.
    pub fn into_store(self) -> Memory {
        self.store
    }

    /// The records, to look at.
    pub fn store(&self) -> &Memory {
        &self.store
    }

    /// Lets time pass.
    pub fn tick(&mut self) {
        self.ms += 6_000;
        self.input(Input::Tick);
    }

    fn input(&mut self, input: Input) {
        let Self {
            engine,
            store,
            rng,
            ms,
            ..
        } = self;
        engine.handle(&mut context(store, rng, *ms), input).unwrap();
        self.finish();
    }

    fn finish(&mut self) {
        let batch = self.engine.take_batch();
        self.store.commit(batch);
        let mut inputs = Vec::new();
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Close { link } if link == self.link => {
                    self.open = false;
                    inputs.push(Input::Closed { link });
                }
                Output::Work { token, jobs } => {
                    let outcomes = jobs.iter().map(Job::run).collect();
                    inputs.push(Input::Worked { token, outcomes });
                }
                Output::Dial { city, .. } => inputs.push(Input::DialFailed { city }),
                Output::Notice(Notice::EntryRefused { code, .. }) => self.refusals.push(code),
                _ => {}
            }
        }
        for input in inputs {
            self.input(input);
        }
    }
}

fn context<'a>(store: &'a Memory, rng: &'a mut Counter, ms: u64) -> Ctx<'a> {
    Ctx {
        now: Now {
            monotonic_ms: ms,
            unix: 1_788_746_400,
        },
        rng,
        store,
    }
}
