//! Plays pairs of concurrent acts: a situation both cities know, what each did since on its own,
//! then one act on each side of a cut link.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "test support: each program uses its own part, and a panic is a failed test"
)]

// Every act with its event, and the reasons: what the rules are compared with by a test of their own.
#[path = "../../../ledger/tests/acts/mod.rs"]
pub mod acts;
mod page;
mod situations;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use acts::Why;
use serde_json::json;
use situations::{SITUATIONS, Situation};
use tongban_identity::DivisionCode;
use tongban_ledger::answer::EntryRow;
use tongban_ledger::command::{Command, FoundAgreement, Founding, Terms};
use tongban_sync::frame::Frame;
use tongban_sync::{CommandError, Input};

use crate::world::{CITIES, Withheld, World};
pub use page::document;

/// What two acts became together, R's first.
pub type Outcome = &'static str;

/// What the engines said over all situations.
#[derive(Default)]
pub struct Table {
    /// Outcomes of each pair of acts that met.
    pub met: BTreeMap<(&'static str, &'static str), BTreeSet<(Outcome, Why)>>,
    /// Acts that R, or O, could sign in some situation.
    pub signed: [BTreeSet<&'static str>; 2],
    /// Refusals of an act of R, or of O, in any situation.
    pub refused: [BTreeMap<&'static str, BTreeSet<String>>; 2],
    /// Refusals of one act of a pair where the other one was possible.
    pub apart: BTreeMap<(&'static str, &'static str), BTreeSet<String>>,
    /// Pairs whose outcome no reason explains; empty if the rules hold.
    pub unexplained: Vec<String>,
    /// How many pairs were played, in both orders each.
    pub played: usize,
}

/// The most rounds of six seconds until two cities that hear each other again agree.
const ROUNDS_MAX: usize = 40;

/// Answers that a node gives by itself; only one that the other city has not heard is concurrent with what it does.
const ANSWERED: [&str; 4] = ["ack", "decline", "sub-ack", "deem-accept"];

/// The terms: one item by the window, online or anywhere, one licence that the window may accept, one handled jointly.
fn terms() -> Terms {
    let terms = json!({
        "name": "四省边际城市跨省通办合作协议", "code": "AG-P",
        "items": [
            {"code": "I-02", "name": "住房公积金异地购房提取", "domain": "公积金", "licence": false, "promise_days": 3, "modes": ["A", "B", "D"], "unbound": true},
            {"code": "I-07", "name": "工业产品生产许可证", "domain": "市场监管", "licence": true, "promise_days": 10},
            {"code": "I-05", "name": "户口迁移", "domain": "公安", "licence": false, "promise_days": 20, "modes": ["C"]}
        ],
        "guides": [
            {"item": "I-02", "version": 3, "effective": "2026-01-01", "id_check": true, "requirements": [
                {"id": "M1", "name": "身份证", "must": true, "original": true},
                {"id": "M2", "name": "提取申请表", "must": true, "original": false}]},
            {"item": "I-07", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请书", "must": true, "original": false}]},
            {"item": "I-05", "version": 1, "effective": "2026-01-01", "id_check": false, "requirements": [
                {"id": "M1", "name": "申请表", "must": true, "original": false}]}
        ],
        "live": [
            {"item": "I-02", "guide": 3, "effective": "2026-01-01"},
            {"item": "I-07", "guide": 1, "effective": "2026-01-01"},
            {"item": "I-05", "guide": 1, "effective": "2026-01-01"}
        ],
        "joint": [{"item": "I-05", "days": 45, "steps": [
            {"id": "S1", "name": "准迁", "partner": true, "days": 5},
            {"id": "S2", "name": "迁出", "partner": true, "days": 5, "irreversible": true},
            {"id": "S3", "name": "落户", "days": 5},
            {"id": "S9", "name": "恢复", "partner": true, "days": 5, "undoes": "S1"}
        ]}],
        "grants": [
            {"powers": ["G1a", "G2", "G3", "G4", "G5"]},
            {"items": ["I-07"], "powers": ["G1b"]}
        ],
        "postage": [{"version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01"}]
    });
    serde_json::from_value(terms).unwrap()
}

/// Two cities under the terms above.
fn founded() -> World {
    let mut world = World::new(2);
    let invitations = world
        .nodes
        .iter()
        .map(|node| node.engine.invitation(vec!["127.0.0.1:1".into()]).unwrap());
    let found = Command::AgreementFound(FoundAgreement {
        terms: terms(),
        invitations: invitations.collect(),
        again: false,
    });
    let founding = world.command(0, "found", &found).unwrap().founding.unwrap();
    let accept = Command::AgreementAccept(Founding { founding });
    world.command(1, "accept", &accept).unwrap();
    world.run();
    world
}

/// 收件 at R.
fn receive(world: &mut World, situation: &Situation) -> String {
    let materials = match situation.item {
        "I-02" => json!([{"requirement": "M1", "pages": 2}, {"requirement": "M2"}]),
        _ => json!([{"requirement": "M1"}]),
    };
    let partner = (situation.mode == "C").then(|| CITIES[1 - situation.owner].0.to_string());
    let args = json!({
        "item": situation.item, "owner": CITIES[situation.owner].0.to_string(), "mode": situation.mode, "officer": "W01",
        "materials": materials, "partner": partner,
        "applicant": {"name": "程立秋", "id_number": "350799199306220024", "phone": "13000000000", "address": "某路 1 号"}
    });
    let done = world.act(0, "case.receive", &args.to_string()).unwrap();
    done.number.unwrap()
}

/// What a clerk may type for an act, the usual words first.
fn arguments(act: &str, at: usize) -> Vec<serde_json::Value> {
    let (own, other) = (CITIES[at].0.to_string(), CITIES[1 - at].0.to_string());
    let by = json!({"officer": "W9"});
    let steps = |more: serde_json::Value| {
        let of = ["S1", "S2", "S3", "S9"].iter().map(|step| {
            let mut args = more.clone();
            args["step"] = json!(step);
            args
        });
        of.collect()
    };
    let papers = |pages: u16| json!([{"requirement": "M1", "pages": pages, "original": true}]);
    let one = match act {
        "push" => return vec![json!({}), json!({"to": other})],
        "recall" | "close" | "yield" | "retract" => json!({}),
        "id-check" => json!({"passed": true, "officer": "W9"}),
        "original-check" => json!({"seen": ["M1"], "officer": "W9"}),
        "commitment" => json!({"missing": ["M1"], "due": "2026-12-01", "officer": "W9"}),
        "not-accept" => json!({"basis": "行政许可法32", "text": "理由", "officer": "W9"}),
        "correction-notice" => {
            let of = |id: &str| json!({"defects": [{"requirement": id, "fault": "expired"}], "officer": "W9"});
            return vec![of("M2"), of("M1")];
        }
        "correction-submitted" => {
            let of = |id: &str| json!({"materials": [{"requirement": id, "pages": 9}]});
            return vec![of("M2"), of("M1")];
        }
        "notice-served" => json!({"means": "phone"}),
        "served" => json!({"means": "sms"}),
        "decide" => {
            let of = |outcome: &str| json!({"outcome": outcome, "officer": "W9"});
            return vec![of("granted"), of("on-commitment")];
        }
        "send-result" => json!({"delivery": "network"}),
        "edit" => {
            let text = format!("由{own}写");
            json!({"edits": [{"edit": "append-note", "text": text}]})
        }
        "redirect" => {
            let to = |city| json!({"to": city, "basis": "行政许可法32", "officer": "W9", "text": "理由"});
            return vec![to(Some(&other)), to(None)];
        }
        "special-start" => {
            json!({"kind": "hearing", "days": 5, "basis": "行政许可法46", "officer": "W9", "text": "理由"})
        }
        "extend" => {
            json!({"days": 5, "basis": "行政许可法42", "officer": "W9", "second": "H01", "text": "理由"})
        }
        "annul" => {
            json!({"basis": "行政许可法69", "officer": "W9", "second": "H01", "text": "理由"})
        }
        "withdraw-refuse" => json!({"officer": "W9", "text": "理由"}),
        "commitment-checked" | "pre-review" => json!({"yes": true, "officer": "W9"}),
        "compared" => json!({"different": [], "officer": "W9"}),
        "issue-cert" => json!({"kind": "证明", "number": "1", "issuer": "机关", "officer": "W9"}),
        "confirm-ask" => json!({"to": other, "officer": "W9", "text": "问"}),
        "confirm-answer" => {
            let system = json!({"yes": true, "means": "system", "officer": "W9"});
            let phone = json!({"yes": true, "means": "phone", "callee": "C01", "officer": "W9"});
            return vec![system, phone];
        }
        "contact" => json!({"means": "fax", "callee": "L01", "officer": "W9"}),
        "supervise" => {
            json!({"to": other, "reason": "late", "due": "2026-12-01", "officer": "W9"})
        }
        "complain" => json!({"about": other, "reason": "late"}),
        "rate" => {
            let visit = json!({"level": 5, "channel": "on-site", "visit": 1, "target": "window"});
            let online = json!({"level": 5, "channel": "online", "target": "window"});
            return vec![visit, online];
        }
        "follow-up" => json!({"step": "contacted", "officer": "W9"}),
        "papers-sent" => json!({"to": other, "papers": papers(2), "officer": "W9"}),
        // One page less than listed, so that there is a difference to settle.
        "papers-taken" => json!({"papers": papers(1), "officer": "W9"}),
        "jump-out" => json!({"system": "GJJ", "officer": "W9"}),
        "back-flow" => json!({"number": "G-1", "officer": "W9"}),
        "sub-open" | "sub-release" | "sub-recall" | "undo-ask" => return steps(by),
        "sub-progress" => return steps(json!({"what": "sent", "officer": "W9"})),
        "sub-decide" => return steps(json!({"outcome": "granted", "officer": "W9"})),
        _ => by,
    };
    vec![one]
}

fn rows(world: &mut World, at: usize, case: &str) -> Vec<EntryRow> {
    let answer = world.ask(at, |engine, ctx| engine.case(ctx, case));
    answer.map(|answer| answer.entries).unwrap_or_default()
}

/// The newest entry of a city, if it is such an act.
fn newest(world: &mut World, at: usize, case: &str, name: &str, last: bool) -> Option<String> {
    let rows = rows(world, at, case);
    let mut own = rows
        .iter()
        .rev()
        .filter(|row| row.city.to_string() == CITIES[at].0.to_string());
    let found = if last {
        own.next()
    } else {
        own.find(|row| row.act == name)
    };
    let found = found.filter(|row| row.act == name);
    found.map(|row| row.entry.clone())
}

fn pass_days(world: &mut World, at: usize, days: i64) {
    world.unix += days * 86_400;
    world.input(at, Input::Tick);
}

/// Makes an act, `name` or `name:step`, or finds the one that a node made by itself.
fn act(world: &mut World, at: usize, name: &str, case: &str) -> Result<String, String> {
    let (name, step) = match name.split_once(':') {
        Some((name, step)) => (name, Some(step)),
        None => (name, None),
    };
    let nothing = || "a node does it by itself, and not here".to_owned();
    match name {
        "ack" | "decline" | "sub-ack" => {
            return newest(world, at, case, name, true).ok_or_else(nothing);
        }
        "deem-due" | "deem-accept" => {
            if let Some(found) = newest(world, at, case, name, false) {
                return Ok(found);
            }
            pass_days(world, at, 14);
            return newest(world, at, case, name, false).ok_or_else(nothing);
        }
        "no-correction" => pass_days(world, at, 60),
        _ => {}
    }
    // Orders and papers may be on their way in both directions.
    let answered = match name {
        "papers-mended" => Some("papers-taken"),
        "papers-agreed" => Some("papers-mended"),
        "reply" => Some("supervise"),
        _ => None,
    };
    let of = answered.and_then(|answered| newest(world, 1 - at, case, answered, false));
    let command = acts::find(name).command;
    let mut first = None;
    for mut args in arguments(name, at) {
        if step.is_some_and(|step| args["step"] != json!(step)) {
            continue;
        }
        args["case"] = json!(case);
        if let Some(of) = &of {
            args["of"] = json!(of);
        }
        match world.act(at, command, &args.to_string()) {
            Ok(done) => return done.entries.last().cloned().ok_or_else(nothing),
            Err(CommandError::Refused(refusal)) => {
                first.get_or_insert(refusal.code.as_str().to_owned());
            }
            Err(other) => panic!("{name}: {other:?}"),
        }
    }
    Err(first.unwrap_or_default())
}

/// A world in a situation, with the link cut.
struct Scene {
    world: World,
    case: String,
    /// Whether a city's last answers are on their way, by city.
    silent: [bool; 2],
}

/// Brings a world into a situation.
fn bring(founded: &World, situation: &Situation) -> Result<Scene, String> {
    let mut world = founded.fork();
    world.run();
    let case = receive(&mut world, situation);
    let (mut silent, mut cut) = ([false; 2], false);
    let checks: &[(usize, &str)] = match (situation.item, situation.checked) {
        ("I-02", true) => &[(0, "id-check"), (0, "original-check"), (0, "formal-pass")],
        ("I-02", false) => &[(0, "id-check"), (0, "original-check")],
        _ => &[(0, "formal-pass")],
    };
    for (at, name) in checks.iter().chain(situation.script) {
        match *name {
            "silent" => {
                world.drop_frames(*at, 1 - at);
                silent[*at] = true;
            }
            "cut" => {
                world.partition(&[0], &[1]);
                cut = true;
            }
            "suspend" => {
                let item = json!({"item": situation.item}).to_string();
                world.act(*at, "agreement.suspend", &item).unwrap();
            }
            _ => {
                let done = act(&mut world, *at, name, &case);
                done.map_err(|code| format!("{}: {name}: {code}", situation.about))?;
                match (cut, silent) {
                    (true, _) => {}
                    (false, [false, false]) => world.run(),
                    _ => world.deliver(),
                }
            }
        }
    }
    world.partition(&[0], &[1]);
    Ok(Scene {
        world,
        case,
        silent,
    })
}

impl Scene {
    /// Tries an act in a copy of the situation.
    fn tries(&self, scratch: &mut World, at: usize, name: &str) -> Result<(), String> {
        let known = newest(scratch, at, &self.case, name, false);
        if ANSWERED.contains(&name) && known.is_some() && !self.silent[at] {
            return Err("the other city heard it, so that its own act comes after".into());
        }
        if name == "deem-due" && known.is_some() {
            return Err("E_ALREADY".into());
        }
        act(scratch, at, name, &self.case).map(|_| ())
    }

    /// What a city can sign here, and what else is refused.
    fn possible(&self, at: usize) -> BTreeMap<&'static str, Result<(), String>> {
        let mut scratch = self.world.fork();
        let mut found = BTreeMap::new();
        for row in acts::ACTS {
            if SET_ASIDE.iter().any(|(name, _)| *name == row.name) {
                continue;
            }
            let timed = ["deem-due", "deem-accept", "no-correction"].contains(&row.name);
            let tried = self.tries(&mut scratch, at, row.name);
            if timed || tried.is_ok() {
                scratch.copy_node(at, &self.world);
            }
            found.insert(row.name, tried);
        }
        found
    }

    /// Both acts, then the link heals; who speaks first decides who hears what when.
    fn play(&self, ours: &str, theirs: &str, first: usize) -> Played {
        let mut world = self.world.fork();
        let case = &self.case;
        let made = [(0, ours), (1, theirs)].map(|(at, name)| act(&mut world, at, name, case));
        let [Ok(mine), Ok(other)] = made else {
            // What one of them waited for has made the other's act too late.
            return Played::refused(made);
        };
        world.heal();
        // The side whose entries are lost at first hears the other's act before its own is heard.
        world.withhold = Some(Withheld {
            from: first,
            to: 1 - first,
            is: |frame| {
                matches!(
                    Frame::from_slice(frame),
                    Ok(Frame::Feed(_) | Frame::Give(_))
                )
            },
        });
        let (heard, said) = if first == 0 {
            (&other, &mine)
        } else {
            (&mine, &other)
        };
        for _ in 0..ROUNDS_MAX {
            world.round();
            let there = look(&mut world, 1 - first, case, said, heard);
            if look(&mut world, first, case, heard, said).mine.is_empty() {
                continue;
            }
            assert!(
                there.mine.is_empty(),
                "{ours} and {theirs}: both were heard"
            );
            break;
        }
        world.withhold = None;
        world.relink();
        let mut found = [0, 1].map(|_| Found::default());
        for _ in 0..ROUNDS_MAX {
            world.round();
            let now = [0, 1].map(|at| look(&mut world, at, case, &mine, &other));
            let settled = now == found && now[0] == now[1];
            found = now;
            // R sends nothing to a city of whose Decline it knows.
            if settled || (theirs == "decline" && now_alone(&found)) {
                break;
            }
        }
        let [here, there] = found.clone();
        let outcome = match (here.mine.as_str(), here.other.as_str()) {
            _ if here != there && !(theirs == "decline" && now_alone(&found)) => {
                Err(format!("the nodes differ: {found:?}"))
            }
            _ if here.holders.len() != 1 => Err(format!("held by {:?}", here.holders)),
            ("stands", "stands") => Ok("both stand"),
            ("void", "stands") => Ok("R's is void"),
            ("stands", "void") => Ok("O's is void"),
            ("disputed", "disputed") => Ok("disputed"),
            ("disputed", "stands") => Ok("R's is disputed"),
            ("stands", "disputed") => Ok("O's is disputed"),
            other => Err(format!("{other:?}")),
        };
        Played {
            acts: [mine, other],
            outcome,
            found: here,
        }
    }
}

/// What became of a pair in one order.
#[derive(Debug)]
struct Played {
    acts: [String; 2],
    outcome: Result<Outcome, String>,
    found: Found,
}

impl Played {
    fn refused(made: [Result<String, String>; 2]) -> Self {
        let codes = made.into_iter().filter_map(Result::err);
        Self {
            acts: Default::default(),
            outcome: Err(codes.collect()),
            found: Found::default(),
        }
    }

    /// Whether the other order came to the same. Nodes that hear acts in another order may answer otherwise, and then the
    /// states hold other entries; of the same entries both make the same state.
    fn agrees(&self, other: &Self) -> bool {
        let states = self.found.entries != other.found.entries || self.found == other.found;
        self.acts == other.acts && self.outcome == other.outcome && states
    }
}

/// Whether O, which left, lacks what R did.
fn now_alone(found: &[Found; 2]) -> bool {
    found[1].mine.is_empty() && !found[0].mine.is_empty() && !found[0].other.is_empty()
}

/// Acts that are not played here, with the reason.
pub const SET_ASIDE: [(&str, &str); 6] = [
    (
        "handover-case",
        "It follows an item that another department of the owner took over, on the owner's page; whoever decides, decides as before.",
    ),
    (
        "receive",
        "It opens the case: every other act comes after it.",
    ),
    (
        "take-over",
        "It needs a resolution of the members (`scenarios/override.toml`); of all acts it contradicts another city's Ack alone.",
    ),
    (
        "yield",
        "It needs two holders, and so a city that pushed one baton to two others: three cities (`scenarios/yield.toml`).",
    ),
    (
        "retract",
        "It needs a dispute, and two cities of which one holds do not come into one: two desks of one city, or two holders.",
    ),
    (
        "retain",
        "It needs a revoked device and says nothing about the case (`scenarios/revoked-key.toml`).",
    ),
];

/// What a node says about a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    /// The status of R's act; empty while it is not there.
    mine: String,
    /// The status of O's.
    other: String,
    /// The state root.
    root: String,
    /// Who holds the case.
    holders: Vec<DivisionCode>,
    /// Every entry of the case.
    entries: BTreeSet<String>,
}

fn look(world: &mut World, at: usize, case: &str, mine: &str, other: &str) -> Found {
    let answer = world.ask(at, |engine, ctx| engine.case(ctx, case));
    let Ok(answer) = answer else {
        return Found::default();
    };
    let status = |id: &str| {
        let row = answer.entries.iter().find(|row| row.entry == id);
        let name = row.map_or("", |row| row.status.as_str());
        if name == "applied" { "stands" } else { name }.to_owned()
    };
    Found {
        mine: status(mine),
        other: status(other),
        root: answer.state_root,
        holders: answer.row.holders,
        entries: answer.entries.into_iter().map(|row| row.entry).collect(),
    }
}

/// The reason for an outcome, if there is one.
fn reason(situation: &Situation, ours: &str, theirs: &str, outcome: Outcome) -> Option<Why> {
    let (meeting, why) = acts::meeting(ours, theirs, false);
    let expected = match meeting {
        tongban_ledger::Meeting::Stand => "both stand",
        tongban_ledger::Meeting::FirstVoid => "R's is void",
        tongban_ledger::Meeting::SecondVoid => "O's is void",
        tongban_ledger::Meeting::Disputed => "disputed",
    };
    let recalled = |at: usize| situation.script.contains(&(at, "recall"));
    let both = |list: &[&str]| list.contains(&ours) && list.contains(&theirs);
    match outcome {
        _ if outcome == expected => Some(why),
        // Samples name one push and one step; these acts named two.
        "both stand" if both(&acts::STEPS) => Some(Why::Step),
        "both stand" if both(&acts::CUSTODY) => Some(Why::Custody),
        "R's is void" if ours == "recall" => Some(Why::UnderAck),
        "O's is void" if theirs == "recall" => Some(Why::UnderAck),
        // The step was taken, unheard, before this act.
        "R's is void" if ours == "sub-recall" => Some(Why::TakenBeforeRecall),
        "O's is void" if theirs == "sub-recall" => Some(Why::TakenBeforeRecall),
        "R's is void" if recalled(0) => Some(Why::FallsWithRecall),
        "O's is void" if recalled(1) => Some(Why::FallsWithRecall),
        "R's is disputed" if acts::ANSWERS.contains(&ours) => Some(Why::OtherAnswer),
        "O's is disputed" if acts::ANSWERS.contains(&theirs) => Some(Why::OtherAnswer),
        _ => None,
    }
}

/// What may happen in a situation.
struct Choice {
    scene: Scene,
    possible: [BTreeMap<&'static str, Result<(), String>>; 2],
}

/// Two acts in a situation, by its place in the list.
type Meet = (usize, &'static str, &'static str);

/// Plays every pair, in both arrival orders: acts that say something about custody, a step or the answer to the applicant
/// in every situation in which both are possible, others in the first one.
pub fn play_all() -> Table {
    let mut table = Table::default();
    let founded = founded();
    let choices = each(SITUATIONS, |situation| {
        let scene = bring(&founded, situation)?;
        let possible = [0, 1].map(|at| scene.possible(at));
        Ok::<_, String>(Choice { scene, possible })
    });
    let failed = choices.iter().filter_map(|choice| choice.as_ref().err());
    table.unexplained.extend(failed.cloned());
    let mut meets: Vec<Meet> = Vec::new();
    let mut once = BTreeSet::new();
    for (nth, choice) in choices.iter().enumerate() {
        let Ok(choice) = choice else { continue };
        table.note(choice);
        for (ours, here) in &choice.possible[0] {
            for (theirs, there) in &choice.possible[1] {
                let speak = acts::speaks(ours) && acts::speaks(theirs);
                let both = here.is_ok() && there.is_ok();
                if both && (once.insert((*ours, *theirs)) || speak) {
                    meets.push((nth, ours, theirs));
                }
            }
        }
    }
    let played = each(&meets, |(nth, ours, theirs)| {
        let scene = &choices[*nth].as_ref().unwrap().scene;
        [0, 1].map(|first| scene.play(ours, theirs, first))
    });
    table.played = played.len();
    for ((nth, ours, theirs), orders) in meets.into_iter().zip(played) {
        table.meet(&SITUATIONS[nth], ours, theirs, &orders);
    }
    table
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test may use every core; the engines it plays may not"
)]
/// Does something with each of a list, on as many threads as there are; in the order of the list.
fn each<T: Sync, U: Send>(list: &[T], work: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done: Vec<(usize, U)> = std::thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = list.get(nth) else {
                    return done;
                };
                done.push((nth, work(one)));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().map(|worker| worker.join().unwrap());
        done.flatten().collect()
    });
    done.sort_by_key(|(nth, _)| *nth);
    done.into_iter().map(|(_, one)| one).collect()
}

impl Table {
    /// Notes who may sign what in a situation, and what else is refused.
    fn note(&mut self, choice: &Choice) {
        for (at, acts) in choice.possible.iter().enumerate() {
            for (name, tried) in acts {
                match tried {
                    Ok(()) => {
                        self.signed[at].insert(name);
                    }
                    Err(code) => {
                        let codes = self.refused[at].entry(name).or_default();
                        codes.insert(code.clone());
                    }
                }
            }
        }
        for (ours, here) in &choice.possible[0] {
            for (theirs, there) in &choice.possible[1] {
                if let (Ok(()), Err(code)) | (Err(code), Ok(())) = (here, there) {
                    let codes = self.apart.entry((ours, theirs)).or_default();
                    codes.insert(code.clone());
                }
            }
        }
    }

    fn meet(
        &mut self,
        situation: &Situation,
        ours: &'static str,
        theirs: &'static str,
        orders: &[Played; 2],
    ) {
        let place = format!("{}: {ours} and {theirs}", situation.about);
        let [one, other] = orders;
        if !one.agrees(other) {
            let text = format!("{place}: the orders differ: {one:?}, {other:?}");
            self.unexplained.push(text);
            return;
        }
        if let (Err(code), true) = (&one.outcome, one.acts[0].is_empty()) {
            let codes = self.apart.entry((ours, theirs)).or_default();
            codes.insert(code.clone());
            return;
        }
        match &one.outcome {
            Ok(outcome) => match reason(situation, ours, theirs, outcome) {
                Some(why) => {
                    let met = self.met.entry((ours, theirs)).or_default();
                    met.insert((outcome, why));
                }
                None => self.unexplained.push(format!("{place}: {outcome}")),
            },
            Err(text) => self.unexplained.push(format!("{place}: {text}")),
        }
    }
}
