//! The engine's links on the mesh's: names, and frames that wait for room in order.

use std::collections::{BTreeMap, VecDeque};

use tongban_mesh::{MeshHandle, SendError};
use tongban_sync::LinkId;

/// Most bytes that wait for room on one link. A peer so far behind is cut off; its feed resumes
/// from its cursor on the next link.
const WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What carries frames: the mesh, or a test.
pub trait Carrier {
    /// How it names a link.
    type Link: Copy + Ord + std::fmt::Debug;

    /// Queues a frame, or hands it back while there is no room.
    fn send(&self, link: Self::Link, frame: Vec<u8>) -> Result<(), SendError>;

    /// Lets a link deliver all of its frames.
    fn admit(&self, link: Self::Link);

    /// Ends a link after what is queued on it.
    fn close(&self, link: Self::Link);
}

impl Carrier for MeshHandle {
    type Link = tongban_mesh::LinkId;

    fn send(&self, link: Self::Link, frame: Vec<u8>) -> Result<(), SendError> {
        MeshHandle::send(self, link, frame).map(|_| ())
    }

    fn admit(&self, link: Self::Link) {
        MeshHandle::admit(self, link);
    }

    fn close(&self, link: Self::Link) {
        MeshHandle::close(self, link);
    }
}

/// Frames that wait for room on a link.
#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
}

/// The links that stand.
#[derive(Debug)]
pub struct Links<C: Carrier> {
    carrier: C,
    next: u64,
    names: BTreeMap<C::Link, LinkId>,
    links: BTreeMap<LinkId, (C::Link, Waiting)>,
}

impl<C: Carrier> Links<C> {
    /// Starts without links.
    pub fn new(carrier: C) -> Self {
        Self {
            carrier,
            next: 0,
            names: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    }

    /// What carries the frames.
    pub fn carrier(&self) -> &C {
        &self.carrier
    }

    /// Gives a new link its name for the engine; names are not used again.
    pub fn opened(&mut self, link: C::Link) -> LinkId {
        self.next += 1;
        let name = LinkId(self.next);
        self.names.insert(link, name);
        self.links.insert(name, (link, Waiting::default()));
        name
    }

    /// The engine's name of a link.
    pub fn name(&self, link: C::Link) -> Option<LinkId> {
        self.names.get(&link).copied()
    }

    /// Forgets a link that ended, with what waited on it.
    pub fn closed(&mut self, link: C::Link) -> Option<LinkId> {
        let name = self.names.remove(&link)?;
        self.links.remove(&name);
        Some(name)
    }

    /// Sends a frame behind those sent before. A link that has ended swallows it: the engine
    /// hears of the end and sends again on the next.
    pub fn send(&mut self, name: LinkId, frame: Vec<u8>) {
        let Some((_, waiting)) = self.links.get_mut(&name) else {
            return;
        };
        waiting.bytes += frame.len();
        waiting.frames.push_back(frame);
        // Behind frames that wait for room there is no room either.
        if waiting.frames.len() == 1 {
            self.flush(name);
        } else if waiting.bytes > WAITING_BYTES_MAX {
            tracing::warn!(link = name.0, "closed a link whose peer is too far behind");
            self.close(name);
        }
    }

    /// There is room again on a link.
    pub fn drained(&mut self, link: C::Link) {
        if let Some(name) = self.name(link) {
            self.flush(name);
        }
    }

    /// Lets a link deliver all of its frames.
    pub fn admit(&self, name: LinkId) {
        if let Some((link, _)) = self.links.get(&name) {
            self.carrier.admit(*link);
        }
    }

    /// Ends a link; what waits on it is dropped.
    pub fn close(&mut self, name: LinkId) {
        if let Some((link, waiting)) = self.links.get_mut(&name) {
            *waiting = Waiting::default();
            self.carrier.close(*link);
        }
    }

    fn flush(&mut self, name: LinkId) {
        let Some((link, waiting)) = self.links.get_mut(&name) else {
            return;
        };
        while let Some(frame) = waiting.frames.pop_front() {
            let length = frame.len();
            match self.carrier.send(*link, frame) {
                Ok(()) => waiting.bytes -= length,
                Err(SendError::Clogged { frame }) => {
                    waiting.frames.push_front(frame);
                    return;
                }
                Err(SendError::Closed) => {
                    *waiting = Waiting::default();
                    return;
                }
                Err(error @ SendError::TooLarge { .. }) => {
                    // Without this frame the ones behind it would leave a gap in the feed.
                    tracing::error!(link = name.0, %error, "closed a link");
                    self.close(name);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Takes as many frames as it has room for.
    #[derive(Debug, Default)]
    struct Fake {
        room: Cell<usize>,
        sent: RefCell<Vec<Vec<u8>>>,
        closed: RefCell<Vec<u8>>,
        too_large: Cell<bool>,
    }

    impl Carrier for Fake {
        type Link = u8;

        fn send(&self, _: u8, frame: Vec<u8>) -> Result<(), SendError> {
            if self.too_large.get() {
                let length = frame.len();
                return Err(SendError::TooLarge { length });
            }
            if self.room.get() == 0 {
                return Err(SendError::Clogged { frame });
            }
            self.room.set(self.room.get() - 1);
            self.sent.borrow_mut().push(frame);
            Ok(())
        }

        fn admit(&self, _: u8) {}

        fn close(&self, link: u8) {
            self.closed.borrow_mut().push(link);
        }
    }

    #[test]
    fn frames_wait_for_room_and_keep_their_order() {
        let mut links = Links::new(Fake::default());
        let name = links.opened(7);
        links.carrier().room.set(1);
        for frame in 0..4_u8 {
            links.send(name, vec![frame]);
        }
        assert_eq!(*links.carrier().sent.borrow(), [[0]]);
        // Room that nobody announced yet must not let a later frame overtake.
        links.carrier().room.set(2);
        links.send(name, vec![4]);
        assert_eq!(*links.carrier().sent.borrow(), [[0]]);
        links.drained(7);
        assert_eq!(*links.carrier().sent.borrow(), [[0], [1], [2]]);
        links.carrier().room.set(9);
        links.drained(7);
        assert_eq!(*links.carrier().sent.borrow(), [[0], [1], [2], [3], [4]]);
    }

    #[test]
    fn a_peer_too_far_behind_is_cut_off() {
        let mut links = Links::new(Fake::default());
        let name = links.opened(7);
        for _ in 0..WAITING_BYTES_MAX / (1024 * 1024) {
            links.send(name, vec![0; 1024 * 1024]);
        }
        assert!(links.carrier().closed.borrow().is_empty());
        links.send(name, vec![0]);
        assert_eq!(*links.carrier().closed.borrow(), [7]);
    }

    #[test]
    fn a_frame_that_cannot_be_sent_ends_the_link() {
        let mut links = Links::new(Fake::default());
        let name = links.opened(7);
        links.carrier().too_large.set(true);
        links.send(name, vec![0]);
        assert_eq!(*links.carrier().closed.borrow(), [7]);
    }

    #[test]
    fn names_are_not_used_again() {
        let mut links = Links::new(Fake::default());
        let first = links.opened(7);
        assert_eq!(links.name(7), Some(first));
        assert_eq!(links.closed(7), Some(first));
        assert_eq!(links.name(7), None);
        links.carrier().room.set(1);
        links.send(first, vec![0]);
        assert!(links.carrier().sent.borrow().is_empty());
        assert_ne!(links.opened(7), first);
    }
}
