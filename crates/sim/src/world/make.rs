//! Makes the faults of a scenario in a world, one after the other, and takes them back.

use tongban_identity::{DivisionCode, Hash32, Revocation};
use tongban_sync::engine::StartError;
use tongban_sync::founding::write_revocation;

use super::engine::Standing;
use super::network::Way;
use super::{ClockFault, Crash, Disk, SimEngine, SimError};
use crate::faults::FaultKind;
use crate::scenario::Fault;
use crate::timeline::{swizzle, turns_taken};

/// Says whether cities may have no link to each other although nothing cuts the way for good.
pub(super) fn is_unsteady(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Clone
            | FaultKind::Flap
            | FaultKind::Swizzle
            | FaultKind::Loss
            | FaultKind::Slow
            | FaultKind::HeavyTail
    )
}

impl SimEngine {
    /// Makes a fault begin.
    pub(crate) fn make(&mut self, fault: &Fault) -> Result<(), SimError> {
        self.distrust(fault);
        let mut standing = Standing {
            fault: fault.clone(),
            disk: None,
            copy: None,
        };
        match fault.node {
            None => self.make_everywhere(fault)?,
            Some(node) => {
                let at = self.place(node)?;
                match fault.kind {
                    kind if self.hostile.begin(&mut self.world, at, kind) => {}
                    FaultKind::ByzantineVanish => {
                        self.world.kill(at);
                        self.gone.insert(at);
                    }
                    FaultKind::Restore => standing.disk = Some(self.world.disk(at).clone()),
                    FaultKind::Clone => {
                        standing.copy = match self.world.clone_machine(at) {
                            // A copy of a disk that cannot be read does not run.
                            Err(SimError::Start(_, StartError::Read(_)))
                                if self.world.disk(at).is_damaged() =>
                            {
                                None
                            }
                            copied => Some(copied?),
                        }
                    }
                    // The keys lie in another folder until it ends.
                    FaultKind::NewRoot => {}
                    _ => self.make_at(fault, at)?,
                }
            }
        }
        if fault.until.is_some() {
            self.standing.push(standing);
        }
        Ok(())
    }

    /// The operator gives a node another device key, and revokes the old one; returns the revocation file.
    ///
    /// What the device signed in the agreements so far stays, as an operator says who trusts it until now.
    pub(super) fn rotate_at(&mut self, node: DivisionCode) -> Result<String, SimError> {
        let at = self.place(node)?;
        let known = self.world.ask(at, |engine, ctx| engine.keys(ctx))?;
        let known = known.map_err(|error| SimError::Read(node, error))?;
        let heads = known.heads.values().flatten();
        let mut keeps: Vec<Hash32> = heads.filter_map(|head| head.parse().ok()).collect();
        keeps.sort_unstable();
        self.world.kill(at);
        let failed = || SimError::Start(node, StartError::Certificate);
        let before = self.world.rekey(at).ok_or_else(failed)?;
        let revocation = Revocation {
            city: before.city,
            cert: before.cert_hash(),
            keeps,
            issued: self.world.civil(at),
        };
        let signed = revocation.sign(&self.world.keys(at).0);
        let signed = signed.map_err(|_| failed())?;
        self.revive(at)?;
        Ok(write_revocation(&signed.to_root_signed()))
    }

    fn make_everywhere(&mut self, fault: &Fault) -> Result<(), SimError> {
        match fault.kind {
            FaultKind::RestartAll => {
                for at in 0..self.cities.len() {
                    self.world.kill(at);
                }
            }
            _ => {
                for (one, other) in self.separated(fault) {
                    self.world.cut(one, other);
                }
            }
        }
        Ok(())
    }

    fn make_at(&mut self, fault: &Fault, at: usize) -> Result<(), SimError> {
        let number = u64::try_from(fault.amount).unwrap_or(0);
        if matches!(fault.kind, FaultKind::BitRot | FaultKind::ReadError) {
            // What it has read so far is not to help it in one run and not in another.
            self.world.forget_cached(at);
        }
        match fault.kind {
            FaultKind::Pause if self.world.runs(at) => self.world.pause(at),
            FaultKind::Down | FaultKind::Kill => self.world.kill(at),
            FaultKind::CrashLoop => self.bounce(at)?,
            FaultKind::Wipe => {
                self.world.kill(at);
                self.world.wipe(at);
            }
            FaultKind::AddressChange => {
                let address = format!("moved-{at}-{}.sim:1", self.world.now());
                self.world.move_to(at, address);
            }
            FaultKind::BitRot => {
                self.world.disk_mut(at).rot(number);
            }
            FaultKind::ClockStep => self.world.set_clock_of(at, ClockFault::Step(fault.amount)),
            FaultKind::ClockDrift => self.world.set_clock_of(at, ClockFault::Drift(fault.amount)),
            FaultKind::ClockFreeze => self.world.set_clock_of(at, ClockFault::Freeze),
            FaultKind::ClockAbsurd => self
                .world
                .set_clock_of(at, ClockFault::Absurd(fault.amount)),
            kind if make_disk(self.world.disk_mut(at), kind, number) => {}
            _ => {
                for other in self.others(fault, at)? {
                    self.make_way(fault, at, other);
                }
            }
        }
        Ok(())
    }

    fn make_way(&mut self, fault: &Fault, at: usize, other: usize) {
        let number = u64::try_from(fault.amount).unwrap_or(0);
        match fault.kind {
            FaultKind::HubOff | FaultKind::Flap => self.world.cut(at, other),
            FaultKind::OneWay => self.world.hold(at, other),
            FaultKind::HalfOpen => self.world.half_open(at, other),
            FaultKind::Reset => self.world.reset(at, other),
            kind => {
                let mut worse = |from, to| {
                    self.world
                        .change_way(from, to, |way| change(way, kind, number));
                };
                worse(at, other);
                worse(other, at);
            }
        }
    }

    /// Lets a fault take its turn.
    pub(crate) fn take_turn(&mut self, fault: &Fault, nth: u32) -> Result<(), SimError> {
        let Some(node) = fault.node else {
            return Ok(());
        };
        let at = self.place(node)?;
        match fault.kind {
            FaultKind::CrashLoop => self.bounce(at)?,
            FaultKind::Flap => {
                for other in self.others(fault, at)? {
                    match nth % 2 {
                        0 => self.world.cut(at, other),
                        _ => self.world.heal(at, other),
                    }
                }
            }
            FaultKind::Swizzle => {
                if let Some((other, cut)) = swizzle(self.cities.len(), at, nth) {
                    match cut {
                        true => self.world.cut(at, other),
                        false => self.world.heal(at, other),
                    }
                }
            }
            kind => self.hostile.act(&mut self.world, at, kind)?,
        }
        Ok(())
    }

    /// Makes a fault end.
    pub(crate) fn unmake(&mut self, fault: &Fault) -> Result<(), SimError> {
        let place = self.standing.iter().position(|held| held.fault == *fault);
        let standing = place.map(|place| self.standing.remove(place));
        let Some(node) = fault.node else {
            return self.unmake_everywhere(fault);
        };
        let at = self.place(node)?;
        match fault.kind {
            kind if self.hostile.end(&mut self.world, at, kind) => return Ok(()),
            FaultKind::ByzantineVanish => return Ok(()),
            FaultKind::Pause => self.world.resume(at),
            FaultKind::Restore => {
                self.world.kill(at);
                if let Some(disk) = standing.and_then(|held| held.disk) {
                    self.world.put_back(at, disk);
                }
            }
            FaultKind::Clone => {
                if let Some(copy) = standing.and_then(|held| held.copy) {
                    self.world.kill(copy);
                }
            }
            FaultKind::NewRoot => {
                self.world.kill(at);
                self.world.reroot(at);
            }
            FaultKind::SyncLies => self.world.cut_power(at),
            FaultKind::ClockStep
            | FaultKind::ClockDrift
            | FaultKind::ClockFreeze
            | FaultKind::ClockAbsurd => self.world.set_clock_of(at, ClockFault::Right),
            FaultKind::Swizzle => self.unswizzle(fault, at),
            FaultKind::AddressChange => self.world.move_back(at),
            kind if unmake_disk(self.world.disk_mut(at), kind) => {}
            _ => {
                for other in self.others(fault, at)? {
                    self.unmake_way(fault, at, other);
                }
            }
        }
        self.revive(at)
    }

    fn unmake_everywhere(&mut self, fault: &Fault) -> Result<(), SimError> {
        if fault.kind == FaultKind::RestartAll {
            for node in fault.groups.iter().flatten() {
                self.revive(self.place(*node)?)?;
            }
            return Ok(());
        }
        for (one, other) in self.separated(fault) {
            self.world.heal(one, other);
        }
        Ok(())
    }

    fn unmake_way(&mut self, fault: &Fault, at: usize, other: usize) {
        match fault.kind {
            FaultKind::HubOff => self.world.heal(at, other),
            FaultKind::OneWay => self.world.release(at, other),
            FaultKind::Flap => {
                // The last turn cut it, or the beginning did.
                if turns_taken(fault).is_multiple_of(2) {
                    self.world.heal(at, other);
                }
            }
            kind => {
                for (from, to) in [(at, other), (other, at)] {
                    self.world.change_way(from, to, |way| change(way, kind, 0));
                }
            }
        }
    }

    fn unswizzle(&mut self, fault: &Fault, at: usize) {
        let mut cut = vec![false; self.cities.len()];
        for nth in 1..=turns_taken(fault) {
            if let Some((other, cuts)) = swizzle(cut.len(), at, nth) {
                cut[other] = cuts;
            }
        }
        for (other, _) in cut.into_iter().enumerate().filter(|(_, cut)| *cut) {
            self.world.heal(at, other);
        }
    }

    /// The operator kills a process and starts it again.
    fn bounce(&mut self, at: usize) -> Result<(), SimError> {
        self.world.kill(at);
        self.revive(at)
    }

    /// The operator starts a process that does not run, unless another fault keeps it down.
    fn revive(&mut self, at: usize) -> Result<(), SimError> {
        let keeps_down = |kind| {
            matches!(
                kind,
                FaultKind::Down | FaultKind::Kill | FaultKind::Wipe | FaultKind::RestartAll
            )
        };
        let city = self.cities[at];
        let kept_down = self.standing.iter().any(|held| {
            let fault = &held.fault;
            keeps_down(fault.kind)
                && (fault.node == Some(city) || fault.kind == FaultKind::RestartAll)
        });
        if self.world.runs(at) || kept_down || self.gone.contains(&at) {
            return Ok(());
        }
        match self.world.start(at) {
            // The operator tries again when the disk can be read.
            Err(SimError::Start(..)) if self.world.disk(at).is_damaged() => Ok(()),
            started => started,
        }
    }

    /// The other cities that a fault of a city concerns.
    fn others(&self, fault: &Fault, at: usize) -> Result<Vec<usize>, SimError> {
        Ok(match fault.to {
            Some(to) => vec![self.place(to)?],
            None => (0..self.cities.len())
                .filter(|other| *other != at)
                .collect(),
        })
    }

    /// The pairs of cities that a partition separates.
    fn separated(&self, fault: &Fault) -> Vec<(usize, usize)> {
        let cities: Vec<(usize, &DivisionCode)> = self.cities.iter().enumerate().collect();
        let mut pairs = Vec::new();
        for (one, a) in &cities {
            for (other, b) in &cities[one + 1..] {
                if fault.separates(**a, **b) {
                    pairs.push((*one, *other));
                }
            }
        }
        pairs
    }
}

fn change(way: &mut Way, kind: FaultKind, number: u64) {
    match kind {
        FaultKind::Delay => way.delay_ms = (0, number),
        FaultKind::HeavyTail => way.tail = number,
        FaultKind::Slow => way.bytes_per_second = number,
        FaultKind::Loss => way.breaks = number,
        FaultKind::Duplicate => way.doubled = number,
        FaultKind::Replay => way.replayed = !way.replayed,
        _ => {}
    }
}

/// Makes a disk fail; `false` for a fault that is none of a disk.
fn make_disk(disk: &mut Disk, kind: FaultKind, number: u64) -> bool {
    match kind {
        FaultKind::CrashBefore => disk.crash = Some(Crash::Before),
        FaultKind::CrashAfter => disk.crash = Some(Crash::After),
        FaultKind::PowerCut => {
            disk.crash = Some(match number {
                0 => Crash::Prefix,
                1 => Crash::Subset,
                _ => Crash::Torn,
            });
        }
        FaultKind::SyncError => disk.crash = Some(Crash::SyncError),
        FaultKind::SyncLies => disk.lies = true,
        FaultKind::DiskFull => disk.full = true,
        FaultKind::ReadOnly => disk.read_only = true,
        FaultKind::ReadError => disk.unreadable = u16::try_from(number).unwrap_or(1_000),
        FaultKind::SlowDisk => disk.slow_ms = number,
        _ => return false,
    }
    true
}

fn unmake_disk(disk: &mut Disk, kind: FaultKind) -> bool {
    match kind {
        FaultKind::CrashBefore
        | FaultKind::CrashAfter
        | FaultKind::PowerCut
        | FaultKind::SyncError => disk.crash = None,
        FaultKind::DiskFull => disk.full = false,
        FaultKind::ReadOnly => disk.read_only = false,
        FaultKind::ReadError => disk.unreadable = 0,
        FaultKind::SlowDisk => disk.slow_ms = 0,
        _ => return false,
    }
    true
}
