//! `tongban parcel …`: posting, arrival, opening, cost lines and their confirmation. What else happens to a parcel is
//! in `parcel_more`, what is shown of it in `parcel_show`.

use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Cost, OpenParcel, ParcelConfirm, ParcelDay, PostParcel};
use tongban_ledger::parcel::{CostKind, Leg, PayMethod};

use crate::commands::{
    Act, act, parcel_import as import, parcel_more as more, parcel_show as show,
};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;
use crate::{read, words};

pub use show::miscount;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// 寄出.
    Post(PostArgs),
    /// 到件.
    Arrive(DayArgs),
    /// 开拆核对.
    Open(OpenArgs),
    /// Records a cost line.
    Cost(CostArgs),
    /// Confirms the other city's cost line.
    Confirm(more::LineArgs),
    /// Takes back this city's own cost line.
    Retract(RetractArgs),
    /// 备件.
    Prepare(PostArgs),
    /// 交收发件窗口.
    Dispatch(more::DispatchArgs),
    /// 交寄.
    Send(more::SendArgs),
    /// 承运信息.
    Event(more::EventArgs),
    /// 归卷.
    File(DayArgs),
    /// 异议.
    Dispute(more::DisputeArgs),
    /// Withdraws an objection.
    WithdrawDispute(more::LineArgs),
    /// 更正.
    Correct(more::CorrectArgs),
    /// Signs the other city's correction.
    Agree(more::LineArgs),
    /// 退还申请人.
    Repay(more::RepayArgs),
    /// 索赔.
    Claim(more::ClaimArgs),
    /// 索赔结果.
    ClaimOutcome(more::ClaimOutcomeArgs),
    /// Takes over what the carrier's table says.
    Import(import::Args),
    /// Lists parcels.
    List(ListArgs),
    /// Shows a parcel.
    Show {
        /// The tracking number, or a unique beginning of the document id
        #[arg(value_name = "PARCEL")]
        parcel: String,
    },
}

/// Raw arguments of `post`.
#[derive(Debug, clap::Args)]
pub struct PostArgs {
    /// The receiving city [default: the applicant]
    #[arg(long, value_name = "CITY")]
    pub to: Option<String>,
    /// The journey: L2 materials, L3 result to a window, L4 result to the applicant, L5 return, L6 supplement, L7 second delivery
    #[arg(long, value_name = "LEG", value_parser = words::leg())]
    pub leg: Leg,
    /// The tracking number
    #[arg(long, value_name = "NUMBER")]
    pub tracking: String,
    /// The carrier
    #[arg(long, value_name = "NAME", default_value = "EMS")]
    pub carrier: String,
    /// A case inside; may be repeated
    #[arg(long = "case", value_name = "CASE")]
    pub cases: Vec<String>,
    /// Pieces of paper
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub pieces: u16,
    /// Who pays the carrier, and how
    #[arg(long, value_name = "WAY", value_parser = words::payment())]
    pub pay: PayMethod,
    /// The weight in grams
    #[arg(long, value_name = "GRAMS", default_value_t = 0)]
    pub weight_g: u32,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// The approving or issuing city
    #[arg(long, value_name = "CITY")]
    pub approver_city: Option<String>,
    /// Whose contract account or label pays
    #[arg(long, value_name = "CITY")]
    pub account: Option<String>,
    /// The window that posts it
    #[arg(long, value_name = "NAME")]
    pub at_window: Option<String>,
    /// A paper inside, as CASE/M1/2=original; may be repeated
    #[arg(long, value_name = "LIST")]
    pub content: Vec<String>,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `list`.
#[derive(Debug, Default, clap::Args)]
pub struct ListArgs {
    /// Only parcels in this place
    #[arg(long, value_name = "PLACE", value_parser = words::mail_place())]
    pub place: Option<String>,
    /// Only parcels of this window
    #[arg(long, value_name = "NAME")]
    pub at_window: Option<String>,
}

/// Raw arguments of `arrive`.
#[derive(Debug, clap::Args)]
pub struct DayArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// The window that takes it in
    #[arg(long, value_name = "NAME")]
    pub at_window: Option<String>,
}

/// Raw arguments of `open`.
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// Pieces of paper
    #[arg(long, value_name = "COUNT")]
    pub pieces: u16,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// Raw arguments of `cost`.
#[derive(Debug, clap::Args)]
pub struct CostArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// What for
    #[arg(long, value_name = "KIND", default_value = "postage", value_parser = words::cost())]
    pub kind: CostKind,
    /// The amount in fen
    #[arg(
        long,
        value_name = "FEN",
        allow_negative_numbers = true,
        conflicts_with = "yuan",
        required_unless_present = "yuan"
    )]
    pub fen: Option<i64>,
    /// The amount in yuan, as 22.50
    #[arg(long, value_name = "YUAN", allow_negative_numbers = true)]
    pub yuan: Option<String>,
    /// The city that paid [default: this city]
    #[arg(long, value_name = "CITY")]
    pub payer: Option<String>,
    /// The carrier's bill
    #[arg(long, value_name = "NUMBER")]
    pub bill: Option<String>,
    /// SHA-256 of the receipt
    #[arg(long, value_name = "HASH")]
    pub receipt_hash: Option<String>,
}

/// Raw arguments of `retract`.
#[derive(Debug, clap::Args)]
pub struct RetractArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// What for
    #[arg(long, value_name = "KIND", default_value = "postage", value_parser = words::cost())]
    pub kind: CostKind,
}

impl PostArgs {
    fn check(self) -> Result<PostParcel, CliError> {
        Ok(PostParcel {
            to: self.to.map(|to| read::division(&to, "--to")).transpose()?,
            leg: self.leg,
            tracking: read::tracking(&self.tracking)?,
            carrier: self.carrier,
            cases: self
                .cases
                .into_iter()
                .map(read::case)
                .collect::<Result<_, _>>()?,
            pieces: self.pieces,
            pay: self.pay,
            weight_g: self.weight_g,
            on: read::on(self.on.as_ref())?,
            approver: more::city(self.approver_city.as_deref(), "--approver-city")?,
            account: more::city(self.account.as_deref(), "--account")?,
            window: self.at_window,
            contents: self
                .content
                .iter()
                .map(|row| more::content(row))
                .collect::<Result<_, _>>()?,
            agreement: self.agreement,
        })
    }
}

impl DayArgs {
    fn check(self) -> Result<ParcelDay, CliError> {
        Ok(ParcelDay {
            on: read::on(self.on.as_ref())?,
            parcel: self.parcel,
            window: self.at_window,
        })
    }
}

impl RetractArgs {
    fn check(self) -> ParcelConfirm {
        ParcelConfirm {
            parcel: self.parcel,
            kind: self.kind,
            line: None,
        }
    }
}

impl CostArgs {
    fn check(self) -> Result<Cost, CliError> {
        let fen = more::sum(self.fen, self.yuan.as_deref())?;
        let payer = self.payer.as_deref();
        Ok(Cost {
            parcel: self.parcel,
            kind: self.kind,
            fen,
            payer: payer
                .map(|city| read::division(city, "--payer"))
                .transpose()?,
            bill: self.bill,
            receipt: self.receipt_hash,
        })
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Post(args) | Sub::Prepare(args) => {
                let to = args.to.iter_mut().map(|to| ("--to", to));
                let approver = args.approver_city.iter_mut();
                let account = args.account.iter_mut();
                to.chain(approver.map(|city| ("--approver-city", city)))
                    .chain(account.map(|city| ("--account", city)))
                    .collect()
            }
            Sub::Cost(args) => args
                .payer
                .iter_mut()
                .map(|payer| ("--payer", payer))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Post(args) => Command::ParcelPost(args.check()?),
            Sub::Arrive(args) => Command::ParcelArrive(args.check()?),
            Sub::Open(args) => Command::ParcelOpen(OpenParcel {
                on: read::on(args.on.as_ref())?,
                parcel: args.parcel,
                pieces: args.pieces,
            }),
            Sub::Cost(args) => Command::ParcelCost(args.check()?),
            Sub::Confirm(args) => Command::ParcelConfirm(ParcelConfirm {
                parcel: args.parcel,
                kind: args.kind,
                line: args.line,
            }),
            Sub::Retract(args) => Command::ParcelRetract(args.check()),
            Sub::Prepare(args) => Command::ParcelPrepare(args.check()?),
            Sub::Dispatch(args) => Command::ParcelDispatch(args.check()?),
            Sub::Send(args) => Command::ParcelSend(args.check()?),
            Sub::Event(args) => Command::ParcelEvent(args.check()?),
            Sub::File(args) => Command::ParcelFile(args.check()?),
            Sub::Dispute(args) => Command::ParcelDispute(args.check(source)?),
            Sub::WithdrawDispute(args) => Command::ParcelWithdrawDispute(args.check()),
            Sub::Correct(args) => Command::ParcelCorrect(args.check(source)?),
            Sub::Agree(args) => Command::ParcelAgree(args.check()),
            Sub::Repay(args) => Command::ParcelRepay(args.check()?),
            Sub::Claim(args) => Command::ParcelClaim(args.check()?),
            Sub::ClaimOutcome(args) => Command::ParcelClaimOutcome(args.check()?),
            Sub::Import(_) | Sub::List(_) | Sub::Show { .. } => {
                return Err(CliError::refused(Code::Argument, "parcel"));
            }
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let explain = |error| context.explain(error);
    match sub {
        Sub::Import(args) => import::run(args, context).await,
        Sub::List(args) => {
            let mut parcels = context.client.parcels().await.map_err(explain)?;
            parcels.retain(|parcel| {
                let place = args.place.as_ref();
                let window = args.at_window.as_ref();
                place.is_none_or(|place| *place == parcel.place)
                    && window.is_none_or(|window| parcel.window.as_ref() == Some(window))
            });
            let cities = context.cities().await;
            let text = match parcels.is_empty() {
                true => format!("{}\n", context.say.t("none")),
                false => show::list(&parcels, &cities, context.say),
            };
            Ok(Shown::new(&parcels, text))
        }
        Sub::Show { parcel } => {
            let parcel = context.client.parcel(&parcel).await.map_err(explain)?;
            let cities = context.cities().await;
            let text = show::one(&parcel, &cities, context.say);
            Ok(Shown::new(&parcel, text))
        }
        other => act(other, context).await,
    }
}
