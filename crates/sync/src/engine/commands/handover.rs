//! Commands about items that change their department (R-180 to R-183, E29).

use tongban_ledger::answer::Done;
use tongban_ledger::case::{Act, Officer, State};
use tongban_ledger::city::{self, ChangeKind, City, ItemChange, ItemDeleted, ItemTaken, Items};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::handover::{ChangeItem, DeleteItem, HandOver, TakeItem};
use tongban_ledger::{AgreementId, EntryId};

use super::beside::{Made, officer};
use crate::engine::handover::begun;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

impl Engine {
    pub(super) fn announce_change(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ChangeItem,
    ) -> Result<Done, CommandError> {
        self.sign_on_page(ctx, args.agreement.as_deref(), |items| {
            let change = ItemChange {
                item: args.item.clone(),
                kind: args.kind,
                from_dept: args.from_dept.clone(),
                to_dept: args.to_dept.clone(),
                planned: args.planned,
                basis: args.basis.clone(),
                contact: officer(&args.contact),
                after: items.last(&args.item),
            };
            if let Some((about, code)) = change.mistake() {
                return Err(refuse(code, about));
            }
            // Who hands it over is who has it, unless the item is on its way already: that the rules say.
            let has = items.department(&args.item).map(str::to_owned);
            match (&args.from_dept, has) {
                (Some(from), Some(has)) if *from != has && items.open(&args.item).is_none() => {
                    Err(refuse(Code::Argument, "from-dept-other"))
                }
                _ => Ok(city::Act::ItemChange(change)),
            }
        })
    }

    pub(super) fn announce_taken(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &TakeItem,
    ) -> Result<Done, CommandError> {
        let officers = |numbers: &[String]| -> Vec<Officer> {
            numbers.iter().map(|number| officer(number)).collect()
        };
        self.sign_on_page(ctx, args.agreement.as_deref(), |items| {
            let change = items.open(&args.item);
            let change = change.ok_or_else(|| refuse(Code::NotFound, args.item.clone()))?;
            Ok(city::Act::ItemTaken(ItemTaken {
                change,
                claimed: args.claimed,
                guide: args.guide,
                approvers: officers(&args.approvers),
                liaisons: officers(&args.liaisons),
            }))
        })
    }

    pub(super) fn announce_deleted(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &DeleteItem,
    ) -> Result<Done, CommandError> {
        self.sign_on_page(ctx, args.agreement.as_deref(), |items| {
            Ok(city::Act::ItemDeleted(ItemDeleted {
                change: to_delete(items, &args.item)
                    .ok_or_else(|| refuse(Code::NotFound, args.item.clone()))?,
                officer: officer(&args.officer),
            }))
        })
    }

    /// Signs an act about an item on this city's page, which it opens where there is none yet.
    fn sign_on_page(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: Option<&str>,
        make: impl FnOnce(&Items) -> Result<city::Act, CommandError>,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(agreement)?;
        let (document, mut entries) = self.page_to_sign(ctx, agreement)?;
        let record = self.record(ctx.store, &document)?;
        let items = record.and_then(|record| record.state_of::<City>());
        let items = items.map(|page| page.items.clone()).unwrap_or_default();
        let act = make(&items)?;
        let entry = self.sign_act::<City>(ctx, &document, &act, Private::default())?;
        entries.push(entry.to_string());
        Ok(Done {
            document: document.to_string(),
            entries,
            ..Done::default()
        })
    }

    /// The act by which a case follows its item; none if it is another command.
    pub(super) fn handover_act(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        state: &State,
        command: &Command,
    ) -> Option<Made> {
        let Command::CaseHandOver(HandOver { officer: by, .. }) = command else {
            return None;
        };
        let made = self
            .transfers(ctx.store, agreement)
            .map_err(CommandError::from)
            .and_then(|transfers| {
                // Until the new department has taken the item, and until the planned day, the old one goes on.
                let mut due = state
                    .handover_due(&begun(&transfers, ctx.now.day()))
                    .ok_or_else(|| refuse(Code::HandoverOpen, state.receive.item.clone()))?;
                due.officer = Some(officer(by));
                Ok((Act::HandoverCase(due), Private::default()))
            });
        Some(made)
    }
}

/// The change whose old entry a deletion means: one that ends the item, else the last transfer that was not deleted; of an
/// open transfer the rules say that it is too early.
fn to_delete(items: &Items, item: &str) -> Option<EntryId> {
    if let Some(open) = items.open(item) {
        return Some(open);
    }
    let mut done = items.transfers();
    done.retain(|transfer| transfer.item == item && !items.is_deleted(&transfer.change));
    let last = done.last().map(|transfer| transfer.change);
    last.or_else(|| {
        let mut of = items.changes.iter();
        of.find(|(_, change)| change.item == item && change.kind == ChangeKind::Delete)
            .map(|(id, _)| *id)
    })
}
