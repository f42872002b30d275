//! The clocks of a case: what is due, when, who must act, and whether it is late.

use tongban_ledger::answer::Deadline;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::time;
use crate::table::table;

/// Names a clock, with the step of joint handling if it is one's.
pub fn name(clock: &Deadline, say: &Catalogue) -> String {
    let name = say.term("clock", &clock.clock);
    match clock.step.is_empty() {
        true => name,
        false => format!("{name} {}", clock.step),
    }
}

/// Writes when a clock is over: a day, or a moment for one of working hours.
pub fn due_text(clock: &Deadline, say: &Catalogue) -> String {
    match (clock.moment, clock.due) {
        (Some(moment), _) => time(moment),
        (None, Some(day)) => day.to_string(),
        (None, None) if is_paused(clock) => say.t("due-paused"),
        (None, None) => say.t("due-unknown"),
    }
}

/// Says whether a clock stands still; another one without a day could not be computed.
pub fn is_paused(clock: &Deadline) -> bool {
    clock.due.is_none() && clock.paused
}

/// Says how a clock stands.
fn state(clock: &Deadline, say: &Catalogue) -> String {
    match clock.done {
        Some(_) if clock.overdue => say.t("due-done-late"),
        Some(_) => say.t("due-done"),
        None if clock.overdue => say.t("due-overdue"),
        None if clock.amber => say.t("due-amber"),
        None if is_paused(clock) => say.t("due-paused"),
        None => say.t("due-runs"),
    }
}

/// Draws the clocks that run.
pub fn running(clocks: &[Deadline], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-clock"),
        say.t("label-due"),
        say.t("label-holder"),
        say.t("label-state"),
    ];
    let rows = clocks.iter().map(|clock| {
        vec![
            name(clock, say),
            due_text(clock, say),
            cities.show(clock.holder),
            state(clock, say),
        ]
    });
    table(&header, rows.collect(), &[])
}

/// Draws every clock, also those that stopped, with the working days that they took.
pub fn all(clocks: &[Deadline], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-clock"),
        say.t("label-start"),
        say.t("label-due"),
        say.t("label-done"),
        say.t("label-used"),
        say.t("label-holder"),
        say.t("label-state"),
    ];
    let rows = clocks.iter().map(|clock| {
        let day = |day: Option<_>| day.map_or_else(String::new, |day| format!("{day}"));
        vec![
            name(clock, say),
            day(clock.start),
            due_text(clock, say),
            day(clock.done),
            clock.used.map_or_else(String::new, |days| days.to_string()),
            cities.show(clock.holder),
            state(clock, say),
        ]
    });
    table(&header, rows.collect(), &[4])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{case, cities};

    #[test]
    fn a_clock_says_whether_it_is_late_near_its_end_or_paused() {
        let say = Catalogue::new(Lang::Zh);
        let base = case().row.due[0].clone();
        let check = |change: fn(&mut Deadline), expected: &[&str]| {
            let mut clock = base.clone();
            change(&mut clock);
            let text = running(&[clock.clone()], &cities(), &say);
            let full = all(&[clock], &cities(), &say);
            for word in expected {
                assert!(text.contains(word) && full.contains(word), "{text}{full}");
            }
        };
        check(|_| {}, &["一次性告知", "2026-09-14", "进行中"]);
        check(|clock| clock.overdue = true, &["已超期"]);
        check(|clock| clock.amber = true, &["将到期"]);
        check(|clock| clock.due = None, &["缺年度日历"]);
        check(|clock| (clock.due, clock.paused) = (None, true), &["暂停"]);
        check(
            |clock| (clock.done, clock.used) = (clock.due, Some(5)),
            &["按期完成"],
        );
        check(
            |clock| (clock.moment, clock.step) = (Some(1_788_796_740), "S2".into()),
            &["2026-09-07 23:59", "一次性告知 S2"],
        );
    }
}
