//! The command `city.roster`, and what this city's own roster and the owner's letters say to a receipt.
//!
//! Other nodes cannot judge an act of a case by a city's page, so what a roster forbids is refused here, before
//! anything is signed. Where no roster is published nothing is asked.

use tongban_identity::CityId;
use tongban_ledger::agreement::Power;
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{NOT_TRAINED, Place};
use tongban_ledger::city::roster::{Change, ROWS_MAX, Roster, Row};
use tongban_ledger::city::{self, City};
use tongban_ledger::code::Code;
use tongban_ledger::command;
use tongban_ledger::{AgreementId, DocumentId};

use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

impl Engine {
    /// Adds rows to this city's roster; rows that stand there already are left out.
    pub(super) fn publish_roster(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &command::Roster,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let rows = args.rows();
        if rows.is_empty() {
            return Err(refuse(Code::Argument, "rows"));
        }
        if rows.len() > ROWS_MAX {
            return Err(refuse(Code::TooLarge, ROWS_MAX.to_string()));
        }
        for row in &rows {
            self.with_view(&agreement, |view| row.check(view))
                .ok_or(Code::Agreement)?
                .map_err(|code| refuse(code, named(row)))?;
        }
        let mut entries = Vec::new();
        let document = match self.own_page(ctx, &agreement)? {
            Some(document) => document,
            None => {
                let entry = self.open_page(ctx, agreement)?;
                entries.push(entry.to_string());
                DocumentId::from(entry)
            }
        };
        let state = self
            .record(ctx.store, &document)?
            .and_then(|record| record.state_of::<City>());
        let changes = changes(rows, state);
        if changes.is_empty() {
            return Err(refuse(Code::Already, "rows"));
        }
        let act = city::Act::Roster(Roster { changes });
        let entry = self.sign_act::<City>(ctx, &document, &act, Private::default())?;
        entries.push(entry.to_string());
        Ok(Done {
            document: document.to_string(),
            entries,
            ..Done::default()
        })
    }

    /// Where a case is received by this city's roster, and what the clerk is warned of.
    ///
    /// # Errors
    /// [`Code::Window`] for a window that is closed, unknown or does not receive; [`Code::NoPower`] where
    /// the owner's letters of delegation do not reach another city's windows.
    pub(super) fn place_of(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        args: &command::Receive,
        owner: &CityId,
        received: Day,
    ) -> Result<(Option<Place>, Vec<String>), CommandError> {
        let own = self.own.city;
        if *owner != own
            && let Some(page) = self.roster_page(ctx, agreement, owner)?
            && page
                .book()
                .missing_link(&args.item, Power::Receive, received)
                .is_some()
        {
            return Err(refuse(Code::NoPower, self.division(owner).to_string()));
        }
        let Some(page) = self.roster_page(ctx, agreement, &own)? else {
            let place = args.window.clone().map(|window| Place {
                window: Some(window),
                trained: None,
            });
            return Ok((place, Vec::new()));
        };
        let book = page.book();
        let seat = book.officer(&args.officer, received);
        let seat = seat.and_then(|staff| staff.window.clone());
        let window = args.window.clone().or(seat);
        if let Some(window) = &window
            && book.has_windows()
            && !book.receives(window, received)
        {
            return Err(refuse(Code::Window, window.clone()));
        }
        let trained = book.trained(&args.officer, &args.item, received);
        let warnings = match trained {
            Some(false) => vec![NOT_TRAINED.to_owned()],
            _ => Vec::new(),
        };
        let place = (window.is_some() || trained.is_some()).then_some(Place { window, trained });
        Ok((place, warnings))
    }
}

/// The rows that say something new, each with those that it follows. Of equal keys in one list the last counts.
fn changes(rows: Vec<Row>, state: Option<&city::State>) -> Vec<Change> {
    let book = state.map(city::State::book).unwrap_or_default();
    let mut changes: Vec<Change> = Vec::new();
    for row in rows {
        let key = row.key();
        changes.retain(|change| change.row.key() != key);
        if book.rows_of(&key) == [&row] {
            continue;
        }
        changes.push(Change {
            replaces: book.newest(&key),
            row,
        });
    }
    changes
}

/// Names a row for the person who wrote it.
fn named(row: &Row) -> String {
    let key = row.key();
    let words = [key.kind, key.name.as_str(), key.other.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
