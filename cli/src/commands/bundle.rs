//! `tongban bundle …`: writes and takes the files that stand for a connection between two cities.
//!
//! The node decides what a file holds and checks it whole; here files are only read and written.

use std::path::{Path, PathBuf};

use serde_json::json;
use tongban_client::{BUNDLE_BYTES_MAX, BundleExport, ClientError};
use tongban_ledger::answer::{BundleContents, BundleTaken};
use tongban_ledger::code::Code;

use super::agreement::write_file;
use super::{name_cities, time};
use crate::cities::Cities;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::read;
use crate::table::{fields, table};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Writes what a city has not confirmed yet to a file.
    Export {
        /// The city for which it is
        #[arg(long, value_name = "CITY")]
        to: String,
        /// Where to write it; later parts get a number at the end
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Writes the whole history, also what the city confirmed
        #[arg(long)]
        all: bool,
    },
    /// Takes a file that another city wrote.
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only says what the file holds
        #[arg(long)]
        dry_run: bool,
    },
}

/// Runs the command; a file of which something stays open ends it with exit code 3.
///
/// # Errors
/// The node refused, or a file cannot be used.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Export { to, output, all } => export(to, &output, all, context).await,
        Sub::Import { file, dry_run } => {
            let bytes = read_file(&file)?;
            let cities = context.cities().await;
            match dry_run {
                true => contents(bytes, &cities, context).await,
                false => import(bytes, &cities, context).await,
            }
        }
    }
}

async fn export(
    mut to: String,
    path: &Path,
    all: bool,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let say = context.say;
    name_cities(vec![("--to", &mut to)], context).await?;
    let to = read::division(&to, "--to")?;
    if context.cities().await.is_own(to) {
        return Err(CliError::refused(Code::Argument, "own city"));
    }
    let mut next = None;
    let (mut files, mut entries, mut text) = (Vec::new(), 0, String::new());
    loop {
        let wish = BundleExport {
            to,
            everything: all,
            next,
        };
        let written = context
            .client
            .export_bundle(&wish)
            .await
            .map_err(|error| context.explain(error))?;
        let bytes = written
            .octets()
            .ok_or_else(|| CliError::refused(Code::Internal, "bundle"))?;
        let file = part_of(path, written.part);
        write_file(&file, &bytes)?;
        let name = file.display().to_string();
        let line = say.tf(
            "bundle-written",
            &[
                ("file", &name),
                ("bytes", &bytes.len().to_string()),
                ("entries", &written.entries.to_string()),
            ],
        );
        // A long export shows where it is.
        match written.next {
            Some(_) => output::remark(&format!("{line}\n")),
            None => text.push_str(&format!("{line}\n")),
        }
        files.push(json!({ "file": name, "bytes": bytes.len(), "entries": written.entries }));
        entries += written.entries;
        next = written.next;
        if next.is_none() {
            break;
        }
    }
    if entries == 0 {
        text.push_str(&format!("{}\n", say.t("bundle-nothing-new")));
    }
    Ok(Shown::new(
        json!({ "files": files, "entries": entries }),
        text,
    ))
}

/// The name of a part: the given one, with `.2`, `.3` … after it.
fn part_of(path: &Path, part: u32) -> PathBuf {
    if part <= 1 {
        return path.to_owned();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{part}"));
    name.into()
}

async fn import(bytes: Vec<u8>, cities: &Cities, context: &Context<'_>) -> Result<Shown, CliError> {
    let taken = context
        .client
        .import_bundle(bytes)
        .await
        .map_err(|error| refused(error, context))?;
    let text = told(&taken, cities, context);
    let shown = Shown::new(&taken, text);
    Ok(match taken.open > 0 || taken.part_missing {
        true => shown.with_exit(Exit::Partial),
        false => shown,
    })
}

/// A file that is none, or was changed on its way, is told as that: the node's own records are sound.
fn refused(error: ClientError, context: &Context<'_>) -> CliError {
    match &error {
        ClientError::Refused(refusal) => match (refusal.code, refusal.about.as_str()) {
            (Code::Argument, "bundle") => CliError::own("E_NO_BUNDLE", ""),
            (Code::Damaged, _) => CliError::own("E_BUNDLE_CHANGED", ""),
            _ => context.explain(error),
        },
        _ => context.explain(error),
    }
}

fn told(taken: &BundleTaken, cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let mut text = fields(&[
        (say.t("label-from"), cities.show(taken.from)),
        (say.t("label-entries"), taken.entries.to_string()),
        (say.t("label-new"), taken.new.to_string()),
        (say.t("label-known"), taken.known.to_string()),
    ]);
    let mut line = |told: String| text.push_str(&format!("{told}\n"));
    if taken.open > 0 {
        let count = taken.open.to_string();
        line(say.tf("bundle-open", &[("count", &count)]));
    }
    if taken.part_missing {
        line(say.t("bundle-part-missing"));
    }
    if taken.again {
        let city = cities.name(taken.from);
        line(say.tf("bundle-again", &[("city", &city)]));
    }
    text
}

async fn contents(
    bytes: Vec<u8>,
    cities: &Cities,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let contents = context
        .client
        .bundle_contents(bytes)
        .await
        .map_err(|error| refused(error, context))?;
    let text = listed(&contents, cities, context);
    Ok(Shown::new(&contents, text))
}

fn listed(contents: &BundleContents, cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let mut text = fields(&[
        (say.t("label-from"), cities.show(contents.from)),
        (say.t("label-fingerprint"), contents.fingerprint.clone()),
        (say.t("label-written"), time(contents.written)),
        (say.t("label-part"), contents.part.to_string()),
        (say.t("label-entries"), contents.entries.to_string()),
        (say.t("label-new"), contents.new.to_string()),
        (say.t("label-receipts"), contents.receipts.to_string()),
    ]);
    if !contents.newest {
        text.push_str(&format!("{}\n", say.t("bundle-older")));
    }
    if contents.documents.is_empty() {
        return text;
    }
    let header = [
        say.t("label-document"),
        say.t("label-entries"),
        say.t("label-new"),
    ];
    let rows = contents.documents.iter().map(|row| {
        let name = row.reference.clone();
        let kind = say.find(&format!("kind-{}", row.kind), &[]);
        vec![
            name.unwrap_or_else(|| {
                let short: String = row.document.chars().take(12).collect();
                format!("{} {short}", kind.unwrap_or_else(|| row.kind.clone()))
            }),
            row.entries.to_string(),
            row.new.to_string(),
        ]
    });
    text.push_str(&table(&header, rows.collect(), &[1, 2]));
    text
}

fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::File {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > BUNDLE_BYTES_MAX as u64 {
        let name = path.display().to_string();
        return Err(CliError::refused(Code::TooLarge, name));
    }
    std::fs::read(path).map_err(failed)
}
