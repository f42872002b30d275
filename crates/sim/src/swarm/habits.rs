//! What clerks of a seed are fond of.
//!
//! Each seed has its own mixture of commands (Groce et al., "Swarm Testing", ISSTA 2012): in half of the seeds some
//! commands that belong together are chosen before others. What takes three rare acts in a row is met so, too.

use super::beside::BESIDE;

/// Commands that belong together: the same thing is handed over, asked, stopped or answered by them.
pub(super) const HABITS: [&[&str]; 7] = [
    // Custody.
    &[
        "case.push",
        "case.ack",
        "case.recall",
        "case.decline",
        "case.retract",
        "case.yield",
    ],
    // Steps of joint handling and withdrawals.
    &[
        "case.open-step",
        "case.decide-step",
        "case.release-step",
        "case.recall-step",
        "case.step-progress",
        "case.ask-undo",
        "case.withdraw",
        "case.grant-withdrawal",
        "case.refuse-withdrawal",
    ],
    // Clocks.
    &[
        "case.notice",
        "case.submit-correction",
        "case.no-correction",
        "case.special-start",
        "case.special-end",
        "case.extend",
        "case.commit",
        "case.check-commitment",
    ],
    // Answers to the applicant.
    &[
        "case.accept",
        "case.not-accept",
        "case.decide",
        "case.redirect",
        "case.annul",
        "case.issue-cert",
        "case.send-result",
        "case.served",
        "case.retract",
    ],
    // Papers.
    &[
        "case.original-check",
        "case.send-papers",
        "case.take-papers",
        "case.mend-papers",
        "case.agree-papers",
    ],
    // Words beside the case.
    &[
        "case.ask",
        "case.answer",
        "case.contact",
        "case.supervise",
        "case.reply",
        "case.complain",
        "case.rate",
        "case.follow-up",
    ],
    // Items that move on, and systems of others.
    &[
        "case.hand-over",
        "case.jump-out",
        "case.back-flow",
        "city.change-item",
        "city.take-item",
        "city.delete-item",
    ],
];

/// What of a habit may be done to a case that offers `next`.
pub(super) fn possible(habit: &[&'static str], next: &[String]) -> Vec<&'static str> {
    let offered = |name: &&str| BESIDE.contains(name) || next.iter().any(|one| one == name);
    habit.iter().copied().filter(offered).collect()
}

#[cfg(test)]
mod tests {
    use tongban_ledger::command::Command;

    use super::*;

    #[test]
    fn every_habit_is_a_command() {
        for name in HABITS.iter().copied().flatten() {
            assert!(Command::NAMES.contains(name), "{name}");
        }
    }

    #[test]
    fn what_the_case_does_not_offer_is_no_habit_there() {
        let next = ["case.recall".to_owned(), "case.decide".to_owned()];
        assert_eq!(possible(HABITS[0], &next), ["case.ack", "case.recall"]);
    }
}
