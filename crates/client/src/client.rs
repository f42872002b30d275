//! The typed client: one method for each route, one connection for each call. It keeps no state, retries
//! nothing and sets no time limit; a caller that must not wait wraps the call in a timeout.

use std::path::{Path, PathBuf};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    BillAnswer, BillRow, BundleContents, BundleTaken, BundleWritten, CaseAnswer, CasePage,
    CaseQuery, CaseRow, ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow, DefectsAnswer, Done,
    KeysAnswer, MeetingAnswer, MeetingsAnswer, ParcelRow, Refusal, RootsAnswer, RosterAnswer,
    RoundAnswer, RoundRow, SettlementAnswer, StatusAnswer, VerifyAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Founding, Invite};

use crate::connection::{Answer, exchange};
use crate::error::{AnswerFault, ClientError};
use crate::limits::{
    BODY_BYTES_MAX, BUNDLE_BYTES_MAX, IDEMPOTENCY_KEY, PROBLEM_JSON, is_idempotency_key,
};
use crate::problem::Problem;
use crate::uri;
use crate::wire::{
    BackupAnswer, BackupRequest, BundleExport, CaseFilter, FoundingPreview, Invitation, SetClock,
};

const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";
const TEXT: &str = "text/plain";

/// Calls a node over its Unix socket.
///
/// Every method fails with [`ClientError`]; [`ClientError::Refused`] carries the node's own refusal.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// Makes a client for the node behind a socket, without connecting yet.
    pub fn unix(path: impl Into<PathBuf>) -> Client {
        Client {
            socket: path.into(),
        }
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Gives a command to the node (`POST /v1/commands`).
    ///
    /// The key is 1 to 128 visible ASCII characters. The same command with the same key takes effect once; the
    /// same key with another command is refused with `E_IDEMPOTENCY`.
    pub async fn command(&self, command: &Command, key: &str) -> Result<Done, ClientError> {
        if !is_idempotency_key(key) {
            return Err(refused(Code::Argument, IDEMPOTENCY_KEY));
        }
        self.send(Method::POST, "/v1/commands", command, Some(key))
            .await
    }

    /// Asks for the node's state at a glance.
    pub async fn status(&self) -> Result<StatusAnswer, ClientError> {
        self.get("/v1/status").await
    }

    /// Lets the node compare with every connected city what both hold (`POST /v1/audit`), and asks for its state
    /// afterwards. This may take ten seconds.
    pub async fn audit(&self) -> Result<StatusAnswer, ClientError> {
        self.send(Method::POST, "/v1/audit", &(), None).await
    }

    /// Lists the cases that the filter chooses; `E_TOO_LARGE` where these are more than
    /// [`crate::CASES_LISTED_MAX`], which [`Client::case_page`] gives in pages.
    pub async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, ClientError> {
        self.get(&uri::cases(filter)).await
    }

    /// Asks for a page of cases (`POST /v1/cases/search`).
    pub async fn case_page(&self, query: &CaseQuery) -> Result<CasePage, ClientError> {
        self.send(Method::POST, "/v1/cases/search", query, None)
            .await
    }

    /// Shows a case, by its number or a unique beginning of its document id.
    pub async fn case(&self, case: &str) -> Result<CaseAnswer, ClientError> {
        self.get(&uri::segment("/v1/cases", case)).await
    }

    /// Lists the consults.
    pub async fn consults(&self) -> Result<Vec<ConsultRow>, ClientError> {
        self.get("/v1/consults").await
    }

    /// Asks for a page of consults (`POST /v1/consults/search`).
    pub async fn consult_page(&self, query: &ConsultQuery) -> Result<ConsultPage, ClientError> {
        self.send(Method::POST, "/v1/consults/search", query, None)
            .await
    }

    /// Shows a consult, by a unique beginning of its document id.
    pub async fn consult(&self, consult: &str) -> Result<ConsultAnswer, ClientError> {
        self.get(&uri::segment("/v1/consults", consult)).await
    }

    /// Lists the meetings, with what waits for the next one.
    pub async fn meetings(&self) -> Result<MeetingsAnswer, ClientError> {
        self.get("/v1/meetings").await
    }

    /// Shows a meeting, by its number or a unique beginning of its document id.
    pub async fn meeting(&self, meeting: &str) -> Result<MeetingAnswer, ClientError> {
        self.get(&uri::segment("/v1/meetings", meeting)).await
    }

    /// Lists the parcels.
    pub async fn parcels(&self) -> Result<Vec<ParcelRow>, ClientError> {
        self.get("/v1/parcels").await
    }

    /// Shows a parcel, by its tracking number or a unique beginning of its document id.
    pub async fn parcel(&self, parcel: &str) -> Result<ParcelRow, ClientError> {
        self.get(&uri::segment("/v1/parcels", parcel)).await
    }

    /// Shows a month's postage as this city sees it.
    pub async fn settlement(&self, month: Month) -> Result<SettlementAnswer, ClientError> {
        self.get(&uri::segment("/v1/settlement", &month.to_string()))
            .await
    }

    /// Lists the bills of a month.
    pub async fn bills(&self, month: Month) -> Result<Vec<BillRow>, ClientError> {
        self.get(&uri::segment("/v1/bills", &month.to_string()))
            .await
    }

    /// Shows the bill of a month with another city; the agreement is named where there are several.
    pub async fn bill(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<&str>,
    ) -> Result<BillAnswer, ClientError> {
        let month = uri::segment("/v1/bills", &month.to_string());
        let path = uri::segment(&month, &with.to_string());
        self.get(&uri::of_agreement(path, agreement)).await
    }

    /// Lists the rounds of a month, one of each agreement.
    pub async fn rounds(&self, month: Month) -> Result<Vec<RoundRow>, ClientError> {
        self.get(&uri::segment("/v1/rounds", &month.to_string()))
            .await
    }

    /// Shows the round of a month; the agreement is named where there are several.
    pub async fn round(
        &self,
        month: Month,
        agreement: Option<&str>,
    ) -> Result<RoundAnswer, ClientError> {
        let month = uri::segment("/v1/rounds", &month.to_string());
        let path = uri::segment(&month, "figures");
        self.get(&uri::of_agreement(path, agreement)).await
    }

    /// Shows the roster of a city, of this one if none is named.
    pub async fn roster(&self, city: Option<DivisionCode>) -> Result<RosterAnswer, ClientError> {
        self.get(&uri::of_city("/v1/roster", city)).await
    }

    /// Shows what is amiss today in a city's roster, in this one's if none is named.
    pub async fn defects(&self, city: Option<DivisionCode>) -> Result<DefectsAnswer, ClientError> {
        self.get(&uri::of_city("/v1/defects", city)).await
    }

    /// Lists the state roots of the documents that the node holds.
    pub async fn roots(&self) -> Result<RootsAnswer, ClientError> {
        self.get("/v1/roots").await
    }

    /// Lets the node fold everything again and check what it stores. This may take long.
    pub async fn verify(&self) -> Result<VerifyAnswer, ClientError> {
        self.get("/v1/verify").await
    }

    /// Shows this city's devices, what is held of revoked ones, and forks.
    pub async fn keys(&self) -> Result<KeysAnswer, ClientError> {
        self.get("/v1/keys").await
    }

    /// Fetches the evidence file of a case.
    pub async fn evidence(&self, case: &str) -> Result<Vec<u8>, ClientError> {
        self.octets("/v1/evidence", case).await
    }

    /// Fetches the file of a certificate, named by its id, its motion's or its agreement's; or the proof against a city
    /// that contradicted itself in a round, named by an entry.
    pub async fn resolution(&self, reference: &str) -> Result<Vec<u8>, ClientError> {
        self.octets("/v1/resolutions", reference).await
    }

    /// Fetches the proof of a fork in a document.
    pub async fn fork(&self, document: &str) -> Result<Vec<u8>, ClientError> {
        self.octets("/v1/forks", document).await
    }

    async fn octets(&self, route: &str, reference: &str) -> Result<Vec<u8>, ClientError> {
        let request = request(Method::GET, &uri::segment(route, reference), OCTETS)?;
        let answer = exchange(&self.socket, request).await?;
        Ok(accepted(answer, OCTETS)?.body)
    }

    /// Writes a part of an export of file bundles (`POST /v1/bundles/export`).
    pub async fn export_bundle(&self, export: &BundleExport) -> Result<BundleWritten, ClientError> {
        self.send(Method::POST, "/v1/bundles/export", export, None)
            .await
    }

    /// Asks what a bundle holds; nothing of it is taken.
    pub async fn bundle_contents(&self, file: Vec<u8>) -> Result<BundleContents, ClientError> {
        self.upload("/v1/bundles/contents", file).await
    }

    /// Lets the node take a bundle. The same file may be given any number of times.
    pub async fn import_bundle(&self, file: Vec<u8>) -> Result<BundleTaken, ClientError> {
        self.upload("/v1/bundles/import", file).await
    }

    async fn upload<T: DeserializeOwned>(
        &self,
        uri: &str,
        file: Vec<u8>,
    ) -> Result<T, ClientError> {
        // The node would refuse it while it is still being sent, and the refusal could be lost.
        if file.len() > BUNDLE_BYTES_MAX {
            return Err(refused(Code::TooLarge, "body"));
        }
        let mut request = request(Method::POST, uri, JSON)?;
        let octets = hyper::header::HeaderValue::from_static(OCTETS);
        request.headers_mut().insert(CONTENT_TYPE, octets);
        *request.body_mut() = Full::from(file);
        let answer = exchange(&self.socket, request).await?;
        parse(accepted(answer, JSON)?)
    }

    /// Writes this city's invitation; the node's configured addresses if none are given.
    pub async fn invitation(&self, addresses: Vec<String>) -> Result<Invitation, ClientError> {
        let body = Invite { addresses };
        self.send(Method::POST, "/v1/invitation", &body, None).await
    }

    /// Reads a founding file without signing it, so that people can compare fingerprints first.
    pub async fn founding_preview(
        &self,
        founding: impl Into<String>,
    ) -> Result<FoundingPreview, ClientError> {
        let body = Founding {
            founding: founding.into(),
        };
        self.send(Method::POST, "/v1/agreement/preview", &body, None)
            .await
    }

    /// Sets the clock, in Unix seconds, of a node that runs under a scripted one; `E_MODE` on any other.
    pub async fn set_clock(&self, unix: i64) -> Result<(), ClientError> {
        self.send(Method::PUT, "/v1/test/clock", &SetClock { unix }, None)
            .await
    }

    /// Lets the running node add a backup to a folder (`POST /v1/backup`). This may take long.
    pub async fn backup(&self, request: &BackupRequest) -> Result<BackupAnswer, ClientError> {
        self.send(Method::POST, "/v1/backup", request, None).await
    }

    /// Asks whether the process answers at all; it says nothing about stored data.
    pub async fn alive(&self) -> Result<(), ClientError> {
        let answer = exchange(&self.socket, request(Method::GET, "/livez", TEXT)?).await?;
        accepted(answer, TEXT).map(|_| ())
    }

    async fn get<T: DeserializeOwned>(&self, uri: &str) -> Result<T, ClientError> {
        let answer = exchange(&self.socket, request(Method::GET, uri, JSON)?).await?;
        parse(accepted(answer, JSON)?)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        uri: &str,
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| refused(Code::Argument, "body"))?;
        // The node would refuse it while it is still being sent, and the refusal could be lost.
        if body.len() > BODY_BYTES_MAX {
            return Err(refused(Code::TooLarge, "body"));
        }
        let mut request = request(method, uri, JSON)?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(JSON));
        if let Some(key) = key {
            let value = key
                .parse()
                .map_err(|_| refused(Code::Argument, IDEMPOTENCY_KEY))?;
            headers.insert(IDEMPOTENCY_KEY, value);
        }
        *request.body_mut() = Full::from(body);
        let answer = exchange(&self.socket, request).await?;
        parse(accepted(answer, JSON)?)
    }
}

/// Starts a request with an empty body. HTTP/1.1 asks for a host; a Unix socket has none.
fn request(method: Method, uri: &str, accept: &str) -> Result<Request<Full<Bytes>>, ClientError> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(HOST, "localhost")
        .header(ACCEPT, accept)
        .body(Full::default())
        .map_err(|_| refused(Code::Argument, "path"))
}

/// Turns a refusal of the node into an error and an answer of another type too.
fn accepted(answer: Answer, media_type: &str) -> Result<Answer, ClientError> {
    let status = answer.status.as_u16();
    let fault = |source| ClientError::Answer { status, source };
    if answer.media_type == PROBLEM_JSON {
        let problem: Problem = serde_json::from_slice(&answer.body)
            .map_err(|error| fault(AnswerFault::json(&error)))?;
        let code = problem.code.clone();
        let refusal = problem
            .into_refusal()
            .map_err(|_| fault(AnswerFault::code(&code)))?;
        return Err(ClientError::Refused(refusal));
    }
    if !answer.status.is_success() || answer.media_type != media_type {
        return Err(fault(AnswerFault::ContentType));
    }
    Ok(answer)
}

fn parse<T: DeserializeOwned>(answer: Answer) -> Result<T, ClientError> {
    serde_json::from_slice(&answer.body).map_err(|error| ClientError::Answer {
        status: answer.status.as_u16(),
        source: AnswerFault::json(&error),
    })
}

fn refused(code: Code, about: &str) -> ClientError {
    ClientError::Refused(Refusal {
        code,
        about: about.to_owned(),
    })
}
