//! The routes: each turns a request into one call of the backend and its outcome into an answer.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{MatchedPath, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Serialize;
use tongban_client::CaseFilter;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::Refusal;
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;

use crate::backend::Backend;
use crate::body;
use crate::problem::Refused;

type Node<B> = State<Arc<B>>;
type Reference = Result<Path<String>, PathRejection>;
type Parameters = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// Builds the router over a backend.
///
/// It asks for no credentials: whoever can reach it may do everything, so it belongs behind a socket that only
/// the node's user may open.
pub fn router<B: Backend>(backend: Arc<B>) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/v1/commands", post(command::<B>))
        .route("/v1/invitation", post(invitation::<B>))
        .route("/v1/agreement/preview", post(preview::<B>))
        .route("/v1/status", get(status::<B>))
        .route("/v1/audit", post(audit::<B>))
        .route("/v1/cases", get(cases::<B>))
        .route("/v1/cases/search", post(case_page::<B>))
        .route("/v1/consults/search", post(consult_page::<B>))
        .route("/v1/cases/{case}", get(case::<B>))
        .route("/v1/consults", get(consults::<B>))
        .route("/v1/consults/{consult}", get(consult::<B>))
        .route("/v1/meetings", get(meetings::<B>))
        .route("/v1/meetings/{meeting}", get(meeting::<B>))
        .route("/v1/parcels", get(parcels::<B>))
        .route("/v1/parcels/{parcel}", get(parcel::<B>))
        .route("/v1/settlement/{month}", get(settlement::<B>))
        .route("/v1/bills/{month}", get(bills::<B>))
        .route("/v1/bills/{month}/{with}", get(bill::<B>))
        .route("/v1/rounds/{month}", get(rounds::<B>))
        .route("/v1/rounds/{month}/figures", get(round::<B>))
        .route("/v1/roster/{city}", get(roster::<B>))
        .route("/v1/defects/{city}", get(defects::<B>))
        .route("/v1/roots", get(roots::<B>))
        .route("/v1/verify", get(verify::<B>))
        .route("/v1/keys", get(keys::<B>))
        .route("/v1/evidence/{case}", get(evidence::<B>))
        .route("/v1/forks/{document}", get(fork::<B>))
        .route("/v1/resolutions/{reference}", get(resolution::<B>))
        .route("/v1/bundles/export", post(export_bundle::<B>))
        .route("/v1/bundles/contents", post(bundle_contents::<B>))
        .route("/v1/bundles/import", post(import_bundle::<B>))
        .route("/v1/backup", post(backup::<B>))
        .route("/v1/test/clock", put(set_clock::<B>))
        .fallback(async || Refused::new(Code::NotFound, "path"))
        .method_not_allowed_fallback(async || {
            Refused::with_status(StatusCode::METHOD_NOT_ALLOWED, Code::Argument, "method")
        })
        .layer(middleware::from_fn(log_and_mark))
        .with_state(backend)
}

/// Logs the route, never the path or query, and forbids to keep answers: they hold personal data.
async fn log_and_mark(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    tracing::debug!(
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        "answered a local request"
    );
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn livez() -> &'static str {
    "ok\n"
}

async fn command<B: Backend>(State(node): Node<B>, request: Request) -> Result<Response, Refused> {
    let key = body::idempotency_key(request.headers())?;
    let command = body::command(request).await?;
    answer(async move { node.command(key, command).await }).await
}

async fn invitation<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let invite = body::json(request).await?;
    answer(async move { node.invitation(invite).await }).await
}

async fn preview<B: Backend>(State(node): Node<B>, request: Request) -> Result<Response, Refused> {
    let founding = body::json(request).await?;
    answer(async move { node.preview(founding).await }).await
}

async fn export_bundle<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let export = body::json(request).await?;
    answer(async move { node.export_bundle(export).await }).await
}

async fn bundle_contents<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let file = body::file(request).await?;
    answer(async move { node.bundle_contents(file).await }).await
}

async fn import_bundle<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let file = body::file(request).await?;
    answer(async move { node.import_bundle(file).await }).await
}

async fn backup<B: Backend>(State(node): Node<B>, request: Request) -> Result<Response, Refused> {
    let wanted = body::json(request).await?;
    answer(async move { node.backup(wanted).await }).await
}

async fn set_clock<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let clock = body::json(request).await?;
    answer(async move { node.set_clock(clock).await }).await
}

async fn status<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.status().await }).await
}

async fn audit<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.audit().await }).await
}

async fn cases<B: Backend>(
    State(node): Node<B>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(parameters) = query.map_err(|_| Refused::new(Code::Argument, "query"))?;
    let filter = case_filter(parameters)?;
    answer(async move { node.cases(filter).await }).await
}

async fn case_page<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    // A body and not a query: an identity number must stand in no path that is logged anywhere.
    let query = body::json(request).await?;
    answer(async move { node.case_page(query).await }).await
}

async fn case<B: Backend>(State(node): Node<B>, reference: Reference) -> Result<Response, Refused> {
    let case = named(reference, "case")?;
    answer(async move { node.case(case).await }).await
}

async fn consults<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.consults().await }).await
}

async fn consult_page<B: Backend>(
    State(node): Node<B>,
    request: Request,
) -> Result<Response, Refused> {
    let query = body::json(request).await?;
    answer(async move { node.consult_page(query).await }).await
}

async fn consult<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let consult = named(reference, "consult")?;
    answer(async move { node.consult(consult).await }).await
}

async fn meetings<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.meetings().await }).await
}

async fn meeting<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let meeting = named(reference, "meeting")?;
    answer(async move { node.meeting(meeting).await }).await
}

async fn parcels<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.parcels().await }).await
}

async fn parcel<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let parcel = named(reference, "parcel")?;
    answer(async move { node.parcel(parcel).await }).await
}

async fn settlement<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let month = month(reference)?;
    answer(async move { node.settlement(month).await }).await
}

async fn bills<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let month = month(reference)?;
    answer(async move { node.bills(month).await }).await
}

async fn bill<B: Backend>(
    State(node): Node<B>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Parameters,
) -> Result<Response, Refused> {
    let Path((month, with)) = path.map_err(|_| Refused::new(Code::Argument, "path"))?;
    let month: Month = month
        .parse()
        .map_err(|_| Refused::new(Code::Date, "month"))?;
    let with: DivisionCode = with
        .parse()
        .map_err(|_| Refused::new(Code::Argument, "with"))?;
    let agreement = agreement(query)?;
    answer(async move { node.bill(month, with, agreement).await }).await
}

async fn rounds<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let month = month(reference)?;
    answer(async move { node.rounds(month).await }).await
}

async fn round<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
    query: Parameters,
) -> Result<Response, Refused> {
    let month = month(reference)?;
    let agreement = agreement(query)?;
    answer(async move { node.round(month, agreement).await }).await
}

/// The month of a path.
fn month(reference: Reference) -> Result<Month, Refused> {
    named(reference, "month")?
        .parse()
        .map_err(|_| Refused::new(Code::Date, "month"))
}

/// The agreement that a query names, by a beginning of its id; it has no other parameter.
fn agreement(query: Parameters) -> Result<Option<String>, Refused> {
    let Query(parameters) = query.map_err(|_| Refused::new(Code::Argument, "query"))?;
    match parameters.as_slice() {
        [] => Ok(None),
        [(name, value)] if name == "agreement" => Ok(Some(value.clone())),
        _ => Err(Refused::new(Code::Argument, "query")),
    }
}

async fn roster<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let city = city(reference)?;
    answer(async move { node.roster(city).await }).await
}

async fn defects<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let city = city(reference)?;
    answer(async move { node.defects(city).await }).await
}

/// Reads the city that a path names: none for `own`, the node's.
fn city(reference: Reference) -> Result<Option<DivisionCode>, Refused> {
    match named(reference, "city")?.as_str() {
        "own" => Ok(None),
        code => match code.parse() {
            Ok(city) => Ok(Some(city)),
            Err(_) => Err(Refused::new(Code::Argument, "city")),
        },
    }
}

async fn roots<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.roots().await }).await
}

async fn keys<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.keys().await }).await
}

async fn verify<B: Backend>(State(node): Node<B>) -> Result<Response, Refused> {
    answer(async move { node.verify().await }).await
}

async fn evidence<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let case = named(reference, "case")?;
    let file = to_the_end(async move { node.evidence(case).await }).await?;
    Ok(octets(file))
}

async fn fork<B: Backend>(State(node): Node<B>, reference: Reference) -> Result<Response, Refused> {
    let document = named(reference, "document")?;
    let file = to_the_end(async move { node.fork(document).await }).await?;
    Ok(octets(file))
}

async fn resolution<B: Backend>(
    State(node): Node<B>,
    reference: Reference,
) -> Result<Response, Refused> {
    let reference = named(reference, "resolution")?;
    let file = to_the_end(async move { node.resolution(reference).await }).await?;
    Ok(octets(file))
}

fn octets(file: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/octet-stream")], file).into_response()
}

fn named(reference: Reference, what: &str) -> Result<String, Refused> {
    match reference {
        Ok(Path(text)) => Ok(text),
        Err(_) => Err(Refused::new(Code::Argument, what)),
    }
}

/// Reads the query of the case list: each parameter at most once, none that is unknown.
fn case_filter(parameters: Vec<(String, String)>) -> Result<CaseFilter, Refused> {
    let mut filter = CaseFilter::default();
    for (name, value) in parameters {
        let bad = |what: &str| Refused::new(Code::Argument, what);
        let repeated = match name.as_str() {
            "stage" => filter.stage.replace(value).is_some(),
            "holder" => {
                let holder = value.parse().map_err(|_| bad("holder"))?;
                filter.holder.replace(holder).is_some()
            }
            "officer" => filter.officer.replace(value).is_some(),
            "open" => {
                let open = value.parse().map_err(|_| bad("open"))?;
                filter.open.replace(open).is_some()
            }
            _ => return Err(bad("query")),
        };
        if repeated {
            return Err(bad("query"));
        }
    }
    Ok(filter)
}

/// Answers with the outcome of a call as JSON.
async fn answer<T: Serialize + Send + 'static>(
    call: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<Response, Refused> {
    let value = to_the_end(call).await?;
    let json = serde_json::to_vec(&value).map_err(|_| Refused::new(Code::Internal, "answer"))?;
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}

/// Runs a call as a task, so that a caller who hangs up does not cut it and a panic takes nothing else along.
async fn to_the_end<T: Send + 'static>(
    call: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refused> {
    match tokio::spawn(call).await {
        Ok(outcome) => outcome.map_err(Refused::from),
        Err(_) => {
            tracing::error!("a local request failed inside the node");
            Err(Refused::new(Code::Internal, ""))
        }
    }
}
