//! Joint handling (多地联办): `tongban case open-step`, `step-progress`, `decide-step`, `release-step`, `ask-undo`.

use tongban_ledger::case::Outcome;
use tongban_ledger::command::beside::{DecideStep, Step, StepProgress};

use crate::context::Context;
use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;
use crate::{personal, words};

/// Raw arguments of `open-step`, `release-step` and `ask-undo`.
#[derive(Debug, clap::Args)]
pub struct StepArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The step's id in the joint-handling agreement, as S1
    #[arg(long, value_name = "STEP")]
    pub step: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl StepArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Step, CliError> {
        Ok(Step {
            case: read::case(self.case)?,
            step: self.step,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Raw arguments of `step-progress`.
#[derive(Debug, clap::Args)]
pub struct ProgressArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The step's id in the joint-handling agreement, as S1
    #[arg(long, value_name = "STEP")]
    pub step: String,
    /// What was done, in one word
    #[arg(long, value_name = "TEXT")]
    pub what: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The words.
    #[command(flatten)]
    pub words: Words,
}

impl ProgressArgs {
    /// Gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<StepProgress, CliError> {
        Ok(StepProgress {
            case: read::case(self.case)?,
            step: self.step,
            what: personal::guarded(self.what)?,
            officer: read::officer(self.officer)?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `decide-step`.
#[derive(Debug, clap::Args)]
pub struct DecideArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The step's id in the joint-handling agreement, as S1
    #[arg(long, value_name = "STEP")]
    pub step: String,
    /// The decision
    #[arg(long, value_name = "OUTCOME", value_parser = words::outcome())]
    pub outcome: Outcome,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// Reasons and remedies, needed for a refusal.
    #[command(flatten)]
    pub words: Words,
}

impl DecideArgs {
    /// Asks for a yes before a decision that no withdrawal undoes, where somebody can be asked.
    ///
    /// # Errors
    /// The answer was no, or `E_ARGUMENT` for the case number.
    pub async fn confirm(&self, context: &Context<'_>) -> Result<(), CliError> {
        let terminal = context.terminal();
        if self.outcome == Outcome::Refused || terminal.may_ask("--yes").is_err() {
            return Ok(());
        }
        let number = read::case(self.case.clone())?;
        // What the node does not tell now it tells when the decision is given to it.
        let Ok(case) = context.client.case(&number).await else {
            return Ok(());
        };
        let mut steps = case.steps.iter();
        let Some(step) = steps.find(|step| step.step == self.step && step.irreversible) else {
            return Ok(());
        };
        let values = [("step", step.step.as_str()), ("name", step.name.as_str())];
        let say = context.say;
        terminal.confirm(&match case.row.withdrawing {
            true => say.tf("ask-irreversible-withdrawing", &values),
            false => say.tf("ask-irreversible", &values),
        })
    }

    /// Gets the reasons, without which nothing is refused.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<DecideStep, CliError> {
        Ok(DecideStep {
            case: read::case(self.case)?,
            step: self.step,
            outcome: self.outcome,
            officer: read::officer(self.officer)?,
            text: match self.outcome {
                Outcome::Refused => self.words.reasons(source)?,
                _ => self.words.check(source)?,
            },
        })
    }
}
