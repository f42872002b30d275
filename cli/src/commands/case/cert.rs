//! `tongban case issue-cert` (出证). What identifies the certificate comes from a file, never as an argument.

use serde::Deserialize;
use tongban_ledger::command::beside::IssueCert;

use crate::error::CliError;
use crate::source::Source;
use crate::{files, personal, read};

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// The type of certificate
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// It is electronic
    #[arg(long)]
    pub electronic: bool,
    /// The certificate as JSON or TOML: number, issuer; for an electronic one sha256 and seal
    #[arg(long, value_name = "FILE|-")]
    pub cert_file: String,
    /// The officer's staff number
    #[arg(long, value_name = "STAFF-NO")]
    pub officer: String,
}

/// The form of a certificate's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertFile {
    number: String,
    issuer: String,
    #[serde(default)]
    sha256: String,
    #[serde(default)]
    seal: String,
}

impl Args {
    /// Reads the certificate's data.
    ///
    /// # Errors
    /// `E_ARGUMENT`, or a file that cannot be used.
    pub fn check(self, source: &mut dyn Source) -> Result<IssueCert, CliError> {
        let case = read::case(self.case)?;
        let officer = read::officer(self.officer)?;
        let kind = personal::guarded(self.kind)?;
        let cert: CertFile = files::data(&self.cert_file, source)?;
        Ok(IssueCert {
            case,
            kind,
            electronic: self.electronic,
            number: cert.number,
            issuer: cert.issuer,
            sha256: cert.sha256,
            seal: cert.seal,
            officer,
        })
    }
}
