//! SIGKILL under writes: what was acknowledged is there, what was not is there once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tongban_client::CaseFilter;
use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::storage::{Batch, Family, Write};

use crate::{Node, found};

/// How many clerks write at once.
const WRITERS: u64 = 4;

/// What a run of kills showed.
#[derive(Debug, Default)]
pub struct Tally {
    /// How often the node was killed.
    pub kills: u32,
    /// Acts that were acknowledged.
    pub acknowledged: usize,
    /// Acts that were under way when the node died, and were tried again with the same key.
    pub retried: usize,
    /// Of those, how many had already taken effect.
    pub repeated: usize,
    /// Restarts that failed.
    pub failed_opens: u32,
    /// Acknowledged acts that were gone.
    pub lost: usize,
    /// Cases more than there were wishes.
    pub duplicated: usize,
}

/// Kills a node again and again while clerks write; each restart is checked.
pub async fn run(kills: u32, mut progress: impl FnMut(u32)) -> Tally {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut nodes = vec![
        Node::init(folder.path(), "330800", "衢州市"),
        Node::init(folder.path(), "350700", "南平市"),
    ];
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let mut node = nodes.swap_remove(0);
    drop(nodes);
    let mut tally = Tally::default();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let serial = Arc::new(AtomicU64::new(0));
    for nth in 0..kills {
        let open = write_until_killed(&mut node, &serial, &mut known, nth).await;
        tally.kills += 1;
        if !node.start() {
            tally.failed_opens += 1;
            break;
        }
        for key in open {
            tally.retried += 1;
            let done = node
                .receive(&key, "350700", "程立秋")
                .await
                .expect("a retry");
            tally.repeated += usize::from(done.repeated);
            known.insert(key, done.number.expect("a case number"));
        }
        let cases = node
            .client
            .cases(&CaseFilter::default())
            .await
            .expect("cases");
        let lost = known
            .values()
            .filter(|number| !cases.iter().any(|case| case.number == **number))
            .count();
        tally.lost += lost;
        tally.duplicated += cases.len().saturating_sub(known.len());
        progress(nth + 1);
    }
    tally.acknowledged = known.len();
    let verified = node.client.verify().await.expect("verify");
    assert!(verified.damaged.is_empty(), "{verified:?}");
    tally
}

/// Lets clerks write for a moment, kills the node, and returns the keys that were under way.
async fn write_until_killed(
    node: &mut Node,
    serial: &Arc<AtomicU64>,
    known: &mut BTreeMap<String, String>,
    nth: u32,
) -> Vec<String> {
    let (done, mut results) = tokio::sync::mpsc::unbounded_channel();
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (client, serial, done) = (node.client.clone(), serial.clone(), done.clone());
        writers.push(tokio::spawn(async move {
            loop {
                let key = format!("wish-{}", serial.fetch_add(1, Ordering::Relaxed));
                let command = serde_json::from_value(serde_json::json!({
                    "do": "case.receive",
                    "args": {
                        "item": "I-07", "owner": "350700", "officer": "W01",
                        "materials": [{"requirement": "M1", "pages": 2}],
                        "applicant": {"name": "程立秋", "id_number": "330899198803170010"},
                        "on": "2026-09-07"
                    }
                }))
                .expect("a command of the test");
                let answer = client.command(&command, &key).await.ok();
                let dead = answer.is_none();
                let number = answer.and_then(|done| done.number);
                if done.send((key, number)).is_err() || dead {
                    return;
                }
            }
        }));
    }
    drop(done);
    // The moment of death moves over the writes; no assertion depends on it.
    let pause = 5 + u64::from(nth * 7919 % 41);
    tokio::time::sleep(Duration::from_millis(pause)).await;
    node.kill();
    for writer in writers {
        writer.await.expect("a writer ends when the node is gone");
    }
    let mut open = Vec::new();
    while let Some((key, number)) = results.recv().await {
        match number {
            Some(number) => {
                known.insert(key, number);
            }
            None => open.push(key),
        }
    }
    open
}

/// A store that acknowledges without a synced write is caught: SIGKILL alone does not catch it, since
/// the kernel keeps what was written. Returns the commits after which no sync had been counted, for an
/// honest store and for one with the planted fault.
pub fn unsynced_acknowledgements(commits: u32) -> (u32, u32) {
    let count = |unsynced: bool| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = RocksOptions {
            reserve_bytes: 0,
            unsynced_for_test: unsynced,
        };
        let store = RocksStore::open(folder.path(), options).expect("a new store");
        let mut missed = 0;
        for nth in 0..commits {
            let before = store.wal_syncs();
            let batch = Batch {
                writes: vec![Write {
                    family: Family::Entries,
                    key: nth.to_be_bytes().to_vec(),
                    value: Some(vec![7; 100]),
                }],
            };
            store.commit(&batch).expect("a commit");
            missed += u32::from(store.wal_syncs() == before);
        }
        missed
    };
    (count(false), count(true))
}
