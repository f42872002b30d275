//! Floods of a real node by people who are no members (T8): dials, silent sockets, giant lengths, streams
//! without number. What is judged is memory; the time an honest act takes meanwhile is shown.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt};
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::{Endpoint, upgrade};
use libp2p::{Multiaddr, Transport, noise, tcp, yamux};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tongban_mesh::{Mesh, MeshConfig, MeshEvent, MeshLimits};
use zeroize::Zeroizing;

use super::meter::{Cost, Fate, Row};
use super::random::Random;
use crate::{Node, found};

/// The most memory that the flooded node may have had resident.
pub const RESIDENT_BYTES_MAX: u64 = 256 << 20;
/// How many silent sockets are held at once.
const SILENT: usize = 300;
/// How many streams are tried on one connection.
const STREAMS: usize = 400;
/// No wait is this long unless something is broken.
const GUARD: Duration = Duration::from_secs(20);

/// Floods a node with so many dials and streams, and shows what it came to.
pub async fn run(dials: usize, streams: usize) -> (Row, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = vec![
        Node::init(folder.path(), "330800", "衢州市"),
        Node::init(folder.path(), "350700", "南平市"),
    ];
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let calm = act(&nodes, "calm").await;
    let before = resident(&nodes[1]);
    let mut row = Row::new("T8 floods of a real node");
    let address = nodes[1].listen.clone();
    let sockets = silent(&address, SILENT, &mut row).await;
    strangers(&address, dials / 2, &mut row).await;
    let under = act(&nodes, "under").await;
    drop(sockets);
    for _ in 0..(dials / 2).div_ceil(SILENT) {
        drop(silent(&address, SILENT, &mut row).await);
    }
    giant_streams(&address, streams, &mut row).await;
    let after = act(&nodes, "after").await;
    let peak = resident(&nodes[1]);
    if peak > RESIDENT_BYTES_MAX {
        row.fault(format!("the node had {} MiB resident", peak >> 20));
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let text = format!(
        "resident at most: {} MiB before the floods, {} MiB after them (limit {} MiB)\n\
         a clerk's act until readable at the flooded node: {:.1} ms calm, {:.1} ms under the flood, {:.1} ms after\n",
        before >> 20,
        peak >> 20,
        RESIDENT_BYTES_MAX >> 20,
        ms(calm),
        ms(under),
        ms(after)
    );
    (row, text)
}

/// A clerk's act at the one node until it is readable at the other.
async fn act(nodes: &[Node], name: &str) -> Duration {
    let done = nodes[0]
        .receive(&format!("r-{name}"), "350700", "程立秋")
        .await
        .unwrap();
    let case = done.number.unwrap();
    let officer = json!({"case": case, "officer": "W01"});
    nodes[0]
        .act(&format!("f-{name}"), "case.formal-pass", officer)
        .await
        .unwrap();
    let start = Instant::now();
    nodes[0]
        .act(&format!("p-{name}"), "case.push", json!({"case": case}))
        .await
        .unwrap();
    while nodes[1].client.case(&case).await.is_err() {
        tokio::task::yield_now().await;
    }
    start.elapsed()
}

/// The most bytes that a node had resident since it started.
pub(super) fn resident(node: &Node) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid().unwrap())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib << 10
}

/// Sockets that say nothing, or the beginning of something, or rubbish, and stay.
async fn silent(address: &str, count: usize, row: &mut Row) -> Vec<TcpStream> {
    let mut random = Random(0x511e);
    let mut sockets = Vec::with_capacity(count);
    for nth in 0..count {
        let Ok(mut socket) = TcpStream::connect(address).await else {
            continue;
        };
        let bytes = match nth % 4 {
            0 => Vec::new(),
            1 => vec![0x13],
            2 => b"\x13/multistream/1.0.0\n\x07/noise\n\xff\xff".to_vec(),
            _ => (0..1_000).map(|_| random.draw() as u8).collect(),
        };
        // A socket that was closed already is as good.
        let _ = socket.write_all(&bytes).await;
        row.note(Fate::Refused, Cost::default());
        sockets.push(socket);
    }
    sockets
}

/// Dials by devices of no city, each with the longest first frame that is let through.
async fn strangers(address: &str, count: usize, row: &mut Row) {
    const EACH: usize = 25;
    for nth in 0..count.div_ceil(EACH) {
        let mut seed = [0x99; 32];
        seed[..8].copy_from_slice(&(nth as u64).to_be_bytes());
        let config = MeshConfig {
            seed: Zeroizing::new(seed),
            listen: Vec::new(),
            limits: MeshLimits::default(),
        };
        let (mesh, mut events) = Mesh::start(config).await.unwrap();
        for _ in 0..EACH {
            mesh.dial(address);
        }
        let mut ended = 0;
        while ended < EACH {
            match tokio::time::timeout(GUARD, events.recv()).await {
                Ok(Some(MeshEvent::Opened { link, .. })) => {
                    let _ = mesh.send(link, vec![0x82; 16 * 1024]);
                }
                Ok(Some(MeshEvent::Closed { .. } | MeshEvent::DialFailed { .. })) => ended += 1,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    row.fault("a stranger's link was neither closed nor refused");
                    break;
                }
            }
        }
        row.inputs += EACH;
        row.refused += EACH;
        mesh.shutdown();
    }
}

/// Streams by the hundred on links of no member, each of which announces a frame of 4 GiB.
async fn giant_streams(address: &str, count: usize, row: &mut Row) {
    let mut opened = 0;
    while opened < count {
        let keys = libp2p::identity::Keypair::generate_ed25519();
        let Some(mut muxer) = link(address, &keys).await else {
            // Too many at once are turned away; that is one try as well.
            opened += 1;
            continue;
        };
        let mut kept = Vec::new();
        for _ in 0..STREAMS {
            opened += 1;
            let next = tokio::time::timeout(Duration::from_secs(2), outbound(&mut muxer)).await;
            let Ok(Some(mut stream)) = next else {
                break;
            };
            let hello = b"\x13/multistream/1.0.0\n\x0b/tongban/1\n\xff\xff\xff\xff\x00\x00";
            let write = async {
                stream.write_all(hello).await?;
                stream.flush().await
            };
            tokio::pin!(write);
            let written = poll_fn(|context| {
                let _ = Pin::new(&mut muxer).poll_unpin(context);
                write.as_mut().poll(context)
            });
            if !matches!(
                tokio::time::timeout(Duration::from_secs(2), written).await,
                Ok(Ok(()))
            ) {
                break;
            }
            kept.push(stream);
        }
    }
    row.inputs += opened;
    row.refused += opened;
}

async fn outbound(muxer: &mut StreamMuxerBox) -> Option<libp2p::core::muxing::SubstreamBox> {
    poll_fn(|context| {
        if let std::task::Poll::Ready(Err(_)) = muxer.poll_unpin(context) {
            return std::task::Poll::Ready(None);
        }
        muxer.poll_outbound_unpin(context).map(Result::ok)
    })
    .await
}

/// A link of a device, with nothing above the multiplexer.
async fn link(address: &str, keys: &libp2p::identity::Keypair) -> Option<StreamMuxerBox> {
    let socket: std::net::SocketAddr = address.parse().unwrap();
    let address: Multiaddr = format!("/ip4/{}/tcp/{}", socket.ip(), socket.port())
        .parse()
        .unwrap();
    let mut transport = tcp::tokio::Transport::new(tcp::Config::default())
        .upgrade(upgrade::Version::V1Lazy)
        .authenticate(noise::Config::new(keys).unwrap())
        .multiplex(yamux::Config::default())
        .boxed();
    let options = DialOpts {
        role: Endpoint::Dialer,
        port_use: PortUse::New,
    };
    let dial = transport.dial(address, options).ok()?;
    let (_, muxer) = tokio::time::timeout(GUARD, dial).await.ok()?.ok()?;
    Some(muxer)
}

/// A stream of the protocol on a connection of its own, on which any bytes can be said.
pub(super) struct RawStream {
    muxer: StreamMuxerBox,
    stream: libp2p::core::muxing::SubstreamBox,
}

/// Opens such a stream with the key of a seed, and says some bytes on it after the protocol's name; none where
/// the node lets no more connections in. What it cannot take any more stays unsaid.
pub(super) async fn raw_stream(address: &str, seed: [u8; 32], bytes: &[u8]) -> Option<RawStream> {
    let keys = libp2p::identity::Keypair::ed25519_from_bytes(seed).unwrap();
    let mut muxer = link(address, &keys).await?;
    let opened = tokio::time::timeout(Duration::from_secs(2), outbound(&mut muxer)).await;
    let mut stream = opened.ok()??;
    let name = b"\x13/multistream/1.0.0\n\x0b/tongban/1\n";
    let said = [name.as_slice(), bytes].concat();
    let write = async {
        stream.write_all(&said).await?;
        stream.flush().await
    };
    tokio::pin!(write);
    let written = poll_fn(|context| {
        let _ = Pin::new(&mut muxer).poll_unpin(context);
        write.as_mut().poll(context)
    });
    let _ = tokio::time::timeout(Duration::from_secs(2), written).await;
    Some(RawStream { muxer, stream })
}

impl RawStream {
    /// Waits until the node ends it.
    pub(super) async fn ended(&mut self) {
        let Self { muxer, stream } = self;
        let read = async {
            let mut room = [0; 4096];
            while !matches!(stream.read(&mut room).await, Ok(0) | Err(_)) {}
        };
        tokio::pin!(read);
        let ended = poll_fn(|context| {
            if let std::task::Poll::Ready(Err(_)) = muxer.poll_unpin(context) {
                return std::task::Poll::Ready(());
            }
            read.as_mut().poll(context)
        });
        let ended = tokio::time::timeout(GUARD, ended).await;
        ended.expect("the node ends a stream that breaks the rules");
    }
}
