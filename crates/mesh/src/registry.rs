//! The queues of the links, by link, and how many bytes wait in them. It does no input or output; its lock is held
//! for a look-up and never across a wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::event::{CloseReason, LinkId};
use crate::frame::PREFIX_BYTES;
use crate::handle::SendError;
use crate::limits::{FRAME_BYTES_MAX, MeshLimits};

/// Where a link stands in its life, as far as others decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not admitted: one frame is read.
    Waiting,
    /// Frames are read.
    Admitted,
    /// What is queued is sent, what comes is thrown away.
    Closing,
    /// Ends at once.
    Cut(CloseReason),
}

/// The receiving ends of a new link's queue.
pub(crate) struct LinkEnds {
    /// Frames to send; ends when the owner closes the link.
    pub(crate) frames: mpsc::UnboundedReceiver<Vec<u8>>,
    /// Decisions about the link.
    pub(crate) phase: watch::Receiver<Phase>,
    /// To be set whenever bytes arrive.
    pub(crate) heard: Arc<AtomicBool>,
}

/// A link with room again, and how many bytes of it.
pub(crate) type Room = (LinkId, usize);

/// The queues of all links.
pub(crate) struct Registry {
    per_link_max: usize,
    total_max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    ports: BTreeMap<LinkId, Port>,
    queued_total: usize,
    /// Links that refused a frame and have not yet told of new room.
    refused: BTreeSet<LinkId>,
}

struct Port {
    /// None once the link closes.
    frames: Option<mpsc::UnboundedSender<Vec<u8>>>,
    queued: usize,
    phase: watch::Sender<Phase>,
    heard: Arc<AtomicBool>,
}

impl Registry {
    /// An empty registry. Limits too small for one frame are raised to one frame.
    pub(crate) fn new(limits: &MeshLimits) -> Self {
        let per_link_max = limits
            .queued_bytes_per_link_max
            .max(FRAME_BYTES_MAX + PREFIX_BYTES);
        let total_max = limits.queued_bytes_total_max.max(per_link_max);
        Self {
            per_link_max,
            total_max,
            inner: Mutex::default(),
        }
    }

    /// Makes the queue of a new link.
    pub(crate) fn insert(&self, link: LinkId) -> LinkEnds {
        let (frames, frames_end) = mpsc::unbounded_channel();
        let (phase, phase_end) = watch::channel(Phase::Waiting);
        let heard = Arc::new(AtomicBool::new(false));
        let port = Port {
            frames: Some(frames),
            queued: 0,
            phase,
            heard: Arc::clone(&heard),
        };
        self.lock().ports.insert(link, port);
        LinkEnds {
            frames: frames_end,
            phase: phase_end,
            heard,
        }
    }

    /// Queues a frame; returns how many more bytes fit on this link.
    pub(crate) fn send(&self, link: LinkId, frame: Vec<u8>) -> Result<usize, SendError> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(SendError::TooLarge {
                length: frame.len(),
            });
        }
        let cost = frame.len() + PREFIX_BYTES;
        let mut inner = self.lock();
        let queued_total = inner.queued_total;
        let Some(port) = inner.ports.get_mut(&link) else {
            return Err(SendError::Closed);
        };
        let Some(frames) = &port.frames else {
            return Err(SendError::Closed);
        };
        if port.queued + cost > self.per_link_max || queued_total + cost > self.total_max {
            inner.refused.insert(link);
            return Err(SendError::Clogged { frame });
        }
        if frames.send(frame).is_err() {
            return Err(SendError::Closed);
        }
        port.queued += cost;
        let free = self.per_link_max - port.queued;
        inner.queued_total += cost;
        Ok(free)
    }

    /// Notes that a frame of this many bytes left a link's queue; returns the links with room again.
    pub(crate) fn written(&self, link: LinkId, frame_bytes: usize) -> Vec<Room> {
        let mut inner = self.lock();
        let cost = frame_bytes + PREFIX_BYTES;
        if let Some(port) = inner.ports.get_mut(&link) {
            port.queued -= cost;
            inner.queued_total -= cost;
        }
        self.take_room(&mut inner)
    }

    /// Forgets a link and its queue; returns the links with room again.
    pub(crate) fn remove(&self, link: LinkId) -> Vec<Room> {
        let mut inner = self.lock();
        inner.refused.remove(&link);
        if let Some(port) = inner.ports.remove(&link) {
            inner.queued_total -= port.queued;
        }
        self.take_room(&mut inner)
    }

    /// Lets a waiting link read on.
    pub(crate) fn admit(&self, link: LinkId) {
        if let Some(port) = self.lock().ports.get(&link) {
            port.phase.send_if_modified(|phase| {
                let waiting = *phase == Phase::Waiting;
                if waiting {
                    *phase = Phase::Admitted;
                }
                waiting
            });
        }
    }

    /// Ends a link after what is queued.
    pub(crate) fn close(&self, link: LinkId) {
        if let Some(port) = self.lock().ports.get_mut(&link) {
            port.close();
        }
    }

    /// Ends every link after what is queued.
    pub(crate) fn close_all(&self) {
        self.lock().ports.values_mut().for_each(Port::close);
    }

    /// Ends a link at once.
    pub(crate) fn cut(&self, link: LinkId, reason: CloseReason) {
        if let Some(port) = self.lock().ports.get(&link) {
            port.phase.send_replace(Phase::Cut(reason));
        }
    }

    /// Whether bytes arrived on a link since the last call.
    pub(crate) fn take_heard(&self, link: LinkId) -> bool {
        self.lock()
            .ports
            .get(&link)
            .is_some_and(|port| port.heard.swap(false, Ordering::Relaxed))
    }

    /// Refused links whose own queue and the sum of all are at most half full. Half, so that the owner is not
    /// told of room for every single frame.
    fn take_room(&self, inner: &mut Inner) -> Vec<Room> {
        if inner.refused.is_empty() || inner.queued_total > self.total_max / 2 {
            return Vec::new();
        }
        let Inner { ports, refused, .. } = inner;
        let mut room = Vec::new();
        refused.retain(|link| match ports.get(link) {
            Some(port) if port.queued <= self.per_link_max / 2 => {
                room.push((*link, self.per_link_max - port.queued));
                false
            }
            other => other.is_some(),
        });
        room
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port {
    fn close(&mut self) {
        self.frames = None;
        self.phase.send_if_modified(|phase| {
            let open = matches!(phase, Phase::Waiting | Phase::Admitted);
            if open {
                *phase = Phase::Closing;
            }
            open
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: usize = FRAME_BYTES_MAX + PREFIX_BYTES;

    fn registry(per_link_frames: usize, total_frames: usize) -> Registry {
        Registry::new(&MeshLimits {
            queued_bytes_per_link_max: per_link_frames * COST,
            queued_bytes_total_max: total_frames * COST,
            ..MeshLimits::default()
        })
    }

    fn frame() -> Vec<u8> {
        vec![0; FRAME_BYTES_MAX]
    }

    #[test]
    fn a_full_link_refuses_and_tells_of_room_once_half_empty() {
        let registry = registry(4, 99);
        let _ends = registry.insert(LinkId(1));
        for free in [3, 2, 1, 0] {
            assert_eq!(registry.send(LinkId(1), frame()).unwrap(), free * COST);
        }
        assert!(
            matches!(registry.send(LinkId(1), frame()), Err(SendError::Clogged { frame }) if frame.len() == FRAME_BYTES_MAX)
        );
        assert_eq!(registry.written(LinkId(1), FRAME_BYTES_MAX), []);
        assert_eq!(
            registry.written(LinkId(1), FRAME_BYTES_MAX),
            [(LinkId(1), 2 * COST)]
        );
        assert_eq!(registry.written(LinkId(1), FRAME_BYTES_MAX), []);
    }

    #[test]
    fn a_link_refused_for_the_sum_hears_when_another_ends() {
        let registry = registry(2, 2);
        let (_a, _b) = (registry.insert(LinkId(1)), registry.insert(LinkId(2)));
        registry.send(LinkId(1), frame()).unwrap();
        registry.send(LinkId(1), frame()).unwrap();
        assert!(matches!(
            registry.send(LinkId(2), frame()),
            Err(SendError::Clogged { .. })
        ));
        assert_eq!(registry.remove(LinkId(1)), [(LinkId(2), 2 * COST)]);
        registry.send(LinkId(2), frame()).unwrap();
    }

    #[test]
    fn one_frame_fits_whatever_is_configured() {
        let registry = registry(0, 0);
        let _ends = registry.insert(LinkId(1));
        assert_eq!(registry.send(LinkId(1), frame()).unwrap(), 0);
    }

    #[test]
    fn a_closed_or_unknown_link_and_an_oversized_frame_are_refused() {
        let registry = registry(4, 4);
        let _ends = registry.insert(LinkId(1));
        let giant = vec![0; FRAME_BYTES_MAX + 1];
        assert!(
            matches!(registry.send(LinkId(1), giant), Err(SendError::TooLarge { length }) if length == FRAME_BYTES_MAX + 1)
        );
        registry.close(LinkId(1));
        assert!(matches!(
            registry.send(LinkId(1), frame()),
            Err(SendError::Closed)
        ));
        assert!(matches!(
            registry.send(LinkId(2), frame()),
            Err(SendError::Closed)
        ));
    }

    #[test]
    fn a_closing_link_is_not_admitted_again() {
        let registry = registry(4, 4);
        let ends = registry.insert(LinkId(1));
        registry.close(LinkId(1));
        registry.admit(LinkId(1));
        assert_eq!(*ends.phase.borrow(), Phase::Closing);
    }
}
