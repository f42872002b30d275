//! `tongban agreement found`: an agreement from terms and the other cities' invitations.

use std::path::PathBuf;

use tongban_ledger::command::{Command, FoundAgreement};
use tongban_sync::founding::read_invitation;

use super::accept;
use super::invite::write_file;
use crate::catalogue::Catalogue;
use crate::commands::give;
use crate::context::Context;
use crate::error::CliError;
use crate::files;
use crate::output::Shown;
use crate::rule::Rule;
use crate::source::Source;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The terms, as TOML or JSON
    #[arg(long, value_name = "FILE|-")]
    pub terms: String,
    /// Another founder's invitation; may be repeated
    #[arg(long = "invitation", value_name = "FILE", required = true, num_args = 1..)]
    pub invitations: Vec<String>,
    /// Where to write the founding file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Founds it although this node has an agreement of the same code
    #[arg(long)]
    pub again: bool,
}

impl Args {
    /// Reads the terms and the invitations.
    ///
    /// # Errors
    /// A file cannot be read or is no terms.
    pub fn check(self, source: &mut dyn Source) -> Result<FoundAgreement, CliError> {
        let terms = files::terms(&self.terms, source)?;
        let mut invitations = Vec::new();
        for file in &self.invitations {
            invitations.push(source.read(file)?.as_str().to_owned());
        }
        Ok(FoundAgreement {
            terms,
            invitations,
            again: self.again,
        })
    }
}

/// Runs the command.
///
/// # Errors
/// A file cannot be used, or the node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let (output, terms) = (args.output.clone(), args.terms.clone());
    let files = args.invitations.clone();
    let found = args.check(&mut context.terminal())?;
    for (file, text) in files.iter().zip(&found.invitations) {
        if let Err(error) = read_invitation(text) {
            let about = format!("{file}, {error}");
            return Err(CliError::rule(error.code(), about, Rule::Invitation, ""));
        }
    }
    let given = give(&Command::AgreementFound(found), context).await;
    let (mut shown, done) = given.map_err(|error| placed(error, &terms, context.say))?;
    let founding = done.founding.unwrap_or_default();
    match output {
        None => shown.text = founding,
        Some(path) => {
            write_file(&path, founding.as_bytes())?;
            let file = path.display().to_string();
            let next = context.say.tf("found-next", &[("file", &file)]);
            shown
                .text
                .push_str(&accept::preview(&founding, context).await?.0);
            shown.text.push_str(&format!("{next}\n"));
        }
    }
    Ok(shown)
}

/// Adds file and line to a refusal that names a part of the terms, as `live I-04`.
fn placed(error: CliError, file: &str, say: &Catalogue) -> CliError {
    let CliError::Explained {
        refusal,
        about,
        hint,
    } = error
    else {
        return error;
    };
    let about = match refusal.about.split_once(' ') {
        Some((part, item)) if !item.is_empty() && PARTS.contains(&part) => {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let code = item.split(' ').next().unwrap_or(item);
            let line =
                line_of(&text, part, code).map_or_else(String::new, |line| format!(":{line}"));
            let part = say.term("terms", part);
            format!("{part} {item}, {file}{line}")
        }
        _ => about,
    };
    CliError::Explained {
        refusal,
        about,
        hint,
    }
}

/// The parts of terms that a refusal may name.
const PARTS: [&str; 4] = ["items", "guides", "live", "grants"];

/// The line of a TOML file on which a part first names an item; none in a file of another form.
fn line_of(text: &str, part: &str, item: &str) -> Option<usize> {
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') && !line.starts_with("[\"") {
            inside = line.starts_with(&format!("[[{part}]]"));
        } else if inside && line.contains(&format!("\"{item}\"")) {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_item_in_its_part_is_found() {
        let text =
            "[[items]]\ncode = \"I-04\"\n\n[[live]]\nitem = \"I-04\"\n[[live]]\nitem = \"I-99\"\n";
        assert_eq!(line_of(text, "live", "I-99"), Some(7));
        assert_eq!(line_of(text, "live", "I-04"), Some(5));
        assert_eq!(line_of(text, "items", "I-04"), Some(2));
        assert_eq!(line_of(text, "guides", "I-04"), None);
    }
}
