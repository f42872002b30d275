//! Where words and data come from that are no plain arguments: files, standard input, prompts. Tests put their
//! own source in place of the terminal.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use inquire::validator::{ErrorMessage, Validation};
use inquire::{Confirm, InquireError, Password, Text};
use tongban_ledger::code::Code;
use tongban_ledger::command::Applicant;
use zeroize::Zeroizing;

use crate::catalogue::Catalogue;
use crate::error::CliError;
use crate::rule::Rule;
use crate::{normal, read};

/// The most bytes that are read from a file or standard input: 1 MiB.
pub const INPUT_BYTES_MAX: u64 = 1024 * 1024;

/// The fewest characters of a passphrase.
pub const PASSPHRASE_CHARS_MIN: usize = 8;

/// Gives what arguments refer to.
pub trait Source {
    /// Reads a text file, or standard input for `-`.
    ///
    /// # Errors
    /// [`CliError::File`], or `E_TOO_LARGE` above [`INPUT_BYTES_MAX`].
    fn read(&mut self, from: &str) -> Result<Zeroizing<String>, CliError>;

    /// Asks for the person who applies.
    ///
    /// # Errors
    /// Nobody may be asked, or the prompt was left.
    fn applicant(&mut self) -> Result<Applicant, CliError>;
}

/// The terminal and the file system.
pub struct Terminal<'a> {
    say: &'a Catalogue,
    no_input: bool,
}

impl<'a> Terminal<'a> {
    /// Takes prompts from the catalogue; with `no_input` every question is an error.
    pub fn new(say: &'a Catalogue, no_input: bool) -> Terminal<'a> {
        Terminal { say, no_input }
    }

    /// Asks for a line; `option` is named where nobody may be asked.
    ///
    /// # Errors
    /// Nobody may be asked, or the prompt was left.
    pub fn line(
        &self,
        message: &str,
        default: Option<&str>,
        option: &'static str,
    ) -> Result<String, CliError> {
        self.may_ask(option)?;
        let mut prompt = Text::new(message);
        if let Some(default) = default {
            prompt = prompt.with_default(default);
        }
        prompt.prompt().map_err(prompted)
    }

    /// Asks for a line until it fits the rule that is checked; full-width characters become ASCII.
    ///
    /// # Errors
    /// Nobody may be asked, or the prompt was left.
    pub fn checked_line(
        &self,
        message: &str,
        default: Option<&str>,
        option: &'static str,
        check: fn(&str) -> Result<(), Rule>,
    ) -> Result<String, CliError> {
        self.may_ask(option)?;
        // The validator outlives this call, and a language is all that it needs.
        let lang = self.say.lang();
        let mut prompt = Text::new(message).with_validator(move |text: &str| {
            let told = |rule: Rule| rule.say("", &Catalogue::new(lang));
            Ok(match check(normal::narrow(text).trim()) {
                Ok(()) => Validation::Valid,
                Err(rule) => Validation::Invalid(ErrorMessage::Custom(told(rule))),
            })
        });
        if let Some(default) = default {
            prompt = prompt.with_default(default);
        }
        let text = prompt.prompt().map_err(prompted)?;
        Ok(normal::narrow(&text).trim().to_owned())
    }

    /// Asks for a new passphrase of at least [`PASSPHRASE_CHARS_MIN`] characters twice, without showing it.
    ///
    /// # Errors
    /// Nobody may be asked, or the prompt was left.
    pub fn new_passphrase(&self) -> Result<Zeroizing<String>, CliError> {
        self.may_ask("--passphrase-file")?;
        let lang = self.say.lang();
        Password::new(&self.say.t("ask-passphrase"))
            .with_custom_confirmation_message(&self.say.t("ask-passphrase-again"))
            .with_custom_confirmation_error_message(&self.say.t("ask-passphrase-differs"))
            .with_validator(move |text: &str| {
                let short = || Rule::PassphraseShort.say("", &Catalogue::new(lang));
                Ok(match text.chars().count() < PASSPHRASE_CHARS_MIN {
                    true => Validation::Invalid(ErrorMessage::Custom(short())),
                    false => Validation::Valid,
                })
            })
            .prompt()
            .map(Zeroizing::new)
            .map_err(prompted)
    }

    /// Asks for a yes.
    ///
    /// # Errors
    /// Nobody may be asked, the prompt was left, or the answer was no.
    pub fn confirm(&self, message: &str) -> Result<(), CliError> {
        self.may_ask("--yes")?;
        match Confirm::new(message).with_default(false).prompt() {
            Ok(true) => Ok(()),
            Ok(false) => Err(CliError::NotConfirmed),
            Err(error) => Err(prompted(error)),
        }
    }

    pub fn may_ask(&self, option: &'static str) -> Result<(), CliError> {
        match self.no_input || !io::stdin().is_terminal() {
            true => Err(CliError::NoInput { option }),
            false => Ok(()),
        }
    }
}

impl Source for Terminal<'_> {
    fn read(&mut self, from: &str) -> Result<Zeroizing<String>, CliError> {
        let failed = |source| CliError::File {
            path: PathBuf::from(from),
            source,
        };
        match from {
            "-" => read_limited(io::stdin().lock()).map_err(failed)?,
            path => {
                let file = File::open(Path::new(path)).map_err(failed)?;
                read_limited(file).map_err(failed)?
            }
        }
        .ok_or_else(|| CliError::refused(Code::TooLarge, from))
    }

    fn applicant(&mut self) -> Result<Applicant, CliError> {
        let ask = |message: &str| self.line(message, None, "--applicant-file");
        let checked = |message: &str, check: fn(&str) -> Result<(), Rule>| {
            self.checked_line(message, None, "--applicant-file", check)
        };
        let name = checked(&self.say.t("ask-name"), |text| match text.is_empty() {
            true => Err(Rule::ApplicantName),
            false => Ok(()),
        })?;
        Ok(Applicant {
            name,
            id_number: checked(&self.say.t("ask-id-number"), read::identity_number)?,
            phone: ask(&self.say.t("ask-phone"))?,
            address: ask(&self.say.t("ask-address"))?,
        })
    }
}

/// Reads all of it; nothing when it is longer than the limit.
fn read_limited(from: impl Read) -> io::Result<Option<Zeroizing<String>>> {
    let mut text = Zeroizing::new(String::new());
    let read = from.take(INPUT_BYTES_MAX + 1).read_to_string(&mut text)?;
    Ok((read as u64 <= INPUT_BYTES_MAX).then_some(text))
}

fn prompted(error: InquireError) -> CliError {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => CliError::Left,
        InquireError::NotTTY => CliError::NoInput {
            option: "--no-input",
        },
        source => CliError::Prompt { source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    #[test]
    fn nobody_is_asked_under_no_input() {
        let say = Catalogue::new(Lang::En);
        let mut terminal = Terminal::new(&say, true);
        let error = terminal.applicant().expect_err("no input");
        assert_eq!(
            (error.code(), error.about()),
            ("E_NO_INPUT", "--applicant-file".to_owned())
        );
        let error = terminal.confirm("sure?").expect_err("no input");
        assert_eq!(error.about(), "--yes");
    }

    #[test]
    fn files_are_read_up_to_the_limit() {
        let dir = tempfile::tempdir().expect("a directory");
        let say = Catalogue::new(Lang::En);
        let mut terminal = Terminal::new(&say, true);
        let path = dir.path().join("text");
        let name = path.display().to_string();
        std::fs::write(&path, "缺 M1").expect("written");
        assert_eq!(terminal.read(&name).expect("read").as_str(), "缺 M1");
        let limit = usize::try_from(INPUT_BYTES_MAX).expect("fits");
        std::fs::write(&path, vec![b'x'; limit + 1]).expect("written");
        assert_eq!(
            terminal.read(&name).expect_err("long").code(),
            "E_TOO_LARGE"
        );
        let none = dir.path().join("none").display().to_string();
        assert_eq!(terminal.read(&none).expect_err("absent").code(), "E_FILE");
    }
}
