//! Reads one `[[file]]`: a file bundle that one city writes and another takes, instead of a connection.

use tongban_identity::DivisionCode;
use tongban_ledger::code::Code;

use super::error::Errors;
use super::fields::{Fields, Value};
use super::step::refusal;
use super::{Moment, Node, Text};

/// A file bundle on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// When it is written, and taken at once.
    pub at: Moment,
    /// The city that writes it.
    pub from: DivisionCode,
    /// Whether the copy of its node writes it, which a `clone` lets run.
    pub copy: bool,
    /// The city that takes it.
    pub to: DivisionCode,
    /// Whether the copy of its node takes it: all that the writer has for that city, for nobody knows what the
    /// copy missed.
    pub to_copy: bool,
    /// Whether it gets lost: written, and taken by nobody.
    pub lost: bool,
    /// The code with which the city must refuse it.
    pub refused: Option<Code>,
    /// A line for the story.
    pub say: Option<Text>,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// Reads a file bundle; what is wrong goes to `errors`.
pub(super) fn read(value: &Value<'_>, nodes: &[Node], errors: &mut Errors<'_>) -> Option<Carried> {
    let keys = &[
        "at", "from", "copy", "to", "to_copy", "lost", "refused", "say",
    ];
    let fields = Fields::of(value, keys, errors)?;
    let at = fields.need_moment("at", errors);
    let from = fields.need_city("from", nodes, errors);
    let to = fields.need_city("to", nodes, errors);
    let copy = fields.flag("copy", false, errors);
    let to_copy = fields.flag("to_copy", false, errors);
    let lost = fields.flag("lost", false, errors);
    let refused = fields.get("refused").and_then(|code| refusal(code, errors));
    let say = fields.wording("say", errors);
    if from.is_some() && from == to {
        errors.push(fields.at, "a file goes from one city to another", None);
    }
    Some(Carried {
        at: at?,
        from: from?,
        copy,
        to: to?,
        to_copy,
        lost,
        refused,
        say,
        line: errors.line(fields.at),
    })
}
