//! One link at work: it reads frames to the owner as fast as the owner takes them, and writes the queue. It decides
//! nothing about admission; it only waits for it.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::io::{AsyncReadExt, AsyncWriteExt, BufWriter, ReadHalf, WriteHalf};
use libp2p::Stream;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use crate::event::{CloseReason, LinkId, MeshEvent};
use crate::frame::{self, FrameDecoder, FrameError};
use crate::limits::{
    ADMISSION_WAIT, CHUNK_BYTES, CLOSE_FLUSH_WAIT, FIRST_FRAME_BYTES_MAX, FIRST_FRAME_WAIT,
    FRAME_BYTES_MAX, WRITE_STALL_WAIT,
};
use crate::registry::{LinkEnds, Phase, Registry, Room};

/// What a link needs besides its stream.
pub(crate) struct Link {
    /// Its name.
    pub(crate) id: LinkId,
    /// Where its events go.
    pub(crate) events: mpsc::Sender<MeshEvent>,
    /// Where its queue is accounted for.
    pub(crate) registry: Arc<Registry>,
    /// Its queue and the decisions about it.
    pub(crate) ends: LinkEnds,
    /// Held until it is admitted.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

impl Link {
    /// Runs the link from its `opened` event to its `Closed`.
    pub(crate) async fn run(self, stream: Stream, opened: MeshEvent) {
        let Self {
            id,
            events,
            registry,
            ends,
            permit,
        } = self;
        let LinkEnds {
            frames,
            phase,
            heard,
        } = ends;
        if events.send(opened).await.is_err() {
            registry.remove(id);
            return;
        }
        let (read_half, write_half) = stream.split();
        let reader = Reader {
            link: id,
            source: FrameSource::new(read_half, heard),
            phase: phase.clone(),
            events: &events,
        };
        let writer = Writer {
            link: id,
            events: &events,
            registry: &registry,
        };
        let ended = tokio::select! {
            reason = ended_from_here(phase.clone()) => reason,
            reason = reader.run(permit) => reason,
            reason = writer.run(write_half, frames) => reason,
        };
        let reason = if *phase.borrow() == Phase::Closing {
            CloseReason::ByOwner
        } else {
            ended
        };
        let room = registry.remove(id);
        tell_room(&events, room).await;
        tell(&events, MeshEvent::Closed { link: id, reason }).await;
    }
}

/// Waits until the link is cut, or until a closing link has had its time.
async fn ended_from_here(mut phase: watch::Receiver<Phase>) -> CloseReason {
    let mut deadline = None;
    loop {
        let now = *phase.borrow_and_update();
        match now {
            Phase::Cut(reason) => return reason,
            Phase::Closing if deadline.is_none() => {
                deadline = Some(Instant::now() + CLOSE_FLUSH_WAIT);
            }
            _ => {}
        }
        tokio::select! {
            changed = phase.changed() => if changed.is_err() { return CloseReason::ByOwner },
            () = wait_until(deadline) => return CloseReason::ByOwner,
        }
    }
}

/// Waits for a moment, or for ever if there is none.
pub(crate) async fn wait_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Reads the link.
struct Reader<'a> {
    link: LinkId,
    source: FrameSource,
    phase: watch::Receiver<Phase>,
    events: &'a mpsc::Sender<MeshEvent>,
}

impl Reader<'_> {
    async fn run(mut self, permit: Option<OwnedSemaphorePermit>) -> CloseReason {
        match self.read(permit).await {
            Ok(never) => match never {},
            Err(reason) => reason,
        }
    }

    async fn read(
        &mut self,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<std::convert::Infallible, CloseReason> {
        let first = timeout(FIRST_FRAME_WAIT, self.source.next(FIRST_FRAME_BYTES_MAX))
            .await
            .map_err(|_| CloseReason::FirstFrameLate)??;
        self.deliver(first).await;
        timeout(ADMISSION_WAIT, self.decided())
            .await
            .map_err(|_| CloseReason::AdmissionLate)?;
        drop(permit);
        loop {
            let bytes = self.source.next(FRAME_BYTES_MAX).await?;
            self.deliver(bytes).await;
        }
    }

    /// Waits until the owner has admitted the link, or closes it.
    async fn decided(&mut self) {
        // An error means that the link is being forgotten, which ends this task too.
        let _ended = self
            .phase
            .wait_for(|phase| *phase != Phase::Waiting)
            .await
            .is_err();
    }

    /// Hands a frame to the owner and waits for room. A link that the owner closes goes on reading, because a
    /// socket closed over unread bytes would take the last frames to the peer with it, but delivers no more.
    async fn deliver(&self, bytes: Vec<u8>) {
        if *self.phase.borrow() != Phase::Closing {
            tell(
                self.events,
                MeshEvent::Frame {
                    link: self.link,
                    bytes,
                },
            )
            .await;
        }
    }
}

/// The reading half of a stream, cut into frames.
struct FrameSource {
    half: ReadHalf<Stream>,
    heard: Arc<AtomicBool>,
    decoder: FrameDecoder,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
}

impl FrameSource {
    fn new(half: ReadHalf<Stream>, heard: Arc<AtomicBool>) -> Self {
        let decoder = FrameDecoder::default();
        Self {
            half,
            heard,
            decoder,
            chunk: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
        }
    }

    /// Reads one frame of at most `max` bytes. After an error the stream is lost.
    async fn next(&mut self, max: usize) -> Result<Vec<u8>, CloseReason> {
        loop {
            if self.start == self.end {
                self.start = 0;
                self.end = self.half.read(&mut self.chunk).await.map_err(lost)?;
                if self.end == 0 {
                    let whole = self.decoder.at_boundary();
                    return Err(if whole {
                        CloseReason::ByPeer
                    } else {
                        CloseReason::Truncated
                    });
                }
                self.heard.store(true, Ordering::Relaxed);
            }
            let (taken, frame) = self
                .decoder
                .feed(&self.chunk[self.start..self.end], max)
                .map_err(
                    |FrameError::TooLarge { length, .. }| CloseReason::FrameTooLarge { length },
                )?;
            self.start += taken;
            if let Some(frame) = frame {
                return Ok(frame);
            }
        }
    }
}

/// Writes the link.
struct Writer<'a> {
    link: LinkId,
    events: &'a mpsc::Sender<MeshEvent>,
    registry: &'a Registry,
}

impl Writer<'_> {
    /// Writes the queue; when it ends, closes the stream and leaves the end to the reader, which sees the peer's.
    async fn run(
        self,
        half: WriteHalf<Stream>,
        frames: mpsc::UnboundedReceiver<Vec<u8>>,
    ) -> CloseReason {
        match self
            .write(BufWriter::with_capacity(CHUNK_BYTES, half), frames)
            .await
        {
            Ok(()) => pending().await,
            Err(reason) => reason,
        }
    }

    async fn write(
        &self,
        mut sink: BufWriter<WriteHalf<Stream>>,
        mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    ) -> Result<(), CloseReason> {
        loop {
            let next = match frames.try_recv() {
                Ok(frame) => Some(frame),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => {
                    in_time(sink.flush()).await?;
                    frames.recv().await
                }
            };
            let Some(frame) = next else { break };
            let Some(prefix) = frame::prefix(&frame) else {
                continue;
            };
            in_time(async {
                sink.write_all(&prefix).await?;
                sink.write_all(&frame).await
            })
            .await?;
            let room = self.registry.written(self.link, frame.len());
            tell_room(self.events, room).await;
        }
        in_time(sink.close()).await
    }
}

/// Bounds a step of writing.
async fn in_time(
    step: impl Future<Output = Result<(), std::io::Error>>,
) -> Result<(), CloseReason> {
    timeout(WRITE_STALL_WAIT, step)
        .await
        .map_err(|_| CloseReason::Stalled)?
        .map_err(lost)
}

fn lost(error: std::io::Error) -> CloseReason {
    tracing::debug!(%error, "The stream of a link broke.");
    CloseReason::Lost
}

async fn tell_room(events: &mpsc::Sender<MeshEvent>, room: Vec<Room>) {
    for (link, bytes_free) in room {
        tell(events, MeshEvent::Drained { link, bytes_free }).await;
    }
}

/// Hands an event to the owner. An owner that is gone needs none; the driver then ends all links.
async fn tell(events: &mpsc::Sender<MeshEvent>, event: MeshEvent) {
    if events.send(event).await.is_err() {
        tracing::trace!("The owner of the mesh takes no more events.");
    }
}
