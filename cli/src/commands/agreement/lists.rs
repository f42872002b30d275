//! `tongban agreement propose-batch`, `adopt-batch`, `nominate`, `stance`: how a list of items is made and added to.

use tongban_ledger::agreement::{Except, StanceKind};
use tongban_ledger::code::Code;
use tongban_ledger::command::lists::{AdoptBatch, Nominate, ProposeBatch, SayStance};

use super::Which;
use crate::error::CliError;
use crate::rule::Rule;
use crate::source::Source;
use crate::{files, personal, words};

/// Raw arguments of `propose-batch`.
#[derive(Debug, clap::Args)]
pub struct ProposeArgs {
    /// The batch, as TOML or JSON
    #[arg(value_name = "FILE|-")]
    pub batch_file: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl ProposeArgs {
    /// Reads the batch.
    ///
    /// # Errors
    /// The file cannot be read or is no batch.
    pub fn check(self, source: &mut dyn Source) -> Result<ProposeBatch, CliError> {
        let mut batch = files::batch(&self.batch_file, source)?;
        batch.agreement = self.which.agreement.or(batch.agreement);
        Ok(batch)
    }
}

/// Raw arguments of `adopt-batch`.
#[derive(Debug, clap::Args)]
pub struct AdoptArgs {
    /// The id of the batch or of its proposal
    #[arg(value_name = "BATCH")]
    pub batch: String,
    /// An item with which the city does not go along in a role, as I-17=owner; may be repeated
    #[arg(long, value_name = "ITEM=ROLE")]
    pub except: Vec<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl AdoptArgs {
    /// Reads the reservations.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<AdoptBatch, CliError> {
        Ok(AdoptBatch {
            except: reservations(&self.except)?,
            proposal: self.batch,
            agreement: self.which.agreement,
        })
    }
}

/// Reads reservations, each as I-17=owner.
///
/// # Errors
/// `E_ARGUMENT`.
pub fn reservations(texts: &[String]) -> Result<Vec<Except>, CliError> {
    let except = texts.iter().map(|text| {
        let bad = || CliError::rule(Code::Argument, "--except", Rule::Except, "");
        let (item, role) = text.split_once('=').ok_or_else(bad)?;
        let role = words::role(role).ok_or_else(bad)?;
        let item = item.trim().to_owned();
        match item.is_empty() {
            true => Err(bad()),
            false => Ok(Except { item, role }),
        }
    });
    except.collect()
}

/// Raw arguments of `nominate`.
#[derive(Debug, clap::Args)]
pub struct NominateArgs {
    /// The item's base code
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// The item's name
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// How often people ask for it in a year
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub cases_a_year: u32,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl NominateArgs {
    /// Takes the arguments over.
    pub fn check(self) -> Nominate {
        Nominate {
            item: self.item,
            name: self.name,
            cases_a_year: self.cases_a_year,
            agreement: self.which.agreement,
        }
    }
}

/// Raw arguments of `stance`.
#[derive(Debug, clap::Args)]
pub struct StanceArgs {
    /// The item's base code
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// For or against
    #[arg(long, value_name = "STANCE", value_parser = words::stance())]
    pub stance: StanceKind,
    /// Why; all members read it
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl StanceArgs {
    /// Checks that the reason holds nothing personal.
    ///
    /// # Errors
    /// Personal data on the command line.
    pub fn check(self) -> Result<SayStance, CliError> {
        let reason = self.reason.map(personal::guarded).transpose()?;
        Ok(SayStance {
            item: self.item,
            stance: self.stance,
            reason: reason.unwrap_or_default(),
            agreement: self.which.agreement,
        })
    }
}
