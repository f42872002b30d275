//! Which address of a city to try next. The engine names cities, the mesh knows addresses only.
//!
//! It dials nothing itself; when to try a city again is the engine's to decide.

use std::collections::{BTreeMap, VecDeque};

use tongban_identity::{CityId, DivisionCode};
use tongban_sync::LinkId;

/// What to do next about a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try this address.
    Dial(String),
    /// No address is left: tell the engine.
    Failed(CityId),
}

/// An attempt at a city.
#[derive(Clone, Debug)]
struct Attempt {
    city: CityId,
    /// Addresses not tried yet.
    rest: VecDeque<String>,
}

impl Attempt {
    fn next(mut self) -> (Next, Option<Self>) {
        match self.rest.pop_front() {
            Some(address) => (Next::Dial(address), Some(self)),
            None => (Next::Failed(self.city), None),
        }
    }
}

/// The attempts under way.
#[derive(Debug, Default)]
pub struct Dialler {
    overrides: BTreeMap<DivisionCode, Vec<String>>,
    /// By address being dialled; two cities may give the same one.
    dialling: BTreeMap<String, VecDeque<Attempt>>,
    /// Links that stand and whose peer has not shown who it is.
    unadmitted: BTreeMap<LinkId, Attempt>,
}

impl Dialler {
    /// Takes the addresses that hold instead of those the cities give.
    pub fn new(overrides: BTreeMap<DivisionCode, Vec<String>>) -> Self {
        Self {
            overrides,
            ..Self::default()
        }
    }

    /// Begins an attempt, unless one at this city is under way; that one goes on then.
    pub fn dial(
        &mut self,
        city: CityId,
        division: Option<DivisionCode>,
        addresses: Vec<String>,
    ) -> Option<Next> {
        let mut under_way = self
            .dialling
            .values()
            .flatten()
            .chain(self.unadmitted.values());
        if under_way.any(|attempt| attempt.city == city) {
            return None;
        }
        let own = division.and_then(|division| self.overrides.get(&division));
        let rest = own.cloned().unwrap_or(addresses).into();
        Some(self.go_on(Attempt { city, rest }))
    }

    /// An address gave no link.
    pub fn failed(&mut self, address: &str) -> Option<Next> {
        let attempt = self.take(address)?;
        Some(self.go_on(attempt))
    }

    /// An address gave a link; whose it is remains to be seen.
    pub fn opened(&mut self, link: LinkId, address: &str) {
        if let Some(attempt) = self.take(address) {
            self.unadmitted.insert(link, attempt);
        }
    }

    /// The peer on a link is a member: the attempt succeeded.
    pub fn admitted(&mut self, link: LinkId) {
        self.unadmitted.remove(&link);
    }

    /// A link ended. If its peer was never admitted, the address was not the city's.
    pub fn closed(&mut self, link: LinkId) -> Option<Next> {
        let attempt = self.unadmitted.remove(&link)?;
        Some(self.go_on(attempt))
    }

    fn go_on(&mut self, attempt: Attempt) -> Next {
        let (next, attempt) = attempt.next();
        if let (Next::Dial(address), Some(attempt)) = (&next, attempt) {
            let queue = self.dialling.entry(address.clone()).or_default();
            queue.push_back(attempt);
        }
        next
    }

    fn take(&mut self, address: &str) -> Option<Attempt> {
        let queue = self.dialling.get_mut(address)?;
        let attempt = queue.pop_front();
        if queue.is_empty() {
            self.dialling.remove(address);
        }
        attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CityId = CityId([1; 32]);
    const B: CityId = CityId([2; 32]);

    fn division(code: u32) -> Option<DivisionCode> {
        Some(DivisionCode::new(code).unwrap())
    }

    fn addresses(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn dial(address: &str) -> Option<Next> {
        Some(Next::Dial(address.to_owned()))
    }

    #[test]
    fn addresses_are_tried_in_turn_and_then_the_city_has_failed() {
        let mut dialler = Dialler::default();
        assert_eq!(
            dialler.dial(A, None, addresses(&["x:1", "x:2"])),
            dial("x:1")
        );
        assert_eq!(dialler.dial(A, None, addresses(&["x:1"])), None);
        assert_eq!(dialler.failed("x:1"), dial("x:2"));
        assert_eq!(dialler.failed("x:2"), Some(Next::Failed(A)));
        assert_eq!(dialler.failed("x:2"), None);
        assert_eq!(dialler.dial(A, None, Vec::new()), Some(Next::Failed(A)));
    }

    #[test]
    fn configured_addresses_hold_instead() {
        let configured = BTreeMap::from([(division(330_800).unwrap(), addresses(&["c:1"]))]);
        let mut dialler = Dialler::new(configured);
        assert_eq!(
            dialler.dial(A, division(330_800), addresses(&["x:1"])),
            dial("c:1")
        );
        assert_eq!(dialler.failed("c:1"), Some(Next::Failed(A)));
        assert_eq!(
            dialler.dial(B, division(350_700), addresses(&["x:2"])),
            dial("x:2")
        );
    }

    #[test]
    fn a_link_that_ends_before_admission_moves_on_to_the_next_address() {
        let mut dialler = Dialler::default();
        dialler.dial(A, None, addresses(&["x:1", "x:2"]));
        dialler.opened(LinkId(1), "x:1");
        assert_eq!(dialler.dial(A, None, addresses(&["x:1"])), None);
        assert_eq!(dialler.closed(LinkId(1)), dial("x:2"));
        dialler.opened(LinkId(2), "x:2");
        assert_eq!(dialler.closed(LinkId(2)), Some(Next::Failed(A)));
    }

    #[test]
    fn an_admitted_link_ends_the_attempt() {
        let mut dialler = Dialler::default();
        dialler.dial(A, None, addresses(&["x:1", "x:2"]));
        dialler.opened(LinkId(1), "x:1");
        dialler.admitted(LinkId(1));
        assert_eq!(dialler.closed(LinkId(1)), None);
        assert_eq!(dialler.dial(A, None, addresses(&["x:1"])), dial("x:1"));
    }

    #[test]
    fn two_cities_may_give_one_address() {
        let mut dialler = Dialler::default();
        assert_eq!(dialler.dial(A, None, addresses(&["x:1"])), dial("x:1"));
        assert_eq!(dialler.dial(B, None, addresses(&["x:1"])), dial("x:1"));
        assert_eq!(dialler.failed("x:1"), Some(Next::Failed(A)));
        assert_eq!(dialler.failed("x:1"), Some(Next::Failed(B)));
    }
}
