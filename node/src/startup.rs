//! `tongband run`: everything in the order in which a failure harms least, then waiting for the
//! end. What a node does meanwhile is in `driver.rs`.

use std::future::Future;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tongban_api::{Endpoint, serve};
use tongban_ledger::code::Code;
use tongban_mesh::{Mesh, MeshConfig, MeshEvent, MeshHandle, MeshLimits, StartError};
use tongban_store::{RocksOptions, RocksStore, Store};
use tongban_sync::engine::{Attributes, StartError as EngineError};
use tongban_sync::entry::BootNonce;
use tongban_sync::{Engine, Own};
use tracing_subscriber::EnvFilter;

use crate::args::RunArgs;
use crate::backend::{NodeBackend, REQUESTS_MAX, refusal};
use crate::clock::Clock;
use crate::config::{Config, LogFormat, Settings};
use crate::dialler::Dialler;
use crate::driver::{Driver, Inbox, Parts};
use crate::failure::{Failure, Kind};
use crate::keys::{Keys, Secret, random, read_passphrase};
use crate::pool::Pool;
use crate::print_line;
use crate::request::Request;
use crate::scrub::Scrubbing;
use crate::witness::Keeper;

/// The local interface's socket in the node's folder.
pub const API_SOCKET: &str = "api.sock";
/// What is logged unless `RUST_LOG` says otherwise.
const LOG_FILTER: &str = "info,libp2p=warn,libp2p_swarm=warn,multistream_select=warn,yamux=warn";

/// Runs the node until a signal or a failure ends it.
///
/// # Errors
/// It could not start, or it had to stop.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let settings = Settings::new(Config::load(&args.dir)?, args);
    start_log(settings.log);
    let passphrase = read_passphrase(&args.passphrase_file)?;
    let keys = Keys::load(&args.dir, &passphrase)?;
    drop(passphrase);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::caused(Kind::Internal, "the runtime", &error))?;
    let outcome = runtime.block_on(node(args, &settings, keys));
    // Calls that still run hold nothing that is not on disk.
    runtime.shutdown_background();
    outcome
}

async fn node(args: &RunArgs, settings: &Settings, keys: Keys) -> Result<(), Failure> {
    let stopped = stop_signal()?;
    let nonce = BootNonce(random());
    let store = open_store(&args.dir, settings)?;
    let (witness, possible_restore) = Keeper::open(&args.dir, &*store, nonce)?;
    if possible_restore {
        tracing::warn!("this may be a restored or cloned folder, or the machine was started anew");
    }
    let city = keys.cert.city;
    let seed = keys.seed.clone();
    let earlier_keys = keys.earlier.clone();
    let mut engine = start_engine(settings, keys, nonce, &*store)?;
    if possible_restore {
        engine.suspect_restore();
    }
    let (pool, outcomes) =
        Pool::start().map_err(|error| Failure::caused(Kind::Internal, "threads", &error))?;
    let (mesh, events) = start_mesh(seed, settings).await?;
    let endpoint = bind_api(&args.dir).await?;
    let (requests, requests_end) = mpsc::channel::<Request>(REQUESTS_MAX);
    let (stop, stop_end) = oneshot::channel();
    let mut driver = Driver::new(Parts {
        engine,
        store: store.clone(),
        clock: Clock::new(args.scripted_clock),
        mesh: mesh.clone(),
        dialler: Dialler::new(settings.peers.clone()),
        pool,
        witness,
        earlier_keys,
    });
    driver.begin()?;
    let ended = drive(
        driver,
        Inbox {
            requests: requests_end,
            events,
            outcomes,
            stop: stop_end,
        },
    )?;
    let mend = requests.clone();
    let scrub = Scrubbing::start(store.clone(), settings.scrub_hours, move |places| {
        let (request, _) = Request::engine(move |engine, ctx| {
            engine
                .mend(ctx, &places)
                .map_err(|_| refusal(Code::Damaged, "mend"))
        });
        // A node that is stopping mends nothing any more.
        let _ = mend.blocking_send(request);
    })?;
    let backend = Arc::new(NodeBackend {
        requests,
        store,
        city,
        addresses: addresses(settings, &mesh),
        possible_restore,
        dir: args.dir.clone(),
        scrub,
        backing_up: tokio::sync::Mutex::new(()),
    });
    print_line(&json!({
        "ready": true,
        "listen": mesh.listen_addresses(),
        "api": endpoint.socket().display().to_string(),
        "city": city.to_string(),
        "fingerprint": city.fingerprint().to_string(),
    }))?;
    serve_until_end(endpoint, backend, stopped, stop, ended).await
}

/// Serves the local interface until a signal comes or the driver ends, and then ends both.
async fn serve_until_end(
    endpoint: Endpoint,
    backend: Arc<NodeBackend>,
    stopped: impl Future<Output = ()>,
    stop: oneshot::Sender<()>,
    mut ended: oneshot::Receiver<Result<(), Failure>>,
) -> Result<(), Failure> {
    let (close_api, api_closed) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(endpoint, backend, async {
        let _ = api_closed.await;
    }));
    let early = tokio::select! {
        () = stopped => None,
        outcome = &mut ended => Some(outcome),
    };
    // Calls under way get their answers first; the driver answers them until it is told to stop.
    let _ = close_api.send(());
    if let Err(error) = serving.await {
        tracing::error!(%error, "the local interface broke off");
    }
    let _ = stop.send(());
    let outcome = match early {
        Some(outcome) => outcome,
        None => ended.await,
    };
    let outcome = outcome.unwrap_or_else(|_| {
        Err(Failure::new(
            Kind::Internal,
            "the engine's thread ended without a word",
        ))
    });
    if outcome.is_ok() {
        tracing::info!("stopped");
    }
    outcome
}

/// Gives the driver a thread of its own, so that commits and folds delay nobody else.
fn drive(driver: Driver, inbox: Inbox) -> Result<oneshot::Receiver<Result<(), Failure>>, Failure> {
    let failed = |error| Failure::caused(Kind::Internal, "the engine's thread", &error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(failed)?;
    let (report, ended) = oneshot::channel();
    thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || {
            let outcome = runtime.block_on(driver.run(inbox));
            // The other end is gone only when the process ends anyway.
            let _ = report.send(outcome);
        })
        .map_err(failed)?;
    Ok(ended)
}

fn open_store(dir: &Path, settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
    let options = RocksOptions {
        reserve_bytes: settings.reserve_bytes,
        ..RocksOptions::default()
    };
    let store = RocksStore::open(dir, options).map_err(|error| Failure::of_open(&error))?;
    Ok(Arc::new(store))
}

fn start_engine(
    settings: &Settings,
    keys: Keys,
    nonce: BootNonce,
    store: &dyn Store,
) -> Result<Engine, Failure> {
    let own = Own {
        city: keys.cert.city,
        device: keys.device,
        cert: keys.cert,
        encryption: keys.encryption,
        encryption_cert: keys.encryption_cert,
        attributes: Attributes {
            division: settings.division,
            name: settings.name.clone(),
        },
    };
    Engine::start(own, nonce, store).map_err(|error| {
        let kind = match &error {
            EngineError::Read(tongban_sync::storage::ReadError::Backend(_)) => Kind::Internal,
            _ => Kind::Damaged,
        };
        Failure::new(kind, crate::failure::chain(&error))
    })
}

async fn start_mesh(
    seed: Secret,
    settings: &Settings,
) -> Result<(MeshHandle, mpsc::Receiver<MeshEvent>), Failure> {
    let config = MeshConfig {
        seed,
        listen: settings.listen.clone(),
        limits: MeshLimits::default(),
    };
    Mesh::start(config).await.map_err(|error| {
        let kind = match &error {
            StartError::PortInUse { .. } => Kind::PortInUse,
            StartError::BadAddress { .. } | StartError::Listen { .. } => Kind::Config,
            _ => Kind::Internal,
        };
        Failure::new(kind, crate::failure::chain(&error))
    })
}

async fn bind_api(dir: &Path) -> Result<Endpoint, Failure> {
    // An absolute path serves a caller in any working folder.
    let dir = std::path::absolute(dir)
        .map_err(|error| Failure::caused(Kind::Config, "the node's folder", &error))?;
    Endpoint::bind(dir.join(API_SOCKET)).await.map_err(|error| {
        let kind = match error.code() {
            Code::PortInUse => Kind::PortInUse,
            _ => Kind::Config,
        };
        Failure::new(kind, crate::failure::chain(&error))
    })
}

/// Where other cities reach this node: as configured, else where it listens, if that says where.
fn addresses(settings: &Settings, mesh: &MeshHandle) -> Vec<String> {
    if !settings.advertise.is_empty() {
        return settings.advertise.clone();
    }
    let listening = mesh.listen_addresses().iter();
    listening
        .filter(|address| says_where(address))
        .cloned()
        .collect()
}

fn says_where(address: &str) -> bool {
    let socket = address.parse::<SocketAddr>();
    socket.map_or(true, |socket| !socket.ip().is_unspecified())
}

/// Resolves when the process is asked to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error| Failure::caused(Kind::Internal, "signals", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Logs to standard error; a second start in one process keeps the first.
fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    let stderr = std::io::stderr;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let _ = match format {
        LogFormat::Json => log.json().try_init(),
        LogFormat::Pretty => log.try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_every_interface_says_nothing() {
        assert!(says_where("127.0.0.1:7"));
        assert!(says_where("node.example:7"));
        assert!(!says_where("0.0.0.0:7"));
        assert!(!says_where("[::]:7"));
    }
}
