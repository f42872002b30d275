//! `tongban backup …`: a running node adds a backup to a folder; `tongband`, which alone knows the records,
//! checks one and restores one into a folder in which no node runs.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tongban_client::BackupRequest;

use super::init::{failure, tongband};
use super::time;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Shown};
use crate::table::fields;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Adds a backup of the running node to a folder.
    Create {
        /// The backup folder
        #[arg(value_name = "DIR")]
        backup: PathBuf,
        /// Puts the sealed device and encryption keys into it as well
        #[arg(long)]
        with_keys: bool,
    },
    /// Checks every file of a backup.
    Verify {
        /// The backup folder
        #[arg(value_name = "DIR")]
        backup: PathBuf,
        /// Restores the backup beside itself as well and reads every record
        #[arg(long)]
        trial: bool,
    },
    /// Restores the newest backup into a node's folder.
    Restore {
        /// The backup folder
        #[arg(value_name = "DIR")]
        backup: PathBuf,
        /// The node's folder
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
        /// Checks and tells what would be done, and does nothing
        #[arg(long)]
        dry_run: bool,
        /// The city's name, instead of typing it when records are in the folder
        #[arg(long, value_name = "NAME")]
        replace: Option<String>,
    },
}

/// Runs the command; a damaged backup ends it with exit code 1.
///
/// # Errors
/// The node or `tongband` refused, or the name that was typed does not fit.
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::Create { backup, with_keys } => create(&backup, with_keys, context).await,
        Sub::Verify { backup, trial } => verify(&backup, trial, context),
        Sub::Restore {
            backup,
            into,
            dry_run,
            replace,
        } => restore(&backup, &into, dry_run, replace, context),
    }
}

async fn create(dir: &Path, with_keys: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    // The node may have another working folder.
    let absolute = std::path::absolute(dir).map_err(|source| CliError::File {
        path: dir.to_owned(),
        source,
    })?;
    if std::io::stderr().is_terminal() {
        output::remark(&format!("{}\n", say.t("backup-working")));
    }
    let request = BackupRequest {
        dir: absolute.display().to_string(),
        with_keys,
    };
    let made = context
        .client
        .backup(&request)
        .await
        .map_err(|error| context.explain(error))?;
    let mut text = fields(&[
        (say.t("label-dir"), made.dir.clone()),
        (say.t("label-backup-number"), made.number.to_string()),
        (say.t("label-backup-size"), size(made.bytes)),
        (say.t("label-backup-new"), size(made.new_bytes)),
    ]);
    let keys = if made.keys {
        say.t("backup-keys-in")
    } else {
        say.t("backup-keys-out")
    };
    text.push_str(&format!("{keys}\n"));
    let check = format!("tongban backup verify {}", made.dir);
    text.push_str(&format!("{}\n", say.tf("backup-next", &[("line", &check)])));
    Ok(Shown::new(&made, text))
}

fn verify(dir: &Path, trial: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let mut command = tongband(context.say);
    command.arg("check-backup").arg("--from").arg(dir);
    if trial {
        command.arg("--trial");
    }
    let answer = follow(command, context)?;
    let say = context.say;
    let mut text = fields(&[
        (say.t("label-dir"), dir.display().to_string()),
        (say.t("label-backup-city"), text_of(&answer, "city")),
        (say.t("label-backup-made"), made(&answer)),
        (say.t("label-backup-number"), answer["number"].to_string()),
        (
            say.t("label-backup-size"),
            size(answer["bytes"].as_u64().unwrap_or(0)),
        ),
    ]);
    if let Some(records) = answer["records"].as_u64() {
        let records = records.to_string();
        text.push_str(&format!(
            "{}\n",
            say.tf("backup-trial", &[("records", &records)])
        ));
    }
    if answer["sound"] == true {
        text.push_str(&format!("{}\n", say.t("backup-sound")));
        return Ok(Shown::new(&answer, text));
    }
    text.push_str(&format!("{}\n", say.t("backup-damaged")));
    for file in answer["damaged"].as_array().into_iter().flatten() {
        let path = text_of(file, "path");
        let line = if file["missing"] == true {
            say.tf("backup-file-missing", &[("file", &path)])
        } else {
            say.tf("backup-file-changed", &[("file", &path)])
        };
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("{}\n", say.t("backup-damaged-hint")));
    Ok(Shown::new(&answer, text).with_exit(Exit::Failed))
}

fn restore(
    dir: &Path,
    into: &Path,
    dry_run: bool,
    replace: Option<String>,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let say = context.say;
    let command = |dry_run: bool| {
        let mut command = tongband(say);
        command
            .arg("restore")
            .arg("--from")
            .arg(dir)
            .arg("--dir")
            .arg(into);
        if dry_run {
            command.arg("--dry-run");
        }
        command
    };
    let plan = follow(command(true), context)?;
    let city = text_of(&plan, "city");
    let occupied = plan["occupied"] == true;
    let target = match plan["target_city"].as_str() {
        Some(city) => city.to_owned(),
        None => say.t("none"),
    };
    let running = match plan["running"] == true {
        true => say.t("yes"),
        false => say.t("no"),
    };
    let mut told = fields(&[
        (say.t("label-dir"), into.display().to_string()),
        (say.t("label-target-city"), target),
        (say.t("label-running"), running),
        (say.t("label-backup-city"), text_of(&plan, "backup_city")),
        (say.t("label-backup-made"), made(&plan)),
        (say.t("label-backup-number"), plan["number"].to_string()),
        (
            say.t("label-backup-size"),
            size(plan["bytes"].as_u64().unwrap_or(0)),
        ),
    ]);
    if plan["sound"] != true {
        told.push_str(&format!(
            "{}\n{}\n",
            say.t("backup-damaged"),
            say.t("backup-damaged-hint")
        ));
        return Ok(Shown::new(&plan, told).with_exit(Exit::Failed));
    }
    if plan["same_city"] == false {
        output::remark(&told);
        let (backup, target) = (text_of(&plan, "backup_city"), text_of(&plan, "target_city"));
        return Err(CliError::own(
            "E_OTHER_CITY",
            format!("{backup} ≠ {target}"),
        ));
    }
    let danger = if occupied {
        say.t("restore-occupied")
    } else {
        say.t("restore-free")
    };
    told.push_str(&format!("{danger}\n"));
    if dry_run {
        told.push_str(&format!("{}\n", say.t("restore-dry")));
        return Ok(Shown::new(&plan, told));
    }
    let mut command = command(false);
    if occupied {
        output::remark(&told);
        let typed = match replace {
            Some(name) => name,
            None => {
                let question = say.tf("restore-type-name", &[("city", &city)]);
                context.terminal().line(&question, None, "--replace")?
            }
        };
        if typed.trim() != city {
            return Err(CliError::own("E_CITY_NAME", typed.trim()));
        }
        command.arg("--replace").arg(city);
    }
    let done = follow(command, context)?;
    Ok(restored(&done, into, context))
}

/// Says what was done, what is missing and what comes next.
fn restored(done: &Value, into: &Path, context: &Context<'_>) -> Shown {
    let say = context.say;
    let dir = into.display().to_string();
    let mut text = format!("{}\n", say.tf("restore-done", &[("dir", &dir)]));
    if done["set_aside"] == true {
        text.push_str(&format!("{}\n", say.t("restore-aside")));
    }
    let missing: Vec<&str> = done["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !missing.is_empty() {
        let files = missing.join(&say.t("list-comma"));
        text.push_str(&format!(
            "{}\n",
            say.tf("restore-missing", &[("files", &files)])
        ));
    }
    text.push_str(&format!("{}\n", say.t("restore-possible")));
    Shown::new(done, text)
}

/// Runs `tongband`, shows the progress that it tells, and returns its last line.
fn follow(mut command: Command, context: &Context<'_>) -> Result<Value, CliError> {
    let program = PathBuf::from(command.get_program());
    let failed = |source| CliError::Start {
        program: program.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let shown = std::io::stderr().is_terminal();
    let mut last = Value::Null;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            last = serde_json::from_str(&line).unwrap_or(Value::Null);
            let (done, total) = (last["done"].as_u64(), last["total"].as_u64());
            if let (true, Some(done), Some(total)) = (shown, done, total) {
                let percent = (done.saturating_mul(100) / total.max(1)).to_string();
                let told = context.say.tf("backup-progress", &[("percent", &percent)]);
                // Carriage returns are not shown as they are, so each tenth has a line of its own.
                if percent.ends_with('0') {
                    output::remark(&format!("{told}\n"));
                }
            }
        }
    }
    let mut said = String::new();
    if let Some(mut err) = child.stderr.take() {
        let _ = err.read_to_string(&mut said);
    }
    match child.wait().map_err(failed)?.success() {
        true => Ok(last),
        false => Err(failure(&said)),
    }
}

/// When the newest backup was made.
fn made(answer: &Value) -> String {
    answer["made"].as_i64().map_or_else(String::new, time)
}

fn text_of(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap_or_default().to_owned()
}

/// Writes a number of bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..=1_048_575 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
