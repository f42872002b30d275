//! `tongban case check-cert`: whether a file is the certificate that the case names.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;
use sha2::{Digest, Sha256};
use tongban_ledger::answer::{CaseAnswer, EntryRow};
use tongban_ledger::code::Code;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;

/// How much of a file is read at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The certificate's file
    #[arg(value_name = "FILE")]
    pub file: String,
}

/// Runs the command.
///
/// # Errors
/// The file is not the one that any certificate of the case names, it cannot be read, or the node does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let case = read::case(args.case)?;
    let digest = digest(Path::new(&args.file)).map_err(|source| CliError::File {
        path: args.file.clone().into(),
        source,
    })?;
    let answer = context.client.case(&case).await;
    let answer = answer.map_err(|error| context.explain(error))?;
    let named = of_digest(&answer, &digest)?;
    let detail = |name: &str| named.details.get(name).cloned().unwrap_or_default();
    let (kind, number) = (detail("kind"), detail("number"));
    let text = context
        .say
        .tf("cert-file-same", &[("kind", &kind), ("number", &number)]);
    let json = json!({ "entry": named.entry, "kind": kind, "number": number, "sha256": digest });
    Ok(Shown::new(json, format!("{text}\n")))
}

/// The certificate of a case that names a file.
fn of_digest<'a>(case: &'a CaseAnswer, digest: &str) -> Result<&'a EntryRow, CliError> {
    let issued = |row: &&EntryRow| row.act == "issue-cert" && row.status == "applied";
    let named = |row: &&EntryRow| {
        row.details
            .get("sha256")
            .is_some_and(|named| named == digest)
    };
    let mut certs = case.entries.iter().filter(issued).peekable();
    if certs.peek().is_none() {
        return Err(CliError::refused(Code::NotFound, "issue-cert"));
    }
    let same = certs.find(named);
    same.ok_or_else(|| CliError::refused(Code::CertFile, case.row.number.clone()))
}

/// SHA-256 of a file, lower-case hex.
fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::case;

    /// a file is the certificate only if its SHA-256 is the one that the case names.
    #[test]
    fn a_certificate_whose_file_differs_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cert.ofd");
        std::fs::write(&path, "abc").expect("written");
        let right = digest(&path).expect("read");
        assert_eq!(
            right,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut case = case();
        let code = |case: &CaseAnswer, digest: &str| match of_digest(case, digest) {
            Ok(_) => "same".to_owned(),
            Err(error) => error.code().to_owned(),
        };
        case.entries.retain(|row| row.act != "issue-cert");
        assert_eq!(code(&case, &right), "E_NOT_FOUND");
        let mut cert = case.entries[0].clone();
        cert.act = "issue-cert".to_owned();
        cert.status = "applied".to_owned();
        cert.details = [("sha256".to_owned(), right.clone())].into();
        case.entries.push(cert);
        assert_eq!(code(&case, &right), "same");
        std::fs::write(&path, "abd").expect("written");
        let other = digest(&path).expect("read");
        assert_eq!(code(&case, &other), "E_CERT_FILE");
        // What does not stand names nothing.
        if let Some(last) = case.entries.last_mut() {
            last.status = "void".to_owned();
        }
        assert_eq!(code(&case, &right), "E_NOT_FOUND");
    }
}
