//! Checks across steps and faults: times in order, and no command at a city whose node is not running.

use super::error::Errors;
use super::{Carried, Fault, Hand, Moment, Step};
use crate::faults::FaultKind;

/// A step with the place of its `at` in the file.
pub(super) type Placed<T> = (T, usize);

/// Checks that steps do not go back in time, from `start` on.
pub(super) fn steps_ascend(start: Moment, steps: &[Placed<Step>], errors: &mut Errors<'_>) {
    let mut latest = start;
    for (step, at) in steps {
        if step.at < latest {
            errors.push(
                *at,
                format!("{} lies before the step or start at {latest}", step.at),
                Some("steps stand in order of time".to_owned()),
            );
        }
        latest = latest.max(step.at);
    }
}

/// Checks that faults of one process do not overlap.
pub(super) fn faults_apart(faults: &[Placed<Fault>], errors: &mut Errors<'_>) {
    for (index, (fault, at)) in faults.iter().enumerate() {
        let overlaps = fault.kind.hits_process()
            && faults[..index].iter().any(|(earlier, _)| {
                earlier.node == fault.node
                    && earlier.kind.hits_process()
                    && earlier.from <= ending(fault)
                    && fault.from <= ending(earlier)
            });
        if overlaps {
            errors.push(
                *at,
                "this fault overlaps another one of the same node",
                None,
            );
        }
    }
}

/// Checks that the node of each step runs at that time.
pub(super) fn nodes_run(steps: &[Placed<Step>], faults: &[Placed<Fault>], errors: &mut Errors<'_>) {
    for (step, at) in steps {
        let off = faults.iter().map(|(fault, _)| fault).find(|fault| {
            (fault.kind == FaultKind::RestartAll
                || fault.kind.hits_process() && fault.node == Some(step.node))
                && fault
                    .until
                    .is_some_and(|until| fault.from <= step.at && step.at < until)
        });
        if let Some(fault) = off {
            errors.push(
                *at,
                format!("the node {} does not run at {}", step.node, step.at),
                Some(format!(
                    "the fault `{}` of line {} holds then",
                    fault.kind.as_str(),
                    fault.line
                )),
            );
        }
    }
}

/// Checks that the copy of a node runs where one acts.
pub(super) fn copies_run(
    steps: &[Placed<Step>],
    files: &[Carried],
    faults: &[Placed<Fault>],
    errors: &mut Errors<'_>,
) {
    let steps = steps.iter().filter(|(step, _)| step.hand == Hand::Copy);
    let steps = steps.map(|(step, at)| (step.node, step.at, *at));
    let files = files.iter().flat_map(|file| {
        let written = file.copy.then_some((file.from, file.at, 0));
        written
            .into_iter()
            .chain(file.to_copy.then_some((file.to, file.at, 0)))
    });
    for (node, moment, at) in steps.chain(files) {
        let cloned = faults.iter().any(|(fault, _)| {
            fault.kind == FaultKind::Clone
                && fault.node == Some(node)
                && fault.from <= moment
                && fault.until.is_some_and(|until| moment < until)
        });
        if !cloned {
            let message = format!("no copy of {node} runs at {moment}");
            let hint = "a fault `clone` of this node has to hold then".to_owned();
            errors.push(at, message, Some(hint));
        }
    }
}

fn ending(fault: &Fault) -> Moment {
    fault.until.unwrap_or(fault.from)
}
