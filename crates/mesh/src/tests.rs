//! Two and more meshes over real loopback TCP, and a raw peer that breaks the rules. Time-outs are guards only; no
//! test waits for time to pass.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::Stream;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::address::{self, Target};
use crate::behaviour::BehaviourEvent;
use crate::links::LinksEvent;
use crate::start::build_swarm;
use crate::*;

/// No wait in these tests is this long unless something is broken.
const GUARD: Duration = Duration::from_secs(25);

struct Node {
    handle: MeshHandle,
    events: mpsc::Receiver<MeshEvent>,
    seed: [u8; 32],
}

fn config(seed: u8, limits: MeshLimits) -> MeshConfig {
    MeshConfig {
        seed: Zeroizing::new([seed; 32]),
        listen: vec!["127.0.0.1:0".into()],
        limits,
    }
}

impl Node {
    async fn start(seed: u8) -> Self {
        Self::start_with(seed, MeshLimits::default()).await
    }

    async fn start_with(seed: u8, limits: MeshLimits) -> Self {
        let (handle, events) = Mesh::start(config(seed, limits)).await.expect("starts");
        Self {
            handle,
            events,
            seed: [seed; 32],
        }
    }

    fn address(&self) -> String {
        self.handle.listen_addresses()[0].clone()
    }

    /// The device's public key, computed without libp2p.
    fn public_key(&self) -> [u8; 32] {
        ed25519_dalek::SigningKey::from_bytes(&self.seed)
            .verifying_key()
            .to_bytes()
    }

    /// The next event that is not about listening; none when the mesh has ended.
    async fn next(&mut self) -> Option<MeshEvent> {
        loop {
            let event = timeout(GUARD, self.events.recv())
                .await
                .expect("an event comes");
            if !matches!(event, Some(MeshEvent::Listening { .. })) {
                return event;
            }
        }
    }

    async fn opened(&mut self) -> LinkId {
        match self.next().await {
            Some(MeshEvent::Opened { link, .. }) => link,
            other => panic!("{other:?} instead of Opened"),
        }
    }

    async fn frame(&mut self) -> Vec<u8> {
        match self.next().await {
            Some(MeshEvent::Frame { bytes, .. }) => bytes,
            other => panic!("{other:?} instead of Frame"),
        }
    }

    async fn closed(&mut self) -> CloseReason {
        match self.next().await {
            Some(MeshEvent::Closed { reason, .. }) => reason,
            other => panic!("{other:?} instead of Closed"),
        }
    }

    async fn dial_failed(&mut self) -> DialFailure {
        match self.next().await {
            Some(MeshEvent::DialFailed { reason, .. }) => reason,
            other => panic!("{other:?} instead of DialFailed"),
        }
    }

    /// Queues a frame and waits for room if there is none; frames that come meanwhile are collected.
    async fn send(&mut self, link: LinkId, frame: Vec<u8>, received: &mut Vec<Vec<u8>>) {
        let mut frame = frame;
        loop {
            frame = match self.handle.send(link, frame) {
                Ok(_) => return,
                Err(SendError::Clogged { frame }) => frame,
                Err(other) => panic!("{other}"),
            };
            loop {
                match self.next().await {
                    Some(MeshEvent::Drained { .. }) => break,
                    Some(MeshEvent::Frame { bytes, .. }) => received.push(bytes),
                    other => panic!("{other:?} while waiting for room"),
                }
            }
        }
    }
}

/// Links `from` to `to` and admits it on both sides after one frame each way.
async fn link(from: &mut Node, to: &mut Node) -> (LinkId, LinkId) {
    from.handle.dial(to.address());
    let (out, inward) = (from.opened().await, to.opened().await);
    from.handle
        .send(out, b"hello from the dialer".to_vec())
        .expect("open");
    to.handle
        .send(inward, b"hello from the listener".to_vec())
        .expect("open");
    assert_eq!(to.frame().await, b"hello from the dialer");
    assert_eq!(from.frame().await, b"hello from the listener");
    from.handle.admit(out);
    to.handle.admit(inward);
    (out, inward)
}

/// A peer without a mesh: it speaks the stack and the protocol, and its frames are whatever the test writes. The
/// task drives its connection.
async fn raw_peer(seed: u8, address: &str) -> (Stream, JoinHandle<()>) {
    let mut swarm = build_swarm(&mut [seed; 32], &MeshLimits::default()).expect("builds");
    let Some(Target::Socket(socket)) = address::parse(address) else {
        panic!("{address}")
    };
    let target = address::to_multiaddr(socket);
    swarm
        .dial(DialOpts::unknown_peer_id().address(target).build())
        .expect("dials");
    let opened = async {
        loop {
            let event = swarm.select_next_some().await;
            if let SwarmEvent::Behaviour(BehaviourEvent::Links(LinksEvent::Opened(opened))) = event
            {
                return opened.stream;
            }
        }
    };
    let stream = timeout(GUARD, opened).await.expect("the stream opens");
    let drive = tokio::spawn(async move {
        loop {
            swarm.select_next_some().await;
        }
    });
    (stream, drive)
}

fn numbered(number: u32, bytes: usize) -> Vec<u8> {
    number
        .to_be_bytes()
        .into_iter()
        .cycle()
        .take(bytes)
        .collect()
}

#[tokio::test]
async fn a_thousand_frames_pass_in_order_both_ways() {
    let (mut a, mut b) = (Node::start(1).await, Node::start(2).await);
    let (out, inward) = link(&mut a, &mut b).await;
    let frames: Vec<_> = (0..1000)
        .map(|n| numbered(n, (n as usize * 37) % 9000))
        .collect();
    let exchange = async |node: &mut Node, link| {
        let mut received = Vec::new();
        for frame in &frames {
            node.send(link, frame.clone(), &mut received).await;
        }
        while received.len() < frames.len() {
            received.push(node.frame().await);
        }
        received
    };
    let (at_a, at_b) = tokio::join!(exchange(&mut a, out), exchange(&mut b, inward));
    assert!(at_a == frames, "what came to the dialer differs");
    assert!(at_b == frames, "what came to the listener differs");
}

#[tokio::test]
async fn a_frame_of_the_greatest_size_passes() {
    let (mut a, mut b) = (Node::start(3).await, Node::start(4).await);
    let (out, _) = link(&mut a, &mut b).await;
    a.handle.send(out, vec![7; FRAME_BYTES_MAX]).unwrap();
    assert_eq!(b.frame().await, vec![7; FRAME_BYTES_MAX]);
}

#[tokio::test]
async fn each_side_learns_the_device_key_of_the_other() {
    let (mut a, mut b) = (Node::start(5).await, Node::start(6).await);
    a.handle.dial(b.address());
    match a.next().await {
        Some(MeshEvent::Opened {
            peer_key,
            outgoing: true,
            address,
            ..
        }) => {
            assert_eq!((peer_key, address), (b.public_key(), b.address()));
        }
        other => panic!("{other:?}"),
    }
    match b.next().await {
        Some(MeshEvent::Opened {
            peer_key,
            outgoing: false,
            ..
        }) => {
            assert_eq!(peer_key, a.public_key());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_may_dial_at_once_and_each_dial_gives_a_link() {
    let (mut a, mut b) = (Node::start(7).await, Node::start(8).await);
    a.handle.dial(b.address());
    b.handle.dial(a.address());
    for node in [&mut a, &mut b] {
        let mut seen = BTreeMap::new();
        for _ in 0..2 {
            match node.next().await {
                Some(MeshEvent::Opened { outgoing, link, .. }) => seen.insert(outgoing, link),
                other => panic!("{other:?}"),
            };
        }
        assert_eq!(seen.len(), 2, "one link out, one in");
    }
}

#[tokio::test]
async fn a_third_connection_with_one_device_is_refused() {
    let (mut a, mut b) = (Node::start(9).await, Node::start(10).await);
    for _ in 0..2 {
        a.handle.dial(b.address());
        a.opened().await;
        b.opened().await;
    }
    a.handle.dial(b.address());
    assert!(matches!(a.dial_failed().await, DialFailure::Limit));
}

#[tokio::test]
async fn an_oversized_frame_closes_the_link() {
    let mut a = Node::start(11).await;
    let (mut stream, _drive) = raw_peer(12, &a.address()).await;
    let link = a.opened().await;
    stream.write_all(b"\0\0\0\x02hi").await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(a.frame().await, b"hi");
    a.handle.admit(link);
    stream.write_all(&[0xff; 4]).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(
        a.closed().await,
        CloseReason::FrameTooLarge { length: u32::MAX }
    );
    let mut rest = Vec::new();
    let end = timeout(GUARD, stream.read_to_end(&mut rest))
        .await
        .expect("the stream ends");
    assert!(end.is_err() || rest.is_empty());
}

#[tokio::test]
async fn a_first_frame_must_be_small() {
    let mut a = Node::start(13).await;
    let (mut stream, _drive) = raw_peer(14, &a.address()).await;
    a.opened().await;
    let length = u32::try_from(FIRST_FRAME_BYTES_MAX + 1).unwrap();
    stream.write_all(&length.to_be_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(a.closed().await, CloseReason::FrameTooLarge { length });
}

#[tokio::test]
async fn a_stream_that_ends_within_a_frame_is_not_a_good_end() {
    let mut a = Node::start(15).await;
    let (mut stream, _drive) = raw_peer(16, &a.address()).await;
    a.opened().await;
    stream.write_all(b"\0\0\0\x09abc").await.unwrap();
    stream.close().await.unwrap();
    assert_eq!(a.closed().await, CloseReason::Truncated);
}

#[tokio::test]
async fn a_stranger_gets_one_frame_through_until_admitted() {
    let (mut a, mut b) = (Node::start(17).await, Node::start(18).await);
    a.handle.dial(b.address());
    let (out, inward) = (a.opened().await, b.opened().await);
    for text in [b"first", b"other"] {
        a.handle.send(out, text.to_vec()).unwrap();
    }
    assert_eq!(b.frame().await, b"first");

    // A second link proves that the second frame had its time: everything about it happens later.
    a.handle.dial(b.address());
    let (second_out, second_inward) = (a.opened().await, b.opened().await);
    a.handle.send(second_out, b"later".to_vec()).unwrap();
    match b.next().await {
        Some(MeshEvent::Frame { link, bytes }) => {
            assert_eq!(
                (link, bytes.as_slice()),
                (second_inward, b"later".as_slice())
            );
        }
        other => panic!("{other:?}"),
    }
    b.handle.admit(inward);
    assert_eq!(b.frame().await, b"other");
}

#[tokio::test]
async fn a_refused_stranger_reads_why_and_delivers_nothing_more() {
    let (mut a, mut b) = (Node::start(19).await, Node::start(20).await);
    a.handle.dial(b.address());
    let (out, inward) = (a.opened().await, b.opened().await);
    a.handle.send(out, b"who I am".to_vec()).unwrap();
    for _ in 0..30 {
        a.handle.send(out, vec![0; FRAME_BYTES_MAX]).unwrap();
    }
    assert_eq!(b.frame().await, b"who I am");
    b.handle.send(inward, b"no".to_vec()).unwrap();
    b.handle.close(inward);
    assert_eq!(a.frame().await, b"no");
    // The dialer was not told to admit, so it read no further; its own owner ends it.
    a.handle.close(out);
    assert_eq!(a.closed().await, CloseReason::ByOwner);
    assert_eq!(b.closed().await, CloseReason::ByOwner);
}

#[tokio::test]
async fn unadmitted_incoming_links_are_bounded_and_admission_makes_room() {
    let limits = MeshLimits {
        unadmitted_incoming_max: 1,
        ..MeshLimits::default()
    };
    let (mut a, mut b, mut c) = (
        Node::start(21).await,
        Node::start_with(22, limits).await,
        Node::start(23).await,
    );
    a.handle.dial(b.address());
    let (out, inward) = (a.opened().await, b.opened().await);
    c.handle.dial(b.address());
    assert!(matches!(c.dial_failed().await, DialFailure::ClosedEarly));

    a.handle.send(out, b"first".to_vec()).unwrap();
    a.handle.send(out, b"second".to_vec()).unwrap();
    assert_eq!(b.frame().await, b"first");
    b.handle.admit(inward);
    assert_eq!(b.frame().await, b"second");
    c.handle.dial(b.address());
    c.opened().await;
}

#[tokio::test]
async fn a_link_whose_peer_does_not_read_clogs_and_drains_later() {
    let limits = MeshLimits {
        queued_bytes_per_link_max: 1024 * 1024,
        ..MeshLimits::default()
    };
    let (mut a, mut b) = (Node::start_with(24, limits).await, Node::start(25).await);
    a.handle.dial(b.address());
    let (out, inward) = (a.opened().await, b.opened().await);
    a.handle.send(out, b"first".to_vec()).unwrap();
    assert_eq!(b.frame().await, b"first");

    // Nothing is read at the other side now; what is in flight and in the queue is bounded, so this ends.
    let mut sent = 0u32;
    let refused = loop {
        match a.handle.send(out, numbered(sent, 100_000)) {
            Ok(_) => sent += 1,
            Err(SendError::Clogged { frame }) => break frame,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(refused, numbered(sent, 100_000), "the frame comes back");
    b.handle.admit(inward);
    let (drained, received) = tokio::join!(a.next(), async {
        let mut received = Vec::new();
        for _ in 0..sent {
            received.push(b.frame().await);
        }
        received
    });
    assert!(
        matches!(drained, Some(MeshEvent::Drained { link, .. }) if link == out),
        "{drained:?}"
    );
    assert!(
        received
            .into_iter()
            .eq((0..sent).map(|n| numbered(n, 100_000)))
    );
    a.handle.send(out, refused).expect("there is room");
}

#[tokio::test]
async fn a_slow_owner_loses_no_frame() {
    let few = MeshLimits {
        events_max: 1,
        ..MeshLimits::default()
    };
    let sender = MeshLimits {
        queued_bytes_per_link_max: 1024 * 1024,
        ..MeshLimits::default()
    };
    let (mut a, mut b) = (
        Node::start_with(26, sender).await,
        Node::start_with(27, few).await,
    );
    let (out, _) = link(&mut a, &mut b).await;

    // More than the queues and the connection hold together, so each side has to wait for the other.
    let frames = 400u32;
    let sending = async {
        let mut received = Vec::new();
        for n in 0..frames {
            a.send(out, numbered(n, 100_000), &mut received).await;
        }
    };
    let receiving = async {
        for n in 0..frames {
            assert_eq!(b.frame().await, numbered(n, 100_000));
        }
    };
    tokio::join!(sending, receiving);
}

#[tokio::test]
async fn closing_sends_what_is_queued_and_the_other_side_sees_it() {
    let (mut a, mut b) = (Node::start(28).await, Node::start(29).await);
    let (out, _) = link(&mut a, &mut b).await;
    for n in 0..100 {
        a.handle.send(out, numbered(n, 20_000)).unwrap();
    }
    a.handle.close(out);
    assert!(matches!(
        a.handle.send(out, Vec::new()),
        Err(SendError::Closed)
    ));
    for n in 0..100 {
        assert_eq!(b.frame().await, numbered(n, 20_000));
    }
    assert_eq!(b.closed().await, CloseReason::ByPeer);
    assert_eq!(a.closed().await, CloseReason::ByOwner);
}

#[tokio::test]
async fn a_new_link_can_be_made_after_a_close() {
    let (mut a, mut b) = (Node::start(30).await, Node::start(31).await);
    for _ in 0..3 {
        let (out, inward) = link(&mut a, &mut b).await;
        b.handle.close(inward);
        assert_eq!(a.closed().await, CloseReason::ByPeer);
        assert_eq!(b.closed().await, CloseReason::ByOwner);
        assert!(matches!(
            a.handle.send(out, Vec::new()),
            Err(SendError::Closed)
        ));
    }
}

#[tokio::test]
async fn a_restarted_device_can_be_dialled_again_at_its_port() {
    let (mut a, mut b) = (Node::start(32).await, Node::start(33).await);
    link(&mut a, &mut b).await;
    let address = b.address();
    b.handle.shutdown();
    assert_eq!(b.closed().await, CloseReason::ByOwner);
    assert!(b.next().await.is_none(), "the events end");
    a.closed().await;

    let again = MeshConfig {
        listen: vec![address.clone()],
        ..config(33, MeshLimits::default())
    };
    let (handle, events) = Mesh::start(again).await.expect("the port is free again");
    let mut b = Node {
        handle,
        events,
        seed: [33; 32],
    };
    assert_eq!(b.address(), address);
    link(&mut a, &mut b).await;
}

#[tokio::test]
async fn dropping_the_events_ends_the_mesh_for_its_peers() {
    let (mut a, mut b) = (Node::start(34).await, Node::start(35).await);
    link(&mut a, &mut b).await;
    drop(b.events);
    a.closed().await;
}

#[tokio::test]
async fn a_port_of_another_mesh_is_reported_as_in_use() {
    let a = Node::start(36).await;
    let second = MeshConfig {
        listen: vec![a.address()],
        ..config(37, MeshLimits::default())
    };
    match Mesh::start(second).await.map(drop) {
        Err(StartError::PortInUse { address }) => assert_eq!(address, a.address()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_port_of_another_program_is_reported_as_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = vec![taken.local_addr().unwrap().to_string()];
    let config = MeshConfig {
        listen,
        ..config(38, MeshLimits::default())
    };
    assert!(matches!(
        Mesh::start(config).await,
        Err(StartError::PortInUse { .. })
    ));
}

#[tokio::test]
async fn a_name_is_no_address_to_listen_on() {
    let config = MeshConfig {
        listen: vec!["node.example:1".into()],
        ..config(39, MeshLimits::default())
    };
    assert!(matches!(
        Mesh::start(config).await,
        Err(StartError::BadAddress { .. })
    ));
}

#[tokio::test]
async fn dials_that_lead_nowhere_say_why() {
    let mut a = Node::start(40).await;
    a.handle.dial("no address");
    assert!(matches!(a.dial_failed().await, DialFailure::BadAddress));
    a.handle.dial(a.address());
    assert!(matches!(a.dial_failed().await, DialFailure::OwnKey));
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    a.handle.dial(address);
    match a.dial_failed().await {
        DialFailure::Unreachable { source } => {
            assert!(
                source.to_string().contains("refused"),
                "{source} / {source:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_name_can_be_dialled() {
    let (mut a, mut b) = (Node::start(41).await, Node::start(42).await);
    let address = b.address().replace("127.0.0.1", "localhost");
    a.handle.dial(address.clone());
    match a.next().await {
        Some(MeshEvent::Opened {
            address: opened, ..
        }) => assert_eq!(opened, address),
        other => panic!("{other:?}"),
    }
    b.opened().await;
}

#[test]
fn the_seed_is_not_shown() {
    let shown = format!("{:?}", config(200, MeshLimits::default()));
    assert!(!shown.contains("200"), "{shown}");
}
