//! `tongban case list`: the cases that the node has.

use tongban_ledger::answer::{CASE_PAGE, CaseQuery, CaseRow, Deadline};
use tongban_ledger::case::Stage;
use tongban_ledger::code::Code;

use super::pages::{gather, more};
use super::progress::{away, is_over, owed};
use crate::catalogue::{Catalogue, Lang};
use crate::cities::Cities;
use crate::commands::name_cities;
use crate::context::Context;
use crate::error::CliError;
use crate::normal;
use crate::output::Shown;
use crate::read;
use crate::rule::Rule;
use crate::source::{Source, Terminal};
use crate::table::{COLUMNS, narrow_table};

/// The stages that a case can show.
pub const STAGES: [Stage; 24] = [
    Stage::Submitted,
    Stage::Received,
    Stage::Checked,
    Stage::Pushed,
    Stage::Acked,
    Stage::ReturnedForCorrection,
    Stage::Resubmitted,
    Stage::Accepted,
    Stage::DeemedAccepted,
    Stage::NotAccepted,
    Stage::Redirected,
    Stage::UnderReview,
    Stage::SpecialProcedure,
    Stage::Extended,
    Stage::DecidedGranted,
    Stage::DecidedOnCommitment,
    Stage::DecidedRefused,
    Stage::ResultOut,
    Stage::Served,
    Stage::Closed,
    Stage::Withdrawn,
    Stage::ClosedNoCorrection,
    Stage::Annulled,
    Stage::Archived,
];

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only cases of this stage, as S40
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// Only cases that this city holds
    #[arg(long, value_name = "CITY")]
    pub holder: Option<String>,
    /// Only cases that are not closed
    #[arg(long, conflicts_with = "closed")]
    pub open: bool,
    /// Only closed cases
    #[arg(long)]
    pub closed: bool,
    /// Only cases in which this city can act now, with the usual next command
    #[arg(long, conflicts_with = "closed")]
    pub mine: bool,
    /// Only cases in which this officer has to act, or stands in, by the city's roster
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: Option<String>,
    /// Only cases of this item
    #[arg(long, value_name = "ITEM")]
    pub item: Option<String>,
    /// Only cases with a clock that is over before this day, the first due first
    #[arg(long, value_name = "DAY")]
    pub due_before: Option<String>,
    /// Only cases of one applicant; the identity number is asked for
    #[arg(long, conflicts_with = "applicant_id_file")]
    pub applicant_id: bool,
    /// A file with the applicant's identity number, `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub applicant_id_file: Option<String>,
    /// How many cases
    #[arg(long, value_name = "COUNT", default_value_t = CASE_PAGE,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Where the page before ended, as it was printed there
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
}

impl Args {
    /// Checks the choice.
    ///
    /// # Errors
    /// `E_ARGUMENT`, or no identity number.
    pub fn check(
        self,
        say: &Catalogue,
        terminal: &mut Terminal<'_>,
    ) -> Result<CaseQuery, CliError> {
        let holder = self.holder.as_deref();
        let due_before = self.due_before.as_deref();
        Ok(CaseQuery {
            item: self.item,
            due_before: due_before
                .map(|day| read::day(day, "--due-before"))
                .transpose()?,
            after: self.after,
            stage: self.stage.map(|text| stage(&text, say)).transpose()?,
            holder: holder
                .map(|city| read::division(city, "--holder"))
                .transpose()?,
            // A closed case may still wait for an answer of this city.
            open: match (self.open, self.closed) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
            officer: self.officer.map(read::officer).transpose()?,
            // The person comes last, so that nobody types a number for a command that fails anyway.
            applicant_id: match (self.applicant_id, &self.applicant_id_file) {
                (_, Some(file)) => {
                    let text = normal::narrow(&terminal.read(file)?).trim().to_owned();
                    read::identity_number(&text)
                        .map_err(|rule| CliError::rule(Code::IdNumber, file, rule, ""))?;
                    Some(text)
                }
                (true, None) => Some(terminal.checked_line(
                    &say.t("ask-id-number"),
                    None,
                    "--applicant-id-file",
                    read::identity_number,
                )?),
                (false, None) => None,
            },
            ..CaseQuery::default()
        })
    }
}

/// Reads a stage by its code or by its name in either language.
fn stage(text: &str, say: &Catalogue) -> Result<String, CliError> {
    let asked = text.trim();
    let other = [Catalogue::new(Lang::Zh), Catalogue::new(Lang::En)];
    let names = |code: &str| other.iter().any(|say| say.term("stage", code) == asked);
    let stages = STAGES.iter().map(|stage| stage.code());
    let found = stages
        .clone()
        .find(|code| code.eq_ignore_ascii_case(asked) || names(code));
    match found {
        Some(code) => Ok(code.to_owned()),
        None => {
            let list: Vec<String> = stages
                .map(|code| format!("{code} {}", say.term("stage", code)))
                .collect();
            let list = list.join(&say.t("list-comma"));
            Err(CliError::rule(
                Code::Argument,
                "--stage",
                Rule::Stage,
                &list,
            ))
        }
    }
}

/// Runs the command.
///
/// # Errors
/// `E_ARGUMENT`, or the node refused or does not answer.
pub async fn run(mut args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let holder = args.holder.iter_mut().map(|city| ("--holder", city));
    name_cities(holder.collect(), context).await?;
    let (mine, limit) = (args.mine, args.limit);
    let query = args.check(context.say, &mut context.terminal())?;
    let cities = context.cities().await;
    // What another city has to answer or holds may be recalled or noted, but is nobody's work here unless
    // somebody waits for it.
    let is_work = |case: &CaseRow| {
        let turn = !is_over(case) && away(case, &cities).is_none();
        turn && !case.next.is_empty() || owed(case, &cities).is_some()
    };
    let fits = |case: &CaseRow| !mine || is_work(case);
    let found = gather(query, limit, fits, context).await?;
    let mut text = match found.cases.is_empty() {
        true => format!("{}\n", context.say.t("none")),
        false => show(&found.cases, &cities, mine, context.say),
    };
    text.push_str(&more(found.next.as_ref(), context.say));
    Ok(Shown::new(&found, text))
}

/// Draws the list; with `mine` the next command stands where the holder is otherwise.
fn show(cases: &[CaseRow], cities: &Cities, mine: bool, say: &Catalogue) -> String {
    let header = [
        say.t("label-number"),
        say.t("label-item"),
        say.t("label-stage"),
        match mine {
            true => say.t("label-next"),
            false => say.t("label-holder"),
        },
        say.t("label-due"),
    ];
    let rows = cases
        .iter()
        .map(|case| {
            let first = case.next.first().map(String::as_str);
            let fourth = match (mine, owed(case, cities).or(first)) {
                (true, Some(next)) => next.trim_start_matches("case.").to_owned(),
                _ => cities.names(&case.holders, say),
            };
            vec![
                case.number.clone(),
                case.item_name.clone(),
                say.term("stage", &case.stage),
                fourth,
                next_due(&case.due),
            ]
        })
        .collect();
    // A command is typed as it stands, so it is never broken.
    let wrapped: &[usize] = match mine {
        true => &[1, 2],
        false => &[1, 2, 3],
    };
    narrow_table(&header, rows, wrapped, COLUMNS)
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

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::tests::{case, cities};

    #[test]
    fn stages_are_taken_by_code_and_name() {
        let say = Catalogue::new(Lang::En);
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(stage(text, &say).ok().as_deref(), expected, "{text}");
        };
        check("S20", Some("S20"));
        check("s20", Some("S20"));
        check("已收件", Some("S20"));
        check("received", Some("S20"));
        check("S21x", None);
        check("不存在", None);
        check("", None);
    }

    #[test]
    fn the_list_fits_80_columns_and_keeps_numbers_whole() {
        let mut late = case().row;
        late.next = vec!["case.submit-correction".to_owned()];
        late.due[0].overdue = true;
        late.item_name = "住房公积金异地购房提取（含组合贷款）".to_owned();
        let cases = [case().row, late];
        for (lang, mine) in [(Lang::Zh, false), (Lang::Zh, true), (Lang::En, true)] {
            let text = show(&cases, &cities(), mine, &Catalogue::new(lang));
            assert!(text.lines().all(|line| line.width() <= 80), "{text}");
            assert!(text.contains("TB-330800-260907-000123-2"), "{text}");
            assert!(text.contains("2026-09-14 !"), "{text}");
            assert_eq!(text.contains("submit-correction"), mine, "{text}");
        }
    }
}
