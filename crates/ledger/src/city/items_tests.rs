//! Items that move from one department to another.

use tongban_identity::{DivisionCode, decode_canonical, encode_canonical};

use super::*;
use crate::agreement::{Guide, Item};
use crate::calendar::Day;
use crate::case::Officer;
use crate::parcel::fixture::{Fixture, NP, QZ, at, author, day, entry};

const ITEM: &str = "I-02";

/// An agreement with one item, for which 衢州 has a guide.
fn with_item() -> Fixture {
    Fixture::with(|annex| {
        annex.items.push(Item {
            code: ITEM.into(),
            name: "提取".into(),
            domain: "公积金".into(),
            ..Item::default()
        });
        annex.guides.push(Guide {
            item: ITEM.into(),
            owner: QZ,
            version: 1,
            effective: day("2026-01-01"),
            requirements: Vec::new(),
            id_check: false,
            texts: None,
        });
    })
}

fn page(fixture: &Fixture) -> State {
    let open = Act::Open(Open {
        division: DivisionCode::new(330_800).expect("six digits"),
        name: "衢州".to_owned(),
    });
    City::open(entry(0), &author(QZ), &fixture.view(), &open).expect("allowed")
}

fn on(today: &str) -> Author {
    Author {
        time: at(today),
        ..author(QZ)
    }
}

fn who(number: &str) -> Officer {
    Officer(number.into())
}

fn change(from: Option<&str>, to: Option<&str>, after: Option<EntryId>) -> ItemChange {
    ItemChange {
        item: ITEM.into(),
        kind: match (from, to) {
            (Some(_), Some(_)) => ChangeKind::Transfer,
            (None, _) => ChangeKind::New,
            (Some(_), None) => ChangeKind::Delete,
        },
        from_dept: from.map(str::to_owned),
        to_dept: to.map(str::to_owned),
        planned: day("2026-10-01"),
        basis: "衢政办〔2026〕7号".into(),
        contact: who("QZ-1"),
        after,
    }
}

fn taken(change: EntryId) -> ItemTaken {
    ItemTaken {
        change,
        claimed: true,
        guide: 1,
        approvers: vec![who("QZ-2")],
        liaisons: vec![who("QZ-3")],
    }
}

fn deleted(change: EntryId) -> Act {
    let officer = who("QZ-4");
    Act::ItemDeleted(ItemDeleted { change, officer })
}

struct Played {
    fixture: Fixture,
    state: State,
}

impl Played {
    fn new() -> Self {
        let fixture = with_item();
        let state = page(&fixture);
        Self { fixture, state }
    }

    fn judge(&self, today: &str, act: &Act) -> Result<(), Code> {
        City::authorize(&self.state, &on(today), &self.fixture.view(), act)
    }

    fn does(&mut self, id: u32, today: &str, act: &Act) -> EntryId {
        assert_eq!(self.judge(today, act), Ok(()), "{act:?}");
        let (id, author) = (entry(id), on(today));
        City::apply(&mut self.state, &Placed { id, author, act }, false);
        id
    }

    fn department(&self) -> Option<&str> {
        self.state.items.department(ITEM)
    }
}

/// a change is announced with its item, departments, basis, day and contact, on the page that every member reads.
#[test]
fn a_change_says_who_had_the_item_and_who_gets_it() {
    let played = Played::new();
    let check = |make: &dyn Fn(&mut ItemChange), expected: Result<(), Code>| {
        let mut change = change(Some("D1"), Some("D2"), None);
        make(&mut change);
        let act = Act::ItemChange(change);
        assert_eq!(played.judge("2026-09-07", &act), expected, "{act:?}");
    };
    check(&|_| {}, Ok(()));
    check(&|c| c.to_dept = Some("D1".into()), Err(Code::Argument));
    check(&|c| c.from_dept = None, Err(Code::Argument));
    check(
        &|c| c.from_dept = Some("人社局".into()),
        Err(Code::Argument),
    );
    check(&|c| c.to_dept = Some("D".repeat(65)), Err(Code::TooLarge));
    check(&|c| c.basis.clear(), Err(Code::Argument));
    check(&|c| c.contact = who(""), Err(Code::Argument));
    check(&|c| c.item = "I-99".into(), Err(Code::ItemUnknown));
    check(&|c| c.after = Some(entry(9)), Err(Code::StaleParent));
    let act = Act::ItemChange(change(Some("D1"), Some("D2"), None));
    let other = City::authorize(&played.state, &author(NP), &played.fixture.view(), &act);
    assert_eq!(other, Err(Code::NoPower));
    let mut audience = Audience::default();
    let (id, author) = (entry(1), on("2026-09-07"));
    City::observe(
        &mut audience,
        &Placed {
            id,
            author,
            act: &act,
        },
    );
    assert!(audience.everyone, "partner cities read it");
}

/// taken is an item that is claimed, has its guide published, and whose approvers and liaisons are reported.
#[test]
fn an_item_is_taken_only_with_everything_that_belongs_to_it() {
    let mut played = Played::new();
    let announced = Act::ItemChange(change(Some("D1"), Some("D2"), None));
    let announced = played.does(1, "2026-09-07", &announced);
    let check = |make: &dyn Fn(&mut ItemTaken), expected: Result<(), Code>| {
        let mut taken = taken(announced);
        make(&mut taken);
        let got = played.judge("2026-09-20", &Act::ItemTaken(taken));
        assert_eq!(got, expected);
    };
    check(&|_| {}, Ok(()));
    check(&|t| t.claimed = false, Err(Code::CheckMissing));
    check(&|t| t.approvers.clear(), Err(Code::CheckMissing));
    check(&|t| t.liaisons.clear(), Err(Code::CheckMissing));
    check(&|t| t.liaisons = vec![who("A"); 3], Err(Code::TooLarge));
    check(&|t| t.guide = 7, Err(Code::GuideVersion));
    check(&|t| t.change = entry(7), Err(Code::NotFound));
    played.does(2, "2026-09-20", &Act::ItemTaken(taken(announced)));
    let again = played.judge("2026-09-21", &Act::ItemTaken(taken(announced)));
    assert_eq!(again, Err(Code::Already));
}

/// the old entry is deleted only after the new department has taken the item.
#[test]
fn nothing_is_deleted_before_it_is_taken() {
    let mut played = Played::new();
    let act = Act::ItemChange(change(Some("D1"), Some("D2"), None));
    let announced = played.does(1, "2026-09-07", &act);
    let delete = deleted(announced);
    // Also after the planned day: a hand-over is an event and not a date.
    assert_eq!(played.judge("2026-12-01", &delete), Err(Code::HandoverOpen));
    played.does(2, "2026-12-02", &Act::ItemTaken(taken(announced)));
    played.does(3, "2026-12-02", &delete);
    assert_eq!(played.judge("2026-12-03", &delete), Err(Code::Already));
    // An item that only ends is deleted from the planned day on, and not while it moves.
    let ends = Act::ItemChange(change(Some("D2"), None, Some(announced)));
    let ends = played.does(4, "2026-09-08", &ends);
    assert_eq!(
        played.judge("2026-09-30", &deleted(ends)),
        Err(Code::NotDue)
    );
    played.does(5, "2026-10-01", &deleted(ends));
}

/// R-183 (SC-7): exactly one department answers for an item, the old one until the new one has taken it.
#[test]
fn one_department_answers_at_any_time() {
    let mut played = Played::new();
    assert_eq!(played.department(), None);
    let act = Act::ItemChange(change(Some("D1"), Some("D2"), None));
    let first = played.does(9, "2026-09-07", &act);
    assert_eq!(played.department(), Some("D1"));
    let second = Act::ItemChange(change(Some("D1"), Some("D3"), None));
    assert_eq!(played.judge("2026-09-08", &second), Err(Code::HandoverOpen));
    played.does(2, "2026-10-20", &Act::ItemTaken(taken(first)));
    assert_eq!(played.department(), Some("D2"));
    let stale = Act::ItemChange(change(Some("D1"), Some("D3"), Some(first)));
    assert_eq!(played.judge("2026-10-21", &stale), Err(Code::Argument));
    // Back to where it came from, on the same day and with a lower id.
    let back = Act::ItemChange(change(Some("D2"), Some("D1"), Some(first)));
    let back = played.does(3, "2026-10-20", &back);
    assert_eq!(played.department(), Some("D2"));
    played.does(4, "2026-10-20", &Act::ItemTaken(taken(back)));
    assert_eq!(played.department(), Some("D1"));
    let items = &played.state.items;
    let at = |received: &str| items.department_at(ITEM, received.parse::<Day>().expect("a day"));
    assert_eq!(
        (at("2026-10-20"), at("2026-10-21")),
        (Some("D1"), Some("D1"))
    );
    assert_eq!(items.transfers().len(), 2);
    let bytes = encode_canonical(&played.state);
    let read = decode_canonical::<State>(&bytes).expect("own bytes");
    assert_eq!(read, played.state);
}

/// an item that is taken before its planned day goes on in the old department until that day, and a change
/// after it never counts before it.
#[test]
fn an_item_taken_early_counts_from_the_planned_day() {
    let mut played = Played::new();
    let act = Act::ItemChange(change(Some("D1"), Some("D2"), None));
    let first = played.does(1, "2026-09-07", &act);
    played.does(2, "2026-09-08", &Act::ItemTaken(taken(first)));
    let planned = day("2026-10-01");
    let items = &played.state.items;
    assert_eq!(items.done().completed.get(&first), Some(&planned));
    assert_eq!(items.transfers()[0].on, planned);
    let at = |items: &Items, received: &str| {
        let at = items.department_at(ITEM, received.parse::<Day>().expect("a day"));
        at.map(str::to_owned)
    };
    assert_eq!(at(items, "2026-10-01").as_deref(), Some("D1"));
    assert_eq!(at(items, "2026-10-02").as_deref(), Some("D2"));
    // Onward, planned for a day before the first one counts.
    let mut onward = change(Some("D2"), Some("D3"), Some(first));
    onward.planned = day("2026-09-10");
    let onward = played.does(3, "2026-09-09", &Act::ItemChange(onward));
    played.does(4, "2026-09-10", &Act::ItemTaken(taken(onward)));
    let items = &played.state.items;
    assert_eq!(items.done().completed.get(&onward), Some(&planned));
    assert_eq!(at(items, "2026-10-01").as_deref(), Some("D1"));
    assert_eq!(at(items, "2026-10-02").as_deref(), Some("D3"));
}

/// devices of one city that do not see each other leave no more changes on a page than one of them may, and the
/// same ones in whatever order they came.
#[test]
fn devices_that_do_not_see_each_other_get_no_further_than_one() {
    let most = u32::try_from(CHANGES_MAX).expect("a small number");
    let fold = |ids: &mut dyn Iterator<Item = u32>| {
        let mut items = Items::default();
        for id in ids {
            items.add_change(entry(id), &change(Some("D1"), Some("D2"), None));
            let completed = Completed {
                on: day("2026-09-08"),
                taken: taken(entry(7)),
            };
            items.add_completed(entry(id), completed);
            let officer = who("QZ-4");
            let change = entry(7);
            items.add_deleted(entry(id), &ItemDeleted { change, officer });
        }
        items
    };
    let up = fold(&mut (1..most + 100));
    let down = fold(&mut (1..most + 100).rev());
    assert_eq!(up, down);
    assert_eq!(up.changes.len(), CHANGES_MAX);
    assert_eq!(up.completed.len(), CHANGES_MAX);
    assert_eq!(up.deleted.len(), CHANGES_MAX);
}

/// Questions about the items of a hostile city cost about as much as it has changes, and not the square of it.
#[test]
fn many_changes_of_one_item_are_gone_through_once() {
    let most = u32::try_from(CHANGES_MAX).expect("a small number");
    let mut items = Items::default();
    for id in 1..=most {
        let after = (id > 1).then(|| entry(id - 1));
        items.add_change(entry(id), &change(Some("D1"), Some("D2"), after));
        let completed = Completed {
            on: day("2026-09-08"),
            taken: taken(entry(id)),
        };
        items.add_completed(entry(id), completed);
    }
    for _ in 0..20 {
        assert_eq!(items.last(ITEM), Some(entry(most)));
        assert_eq!(items.open(ITEM), None);
        assert_eq!(items.department(ITEM), Some("D2"));
        let transfers = items.transfers();
        let at = |at: u32| transfers[at as usize].change;
        assert_eq!((at(0), at(most - 1)), (entry(1), entry(most)));
    }
}
