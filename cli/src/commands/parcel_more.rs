//! Raw arguments of what happens to a parcel beside its posting, made into commands.

use tongban_identity::DivisionCode;
use tongban_ledger::code::Code;
use tongban_ledger::command::parcel as args;
use tongban_ledger::parcel::{ClaimOutcome, CostKind, Event, Outcome, Reason};

use crate::error::CliError;
use crate::read::Words;
use crate::rule::Rule;
use crate::source::Source;
use crate::{read, words};

/// Raw arguments of `dispatch`.
#[derive(Debug, clap::Args)]
pub struct DispatchArgs {
    /// The parcels
    #[arg(value_name = "PARCEL", required = true)]
    pub parcels: Vec<String>,
    /// The batch
    #[arg(long, value_name = "NAME")]
    pub batch: String,
    /// The dispatch window
    #[arg(long, value_name = "NAME")]
    pub at_window: String,
    /// The department
    #[arg(long, value_name = "NAME")]
    pub dept: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// Raw arguments of `send`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(
        value_name = "PARCEL",
        required_unless_present = "batch",
        conflicts_with = "batch"
    )]
    pub parcel: Option<String>,
    /// All of a batch
    #[arg(long, value_name = "NAME")]
    pub batch: Option<String>,
    /// The weight in grams
    #[arg(long, value_name = "GRAMS", default_value_t = 0)]
    pub weight_g: u32,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// Raw arguments of `event`.
#[derive(Debug, clap::Args)]
pub struct EventArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// What happened
    #[arg(long, value_name = "EVENT", value_parser = words::event())]
    pub event: Event,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// Raw arguments that name a cost line.
#[derive(Debug, clap::Args)]
pub struct LineArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// What for
    #[arg(long, value_name = "KIND", default_value = "postage", value_parser = words::cost())]
    pub kind: CostKind,
    /// The line by the beginning of its id
    #[arg(long, value_name = "ENTRY")]
    pub line: Option<String>,
}

/// Raw arguments of `dispute`.
#[derive(Debug, clap::Args)]
pub struct DisputeArgs {
    /// Which line
    #[command(flatten)]
    pub line: LineArgs,
    /// Why
    #[arg(long, value_name = "REASON", value_parser = words::dispute())]
    pub reason: Reason,
    /// Words about it
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `correct`.
#[derive(Debug, clap::Args)]
pub struct CorrectArgs {
    /// Which line
    #[command(flatten)]
    pub line: LineArgs,
    /// What comes of it
    #[arg(long, value_name = "OUTCOME", value_parser = words::dispute_outcome())]
    pub outcome: Outcome,
    /// A line in its place, as 19.00/350700; may be repeated
    #[arg(long = "new", value_name = "LIST")]
    pub lines: Vec<String>,
    /// The resolution that decided it
    #[arg(long, value_name = "NAME")]
    pub resolution: Option<String>,
    /// Words about it
    #[command(flatten)]
    pub words: Words,
}

/// Raw arguments of `repay`.
#[derive(Debug, clap::Args)]
pub struct RepayArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// The amount in fen
    #[arg(
        long,
        value_name = "FEN",
        conflicts_with = "yuan",
        required_unless_present = "yuan"
    )]
    pub fen: Option<i64>,
    /// The amount in yuan, as 22.50
    #[arg(long, value_name = "YUAN")]
    pub yuan: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// Raw arguments of `claim`.
#[derive(Debug, clap::Args)]
pub struct ClaimArgs {
    /// What, how much, when
    #[command(flatten)]
    pub sum: RepayArgs,
    /// The insured value in yuan
    #[arg(long, value_name = "YUAN")]
    pub insured: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    pub due: Option<String>,
}

/// Raw arguments of `claim-outcome`.
#[derive(Debug, clap::Args)]
pub struct ClaimOutcomeArgs {
    /// The tracking number, or a unique beginning of the document id
    #[arg(value_name = "PARCEL")]
    pub parcel: String,
    /// How it ended
    #[arg(long, value_name = "OUTCOME", value_parser = words::claim())]
    pub outcome: ClaimOutcome,
    /// The amount in yuan, as 22.50
    #[arg(long, value_name = "YUAN")]
    pub yuan: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl DispatchArgs {
    pub(super) fn check(self) -> Result<args::Dispatch, CliError> {
        Ok(args::Dispatch {
            parcels: self.parcels,
            batch: self.batch,
            window: self.at_window,
            dept: self.dept,
            on: read::on(self.on.as_ref())?,
        })
    }
}

impl SendArgs {
    pub(super) fn check(self) -> Result<args::Send, CliError> {
        Ok(args::Send {
            parcel: self.parcel,
            batch: self.batch,
            weight_g: self.weight_g,
            on: read::on(self.on.as_ref())?,
        })
    }
}

impl EventArgs {
    pub(super) fn check(self) -> Result<args::Carried, CliError> {
        Ok(args::Carried {
            parcel: self.parcel,
            event: self.event,
            on: read::on(self.on.as_ref())?,
        })
    }
}

impl LineArgs {
    pub(super) fn check(self) -> args::OfLine {
        args::OfLine {
            parcel: self.parcel,
            kind: self.kind,
            line: self.line,
        }
    }
}

impl DisputeArgs {
    pub(super) fn check(self, source: &mut dyn Source) -> Result<args::Dispute, CliError> {
        Ok(args::Dispute {
            parcel: self.line.parcel,
            kind: self.line.kind,
            line: self.line.line,
            reason: self.reason,
            text: self.words.check(source)?,
        })
    }
}

impl CorrectArgs {
    pub(super) fn check(self, source: &mut dyn Source) -> Result<args::Correct, CliError> {
        let lines = self.lines.iter().map(|line| new_line(line));
        Ok(args::Correct {
            parcel: self.line.parcel,
            kind: self.line.kind,
            line: self.line.line,
            outcome: self.outcome,
            lines: lines.collect::<Result<_, _>>()?,
            resolution: self.resolution,
            text: self.words.check(source)?,
        })
    }
}

impl RepayArgs {
    pub(super) fn check(self) -> Result<args::Repay, CliError> {
        Ok(args::Repay {
            fen: sum(self.fen, self.yuan.as_deref())?,
            on: read::on(self.on.as_ref())?,
            parcel: self.parcel,
        })
    }
}

impl ClaimArgs {
    pub(super) fn check(self) -> Result<args::Claim, CliError> {
        let due = self.due.as_deref().map(|day| read::day(day, "--due"));
        let insured = self.insured.as_deref().map(read::yuan);
        Ok(args::Claim {
            fen: sum(self.sum.fen, self.sum.yuan.as_deref())?,
            insured_fen: insured.transpose()?,
            due: due.transpose()?,
            on: read::on(self.sum.on.as_ref())?,
            parcel: self.sum.parcel,
        })
    }
}

impl ClaimOutcomeArgs {
    pub(super) fn check(self) -> Result<args::ClaimEnd, CliError> {
        let fen = self.yuan.as_deref().map(read::yuan);
        Ok(args::ClaimEnd {
            outcome: self.outcome,
            fen: fen.transpose()?,
            on: read::on(self.on.as_ref())?,
            parcel: self.parcel,
        })
    }
}

/// A sum in fen or in yuan.
pub(super) fn sum(fen: Option<i64>, yuan: Option<&str>) -> Result<i64, CliError> {
    match (fen, yuan) {
        (Some(fen), _) => Ok(fen),
        (None, Some(yuan)) => read::yuan(yuan),
        (None, None) => Err(CliError::refused(Code::Argument, "--fen")),
    }
}

/// A city that may be left out.
pub(super) fn city(
    text: Option<&str>,
    option: &'static str,
) -> Result<Option<DivisionCode>, CliError> {
    text.map(|city| read::division(city, option)).transpose()
}

/// A paper of a hand-over list, as `TB-330800-260907-000123-2/M1/2=original`: case, requirement, pages.
pub(super) fn content(text: &str) -> Result<args::Row, CliError> {
    let bad = || CliError::rule(Code::Argument, "--content", Rule::Content, text);
    let (paper, original) = match text.trim().strip_suffix("=original") {
        Some(paper) => (paper, true),
        None => (text.trim(), false),
    };
    let parts: Vec<&str> = paper.split('/').collect();
    let (case, requirement, pages) = match parts.as_slice() {
        [case, requirement] => (case, requirement, 1),
        [case, requirement, pages] => (case, requirement, pages.parse().map_err(|_| bad())?),
        _ => return Err(bad()),
    };
    if requirement.is_empty() {
        return Err(bad());
    }
    Ok(args::Row {
        case: read::case((*case).to_owned())?,
        requirement: (*requirement).to_owned(),
        pages,
        original,
    })
}

/// A line in another's place, as `19.00/350700`: yuan, and the city that bears it; as before if there is none.
fn new_line(text: &str) -> Result<args::NewLine, CliError> {
    let bad = || CliError::rule(Code::Argument, "--new", Rule::NewLine, text);
    let mut parts = text.trim().split('/');
    let fen = read::yuan(parts.next().unwrap_or_default()).map_err(|_| bad())?;
    let liable = city(parts.next(), "--new")?;
    let payer = city(parts.next(), "--new")?;
    match parts.next() {
        Some(_) => Err(bad()),
        None => Ok(args::NewLine {
            fen,
            kind: None,
            payer,
            liable,
        }),
    }
}
