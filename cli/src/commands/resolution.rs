//! `tongban resolution …`: motions that change who is a member, which key signs for it, limits and rules; votes on
//! them, and certificates that anyone checks with no node.

use std::path::PathBuf;

use serde_json::json;
use tongban_identity::{DivisionCode, Fingerprint};
use tongban_ledger::answer::AgreementAnswer;
use tongban_ledger::answer::resolution::{MeasureAnswer, MotionAnswer, ResolutionsAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, resolution as args};

use super::agreement::{Which, write_file};
use super::{Act, act, short};
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::context::Context;
use crate::error::CliError;
use crate::evidence;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::rule::Rule;
use crate::source::Source;
use crate::table::{fields, indent, table};
use crate::{files, personal, read};

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Puts a motion.
    Propose(Motion),
    /// Votes for a motion.
    Vote(Vote),
    /// Commits to a motion that has the votes.
    Commit(Ballot),
    /// Gives a round up.
    Nullify(Round),
    /// Shows what was decided and what is put to the vote.
    List(Which),
    /// Shows a motion.
    Show {
        /// The motion
        #[arg(value_name = "MOTION")]
        motion: String,
    },
    /// Writes the file of a certificate.
    Export {
        /// The certificate, its motion or its agreement
        #[arg(value_name = "RESOLUTION")]
        resolution: String,
        /// Where to write it
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Checks such a file.
    Verify {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// A fingerprint that is known to be genuine; may be repeated
        #[arg(long = "trust", value_name = "FINGERPRINT", num_args = 1..)]
        trust: Vec<String>,
    },
}

/// Raw arguments of `propose`: one measure.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("measure").required(true)))]
pub struct Motion {
    /// Admits a city: its invitation file
    #[arg(long, value_name = "FILE|-", group = "measure")]
    pub admit: Option<String>,
    /// Removes a member, or lets it leave
    #[arg(long, value_name = "CITY", group = "measure")]
    pub remove: Option<String>,
    /// Gives a member another root key: its invitation file under that key
    #[arg(long, value_name = "FILE|-", group = "measure")]
    pub replace: Option<String>,
    /// Sets the limits: a file
    #[arg(long, value_name = "FILE|-", group = "measure")]
    pub thresholds: Option<String>,
    /// Raises the rules version
    #[arg(long, value_name = "VERSION", group = "measure")]
    pub rules: Option<u16>,
    /// Names who holds a stuck case: the case
    #[arg(
        long = "override",
        value_name = "CASE",
        group = "measure",
        requires = "holder"
    )]
    pub stuck: Option<String>,
    /// The city that is to hold it
    #[arg(long, value_name = "CITY", requires = "stuck")]
    pub holder: Option<String>,
    /// What it rests on; all members read it
    #[arg(long, value_name = "TEXT")]
    pub basis: Option<String>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// Raw arguments of `vote`.
#[derive(Debug, clap::Args)]
pub struct Vote {
    /// The motion and the round
    #[command(flatten)]
    pub ballot: Ballot,
    /// Shows what would happen and signs nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A motion in a round.
#[derive(Debug, clap::Args)]
pub struct Ballot {
    /// The motion
    #[arg(value_name = "MOTION")]
    pub motion: String,
    /// The round [default: the last open one]
    #[arg(long, value_name = "ROUND")]
    pub round: Option<u16>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// A round.
#[derive(Debug, clap::Args)]
pub struct Round {
    /// The round [default: the last open one]
    #[arg(long, value_name = "ROUND")]
    pub round: Option<u16>,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl Act for Sub {
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        match self {
            Sub::Propose(motion) => {
                let remove = motion.remove.iter_mut();
                let remove = remove.map(|city| ("--remove", city));
                let holder = motion.holder.iter_mut();
                remove
                    .chain(holder.map(|city| ("--holder", city)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Propose(motion) => Command::ResolutionPropose(motion.check(source)?),
            Sub::Vote(vote) => Command::ResolutionVote(vote.ballot.check()),
            Sub::Commit(ballot) => Command::ResolutionCommit(ballot.check()),
            Sub::Nullify(round) => Command::ResolutionNullify(args::Nullify {
                agreement: round.which.agreement,
                round: round.round,
            }),
            Sub::List(_) | Sub::Show { .. } | Sub::Export { .. } | Sub::Verify { .. } => {
                return Err(CliError::refused(Code::Argument, "resolution"));
            }
        })
    }
}

impl Motion {
    fn check(self, source: &mut dyn Source) -> Result<args::Propose, CliError> {
        let mut text = |from: Option<String>| -> Result<Option<String>, CliError> {
            let text = from.map(|from| source.read(&from)).transpose()?;
            Ok(text.map(|text| text.as_str().to_owned()))
        };
        let (admit, replace) = (text(self.admit)?, text(self.replace)?);
        let basis = self.basis.map(personal::guarded).transpose()?;
        let stuck = match (self.stuck, self.holder) {
            (Some(case), Some(holder)) => Some(args::Stuck {
                case,
                holder: read::division(&holder, "--holder")?,
            }),
            _ => None,
        };
        Ok(args::Propose {
            stuck,
            agreement: self.which.agreement,
            admit,
            remove: self
                .remove
                .map(|city| read::division(&city, "--remove"))
                .transpose()?,
            replace,
            thresholds: self
                .thresholds
                .map(|from| files::data(&from, source))
                .transpose()?,
            rules: self.rules,
            basis: basis.unwrap_or_default(),
        })
    }
}

impl Ballot {
    fn check(self) -> args::Ballot {
        args::Ballot {
            agreement: self.which.agreement,
            motion: self.motion,
            round: self.round,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::List(which) => list(which.agreement.as_deref(), context).await,
        Sub::Show { motion } => show(&motion, false, context).await,
        Sub::Vote(vote) if vote.dry_run => show(&vote.ballot.motion, true, context).await,
        Sub::Export { resolution, output } => {
            let bytes = context.client.resolution(&resolution).await;
            let bytes = bytes.map_err(|error| context.explain(error))?;
            write_file(&output, &bytes)?;
            let (file, size) = (output.display().to_string(), bytes.len().to_string());
            let values = [("file", file.as_str()), ("bytes", size.as_str())];
            let line = context.say.tf("evidence-written", &values);
            let json = json!({ "file": file, "bytes": bytes.len() });
            Ok(Shown::new(json, format!("{line}\n")))
        }
        Sub::Verify { file, trust } => verify(&file, &trust, context.say),
        other => act(other, context).await,
    }
}

/// The agreements of the node, or the one that is named.
async fn agreements(
    named: Option<&str>,
    context: &Context<'_>,
) -> Result<(Vec<AgreementAnswer>, Cities), CliError> {
    let status = context.client.status().await;
    let status = status.map_err(|error| context.explain(error))?;
    let cities = Cities::of(&status);
    let mut agreements = status.agreements;
    if let Some(named) = named {
        let named = named.trim().to_ascii_lowercase();
        agreements.retain(|one| one.agreement.starts_with(&named));
        if agreements.is_empty() {
            return Err(CliError::refused(Code::NotFound, named));
        }
    }
    Ok((agreements, cities))
}

async fn list(named: Option<&str>, context: &Context<'_>) -> Result<Shown, CliError> {
    let (agreements, cities) = agreements(named, context).await?;
    let mut text = String::new();
    for agreement in &agreements {
        let name = format!("{} {}", agreement.code, short(&agreement.agreement));
        text.push_str(&format!("{name}\n"));
        let lines = list_text(&agreement.resolutions, &cities, context.say);
        text.push_str(&indent(&lines));
    }
    let rows = agreements.iter().map(|one| {
        json!({ "agreement": one.agreement, "code": one.code, "resolutions": one.resolutions })
    });
    Ok(Shown::new(rows.collect::<Vec<_>>(), text))
}

/// Writes the resolutions of an agreement.
pub fn list_text(answer: &ResolutionsAnswer, cities: &Cities, say: &Catalogue) -> String {
    let mut text = String::new();
    if answer.certificates.is_empty() && answer.motions.is_empty() {
        return format!("{}\n", say.t("resolution-none"));
    }
    for certificate in &answer.certificates {
        let what = measure(&certificate.measure, cities, say);
        let values = [
            ("id", short(&certificate.certificate)),
            ("what", what),
            ("basis", certificate.basis.clone()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        text.push_str(&format!(
            "{}\n",
            say.tf("resolution-decided", &values).trim_end()
        ));
    }
    if answer.split {
        text.push_str(&format!("{}\n", say.t("resolution-split")));
    }
    if !answer.motions.is_empty() {
        let round = answer.round.to_string();
        text.push_str(&format!(
            "{}\n",
            say.tf("resolution-round", &[("round", &round)])
        ));
        let header = [
            say.t("label-motion"),
            say.t("label-measure"),
            say.t("label-votes"),
        ];
        let rows = answer.motions.iter().map(|motion| {
            let votes = format!("{}/{}", motion.votes.len(), motion.needed);
            vec![
                short(&motion.motion),
                measure(&motion.measure, cities, say),
                votes,
            ]
        });
        text.push_str(&table(&header, rows.collect(), &[2]));
    }
    if !answer.nullified.is_empty() {
        let names = cities.names(&answer.nullified, say);
        text.push_str(&format!(
            "{}\n",
            say.tf("resolution-nullified", &[("cities", &names)])
        ));
    }
    for doubled in &answer.doubled {
        let city = cities.show(doubled.city);
        let entry = doubled.entries.first().map(|entry| short(entry));
        let entry = entry.unwrap_or_default();
        let values = [("city", city.as_str()), ("entry", entry.as_str())];
        text.push_str(&format!("{}\n", say.tf("resolution-doubled", &values)));
    }
    if !answer.former.is_empty() {
        let names = cities.names(&answer.former, say);
        text.push_str(&format!(
            "{}\n",
            say.tf("resolution-former", &[("cities", &names)])
        ));
    }
    text
}

/// Says what a motion decides.
fn measure(measure: &MeasureAnswer, cities: &Cities, say: &Catalogue) -> String {
    let city = match (&measure.city_name, measure.city) {
        (Some(name), Some(division)) => format!("{name} {division}"),
        (None, Some(division)) => cities.show(division),
        _ => String::new(),
    };
    let version = measure
        .rules
        .map(|rules| rules.to_string())
        .unwrap_or_default();
    let detail = if version.is_empty() { city } else { version };
    let what = say.term("measure", &measure.name);
    format!("{what} {detail}").trim_end().to_owned()
}

/// Shows one motion; before a vote also what the vote would mean.
async fn show(named: &str, dry_run: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let (agreements, cities) = agreements(None, context).await?;
    let wanted = named.trim().to_ascii_lowercase();
    let fits = |motion: &&MotionAnswer| motion.motion.starts_with(&wanted);
    let found = agreements
        .iter()
        .flat_map(|one| one.resolutions.motions.iter())
        .find(fits);
    let motion = found.ok_or_else(|| CliError::refused(Code::NotFound, named))?;
    let text = motion_text(motion, dry_run, &cities, context.say);
    Ok(Shown::new(motion, text))
}

/// Writes a motion with its votes.
pub fn motion_text(
    motion: &MotionAnswer,
    dry_run: bool,
    cities: &Cities,
    say: &Catalogue,
) -> String {
    let mut rows = vec![
        (say.t("label-motion"), short(&motion.motion)),
        (
            say.t("label-measure"),
            measure(&motion.measure, cities, say),
        ),
    ];
    if let Some(fingerprint) = &motion.measure.fingerprint {
        rows.push((say.t("label-fingerprint"), fingerprint.clone()));
    }
    if !motion.basis.is_empty() {
        rows.push((say.t("label-basis"), motion.basis.clone()));
    }
    let names = |divisions: &[DivisionCode]| cities.names(divisions, say);
    rows.push((say.t("label-proposers"), names(&motion.by)));
    let votes = format!(
        "{}/{} {}",
        motion.votes.len(),
        motion.needed,
        names(&motion.votes)
    );
    rows.push((say.t("label-votes"), votes.trim_end().to_owned()));
    let commits = format!(
        "{}/{} {}",
        motion.commits.len(),
        motion.needed,
        names(&motion.commits)
    );
    rows.push((say.t("label-commits"), commits.trim_end().to_owned()));
    rows.push((say.t("label-eligible"), names(&motion.eligible)));
    let mut text = fields(&rows);
    if dry_run {
        let line = match motion.closed {
            Some(code) => {
                let code = code.as_str();
                format!(
                    "{} [{code}]\n{}",
                    output::message(code, say),
                    output::hint(code, say)
                )
            }
            None if motion.votes.len() + 1 >= motion.needed => say.t("vote-would-carry"),
            None => {
                let left = (motion.needed - motion.votes.len() - 1).to_string();
                say.tf("vote-would-count", &[("left", &left)])
            }
        };
        text.push_str(&format!("{line}\n{}\n", say.t("dry-run-nothing")));
    }
    text
}

/// Checks a certificate file or a proof against a city, with no node, database or network.
fn verify(file: &PathBuf, trust: &[String], say: &Catalogue) -> Result<Shown, CliError> {
    let trusted = trust.iter().map(|text| {
        text.parse()
            .map_err(|_| CliError::rule(Code::Argument, "--trust", Rule::Fingerprint, ""))
    });
    let trusted: Vec<Fingerprint> = trusted.collect::<Result<_, _>>()?;
    let bytes = super::evidence::read_file(file)?;
    if bytes.starts_with(tongban_sync::resolution::DOUBLE_MAGIC) {
        let proof = evidence::check_double(&bytes, &trusted, file)?;
        let round = proof.round.to_string();
        let mut text = fields(&[
            (say.t("label-fingerprint"), proof.city.clone()),
            (say.t("label-agreement"), short(&proof.agreement)),
        ]);
        text.push_str(&format!(
            "{}\n",
            say.tf("double-holds", &[("round", &round)])
        ));
        let pinned = proof.trusted;
        let shown = Shown::new(&proof, text);
        return Ok(if pinned {
            shown
        } else {
            shown.with_exit(Exit::Partial)
        });
    }
    let proof = evidence::check_resolution(&bytes, &trusted, file)?;
    let mut text = fields(&[
        (
            say.t("label-agreement"),
            format!("{} {}", proof.code, proof.name),
        ),
        (say.t("label-certificate"), short(&proof.certificate)),
    ]);
    for decided in &proof.decided {
        let what = say.term("measure", &decided.measure);
        let city = decided.city.clone().unwrap_or_default();
        text.push_str(format!("{} {what} {city}", short(&decided.certificate)).trim_end());
        text.push('\n');
    }
    let header = [say.t("label-city"), say.t("label-fingerprint")];
    let rows = proof.members.iter().map(|party| {
        vec![
            format!("{} {}", party.name, party.division),
            party.fingerprint.clone(),
        ]
    });
    text.push_str(&table(&header, rows.collect(), &[]));
    if proof.all_trusted {
        text.push_str(&format!("{}\n", say.t("resolution-holds")));
        return Ok(Shown::new(&proof, text));
    }
    let lacking = proof.founders.iter().filter(|founder| !founder.trusted);
    let lacking: Vec<String> = lacking
        .map(|party| format!("{} {} {}", party.name, party.division, party.fingerprint))
        .collect();
    text.push_str(&format!(
        "{} [E_UNPINNED]\n{}\n{}\n",
        output::message("E_UNPINNED", say),
        say.tf(
            "evidence-unpinned",
            &[("cities", &lacking.join(&say.t("list-comma")))]
        ),
        output::hint("E_UNPINNED", say)
    ));
    Ok(Shown::new(&proof, text).with_exit(Exit::Partial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    fn motion(closed: Option<Code>) -> MotionAnswer {
        let code = |text: &str| text.parse().expect("a code");
        MotionAnswer {
            motion: "ab".repeat(32),
            measure: MeasureAnswer {
                name: "admit".to_owned(),
                city: Some(code("310112")),
                city_name: Some("闵行区".to_owned()),
                fingerprint: Some("1000-0000".to_owned()),
                limits: None,
                rules: None,
                case: None,
            },
            basis: "JM-2026-04".to_owned(),
            by: vec![code("330800")],
            needed: 3,
            eligible: vec![code("330800"), code("350700")],
            votes: vec![code("330800"), code("361100")],
            commits: Vec::new(),
            closed,
        }
    }

    #[test]
    fn a_dry_run_says_what_the_vote_would_mean() {
        let say = Catalogue::new(Lang::Zh);
        let cities = Cities::default();
        let text = motion_text(&motion(None), true, &cities, &say);
        assert!(text.contains(&say.t("vote-would-carry")), "{text}");
        assert!(
            text.contains("闵行区 310112") && text.contains("1000-0000"),
            "{text}"
        );
        let text = motion_text(&motion(Some(Code::Concerned)), true, &cities, &say);
        assert!(text.contains("E_CONCERNED"), "{text}");
        let text = motion_text(&motion(None), false, &cities, &say);
        assert!(!text.contains(&say.t("vote-would-carry")), "{text}");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a.resolution");
        std::fs::write(&file, "no certificate").expect("written");
        let say = Catalogue::new(Lang::En);
        let error = verify(&file, &[], &say).expect_err("no certificate");
        assert_eq!((error.code(), error.exit()), ("E_EVIDENCE", Exit::Failed));
    }
}
