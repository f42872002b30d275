//! Attacks on a real node by a city of the agreement whose machine is in hostile hands: it has the device key
//! that a link proves, and says on the wire what no engine says.
//!
//! What an engine makes of hostile frames in one process is in `wire`, and what strangers can do before they
//! are admitted in `flood`; here a member is admitted. While it attacks, two honest cities hand cases to each
//! other, through the attacked node.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tongban_identity::{CityId, DeviceKey, Hash32, KeyKind, Signed, SignedDeviceCert, open_secret};
use tongban_ledger::EntryId;
use tongban_ledger::code::Code;
use tongban_mesh::{LinkId, Mesh, MeshConfig, MeshEvent, MeshHandle, MeshLimits, SendError};
use tongban_sync::entry::BootNonce;
use tongban_sync::frame::{
    Audit, Audited, Blob, Cursor, FRAME_BYTES_MAX, Feed, Frame, Give, Hello, Item, PROTOCOL,
    RefusedItem, Support, WANT_MAX, Want, chain_start,
};
use zeroize::Zeroizing;

use super::flood::{RESIDENT_BYTES_MAX, raw_stream, resident};
use super::meter::{Cost, Fate, Row};
use super::random::Random;
use crate::{Node, found};

/// What the nodes of these tests seal their keys with.
const PASSPHRASE: &[u8] = b"a long enough phrase";
/// No wait is this long unless something is broken.
const GUARD: Duration = Duration::from_secs(60);
/// How much more memory the attacked node may have had resident than before the attacks.
const GROWTH_BYTES_MAX: u64 = 96 << 20;

/// A city in hostile hands.
struct Member {
    mesh: MeshHandle,
    events: Receiver<MeshEvent>,
    seed: [u8; 32],
    device: DeviceKey,
    cert: Vec<u8>,
    city: CityId,
    /// The attacked node.
    address: String,
    victim: CityId,
    random: Random,
}

/// How a link ended, or that it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Stands,
}

impl Member {
    async fn new(dir: &Path, victim: &Node) -> Self {
        let sealed = std::fs::read(dir.join("device.key")).unwrap();
        let seed = *open_secret(KeyKind::Device, &sealed, PASSPHRASE).unwrap();
        let cert = std::fs::read(dir.join("device.cert")).unwrap();
        let (mesh, events) = mesh(seed).await;
        Self {
            mesh,
            events,
            seed,
            device: DeviceKey::from_seed(seed),
            city: city_of(&cert),
            cert,
            address: victim.listen.clone(),
            victim: city_of(&std::fs::read(victim.dir().join("device.cert")).unwrap()),
            random: Random(0x0c17),
        }
    }

    /// Makes a link, without a word.
    async fn link(&mut self) -> LinkId {
        self.mesh.dial(self.address.clone());
        loop {
            match self.next().await {
                MeshEvent::Opened { link, .. } => {
                    // Who does not let a link in does not hear either that it ended.
                    self.mesh.admit(link);
                    return link;
                }
                // An earlier link may still be on its way out.
                MeshEvent::DialFailed { .. } => self.mesh.dial(self.address.clone()),
                _ => {}
            }
        }
    }

    /// Makes a link and greets, and waits for the node's own greeting, which says that it let the city in.
    async fn admitted(&mut self) -> LinkId {
        let link = self.link().await;
        self.hello(link, self.cert.clone());
        loop {
            match self.next().await {
                MeshEvent::Frame { link: from, .. } if from == link => return link,
                MeshEvent::Closed { link: gone, reason } if gone == link => {
                    panic!("a member is turned away: {reason}")
                }
                _ => {}
            }
        }
    }

    fn hello(&mut self, link: LinkId, cert: Vec<u8>) {
        let hello = Frame::Hello(Hello {
            protocol: PROTOCOL,
            cert,
            boot: self.boot(),
        });
        let _ = self.mesh.send(link, hello.to_vec());
    }

    async fn next(&mut self) -> MeshEvent {
        let next = tokio::time::timeout(GUARD, self.events.recv()).await;
        next.expect("something happens on the wire")
            .expect("the mesh runs")
    }

    /// Sends frames until all are sent or the link is gone; a clogged link is waited for.
    async fn pour(&mut self, link: LinkId, frames: impl IntoIterator<Item = Vec<u8>>) -> End {
        for mut frame in frames {
            loop {
                match self.mesh.send(link, frame) {
                    Ok(_) => break,
                    Err(SendError::Clogged { frame: back }) => {
                        frame = back;
                        if self.until_drained(link).await == End::Closed {
                            return End::Closed;
                        }
                    }
                    Err(_) => return End::Closed,
                }
            }
        }
        End::Stands
    }

    async fn until_drained(&mut self, link: LinkId) -> End {
        loop {
            match self.next().await {
                MeshEvent::Drained { link: free, .. } if free == link => return End::Stands,
                MeshEvent::Closed { link: gone, .. } if gone == link => return End::Closed,
                _ => {}
            }
        }
    }

    /// Waits until the node ends a link.
    async fn until_closed(&mut self, link: LinkId) {
        loop {
            if matches!(self.next().await, MeshEvent::Closed { link: gone, .. } if gone == link) {
                return;
            }
        }
    }

    fn boot(&mut self) -> BootNonce {
        let mut boot = [0; 16];
        boot.copy_from_slice(&self.id().0[..16]);
        BootNonce(boot)
    }

    fn id(&mut self) -> Hash32 {
        let words = [(); 4].map(|()| self.random.draw().to_be_bytes());
        Hash32(
            words
                .concat()
                .try_into()
                .expect("four words of eight bytes"),
        )
    }

    fn ids(&mut self, count: usize) -> Vec<EntryId> {
        (0..count).map(|_| EntryId(self.id())).collect()
    }

    fn rubbish(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.random.draw() as u8).collect()
    }
}

async fn mesh(seed: [u8; 32]) -> (MeshHandle, Receiver<MeshEvent>) {
    let config = MeshConfig {
        seed: Zeroizing::new(seed),
        listen: Vec::new(),
        limits: MeshLimits::default(),
    };
    Mesh::start(config).await.unwrap()
}

fn city_of(cert: &[u8]) -> CityId {
    let signed = SignedDeviceCert::from_slice(cert).unwrap();
    signed.verify().unwrap().city
}

/// Two honest cities, the second of which is attacked, and the case that they hand on meanwhile.
struct Honest {
    nodes: Vec<Node>,
    cases: usize,
}

impl Honest {
    /// The first city hands a case to the second, which accepts it, and the first hears of it.
    async fn work(&mut self) {
        self.cases += 1;
        let nth = self.cases;
        let key = |name: &str| format!("{name}-{nth}");
        let (giver, taker) = (&self.nodes[0], &self.nodes[1]);
        let done = giver.receive(&key("r"), "350700", "程立秋").await.unwrap();
        let case = done.number.unwrap();
        let officer = json!({"case": case, "officer": "W01"});
        giver
            .act(&key("f"), "case.formal-pass", officer.clone())
            .await
            .unwrap();
        giver
            .act(&key("p"), "case.push", json!({"case": case}))
            .await
            .unwrap();
        let exchanged = async {
            while !matches!(taker.client.case(&case).await, Ok(found) if found.row.stage == "S40") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            taker.act(&key("a"), "case.accept", officer).await.unwrap();
            while giver.client.case(&case).await.unwrap().row.stage != "S50" {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let exchanged = tokio::time::timeout(GUARD, exchanged).await;
        exchanged.expect("honest cities go on exchanging cases");
    }
}

/// Attacks a real node in every way, `rounds` times as hard as it takes to see an effect at all, and shows
/// what it came to.
///
/// # Panics
/// The node died, turned an honest city away, or honest cities could not work meanwhile.
pub async fn run(rounds: usize) -> (Row, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = vec![
        Node::init(folder.path(), "330800", "衢州市"),
        Node::init(folder.path(), "350700", "南平市"),
        Node::init(folder.path(), "361100", "上饶市"),
    ];
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let mut hacked = nodes.pop().unwrap();
    hacked.kill();
    let mut member = Member::new(hacked.dir(), &nodes[1]).await;
    let other = std::fs::read(nodes[0].dir().join("device.cert")).unwrap();
    let mut honest = Honest { nodes, cases: 0 };
    honest.work().await;
    let process = honest.nodes[1].pid();
    let before = resident(&honest.nodes[1]);
    let mut row = Row::new("T1, T8 a member on the wire");

    forged_hellos(&mut member, &other, &mut row).await;
    honest.work().await;
    malformed(&mut member, &mut row).await;
    honest.work().await;
    too_long(&member, &mut row).await;
    honest.work().await;
    let slow = slow_streams(&member, &mut row).await;
    honest.work().await;
    drop(slow);
    let floods = [flood_of_questions, unsolicited, replayed_feeds, false_words];
    for attack in floods {
        let link = member.admitted().await;
        let frames = attack(&mut member, rounds);
        let count = frames.len();
        // The honest cities work while the frames pour in.
        let (end, ()) = tokio::join!(member.pour(link, frames), honest.work());
        row.inputs += count;
        row.refused += count;
        if end == End::Stands {
            member.mesh.close(link);
            member.until_closed(link).await;
        }
        honest.work().await;
    }
    stalled(&mut member, &mut honest, rounds, &mut row).await;

    let victim = &honest.nodes[1];
    let status = victim.client.status().await.unwrap();
    let known = victim.client.cases(&Default::default()).await.unwrap();
    if victim.pid() != process || known.len() != honest.cases {
        row.fault(format!("{} cases instead of {}", known.len(), honest.cases));
    }
    if status.pending > PENDING_MAX {
        row.fault(format!("{} entries wait", status.pending));
    }
    let peak = resident(victim);
    if peak > RESIDENT_BYTES_MAX || peak > before + GROWTH_BYTES_MAX {
        row.fault(format!("the node had {} MiB resident", peak >> 20));
    }
    let text = format!(
        "resident at most: {} MiB before a member attacked, {} MiB after it (limit {} MiB more); {} cases passed meanwhile\n",
        before >> 20,
        peak >> 20,
        GROWTH_BYTES_MAX >> 20,
        honest.cases - 1,
    );
    (row, text)
}

/// How many entries of one city may wait for what they rest on.
const PENDING_MAX: u64 = 1_000;

/// Greetings with another city's certificate, with none, with a key of no city, of another protocol.
async fn forged_hellos(member: &mut Member, other: &[u8], row: &mut Row) {
    let own = member.cert.clone();
    let mut broken = own.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    for cert in [other.to_vec(), Vec::new(), broken, vec![0x82; 8_000]] {
        let link = member.link().await;
        member.hello(link, cert);
        member.until_closed(link).await;
        row.note(Fate::Refused, Cost::default());
    }
    let newer = Frame::Hello(Hello {
        protocol: PROTOCOL + 1,
        cert: own.clone(),
        boot: member.boot(),
    });
    let question = everything(1);
    for first in [newer, question] {
        let link = member.link().await;
        let _ = member.mesh.send(link, first.to_vec());
        member.until_closed(link).await;
        row.note(Fate::Refused, Cost::default());
    }
    // A stranger with the certificate of a member.
    let (mesh, mut events) = mesh([0x5a; 32]).await;
    mesh.dial(member.address.clone());
    let hello = Frame::Hello(Hello {
        protocol: PROTOCOL,
        cert: own,
        boot: member.boot(),
    });
    loop {
        let event = tokio::time::timeout(GUARD, events.recv()).await;
        match event.expect("the node answers").expect("the mesh runs") {
            MeshEvent::Opened { link, .. } => {
                mesh.admit(link);
                let _ = mesh.send(link, hello.to_vec());
            }
            MeshEvent::Closed { .. } => break,
            _ => {}
        }
    }
    mesh.shutdown();
    row.note(Fate::Refused, Cost::default());
}

/// Frames that are none: the link ends with the first of them.
async fn malformed(member: &mut Member, row: &mut Row) {
    let good = everything(1).to_vec();
    let mut rubbish = member.rubbish(200);
    rubbish[0] = 0xff;
    let frames = [
        rubbish,
        good[..good.len() - 1].to_vec(),
        [good.as_slice(), &[0]].concat(),
        vec![0x9f; 60_000],
    ];
    for frame in frames {
        let link = member.admitted().await;
        let _ = member.mesh.send(link, frame);
        member.until_closed(link).await;
        row.note(Fate::Refused, Cost::default());
    }
    // A second greeting is no greeting.
    let link = member.admitted().await;
    member.hello(link, member.cert.clone());
    member.until_closed(link).await;
    row.note(Fate::Refused, Cost::default());
}

/// Lengths above the limit, announced after a sound greeting.
async fn too_long(member: &Member, row: &mut Row) {
    let greeting = greeting(member);
    for length in [FRAME_BYTES_MAX + 1, 1 << 30, u32::MAX as usize] {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let bytes = [greeting.as_slice(), &length.to_be_bytes(), &[0; 64]].concat();
        let mut stream = loop {
            // Earlier connections of this device may still count against its limit.
            if let Some(stream) = raw_stream(&member.address, member.seed, &bytes).await {
                break stream;
            }
        };
        stream.ended().await;
        row.note(Fate::Refused, Cost::default());
    }
}

/// Streams that greet, announce a long frame, and then say nothing more.
async fn slow_streams(member: &Member, row: &mut Row) -> Vec<super::flood::RawStream> {
    let greeting = greeting(member);
    let mut streams = Vec::new();
    for _ in 0..8 {
        let length = u32::try_from(FRAME_BYTES_MAX).unwrap_or(u32::MAX);
        let bytes = [greeting.as_slice(), &length.to_be_bytes(), &[0; 64]].concat();
        // One that is too many is turned away.
        streams.extend(raw_stream(&member.address, member.seed, &bytes).await);
        row.note(Fate::Refused, Cost::default());
    }
    streams
}

fn greeting(member: &Member) -> Vec<u8> {
    let hello = Frame::Hello(Hello {
        protocol: PROTOCOL,
        cert: member.cert.clone(),
        boot: BootNonce([0x77; 16]),
    })
    .to_vec();
    let length = u32::try_from(hello.len()).unwrap_or(u32::MAX);
    [length.to_be_bytes().to_vec(), hello].concat()
}

/// Questions by the thousand: for entries that do not exist, and for everything.
fn flood_of_questions(member: &mut Member, rounds: usize) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for run in 0..rounds as u64 {
        let want = Want {
            entries: member.ids(WANT_MAX),
            ..Want::default()
        };
        frames.push(Frame::Want(want).to_vec());
        frames.push(everything(run).to_vec());
    }
    frames
}

/// The question for all that both cities should hold, as a city asks it that has nothing.
fn everything(run: u64) -> Frame {
    // Version 1 of the protocol, one range up to the end, a list of no ids.
    let message = vec![0x61, 0, 0, 2, 0];
    Frame::Audit(Audit { run, message })
}

/// Answers that nobody asked for: rubbish, entries that rest on nothing, and comparisons that were not begun.
fn unsolicited(member: &mut Member, rounds: usize) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for _ in 0..rounds {
        let entries = (0..40).map(|_| Blob(member.rubbish(2_000))).collect();
        let give = Give {
            entries,
            ..Give::default()
        };
        frames.push(Frame::Give(give).to_vec());
        let absent = Want {
            entries: member.ids(WANT_MAX),
            ..Want::default()
        };
        let give = Give {
            support: Support {
                certs: vec![Blob(member.cert.clone()); 4],
                views: (0..16).map(|_| member.ids(16)).collect(),
                wraps: Vec::new(),
            },
            absent,
            ..Give::default()
        };
        frames.push(Frame::Give(give).to_vec());
        let audited = Audited {
            run: frames.len() as u64,
            message: member.rubbish(2_000),
            count: u64::MAX,
            fingerprint: member.id(),
        };
        frames.push(Frame::Audited(audited).to_vec());
    }
    frames
}

/// Feeds that were said before, begin anywhere, or announce what does not exist.
fn replayed_feeds(member: &mut Member, rounds: usize) -> Vec<Vec<u8>> {
    let boot = member.boot();
    let chain = chain_start(&member.city, &member.victim, &boot);
    let items = member.ids(500).into_iter().map(Item::Announce).collect();
    let feed = Feed {
        boot,
        start: 0,
        chain,
        support: Support::default(),
        items,
    };
    let old = Frame::Feed(feed.clone()).to_vec();
    let mut frames = Vec::new();
    for nth in 0..rounds as u64 {
        frames.push(old.clone());
        let gap = Feed {
            start: nth * 1_000_003,
            ..feed.clone()
        };
        frames.push(Frame::Feed(gap).to_vec());
    }
    frames
}

/// Receipts for what was never sent, and alarms about copies that do not exist.
fn false_words(member: &mut Member, rounds: usize) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for nth in 0..rounds as u64 {
        let refused = (0..100).map(|index| RefusedItem {
            index,
            code: Code::Damaged,
        });
        let cursor = Cursor {
            sender: member.victim,
            receiver: member.city,
            boot: member.boot(),
            index: nth * 1_000_000,
            chain: member.id(),
            refused: refused.collect(),
        };
        let signed = Signed::sign(cursor, &member.device).unwrap().into_signed();
        frames.push(Frame::Cursor(signed).to_vec());
        frames.push(Frame::Elsewhere(member.boot()).to_vec());
    }
    frames
}

/// Asks for everything, over and over, and reads nothing of what comes.
async fn stalled(member: &mut Member, honest: &mut Honest, rounds: usize, row: &mut Row) {
    let question = everything(1).to_vec();
    let framed: Vec<u8> = u32::try_from(question.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
        .into_iter()
        .chain(question)
        .collect();
    let mut bytes = greeting(member);
    for _ in 0..rounds * 500 {
        bytes.extend_from_slice(&framed);
    }
    let stream = raw_stream(&member.address, member.seed, &bytes).await;
    row.inputs += rounds * 500;
    row.refused += rounds * 500;
    honest.work().await;
    drop(stream);
    honest.work().await;
}
