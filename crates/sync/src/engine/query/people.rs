//! Windows and people: a city's roster, what is amiss in it, and where nobody is active.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::AgreementId;
use tongban_ledger::DocumentKind;
use tongban_ledger::agreement::View;
use tongban_ledger::answer::{
    DefectRow, DefectsAnswer, IdleRow, ReceivedRow, RosterAnswer, TakeoverRow,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Case, ClockName, Spread, State};
use tongban_ledger::city::roster::{Book, DefectKind, defects};
use tongban_ledger::code::Code;
use tongban_ledger::command::Roster;

use crate::db::Db;
use crate::engine::roster::Pages;
use crate::engine::sign::CommandError;
use crate::engine::signs::Of;
use crate::engine::{Ctx, Engine};
use crate::keys as places;
use crate::storage::{Family, ReadError};

/// The seconds of a day.
const DAY_S: i64 = 86_400;
/// Beijing is eight hours ahead of UTC.
const BEIJING_S: i64 = 8 * 3_600;

/// Idle places by kind, city and place.
type Found = BTreeMap<(&'static str, DivisionCode, String), IdleRow>;

impl Engine {
    /// The roster of a member city, of this one if none is named. With several agreements, of the first in force
    /// in which the city published one.
    ///
    /// # Errors
    /// The city is no member, or a record could not be read.
    pub fn roster(
        &mut self,
        ctx: &Ctx<'_>,
        city: Option<DivisionCode>,
    ) -> Result<RosterAnswer, CommandError> {
        let (agreement, city) = self.page_asked(ctx, city)?;
        let day = ctx.now.day();
        let page = self.roster_page(ctx, &agreement, &city)?;
        let book = page.as_ref().map(|page| page.book()).unwrap_or_default();
        let (received, takeover) = self.counts_of(ctx, &book, &city)?;
        Ok(RosterAnswer {
            city: self.division(&city),
            day,
            published: page.is_some(),
            current: Roster::of(book.on(day)),
            apart: Roster::of(book.apart(day)),
            video: book
                .windows(day)
                .into_iter()
                .filter(|window| window.can_video())
                .map(|window| window.id.clone())
                .collect(),
            received,
            takeover,
        })
    }

    /// What is amiss today in a city's roster.
    ///
    /// # Errors
    /// As [`Engine::roster`].
    pub fn defects(
        &mut self,
        ctx: &Ctx<'_>,
        city: Option<DivisionCode>,
    ) -> Result<DefectsAnswer, CommandError> {
        let (agreement, city) = self.page_asked(ctx, city)?;
        let day = ctx.now.day();
        let page = self.roster_page(ctx, &agreement, &city)?;
        let book = page.as_ref().map(|page| page.book()).unwrap_or_default();
        let found = self
            .with_view(&agreement, |view: &View<'_>| {
                defects(&book, view, &city, day)
            })
            .unwrap_or_default();
        let rows = found.into_iter().map(|defect| DefectRow {
            kind: defect.kind.name().to_owned(),
            lacking: match &defect.kind {
                DefectKind::NotReady(words) | DefectKind::UnknownOfficer(words) => {
                    words.iter().map(|word| (*word).to_owned()).collect()
                }
                _ => Vec::new(),
            },
            officer: defect.officer,
            item: defect.item,
            partner: defect.partner,
        });
        Ok(DefectsAnswer {
            city: self.division(&city),
            day,
            published: page.is_some(),
            defects: rows.collect(),
        })
    }

    /// The agreement and the city that a question is about.
    fn page_asked(
        &mut self,
        ctx: &Ctx<'_>,
        city: Option<DivisionCode>,
    ) -> Result<(AgreementId, CityId), CommandError> {
        let division = city.unwrap_or(self.own.attributes.division);
        let found = self.memberships(division)?;
        let pages = self.roster_pages(ctx)?;
        let published = found.iter().find(|place| pages.contains_key(place));
        let first = published.or_else(|| found.first()).copied();
        first.ok_or_else(|| Code::NotMember.into())
    }

    /// Cases that a city received, by division, and how soon it takes over what is pushed to it.
    fn counts_of(
        &mut self,
        ctx: &Ctx<'_>,
        book: &Book<'_>,
        city: &CityId,
    ) -> Result<(Vec<ReceivedRow>, Option<TakeoverRow>), ReadError> {
        let mut received: BTreeMap<String, u64> = BTreeMap::new();
        let mut waits = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Case)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            let Some(state) = record.state_of::<Case>() else {
                continue;
            };
            waits.extend(state.takeovers(city));
            let place = state.receive.place.as_ref();
            let window = place.and_then(|place| place.window.as_ref());
            if let Some(window) = window.filter(|_| state.receiver == *city) {
                *received.entry(window.clone()).or_default() += 1;
            }
        }
        let rows = book.roll_up(&received).into_iter();
        let rows = rows.map(|(division, cases)| ReceivedRow { division, cases });
        let takeover = Spread::of(waits).map(|spread| TakeoverRow {
            pushes: spread.count,
            median_s: spread.median_s,
            p90_s: spread.p90_s,
        });
        Ok((rows.collect(), takeover))
    }

    /// Notes that an officer's tool asked this node something: a sign of life that stays on this node.
    ///
    /// Kept in memory alone: replicated it would be an entry for each officer and day on a page that every member stores
    /// for ever. After a restart the officers' signed acts tell.
    pub(crate) fn note_seen(&mut self, officer: &str, unix: i64) {
        self.signs.note_asked(officer, unix);
    }

    /// Windows and sections where nobody is active: nobody seen at a window of this city, nobody looking at
    /// an acknowledged case, nobody going on with one that was seen. The latter two also for partner cities, from a list
    /// of the cases whose day has come; of more than [`IDLE_MAX`] of these the oldest are told.
    pub(super) fn idle(&mut self, ctx: &Ctx<'_>) -> Result<Vec<IdleRow>, ReadError> {
        let pages = self.roster_pages(ctx)?;
        let mut found = Found::new();
        let today = ctx.now.day().epoch_days();
        let (mut left, mut from) = (IDLE_MAX, Some(Vec::new()));
        while let Some(at) = from.take().filter(|_| left > 0) {
            let db = Db::new(ctx.store, &mut self.pending);
            let step = left.min(IDLE_STEP);
            let (keys, next) = db.scan_around(Family::Indexes, places::IDLE, &at, step)?;
            left -= keys.len().min(left);
            from = next;
            for (key, _) in keys {
                if places::read_due(&key).is_none_or(|day| day > today) {
                    from = None;
                    break;
                }
                let Some(document) = places::read_listed_last(&key) else {
                    continue;
                };
                let Some(record) = self.record(ctx.store, &document)? else {
                    continue;
                };
                let agreement = record.agreement;
                let state = record.state_of::<Case>().cloned();
                if let Some(state) = state.filter(|state| !state.stage().terminal()) {
                    self.idle_case(ctx, &pages, &agreement, &state, &mut found);
                }
            }
        }
        self.idle_windows(ctx, &pages, &mut found);
        Ok(found.into_values().collect())
    }

    /// An unseen or untouched case counts at its holder.
    fn idle_case(
        &self,
        ctx: &Ctx<'_>,
        pages: &Pages,
        agreement: &AgreementId,
        state: &State,
        found: &mut Found,
    ) {
        let now = ctx.now.unix;
        let mut late: Vec<(&'static str, CityId, i64)> = Vec::new();
        self.with_view(agreement, |view| {
            let clocks = state.clocks(view).into_iter();
            let unseen = clocks.filter(|clock| {
                clock.name == ClockName::View && clock.done.is_none() && clock.overdue(now)
            });
            for clock in unseen {
                let ack = clock.about.and_then(|ack| state.facts.get(&ack));
                let since = ack.map_or_else(|| start_of(clock.start), |fact| fact.time);
                late.push(("view", clock.holder, since));
            }
            let Some(claim) = state.sole_claim() else {
                return;
            };
            let Some(since) = state.untouched_since(&claim.city) else {
                return;
            };
            let days = u32::from(view.limits().idle_handle_days);
            let due = view.calendar().due(Day::from_unix_beijing(since), days);
            if due.is_ok_and(|due| due < ctx.now.day()) {
                late.push(("handle", claim.city, since));
            }
        });
        for (kind, city, since) in late {
            let domain = self.domain(agreement, &state.receive.item);
            let section = pages.get(&(*agreement, city)).and_then(|page| {
                let book = page.book();
                let row = book.responsible(&state.receive.item, &domain, ctx.now.day());
                row.map(|row| row.section.clone())
            });
            let number = Some(state.receive.number.to_string());
            self.add_idle(
                found,
                kind,
                &city,
                section.unwrap_or_default(),
                (since, number),
            );
        }
    }

    /// Windows of this city at which nobody was seen: no officer of theirs asked or signed anything, since the window was
    /// there and this node knew of it.
    fn idle_windows(&self, ctx: &Ctx<'_>, pages: &Pages, found: &mut Found) {
        let today = ctx.now.day();
        let own = self.own.city;
        for ((agreement, _), page) in pages.iter().filter(|((_, city), _)| *city == own) {
            let book = page.book();
            let staff = book.staff(today);
            for window in book.windows(today) {
                let officers = staff
                    .iter()
                    .filter(|staff| staff.window.as_ref() == Some(&window.id));
                let signs = &self.signs;
                let times = officers.filter_map(|staff| signs.officer(&staff.id));
                let since = times
                    .chain(signs.get(Of::Window, &window.id))
                    .chain(signs.get(Of::Known, &window.id))
                    .chain(signs.get(Of::Known, ""))
                    .fold(start_of(window.from), i64::max);
                let due = self.with_view(agreement, |view| {
                    let days = u32::from(view.limits().idle_login_days);
                    view.calendar().due(Day::from_unix_beijing(since), days)
                });
                if due.is_some_and(|due| due.is_ok_and(|due| due < today)) {
                    self.add_idle(found, "login", &own, window.id.clone(), (since, None));
                }
            }
        }
    }

    fn add_idle(
        &self,
        found: &mut Found,
        kind: &'static str,
        city: &CityId,
        place: String,
        (since, number): (i64, Option<String>),
    ) {
        let division = self.division(city);
        let peer = self.peers.get(city);
        let online = *city == self.own.city || peer.is_some_and(|peer| peer.link.is_some());
        let row = found
            .entry((kind, division, place.clone()))
            .or_insert_with(|| IdleRow {
                kind: kind.to_owned(),
                city: division,
                place,
                since: i64::MAX,
                number: None,
                cases: 0,
                offline: !online,
            });
        if since < row.since {
            row.since = since;
            row.number = number;
        }
        row.cases += u64::from(kind != "login");
    }

    /// Whom an officer stands in for on a day, by the officer's city's roster.
    pub(super) fn stands_in_for(
        pages: &Pages,
        agreement: &AgreementId,
        city: &CityId,
        officer: &str,
        day: Day,
    ) -> Option<String> {
        let page = pages.get(&(*agreement, *city))?;
        let absent: BTreeSet<String> = page
            .book()
            .stands_in_for(officer, day)
            .into_iter()
            .collect();
        let absent: Vec<String> = absent.into_iter().collect();
        (!absent.is_empty()).then(|| absent.join(","))
    }
}

/// The most cases at which one answer looks for idle places.
pub(crate) const IDLE_MAX: usize = 2_000;
/// How many of them one read takes.
const IDLE_STEP: usize = 256;

/// Midnight in Beijing at the beginning of a day, Unix seconds.
pub(crate) fn start_of(day: Day) -> i64 {
    i64::from(day.epoch_days()) * DAY_S - BEIJING_S
}
