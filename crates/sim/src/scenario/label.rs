//! Labels: `"$c1"` in arguments stands for the number of what an earlier step opened.

use std::collections::BTreeMap;

use serde_json::Value;
use tongban_ledger::command::Command;

/// What each label stands for: a case number, a tracking number, or a document id.
pub(crate) type Labels = BTreeMap<String, String>;

/// Behind a label: the entry that the step signed last, instead of what it is about.
pub(crate) const ENTRY: &str = "-entry";

/// Behind the label of a proposal of a round: its hash, as `round.sign` takes it.
pub(crate) const HASH: &str = "-hash";

/// Reports why a command could not be filled in.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The step that defines the label had no effect.
    #[error("nothing stands for the label ${0} yet")]
    Undefined(String),
    /// The filled-in arguments are no command any more.
    #[error("the command does not take what the label stands for")]
    Command(#[from] serde_json::Error),
}

/// Returns the label that a whole text is, as `c1` for `$c1`.
pub(crate) fn label_of(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    is_label(name).then_some(name)
}

/// Says whether a text can be a label: a letter, then letters, digits, `-` and `_`.
pub(super) fn is_label(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Fills in one text.
pub(crate) fn fill(text: &str, labels: &Labels) -> Result<String, LabelError> {
    match label_of(text) {
        None => Ok(text.to_owned()),
        Some(label) => labels
            .get(label)
            .cloned()
            .ok_or_else(|| LabelError::Undefined(label.to_owned())),
    }
}

/// Fills in every label of a command.
pub(crate) fn fill_command(command: &Command, labels: &Labels) -> Result<Command, LabelError> {
    let mut value = serde_json::to_value(command)?;
    fill_value(&mut value, labels)?;
    Ok(serde_json::from_value(value)?)
}

fn fill_value(value: &mut Value, labels: &Labels) -> Result<(), LabelError> {
    match value {
        Value::String(text) => *text = fill(text, labels)?,
        Value::Array(list) => {
            for item in list {
                fill_value(item, labels)?;
            }
        }
        Value::Object(map) => {
            for item in map.values_mut() {
                fill_value(item, labels)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tongban_ledger::command::{CaseRef, Edit, FileEdit};

    use super::*;

    #[test]
    fn labels_are_filled_in_and_other_texts_stay() {
        let labels = Labels::from([("c1".to_owned(), "TB-1".to_owned())]);
        let edit = |case: &str| {
            Command::CaseEdit(Edit {
                case: case.to_owned(),
                edits: vec![FileEdit::AppendNote {
                    text: "$100 is no label, $c1 inside a sentence neither".to_owned(),
                }],
            })
        };
        let filled = fill_command(&edit("$c1"), &labels).expect("defined");
        assert_eq!(filled, edit("TB-1"));
    }

    #[test]
    fn an_undefined_label_is_an_error() {
        let push = Command::CaseClose(CaseRef {
            case: "$c2".to_owned(),
        });
        let error = fill_command(&push, &Labels::new()).expect_err("not defined");
        assert!(matches!(error, LabelError::Undefined(label) if label == "c2"));
    }
}
