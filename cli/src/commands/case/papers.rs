//! Hand-over lists (材料交接单): `tongban case send-papers`, `take-papers`, `mend-papers`, `agree-papers`.

use tongban_ledger::case::Paper;
use tongban_ledger::code::Code;
use tongban_ledger::command::beside::{CountPapers, SendPapers};

use crate::error::CliError;
use crate::read;
use crate::rule::Rule;

/// Raw arguments of `send-papers`.
#[derive(Debug, clap::Args)]
pub struct SendArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The city that gets them [default: the applicant]
    #[arg(long, value_name = "CITY")]
    pub to: Option<String>,
    /// The tracking number, where they travel by post
    #[arg(long, value_name = "NUMBER")]
    pub tracking: Option<String>,
    /// The list, as M1:18,M2:2:3,M3:1=original (requirement, pages, copies)
    #[arg(long, value_name = "LIST")]
    pub papers: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

impl SendArgs {
    /// Checks recipient, tracking number and list.
    ///
    /// # Errors
    /// `E_ARGUMENT` or `E_TRACKING_NUMBER`.
    pub fn check(self) -> Result<SendPapers, CliError> {
        let tracking = self.tracking.map(|number| read::tracking(&number));
        let tracking = tracking.transpose()?;
        Ok(SendPapers {
            case: read::case(self.case)?,
            to: self.to.map(|to| read::division(&to, "--to")).transpose()?,
            tracking: tracking.map(|number| number.as_str().to_owned()),
            papers: list(&self.papers)?,
            officer: read::officer(self.officer)?,
        })
    }
}

/// Raw arguments of `take-papers` and `mend-papers`.
#[derive(Debug, clap::Args)]
pub struct CountArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// What was found, as M1:18,M2:2:3,M3:1=original (requirement, pages, copies) [default: as listed]
    #[arg(long, value_name = "LIST")]
    pub papers: Option<String>,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The list by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
}

impl CountArgs {
    /// Checks the list.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<CountPapers, CliError> {
        Ok(CountPapers {
            case: read::case(self.case)?,
            papers: self.papers.map(|papers| list(&papers)).transpose()?,
            officer: read::officer(self.officer)?,
            of: self.of,
        })
    }
}

/// Raw arguments of `agree-papers`.
#[derive(Debug, clap::Args)]
pub struct AgreeArgs {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The mended list by the beginning of its id [default: the only one that fits]
    #[arg(long, value_name = "ENTRY")]
    pub of: Option<String>,
}

impl AgreeArgs {
    /// Checks the case number and the staff number.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<CountPapers, CliError> {
        Ok(CountPapers {
            case: read::case(self.case)?,
            papers: None,
            officer: read::officer(self.officer)?,
            of: self.of,
        })
    }
}

/// Reads a hand-over list: `M1:18` is one copy of 18 pages, `M1:18:2` two copies, `M1:18=original` an original
/// (also `=原件`, or `!` at the end).
fn list(text: &str) -> Result<Vec<Paper>, CliError> {
    let refused = |rule, given: &str| CliError::rule(Code::Argument, "--papers", rule, given);
    let mut papers: Vec<Paper> = Vec::new();
    for piece in text.split(',') {
        let paper = paper(piece.trim()).ok_or_else(|| refused(Rule::Papers, ""))?;
        let same = |other: &Paper| {
            (&other.requirement, other.original) == (&paper.requirement, paper.original)
        };
        if papers.iter().any(same) {
            return Err(refused(Rule::PaperTwice, &paper.requirement));
        }
        papers.push(paper);
    }
    Ok(papers)
}

fn paper(piece: &str) -> Option<Paper> {
    let (counts, original) = match piece.split_once('=') {
        Some((counts, "original" | "原件")) => (counts, true),
        Some(_) => return None,
        None => match piece.strip_suffix('!') {
            Some(counts) => (counts, true),
            None => (piece, false),
        },
    };
    let (requirement, counts) = counts.split_once(':').unwrap_or((counts, "1"));
    let (pages, copies) = counts.split_once(':').unwrap_or((counts, "1"));
    let count = |text: &str| text.trim().parse().ok().filter(|count| *count > 0);
    let requirement = requirement.trim();
    (!requirement.is_empty()).then_some(Paper {
        requirement: requirement.to_owned(),
        copies: count(copies)?,
        pages: count(pages)?,
        original,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_pages_copies_and_originals() {
        let check = |text: &str, expected: &[(&str, u16, u16, bool)]| {
            let read = list(text).expect(text);
            let found: Vec<_> = read
                .iter()
                .map(|p| (p.requirement.as_str(), p.copies, p.pages, p.original))
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check("M1:18", &[("M1", 1, 18, false)]);
        check("M1", &[("M1", 1, 1, false)]);
        check(
            "M1:18:2, M2=原件",
            &[("M1", 2, 18, false), ("M2", 1, 1, true)],
        );
        for original in ["M1:18=original", "M1:18=原件", "M1:18!"] {
            check(original, &[("M1", 1, 18, true)]);
        }
        check("M1:1,M1:1!", &[("M1", 1, 1, false), ("M1", 1, 1, true)]);
    }

    #[test]
    fn a_list_that_is_none_is_refused() {
        for bad in [
            "",
            "M1:",
            "M1:x",
            ":2",
            "M1:0",
            "M1:1:0",
            "M1,,M2",
            "M1=copy",
            "M1:1:1:1",
            "M1:1,M1:2",
            "M1:1!,M1:2=原件",
        ] {
            let error = list(bad).expect_err(bad);
            assert_eq!(
                (error.code(), error.about()),
                ("E_ARGUMENT", "--papers".to_owned()),
                "{bad}"
            );
        }
    }
}
