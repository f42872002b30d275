//! The behaviours that make up the mesh, composed: limits, identify, ping, and our links. Nothing here discovers,
//! relays or gossips, and nothing is added without need: every protocol is something a stranger can speak to.

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::PublicKey;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{identify, memory_connection_limits, ping};

use crate::limits::{MeshLimits, PING_INTERVAL, PING_WAIT};
use crate::links::Links;

/// Name that identify gives to this family of protocols.
const FAMILY: &str = "/tongban/1";

/// Name that identify gives to this program; without a version, which would tell a stranger what to try.
const AGENT: &str = "tongban";

/// All behaviours. The limits come first, so that a connection they deny reaches none of the others.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    connections: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    links: Links,
}

impl Behaviour {
    /// The behaviours under these limits.
    pub(crate) fn new(key: PublicKey, limits: &MeshLimits) -> Self {
        let connections = ConnectionLimits::default()
            .with_max_pending_incoming(Some(limits.pending_incoming_max))
            .with_max_established(Some(limits.established_max))
            .with_max_established_per_peer(Some(limits.established_per_peer_max));
        let identify = identify::Config::new(FAMILY.to_owned(), key)
            .with_agent_version(AGENT.to_owned())
            .with_hide_listen_addrs(true)
            .with_push_listen_addr_updates(false)
            .with_cache_size(0);
        let ping = ping::Config::new()
            .with_interval(PING_INTERVAL)
            .with_timeout(PING_WAIT);
        Self {
            connections: connection_limits::Behaviour::new(connections),
            memory: memory_connection_limits::Behaviour::with_max_bytes(limits.memory_bytes_max),
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping),
            links: Links::new(limits.unadmitted_incoming_max),
        }
    }
}
