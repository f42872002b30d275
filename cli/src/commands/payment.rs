//! `tongban payment …` (收付): payments made outside the system and their receipts, as records. No money is moved.

use tongban_ledger::answer::PaymentRow;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::money::{ConfirmPayment, RecordPayment};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::round::transfers;
use crate::commands::{Act, act, money};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::source::Source;
use crate::table::table;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Lists the transfers and payments of a month's round.
    List {
        /// The month, as 2026-09
        #[arg(value_name = "MONTH")]
        month: String,
        /// A beginning of the agreement's document id
        #[arg(long, value_name = "AGREEMENT")]
        agreement: Option<String>,
    },
    /// 付款登记.
    Record(RecordArgs),
    /// 收款确认.
    Confirm(ConfirmArgs),
}

/// Raw arguments of `record`.
#[derive(Debug, clap::Args)]
pub struct RecordArgs {
    /// The month, as 2026-09
    #[arg(value_name = "MONTH")]
    pub month: String,
    /// Who was paid
    #[arg(long, value_name = "CITY")]
    pub to: String,
    /// The amount in yuan, as 22.50 [default: what is open]
    #[arg(long, value_name = "YUAN")]
    pub yuan: Option<String>,
    /// The voucher's number
    #[arg(long, value_name = "NUMBER")]
    pub voucher: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `confirm`.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
    /// The month, as 2026-09
    #[arg(value_name = "MONTH")]
    pub month: String,
    /// Who paid
    #[arg(long, value_name = "CITY")]
    pub from: String,
    /// The voucher's number [default: the only payment that waits]
    #[arg(long, value_name = "NUMBER")]
    pub voucher: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// A beginning of the agreement's document id
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::List { .. } => Vec::new(),
            Sub::Record(args) => vec![("--to", &mut args.to)],
            Sub::Confirm(args) => vec![("--from", &mut args.from)],
        }
    }

    fn check(self, _source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Record(args) => Command::PaymentRecord(RecordPayment {
                month: read::month(&args.month)?,
                to: read::division(&args.to, "--to")?,
                fen: args.yuan.as_deref().map(read::yuan).transpose()?,
                voucher: args.voucher,
                on: read::on(args.on.as_ref())?,
                agreement: args.agreement,
            }),
            Sub::Confirm(args) => Command::PaymentConfirm(ConfirmPayment {
                month: read::month(&args.month)?,
                from: read::division(&args.from, "--from")?,
                voucher: args.voucher,
                on: read::on(args.on.as_ref())?,
                agreement: args.agreement,
            }),
            Sub::List { .. } => return Err(CliError::refused(Code::Argument, "payment")),
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    let Sub::List { month, agreement } = sub else {
        return act(sub, context).await;
    };
    let month = read::month(&month)?;
    let round = context.client.round(month, agreement.as_deref()).await;
    let round = round.map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let mut text = transfers(&round.transfers, &cities, context.say);
    text.push_str(&list(&round.payments, &cities, context.say));
    Ok(Shown::new(&round.payments, text))
}

fn list(payments: &[PaymentRow], cities: &Cities, say: &Catalogue) -> String {
    if payments.is_empty() {
        return String::new();
    }
    let header = [
        say.t("label-voucher"),
        say.t("label-pays"),
        say.t("label-payee"),
        say.t("label-amount"),
        say.t("label-paid-on"),
        say.t("label-received-on"),
    ];
    let rows = payments.iter().map(|payment| {
        let received = payment.received;
        vec![
            payment.voucher.clone(),
            cities.name(payment.from),
            cities.name(payment.to),
            money(payment.fen),
            payment.on.to_string(),
            received.map_or_else(|| "—".to_owned(), |day| day.to_string()),
        ]
    });
    format!("\n{}", table(&header, rows.collect(), &[3]))
}
