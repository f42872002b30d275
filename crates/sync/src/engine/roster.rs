//! Reads the rosters that cities publish on their pages, and says whose work a case is.

use std::collections::BTreeMap;

use tongban_identity::CityId;
use tongban_ledger::calendar::Day;
use tongban_ledger::case;
use tongban_ledger::city::roster::Assigned;
use tongban_ledger::city::{self, City};
use tongban_ledger::{AgreementId, DocumentKind};

use super::{Ctx, Engine};
use crate::storage::ReadError;

/// Pages with a roster, by agreement and city.
pub(super) type Pages = BTreeMap<(AgreementId, CityId), city::State>;

impl Engine {
    /// The page of a city in an agreement, if it has a roster.
    pub(super) fn roster_page(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        city: &CityId,
    ) -> Result<Option<city::State>, ReadError> {
        Ok(self
            .pages_of(ctx, |of, by| of == agreement && by == city)?
            .remove(&(*agreement, *city)))
    }

    /// Every page with a roster. A damaged page is as if it were not there: it stops nobody's work.
    pub(super) fn roster_pages(&mut self, ctx: &Ctx<'_>) -> Result<Pages, ReadError> {
        self.pages_of(ctx, |_, _| true)
    }

    fn pages_of(
        &mut self,
        ctx: &Ctx<'_>,
        wanted: impl Fn(&AgreementId, &CityId) -> bool,
    ) -> Result<Pages, ReadError> {
        let mut pages = Pages::new();
        for document in self.documents_of(ctx.store, DocumentKind::City)? {
            let record = match self.record(ctx.store, &document) {
                Ok(Some(record)) => record,
                Ok(None) | Err(ReadError::Damaged { .. }) => continue,
                Err(error) => return Err(error),
            };
            let agreement = record.agreement;
            let page = record.state_of::<City>();
            let page = page.filter(|page| wanted(&agreement, &page.city));
            if let Some(page) = page.filter(|page| !page.rosters.is_empty()) {
                // A city has one page; of two that it opened unseen by each other the later id counts.
                pages.insert((agreement, page.city), page.clone());
            }
        }
        Ok(pages)
    }

    /// Who in this city has to act in a case: where it owns the case the person responsible, at the
    /// window who received it; or who stands in for that person. None while the case lies with another city.
    pub(super) fn assigned(
        &self,
        pages: &Pages,
        agreement: &AgreementId,
        state: &case::State,
        today: Day,
    ) -> Option<Assigned> {
        let own = self.own.city;
        let book = pages.get(&(*agreement, own))?.book();
        if !state.holders().contains(&own) || state.stage().terminal() {
            return None;
        }
        let item = &state.receive.item;
        let domain = self.domain(agreement, item);
        let owned = (state.owner() == own)
            .then(|| book.assigned(item, &domain, today))
            .flatten();
        if owned.is_some() || state.receiver != own {
            return owned;
        }
        let officer = &state.receive.officer.0;
        let acting = book.acting(officer, today);
        Some(Assigned {
            instead_of: (acting != *officer).then(|| officer.clone()),
            officer: acting,
        })
    }

    /// The domain of an item; empty for an item that the catalogue does not have.
    pub(super) fn domain(&self, agreement: &AgreementId, item: &str) -> String {
        let domain = self.with_view(agreement, |view| {
            view.item(item).map(|item| item.domain.clone())
        });
        domain.flatten().unwrap_or_default()
    }
}
