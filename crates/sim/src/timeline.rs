//! One timeline out of steps, faults and timed expectations.

use crate::scenario::{Fault, Moment, Scenario};

/// The most turns that one fault takes.
const TURNS_MAX: u32 = 1_000;

/// What happens at one moment; the number points into the list of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// A fault ends.
    Ends(usize),
    /// A fault begins.
    Begins(usize),
    /// A fault takes its turn, counted from 1.
    Turns(usize, u32),
    /// A clerk acts.
    Step(usize),
    /// A file goes from one city to another.
    File(usize),
    /// A timed expectation is asked.
    Asks(usize),
}

/// A moment with what happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: Moment,
    /// What.
    pub moving: Moving,
}

/// Merges the lists in order of time.
///
/// At one moment faults end first, then others begin, then clerks act in the order of the file, then files
/// are carried, then expectations are asked. A `kill` without an end is over right after it began.
pub fn timeline(scenario: &Scenario) -> Vec<Tick> {
    let mut ticks: Vec<(u8, Tick)> = Vec::new();
    let mut add = |rank, at, moving| ticks.push((rank, Tick { at, moving }));
    for (index, fault) in scenario.faults.iter().enumerate() {
        add(1, fault.from, Moving::Begins(index));
        match fault.until {
            None => add(1, fault.from, Moving::Ends(index)),
            Some(until) => {
                for (nth, at) in turns(fault, until) {
                    add(1, at, Moving::Turns(index, nth));
                }
                add(0, until, Moving::Ends(index));
            }
        }
    }
    for (index, step) in scenario.steps.iter().enumerate() {
        add(2, step.at, Moving::Step(index));
    }
    for (index, file) in scenario.files.iter().enumerate() {
        add(3, file.at, Moving::File(index));
    }
    for (index, expect) in scenario.expects.iter().enumerate() {
        if let Some(at) = expect.at {
            add(4, at, Moving::Asks(index));
        }
    }
    // The sort is stable, so that equals keep the order of the file.
    ticks.sort_by_key(|(rank, tick)| (tick.at, *rank));
    ticks.into_iter().map(|(_, tick)| tick).collect()
}

/// The turns that a fault takes while it holds.
pub(crate) fn turns(fault: &Fault, until: Moment) -> Vec<(u32, Moment)> {
    if !fault.kind.turns() {
        return Vec::new();
    }
    let every = fault.amount.saturating_mul(1_000);
    (1..TURNS_MAX)
        .map(|nth| (nth, fault.from.after_ms(every.saturating_mul(nth.into()))))
        .take_while(|(_, at)| *at < until)
        .collect()
}

/// How many turns a fault has taken when it ends.
pub(crate) fn turns_taken(fault: &Fault) -> u32 {
    let every = u64::try_from(fault.amount).unwrap_or(1).max(1) * 1_000;
    let length = fault.until.map_or(0, |until| until.ms_since(fault.from));
    u32::try_from(length.saturating_sub(1) / every).unwrap_or(u32::MAX)
}

/// Which other city a turn of a swizzle is about, and whether it cuts or heals: first all are cut in order,
/// then all heal from the middle on.
pub(crate) fn swizzle(cities: usize, at: usize, nth: u32) -> Option<(usize, bool)> {
    let others: Vec<usize> = (0..cities).filter(|other| *other != at).collect();
    let nth = usize::try_from(nth).ok()?.checked_sub(1)?;
    let half = others.len() / 2;
    match nth.checked_sub(others.len()) {
        None => Some((others[nth], true)),
        Some(back) if back < others.len() => Some((others[(back + half) % others.len()], false)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{parsed, three_cities};

    #[test]
    fn ends_come_before_beginnings_before_steps_before_questions() {
        let scenario = parsed(&three_cities(
            r#"
            [[step]]
            at = "2026-09-07T10:00"
            node = "330800"
            do = "case.close"
            args = { case = "TB" }
            [[step]]
            at = "2026-09-07T10:00"
            node = "350700"
            do = "case.close"
            args = { case = "TB" }
            [[fault]]
            kind = "partition"
            groups = [["330800"], ["350700"]]
            from = "2026-09-07T10:00"
            until = "2026-09-07T11:00"
            [[fault]]
            kind = "pause"
            node = "361100"
            from = "2026-09-07T09:00"
            until = "2026-09-07T10:00"
            [[fault]]
            kind = "kill"
            node = "361100"
            at = "2026-09-07T10:30"
            [[expect]]
            at = "2026-09-07T10:00"
            query = "refused"
            count = 0
            [[expect]]
            query = "converged"
            "#,
        ));
        let moving: Vec<Moving> = timeline(&scenario).iter().map(|tick| tick.moving).collect();
        assert_eq!(
            moving,
            [
                Moving::Begins(1),
                Moving::Ends(1),
                Moving::Begins(0),
                Moving::Step(0),
                Moving::Step(1),
                Moving::Asks(0),
                Moving::Begins(2),
                Moving::Ends(2),
                Moving::Ends(0),
            ]
        );
    }

    #[test]
    fn a_swizzle_cuts_every_link_and_heals_every_one() {
        let taken: Vec<_> = (1..=7).map_while(|nth| swizzle(4, 1, nth)).collect();
        assert_eq!(
            taken,
            [
                (0, true),
                (2, true),
                (3, true),
                (2, false),
                (3, false),
                (0, false),
            ]
        );
    }
}
