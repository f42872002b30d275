//! How soon a case is taken over and looked at, and whether anybody goes on with it.

use tongban_identity::CityId;

use super::act::Act;
use super::state::State;

/// A number of waits in seconds: how many, the middle one, and the one that nine of ten do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// The median, by nearest rank.
    pub median_s: i64,
    /// The 90th percentile, by nearest rank.
    pub p90_s: i64,
}

impl Spread {
    /// Sums up waits; none if there are none.
    pub fn of(mut waits: Vec<i64>) -> Option<Self> {
        waits.sort_unstable();
        let rank = |percent: usize| {
            let nth = (waits.len() * percent).div_ceil(100).max(1);
            waits.get(nth - 1).copied()
        };
        Some(Self {
            median_s: rank(50)?,
            p90_s: rank(90)?,
            count: u64::try_from(waits.len()).unwrap_or(u64::MAX),
        })
    }
}

impl State {
    /// The seconds from each push to a city until that city's acknowledgement, by the signed times; a clock that
    /// was behind makes none negative.
    pub fn takeovers(&self, city: &CityId) -> Vec<i64> {
        let acks = self.picked(|act| match act {
            Act::Ack(answer) => Some(answer.push),
            _ => None,
        });
        let acks: Vec<_> = acks.map(|(_, fact, push)| (push, fact)).collect();
        self.pushes()
            .filter(|(_, _, push)| push.to == *city)
            .filter_map(|(id, _, _)| {
                let pushed = self.facts.get(&id)?.time;
                let taken = acks.iter().filter(|(push, _)| *push == id);
                let first = taken.map(|(_, fact)| fact.time).min()?;
                Some(first.saturating_sub(pushed).max(0))
            })
            .collect()
    }

    /// Since when a case that somebody of a city has seen lies there untouched, Unix seconds; none if the city does
    /// not hold it, nobody has looked yet, or the city did something since.
    pub fn untouched_since(&self, city: &CityId) -> Option<i64> {
        let holds = self
            .sole_claim()
            .is_some_and(|claim| claim.city == *city && self.receiver != *city);
        if !holds || self.ending().is_some() {
            return None;
        }
        let own = || self.facts.values().filter(|fact| fact.by == *city);
        let looks = own().filter(|fact| matches!(fact.act, Act::FirstLook(_)));
        let looked = looks.map(|fact| fact.time).max()?;
        let touched = own().any(|fact| {
            fact.time >= looked && !matches!(fact.act, Act::FirstLook(_) | Act::Ack(_))
        });
        (!touched).then_some(looked)
    }
}
