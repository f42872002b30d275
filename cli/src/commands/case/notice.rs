//! `tongban case notice` (一次性告知), `notice-served` (告知送达) and `submit-correction` (补正).

use tongban_ledger::case::Means;
use tongban_ledger::command::{Notice, NoticeServed, Submit};

use crate::error::CliError;
use crate::read::{self, Words};
use crate::source::Source;
use crate::{personal, words};

/// Raw arguments of `notice`.
#[derive(Debug, clap::Args)]
pub struct NoticeArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// A defect, as M2=missing (or wrong-form, unreadable, expired, inconsistent, original-wanted, paper-wanted); repeat for all of them
    #[arg(long = "defect", value_name = "REQUIREMENT=FAULT", required = true)]
    pub defects: Vec<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The guide version that backs the defects [default: the case's own]
    #[arg(long, value_name = "VERSION")]
    pub guide: Option<u32>,
    /// Why an original that the window saw is wanted again
    #[arg(long, value_name = "REASON")]
    pub recheck: Option<String>,
    /// The legal basis, where the applicant has to go to another place
    #[arg(long, value_name = "LAW")]
    pub visit: Option<String>,
    /// The legal basis, where paper is asked for instead of an electronic material
    #[arg(long, value_name = "LAW")]
    pub paper: Option<String>,
    /// Words for the applicant.
    #[command(flatten)]
    pub words: Words,
}

impl NoticeArgs {
    /// Checks the defects and gets the words.
    ///
    /// # Errors
    /// `E_ARGUMENT`, personal data on the command line, or an unreadable file.
    pub fn check(self, source: &mut dyn Source) -> Result<Notice, CliError> {
        let defects = self.defects.iter().map(|text| read::defect(text));
        Ok(Notice {
            case: read::case(self.case)?,
            defects: defects.collect::<Result<_, _>>()?,
            officer: read::officer(self.officer)?,
            guide: self.guide,
            recheck: self.recheck.map(personal::guarded).transpose()?,
            visit: self.visit.map(personal::guarded).transpose()?,
            paper: self.paper.map(personal::guarded).transpose()?,
            text: self.words.check(source)?,
        })
    }
}

/// Raw arguments of `notice-served`.
#[derive(Debug, clap::Args)]
pub struct ServedArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// How the applicant was reached
    #[arg(long, value_name = "MEANS", value_parser = words::means())]
    pub means: Means,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl ServedArgs {
    /// Checks the day.
    ///
    /// # Errors
    /// `E_DATE`.
    pub fn check(self) -> Result<NoticeServed, CliError> {
        Ok(NoticeServed {
            case: read::case(self.case)?,
            means: self.means,
            on: read::on(self.on.as_ref())?,
        })
    }
}

/// Raw arguments of `submit-correction`.
#[derive(Debug, clap::Args)]
pub struct SubmitArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What is handed in, as M1:2,M2 (requirement and pages)
    #[arg(long, value_name = "LIST")]
    pub materials: String,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

impl SubmitArgs {
    /// Checks materials and day.
    ///
    /// # Errors
    /// `E_ARGUMENT` or `E_DATE`.
    pub fn check(self) -> Result<Submit, CliError> {
        Ok(Submit {
            case: read::case(self.case)?,
            materials: read::materials(&self.materials)?,
            on: read::on(self.on.as_ref())?,
        })
    }
}
