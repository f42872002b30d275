//! Brings a mesh up: identity, transport, behaviours, listeners. The listeners stand before `start` returns, so a
//! port in use is an error of the start and not a surprise later.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use libp2p::identity::Keypair;
use libp2p::swarm::Swarm;
use libp2p::{SwarmBuilder, TransportError, noise, tcp, yamux};
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::address::{self, Target};
use crate::behaviour::Behaviour;
use crate::driver::Driver;
use crate::event::MeshEvent;
use crate::handle::MeshHandle;
use crate::limits::{
    FIRST_FRAME_WAIT, HANDSHAKE_WAIT, LISTEN_WAIT, MeshLimits, STREAMS_MAX, STREAMS_NEGOTIATING_MAX,
};
use crate::registry::Registry;

/// What a mesh needs to start.
pub struct MeshConfig {
    /// Seed of the device's ed25519 key (RFC 8032 private key), which becomes the libp2p identity. Wiped when the
    /// configuration is dropped; libp2p keeps a copy of its own for as long as the mesh runs.
    pub seed: Zeroizing<[u8; 32]>,
    /// Addresses to listen on: `ip:port` or `/ip4/…/tcp/…`; port 0 lets the system choose. May be empty.
    pub listen: Vec<String>,
    /// Bounds.
    pub limits: MeshLimits,
}

impl fmt::Debug for MeshConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeshConfig")
            .field("listen", &self.listen)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why a mesh did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The text is no address to listen on.
    #[error("{address:?} is not an address to listen on: IP:PORT is expected")]
    BadAddress {
        /// The address as configured.
        address: String,
    },
    /// Another process listens there.
    #[error("{address} is in use by another process")]
    PortInUse {
        /// The address as configured.
        address: String,
    },
    /// The system does not let this process listen there.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as configured.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A listener was made but took no address in time.
    #[error("the listeners did not come up in time")]
    ListenLate,
    /// The encryption could not be set up.
    #[error("cannot set up the encryption of connections")]
    Noise(#[from] noise::Error),
}

/// A mesh; see the crate's description.
#[derive(Debug)]
pub struct Mesh;

impl Mesh {
    /// Starts a mesh on the current tokio runtime.
    ///
    /// Returns when all listeners stand. Events must be taken: while they are not, nothing is read from any link.
    /// Dropping the receiver ends the mesh.
    pub async fn start(
        mut config: MeshConfig,
    ) -> Result<(MeshHandle, mpsc::Receiver<MeshEvent>), StartError> {
        let sockets = listen_sockets(&config.listen)?;
        let swarm = build_swarm(&mut config.seed, &config.limits)?;
        let registry = Arc::new(Registry::new(&config.limits));
        let (events, events_end) = mpsc::channel(config.limits.events_max.max(1));
        let (commands, commands_end) = mpsc::unbounded_channel();
        let mut driver = Driver::new(swarm, commands_end, events, Arc::clone(&registry));
        let mut waiting = HashSet::new();
        for (address, socket) in sockets {
            let listener = driver
                .listen(address::to_multiaddr(socket))
                .map_err(|error| listen_error(address, socket, error))?;
            waiting.insert(listener);
        }
        timeout(LISTEN_WAIT, driver.until_listening(waiting))
            .await
            .map_err(|_| StartError::ListenLate)?;
        let handle = MeshHandle {
            commands,
            registry,
            listen_addresses: driver.listen_addresses().into(),
        };
        tokio::spawn(driver.run());
        Ok((handle, events_end))
    }
}

/// Reads the configured addresses and makes sure that nobody listens on them.
///
/// libp2p sets `SO_REUSEPORT` on its listeners, so a second node on the same port would start without an error
/// and take half of the connections. A listener without that option cannot be bound beside another; it is made
/// and dropped here. Between this and libp2p's own binding another process could still slip in.
fn listen_sockets(listen: &[String]) -> Result<Vec<(String, SocketAddr)>, StartError> {
    let mut sockets = Vec::with_capacity(listen.len());
    for address in listen {
        let Some(Target::Socket(socket)) = address::parse(address) else {
            return Err(StartError::BadAddress {
                address: address.clone(),
            });
        };
        probe(address, socket)?;
        sockets.push((address.clone(), socket));
    }
    Ok(sockets)
}

/// Binds a listener and drops it.
fn probe(address: &str, socket: SocketAddr) -> Result<(), StartError> {
    if socket.port() == 0 {
        return Ok(());
    }
    let address = address.to_owned();
    match TcpListener::bind(socket) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Err(StartError::PortInUse { address })
        }
        Err(source) => Err(StartError::Listen { address, source }),
    }
}

/// Says why libp2p could not listen where the probe could. The probe is asked again, because libp2p wraps the
/// system's error in others of no particular kind.
fn listen_error(
    address: String,
    socket: SocketAddr,
    error: TransportError<io::Error>,
) -> StartError {
    match (probe(&address, socket), error) {
        (Err(known), _) => known,
        (Ok(()), TransportError::MultiaddrNotSupported(_)) => StartError::BadAddress { address },
        (Ok(()), TransportError::Other(source)) => StartError::Listen { address, source },
    }
}

/// The libp2p stack: TCP without delay, Noise, Yamux with few streams. The seed is wiped.
pub(crate) fn build_swarm(
    seed: &mut [u8; 32],
    limits: &MeshLimits,
) -> Result<Swarm<Behaviour>, noise::Error> {
    let keypair =
        Keypair::ed25519_from_bytes(seed.as_mut_slice()).expect("any 32 bytes are an ed25519 seed");
    let few_streams = || {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(STREAMS_MAX);
        config
    };
    let behaviour = Behaviour::new(keypair.public(), limits);
    let built = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            few_streams,
        )?
        .with_behaviour(|_| behaviour);
    let Ok(built) = built;
    Ok(built
        .with_swarm_config(|config| {
            // A connection is kept alive by the stream of its link; without one it is of no use.
            config
                .with_idle_connection_timeout(FIRST_FRAME_WAIT)
                .with_max_negotiating_inbound_streams(STREAMS_NEGOTIATING_MAX)
        })
        .with_connection_timeout(HANDSHAKE_WAIT)
        .build())
}
