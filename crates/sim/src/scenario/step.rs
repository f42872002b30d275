//! Reads one `[[step]]`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use super::command;
use super::error::{Errors, nearest};
use super::fields::{Fields, Value};
use super::label::{ENTRY, HASH, is_label, label_of};
use super::{Hand, Moment, Node, Step, repeat};
use crate::forge;

const KEYS: &[&str] = &[
    "at", "node", "do", "args", "as", "refused", "say", "wait", "settle", "key", "copy", "twin",
];

/// When each label is defined, filled while the steps are read in order.
pub(super) type Defined = BTreeMap<String, Moment>;

/// Reads a step; what is wrong goes to `errors`.
pub(super) fn read(
    value: &Value<'_>,
    nodes: &[Node],
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Option<Step> {
    let fields = Fields::of(value, KEYS, errors)?;
    let at = fields.need_moment("at", errors);
    let node = fields.need_city("node", nodes, errors);
    let refused = fields.get("refused").and_then(|code| refusal(code, errors));
    let wait = fields.cities("wait", nodes, errors);
    let settle = fields.flag("settle", true, errors);
    let say = fields.wording("say", errors);
    let act = act(&fields, errors);
    let args = fields.get("args").cloned().unwrap_or_else(|| {
        let here = value.span();
        Spanned::new(here.start..here.start, DeValue::Table(DeTable::new()))
    });
    let args = repeat::expand(&args, errors);
    uses(&args, defined, errors);
    let span = args.span();
    let command = act.and_then(|act| {
        command::read(act, args)
            .map_err(|error| errors.toml(&error, &span))
            .ok()
    });
    let label = label(&fields, at, refused, defined, errors);
    let (act, command) = (act?, command?);
    let hand = hand(&fields, &command, nodes, errors);
    if matches!(
        command,
        Command::AgreementFound(_) | Command::AgreementAccept(_)
    ) {
        errors.push(
            fields.at,
            format!("`{act}` is not for steps"),
            Some("the run founds the agreement from `terms` by itself".to_owned()),
        );
        return None;
    }
    Some(Step {
        at: at?,
        node: node?,
        hand,
        act,
        command,
        key: fields.text("key", errors).map(str::to_owned),
        label,
        refused,
        say,
        wait,
        settle,
        line: errors.line(fields.at),
    })
}

/// Who acts: a clerk, if neither `copy` nor `twin` says otherwise.
fn hand(
    fields: &Fields<'_, '_>,
    command: &Command,
    nodes: &[Node],
    errors: &mut Errors<'_>,
) -> Hand {
    let copy = fields.flag("copy", false, errors);
    let Some(twin) = fields.get("twin") else {
        return if copy { Hand::Copy } else { Hand::Clerk };
    };
    let here = twin.span().start;
    if copy {
        errors.push(here, "a step is of a copy or a twin, not both", None);
    }
    for key in ["as", "refused", "wait"] {
        if fields.get(key).is_some() {
            let message = format!("no node answers a twin, so it takes no `{key}`");
            errors.push(here, message, None);
        }
    }
    if !forge::signs(command) {
        let hint = format!("known: {}", forge::COMMANDS.join(", "));
        errors.push(here, "nobody forges a twin of this command", Some(hint));
    }
    Hand::Twin(fields.cities("twin", nodes, errors))
}

/// The command's name, which must be one that the command layer knows.
fn act(fields: &Fields<'_, '_>, errors: &mut Errors<'_>) -> Option<&'static str> {
    let name = fields.need_text("do", errors)?;
    let known = Command::NAMES.iter().copied().find(|known| *known == name);
    if known.is_none() {
        let at = fields
            .get("do")
            .map_or(fields.at, |value| value.span().start);
        errors.push(
            at,
            format!("unknown command `{name}`"),
            nearest(name, Command::NAMES),
        );
    }
    known
}

/// Reads a refusal code.
pub(super) fn refusal(value: &Value<'_>, errors: &mut Errors<'_>) -> Option<Code> {
    let text = super::fields::as_text(value, errors)?;
    let code = text.parse().ok();
    if code.is_none() {
        let known = Code::ALL.iter().map(|code| code.as_str());
        errors.push(
            value.span().start,
            format!("unknown refusal code `{text}`"),
            nearest(text, known),
        );
    }
    code
}

/// Defines the step's label, if it has one.
fn label(
    fields: &Fields<'_, '_>,
    at: Option<Moment>,
    refused: Option<Code>,
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Option<String> {
    let value = fields.get("as")?;
    let name = super::fields::as_text(value, errors)?;
    let here = value.span().start;
    if refused.is_some() && is_label(name) {
        errors.push(here, "a refused command has nothing to label", None);
    }
    define(name, here, at, defined, errors)
}

/// Defines a label from a moment on.
pub(super) fn define(
    name: &str,
    here: usize,
    at: Option<Moment>,
    defined: &mut Defined,
    errors: &mut Errors<'_>,
) -> Option<String> {
    if !is_label(name) {
        let hint = "a letter, then letters, digits, - and _, without the $".to_owned();
        errors.push(here, format!("`{name}` is no label"), Some(hint));
        return None;
    }
    if defined.contains_key(name) {
        errors.push(here, format!("the label `{name}` is taken"), None);
    } else if let Some(at) = at {
        defined.insert(name.to_owned(), at);
    }
    Some(name.to_owned())
}

/// Reports every label in the arguments that no earlier step defines.
fn uses(value: &Value<'_>, defined: &Defined, errors: &mut Errors<'_>) {
    match value.get_ref() {
        DeValue::String(text) => check_use(text, value.span().start, defined, errors),
        DeValue::Array(list) => {
            for item in list.iter() {
                uses(item, defined, errors);
            }
        }
        DeValue::Table(table) => {
            for item in table.values() {
                uses(item, defined, errors);
            }
        }
        _ => {}
    }
}

/// Reports a label that is not defined.
pub(super) fn check_use(text: &str, at: usize, defined: &Defined, errors: &mut Errors<'_>) {
    if let Some(label) = label_of(text)
        && !defined.contains_key(label)
        && ![ENTRY, HASH].iter().any(|about| {
            let of = label.strip_suffix(*about);
            of.is_some_and(|label| defined.contains_key(label))
        })
    {
        let hint = nearest(label, defined.keys().map(String::as_str))
            .unwrap_or_else(|| "an earlier step defines a label with `as`".to_owned());
        errors.push(
            at,
            format!("the label `${label}` is not defined before this"),
            Some(hint),
        );
    }
}
