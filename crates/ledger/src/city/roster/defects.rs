//! What is amiss in a city's roster on a day: the daily list.

use std::collections::BTreeSet;

use tongban_identity::{CityId, DivisionCode};

use super::page::{Book, Link};
use crate::agreement::View;
use crate::calendar::Day;

/// One thing that is amiss.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Defect {
    /// What is amiss.
    pub kind: DefectKind,
    /// The item's base code; empty where it is about an officer.
    pub item: String,
    /// The partner city, where it is about one.
    pub partner: Option<DivisionCode>,
    /// The officer's staff number, where it is about one.
    pub officer: Option<String>,
}

/// What is amiss.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefectKind {
    /// An active item without a current responsible person.
    NoResponsible,
    /// A live item without one or two current liaisons.
    NoLiaisons,
    /// A grant whose checklist lacks these.
    NotReady(Vec<&'static str>),
    /// A live item whose department has nobody on duty on a working day.
    NoSupport,
    /// A granted power that no letter of a department gives the hall.
    NoLetter,
    /// A granted power that the hall may not pass on.
    NoSubdelegation,
    /// An officer whom these kinds of rows name, and whom the roster does not list.
    UnknownOfficer(Vec<&'static str>),
}

impl DefectKind {
    /// The kind's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            DefectKind::NoResponsible => "no-responsible",
            DefectKind::NoLiaisons => "no-liaisons",
            DefectKind::NotReady(_) => "not-ready",
            DefectKind::NoSupport => "no-support",
            DefectKind::NoLetter => "no-letter",
            DefectKind::NoSubdelegation => "no-subdelegation",
            DefectKind::UnknownOfficer(_) => "unknown-officer",
        }
    }
}

/// The defects of a city's roster on a day, for what it owns and granted.
pub fn defects(book: &Book<'_>, view: &View<'_>, city: &CityId, day: Day) -> BTreeSet<Defect> {
    let mut found = BTreeSet::new();
    let live = live_items(view, city, day);
    // Where the year is not loaded every day counts as a working day: a defect too many is seen by people.
    let works = view.calendar().is_working_day(day).unwrap_or(true);
    for item in &live {
        let domain = view.item(item).map_or("", |item| item.domain.as_str());
        let mut add = |kind| {
            found.insert(Defect {
                kind,
                item: (*item).to_owned(),
                partner: None,
                officer: None,
            });
        };
        if book.responsible(item, domain, day).is_none() {
            add(DefectKind::NoResponsible);
        }
        if !book.has_liaisons(item, domain, day) {
            add(DefectKind::NoLiaisons);
        }
        if works && book.support(domain, day).is_empty() {
            add(DefectKind::NoSupport);
        }
    }
    for (_, grant, in_force, _) in view.grants() {
        let began = grant.from.is_none_or(|from| from <= day);
        let runs = began && grant.until.is_none_or(|until| day <= until);
        let partner = view.founder(&grant.grantee).map(|city| city.division);
        let (true, true, true, Some(partner)) = (grant.grantor == *city, in_force, runs, partner)
        else {
            continue;
        };
        for item in live_pair(view, city, &grant.grantee, day) {
            if !grant.items.is_empty() && !grant.items.iter().any(|code| code == item) {
                continue;
            }
            let mut add = |kind| {
                found.insert(Defect {
                    kind,
                    item: item.to_owned(),
                    partner: Some(partner),
                    officer: None,
                });
            };
            let lacking = book.unready(item, partner, day);
            if !lacking.is_empty() {
                add(DefectKind::NotReady(lacking));
            }
            for power in &grant.powers {
                match book.missing_link(item, *power, day) {
                    Some(Link::Hall) => add(DefectKind::NoLetter),
                    Some(Link::OtherCity) => add(DefectKind::NoSubdelegation),
                    None => {}
                }
            }
        }
    }
    for (officer, rows) in book.unknown_officers(day) {
        found.insert(Defect {
            kind: DefectKind::UnknownOfficer(rows.into_iter().collect()),
            item: String::new(),
            partner: None,
            officer: Some(officer.to_owned()),
        });
    }
    found
}

/// Items that a city owns and that are live on a day for some pair.
fn live_items<'a>(view: &View<'a>, owner: &CityId, day: Day) -> BTreeSet<&'a str> {
    view.members()
        .flat_map(|receiver| live_pair(view, owner, &receiver.city, day))
        .collect()
}

fn live_pair<'a>(
    view: &View<'a>,
    owner: &CityId,
    receiver: &CityId,
    day: Day,
) -> BTreeSet<&'a str> {
    let activations = view.activations().into_iter();
    let of_pair = activations.filter(|live| live.owner == *owner && live.receiver == *receiver);
    of_pair
        .map(|live| live.item.as_str())
        .filter(|item| view.live(item, receiver, owner, day).is_ok())
        .collect()
}
