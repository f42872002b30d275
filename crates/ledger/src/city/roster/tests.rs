//! Tests of a city's roster.

use std::collections::BTreeMap;

use tongban_identity::{CityId, decode_canonical, encode_canonical};

use super::*;
use crate::agreement::{Activation, Grant, Guide, Item, Power};
use crate::city::{Act, City, Open, State};
use crate::kind::{Kind, Placed};
use crate::parcel::fixture::{Fixture, NP, QZ, author, day, entry};

fn fixture() -> Fixture {
    Fixture::with(|annex| {
        for (code, domain) in [("I-01", "公积金"), ("I-02", "社保"), ("I-03", "社保")] {
            annex.items.push(Item {
                code: code.to_owned(),
                name: code.to_owned(),
                domain: domain.to_owned(),
                promise_days: 3,
                ..Item::default()
            });
        }
    })
}

/// A page of QZ under test.
struct Page {
    fixture: Fixture,
    state: State,
}

impl Page {
    fn new() -> Self {
        let fixture = fixture();
        let open = crate::city::Act::Open(Open {
            division: "330800".parse().expect("six digits"),
            name: "衢州".to_owned(),
        });
        let state = City::open(entry(0), &author(QZ), &fixture.view(), &open).expect("allowed");
        Self { fixture, state }
    }

    fn judge(&self, city: CityId, changes: Vec<Change>) -> Result<(), Code> {
        let act = Act::Roster(Roster { changes });
        City::authorize(&self.state, &author(city), &self.fixture.view(), &act)
    }

    /// Adds rows as a desk that has seen everything.
    fn add(&mut self, id: u32, rows: Vec<Row>) {
        let book = self.state.book();
        let changes: Vec<Change> = rows
            .into_iter()
            .map(|row| Change {
                replaces: book.newest(&row.key()),
                row,
            })
            .collect();
        assert_eq!(self.judge(QZ, changes.clone()), Ok(()));
        self.put(id, changes);
    }

    fn put(&mut self, id: u32, changes: Vec<Change>) {
        apply(&mut self.state, id, changes);
    }
}

fn apply(state: &mut State, id: u32, changes: Vec<Change>) {
    let act = Act::Roster(Roster { changes });
    let placed = Placed {
        id: entry(id),
        author: author(QZ),
        act: &act,
    };
    City::apply(state, &placed, false);
}

fn row(kind: &str, json: serde_json::Value) -> Row {
    fn read<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
        serde_json::from_value(json).expect("a row")
    }
    match kind {
        "window" => Row::Window(read(json)),
        "officer" => Row::Staff(read(json)),
        "liaison" => Row::Liaison(read(json)),
        "responsible" => Row::Responsible(read(json)),
        "support" => Row::Support(read(json)),
        "absence" => Row::Absence(read(json)),
        "go-live" => Row::GoLive(read(json)),
        "letter" => Row::Letter(read(json)),
        other => panic!("{other}"),
    }
}

macro_rules! row {
    ($kind:literal, $($json:tt)+) => {
        row($kind, serde_json::json!($($json)+))
    };
}

fn window(name: &str, functions: &[&str], from: &str) -> Row {
    row!("window", {"id": "W1", "name": name, "division": "330802100000", "level": 3,
        "functions": functions, "equipment": [], "from": from})
}

fn name_on(state: &State, on: &str) -> Vec<String> {
    let book = state.book();
    let windows = book.windows(day(on)).into_iter();
    windows.map(|window| window.name.clone()).collect()
}

/// a row takes the place of the one before it from its first day on; what was closed stays readable.
#[test]
fn rows_follow_each_other_and_none_is_deleted() {
    let mut page = Page::new();
    page.add(1, vec![window("一", &["receive"], "2026-01-01")]);
    page.add(2, vec![window("二", &["receive"], "2026-06-01")]);
    assert_eq!(name_on(&page.state, "2025-12-31"), [""; 0]);
    assert_eq!(name_on(&page.state, "2026-05-31"), ["一"]);
    assert_eq!(name_on(&page.state, "2026-06-01"), ["二"]);
    let mut closed = window("三", &["receive"], "2026-07-01");
    if let Row::Window(window) = &mut closed {
        window.until = Some(day("2026-08-31"));
    }
    page.add(3, vec![closed]);
    assert_eq!(name_on(&page.state, "2026-08-31"), ["三"]);
    assert_eq!(name_on(&page.state, "2026-09-01"), [""; 0]);
    let book = page.state.book();
    assert_eq!(book.apart(day("2026-09-01")).len(), 3);
    assert_eq!(book.apart(day("2026-06-15")).len(), 2);
}

/// Only the city itself writes, and each row names exactly the current ones of its key.
#[test]
fn a_row_names_those_that_are_current() {
    let mut page = Page::new();
    let first = |replaces: &[u32]| {
        vec![Change {
            row: window("一", &["receive"], "2026-01-01"),
            replaces: replaces.iter().map(|id| entry(*id)).collect(),
        }]
    };
    assert_eq!(page.judge(QZ, first(&[])), Ok(()));
    assert_eq!(page.judge(NP, first(&[])), Err(Code::NoPower));
    assert_eq!(page.judge(QZ, first(&[5])), Err(Code::StaleParent));
    assert_eq!(page.judge(QZ, Vec::new()), Err(Code::Argument));
    page.put(5, first(&[]));
    page.put(3, first(&[]));
    for stale in [&[][..], &[3], &[5, 3], &[3, 5, 7]] {
        assert_eq!(page.judge(QZ, first(stale)), Err(Code::StaleParent));
    }
    assert_eq!(page.judge(QZ, first(&[3, 5])), Ok(()));
    let book = page.state.book();
    assert!(book.window("W1", day("2026-02-01")).is_some());
    let twice = [first(&[3, 5]), first(&[3, 5])].concat();
    assert_eq!(page.judge(QZ, twice), Err(Code::Duplicate));
    let many = vec![first(&[3, 5])[0].clone(); ROWS_MAX + 1];
    assert_eq!(page.judge(QZ, many), Err(Code::TooLarge));
}

/// in any order of arrival the same rows are current, two that desks wrote at once included.
#[test]
fn any_order_gives_the_same_roster() {
    let change = |name: &str, from: &str, replaces: &[u32]| {
        vec![Change {
            row: window(name, &["receive"], from),
            replaces: replaces.iter().map(|id| entry(*id)).collect(),
        }]
    };
    let acts = [
        (9, change("一", "2026-01-01", &[])),
        (4, change("二", "2026-03-01", &[9])),
        (7, change("三", "2026-03-01", &[9])),
        (2, change("四", "2026-06-01", &[4, 7])),
    ];
    let expected = |on: &str| match on {
        "2026-02-01" => vec!["一"],
        "2026-04-01" => vec!["二", "三"],
        _ => vec!["四"],
    };
    let empty = Page::new().state;
    let mut first = None;
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let mut state = empty.clone();
        for at in order {
            let (id, changes) = &acts[at];
            apply(&mut state, *id, changes.clone());
        }
        for on in ["2026-02-01", "2026-04-01", "2026-07-01"] {
            assert_eq!(name_on(&state, on), expected(on), "{order:?} {on}");
        }
        let first = first.get_or_insert_with(|| state.clone());
        assert_eq!(*first, state);
    }
    let state = first.expect("four orders");
    let bytes = encode_canonical(&state);
    assert_eq!(decode_canonical::<State>(&bytes).expect("own bytes"), state);
}

/// a window does what its row says, and a video consult needs a camera.
#[test]
fn windows_do_what_their_rows_say() {
    let mut page = Page::new();
    let at = day("2026-09-10");
    page.add(1, vec![window("一", &["receive", "consult"], "2026-01-01")]);
    let with = row!("window", {"id": "W2", "name": "二", "division": "330800000000", "level": 1,
        "functions": ["consult"], "equipment": ["camera"], "from": "2026-01-01", "until": "2026-09-30"});
    page.add(2, vec![with]);
    let book = page.state.book();
    assert!(book.receives("W1", at) && !book.receives("W2", at) && !book.receives("W3", at));
    let video = |id: &str, on| book.window(id, on).is_some_and(Window::can_video);
    assert!(!video("W1", at) && video("W2", at));
    assert!(!video("W2", day("2026-10-01")), "closed");
}

/// who is trained for an item is known by the staff number alone.
#[test]
fn training_is_by_item() {
    let mut page = Page::new();
    let clerk = row!("officer", {"id": "A1", "window": "W1", "role": "window-clerk",
        "trained": ["I-01"], "from": "2026-01-01"});
    page.add(1, vec![clerk]);
    let book = page.state.book();
    let check = |officer: &str, item: &str, expect: Option<bool>| {
        assert_eq!(
            book.trained(officer, item, day("2026-09-10")),
            expect,
            "{officer} {item}"
        );
    };
    check("A1", "I-01", Some(true));
    check("A1", "I-02", Some(false));
    check("A2", "I-01", None);
    assert_eq!(book.trained("A1", "I-01", day("2025-09-10")), None);
}

/// the person responsible acts; while A is absent the work is B's, and a ring of absences moves
/// nothing.
#[test]
fn work_goes_to_who_stands_in() {
    let mut page = Page::new();
    let absent = |officer: &str, by: &str| row!("absence", {"officer": officer, "by": by, "from": "2026-09-07", "until": "2026-09-11"});
    page.add(
        1,
        vec![
            row!("responsible", {"domain": "社保", "section": "社保科", "person": "P1", "deputy": "P2",
                "from": "2026-01-01"}),
            row!("responsible", {"item": "I-03", "section": "社保科", "person": "P3", "from": "2026-01-01"}),
            absent("P1", "P2"),
        ],
    );
    let check = |page: &Page, item: &str, on: &str, officer: &str, absent: Option<&str>| {
        let assigned = page.state.book().assigned(item, "社保", day(on));
        let assigned = assigned.expect("somebody");
        assert_eq!(assigned.officer, officer, "{item} {on}");
        assert_eq!(assigned.instead_of.as_deref(), absent, "{item} {on}");
    };
    check(&page, "I-02", "2026-09-04", "P1", None);
    check(&page, "I-02", "2026-09-07", "P2", Some("P1"));
    check(&page, "I-02", "2026-09-14", "P1", None);
    check(&page, "I-03", "2026-09-07", "P3", None);
    let on = day("2026-09-08");
    assert_eq!(page.state.book().stands_in_for("P2", on), ["P1"]);
    assert!(page.state.book().assigned("I-01", "公积金", on).is_none());
    page.add(2, vec![absent("P2", "P3")]);
    check(&page, "I-02", "2026-09-08", "P3", Some("P1"));
    page.add(3, vec![absent("P3", "P1")]);
    check(&page, "I-02", "2026-09-08", "P1", None);
}

/// a member of the support team is on duty on the days of the week that the row names.
#[test]
fn support_has_duty_days() {
    let mut page = Page::new();
    page.add(
        1,
        vec![
            row!("support", {"department": "人社局", "officer": "S1", "domains": ["社保"],
            "weekdays": [1, 3], "from": "2026-01-01"}),
        ],
    );
    let check = |domain: &str, on: &str, count: usize| {
        assert_eq!(
            page.state.book().support(domain, day(on)).len(),
            count,
            "{domain} {on}"
        );
    };
    check("社保", "2026-09-07", 1);
    check("社保", "2026-09-08", 0);
    check("社保", "2026-09-09", 1);
    check("公积金", "2026-09-07", 0);
}

/// an item has one or two current liaisons, by item or by domain; with none or three it shows as a defect.
#[test]
fn an_item_has_one_or_two_liaisons() {
    let mut page = Page::new();
    let at = day("2026-09-10");
    let ready = |page: &Page| page.state.book().has_liaisons("I-02", "社保", at);
    let liaison = |officer: &str, until: Option<&str>| {
        row!("liaison", {"officer": officer, "department": "人社局", "domain": "社保", "from": "2026-01-01",
            "until": until})
    };
    assert!(!ready(&page));
    page.add(1, vec![liaison("L1", None)]);
    assert!(ready(&page));
    let of_item = row!("liaison", {"officer": "L2", "department": "人社局", "items": ["I-02"], "post": "B",
        "from": "2026-01-01"});
    page.add(2, vec![of_item]);
    assert!(ready(&page));
    page.add(3, vec![liaison("L3", None)]);
    assert!(!ready(&page), "three");
    page.add(4, vec![liaison("L1", Some("2026-09-09"))]);
    assert!(ready(&page), "the first one is over");
    assert_eq!(page.state.book().liaisons("I-01", "公积金", at).len(), 0);
}

/// with no or more than two liaisons, without key points or before the training a grant is not ready.
#[test]
fn a_grant_goes_live_when_its_list_is_complete() {
    let mut page = Page::new();
    let partner = "350700".parse().expect("six digits");
    let lacks = |page: &Page| {
        page.state
            .book()
            .unready("I-01", partner, day("2026-09-10"))
    };
    assert_eq!(lacks(&page), ["training", "key-points", "liaisons"]);
    let hash = "ab".repeat(32);
    let list = |liaisons: &[&str], key_points: Option<&str>, trained: &str| {
        row!("go-live", {"item": "I-01", "partner": "350700", "trained_on": trained, "attendees": 4,
            "key_points": key_points, "liaisons": liaisons})
    };
    page.add(1, vec![list(&["L1"], Some(&hash), "2026-09-01")]);
    assert_eq!(lacks(&page), [""; 0]);
    page.add(
        2,
        vec![list(&["L1", "L2", "L3"], Some(&hash), "2026-09-01")],
    );
    assert_eq!(lacks(&page), ["liaisons"]);
    page.add(3, vec![list(&[], None, "2026-09-01")]);
    assert_eq!(lacks(&page), ["key-points", "liaisons"]);
    page.add(4, vec![list(&["L1", "L2"], Some(&hash), "2026-09-11")]);
    assert_eq!(lacks(&page), ["training"]);
}

/// link by link a department delegates to its hall, and the hall passes on only what it may.
#[test]
fn the_chain_of_delegation_is_checked_link_by_link() {
    let mut page = Page::new();
    let link = |page: &Page, item: &str, power, on: &str| {
        page.state.book().missing_link(item, power, day(on))
    };
    // Where a city publishes no letters there is no chain to check.
    assert_eq!(link(&page, "I-01", Power::Receive, "2026-09-10"), None);
    let letter = |pass: bool| {
        row!("letter", {"department": "人社局", "hall": "市民中心", "items": ["I-01"], "powers": ["G1a", "G4"],
            "may_subdelegate": pass, "from": "2026-01-01", "until": "2026-12-31"})
    };
    page.add(1, vec![letter(false)]);
    let check = |page: &Page, item: &str, power, on: &str, expect: Option<Link>| {
        assert_eq!(link(page, item, power, on), expect, "{item} {power:?} {on}");
    };
    check(
        &page,
        "I-01",
        Power::Receive,
        "2026-09-10",
        Some(Link::OtherCity),
    );
    page.add(2, vec![letter(true)]);
    check(&page, "I-01", Power::Receive, "2026-09-10", None);
    check(&page, "I-01", Power::Notice, "2026-09-10", Some(Link::Hall));
    check(
        &page,
        "I-02",
        Power::Receive,
        "2026-09-10",
        Some(Link::Hall),
    );
    check(
        &page,
        "I-01",
        Power::Receive,
        "2027-01-01",
        Some(Link::Hall),
    );
}

/// cases of a township are counted under its county and its city.
#[test]
fn townships_count_under_county_and_city() {
    let mut page = Page::new();
    let site = |id: &str, division: &str, level: u8, until: Option<&str>| {
        row!("window", {"id": id, "name": id, "division": division, "level": level, "functions": ["receive"],
            "from": "2026-01-01", "until": until})
    };
    page.add(
        1,
        vec![
            site("HALL", "330800000000", 1, None),
            site("TOWN", "330802100000", 3, None),
            site("VILLAGE", "330802100201", 4, Some("2026-06-30")),
        ],
    );
    let received = [("HALL", 5), ("TOWN", 3), ("VILLAGE", 2), ("OTHER", 9)];
    let received = received.map(|(id, count)| (id.to_owned(), count)).into();
    let sums = page.state.book().roll_up(&received);
    let expected = [
        ("3308", 10),
        ("330802", 5),
        ("330802100", 5),
        ("330802100201", 2),
    ];
    let expected: BTreeMap<String, u64> = expected.map(|(id, n)| (id.to_owned(), n)).into();
    assert_eq!(sums, expected);
}

/// the daily list names what a city owes for its live items, and nothing for others.
#[test]
fn the_daily_list_names_what_is_missing() {
    let fixture = Fixture::with(|annex| {
        let item = |code: &str| Item {
            code: code.to_owned(),
            name: code.to_owned(),
            domain: "社保".to_owned(),
            promise_days: 3,
            ..Item::default()
        };
        annex.items = vec![item("I-01"), item("I-02")];
        for owner in [QZ, NP] {
            annex.guides.push(Guide {
                item: "I-01".to_owned(),
                owner,
                version: 1,
                effective: day("2026-01-01"),
                requirements: Vec::new(),
                id_check: false,
                texts: None,
            });
        }
        annex.activations.push(Activation {
            item: "I-01".to_owned(),
            receiver: NP,
            owner: QZ,
            guide: 1,
            effective: day("2026-01-01"),
            until: None,
            modes: Vec::new(),
        });
        annex.grants.push(Grant {
            grantor: QZ,
            grantee: NP,
            items: Vec::new(),
            powers: vec![Power::Receive],
            from: None,
            until: None,
        });
    });
    let open = Act::Open(Open {
        division: "330800".parse().expect("six digits"),
        name: "衢州".to_owned(),
    });
    let state = City::open(entry(0), &author(QZ), &fixture.view(), &open).expect("allowed");
    let mut page = Page { fixture, state };
    let names = |page: &Page, city, on: &str| {
        let book = page.state.book();
        let found = defects(&book, &page.fixture.view(), &city, day(on));
        let each = found
            .iter()
            .map(|defect| format!("{} {}", defect.kind.name(), defect.item));
        each.collect::<Vec<String>>()
    };
    let all = [
        "no-responsible I-01",
        "no-liaisons I-01",
        "not-ready I-01",
        "no-support I-01",
    ];
    assert_eq!(names(&page, QZ, "2026-09-10"), all);
    assert_eq!(names(&page, QZ, "2026-09-12"), all[..3], "a Saturday");
    assert_eq!(names(&page, NP, "2026-09-10"), [""; 0]);
    page.add(
        1,
        vec![
            row!("responsible", {"domain": "社保", "section": "社保科", "person": "P1", "from": "2026-01-01",
                "until": "2026-09-30"}),
            row!("liaison", {"officer": "L1", "department": "人社局", "domain": "社保", "from": "2026-01-01"}),
            row!("support", {"department": "人社局", "officer": "S1", "domains": ["社保"], "weekdays": [4],
                "from": "2026-01-01"}),
            row!("go-live", {"item": "I-01", "partner": "350700", "trained_on": "2026-01-05", "attendees": 2,
                "key_points": "ab".repeat(32), "liaisons": ["L1"]}),
        ],
    );
    assert_eq!(names(&page, QZ, "2026-09-10"), [""; 0]);
    assert_eq!(names(&page, QZ, "2026-09-11"), ["no-support I-01"]);
    assert_eq!(names(&page, QZ, "2026-10-15"), ["no-responsible I-01"]);
    let letter = |items: &str, pass: bool| {
        row!("letter", {"department": "人社局", "hall": "市民中心", "items": [items], "powers": ["G1a"],
            "may_subdelegate": pass, "from": "2026-01-01"})
    };
    page.add(2, vec![letter("I-02", true)]);
    assert_eq!(names(&page, QZ, "2026-09-10"), ["no-letter I-01"]);
    page.add(3, vec![letter("I-01", false)]);
    assert_eq!(names(&page, QZ, "2026-09-10"), ["no-subdelegation I-01"]);
    page.add(4, vec![letter("I-01", true)]);
    assert_eq!(names(&page, QZ, "2026-09-10"), [""; 0]);
}

/// who is named as responsible, deputy, liaison, support or stand-in, and is not on the list of officers,
/// stands in the daily list, once for each officer.
#[test]
fn the_daily_list_names_officers_that_nobody_listed() {
    let mut page = Page::new();
    let names = |page: &Page, on: &str| {
        let book = page.state.book();
        let found = defects(&book, &page.fixture.view(), &QZ, day(on)).into_iter();
        let unknown = found.filter_map(|defect| match defect.kind {
            DefectKind::UnknownOfficer(rows) => Some((defect.officer?, rows)),
            _ => None,
        });
        let mut unknown = unknown.collect::<Vec<(String, Vec<&str>)>>();
        unknown.sort_unstable();
        unknown
    };
    let officer = |id: &str, until: &str| row!("officer", {"id": id, "role": "approver", "department": "人社局", "from": "2026-01-01", "until": until});
    page.add(
        1,
        vec![
            row!("responsible", {"domain": "社保", "section": "社保科", "person": "P1", "deputy": "P2",
                "from": "2026-01-01"}),
            row!("liaison", {"officer": "P2", "department": "人社局", "domain": "社保", "from": "2026-01-01"}),
            row!("support", {"department": "人社局", "officer": "S1", "domains": ["社保"], "weekdays": [4],
                "from": "2026-01-01"}),
            row!("absence", {"officer": "P1", "by": "P3", "from": "2026-09-10", "until": "2026-09-11"}),
        ],
    );
    assert_eq!(names(&page, "2026-09-10"), [], "a city that lists nobody");
    page.add(
        2,
        vec![officer("P1", "2026-12-31"), officer("S1", "2026-09-10")],
    );
    let of = |id: &str, rows: &[&'static str]| (id.to_owned(), rows.to_vec());
    let two = of("P2", &["liaison", "responsible"]);
    assert_eq!(
        names(&page, "2026-09-10"),
        [two.clone(), of("P3", &["absence"])]
    );
    assert_eq!(
        names(&page, "2026-09-12"),
        [two, of("S1", &["support"])],
        "one is back, and another is no officer any more"
    );
}

/// who signs a consult is on the list of officers, in a role that speaks with other cities.
#[test]
fn a_consult_is_signed_by_an_officer_whose_role_it_is() {
    let mut page = Page::new();
    let check = |page: &Page, officer: &str, on: &str, expect: bool| {
        let got = page.state.book().may_consult(officer, day(on));
        assert_eq!(got, expect, "{officer}");
    };
    check(&page, "A1", "2026-09-10", true);
    let officer = |id: &str, role: &str| {
        row!("officer", {"id": id, "role": role, "department": "人社局", "from": "2026-01-01",
            "until": "2026-12-31"})
    };
    page.add(
        1,
        vec![
            officer("A1", "approver"),
            officer("W1", "window-clerk"),
            officer("L1", "liaison"),
            officer("F1", "finance"),
            officer("D1", "dispatch"),
            row!("liaison", {"officer": "D1", "department": "人社局", "domain": "社保", "from": "2026-01-01",
                "until": "2026-09-30"}),
        ],
    );
    for (id, fits) in [
        ("A1", true),
        ("W1", true),
        ("L1", true),
        ("F1", false),
        ("X1", false),
    ] {
        check(&page, id, "2026-09-10", fits);
    }
    check(&page, "D1", "2026-09-10", true);
    check(&page, "D1", "2026-10-10", false);
    check(&page, "A1", "2027-01-10", false);
}

#[test]
fn rows_have_limits() {
    let page = Page::new();
    let check = |row: Row, expect: Result<(), Code>| {
        let key = row.key();
        let changes = vec![Change {
            row,
            replaces: Vec::new(),
        }];
        assert_eq!(page.judge(QZ, changes), expect, "{key:?}");
    };
    let window = |division: &str, level: u8, parent: Option<&str>, until: Option<&str>| {
        row!("window", {"id": "W1", "name": "一", "division": division, "level": level, "parent": parent,
            "functions": [], "from": "2026-02-01", "until": until})
    };
    check(window("330802100000", 3, Some("W0"), None), Ok(()));
    check(window("330802", 3, None, None), Err(Code::Argument));
    check(window("33080210000x", 3, None, None), Err(Code::Argument));
    check(window("330802100000", 5, None, None), Err(Code::Argument));
    check(window("330802100000", 0, None, None), Err(Code::Argument));
    check(
        window("330802100000", 3, Some("W1"), None),
        Err(Code::Argument),
    );
    check(
        window("330802100000", 3, None, Some("2026-01-31")),
        Err(Code::Argument),
    );
    let officer = |id: &str, trained: &[&str]| row!("officer", {"id": id, "window": "W1", "role": "approver", "trained": trained, "from": "2026-01-01"});
    check(officer("", &[]), Err(Code::Argument));
    check(officer(&"x".repeat(257), &[]), Err(Code::Argument));
    check(officer("A1", &["I-99"]), Err(Code::ItemUnknown));
    check(officer("A1", &["I-01"; ROW_LIST_MAX]), Ok(()));
    check(
        officer("A1", &["I-01"; ROW_LIST_MAX + 1]),
        Err(Code::TooLarge),
    );
    let nowhere = row!("officer", {"id": "A1", "role": "finance", "from": "2026-01-01"});
    check(nowhere, Err(Code::Argument));
    let duty = |weekdays: &[u8]| {
        row!("support", {"department": "d", "officer": "o", "domains": ["x"], "weekdays": weekdays,
            "from": "2026-01-01"})
    };
    check(duty(&[7]), Ok(()));
    check(duty(&[0]), Err(Code::Argument));
    check(duty(&[1; 8]), Err(Code::Argument));
    let alone =
        row!("absence", {"officer": "A", "by": "A", "from": "2026-01-01", "until": "2026-01-01"});
    check(alone, Err(Code::Argument));
    let list = |partner: &str, hash: &str| row!("go-live", {"item": "I-01", "partner": partner, "key_points": hash});
    check(list("350700", &"0a".repeat(32)), Ok(()));
    check(list("350700", &"0A".repeat(32)), Err(Code::Argument));
    check(list("999999", &"0a".repeat(32)), Err(Code::NotMember));
    let nobody = row!("responsible", {"section": "s", "person": "p", "from": "2026-01-01"});
    check(nobody, Err(Code::Argument));
    let empty = row!("letter", {"department": "d", "hall": "h", "items": [], "powers": ["G1a"], "from": "2026-01-01"});
    check(empty, Err(Code::Argument));
}

/// a page keeps no more rows than one device may write, whatever devices of a city write unseen by each other,
/// and the same ones in whatever order they came.
#[test]
fn devices_that_do_not_see_each_other_fill_no_page() {
    let rows = |id: u32| -> Vec<Change> {
        // Lists of different lengths, so that a later one may fit where an earlier one did not.
        let many = if id.is_multiple_of(3) { 500 } else { 77 };
        let named = (0..many).map(|at| window(&format!("W-{id}-{at}"), &["receive"], "2026-09-01"));
        let change = |row| Change {
            row,
            replaces: Vec::new(),
        };
        named.map(change).collect()
    };
    let fold = |ids: &[u32]| {
        let mut page = Page::new();
        for id in ids {
            page.put(*id, rows(*id));
        }
        page
    };
    let up: Vec<u32> = (1..150).collect();
    let down: Vec<u32> = up.iter().rev().copied().collect();
    // Every other one first.
    let (even, odd): (Vec<u32>, Vec<u32>) = up.iter().partition(|at| *at % 2 == 0);
    let mixed = [even, odd].concat();
    let first = fold(&up);
    let of = |page: &Page| {
        page.state
            .rosters
            .values()
            .map(|of| of.changes.len())
            .sum::<usize>()
    };
    assert!(of(&first) <= PAGE_ROWS_MAX && of(&first) > PAGE_ROWS_MAX - ROWS_MAX);
    for ids in [&down, &mixed] {
        let other = fold(ids);
        assert!(other.state == first.state, "{:?}", other.state.full);
    }
    assert_eq!(first.judge(QZ, rows(1_000)), Err(Code::TooLarge), "full");
}
