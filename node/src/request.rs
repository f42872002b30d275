//! What the local interface asks of the driver, and how an answer waits for the disk.

use tokio::sync::oneshot;
use tongban_ledger::answer::Refusal;
use tongban_sync::{Ctx, Engine};

/// How an answer comes back.
pub type Answered<T> = oneshot::Receiver<Result<T, Refusal>>;

/// An answer that is held back until the step's batch is durable. It is called with a refusal
/// where the batch did not become durable, and the true answer is never told then.
pub type Held = Box<dyn FnOnce(Option<Refusal>) + Send>;

/// A question or command, waiting for its turn.
pub trait Work: Send {
    /// Runs on the engine and holds the answer back.
    fn run(self: Box<Self>, engine: &mut Engine, ctx: &mut Ctx<'_>) -> Held;

    /// Answers without running.
    fn refuse(self: Box<Self>, refusal: Refusal);
}

/// What the driver takes.
pub enum Request {
    /// Something for the engine.
    Engine(Box<dyn Work>),
    /// Sets a scripted clock, in Unix seconds.
    SetClock(i64, oneshot::Sender<Result<(), Refusal>>),
}

impl Request {
    /// Makes a request of what is to be done on the engine.
    pub fn engine<T: Send + 'static>(
        work: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> (Self, Answered<T>) {
        let (reply, answered) = oneshot::channel();
        (Self::Engine(Box::new(Job { work, reply })), answered)
    }

    /// Makes a request for the clock.
    pub fn set_clock(unix: i64) -> (Self, Answered<()>) {
        let (reply, answered) = oneshot::channel();
        (Self::SetClock(unix, reply), answered)
    }

    /// Answers without running.
    pub fn refuse(self, refusal: Refusal) {
        match self {
            Self::Engine(work) => work.refuse(refusal),
            Self::SetClock(_, reply) => hold(reply, Ok(()))(Some(refusal)),
        }
    }
}

/// Holds an answer back.
pub fn hold<T: Send + 'static>(
    reply: oneshot::Sender<Result<T, Refusal>>,
    answer: Result<T, Refusal>,
) -> Held {
    Box::new(move |failed| {
        // Who asked may have gone away; the effect stands all the same.
        let _ = reply.send(failed.map_or(answer, Err));
    })
}

struct Job<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, Refusal>>,
}

impl<T, F> Work for Job<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Engine, &mut Ctx<'_>) -> Result<T, Refusal> + Send,
{
    fn run(self: Box<Self>, engine: &mut Engine, ctx: &mut Ctx<'_>) -> Held {
        let Job { work, reply } = *self;
        hold(reply, work(engine, ctx))
    }

    fn refuse(self: Box<Self>, refusal: Refusal) {
        let _ = self.reply.send(Err(refusal));
    }
}
