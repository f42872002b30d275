//! Every bound of the mesh by name: what an operator may configure, and what is fixed by the protocol.
//! It enforces nothing itself.

use std::time::Duration;

/// Most bytes in one frame, without its length prefix.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Most bytes in the first frame of a link, the only one that a stranger may send.
pub const FIRST_FRAME_BYTES_MAX: usize = 16 * 1024;

/// How long a connection may take to open its stream, and then again to deliver its first frame.
pub const FIRST_FRAME_WAIT: Duration = Duration::from_secs(10);

/// How long the owner may take to answer a first frame before the link is closed.
pub const ADMISSION_WAIT: Duration = Duration::from_secs(30);

/// How long a link that the owner closes may take to send what is queued and to see the other side's end.
pub const CLOSE_FLUSH_WAIT: Duration = Duration::from_secs(5);

/// How long one frame may stay in the writing before the link counts as stalled. A frame of the greatest size
/// passes within it on a line of 2 KiB/s and more.
pub(crate) const WRITE_STALL_WAIT: Duration = Duration::from_secs(120);

/// How long TCP, Noise and Yamux together may take to set up a connection.
pub(crate) const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);

/// How long a listener may take to report its first address.
pub(crate) const LISTEN_WAIT: Duration = Duration::from_secs(5);

/// How long the system may take to resolve a host name.
pub(crate) const RESOLVE_WAIT: Duration = Duration::from_secs(10);

/// Most addresses of one host name that a dial tries.
pub(crate) const RESOLVED_ADDRESSES_MAX: usize = 8;

/// Time between two pings, and the wait for each answer. The first failed ping is free and opening the stream of
/// the second may take 10 s, so a dead peer is noticed after at most 4 + 5 + 4 + 10 = 23 s, or 33 s if it still
/// sent something after its last answer.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(4);
/// See [`PING_INTERVAL`].
pub(crate) const PING_WAIT: Duration = Duration::from_secs(5);

/// Most Yamux streams on one connection: ours, ping and identify in both directions, and slack.
pub(crate) const STREAMS_MAX: usize = 32;

/// Most incoming streams of one connection that may be in negotiation at a time.
pub(crate) const STREAMS_NEGOTIATING_MAX: usize = 8;

/// Bytes read from, or gathered for, a stream at a time.
pub(crate) const CHUNK_BYTES: usize = 8 * 1024;

/// What an operator may set. [`Default`] suits a node of up to 300 cities.
#[derive(Debug, Clone)]
pub struct MeshLimits {
    /// Most established connections in all.
    pub established_max: u32,
    /// Most established connections with one device. Two, because both sides may dial at the same time.
    pub established_per_peer_max: u32,
    /// Most incoming connections still in their handshake.
    pub pending_incoming_max: u32,
    /// Most incoming connections established and not yet admitted by the owner.
    pub unadmitted_incoming_max: usize,
    /// Resident bytes of this process above which no new connection is made or taken.
    pub memory_bytes_max: usize,
    /// Most bytes queued for sending on one link; at least one frame always fits.
    pub queued_bytes_per_link_max: usize,
    /// Most bytes queued for sending on all links; never less than for one link.
    pub queued_bytes_total_max: usize,
    /// Most events that wait for the owner; reading from every link stops when they are reached. At least one.
    pub events_max: usize,
}

impl Default for MeshLimits {
    fn default() -> Self {
        Self {
            established_max: 640,
            established_per_peer_max: 2,
            pending_incoming_max: 16,
            unadmitted_incoming_max: 64,
            memory_bytes_max: 1024 * 1024 * 1024,
            queued_bytes_per_link_max: 8 * 1024 * 1024,
            queued_bytes_total_max: 64 * 1024 * 1024,
            events_max: 64,
        }
    }
}
