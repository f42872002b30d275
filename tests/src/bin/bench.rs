//! `cargo xtask bench ingest|latency|cases|settle`: figures of one run on this machine, with ratios taken in it.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a measuring program: a panic is a failed run"
)]

use std::collections::VecDeque;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::json;
use tongban_identity::DeviceKey;
use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::engine::{Job, Outcome};
use tongban_sync::entry::BootNonce;
use tongban_sync::frame::Frame;
use tongban_sync::storage::{Batch, Write};
use tongban_sync::{Ctx, Engine, Input, LinkId, Now, Output};
use tongban_tests::world::{Counter, World, check, own, receive};
use tongban_tests::{Node, found};

/// Cases whose entries are recorded for `ingest`.
const CASES: usize = 3_000;
/// Acts that `latency` times.
const ACTS: usize = 500;
/// The most frames that are given to the engine before it is let to commit.
const FRAMES_AHEAD: usize = 4;

fn main() -> std::process::ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("ingest") => ingest(),
        Some("latency") => tokio::runtime::Runtime::new().unwrap().block_on(latency()),
        Some("cases") => {
            let arguments: Vec<String> = std::env::args().skip(2).collect();
            return tongban_tests::cases::run(&arguments);
        }
        Some("settle") => {
            let arguments: Vec<String> = std::env::args().skip(2).collect();
            return tongban_tests::settle::run(&arguments);
        }
        _ => {
            eprintln!("bench ingest | latency | cases | settle");
            return std::process::ExitCode::from(2);
        }
    }
    std::process::ExitCode::SUCCESS
}

/// Checks signatures on every core.
struct Pool {
    jobs: Vec<mpsc::Sender<(u64, usize, Vec<Job>)>>,
    results: mpsc::Receiver<(u64, usize, Vec<Outcome>)>,
    open: VecDeque<(u64, Vec<Option<Vec<Outcome>>>)>,
}

impl Pool {
    fn new(threads: usize) -> Self {
        let (done, results) = mpsc::channel();
        let jobs = (0..threads)
            .map(|_| {
                let (send, receive) = mpsc::channel::<(u64, usize, Vec<Job>)>();
                let done = done.clone();
                std::thread::spawn(move || {
                    for (token, part, jobs) in receive {
                        let verdicts = jobs.iter().map(Job::run).collect();
                        if done.send((token, part, verdicts)).is_err() {
                            return;
                        }
                    }
                });
                send
            })
            .collect();
        Self {
            jobs,
            results,
            open: VecDeque::new(),
        }
    }

    fn begin(&mut self, token: u64, jobs: &[Job]) {
        let size = jobs.len().div_ceil(self.jobs.len()).max(1);
        let chunks: Vec<_> = jobs.chunks(size).collect();
        self.open.push_back((token, vec![None; chunks.len()]));
        for (part, chunk) in chunks.into_iter().enumerate() {
            self.jobs[part].send((token, part, chunk.to_vec())).unwrap();
        }
    }

    /// The next finished check, if one is finished or must be waited for.
    fn next(&mut self, wait: bool) -> Option<(u64, Vec<Outcome>)> {
        loop {
            let ready = self
                .open
                .front()
                .is_some_and(|(_, parts)| parts.iter().all(Option::is_some));
            if ready {
                let (token, parts) = self.open.pop_front()?;
                return Some((token, parts.into_iter().flatten().flatten().collect()));
            }
            let result = if wait && !self.open.is_empty() {
                self.results.recv().ok()
            } else {
                self.results.try_recv().ok()
            };
            let (token, part, verdicts) = result?;
            if let Some((_, parts)) = self.open.iter_mut().find(|(of, _)| *of == token) {
                parts[part] = Some(verdicts);
            }
        }
    }
}

/// A node that catches up from the recorded frames of another.
fn ingest() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    eprintln!("recording {CASES} cases ...");
    let mut world = World::founded(2);
    let founded = world.nodes[1].store.clone();
    let before = world.frames.len();
    // The second city is away; what is recorded is what it is sent when it comes back.
    world.partition(&[0], &[1]);
    for _ in 0..CASES {
        let case = receive(&mut world, 0, 1, "程立秋");
        check(&mut world, 0, &case);
        world
            .act(0, "case.push", &format!(r#"{{"case":"{case}"}}"#))
            .unwrap();
    }
    world.heal();
    world.run();
    let hello = world
        .frames
        .iter()
        .find(|(from, _, _)| *from == 0)
        .unwrap()
        .2
        .clone();
    let frames: Vec<Vec<u8>> = std::iter::once(hello)
        .chain(
            world.frames[before..]
                .iter()
                .filter(|(from, _, frame)| *from == 0 && !is_hello(frame))
                .map(|(_, _, frame)| frame.clone()),
        )
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let options = RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    };
    let store = RocksStore::open(folder.path(), options).unwrap();
    let writes = founded
        .0
        .into_iter()
        .map(|((family, key), value)| Write {
            family,
            key,
            value: Some(value),
        })
        .collect();
    store.commit(&Batch { writes }).unwrap();
    let mut pool = Pool::new(threads);
    let own = own(2, world.nodes[1].division, "南平市");
    let engine = Engine::start(own, BootNonce([9; 16]), &store).unwrap();
    let (jobs, taken, seconds) = catch_up(engine, &store, &mut pool, &frames);
    let verify = verify_rate(&mut pool, &jobs);
    let rate = taken as f64 / seconds;
    println!("entries taken in durably: {taken} in {seconds:.2} s = {rate:.0} per second");
    println!("signatures verified on {threads} threads in the same run: {verify:.0} per second");
    println!("ratio: {:.2}", rate / verify);
}

fn is_hello(frame: &[u8]) -> bool {
    matches!(Frame::from_slice(frame), Ok(Frame::Hello(_)))
}

fn catch_up(
    mut engine: Engine,
    store: &RocksStore,
    pool: &mut Pool,
    frames: &[Vec<u8>],
) -> (Vec<Job>, u64, f64) {
    let mut rng = Counter(1 << 40);
    let link = LinkId(1);
    let mut all = Vec::new();
    let start = Instant::now();
    let mut inputs: VecDeque<Input> = VecDeque::from([Input::Opened {
        link,
        peer_key: *DeviceKey::from_seed([101; 32]).public().as_bytes(),
        outgoing: false,
    }]);
    let mut waiting: VecDeque<&Vec<u8>> = frames.iter().collect();
    let status =
        |engine: &mut Engine, rng: &mut Counter| engine.status(&ctx(store, rng)).unwrap().entries;
    let before = status(&mut engine, &mut rng);
    loop {
        while inputs.len() < FRAMES_AHEAD && pool.open.len() < 2 * FRAMES_AHEAD {
            let Some(frame) = waiting.pop_front() else {
                break;
            };
            inputs.push_back(Input::Frame {
                link,
                bytes: frame.clone(),
            });
        }
        if let Some((token, verdicts)) = pool.next(inputs.is_empty()) {
            inputs.push_back(Input::Worked {
                token,
                outcomes: verdicts,
            });
        }
        if inputs.is_empty() {
            break;
        }
        while let Some(input) = inputs.pop_front() {
            let mut ctx = ctx(store, &mut rng);
            engine.handle(&mut ctx, input).unwrap();
        }
        let batch = engine.take_batch();
        store.commit(&batch).unwrap();
        while let Some(output) = engine.poll_output() {
            if let Output::Work { token, jobs } = output {
                pool.begin(token, &jobs);
                let signatures = |job: &Job| matches!(job, Job::Verify { .. });
                all.extend(jobs.into_iter().filter(signatures));
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    // What the node signed by itself (its Acks) is not counted: it was not taken in.
    let taken = all.len() as u64;
    assert!(
        status(&mut engine, &mut rng) >= before + taken,
        "everything is stored"
    );
    (all, taken, seconds)
}

fn ctx<'a>(store: &'a RocksStore, rng: &'a mut Counter) -> Ctx<'a> {
    Ctx {
        now: Now {
            monotonic_ms: 0,
            unix: tongban_tests::MONDAY,
        },
        rng,
        store,
    }
}

fn verify_rate(pool: &mut Pool, jobs: &[Job]) -> f64 {
    let start = Instant::now();
    pool.begin(u64::MAX, jobs);
    let (_, verdicts) = pool.next(true).unwrap();
    assert!(verdicts.iter().all(Outcome::is_sound));
    jobs.len() as f64 / start.elapsed().as_secs_f64()
}

/// A clerk's act, durable at one real node, until it is readable at the other.
async fn latency() {
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = vec![
        Node::init(folder.path(), "330800", "衢州市"),
        Node::init(folder.path(), "350700", "南平市"),
    ];
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let (here, there) = (&nodes[0], &nodes[1]);
    let mut times = Vec::with_capacity(ACTS);
    for nth in 0..ACTS {
        let done = here
            .receive(&format!("r{nth}"), "350700", "程立秋")
            .await
            .unwrap();
        let case = done.number.unwrap();
        let officer = json!({"case": case, "officer": "W01"});
        here.act(&format!("f{nth}"), "case.formal-pass", officer)
            .await
            .unwrap();
        let push = json!({"case": case});
        here.act(&format!("p{nth}"), "case.push", push)
            .await
            .unwrap();
        let durable = Instant::now();
        while there.client.case(&case).await.is_err() {}
        times.push(durable.elapsed());
    }
    times.sort();
    let at = |part: f64| times[((ACTS - 1) as f64 * part) as usize];
    let show = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "durable here to readable there, {ACTS} acts: median {:.2} ms, p99 {:.2} ms",
        show(at(0.5)),
        show(at(0.99))
    );
}
