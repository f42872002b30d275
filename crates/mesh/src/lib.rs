//! The driver that carries frames between the devices of cities, over libp2p: TCP, Noise, Yamux.
//!
//! A *link* is one stream of the protocol `/tongban/1` on one connection; the dialer opens it. It carries
//! opaque frames in order, both ways. The device key is the libp2p identity, so Noise proves which device is at
//! the other end; which *city* that device belongs to is decided by the owner of the mesh from the first frame,
//! and until the owner admits the link nothing more than that first frame is read from it.
//!
//! The mesh knows no entries, no cities and no engine; it never redials by itself, and it discovers nobody.
//!
//! The stream is opened by a small behaviour of our own (`links.rs`). The `libp2p-stream` crate opens streams by
//! peer, on any one of the peer's connections, and drops an incoming stream when its channel is full; here the
//! rule is one stream on each connection, and a connection without its stream is closed. Request-response would
//! pay a stream negotiation for every frame and promise no order between them.

mod address;
mod behaviour;
mod driver;
mod event;
mod frame;
mod handle;
mod limits;
mod link;
mod links;
mod registry;
mod start;
#[cfg(test)]
mod tests;

pub use event::{CloseReason, DialFailure, LinkId, MeshEvent};
pub use handle::{MeshHandle, SendError};
pub use limits::{
    ADMISSION_WAIT, CLOSE_FLUSH_WAIT, FIRST_FRAME_BYTES_MAX, FIRST_FRAME_WAIT, FRAME_BYTES_MAX,
    MeshLimits,
};
pub use start::{Mesh, MeshConfig, StartError};
