//! What clerks do in a seed: they open cases, and go on with what the cities themselves offer next.
//!
//! A clerk whose node does not answer tries again later under the same idempotency key, as the real tool
//! does; so a command may take effect although nobody heard of it, and must not do so twice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow, Done, ParcelRow};
use tongban_ledger::command::{Command, Terms};
use tongban_sync::CommandError;
use tongban_sync::engine::CaseFilter;

use crate::world::{Draws, SimError, Stream, World};

/// Milliseconds between two acts of all clerks together, at least and at most.
const GAP_MS: (u64, u64) = (5_000, 180_000);
/// The most cases that are opened in one run.
const CASES_MAX: usize = 60;

/// The beginning of every applicant's name and of every note: it stands in sealed parts alone.
pub(super) const CANARY: &str = "金丝雀";

/// Division codes of the cities of a seed; made up but for the first four.
pub(super) fn divisions(count: u64) -> Vec<DivisionCode> {
    let known = [330_800, 350_700, 361_100, 341_000];
    let others = (1..).map(|nth| 370_000 + nth * 100);
    known
        .into_iter()
        .chain(others)
        .take(usize::try_from(count).unwrap_or(0))
        .filter_map(|code| DivisionCode::new(code).ok())
        .collect()
}

/// Two items that every pair of cities has live, with every power but acceptance by the window.
pub(crate) fn terms() -> Terms {
    let terms = json!({
        "name": "仿真合作协议", "code": "AG-SIM",
        "items": [
            {"code": "I-02", "name": "住房公积金异地购房提取", "domain": "公积金", "licence": false, "promise_days": 3},
            {"code": "I-07", "name": "工业产品生产许可证", "domain": "市场监管", "licence": true, "promise_days": 10}
        ],
        "guides": [
            {"item": "I-02", "version": 1, "effective": "2026-01-01", "id_check": true, "requirements": [
                {"id": "M1", "name": "身份证", "must": true, "original": true},
                {"id": "M2", "name": "提取申请表", "must": true, "original": false}]},
            {"item": "I-07", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请书", "must": true, "original": false}]}
        ],
        "live": [
            {"item": "I-02", "guide": 1, "effective": "2026-01-01"},
            {"item": "I-07", "guide": 1, "effective": "2026-01-01"}
        ],
        "grants": [{"powers": ["G1a", "G2", "G3", "G4", "G5"]}],
        "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01"}]
    });
    serde_json::from_value(terms).expect("the terms above are well-formed")
}

/// A command that a clerk gave and has no answer to.
#[derive(Clone, Debug)]
struct Unanswered {
    at: usize,
    key: String,
    command: Command,
}

/// The clerks of all cities.
pub(super) struct Clerks {
    draws: Draws,
    cities: Vec<DivisionCode>,
    drawn: u64,
    next: u64,
    unanswered: Vec<Unanswered>,
    parcels: u32,
    /// Commands that were carried out, by name.
    pub acts: BTreeMap<String, u64>,
    /// Commands that were refused.
    pub refused: u64,
    /// Entries that a city acknowledged to a clerk: city, entry.
    pub acknowledged: BTreeSet<(usize, String)>,
    /// Refused commands after which something was written: what, where.
    pub traces: Vec<String>,
    /// Cases by number, and who is to have them: opened at, owner.
    pub cases: BTreeMap<String, (usize, usize)>,
}

impl Clerks {
    pub(super) fn new(draws: Draws, cities: Vec<DivisionCode>) -> Self {
        Self {
            draws,
            cities,
            drawn: 0,
            next: 0,
            unanswered: Vec::new(),
            parcels: 0,
            acts: BTreeMap::new(),
            refused: 0,
            acknowledged: BTreeSet::new(),
            traces: Vec::new(),
            cases: BTreeMap::new(),
        }
    }

    fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.drawn += 1;
        self.draws
            .between(Stream::Workload, 1, self.drawn, low, high)
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let last = list.len().checked_sub(1)?;
        list.get(usize::try_from(self.draw(0, last as u64)).unwrap_or(0))
    }

    /// When a clerk acts next, in virtual milliseconds.
    pub(super) fn due(&self) -> u64 {
        self.next
    }

    /// One act somewhere, or another try of one that had no answer.
    pub(super) fn work(&mut self, world: &mut World) -> Result<(), SimError> {
        if world.now() < self.next {
            return Ok(());
        }
        self.next = world.now() + self.draw(GAP_MS.0, GAP_MS.1);
        if self.draw(0, 3) == 0 && self.try_again(world)? {
            return Ok(());
        }
        let places: Vec<usize> = (0..self.cities.len()).collect();
        let Some(at) = self.pick(&places).copied() else {
            return Ok(());
        };
        if !world.answers(at) {
            return Ok(());
        }
        let command = match self.draw(0, 11) {
            10 => self.agreement(),
            0 | 1 if self.cases.len() < CASES_MAX => self.receive(at),
            2 => self.parcel(world, at)?,
            _ => self.case(world, at)?,
        };
        let Some(command) = command else {
            return Ok(());
        };
        let key = format!("k{}", self.drawn);
        self.give(world, at, &key, &command).map(|_| ())
    }

    /// Gives every command again that had no answer.
    pub(super) fn finish(&mut self, world: &mut World) -> Result<(), SimError> {
        while self.try_again(world)? {}
        Ok(())
    }

    fn try_again(&mut self, world: &mut World) -> Result<bool, SimError> {
        let waiting = self
            .unanswered
            .iter()
            .position(|command| world.answers(command.at));
        let Some(place) = waiting else {
            return Ok(false);
        };
        let Unanswered { at, key, command } = self.unanswered.remove(place);
        self.give(world, at, &key, &command)?;
        Ok(true)
    }

    /// Gives a command; nothing comes back where it was refused or nobody answered.
    pub(super) fn give(
        &mut self,
        world: &mut World,
        at: usize,
        key: &str,
        command: &Command,
    ) -> Result<Option<Done>, SimError> {
        let commits = world.commits();
        let done = match world.ask(at, |engine, ctx| engine.command(ctx, key, command)) {
            Ok(done) => done,
            Err(SimError::NotRunning(_)) => {
                self.unanswered.push(Unanswered {
                    at,
                    key: key.to_owned(),
                    command: command.clone(),
                });
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match done {
            Ok(done) => {
                self.acknowledge(at, command, &done);
                Ok(Some(done))
            }
            Err(CommandError::Refused(_)) => {
                self.refused += 1;
                if world.commits() > commits {
                    let trace = format!("{}: {}", self.cities[at], name_of(command));
                    self.traces.push(trace);
                }
                Ok(None)
            }
            Err(CommandError::Read(error)) => Err(SimError::Read(self.cities[at], error)),
        }
    }

    fn acknowledge(&mut self, at: usize, command: &Command, done: &Done) {
        let name = name_of(command);
        *self.acts.entry(name).or_default() += 1;
        for entry in &done.entries {
            self.acknowledged.insert((at, entry.clone()));
        }
        if let (Command::CaseReceive(receive), Some(number)) = (command, &done.number) {
            let owner = self.cities.iter().position(|city| *city == receive.owner);
            self.cases.insert(number.clone(), (at, owner.unwrap_or(at)));
        }
    }

    fn other_city(&mut self, here: DivisionCode) -> Option<DivisionCode> {
        let cities = self.cities.iter().copied();
        let others: Vec<DivisionCode> = cities.filter(|city| *city != here).collect();
        self.pick(&others).copied()
    }

    /// 收件 for another city.
    fn receive(&mut self, at: usize) -> Option<Command> {
        let here = self.cities[at];
        let owner = self.other_city(here)?;
        let item = if self.draw(0, 2) == 0 { "I-07" } else { "I-02" };
        let materials = match (item, self.draw(0, 3)) {
            ("I-02", 0) => json!([{"requirement": "M1"}]),
            ("I-02", _) => json!([{"requirement": "M1"}, {"requirement": "M2"}]),
            _ => json!([{"requirement": "M1"}]),
        };
        command(
            "case.receive",
            json!({
                "item": item, "owner": owner, "officer": "W01", "materials": materials,
                "applicant": {"name": format!("{CANARY}{}", self.drawn), "id_number": "330899198803170010"}
            }),
        )
    }

    /// Suspends an item of the city's own or takes it up again; now and then withdraws what it granted.
    fn agreement(&mut self) -> Option<Command> {
        let item = if self.draw(0, 1) == 0 { "I-07" } else { "I-02" };
        match self.draw(0, 11) {
            0 => command("agreement.withdraw-grant", json!({"grant": "founding"})),
            1..=3 => command("agreement.suspend", json!({"item": item})),
            _ => command("agreement.resume", json!({"item": item})),
        }
    }

    /// The next act of some case of the city, or an edit of its file.
    fn case(&mut self, world: &mut World, at: usize) -> Result<Option<Command>, SimError> {
        let rows: Vec<CaseRow> =
            match world.ask(at, |engine, ctx| engine.cases(ctx, &CaseFilter::default()))? {
                Ok(rows) => rows,
                Err(error) => return Err(SimError::Read(self.cities[at], error)),
            };
        let open: Vec<CaseRow> = rows.into_iter().filter(|row| row.stage != "S99").collect();
        let Some(row) = self.pick(&open).cloned() else {
            return Ok(None);
        };
        if self.draw(0, 5) == 0 {
            let text = format!("{CANARY}备注{}。", self.drawn);
            let edits = json!([{"edit": "append-note", "text": text}]);
            return Ok(command(
                "case.edit",
                json!({"case": row.number, "edits": edits}),
            ));
        }
        // Mostly the usual next step, now and then another one.
        let name = match (row.next.first(), self.draw(0, 2)) {
            (Some(first), 0 | 1) => first.clone(),
            (Some(_), _) => self.pick(&row.next).cloned().unwrap_or_default(),
            (None, _) => return Ok(None),
        };
        let detail = match world.ask(at, |engine, ctx| engine.case(ctx, &row.number))? {
            Ok(detail) => detail,
            Err(_) => return Ok(None),
        };
        Ok(self.step(&name, &row, &detail))
    }

    fn step(&mut self, name: &str, row: &CaseRow, detail: &CaseAnswer) -> Option<Command> {
        let case = &row.number;
        let plain = || {
            let missing = detail.missing.iter();
            missing
                .filter(|what| what.starts_with('M'))
                .cloned()
                .collect::<Vec<String>>()
        };
        let args = match name {
            "case.id-check" => {
                json!({"case": case, "passed": self.draw(0, 7) != 0, "officer": "W01"})
            }
            "case.original-check" => {
                let prefixed = detail.missing.iter();
                let seen: Vec<&str> = prefixed
                    .filter_map(|what| what.strip_prefix("original:"))
                    .collect();
                json!({"case": case, "seen": seen, "officer": "W01"})
            }
            "case.submit-correction" => {
                let asked: Vec<String> = if detail.defects.is_empty() {
                    plain()
                } else {
                    let defects = detail.defects.iter();
                    defects.map(|defect| defect.requirement.clone()).collect()
                };
                let materials: Vec<Value> = asked
                    .iter()
                    .map(|requirement| json!({"requirement": requirement}))
                    .collect();
                json!({"case": case, "materials": materials})
            }
            "case.notice" => {
                let defects = json!([{"requirement": "M1", "fault": "unreadable"}]);
                json!({"case": case, "officer": "B02", "text": format!("{CANARY}请重新提交"), "defects": defects})
            }
            "case.formal-pass" | "case.first-look" | "case.accept" | "case.review" => {
                let officer = if row.receiver == row.owner {
                    "W01"
                } else {
                    "B02"
                };
                json!({"case": case, "officer": officer})
            }
            "case.push" if self.draw(0, 4) == 0 => {
                let here = self
                    .cities
                    .iter()
                    .find(|city| **city == row.receiver)
                    .copied();
                json!({"case": case, "to": self.other_city(here?)?})
            }
            "case.decide" => json!({"case": case, "officer": "B02", "outcome": "granted"}),
            "case.not-accept" => {
                json!({"case": case, "officer": "B02", "basis": "行政许可法32", "text": "不属本市职权"})
            }
            "case.send-result" => json!({"case": case, "delivery": "network"}),
            "case.served" | "case.notice-served" => json!({"case": case, "means": "phone"}),
            _ => json!({"case": case}),
        };
        command(name, args)
    }

    /// A parcel's next act, or a new parcel.
    fn parcel(&mut self, world: &mut World, at: usize) -> Result<Option<Command>, SimError> {
        let rows: Vec<ParcelRow> = match world.ask(at, |engine, ctx| engine.parcels(ctx))? {
            Ok(rows) => rows,
            Err(error) => return Err(SimError::Read(self.cities[at], error)),
        };
        let here = self.cities[at];
        if rows.is_empty() || self.draw(0, 3) == 0 {
            return Ok(self.post(here));
        }
        let Some(row) = self.pick(&rows).cloned() else {
            return Ok(None);
        };
        let parcel = &row.tracking;
        let own_line = row.lines.iter().any(|line| line.payer == here);
        let made = match (row.to == Some(here), row.lines.is_empty(), self.draw(0, 3)) {
            (true, _, 0) => command("parcel.arrive", json!({"parcel": parcel})),
            (true, _, 1) => command("parcel.open", json!({"parcel": parcel, "pieces": 1})),
            (_, true, _) => {
                let fen = self.draw(100, 9_900);
                command("parcel.cost", json!({"parcel": parcel, "fen": fen}))
            }
            (_, false, 2) if own_line => command("parcel.retract", json!({"parcel": parcel})),
            _ => command("parcel.confirm", json!({"parcel": parcel})),
        };
        Ok(made)
    }

    fn post(&mut self, here: DivisionCode) -> Option<Command> {
        let to = self.other_city(here)?;
        self.parcels += 1;
        let tracking = s10(self.parcels);
        command(
            "parcel.post",
            json!({"to": to, "leg": "L2", "tracking": tracking, "pay": "collect", "weight_g": 100}),
        )
    }
}

/// An item number of UPU S10 with its check digit.
fn s10(serial: u32) -> String {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let digits = format!("{serial:08}");
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    };
    format!("EZ{digits}{check}CN")
}

fn command(name: &str, args: Value) -> Option<Command> {
    serde_json::from_value(json!({"do": name, "args": args})).ok()
}

fn name_of(command: &Command) -> String {
    serde_json::to_value(command)
        .ok()
        .and_then(|value| value.get("do")?.as_str().map(str::to_owned))
        .unwrap_or_default()
}
