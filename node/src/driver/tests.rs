//! The order of commit, sending and answering, on a store that fails when asked to.

use std::collections::BTreeMap;

use tongban_identity::{DeviceKey, DivisionCode, EncryptionKey, RootKey};
use tongban_ledger::answer::Done;
use tongban_ledger::command::{Command, FoundAgreement, Terms};
use tongban_mesh::{Mesh, MeshConfig, MeshLimits};
use tongban_store::{FailedCommit, MemoryStore};
use tongban_sync::engine::Attributes;
use tongban_sync::entry::BootNonce;
use tongban_sync::founding::certify;
use tongban_sync::storage::{Family, Reader};
use tongban_sync::{CommandError, Own};
use zeroize::Zeroizing;

use super::*;
use crate::request::Answered;

/// The idempotency key of the tests' commands.
const KEY: &str = "key-1";

struct World {
    driver: Driver,
    inbox: Inbox,
    requests: mpsc::Sender<Request>,
    stop: oneshot::Sender<()>,
    store: Arc<MemoryStore>,
    dir: tempfile::TempDir,
}

fn own(seed: u8) -> Own {
    let root = RootKey::from_seed([seed; 32]);
    let device = DeviceKey::from_seed([seed + 1; 32]);
    let encryption = EncryptionKey::from_seed([seed + 2; 32]);
    let label = "node".to_owned();
    let (cert, encryption_cert) =
        certify(&root, device.public(), encryption.public(), label, 0).unwrap();
    Own {
        city: root.city(),
        device,
        cert,
        encryption: encryption.into(),
        encryption_cert,
        attributes: Attributes {
            division: DivisionCode::new(330_800).unwrap(),
            name: "衢州市".to_owned(),
        },
    }
}

/// A driver on a store in memory that has not written anything yet.
async fn world(scripted: bool) -> World {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(MemoryStore::new());
    let nonce = BootNonce([7; 16]);
    let (witness, _) = Keeper::open(dir.path(), &*store, nonce).unwrap();
    let engine = Engine::start(own(1), nonce, &*store).unwrap();
    let (pool, outcomes) = Pool::start().unwrap();
    let config = MeshConfig {
        seed: Zeroizing::new([2; 32]),
        listen: Vec::new(),
        limits: MeshLimits::default(),
    };
    let (mesh, events) = Mesh::start(config).await.unwrap();
    let (requests, requests_end) = mpsc::channel(8);
    let (stop, stop_end) = oneshot::channel();
    let driver = Driver::new(Parts {
        engine,
        store: store.clone(),
        clock: Clock::new(scripted),
        mesh,
        dialler: Dialler::new(BTreeMap::new()),
        pool,
        witness,
        earlier_keys: Vec::new(),
    });
    let inbox = Inbox {
        requests: requests_end,
        events,
        outcomes,
        stop: stop_end,
    };
    World {
        driver,
        inbox,
        requests,
        stop,
        store,
        dir,
    }
}

/// A command that writes: founds an agreement with one other city.
fn found() -> (Request, Answered<Done>) {
    let terms = Terms {
        name: "浙闽协作".to_owned(),
        code: "AG-1".to_owned(),
        ..Terms::default()
    };
    Request::engine(move |engine, ctx| {
        let other = Engine::start(
            Own {
                attributes: Attributes {
                    division: DivisionCode::new(350_700).unwrap(),
                    name: "南平市".to_owned(),
                },
                ..own(11)
            },
            BootNonce([8; 16]),
            ctx.store,
        )
        .unwrap();
        let address = || vec!["127.0.0.1:1".to_owned()];
        let invitations = vec![
            engine.invitation(address()).unwrap(),
            other.invitation(address()).unwrap(),
        ];
        let command = Command::AgreementFound(FoundAgreement {
            terms,
            invitations,
            again: false,
        });
        engine
            .command(ctx, KEY, &command)
            .map_err(|error| match error {
                CommandError::Refused(refusal) => refusal,
                CommandError::Read(error) => panic!("{error}"),
            })
    })
}

fn code<T>(answer: Result<T, Refusal>) -> Result<T, Code> {
    answer.map_err(|refusal| refusal.code)
}

fn is_stored(store: &MemoryStore) -> bool {
    store
        .get(Family::Idempotency, KEY.as_bytes())
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn an_answer_waits_for_the_commit() {
    let mut world = world(false).await;
    let (request, mut answered) = found();
    world.driver.on_request(request);
    assert!(answered.try_recv().is_err());
    assert!(!is_stored(&world.store));
    world.driver.finish_step().unwrap();
    assert_eq!(
        code(answered.try_recv().unwrap()).map(|done| done.repeated),
        Ok(false)
    );
    assert!(is_stored(&world.store));
}

#[tokio::test]
async fn a_full_disk_refuses_every_call_of_the_step_and_ends_the_node() {
    let World {
        driver,
        inbox,
        requests,
        stop,
        store,
        dir,
    } = world(false).await;
    let (command, done) = found();
    let (question, status) = Request::engine(|engine, _| Ok(engine.city()));
    requests.send(command).await.unwrap();
    requests.send(question).await.unwrap();
    store.set_disk_full(true);
    let failure = driver.run(inbox).await.unwrap_err();
    assert_eq!(failure.kind(), Kind::DiskFull);
    assert_eq!(code(done.await.unwrap()).err(), Some(Code::DiskFull));
    assert_eq!(code(status.await.unwrap()).err(), Some(Code::DiskFull));
    assert!(!is_stored(&store.reopen()));
    drop((stop, dir));
}

#[tokio::test]
async fn a_failed_sync_ends_the_node_and_a_retry_after_it_makes_no_second_effect() {
    let World {
        driver,
        inbox,
        requests,
        stop,
        store,
        dir,
    } = world(false).await;
    let (command, done) = found();
    requests.send(command).await.unwrap();
    store.fail_next(FailedCommit::Kept);
    let failure = driver.run(inbox).await.unwrap_err();
    assert_eq!(failure.kind(), Kind::Internal);
    assert_eq!(code(done.await.unwrap()).err(), Some(Code::Internal));
    // The batch is there after all: the outcome of the same key must be found beside it.
    assert!(is_stored(&store.reopen()));
    assert!(requests.send(found().0).await.is_err());
    drop((stop, dir));
}

#[tokio::test]
async fn a_stop_closes_the_store_and_leaves_a_fitting_witness() {
    let World {
        driver,
        inbox,
        requests,
        stop,
        store,
        dir,
    } = world(false).await;
    let running = tokio::spawn(driver.run(inbox));
    let (command, done) = found();
    requests.send(command).await.unwrap();
    done.await.unwrap().unwrap();
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(store.commit(&one_write()).is_err());
    let again = store.reopen();
    let (_, unsure) = Keeper::open(dir.path(), &again, BootNonce([9; 16])).unwrap();
    assert!(!unsure);
}

fn one_write() -> tongban_sync::storage::Batch {
    let write = tongban_sync::storage::Write {
        family: Family::Meta,
        key: b"x".to_vec(),
        value: Some(Vec::new()),
    };
    tongban_sync::storage::Batch {
        writes: vec![write],
    }
}

#[tokio::test]
async fn the_network_waits_until_a_scripted_clock_is_set() {
    let mut world = world(true).await;
    assert!(!world.driver.takes_events());
    assert_eq!(world.driver.tick_at(), None);
    let (request, mut answered) = Request::set_clock(1_750_000_000);
    world.driver.on_request(request);
    world.driver.finish_step().unwrap();
    assert_eq!(code(answered.try_recv().unwrap()), Ok(()));
    assert!(world.driver.takes_events());
    assert_eq!(world.driver.clock.now().unix, 1_750_000_000);
}

#[tokio::test]
async fn the_systems_clock_is_not_set() {
    let mut world = world(false).await;
    let (request, mut answered) = Request::set_clock(1);
    world.driver.on_request(request);
    world.driver.finish_step().unwrap();
    assert_eq!(code(answered.try_recv().unwrap()).err(), Some(Code::Mode));
}
