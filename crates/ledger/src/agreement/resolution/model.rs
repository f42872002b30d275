//! A model of the voting: two to four members, of four one lying, every order of messages.
//!
//! It explores what cities may have said, not what each has heard. That loses nothing: each rule that allows
//! something grows with what is known (`what_may_be_said_grows_with_what_is_known`), so whatever may be said after
//! hearing some of it may be said after hearing all, and a city may also stay silent for ever. The rules asked are those of the
//! ledger, `rules.rs`, over bit sets instead of entries.
//!
//! There are two ways through it. One takes word after word, in every order, for two texts and two rounds. The other
//! (`course.rs`) takes a whole round at a time, for three texts and as many rounds as there may be; the first checks
//! that the second leaves nothing out.

mod course;

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{self, Poll, Said, Voters};

/// The most members; of so many one may lie.
const MEMBERS_MAX: usize = 4;
/// The most texts that a word has bits for.
const TEXTS_MAX: u8 = 3;

/// What one city said in one round: seven bits. A liar says everything; it has bits of its own.
type Word = u64;
const VOTED: [Word; TEXTS_MAX as usize] = [1, 2, 4];
const COMMITTED: [Word; TEXTS_MAX as usize] = [8, 16, 32];
const ANY_VOTE: Word = 7;
const ANY_COMMIT: Word = 56;
const NULLIFIED: Word = 64;
const BITS: usize = 7;
/// The most rounds that a city's words have bits for.
const ROUNDS_MAX: u16 = 9;

/// What everybody said, round by round.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct World {
    /// For each city its word in each round, seven bits a round.
    said: [u64; MEMBERS_MAX],
}

#[derive(Clone, Copy)]
struct Setting {
    /// How many members there are.
    members: usize,
    /// How many texts are put to the vote.
    texts: u8,
    /// Rounds in which something is said, where words are taken one after the other.
    rounds: u16,
    /// The city that lies, if one does: it says whatever may help, as soon as it may.
    liar: Option<usize>,
    /// The city that text 0 concerns: it has no vote on it.
    concerned: Option<usize>,
    /// The city that text 1 concerns.
    second: Option<usize>,
    /// What is taken off the majority, to see the model fail.
    short_by: usize,
    /// Whether a city that gave a round up may commit in it, to see the model fail.
    contrary: bool,
    /// Whether a city that a text concerns has no vote on it even where there are two, to see the model fail.
    puts_out: bool,
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
        (0..self.setting.members)
            .filter(|city| eligible(*city) && said(*city))
            .count()
    }
}

impl Poll for Counted<'_> {
    type Text = u8;

    fn quorum_of(&self, text: u8) -> usize {
        let members = self.setting.members;
        let eligible = (0..members).filter(|city| self.setting.eligible(*city, text));
        rules::quorum(members, eligible.count()) - self.setting.short_by
    }

    fn quorum_of_all(&self) -> usize {
        let members = self.setting.members;
        rules::quorum(members, members) - self.setting.short_by
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

    fn texts(&self, round: u16) -> Vec<u8> {
        let put = |text: &u8| self.count(round, VOTED[usize::from(*text)], None) > 0;
        (0..self.setting.texts).filter(put).collect()
    }
}

impl Voters for Counted<'_> {
    type City = usize;

    fn said(&self, round: u16, city: usize) -> Said {
        let word = self.world.word(city, round);
        Said {
            voted: word & ANY_VOTE != 0,
            committed: word & ANY_COMMIT != 0,
            nullified: word & NULLIFIED != 0,
        }
    }

    fn voted(&self, round: u16, city: usize) -> Option<u8> {
        let word = self.world.word(city, round);
        (0..self.setting.texts).find(|text| word & VOTED[usize::from(*text)] != 0)
    }

    fn may_vote(&self, city: usize, text: u8) -> bool {
        self.setting.eligible(city, text)
    }

    fn silent(&self, round: u16, text: Option<u8>) -> usize {
        let asked = |city: &usize| text.is_none_or(|text| self.setting.eligible(*city, text));
        let silent = |city: &usize| self.world.word(*city, round) & ANY_VOTE == 0;
        (0..self.setting.members)
            .filter(asked)
            .filter(silent)
            .count()
    }
}

impl Setting {
    fn eligible(&self, city: usize, text: u8) -> bool {
        let concerned = match text {
            0 => self.concerned,
            1 => self.second,
            _ => None,
        };
        concerned != Some(city) || rules::keeps_vote(self.members) && !self.puts_out
    }

    /// Cities between which nothing tells: their order in a world does not matter.
    fn alike(&self) -> Vec<usize> {
        let apart = [self.liar, self.concerned, self.second];
        let alike = (0..self.members).filter(|city| !apart.contains(&Some(*city)));
        alike.collect()
    }

    /// The world with alike cities in one order.
    fn normal(&self, mut world: World) -> World {
        let alike = self.alike();
        let mut words: Vec<u64> = alike.iter().map(|city| world.said[*city]).collect();
        words.sort_unstable();
        for (city, word) in alike.into_iter().zip(words) {
            world.said[city] = word;
        }
        world
    }

    /// What a city's entries in a round have among their ancestors of its own words there.
    fn said(&self, poll: &Counted<'_>, round: u16, city: usize) -> Said {
        // A liar's entries may leave out what it said before.
        if self.liar == Some(city) {
            return Said::default();
        }
        let said = poll.said(round, city);
        Said {
            nullified: said.nullified && !self.contrary,
            ..said
        }
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
            let said = self.said(&poll, round, city);
            let mut add = |bit: Word| {
                if word & bit == 0 {
                    found.push(self.normal(world.with(city, round, bit)));
                }
            };
            for text in (0..self.texts).filter(|text| self.eligible(city, *text)) {
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
            |text: &u8| (1..=ROUNDS_MAX).any(|round| rules::certified(&poll, round, *text));
        (0..self.texts).filter(in_some).collect()
    }

    /// Every world that can come about. What a liar may say it says at once: that forbids nobody anything.
    fn explore(&self) -> BTreeMap<World, Vec<World>> {
        let start = self.lied(World {
            said: [0; MEMBERS_MAX],
        });
        let mut known = BTreeMap::new();
        let mut open = vec![start];
        while let Some(world) = open.pop() {
            if known.contains_key(&world) {
                continue;
            }
            let mut next = Vec::new();
            for city in (0..self.members).filter(|city| Some(*city) != self.liar) {
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
            (0..self.members)
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
        match (1..=ROUNDS_MAX).contains(&round) {
            true => self.said[city] >> (BITS * usize::from(round - 1)) & 127,
            false => 0,
        }
    }

    fn with(&self, city: usize, round: u16, bit: Word) -> World {
        let mut next = self.clone();
        next.said[city] |= bit << (BITS * usize::from(round - 1));
        next
    }
}

const SOUND: Setting = Setting {
    members: 4,
    texts: 2,
    rounds: 2,
    liar: Some(3),
    concerned: None,
    second: None,
    short_by: 0,
    contrary: false,
    puts_out: false,
};

/// So few members that none may lie.
const fn few(members: usize) -> Setting {
    Setting {
        members,
        liar: None,
        ..SOUND
    }
}

/// Whom two texts may concern, of so few members: nobody, one, or one each.
const CONCERNED: [(Option<usize>, Option<usize>); 4] = [
    (None, None),
    (Some(0), None),
    (Some(0), Some(0)),
    (Some(0), Some(1)),
];

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

/// the same of two members and of three, also where each of two texts would put a city out.
#[test]
fn two_and_three_members_make_no_contradictory_certificates() {
    for members in [2, 3] {
        for (concerned, second) in CONCERNED {
            let setting = Setting {
                concerned,
                second,
                ..few(members)
            };
            let (worlds, both) = setting.contradiction();
            assert!(both.is_none(), "{members}: {concerned:?}, {second:?}");
            assert!(worlds > 100, "{members}: {worlds} worlds are too few");
        }
    }
    // Of two members each could put the other out.
    let apart = Setting {
        concerned: Some(0),
        second: Some(1),
        puts_out: true,
        ..few(2)
    };
    assert!(apart.contradiction().1.is_some());
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
    for members in 2..=MEMBERS_MAX {
        for concerned in [None, Some(0)] {
            let setting = Setting {
                concerned,
                ..few(members)
            };
            let (worlds, stuck) = setting.stuck(1);
            println!("{members}: {worlds} worlds, {stuck} stuck");
            assert_eq!(stuck, 0, "{members}: {stuck} of {worlds} are stuck");
            assert!(members < MEMBERS_MAX || worlds > 10_000, "{worlds}");
        }
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
        for other in 1..setting.members {
            for bit in 0..BITS * 2 {
                let mut less = world.clone();
                less.said[other] &= !(1_u64 << bit);
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
    let said = more.said(round, 0);
    let vote = |poll: &Counted<'_>, text| rules::vote(poll, said, round, text).is_ok();
    let commit = |poll: &Counted<'_>, text| rules::commit(poll, said, round, text).is_ok();
    let nullify = |poll: &Counted<'_>| rules::nullify(poll, said, round).is_ok();
    (0..setting.texts).any(|text| {
        vote(&less, text) && !vote(&more, text) || commit(&less, text) && !commit(&more, text)
    }) || nullify(&less) && !nullify(&more)
}

/// What comes of a world in which nobody lies once everybody has heard everything and people go on voting.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A text is decided, in or before this round.
    Decided(u16),
    /// Nobody has a word to say, or the rounds are at an end.
    Stuck,
}

impl Setting {
    /// All are connected: each node takes the turns that are its own, and where that leads no further, people who
    /// have not voted in the last round vote for a text that can still win. Nobody commits or gives up by hand.
    fn goes_on(&self, world: &World) -> End {
        let mut world = world.clone();
        loop {
            let poll = Counted {
                world: &world,
                setting: self,
            };
            if !self.decided(&world).is_empty() {
                return End::Decided(rules::round(&poll).min(ROUNDS_MAX));
            }
            let turns = (0..self.members).find_map(|city| Some((city, rules::turn(&poll, city)?)));
            let said = turns.or_else(|| self.people(&poll));
            let Some((city, word)) = said else {
                return End::Stuck;
            };
            let (round, bit) = match word {
                rules::Word::Commit(round, text) => (round, COMMITTED[usize::from(text)]),
                rules::Word::Vote(round, text) => (round, VOTED[usize::from(text)]),
                rules::Word::Nullify(round) => (round, NULLIFIED),
            };
            if round > ROUNDS_MAX {
                return End::Stuck;
            }
            world = world.with(city, round, bit);
        }
    }

    /// A vote of people in the last round, for the text that has most votes of those that can still win.
    fn people(&self, poll: &Counted<'_>) -> Option<(usize, rules::Word<u8>)> {
        let round = rules::round(poll);
        let wins = |text: &u8| {
            rules::may_put(poll, round, *text)
                && poll.votes(round, *text) + poll.silent(round, Some(*text))
                    >= poll.quorum_of(*text)
        };
        let text = (0..self.texts)
            .filter(wins)
            .max_by_key(|text| (poll.votes(round, *text), std::cmp::Reverse(*text)))?;
        let may = |city: &usize| {
            let said = poll.said(round, *city);
            self.eligible(*city, text) && rules::vote(poll, said, round, text).is_ok()
        };
        let city = (0..self.members).find(may)?;
        Some((city, rules::Word::Vote(round, text)))
    }
}

/// With all honest and connected a certificate is reached by what nodes sign by themselves and by votes of people
/// alone, from everything that may have been said before, by hand too: nobody has to find out who must commit.
#[test]
fn nodes_and_votes_alone_reach_a_certificate_from_anywhere() {
    let honest = Setting {
        liar: None,
        ..SOUND
    };
    let three = Setting {
        texts: 3,
        rounds: 1,
        ..honest
    };
    let (mut visited, mut latest) = (0, 0);
    for setting in [few(2), few(3), honest, three] {
        for concerned in [None, Some(0)] {
            let setting = Setting {
                concerned,
                ..setting
            };
            for world in setting.explore().keys() {
                match setting.goes_on(world) {
                    End::Decided(round) => latest = latest.max(round),
                    End::Stuck => panic!(
                        "{} stuck with {concerned:?} concerned: {:x?}",
                        setting.members, world.said
                    ),
                }
                visited += 1;
            }
        }
    }
    println!("{visited} worlds, decided in round {latest} at the latest");
    assert!(visited > 100_000, "{visited} worlds are too few");
    assert!(
        latest <= honest.rounds + 2,
        "decided as late as round {latest}"
    );
}
