//! Writes bills, rounds and months to files for a finance office: XLSX, CSV or PDF.
//!
//! What stands in a file is decided by `tongban-export`; here are its words, the font of this machine, and the file
//! itself, which is never overwritten by accident.

pub mod settlement;
#[cfg(test)]
mod tests_nodes;

use std::io::Write;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tongban_export::{Book, BookError, Font, FontError, PdfError, XlsxError};
use tongban_ledger::code::Code;
use tongban_ledger::money::MoneyError;

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;

/// From how many rows on the layout of pages shows how far it is.
const ROWS_SHOWN: usize = 2_000;

/// Raw arguments of every export.
#[derive(Clone, Debug, clap::Args)]
pub struct FileArgs {
    /// The file's form [default: from the file's name]
    #[arg(long, value_name = "FORM", value_parser = ["xlsx", "csv", "pdf"])]
    pub format: Option<String>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Overwrites a file that is there
    #[arg(long)]
    pub force: bool,
    /// The font of a PDF [default: a Chinese one of this machine]
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Xlsx,
    Csv,
    Pdf,
}

impl Form {
    fn of(args: &FileArgs) -> Result<Form, CliError> {
        let extension = args.out.extension().and_then(|of| of.to_str());
        let named = args.format.as_deref().or(extension).unwrap_or_default();
        match named.to_ascii_lowercase().as_str() {
            "xlsx" => Ok(Form::Xlsx),
            "csv" => Ok(Form::Csv),
            "pdf" => Ok(Form::Pdf),
            _ => Err(CliError::own("E_EXPORT_FORM", named)),
        }
    }
}

/// Says the words of an export from the catalogue.
pub fn words(say: &Catalogue) -> impl Fn(&str) -> String {
    |id| match id.split_once('-') {
        Some((kind, name)) => say.term(kind, name),
        None => id.to_owned(),
    }
}

/// Tells a sum that is out of range.
pub fn money(error: MoneyError) -> CliError {
    CliError::refused(error.code(), "")
}

/// Writes a book, and shows the file with its hash; for a PDF also the font with its hash.
///
/// # Errors
/// `E_EXPORT_FORM`, `E_FILE_EXISTS`, `E_NO_FONT`, `E_FONT`, `E_EXPORT_SIZE` or `E_FILE`.
pub fn write(book: &Book, args: &FileArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let form = Form::of(args)?;
    // Before the work, so that nobody waits for nothing; the writing checks it again.
    if !args.force && args.out.exists() {
        return Err(exists(&args.out));
    }
    let say = context.say;
    let mut shown = json!({});
    let mut text = String::new();
    let bytes = match form {
        Form::Xlsx => tongban_export::to_xlsx(book).map_err(of_xlsx)?,
        Form::Csv => tongban_export::to_csv(book).map_err(|error| of_book(&error))?,
        Form::Pdf => {
            let font = font(args)?;
            let rows: usize = book.tables.iter().map(|table| table.rows.len()).sum();
            let bar = progress(rows, context);
            let pdf = tongban_export::to_pdf(book, &font, &mut |row| bar.set_position(row as u64));
            bar.finish_and_clear();
            let pdf = pdf.map_err(|error| of_pdf(error, &font))?;
            let file = font.path.display().to_string();
            let values = [("file", file.as_str()), ("hash", font.sha256.as_str())];
            text.push_str(&format!("{}\n", say.tf("export-font", &values)));
            shown["font"] = json!({ "file": file, "sha256": font.sha256 });
            shown["pages"] = json!(pdf.pages);
            if !pdf.missing.is_empty() {
                let lacking: String = pdf.missing.iter().collect();
                let line = say.tf("export-lacking", &[("characters", &lacking)]);
                text.push_str(&format!("{line}\n"));
                shown["lacking"] = json!(lacking);
            }
            pdf.bytes
        }
    };
    save(&args.out, &bytes, args.force)?;
    let file = args.out.display().to_string();
    let hash = sha256(&bytes);
    let size = bytes.len().to_string();
    let values = [
        ("file", file.as_str()),
        ("bytes", size.as_str()),
        ("hash", hash.as_str()),
    ];
    text.insert_str(0, &format!("{}\n", say.tf("export-written", &values)));
    shown["file"] = json!(file);
    shown["bytes"] = json!(bytes.len());
    shown["sha256"] = json!(hash);
    Ok(Shown::new(shown, text))
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts a whole file in its place, or none of it: a finance office must not find half a bill.
fn save(path: &Path, bytes: &[u8], force: bool) -> Result<(), CliError> {
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    if !force {
        let mut options = std::fs::OpenOptions::new();
        let mut file = match options.write(true).create_new(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(exists(path));
            }
            Err(error) => return Err(failed(error)),
        };
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            // It is this call's own file; what is left of it helps nobody.
            let _ = std::fs::remove_file(path);
        }
        return written.map_err(failed);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.map_err(failed)
}

fn exists(path: &Path) -> CliError {
    CliError::own("E_FILE_EXISTS", path.display().to_string())
}

/// The font that was asked for, or one of this machine.
fn font(args: &FileArgs) -> Result<Font, CliError> {
    let found = match &args.font {
        Some(path) => tongban_export::read(path),
        None => tongban_export::find(&tongban_export::folders()),
    };
    found.map_err(|error| match error {
        FontError::Missing(_) => CliError::own("E_NO_FONT", tongban_export::DEBIAN_PACKAGE),
        FontError::Read { path, source } => CliError::File { path, source },
        FontError::Form(path) => CliError::own("E_FONT", path.display().to_string()),
        FontError::Lacks { path, lacks } => {
            CliError::own("E_FONT", format!("{}: {lacks}", path.display()))
        }
    })
}

fn progress(rows: usize, context: &Context<'_>) -> ProgressBar {
    if rows < ROWS_SHOWN || context.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}");
    let bar = ProgressBar::new(rows as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn of_book(error: &BookError) -> CliError {
    match error {
        BookError::Rows { rows, most } => {
            CliError::own("E_EXPORT_SIZE", format!("{rows} > {most}"))
        }
        BookError::Text(count) => CliError::own("E_EXPORT_SIZE", count.to_string()),
        BookError::Width(_) => CliError::refused(Code::Internal, "export"),
    }
}

fn of_xlsx(error: XlsxError) -> CliError {
    match error {
        XlsxError::Book(error) => of_book(&error),
        XlsxError::Format(_) => CliError::refused(Code::Internal, "xlsx"),
    }
}

fn of_pdf(error: PdfError, font: &Font) -> CliError {
    match error {
        PdfError::Book(error) => of_book(&error),
        PdfError::Font | PdfError::Pages(_) => {
            CliError::own("E_FONT", font.path.display().to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::Lang;

    /// Every word of an export is in the catalogue, and none is there that no export says.
    #[test]
    fn every_word_of_an_export_is_there() {
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let said: BTreeSet<String> = tongban_export::WORDS
                .iter()
                .map(|id| {
                    let word = words(&say)(id);
                    let name = id.split_once('-').map_or(*id, |(_, name)| name);
                    assert!(!word.is_empty() && word != name, "{id}");
                    word
                })
                .collect();
            assert!(said.len() > 40);
        }
        let all = include_str!("../../locales/zh.ftl").lines();
        let own = ["written", "font", "lacking", "open", "absent", "round-open"];
        let own = own.map(|name| format!("export-{name}"));
        for id in all.filter_map(|line| line.split_once(" = ")) {
            let known = tongban_export::WORDS.contains(&id.0) || own.iter().any(|own| own == id.0);
            assert!(known || !id.0.starts_with("export-"), "{}", id.0);
        }
    }

    /// The names of sheets are what the format takes, in both languages.
    #[test]
    fn names_of_sheets_are_short_enough() {
        for lang in [Lang::Zh, Lang::En] {
            let say = Catalogue::new(lang);
            let word = words(&say);
            let sheets = [
                "summary",
                "lines",
                "bills",
                "nets",
                "signatures",
                "payments",
            ];
            let mut names: Vec<String> = sheets
                .iter()
                .map(|name| word(&format!("export-{name}")))
                .collect();
            for purpose in ["export-to-pay", "export-not-to-pay"] {
                for way in ["export-way-pairwise", "export-way-multilateral"] {
                    names.push(format!("{}-{}", word(purpose), word(way)));
                }
            }
            for name in names {
                assert!(name.chars().count() <= 31, "{name}");
                assert!(
                    !name.contains(['[', ']', ':', '*', '?', '/', '\\']),
                    "{name}"
                );
            }
        }
    }

    fn args(out: PathBuf, format: Option<&str>) -> FileArgs {
        FileArgs {
            format: format.map(str::to_owned),
            out,
            force: false,
            font: None,
        }
    }

    #[test]
    fn the_form_follows_from_the_option_or_the_name() {
        let check = |name: &str, format: Option<&str>, expected: Option<Form>| {
            let form = Form::of(&args(PathBuf::from(name), format));
            assert_eq!(form.ok(), expected, "{name} {format:?}");
        };
        check("a.xlsx", None, Some(Form::Xlsx));
        check("a.CSV", None, Some(Form::Csv));
        check("a.xlsx", Some("pdf"), Some(Form::Pdf));
        check("a", Some("csv"), Some(Form::Csv));
        check("a", None, None);
        check("a.doc", None, None);
    }

    #[test]
    fn a_file_is_overwritten_only_when_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        save(&path, b"one", false).expect("a new file");
        let error = save(&path, b"two", false).expect_err("it is there");
        assert_eq!(error.code(), "E_FILE_EXISTS");
        assert_eq!(std::fs::read(&path).expect("the file"), b"one");
        save(&path, b"two", true).expect("asked for");
        assert_eq!(std::fs::read(&path).expect("the file"), b"two");
        let left = std::fs::read_dir(folder.path())
            .expect("the folder")
            .count();
        assert_eq!(left, 1, "nothing is left beside it");
        let nowhere = folder.path().join("no/a.csv");
        assert_eq!(
            save(&nowhere, b"x", false).expect_err("no folder").code(),
            "E_FILE"
        );
    }
}
