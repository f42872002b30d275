//! When a seed begins and what its people have set out to do: whose month's end it is, which day comes when, what the
//! members decide, and who joins them.
//!
//! In half of the seeds people have nothing in particular in mind, and do what comes. In the others most of what they
//! do serves one end, and so they get there within hours: a round of a month's end to its last receipt, or resolutions
//! and what follows from them. Where days have to pass, all clocks are set forward together, as a fault of every city.

use tongban_identity::DivisionCode;

use crate::faults::FaultKind;
use crate::scenario::{Fault, Moment};
use crate::world::{Draws, Stream};

/// Tuesday, 2026-09-01, nine in the morning in Beijing: August is over, and its bills may be signed.
const AFTER_AUGUST: i64 = 1_788_224_400;
/// Seconds of a day.
const DAY_S: i64 = 86_400;
/// The fewest founders of a seed in which a city joins later.
const FOUNDERS_MIN: usize = 2;
/// The fewest members of a seed in which one is removed.
const REMOVE_MIN: usize = 4;
/// The most resolutions that people set out to pass.
const MATTERS_MAX: u64 = 3;

/// After how many hundredths of a run of two months' ends the second one comes, and how many of each are mostly for
/// parcels and their lines.
const TURN: i64 = 40;
const FIRST: i64 = 20;

/// What a resolution is to be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matter {
    /// Admits the city outside.
    Admit(DivisionCode),
    /// Removes a member.
    Remove(DivisionCode),
    /// Gives a member another root key.
    Replace(DivisionCode),
    /// Sets the hours until somebody must have looked.
    Thresholds(u16),
    /// Raises the rules version.
    Rules(u16),
    /// Says who holds a case that is stuck.
    Override,
}

/// What most of a seed's work is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// Nothing in particular.
    Usual,
    /// The month's end.
    MonthEnd,
    /// Resolutions, in this order.
    Resolutions(Vec<Matter>),
}

/// Days that pass at once.
#[derive(Clone, Copy, Debug)]
struct Jump {
    /// After so many hundredths of the run.
    share: i64,
    /// How many days the clocks are ahead from then on.
    days: i64,
}

/// What a seed has in mind.
#[derive(Clone, Debug)]
pub(super) struct Season {
    /// When it begins.
    pub start: Moment,
    /// The month whose end it is.
    pub month: &'static str,
    /// The month after it.
    pub next_month: &'static str,
    /// The last day of that month on which something may be posted when the run begins.
    pub last_day: u64,
    /// What most of the work is for.
    pub theme: Theme,
    /// A city that founds nothing and may be admitted.
    pub outside: Option<DivisionCode>,
    /// A city that signs bills and no round.
    pub silent: Option<DivisionCode>,
    jumps: Vec<Jump>,
    /// Whether nobody opens a round of the month, so that its bills are carried into that of the month after it.
    pub roundless: bool,
    /// Whether the members give up the first round of votes.
    pub gives_up: bool,
    /// After so many hundredths of the run the month after it is settled instead, with what was left of the first.
    turn: Option<i64>,
}

impl Season {
    /// Draws what the cities of a seed have in mind.
    pub(super) fn draw(draws: Draws, cities: &[DivisionCode]) -> Self {
        let mut drawn = 0;
        let mut draw = |low: u64, high: u64| {
            drawn += 1;
            draws.between(Stream::Workload, 2, drawn, low, high)
        };
        let day = |days: i64| Moment::from_unix(AFTER_AUGUST + days * DAY_S);
        let one_of = |nth: u64| cities[usize::try_from(nth).unwrap_or(0) % cities.len()];
        let mut season = Season {
            start: day(0),
            month: "2026-08",
            next_month: "2026-09",
            last_day: 31,
            theme: Theme::Usual,
            outside: None,
            silent: None,
            jumps: Vec::new(),
            roundless: false,
            gives_up: false,
            turn: None,
        };
        if cities.len() > FOUNDERS_MIN && draw(0, 3) == 0 {
            season.outside = cities.last().copied();
        }
        match draw(0, 9) {
            0..=2 => {
                season.theme = Theme::MonthEnd;
                season.month_end(draw(0, 6));
                // Where the day for signing passes, somebody is waited for in vain.
                let passes = season.jumps.iter().any(|jump| jump.days > 10);
                let silent = draw(0, 1) == 0 || passes && season.turn.is_none();
                season.silent = silent.then(|| one_of(draw(0, 24)));
            }
            3..=5 => {
                season.theme = Theme::Resolutions(season.matters(cities, &mut draw));
                season.gives_up = draw(0, 3) == 0;
            }
            // The days of the month's end pass without anybody minding them.
            6 => season.month_end(draw(0, 3)),
            _ => {}
        }
        season
    }

    /// Puts the run at a month's end.
    fn month_end(&mut self, which: u64) {
        let day = |days: i64| Moment::from_unix(AFTER_AUGUST + days * DAY_S);
        let jump = |share, days| Jump { share, days };
        match which {
            // The secretary alone leads, until the end.
            0 => {}
            // From the last day of the draft to the day after that of the signatures, and beyond that of the payments.
            1 => {
                self.start = day(2);
                self.jumps = vec![jump(45, 12), jump(75, 45)];
            }
            // Over the day from which every member may lead.
            2 => {
                self.start = day(1);
                self.jumps = vec![jump(30, 2), jump(60, 13)];
            }
            // September, with the holidays of October in between: its last days, its bills, its signatures.
            3 => {
                self.start = day(28);
                (self.month, self.next_month, self.last_day) = ("2026-09", "2026-10", 29);
                self.jumps = vec![jump(30, 9), jump(65, 24)];
            }
            // Two months' ends: August as far as it gets, then September and what is left of August.
            nth => {
                self.roundless = nth == 6;
                self.start = day(1);
                self.jumps = vec![jump(TURN, 37)];
                self.turn = Some(TURN);
            }
        }
    }

    /// What the members set out to decide: no matter twice.
    fn matters(
        &self,
        cities: &[DivisionCode],
        draw: &mut impl FnMut(u64, u64) -> u64,
    ) -> Vec<Matter> {
        let founders: Vec<DivisionCode> = cities
            .iter()
            .copied()
            .filter(|city| Some(*city) != self.outside)
            .collect();
        let member = |draw: &mut dyn FnMut(u64, u64) -> u64| {
            let nth = draw(0, founders.len() as u64 - 1);
            founders[usize::try_from(nth).unwrap_or(0)]
        };
        let mut all = vec![Matter::Thresholds(7), Matter::Rules(2), Matter::Override];
        all.push(Matter::Replace(member(draw)));
        all.extend(self.outside.map(Matter::Admit));
        if founders.len() >= REMOVE_MIN {
            all.push(Matter::Remove(member(draw)));
        }
        let mut matters = Vec::new();
        // Who waits outside is what such a seed is for.
        if let Some(city) = self.outside {
            matters.push(Matter::Admit(city));
            all.retain(|matter| !matters.contains(matter));
        }
        for _ in 0..draw(1, MATTERS_MAX) {
            let nth = draw(0, all.len() as u64 - 1);
            matters.push(all.remove(usize::try_from(nth).unwrap_or(0)));
        }
        matters
    }

    /// Whether all clocks have been set forward for the first time, or nobody will; before that things are posted that
    /// are billed after it.
    pub(super) fn is_later(&self, at: Moment, end: Moment) -> bool {
        if let Some(turn) = self.turn {
            let began = if at >= self.moment(turn, end) {
                turn
            } else {
                0
            };
            return at >= self.moment(began + FIRST, end);
        }
        self.jumps
            .first()
            .is_none_or(|first| at >= self.moment(first.share, end))
    }

    /// Goes on to the month after it once its time has come.
    pub(super) fn go_on(&mut self, at: Moment, end: Moment) {
        if self.turn.is_some_and(|turn| at >= self.moment(turn, end)) && self.month == "2026-08" {
            (self.month, self.next_month, self.last_day) = ("2026-09", "2026-10", 30);
            self.roundless = false;
        }
    }

    /// Whether the last day for signatures is over by every right clock.
    pub(super) fn is_late(&self, at: Moment, end: Moment) -> bool {
        let signatures = self.jumps.iter().find(|jump| jump.days > 10);
        signatures.is_some_and(|jump| at >= self.moment(jump.share, end))
    }

    fn moment(&self, share: i64, end: Moment) -> Moment {
        let length = i64::try_from(end.ms_since(self.start)).unwrap_or(i64::MAX);
        self.start.after_ms(length / 100 * share)
    }

    /// The days that pass, as faults of every city's clock.
    pub(super) fn jumps(&self, cities: &[DivisionCode], end: Moment) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut until = end;
        for jump in self.jumps.iter().rev() {
            let from = self.moment(jump.share, end);
            faults.extend(cities.iter().map(|city| Fault {
                node: Some(*city),
                until: Some(until),
                amount: jump.days * DAY_S,
                ..Fault::new(FaultKind::ClockStep, from)
            }));
            until = from;
        }
        faults
    }
}
