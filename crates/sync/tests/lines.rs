//! The index of cost lines: it says what the parcels say, after whatever happened.

use std::collections::BTreeSet;

use tongban_ledger::AgreementId;
use tongban_ledger::calendar::Month;
use tongban_ledger::parcel::LineStanding;
use tongban_sync::lines::Recorded;
use tongban_sync::storage::{Family, KeyValue, ReadError, Reader};
use tongban_sync::{Ctx, Engine};

use crate::world::World;

/// Numbers of another carrier: any letters and digits of the right length.
fn tracking(nth: usize) -> String {
    format!("SF-{nth:08}")
}

fn months() -> [Month; 2] {
    ["2026-08", "2026-09"].map(|month| month.parse().unwrap())
}

/// Every line that a node knows: entry, fen, and whether it counts.
type Lines = BTreeSet<(String, i64, bool)>;

/// As the parcels say.
fn walked(world: &mut World, at: usize) -> Lines {
    let rows = world.ask(at, |engine, ctx| engine.parcels(ctx).unwrap());
    let lines = rows.into_iter().flat_map(|row| row.lines);
    lines
        .map(|line| (line.line, line.fen, line.counts))
        .collect()
}

/// As the index says, asked for each pair by itself and for all pairs together.
fn kept(world: &mut World, at: usize) -> Lines {
    let agreement = agreement(world, at);
    world.ask(at, |engine, ctx| {
        let (mut by_pair, mut together) = (Lines::new(), Lines::new());
        let mut pairs = BTreeSet::new();
        for month in months() {
            pairs.extend(engine.month_pairs(ctx.store, &agreement, month).unwrap());
            let mut last = None;
            let mut each = |pair, lines: Vec<Recorded>| {
                assert!(last < Some(pair), "pairs come once, ascending");
                last = Some(pair);
                together.extend(lines.iter().map(plain));
            };
            engine
                .each_pair(ctx.store, &agreement, month, &mut each)
                .unwrap();
        }
        for pair in pairs {
            let months = months()[0]..=months()[1];
            let lines = engine
                .pair_lines(ctx.store, &agreement, &pair, months)
                .unwrap();
            by_pair.extend(lines.iter().map(plain));
        }
        assert_eq!(by_pair, together);
        together
    })
}

fn plain(line: &Recorded) -> (String, i64, bool) {
    let counts = line.of.standing == LineStanding::Counted;
    let of = &line.of.line;
    (of.line.to_string(), of.amount.fen().get(), counts)
}

fn agreement(world: &mut World, at: usize) -> AgreementId {
    let status = world.ask(at, |engine, ctx| engine.status(ctx).unwrap());
    status.agreements[0].agreement.parse().unwrap()
}

fn assert_kept(world: &mut World) {
    for at in 0..world.nodes.len() {
        assert_eq!(kept(world, at), walked(world, at), "at {at}");
        let wrong = world.ask(at, |engine, ctx| engine.check_lists(ctx).unwrap());
        assert_eq!(wrong, Vec::<String>::new(), "at {at}");
    }
}

/// A number below `below`, from a row that a seed begins.
fn draw(seed: &mut u64, below: u64) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*seed >> 33) % below).unwrap()
}

/// Posts a parcel from one city to another, or to an applicant.
fn post(world: &mut World, from: usize, to: Option<usize>, nth: usize, on: &str) {
    let to = to.map(|to| format!(r#""to":"{}","#, world.nodes[to].division));
    let leg = if to.is_some() { "L2" } else { "L4" };
    let args = format!(
        r#"{{{}"leg":"{leg}","tracking":"{}","pay":"collect","on":"{on}"}}"#,
        to.unwrap_or_default(),
        tracking(nth)
    );
    world.act(from, "parcel.post", &args).unwrap();
}

/// Tries something of one of so many parcels at a city; most of it is refused, and that is no matter.
fn try_something(world: &mut World, at: usize, seed: &mut u64, parcels: u64) {
    let parcel = tracking(draw(seed, parcels));
    let kind = ["postage", "redelivery", "refund", "packing"][draw(seed, 4)];
    let fen = draw(seed, 5_000);
    let _ = match draw(seed, 8) {
        0..4 => {
            let args = format!(r#"{{"parcel":"{parcel}","fen":{fen},"kind":"{kind}"}}"#);
            world.act(at, "parcel.cost", &args)
        }
        4..6 => {
            let args = format!(r#"{{"parcel":"{parcel}","kind":"{kind}"}}"#);
            world.act(at, "parcel.confirm", &args)
        }
        6 => {
            let args = format!(r#"{{"parcel":"{parcel}","kind":"{kind}"}}"#);
            world.act(at, "parcel.retract", &args)
        }
        _ => world.act(at, "parcel.arrive", &format!(r#"{{"parcel":"{parcel}"}}"#)),
    };
}

/// R-150: whatever is done, in whatever order it becomes known, the index holds the lines of the parcels.
#[test]
fn the_index_holds_the_lines_of_the_parcels_after_any_acts() {
    for first in 1..=4_u64 {
        let mut seed = first;
        let mut world = World::founded(3);
        for nth in 0..9 {
            let from = draw(&mut seed, 3);
            let to = (draw(&mut seed, 4) > 0).then(|| (from + 1 + draw(&mut seed, 2)) % 3);
            let on = ["2026-08-31", "2026-09-02"][draw(&mut seed, 2)];
            post(&mut world, from, to, nth, on);
        }
        world.run();
        for step in 0..60 {
            if step == 20 {
                world.partition(&[0], &[1, 2]);
            }
            if step == 40 {
                world.heal();
                world.run();
            }
            let at = draw(&mut seed, 3);
            try_something(&mut world, at, &mut seed, 9);
            if draw(&mut seed, 5) == 0 {
                world.round();
                assert_kept(&mut world);
            }
            if draw(&mut seed, 25) == 0 {
                world.restart(at);
            }
        }
        world.relink();
        world.run();
        assert_kept(&mut world);
        assert!(walked(&mut world, 0).len() > 3, "seed {first} drew little");
    }
}

/// A parcel with many lines is moved to a block of its own, and many parcels take more than one block; none is lost.
#[test]
fn blocks_stay_small() {
    let mut world = World::founded(2);
    for nth in 0..70 {
        post(&mut world, 0, Some(1), nth, "2026-09-02");
        let args = format!(r#"{{"parcel":"{}","fen":{nth}}}"#, tracking(nth));
        world.act(0, "parcel.cost", &args).unwrap();
    }
    for fen in 1..=12 {
        let parcel = tracking(3);
        let args = format!(r#"{{"parcel":"{parcel}","fen":{fen},"kind":"packing"}}"#);
        world.act(0, "parcel.cost", &args).unwrap();
    }
    world.run();
    assert_kept(&mut world);
    assert_eq!(kept(&mut world, 0).len(), 82);
    for at in 0..2 {
        let records = world.nodes[at].store.0.keys();
        let blocks = records.filter(|(family, key)| *family == Family::Indexes && key[0] == b'L');
        assert_eq!(blocks.count(), 3, "at {at}");
    }
}

fn some_lines() -> World {
    let mut world = World::founded(2);
    for nth in 0..5 {
        post(&mut world, 0, Some(1), nth, "2026-09-02");
        let args = format!(r#"{{"parcel":"{}","fen":{}}}"#, tracking(nth), nth * 100);
        world.act(nth % 2, "parcel.cost", &args).ok();
    }
    world.run();
    world
}

/// What is lost or changed in the index is named, made anew, and never read as if nothing were wrong.
#[test]
fn what_is_lost_of_the_lines_is_named_and_made_anew() {
    for (list, change) in [(b'P', 0), (b'L', 0), (b'L', 1), (b'P', 2), (b'L', 2)] {
        let mut world = some_lines();
        let expected = walked(&mut world, 0);
        let store = &mut world.nodes[0].store.0;
        let of_list =
            |(family, key): &&(Family, Vec<u8>)| *family == Family::Indexes && key[0] == list;
        let place = store.keys().find(of_list).cloned().unwrap();
        match change {
            // Gone.
            0 => drop(store.remove(&place)),
            // A digit of an amount, a date or a hash is another.
            1 => {
                let value = store.get_mut(&place).unwrap();
                let last = value.len() - 1;
                value[last] ^= 1;
            }
            // No record at all.
            _ => drop(store.insert(place, vec![0xff; 40])),
        }
        let wrong = world.ask(0, |engine, ctx| engine.check_lists(ctx).unwrap());
        assert!(!wrong.is_empty(), "{} {change}", char::from(list));
        // Until it is made anew, the parcels themselves are asked.
        assert_eq!(kept(&mut world, 0), expected);
        world.commit(0);
        world.run();
        assert_kept(&mut world);
        assert_eq!(kept(&mut world, 0), expected);
    }
}

/// A store from before there was an index gets it once.
#[test]
fn an_older_store_gets_its_lines() {
    let mut world = some_lines();
    let expected = kept(&mut world, 0);
    world.nodes[0].store.0.retain(|(family, key), _| {
        let lines = *family == Family::Indexes && b"PLH".contains(&key[0]);
        !lines && key.as_slice() != &b"listed"[..]
    });
    world.restart(0);
    assert_eq!(
        kept(&mut world, 0),
        expected,
        "it is complete while it is made"
    );
    while world
        .ask(0, |engine, ctx| engine.make_lists(ctx).unwrap())
        .is_some()
    {
        world.commit(0);
    }
    world.commit(0);
    assert_eq!(kept(&mut world, 0), expected);
    world.run();
    assert_kept(&mut world);
}

/// A store whose lists an earlier version made gets them anew, whatever stands in its blocks.
#[test]
fn lists_of_an_earlier_version_are_made_anew() {
    let mut world = some_lines();
    let expected = kept(&mut world, 0);
    for ((family, key), value) in &mut world.nodes[0].store.0 {
        if *family == Family::Indexes && key[0] == b'L' {
            // As blocks began before they had fixed fields.
            *value = vec![0x82, 0x80, 0x80];
        }
        if key.as_slice() == b"listed" {
            // An array of four, and the version first.
            assert_eq!(value[..2], [0x84, 3]);
            value[1] = 2;
        }
    }
    world.restart(0);
    world.ask(0, |engine, _| assert!(engine.is_listing()));
    assert_eq!(kept(&mut world, 0), expected);
    world.run();
    world.ask(0, |engine, _| assert!(!engine.is_listing()));
    assert_kept(&mut world);
}

/// What cannot be read goes, too: it would stand in the way for ever.
#[test]
fn a_record_that_fails_its_checksum_is_made_anew() {
    for list in b"PLH" {
        let mut world = some_lines();
        let of_list = |(family, key): &&(Family, Vec<u8>)| {
            *family == Family::Indexes && key.first() == Some(list)
        };
        let spoiled = world.nodes[0].store.0.keys().find(of_list).unwrap().clone();
        world.nodes[0].store.0.insert(spoiled, ROTTEN.to_vec());
        world.restart(0);
        checked(&mut world, |engine, ctx| {
            engine.check_lists(ctx).unwrap();
            engine.bills(ctx, months()[1]).unwrap();
            assert!(engine.is_listing());
        });
        let mut steps = 0;
        while checked(&mut world, |engine, ctx| engine.make_lists(ctx).unwrap()).is_some() {
            world.commit(0);
            steps += 1;
            assert!(steps < 100, "it ends");
        }
        world.commit(0);
        assert!(world.nodes[0].store.0.values().all(|value| value != ROTTEN));
        assert_kept(&mut world);
    }
}

/// Asks the first node, whose store finds [`ROTTEN`].
fn checked<T>(world: &mut World, ask: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> T) -> T {
    world.ask(0, |engine, ctx| {
        let mut ctx = Ctx {
            now: ctx.now,
            rng: &mut *ctx.rng,
            store: &Checked(ctx.store),
        };
        ask(engine, &mut ctx)
    })
}

/// A value that fails its checksum.
const ROTTEN: &[u8] = &[0xee; 10];

/// A store that does not give out what fails its checksum.
struct Checked<'a>(&'a dyn Reader);

impl Checked<'_> {
    fn error(key: &[u8]) -> ReadError {
        ReadError::Damaged {
            family: Family::Indexes.name(),
            key: key.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl Reader for Checked<'_> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        match self.0.get(family, key)? {
            Some(value) if value == ROTTEN => Err(Self::error(key)),
            found => Ok(found),
        }
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let found = self.0.scan(family, prefix, from, limit)?;
        match found.iter().find(|(_, value)| value == ROTTEN) {
            Some((key, _)) => Err(Self::error(key)),
            None => Ok(found),
        }
    }
}

/// A question that meets a damaged block is answered from the parcels, with each pair once; and a list of bills walks the
/// parcels once, however many members there are.
#[test]
fn a_damaged_block_costs_no_pair_and_one_walk() {
    let mut world = World::founded(4);
    for nth in 0..9 {
        post(&mut world, 0, Some(1 + nth % 3), nth, "2026-09-02");
        let args = format!(r#"{{"parcel":"{}","fen":{}}}"#, tracking(nth), nth * 100);
        world.act(0, "parcel.cost", &args).unwrap();
    }
    world.run();
    let expected = walked(&mut world, 0);
    let agreement = agreement(&mut world, 0);
    let month = months()[1];
    let blocks: Vec<_> = world.nodes[0].store.0.keys().cloned().collect();
    let blocks = blocks
        .into_iter()
        .filter(|(family, key)| *family == Family::Indexes && key[0] == b'L');
    let blocks: Vec<_> = blocks.collect();
    assert_eq!(blocks.len(), 3, "one of each pair");
    for damaged in blocks {
        let sound = world.nodes[0].store.0[&damaged].clone();
        let spoil = |world: &mut World| {
            let store = &mut world.nodes[0].store.0;
            store.insert(damaged.clone(), vec![0xff; 40]);
            world.restart(0);
        };
        spoil(&mut world);
        let mut pairs = Vec::new();
        let mut found = Lines::new();
        world.ask(0, |engine, ctx| {
            let mut each = |pair, lines: Vec<Recorded>| {
                pairs.push(pair);
                found.extend(lines.iter().map(plain));
            };
            let read = engine.each_pair(ctx.store, &agreement, month, &mut each);
            read.unwrap();
            assert!(engine.is_listing(), "it is made anew");
        });
        assert!(pairs.is_sorted_by(|one, other| one < other), "{pairs:?}");
        assert_eq!((pairs.len(), &found), (3, &expected));

        spoil(&mut world);
        let reads = world.ask(0, |engine, ctx| {
            let counting = Counting {
                inner: ctx.store,
                entries: std::cell::Cell::new(0),
            };
            let ctx = Ctx {
                now: ctx.now,
                rng: &mut *ctx.rng,
                store: &counting,
            };
            engine.bills(&ctx, month).unwrap();
            counting.entries.get()
        });
        assert_eq!(reads, 9, "the entry of each line once");
        world.nodes[0].store.0.insert(damaged, sound);
    }
}

/// Counts how often entries are read.
struct Counting<'a> {
    inner: &'a dyn Reader,
    entries: std::cell::Cell<usize>,
}

impl Reader for Counting<'_> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let more = usize::from(family == Family::Entries);
        self.entries.set(self.entries.get() + more);
        self.inner.get(family, key)
    }

    fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        self.inner.scan(family, prefix, from, limit)
    }
}
