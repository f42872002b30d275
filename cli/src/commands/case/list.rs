//! `tongban case list`: the cases that the node has.

use tongban_client::CaseFilter;
use tongban_ledger::answer::{CaseRow, Deadline};

use crate::cities::Cities;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::table::table;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only cases of this stage, as S40
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// Only cases that this city holds
    #[arg(long, value_name = "CODE")]
    pub holder: Option<String>,
    /// Only cases that are not closed
    #[arg(long, conflicts_with = "closed")]
    pub open: bool,
    /// Only closed cases
    #[arg(long)]
    pub closed: bool,
}

impl Args {
    /// Checks the choice.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<CaseFilter, CliError> {
        let holder = self.holder.as_deref();
        Ok(CaseFilter {
            stage: self.stage,
            holder: holder
                .map(|city| read::division(city, "--holder"))
                .transpose()?,
            open: match (self.open, self.closed) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
        })
    }
}

/// Runs the command.
///
/// # Errors
/// `E_ARGUMENT`, or the node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let filter = args.check()?;
    let cases = context
        .client
        .cases(&filter)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    let text = match cases.is_empty() {
        true => format!("{}\n", context.say.t("none")),
        false => show(&cases, &cities, context),
    };
    Ok(Shown::new(&cases, text))
}

fn show(cases: &[CaseRow], cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-number"),
        say.t("label-item"),
        say.t("label-stage"),
        say.t("label-receiver"),
        say.t("label-owner"),
        say.t("label-holder"),
        say.t("label-due"),
    ];
    let rows = cases
        .iter()
        .map(|case| {
            let holders: Vec<String> = case.holders.iter().map(|c| cities.name(*c)).collect();
            vec![
                case.number.clone(),
                case.item_name.clone(),
                format!("{} {}", case.stage, say.term("stage", &case.stage)),
                cities.name(case.receiver),
                cities.name(case.owner),
                holders.join(", "),
                next_due(&case.due),
            ]
        })
        .collect();
    table(&header, rows, &[])
}

/// The deadline that ends first, marked when it is past.
fn next_due(due: &[Deadline]) -> String {
    let first = due
        .iter()
        .filter_map(|d| d.due.map(|day| (day, d)))
        .min_by_key(|(day, _)| *day);
    match first {
        Some((day, deadline)) if deadline.overdue => format!("{day} !"),
        Some((day, _)) => day.to_string(),
        None => String::new(),
    }
}
