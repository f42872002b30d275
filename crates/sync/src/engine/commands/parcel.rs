//! Commands of parcels and their cost lines.

use tongban_identity::CityId;
use tongban_ledger::DocumentKind;
use tongban_ledger::answer::Done;
use tongban_ledger::bill::Bill;
use tongban_ledger::case::Case;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Cost, OpenParcel, ParcelConfirm, ParcelDay, PostParcel};
use tongban_ledger::meeting::JointMeeting;
use tongban_ledger::money::{Amount, Fen};
use tongban_ledger::parcel::{
    Act, Arrive, Confirm, Content, CostKind, CostLine, Open, Opening, Parcel, Post, Recipient,
    State,
};
use tongban_ledger::round::Round;
use tongban_ledger::{AgreementId, DocumentId, EntryId};

use crate::db::Db;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::keys;
use crate::seal::Private;
use crate::storage::Family;

/// The warning at a parcel to an applicant that is marked as paid by the applicant, against the rule.
const COLLECT_TO_APPLICANT: &str = "collect-to-applicant";

impl Engine {
    /// 寄出, at once.
    pub(super) fn post_parcel(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &PostParcel,
    ) -> Result<Done, CommandError> {
        let (agreement, post) = self.posting(ctx, args)?;
        if args.leg.carries_result() && self.has_dispatch_window(ctx, &agreement, post.posted)? {
            return Err(refuse(Code::Window, args.tracking.as_str()));
        }
        self.open_parcel_document(ctx, agreement, &Act::Post(post))
    }

    /// 备件: a parcel that is posted later.
    pub(super) fn prepare_parcel(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &PostParcel,
    ) -> Result<Done, CommandError> {
        let (agreement, post) = self.posting(ctx, args)?;
        self.open_parcel_document(ctx, agreement, &Act::Prepare(post))
    }

    fn open_parcel_document(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
        act: &Act,
    ) -> Result<Done, CommandError> {
        let entry = self.sign_genesis::<Parcel>(
            ctx,
            agreement,
            DocumentKind::Parcel,
            act,
            Private::default(),
        )?;
        let document = DocumentId::from(entry);
        let mut done = parcel_done(document, entry);
        let record = self.record(ctx.store, &document)?;
        if let Some(state) = record
            .and_then(|record| record.state_of::<Parcel>())
            .cloned()
            && self.with_view(&agreement, |view| state.collects_wrongly(view)) == Some(true)
        {
            done.warnings.push(COLLECT_TO_APPLICANT.to_owned());
        }
        Ok(done)
    }

    /// What a posting says, from the clerk's words.
    fn posting(
        &mut self,
        ctx: &Ctx<'_>,
        args: &PostParcel,
    ) -> Result<(AgreementId, Post), CommandError> {
        let approver = args.approver.map(|division| self.member(division));
        let approver = approver.transpose()?;
        let fixed = self.parcel_agreement(ctx, args)?;
        let (agreement, to) = match (args.to, fixed) {
            (Some(division), Some(agreement)) => {
                let city = self.with_view(&agreement, |view| {
                    view.by_division(division).map(|member| member.city)
                });
                let city = city.flatten();
                let city = city.ok_or_else(|| refuse(Code::NotMember, division.to_string()))?;
                (agreement, Recipient::City(city))
            }
            (Some(division), None) => {
                let (agreement, city) = self.member(division)?;
                (agreement, Recipient::City(city))
            }
            (None, Some(agreement)) => (agreement, Recipient::Applicant),
            (None, None) => {
                let of_approver = approver.map(|(agreement, _)| agreement);
                let agreement = of_approver.map_or_else(|| self.agreement(None), Ok)?;
                (agreement, Recipient::Applicant)
            }
        };
        let account = args.account.map(|division| self.member(division));
        let mut post = Post {
            to,
            leg: args.leg,
            carrier: args.carrier.clone(),
            tracking: args.tracking.clone(),
            cases: Vec::new(),
            pieces: args.pieces,
            posted: args.on.unwrap_or_else(|| ctx.now.day()),
            pay: args.pay,
            weight_g: args.weight_g,
            approver: approver.map(|(_, city)| city),
            account: account.transpose()?.map(|(_, city)| city),
            window: args.window.clone(),
            contents: Vec::new(),
        };
        self.number_is_new(ctx, args, post.other())?;
        let listed = args.contents.iter().map(|row| &row.case);
        for reference in args.cases.iter().chain(listed) {
            let (document, state) = self.case_state(ctx, reference)?;
            let under = self.record(ctx.store, &document)?;
            if under.is_none_or(|record| record.agreement != agreement) {
                return Err(refuse(Code::Agreement, reference.clone()));
            }
            // A parcel names its cases, so its receiver must be party to them already.
            if post.other().is_some_and(|city| !state.is_party(&city)) {
                return Err(refuse(Code::NotParty, reference.clone()));
            }
            // A case of the hand-over list need not be named twice.
            if !post.cases.contains(&document) || args.cases.contains(reference) {
                post.cases.push(document);
            }
        }
        for row in &args.contents {
            post.contents.push(Content {
                case: self.find_case(ctx.store, &row.case)?,
                requirement: row.requirement.clone(),
                pages: row.pages,
                original: row.original,
            });
        }
        Ok((agreement, post))
    }

    /// The agreement that a parcel's clerk named, or that of the cases in it: papers travel under the agreement of
    /// their case.
    fn parcel_agreement(
        &mut self,
        ctx: &Ctx<'_>,
        args: &PostParcel,
    ) -> Result<Option<AgreementId>, CommandError> {
        if let Some(named) = args.agreement.as_deref() {
            return self.agreement(Some(named)).map(Some);
        }
        let listed = args.contents.iter().map(|row| &row.case);
        let Some(reference) = args.cases.iter().chain(listed).next() else {
            return Ok(None);
        };
        let document = self.find_case(ctx.store, reference)?;
        let record = self.record(ctx.store, &document)?.ok_or(Code::NotFound)?;
        Ok(Some(record.agreement))
    }

    /// A tracking number is unique within a pair.
    fn number_is_new(
        &mut self,
        ctx: &Ctx<'_>,
        args: &PostParcel,
        other: Option<CityId>,
    ) -> Result<(), CommandError> {
        let own = self.own.city;
        let prefix = keys::trackings(&args.tracking.bare());
        let db = Db::new(ctx.store, &mut self.pending);
        for (key, _) in db.scan_all(Family::Indexes, &prefix)? {
            let Some(document) = DocumentId::from_slice(&key[prefix.len()..]) else {
                continue;
            };
            let record = self.record(ctx.store, &document)?;
            let Some(state) = record.and_then(|record| record.state_of::<Parcel>()) else {
                continue;
            };
            let same_pair = match other {
                Some(city) => state.is_party(&city) && state.is_party(&own),
                None => state.from == own,
            };
            if same_pair {
                return Err(refuse(Code::Duplicate, args.tracking.as_str()));
            }
        }
        Ok(())
    }

    pub(super) fn parcel_arrived(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ParcelDay,
    ) -> Result<Done, CommandError> {
        let (document, _, _) = self.parcel_state(ctx, &args.parcel)?;
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        let window = args.window.clone();
        self.parcel_act(ctx, document, &Act::Arrive(Arrive { on, window }))
    }

    pub(super) fn open_parcel(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &OpenParcel,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let outcome = if args.pieces == state.post.pieces {
            Opening::Ok
        } else {
            Opening::Discrepancy {
                pieces: args.pieces,
            }
        };
        let on = args.on.unwrap_or_else(|| ctx.now.day());
        self.parcel_act(ctx, document, &Act::Open(Open { on, outcome }))
    }

    pub(super) fn parcel_cost(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Cost,
    ) -> Result<Done, CommandError> {
        let (document, agreement, state) = self.parcel_state(ctx, &args.parcel)?;
        let amount = fen(args.fen)?;
        let payer = match args.payer {
            Some(division) => self.party_of(&state, division)?,
            None => self.own.city,
        };
        let rule = self
            .with_view(&agreement, |view| {
                view.postage(state.post.posted).map(|rule| rule.version)
            })
            .flatten()
            .ok_or(Code::Date)?;
        let receipt = args.receipt.as_ref().map(|hash| hash.parse());
        let receipt = receipt
            .transpose()
            .map_err(|_| refuse(Code::Argument, "receipt"))?;
        let act = Act::Cost(CostLine {
            kind: args.kind,
            amount,
            payer,
            rule,
            bill: args.bill.clone(),
            receipt,
            instead: None,
        });
        self.parcel_act(ctx, document, &act)
    }

    pub(super) fn confirm_cost(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ParcelConfirm,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let own = self.own.city;
        let named = args.line.as_deref().map(str::trim);
        let mut lines = unsigned(&state, args.kind, |by| *by != own)
            .filter(|id| named.is_none_or(|named| id.to_string().starts_with(named)));
        let Some(line) = lines.next() else {
            let confirmed = state.standing_lines().any(|(id, line)| {
                line.kind == args.kind && line.by != own && state.is_confirmed(&id)
            });
            let code = match confirmed {
                true => Code::Already,
                false => Code::NotFound,
            };
            return Err(refuse(code, args.kind.name()));
        };
        // What is signed becomes a debt: which line is meant must not depend on their ids.
        let more: Vec<EntryId> = lines.collect();
        if !more.is_empty() {
            let ids = std::iter::once(line).chain(more).map(|id| id.to_string());
            let ids: Vec<String> = ids.map(|id| id.chars().take(12).collect()).collect();
            return Err(refuse(Code::Ambiguous, ids.join(", ")));
        }
        let act = Act::Confirm(Confirm {
            line,
            kind: args.kind,
        });
        self.parcel_act(ctx, document, &act)
    }

    /// Takes back what of this city's own is disputed, its correction before the counterpart signs that, or its
    /// line of a kind before the counterpart signs it.
    pub(super) fn retract_cost(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ParcelConfirm,
    ) -> Result<Done, CommandError> {
        let (document, _, state) = self.parcel_state(ctx, &args.parcel)?;
        let own = self.own.city;
        let kind_of = |id: &EntryId| {
            let line = state.lines.get(id).map(|line| line.kind);
            let confirmed = state.confirmations.get(id).map(|confirm| confirm.kind);
            let signed = state.agreed.get(id).map(|agreed| agreed.correction);
            let correction = state.corrections.get(&signed.unwrap_or(*id));
            line.or(confirmed)
                .or(correction.map(|correction| correction.act.kind))
        };
        let proposed = state
            .standing_corrections()
            .filter(|(id, correction)| correction.mirror.by == own && !state.is_agreed(id))
            .filter(|(_, correction)| correction.act.kind == args.kind)
            .map(|(id, _)| id);
        let disputed = state
            .disputed()
            .filter(|(id, by)| *by == own && kind_of(id) == Some(args.kind))
            .map(|(id, _)| id);
        let id = disputed
            .chain(proposed)
            .chain(unsigned(&state, args.kind, |by| *by == own))
            .next()
            .ok_or_else(|| refuse(Code::NotFound, args.kind.name()))?;
        self.parcel_act(ctx, document, &Act::Retract(id))
    }

    pub(super) fn parcel_act(
        &mut self,
        ctx: &mut Ctx<'_>,
        document: DocumentId,
        act: &Act,
    ) -> Result<Done, CommandError> {
        let entry = self.sign_act::<Parcel>(ctx, &document, act, Private::default())?;
        Ok(parcel_done(document, entry))
    }

    /// The tracking number of a parcel or the number of a case, for lists.
    pub(crate) fn label(
        &mut self,
        store: &dyn crate::storage::Reader,
        document: &DocumentId,
    ) -> Result<String, crate::storage::ReadError> {
        let Some(record) = self.record(store, document)? else {
            return Ok(String::new());
        };
        if let Some(state) = record.state_of::<Case>() {
            return Ok(state.receive.number.to_string());
        }
        if let Some(state) = record.state_of::<Bill>() {
            return Ok(state.open.month.to_string());
        }
        if let Some(state) = record.state_of::<Round>() {
            return Ok(state.open.month.to_string());
        }
        if let Some(state) = record.state_of::<JointMeeting>() {
            return Ok(state.convene.number.clone());
        }
        Ok(record
            .state_of::<Parcel>()
            .map(|state| state.post.tracking.as_str().to_owned())
            .unwrap_or_default())
    }
}

/// An amount that a clerk wrote.
pub(super) fn fen(fen: i64) -> Result<Amount, CommandError> {
    Amount::new(Fen::new(fen)).map_err(|error| refuse(error.code(), "fen"))
}

/// The standing lines of a kind that nobody signed, by whom they were recorded.
fn unsigned(
    state: &State,
    kind: CostKind,
    by: impl Fn(&CityId) -> bool,
) -> impl Iterator<Item = EntryId> {
    state
        .standing_lines()
        .filter(move |(_, line)| line.kind == kind && by(&line.by) && line.instead.is_none())
        .filter(|(id, _)| !state.is_confirmed(id))
        .map(|(id, _)| id)
}

pub(super) fn parcel_done(document: DocumentId, entry: EntryId) -> Done {
    Done {
        document: document.to_string(),
        entries: vec![entry.to_string()],
        ..Done::default()
    }
}
