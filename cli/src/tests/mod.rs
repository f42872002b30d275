//! Tests of the whole command line: arguments to commands, the catalogue, help.

mod catalogue;
mod commands;

use tongban_ledger::command::Applicant;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::source::Source;

/// Gives a fixed text for every file and a fixed applicant at the prompt.
pub struct Given {
    text: String,
    asked: usize,
}

impl Given {
    /// Answers every file with the text.
    pub fn text(text: &str) -> Given {
        Given {
            text: text.to_owned(),
            asked: 0,
        }
    }
}

impl Source for Given {
    fn read(&mut self, _from: &str) -> Result<Zeroizing<String>, CliError> {
        Ok(Zeroizing::new(self.text.clone()))
    }

    fn applicant(&mut self) -> Result<Applicant, CliError> {
        self.asked += 1;
        Ok(applicant())
    }
}

/// A person of the test county.
pub fn applicant() -> Applicant {
    Applicant {
        name: "苏映雪".to_owned(),
        id_number: "350799199306220024".to_owned(),
        phone: String::new(),
        address: String::new(),
    }
}
