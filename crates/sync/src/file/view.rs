//! A file as people read it.

use std::collections::BTreeMap;

use automerge::{Automerge, AutomergeError, ReadDoc, ScalarValue, Value};
use serde::{Deserialize, Serialize};

use super::genesis;

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// Each form field with the value that stands. Of concurrent values one stands, the same on every
    /// node.
    pub fields: BTreeMap<String, String>,
    /// Fields to which several clerks gave different values without seeing each other's: all values,
    /// sorted, the standing one among them. The next value that someone sets ends the conflict.
    pub conflicts: BTreeMap<String, Vec<String>>,
    /// Each checklist item and whether it is done.
    pub checklist: BTreeMap<String, bool>,
    /// The notes.
    pub notes: String,
}

/// Reads a document of this schema.
pub(super) fn read(doc: &Automerge) -> Result<FileView, AutomergeError> {
    let mut view = FileView {
        notes: doc.text(genesis::notes())?,
        ..FileView::default()
    };
    for name in doc.keys(genesis::fields()) {
        if let Some(value) = doc
            .get(genesis::fields(), name.as_str())?
            .and_then(|(value, _)| text(&value))
        {
            view.fields.insert(name.clone(), value);
        }
        let mut values: Vec<String> = doc
            .get_all(genesis::fields(), name.as_str())?
            .iter()
            .filter_map(|(value, _)| text(value))
            .collect();
        values.sort_unstable();
        values.dedup();
        if values.len() > 1 {
            view.conflicts.insert(name, values);
        }
    }
    for item in doc.keys(genesis::checklist()) {
        let value = doc.get(genesis::checklist(), item.as_str())?;
        if let Some(done) = value.and_then(|(value, _)| value.as_bool()) {
            view.checklist.insert(item, done);
        }
    }
    Ok(view)
}

fn text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Str(text) => Some(text.to_string()),
            _ => None,
        },
        Value::Object(_) => None,
    }
}
