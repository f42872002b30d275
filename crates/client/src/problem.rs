//! A refusal as it travels: `application/problem+json` (RFC 9457). Words for people are added by the tools.

use serde::{Deserialize, Serialize};
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::UnknownCode;

/// The JSON form of a refusal.
///
/// The code stays a text here, so that a client can still show the code of a newer node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:tongban:error:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code again, as RFC 9457 wants a title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// What it was about; never personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

impl Problem {
    /// Writes a refusal that is answered with this HTTP status.
    pub fn new(status: u16, refusal: &Refusal) -> Problem {
        let code = refusal.code.as_str();
        Problem {
            kind: format!("urn:tongban:error:{code}"),
            title: code.to_owned(),
            status,
            code: code.to_owned(),
            about: refusal.about.clone(),
        }
    }

    /// Reads the refusal back.
    ///
    /// # Errors
    /// [`UnknownCode`] when this version does not know the code.
    pub fn into_refusal(self) -> Result<Refusal, UnknownCode> {
        Ok(Refusal {
            code: self.code.parse()?,
            about: self.about,
        })
    }
}

#[cfg(test)]
mod tests {
    use tongban_ledger::code::Code;

    use super::*;

    #[test]
    fn every_refusal_survives_the_wire() {
        for &code in Code::ALL {
            let refusal = Refusal {
                code,
                about: "args.item".to_owned(),
            };
            let json = serde_json::to_string(&Problem::new(409, &refusal)).expect("plain data");
            let problem: Problem = serde_json::from_str(&json).expect("own text");
            assert_eq!(problem.kind, format!("urn:tongban:error:{code}"));
            assert_eq!(problem.into_refusal(), Ok(refusal));
        }
    }
}
