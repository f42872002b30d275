//! The task that drives the swarm: it dials, turns opened streams into links, closes connections whose link is over,
//! and cuts links whose peer is dead. Frames do not pass through it; each link has a task of its own.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::vec;

use futures::StreamExt;
use libp2p::core::transport::ListenerId;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, DialError, Swarm, SwarmEvent};
use libp2p::{Multiaddr, TransportError, ping};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::address::{self, Target};
use crate::behaviour::{Behaviour, BehaviourEvent};
use crate::event::{CloseReason, DialFailure, LinkId, MeshEvent};
use crate::handle::Command;
use crate::limits::{FIRST_FRAME_WAIT, RESOLVE_WAIT, RESOLVED_ADDRESSES_MAX};
use crate::link::{Link, wait_until};
use crate::links::{LinksEvent, OpenedStream};
use crate::registry::Registry;

/// A dial under way: how the owner wrote the address, and the IP addresses still to try.
struct Dial {
    address: String,
    untried: vec::IntoIter<Multiaddr>,
}

/// The outcome of resolving a host name.
type Resolved = (String, Result<Vec<Multiaddr>, io::Error>);

/// See the file header.
pub(crate) struct Driver {
    swarm: Swarm<Behaviour>,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<MeshEvent>,
    registry: Arc<Registry>,
    /// Events of the driver itself that the owner has not yet had room for.
    outbox: VecDeque<MeshEvent>,
    dials: BTreeMap<ConnectionId, Dial>,
    resolving: JoinSet<Resolved>,
    /// Connections whose stream does not stand yet, oldest first, and when they are closed for it. Those whose
    /// stream stands in time stay in the list until then.
    unopened: VecDeque<(Instant, ConnectionId)>,
    links: BTreeMap<ConnectionId, LinkId>,
    link_tasks: JoinSet<ConnectionId>,
    links_opened: u64,
    stopping: bool,
}

impl Driver {
    /// A driver that does nothing until it is run.
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        commands: mpsc::UnboundedReceiver<Command>,
        events: mpsc::Sender<MeshEvent>,
        registry: Arc<Registry>,
    ) -> Self {
        Self {
            swarm,
            commands,
            events,
            registry,
            outbox: VecDeque::new(),
            dials: BTreeMap::new(),
            resolving: JoinSet::new(),
            unopened: VecDeque::new(),
            links: BTreeMap::new(),
            link_tasks: JoinSet::new(),
            links_opened: 0,
            stopping: false,
        }
    }

    /// Binds a listener.
    pub(crate) fn listen(
        &mut self,
        address: Multiaddr,
    ) -> Result<ListenerId, TransportError<io::Error>> {
        self.swarm.listen_on(address)
    }

    /// Waits until each of these listeners has an address.
    pub(crate) async fn until_listening(&mut self, mut waiting: HashSet<ListenerId>) {
        while !waiting.is_empty() {
            let event = self.swarm.select_next_some().await;
            if let SwarmEvent::NewListenAddr { listener_id, .. } = &event {
                waiting.remove(listener_id);
            }
            self.on_swarm(event);
        }
    }

    /// The addresses listened on now, as `ip:port`.
    pub(crate) fn listen_addresses(&self) -> Vec<String> {
        self.swarm.listeners().map(address::display).collect()
    }

    /// Runs until the mesh is shut down and all links have ended.
    pub(crate) async fn run(mut self) {
        let events = self.events.clone();
        while !(self.stopping && self.link_tasks.is_empty() && self.outbox.is_empty()) {
            let next_deadline = self.unopened.front().map(|(deadline, _)| *deadline);
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                command = self.commands.recv(), if !self.stopping => match command {
                    Some(Command::Dial(address)) => self.dial(address),
                    Some(Command::Shutdown) | None => self.stop(),
                },
                Some(ended) = self.link_tasks.join_next() => self.on_link_ended(ended),
                Some(Ok((address, resolved))) = self.resolving.join_next() => {
                    self.on_resolved(address, resolved);
                }
                room = events.reserve(), if !self.outbox.is_empty() => match room {
                    Ok(room) => if let Some(event) = self.outbox.pop_front() { room.send(event) },
                    Err(_) => self.outbox.clear(),
                },
                () = events.closed(), if !self.stopping => self.abandon(),
                () = wait_until(next_deadline) => self.on_deadline(),
            }
        }
    }

    /// Ends all links in good order and takes no new ones.
    fn stop(&mut self) {
        self.stopping = true;
        self.resolving.abort_all();
        self.registry.close_all();
    }

    /// Ends all links at once: the owner is gone.
    fn abandon(&mut self) {
        self.stop();
        for link in self.links.values() {
            self.registry.cut(*link, CloseReason::ByOwner);
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Links(LinksEvent::Opened(opened))) => {
                self.on_opened(*opened);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Links(LinksEvent::Failed(connection))) => {
                self.fail_dial(connection, DialFailure::NotSpoken);
                self.swarm.close_connection(connection);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Ping(event)) => self.on_ping(event),
            SwarmEvent::ConnectionEstablished { connection_id, .. } => {
                self.unopened
                    .push_back((Instant::now() + FIRST_FRAME_WAIT, connection_id));
            }
            SwarmEvent::ConnectionClosed {
                connection_id,
                cause,
                ..
            } => {
                tracing::debug!(connection = %connection_id, ?cause, "A connection closed.");
                self.fail_dial(connection_id, DialFailure::ClosedEarly);
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => {
                self.on_dial_error(connection_id, error);
            }
            SwarmEvent::IncomingConnectionError {
                send_back_addr,
                error,
                ..
            } => {
                tracing::debug!(from = %send_back_addr, %error, "An incoming connection failed.");
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                self.tell(MeshEvent::Listening {
                    address: address::display(&address),
                });
            }
            SwarmEvent::ListenerClosed {
                addresses, reason, ..
            } => {
                let addresses = addresses.iter().map(address::display).collect();
                self.tell(MeshEvent::ListenerLost {
                    addresses,
                    source: reason.err(),
                });
            }
            _ => {}
        }
    }

    /// Turns a stream into a running link.
    fn on_opened(&mut self, opened: OpenedStream) {
        let OpenedStream {
            connection,
            peer_key,
            incoming_from,
            stream,
            permit,
        } = opened;
        let dial = self.dials.remove(&connection);
        if self.stopping {
            self.swarm.close_connection(connection);
            return;
        }
        let address = match (dial, &incoming_from) {
            (Some(dial), _) => dial.address,
            (None, Some(remote)) => address::display(remote),
            (None, None) => String::new(),
        };
        let id = LinkId(self.links_opened);
        self.links_opened += 1;
        self.links.insert(connection, id);
        let outgoing = incoming_from.is_none();
        let link = Link {
            id,
            events: self.events.clone(),
            registry: Arc::clone(&self.registry),
            ends: self.registry.insert(id),
            permit,
        };
        let event = MeshEvent::Opened {
            link: id,
            peer_key,
            outgoing,
            address,
        };
        self.link_tasks.spawn(async move {
            link.run(stream, event).await;
            connection
        });
    }

    fn on_link_ended(&mut self, ended: Result<ConnectionId, tokio::task::JoinError>) {
        match ended {
            Ok(connection) => {
                self.links.remove(&connection);
                self.swarm.close_connection(connection);
            }
            Err(error) => tracing::error!(%error, "The task of a link failed."),
        }
    }

    /// Cuts a link whose peer neither answers pings nor sends. A peer that sends is alive: its answers may only be
    /// stuck behind much data on a slow line.
    fn on_ping(&mut self, event: ping::Event) {
        let ping::Event {
            connection, result, ..
        } = event;
        let link = self.links.get(&connection).copied();
        let heard = link.is_some_and(|link| self.registry.take_heard(link));
        let Err(error) = result else { return };
        if heard && matches!(error, ping::Failure::Timeout | ping::Failure::Other { .. }) {
            return;
        }
        tracing::debug!(connection = %connection, %error, "A peer does not answer pings.");
        match link {
            Some(link) => self.registry.cut(link, CloseReason::Unresponsive),
            None => {
                self.swarm.close_connection(connection);
            }
        }
    }

    /// Closes the oldest connection without a link.
    fn on_deadline(&mut self) {
        if let Some((_, connection)) = self.unopened.pop_front()
            && !self.links.contains_key(&connection)
        {
            self.swarm.close_connection(connection);
        }
    }

    fn dial(&mut self, address: String) {
        match address::parse(&address) {
            None => self.tell_failed(address, DialFailure::BadAddress),
            Some(Target::Socket(socket)) => {
                let untried = vec![address::to_multiaddr(socket)].into_iter();
                self.dial_next(Dial { address, untried }, None);
            }
            Some(Target::Name(host, port)) => {
                self.resolving
                    .spawn(async move { (address, resolve(&host, port).await) });
            }
        }
    }

    fn on_resolved(&mut self, address: String, resolved: Result<Vec<Multiaddr>, io::Error>) {
        match resolved {
            Ok(found) => self.dial_next(
                Dial {
                    address,
                    untried: found.into_iter(),
                },
                None,
            ),
            Err(error) => {
                self.tell_failed(
                    address,
                    DialFailure::Unresolved {
                        source: Some(error),
                    },
                );
            }
        }
    }

    /// Tries the next address of a dial; `failed` is what became of the one before.
    fn dial_next(&mut self, mut dial: Dial, mut failed: Option<DialFailure>) {
        while let Some(address) = dial.untried.next() {
            // Asked here and not only of the handshake: of its two ends the other may notice first, and then all
            // that this end sees is a broken connection.
            if self.swarm.listeners().any(|own| *own == address) {
                failed = Some(DialFailure::OwnKey);
                continue;
            }
            // A port of its own: when both sides dial from the ports they listen on, TCP may join the two dials
            // into one connection on which both are the dialer.
            let options = DialOpts::unknown_peer_id()
                .address(address)
                .allocate_new_port()
                .build();
            let connection = options.connection_id();
            match self.swarm.dial(options) {
                Ok(()) => {
                    self.dials.insert(connection, dial);
                    return;
                }
                Err(error) => failed = Some(dial_failure(error)),
            }
        }
        self.tell_failed(
            dial.address,
            failed.unwrap_or(DialFailure::Unresolved { source: None }),
        );
    }

    fn on_dial_error(&mut self, connection: ConnectionId, error: DialError) {
        // A dial that fails at once is reported by the call too, before it is entered here.
        if let Some(dial) = self.dials.remove(&connection) {
            self.dial_next(dial, Some(dial_failure(error)));
        }
    }

    fn fail_dial(&mut self, connection: ConnectionId, reason: DialFailure) {
        if let Some(dial) = self.dials.remove(&connection) {
            self.tell_failed(dial.address, reason);
        }
    }

    fn tell_failed(&mut self, address: String, reason: DialFailure) {
        self.tell(MeshEvent::DialFailed { address, reason });
    }

    /// Keeps an event for the owner. The list stays short: it holds one entry for each dial that the owner itself
    /// asked for, and a few about listeners.
    fn tell(&mut self, event: MeshEvent) {
        self.outbox.push_back(event);
    }
}

/// Asks the system for the addresses of a host.
async fn resolve(host: &str, port: u16) -> Result<Vec<Multiaddr>, io::Error> {
    let found = timeout(RESOLVE_WAIT, tokio::net::lookup_host((host, port))).await??;
    Ok(found
        .take(RESOLVED_ADDRESSES_MAX)
        .map(address::to_multiaddr)
        .collect())
}

fn dial_failure(error: DialError) -> DialFailure {
    match error {
        DialError::LocalPeerId { .. } => DialFailure::OwnKey,
        DialError::Denied { cause } => {
            tracing::debug!(%cause, "A limit forbids a dial.");
            DialFailure::Limit
        }
        DialError::Transport(mut errors) => match errors.pop() {
            Some((_, TransportError::Other(source))) => DialFailure::Unreachable { source },
            _ => DialFailure::BadAddress,
        },
        other => DialFailure::Unreachable {
            source: io::Error::other(other),
        },
    }
}
