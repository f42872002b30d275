//! Running outside programs as named steps: a line before, the elapsed time after, one kind of failure.
//! Not a build graph; each command of `cargo xtask` lists its own steps in order.

use std::fmt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Exit code when a program or library that xtask cannot install by itself is missing.
pub const EXIT_MISSING_TOOL: u8 = 3;
/// Exit code for a wrong command line.
pub const EXIT_USAGE: u8 = 2;
/// Exit code for every other failure that does not carry a code of its own.
pub const EXIT_FAILED: u8 = 1;

/// Why a command of xtask stopped: what failed, what to do about it, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// What failed, as one line or a short paragraph.
    pub what: String,
    /// What the person can do about it, if anything is known.
    pub hint: Option<String>,
    /// Exit code of the process.
    pub code: u8,
}

impl Failure {
    /// Creates a failure with exit code 1 and no hint.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
            code: EXIT_FAILED,
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the exit code.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Describes a failed file operation.
    pub fn io(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nHint: {hint}")?;
        }
        Ok(())
    }
}

/// Prints one line of progress to standard error, so that standard output stays free for data.
pub fn say(line: impl fmt::Display) {
    eprintln!("xtask: {line}");
}

/// Runs a command as a named step; any exit code but 0 is a failure that passes the code on.
pub fn run(name: &str, command: &mut Command) -> Result<(), Failure> {
    let status = run_status(name, command)?;
    if status.success() {
        return Ok(());
    }
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(EXIT_FAILED);
    Err(Failure::new(format!("step failed: {name} ({status})")).code(code))
}

/// Runs a command as a named step and returns how it ended.
pub fn run_status(name: &str, command: &mut Command) -> Result<ExitStatus, Failure> {
    say(format_args!("{name} …"));
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    let outcome = if status.success() { "done" } else { "FAILED" };
    say(format_args!(
        "{name}: {outcome} after {}",
        elapsed(start.elapsed())
    ));
    Ok(status)
}

/// Runs a command quietly and returns its standard output; its standard error is shown only on failure.
pub fn capture(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "`{}` failed ({}):\n{}",
            command.get_program().to_string_lossy(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    String::from_utf8(output.stdout).map_err(|error| {
        Failure::new(format!(
            "`{}` printed text that is not UTF-8: {error}",
            command.get_program().to_string_lossy()
        ))
    })
}

/// Formats a duration for people: `4.2 s`, `3 min 07 s`.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "cannot start `{}`: {error}",
        command.get_program().to_string_lossy()
    ))
    .code(EXIT_MISSING_TOOL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(elapsed(Duration::from_millis(4_230)), "4.2 s");
        assert_eq!(elapsed(Duration::from_secs(187)), "3 min 07 s");
    }

    #[test]
    fn exit_code_of_a_step_is_passed_on() {
        let failure = run(
            "a step that fails",
            Command::new("sh").args(["-c", "exit 7"]),
        )
        .expect_err("the shell exits with 7");
        assert_eq!(failure.code, 7);
        assert!(failure.what.contains("a step that fails"));
    }

    #[test]
    fn missing_program_has_its_own_code() {
        let failure = capture(&mut Command::new("no-such-program-anywhere"))
            .expect_err("the program does not exist");
        assert_eq!(failure.code, EXIT_MISSING_TOOL);
    }
}
