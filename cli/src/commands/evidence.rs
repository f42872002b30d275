//! `tongban evidence …`: exports the evidence of a hand-over, and checks such a file with no node, database or
//! network.

use std::path::{Path, PathBuf};

use serde_json::json;
use tongban_client::ClientError;
use tongban_identity::Fingerprint;
use tongban_ledger::code::Code;
use tongban_sync::forks;

use super::agreement::write_file;
use super::{short, time};
use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;
use crate::evidence::{self, ForkProof, Party, Proof};
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::read;
use crate::rule::Rule;
use crate::table::{fields, table};

/// The most bytes of a file that are read: more than any evidence file may have.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Writes the evidence of a case's hand-over to a file.
    Export {
        /// The case
        #[arg(value_name = "CASE")]
        case: String,
        /// Where to write it
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Writes the proof that a device signed two entries in one place.
    Fork {
        /// The document
        #[arg(value_name = "DOCUMENT")]
        document: String,
        /// Where to write it
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Checks an evidence file.
    Verify {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A fingerprint that is known to be genuine; may be repeated
        #[arg(long = "trust", value_name = "FINGERPRINT", num_args = 1..)]
        trust: Vec<String>,
    },
}

/// Runs the command; evidence whose keys are not pinned ends it with exit code 3.
///
/// # Errors
/// The node refused, a file cannot be used, or the evidence does not hold.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Export { case, output } => {
            let case = read::case(case)?;
            written(context.client.evidence(&case).await, &output, context)
        }
        Sub::Fork { document, output } => {
            written(context.client.fork(&document).await, &output, context)
        }
        Sub::Verify { file, trust } => verify(file, &trust, context.say),
    }
}

fn written(
    answer: Result<Vec<u8>, ClientError>,
    path: &Path,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let bytes = answer.map_err(|error| context.explain(error))?;
    write_file(path, &bytes)?;
    let file = path.display().to_string();
    let size = bytes.len().to_string();
    let line = context
        .say
        .tf("evidence-written", &[("file", &file), ("bytes", &size)]);
    let json = json!({ "file": file, "bytes": bytes.len() });
    Ok(Shown::new(json, format!("{line}\n")))
}

fn verify(file: PathBuf, trust: &[String], say: &Catalogue) -> Result<Shown, CliError> {
    let trusted: Vec<Fingerprint> = trust
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|_| CliError::rule(Code::Argument, "--trust", Rule::Fingerprint, ""))
        })
        .collect::<Result<_, _>>()?;
    let bytes = read_file(&file)?;
    if bytes.starts_with(forks::MAGIC) {
        let proof = evidence::check_fork(&bytes, &trusted, &file)?;
        let strange = strange(&trusted, &[&proof.city]);
        return Ok(with_strange(show_fork(&proof, say), &strange, say));
    }
    let proof = evidence::check(&bytes, &trusted, &file)?;
    let founders: Vec<&String> = proof
        .founders
        .iter()
        .map(|city| &city.fingerprint)
        .collect();
    let strange = strange(&trusted, &founders);
    Ok(with_strange(show(&proof, say), &strange, say))
}

/// Finds the fingerprints that were given and are of no city in the file.
fn strange(trusted: &[Fingerprint], of_file: &[&String]) -> Vec<String> {
    let given = trusted.iter().map(ToString::to_string);
    given.filter(|given| !of_file.contains(&given)).collect()
}

/// Names the fingerprints that fit no city: most likely one was mistyped.
fn with_strange(mut shown: Shown, strange: &[String], say: &Catalogue) -> Shown {
    if !strange.is_empty() {
        let list = strange.join(&say.t("list-comma"));
        let line = say.tf("evidence-strange", &[("fingerprints", &list)]);
        shown.text.push_str(&format!("{line}\n"));
    }
    shown
}

/// Reads a file, up to a size.
pub(super) fn read_file(path: &PathBuf) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::File {
        path: path.clone(),
        source,
    };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > FILE_BYTES_MAX {
        return Err(CliError::refused(
            Code::TooLarge,
            path.display().to_string(),
        ));
    }
    std::fs::read(path).map_err(failed)
}

/// Says in words which device signed two entries in one place, and whether its city's key is pinned.
fn show_fork(proof: &ForkProof, say: &Catalogue) -> Shown {
    let mut text = fields(&[
        (say.t("label-fingerprint"), proof.city.clone()),
        (say.t("label-device"), proof.device.clone()),
        (say.t("label-document"), proof.document.clone()),
    ]);
    for (entry, claimed) in &proof.entries {
        text.push_str(&format!("{} {}\n", time(*claimed), short(entry)));
    }
    if proof.trusted {
        text.push_str(&format!("{}\n", say.t("fork-holds")));
        return Shown::new(proof, text);
    }
    text.push_str(&format!("{}\n", say.t("fork-unpinned")));
    Shown::new(proof, text).with_exit(Exit::Partial)
}

/// Says in words who handed what to whom, when each claims it, and whose keys are pinned.
pub fn show(proof: &Proof, say: &Catalogue) -> Shown {
    let mut text = fields(&[
        (say.t("label-agreement"), proof.agreement.clone()),
        (say.t("label-number"), proof.case_number.clone()),
        (say.t("label-item"), proof.item.clone()),
    ]);
    let (from, to) = (city(&proof.pushed_by), city(&proof.acked_by));
    let (pushed, acked) = (time(proof.pushed_at), time(proof.acked_at));
    let pushed = say.tf("evidence-pushed", &[("city", &from), ("time", &pushed)]);
    let acked = say.tf("evidence-acked", &[("city", &to), ("time", &acked)]);
    text.push_str(&format!("{pushed}\n{acked}\n"));
    let header = [
        say.t("label-city"),
        say.t("label-fingerprint"),
        say.t("label-pinned"),
    ];
    let rows = proof
        .founders
        .iter()
        .map(|party| {
            let pinned = if party.trusted { "✓" } else { "—" };
            vec![city(party), party.fingerprint.clone(), pinned.to_owned()]
        })
        .collect();
    text.push_str(&table(&header, rows, &[]));
    if proof.all_trusted {
        text.push_str(&format!("{}\n", say.t("evidence-holds")));
        return Shown::new(proof, text);
    }
    let lacking: Vec<String> = proof.unpinned().map(city).collect();
    let lacking = lacking.join(&say.t("list-comma"));
    text.push_str(&format!(
        "{} [E_UNPINNED]\n{}\n{}\n",
        output::message("E_UNPINNED", say),
        say.tf("evidence-unpinned", &[("cities", &lacking)]),
        output::hint("E_UNPINNED", say)
    ));
    Shown::new(proof, text).with_exit(Exit::Partial)
}

fn city(party: &Party) -> String {
    format!("{} {}", party.name, party.division)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    fn party(name: &str, trusted: bool) -> Party {
        Party {
            name: name.to_owned(),
            division: "330800".parse().expect("a code"),
            fingerprint: "1000-0000".to_owned(),
            trusted,
        }
    }

    fn proof(all_trusted: bool) -> Proof {
        let parties = [party("衢州市", all_trusted), party("南平市", all_trusted)];
        let [pushed_by, acked_by] = parties.clone();
        Proof {
            agreement: "四省边际通办".to_owned(),
            case_number: "TB-330800-260907-000123-2".to_owned(),
            document: "ab".repeat(32),
            item: "GJJ-01".to_owned(),
            pushed_by,
            acked_by,
            pushed_at: 1_788_796_740,
            acked_at: 1_788_796_800,
            push: "cd".repeat(32),
            ack: "ef".repeat(32),
            founders: parties.to_vec(),
            all_trusted,
        }
    }

    #[test]
    fn evidence_without_pins_ends_with_3_and_shows_the_fingerprints() {
        let say = Catalogue::new(Lang::Zh);
        let mut half = proof(true);
        (half.acked_by.trusted, half.all_trusted) = (false, false);
        let shown = show(&half, &say);
        assert_eq!(shown.exit, Exit::Partial);
        assert!(
            shown.text.contains("没有给出指纹的城市：南平市"),
            "{}",
            shown.text
        );
        let shown = show(&proof(false), &say);
        assert_eq!(shown.exit, Exit::Partial);
        assert!(shown.text.contains("1000-0000") && shown.text.contains("E_UNPINNED"));
        let shown = show(&proof(true), &say);
        assert_eq!(shown.exit, Exit::Ok);
        assert!(shown.text.contains("2026-09-07 23:59") && shown.text.contains("南平市"));
    }

    #[test]
    fn a_fingerprint_that_fits_no_city_is_named() {
        let say = Catalogue::new(Lang::Zh);
        let given: Vec<Fingerprint> = [[1; 32], [2; 32]]
            .map(|key| tongban_identity::CityId(key).fingerprint())
            .to_vec();
        let known = given[0].to_string();
        let strange = strange(&given, &[&known]);
        assert_eq!(strange, [given[1].to_string()]);
        let shown = with_strange(show(&proof(false), &say), &strange, &say);
        assert!(shown.text.contains(&strange[0]), "{}", shown.text);
        assert!(!shown.text.contains(&known), "{}", shown.text);
    }

    #[test]
    fn what_is_no_evidence_is_refused_with_1() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("case.evidence");
        std::fs::write(&file, "not evidence").expect("written");
        let say = Catalogue::new(Lang::En);
        let error = verify(file.clone(), &[], &say).expect_err("no evidence");
        assert_eq!((error.code(), error.exit()), ("E_EVIDENCE", Exit::Failed));
        assert!(!error.causes().is_empty());
        let error = verify(file, &["1000".to_owned()], &say).expect_err("no fingerprint");
        assert_eq!((error.code(), error.exit()), ("E_ARGUMENT", Exit::Usage));
    }
}
