//! Reading a request's body: content type, size, time, JSON, files.
//!
//! A JSON library quotes the text that it cannot read, and that text may be an identity number. So none of its
//! words are passed on, only the path of the field and the place.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment, Track};
use tongban_client::{BODY_BYTES_MAX, BUNDLE_BYTES_MAX, IDEMPOTENCY_KEY, is_idempotency_key};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use crate::problem::Refused;
use crate::serve::BODY_WAIT;

/// The media type of every body but a file's.
const JSON: &str = "application/json";

/// Field names longer than this are not repeated to the sender.
const FIELD_BYTES_MAX: usize = 32;

/// Reads the idempotency key that every command must carry.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<String, Refused> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (keys.next().map(|key| key.to_str()), keys.next()) {
        (Some(Ok(key)), None) if is_idempotency_key(key) => Ok(key.to_owned()),
        _ => Err(Refused::new(Code::Argument, IDEMPOTENCY_KEY)),
    }
}

/// Reads a JSON body of at most [`BODY_BYTES_MAX`] bytes.
pub(crate) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Refused> {
    parse(&bytes(request, JSON, BODY_BYTES_MAX).await?)
}

/// Reads a command.
pub(crate) async fn command(request: Request) -> Result<Command, Refused> {
    parse_command(&bytes(request, JSON, BODY_BYTES_MAX).await?)
}

/// The two fields of a command. [`Command`] alone would pass over further ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandBody<'a> {
    #[serde(rename = "do")]
    name: Cow<'a, str>,
    #[serde(borrow)]
    args: &'a RawValue,
}

/// Reads a file bundle, of at most 8 MiB.
pub(crate) async fn file(request: Request) -> Result<Vec<u8>, Refused> {
    let file = bytes(request, "application/octet-stream", BUNDLE_BYTES_MAX).await?;
    Ok(file.into())
}

async fn bytes(request: Request, media_type: &str, most: usize) -> Result<Bytes, Refused> {
    if !is_of_type(request.headers(), media_type) {
        return Err(Refused::with_status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Argument,
            CONTENT_TYPE.as_str(),
        ));
    }
    let body = request.into_body();
    if body.size_hint().lower() > most as u64 {
        return Err(Refused::new(Code::TooLarge, "body"));
    }
    let collected = tokio::time::timeout(BODY_WAIT, Limited::new(body, most).collect());
    match collected.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refused::new(Code::TooLarge, "body"))
        }
        Ok(Err(_)) => Err(Refused::new(Code::Argument, "body")),
        Err(_) => Err(Refused::with_status(
            StatusCode::REQUEST_TIMEOUT,
            Code::Argument,
            "body",
        )),
    }
}

fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refused> {
    read(bytes).map_err(|(mut about, error)| {
        let place = format!("line {}, column {}", error.line(), error.column());
        match about.as_str() {
            "" => about = place,
            _ => about.push_str(&format!(" ({place})")),
        }
        Refused::new(Code::Argument, about)
    })
}

/// Reads a command with its fields in either order.
///
/// It is written anew with the name first: with the name last, its arguments would be buffered before their types
/// are known, and an error in them would have no path. The place of such an error would be that in the new text.
fn parse_command(bytes: &[u8]) -> Result<Command, Refused> {
    let body: CommandBody = parse(bytes)?;
    if !Command::NAMES.contains(&&*body.name) {
        return Err(Refused::new(Code::Argument, "do"));
    }
    let text = format!(r#"{{"do":"{}","args":{}}}"#, body.name, body.args);
    read(text.as_bytes()).map_err(|(about, _)| Refused::new(Code::Argument, about))
}

/// Reads JSON, or tells the path of the field at fault, as `args.applicant.id_number`, and the error.
fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, (String, serde_json::Error)> {
    let mut track = Track::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    T::deserialize(tracked)
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| (field_at_fault(&track.path(), &error), error))
}

fn field_at_fault(path: &Path, error: &serde_json::Error) -> String {
    let mut about = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => about.push_str(&format!("[{index}]")),
            Segment::Map { key } => push_field(&mut about, key),
            // A variant is a value; an unknown segment has no name.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(field) = own_field(error) {
        push_field(&mut about, &field);
    }
    about
}

/// Appends a field name, or `?` for one that none of our types would have: it may be a misplaced value.
fn push_field(about: &mut String, field: &str) {
    if !about.is_empty() {
        about.push('.');
    }
    let plain = field.len() <= FIELD_BYTES_MAX
        && field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    about.push_str(if plain { field } else { "?" });
}

/// Finds the name of a missing or repeated field, which the path does not hold. It is a name of ours.
fn own_field(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let rest = text
        .strip_prefix("missing field `")
        .or_else(|| text.strip_prefix("duplicate field `"))?;
    rest.split('`').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use tongban_ledger::command::{Founding, Invite};

    use super::*;

    #[test]
    fn the_field_of_a_command_is_named_and_the_value_is_not() {
        let check = |args: &str, expected: &str| {
            let (name, args) = args.split_once(' ').expect("a name and arguments");
            let refused = Refused::new(Code::Argument, expected);
            for body in [
                format!(r#"{{"do":"{name}","args":{args}}}"#),
                format!(r#"{{"args":{args},"do":"{name}"}}"#),
            ] {
                assert_eq!(
                    parse_command(body.as_bytes()),
                    Err(refused.clone()),
                    "{body}"
                );
            }
        };
        check(
            r#"case.receive {"applicant":{"id_number":330899199001010014}}"#,
            "args.applicant.id_number",
        );
        check("case.close 330899199001010014", "args");
        check("case.close {}", "args.case");
        check(r#"case.close {"case":"1","case":"2"}"#, "args.case");
        check(r#"case.close {"case":"1","why":"x"}"#, "args.why");
        check(
            r#"case.close {"case":"1","330899199001010014":1}"#,
            "args.?",
        );
        check(
            r#"case.edit {"case":"1","edits":[{"edit":"append-note","text":7}]}"#,
            "args.edits[0]",
        );
        check(
            r#"case.served {"case":"1","means":"wangxiaoming"}"#,
            "args.means",
        );
    }

    #[test]
    fn the_place_of_a_fault_is_told() {
        let check = |json: &str, expected: &str| {
            let refused = Refused::new(Code::Argument, expected);
            assert_eq!(parse::<Invite>(json.as_bytes()), Err(refused), "{json}");
        };
        check("[", "line 1, column 1");
        check("{}\n 7", "line 2, column 2");
        check("", "line 1, column 0");
        check("{\"addresses\":[\n7]}", "addresses[0] (line 2, column 1)");
        assert_eq!(
            parse::<Founding>(b"{}"),
            Err(Refused::new(Code::Argument, "founding (line 1, column 2)"))
        );
    }
}
