//! `tongban parcel …`: posting, arrival, opening, cost lines and their confirmation.

use tongban_ledger::answer::ParcelRow;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Cost, OpenParcel, ParcelConfirm, ParcelDay, PostParcel};
use tongban_ledger::parcel::{CostKind, Leg, PayMethod};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{Act, act, money};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;
use crate::table::{fields, table};
use crate::{read, words};

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
    Confirm(ConfirmArgs),
    /// Takes back this city's own cost line.
    Retract(ConfirmArgs),
    /// Lists parcels.
    List,
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
}

/// Raw arguments of `confirm` and `retract`.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
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
        })
    }
}

impl ConfirmArgs {
    fn check(self) -> ParcelConfirm {
        ParcelConfirm {
            parcel: self.parcel,
            kind: self.kind,
        }
    }
}

impl CostArgs {
    fn check(self) -> Result<Cost, CliError> {
        let fen = match (self.fen, &self.yuan) {
            (Some(fen), _) => fen,
            (None, Some(yuan)) => read::yuan(yuan)?,
            (None, None) => return Err(CliError::refused(Code::Argument, "--fen")),
        };
        let payer = self.payer.as_deref();
        Ok(Cost {
            parcel: self.parcel,
            kind: self.kind,
            fen,
            payer: payer
                .map(|city| read::division(city, "--payer"))
                .transpose()?,
        })
    }
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Post(args) => args.to.iter_mut().map(|to| ("--to", to)).collect(),
            Sub::Cost(args) => args
                .payer
                .iter_mut()
                .map(|payer| ("--payer", payer))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn check(self, _source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Post(args) => Command::ParcelPost(args.check()?),
            Sub::Arrive(args) => Command::ParcelArrive(ParcelDay {
                on: read::on(args.on.as_ref())?,
                parcel: args.parcel,
            }),
            Sub::Open(args) => Command::ParcelOpen(OpenParcel {
                on: read::on(args.on.as_ref())?,
                parcel: args.parcel,
                pieces: args.pieces,
            }),
            Sub::Cost(args) => Command::ParcelCost(args.check()?),
            Sub::Confirm(args) => Command::ParcelConfirm(args.check()),
            Sub::Retract(args) => Command::ParcelRetract(args.check()),
            Sub::List | Sub::Show { .. } => {
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
        Sub::List => {
            let parcels = context.client.parcels().await.map_err(explain)?;
            let cities = context.cities().await;
            let text = match parcels.is_empty() {
                true => format!("{}\n", context.say.t("none")),
                false => list(&parcels, &cities, context.say),
            };
            Ok(Shown::new(&parcels, text))
        }
        Sub::Show { parcel } => {
            let parcel = context.client.parcel(&parcel).await.map_err(explain)?;
            let cities = context.cities().await;
            let text = one(&parcel, &cities, context.say);
            Ok(Shown::new(&parcel, text))
        }
        other => act(other, context).await,
    }
}

fn list(parcels: &[ParcelRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-tracking"),
        say.t("label-from"),
        say.t("label-to"),
        say.t("label-leg"),
        say.t("label-pay"),
        say.t("label-posted"),
        say.t("label-stage"),
        say.t("label-amount"),
    ];
    let rows = parcels
        .iter()
        .map(|parcel| {
            let sum: i64 = parcel
                .lines
                .iter()
                .filter(|line| line.counts && !line.kind.comes_back())
                .fold(0, |sum, line| sum.saturating_add(line.fen));
            vec![
                parcel.tracking.clone(),
                cities.name(parcel.from),
                recipient(parcel, cities, say),
                say.term("leg", parcel.leg.code()),
                say.term("pay", parcel.pay.name()),
                parcel.posted.to_string(),
                say.term("parcel", &parcel.stage),
                money(sum),
            ]
        })
        .collect();
    table(&header, rows, &[7])
}

fn one(parcel: &ParcelRow, cities: &Cities, say: &Catalogue) -> String {
    let mut text = fields(&[
        (say.t("label-tracking"), parcel.tracking.clone()),
        (say.t("label-from"), cities.show(parcel.from)),
        (say.t("label-to"), recipient(parcel, cities, say)),
        (
            say.t("label-leg"),
            format!(
                "{} {}",
                parcel.leg.code(),
                say.term("leg", parcel.leg.code())
            ),
        ),
        (say.t("label-pay"), say.term("pay", parcel.pay.name())),
        (say.t("label-posted"), parcel.posted.to_string()),
        (say.t("label-stage"), say.term("parcel", &parcel.stage)),
        (say.t("label-document"), parcel.document.clone()),
    ]);
    if let Some(line) = miscount(parcel, say) {
        text.push_str(&format!("{line}\n"));
    }
    if parcel.lines.is_empty() {
        return text;
    }
    let header = [
        say.t("label-kind"),
        say.t("label-amount"),
        say.t("label-payer"),
        say.t("label-liable"),
        say.t("label-counts"),
    ];
    let rows = parcel
        .lines
        .iter()
        .map(|line| {
            vec![
                say.term("cost", line.kind.name()),
                money(line.fen),
                cities.show(line.payer),
                line.liable
                    .map_or_else(|| say.t("label-applicant"), |city| cities.show(city)),
                if line.counts { "✓" } else { "—" }.to_owned(),
            ]
        })
        .collect();
    text.push_str(&table(&header, rows, &[1]));
    text
}

/// Says how many pieces were posted and how many were found, where these differ.
pub fn miscount(parcel: &ParcelRow, say: &Catalogue) -> Option<String> {
    let (posted, found) = (parcel.pieces.to_string(), parcel.found?.to_string());
    Some(say.tf("parcel-miscount", &[("posted", &posted), ("found", &found)]))
}

fn recipient(parcel: &ParcelRow, cities: &Cities, say: &Catalogue) -> String {
    parcel
        .to
        .map_or_else(|| say.t("label-applicant"), |city| cities.show(city))
}
