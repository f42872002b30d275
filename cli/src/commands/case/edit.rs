//! `tongban case edit`: form fields, checklist and notes of the case file, as one change.

use serde::Deserialize;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Edit, FileEdit};

use crate::error::CliError;
use crate::rule::Rule;
use crate::source::Source;
use crate::{files, personal, read};

/// Raw arguments. Edits are applied in this order: fields, checklist, notes, those of the file.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Writes a form field, as name=value; no personal data (use --edits-file for those)
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Removes a form field
    #[arg(long, value_name = "NAME")]
    pub remove: Vec<String>,
    /// Ticks an item of the checklist
    #[arg(long, value_name = "ITEM")]
    pub check: Vec<String>,
    /// Unticks an item of the checklist
    #[arg(long, value_name = "ITEM")]
    pub uncheck: Vec<String>,
    /// Adds to the end of the notes; no personal data (use --note-file for those)
    #[arg(long, value_name = "TEXT")]
    pub note: Vec<String>,
    /// Adds the text of a file to the end of the notes, `-` for standard input
    #[arg(long, value_name = "FILE|-")]
    pub note_file: Option<String>,
    /// Edits as JSON or TOML: a list `edits`, each with `edit` and its arguments
    #[arg(long, value_name = "FILE|-")]
    pub edits_file: Option<String>,
}

/// The form of an edits file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditsFile {
    edits: Vec<FileEdit>,
}

impl Args {
    /// Checks the edits and gets those of files.
    ///
    /// # Errors
    /// No edit at all, personal data on the command line, or a file that cannot be used.
    pub fn check(self, source: &mut dyn Source) -> Result<Edit, CliError> {
        let mut edits = Vec::new();
        for text in &self.set {
            personal::refuse_in_text(text)?;
            let field = text.split_once('=').filter(|(name, _)| !name.is_empty());
            let (name, value) =
                field.ok_or_else(|| CliError::rule(Code::Argument, "--set", Rule::Field, ""))?;
            edits.push(FileEdit::SetField {
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
        edits.extend(
            self.remove
                .into_iter()
                .map(|name| FileEdit::RemoveField { name }),
        );
        for (items, done) in [(self.check, true), (self.uncheck, false)] {
            edits.extend(items.into_iter().map(|item| FileEdit::Check { item, done }));
        }
        for text in self.note {
            personal::refuse_in_text(&text)?;
            edits.push(FileEdit::AppendNote { text });
        }
        if let Some(file) = &self.note_file {
            let text = source.read(file)?.as_str().to_owned();
            edits.push(FileEdit::AppendNote { text });
        }
        if let Some(file) = &self.edits_file {
            edits.extend(files::data::<EditsFile>(file, source)?.edits);
        }
        if edits.is_empty() {
            return Err(CliError::rule(Code::Argument, "--set", Rule::NoEdit, ""));
        }
        Ok(Edit {
            case: read::case(self.case)?,
            edits,
        })
    }
}
