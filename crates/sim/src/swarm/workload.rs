//! What clerks do in a seed: they open cases, and go on with what the cities themselves offer next.
//!
//! They work while offices are open. Nothing is done here: what is drawn is a step as a scenario has it.

use std::collections::{BTreeMap, BTreeSet};

use super::beside::{ASKED, BESIDE};
use super::habits::{HABITS, possible};
use super::season::{Season, Theme};
use serde_json::{Value, json};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{CaseAnswer, CaseRow};
use tongban_ledger::command::{Command, Terms};
use tongban_sync::engine::CaseFilter;

pub(super) use crate::run::Clerks;
use crate::run::name_of;
use crate::scenario::{Fault, Moment, Step};
use crate::world::{Draws, SimError, Stream, World};

/// Milliseconds between two acts of all clerks together, at least and at most.
const GAP_MS: (u64, u64) = (5_000, 180_000);
/// The same in a seed in which most of the work is for one end.
const THEME_GAP_MS: (u64, u64) = (2_000, 70_000);
/// How many of ten acts are for that end.
const THEME_SHARE: u64 = 7;
/// The same where another city acts on the same case at the same time or in answer: what crosses on the way is what
/// cities disagree about. The first is less than a message needs.
const AT_ONCE_MS: (u64, u64) = (0, 10);
const IN_ANSWER_MS: (u64, u64) = (20, 3_000);
/// The most cases that are opened in one run, and how many more for each hour.
const CASES_MAX: usize = 60;
const CASES_PER_HOUR: usize = 2;
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3_600_000;
/// From when until when offices are open, in milliseconds of the day.
const OPEN_MS: (u64, u64) = (9 * 3_600_000, 17 * 3_600_000 + 1_800_000);

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

/// Items that every pair of cities has live, with every power but acceptance by the window: two by the window or
/// online, one that any city decides itself, one by joint handling.
pub(crate) fn terms() -> Terms {
    let terms = json!({
        "name": "仿真合作协议", "code": "AG-SIM",
        "items": [
            {"code": "I-02", "name": "住房公积金异地购房提取", "domain": "公积金", "licence": false, "promise_days": 3, "modes": ["A", "B"]},
            {"code": "I-07", "name": "工业产品生产许可证", "domain": "市场监管", "licence": true, "promise_days": 10},
            {"code": "I-05", "name": "户口迁移", "domain": "公安", "licence": false, "promise_days": 20, "modes": ["C"]},
            {"code": "I-10", "name": "参保证明打印", "domain": "社保", "licence": false, "promise_days": 1, "modes": ["D"], "unbound": true}
        ],
        "guides": [
            {"item": "I-02", "version": 1, "effective": "2026-01-01", "id_check": true, "requirements": [
                {"id": "M1", "name": "身份证", "must": true, "original": true},
                {"id": "M2", "name": "提取申请表", "must": true, "original": false}]},
            {"item": "I-07", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请书", "must": true, "original": false}]},
            {"item": "I-05", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请表", "must": true, "original": false}]},
            {"item": "I-10", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "身份证", "must": true, "original": false}]}
        ],
        "live": [
            {"item": "I-02", "guide": 1, "effective": "2026-01-01"},
            {"item": "I-07", "guide": 1, "effective": "2026-01-01"},
            {"item": "I-05", "guide": 1, "effective": "2026-01-01"}
        ],
        "joint": [{"item": "I-05", "days": 45, "steps": [
            {"id": "S1", "name": "准迁", "days": 5},
            {"id": "S2", "name": "迁出", "partner": true, "after": ["S1"], "days": 5, "irreversible": true, "urgent_days": 1},
            {"id": "S3", "name": "落户", "after": ["S2"], "days": 5},
            {"id": "S9", "name": "恢复", "partner": true, "days": 5, "undoes": "S2"}
        ]}],
        "grants": [{"powers": ["G1a", "G2", "G3", "G4", "G5"]}],
        "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01"}]
    });
    serde_json::from_value(terms).expect("the terms above are well-formed")
}

/// Draws what clerks do.
pub(super) struct Workload {
    draws: Draws,
    pub(super) cities: Vec<DivisionCode>,
    /// What the seed has in mind.
    pub(super) season: Season,
    /// When the run ends.
    pub(super) end: Moment,
    /// Cities that go on under another root key.
    pub(super) renewed: BTreeSet<DivisionCode>,
    /// Texts on who bears a line, by their code, and whether all members are known to have signed them.
    pub(super) rulings: BTreeMap<String, bool>,
    /// What follows from an act at once, as faults.
    pub(super) follows: Vec<Fault>,
    cases_max: usize,
    drawn: u64,
    pub(super) parcels: u32,
    opened: usize,
    /// Commands that are chosen before others where a case offers them.
    habit: &'static [&'static str],
    /// The case on which somebody else acts next.
    crossing: Option<Crossing>,
}

/// A case on which another of its cities acts at about the same time.
struct Crossing {
    number: String,
    cities: Vec<DivisionCode>,
}

impl Crossing {
    /// Somebody acted on the case `here`: one of its other cities comes next, those of a handoff among them.
    fn of(row: &CaseRow, here: DivisionCode) -> Self {
        let handoff = row.handoff.iter().flat_map(|one| [one.from, one.to]);
        let all = [row.receiver, row.owner].into_iter().chain(handoff);
        let mut cities: Vec<DivisionCode> = all
            .chain(row.holders.iter().copied())
            .filter(|city| *city != here)
            .collect();
        cities.sort_unstable();
        cities.dedup();
        Self {
            number: row.number.clone(),
            cities,
        }
    }
}

impl Workload {
    /// The work of the clerks of these cities in so many hours.
    pub(super) fn new(
        draws: Draws,
        cities: Vec<DivisionCode>,
        hours: u64,
        season: Season,
        end: Moment,
    ) -> Self {
        let mut work = Self {
            draws,
            cities,
            season,
            end,
            renewed: BTreeSet::new(),
            rulings: BTreeMap::new(),
            follows: Vec::new(),
            cases_max: CASES_MAX + CASES_PER_HOUR * usize::try_from(hours).unwrap_or(0),
            drawn: 0,
            parcels: 0,
            opened: 0,
            habit: &[],
            crossing: None,
        };
        if work.flip() {
            work.habit = work.pick(&HABITS).copied().unwrap_or_default();
        }
        work
    }

    pub(super) fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.drawn += 1;
        self.draws
            .between(Stream::Workload, 1, self.drawn, low, high)
    }

    pub(super) fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let last = list.len().checked_sub(1)?;
        list.get(usize::try_from(self.draw(0, last as u64)).unwrap_or(0))
    }

    /// When a clerk acts next after some moment: while offices are open, every few minutes.
    pub(super) fn after(&mut self, at: Moment) -> Moment {
        let (least, most) = match (self.crossing.is_some(), self.flip()) {
            (true, true) => AT_ONCE_MS,
            (true, false) => IN_ANSWER_MS,
            (false, _) if self.season.theme != Theme::Usual => THEME_GAP_MS,
            (false, _) => GAP_MS,
        };
        let gap = self.draw(least, most);
        open_from(at.after_ms(i64::try_from(gap).unwrap_or(0)))
    }

    /// One act somewhere, if there is anything to do there.
    pub(super) fn act(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        at: Moment,
    ) -> Result<Option<Step>, SimError> {
        self.season.go_on(at, self.end);
        let crossing = self.crossing.take();
        let places: Vec<usize> = match &crossing {
            Some(crossing) => self.places(&crossing.cities),
            None => (0..self.cities.len()).collect(),
        };
        let Some(place) = self.pick(&places).copied() else {
            return Ok(None);
        };
        if !world.answers(place) {
            return Ok(None);
        }
        let mut for_theme = None;
        if crossing.is_none()
            && self.season.theme != Theme::Usual
            && self.draw(1, 10) <= THEME_SHARE
        {
            for_theme = self.for_theme(world, clerks, place, at)?;
        }
        let command = match self.draw(0, 19) {
            _ if for_theme.is_some() => for_theme,
            _ if crossing.is_some() => self.case(world, clerks, place, crossing.as_ref())?,
            10 if self.level() == 1 => self.roster(),
            10 if self.flip() => self.resolution(world, clerks, place)?,
            10 => self.agreement(),
            11 | 12 => self.consult(world, clerks, place, at)?,
            14 => self.month_end(self.cities[place]),
            15 => self.parcel(world, place)?,
            16 => self.decision(world, place)?,
            17 => self.meeting(world, clerks, place, at)?,
            18 => self.heed_members(world, clerks, place, at)?,
            0 | 1 if self.opened < self.cases_max => self.receive(place),
            2 | 3 => self.parcel(world, place)?,
            _ => self.case(world, clerks, place, None)?,
        };
        let Some(command) = command else {
            return Ok(None);
        };
        let label = match command {
            Command::CaseReceive(_) => {
                self.opened += 1;
                Some(format!("c{}", self.opened))
            }
            Command::ConsultAsk(_) => Some(format!("q{}", self.drawn)),
            Command::MeetingConvene(_) => Some(format!("m{}", self.drawn)),
            _ => None,
        };
        Ok(Some(Step {
            at,
            node: self.cities[place],
            hand: crate::scenario::Hand::Clerk,
            act: act_of(&command),
            command,
            key: Some(format!("k{}", self.drawn)),
            label,
            refused: None,
            say: None,
            wait: Vec::new(),
            settle: false,
            line: 0,
        }))
    }

    /// Something for the end that most of the seed's work is for.
    fn for_theme(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        place: usize,
        at: Moment,
    ) -> Result<Option<Command>, SimError> {
        match self.season.theme {
            Theme::Usual => Ok(None),
            Theme::MonthEnd => self.settle(world, place, at),
            Theme::Resolutions(_) => match self.decide(world, clerks, place)? {
                None => self.heed_members(world, clerks, place, at),
                decided => Ok(decided),
            },
        }
    }

    /// Places of these cities.
    fn places(&self, cities: &[DivisionCode]) -> Vec<usize> {
        let all = self.cities.iter().enumerate();
        all.filter(|(_, city)| cities.contains(city))
            .map(|(place, _)| place)
            .collect()
    }

    /// How many draws there were so far.
    pub(super) fn count(&self) -> u64 {
        self.drawn
    }

    pub(super) fn flip(&mut self) -> bool {
        self.draw(0, 1) == 1
    }

    /// A number from 1 to 5.
    pub(super) fn level(&mut self) -> u8 {
        u8::try_from(self.draw(1, 5)).unwrap_or(5)
    }

    pub(super) fn any_city(&mut self) -> Option<DivisionCode> {
        let cities = self.cities.clone();
        self.pick(&cities).copied()
    }

    /// How many cities founded the agreement.
    pub(super) fn members(&self) -> usize {
        self.cities.len() - usize::from(self.season.outside.is_some())
    }

    /// A city that founded the agreement.
    pub(super) fn any_member(&mut self) -> Option<DivisionCode> {
        let outside = self.season.outside;
        let cities = self.cities.iter().copied();
        let members: Vec<DivisionCode> = cities.filter(|city| Some(*city) != outside).collect();
        self.pick(&members).copied()
    }

    /// The place of a city.
    pub(super) fn place(&self, city: DivisionCode) -> Option<usize> {
        self.cities.iter().position(|one| *one == city)
    }

    pub(super) fn city(&self, place: usize) -> DivisionCode {
        self.cities[place]
    }

    pub(super) fn other_city(&mut self, here: DivisionCode) -> Option<DivisionCode> {
        let cities = self.cities.iter().copied();
        let others: Vec<DivisionCode> = cities.filter(|city| *city != here).collect();
        self.pick(&others).copied()
    }

    /// 收件 in one of the four modes.
    fn receive(&mut self, at: usize) -> Option<Command> {
        let here = self.cities[at];
        let other = self.other_city(here)?;
        let (item, mode, owner) = match self.draw(0, 9) {
            0..=2 => ("I-07", "B", other),
            3 => ("I-02", "A", here),
            4 => ("I-10", "D", here),
            5 => ("I-05", "C", here),
            6 => ("I-05", "C", other),
            _ => ("I-02", "B", other),
        };
        let materials = match (item, self.draw(0, 3)) {
            ("I-02", 0) => json!([{"requirement": "M1"}]),
            ("I-02", _) => json!([{"requirement": "M1"}, {"requirement": "M2"}]),
            _ => json!([{"requirement": "M1"}]),
        };
        // Joint handling names the co-handling city.
        let partner = match mode {
            "C" => self.other_city(owner),
            _ => None,
        };
        command(
            "case.receive",
            json!({
                "item": item, "owner": owner, "mode": mode, "officer": "W01", "materials": materials,
                "partner": partner,
                "applicant": {"name": format!("{CANARY}{}", self.drawn), "id_number": "330899198803170010"}
            }),
        )
    }

    /// Suspends an item of the city's own or takes it up again; now and then withdraws what it granted, or does
    /// something for the next list.
    fn agreement(&mut self) -> Option<Command> {
        let items = ["I-07", "I-02", "I-05", "I-10"];
        let item = self.pick(&items).copied().unwrap_or("I-07");
        match self.draw(0, 15) {
            12..=15 => self.list(),
            0 => command("agreement.withdraw-grant", json!({"grant": "founding"})),
            1..=3 => command("agreement.suspend", json!({"item": item})),
            _ => command("agreement.resume", json!({"item": item})),
        }
    }

    /// A step towards a second batch of one item.
    fn list(&mut self) -> Option<Command> {
        let item = json!({"code": "I-90", "name": "居住证办理", "domain": "公安", "licence": false, "promise_days": 5});
        let row = json!({"item": "I-90", "name": "居住证办理", "application_scenario": "异地就业", "lead_dept": "公安局", "modes": ["B"]});
        let guide =
            json!({"item": "I-90", "version": 1, "effective": "2026-01-01", "requirements": []});
        match self.draw(0, 4) {
            0 => command(
                "agreement.nominate",
                json!({"item": "I-90", "name": "居住证办理", "cases_a_year": 120}),
            ),
            1 => {
                let stances = ["agree", "reserve", "object", "agree", "agree"];
                let stance = stances[usize::from(self.level()) % stances.len()];
                command(
                    "agreement.stance",
                    json!({"item": "I-90", "stance": stance, "reason": "系统未对接"}),
                )
            }
            2 => command(
                "agreement.propose-batch",
                json!({"batch": {"id": "B2", "seq": 2, "due": "2027-06-30", "rows": [row]}, "items": [item],
                    "guides": [guide], "effective": "2026-01-01",
                    "live": [{"item": "I-90", "guide": 1, "effective": "2026-01-01"}]}),
            ),
            _ => {
                let roles = ["owner", "receiver", "both"];
                let role = roles[usize::from(self.level()) % roles.len()];
                let except = match self.flip() {
                    true => json!([{"item": "I-90", "role": role}]),
                    false => json!([]),
                };
                command(
                    "agreement.adopt-batch",
                    json!({"proposal": "B2", "except": except}),
                )
            }
        }
    }

    /// The next act of some case of the city, of the named one if it is here, or an edit of its file.
    fn case(
        &mut self,
        world: &mut World,
        clerks: &Clerks,
        at: usize,
        crossing: Option<&Crossing>,
    ) -> Result<Option<Command>, SimError> {
        let rows: Vec<CaseRow> =
            match world.look(at, |engine, ctx| engine.cases(ctx, &CaseFilter::default()))? {
                Ok(rows) => rows,
                // The disk does not give it out at the moment.
                Err(_) => return Ok(None),
            };
        // A case whose opening nobody has heard of yet has no label.
        let open: Vec<CaseRow> = rows
            .into_iter()
            .filter(|row| row.stage != "S99" && clerks.labels.contains_key(&row.number))
            .collect();
        let same = open
            .iter()
            .find(|row| crossing.is_some_and(|crossing| crossing.number == row.number));
        let Some(row) = same.or(self.pick(&open)).cloned() else {
            return Ok(None);
        };
        if self.draw(0, 3) == 0 {
            self.crossing = Some(Crossing::of(&row, self.cities[at]));
        }
        let Some(label) = clerks
            .labels
            .get(&row.number)
            .map(|label| format!("${label}"))
        else {
            return Ok(None);
        };
        if self.draw(0, 5) == 0 {
            let text = format!("{CANARY}备注{}。", self.drawn);
            let edits = json!([{"edit": "append-note", "text": text}]);
            return Ok(command("case.edit", json!({"case": label, "edits": edits})));
        }
        // Mostly the usual next step, now and then another one, and now and then something beside the way.
        let fond = possible(self.habit, &row.next);
        let name = match (row.next.first(), self.draw(0, 5)) {
            _ if !fond.is_empty() && self.flip() => {
                self.pick(&fond).copied().unwrap_or_default().to_owned()
            }
            (_, 5) => self.pick(&BESIDE).copied().unwrap_or_default().to_owned(),
            (Some(first), 0..=2) => first.clone(),
            (Some(_), _) => self.pick(&row.next).cloned().unwrap_or_default(),
            (None, _) => return Ok(None),
        };
        let detail = match world.look(at, |engine, ctx| engine.case(ctx, &row.number))? {
            Ok(detail) => detail,
            Err(_) => return Ok(None),
        };
        Ok(self.step(&name, &label, &row, &detail))
    }

    fn step(
        &mut self,
        name: &str,
        case: &str,
        row: &CaseRow,
        detail: &CaseAnswer,
    ) -> Option<Command> {
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
                // Who decides alone has two officers, too.
                let officer = if row.receiver == row.owner && name == "case.formal-pass" {
                    "W01"
                } else {
                    "B02"
                };
                json!({"case": case, "officer": officer})
            }
            "case.push" if self.draw(0, 2) == 0 => {
                json!({"case": case, "to": self.other_city(row.receiver)?})
            }
            "case.decide" => json!({"case": case, "officer": "B02", "outcome": "granted"}),
            "case.not-accept" => {
                json!({"case": case, "officer": "B02", "basis": "行政许可法32", "text": "不属本市职权"})
            }
            name if BESIDE.contains(&name) || ASKED.contains(&name) => {
                return self.beside(name, case, row, detail);
            }
            "case.send-result" => json!({"case": case, "delivery": "network"}),
            "case.served" | "case.notice-served" => json!({"case": case, "means": "phone"}),
            _ => json!({"case": case}),
        };
        command(name, args)
    }
}

pub(super) fn command(name: &str, args: Value) -> Option<Command> {
    serde_json::from_value(json!({"do": name, "args": args})).ok()
}

/// The command's name as a constant; commands that clerks do not draw have none.
fn act_of(command: &Command) -> &'static str {
    let name = name_of(command);
    let known = Command::NAMES.iter().find(|known| **known == name);
    known.copied().unwrap_or_default()
}

/// The same moment if offices are open then, or else the next one at which they are.
fn open_from(at: Moment) -> Moment {
    let of_day = at.ms_since(Moment::from_unix(-8 * 3_600)) % DAY_MS;
    let wait = match of_day {
        _ if of_day < OPEN_MS.0 => OPEN_MS.0 - of_day,
        _ if of_day < OPEN_MS.1 => 0,
        _ => DAY_MS - of_day + OPEN_MS.0,
    };
    at.after_ms(i64::try_from(wait).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_at_night() {
        let moment = |text: &str| text.parse::<Moment>().expect("a moment");
        for (at, open) in [
            ("2026-09-07T09:30", "2026-09-07T09:30"),
            ("2026-09-07T08:59", "2026-09-07T09:00"),
            ("2026-09-07T17:30", "2026-09-08T09:00"),
            ("2026-09-07T23:00", "2026-09-08T09:00"),
        ] {
            assert_eq!(open_from(moment(at)), moment(open));
        }
    }
}
