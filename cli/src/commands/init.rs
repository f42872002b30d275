//! `tongban init`: asks what a new node needs and lets `tongband init` make it, which alone knows how keys and
//! directory are laid out.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tongban_ledger::code::Code;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::table::{fields, indent};

/// Where a node listens if nothing else is said.
const LISTEN: &str = "0.0.0.0:7330";

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The city's division code
    #[arg(long, value_name = "CODE")]
    pub division: Option<String>,
    /// The city's name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where other cities reach this node, as host:port
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// A file with the passphrase that seals the keys
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Writes the root key elsewhere, to be kept offline
    #[arg(long, value_name = "PATH")]
    pub root_key_out: Option<PathBuf>,
    /// Where other cities reach this node, if not where it listens; may be repeated
    #[arg(long, value_name = "ADDR")]
    pub advertise: Vec<String>,
    /// Takes the city's existing root key from there
    #[arg(long, value_name = "PATH", conflicts_with = "root_key_out")]
    pub root_key: Option<PathBuf>,
    /// A file with the passphrase of that root key, if it has one of its own
    #[arg(long, value_name = "FILE", requires = "root_key")]
    pub root_passphrase_file: Option<PathBuf>,
    /// Weak sealing of keys, for tests only
    #[arg(long, hide = true)]
    pub fast_kdf: bool,
}

/// Checked arguments.
struct Plan {
    division: String,
    name: String,
    listen: String,
    passphrase: Passphrase,
}

enum Passphrase {
    File(PathBuf),
    Typed(Zeroizing<String>),
}

/// Runs the command.
///
/// # Errors
/// An argument is missing and nobody may be asked, or `tongband` refused.
pub fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let plan = ask(&args, context)?;
    let mut command = Command::new(program());
    command
        .arg("init")
        .arg("--dir")
        .arg(&context.dir)
        .args(["--division", &plan.division])
        .args(["--name", &plan.name])
        .args(["--listen", &plan.listen])
        .arg("--passphrase-file");
    match &plan.passphrase {
        Passphrase::File(path) => command.arg(path),
        // The typed passphrase goes through a pipe and never lies on the disk.
        Passphrase::Typed(_) => command.arg("/dev/stdin"),
    };
    for address in &args.advertise {
        command.arg("--advertise").arg(address);
    }
    for (option, path) in [
        ("--root-key-out", &args.root_key_out),
        ("--root-key", &args.root_key),
        ("--root-passphrase-file", &args.root_passphrase_file),
    ] {
        if let Some(path) = path {
            command.arg(option).arg(path);
        }
    }
    if args.fast_kdf {
        command.arg("--fast-kdf");
    }
    let output = finish(command, &plan.passphrase)?;
    if !output.status.success() {
        return Err(failure(&String::from_utf8_lossy(&output.stderr)));
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| CliError::Tongband {
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
    })?;
    Ok(show(&answer, &plan, context))
}

fn ask(args: &Args, context: &Context<'_>) -> Result<Plan, CliError> {
    let (say, terminal) = (context.say, context.terminal());
    let division = match &args.division {
        Some(division) => division.clone(),
        None => terminal.line(&say.t("ask-division"), None, "--division")?,
    };
    read::division(division.trim(), "--division")?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => terminal.line(&say.t("ask-city-name"), None, "--name")?,
    };
    let listen = match &args.listen {
        Some(listen) => listen.clone(),
        None => terminal.line(&say.t("ask-listen"), Some(LISTEN), "--listen")?,
    };
    let passphrase = match &args.passphrase_file {
        Some(path) => Passphrase::File(path.clone()),
        None => Passphrase::Typed(terminal.new_passphrase()?),
    };
    Ok(Plan {
        division: division.trim().to_owned(),
        name: name.trim().to_owned(),
        listen: listen.trim().to_owned(),
        passphrase,
    })
}

/// Finds `tongband`: a variable names it, or it lies beside this program, or the path has it.
fn program() -> PathBuf {
    const NAME: &str = "tongband";
    if let Some(path) = std::env::var_os("TONGBAND_BIN").filter(|path| !path.is_empty()) {
        return PathBuf::from(path);
    }
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(|folder| folder.join(NAME)));
    match beside {
        Some(path) if path.is_file() => path,
        _ => PathBuf::from(NAME),
    }
}

fn finish(mut command: Command, passphrase: &Passphrase) -> Result<Output, CliError> {
    let program = PathBuf::from(command.get_program());
    let failed = |source| CliError::Start {
        program: program.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let (Some(mut stdin), Passphrase::Typed(text)) = (child.stdin.take(), passphrase) {
        // A program that ended early says why by itself.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait_with_output().map_err(failed)
}

/// Reads what `tongband` says at its end: one line of JSON with code and message.
fn failure(said: &str) -> CliError {
    let line = said.trim().lines().last().unwrap_or_default();
    let Ok(error) = serde_json::from_str::<Value>(line) else {
        let said = said.trim().to_owned();
        return CliError::Tongband { said };
    };
    let text_of = |key: &str| error["error"][key].as_str().unwrap_or_default();
    let said = text_of("message").to_owned();
    match text_of("code").parse::<Code>() {
        Ok(code) => CliError::TongbandRefused { code, said },
        Err(_) => CliError::Tongband { said },
    }
}

fn show(answer: &Value, plan: &Plan, context: &Context<'_>) -> Shown {
    let say = context.say;
    let dir = context.dir.display().to_string();
    let passphrase = match &plan.passphrase {
        Passphrase::File(path) => path.display().to_string(),
        Passphrase::Typed(_) => say.t("init-passphrase-file"),
    };
    let next = [
        format!("tongband run --dir {dir} --passphrase-file {passphrase}"),
        format!("tongban --dir {dir} status"),
        format!(
            "tongban --dir {dir} agreement invite -o {}.invitation",
            plan.division
        ),
    ];
    let text_of = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let mut text = format!("{}\n", say.t("init-done"));
    text.push_str(&fields(&[
        (
            say.t("label-city"),
            format!("{} {}", plan.name, plan.division),
        ),
        (say.t("label-city-id"), text_of("city")),
        (say.t("label-fingerprint"), text_of("fingerprint")),
        (say.t("label-dir"), dir),
    ]));
    text.push_str(&format!("{}\n", say.t("init-next")));
    text.push_str(&indent(&next.join("\n")));
    let mut json = answer.clone();
    if let Some(object) = json.as_object_mut() {
        object.insert("next".to_owned(), json!(next));
    }
    Shown::new(json, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_the_last_line_of_tongband_is_kept() {
        let check = |said: &str, code: &str, exit: u8, cause: &str| {
            let error = failure(said);
            assert_eq!((error.code(), error.exit().code()), (code, exit), "{said}");
            assert_eq!(error.causes(), [cause], "{said}");
        };
        let line = |code: &str| {
            format!(
                "a log line\n{}\n",
                json!({ "error": { "code": code, "message": "why" } })
            )
        };
        check(&line("E_LOCKED"), "E_LOCKED", 11, "why");
        check(&line("E_PASSPHRASE"), "E_PASSPHRASE", 12, "why");
        check(&line("E_NO_SUCH_CODE"), "E_TONGBAND", 1, "why");
        check("it broke\n", "E_TONGBAND", 1, "it broke");
    }
}
