//! The local interface's calls as requests to the driver. It holds no state of the ledger.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::backup::CreateError;
use tokio::sync::mpsc;
use tongban_api::Backend;
use tongban_client::{
    BackupAnswer, BackupRequest, BundleExport, CASES_LISTED_MAX, CaseFilter, FoundingPreview,
    Invitation, SetClock,
};
use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::agreement::Found;
use tongban_ledger::answer::{
    BillAnswer, BillRow, BundleContents, BundleTaken, BundleWritten, CASE_PAGE_MAX, CaseAnswer,
    CasePage, CaseQuery, CaseRow, CityAnswer, ConsultAnswer, ConsultPage, ConsultQuery, ConsultRow,
    DefectsAnswer, Done, KeysAnswer, MeetingAnswer, MeetingsAnswer, ParcelRow, Refusal,
    RootsAnswer, RosterAnswer, RoundAnswer, RoundRow, SettlementAnswer, StatusAnswer, VerifyAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Founding, Invite};
use tongban_store::{BackupError, Store};
use tongban_sync::bundle::Bundle;
use tongban_sync::engine::founding_preview;
use tongban_sync::storage::ReadError;
use tongban_sync::{CommandError, Ctx, Engine};

use crate::request::{Answered, Request};
use crate::scrub::Scrubbing;

/// How many calls may wait for the driver; further ones wait before they are queued.
pub const REQUESTS_MAX: usize = 256;

/// How long a call waits for comparisons with other cities.
const AUDIT_WAIT: Duration = Duration::from_secs(10);
/// The pause between two looks at them.
const AUDIT_LOOK: Duration = Duration::from_millis(50);

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
    /// The node's folder.
    pub dir: PathBuf,
    /// How far the scrub has come.
    pub scrub: Scrubbing,
    /// One backup at a time.
    pub backing_up: tokio::sync::Mutex<()>,
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
        let mut scrub = self.scrub.answer();
        let (mut status, scrub) = self
            .ask(move |engine, ctx| {
                // What another city gave back meanwhile is damaged no more.
                scrub.damaged = engine.still_damaged(ctx.store, scrub.damaged);
                Ok((engine.status(ctx).map_err(of_read)?, scrub))
            })
            .await?;
        status.possible_restore = self.possible_restore;
        status.scrub = Some(scrub);
        Ok(status)
    }

    async fn audit(&self) -> Result<StatusAnswer, Refusal> {
        self.ask(|engine, _| {
            engine.audit_now();
            Ok(())
        })
        .await?;
        // A city that is silent keeps nobody waiting: what it says is shown by a later status.
        let done = async {
            while let Ok(true) = self.ask(|engine, _| Ok(engine.is_auditing())).await {
                tokio::time::sleep(AUDIT_LOOK).await;
            }
        };
        let _ = tokio::time::timeout(AUDIT_WAIT, done).await;
        self.status().await
    }

    async fn cases(&self, filter: CaseFilter) -> Result<Vec<CaseRow>, Refusal> {
        let mut query = CaseQuery {
            stage: filter.stage,
            holder: filter.holder,
            open: filter.open,
            officer: filter.officer,
            limit: Some(CASE_PAGE_MAX),
            ..CaseQuery::default()
        };
        let mut cases = Vec::new();
        // Each page is a call of its own, so that others are served between two of them.
        loop {
            let page = self.case_page(query.clone()).await?;
            cases.extend(page.cases);
            if cases.len() > CASES_LISTED_MAX {
                return Err(refusal(Code::TooLarge, "cases"));
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(cases),
            }
        }
    }

    async fn case_page(&self, query: CaseQuery) -> Result<CasePage, Refusal> {
        self.ask(move |engine, ctx| engine.case_page(ctx, &query).map_err(of_command))
            .await
    }

    async fn case(&self, case: String) -> Result<CaseAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.case(ctx, &case).map_err(of_command))
            .await
    }

    async fn consults(&self) -> Result<Vec<ConsultRow>, Refusal> {
        self.ask(|engine, ctx| engine.consults(ctx).map_err(of_read))
            .await
    }

    async fn consult_page(&self, query: ConsultQuery) -> Result<ConsultPage, Refusal> {
        self.ask(move |engine, ctx| engine.consult_page(ctx, &query).map_err(of_command))
            .await
    }

    async fn consult(&self, consult: String) -> Result<ConsultAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.consult(ctx, &consult).map_err(of_command))
            .await
    }

    async fn meetings(&self) -> Result<MeetingsAnswer, Refusal> {
        self.ask(|engine, ctx| engine.meetings(ctx).map_err(of_read))
            .await
    }

    async fn meeting(&self, meeting: String) -> Result<MeetingAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.meeting(ctx, &meeting).map_err(of_command))
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

    async fn bills(&self, month: Month) -> Result<Vec<BillRow>, Refusal> {
        self.ask(move |engine, ctx| engine.bills(ctx, month).map_err(of_command))
            .await
    }

    async fn bill(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<String>,
    ) -> Result<BillAnswer, Refusal> {
        self.ask(move |engine, ctx| {
            let bill = engine.bill(ctx, month, with, agreement.as_deref());
            bill.map_err(of_command)
        })
        .await
    }

    async fn rounds(&self, month: Month) -> Result<Vec<RoundRow>, Refusal> {
        self.ask(move |engine, ctx| engine.rounds(ctx, month).map_err(of_command))
            .await
    }

    async fn round(&self, month: Month, agreement: Option<String>) -> Result<RoundAnswer, Refusal> {
        self.ask(move |engine, ctx| {
            let round = engine.round(ctx, month, agreement.as_deref());
            round.map_err(of_command)
        })
        .await
    }

    async fn roster(&self, city: Option<DivisionCode>) -> Result<RosterAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.roster(ctx, city).map_err(of_command))
            .await
    }

    async fn defects(&self, city: Option<DivisionCode>) -> Result<DefectsAnswer, Refusal> {
        self.ask(move |engine, ctx| engine.defects(ctx, city).map_err(of_command))
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

    async fn resolution(&self, reference: String) -> Result<Vec<u8>, Refusal> {
        self.ask(move |engine, ctx| engine.resolution_file(ctx, &reference).map_err(of_command))
            .await
    }

    async fn evidence(&self, case: String) -> Result<Vec<u8>, Refusal> {
        self.ask(move |engine, ctx| engine.evidence(ctx, &case).map_err(of_command))
            .await
    }

    async fn export_bundle(&self, export: BundleExport) -> Result<BundleWritten, Refusal> {
        let written = self
            .ask(move |engine, ctx| {
                let to = engine.city_of(export.to).map_err(of_command)?;
                engine
                    .export_bundle(ctx, &to, export.everything, export.next.as_deref())
                    .map_err(of_command)
            })
            .await?;
        let bundle = written.bytes.iter();
        Ok(BundleWritten {
            bundle: bundle.map(|byte| format!("{byte:02x}")).collect(),
            part: written.part,
            entries: written.entries,
            everything: written.everything,
            next: written.next,
        })
    }

    async fn bundle_contents(&self, file: Vec<u8>) -> Result<BundleContents, Refusal> {
        let bundle = read_bundle(file).await?;
        self.ask(move |engine, ctx| engine.bundle_contents(ctx, &bundle).map_err(of_command))
            .await
    }

    async fn import_bundle(&self, file: Vec<u8>) -> Result<BundleTaken, Refusal> {
        let bundle = Arc::new(read_bundle(file).await?);
        let of = bundle.clone();
        let mut intake = self
            .ask(move |engine, ctx| engine.begin_intake(ctx, &of).map_err(of_command))
            .await?;
        // A frame at a time, so that clerks and peers are served between two of them.
        let mut refused = None;
        for nth in 0..bundle.frames() {
            let of = bundle.clone();
            let (taken, after) = self
                .ask(move |engine, ctx| {
                    let taken = engine.take_frame(ctx, &of, &mut intake, nth);
                    Ok((taken.map_err(of_command), intake))
                })
                .await?;
            intake = after;
            if let Err(refusal) = taken {
                refused = Some(refusal);
                break;
            }
        }
        let taken = self
            .ask(move |engine, ctx| engine.end_intake(ctx, &bundle, &intake).map_err(of_command))
            .await?;
        refused.map_or(Ok(taken), Err)
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

    async fn backup(&self, request: BackupRequest) -> Result<BackupAnswer, Refusal> {
        if !Path::new(&request.dir).is_absolute() {
            return Err(refusal(Code::Argument, "dir"));
        }
        let _alone = self.backing_up.lock().await;
        let (store, node) = (self.store.clone(), self.dir.clone());
        let made = tokio::task::spawn_blocking(move || {
            let dir = Path::new(&request.dir);
            let made = crate::backup::create(&*store, &node, dir, request.with_keys)?;
            Ok(BackupAnswer {
                dir: request.dir,
                number: made.number,
                files: made.files,
                bytes: made.bytes,
                new_bytes: made.new_bytes,
                keys: request.with_keys,
            })
        });
        made.await
            .map_err(|_| refusal(Code::Internal, "backup"))?
            .map_err(|error: CreateError| {
                tracing::error!(%error, "a backup failed");
                let error = match error {
                    CreateError::OtherCity(_) => {
                        return refusal(Code::Argument, "backups of another city");
                    }
                    CreateError::Backup(error) => error,
                };
                match error {
                    BackupError::NoBackup(_) => refusal(Code::Argument, "folder is no backup"),
                    BackupError::Io { path, source } if is_full(&source) => {
                        refusal(Code::DiskFull, path.display().to_string())
                    }
                    BackupError::Io { path, .. } => {
                        refusal(Code::Internal, path.display().to_string())
                    }
                    _ => refusal(Code::Internal, "backup"),
                }
            })
    }

    async fn set_clock(&self, clock: SetClock) -> Result<(), Refusal> {
        let (request, answered) = Request::set_clock(clock.unix);
        self.send(request, answered).await
    }
}

/// Reads a bundle beside the driver's work: the whole of it is hashed.
async fn read_bundle(file: Vec<u8>) -> Result<Bundle, Refusal> {
    let read = tokio::task::spawn_blocking(move || Bundle::read(file)).await;
    read.map_err(|_| refusal(Code::Internal, "bundle"))?
        .map_err(|error| refusal(error.code(), "bundle"))
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

fn is_full(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::StorageFull
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
        postage: found
            .annex
            .postage
            .last()
            .map(|rule| rule.rule.name().to_owned()),
    }
}
