//! The libp2p behaviour that gives every connection its one stream of `/tongban/1`: the dialer opens it, the
//! listener takes the first that comes and drops any other. It also bounds how many incoming connections are not
//! yet admitted. It moves no frames.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::core::{Endpoint, Multiaddr};
use libp2p::identity::PublicKey;
use libp2p::swarm::handler::{
    ConnectionEvent, FullyNegotiatedInbound, FullyNegotiatedOutbound, SubstreamProtocol,
};
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId,
    FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{PeerId, Stream, StreamProtocol};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The one stream protocol; the number changes when frames of old and new nodes no longer mix.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/tongban/1");

/// Code of the multihash that contains the key itself instead of a hash; ed25519 peer ids are of this kind.
const MULTIHASH_IDENTITY: u64 = 0;

/// Why a connection is not accepted here.
#[derive(Debug, thiserror::Error)]
enum Denied {
    /// The peer id does not contain an ed25519 key.
    #[error("the peer has no ed25519 key")]
    OtherKey,
    /// Too many incoming connections wait for admission.
    #[error("too many incoming connections wait for admission")]
    Unadmitted,
}

/// What became of a connection's stream.
#[derive(Debug)]
pub(crate) enum LinksEvent {
    /// The stream stands.
    Opened(Box<OpenedStream>),
    /// The peer refuses the protocol, or the stream broke in negotiation.
    Failed(ConnectionId),
}

/// A stream at the start of its life as a link.
#[derive(Debug)]
pub(crate) struct OpenedStream {
    /// Connection it belongs to.
    pub(crate) connection: ConnectionId,
    /// Raw ed25519 key of the peer.
    pub(crate) peer_key: [u8; 32],
    /// The peer's address, if it dialled.
    pub(crate) incoming_from: Option<Multiaddr>,
    /// The stream.
    pub(crate) stream: Stream,
    /// Held until the link is admitted, by incoming links.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// See the file header.
pub(crate) struct Links {
    unadmitted: Arc<Semaphore>,
    unopened: HashMap<ConnectionId, Unopened>,
    events: VecDeque<LinksEvent>,
}

/// What is known of a connection whose stream does not stand yet.
struct Unopened {
    peer_key: [u8; 32],
    incoming_from: Option<Multiaddr>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Links {
    /// A behaviour that takes at most this many unadmitted incoming connections.
    pub(crate) fn new(unadmitted_incoming_max: usize) -> Self {
        let permits = unadmitted_incoming_max.min(Semaphore::MAX_PERMITS);
        Self {
            unadmitted: Arc::new(Semaphore::new(permits)),
            unopened: HashMap::new(),
            events: VecDeque::new(),
        }
    }
}

impl NetworkBehaviour for Links {
    type ConnectionHandler = Handler;
    type ToSwarm = LinksEvent;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let peer_key = device_key(&peer).ok_or_else(|| ConnectionDenied::new(Denied::OtherKey))?;
        let permit = Arc::clone(&self.unadmitted)
            .try_acquire_owned()
            .map_err(|_| ConnectionDenied::new(Denied::Unadmitted))?;
        let unopened = Unopened {
            peer_key,
            incoming_from: Some(remote.clone()),
            permit: Some(permit),
        };
        self.unopened.insert(connection, unopened);
        Ok(Handler::new(Side::Listener))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _address: &Multiaddr,
        _role_override: Endpoint,
        _port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let peer_key = device_key(&peer).ok_or_else(|| ConnectionDenied::new(Denied::OtherKey))?;
        let unopened = Unopened {
            peer_key,
            incoming_from: None,
            permit: None,
        };
        self.unopened.insert(connection, unopened);
        Ok(Handler::new(Side::Dialer))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) = event {
            self.unopened.remove(&connection_id);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let Some(unopened) = self.unopened.remove(&connection) else {
            return;
        };
        self.events.push_back(match event {
            Some(stream) => LinksEvent::Opened(Box::new(OpenedStream {
                connection,
                peer_key: unopened.peer_key,
                incoming_from: unopened.incoming_from,
                stream,
                permit: unopened.permit,
            })),
            None => LinksEvent::Failed(connection),
        });
    }

    // No waker is stored: the swarm polls its behaviours again after it handed them an event.
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.events.pop_front().map_or(Poll::Pending, |event| {
            Poll::Ready(ToSwarm::GenerateEvent(event))
        })
    }
}

/// The ed25519 key within a peer id.
fn device_key(peer: &PeerId) -> Option<[u8; 32]> {
    let hash = peer.as_ref();
    if hash.code() != MULTIHASH_IDENTITY {
        return None;
    }
    let key = PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(key.try_into_ed25519().ok()?.to_bytes())
}

/// Which end of a connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Dialer,
    Listener,
}

/// Negotiates the stream of one connection, and reports once: the stream, or nothing if it failed.
pub(crate) struct Handler {
    side: Side,
    requested: bool,
    taken: bool,
    report: Option<Option<Stream>>,
}

impl Handler {
    fn new(side: Side) -> Self {
        Self {
            side,
            requested: false,
            taken: false,
            report: None,
        }
    }

    fn finish(&mut self, stream: Option<Stream>) {
        if !self.taken {
            self.taken = true;
            self.report = Some(stream);
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Option<Stream>;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ())
    }

    // No waker is stored: a connection polls its handler again after it handed it an event.
    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Self::ToBehaviour>> {
        if let Some(report) = self.report.take() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(report));
        }
        if self.side == Side::Dialer && !self.requested {
            self.requested = true;
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(PROTOCOL), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol, ..
            }) if self.side == Side::Listener => self.finish(Some(protocol)),
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol, ..
            }) => self.finish(Some(protocol)),
            ConnectionEvent::DialUpgradeError(_) => self.finish(None),
            _ => {}
        }
    }
}
