//! Grants of powers and suspensions of items.

use tongban_ledger::agreement::Power;
use tongban_ledger::command::{GrantRef, ItemRef, OfferGrant};

use crate::error::CliError;
use crate::{read, words};

/// The agreement that a command means.
#[derive(Debug, Default, clap::Args)]
pub struct Which {
    /// The agreement by the beginning of its id [default: the only one, or the only one in force]
    #[arg(long, value_name = "AGREEMENT")]
    pub agreement: Option<String>,
}

/// Raw arguments of `grant`.
#[derive(Debug, clap::Args)]
pub struct Offer {
    /// The city that receives the powers
    #[arg(long, value_name = "CITY")]
    pub to: String,
    /// The powers
    #[arg(long, value_name = "POWER", value_delimiter = ',', required = true, value_parser = words::power())]
    pub powers: Vec<Power>,
    /// Base codes of the items [default: every item]
    #[arg(long, value_name = "ITEM", value_delimiter = ',')]
    pub items: Vec<String>,
    /// The first day [default: as soon as it is taken]
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day [default: until it is withdrawn]
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl Offer {
    /// Checks the city and the days.
    ///
    /// # Errors
    /// `E_ARGUMENT` or `E_DATE`.
    pub fn check(self) -> Result<OfferGrant, CliError> {
        let day = |text: Option<String>, option| {
            let day = text.map(|text| read::day(&text, option));
            day.transpose()
        };
        Ok(OfferGrant {
            to: read::division(&self.to, "--to")?,
            items: self.items,
            powers: self.powers,
            from: day(self.from, "--from")?,
            until: day(self.until, "--until")?,
            agreement: self.which.agreement,
        })
    }
}

/// Raw arguments of `take-grant`.
#[derive(Debug, clap::Args)]
pub struct Offered {
    /// The id that the granting city's `agreement grant` printed, or a unique beginning
    #[arg(value_name = "GRANT")]
    pub offered_grant: String,
}

impl Offered {
    /// Takes the reference over; the node resolves it.
    pub fn check(self) -> GrantRef {
        GrantRef {
            grant: self.offered_grant,
            // The id of a grant says which agreement it stands in.
            agreement: None,
        }
    }
}

/// Raw arguments of `withdraw-grant`.
#[derive(Debug, clap::Args)]
pub struct GrantId {
    /// The grant's entry id or a unique beginning; `founding` for those of the terms
    #[arg(value_name = "GRANT")]
    pub grant: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl GrantId {
    /// Takes the reference over; the node resolves it.
    pub fn check(self) -> GrantRef {
        GrantRef {
            grant: self.grant,
            agreement: self.which.agreement,
        }
    }
}

/// Raw arguments of `suspend` and `resume`.
#[derive(Debug, clap::Args)]
pub struct ItemCode {
    /// The item's base code
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl ItemCode {
    /// Takes the code over; the node knows the catalogue.
    pub fn check(self) -> ItemRef {
        ItemRef {
            item: self.item,
            agreement: self.which.agreement,
        }
    }
}
