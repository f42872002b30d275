//! `cargo xtask bench cases`: one node with many cases: memory, open time, pages, disk.
//!
//! The cases are made by the engine's own commands and stored as a node stores them. What is measured is a fresh
//! process that opens the store; each size has its own folder and its own process.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tongban_ledger::answer::{CASE_PAGE_MAX, CaseOrder, CaseQuery};
use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::entry::BootNonce;
use tongban_sync::storage::{Batch, Write};
use tongban_sync::{Ctx, Engine, Now};

use crate::world::{CITIES, Counter, World, own};

/// Cases of the larger node where nothing else is asked; the smaller has a tenth.
const CASES: usize = 100_000;
/// Entries of a case.
const ENTRIES: usize = 20;
/// Cases of one person.
const CASES_OF_ONE: usize = 100;
/// Over how many days they are received.
const DAYS: i64 = 60;
/// Pages that are timed of each question.
const PAGES: usize = 20;
/// What a node may take of memory, in bytes.
const MEMORY_MAX: u64 = 256 << 20;
/// What a page may take.
const PAGE_MAX: Duration = Duration::from_millis(50);
/// 2026-09-07 10:00 in Beijing.
const MONDAY: i64 = 1_788_746_400;

/// What one question took, in microseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    name: String,
    found: usize,
    first: u64,
    median: u64,
    slowest: u64,
    deep: u64,
    /// Processor time of the median page: what is left on a machine that does nothing else.
    processor: u64,
}

/// What was measured of one node.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    cases: u64,
    entries: u64,
    open_ms: u64,
    memory_open: u64,
    memory_end: u64,
    disk: u64,
    asked: Vec<Asked>,
}

/// Runs the benchmark; fails where memory or a page is over its limit.
pub fn run(arguments: &[String]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--measure", folder] => {
            let measured = measure(Path::new(folder));
            println!("{}", serde_json::to_string(&measured).unwrap());
            ExitCode::SUCCESS
        }
        [] => compare(CASES, None),
        ["--cases", count] => compare(count.parse().unwrap(), None),
        ["--cases", count, "--keep", folder] => {
            compare(count.parse().unwrap(), Some(PathBuf::from(folder)))
        }
        _ => {
            eprintln!("bench cases [--cases COUNT [--keep FOLDER]]");
            ExitCode::from(2)
        }
    }
}

fn compare(cases: usize, keep: Option<PathBuf>) -> ExitCode {
    let temporary = tempfile::tempdir().unwrap();
    let folder = keep.unwrap_or_else(|| temporary.path().to_owned());
    let mut measured = Vec::new();
    for count in [cases / 10, cases] {
        let folder = folder.join(count.to_string());
        if !folder.exists() {
            make(&folder, count);
        }
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program)
            .args(["cases", "--measure"])
            .arg(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "the measuring process failed");
        let of: Measured = serde_json::from_slice(&output.stdout).unwrap();
        measured.push(of);
    }
    let sound = print(&measured[0], &measured[1]);
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Makes a node's store with so many cases of [`ENTRIES`] entries.
fn make(folder: &Path, count: usize) {
    let start = Instant::now();
    let world = World::founded(2);
    std::fs::create_dir_all(folder).unwrap();
    let store = RocksStore::open(folder, options()).unwrap();
    let records = world.nodes[0].store.clone().0.into_iter();
    let writes = records.map(|((family, key), value)| Write {
        family,
        key,
        value: Some(value),
    });
    store
        .commit(&Batch {
            writes: writes.collect(),
        })
        .unwrap();
    let mut desk = Desk {
        engine: engine(&store, 7),
        store,
        rng: Counter(1 << 40),
        unix: MONDAY,
        keys: 0,
    };
    for nth in 0..count {
        desk.unix = MONDAY + DAYS * 86_400 * i64::try_from(nth).unwrap() / count as i64;
        desk.case(nth, count);
        if (nth + 1) % 1_000 == 0 {
            let rate = ((nth + 1) * ENTRIES) as f64 / start.elapsed().as_secs_f64();
            eprintln!("{} of {count} cases, {rate:.0} entries per second", nth + 1);
        }
    }
    desk.store.close().unwrap();
}

/// A clerk at one node.
struct Desk {
    engine: Engine,
    store: RocksStore,
    rng: Counter,
    unix: i64,
    keys: u64,
}

impl Desk {
    /// A case with all of its entries, in one commit.
    fn case(&mut self, nth: usize, count: usize) {
        let item = if nth.is_multiple_of(3) {
            "I-07"
        } else {
            "I-02"
        };
        let persons = count.div_ceil(CASES_OF_ONE);
        let person = id_number(nth % persons);
        let receive = format!(
            r#"{{"item":"{item}","owner":"350700","officer":"W01","materials":[
                {{"requirement":"M1","pages":2}},{{"requirement":"M2"}},{{"requirement":"M3","pages":6}}],
                "applicant":{{"name":"程立秋","id_number":"{person}","phone":"13000000000","address":"某路 1 号"}}}}"#
        );
        let receive = match item {
            "I-07" => receive.replace(
                r#"{"requirement":"M1","pages":2},{"requirement":"M2"},{"requirement":"M3","pages":6}"#,
                r#"{"requirement":"M1","pages":2}"#,
            ),
            _ => receive,
        };
        let case = self.act("case.receive", &receive).unwrap();
        let checked = format!(r#"{{"case":"{case}","passed":true,"officer":"W01"}}"#);
        let mut left = ENTRIES - 1;
        if item == "I-02" {
            self.act("case.id-check", &checked);
            let seen = format!(r#"{{"case":"{case}","seen":["M1","M3"],"officer":"W01"}}"#);
            self.act("case.original-check", &seen);
            left -= 2;
        }
        // A third waits at the window, a third is checked, a third is on its way.
        if !nth.is_multiple_of(4) {
            let officer = format!(r#"{{"case":"{case}","officer":"W01"}}"#);
            self.act("case.formal-pass", &officer);
            left -= 1;
        }
        if nth % 4 > 1 {
            self.act("case.push", &format!(r#"{{"case":"{case}"}}"#));
            left -= 1;
        }
        for _ in 0..left {
            self.act("case.id-check", &checked);
        }
        let batch = self.engine.take_batch();
        self.store.commit(&batch).unwrap();
        while self.engine.poll_output().is_some() {}
    }

    /// Gives a command; the number of the case, where that is new.
    fn act(&mut self, name: &str, args: &str) -> Option<String> {
        let text = format!(r#"{{"do":"{name}","args":{args}}}"#);
        let command = serde_json::from_str(&text).unwrap();
        self.keys += 1;
        let key = self.keys.to_string();
        let mut ctx = Ctx {
            now: Now {
                monotonic_ms: self.keys,
                unix: self.unix,
            },
            rng: &mut self.rng,
            store: &self.store,
        };
        let done = self.engine.command(&mut ctx, &key, &command);
        done.unwrap_or_else(|error| panic!("{name} {args}: {error:?}"))
            .number
    }
}

/// An identity number that nobody has, by the rule of GB 11643.
fn id_number(nth: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (day, serial) = (nth / 1_000, nth % 1_000);
    let (year, month, day) = (1_960 + day / 336 % 40, day / 28 % 12 + 1, day % 28 + 1);
    let digits = format!("330899{year:04}{month:02}{day:02}{serial:03}");
    let sum: usize = WEIGHTS
        .iter()
        .zip(digits.bytes())
        .map(|(weight, digit)| weight * usize::from(digit - b'0'))
        .sum();
    format!("{digits}{}", char::from(b"10X98765432"[sum % 11]))
}

fn options() -> RocksOptions {
    RocksOptions {
        reserve_bytes: 0,
        ..RocksOptions::default()
    }
}

fn engine(store: &RocksStore, boot: u8) -> Engine {
    let (division, name) = CITIES[0];
    let division = tongban_identity::DivisionCode::new(division).unwrap();
    Engine::start(own(1, division, name), BootNonce([boot; 16]), store).unwrap()
}

fn measure(folder: &Path) -> Measured {
    let start = Instant::now();
    let store = RocksStore::open(folder, options()).unwrap();
    let mut engine = engine(&store, 8);
    let open = start.elapsed();
    let mut rng = Counter(1 << 50);
    let now = Now {
        monotonic_ms: 0,
        unix: MONDAY + DAYS * 86_400,
    };
    let mut ctx = Ctx {
        now,
        rng: &mut rng,
        store: &store,
    };
    assert!(!engine.is_listing(), "the lists are there");
    let memory_open = resident();
    let status = engine.status(&ctx).unwrap();
    let day = tongban_ledger::calendar::Day::from_unix_beijing(MONDAY + DAYS * 43_200);
    let questions: Vec<(&str, CaseQuery)> = vec![
        ("all", CaseQuery::default()),
        ("stage", query(|q| q.stage = Some("S30".to_owned()))),
        ("item", query(|q| q.item = Some("I-02".to_owned()))),
        (
            "item, stage",
            query(|q| {
                q.item = Some("I-02".to_owned());
                q.stage = Some("S20".to_owned());
            }),
        ),
        ("due before", query(|q| q.due_before = Some(day))),
        ("own deadline", query(|q| q.order = CaseOrder::OwnDue)),
        ("applicant", query(|q| q.applicant_id = Some(id_number(0)))),
        (
            "holder, open",
            query(|q| {
                q.holder = Some(CITIES[0].0.to_string().parse().unwrap());
                q.open = Some(true);
            }),
        ),
    ];
    let asked = questions
        .into_iter()
        .map(|(name, query)| ask(&mut engine, &mut ctx, name, query))
        .collect();
    let memory_end = resident();
    Measured {
        cases: status.documents["case"],
        entries: status.entries,
        open_ms: u64::try_from(open.as_millis()).unwrap(),
        memory_open,
        memory_end,
        disk: bytes_in(folder),
        asked,
    }
}

fn query(set: impl FnOnce(&mut CaseQuery)) -> CaseQuery {
    let mut query = CaseQuery::default();
    set(&mut query);
    query
}

/// Times [`PAGES`] pages from the first on, and one half-way through the list.
fn ask(engine: &mut Engine, ctx: &mut Ctx<'_>, name: &str, mut query: CaseQuery) -> Asked {
    let mut timed = |query: &CaseQuery| {
        let (start, before) = (Instant::now(), processor());
        let page = engine.case_page(ctx, query).unwrap();
        let worked = processor() - before;
        let time = u64::try_from(start.elapsed().as_micros()).unwrap();
        // As a node does after every request.
        assert!(engine.take_batch().is_empty(), "a question writes nothing");
        (page, time, worked)
    };
    let (mut times, mut found, mut cursors) = (Vec::new(), 0, Vec::new());
    let mut worked_of = Vec::new();
    for _ in 0..PAGES {
        let (page, time, worked) = timed(&query);
        times.push(time);
        worked_of.push(worked);
        found += page.cases.len();
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    query.limit = Some(CASE_PAGE_MAX);
    while query.after.is_some() {
        cursors.push(query.after.clone());
        let (page, _, _) = timed(&query);
        found += page.cases.len();
        query.after = page.next;
    }
    query.limit = None;
    query.after = cursors.get(cursors.len() / 2).cloned().flatten();
    let deep = timed(&query).1;
    let first = times[0];
    times.sort_unstable();
    worked_of.sort_unstable();
    Asked {
        name: name.to_owned(),
        found,
        first,
        median: times[times.len() / 2],
        slowest: times.last().copied().unwrap_or_default().max(deep),
        deep,
        processor: worked_of[worked_of.len() / 2],
    }
}

/// The processor time of this thread, in microseconds.
fn processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u64 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1_000
}

/// What the process takes of memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|word| word.parse().ok())
        .unwrap();
    kib * 1_024
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            match about.is_dir() {
                true => bytes_in(&entry.path()),
                false => about.len(),
            }
        })
        .sum()
}

/// Prints both, and says whether nothing is over its limit.
fn print(small: &Measured, large: &Measured) -> bool {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let ratio = |one: f64, other: f64| other / one.max(0.001);
    let row = |name: &str, one: f64, other: f64, unit: &str| {
        let ratio = ratio(one, other);
        println!("{name:<34} {one:>12.2} {other:>12.2} {unit:<5} {ratio:>7.2}");
    };
    println!(
        "{:<34} {:>12} {:>12} {:<5} {:>7}",
        "", "small", "large", "", "ratio"
    );
    row("cases", small.cases as f64, large.cases as f64, "");
    row("entries", small.entries as f64, large.entries as f64, "");
    row("open", small.open_ms as f64, large.open_ms as f64, "ms");
    let memory = |of: &Measured| (mib(of.memory_open), mib(of.memory_end));
    let ((one, end), (other, other_end)) = (memory(small), memory(large));
    row("resident memory after opening", one, other, "MiB");
    row("resident memory after questions", end, other_end, "MiB");
    let disk = |of: &Measured| of.disk as f64 / of.cases as f64;
    row("disk for a case", disk(small), disk(large), "bytes");
    let mut sound = other_end < mib(MEMORY_MAX) && end < mib(MEMORY_MAX);
    for (one, other) in small.asked.iter().zip(&large.asked) {
        let ms = |micros: u64| micros as f64 / 1_000.0;
        let name = |what: &str| format!("{}: {what}", one.name);
        row(
            &name("cases found"),
            one.found as f64,
            other.found as f64,
            "",
        );
        row(&name("first page"), ms(one.first), ms(other.first), "ms");
        row(&name("median page"), ms(one.median), ms(other.median), "ms");
        row(
            &name("processor time of a page"),
            ms(one.processor),
            ms(other.processor),
            "ms",
        );
        row(
            &name("slowest page"),
            ms(one.slowest),
            ms(other.slowest),
            "ms",
        );
        row(&name("page half-way"), ms(one.deep), ms(other.deep), "ms");
        sound &= [one, other]
            .iter()
            .all(|asked| Duration::from_micros(asked.slowest) < PAGE_MAX);
    }
    println!(
        "{}",
        match sound {
            true => "within 256 MiB, every page under 50 ms",
            false => "OVER THE LIMIT of 256 MiB or of 50 ms for a page",
        }
    );
    sound
}
