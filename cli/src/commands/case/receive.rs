//! `tongban case receive` (收件). The applicant comes by prompt, file or standard input, never as an argument.

use tongban_ledger::agreement::Mode;
use tongban_ledger::answer::StatusAnswer;
use tongban_ledger::code::Code;
use tongban_ledger::command::Receive;

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::agreement::Which;
use crate::context::Context;
use crate::error::CliError;
use crate::files;
use crate::guides::Guides;
use crate::read;
use crate::source::Source;
use crate::words;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The item's base code
    #[arg(long, value_name = "ITEM")]
    pub item: String,
    /// The city that holds the power
    #[arg(long, value_name = "CITY")]
    pub owner: String,
    /// What is handed in, as M1:2,M2 (requirement and pages)
    #[arg(long, value_name = "LIST")]
    pub materials: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
    /// The applicant as JSON or TOML: name, id_number, phone, address; asked for if absent
    #[arg(long, value_name = "FILE|-")]
    pub applicant_file: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// How the case is handled; in modes A and D the owner is the city itself
    #[arg(long, value_name = "MODE", default_value = "B", value_parser = words::mode())]
    pub mode: Mode,
    /// The city whose window helped to apply online (mode A)
    #[arg(long, value_name = "CITY")]
    pub assisted_by: Option<String>,
    /// The co-handling city (mode C), where the lead has more than one
    #[arg(long, value_name = "CITY")]
    pub partner: Option<String>,
    /// The window's id in the city's roster [default: the officer's own]
    #[arg(long, value_name = "ID")]
    pub window: Option<String>,
    /// The consult in which the owner was asked about these papers
    #[arg(long, value_name = "CONSULT")]
    pub consult: Option<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl Args {
    /// Gives the arguments that name a city.
    pub fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        let owner = [("--owner", &mut self.owner)].into_iter();
        let helper = self.assisted_by.iter_mut();
        owner
            .chain(helper.map(|city| ("--assisted-by", city)))
            .chain(self.partner.iter_mut().map(|city| ("--partner", city)))
            .collect()
    }

    /// Checks what can be checked with the agreement at hand, before personal data are asked for. What the rules
    /// make of it is still the node's to say.
    ///
    /// # Errors
    /// There is no agreement, the item is not live for the owner, or its guide lacks a material.
    pub async fn foresee(&self, context: &Context<'_>) -> Result<(), CliError> {
        let explain = |error| context.explain(error);
        let status = context.client.status().await.map_err(explain)?;
        self.foreseen(&status, context.say)
    }

    fn foreseen(&self, status: &StatusAnswer, say: &Catalogue) -> Result<(), CliError> {
        let in_force: Vec<_> = status.agreements.iter().filter(|a| a.effective).collect();
        if in_force.is_empty() {
            return Err(CliError::refused(Code::Agreement, ""));
        }
        let owner = Cities::of(status).find(&self.owner, "--owner", say)?;
        let materials = read::materials(&self.materials)?;
        read::officer(self.officer.clone())?;
        read::on(self.on.as_ref())?;
        let known = in_force.iter().flat_map(|a| &a.terms.items);
        if !known.clone().any(|item| item.code == self.item) {
            let codes: Vec<&str> = known.map(|item| item.code.as_str()).collect();
            let about = format!("{} ∉ {}", self.item, codes.join(&say.t("list-comma")));
            return Err(CliError::refused(Code::ItemUnknown, about));
        }
        let own = status.city.division;
        // What a city decides itself needs no other city's consent.
        let itself = matches!(self.mode, Mode::A | Mode::D);
        let live = in_force.iter().flat_map(|a| &a.terms.live).any(|live| {
            (&live.item, live.receiver, live.owner) == (&self.item, own, owner) && !live.suspended
        });
        if !live && !itself {
            return Err(CliError::refused(Code::ItemNotActive, self.item.clone()));
        }
        let guide = Guides::of(status).of_pair(&self.item, Some(own), owner);
        let outside = materials.iter().find(|m| guide.lacks(&m.requirement));
        match outside {
            Some(material) => {
                let about = format!(
                    "{}{}{}",
                    material.requirement,
                    say.t("list-semicolon"),
                    guide.guide(say).unwrap_or_default()
                );
                Err(CliError::refused(Code::NotInGuide, about))
            }
            None => Ok(()),
        }
    }

    /// Checks the arguments and gets the applicant.
    ///
    /// # Errors
    /// A mistake in an argument, or no applicant.
    pub fn check(self, source: &mut dyn Source) -> Result<Receive, CliError> {
        let owner = read::division(&self.owner, "--owner")?;
        let materials = read::materials(&self.materials)?;
        let officer = read::officer(self.officer)?;
        let on = read::on(self.on.as_ref())?;
        let assisted_by = self
            .assisted_by
            .map(|city| read::division(&city, "--assisted-by"))
            .transpose()?;
        let partner = self
            .partner
            .map(|city| read::division(&city, "--partner"))
            .transpose()?;
        // The applicant comes last, so that nobody types one for a command that fails anyway.
        let applicant = match &self.applicant_file {
            Some(file) => files::applicant(file, source)?,
            None => source.applicant()?,
        };
        Ok(Receive {
            item: self.item,
            owner,
            applicant,
            materials,
            officer,
            on,
            mode: self.mode,
            assisted_by,
            partner,
            window: self.window,
            consult: self.consult,
            agreement: self.which.agreement,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::status;

    #[test]
    fn mistakes_are_found_before_anybody_is_asked_for_an_applicant() {
        let say = Catalogue::new(Lang::Zh);
        let args = |item: &str, owner: &str, materials: &str| Args {
            item: item.to_owned(),
            owner: owner.to_owned(),
            materials: materials.to_owned(),
            officer: "QZ-0117".to_owned(),
            applicant_file: None,
            on: None,
            mode: Mode::B,
            assisted_by: None,
            partner: None,
            window: None,
            consult: None,
            which: Which::default(),
        };
        let check = |args: Args, code: Option<&str>| {
            let found = args.foreseen(&status(), &say);
            assert_eq!(found.err().map(|error| error.code()), code, "{args:?}");
        };
        check(args("I-04", "南平", "M1:1,M2:2"), None);
        check(args("I-04", "350700", "M1:1,M9:2"), Some("E_NOT_IN_GUIDE"));
        check(args("I-05", "350700", "M1:1"), Some("E_ITEM_UNKNOWN"));
        check(args("I-04", "330800", "M1:1"), Some("E_ITEM_NOT_ACTIVE"));
        check(args("I-04", "福州", "M1:1"), Some("E_ARGUMENT"));
        let mut none = status();
        none.agreements.clear();
        let error = args("I-04", "南平", "M1:1").foreseen(&none, &say);
        assert_eq!(error.expect_err("none").code(), "E_AGREEMENT");
    }
}
