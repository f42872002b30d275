//! What the mesh tells its owner: one enum, and the reasons it gives. No behaviour.

use std::fmt;
use std::io;

/// Names a link for as long as the mesh runs; numbers are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub(crate) u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// Says what happened on the network.
///
/// For each link the order is `Opened`, then `Frame` and `Drained`, then `Closed`, once and last. `Frame`s come
/// in the order in which the peer sent them. Between links no order is promised.
#[derive(Debug)]
#[non_exhaustive]
pub enum MeshEvent {
    /// A listener took an address.
    Listening {
        /// `ip:port`, with the real port where port 0 was asked for.
        address: String,
    },
    /// A listener ended by itself; no connection comes in over it any more.
    ListenerLost {
        /// The `ip:port` it had.
        addresses: Vec<String>,
        /// What the system said, if it said something.
        source: Option<io::Error>,
    },
    /// A link stands. It waits to be admitted or closed; sending is possible at once.
    Opened {
        /// Name of the new link.
        link: LinkId,
        /// Public ed25519 key of the device at the other end, 32 bytes raw, proven by Noise.
        peer_key: [u8; 32],
        /// Whether this side dialled.
        outgoing: bool,
        /// The address as given to `dial`, or the peer's `ip:port` for an incoming link.
        address: String,
    },
    /// A frame arrived. Until the link is admitted that is the first one only.
    Frame {
        /// Link it came over.
        link: LinkId,
        /// The bytes, without length prefix.
        bytes: Vec<u8>,
    },
    /// There is room again on a link whose last sending was refused as clogged.
    Drained {
        /// Link with room.
        link: LinkId,
        /// Bytes that may be queued on this link.
        bytes_free: usize,
    },
    /// A link ended. What was still queued for it is lost.
    Closed {
        /// Link that ended.
        link: LinkId,
        /// Why.
        reason: CloseReason,
    },
    /// A dial gave no link.
    DialFailed {
        /// The address as given to `dial`.
        address: String,
        /// Why.
        reason: DialFailure,
    },
}

/// Says why a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer ended it, between two frames.
    #[error("the peer closed the link")]
    ByPeer,
    /// The owner of this mesh ended it.
    #[error("closed here")]
    ByOwner,
    /// The connection broke.
    #[error("the connection was lost")]
    Lost,
    /// The stream ended within a frame.
    #[error("the link ended within a frame")]
    Truncated,
    /// The peer answers no pings.
    #[error("the peer does not answer")]
    Unresponsive,
    /// The peer takes no bytes.
    #[error("the peer takes no more bytes")]
    Stalled,
    /// The peer announced a frame above the limit of that moment.
    #[error("the peer announced a frame of {length} bytes")]
    FrameTooLarge {
        /// Announced length, in bytes.
        length: u32,
    },
    /// The peer sent no whole first frame in time.
    #[error("the first frame did not come in time")]
    FirstFrameLate,
    /// The owner did not answer the first frame in time.
    #[error("the link was not admitted in time")]
    AdmissionLate,
}

/// Says why a dial gave no link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialFailure {
    /// The text is no address of a known form.
    #[error("this is not an address: host:port is expected")]
    BadAddress,
    /// The host name has no IP address.
    #[error("the host name could not be resolved")]
    Unresolved {
        /// What the resolver said; none if it knows the name but no address.
        source: Option<io::Error>,
    },
    /// No connection: nobody listens, no way there, or the handshake failed.
    #[error("no connection could be made")]
    Unreachable {
        /// What TCP or the handshake said.
        source: io::Error,
    },
    /// At this address this very device answers.
    #[error("the address leads back to this device")]
    OwnKey,
    /// A limit of this mesh forbids another connection.
    #[error("a connection limit of this node is reached")]
    Limit,
    /// The peer speaks libp2p but not this protocol.
    #[error("the peer does not speak this protocol")]
    NotSpoken,
    /// The connection ended before the link stood, mostly because of a limit of the peer.
    #[error("the peer ended the connection before the link stood")]
    ClosedEarly,
}
