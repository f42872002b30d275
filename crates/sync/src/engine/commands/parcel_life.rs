//! Commands of a parcel's life: the dispatch window, the carrier, filing, money given back, claims.

use tongban_ledger::AgreementId;
use tongban_ledger::DocumentId;
use tongban_ledger::DocumentKind;
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::Day;
use tongban_ledger::city::roster::Function;
use tongban_ledger::code::Code;
use tongban_ledger::command::ParcelDay;
use tongban_ledger::command::parcel as args;
use tongban_ledger::parcel::{
    Act, CASES_MAX, Carried, Claim, ClaimEnd, Dispatch, File, Parcel, Repay, Send, State,
};

use super::parcel::fen;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::Private;

/// How long a carrier has to answer a claim that names no day, in days.
const CLAIM_DAYS: i32 = 30;
/// The most parcels of one batch.
const BATCH_MAX: usize = 1_024;

impl Engine {
    /// Says whether this city's results go through a dispatch window, by its own roster.
    pub(super) fn has_dispatch_window(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        day: Day,
    ) -> Result<bool, CommandError> {
        let own = self.own.city;
        let page = self.roster_page(ctx, agreement, &own)?;
        let windows = page.as_ref().map(|page| page.book().windows(day));
        let mut windows = windows.into_iter().flatten();
        Ok(windows.any(|window| window.does(Function::Dispatch)))
    }

    /// 交收发件窗口: parcels go from a department to the dispatch window, in one batch.
    pub(super) fn dispatch_parcels(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Dispatch,
    ) -> Result<Done, CommandError> {
        if args.parcels.is_empty() {
            return Err(refuse(Code::Argument, "parcels"));
        }
        if args.parcels.len() > CASES_MAX {
            return Err(refuse(Code::TooLarge, CASES_MAX.to_string()));
        }
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        let act = Act::Dispatch(Dispatch {
            batch: args.batch.clone(),
            window: args.window.clone(),
            dept: args.dept.clone(),
            on,
        });
        let mut documents = Vec::new();
        for parcel in &args.parcels {
            let (document, agreement, _) = self.parcel_state(ctx, parcel)?;
            self.is_dispatch_window(ctx, &agreement, &args.window, on)?;
            documents.push(document);
        }
        self.for_each(ctx, &documents, &act)
    }

    /// Where windows are published, the one named does dispatch.
    fn is_dispatch_window(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
        id: &str,
        day: Day,
    ) -> Result<(), CommandError> {
        let own = self.own.city;
        let Some(page) = self.roster_page(ctx, agreement, &own)? else {
            return Ok(());
        };
        let book = page.book();
        let window = book.window(id, day);
        match !book.has_windows() || window.is_some_and(|window| window.does(Function::Dispatch)) {
            true => Ok(()),
            false => Err(refuse(Code::Window, id.to_owned())),
        }
    }

    /// 交寄: posts one parcel that was made ready, or all of a batch. A result goes through the dispatch window of
    /// a city that has one.
    pub(super) fn send_parcels(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Send,
    ) -> Result<Done, CommandError> {
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        let parcels = match (&args.parcel, &args.batch) {
            (Some(parcel), None) => vec![self.parcel_state(ctx, parcel)?],
            (None, Some(batch)) => self.waiting_in(ctx, batch)?,
            _ => return Err(refuse(Code::Argument, "parcel, batch")),
        };
        if args.batch.is_some() && args.weight_g != 0 {
            return Err(refuse(Code::Argument, "weight_g"));
        }
        for (_, agreement, state) in &parcels {
            if state.post.leg.carries_result()
                && state.dispatches.is_empty()
                && self.has_dispatch_window(ctx, agreement, on)?
            {
                return Err(refuse(Code::Window, state.post.tracking.as_str()));
            }
        }
        let documents: Vec<DocumentId> = parcels.iter().map(|(document, ..)| *document).collect();
        let weight_g = args.weight_g;
        self.for_each(ctx, &documents, &Act::Send(Send { on, weight_g }))
    }

    /// This city's parcels of a batch that are not posted yet.
    fn waiting_in(
        &mut self,
        ctx: &Ctx<'_>,
        batch: &str,
    ) -> Result<Vec<(DocumentId, AgreementId, State)>, CommandError> {
        let own = self.own.city;
        let mut found = Vec::new();
        for document in self.documents_of(ctx.store, DocumentKind::Parcel)? {
            let Some(record) = self.record(ctx.store, &document)? else {
                continue;
            };
            let state = record.state_of::<Parcel>();
            let waits = |state: &&State| {
                state.from == own && state.posted().is_none() && state.batch() == Some(batch)
            };
            if let Some(state) = state.filter(waits) {
                found.push((document, record.agreement, state.clone()));
            }
        }
        match found.len() {
            0 => Err(refuse(Code::NotFound, batch)),
            1..=BATCH_MAX => Ok(found),
            _ => Err(refuse(Code::TooLarge, BATCH_MAX.to_string())),
        }
    }

    /// Signs one act in several parcels.
    fn for_each(
        &mut self,
        ctx: &mut Ctx<'_>,
        documents: &[DocumentId],
        act: &Act,
    ) -> Result<Done, CommandError> {
        let mut done = Done::default();
        for document in documents {
            let entry = self.sign_act::<Parcel>(ctx, document, act, Private::default())?;
            if done.document.is_empty() {
                done.document = document.to_string();
            }
            done.entries.push(entry.to_string());
        }
        Ok(done)
    }

    /// 承运信息.
    pub(super) fn parcel_event(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Carried,
    ) -> Result<Done, CommandError> {
        let (document, _, _) = self.parcel_state(ctx, &args.parcel)?;
        let (event, on) = (args.event, args.on.unwrap_or_else(|| ctx.now.day()));
        self.parcel_act(ctx, document, &Act::Carried(Carried { event, on }))
    }

    /// 归卷.
    pub(super) fn file_parcel(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ParcelDay,
    ) -> Result<Done, CommandError> {
        let (document, _, _) = self.parcel_state(ctx, &args.parcel)?;
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        self.parcel_act(ctx, document, &Act::File(File { on }))
    }

    /// 退还申请人.
    pub(super) fn repay_applicant(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Repay,
    ) -> Result<Done, CommandError> {
        let (document, _, _) = self.parcel_state(ctx, &args.parcel)?;
        let (amount, on) = (fen(args.fen)?, args.on.unwrap_or_else(|| ctx.now.day()));
        self.parcel_act(ctx, document, &Act::Repay(Repay { amount, on }))
    }

    /// 索赔.
    pub(super) fn claim_parcel(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::Claim,
    ) -> Result<Done, CommandError> {
        let (document, _, _) = self.parcel_state(ctx, &args.parcel)?;
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        let due = args.due.or_else(|| on.plus_days(CLAIM_DAYS));
        let act = Act::Claim(Claim {
            amount: fen(args.fen)?,
            insured: args.insured_fen.map(fen).transpose()?,
            on,
            due: due.ok_or_else(|| refuse(Code::Date, "due"))?,
        });
        self.parcel_act(ctx, document, &act)
    }

    /// 索赔结果: ends this city's open claim.
    pub(super) fn end_claim(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &args::ClaimEnd,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let own = self.own.city;
        let mut claims = state.claims();
        let open = claims.find(|(_, city, _, end)| **city == own && end.is_none());
        let (claim, ..) = open.ok_or_else(|| refuse(Code::NotFound, "claim"))?;
        let act = Act::ClaimEnd(ClaimEnd {
            claim,
            outcome: args.outcome,
            amount: args.fen.map(fen).transpose()?,
            on: args.on.unwrap_or_else(|| ctx.now.day()),
        });
        self.parcel_act(ctx, document, &act)
    }
}
