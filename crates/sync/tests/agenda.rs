//! What comes on the next agenda by itself because a day is over: disputes, and cities that did not sign
//! (`domain.md` §3.6.5, R-141).

use crate::world::World;

const DAY_S: i64 = 24 * 3_600;
const MONTH: &str = r#"{"month":"2026-09"}"#;

fn does(world: &mut World, at: usize, name: &str, args: &str) {
    let done = world.act(at, name, args);
    done.unwrap_or_else(|error| panic!("{at} {name} {args}: {error:?}"));
    world.run();
}

/// A parcel of September that its receiver paid for, signed by both.
fn line(world: &mut World, from: usize, to: usize, tracking: &str, fen: i64) {
    let division = world.nodes[to].division;
    let post = format!(
        r#"{{"to":"{division}","leg":"L2","tracking":"{tracking}","pay":"collect","on":"2026-09-05"}}"#
    );
    does(world, from, "parcel.post", &post);
    let cost = format!(r#"{{"parcel":"{tracking}","fen":{fen}}}"#);
    does(world, to, "parcel.cost", &cost);
    let of = format!(r#"{{"parcel":"{tracking}"}}"#);
    does(world, from, "parcel.confirm", &of);
}

fn agenda(world: &mut World, at: usize) -> Vec<(String, String)> {
    let answer = world.ask(at, |engine, ctx| engine.meetings(ctx)).unwrap();
    let rows = answer.agenda.into_iter();
    rows.map(|row| (row.kind, row.about)).collect()
}

fn pass_days(world: &mut World, days: i64) {
    world.unix += days * DAY_S;
    world.run();
}

fn sign_bill(world: &mut World, at: usize, other: usize) {
    let division = world.nodes[other].division;
    let args = format!(r#"{{"month":"2026-09","with":"{division}"}}"#);
    does(world, at, "bill.sign", &args);
}

/// An objection goes to the meeting once the day for signing is over, and leaves it when it is settled; its two cities
/// alone know of it.
#[test]
fn a_dispute_past_its_day_is_on_the_agenda_of_its_cities() {
    let mut world = World::founded(3);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200);
    let dispute = r#"{"parcel":"EZ900000019CN","reason":"weight"}"#;
    does(&mut world, 0, "parcel.dispute", dispute);
    pass_days(&mut world, 31);
    for at in 0..3 {
        assert_eq!(agenda(&mut world, at), [], "{at}: the days are not over");
    }
    pass_days(&mut world, 14);
    let row = ("dispute".to_owned(), "EZ900000019CN weight".to_owned());
    for at in [0, 1] {
        assert_eq!(agenda(&mut world, at), std::slice::from_ref(&row), "{at}");
    }
    assert_eq!(agenda(&mut world, 2), []);
    world.restart(1);
    assert_eq!(agenda(&mut world, 1), [row]);
    let withdraw = r#"{"parcel":"EZ900000019CN"}"#;
    does(&mut world, 0, "parcel.withdraw-dispute", withdraw);
    for at in 0..3 {
        assert_eq!(agenda(&mut world, at), [], "{at}");
    }
}

/// A city that signs neither the bill nor the round in time is named until it has signed.
#[test]
fn a_silent_city_is_on_the_agenda_until_it_signs() {
    let mut world = World::founded(3);
    line(&mut world, 0, 1, "EZ900000019CN", 2_200);
    pass_days(&mut world, 31);
    sign_bill(&mut world, 0, 1);
    pass_days(&mut world, 14);
    let division = world.nodes[1].division;
    let row = ("silent-city".to_owned(), format!("2026-09 {division}"));
    for at in [0, 1] {
        assert_eq!(agenda(&mut world, at), std::slice::from_ref(&row), "{at}");
    }
    assert_eq!(agenda(&mut world, 2), [], "the bill is the pair's");
    sign_bill(&mut world, 1, 0);
    for at in 0..3 {
        assert_eq!(agenda(&mut world, at), [], "{at}");
    }
    does(&mut world, 0, "round.open", MONTH);
    for at in [0, 1] {
        does(&mut world, at, "round.report", MONTH);
    }
    does(&mut world, 0, "round.propose", MONTH);
    for at in [0, 2] {
        does(&mut world, at, "round.sign", MONTH);
    }
    for at in 0..3 {
        assert_eq!(agenda(&mut world, at), std::slice::from_ref(&row), "{at}");
    }
    does(&mut world, 1, "round.sign", MONTH);
    for at in 0..3 {
        assert_eq!(agenda(&mut world, at), [], "{at}");
    }
}
