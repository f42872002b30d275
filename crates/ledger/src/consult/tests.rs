//! Tests of the consult kind: who may say what and when, what counts, and that order does not matter.

use tongban_identity::{CityId, decode_canonical, encode_canonical};

use super::*;
use crate::agreement::{
    Act as Founding, Activation, Annex, Bitmap, Found, Founder, Guide, Index, Item, Requirement,
};
use crate::calendar::WallTime;
use crate::case::{Defect, Fault, Material, Officer};
use crate::parcel::fixture::{HS, NP, OUTSIDE, QZ, SR, author, day, entry};

/// An agreement of three cities: what 上饶 receives for 衢州.
struct Fixture {
    index: Index,
    bits: Bitmap,
}

impl Fixture {
    fn new() -> Self {
        let cities = [(QZ, 330_800), (NP, 350_700), (SR, 361_100)];
        let founders = cities.iter().map(|(city, division)| Founder {
            city: *city,
            division: tongban_identity::DivisionCode::new(*division).unwrap(),
            name: division.to_string(),
            encryption: Vec::new(),
            addresses: Vec::new(),
        });
        let need = |id: &str| Requirement {
            id: id.into(),
            name: id.into(),
            must: true,
            ..Requirement::default()
        };
        let found = Found {
            name: "协议".into(),
            code: "AG".into(),
            rules_version: 1,
            founders: founders.collect(),
            annex: Annex {
                items: vec![Item {
                    code: "I-03".into(),
                    name: "公司设立登记".into(),
                    domain: "市场监管".into(),
                    promise_days: 1,
                    ..Item::default()
                }],
                guides: vec![Guide {
                    item: "I-03".into(),
                    owner: QZ,
                    version: 2,
                    effective: day("2026-01-01"),
                    requirements: vec![need("M1"), need("M2"), need("M3")],
                    id_check: true,
                    texts: None,
                }],
                activations: vec![Activation {
                    item: "I-03".into(),
                    receiver: SR,
                    owner: QZ,
                    guide: 2,
                    effective: day("2026-01-01"),
                    until: None,
                    modes: Vec::new(),
                }],
                ..Annex::default()
            },
        };
        let genesis = entry(1_000_000);
        let mut index = Index::open(genesis, &author(QZ), found).unwrap();
        for (at, city) in (1_000_001..).zip([NP, SR]) {
            index
                .insert(entry(at), &[genesis], &author(city), &Founding::Ratify)
                .unwrap();
        }
        let bits = index.history(index.heads()).unwrap();
        Self { index, bits }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.index, &self.bits)
    }
}

fn who(number: &str) -> Officer {
    Officer(number.into())
}

fn at(time: &str) -> i64 {
    time.parse::<WallTime>().unwrap().unix()
}

fn ask() -> Ask {
    let paper = |id: &str| Material {
        requirement: id.into(),
        pages: 2,
        proof: None,
    };
    Ask {
        to: QZ,
        item: "I-03".into(),
        guide: 2,
        materials: vec![paper("M1"), paper("M2")],
        officer: who("SR-0301"),
    }
}

fn answer(verdict: Verdict, of: &[&str]) -> Act {
    let defects = of.iter().map(|id| Defect {
        requirement: (*id).into(),
        fault: Fault::WrongForm,
    });
    Act::Answer(Answer {
        verdict,
        defects: defects.collect(),
        officer: who("QZ-0401"),
    })
}

fn escalate(stage: Stage) -> Act {
    Act::Escalate(Escalate { stage })
}

fn video() -> Video {
    Video {
        started: "2026-09-21T10:40".parse().unwrap(),
        ended: "2026-09-21T11:05".parse().unwrap(),
        askers: vec![who("SR-0301")],
        asked: vec![who("QZ-0401"), who("QZ-0402")],
        complete: true,
        points: vec!["M1".into(), "M3".into()],
        recording: None,
        officer: who("SR-0301"),
    }
}

fn sign(video: u32) -> Act {
    Act::VideoSigned(VideoSigned {
        video: entry(video),
        officer: who("QZ-0402"),
    })
}

fn by(city: CityId, time: &str) -> Author {
    Author {
        time: at(time),
        ..author(city)
    }
}

/// The question of SC-3, asked on Monday at 10:05.
fn opened(view: &View<'_>) -> State {
    let act = Act::Ask(ask());
    Consult::open(entry(0), &by(SR, "2026-09-21T10:05"), view, &act).expect("allowed")
}

fn judged(state: &State, view: &View<'_>, city: CityId, time: &str, act: &Act) -> Result<(), Code> {
    Consult::authorize(state, &by(city, time), view, act)
}

/// Applies an act that its author may sign.
fn does(state: &mut State, id: u32, view: &View<'_>, city: CityId, time: &str, act: &Act) {
    assert_eq!(judged(state, view, city, time, act), Ok(()), "{act:?}");
    adds(state, id, city, time, act);
}

fn adds(state: &mut State, id: u32, city: CityId, time: &str, act: &Act) {
    let placed = Placed {
        id: entry(id),
        author: by(city, time),
        act,
    };
    Consult::apply(state, &placed, false);
}

/// a window asks the city that owns an item which is live for the pair, about papers of its guide.
#[test]
fn a_question_is_about_papers_of_a_live_item() {
    let fixture = Fixture::new();
    let check = |city: CityId, change: &dyn Fn(&mut Ask), expect: Result<(), Code>| {
        let mut ask = ask();
        change(&mut ask);
        let author = by(city, "2026-09-21T10:05");
        let got = Consult::open(entry(0), &author, &fixture.view(), &Act::Ask(ask));
        assert_eq!(got.map(drop), expect);
    };
    check(SR, &|_| {}, Ok(()));
    check(OUTSIDE, &|_| {}, Err(Code::NotMember));
    check(SR, &|ask| ask.to = SR, Err(Code::NotMember));
    check(SR, &|ask| ask.to = HS, Err(Code::NotMember));
    check(NP, &|_| {}, Err(Code::ItemNotActive));
    check(SR, &|ask| ask.item = "I-99".into(), Err(Code::ItemUnknown));
    check(SR, &|ask| ask.guide = 1, Err(Code::GuideVersion));
    check(SR, &|ask| ask.materials.clear(), Err(Code::Argument));
    check(
        SR,
        &|ask| ask.materials.push(ask.materials[0].clone()),
        Err(Code::Duplicate),
    );
    check(
        SR,
        &|ask| ask.materials[0].requirement = "M9".into(),
        Err(Code::NotInGuide),
    );
    check(SR, &|ask| ask.officer = who(""), Err(Code::Argument));
}

/// only the city asked answers, once, with defects of its guide exactly where it says "not ok".
#[test]
fn the_city_asked_answers_once_with_defects_of_its_guide() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    let time = "2026-09-21T10:31";
    let check = |state: &State, city, act: &Act, expect| {
        assert_eq!(judged(state, &view, city, time, act), expect, "{act:?}");
    };
    let ok = answer(Verdict::Ok, &[]);
    check(&state, SR, &ok, Err(Code::NoPower));
    check(&state, NP, &ok, Err(Code::NotParty));
    check(&state, OUTSIDE, &ok, Err(Code::NotMember));
    check(
        &state,
        QZ,
        &answer(Verdict::Ok, &["M1"]),
        Err(Code::Argument),
    );
    check(
        &state,
        QZ,
        &answer(Verdict::NotOk, &[]),
        Err(Code::Argument),
    );
    check(
        &state,
        QZ,
        &answer(Verdict::NotOk, &["M9"]),
        Err(Code::NotInGuide),
    );
    check(&state, QZ, &answer(Verdict::NotOk, &["M3"]), Ok(()));
    check(&state, QZ, &Act::Ask(ask()), Err(Code::State));
    does(&mut state, 1, &view, QZ, time, &ok);
    check(&state, QZ, &ok, Err(Code::Already));
    assert_eq!(state.minutes(), Some(26));
    assert_eq!(state.verdict(), Some(Verdict::Ok));
    assert!(
        state.vouched("M1", i64::MAX)
            && state.vouched("M2", i64::MAX)
            && !state.vouched("M3", i64::MAX)
    );
}

/// unanswered after 2 working hours the question goes to post B, after 4 to the centre, each once; nobody
/// escalates what was answered.
#[test]
fn an_unanswered_question_goes_to_post_b_and_to_the_centre() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    let (b, centre) = (escalate(Stage::PostB), escalate(Stage::Centre));
    // 115 minutes before noon, the rest after 13:30.
    assert_eq!(
        state.due(Stage::PostB, &view),
        Ok(at("2026-09-21T13:35")),
        "two working hours"
    );
    assert_eq!(state.due(Stage::Centre, &view), Ok(at("2026-09-21T15:35")));
    let check = |state: &State, city, time, act: &Act, expect| {
        assert_eq!(judged(state, &view, city, time, act), expect, "{time}");
    };
    check(&state, SR, "2026-09-21T13:34", &b, Err(Code::NotDue));
    check(&state, QZ, "2026-09-21T13:35", &b, Err(Code::NoPower));
    check(&state, SR, "2026-09-21T16:00", &centre, Err(Code::State));
    does(&mut state, 1, &view, SR, "2026-09-21T13:35", &b);
    check(&state, SR, "2026-09-21T13:36", &b, Err(Code::Already));
    check(&state, SR, "2026-09-21T15:34", &centre, Err(Code::NotDue));
    let mut answered = state.clone();
    does(
        &mut answered,
        2,
        &view,
        QZ,
        "2026-09-21T15:00",
        &answer(Verdict::Ok, &[]),
    );
    check(
        &answered,
        SR,
        "2026-09-21T15:35",
        &centre,
        Err(Code::Already),
    );
    does(&mut state, 3, &view, SR, "2026-09-21T15:35", &centre);
    check(&state, SR, "2026-09-21T15:36", &centre, Err(Code::Already));
    assert_eq!(state.escalated(), Some(Stage::Centre));
    assert_eq!(state.next_stage(), None);
}

/// two desks that did not see each other both stand; where they disagree the city has not said "ok".
#[test]
fn two_answers_are_both_shown_and_vouch_for_nothing_where_they_differ() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    let (ok, not) = (answer(Verdict::Ok, &[]), answer(Verdict::NotOk, &["M2"]));
    adds(&mut state, 1, QZ, "2026-09-21T10:31", &ok);
    adds(&mut state, 2, QZ, "2026-09-21T10:30", &not);
    let mut other = opened(&view);
    adds(&mut other, 2, QZ, "2026-09-21T10:30", &not);
    adds(&mut other, 1, QZ, "2026-09-21T10:31", &ok);
    assert_eq!(state, other);
    assert_eq!(state.answers.len(), 2);
    assert!(state.contradicts());
    assert_eq!(state.verdict(), Some(Verdict::NotOk));
    assert_eq!(state.minutes(), Some(25));
    assert!(!state.vouched("M1", i64::MAX));
    let bytes = encode_canonical(&state);
    assert_eq!(decode_canonical::<State>(&bytes).unwrap(), state);
    let placed = |id: u32, act| Placed {
        id: entry(id),
        author: author(QZ),
        act,
    };
    let met = Consult::concurrent(&placed(1, &ok), &placed(2, &not));
    assert_eq!(met, Meeting::Stand);
}

/// a video consult is a conclusion only when both cities signed it, and only "complete" stands as the formal
/// review.
#[test]
fn a_video_consult_is_a_conclusion_once_both_cities_signed() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    let time = "2026-09-21T11:06";
    does(&mut state, 1, &view, SR, time, &Act::Video(video()));
    assert!(!state.stands_as_review() && !state.vouched("M3", i64::MAX));
    assert_eq!(state.unsigned_by(&QZ).count(), 1);
    assert_eq!(state.unsigned_by(&SR).count(), 0);
    let check = |state: &State, city, act: &Act, expect| {
        assert_eq!(judged(state, &view, city, time, act), expect, "{act:?}");
    };
    check(&state, SR, &sign(1), Err(Code::NoPower));
    check(&state, NP, &sign(1), Err(Code::NotParty));
    check(&state, QZ, &sign(9), Err(Code::NotFound));
    does(&mut state, 2, &view, QZ, time, &sign(1));
    check(&state, QZ, &sign(1), Err(Code::Already));
    assert!(state.stands_as_review());
    assert!(state.vouched("M3", i64::MAX) && !state.vouched("M2", i64::MAX));
    assert_eq!(state.unsigned_by(&QZ).count(), 0);
    assert_eq!(Consult::names(&sign(1)), vec![entry(1)]);
    // Another conclusion of both that the papers do not do takes that away.
    let not = Video {
        complete: false,
        ..video()
    };
    does(&mut state, 3, &view, QZ, time, &Act::Video(not));
    assert!(state.stands_as_review(), "not signed by both");
    does(&mut state, 4, &view, SR, time, &sign(3));
    assert!(!state.stands_as_review() && !state.vouched("M3", i64::MAX));
}

/// a record names people of both cities, points of the guide and a time that is over.
#[test]
fn a_record_of_a_video_consult_is_complete() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let state = opened(&view);
    let check = |change: &dyn Fn(&mut Video), expect: Result<(), Code>| {
        let mut video = video();
        change(&mut video);
        let act = Act::Video(video);
        let got = judged(&state, &view, QZ, "2026-09-21T11:06", &act);
        assert_eq!(got, expect, "{act:?}");
    };
    let time = |text: &str| text.parse::<WallTime>().unwrap();
    check(&|_| {}, Ok(()));
    check(&|video| video.ended = video.started, Err(Code::Date));
    check(
        &|video| video.ended = time("2026-09-21T11:07"),
        Err(Code::Date),
    );
    check(
        &|video| video.started = time("2026-09-20T11:04"),
        Err(Code::Date),
    );
    // The evening before the question, and over on its day.
    check(
        &|video| {
            video.started = time("2026-09-20T23:50");
            video.ended = time("2026-09-21T00:10");
        },
        Err(Code::Date),
    );
    // Earlier on its day: clocks of two cities are not the same.
    check(
        &|video| {
            video.started = time("2026-09-21T09:50");
            video.ended = time("2026-09-21T10:04");
        },
        Ok(()),
    );
    check(&|video| video.asked.clear(), Err(Code::Argument));
    check(&|video| video.asked.reverse(), Err(Code::Argument));
    check(&|video| video.askers = vec![who("")], Err(Code::Argument));
    check(&|video| video.points.clear(), Err(Code::Argument));
    check(
        &|video| video.points = vec!["M9".into()],
        Err(Code::NotInGuide),
    );
    let crowd = (0..=PARTICIPANTS_MAX).map(|nth| who(&format!("{nth:03}")));
    let crowd: Vec<Officer> = crowd.collect();
    check(&|video| video.asked = crowd.clone(), Err(Code::TooLarge));
}

/// nobody signs a video consult of a day that is to come.
#[test]
fn a_video_consult_is_not_signed_before_its_day() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    // The clock of who recorded it is a day ahead.
    let ahead = Video {
        started: "2026-09-22T10:40".parse().unwrap(),
        ended: "2026-09-22T11:05".parse().unwrap(),
        ..video()
    };
    let video = Act::Video(ahead);
    does(&mut state, 1, &view, SR, "2026-09-22T11:06", &video);
    let check = |time, expect| {
        assert_eq!(judged(&state, &view, QZ, time, &sign(1)), expect, "{time}");
    };
    check("2026-09-21T23:59", Err(Code::Date));
    check("2026-09-22T00:00", Ok(()));
}

/// nobody fills a consult with records.
#[test]
fn a_city_records_so_many_video_consults() {
    let fixture = Fixture::new();
    let view = fixture.view();
    let mut state = opened(&view);
    let time = "2026-09-21T11:06";
    for id in 1..=u32::try_from(VIDEOS_MAX).unwrap() {
        does(&mut state, id, &view, SR, time, &Act::Video(video()));
    }
    let more = Act::Video(video());
    assert_eq!(judged(&state, &view, SR, time, &more), Err(Code::TooLarge));
    assert_eq!(judged(&state, &view, QZ, time, &more), Ok(()));
}

#[test]
fn the_two_cities_are_the_audience() {
    let act = Act::Ask(ask());
    let mut audience = Audience::default();
    let placed = Placed {
        id: entry(0),
        author: author(SR),
        act: &act,
    };
    Consult::observe(&mut audience, &placed);
    assert!(audience.includes(&SR) && audience.includes(&QZ));
    assert!(!audience.includes(&NP));
}

#[test]
fn a_mark_is_not_the_id() {
    let document = entry(7).into();
    assert_ne!(Mark::of(&document).0, entry(7).0);
    assert_eq!(Mark::of(&document), Mark::of(&document));
}
