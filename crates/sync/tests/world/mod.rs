//! A handful of engines on one thread: memory stores, links that can be cut, a scripted clock.
//!
//! This is test support, not the simulator: no faults but cut links and restarts, no randomness but
//! a counter.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "test support: each test binary uses its own part, and a panic is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tongban_identity::{
    CityId, DeviceKey, DivisionCode, EncryptionCert, EncryptionKey, Hash32, Revocation, RootKey,
};
use tongban_ledger::answer::Done;
use tongban_ledger::command::{Command, FoundAgreement, Founding, Terms};
use tongban_sync::engine::Attributes;
use tongban_sync::entry::BootNonce;
use tongban_sync::founding::{certify, write_revocation};
use tongban_sync::keyring::Keyring;
use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Reader};
use tongban_sync::{CommandError, Ctx, Engine, Entropy, Input, LinkId, Now, Output, Own};

/// A store in memory. What the second part names, by the beginning of its key, the medium does not give out.
#[derive(Clone, Default)]
pub struct Memory(
    pub BTreeMap<(Family, Vec<u8>), Vec<u8>>,
    pub Option<(Family, &'static [u8])>,
);

impl Memory {
    pub fn commit(&mut self, batch: Batch) {
        for write in batch.writes {
            let place = (write.family, write.key);
            match write.value {
                Some(value) => self.0.insert(place, value),
                None => self.0.remove(&place),
            };
        }
    }
}

impl Memory {
    fn check(&self, family: Family, key: &[u8]) -> Result<(), ReadError> {
        let withheld = self.1;
        match withheld.is_some_and(|(of, prefix)| of == family && key.starts_with(prefix)) {
            true => Err(ReadError::Backend("input/output error".into())),
            false => Ok(()),
        }
    }
}

impl Reader for Memory {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        self.check(family, key)?;
        Ok(self.0.get(&(family, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let start = from.max(prefix).to_vec();
        self.0
            .range((family, start)..)
            .take_while(|((of, key), _)| *of == family && key.starts_with(prefix))
            .take(limit)
            .map(|((_, key), value)| {
                self.check(family, key)?;
                Ok((key.clone(), value.clone()))
            })
            .collect()
    }
}

/// Bytes that differ from call to call and repeat from run to run.
pub struct Counter(pub u64);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            self.0 += 1;
            let hash = tongban_identity::Hash32::hash("test/entropy", &[&self.0.to_be_bytes()]);
            chunk.copy_from_slice(&hash.0[..chunk.len()]);
        }
    }
}

pub struct Node {
    pub engine: Engine,
    pub store: Memory,
    pub division: DivisionCode,
    name: String,
    pub seed: u8,
    boots: u8,
    rotations: u8,
    /// How many encryption keys the city had before the one in use.
    rekeyed: u8,
    /// Whether it has lost the earlier ones.
    bare: bool,
}

impl Node {
    /// The same node, started on a copy of its store.
    fn copy(&self) -> Self {
        let boots = self.boots + 1;
        let mut boot = [self.seed; 16];
        boot[15] = 100 + boots;
        let store = self.store.clone();
        Self {
            engine: Engine::start(self.own(), BootNonce(boot), &store).unwrap(),
            store,
            division: self.division,
            name: self.name.clone(),
            seed: self.seed,
            boots,
            rotations: self.rotations,
            rekeyed: self.rekeyed,
            bare: self.bare,
        }
    }

    fn own(&self) -> Own {
        let device = device(self.seed, self.rotations);
        let mut own = own_with(self.seed, device, self.division, &self.name);
        if self.rekeyed > 0 {
            let root = RootKey::from_seed([self.seed; 32]);
            let key = encryption(self.seed, self.rekeyed);
            let cert = EncryptionCert {
                city: root.city(),
                x25519: key.public(),
                serial: u64::from(self.rekeyed) + 1,
                issued: 1_788_746_400,
            };
            own.encryption_cert = cert.sign(&root).unwrap().to_root_signed();
            let earlier = (0..self.rekeyed).filter(|_| !self.bare);
            let earlier = earlier.map(|nth| encryption(self.seed, nth)).collect();
            own.encryption = Keyring::new(key, earlier);
        }
        own
    }
}

/// A city's encryption key; it gets another with each change.
pub fn encryption(seed: u8, nth: u8) -> EncryptionKey {
    let mut bytes = [seed + 200; 32];
    bytes[31] = bytes[31].wrapping_add(nth);
    EncryptionKey::from_seed(bytes)
}

/// Frames that are lost on their way from one node to another.
#[derive(Clone, Copy)]
pub struct Withheld {
    pub from: usize,
    pub to: usize,
    pub is: fn(&[u8]) -> bool,
}

/// Cities with links between them.
pub struct World {
    pub nodes: Vec<Node>,
    pub rng: Counter,
    pub unix: i64,
    monotonic: u64,
    links: BTreeMap<LinkId, (usize, usize, LinkId)>,
    next_link: u64,
    cut: BTreeSet<(usize, usize)>,
    lossy: BTreeSet<(usize, usize)>,
    queue: VecDeque<(usize, LinkId, Vec<u8>)>,
    /// Frames of a kind that are lost on their way from one node to another.
    pub withhold: Option<Withheld>,
    /// Every frame sent, by sender and receiver.
    pub frames: Vec<(usize, usize, Vec<u8>)>,
    /// How often some node dialled.
    pub dials: u64,
}

pub const CITIES: [(u32, &str); 4] = [
    (330_800, "衢州市"),
    (350_700, "南平市"),
    (361_100, "上饶市"),
    (341_000, "黄山市"),
];

/// A city's device; it gets another with each rotation.
fn device(seed: u8, rotations: u8) -> DeviceKey {
    DeviceKey::from_seed([seed + 100 + 20 * rotations; 32])
}

pub fn own(seed: u8, division: DivisionCode, name: &str) -> Own {
    own_with(seed, device(seed, 0), division, name)
}

fn own_with(seed: u8, device: DeviceKey, division: DivisionCode, name: &str) -> Own {
    let root = RootKey::from_seed([seed; 32]);
    let encryption = encryption(seed, 0);
    let (cert, encryption_cert) = certify(
        &root,
        device.public(),
        encryption.public(),
        "node".into(),
        0,
    )
    .unwrap();
    Own {
        city: root.city(),
        device,
        cert,
        encryption: encryption.into(),
        encryption_cert,
        attributes: Attributes {
            division,
            name: name.to_owned(),
        },
    }
}

impl World {
    /// Cities without an agreement.
    pub fn new(count: usize) -> Self {
        Self::with_seeds(count, 1)
    }

    /// Cities whose keys come from seeds counted from `first`.
    fn with_seeds(count: usize, first: u8) -> Self {
        let mut world = Self {
            nodes: Vec::new(),
            rng: Counter(0),
            // 2026-09-07 10:00 in Beijing.
            unix: 1_788_746_400,
            monotonic: 0,
            links: BTreeMap::new(),
            next_link: 0,
            cut: BTreeSet::new(),
            lossy: BTreeSet::new(),
            queue: VecDeque::new(),
            withhold: None,
            frames: Vec::new(),
            dials: 0,
        };
        for (nth, (division, name)) in CITIES.iter().take(count).enumerate() {
            let division = DivisionCode::new(*division).unwrap();
            let seed = u8::try_from(nth).unwrap() + first;
            let store = Memory::default();
            let engine =
                Engine::start(own(seed, division, name), BootNonce([seed; 16]), &store).unwrap();
            world.nodes.push(Node {
                engine,
                store,
                division,
                name: (*name).to_owned(),
                seed,
                boots: 0,
                rotations: 0,
                rekeyed: 0,
                bare: false,
            });
        }
        world
    }

    /// Cities under one agreement that all of them signed.
    pub fn founded(count: usize) -> Self {
        Self::new(count).found()
    }

    /// The same names and codes under other keys.
    pub fn forged(count: usize) -> Self {
        Self::with_seeds(count, 11).found()
    }

    fn found(mut self) -> Self {
        self.found_text();
        self
    }

    /// Founds the agreement and returns the founding file.
    pub fn found_text(&mut self) -> String {
        let founding = self.found_apart();
        let world = self;
        world.run();
        for node in &mut world.nodes {
            let ctx = Ctx {
                now: Now {
                    monotonic_ms: world.monotonic,
                    unix: world.unix,
                },
                rng: &mut world.rng,
                store: &node.store,
            };
            let status = node.engine.status(&ctx).unwrap();
            assert!(status.agreements[0].effective, "{status:?}");
        }
        founding
    }

    /// The command by which a city founds an agreement of all.
    pub fn founding_of_all(&self, again: bool) -> Command {
        let invitations = self
            .nodes
            .iter()
            .map(|node| node.engine.invitation(vec!["127.0.0.1:1".into()]).unwrap())
            .collect();
        Command::AgreementFound(FoundAgreement {
            terms: terms(),
            invitations,
            again,
        })
    }

    /// Lets the first of the cities found an agreement, and the next ones sign it; the rest stays outside.
    pub fn found_by(&mut self, count: usize) -> String {
        let invitations = self.nodes[1..count].iter();
        let invitations = invitations
            .map(|node| node.engine.invitation(vec!["127.0.0.1:1".into()]).unwrap())
            .collect();
        let found = self.founding_with(invitations);
        let founding = self.command(0, "found", &found).unwrap().founding.unwrap();
        for at in 1..count {
            let accept = Command::AgreementAccept(Founding {
                founding: founding.clone(),
            });
            self.command(at, "accept", &accept).unwrap();
        }
        founding
    }

    /// The command by which the first city founds an agreement with those that it has invitations of.
    pub fn founding_with(&self, mut invitations: Vec<String>) -> Command {
        let own = self.nodes[0].engine.invitation(vec!["127.0.0.1:1".into()]);
        invitations.push(own.unwrap());
        Command::AgreementFound(FoundAgreement {
            terms: terms(),
            invitations,
            again: true,
        })
    }

    /// Founds the agreement with the founding file alone; nothing else travels.
    pub fn found_apart(&mut self) -> String {
        let world = self;
        let count = world.nodes.len();
        let found = world.founding_of_all(false);
        let founding = world.command(0, "found", &found).unwrap().founding.unwrap();
        for at in 1..count {
            let accept = Command::AgreementAccept(Founding {
                founding: founding.clone(),
            });
            world.command(at, "accept", &accept).unwrap();
        }
        founding
    }

    /// Starts a node again under a given boot nonce.
    pub fn renew(&mut self, at: usize, boot: BootNonce) {
        let node = &mut self.nodes[at];
        node.engine = Engine::start(node.own(), boot, &node.store).unwrap();
    }

    /// Another process on a copy of a node's store, under a given boot nonce.
    pub fn another(&self, at: usize, boot: BootNonce) -> Engine {
        let node = &self.nodes[at];
        Engine::start(node.own(), boot, &node.store).unwrap()
    }

    /// Gives a city another device, or an earlier one back, and starts its node again.
    pub fn rotate(&mut self, at: usize, rotations: u8) {
        self.nodes[at].rotations = rotations;
        self.restart(at);
    }

    /// Gives a city another encryption key, with the earlier ones or `bare`, and starts its node again.
    pub fn rekey(&mut self, at: usize, rekeyed: u8, bare: bool) {
        (self.nodes[at].rekeyed, self.nodes[at].bare) = (rekeyed, bare);
        self.restart(at);
    }

    /// The revocation file of one of a city's devices; `keeps` are heads of the agreement.
    pub fn revocation(&self, at: usize, rotations: u8, keeps: Vec<Hash32>) -> String {
        let node = &self.nodes[at];
        let root = RootKey::from_seed([node.seed; 32]);
        let own = own_with(node.seed, device(node.seed, rotations), node.division, "");
        let revocation = Revocation {
            city: root.city(),
            cert: own.cert.cert_hash(),
            keeps,
            issued: 0,
        };
        write_revocation(&revocation.sign(&root).unwrap().to_root_signed())
    }

    /// Loses every frame from one node to another until the next partition is healed.
    pub fn drop_frames(&mut self, from: usize, to: usize) {
        self.lossy.insert((from, to));
    }

    pub fn city(&self, at: usize) -> CityId {
        self.nodes[at].engine.city()
    }

    /// Carries a command out on a node and commits.
    pub fn command(
        &mut self,
        at: usize,
        key: &str,
        command: &Command,
    ) -> Result<Done, CommandError> {
        let node = &mut self.nodes[at];
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: self.monotonic,
                unix: self.unix,
            },
            rng: &mut self.rng,
            store: &node.store,
        };
        let done = node.engine.command(&mut ctx, key, command);
        self.commit(at);
        done
    }

    /// A command as a scenario writes it.
    pub fn act(&mut self, at: usize, name: &str, args: &str) -> Result<Done, CommandError> {
        let text = format!(r#"{{"do":"{name}","args":{args}}}"#);
        let command: Command = serde_json::from_str(&text).unwrap();
        self.rng.0 += 1;
        let key = format!("key-{}", self.rng.0);
        self.command(at, &key, &command)
    }

    /// Asks a node.
    pub fn ask<T>(&mut self, at: usize, ask: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> T) -> T {
        let node = &mut self.nodes[at];
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: self.monotonic,
                unix: self.unix,
            },
            rng: &mut self.rng,
            store: &node.store,
        };
        ask(&mut node.engine, &mut ctx)
    }

    pub fn input(&mut self, at: usize, input: Input) {
        let node = &mut self.nodes[at];
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: self.monotonic,
                unix: self.unix,
            },
            rng: &mut self.rng,
            store: &node.store,
        };
        let taken = node.engine.handle(&mut ctx, input);
        assert!(taken.is_ok() || node.store.1.is_some(), "{taken:?}");
        self.commit(at);
    }

    /// Commits what a node wrote and does what it asks for.
    pub fn commit(&mut self, at: usize) {
        let batch = self.nodes[at].engine.take_batch();
        self.nodes[at].store.commit(batch);
        while let Some(output) = self.nodes[at].engine.poll_output() {
            self.perform(at, output);
        }
    }

    fn perform(&mut self, at: usize, output: Output) {
        match output {
            Output::Send { link, frame } => {
                if let Some((_, to, there)) = self.links.get(&link).copied() {
                    self.frames.push((at, to, frame.clone()));
                    let withheld = self
                        .withhold
                        .is_some_and(|lost| (lost.from, lost.to) == (at, to) && (lost.is)(&frame));
                    if !withheld && !self.lossy.contains(&(at, to)) {
                        self.queue.push_back((to, there, frame));
                    }
                }
            }
            Output::Close { link } => self.close(link),
            Output::Dial { city, .. } => {
                self.dials += 1;
                let to = (0..self.nodes.len()).find(|to| self.city(*to) == city);
                match to {
                    Some(to) if !self.is_cut(at, to) => self.connect(at, to),
                    _ => self.input(at, Input::DialFailed { city }),
                }
            }
            Output::Work { token, jobs } => {
                let outcomes = jobs.iter().map(tongban_sync::engine::Job::run).collect();
                self.input(at, Input::Worked { token, outcomes });
            }
            Output::Admit { .. } | Output::Notice(_) => {}
        }
    }

    fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cut.contains(&(one.min(other), one.max(other)))
    }

    pub fn connect(&mut self, from: usize, to: usize) {
        let (here, there) = (LinkId(self.next_link), LinkId(self.next_link + 1));
        self.next_link += 2;
        self.links.insert(here, (from, to, there));
        self.links.insert(there, (to, from, here));
        let key = |node: &Node| *device(node.seed, node.rotations).public().as_bytes();
        let (key_from, key_to) = (key(&self.nodes[from]), key(&self.nodes[to]));
        self.input(
            from,
            Input::Opened {
                link: here,
                peer_key: key_to,
                outgoing: true,
            },
        );
        self.input(
            to,
            Input::Opened {
                link: there,
                peer_key: key_from,
                outgoing: false,
            },
        );
    }

    /// A node's link to another.
    pub fn link(&self, at: usize, to: usize) -> LinkId {
        let ends = |(from, other, _): &(usize, usize, LinkId)| (*from, *other) == (at, to);
        let mut links = self.links.iter();
        links
            .find(|(_, of)| ends(of))
            .map(|(link, _)| *link)
            .unwrap()
    }

    /// Says whether a node has a link to another.
    pub fn is_linked(&self, at: usize, to: usize) -> bool {
        let mut links = self.links.values();
        links.any(|(from, other, _)| (*from, *other) == (at, to))
    }

    pub fn close(&mut self, link: LinkId) {
        if let Some((at, to, there)) = self.links.remove(&link) {
            self.links.remove(&there);
            self.queue.retain(|(_, on, _)| *on != link && *on != there);
            self.input(at, Input::Closed { link });
            self.input(to, Input::Closed { link: there });
        }
    }

    /// Cuts every link between two groups.
    pub fn partition(&mut self, one: &[usize], other: &[usize]) {
        for a in one {
            for b in other {
                self.cut.insert((*a.min(b), *a.max(b)));
                let gone: Vec<LinkId> = self
                    .links
                    .iter()
                    .filter(|(_, (from, to, _))| (from, to) == (a, b))
                    .map(|(link, _)| *link)
                    .collect();
                for link in gone {
                    self.close(link);
                }
            }
        }
    }

    pub fn heal(&mut self) {
        self.cut.clear();
        self.lossy.clear();
    }

    /// Closes every link, so that the next run dials again.
    pub fn relink(&mut self) {
        let gone: Vec<LinkId> = self.links.keys().copied().collect();
        for link in gone {
            self.close(link);
        }
    }

    /// Ends a node's process and starts another on the same store.
    pub fn restart(&mut self, at: usize) {
        let gone: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, (from, _, _))| *from == at)
            .map(|(link, _)| *link)
            .collect();
        for link in gone {
            if let Some((_, to, there)) = self.links.remove(&link) {
                self.links.remove(&there);
                self.queue.retain(|(_, on, _)| *on != link && *on != there);
                self.input(to, Input::Closed { link: there });
            }
        }
        let node = &mut self.nodes[at];
        node.boots += 1;
        let mut boot = [node.seed; 16];
        boot[15] = 100 + node.boots;
        node.engine = Engine::start(node.own(), BootNonce(boot), &node.store).unwrap();
    }

    /// Lets time pass on every node; what is due happens in the next run.
    pub fn pass(&mut self, ms: u64) {
        self.monotonic += ms;
    }

    /// Runs until nothing moves.
    pub fn run(&mut self) {
        for _ in 0..40 {
            self.round();
        }
    }

    /// Lets six seconds pass and runs what comes of it.
    pub fn round(&mut self) {
        self.monotonic += 6_000;
        for at in 0..self.nodes.len() {
            self.input(at, Input::Tick);
        }
        let mut steps = 0;
        while let Some((to, link, frame)) = self.queue.pop_front() {
            if self.links.contains_key(&link) {
                self.input(to, Input::Frame { link, bytes: frame });
            }
            steps += 1;
            assert!(steps < 100_000, "the nodes never fall silent");
        }
    }

    /// Takes a node and the time over from another world of the same cities.
    pub fn copy_node(&mut self, at: usize, from: &Self) {
        self.nodes[at] = from.nodes[at].copy();
        self.unix = from.unix;
    }

    /// The same cities once more, each started on a copy of its store; what is cut stays cut.
    #[must_use]
    pub fn fork(&self) -> Self {
        let nodes = self.nodes.iter().map(Node::copy);
        Self {
            nodes: nodes.collect(),
            rng: Counter(self.rng.0),
            unix: self.unix,
            monotonic: self.monotonic,
            links: BTreeMap::new(),
            next_link: self.next_link,
            cut: self.cut.clone(),
            lossy: self.lossy.clone(),
            queue: VecDeque::new(),
            withhold: self.withhold,
            frames: Vec::new(),
            dials: 0,
        }
    }

    /// Runs frames that are on their way, without new dials.
    pub fn deliver(&mut self) {
        while let Some((to, link, frame)) = self.queue.pop_front() {
            if self.links.contains_key(&link) {
                self.input(to, Input::Frame { link, bytes: frame });
            }
        }
    }
}

/// The terms of the tests: three items, every pair live, G1a to G5 but G1b.
pub fn terms() -> Terms {
    let text = r#"{
        "name": "四省边际城市跨省通办合作协议", "code": "AG-4C",
        "items": [
            {"code": "I-02", "name": "住房公积金异地购房提取", "domain": "公积金", "licence": false, "promise_days": 3},
            {"code": "I-07", "name": "工业产品生产许可证", "domain": "市场监管", "licence": true, "promise_days": 10},
            {"code": "I-99", "name": "未启用事项", "domain": "其他", "licence": false, "promise_days": 1}
        ],
        "guides": [
            {"item": "I-02", "version": 3, "effective": "2026-01-01", "id_check": true, "requirements": [
                {"id": "M1", "name": "身份证", "must": true, "original": true},
                {"id": "M2", "name": "提取申请表", "must": true, "original": false},
                {"id": "M3", "name": "购房合同", "must": true, "original": true},
                {"id": "M4", "name": "付款凭证", "must": false, "original": false}]},
            {"item": "I-07", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请书", "must": true, "original": false}]}
        ],
        "live": [
            {"item": "I-02", "guide": 3, "effective": "2026-01-01"},
            {"item": "I-07", "guide": 1, "effective": "2026-01-01"}
        ],
        "grants": [{"powers": ["G1a", "G2", "G3", "G4", "G5"]}],
        "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01"}]
    }"#;
    serde_json::from_str(text).unwrap()
}

/// 收件 at one city for another, with an applicant whose name is a canary.
pub fn receive(world: &mut World, at: usize, owner: usize, canary: &str) -> String {
    let owner = world.nodes[owner].division;
    let args = format!(
        r#"{{"item":"I-02","owner":"{owner}","officer":"W01","materials":[
            {{"requirement":"M1","pages":2}},{{"requirement":"M2"}},{{"requirement":"M3","pages":6}}],
            "applicant":{{"name":"{canary}","id_number":"350799199306220024","phone":"13000000000","address":"某路 1 号"}}}}"#
    );
    world
        .act(at, "case.receive", &args)
        .unwrap()
        .number
        .unwrap()
}

/// The window's checks up to 形式审查通过.
pub fn check(world: &mut World, at: usize, case: &str) {
    let officer = format!(r#"{{"case":"{case}","officer":"W01"}}"#);
    world
        .act(
            at,
            "case.id-check",
            &format!(r#"{{"case":"{case}","passed":true,"officer":"W01"}}"#),
        )
        .unwrap();
    world
        .act(
            at,
            "case.original-check",
            &format!(r#"{{"case":"{case}","seen":["M1","M3"],"officer":"W01"}}"#),
        )
        .unwrap();
    world.act(at, "case.formal-pass", &officer).unwrap();
}

/// A case that one city received and checked, and that another one has.
pub fn pushed(world: &mut World, at: usize, owner: usize, canary: &str) -> String {
    let case = receive(world, at, owner, canary);
    check(world, at, &case);
    let args = format!(r#"{{"case":"{case}"}}"#);
    world.act(at, "case.push", &args).unwrap();
    world.run();
    case
}
