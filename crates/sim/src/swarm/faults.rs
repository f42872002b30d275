//! What goes wrong in a seed: each kind is on or off, and comes as often and as hard as the seed draws.

use std::collections::VecDeque;

use tongban_identity::DivisionCode;

use crate::byzantine::is_hostile;
use crate::faults::{Aim, FaultKind, TABLE};
use crate::scenario::{Fault, Moment};
use crate::world::{Draws, Stream};

/// Faults that destroy what the city itself cannot bring back: from then on it is held to nothing. One seed in
/// [`LOSS_SHARE`] expects such losses.
pub(crate) const LOSS_EXPECTED: [FaultKind; 5] = [
    FaultKind::SyncLies,
    FaultKind::BitRot,
    FaultKind::Restore,
    FaultKind::Clone,
    FaultKind::Wipe,
];
/// See [`LOSS_EXPECTED`].
const LOSS_SHARE: u64 = 8;

/// Milliseconds between two faults of one kind: a seed draws a mean from this range, all magnitudes alike.
const GAP_MS: (u64, u64) = (20 * 60_000, 24 * 60 * 60_000);
/// How long a fault lasts, in milliseconds: from a second to about two hours, all magnitudes alike.
const LENGTH_MS: (u64, u64) = (1_000, 8_000_000);
/// How long a fault may keep a process down, in milliseconds.
const DOWN_MS_MAX: u64 = 1_200_000;
/// The years 1601 and 292277, and the ends of the numbers, in Unix seconds.
const ABSURD: [i64; 5] = [
    -11_644_473_600,
    0,
    9_223_372_036_854_775,
    i64::MIN,
    i64::MAX,
];

/// The kinds that a swarm draws.
pub(super) fn drawn_kinds() -> Vec<FaultKind> {
    // Another key alone changes nothing; what a revocation or a resolution does is for a person to say.
    let drawn = |kind: &FaultKind| !is_hostile(*kind) && !kind.is_labelled();
    TABLE.iter().map(|row| row.kind).filter(drawn).collect()
}

/// A kind that is on in a seed.
#[derive(Clone, Copy, Debug)]
struct On {
    kind: FaultKind,
    mean_ms: u64,
    next: Moment,
}

/// The faults of a run.
pub(super) struct Plan {
    draws: Draws,
    cities: Vec<DivisionCode>,
    drawn: u64,
    end: Moment,
    on: Vec<On>,
    /// Faults that were drawn before, in order of time.
    drawn_before: VecDeque<Fault>,
}

impl Plan {
    /// Draws which kinds a seed has: one seed in ten is calm, one in ten has one kind, in the others each
    /// kind is on with even chance. Kinds that lose data for good come in few seeds alone.
    pub(super) fn new(
        draws: Draws,
        cities: &[DivisionCode],
        (start, end): (Moment, Moment),
        mut drawn_before: Vec<Fault>,
    ) -> Self {
        drawn_before.sort_by_key(|fault| fault.from);
        let mut plan = Self {
            draws,
            cities: cities.to_vec(),
            drawn: 0,
            end,
            on: Vec::new(),
            drawn_before: drawn_before.into(),
        };
        let mut all = drawn_kinds();
        if plan.draw(1, LOSS_SHARE) != 1 {
            all.retain(|kind| !LOSS_EXPECTED.contains(kind));
        }
        let kinds = match plan.draw(0, 9) {
            0 => Vec::new(),
            1 => vec![all[plan.index(all.len())]],
            _ => all.into_iter().filter(|_| plan.draw(0, 1) == 1).collect(),
        };
        for kind in kinds {
            let mean_ms = plan.magnitude(GAP_MS.0, GAP_MS.1);
            let next = start.after_ms(plan.gap(mean_ms));
            plan.on.push(On {
                kind,
                mean_ms,
                next,
            });
        }
        plan
    }

    fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.drawn += 1;
        self.draws.between(Stream::Fault, 0, self.drawn, low, high)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.draw(0, length.max(1) as u64 - 1)).unwrap_or(0)
    }

    /// A number of a range in which every magnitude is as likely as the next.
    fn magnitude(&mut self, low: u64, high: u64) -> u64 {
        let low = low.max(1);
        let doublings = u64::from((high / low).max(1).ilog2());
        let base = low << self.draw(0, doublings);
        let top = (base * 2 - 1).min(high);
        self.draw(base.min(top), top)
    }

    fn gap(&mut self, mean_ms: u64) -> i64 {
        i64::try_from(self.draw(1, 2 * mean_ms)).unwrap_or(i64::MAX)
    }

    /// Adds a fault that follows from what people decided; it is made whatever else goes wrong.
    pub(super) fn add(&mut self, fault: Fault) {
        let before = |other: &Fault| other.from <= fault.from;
        let nth = self
            .drawn_before
            .iter()
            .take_while(|other| before(other))
            .count();
        self.drawn_before.insert(nth, fault);
    }

    /// When the next fault begins.
    pub(super) fn due(&self) -> Option<Moment> {
        let before = self.drawn_before.front().map(|fault| fault.from);
        let on = self.on.iter().map(|on| on.next);
        on.chain(before).min()
    }

    /// Draws the fault that is due; none where it would hit what `standing` faults have hit already.
    pub(super) fn take(&mut self, standing: &[Fault]) -> Option<Fault> {
        let due = self.due()?;
        if let Some(fault) = self.drawn_before.pop_front_if(|fault| fault.from == due) {
            return Some(fault);
        }
        let nth = self.on.iter().position(|on| on.next == due)?;
        let kind = self.on[nth].kind;
        let gap = self.gap(self.on[nth].mean_ms);
        self.on[nth].next = due.after_ms(gap);
        let fault = self.fault(kind, due);
        let busy = standing.iter().any(|other| clash(&fault, other));
        (!busy).then_some(fault)
    }

    fn fault(&mut self, kind: FaultKind, from: Moment) -> Fault {
        let row = kind.row();
        let at = self.index(self.cities.len());
        let step = 1 + self.index(self.cities.len() - 1);
        let other = self.cities[(at + step) % self.cities.len()];
        let all = self.draw(0, 1) == 0;
        let length = self.magnitude(LENGTH_MS.0, LENGTH_MS.1);
        let length = match row.aim {
            Aim::Process | Aim::Everybody => length.min(DOWN_MS_MAX),
            _ => length,
        };
        let until = from
            .after_ms(i64::try_from(length).unwrap_or(0))
            .min(self.end);
        let mut fault = Fault {
            until: (row.span != crate::faults::Span::At).then_some(until.max(from.after_ms(1))),
            amount: self.amount(kind),
            ..Fault::new(kind, from)
        };
        match row.aim {
            Aim::Process | Aim::City => fault.node = Some(self.cities[at]),
            Aim::Link => (fault.node, fault.to) = (Some(self.cities[at]), Some(other)),
            Aim::Links => {
                (fault.node, fault.to) = (Some(self.cities[at]), (!all).then_some(other));
            }
            Aim::Groups => fault.groups = self.groups(at),
            Aim::Everybody => fault.groups = vec![self.order()],
        }
        fault
    }

    /// Two sides, neither of which is empty.
    fn groups(&mut self, at: usize) -> Vec<Vec<DivisionCode>> {
        let mut sides = vec![Vec::new(), Vec::new()];
        for (nth, city) in self.cities.clone().into_iter().enumerate() {
            let side = match (nth == at, nth == (at + 1) % self.cities.len()) {
                (true, _) => 0,
                (_, true) => 1,
                _ => self.index(2),
            };
            sides[side].push(city);
        }
        sides
    }

    fn order(&mut self) -> Vec<DivisionCode> {
        let mut left = self.cities.clone();
        let mut order = Vec::new();
        while !left.is_empty() {
            order.push(left.remove(self.index(left.len())));
        }
        order
    }

    fn amount(&mut self, kind: FaultKind) -> i64 {
        let sign = if self.draw(0, 1) == 0 { 1 } else { -1 };
        let (low, high) = match kind {
            FaultKind::CrashLoop => (5, 120),
            FaultKind::Flap | FaultKind::Swizzle => (1, 120),
            FaultKind::Delay => (10, 5_000),
            FaultKind::HeavyTail => (1, 200),
            FaultKind::Slow => (500, 1_000_000),
            FaultKind::Loss => (1, 100),
            FaultKind::Duplicate => (1, 500),
            FaultKind::PowerCut => return i64::try_from(self.index(3)).unwrap_or(0),
            FaultKind::ReadError => (1, 100),
            FaultKind::SlowDisk => (1, 2_000),
            FaultKind::BitRot => (1, 1_000_000),
            FaultKind::ClockStep => (1, 400_000_000),
            FaultKind::ClockDrift => (1, 500_000),
            FaultKind::ClockAbsurd => return ABSURD[self.index(ABSURD.len())],
            _ => return 0,
        };
        let number = i64::try_from(self.magnitude(low, high)).unwrap_or(0);
        match kind {
            FaultKind::ClockStep | FaultKind::ClockDrift => sign * number,
            _ => number,
        }
    }
}

/// Whether two faults would get into each other's way: the end of the one would end the other.
fn clash(one: &Fault, other: &Fault) -> bool {
    let clock = |kind| {
        matches!(
            kind,
            FaultKind::ClockStep
                | FaultKind::ClockDrift
                | FaultKind::ClockFreeze
                | FaultKind::ClockAbsurd
        )
    };
    let process = |fault: &Fault| fault.kind.hits_process() || fault.kind == FaultKind::RestartAll;
    let same_city = one.node == other.node || one.node.is_none() || other.node.is_none();
    match (process(one), process(other)) {
        (true, true) => same_city,
        (false, false) if clock(one.kind) && clock(other.kind) => same_city,
        (false, false) => one.kind == other.kind && one.kind != FaultKind::Partition,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_reads_as_a_fault_of_a_file() {
        let cities: Vec<DivisionCode> = super::super::workload::divisions(4);
        let start = Moment::from_unix(1_788_742_800);
        let end = start.after_ms(86_400_000);
        let mut plan = Plan::new(Draws::new(11), &cities, (start, end), Vec::new());
        for kind in drawn_kinds() {
            for _ in 0..20 {
                let fault = plan.fault(kind, start);
                if let Some(amount) = kind.row().amount {
                    assert!(
                        (amount.min..=amount.max).contains(&fault.amount),
                        "{fault:?}"
                    );
                }
                assert!(
                    fault
                        .until
                        .is_none_or(|until| until > start && until <= end)
                );
                assert!(fault.to.is_none() || fault.to != fault.node);
            }
        }
    }

    #[test]
    fn magnitudes_are_alike() {
        let cities = super::super::workload::divisions(2);
        let start = Moment::from_unix(0);
        let mut plan = Plan::new(Draws::new(1), &cities, (start, start), Vec::new());
        let drawn: Vec<u64> = (0..2_000).map(|_| plan.magnitude(1, 1_023)).collect();
        let small = drawn.iter().filter(|number| **number < 32).count();
        assert!(
            (800..1_200).contains(&small),
            "{small} of 2000 are below 32"
        );
        assert!(drawn.iter().all(|number| (1..=1_023).contains(number)));
    }
}
