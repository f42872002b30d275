//! What can be done to a world from outside: to its processes, network, disks, clocks and machines.

use tongban_identity::{CityId, DeviceCert, Verified};
use tongban_sync::LinkId;

use super::clock::ClockFault;
use super::disk::Disk;
use super::machine::Machine;
use super::network::{SILENT_MS, Way};
use super::{Event, Silence, SimError, World};

impl World {
    /// Freezes a city's process; what comes for it waits, and after a while the other cities notice.
    pub fn pause(&mut self, at: usize) {
        let since = self.now;
        self.machines[at].paused = Some(since);
        self.note("pause", at, &[]);
        for (_, other, there) in self.network.links_of(at) {
            self.watch_silence(other, there, Silence::Frozen(since));
        }
    }

    /// Lets a frozen process go on.
    pub fn resume(&mut self, at: usize) {
        self.machines[at].paused = None;
        self.note("resume", at, &[]);
        for event in self.frozen.remove(&at).unwrap_or_default() {
            self.plan(0, event);
        }
    }

    /// Cuts the way between two cities, which breaks the links between them. Cuts are counted.
    ///
    /// They hold for copies of their machines as well, which stand beside them.
    pub fn cut(&mut self, one: usize, other: usize) {
        for (here, there) in self.network.cut(one, other) {
            self.broken(one, here, other, there);
        }
        for copy in 0..self.machines.len() {
            match self.machines[copy].origin() {
                origin if origin == copy => {}
                origin if origin == one => self.reset(copy, other),
                origin if origin == other => self.reset(copy, one),
                _ => {}
            }
        }
    }

    /// Heals one cut of the way between two cities.
    pub fn heal(&mut self, one: usize, other: usize) {
        self.network.heal(one, other);
    }

    /// Says whether the way between two cities is cut.
    pub fn is_cut(&self, one: usize, other: usize) -> bool {
        let origin = |at: usize| self.machines[at].origin();
        self.network.is_cut(origin(one), origin(other))
    }

    /// Breaks the links between two cities, with all that is on its way; they may be made again at once.
    pub fn reset(&mut self, one: usize, other: usize) {
        for (here, there) in self.network.reset(one, other) {
            self.broken(one, here, other, there);
        }
    }

    /// Lets the second city lose its end of each link to the first, which does not notice for a while.
    pub fn half_open(&mut self, one: usize, other: usize) {
        for (here, to, there) in self.network.links_of(one) {
            if to == other {
                self.network.remove_end(there);
                let (at, link) = (other, there);
                self.plan(super::network::BREAK_MS, Event::Closed { at, link });
                self.watch_silence(one, here, Silence::Gone);
            }
        }
    }

    /// Holds what one city sends to another: the stream stands still, and after a while its end breaks it.
    pub fn hold(&mut self, from: usize, to: usize) {
        let way = self.network.way(from, to);
        way.held += 1;
        way.epoch += 1;
        let epoch = way.epoch;
        for (_, other, there) in self.network.links_of(from) {
            if other == to {
                self.watch_silence(to, there, Silence::Held(epoch));
            }
        }
    }

    /// Lets go what one city sends to another; what waited comes in order.
    pub fn release(&mut self, from: usize, to: usize) {
        for (link, frame) in self.network.release(from, to) {
            if let Some((super::network::Passage::Arrives(wait, _), to, link)) =
                self.network.send(self.now, link, &frame)
            {
                let bytes = frame;
                self.plan(wait, Event::Frame { to, link, bytes });
            }
        }
    }

    /// Makes the way from one city to another worse or better.
    pub fn change_way(&mut self, from: usize, to: usize, change: impl FnOnce(&mut Way)) {
        change(self.network.way(from, to));
    }

    /// Ends every fault of the network.
    pub fn mend_network(&mut self) {
        for (from, to) in self.network.mend() {
            self.release(from, to);
        }
    }

    fn watch_silence(&mut self, at: usize, link: LinkId, why: Silence) {
        self.plan(SILENT_MS, Event::Silent { at, link, why });
    }

    /// The transport of a city has heard nothing on a link for long: if that is still so, it breaks it.
    pub(super) fn silent(&mut self, at: usize, link: LinkId, why: Silence) {
        let Some((_, other)) = self.network.between(link) else {
            return;
        };
        let still = match why {
            Silence::Held(epoch) => self.network.held(other, at) == Some(epoch),
            Silence::Frozen(since) => self.machines[other].paused == Some(since),
            Silence::Gone => true,
        };
        if still && let Some((other, there)) = self.network.remove(link) {
            self.broken(at, link, other, there);
        }
    }

    /// Makes a city's civil clock wrong, or right again.
    pub fn set_clock_of(&mut self, at: usize, fault: ClockFault) {
        let right = self.right_time();
        self.machines[at].clock.make(fault, right);
    }

    /// Lets the power go at a city: its process dies, and so does what the disk only claims to have.
    pub fn cut_power(&mut self, at: usize) {
        self.kill(at);
        let (draws, now) = (self.draws, self.now);
        let draw = || draws.between(super::Stream::Disk, at as u64, now, 0, u64::MAX - 1);
        let disk = &mut self.machines[at].disk;
        disk.lies = false;
        disk.power_cut(super::Crash::Prefix, draw);
    }

    /// Says whether frames pass between two cities in both directions.
    pub fn is_free(&self, one: usize, other: usize) -> bool {
        !self.is_cut(one, other)
            && self.network.held(one, other).is_none()
            && self.network.held(other, one).is_none()
    }

    /// A city's disk, to make it fail.
    pub fn disk_mut(&mut self, at: usize) -> &mut Disk {
        &mut self.machines[at].disk
    }

    /// Gives a city another address: nobody finds it under the old one, and its links break.
    pub fn move_to(&mut self, at: usize, address: String) {
        for (here, other, there) in self.network.links_of(at) {
            self.network.remove(here);
            self.broken(at, here, other, there);
        }
        self.machines[at].moved = Some(address);
    }

    /// Lets a city be found again where it was.
    pub fn move_back(&mut self, at: usize) {
        self.machines[at].moved = None;
    }

    /// Puts a disk in the place of a stopped city's own, as from a backup.
    pub fn put_back(&mut self, at: usize, disk: Disk) {
        self.machines[at].disk = disk;
        self.note("put-back", at, &[]);
    }

    /// Empties a stopped city's disk; its keys stay.
    pub fn wipe(&mut self, at: usize) {
        self.machines[at].disk = Disk::default();
        self.note("wipe", at, &[]);
    }

    /// Starts a second machine with a city's keys and a copy of its disk; returns its place.
    ///
    /// # Errors
    /// The engine does not start on the copy.
    pub fn clone_machine(&mut self, at: usize) -> Result<usize, SimError> {
        let body = self.machines.len();
        let copy: Machine = self.machines[at].copy(self.draws, body as u64);
        self.machines.push(copy);
        self.start(body)?;
        Ok(body)
    }

    /// Gives a stopped city another device key; returns the certificate of the one that it had.
    pub fn rekey(&mut self, at: usize) -> Option<Verified<DeviceCert>> {
        let draws = self.draws;
        let machine = &mut self.machines[at];
        let before = machine.certificate(&draws);
        machine.rekey(&draws);
        self.note("rekey", at, &[]);
        before
    }

    /// Gives a stopped city its next root key.
    pub fn reroot(&mut self, at: usize) {
        let draws = self.draws;
        self.machines[at].reroot(&draws);
        self.note("reroot", at, &[]);
    }

    /// The root key that a city is given next.
    pub fn next_root(&self, at: usize) -> CityId {
        self.machines[at].next_root(&self.draws)
    }

    /// The invitation of a city under its next root key.
    pub fn renewal(&self, at: usize) -> Option<String> {
        let machine = &self.machines[at];
        machine.renewal(&self.draws, format!("{}.sim:1", machine.division))
    }

    /// Says whether a city's database was behind its witness when it started.
    pub fn possible_restore(&self, at: usize) -> bool {
        self.machines[at].possible_restore
    }

    /// How many inputs a city dropped because a record could not be read.
    pub fn unread(&self, at: usize) -> u64 {
        self.machines[at].unread
    }
}
