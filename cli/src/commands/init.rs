//! `tongban init`: asks what a new node needs and lets `tongband init` make it, which alone knows how keys and
//! directory are laid out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tongban_identity::DivisionCode;
use tongban_ledger::code::Code;
use zeroize::Zeroizing;

use crate::catalogue::{Catalogue, Lang};
use crate::context::Context;
use crate::error::{CliError, OWN_CODES};
use crate::output::{self, Shown};
use crate::rule::Rule;
use crate::source::{PASSPHRASE_CHARS_MIN, Source};
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
    let mut command = tongband(context.say);
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
    Ok(show(&answer, &plan, &args, context))
}

fn ask(args: &Args, context: &Context<'_>) -> Result<Plan, CliError> {
    let (say, terminal) = (context.say, context.terminal());
    let given = |text: &str, option: &str, check: fn(&str) -> Result<(), Rule>| {
        let text = text.trim().to_owned();
        check(&text).map_err(|rule| CliError::rule(Code::Argument, option, rule, ""))?;
        Ok::<String, CliError>(text)
    };
    let division = match &args.division {
        Some(text) => given(text, "--division", division)?,
        None => terminal.checked_line(&say.t("ask-division"), None, "--division", division)?,
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => terminal.line(&say.t("ask-city-name"), None, "--name")?,
    };
    let listen = match &args.listen {
        Some(text) => given(text, "--listen", address)?,
        None => terminal.checked_line(&say.t("ask-listen"), Some(LISTEN), "--listen", address)?,
    };
    for text in &args.advertise {
        given(text, "--advertise", address)?;
    }
    let passphrase = match &args.passphrase_file {
        Some(path) => {
            passphrase_file(path, context)?;
            Passphrase::File(path.clone())
        }
        None => Passphrase::Typed(terminal.new_passphrase()?),
    };
    Ok(Plan {
        division,
        name: name.trim().to_owned(),
        listen,
        passphrase,
    })
}

/// Checks the form of a division code: six digits, the first two a province of the mainland.
fn division(text: &str) -> Result<(), Rule> {
    let code = text.parse::<DivisionCode>().map_err(|_| Rule::Division)?;
    match code.province() {
        11..=65 => Ok(()),
        _ => Err(Rule::Province),
    }
}

/// Checks the form of an address; a multiaddress is left to `tongband`.
fn address(text: &str) -> Result<(), Rule> {
    let formed = text.starts_with('/')
        || text
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    match formed {
        true => Ok(()),
        false => Err(Rule::Address),
    }
}

/// Checks that the passphrase file is there and long enough, and warns if others can read it.
fn passphrase_file(path: &Path, context: &Context<'_>) -> Result<(), CliError> {
    let text = context.terminal().read(&path.display().to_string())?;
    let passphrase = text.trim_end_matches(['\r', '\n']);
    if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
        let rule = Rule::PassphraseShort;
        return Err(CliError::rule(
            Code::Argument,
            "--passphrase-file",
            rule,
            "",
        ));
    }
    if readable_by_others(path) {
        let file = path.display().to_string();
        let text = context.say.tf("init-passphrase-open", &[("file", &file)]);
        output::remark(&format!("{text}\n"));
    }
    Ok(())
}

fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

/// Finds `tongband`: a variable names it, or it lies beside this program, or the path has it.
pub(super) fn program() -> PathBuf {
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

/// Begins a call of `tongband`, which takes its language from the environment.
pub(super) fn tongband(say: &Catalogue) -> Command {
    let mut command = Command::new(program());
    command.env(
        "LC_ALL",
        match say.lang() {
            Lang::Zh => "zh_CN.UTF-8",
            Lang::En => "C.UTF-8",
        },
    );
    command
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
pub(super) fn failure(said: &str) -> CliError {
    let line = said.trim().lines().last().unwrap_or_default();
    let Ok(error) = serde_json::from_str::<Value>(line) else {
        let said = said.trim().to_owned();
        return CliError::Tongband { said };
    };
    let text_of = |key: &str| error["error"][key].as_str().unwrap_or_default();
    let said = text_of("message").to_owned();
    match text_of("code").parse::<Code>() {
        Ok(code) => CliError::TongbandRefused { code, said },
        Err(_) => {
            let own = OWN_CODES.iter().find(|code| **code == text_of("code"));
            match own {
                Some(code) => CliError::TongbandOwn { code, said },
                None => CliError::Tongband { said },
            }
        }
    }
}

fn show(answer: &Value, plan: &Plan, args: &Args, context: &Context<'_>) -> Shown {
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
    text.push_str(&root_key(args, context));
    text.push_str(&format!("{}\n", say.t("init-next")));
    text.push_str(&indent(&next.join("\n")));
    if matches!(plan.passphrase, Passphrase::Typed(_)) {
        let make = say.tf("init-passphrase-make", &[("file", &passphrase)]);
        text.push_str(&format!("{make}\n"));
    }
    let mut json = answer.clone();
    if let Some(object) = json.as_object_mut() {
        object.insert("next".to_owned(), json!(next));
    }
    Shown::new(json, text)
}

/// Says where the root key lies and what to do with it; nothing where it was brought along.
fn root_key(args: &Args, context: &Context<'_>) -> String {
    let say = context.say;
    let inside = context.dir.join("root.key").display().to_string();
    match (&args.root_key, &args.root_key_out) {
        (Some(_), _) => String::new(),
        (None, Some(path)) => {
            let path = path.display().to_string();
            format!("{}\n", say.tf("init-root-outside", &[("path", &path)]))
        }
        (None, None) => format!(
            "{}\n{}\n",
            say.tf("init-root-inside", &[("path", &inside)]),
            say.t("init-root-hint")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_and_address_have_their_forms() {
        let check = |text: &str, expected: Result<(), Rule>| {
            assert_eq!(division(text), expected, "{text}");
        };
        check("330800", Ok(()));
        check("33080", Err(Rule::Division));
        check("999999", Err(Rule::Province));
        check("100000", Err(Rule::Province));
        let check = |text: &str, fits: bool| {
            assert_eq!(address(text).is_ok(), fits, "{text}");
        };
        check("0.0.0.0:7330", true);
        check("node.example:7330", true);
        check("/ip4/127.0.0.1/tcp/7330", true);
        check("127.0.0.1", false);
        check(":7330", false);
        check("host:99999", false);
    }

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
        check(&line("E_OTHER_CITY"), "E_OTHER_CITY", 1, "why");
        check("it broke\n", "E_TONGBAND", 1, "it broke");
    }
}
