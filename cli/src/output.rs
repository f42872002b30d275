//! Writes to standard output and standard error, for people or for programs. What is written is decided by the
//! commands.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::error::CliError;
use crate::exit::Exit;
use crate::reason;

/// What a command has to show, in both forms.
#[derive(Debug)]
pub struct Shown {
    /// For programs.
    pub json: Value,
    /// For people; ends with a newline unless it is empty.
    pub text: String,
    /// What the process ends with.
    pub exit: Exit,
}

impl Shown {
    /// Shows a success.
    pub fn new(json: impl serde::Serialize, text: impl Into<String>) -> Shown {
        Shown {
            // The answers are plain data with text keys, which JSON always can hold.
            json: serde_json::to_value(json).unwrap_or(Value::Null),
            text: text.into(),
            exit: Exit::Ok,
        }
    }

    /// Changes the exit code.
    pub fn with_exit(self, exit: Exit) -> Shown {
        Shown { exit, ..self }
    }
}

/// Writes what a command has to show.
pub fn shown(shown: &Shown, as_json: bool) {
    match as_json {
        true => text(&format!("{:#}\n", shown.json)),
        false => text(&shown.text),
    }
}

/// Writes text to standard output; a reader that went away is no error.
pub fn text(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(safe(text).as_bytes());
    let _ = out.flush();
}

/// Writes a remark to standard error.
pub fn remark(text: &str) {
    let _ = io::stderr().lock().write_all(safe(text).as_bytes());
}

/// Writes an error to standard error.
pub fn error(error: &CliError, say: &Catalogue, as_json: bool) {
    remark(&error_said(error, say, as_json));
}

/// Makes what is written of an error, as text or JSON.
pub fn error_said(error: &CliError, say: &Catalogue, as_json: bool) -> String {
    match as_json {
        true => format!("{:#}\n", error_json(error, say)),
        false => error_text(error, say),
    }
}

/// Makes an error's JSON: `{"error": {"code", "message", "hint", …}}`.
pub fn error_json(error: &CliError, say: &Catalogue) -> Value {
    json!({
        "error": {
            "code": error.code(),
            "message": message(error.code(), say),
            "about": error.about(),
            "causes": reason::causes(error, say),
            "hint": reason::hint(error, say),
            "exit": error.exit().code(),
        }
    })
}

/// Makes an error's text: message with code, causes, hint.
pub fn error_text(error: &CliError, say: &Catalogue) -> String {
    let about = match reason::about(error, say) {
        about if about.is_empty() => about,
        about => say.tf("error-about", &[("about", &about)]),
    };
    let message = message(error.code(), say);
    let values = [
        ("message", message.as_str()),
        ("about", about.as_str()),
        ("code", error.code()),
    ];
    let mut text = format!("{}\n", say.tf("error-line", &values));
    for cause in reason::causes(error, say) {
        text.push_str(&format!(
            "{}\n",
            say.tf("error-cause", &[("cause", &cause)])
        ));
    }
    let hint = reason::hint(error, say);
    text.push_str(&format!("{}\n", say.tf("error-hint", &[("hint", &hint)])));
    text
}

/// Finds the wording of a code.
pub fn message(code: &str, say: &Catalogue) -> String {
    say.find(code, &[]).unwrap_or_else(|| code.to_owned())
}

/// Finds what to do about a code.
pub fn hint(code: &str, say: &Catalogue) -> String {
    say.find(&format!("{code}-hint"), &[]).unwrap_or_default()
}

/// Replaces control characters: some of the text comes from other cities and must not steer the terminal.
fn safe(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tongban_ledger::code::Code;

    use super::*;
    use crate::catalogue::Lang;

    #[test]
    fn an_error_has_message_code_cause_and_hint() {
        let error = CliError::TongbandRefused {
            code: Code::Locked,
            said: "held by 17\n".to_owned(),
        };
        let text = error_text(&error, &Catalogue::new(Lang::En));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("Error: "), "{text}");
        assert!(lines[0].ends_with("[E_LOCKED]"), "{text}");
        assert_eq!(lines[1], "Cause: held by 17");
        assert!(lines[2].starts_with("Hint: "), "{text}");
        let text = error_text(&error, &Catalogue::new(Lang::Zh));
        assert!(
            text.starts_with("错误：") && text.contains("\n提示："),
            "{text}"
        );
    }

    #[test]
    fn an_error_is_data_for_programs() {
        let error = CliError::refused(Code::TrackingNumber, "--tracking");
        let json = error_json(&error, &Catalogue::new(Lang::En));
        assert_eq!(json["error"]["code"], "E_TRACKING_NUMBER");
        assert_eq!(json["error"]["about"], "--tracking");
        assert_eq!(json["error"]["exit"], 1);
        for key in ["message", "hint"] {
            let text = json["error"][key].as_str().unwrap_or_default();
            assert!(!text.is_empty() && !text.starts_with("E_"), "{key}");
        }
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(
            safe("a\u{1b}[31m\r\nb\u{9b}c"),
            "a\u{fffd}[31m\u{fffd}\nb\u{fffd}c"
        );
    }
}
