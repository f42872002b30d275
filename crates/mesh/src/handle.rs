//! The owner's side of a running mesh. Every call returns at once; what comes of it comes as an event.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::event::LinkId;
use crate::registry::Registry;

/// Why a frame was not queued.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The link has ended, is closing, or never was.
    #[error("the link is closed")]
    Closed,
    /// The queue is full. The frame comes back; `MeshEvent::Drained` tells when there is room, or
    /// `MeshEvent::Closed` that there never will be.
    #[error("the queue of the link is full")]
    Clogged {
        /// The frame that was not taken.
        frame: Vec<u8>,
    },
    /// The frame is longer than a frame may be.
    #[error("a frame of {length} bytes is too long")]
    TooLarge {
        /// Its length, in bytes.
        length: usize,
    },
}

/// What a handle asks of the driver.
#[derive(Debug)]
pub(crate) enum Command {
    /// Make a link to this address.
    Dial(String),
    /// End.
    Shutdown,
}

/// Steers a running mesh. When the last clone is dropped the mesh shuts down.
#[derive(Clone)]
pub struct MeshHandle {
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) listen_addresses: Arc<[String]>,
}

impl MeshHandle {
    /// Makes one attempt at a link to `host:port`, or to a multiaddress of IP or DNS name and TCP port.
    ///
    /// Each call ends in one `Opened` or one `DialFailed`, except when the mesh shuts down before.
    pub fn dial(&self, address: impl Into<String>) {
        self.command(Command::Dial(address.into()));
    }

    /// Queues a frame of at most [`FRAME_BYTES_MAX`](crate::FRAME_BYTES_MAX) bytes behind those queued before.
    ///
    /// Returns how many more bytes fit into this link's queue. A queued frame may still be lost if the link ends.
    pub fn send(&self, link: LinkId, frame: Vec<u8>) -> Result<usize, SendError> {
        self.registry.send(link, frame)
    }

    /// Lets a link deliver more than its first frame. Without effect on a link that has ended.
    pub fn admit(&self, link: LinkId) {
        self.registry.admit(link);
    }

    /// Ends a link after what is queued on it, within [`CLOSE_FLUSH_WAIT`](crate::CLOSE_FLUSH_WAIT). So a refusal may
    /// be sent and the link closed in one breath. At most the frames that wait as events already are still
    /// delivered; then `Closed` follows.
    pub fn close(&self, link: LinkId) {
        self.registry.close(link);
    }

    /// Closes all links and listeners. The stream of events ends when that is done.
    pub fn shutdown(&self) {
        self.command(Command::Shutdown);
    }

    /// The addresses listened on when the mesh started, as `ip:port`; later ones come as `Listening`.
    #[must_use]
    pub fn listen_addresses(&self) -> &[String] {
        &self.listen_addresses
    }

    fn command(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("The mesh has ended and takes no more commands.");
        }
    }
}
