//! The local interface's calls as requests to the driver. It holds no state of the ledger.

use std::sync::Arc;

use tokio::sync::mpsc;
use tongban_api::Backend;
use tongban_client::{CaseFilter, FoundingPreview, Invitation, SetClock};
use tongban_identity::CityId;
use tongban_ledger::agreement::{Found, Postage};
use tongban_ledger::answer::{
    CaseAnswer, CaseRow, CityAnswer, Done, KeysAnswer, ParcelRow, Refusal, RootsAnswer,
    SettlementAnswer, StatusAnswer, VerifyAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Founding, Invite};
use tongban_store::Store;
use tongban_sync::engine::founding_preview;
use tongban_sync::storage::ReadError;
use tongban_sync::{CommandError, Ctx, Engine};

use crate::request::{Answered, Request};

/// How many calls may wait for the driver; further ones wait before they are queued.
pub const REQUESTS_MAX: usize = 256;

/// Answers the local interface.
pub struct NodeBackend {
    /// The driver's inbox.
    pub requests: mpsc::Sender<Request>,
    /// The store, for checking checksums beside the driver's work.
    pub store: Arc<dyn Store>,
    /// This city.
    pub city: CityId,
    /// Where other cities reach this node.
    pub addresses: Vec<String>,
    /// Whether this start may be a restore from an older copy.
    pub possible_restore: bool,
}

impl NodeBackend {
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine, &mut Ctx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (request, answered) = Request::engine(work);
        self.send(request, answered).await
    }

    async fn send<T>(&self, request: Request, answered: Answered<T>) -> Result<T, Refusal> {
        let stopping = || refusal(Code::Internal, "the node is stopping");
        self.requests.send(request).await.map_err(|_| stopping())?;
        answered.await.unwrap_or_else(|_| Err(stopping()))
    }
}

impl Backend for NodeBackend {
    async fn command(&self, key: String, mut command: Command) -> Result<Done, Refusal> {
        let addresses = self.addresses.clone();
        self.ask(move |engine, ctx| {
            // People name the other founders; the founding city itself is never forgotten.
            if let Command::AgreementFound(found) = &mut command {
                found.invitations.extend(engine.invitation(addresses));
            }
            engine.command(ctx, &key, &command).map_err(of_command)
        })
        .await
    }

    async fn status(&self) -> Result<StatusAnswer, Refusal> {
        let mut status = self
            .ask(|engine, ctx| engine.status(ctx).map_err(of_read))
            .await?;
        status.possible_restore = self.possible_restore;
        Ok(status)
    }

    async fn cases(&self, filter: CaseFilter) -> Result<Vec<CaseRow>, Refusal> {
        let filter = tongban_sync::engine::CaseFilter {
            stage: filter.stage,
            holder: filter.holder,
            open: filter.open,
        };
        self.ask(move |engine, ctx| engine.cases(ctx, &filter).map_err(of_read))
            .await
    }

    async fn case(&self, case: String) -> Result<CaseAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.case(ctx, &case).map_err(of_command))
            .await
    }

    async fn parcels(&self) -> Result<Vec<ParcelRow>, Refusal> {
        self.ask(|engine, ctx| engine.parcels(ctx).map_err(of_read))
            .await
    }

    async fn parcel(&self, parcel: String) -> Result<ParcelRow, Refusal> {
        self.ask(move |engine, ctx| engine.parcel(ctx, &parcel).map_err(of_command))
            .await
    }

    async fn settlement(&self, month: Month) -> Result<SettlementAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.settlement(ctx, month).map_err(of_command))
            .await
    }

    async fn roots(&self) -> Result<RootsAnswer, Refusal> {
        self.ask(|engine, ctx| engine.roots(ctx).map_err(of_read))
            .await
    }

    async fn keys(&self) -> Result<KeysAnswer, Refusal> {
        self.ask(|engine, ctx| engine.keys(ctx).map_err(of_read))
            .await
    }

    async fn verify(&self) -> Result<VerifyAnswer, Refusal> {
        let folded = self.ask(|engine, ctx| match engine.verify(ctx) {
            // Where even the lists are damaged, the checksums below still name what is.
            Err(ReadError::Damaged { .. }) => Ok(VerifyAnswer::default()),
            other => other.map_err(of_read),
        });
        let mut answer = folded.await?;
        let store = self.store.clone();
        let checked = tokio::task::spawn_blocking(move || store.verify_checksums())
            .await
            .map_err(|_| refusal(Code::Internal, "verify"))?;
        for record in checked.damaged {
            let key: String = record
                .key
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let place = format!("{}/{key}", record.family.name());
            answer.damaged.push((place, Code::Damaged));
        }
        for (family, error) in checked.unreadable {
            tracing::error!(family = family.name(), %error, "a family cannot be read to its end");
            answer
                .damaged
                .push((family.name().to_owned(), Code::Damaged));
        }
        Ok(answer)
    }

    async fn fork(&self, document: String) -> Result<Vec<u8>, Refusal> {
        self.ask(move |engine, ctx| engine.fork_proof(ctx, &document).map_err(of_command))
            .await
    }

    async fn evidence(&self, case: String) -> Result<Vec<u8>, Refusal> {
        self.ask(move |engine, ctx| engine.evidence(ctx, &case).map_err(of_command))
            .await
    }

    async fn invitation(&self, invite: Invite) -> Result<Invitation, Refusal> {
        let addresses = if invite.addresses.is_empty() {
            self.addresses.clone()
        } else {
            invite.addresses
        };
        if addresses.is_empty() {
            // A node that listens on every interface cannot know which address the others see.
            return Err(refusal(Code::Argument, "addresses"));
        }
        let invitation = self
            .ask(move |engine, _| {
                let written = engine.invitation(addresses);
                written.ok_or_else(|| refusal(Code::Argument, "addresses"))
            })
            .await?;
        Ok(Invitation {
            invitation,
            fingerprint: self.city.fingerprint().to_string(),
        })
    }

    async fn preview(&self, founding: Founding) -> Result<FoundingPreview, Refusal> {
        founding_preview(&founding.founding)
            .map(|found| preview_of(&found))
            .map_err(|error| refusal(error.code(), "founding"))
    }

    async fn set_clock(&self, clock: SetClock) -> Result<(), Refusal> {
        let (request, answered) = Request::set_clock(clock.unix);
        self.send(request, answered).await
    }
}

/// Makes a refusal.
pub fn refusal(code: Code, about: impl Into<String>) -> Refusal {
    Refusal {
        code,
        about: about.into(),
    }
}

fn of_command(error: CommandError) -> Refusal {
    match error {
        CommandError::Refused(refusal) => refusal,
        CommandError::Read(error) => of_read(error),
    }
}

/// A damaged record is reported and never served.
fn of_read(error: ReadError) -> Refusal {
    tracing::error!(%error, "a record cannot be read");
    match error {
        ReadError::Damaged { family, .. } => refusal(Code::Damaged, family),
        ReadError::Backend(_) => refusal(Code::Internal, "store"),
    }
}

fn preview_of(found: &Found) -> FoundingPreview {
    let members = found.founders.iter().map(|member| CityAnswer {
        city: member.city.to_string(),
        fingerprint: member.city.fingerprint().to_string(),
        division: member.division,
        name: member.name.clone(),
    });
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    FoundingPreview {
        name: found.name.clone(),
        code: found.code.clone(),
        members: members.collect(),
        items: count(found.annex.items.len()),
        live: count(found.annex.activations.len()),
        grants: count(found.annex.grants.len()),
        postage: found.annex.postage.last().map(|rule| match rule.rule {
            Postage::OriginPays => "ORIGIN_PAYS".to_owned(),
        }),
    }
}
