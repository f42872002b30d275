//! A node that answers from a script and writes down how it was called, and the server around it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tongban_client::{
    BackupAnswer, BackupRequest, BundleExport, CaseFilter, Client, FoundingPreview, Invitation,
    SetClock,
};
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

use crate::{Backend, Endpoint, serve};

/// Names a case about which the fake refuses with the code that follows.
pub const REFUSE: &str = "refuse:";

/// Names a case at which the fake panics.
pub const PANIC: &str = "panic";

/// The scripted node.
#[derive(Default)]
pub struct Fake {
    calls: Mutex<Vec<String>>,
    /// Lets a status call wait until it is told to go on, and tell when it has begun and ended.
    pub gate: Mutex<Option<Gate>>,
}

/// Three signals of one slow call.
pub struct Gate {
    pub begun: oneshot::Sender<()>,
    pub go_on: oneshot::Receiver<()>,
    pub ended: oneshot::Sender<()>,
}

impl Fake {
    /// Returns the calls so far and forgets them.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

/// Reads an answer from its JSON form.
pub fn sample<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

pub fn city() -> Value {
    json!({"city": "ab", "fingerprint": "1111-2222", "division": "330800", "name": "衢州"})
}

pub fn status() -> StatusAnswer {
    sample(json!({
        "city": city(), "version": "0.1.0", "today": "2026-09-01",
        "agreements": [{
            "agreement": "a1", "code": "AG-4C", "name": "四城", "effective": true,
            "members": [{
                "city": "ab", "fingerprint": "1111-2222", "division": "330800", "name": "衢州",
                "signed": true, "own": true, "online": false, "waiting": 0, "stored": 7,
            }],
        }],
        "documents": {"case": 3}, "entries": 9, "pending": 0, "open_cases": 2,
        "possible_restore": false, "returning": [], "copied": [], "doubled": [], "forks": 0, "revoked": false,
        "mending": 0,
    }))
}

fn row_json() -> Value {
    json!({
        "document": "d1", "number": "330800-2026-000001", "item": "I-1", "item_name": "公积金",
        "stage": "S40", "receiver": "330800", "owner": "350700", "holders": ["350700"],
        "received": "2026-09-01", "submission": 1,
        "due": [{"clock": "notice_5wd", "due": null, "holder": "350700", "overdue": false}],
    })
}

pub fn row() -> CaseRow {
    sample(row_json())
}

pub fn case() -> CaseAnswer {
    let mut json = row_json();
    let more = json!({
        "audience": ["330800", "350700"],
        "applicant": {"name": "张三", "id_number": "1***", "phone": "", "address": ""},
        "materials": [["R1", 2]], "entries": [], "state_root": "00ff",
        "file": {"fields": {}, "conflicts": {}, "checklist": {}, "notes": "", "digest": "d"},
    });
    json.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    sample(json)
}

pub fn consult() -> ConsultAnswer {
    sample(json!({
        "document": "q1", "from": "361100", "to": "330800", "item": "I-03", "item_name": "公司设立登记",
        "time": 1_789_956_300, "materials": [["M1", 2]], "waits_for": ["330800"], "guide": 1, "entries": [],
        "clock": {"clock": "consult_answer", "due": "2026-09-21", "holder": "330800", "overdue": false},
    }))
}

pub fn meeting() -> MeetingAnswer {
    sample(json!({
        "document": "m1", "agreement": "a1", "number": "JM-2026-2", "on": "2026-10-19", "host": "361100", "by": "330800",
        "body": "leading", "attending": ["330800"], "signed": [], "waits_for": ["330800"], "adoption": "open",
        "open_actions": 0, "open_issues": 0, "agenda": "", "minutes": "一", "minutes_hash": "00", "whole": true,
        "entries": [],
    }))
}

pub fn parcel() -> ParcelRow {
    sample(json!({
        "document": "p1", "tracking": "EE471108151FR", "from": "330800", "to": "350700",
        "leg": "L2", "pay": "collect", "posted": "2026-09-01", "stage": "posted", "lines": [],
    }))
}

pub fn roster() -> RosterAnswer {
    sample(json!({
        "city": "330800", "day": "2026-09-07", "published": true,
        "current": {"windows": [{"id": "W1", "name": "专窗", "division": "330800000000", "level": 1,
            "functions": ["receive"], "from": "2026-01-01"}]},
        "apart": {},
    }))
}

pub fn defects() -> DefectsAnswer {
    sample(json!({
        "city": "330800", "day": "2026-09-07", "published": true,
        "defects": [{"kind": "no-liaisons", "item": "GJJ-01"}],
    }))
}

pub fn settlement() -> SettlementAnswer {
    sample(json!({
        "month": "2026-09", "city": "330800", "owes": {"330800": {"350700": 2300}},
        "net": -2300, "self_paid": 0, "lines": [], "waiting": [], "duplicates": [],
    }))
}

pub fn bill() -> BillAnswer {
    sample(json!({
        "agreement": "a1", "month": "2026-09", "with": "350700", "stage": "signed", "hash": "h1",
        "lines": 1, "owed": 2300, "due": 0, "net": -2300, "signed": ["350700"],
        "waits_for": ["330800"], "included": [{
            "line": "l1", "parcel": "p1", "tracking": "EZ900000019CN", "kind": "postage",
            "posted": "2026-09-03", "fen": 2300, "payer": "350700", "liable": "330800",
            "debtor": "330800"}],
        "carried": [], "differences": [], "entries": [],
    }))
}

pub fn round() -> RoundAnswer {
    sample(json!({
        "agreement": "a1", "month": "2026-09", "stage": "proposed", "number": 1, "hash": "h2",
        "signed": ["330800"], "waits_for": ["350700"], "quorum": 2,
        "steps": {"cut": "2026-09-30", "draft": "2026-10-10"}, "bills": [], "carried": [],
        "owes": {"330800": {"350700": 2300}}, "gross": 2300,
        "nets": {"330800": -2300, "350700": 2300}, "netting": "pairwise",
        "transfers": [{"from": "330800", "to": "350700", "fen": 2300}], "other_way": [],
        "proposals": [], "payments": [], "doubles": [], "silent": [], "entries": [],
    }))
}

pub fn roots() -> RootsAnswer {
    sample(json!({"documents": {"d1": {
        "kind": "case", "label": "330800-2026-000001", "root": "00ff", "audience": ["330800"],
        "entries": 4,
    }}}))
}

pub fn verified() -> VerifyAnswer {
    sample(json!({"documents": 3, "entries": 9, "damaged": [["d1", "E_DAMAGED"]]}))
}

pub fn preview() -> FoundingPreview {
    sample(json!({
        "name": "四城", "code": "AG-4C", "members": [city()], "items": 2, "live": 12,
        "grants": 12, "postage": "ORIGIN_PAYS",
    }))
}

pub fn done() -> Done {
    Done {
        document: "d1".to_owned(),
        entries: vec!["e1".to_owned()],
        number: Some("330800-2026-000001".to_owned()),
        ..Done::default()
    }
}

/// Every byte value, so that no text conversion goes unnoticed.
pub fn evidence() -> Vec<u8> {
    (0..=255).collect()
}

pub fn bundle_written() -> BundleWritten {
    sample(json!({"bundle": "00ff", "part": 1, "entries": 7, "everything": false, "next": "a1"}))
}

pub fn bundle_contents() -> BundleContents {
    sample(json!({
        "from": "350700", "fingerprint": "1111-2222", "serial": 3, "part": 1, "last": true,
        "everything": false, "written": 1_788_746_400, "newest": true, "entries": 7, "new": 2,
        "receipts": 1, "documents": []
    }))
}

pub fn bundle_taken() -> BundleTaken {
    sample(json!({
        "from": "350700", "serial": 3, "part": 1, "last": true, "entries": 7, "new": 2, "known": 5,
        "open": 0, "part_missing": false, "again": false
    }))
}

impl Backend for Fake {
    async fn command(&self, key: String, command: Command) -> Result<Done, Refusal> {
        self.note(format!("command {key} {command:?}"));
        Ok(done())
    }

    async fn status(&self) -> Result<StatusAnswer, Refusal> {
        self.note("status".to_owned());
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.begun.send(()).unwrap();
            gate.go_on.await.unwrap();
            gate.ended.send(()).unwrap();
        }
        Ok(status())
    }

    async fn audit(&self) -> Result<StatusAnswer, Refusal> {
        self.note("audit".to_owned());
        Ok(status())
    }

    async fn cases(&self, filter: CaseFilter) -> Result<Vec<CaseRow>, Refusal> {
        self.note(format!("cases {filter:?}"));
        Ok(vec![row()])
    }

    async fn case_page(&self, query: CaseQuery) -> Result<CasePage, Refusal> {
        self.note(format!("case_page {query:?}"));
        Ok(CasePage {
            cases: vec![row()],
            next: query.after,
        })
    }

    async fn case(&self, reference: String) -> Result<CaseAnswer, Refusal> {
        self.note(format!("case {reference}"));
        assert_ne!(reference, PANIC, "the planted panic");
        match reference.strip_prefix(REFUSE) {
            Some(code) => Err(Refusal {
                code: code.parse::<Code>().unwrap(),
                about: "case".to_owned(),
            }),
            None => Ok(case()),
        }
    }

    async fn consults(&self) -> Result<Vec<ConsultRow>, Refusal> {
        self.note("consults".to_owned());
        Ok(vec![consult().row])
    }

    async fn consult_page(&self, query: ConsultQuery) -> Result<ConsultPage, Refusal> {
        self.note(format!("consult_page {query:?}"));
        Ok(ConsultPage {
            consults: vec![consult().row],
            next: query.after,
        })
    }

    async fn consult(&self, reference: String) -> Result<ConsultAnswer, Refusal> {
        self.note(format!("consult {reference}"));
        Ok(consult())
    }

    async fn meetings(&self) -> Result<MeetingsAnswer, Refusal> {
        self.note("meetings".to_owned());
        Ok(MeetingsAnswer {
            meetings: vec![meeting().row],
            ..MeetingsAnswer::default()
        })
    }

    async fn meeting(&self, reference: String) -> Result<MeetingAnswer, Refusal> {
        self.note(format!("meeting {reference}"));
        Ok(meeting())
    }

    async fn parcels(&self) -> Result<Vec<ParcelRow>, Refusal> {
        self.note("parcels".to_owned());
        Ok(vec![parcel()])
    }

    async fn parcel(&self, reference: String) -> Result<ParcelRow, Refusal> {
        self.note(format!("parcel {reference}"));
        Ok(parcel())
    }

    async fn settlement(&self, month: Month) -> Result<SettlementAnswer, Refusal> {
        self.note(format!("settlement {month}"));
        Ok(settlement())
    }

    async fn bills(&self, month: Month) -> Result<Vec<BillRow>, Refusal> {
        self.note(format!("bills {month}"));
        Ok(vec![bill().row])
    }

    async fn bill(
        &self,
        month: Month,
        with: DivisionCode,
        agreement: Option<String>,
    ) -> Result<BillAnswer, Refusal> {
        self.note(format!("bill {month} {with} {agreement:?}"));
        Ok(bill())
    }

    async fn rounds(&self, month: Month) -> Result<Vec<RoundRow>, Refusal> {
        self.note(format!("rounds {month}"));
        Ok(vec![round().row])
    }

    async fn round(&self, month: Month, agreement: Option<String>) -> Result<RoundAnswer, Refusal> {
        self.note(format!("round {month} {agreement:?}"));
        Ok(round())
    }

    async fn roster(&self, city: Option<DivisionCode>) -> Result<RosterAnswer, Refusal> {
        self.note(format!("roster {city:?}"));
        Ok(roster())
    }

    async fn defects(&self, city: Option<DivisionCode>) -> Result<DefectsAnswer, Refusal> {
        self.note(format!("defects {city:?}"));
        Ok(defects())
    }

    async fn roots(&self) -> Result<RootsAnswer, Refusal> {
        self.note("roots".to_owned());
        Ok(roots())
    }

    async fn verify(&self) -> Result<VerifyAnswer, Refusal> {
        self.note("verify".to_owned());
        Ok(verified())
    }

    async fn keys(&self) -> Result<KeysAnswer, Refusal> {
        self.note("keys".to_owned());
        Ok(KeysAnswer::default())
    }

    async fn fork(&self, reference: String) -> Result<Vec<u8>, Refusal> {
        self.note(format!("fork {reference}"));
        Ok(evidence())
    }

    async fn resolution(&self, reference: String) -> Result<Vec<u8>, Refusal> {
        self.note(format!("resolution {reference}"));
        Ok(evidence())
    }

    async fn evidence(&self, reference: String) -> Result<Vec<u8>, Refusal> {
        self.note(format!("evidence {reference}"));
        Ok(evidence())
    }

    async fn export_bundle(&self, export: BundleExport) -> Result<BundleWritten, Refusal> {
        self.note(format!("export {} {:?}", export.to, export.next));
        Ok(bundle_written())
    }

    async fn bundle_contents(&self, file: Vec<u8>) -> Result<BundleContents, Refusal> {
        self.note(format!("contents of {}", file.len()));
        Ok(bundle_contents())
    }

    async fn import_bundle(&self, file: Vec<u8>) -> Result<BundleTaken, Refusal> {
        self.note(format!("import of {}", file.len()));
        Ok(bundle_taken())
    }

    async fn invitation(&self, invite: Invite) -> Result<Invitation, Refusal> {
        self.note(format!("invitation {:?}", invite.addresses));
        Ok(Invitation {
            invitation: "text".to_owned(),
            fingerprint: "1111-2222".to_owned(),
        })
    }

    async fn preview(&self, founding: Founding) -> Result<FoundingPreview, Refusal> {
        self.note(format!("preview {}", founding.founding));
        Ok(preview())
    }

    async fn backup(&self, request: BackupRequest) -> Result<BackupAnswer, Refusal> {
        self.note(format!("backup {} {}", request.dir, request.with_keys));
        Ok(BackupAnswer {
            dir: request.dir,
            number: 3,
            files: 9,
            bytes: 900,
            new_bytes: 90,
            keys: request.with_keys,
        })
    }

    async fn set_clock(&self, clock: SetClock) -> Result<(), Refusal> {
        self.note(format!("clock {}", clock.unix));
        Ok(())
    }
}

/// A server on a socket of its own.
pub struct Server {
    pub folder: TempDir,
    pub fake: Arc<Fake>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::bind(folder.path().join("api.sock"))
            .await
            .unwrap();
        let fake = Arc::new(Fake::default());
        let (stop, stopped) = oneshot::channel();
        let backend = Arc::clone(&fake);
        let task = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
            };
            serve(endpoint, backend, until).await;
        });
        Server {
            folder,
            fake,
            stop,
            task,
        }
    }

    pub fn socket(&self) -> PathBuf {
        socket_in(self.folder.path())
    }

    pub fn client(&self) -> Client {
        Client::unix(self.socket())
    }

    /// Tells the server to stop and returns the folder and what ends when it has.
    pub fn stop(self) -> (TempDir, JoinHandle<()>) {
        self.stop.send(()).unwrap();
        (self.folder, self.task)
    }
}

pub fn socket_in(folder: &Path) -> PathBuf {
    folder.join("api.sock")
}
