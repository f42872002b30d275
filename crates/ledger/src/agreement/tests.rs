//! Lists in batches: rows, progress, rounds of nomination, and a further batch that every member adopts.

use tongban_identity::{CityId, DivisionCode};

use super::*;
use crate::calendar::Day;
use crate::code::Code;
use crate::kind::Status;
use crate::parcel::fixture::{HS, MEMBERS, NP, QZ, SR, author, day, entry};

const GENESIS: u32 = 1_000_000;

/// An agreement of four cities with every signature.
pub(super) struct Four {
    pub(super) index: Index,
    pub(super) last: u32,
}

impl Four {
    pub(super) fn new(annex: Annex) -> Self {
        let divisions = [330_800, 350_700, 361_100, 341_000];
        let founders = MEMBERS.iter().zip(divisions).map(|(city, code)| Founder {
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
            founders: founders.collect(),
            annex,
        };
        let index = Index::open(entry(GENESIS), &author(QZ), found).unwrap();
        let mut four = Self {
            index,
            last: GENESIS,
        };
        for city in &MEMBERS[1..] {
            four.does(*city, &Act::Ratify);
        }
        four
    }

    /// An act after all that is there, that must be allowed.
    pub(super) fn does(&mut self, city: CityId, act: &Act) -> EntryId {
        let heads = self.index.heads().to_vec();
        self.under(&heads, city, act)
    }

    /// An act under some heads.
    pub(super) fn under(&mut self, heads: &[EntryId], city: CityId, act: &Act) -> EntryId {
        self.last += 1;
        let id = entry(self.last);
        let status = self.index.insert(id, heads, &author(city), act);
        assert_eq!(status, Ok(Status::Applied), "{act:?}");
        id
    }

    pub(super) fn judge(&self, city: CityId, act: &Act) -> Result<(), Code> {
        let heads = self.index.heads();
        self.index.authorize(heads, &author(city), act).unwrap()
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let bits = self.index.history(self.index.heads()).unwrap();
        look(&View::new(&self.index, &bits))
    }

    pub(super) fn live_pairs(&self) -> usize {
        self.look(|view| view.activations().len())
    }
}

pub(super) fn code(nth: usize) -> String {
    format!("I-{nth:03}")
}

pub(super) fn item(nth: usize) -> Item {
    Item {
        code: code(nth),
        name: format!("事项{nth}"),
        domain: "社保".into(),
        promise_days: 5,
        ..Item::default()
    }
}

pub(super) fn row(nth: usize) -> Row {
    Row {
        item: code(nth),
        name: format!("事项{nth}"),
        application_scenario: "异地就业".into(),
        lead_dept: "人社局".into(),
        supporting_depts: vec!["医保局".into()],
        due_date: None,
        modes: vec![Mode::B],
    }
}

pub(super) fn batch(id: &str, list: ListKind, rows: Vec<Row>) -> Batch {
    Batch {
        id: id.into(),
        list,
        seq: 1,
        due: Some(day("2026-12-31")),
        rows,
    }
}

pub(super) fn guides(items: &[usize]) -> Vec<Guide> {
    let of = |nth: &usize| {
        MEMBERS.map(|owner| Guide {
            item: code(*nth),
            owner,
            version: 1,
            effective: day("2026-01-01"),
            requirements: Vec::new(),
            id_check: false,
            texts: None,
        })
    };
    items.iter().flat_map(of).collect()
}

/// Every ordered pair of some items.
pub(super) fn pairs(items: &[usize], from: Day) -> Vec<Activation> {
    let mut live = Vec::new();
    for nth in items {
        for (receiver, owner) in MEMBERS.iter().flat_map(|r| MEMBERS.map(|o| (*r, o))) {
            if receiver != owner {
                live.push(Activation {
                    item: code(*nth),
                    receiver,
                    owner,
                    guide: 1,
                    effective: from,
                    until: None,
                    modes: Vec::new(),
                });
            }
        }
    }
    live
}

/// So many items in the catalogue, some of them live.
pub(super) fn catalogue(items: usize, live: usize) -> Annex {
    let live: Vec<usize> = (0..live).collect();
    Annex {
        items: (0..items).map(item).collect(),
        guides: guides(&live),
        activations: pairs(&live, day("2026-01-01")),
        ..Annex::default()
    }
}

/// batches of 58, 74 and 8 items are 140; once 58 are live, the first batch is at 100 %.
#[test]
fn progress_is_counted_over_batches() {
    let mut annex = catalogue(140, 58);
    for (nth, rows) in [(1, 0..58), (2, 58..132), (3, 132..140)] {
        let list = ListKind::National;
        let rows = rows.map(row).collect();
        annex.batches.push(batch(&format!("国{nth}"), list, rows));
    }
    let four = Four::new(annex);
    let at = |day| four.look(|view| view.progress(day));
    let progress = at(day("2026-09-07"));
    assert_eq!((progress.live, progress.total), (58, 140));
    let counts: Vec<_> = progress
        .batches
        .iter()
        .map(|(_, live, of)| (*live, *of))
        .collect();
    assert_eq!(counts, [(58, 58), (0, 74), (0, 8)]);
    assert_eq!(at(day("2025-12-31")).live, 0);
    let mut four = four;
    four.does(QZ, &Act::Suspend(code(0)));
    // The other owners go on with it.
    assert_eq!(four.look(|view| view.progress(day("2026-09-07"))).live, 58);
}

/// 101 items of four cities are 404 implementing records and 1,212 pairs; who stands in two lists counts once.
#[test]
fn an_item_of_two_lists_counts_once() {
    let mut annex = catalogue(101, 101);
    let rows = (0..101).map(row).collect();
    annex.batches.push(batch("四市1", ListKind::Regional, rows));
    annex
        .batches
        .push(batch("国1", ListKind::National, vec![row(7), row(8)]));
    for nth in 0..101 {
        for (city, scheme) in MEMBERS.iter().zip(["浙", "闽", "赣", "皖"]) {
            annex.implementing.push(Implementing {
                item: code(nth),
                city: *city,
                scheme: scheme.into(),
                code: format!("{scheme}{nth}"),
                dept: "人社局".into(),
                name: Some(format!("事项{nth}")),
                basis: None,
            });
        }
    }
    let four = Four::new(annex.clone());
    assert_eq!(four.live_pairs(), 1_212);
    let records = four.look(|view| view.terms().annex.implementing.len());
    assert_eq!(records, 404);
    assert_eq!(
        four.look(|view| view.progress(day("2026-09-07")).total),
        101
    );
    let found = |annex: Annex| {
        let mut found = four.index.found().clone();
        found.annex = annex;
        found.check()
    };
    let mut twice = annex.clone();
    twice.implementing.push(twice.implementing[0].clone());
    assert_eq!(found(twice), Err(Code::Duplicate));
    let mut twice = annex;
    twice.items.push(item(7));
    assert_eq!(found(twice), Err(Code::Duplicate));
}

/// two names for one base code are reported with both values, and the item cannot go live.
#[test]
fn elements_that_differ_between_cities_are_reported() {
    let mut annex = catalogue(2, 1);
    for (city, name) in [(NP, "事项0"), (SR, "另一名称")] {
        annex.implementing.push(Implementing {
            item: code(0),
            city,
            scheme: "闽".into(),
            code: "F1".into(),
            dept: "人社局".into(),
            name: Some(name.into()),
            basis: Some("社会保险法".into()),
        });
    }
    let report = differences(&annex.items, &annex.implementing);
    assert_eq!(report.len(), 1);
    assert_eq!(
        (report[0].field.as_str(), report[0].values.len()),
        ("name", 2)
    );
    let mut found = Four::new(Annex::default()).index.found().clone();
    found.annex = annex;
    assert_eq!(found.check(), Err(Code::Disputed));
    assert_eq!(found.fault().as_deref(), Some("implementing I-000 name"));
    found.annex.activations.clear();
    assert_eq!(found.check(), Ok(()));
}

/// a row that lacks one of the five elements is refused, and the element is named.
#[test]
fn a_row_names_what_it_lacks() {
    type Empty = fn(&mut Batch);
    let cases: [(&str, Empty); 5] = [
        ("name", |batch| batch.rows[0].name.clear()),
        ("application-scenario", |batch| {
            batch.rows[0].application_scenario = " ".into()
        }),
        ("lead-dept", |batch| batch.rows[0].lead_dept.clear()),
        ("due-date", |batch| batch.due = None),
        ("modes", |batch| batch.rows[0].modes.clear()),
    ];
    let mut found = Four::new(Annex::default()).index.found().clone();
    for (field, empty) in cases {
        found.annex = catalogue(1, 0);
        found.annex.batches = vec![batch("B1", ListKind::Regional, vec![row(0)])];
        assert_eq!(found.check(), Ok(()));
        empty(&mut found.annex.batches[0]);
        assert_eq!(found.check(), Err(Code::Argument));
        assert_eq!(found.fault(), Some(format!("batches B1 I-000 {field}")));
    }
    found.annex.batches = vec![batch("B1", ListKind::Regional, vec![row(1)])];
    assert_eq!(found.check(), Err(Code::ItemUnknown));
}

fn nominate(round: u16) -> Act {
    Act::Nominate(Nominate {
        item: code(900),
        name: "事项900".into(),
        round,
        cases_a_year: 1_200,
    })
}

fn say(round: u16, stance: StanceKind) -> Act {
    Act::Stance(Stance {
        item: code(900),
        round,
        stance,
        reason: "系统未对接".into(),
    })
}

/// A second batch of one item.
pub(super) fn second() -> Supplement {
    Supplement {
        batch: batch("2026-2", ListKind::Regional, vec![row(900)]),
        items: vec![item(900)],
        guides: guides(&[900]),
        activations: pairs(&[900], day("2026-11-01")),
        effective: day("2026-11-01"),
    }
}

pub(super) fn adopt(proposal: EntryId, except: &[(usize, Role)]) -> Act {
    let except = except.iter().map(|(nth, role)| Except {
        item: code(*nth),
        role: *role,
    });
    Act::AdoptBatch(AdoptBatch {
        proposal,
        except: except.collect(),
    })
}

/// an item with an open objection is in no adopted batch, and every round can be read later.
#[test]
fn an_objection_keeps_an_item_out_until_a_later_round() {
    let mut four = Four::new(Annex::default());
    assert_eq!(
        four.judge(NP, &say(1, StanceKind::Agree)),
        Err(Code::NotFound)
    );
    assert_eq!(four.judge(QZ, &nominate(2)), Err(Code::StaleParent));
    four.does(QZ, &nominate(1));
    four.does(NP, &say(1, StanceKind::Agree));
    assert_eq!(
        four.judge(NP, &say(1, StanceKind::Object)),
        Err(Code::Already)
    );
    let unfounded = Act::Stance(Stance {
        item: code(900),
        round: 1,
        stance: StanceKind::Reserve,
        reason: String::new(),
    });
    assert_eq!(four.judge(HS, &unfounded), Err(Code::Argument));
    // Proposed before 上饶's objection is known, adopted by nobody after it.
    let before = four.index.heads().to_vec();
    four.does(SR, &say(1, StanceKind::Object));
    let propose = Act::ProposeBatch(second());
    assert_eq!(four.judge(QZ, &propose), Err(Code::Disputed));
    let proposal = four.under(&before, QZ, &propose);
    for city in MEMBERS {
        assert_eq!(four.judge(city, &adopt(proposal, &[])), Err(Code::Disputed));
    }
    assert!(!four.look(|view| view.adopted(&proposal)));
    // Another round, in which 上饶 goes along.
    four.does(QZ, &nominate(2));
    assert_eq!(four.look(|view| view.objections(&code(900)).len()), 1);
    assert_eq!(
        four.judge(SR, &say(1, StanceKind::Agree)),
        Err(Code::StaleParent)
    );
    four.does(SR, &say(2, StanceKind::Reserve));
    for city in MEMBERS {
        four.does(city, &adopt(proposal, &[]));
    }
    assert!(four.look(|view| view.adopted(&proposal) && view.item(&code(900)).is_some()));
    assert_eq!(
        four.judge(NP, &say(2, StanceKind::Object)),
        Err(Code::Already)
    );
    assert_eq!(four.judge(QZ, &nominate(3)), Err(Code::Already));
    let rounds = four.look(|view| {
        let stances = view.stances(&code(900));
        let stances = stances
            .iter()
            .map(|(by, said)| (*by, said.round, said.stance));
        (view.nominations().len(), stances.collect::<Vec<_>>())
    });
    let said = [
        (NP, 1, StanceKind::Agree),
        (SR, 1, StanceKind::Object),
        (SR, 2, StanceKind::Reserve),
    ];
    assert_eq!(rounds, (2, said.to_vec()));
}

/// R-004 (SC-5): a second batch is live from its day on, once every member adopted it; what a city reserves in a role
/// stays out.
#[test]
fn a_second_batch_holds_once_every_member_adopted_it() {
    let mut four = Four::new(catalogue(101, 101));
    let items: Vec<usize> = (900..923).collect();
    let batch = batch(
        "2026-2",
        ListKind::Regional,
        items.iter().map(|nth| row(*nth)).collect(),
    );
    let supplement = Supplement {
        batch,
        items: items.iter().map(|nth| item(*nth)).collect(),
        guides: guides(&items),
        activations: pairs(&items, day("2026-11-01")),
        effective: day("2026-11-01"),
    };
    let early = Supplement {
        activations: pairs(&items, day("2026-10-31")),
        ..supplement.clone()
    };
    assert_eq!(four.judge(QZ, &Act::ProposeBatch(early)), Err(Code::Date));
    let proposal = four.does(QZ, &Act::ProposeBatch(supplement.clone()));
    for (city, except) in [(QZ, vec![]), (NP, vec![(916, Role::Owner)]), (SR, vec![])] {
        four.does(city, &adopt(proposal, &except));
    }
    assert_eq!(four.judge(QZ, &adopt(proposal, &[])), Err(Code::Already));
    let live = |four: &Four, nth: usize, from, to, on: &str| {
        four.look(|view| view.live(&code(nth), &from, &to, day(on)).map(|_| ()))
    };
    // Three of four: nothing is live yet.
    assert_eq!(four.live_pairs(), 1_212);
    assert_eq!(
        live(&four, 900, QZ, SR, "2026-11-02"),
        Err(Code::ItemNotActive)
    );
    four.does(HS, &adopt(proposal, &[]));
    assert_eq!(four.live_pairs(), 1_485);
    assert_eq!(
        live(&four, 900, QZ, SR, "2026-10-31"),
        Err(Code::ItemNotActive)
    );
    assert_eq!(live(&four, 900, QZ, SR, "2026-11-02"), Ok(()));
    assert_eq!(
        live(&four, 916, QZ, NP, "2026-11-02"),
        Err(Code::ItemNotActive)
    );
    assert_eq!(live(&four, 916, NP, QZ, "2026-11-02"), Ok(()));
    // It is part of the catalogue now: owners publish guides and suspend; nobody adds it again.
    four.does(SR, &Act::Suspend(code(900)));
    assert_eq!(
        live(&four, 900, QZ, SR, "2026-11-02"),
        Err(Code::ItemNotActive)
    );
    let again = Act::ProposeBatch(supplement);
    assert_eq!(four.judge(NP, &again), Err(Code::Duplicate));
    assert_eq!(four.look(|view| view.progress(day("2026-11-02")).live), 23);
}

/// proposals and adoptions that cross each other give the same answer in any order of arrival, and of two texts
/// for one item at most one is adopted.
#[test]
fn crossing_proposals_converge() {
    let base = Four::new(Annex::default());
    let heads = base.index.heads().to_vec();
    let (first, mut other) = (second(), second());
    other.batch.id = "2026-2b".into();
    other.items[0].name = "另一文本".into();
    let (one, two) = (entry(2_000_000), entry(2_000_001));
    let mut entries = vec![
        (one, heads.clone(), QZ, Act::ProposeBatch(first)),
        (two, heads, HS, Act::ProposeBatch(other)),
    ];
    for (nth, city) in (2_000_010..).zip(MEMBERS) {
        entries.push((entry(nth), vec![one, two], city, adopt(one, &[])));
        entries.push((entry(nth + 10), vec![entry(nth)], city, adopt(two, &[])));
    }
    let mut answers = Vec::new();
    for turn in 0..entries.len() {
        let mut four = Four {
            index: base.index.clone(),
            last: 0,
        };
        let mut waiting: Vec<_> = entries.clone();
        waiting.rotate_left(turn);
        if turn % 2 == 1 {
            waiting.reverse();
        }
        while !waiting.is_empty() {
            waiting.retain(|(id, parents, city, act)| {
                four.index
                    .insert(*id, parents, &author(*city), act)
                    .is_err()
            });
        }
        let adopted = four.look(|view| (view.adopted(&one), view.adopted(&two)));
        let name = four.look(|view| view.item(&code(900)).map(|item| item.name.clone()));
        answers.push((adopted, name, four.index.state_root()));
    }
    assert_eq!(answers[0].0, (true, false));
    assert_eq!(answers[0].1.as_deref(), Some("事项900"));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

/// several departments of one city have a lead among them.
#[test]
fn several_departments_need_a_lead() {
    let judged = |depts: &[&str], lead: Option<&str>| {
        let mut found = Four::new(Annex::default()).index.found().clone();
        found.annex = catalogue(1, 0);
        found.annex.joint.push(Joint {
            item: code(0),
            lead: QZ,
            partner: NP,
            steps: vec![JointStep {
                id: "S1".into(),
                name: "核验".into(),
                days: 5,
                lead_dept: lead.map(str::to_owned),
                depts: depts.iter().map(|dept| (*dept).to_owned()).collect(),
                ..JointStep::default()
            }],
            feedback: Feedback::Unified,
            days: 20,
        });
        found.check()
    };
    assert_eq!(judged(&[], None), Ok(()));
    assert_eq!(judged(&["自规局"], None), Ok(()));
    assert_eq!(judged(&["自规局", "税务局"], None), Err(Code::Argument));
    assert_eq!(
        judged(&["自规局", "税务局"], Some("住建局")),
        Err(Code::Argument)
    );
    assert_eq!(judged(&["自规局", "税务局"], Some("自规局")), Ok(()));
}
