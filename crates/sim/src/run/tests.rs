//! The runner on an engine made of memory: it shows what the runner asks for, in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use tongban_identity::DeviceKey;
use tongban_ledger::answer::{
    BillAnswer, CaseAnswer, CaseRow, ConsultRow, KeysAnswer, MeetingAnswer, MeetingsAnswer,
    ParcelRow, RootRow, RootsAnswer, RoundAnswer, SettlementAnswer, StatusAnswer,
};
use tongban_ledger::calendar::Month;
use tongban_ledger::code::Code;

use super::*;
use crate::fixture::{parsed, three_cities};
use crate::scenario::{EngineName, Node};

/// Remembers what it was told; every city shows one document with the same root, or its own.
#[derive(Default)]
struct Paper {
    told: Vec<String>,
    stopped: BTreeSet<DivisionCode>,
    cities: Vec<DivisionCode>,
    refuses: Option<(&'static str, Code)>,
    split: bool,
}

impl Engine for Paper {
    type Error = Infallible;

    fn name(&self) -> EngineName {
        EngineName::Live
    }

    async fn start(&mut self, nodes: &[Node], clock: Moment) -> Result<(), Infallible> {
        self.cities = nodes.iter().map(|node| node.division).collect();
        self.told.push(format!("start {}", clock.clock()));
        Ok(())
    }

    async fn set_clock(&mut self, at: Moment) -> Result<(), Infallible> {
        self.told.push(format!("clock {}", at.clock()));
        Ok(())
    }

    async fn invitation(&mut self, node: DivisionCode) -> Result<String, Infallible> {
        Ok(format!("invitation of {node}"))
    }

    async fn execute(
        &mut self,
        seat: Seat,
        key: &str,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, Infallible> {
        let node = seat.city;
        let about = match command {
            Command::AgreementFound(found) => found.invitations.join(", "),
            Command::AgreementAccept(founding) => founding.founding.clone(),
            other => subject(other).unwrap_or_default(),
        };
        self.told.push(format!("{node} {key}: {about}"));
        match self.refuses {
            Some((refused, code)) if refused == key => Ok(Err(Refusal {
                code,
                about: String::new(),
            })),
            _ => Ok(Ok(Done {
                document: "d1".to_owned(),
                number: Some("TB-1".to_owned()),
                founding: Some("the founding file".to_owned()),
                ..Done::default()
            })),
        }
    }

    async fn status(&mut self, seat: Seat) -> Result<StatusAnswer, Infallible> {
        let node = seat.city;
        let status = serde_json::json!({
            "city": { "city": "", "fingerprint": "", "division": node, "name": "" },
            "version": "", "today": "2026-09-07", "documents": {}, "entries": 1, "pending": 0,
            "open_cases": 0, "possible_restore": false,
            "agreements": [{ "agreement": "", "code": "", "name": "", "effective": true, "members": [] }],
        });
        Ok(serde_json::from_value(status).expect("a status"))
    }

    async fn cases(&mut self, _: DivisionCode) -> Result<Vec<CaseRow>, Infallible> {
        Ok(Vec::new())
    }

    async fn case(&mut self, _: DivisionCode, _: &str) -> Result<Option<CaseAnswer>, Infallible> {
        Ok(None)
    }

    async fn consults(&mut self, _: DivisionCode) -> Result<Vec<ConsultRow>, Infallible> {
        Ok(Vec::new())
    }

    async fn meetings(&mut self, _: DivisionCode) -> Result<MeetingsAnswer, Infallible> {
        Ok(MeetingsAnswer::default())
    }

    async fn meeting(
        &mut self,
        _: DivisionCode,
        _: &str,
    ) -> Result<Option<MeetingAnswer>, Infallible> {
        Ok(None)
    }

    async fn parcels(&mut self, _: DivisionCode) -> Result<Vec<ParcelRow>, Infallible> {
        Ok(Vec::new())
    }

    async fn settlement(
        &mut self,
        node: DivisionCode,
        month: Month,
    ) -> Result<SettlementAnswer, Infallible> {
        Ok(SettlementAnswer {
            month,
            city: node,
            owes: BTreeMap::new(),
            net: 0,
            self_paid: 0,
            lines: Vec::new(),
            waiting: Vec::new(),
            duplicates: Vec::new(),
        })
    }

    async fn bill(
        &mut self,
        _: DivisionCode,
        _: Month,
        _: DivisionCode,
        _: Option<&str>,
    ) -> Result<Option<BillAnswer>, Infallible> {
        Ok(None)
    }

    async fn round(
        &mut self,
        _: DivisionCode,
        month: Month,
        _: Option<&str>,
    ) -> Result<RoundAnswer, Infallible> {
        let round = serde_json::json!({
            "agreement": "", "month": month, "stage": "open", "number": 0, "quorum": 3, "steps": {},
            "bills": [], "carried": [], "owes": {}, "gross": 0, "nets": {}, "netting": "pairwise",
            "transfers": [], "other_way": [], "proposals": [], "payments": [], "doubles": [],
            "silent": [], "entries": [],
        });
        Ok(serde_json::from_value(round).expect("a round"))
    }

    async fn roots(&mut self, node: DivisionCode) -> Result<RootsAnswer, Infallible> {
        let root = match self.split {
            true => node.to_string(),
            false => "root".to_owned(),
        };
        let row = RootRow {
            kind: "case".to_owned(),
            label: "TB-1".to_owned(),
            root,
            file: String::new(),
            audience: self.cities.clone(),
            entries: 1,
        };
        Ok(RootsAnswer {
            documents: BTreeMap::from([("d1".to_owned(), row)]),
        })
    }

    async fn keys(&mut self, _: DivisionCode) -> Result<KeysAnswer, Infallible> {
        Ok(KeysAnswer::default())
    }

    async fn fork_proof(&mut self, _: DivisionCode, _: &str) -> Result<Vec<u8>, Infallible> {
        Ok(Vec::new())
    }

    async fn rotate(&mut self, node: DivisionCode) -> Result<String, Infallible> {
        self.told.push(format!("rotate {node}"));
        Ok("revocation".to_owned())
    }

    async fn new_root(&mut self, _: DivisionCode) -> Result<String, Infallible> {
        Ok("invitation".to_owned())
    }

    async fn steal_key(&mut self, _: DivisionCode) -> Result<DeviceKey, Infallible> {
        Ok(DeviceKey::from_seed([7; 32]))
    }

    async fn write_files(
        &mut self,
        from: Seat,
        to: DivisionCode,
        _: bool,
    ) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(vec![format!("{} {to}", from.city).into_bytes()])
    }

    async fn take_files(
        &mut self,
        _to: Seat,
        _files: Vec<Vec<u8>>,
    ) -> Result<Result<(), Refusal>, Infallible> {
        Ok(Ok(()))
    }

    async fn begin(&mut self, fault: &Fault) -> Result<(), Infallible> {
        self.told.push(format!("begin {}", fault.kind.as_str()));
        self.stopped.extend(fault.node);
        Ok(())
    }

    async fn end(&mut self, fault: &Fault) -> Result<(), Infallible> {
        self.told.push(format!("end {}", fault.kind.as_str()));
        self.stopped.clear();
        Ok(())
    }

    async fn turn(&mut self, fault: &Fault, nth: u32) -> Result<(), Infallible> {
        self.told
            .push(format!("turn {} {nth}", fault.kind.as_str()));
        Ok(())
    }

    async fn advance_to(&mut self, at: Moment) -> Result<(), Infallible> {
        self.told.push(format!("on to {}", at.clock()));
        Ok(())
    }

    fn elapsed_ms(&self) -> u64 {
        0
    }

    async fn sound(&mut self, _: &Clerks) -> Result<Option<Violation>, Infallible> {
        Ok(self
            .split
            .then(|| Violation::new("I11 convergence", "split")))
    }

    fn answers(&self, node: DivisionCode) -> bool {
        !self.stopped.contains(&node)
    }

    fn connected(&self, _: DivisionCode, _: DivisionCode) -> bool {
        true
    }

    async fn breathe(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn patience(&self) -> u32 {
        5
    }

    async fn stop(&mut self) -> Result<(), Infallible> {
        self.told.push("stop".to_owned());
        Ok(())
    }
}

const STEPS: &str = r#"
[[step]]
at = "2026-09-07T10:00"
node = "330800"
do = "case.close"
args = { case = "TB" }
as = "c1"
[[step]]
at = "2026-09-07T10:40"
node = "350700"
do = "case.close"
args = { case = "$c1" }
refused = "E_ALREADY"
[[fault]]
kind = "kill"
node = "330800"
at = "2026-09-07T10:30"
[[expect]]
query = "refused"
count = 1
[[expect]]
query = "converged"
"#;

async fn play(engine: &mut Paper) -> Result<Report, RunError<Infallible>> {
    run(&parsed(&three_cities(STEPS)), engine, &mut |_| ()).await
}

#[tokio::test]
async fn a_run_founds_plays_and_asks_in_order_of_time() {
    let mut engine = Paper {
        refuses: Some(("step-1", Code::Already)),
        ..Paper::default()
    };
    let report = play(&mut engine).await.expect("played");
    assert_eq!(
        engine.told,
        [
            "start 08:00",
            "330800 founding: invitation of 350700, invitation of 361100",
            "350700 founding: the founding file",
            "361100 founding: the founding file",
            "clock 10:00",
            "330800 step-0: TB",
            "clock 10:30",
            "begin kill",
            "clock 10:30",
            "end kill",
            "clock 10:40",
            "350700 step-1: TB-1",
            "stop",
        ]
    );
    assert!(report.ok, "{report:#?}");
    assert!(report.converged);
    assert_eq!(report.state_roots["d1"].len(), 3);
    let json = serde_json::to_value(&report).expect("plain data");
    assert_eq!(json["state_roots"]["d1"]["330800"], "root");
    assert_eq!(json["nets"]["330800"], 0);
    assert_eq!(json["events"][1]["event"], "step");
}

#[tokio::test]
async fn a_step_that_goes_otherwise_ends_the_playing_and_fails_the_run() {
    // The second step is not refused, though it should be.
    let mut engine = Paper::default();
    let report = play(&mut engine).await.expect("played");
    assert!(!report.ok);
    assert_eq!(report.expectations[0].mismatches[0].found, "0");

    // The first step is refused, and the label of the second has no meaning: it is not played.
    let mut engine = Paper {
        refuses: Some(("step-0", Code::State)),
        ..Paper::default()
    };
    let report = play(&mut engine).await.expect("played");
    assert!(!report.ok);
    assert!(!engine.told.iter().any(|told| told.contains("step-1")));
}

#[tokio::test]
async fn cities_that_never_agree_are_a_standstill_that_says_where() {
    let mut engine = Paper {
        split: true,
        ..Paper::default()
    };
    let error = play(&mut engine).await.expect_err("never at rest");
    let RunError::Standstill { gap, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        gap.to_string(),
        "330800 and 350700 differ on the document d1"
    );
}

#[tokio::test]
async fn a_refused_founding_names_the_city() {
    let mut engine = Paper {
        refuses: Some(("founding", Code::Argument)),
        ..Paper::default()
    };
    let error = play(&mut engine).await.expect_err("not founded");
    assert_eq!(error.code(), Some(Code::Argument));
    assert!(error.to_string().starts_with("330800 refused to found"));
}
