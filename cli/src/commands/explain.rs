//! `tongban explain CODE`: what an error code means and what to do, without asking a node.

use serde_json::json;
use tongban_ledger::code::Code;

use crate::catalogue::Catalogue;
use crate::error::{CliError, OWN_CODES};
use crate::output::{self, Shown};
use crate::table::fields;

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code, as E_GRANT
    #[arg(value_name = "CODE")]
    pub code: String,
}

/// Runs the command.
///
/// # Errors
/// There is no such code.
pub fn run(args: &Args, say: &Catalogue) -> Result<Shown, CliError> {
    let asked = args.code.trim().to_ascii_uppercase();
    let known = Code::ALL.iter().map(|code| code.as_str());
    let code = known
        .chain(OWN_CODES.iter().copied())
        .find(|code| *code == asked || code.strip_prefix("E_") == Some(&asked))
        .ok_or_else(|| CliError::UnknownCode(args.code.clone()))?;
    let (message, hint) = (output::message(code, say), output::hint(code, say));
    let number = code.parse::<Code>().ok().map(Code::number);
    let text = fields(&[
        (say.t("label-code"), code.to_owned()),
        (say.t("label-meaning"), message.clone()),
        (say.t("label-hint"), hint.clone()),
    ]);
    let json = json!({ "code": code, "number": number, "message": message, "hint": hint });
    Ok(Shown::new(json, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    #[test]
    fn codes_are_found_with_or_without_their_prefix() {
        let say = Catalogue::new(Lang::En);
        let code = |text: &str| {
            let args = Args {
                code: text.to_owned(),
            };
            run(&args, &say).map(|shown| shown.json["code"].clone())
        };
        assert_eq!(code("E_GRANT").expect("known"), "E_GRANT");
        assert_eq!(code("push_open").expect("known"), "E_PUSH_OPEN");
        assert_eq!(code("E_NOT_RUNNING").expect("known"), "E_NOT_RUNNING");
        assert_eq!(
            code("E_NONE").expect_err("unknown").code(),
            "E_UNKNOWN_CODE"
        );
    }
}
