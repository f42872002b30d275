//! Rounds of votes on an agreement: who may say what, what a certificate changes, and what contradicts.

use tongban_identity::{CityId, DivisionCode, EncryptionCert, Revocation, RootKey};

use super::rules::ROUNDS_MAX;
use super::*;
use crate::agreement::{
    Act, Adopt, Annex, Body, Found, Founder, Index, Limits, NettingRule, Nominate, Proposal,
    Refuse, Stance, StanceKind, Standing as Decided, Subject, View,
};
use crate::code::Code;
use crate::id::{CertificateId, EntryId, MotionId};
use crate::kind::{Author, Status};
use crate::netting::Netting;
use crate::parcel::fixture::{HS, MEMBERS, NP, QZ, SR, author, day, entry};

const GENESIS: u32 = 2_000_000;

/// A city's card under the root key of a seed.
fn card(seed: u8, division: u32) -> Founder {
    let root = RootKey::from_seed([seed; 32]);
    let cert = EncryptionCert {
        city: root.city(),
        x25519: [seed; 32],
        serial: 1,
        issued: 0,
    };
    Founder {
        city: root.city(),
        division: DivisionCode::new(division).unwrap(),
        name: division.to_string(),
        encryption: cert.sign(&root).unwrap().to_root_signed().to_vec(),
        addresses: vec!["node:1".into()],
    }
}

fn admit(seed: u8) -> Motion {
    Motion {
        measure: Measure::Admit(card(seed, 310_100 + u32::from(seed))),
        basis: "JM-2026-04".into(),
    }
}

fn remove(city: CityId) -> Motion {
    Motion {
        measure: Measure::Remove(city),
        basis: String::new(),
    }
}

/// An agreement with every founder's signature.
#[derive(Clone)]
struct Table {
    index: Index,
    last: u32,
}

impl Table {
    fn of(founders: &[CityId]) -> Self {
        let divisions = [330_800, 350_700, 361_100, 341_000];
        let cards = founders.iter().zip(divisions).map(|(city, code)| Founder {
            city: *city,
            division: DivisionCode::new(code).unwrap(),
            name: code.to_string(),
            encryption: Vec::new(),
            addresses: Vec::new(),
        });
        let found = Found {
            name: "协议".into(),
            code: "AG".into(),
            rules_version: 1,
            founders: cards.collect(),
            annex: Annex::default(),
        };
        let index = Index::open(entry(GENESIS), &author(founders[0]), found).unwrap();
        let mut table = Self {
            index,
            last: GENESIS,
        };
        for city in &founders[1..] {
            table.does(*city, Act::Ratify);
        }
        table
    }

    /// What happens to an act after all that is there.
    fn tries(&mut self, city: CityId, act: Act) -> Status {
        let heads = self.index.heads().to_vec();
        self.under(&heads, city, act).1
    }

    /// An act that must be allowed.
    fn does(&mut self, city: CityId, act: Act) -> EntryId {
        let heads = self.index.heads().to_vec();
        let (id, status) = self.under(&heads, city, act);
        assert_eq!(status, Status::Applied);
        id
    }

    fn under(&mut self, heads: &[EntryId], city: CityId, act: Act) -> (EntryId, Status) {
        self.last += 1;
        let id = entry(self.last);
        let author: Author = author(city);
        (id, self.index.insert(id, heads, &author, &act).unwrap())
    }

    fn look<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let bits = self.index.history(self.index.heads()).unwrap();
        look(&View::new(&self.index, &bits))
    }

    fn head(&self) -> CertificateId {
        self.look(|view| view.standing().head)
    }

    fn ballot(&self, round: u16, motion: MotionId) -> Ballot {
        Ballot {
            parent: self.head(),
            round,
            motion,
        }
    }

    fn puts(&mut self, city: CityId, motion: &Motion) -> MotionId {
        self.does(city, Act::Move(Box::new(motion.clone())));
        motion.id()
    }

    fn votes(&mut self, cities: &[CityId], round: u16, motion: MotionId) {
        for city in cities {
            let ballot = self.ballot(round, motion);
            self.does(*city, Act::Vote(ballot));
        }
    }

    fn commits(&mut self, cities: &[CityId], round: u16, motion: MotionId) {
        let ballot = self.ballot(round, motion);
        for city in cities {
            self.does(*city, Act::Commit(ballot));
        }
    }

    /// Puts a motion and decides it.
    fn decides(&mut self, cities: &[CityId], motion: &Motion) -> CertificateId {
        let id = self.puts(cities[0], motion);
        self.votes(cities, 1, id);
        self.commits(cities, 1, id);
        self.head()
    }

    /// Puts a text under some heads that cities sign.
    fn adopts(&mut self, heads: &[EntryId], cities: &[CityId], text: &Proposal) -> EntryId {
        let (id, status) = self.under(heads, QZ, Act::Propose(text.clone()));
        assert_eq!(status, Status::Applied);
        for city in cities {
            let adopt = Adopt {
                proposal: id,
                text: text.text(),
            };
            self.does(*city, Act::Adopt(adopt));
        }
        id
    }

    fn decided(&self, id: EntryId) -> Option<Decided> {
        self.look(|view| {
            let mut decisions = view.decisions().into_iter();
            let found = decisions.find(|one| one.id == id);
            found.map(|one| one.standing)
        })
    }

    fn members(&self) -> Vec<CityId> {
        self.look(|view| view.members().map(|member| member.city).collect())
    }
}

const fn denied(code: Code) -> Status {
    Status::Denied(code)
}

/// three of four decide who joins; what is decided counts once the Commits are there, not before.
#[test]
fn three_of_four_admit_a_city() {
    let mut table = Table::of(&MEMBERS);
    let motion = admit(21);
    let (first, id) = (table.head(), motion.id());
    table.puts(QZ, &motion);
    assert_eq!(
        table.tries(QZ, Act::Move(Box::new(motion.clone()))),
        denied(Code::Already)
    );
    table.votes(&[QZ, NP], 1, id);
    let ballot = table.ballot(1, id);
    assert_eq!(table.tries(QZ, Act::Vote(ballot)), denied(Code::Already));
    assert_eq!(table.tries(QZ, Act::Commit(ballot)), denied(Code::Quorum));
    table.votes(&[SR], 1, id);
    table.commits(&[QZ, HS], 1, id);
    assert_eq!(table.members().len(), 4);
    let newcomer = card(21, 310_121).city;
    assert_eq!(table.tries(newcomer, Act::Ratify), denied(Code::NotMember));
    table.commits(&[NP], 1, id);
    assert_eq!(table.head(), first.then(&id));
    assert!(table.members().contains(&newcomer));
    // Whoever comes late finds another certificate in place of the one it committed on.
    assert_eq!(
        table.tries(SR, Act::Commit(ballot)),
        denied(Code::StaleParent)
    );
    table.does(newcomer, Act::Ratify);
    // Another certificate, another majority: four of five.
    let next = table.puts(newcomer, &admit(22));
    table.votes(&[QZ, NP, SR], 1, next);
    let ballot = table.ballot(1, next);
    assert_eq!(table.tries(QZ, Act::Commit(ballot)), denied(Code::Quorum));
    table.votes(&[newcomer], 1, next);
    table.commits(&[QZ], 1, next);
}

/// a city that leaves signs no more; it has no vote on that, and of two members both decide.
#[test]
fn a_city_leaves_without_a_vote_of_its_own() {
    let mut table = Table::of(&MEMBERS);
    let id = table.puts(HS, &remove(HS));
    let ballot = table.ballot(1, id);
    assert_eq!(table.tries(HS, Act::Vote(ballot)), denied(Code::Concerned));
    table.votes(&[QZ, NP, SR], 1, id);
    let before = table.index.heads().to_vec();
    table.commits(&[QZ, NP, SR], 1, id);
    assert_eq!(table.members(), [QZ, NP, SR]);
    assert_eq!(
        table.tries(HS, Act::Suspend("I-01".into())),
        denied(Code::NotMember)
    );
    assert!(table.look(|view| view.has_left(&HS) && view.is_gone(&HS)));
    assert_eq!(table.index.gone_now().len(), 1);
    // What it signs without having heard of it is judged on what it had seen.
    let (_, status) = table.under(&before, HS, Act::Move(Box::new(admit(23))));
    assert_eq!(status, Status::Applied);
    // It may come back under another root key only.
    let mut back = card(24, 341_000);
    back.city = HS;
    let measure = Measure::Admit(back);
    let back = Motion {
        measure,
        basis: String::new(),
    };
    assert_eq!(
        table.tries(QZ, Act::Move(Box::new(back))),
        denied(Code::Argument)
    );

    let mut two = Table::of(&[QZ, NP]);
    let id = two.puts(QZ, &remove(NP));
    two.votes(&[QZ], 1, id);
    let ballot = two.ballot(1, id);
    assert_eq!(two.tries(QZ, Act::Commit(ballot)), denied(Code::Quorum));
    two.votes(&[NP], 1, id);
    two.commits(&[QZ, NP], 1, id);
    assert_eq!(two.members(), [QZ]);
}

/// A text may be put only where each earlier round had the votes for it or was given up; a round is given up once, and
/// never committed to as well.
#[test]
fn rounds_follow_each_other_as_written() {
    let mut table = Table::of(&MEMBERS);
    let (one, other) = (admit(31), admit(32));
    let (one, other) = (table.puts(QZ, &one), table.puts(NP, &other));
    table.votes(&[QZ, SR], 1, one);
    table.votes(&[NP, HS], 1, other);
    let second = table.ballot(2, one);
    assert_eq!(table.tries(QZ, Act::Vote(second)), denied(Code::Round));
    let parent = table.head();
    let nullify = |round| Act::Nullify(Nullify { parent, round });
    assert_eq!(table.tries(QZ, nullify(2)), denied(Code::Round));
    for city in [QZ, NP, SR] {
        table.does(city, nullify(1));
    }
    assert_eq!(table.tries(QZ, nullify(1)), denied(Code::Already));
    // Given up: anything may be put again.
    table.votes(&[QZ, NP, SR], 2, other);
    let ballot = table.ballot(2, other);
    table.does(QZ, Act::Commit(ballot));
    assert_eq!(table.tries(QZ, nullify(2)), denied(Code::Contrary));
    table.does(NP, nullify(2));
    assert_eq!(table.tries(NP, Act::Commit(ballot)), denied(Code::Contrary));
    // The second round had the votes for one text and was not given up: no other may be put after it.
    let third = table.ballot(3, one);
    assert_eq!(table.tries(HS, Act::Vote(third)), denied(Code::TextFixed));
    table.votes(&[QZ, NP, SR], 3, other);
    table.commits(&[QZ, NP, SR], 3, other);
    assert_eq!(table.head(), parent.then(&other));
    let beyond = table.ballot(ROUNDS_MAX + 1, one);
    assert_eq!(table.tries(QZ, Act::Vote(beyond)), denied(Code::Round));
    for round in [0, 2] {
        let ballot = table.ballot(round, one);
        assert_eq!(table.tries(QZ, Act::Vote(ballot)), denied(Code::Round));
    }
}

/// A certificate names its text and the one before it: whichever majority signed, in whichever round, it is the same.
#[test]
fn any_majority_makes_one_certificate() {
    let heads: Vec<CertificateId> = [[QZ, NP, SR], [NP, SR, HS], [QZ, SR, HS]]
        .iter()
        .map(|cities| Table::of(&MEMBERS).decides(cities, &admit(41)))
        .collect();
    assert!(heads.windows(2).all(|two| two[0] == two[1]));
}

/// Two words of one city in one round count both and are a proof against it.
#[test]
fn a_double_vote_counts_and_is_proven() {
    let mut table = Table::of(&MEMBERS);
    let (one, other) = (table.puts(QZ, &admit(51)), table.puts(QZ, &admit(52)));
    table.votes(&[QZ, NP], 1, one);
    let before = table.index.heads().to_vec();
    let (ours, theirs) = (table.ballot(1, one), table.ballot(1, other));
    let first = table.under(&before, HS, Act::Vote(ours));
    let second = table.under(&before, HS, Act::Vote(theirs));
    assert_eq!([first.1, second.1], [Status::Applied; 2]);
    let doubled = table.look(|view| view.doubled());
    let mut entries = [first.0, second.0];
    entries.sort_unstable();
    assert_eq!(doubled.len(), 1);
    assert_eq!((doubled[0].city, doubled[0].entries), (HS, entries));
    let polled = table.look(|view| Polled::of(view).voters(1, &other));
    assert_eq!(polled, [HS]);
    // Its vote counts for the first text, too: three.
    table.commits(&[QZ], 1, one);
    assert!(contradict(&Act::Vote(ours), &Act::Vote(theirs)));
    assert!(!contradict(&Act::Vote(ours), &Act::Commit(theirs)));
}

/// Votes count whatever becomes of the key that signed them; a removed city's earlier votes do, too.
#[test]
fn votes_of_a_revoked_key_count() {
    let mut table = Table::of(&MEMBERS);
    let id = table.puts(QZ, &admit(61));
    table.votes(&[QZ, NP, SR], 1, id);
    table.commits(&[QZ, NP, SR], 1, id);
    let before = table.members();
    table.decides(&[QZ, NP, SR, HS], &remove(before[4]));
    assert_eq!(table.members().len(), 4);
}

/// Gives a city the root key of a seed.
fn replace(table: &Table, city: CityId, seed: u8) -> Motion {
    let root = RootKey::from_seed([seed; 32]).city();
    let now = table.look(|view| view.founder(&city).cloned()).unwrap();
    let city = Founder {
        city,
        name: now.name,
        division: now.division,
        ..card(seed, 361_100)
    };
    Motion {
        measure: Measure::Replace(Replace { root, city }),
        basis: String::new(),
    }
}

/// A member goes on under another root key as the same city; the earlier key signs nothing any more.
#[test]
fn a_replaced_root_key_signs_nothing_and_the_city_stays() {
    let mut table = Table::of(&MEMBERS);
    let new = RootKey::from_seed([71; 32]).city();
    let motion = replace(&table, SR, 71);
    let id = table.puts(QZ, &motion);
    let ballot = table.ballot(1, id);
    assert_eq!(table.tries(SR, Act::Vote(ballot)), denied(Code::Concerned));
    table.votes(&[QZ, NP, HS], 1, id);
    table.commits(&[QZ, NP, HS], 1, id);
    assert_eq!(table.members(), MEMBERS);
    assert_eq!(
        table.tries(SR, Act::Suspend("I-01".into())),
        denied(Code::NotMember)
    );
    assert!(table.look(|view| view.is_gone(&SR) && !view.has_left(&SR)));
    assert_eq!(table.look(|view| view.speaker(&new)), Some(SR));
    // The vote under the new key is the city's.
    let next = table.puts(new, &admit(72));
    table.votes(&[new], 1, next);
    assert_eq!(table.look(|view| Polled::of(view).voters(1, &next)), [SR]);
}

/// What a replaced key signs late, however early its parents lie, is held and adopts nothing; what a member built on
/// before the certificate stays.
#[test]
fn what_a_replaced_key_signs_late_is_held() {
    let mut table = Table::of(&MEMBERS);
    let heads = table.index.heads().to_vec();
    let limits = |push_days| Limits {
        push_days,
        ..Limits::default()
    };
    let signed = |version, days| text(version, Subject::Limits(limits(days)));
    let whole = table.adopts(&heads, &MEMBERS, &signed(1, 3));
    let heads = table.index.heads().to_vec();
    let open = table.adopts(&heads, &[QZ, NP, HS], &signed(2, 4));
    let before = table.index.heads().to_vec();
    let motion = replace(&table, SR, 71);
    table.decides(&[QZ, NP, HS], &motion);
    let root = table.index.state_root();
    let adopt = Adopt {
        proposal: open,
        text: signed(2, 4).text(),
    };
    let (stolen, status) = table.under(&before, SR, Act::Adopt(adopt));
    assert_eq!(status, Status::Applied);
    assert_eq!(table.index.status_now(&stolen), Some(Status::Held));
    assert_ne!(table.index.state_root(), root);
    assert_eq!(table.decided(open), Some(Decided::Open));
    assert_eq!(table.decided(whole), Some(Decided::Adopted));
    // The city signs it under its new key.
    table.does(RootKey::from_seed([71; 32]).city(), Act::Adopt(adopt));
    assert_eq!(table.decided(open), Some(Decided::Adopted));
}

/// A city that left ends no proposal by an objection that it dates back.
#[test]
fn what_a_removed_city_signs_late_is_held() {
    let mut table = Table::of(&MEMBERS);
    let heads = table.index.heads().to_vec();
    let limits = Limits {
        push_days: 4,
        ..Limits::default()
    };
    let open = table.adopts(&heads, &[QZ, NP], &text(1, Subject::Limits(limits)));
    let before = table.index.heads().to_vec();
    table.decides(&[QZ, NP, HS], &remove(SR));
    let refuse = Act::Refuse(Refuse {
        proposal: open,
        reason: "晚".into(),
    });
    let (late, status) = table.under(&before, SR, refuse);
    assert_eq!(status, Status::Applied);
    assert_eq!(table.index.status_now(&late), Some(Status::Held));
    assert_eq!(table.decided(open), Some(Decided::Open));
}

/// A root key revokes the devices that it certified and not those of the key that took its place; what it revokes
/// once it is gone keeps nothing.
#[test]
fn a_replaced_key_revokes_no_device_of_its_successor() {
    let old = RootKey::from_seed([70; 32]);
    let new = RootKey::from_seed([71; 32]).city();
    let mut table = Table::of(&[QZ, NP, HS, old.city()]);
    let before = table.index.heads().to_vec();
    let motion = replace(&table, old.city(), 71);
    table.decides(&[QZ, NP, HS], &motion);
    let revoke = |cert, keeps| {
        let city = old.city();
        let revocation = Revocation {
            city,
            cert,
            keeps,
            issued: 0,
        };
        let signed = revocation.sign(&old).unwrap();
        Act::Revoke(signed.to_root_signed().to_vec())
    };
    let device = author(new).cert;
    let (_, status) = table.under(&before, QZ, revoke(device, Vec::new()));
    assert_eq!(status, Status::Applied);
    assert!(!table.look(|view| view.is_revoked(&new, &device)));
    let put = table.does(
        new,
        Act::Propose(text(1, Subject::Limits(Limits::default()))),
    );
    assert_eq!(table.index.status_now(&put), Some(Status::Applied));
    // The thief keeps its own late entry so, in its own name.
    let late = Act::Propose(text(2, Subject::Limits(Limits::default())));
    let (late, _) = table.under(&before, old.city(), late);
    let keep = revoke(author(old.city()).cert, vec![late.0]);
    assert_eq!(table.under(&[late], old.city(), keep).1, Status::Applied);
    assert_eq!(table.index.status_now(&late), Some(Status::Held));
}

/// Limits and rules version follow the certificates of the view, and only a resolution raises the rules.
#[test]
fn limits_and_rules_version_follow() {
    let mut table = Table::of(&MEMBERS);
    let limits = Limits {
        push_days: 9,
        ..Limits::default()
    };
    let motion = |measure| Motion {
        measure,
        basis: String::new(),
    };
    let before = table.index.heads().to_vec();
    table.decides(&[QZ, NP, SR], &motion(Measure::Thresholds(limits)));
    assert_eq!(table.look(|view| view.limits().push_days), 9);
    table.decides(&[QZ, NP, HS], &motion(Measure::Rules(2)));
    assert_eq!(table.look(|view| view.rules_version()), 2);
    let same = Act::Move(Box::new(motion(Measure::Rules(2))));
    assert_eq!(table.tries(QZ, same), denied(Code::Already));
    // Who has not seen it is judged by what it has seen.
    let old = table.index.history(&before).unwrap();
    assert_eq!(View::new(&table.index, &old).rules_version(), 1);
}

fn text(version: u32, subject: Subject) -> Proposal {
    Proposal {
        code: format!("JM-{version}"),
        version,
        subject,
        body: Body::Leading,
    }
}

/// what every member signed stays adopted when a city joins, and a city that left is not waited for.
#[test]
fn an_adoption_outlives_who_joins_and_who_leaves() {
    let mut table = Table::of(&MEMBERS);
    let netting = |version| {
        let rule = NettingRule {
            mode: Netting::Multilateral,
            effective: day("2026-11-01"),
        };
        text(version, Subject::Netting(rule))
    };
    let heads = table.index.heads().to_vec();
    let first = table.adopts(&heads, &MEMBERS, &netting(1));
    assert_eq!(table.decided(first), Some(Decided::Adopted));
    table.decides(&[QZ, NP, SR], &admit(61));
    assert_eq!(table.decided(first), Some(Decided::Adopted));
    let mode = |table: &Table| table.look(|view| view.netting(day("2026-12-01")));
    assert_eq!(mode(&table), Netting::Multilateral);
    // What is put from then on needs the newcomer, too.
    let newcomer = card(61, 310_161).city;
    let heads = table.index.heads().to_vec();
    let next = table.adopts(&heads, &[QZ, NP, SR], &netting(2));
    assert_eq!(table.look(|view| view.signers_of(&next)).len(), 5);
    table.decides(&[QZ, NP, SR, newcomer], &remove(HS));
    assert_eq!(table.decided(first), Some(Decided::Adopted));
    assert_eq!(table.decided(next), Some(Decided::Open));
    let adopt = Adopt {
        proposal: next,
        text: netting(2).text(),
    };
    table.does(newcomer, Act::Adopt(adopt));
    assert_eq!(table.decided(next), Some(Decided::Adopted));
}

/// Of limits that all signed and limits that were voted those hold that knew the others; a motion that has votes is
/// decided whatever was adopted meanwhile.
#[test]
fn limits_hold_that_knew_the_others() {
    let mut table = Table::of(&MEMBERS);
    let limits = |push_days| Limits {
        push_days,
        ..Limits::default()
    };
    let voted = |days| Motion {
        measure: Measure::Thresholds(limits(days)),
        basis: String::new(),
    };
    let signed = |version, days| text(version, Subject::Limits(limits(days)));
    let days = |table: &Table| table.look(|view| view.limits().push_days);
    let before = table.index.heads().to_vec();
    table.adopts(&before, &MEMBERS, &signed(1, 3));
    assert_eq!(days(&table), 3);
    table.decides(&[QZ, NP, SR], &voted(9));
    assert_eq!(days(&table), 9);
    let heads = table.index.heads().to_vec();
    table.adopts(&heads, &MEMBERS, &signed(2, 4));
    assert_eq!(days(&table), 4);
    // A text whose proposer had not heard of the resolution does not replace it.
    let late = table.adopts(&before, &MEMBERS, &signed(3, 5));
    assert_eq!(table.decided(late), Some(Decided::Adopted));
    assert_eq!(days(&table), 4);
    let id = table.puts(QZ, &voted(7));
    table.votes(&[QZ, NP, SR], 1, id);
    let heads = table.index.heads().to_vec();
    table.adopts(&heads, &MEMBERS, &signed(4, 7));
    table.commits(&[QZ, NP, SR], 1, id);
    assert_eq!(days(&table), 7);
}

/// What a node signs by itself follows from its people's vote, and from nothing else.
#[test]
fn a_node_takes_only_the_turns_that_its_people_gave() {
    let mut table = Table::of(&MEMBERS);
    let (one, other) = (table.puts(QZ, &admit(81)), table.puts(NP, &admit(82)));
    let turn = |table: &Table, city| table.look(|view| Polled::of(view).turn(&city));
    table.votes(&[QZ, SR], 1, one);
    assert_eq!(turn(&table, QZ), None);
    let parent = table.head();
    let mut split = table.clone();
    split.votes(&[NP, HS], 1, other);
    // Two against two: nobody can win the round.
    let nullify = Some(Turn::Nullify(Nullify { parent, round: 1 }));
    assert!(MEMBERS.iter().all(|city| turn(&split, *city) == nullify));
    table.votes(&[NP], 1, one);
    assert_eq!(turn(&table, QZ), Some(Turn::Commit(table.ballot(1, one))));
    // Nobody of this city voted: a person has to say it.
    assert_eq!(turn(&table, HS), None);
    table.does(NP, Act::Nullify(Nullify { parent, round: 1 }));
    table.commits(&[QZ], 1, one);
    table.votes(&[SR], 2, one);
    // Nothing else may be put in the second round, so the word holds on.
    assert_eq!(turn(&table, QZ), Some(Turn::Vote(table.ballot(2, one))));
}

/// A motion that makes no sense among these members is not put.
#[test]
fn unsound_motions_are_refused() {
    let mut table = Table::of(&MEMBERS);
    let motion = |measure| Motion {
        measure,
        basis: String::new(),
    };
    let bad = |change: fn(&mut Founder)| {
        let mut card = card(91, 310_112);
        change(&mut card);
        motion(Measure::Admit(card))
    };
    let unsound = [
        (bad(|card| card.encryption.clear()), Code::Argument),
        (bad(|card| card.name.clear()), Code::Argument),
        (
            bad(|card| card.addresses = vec!["a".into(); 17]),
            Code::Argument,
        ),
        (
            bad(|card| card.division = DivisionCode::new(330_800).unwrap()),
            Code::Already,
        ),
        (remove(CityId([99; 32])), Code::NotMember),
        (motion(Measure::Rules(1)), Code::Already),
        (
            motion(Measure::Thresholds(Limits::default())),
            Code::Already,
        ),
        (
            Motion {
                basis: "字".repeat(100),
                ..admit(92)
            },
            Code::Argument,
        ),
    ];
    for (motion, code) in unsound {
        let status = table.tries(QZ, Act::Move(Box::new(motion.clone())));
        assert_eq!(status, denied(code), "{motion:?}");
    }
    let unknown = table.ballot(1, admit(93).id());
    assert_eq!(table.tries(QZ, Act::Vote(unknown)), denied(Code::NotFound));
}

/// Limits that are in force are not decided once more; earlier ones may be.
#[test]
fn the_limits_in_force_are_not_voted_again() {
    let mut table = Table::of(&MEMBERS);
    let limits = |push_days| {
        let limits = Limits {
            push_days,
            ..Limits::default()
        };
        let measure = Measure::Thresholds(limits);
        let basis = String::new();
        Motion { measure, basis }
    };
    table.decides(&[QZ, NP, SR], &limits(7));
    let again = table.ballot(1, limits(7).id());
    assert_eq!(table.tries(QZ, Act::Vote(again)), denied(Code::Already));
    table.decides(&[QZ, NP, SR], &limits(8));
    let back = table.ballot(1, limits(7).id());
    assert_eq!(table.tries(QZ, Act::Vote(back)), Status::Applied);
}

/// a city that joined refuses no text that was put to the others before.
#[test]
fn a_newcomer_ends_no_earlier_text() {
    let mut table = Table::of(&MEMBERS);
    let limits = Limits {
        push_days: 5,
        ..Limits::default()
    };
    let put = text(1, Subject::Limits(limits));
    let id = table.does(QZ, Act::Propose(put));
    table.decides(&[QZ, NP, SR], &admit(71));
    let newcomer = card(71, 310_171).city;
    let refuse = |proposal| {
        Act::Refuse(crate::agreement::Refuse {
            proposal,
            reason: "未对接".into(),
        })
    };
    assert_eq!(table.tries(newcomer, refuse(id)), denied(Code::NoPower));
    assert_eq!(table.decided(id), Some(Decided::Open));
    assert_eq!(table.tries(HS, refuse(id)), Status::Applied);
}

/// One city cannot use up all versions of a thing.
#[test]
fn versions_do_not_jump_without_bound() {
    let mut table = Table::of(&MEMBERS);
    let limits = Subject::Limits(Limits {
        push_days: 5,
        ..Limits::default()
    });
    let far = Act::Propose(text(u32::MAX, limits.clone()));
    assert_eq!(table.tries(QZ, far), denied(Code::TooLarge));
    let near = Act::Propose(text(1_001, limits));
    assert_eq!(table.tries(QZ, near), Status::Applied);
}

/// what a city objected to that left comes on the list without it.
#[test]
fn an_objection_ends_when_its_city_leaves() {
    let mut table = Table::of(&MEMBERS);
    let supplement = crate::agreement::tests::second();
    let item = supplement.items[0].code.clone();
    table.does(
        QZ,
        Act::Nominate(Nominate {
            item: item.clone(),
            name: supplement.items[0].name.clone(),
            round: 1,
            cases_a_year: 1,
        }),
    );
    let object = Stance {
        item: item.clone(),
        round: 1,
        stance: StanceKind::Object,
        reason: "未对接".into(),
    };
    table.does(HS, Act::Stance(object));
    let mut supplement = supplement;
    // What was live with the city that leaves is not.
    supplement
        .activations
        .retain(|live| live.receiver != HS && live.owner != HS);
    supplement.guides.retain(|guide| guide.owner != HS);
    let propose = Act::ProposeBatch(supplement);
    assert_eq!(table.tries(QZ, propose.clone()), denied(Code::Disputed));
    table.decides(&[QZ, NP, SR], &remove(HS));
    assert!(table.look(|view| view.objections(&item).is_empty()));
    let proposal = table.does(QZ, propose);
    for city in [QZ, NP, SR] {
        table.does(city, crate::agreement::tests::adopt(proposal, &[]));
    }
    assert!(table.look(|view| view.adopted(&proposal)));
}
