//! One suite of checks that every backend must pass. Used by each backend's tests.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tongban_sync::storage::{Batch, Family, KeyValue, ReadError, Write};

use crate::families::{SCHEMA_KEY, SCHEMA_VERSION};
use crate::record;
use crate::store::{CommitError, DamagedRecord, FailedCause, Stats, Store};

/// How the suite opens a backend and gets beneath its checksums.
pub(crate) trait Backend {
    /// Opens the store, at first on an empty disk, later with what was committed. The suite drops
    /// one opening before it asks for the next.
    fn open(&mut self) -> Box<dyn Store>;
    /// Returns the stored form of a record while no store is open.
    fn raw(&mut self, family: Family, key: &[u8]) -> Vec<u8>;
    /// Overwrites the stored form of a record while no store is open.
    fn put_raw(&mut self, family: Family, key: &[u8], stored: Vec<u8>);
}

/// Runs every check, each on a backend of its own.
pub(crate) fn run(make: &mut dyn FnMut() -> Box<dyn Backend>) {
    let checks: &[fn(&mut dyn Backend)] = &[
        a_new_store_holds_its_schema_alone,
        a_batch_takes_effect_in_order,
        values_are_overwritten_and_deleted,
        families_do_not_mix,
        scans_respect_prefix_from_and_limit,
        keys_and_values_may_be_empty_or_large,
        an_empty_batch_is_not_counted,
        a_batch_is_seen_whole_or_not_at_all,
        commits_survive_reopening,
        a_closed_store_takes_no_commit,
        a_flipped_bit_is_reported,
        a_misdirected_record_is_reported,
        behaves_like_a_sorted_map,
    ];
    for check in checks {
        check(&mut *make());
    }
}

/// One write as a test states it.
pub(crate) type Put<'a> = (Family, &'a [u8], Option<&'a [u8]>);

/// Makes a batch.
pub(crate) fn batch(writes: &[Put<'_>]) -> Batch {
    let writes = writes.iter().map(|(family, key, value)| Write {
        family: *family,
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    });
    Batch {
        writes: writes.collect(),
    }
}

fn put(store: &dyn Store, writes: &[Put<'_>]) {
    store.commit(&batch(writes)).expect("the commit succeeds");
}

fn keys(found: Result<Vec<KeyValue>, ReadError>) -> Vec<Vec<u8>> {
    let found = found.expect("the scan succeeds");
    found.into_iter().map(|(key, _)| key).collect()
}

fn a_new_store_holds_its_schema_alone(backend: &mut dyn Backend) {
    let store = backend.open();
    for family in Family::ALL {
        let expected = match family {
            Family::Meta => vec![(SCHEMA_KEY.to_vec(), SCHEMA_VERSION.to_be_bytes().to_vec())],
            _ => vec![],
        };
        assert_eq!(store.scan(family, b"", b"", usize::MAX), Ok(expected));
        assert_eq!(store.get(family, b"absent"), Ok(None));
    }
    assert_eq!(store.stats(), Stats::default());
}

fn a_batch_takes_effect_in_order(backend: &mut dyn Backend) {
    let store = backend.open();
    let f = Family::Documents;
    put(
        &*store,
        &[
            (f, b"a", Some(b"1")),
            (f, b"a", Some(b"2")),
            (f, b"b", Some(b"1")),
            (f, b"b", None),
            (f, b"c", None),
            (f, b"c", Some(b"3")),
        ],
    );
    let expected = vec![
        (b"a".to_vec(), b"2".to_vec()),
        (b"c".to_vec(), b"3".to_vec()),
    ];
    assert_eq!(store.scan(f, b"", b"", 10), Ok(expected));
}

fn values_are_overwritten_and_deleted(backend: &mut dyn Backend) {
    let store = backend.open();
    let f = Family::Feeds;
    put(&*store, &[(f, b"k", Some(b"old"))]);
    put(&*store, &[(f, b"k", Some(b"new"))]);
    assert_eq!(store.get(f, b"k"), Ok(Some(b"new".to_vec())));
    put(&*store, &[(f, b"k", None)]);
    assert_eq!(store.get(f, b"k"), Ok(None));
    assert_eq!(store.scan(f, b"", b"", 10), Ok(vec![]));
    // Deleting what is not there is no error.
    put(&*store, &[(f, b"k", None)]);
}

fn families_do_not_mix(backend: &mut dyn Backend) {
    let store = backend.open();
    let writes: Vec<Put<'_>> = Family::ALL
        .iter()
        .map(|family| (*family, &b"k"[..], Some(family.name().as_bytes())))
        .collect();
    put(&*store, &writes);
    put(&*store, &[(Family::Feeds, b"k", None)]);
    for family in Family::ALL {
        let own = family.name().as_bytes().to_vec();
        let expected = (family != Family::Feeds).then_some(own);
        assert_eq!(store.get(family, b"k"), Ok(expected.clone()));
        let scanned = store
            .scan(family, b"k", b"", 10)
            .expect("the scan succeeds");
        let values: Vec<_> = scanned.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, Vec::from_iter(expected));
    }
}

fn scans_respect_prefix_from_and_limit(backend: &mut dyn Backend) {
    let store = backend.open();
    let f = Family::Indexes;
    let sorted: [&[u8]; 9] = [
        b"\x00",
        b"a",
        b"a\x00",
        b"a\xFE",
        b"a\xFF",
        b"a\xFF\xFF\x01",
        b"b",
        b"\xFF",
        b"\xFF\xFF",
    ];
    // They are written in descending order, so that the order of the scan is the store's own.
    for key in sorted.iter().rev() {
        put(&*store, &[(f, key, Some(b"v"))]);
    }
    let check = |prefix: &[u8], from: &[u8], limit: usize, expected: &[&[u8]]| {
        assert_eq!(
            keys(store.scan(f, prefix, from, limit)),
            expected,
            "prefix {prefix:?} from {from:?} limit {limit}"
        );
    };
    check(b"", b"", usize::MAX, &sorted);
    check(b"", b"", 3, &sorted[..3]);
    check(b"", b"", 0, &[]);
    check(b"", b"a\xFF", 2, &sorted[4..6]);
    check(b"", b"aa", 2, &sorted[3..5]);
    check(b"a", b"", 100, &sorted[1..6]);
    check(b"a", b"a\xFF", 100, &sorted[4..6]);
    check(b"a\xFF", b"", 100, &sorted[4..6]);
    check(b"a\xFF\xFF", b"", 100, &sorted[5..6]);
    check(b"\xFF", b"", 100, &sorted[7..]);
    check(b"\xFF\xFF", b"", 100, &sorted[8..]);
    check(b"\xFF\xFF\xFF", b"", 100, &[]);
    // A visit is the same scan, and ends where no more is wanted.
    for (prefix, wanted) in [(&b""[..], 9), (b"", 1), (b"a", 9), (b"a", 2), (b"c", 9)] {
        let mut seen = Vec::new();
        store
            .visit(f, prefix, &mut |key, value| {
                seen.push((key.to_vec(), value.to_vec()));
                seen.len() < wanted
            })
            .expect("the visit succeeds");
        assert_eq!(store.scan(f, prefix, b"", wanted), Ok(seen));
    }
    // However many there are.
    let many: Vec<[u8; 3]> = (0..300_u16)
        .map(|nth| nth.to_be_bytes())
        .map(|[high, low]| [b'm', high, low])
        .collect();
    for key in many.iter().rev() {
        put(&*store, &[(f, key, Some(b"v"))]);
    }
    for wanted in [1, 128, 129, 256, 257, 400] {
        let mut seen = Vec::new();
        store
            .visit(f, b"m", &mut |key, _| {
                seen.push(key.to_vec());
                seen.len() < wanted
            })
            .expect("the visit succeeds");
        assert_eq!(seen, many[..wanted.min(300)]);
    }
    // `from` before the prefix begins at the prefix; `from` after it finds nothing.
    check(b"a", b"\x00", 2, &sorted[1..3]);
    check(b"a", b"b", 100, &[]);
    check(b"a", b"\xFF\xFF\xFF", 100, &[]);
    check(b"c", b"", 100, &[]);
}

fn keys_and_values_may_be_empty_or_large(backend: &mut dyn Backend) {
    let store = backend.open();
    let f = Family::Sealed;
    let large: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let long_key = vec![0xFF; 1000];
    put(
        &*store,
        &[
            (f, b"empty", Some(b"")),
            (f, b"large", Some(&large)),
            (f, &long_key, Some(b"v")),
            (f, b"", Some(b"root")),
        ],
    );
    assert_eq!(store.get(f, b"empty"), Ok(Some(vec![])));
    assert_eq!(store.get(f, b"large"), Ok(Some(large.clone())));
    assert_eq!(store.get(f, b""), Ok(Some(b"root".to_vec())));
    let scanned = store.scan(f, b"", b"", 10).expect("the scan succeeds");
    assert_eq!(scanned[0], (vec![], b"root".to_vec()));
    assert_eq!(scanned[2].1, large);
    assert_eq!(scanned[3].0, long_key);
}

fn an_empty_batch_is_not_counted(backend: &mut dyn Backend) {
    let store = backend.open();
    store.commit(&Batch::default()).expect("nothing to do");
    assert_eq!(store.stats(), Stats::default());
    put(&*store, &[(Family::Entries, b"k", Some(b"v"))]);
    let expected = Stats {
        commits: 1,
        synced_commits: 1,
    };
    assert_eq!(store.stats(), expected);
}

/// A scan is one moment: it never shows one half of a batch.
fn a_batch_is_seen_whole_or_not_at_all(backend: &mut dyn Backend) {
    let store = backend.open();
    let f = Family::Documents;
    let rounds: u32 = 100;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..rounds {
                let value = round.to_be_bytes();
                let writes: Vec<[u8; 1]> = (0..20).map(|key| [key]).collect();
                let writes: Vec<Put<'_>> = writes
                    .iter()
                    .map(|key| (f, &key[..], Some(&value[..])))
                    .collect();
                put(&*store, &writes);
            }
        });
        while !writer.is_finished() {
            let seen = store.scan(f, b"", b"", 100).expect("the scan succeeds");
            assert!(seen.is_empty() || seen.len() == 20);
            assert!(seen.iter().all(|(_, value)| *value == seen[0].1));
        }
    });
    let last = (rounds - 1).to_be_bytes().to_vec();
    assert_eq!(store.get(f, &[19]), Ok(Some(last)));
}

fn commits_survive_reopening(backend: &mut dyn Backend) {
    let f = Family::Evidence;
    let store = backend.open();
    put(
        &*store,
        &[(f, b"gone", Some(b"1")), (f, b"kept", Some(b"1"))],
    );
    put(&*store, &[(f, b"gone", None)]);
    drop(store);

    let store = backend.open();
    assert_eq!(store.stats(), Stats::default());
    assert_eq!(keys(store.scan(f, b"", b"", 10)), [b"kept".to_vec()]);
    store.flush().expect("the flush succeeds");
    put(&*store, &[(f, b"more", Some(b"2"))]);
    store.close().expect("the store closes");
    drop(store);

    let store = backend.open();
    let expected = [b"kept".to_vec(), b"more".to_vec()];
    assert_eq!(keys(store.scan(f, b"", b"", 10)), expected);
    assert!(store.verify_checksums().is_clean());
}

fn a_closed_store_takes_no_commit(backend: &mut dyn Backend) {
    let f = Family::Entries;
    let store = backend.open();
    put(&*store, &[(f, b"k", Some(b"v"))]);
    store.close().expect("the store closes");
    store.close().expect("closing again is no error");
    let refused = store.commit(&batch(&[(f, b"k", None)]));
    assert!(matches!(
        refused,
        Err(CommitError::Failed(FailedCause::Closed))
    ));
    assert_eq!(store.get(f, b"k"), Ok(Some(b"v".to_vec())));
}

fn a_flipped_bit_is_reported(backend: &mut dyn Backend) {
    let f = Family::Entries;
    let store = backend.open();
    put(
        &*store,
        &[
            (f, b"a", Some(b"whole")),
            (f, b"b\xFF", Some(b"damaged")),
            (f, b"c", Some(b"whole")),
        ],
    );
    drop(store);
    let mut stored = backend.raw(f, b"b\xFF");
    stored[record::CHECKSUM_LEN + 3] ^= 0x10;
    backend.put_raw(f, b"b\xFF", stored);

    let store = backend.open();
    check_damage(&*store, f, b"b\xFF", "62ff");
    // Records around it are served.
    assert_eq!(store.get(f, b"a"), Ok(Some(b"whole".to_vec())));
    assert_eq!(keys(store.scan(f, b"", b"", 1)), [b"a".to_vec()]);
    assert_eq!(keys(store.scan(f, b"c", b"", 1)), [b"c".to_vec()]);
    // Writing it anew mends it.
    put(&*store, &[(f, b"b\xFF", Some(b"mended"))]);
    assert_eq!(store.get(f, b"b\xFF"), Ok(Some(b"mended".to_vec())));
    assert!(store.verify_checksums().is_clean());
}

fn a_misdirected_record_is_reported(backend: &mut dyn Backend) {
    let store = backend.open();
    put(&*store, &[(Family::Entries, b"a", Some(b"value"))]);
    drop(store);
    let stored = backend.raw(Family::Entries, b"a");
    backend.put_raw(Family::Feeds, b"a", stored);

    let store = backend.open();
    check_damage(&*store, Family::Feeds, b"a", "61");
    let value = store.get(Family::Entries, b"a");
    assert_eq!(value, Ok(Some(b"value".to_vec())));
}

fn check_damage(store: &dyn Store, family: Family, key: &[u8], hex: &str) {
    let damaged = ReadError::Damaged {
        family: family.name(),
        key: hex.to_owned(),
    };
    assert_eq!(store.get(family, key), Err(damaged.clone()));
    assert_eq!(store.scan(family, b"", b"", 10), Err(damaged.clone()));
    assert_eq!(store.scan(family, key, b"", 1), Err(damaged));
    let found = store.verify_checksums();
    let key = key.to_vec();
    assert_eq!(found.damaged, [DamagedRecord { family, key }]);
    assert_eq!(found.unreadable, []);
    assert!(!found.is_clean());
}

type Model = BTreeMap<(Family, Vec<u8>), Vec<u8>>;

/// Random batches and scans give what a sorted map gives.
fn behaves_like_a_sorted_map(backend: &mut dyn Backend) {
    let store = backend.open();
    let key = || vec(prop::sample::select(vec![0u8, 1, 0x7F, 0xFE, 0xFF]), 0..4);
    // Meta is left out, since it holds the schema record.
    let family = || prop::sample::select(Family::ALL[..3].to_vec());
    let write = (
        family(),
        key(),
        prop::option::weighted(0.7, vec(any::<u8>(), 0..40)),
    );
    let scan = (family(), key(), key(), 0usize..12);
    let case = vec((vec(write, 0..12), vec(scan, 1..6)), 1..8);
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&case, |steps| {
        clear(&*store);
        let mut model = Model::new();
        for (writes, scans) in steps {
            let writes =
                writes
                    .into_iter()
                    .map(|(family, key, value)| Write { family, key, value });
            let batch = Batch {
                writes: writes.collect(),
            };
            store.commit(&batch).expect("the commit succeeds");
            for Write { family, key, value } in batch.writes {
                match value {
                    Some(value) => model.insert((family, key), value),
                    None => model.remove(&(family, key)),
                };
            }
            for (family, prefix, from, limit) in scans {
                let expected = scan_model(&model, family, &prefix, &from, limit);
                prop_assert_eq!(store.scan(family, &prefix, &from, limit), Ok(expected));
                let expected = model.get(&(family, from.clone())).cloned();
                prop_assert_eq!(store.get(family, &from), Ok(expected));
            }
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

fn scan_model(
    model: &Model,
    family: Family,
    prefix: &[u8],
    from: &[u8],
    limit: usize,
) -> Vec<KeyValue> {
    model
        .iter()
        .filter(|((f, key), _)| *f == family && key.starts_with(prefix) && key.as_slice() >= from)
        .take(limit)
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect()
}

fn clear(store: &dyn Store) {
    let mut batch = Batch::default();
    for family in &Family::ALL[..3] {
        for key in keys(store.scan(*family, b"", b"", usize::MAX)) {
            batch.writes.push(Write {
                family: *family,
                key,
                value: None,
            });
        }
    }
    store.commit(&batch).expect("the commit succeeds");
}
