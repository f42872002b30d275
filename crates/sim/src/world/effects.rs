//! What follows from a step of an engine: its batch goes to the disk, and then what it asks for is done.

use tongban_identity::Hash32;
use tongban_ledger::planted::{Bug, planted};
use tongban_sync::engine::{Job, Outcome};
use tongban_sync::{LinkId, Output};

use super::disk::Failed;
use super::network::{self, Passage};
use super::{Event, Sent, Stream, World};

/// How many outcomes of signature checks are remembered for all cities together.
const VERIFIED_CACHED: usize = 200_000;

impl World {
    /// Commits what an engine wrote, then does what it asks for.
    pub(super) fn settle(&mut self, at: usize) {
        let machine = &mut self.machines[at];
        let Some(engine) = &mut machine.engine else {
            return;
        };
        let batch = engine.take_batch();
        let mut outputs = Vec::new();
        while let Some(output) = engine.poll_output() {
            outputs.push(output);
        }
        let timer = engine.poll_timeout();
        let mut slow_ms = 0;
        if !batch.is_empty() {
            let (draws, now) = (self.draws, self.now);
            let mut drawn = 0;
            let draw = || {
                drawn += 1;
                draws.between(Stream::Disk, at as u64, now << 20 | drawn, 0, u64::MAX - 1)
            };
            let before = machine.disk.commits();
            let done = machine.disk.commit(&batch, draw);
            machine.witness += u64::from(done.is_ok());
            if let Err(failed) = done {
                if failed == Failed::Died && machine.disk.commits() > before {
                    machine.witness = machine.disk.commits();
                }
                self.note("failed-commit", at, &[]);
                if planted(Bug::AnswerBeforeCommit) {
                    outputs
                        .into_iter()
                        .for_each(|output| self.perform(at, output, 0));
                }
                self.kill(at);
                return;
            }
            slow_ms = machine.disk.slow_ms;
            self.commits += 1;
            if let Some(watch) = &mut self.watch {
                machine
                    .disk
                    .laid_bare(|disk| watch.committed(self.now, at, &batch, disk));
            }
            self.note("commit", at, &(batch.byte_len() as u64).to_be_bytes());
        }
        for output in outputs {
            self.perform(at, output, slow_ms);
        }
        self.set_timer(at, timer);
    }

    fn set_timer(&mut self, at: usize, timer: Option<u64>) {
        let machine = &mut self.machines[at];
        if machine.timer == timer {
            return;
        }
        machine.timer = timer;
        if let Some(due) = timer {
            let run = machine.run;
            let wait = due.saturating_sub(self.now);
            self.plan(wait, Event::Timer { at, run, due });
        }
    }

    /// Does what an engine asks for, which has to wait for a slow disk.
    fn perform(&mut self, at: usize, output: Output, slow_ms: u64) {
        match output {
            Output::Send { link, frame } => {
                let Some((from, to)) = self.network.between(link) else {
                    return;
                };
                let now = self.now;
                match self.scripts.get_mut(&at) {
                    Some(script) => {
                        let sent = Sent {
                            now,
                            from,
                            to,
                            link,
                        };
                        for frame in script.send(sent, frame) {
                            self.transmit_after(slow_ms, at, link, frame);
                        }
                    }
                    None => self.transmit_after(slow_ms, at, link, frame),
                }
            }
            Output::Close { link } => {
                if let Some((other, there)) = self.network.remove(link) {
                    self.plan(0, Event::Closed { at, link });
                    self.plan(
                        network::BREAK_MS,
                        Event::Closed {
                            at: other,
                            link: there,
                        },
                    );
                }
            }
            Output::Dial { city, addresses } => {
                let run = self.machines[at].run;
                let wait = slow_ms + self.network.dial_ms(self.now, at);
                let dial = Event::Dial {
                    from: at,
                    run,
                    city,
                    addresses,
                };
                self.plan(wait, dial);
            }
            Output::Work { token, jobs } => {
                let run = self.machines[at].run;
                let outcomes: Vec<Outcome> = jobs.iter().map(|job| self.work(job)).collect();
                let wait = slow_ms + 1 + outcomes.len() as u64 / 20;
                let worked = Event::Worked {
                    at,
                    run,
                    token,
                    outcomes,
                };
                self.plan(wait, worked);
            }
            Output::Notice(notice) => {
                if let Some(watch) = &mut self.watch {
                    watch.noticed(self.now, at, &notice);
                }
            }
            Output::Admit { .. } => {}
        }
    }

    /// Puts a frame on a link.
    pub(super) fn transmit(&mut self, from: usize, link: LinkId, frame: Vec<u8>) {
        self.transmit_after(0, from, link, frame);
    }

    /// Puts a frame on a link that somebody between the cities kept. It is not held against the city that sent it
    /// first.
    pub(super) fn transmit_again(&mut self, from: usize, link: LinkId, frame: Vec<u8>) {
        let watch = self.watch.take();
        self.transmit(from, link, frame);
        self.watch = watch;
    }

    fn transmit_after(&mut self, after: u64, from: usize, link: LinkId, frame: Vec<u8>) {
        let Some((passage, to, there)) = self.network.send(self.now + after, link, &frame) else {
            return;
        };
        self.note("send", from, &frame);
        self.frames += 1;
        if let Some(watch) = &mut self.watch {
            let now = self.now;
            let sent = Sent {
                now,
                from,
                to,
                link,
            };
            watch.sent(sent, &frame);
        }
        match passage {
            Passage::Waits => {}
            Passage::Breaks => {
                self.network.remove(link);
                self.broken(from, link, to, there);
            }
            Passage::Arrives(wait, copies) => {
                for _ in 1..copies {
                    let (link, bytes) = (there, frame.clone());
                    self.plan(after + wait, Event::Frame { to, link, bytes });
                }
                let (link, bytes) = (there, frame);
                self.plan(after + wait, Event::Frame { to, link, bytes });
            }
        }
    }

    /// Tells both ends that their link is gone.
    pub(super) fn broken(&mut self, at: usize, link: LinkId, other: usize, there: LinkId) {
        self.plan(network::BREAK_MS, Event::Closed { at, link });
        let (at, link) = (other, there);
        self.plan(network::BREAK_MS, Event::Closed { at, link });
    }

    /// Shows a frame that came in to the city's script, if it has one.
    pub(super) fn reaches_engine(&mut self, at: usize, link: LinkId, frame: &[u8]) -> bool {
        let now = self.now;
        match (self.scripts.get_mut(&at), self.network.between(link)) {
            (Some(script), Some((to, from))) => {
                let sent = Sent {
                    now,
                    from,
                    to,
                    link,
                };
                script.receive(sent, frame)
            }
            _ => true,
        }
    }

    /// Does a job; a signature that some city checked is not checked by the next.
    fn work(&mut self, job: &Job) -> Outcome {
        let Job::Verify {
            key,
            message,
            signature,
        } = job
        else {
            return job.run();
        };
        let parts: [&[u8]; 3] = [key.as_bytes(), message, &signature.bytes];
        let id = Hash32::hash("tongban/sim/verified/v1", &parts);
        if self.verified.len() > VERIFIED_CACHED {
            self.verified.clear();
        }
        let sound = *self
            .verified
            .entry(id)
            .or_insert_with(|| job.run().is_sound());
        if sound {
            Outcome::Sound
        } else {
            Outcome::Failed
        }
    }
}
