//! A model of the voting: four members, one of them lying, every order of messages.
//!
//! It explores what cities may have said, not what each has heard. That loses nothing: each rule that allows
//! something grows with what is known (`what_may_be_said_grows_with_what_is_known`), so whatever may be said after
//! hearing some of it may be said after hearing all, and a city may also stay silent for ever. The rules asked are those of the
//! ledger, `rules.rs`, over bit sets instead of entries.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{self, Poll, Said};

/// Texts put to the vote. A third would add nothing: a city votes for one in a round, and texts contradict pairwise.
const TEXTS: u8 = 2;
const MEMBERS: usize = 4;

/// What one city said in one round: four bits. A liar says everything; it has bits of its own.
type Word = u16;
const VOTED: [Word; 2] = [1, 2];
const COMMITTED: [Word; 2] = [4, 8];
const NULLIFIED: Word = 16;
const BITS: usize = 5;

/// What everybody said in `rounds` rounds; `concerned` has no vote on text 0.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct World {
    /// For each city its word in each round, five bits a round.
    said: [u32; MEMBERS],
}

#[derive(Clone, Copy)]
struct Setting {
    rounds: u16,
    /// The city that lies, if one does: it says whatever may help, as soon as it may.
    liar: Option<usize>,
    /// The city that text 0 concerns.
    concerned: Option<usize>,
    /// What is taken off the majority, to see the model fail.
    short_by: usize,
    /// Whether a city that gave a round up may commit in it, to see the model fail.
    contrary: bool,
}

struct Counted<'w> {
    world: &'w World,
    setting: &'w Setting,
}

impl Counted<'_> {
    fn count(&self, round: u16, bit: Word, text: Option<u8>) -> usize {
        let eligible = |city: usize| match text {
            Some(text) => self.setting.eligible(city, text),
            None => true,
        };
        let said = |city: usize| self.world.word(city, round) & bit != 0;
        (0..MEMBERS)
            .filter(|city| eligible(*city) && said(*city))
            .count()
    }
}

impl Poll for Counted<'_> {
    type Text = u8;

    fn quorum_of(&self, text: u8) -> usize {
        let eligible = (0..MEMBERS).filter(|city| self.setting.eligible(*city, text));
        rules::quorum(MEMBERS, eligible.count()) - self.setting.short_by
    }

    fn quorum_of_all(&self) -> usize {
        rules::quorum(MEMBERS, MEMBERS) - self.setting.short_by
    }

    fn votes(&self, round: u16, text: u8) -> usize {
        self.count(round, VOTED[usize::from(text)], Some(text))
    }

    fn commits(&self, round: u16, text: u8) -> usize {
        self.count(round, COMMITTED[usize::from(text)], Some(text))
    }

    fn nullifies(&self, round: u16) -> usize {
        self.count(round, NULLIFIED, None)
    }

    fn texts(&self, _: u16) -> Vec<u8> {
        (0..TEXTS).collect()
    }
}

impl Setting {
    fn eligible(&self, city: usize, text: u8) -> bool {
        text != 0 || self.concerned != Some(city)
    }

    /// Cities between which nothing tells: their order in a world does not matter.
    fn alike(&self) -> Vec<usize> {
        let honest = (0..MEMBERS).filter(|city| Some(*city) != self.liar);
        honest
            .filter(|city| Some(*city) != self.concerned)
            .collect()
    }

    /// The world with alike cities in one order.
    fn normal(&self, mut world: World) -> World {
        let alike = self.alike();
        let mut words: Vec<u32> = alike.iter().map(|city| world.said[*city]).collect();
        words.sort_unstable();
        for (city, word) in alike.into_iter().zip(words) {
            world.said[city] = word;
        }
        world
    }

    /// What a city may say next, each as a further world.
    fn steps(&self, world: &World, city: usize, found: &mut Vec<World>) {
        let poll = Counted {
            world,
            setting: self,
        };
        for round in 1..=self.rounds {
            if !rules::is_open(&poll, round) {
                break;
            }
            let word = world.word(city, round);
            let honest = Said {
                voted: word & (VOTED[0] | VOTED[1]) != 0,
                committed: word & (COMMITTED[0] | COMMITTED[1]) != 0,
                nullified: word & NULLIFIED != 0 && !self.contrary,
            };
            // A liar's entries may leave out of their ancestors what it said before.
            let said = match self.liar == Some(city) {
                true => Said::default(),
                false => honest,
            };
            let mut add = |bit: Word| {
                if word & bit == 0 {
                    found.push(self.normal(world.with(city, round, bit)));
                }
            };
            for text in (0..TEXTS).filter(|text| self.eligible(city, *text)) {
                if rules::vote(&poll, said, round, text).is_ok() {
                    add(VOTED[usize::from(text)]);
                }
                if rules::commit(&poll, said, round, text).is_ok() {
                    add(COMMITTED[usize::from(text)]);
                }
            }
            if rules::nullify(&poll, said, round).is_ok() {
                add(NULLIFIED);
            }
        }
    }

    /// The texts that were decided in some round.
    fn decided(&self, world: &World) -> BTreeSet<u8> {
        let poll = Counted {
            world,
            setting: self,
        };
        let in_some =
            |text: &u8| (1..=self.rounds).any(|round| rules::certified(&poll, round, *text));
        (0..TEXTS).filter(in_some).collect()
    }

    /// Every world that can come about. What a liar may say it says at once: that forbids nobody anything.
    fn explore(&self) -> BTreeMap<World, Vec<World>> {
        let start = self.lied(World { said: [0; MEMBERS] });
        let mut known = BTreeMap::new();
        let mut open = vec![start];
        while let Some(world) = open.pop() {
            if known.contains_key(&world) {
                continue;
            }
            let mut next = Vec::new();
            for city in (0..MEMBERS).filter(|city| Some(*city) != self.liar) {
                self.steps(&world, city, &mut next);
            }
            let next: Vec<World> = next.into_iter().map(|next| self.lied(next)).collect();
            open.extend(
                next.iter()
                    .filter(|next| !known.contains_key(*next))
                    .cloned(),
            );
            known.insert(world, next);
        }
        known
    }

    fn lied(&self, mut world: World) -> World {
        let Some(liar) = self.liar else {
            return world;
        };
        loop {
            let mut more = Vec::new();
            self.steps(&world, liar, &mut more);
            match more.pop() {
                Some(next) => world = next,
                None => return world,
            }
        }
    }

    /// How many worlds there are, and one in which two texts are decided, if there is any.
    fn contradiction(&self) -> (usize, Option<World>) {
        let known = self.explore();
        let both = known.keys().find(|world| self.decided(world).len() > 1);
        (known.len(), both.cloned())
    }

    /// Worlds from which no text can be decided any more, of those in which no round after `before` was begun.
    fn stuck(&self, before: u16) -> (usize, usize) {
        let known = self.explore();
        let mut back: BTreeMap<&World, Vec<&World>> = BTreeMap::new();
        for (world, next) in &known {
            for next in next {
                back.entry(next).or_default().push(world);
            }
        }
        let mut hopeful: BTreeSet<&World> = BTreeSet::new();
        let mut open: Vec<&World> = known
            .keys()
            .filter(|world| !self.decided(world).is_empty())
            .collect();
        while let Some(world) = open.pop() {
            if hopeful.insert(world) {
                open.extend(back.get(world).into_iter().flatten().copied());
            }
        }
        let early = |world: &World| {
            (0..MEMBERS)
                .all(|city| (before + 1..=self.rounds).all(|round| world.word(city, round) == 0))
        };
        let stuck = known
            .keys()
            .filter(|world| early(world) && !hopeful.contains(world));
        (known.len(), stuck.count())
    }
}

impl World {
    fn word(&self, city: usize, round: u16) -> Word {
        let shift = BITS * usize::from(round - 1);
        Word::try_from(self.said[city] >> shift & 31).expect("five bits")
    }

    fn with(&self, city: usize, round: u16, bit: Word) -> World {
        let mut next = self.clone();
        next.said[city] |= u32::from(bit) << (BITS * usize::from(round - 1));
        next
    }
}

const SOUND: Setting = Setting {
    rounds: 2,
    liar: Some(3),
    concerned: None,
    short_by: 0,
    contrary: false,
};

/// four members, one of them lying, any order of messages: never two contradictory certificates.
#[test]
fn two_contradictory_certificates_never_both_exist() {
    let mut visited = 0;
    for concerned in [None, Some(0), Some(3)] {
        let (worlds, both) = Setting { concerned, ..SOUND }.contradiction();
        assert!(
            both.is_none(),
            "two certificates with {concerned:?} concerned"
        );
        visited += worlds;
    }
    println!("{visited} worlds");
    assert!(
        visited > 1_000,
        "{visited} worlds are too few to mean anything"
    );
}

/// The model sees what it is for: a majority of two of four, and a Commit after a Nullify.
#[test]
fn a_weaker_rule_is_noticed() {
    let small = Setting {
        short_by: 1,
        ..SOUND
    };
    assert!(small.contradiction().1.is_some(), "a small majority");
    let contrary = Setting {
        contrary: true,
        ..SOUND
    };
    assert!(contrary.contradiction().1.is_some(), "both in one round");
}

/// With all honest and connected a certificate stays reachable, whatever was said before.
#[test]
fn a_certificate_stays_reachable_while_all_are_honest() {
    for concerned in [None, Some(0)] {
        let setting = Setting {
            liar: None,
            concerned,
            ..SOUND
        };
        let (worlds, stuck) = setting.stuck(1);
        println!("{worlds} worlds, {stuck} stuck");
        assert!(
            worlds > 10_000 && stuck == 0,
            "{stuck} of {worlds} are stuck"
        );
    }
}

/// The rules allow more with more heard, as long as it is not the city's own word.
#[test]
fn what_may_be_said_grows_with_what_is_known() {
    let setting = Setting {
        liar: None,
        ..SOUND
    };
    let known = setting.explore();
    let mut looked = 0;
    // Every twentieth world, with every single word of another city left out.
    let mut worlds: Vec<&World> = known.keys().collect();
    worlds.sort_unstable();
    for world in worlds.into_iter().step_by(20) {
        for other in 1..MEMBERS {
            for bit in 0..BITS * 2 {
                let mut less = world.clone();
                less.said[other] &= !(1 << bit);
                if less == *world {
                    continue;
                }
                looked += 1;
                for round in 1..=2 {
                    assert!(!grows_less(&setting, &less, world, round));
                }
            }
        }
    }
    assert!(looked > 1_000);
}

/// Whether city 0 may say something in `less` that it may not say in `more`.
fn grows_less(setting: &Setting, less: &World, more: &World, round: u16) -> bool {
    let word = more.word(0, round);
    let said = Said {
        voted: word & (VOTED[0] | VOTED[1]) != 0,
        committed: word & (COMMITTED[0] | COMMITTED[1]) != 0,
        nullified: word & NULLIFIED != 0,
    };
    let (less, more) = (
        Counted {
            world: less,
            setting,
        },
        Counted {
            world: more,
            setting,
        },
    );
    let vote = |poll: &Counted<'_>, text| rules::vote(poll, said, round, text).is_ok();
    let commit = |poll: &Counted<'_>, text| rules::commit(poll, said, round, text).is_ok();
    let nullify = |poll: &Counted<'_>| rules::nullify(poll, said, round).is_ok();
    (0..TEXTS).any(|text| {
        vote(&less, text) && !vote(&more, text) || commit(&less, text) && !commit(&more, text)
    }) || nullify(&less) && !nullify(&more)
}
