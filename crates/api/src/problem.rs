//! Refusals as HTTP answers. The words for people are the tools', not the node's.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tongban_client::{PROBLEM_JSON, Problem};
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::Code;

/// A refusal with the HTTP status that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    status: StatusCode,
    refusal: Refusal,
}

impl Refused {
    /// Makes a refusal with the usual status of its code.
    pub(crate) fn new(code: Code, about: impl Into<String>) -> Refused {
        Refused::with_status(status_of(code), code, about)
    }

    /// Makes a refusal where HTTP itself names the status.
    pub(crate) fn with_status(status: StatusCode, code: Code, about: impl Into<String>) -> Refused {
        let about = about.into();
        Refused {
            status,
            refusal: Refusal { code, about },
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        Refused {
            status: status_of(refusal.code),
            refusal,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = Problem::new(self.status.as_u16(), &self.refusal);
        match serde_json::to_vec(&problem) {
            Ok(body) => (self.status, [(CONTENT_TYPE, PROBLEM_JSON)], body).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Returns the HTTP status that goes with a code: 409 for what the rules refuse, another where HTTP has one.
pub fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Argument
        | Code::IdNumber
        | Code::TrackingNumber
        | Code::AmountNegative
        | Code::AmountLimit
        | Code::Date
        | Code::Config => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Idempotency => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Damaged | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::CONFLICT,
    }
}
