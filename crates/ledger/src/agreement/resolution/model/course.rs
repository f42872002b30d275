//! The model a round at a time: three texts, and as many rounds as there may be.
//!
//! What may be said in a round rests on the rounds before it and never on a later one, and within a round Commits
//! rest on votes. So the last words of each round, taken round by round, make every world there can be in the end,
//! in whatever order they came. What a later round sees of the earlier ones is little: whether it is open, which texts
//! may be put, and what was decided. Worlds with the same *outlook* go on alike, so one of each is enough, and once no
//! round brings an outlook that is new, all rounds have been looked at. `rounds_leave_nothing_out` holds this against
//! the other way through the model.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    COMMITTED, CONCERNED, Counted, MEMBERS_MAX, NULLIFIED, ROUNDS_MAX, SOUND, Setting, VOTED,
    World, few,
};
use crate::agreement::resolution::rules;

/// What a round sees of those before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Outlook {
    /// Whether it is open.
    open: bool,
    /// The texts that may be put in it.
    may_put: Vec<u8>,
    /// The texts that were decided in the rounds before.
    decided: BTreeSet<u8>,
}

/// What came of the rounds, one after the other.
struct Course {
    /// The outlooks after each round, from before the first.
    rounds: Vec<BTreeSet<Outlook>>,
    /// How many whole rounds were looked at.
    worlds: usize,
    /// A world in which two texts are decided, if there is one.
    both: Option<World>,
    /// Whether the last round brought no outlook that was new.
    closed: bool,
}

impl Setting {
    fn outlook(&self, world: &World, round: u16) -> Outlook {
        let poll = Counted {
            world,
            setting: self,
        };
        let may_put = |text: &u8| rules::may_put(&poll, round, *text);
        let before = |text: &u8| (1..round).any(|earlier| rules::certified(&poll, earlier, *text));
        let open = rules::is_open(&poll, round);
        Outlook {
            open,
            may_put: (0..self.texts)
                .filter(|text| open && may_put(text))
                .collect(),
            decided: (0..self.texts).filter(before).collect(),
        }
    }

    /// The words of a whole round upon a world: every choice of every honest city, and all that a liar may say.
    fn whole_round(&self, world: &World, round: u16) -> Vec<World> {
        let mut voted = vec![world.clone()];
        for city in 0..self.members {
            let lies = self.liar == Some(city);
            let mut next = Vec::new();
            for world in &voted {
                let poll = Counted {
                    world,
                    setting: self,
                };
                let said = self.said(&poll, round, city);
                let may = |text: &u8| {
                    self.eligible(city, *text) && rules::vote(&poll, said, round, *text).is_ok()
                };
                let choices = (0..self.texts).filter(may);
                let bits = choices.map(|text| VOTED[usize::from(text)]);
                match lies {
                    true => next
                        .push(bits.fold(world.clone(), |world, bit| world.with(city, round, bit))),
                    false => {
                        next.push(world.clone());
                        next.extend(bits.map(|bit| world.with(city, round, bit)));
                    }
                }
            }
            voted = next;
        }
        let mut ended = voted;
        for city in 0..self.members {
            ended = self.ends(ended, round, city);
        }
        ended
    }

    /// How a city may end a round: by a Commit, by giving it up, or not at all.
    fn ends(&self, worlds: Vec<World>, round: u16, city: usize) -> Vec<World> {
        let mut next = Vec::new();
        for world in worlds {
            let poll = Counted {
                world: &world,
                setting: self,
            };
            let said = self.said(&poll, round, city);
            let may = |text: &u8| {
                self.eligible(city, *text) && rules::commit(&poll, said, round, *text).is_ok()
            };
            let commits = (0..self.texts).filter(may);
            let mut bits: Vec<_> = commits.map(|text| COMMITTED[usize::from(text)]).collect();
            let gives_up = rules::nullify(&poll, said, round).is_ok();
            bits.extend(gives_up.then_some(NULLIFIED));
            if self.liar == Some(city) {
                let all = bits
                    .iter()
                    .fold(world.clone(), |world, bit| world.with(city, round, *bit));
                next.push(all);
                continue;
            }
            if self.contrary && gives_up {
                let both = bits.iter().filter(|bit| **bit != NULLIFIED);
                next.extend(both.map(|bit| world.with(city, round, *bit | NULLIFIED)));
            }
            next.extend(bits.into_iter().map(|bit| world.with(city, round, bit)));
            next.push(world);
        }
        next
    }

    /// Takes round after round, up to `rounds`, until none brings anything new; or all of them, also upon outlooks that
    /// an earlier round had.
    fn course(&self, rounds: u16, again: bool) -> Course {
        let start = World {
            said: [0; MEMBERS_MAX],
        };
        let mut open = BTreeMap::from([(self.outlook(&start, 1), start)]);
        let mut known: BTreeSet<Outlook> = open.keys().cloned().collect();
        let mut course = Course {
            rounds: vec![known.clone()],
            worlds: 0,
            both: None,
            closed: false,
        };
        for round in 1..=rounds.min(ROUNDS_MAX - 1) {
            let mut reached: BTreeMap<Outlook, World> = BTreeMap::new();
            for world in open.values() {
                for next in self.whole_round(world, round) {
                    course.worlds += 1;
                    if self.decided(&next).len() > 1 && course.both.is_none() {
                        course.both = Some(next.clone());
                    }
                    let outlook = self.outlook(&next, round + 1);
                    reached.entry(outlook).or_insert(next);
                }
            }
            course.rounds.push(reached.keys().cloned().collect());
            open = reached;
            open.retain(|outlook, _| known.insert(outlook.clone()) || again);
            course.closed = open.is_empty();
            if course.closed {
                break;
            }
        }
        course
    }
}

/// three texts and any number of rounds: never two contradictory certificates.
#[test]
fn no_number_of_rounds_brings_two_contradictory_certificates() {
    for concerned in [None, Some(0), Some(3)] {
        let setting = Setting {
            texts: 3,
            concerned,
            ..SOUND
        };
        let course = setting.course(ROUNDS_MAX, false);
        assert!(course.both.is_none(), "two with {concerned:?} concerned");
        assert!(course.closed, "rounds still bring something new");
        assert!(course.rounds.len() > 3, "{} rounds", course.rounds.len());
        println!(
            "{} whole rounds over {} rounds, {} outlooks at the end, {concerned:?} concerned",
            course.worlds,
            course.rounds.len() - 1,
            course
                .rounds
                .iter()
                .flatten()
                .collect::<BTreeSet<_>>()
                .len(),
        );
    }
}

/// The same of two members and of three, of whom none lies.
#[test]
fn no_number_of_rounds_divides_two_or_three_members() {
    for members in [2, 3] {
        for (concerned, second) in CONCERNED {
            let setting = Setting {
                texts: 3,
                concerned,
                second,
                ..few(members)
            };
            let course = setting.course(ROUNDS_MAX, false);
            assert!(
                course.both.is_none(),
                "{members}: {concerned:?}, {second:?}"
            );
            assert!(course.closed, "rounds still bring something new");
        }
    }
}

/// It sees what it is for: a majority of two of four, and a Commit beside a Nullify.
#[test]
fn a_weaker_rule_is_noticed_round_by_round() {
    let three = Setting { texts: 3, ..SOUND };
    for weak in [
        Setting {
            short_by: 1,
            ..three
        },
        Setting {
            contrary: true,
            ..three
        },
    ] {
        assert!(weak.course(3, false).both.is_some());
    }
}

/// Word after word in every order comes to the same outlooks as round after round.
#[test]
fn rounds_leave_nothing_out() {
    for (liar, concerned) in [(Some(3), None), (Some(3), Some(0)), (Some(3), Some(3))] {
        let setting = Setting {
            liar,
            concerned,
            ..SOUND
        };
        let course = setting.course(setting.rounds, true);
        let known = setting.explore();
        for round in 1..=setting.rounds {
            let by_words: BTreeSet<Outlook> = known
                .keys()
                .map(|world| setting.outlook(world, round + 1))
                .collect();
            let by_rounds = &course.rounds[usize::from(round)];
            assert_eq!(&by_words, by_rounds, "round {round}, {concerned:?}");
        }
    }
}
