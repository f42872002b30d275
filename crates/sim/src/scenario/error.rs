//! What is wrong with a scenario file, each with its place. No wording of run-time failures.

use std::ops::Range;

use serde::Serialize;

/// A mistake in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ScenarioError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Collects the mistakes of one file and turns byte offsets into lines and columns.
pub(super) struct Errors<'t> {
    file: String,
    text: &'t str,
    list: Vec<ScenarioError>,
}

impl<'t> Errors<'t> {
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        Self {
            file: file.to_owned(),
            text,
            list: Vec::new(),
        }
    }

    /// Records a mistake at a byte offset.
    pub(super) fn push(&mut self, at: usize, message: impl Into<String>, hint: Option<String>) {
        let (line, column) = place(self.text, at);
        self.list.push(ScenarioError {
            file: self.file.clone(),
            line,
            column,
            message: message.into(),
            hint,
        });
    }

    /// Records what the TOML reader found, at `otherwise` where it names no place.
    pub(super) fn toml(&mut self, error: &toml::de::Error, otherwise: &Range<usize>) {
        let span = error.span().unwrap_or_else(|| otherwise.clone());
        self.push(span.start, error.message(), None);
    }

    pub(super) fn line(&self, at: usize) -> usize {
        place(self.text, at).0
    }

    /// Takes over the mistakes of another file.
    pub(super) fn absorb(&mut self, other: Vec<ScenarioError>) {
        self.list.extend(other);
    }

    /// Hands out the mistakes in the order of the file.
    pub(super) fn into_sorted(mut self) -> Vec<ScenarioError> {
        self.list
            .sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        self.list
    }
}

/// Line and column of a byte offset, both counted from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// Proposes the known word that is nearest to a mistyped one.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .min()
        .filter(|(far, _)| *far <= 2)
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Levenshtein distance in characters; scenario words are short.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a = 1\n衢州 = x\n";
        let at = text.find('x').expect("in the text");
        assert_eq!(place(text, at), (2, 6));
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, 9999), (3, 1));
    }

    #[test]
    fn a_near_word_is_proposed_and_a_far_one_is_not() {
        let known = ["case.push", "case.accept"];
        assert_eq!(
            nearest("case.psh", known),
            Some("did you mean `case.push`?".to_owned())
        );
        assert_eq!(nearest("parcel.weigh", known), None);
    }
}
