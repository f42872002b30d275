//! Pages of cases: one list is walked from where the page before ended, and of every case that it names the
//! listing is asked first and the record only if it fits. No page reads more than a bounded number of cases.

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::DocumentId;
use tongban_ledger::answer::{CASE_PAGE, CASE_PAGE_MAX, CaseOrder, CasePage, CaseQuery, CaseRow};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::Case;
use tongban_ledger::code::Code;
use tongban_ledger::number::CitizenId;

use super::CaseFilter;
use super::hex;
use crate::db::{Db, unhex};
use crate::engine::roster::Pages;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::keys as places;
use crate::listing::{Listing, Mark, NO_DAY};
use crate::storage::{Family, ReadError};

/// How many keys of a list one read takes.
const READ_STEP: usize = 64;
/// How many cases one page looks at.
pub(crate) const LOOKED_AT_MAX: usize = 2_000;
/// The longest cursor in bytes.
const CURSOR_BYTES_MAX: usize = 256;
/// How many bytes of a document's id a cursor has, to tell cases of one number apart.
const ID_BYTES: usize = 4;

/// A list to walk, and what a case in it has to fit.
struct Walk {
    /// What every key of the list begins with.
    list: Vec<u8>,
    /// Whether the list is one by day, of clocks of this city alone or of all.
    days: Option<Days>,
    /// The applicant's mark.
    mark: Option<Mark>,
    /// Who is to hold it; none where that is not asked, or nobody has that division code.
    holder: Option<CityId>,
    /// Whether standing in the list is all that is asked of a case, but for who is to work on it.
    enough: bool,
}

/// Which list by day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Days {
    All,
    Own,
}

impl Engine {
    /// A page of cases.
    ///
    /// # Errors
    /// `E_ARGUMENT` for a cursor or limit that cannot be, `E_ID_NUMBER` for a number that no person has, or a record
    /// could not be read.
    pub fn case_page(
        &mut self,
        ctx: &Ctx<'_>,
        query: &CaseQuery,
    ) -> Result<CasePage, CommandError> {
        let limit = query.limit.unwrap_or(CASE_PAGE);
        if limit == 0 || limit > CASE_PAGE_MAX {
            return Err(refuse(Code::Argument, "limit"));
        }
        let limit = limit as usize;
        if let Some(officer) = &query.officer {
            self.note_seen(officer, ctx.now.unix);
        }
        let walk = self.walk_of(ctx, query)?;
        if query.holder.is_some() && walk.holder.is_none() {
            return Ok(CasePage::default());
        }
        let pages = self.roster_pages(ctx)?;
        let after = query.after.as_deref();
        let after = after.map(|text| {
            walk.read_cursor(text)
                .ok_or(refuse(Code::Argument, "after"))
        });
        let mut from = after.transpose()?;
        let (mut page, mut looked_at) = (CasePage::default(), 0);
        loop {
            let at = from.unwrap_or_default();
            let db = Db::new(ctx.store, &mut self.pending);
            let found = db.scan(Family::Indexes, &walk.list, &at, READ_STEP)?;
            let end = found.len() < READ_STEP;
            let mut last = Vec::new();
            for (key, _) in found {
                if walk.is_past(&key, query.due_before) {
                    return Ok(page);
                }
                if page.cases.len() == limit || looked_at == LOOKED_AT_MAX {
                    // The key before this one is where the next page goes on.
                    page.next = walk.cursor(&last);
                    return Ok(page);
                }
                looked_at += 1;
                if let Some(document) = places::read_listed_last(&key)
                    && let Some(row) = self.row_in(ctx, &walk, &pages, query, &document)?
                {
                    page.cases.push(row);
                }
                last = key[walk.list.len()..].to_vec();
            }
            if end {
                return Ok(page);
            }
            if page.cases.len() == limit || looked_at == LOOKED_AT_MAX {
                page.next = walk.cursor(&last);
                return Ok(page);
            }
            from = Some([walk.list.as_slice(), &last, &[0]].concat());
        }
    }

    /// Chooses the list that most likely names the fewest other cases.
    fn walk_of(&self, ctx: &Ctx<'_>, query: &CaseQuery) -> Result<Walk, CommandError> {
        let number = query.applicant_id.as_deref();
        let number = number.map(|text| CitizenId::parse(text.trim(), ctx.now.day()));
        let number = number
            .transpose()
            .map_err(|_| refuse(Code::IdNumber, "applicant_id"))?;
        let mark = number.and_then(|number| self.mark_of(number.reveal()));
        let days = match query.order {
            CaseOrder::OwnDue => Some(Days::Own),
            CaseOrder::Due => Some(Days::All),
            CaseOrder::Number => query.due_before.map(|_| Days::All),
        };
        let holder = query.holder.map(|division| self.city_of(division));
        let holder = match holder {
            Some(Err(CommandError::Read(error))) => return Err(error.into()),
            // Nobody of that name holds anything.
            other => other.and_then(Result::ok),
        };
        let list = match (days, mark) {
            (Some(Days::All), _) => places::DUE.to_vec(),
            (Some(Days::Own), _) => places::OWN_DUE.to_vec(),
            (None, Some(mark)) => places::of_applicant(&mark.0),
            (None, None) => match (&query.item, &query.stage, holder, query.open) {
                (Some(item), _, _, _) => places::of_item(item),
                (_, Some(stage), _, _) => places::of_stage(stage),
                (_, _, Some(city), _) => places::of_holder(&city),
                (_, _, _, Some(open)) => places::of_open(open),
                _ => places::case_numbers_from(""),
            },
        };
        // What of a question is said by standing in the list; of several, one list says one alone.
        let asked = [
            days.is_some(),
            mark.is_some(),
            query.item.is_some(),
            query.stage.is_some(),
            query.holder.is_some(),
            query.open.is_some(),
        ];
        Ok(Walk {
            list,
            days,
            mark,
            holder,
            enough: asked.into_iter().filter(|asked| *asked).count() <= 1,
        })
    }

    /// The row of a case if it fits.
    fn row_in(
        &mut self,
        ctx: &Ctx<'_>,
        walk: &Walk,
        pages: &Pages,
        query: &CaseQuery,
        document: &DocumentId,
    ) -> Result<Option<CaseRow>, ReadError> {
        // A case whose listing is lost or not made yet is judged by its record alone.
        if !walk.enough
            && let Some(listing) = self.listing_at(ctx.store, document)?
            && !walk.fits(query, &listing)
        {
            return Ok(None);
        }
        self.record(ctx.store, document)?;
        let Some(record) = self.records.get(document) else {
            return Ok(None);
        };
        let Some(state) = record.state_of::<Case>() else {
            return Ok(None);
        };
        let filter = CaseFilter {
            stage: query.stage.clone(),
            holder: query.holder,
            open: query.open,
            officer: query.officer.clone(),
        };
        let item = query.item.as_ref();
        let fits = item.is_none_or(|item| *item == state.receive.item)
            && filter.takes(
                state.stage().code(),
                &self.divisions(state.holders().iter()),
                state.stage().terminal(),
            );
        if !fits {
            return Ok(None);
        }
        let row = self.case_row(ctx, pages, document, record, state);
        let officer = filter.officer.as_ref();
        let assigned = officer.is_none_or(|officer| row.assigned.as_ref() == Some(officer));
        Ok(assigned.then_some(row))
    }
}

impl Walk {
    /// Whether a key of a list by day is past the last day that is asked for.
    fn is_past(&self, key: &[u8], before: Option<Day>) -> bool {
        let Some(before) = before.filter(|_| self.days.is_some()) else {
            return false;
        };
        places::read_due(key).is_none_or(|day| day >= before.epoch_days())
    }

    /// Names the last key of a page, without the list's beginning: the day in a list by day, the case number, and
    /// how the document's id begins.
    fn cursor(&self, last: &[u8]) -> Option<String> {
        let (day, rest) = match self.days {
            Some(_) => {
                let key = [self.list.as_slice(), last].concat();
                let day = places::read_due(&key)?;
                (format!("{day}~"), last.get(4..)?)
            }
            None => (String::new(), last),
        };
        let (number, id) = rest.split_at_checked(rest.len().checked_sub(33)?)?;
        let number = std::str::from_utf8(number).ok()?;
        Some(format!("{day}{number}~{}", hex(id.get(1..=ID_BYTES)?)))
    }

    /// The first key after all that a cursor names.
    fn read_cursor(&self, text: &str) -> Option<Vec<u8>> {
        if text.len() > CURSOR_BYTES_MAX || !text.is_ascii() {
            return None;
        }
        let (rest, id) = text.rsplit_once('~')?;
        let (list, number) = match self.days {
            Some(_) => {
                let (day, number) = rest.split_once('~')?;
                (places::due_on(&self.list, day.parse().ok()?), number)
            }
            None => (self.list.clone(), rest),
        };
        let id = (id.len() == 2 * ID_BYTES).then(|| unhex(id)).flatten()?;
        let after = [u8::MAX; 33 - ID_BYTES];
        Some([list.as_slice(), number.as_bytes(), b"\0", &id, &after].concat())
    }

    /// Whether a listing fits a question, as far as listings say.
    fn fits(&self, query: &CaseQuery, listing: &Listing) -> bool {
        let before = query.due_before.map(Day::epoch_days);
        let due = match self.days {
            Some(Days::Own) => listing.own_due,
            _ => listing.due,
        };
        self.mark.is_none_or(|mark| listing.applicant == Some(mark))
            && query.item.as_ref().is_none_or(|item| *item == listing.item)
            && query
                .stage
                .as_ref()
                .is_none_or(|stage| *stage == listing.stage)
            && query.open.is_none_or(|open| open == listing.open)
            && self
                .holder
                .is_none_or(|holder| listing.holders.contains(&holder))
            && before.is_none_or(|before| due.is_some_and(|day| day < before && day != NO_DAY))
    }
}

impl CaseFilter {
    /// Whether a case fits.
    pub(super) fn takes(&self, stage: &str, holders: &[DivisionCode], terminal: bool) -> bool {
        self.stage.as_deref().is_none_or(|asked| asked == stage)
            && self.holder.is_none_or(|holder| holders.contains(&holder))
            && self.open.is_none_or(|open| open != terminal)
    }
}
