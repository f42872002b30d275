//! What a roster says on a day.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::DivisionCode;

use super::{
    Absence, Change, Function, GoLive, Key, Letter, Liaison, Responsible, Role, Roster, Row, Staff,
    Support, Window,
};
use crate::agreement::Power;
use crate::calendar::Day;
use crate::id::EntryId;

/// How many digits of a division code name the city, the county, the township and the village.
const DIVISION_DIGITS: [usize; 4] = [4, 6, 9, 12];
/// How often work passes from an absent officer to who stands in, at most.
const STAND_INS_MAX: usize = 8;
/// The most current liaisons for an item, or of a checklist.
const LIAISONS_MAX: usize = 2;

/// The rows of a roster by what they are about.
#[derive(Clone, Debug, Default)]
pub struct Book<'a> {
    keys: BTreeMap<Key, BTreeMap<EntryId, &'a Change>>,
}

/// A link of the chain by which a window elsewhere acts for a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// No letter of a department gives the hall the power.
    Hall,
    /// The hall may not pass it on to another city.
    OtherCity,
}

/// Who has to act, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The staff number of who acts.
    pub officer: String,
    /// Who is absent, where the officer stands in.
    pub instead_of: Option<String>,
}

impl<'a> Book<'a> {
    /// Sorts the rows of every roster that stands.
    pub fn of(rosters: &'a BTreeMap<EntryId, Roster>) -> Self {
        let mut keys: BTreeMap<Key, BTreeMap<EntryId, &'a Change>> = BTreeMap::new();
        for (id, roster) in rosters {
            for change in &roster.changes {
                let rows = keys.entry(change.row.key()).or_default();
                rows.insert(*id, change);
            }
        }
        Self { keys }
    }

    /// Says whether nothing was ever published.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The entries whose rows of a key no other row replaced, ascending.
    pub fn newest(&self, key: &Key) -> Vec<EntryId> {
        self.keys.get(key).map(newest).unwrap_or_default()
    }

    /// The newest rows of a key; more than one where two desks wrote at once.
    pub fn rows_of(&self, key: &Key) -> Vec<&'a Row> {
        let Some(rows) = self.keys.get(key) else {
            return Vec::new();
        };
        let newest = newest(rows);
        newest.iter().map(|id| &rows[id].row).collect()
    }

    /// Every row in force on a day, by key. A row whose first day is to come leaves the one before it in force.
    pub fn on(&self, day: Day) -> Vec<&'a Row> {
        self.keys
            .values()
            .flat_map(|rows| in_force(rows, day))
            .collect()
    }

    /// Every row that is over, or is not in force yet, or that another took the place of.
    pub fn apart(&self, day: Day) -> Vec<&'a Row> {
        let mut apart = Vec::new();
        for rows in self.keys.values() {
            let current = in_force(rows, day);
            let all = rows.values().map(|change| &change.row);
            apart.extend(all.filter(|row| !current.iter().any(|now| std::ptr::eq(*now, *row))));
        }
        apart
    }

    /// The windows that are open on a day.
    pub fn windows(&self, day: Day) -> Vec<&'a Window> {
        self.pick(day, |row| match row {
            Row::Window(window) => Some(window),
            _ => None,
        })
    }

    /// An open window by its id; of two that desks wrote at once the one of the greater entry.
    pub fn window(&self, id: &str, day: Day) -> Option<&'a Window> {
        let mut windows = self.windows(day).into_iter();
        windows.rfind(|window| window.id == id)
    }

    /// Whether cases may be received at a window on a day: the window is open and does that.
    pub fn receives(&self, id: &str, day: Day) -> bool {
        self.window(id, day)
            .is_some_and(|window| window.does(Function::Receive))
    }

    /// Whether the city ever published a window.
    pub fn has_windows(&self) -> bool {
        self.keys.keys().any(|key| key.kind == "window")
    }

    /// The officers of a day.
    pub fn staff(&self, day: Day) -> Vec<&'a Staff> {
        self.pick(day, |row| match row {
            Row::Staff(staff) => Some(staff),
            _ => None,
        })
    }

    /// An officer by staff number.
    pub fn officer(&self, id: &str, day: Day) -> Option<&'a Staff> {
        let mut staff = self.staff(day).into_iter();
        staff.rfind(|staff| staff.id == id)
    }

    /// Whether the city ever published an officer.
    pub fn has_staff(&self) -> bool {
        self.keys.keys().any(|key| key.kind == "officer")
    }

    /// Whether an officer may sign a consult for the city on a day: a window clerk, an approver or a
    /// liaison that the roster knows. Where it never named an officer nobody can tell.
    pub fn may_consult(&self, officer: &str, day: Day) -> bool {
        if !self.has_staff() {
            return true;
        }
        self.officer(officer, day).is_some_and(|staff| {
            let speaks = matches!(
                staff.role,
                Role::WindowClerk | Role::Approver | Role::Liaison
            );
            speaks || self.is_liaison(officer, day)
        })
    }

    fn is_liaison(&self, officer: &str, day: Day) -> bool {
        let rows = self.on(day).into_iter();
        let mut named = rows.filter_map(|row| match row {
            Row::Liaison(liaison) => Some(liaison.officer.as_str()),
            _ => None,
        });
        named.any(|named| named == officer)
    }

    /// The officers whom rows in force on a day name and whom no row in force makes one, each with the kinds of rows that
    /// name them. Where the city never published an officer it keeps its staff elsewhere, and nobody is unknown.
    pub fn unknown_officers(&self, day: Day) -> BTreeMap<&'a str, BTreeSet<&'static str>> {
        let mut unknown: BTreeMap<&'a str, BTreeSet<&'static str>> = BTreeMap::new();
        if !self.has_staff() {
            return unknown;
        }
        let rows = self.on(day);
        let known: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Staff(staff) => Some(staff.id.as_str()),
                _ => None,
            })
            .collect();
        for row in rows {
            let named: Vec<&'a String> = match row {
                Row::Liaison(row) => vec![&row.officer],
                Row::Responsible(row) => row.deputy.iter().chain([&row.person]).collect(),
                Row::Support(row) => vec![&row.officer],
                Row::Absence(row) if row.cancelled => Vec::new(),
                Row::Absence(row) => vec![&row.officer, &row.by],
                Row::GoLive(row) => row.liaisons.iter().collect(),
                Row::Window(_) | Row::Staff(_) | Row::Letter(_) => Vec::new(),
            };
            for officer in named {
                if !known.contains(officer.as_str()) {
                    unknown.entry(officer).or_default().insert(row.kind());
                }
            }
        }
        unknown
    }

    /// Whether an officer is trained for an item; none where the roster does not know the officer.
    pub fn trained(&self, officer: &str, item: &str, day: Day) -> Option<bool> {
        let staff = self.officer(officer, day)?;
        Some(staff.trained.iter().any(|code| code == item))
    }

    /// The liaisons for an item of a domain.
    pub fn liaisons(&self, item: &str, domain: &str, day: Day) -> Vec<&'a Liaison> {
        let all = self.pick(day, |row| match row {
            Row::Liaison(liaison) => Some(liaison),
            _ => None,
        });
        let covering = all.into_iter();
        covering
            .filter(|liaison| liaison.covers(item, domain))
            .collect()
    }

    /// Whether an item has one or two current liaisons.
    pub fn has_liaisons(&self, item: &str, domain: &str, day: Day) -> bool {
        let liaisons = self.liaisons(item, domain, day).into_iter();
        let officers: BTreeSet<&str> = liaisons.map(|row| row.officer.as_str()).collect();
        (1..=LIAISONS_MAX).contains(&officers.len())
    }

    /// Who is responsible for an item; a row for the item goes before one for its domain.
    pub fn responsible(&self, item: &str, domain: &str, day: Day) -> Option<&'a Responsible> {
        let all = self.pick(day, |row| match row {
            Row::Responsible(row) => Some(row),
            _ => None,
        });
        let of_item = |row: &&&Responsible| row.item.as_deref() == Some(item);
        let of_domain = |row: &&&Responsible| row.domain.as_deref() == Some(domain);
        let found = all.iter().rfind(of_item);
        found.or_else(|| all.iter().rfind(of_domain)).copied()
    }

    /// Who has to act for an item on a day: the person responsible, or who stands in.
    pub fn assigned(&self, item: &str, domain: &str, day: Day) -> Option<Assigned> {
        let responsible = self.responsible(item, domain, day)?;
        let acting = self.acting(&responsible.person, day);
        Some(Assigned {
            instead_of: (acting != responsible.person).then(|| responsible.person.clone()),
            officer: acting,
        })
    }

    /// Who acts on a day where an officer would: the officer, or who stands in for the officer, and so on.
    pub fn acting(&self, officer: &str, day: Day) -> String {
        acting(&self.stand_ins(day), officer).to_owned()
    }

    /// The officers whom an officer stands in for on a day.
    pub fn stands_in_for(&self, officer: &str, day: Day) -> Vec<String> {
        let stand_ins = self.stand_ins(day);
        let away = stand_ins.keys().copied();
        let away = away.filter(|away| *away != officer && acting(&stand_ins, away) == officer);
        away.map(str::to_owned).collect()
    }

    /// Who is away on a day, and who stands in.
    fn stand_ins(&self, day: Day) -> BTreeMap<&'a str, &'a str> {
        let absences = self.pick(day, |row| match row {
            Row::Absence(row) if !row.cancelled => Some(row),
            _ => None,
        });
        let pairs = absences.into_iter();
        pairs
            .map(|row: &Absence| (row.officer.as_str(), row.by.as_str()))
            .collect()
    }

    /// How many rows the page has, closed ones too.
    pub(super) fn rows(&self) -> usize {
        self.keys.values().map(BTreeMap::len).sum()
    }

    /// The members of the support team who are on duty on a working day for a domain.
    pub fn support(&self, domain: &str, day: Day) -> Vec<&'a Support> {
        let all = self.pick(day, |row| match row {
            Row::Support(row) => Some(row),
            _ => None,
        });
        let on_duty = all.into_iter();
        on_duty.filter(|row| row.on_duty(domain, day)).collect()
    }

    /// What the go-live checklist of an item and a partner lacks: `training`, `key-points`, `liaisons`;
    /// nothing once it is ready.
    pub fn unready(&self, item: &str, partner: DivisionCode, day: Day) -> Vec<&'static str> {
        let rows = self.pick(day, |row| match row {
            Row::GoLive(row) if row.item == item && row.partner == partner => Some(row),
            _ => None,
        });
        let Some(row) = rows.last() else {
            return vec!["training", "key-points", "liaisons"];
        };
        let mut lacking = Vec::new();
        if row.trained_on.is_none_or(|trained| trained > day) || row.attendees == 0 {
            lacking.push("training");
        }
        if row.key_points.is_none() {
            lacking.push("key-points");
        }
        if !one_or_two(row) {
            lacking.push("liaisons");
        }
        lacking
    }

    /// The first link that is missing between the department of an item and a window of another city;
    /// none while the chain holds, or where the city published no letter at all.
    pub fn missing_link(&self, item: &str, power: Power, day: Day) -> Option<Link> {
        if !self.keys.keys().any(|key| key.kind == "letter") {
            return None;
        }
        let letters = self.pick(day, |row| match row {
            Row::Letter(letter) => Some(letter),
            _ => None,
        });
        let gives = |letter: &&&Letter| {
            letter.items.iter().any(|code| code == item) && letter.powers.contains(&power)
        };
        let giving: Vec<_> = letters.iter().filter(gives).collect();
        if giving.is_empty() {
            return Some(Link::Hall);
        }
        let passes = giving.iter().any(|letter| letter.may_subdelegate);
        (!passes).then_some(Link::OtherCity)
    }

    /// Sums received cases, by window, over divisions: a township counts under its county and its city.
    ///
    /// The keys are the first 4, 6, 9 and 12 digits, city to village. A window that is closed now counts still; one
    /// that the roster never had counts nowhere.
    pub fn roll_up(&self, received: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (id, cases) in received {
            let key = Key {
                kind: "window",
                name: id.clone(),
                other: String::new(),
            };
            let rows = self.rows_of(&key);
            let Some(Row::Window(window)) = rows.last() else {
                continue;
            };
            for digits in DIVISION_DIGITS.iter().take(usize::from(window.level)) {
                let prefix = window.division.get(..*digits).unwrap_or_default();
                let sum = sums.entry(prefix.to_owned()).or_default();
                *sum = sum.saturating_add(*cases);
            }
        }
        sums
    }

    fn pick<T>(&self, day: Day, pick: impl Fn(&'a Row) -> Option<&'a T>) -> Vec<&'a T> {
        self.on(day).into_iter().filter_map(pick).collect()
    }
}

fn one_or_two(row: &GoLive) -> bool {
    let officers: BTreeSet<&String> = row.liaisons.iter().collect();
    (1..=LIAISONS_MAX).contains(&officers.len())
}

fn newest(rows: &BTreeMap<EntryId, &Change>) -> Vec<EntryId> {
    let replaced: BTreeSet<&EntryId> = rows.values().flat_map(|row| &row.replaces).collect();
    let ids = rows.keys().filter(|id| !replaced.contains(id));
    ids.copied().collect()
}

/// The rows of a key that are in force on a day: from the newest ones back to those that had begun.
fn in_force<'a>(rows: &BTreeMap<EntryId, &'a Change>, day: Day) -> Vec<&'a Row> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = newest(rows);
    while let Some(id) = open.pop() {
        let Some(change) = rows.get(&id).filter(|_| seen.insert(id)) else {
            continue;
        };
        let (from, until) = change.row.days();
        if from > day {
            open.extend_from_slice(&change.replaces);
        } else if until.is_none_or(|until| day <= until) {
            found.insert(id, &change.row);
        }
    }
    found.into_values().collect()
}

/// Follows stand-ins to somebody who is there.
fn acting<'a>(stand_ins: &BTreeMap<&'a str, &'a str>, officer: &'a str) -> &'a str {
    let mut seen = vec![officer];
    let mut last = officer;
    while let Some(next) = stand_ins.get(last) {
        // In a ring of absences everybody is away: the work stays with the first one.
        if seen.contains(next) || seen.len() > STAND_INS_MAX {
            return officer;
        }
        seen.push(next);
        last = next;
    }
    last
}
