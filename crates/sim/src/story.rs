//! Tells a run as lines of text: a timeline, then cases, obligations and whether all cities agree.
//!
//! It decides nothing and prints nothing; wording is in [`crate::texts`].

use tongban_identity::DivisionCode;
use tongban_ledger::money::Fen;

use crate::faults::FaultKind;
use crate::run::{Checked, Event, MonthSummary, Played, Report, What};
use crate::scenario::cities::{known_english, known_name};
use crate::scenario::{Moment, Scenario, Text};
use crate::texts::{Language, Words, fill};

/// Tells the lines of a run in one language.
#[derive(Clone, Copy, Debug)]
pub struct Story<'s> {
    scenario: &'s Scenario,
    language: Language,
}

impl<'s> Story<'s> {
    /// Makes the teller of a scenario.
    pub const fn new(scenario: &'s Scenario, language: Language) -> Story<'s> {
        Story { scenario, language }
    }

    /// Tells the whole run.
    pub fn tell(&self, report: &Report) -> Vec<String> {
        let mut lines = self.heading(report.engine.as_str());
        let mut before = None;
        for event in &report.events {
            lines.extend(self.event(event, before));
            before = Some(event.at);
        }
        lines.extend(self.ending(report));
        lines
    }

    /// The run's title.
    pub(crate) fn title(&self) -> &str {
        self.text(&self.scenario.title)
            .unwrap_or(&self.scenario.name)
    }

    /// Tells that a fault begins.
    pub(crate) fn fault_begins(&self, fault: FaultKind, cities: &[Vec<DivisionCode>]) -> String {
        self.fault(fault, begins(fault), cities)
    }

    /// Names an act of a case as its command is named; a node's own acts have words of their own.
    pub(crate) fn entry_act(&self, act: &str) -> String {
        // Some commands have a shorter name than the act that they sign.
        let command = match act {
            "substantive-review" => "case.review".to_owned(),
            "correction-notice" => "case.notice".to_owned(),
            "correction-submitted" => "case.submit-correction".to_owned(),
            _ => format!("case.{act}"),
        };
        match (act, self.language) {
            ("ack", Language::Zh) => "签收".to_owned(),
            ("ack", Language::En) => "acks".to_owned(),
            ("decline", Language::Zh) => "拒收".to_owned(),
            ("decline", Language::En) => "declines".to_owned(),
            _ => {
                let named = self.language.act(&command);
                if named == command {
                    act.to_owned()
                } else {
                    named.to_owned()
                }
            }
        }
    }

    /// Names a stage of a case.
    pub(crate) fn stage<'t>(&self, code: &'t str) -> &'t str {
        self.language.stage(code)
    }

    /// Tells what is played.
    pub fn heading(&self, engine: &str) -> Vec<String> {
        let title = self.title();
        let cities = self.scenario.nodes.len().to_string();
        vec![
            title.to_owned(),
            self.say(Words::Played, &[&cities, engine]),
        ]
    }

    /// Tells one event; `before` is the time of the event before it, so that a new day gets a line.
    pub fn event(&self, event: &Event, before: Option<Moment>) -> Vec<String> {
        let told = match &event.what {
            What::Founded { agreement, members } => {
                let members = self.cities(members);
                Some(('＋', self.say(Words::Founded, &[agreement, &members])))
            }
            What::Step(played) => Some((mark(played), self.step(played))),
            What::Carried {
                from,
                to,
                lost,
                refused,
            } => {
                let words = match lost {
                    true => Words::FileLost,
                    false => Words::FileCarried,
                };
                let mut told = self.say(words, &[&self.city(*from), &self.city(*to)]);
                if let Some(code) = refused {
                    told.push_str(&self.say(Words::RefusedAsWritten, &[code.as_str()]));
                }
                Some(('✉', told))
            }
            What::Forged { node, act, shown } => {
                let (node, shown) = (self.city(*node), self.cities(shown));
                let act = self.language.act(act);
                Some(('⚠', self.say(Words::Forged, &[&node, act, &shown])))
            }
            What::FaultBegins { fault, cities } => {
                Some(('⚡', self.fault(*fault, begins(*fault), cities)))
            }
            What::FaultEnds { fault, cities } => {
                Some(('↻', self.fault(*fault, ends(*fault), cities)))
            }
            What::Asked { .. } => None,
        };
        let Some((mark, told)) = told else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        if before.is_none_or(|before| before.day() != event.at.day()) {
            let weekday = self.language.weekday(event.at.weekday());
            lines.push(String::new());
            lines.push(format!("{} {weekday}", event.at.day()));
        }
        lines.push(format!("  {:8} {mark} {told}", event.at.clock()));
        if let Some(say) = event.say.as_ref().and_then(|say| self.text(say)) {
            lines.push(format!("             {say}"));
        }
        lines
    }

    /// Tells what the cities have at the end.
    pub fn ending(&self, report: &Report) -> Vec<String> {
        let mut lines = vec![String::new(), self.say(Words::Cases, &[])];
        for case in &report.cases {
            let holders = self.cities(&case.holder);
            lines.push(format!(
                "  {}  {}  {} → {}  {} {}  {}",
                case.number,
                case.item_name,
                self.city(case.receiver),
                self.city(case.owner),
                case.stage,
                self.language.stage(&case.stage),
                self.say(Words::HeldBy, &[&holders]),
            ));
        }
        for month in &report.months {
            lines.extend(self.month(month));
        }
        if !report.books_agree {
            lines.push(format!("  ✗ {}", self.say(Words::BooksDiffer, &[])));
        }
        lines.extend(self.expectations(&report.expectations));
        let converged = match report.converged {
            true => Words::Converged,
            false => Words::NotConverged,
        };
        let ok = if report.ok { Words::Ok } else { Words::NotOk };
        lines.push(String::new());
        lines.push(self.say(converged, &[]));
        lines.push(self.say(ok, &[]));
        lines
    }

    pub(crate) fn step(&self, played: &Played) -> String {
        let copy = match played.copy {
            true => self.say(Words::AtCopy, &[]),
            false => String::new(),
        };
        let mut line = format!(
            "{}{copy}  {}",
            self.city(played.node),
            self.language.act(played.act)
        );
        if let Some(number) = &played.number {
            line.push(' ');
            line.push_str(number);
        }
        if let Some(to) = played.to.filter(|to| *to != played.node) {
            line.push_str(&self.say(Words::Towards, &[&self.city(to)]));
        }
        let outcome = match (played.refused, played.ok) {
            (None, true) => return line,
            (Some(code), true) => self.say(Words::RefusedAsWritten, &[code.as_str()]),
            (Some(code), false) => self.say(Words::RefusedUnexpectedly, &[code.as_str()]),
            (None, false) if played.document.is_none() => {
                self.say(Words::NotGiven, &[&played.about])
            }
            (None, false) => self.say(Words::NotRefused, &[]),
        };
        line.push_str(&outcome);
        line
    }

    fn fault(&self, fault: FaultKind, words: Words, cities: &[Vec<DivisionCode>]) -> String {
        let sides: Vec<String> = cities.iter().map(|side| self.cities(side)).collect();
        let row = fault.row();
        let meaning = match self.language {
            Language::Zh => row.zh,
            Language::En => row.en,
        };
        self.say(words, &[&sides.join(" ∣ "), row.name, meaning])
    }

    fn month(&self, month: &MonthSummary) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            self.say(Words::Owed, &[&month.month.to_string()]),
        ];
        for (debtor, creditors) in &month.owes {
            for (creditor, fen) in creditors {
                let (debtor, creditor) = (self.city(*debtor), self.city(*creditor));
                let owes = self.say(Words::Owes, &[&debtor, &creditor, &yuan(*fen)]);
                lines.push(format!("  {owes}"));
            }
        }
        if month.owes.is_empty() {
            lines.push(format!("  {}", self.say(Words::NothingOwed, &[])));
        }
        for (city, net) in &month.nets {
            let own = month.self_paid.get(city).copied().unwrap_or(0);
            let mut line = self.say(Words::Nets, &[&self.city(*city), &signed(*net)]);
            if own != 0 {
                line.push_str(&self.say(Words::SelfPaid, &[&yuan(own)]));
            }
            lines.push(format!("  {line}"));
        }
        lines
    }

    fn expectations(&self, checked: &[Checked]) -> Vec<String> {
        let held = checked.iter().filter(|checked| checked.ok).count();
        let counts = [checked.len().to_string(), held.to_string()];
        let mut lines = vec![
            String::new(),
            self.say(Words::Expectations, &[&counts[0], &counts[1]]),
        ];
        for missed in checked.iter().filter(|checked| !checked.ok) {
            for mismatch in &missed.mismatches {
                let city = mismatch
                    .node
                    .map_or_else(String::new, |node| self.city(node));
                let line = self.say(
                    Words::Missed,
                    &[
                        &missed.line.to_string(),
                        missed.query,
                        &missed.about,
                        &city,
                        &mismatch.what,
                        &mismatch.expected,
                        &mismatch.found,
                    ],
                );
                lines.push(format!("  ✗ {line}"));
            }
        }
        lines
    }

    fn say(&self, words: Words, values: &[&str]) -> String {
        fill(self.language.words(words), values)
    }

    /// The words in the story's language, or in the other where it has none.
    pub(crate) fn text<'t>(&self, text: &'t Text) -> Option<&'t str> {
        let (first, second) = match self.language {
            Language::Zh => (&text.zh, &text.en),
            Language::En => (&text.en, &text.zh),
        };
        first.as_deref().or(second.as_deref())
    }

    fn cities(&self, cities: &[DivisionCode]) -> String {
        let names: Vec<String> = cities.iter().map(|city| self.city(*city)).collect();
        names.join(self.language.comma())
    }

    /// A city's name as people say it: without 市 at the end.
    pub(crate) fn city(&self, division: DivisionCode) -> String {
        let code = division.to_string();
        let given = self.scenario.city_name(division);
        let given = Some(given).filter(|name| !name.is_empty() && *name != code);
        let name = match self.language {
            Language::Zh => given.or_else(|| known_name(division)),
            Language::En => known_english(division).or(given),
        };
        name.map_or(code, |name| {
            name.strip_suffix('市').unwrap_or(name).to_owned()
        })
    }
}

fn mark(played: &Played) -> char {
    match (played.ok, played.refused) {
        (true, None) => '·',
        (true, Some(_)) => '⊘',
        (false, _) => '✗',
    }
}

fn begins(fault: FaultKind) -> Words {
    match fault {
        FaultKind::Down => Words::DownBegins,
        FaultKind::Kill => Words::KillBegins,
        FaultKind::Pause => Words::PauseBegins,
        FaultKind::Partition => Words::PartitionBegins,
        _ => Words::FaultBegins,
    }
}

fn ends(fault: FaultKind) -> Words {
    match fault {
        FaultKind::Down => Words::DownEnds,
        FaultKind::Kill => Words::KillEnds,
        FaultKind::Pause => Words::PauseEnds,
        FaultKind::Partition => Words::PartitionEnds,
        _ => Words::FaultEnds,
    }
}

fn yuan(fen: i64) -> String {
    Fen::new(fen).to_string()
}

/// Money with its sign, so that due and owed are told apart at a glance.
fn signed(fen: i64) -> String {
    match fen {
        1.. => format!("+{}", yuan(fen)),
        _ => yuan(fen),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tongban_ledger::code::Code;

    use super::*;
    use crate::fixture::{parsed, three_cities};
    use crate::run::{CaseSummary, Mismatch};
    use crate::scenario::EngineName;

    const STEP: &str = "[[step]]\nat = \"2026-09-07T10:00\"\nnode = \"330800\"\ndo = \"case.close\"\n\
                        args = { case = \"TB\" }\n";

    fn city(code: u32) -> DivisionCode {
        DivisionCode::new(code).expect("six digits")
    }

    fn event(at: &str, what: What, say: Option<&str>) -> Event {
        Event {
            at: at.parse().expect("a moment"),
            what,
            say: say.map(|text| Text {
                zh: Some(text.to_owned()),
                en: None,
            }),
        }
    }

    fn played(ok: bool, refused: Option<Code>) -> What {
        What::Step(Played {
            copy: false,
            node: city(330_800),
            act: "case.push",
            number: Some("TB-1".to_owned()),
            document: Some("d1".to_owned()),
            to: Some(city(350_700)),
            refused,
            about: String::new(),
            ok,
            line: 12,
        })
    }

    fn report() -> Report {
        let fault = || vec![vec![city(330_800)]];
        let owes = [(city(361_100), BTreeMap::from([(city(330_800), 2_200)]))];
        let month = MonthSummary {
            month: "2026-09".parse().expect("a month"),
            owes: BTreeMap::from(owes),
            nets: BTreeMap::from([(city(330_800), 2_200), (city(361_100), -2_200)]),
            self_paid: BTreeMap::from([(city(330_800), 500)]),
        };
        Report {
            scenario: "test".to_owned(),
            engine: EngineName::Live,
            ok: false,
            converged: true,
            events: vec![
                event("2026-09-07T10:00", played(true, None), Some("推送上路。")),
                event(
                    "2026-09-07T10:01",
                    What::FaultBegins {
                        fault: FaultKind::Kill,
                        cities: fault(),
                    },
                    None,
                ),
                event(
                    "2026-09-07T10:01",
                    What::FaultEnds {
                        fault: FaultKind::Kill,
                        cities: fault(),
                    },
                    None,
                ),
                event("2026-09-08T09:00", played(true, Some(Code::PushOpen)), None),
                event("2026-09-08T09:01", played(false, Some(Code::Grant)), None),
            ],
            expectations: vec![Checked {
                line: 40,
                at: "2026-09-08T09:01".parse().expect("a moment"),
                query: "case",
                about: "TB-1".to_owned(),
                ok: false,
                mismatches: vec![Mismatch {
                    node: Some(city(350_700)),
                    what: "stage".to_owned(),
                    expected: "\"S40\"".to_owned(),
                    found: "\"S30\"".to_owned(),
                }],
            }],
            cases: vec![CaseSummary {
                number: "TB-1".to_owned(),
                document: "d1".to_owned(),
                item: "I-03".to_owned(),
                item_name: "公司设立登记".to_owned(),
                receiver: city(330_800),
                owner: city(350_700),
                stage: "S30".to_owned(),
                holder: vec![city(330_800)],
                known_to: vec![city(330_800)],
            }],
            parcels: Vec::new(),
            nets: month.nets.clone(),
            months: vec![month],
            books_agree: true,
            state_roots: BTreeMap::new(),
            file_digests: BTreeMap::new(),
            names: BTreeMap::new(),
            histories: BTreeMap::new(),
        }
    }

    #[test]
    fn a_run_reads_as_a_chinese_timeline() {
        let scenario = parsed(&three_cities(STEP));
        let lines = Story::new(&scenario, Language::Zh).tell(&report());
        let expected = "test
3 座城市，引擎 live

2026-09-07 周一
  10:00    · 衢州  推送 TB-1 → 南平
             推送上路。
  10:01    ⚡ 衢州 的节点进程被强行终止（SIGKILL）
  10:01    ↻ 衢州 的节点重新启动，数据完好

2026-09-08 周二
  09:00    ⊘ 衢州  推送 TB-1 → 南平——系统拒绝（E_PUSH_OPEN），符合预期
  09:01    ✗ 衢州  推送 TB-1 → 南平——系统拒绝（E_GRANT），与剧本不符

办件
  TB-1  公司设立登记  衢州 → 南平  S30 已推送  衢州 持有

2026-09 邮费往来
  上饶 应付 衢州 ¥22.00
  衢州 净额 +¥22.00（自付 ¥5.00）
  上饶 净额 -¥22.00

核对：1 项，符合 0 项
  ✗ 第 40 行 case TB-1：南平 stage，应为 \"S40\"，实为 \"S30\"

已收敛（converged）：各市数据一致
与剧本不符";
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn the_same_run_reads_in_english() {
        let scenario = parsed(&three_cities(STEP));
        let lines = Story::new(&scenario, Language::En).tell(&report());
        assert!(lines.contains(&"  10:00    · Quzhou  pushes TB-1 → Nanping".to_owned()));
        assert!(lines.contains(&"  Shangrao owes Quzhou ¥22.00".to_owned()));
        assert_eq!(lines.last().map(String::as_str), Some("not as written"));
    }
}
