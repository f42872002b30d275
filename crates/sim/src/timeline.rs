//! One timeline out of steps, faults and timed expectations.

use crate::scenario::{Moment, Scenario};

/// What happens at one moment; the number points into the list of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// A fault ends.
    Ends(usize),
    /// A fault begins.
    Begins(usize),
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
            Some(until) => add(0, until, Moving::Ends(index)),
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
}
