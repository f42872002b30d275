//! Draws what clerks do with parcels: they post them at once or over the dispatch window, take them in, record what
//! they cost, object, correct, and sign for each other.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{LineRow, ParcelRow};
use tongban_ledger::command::Command;

use super::workload::{CANARY, Workload, command};
use crate::world::{SimError, World};

/// What a carrier may say.
const EVENTS: [&str; 6] = [
    "in-transit",
    "redelivered",
    "refused",
    "damaged",
    "returned",
    "lost",
];
/// Why a city objects.
const REASONS: [&str; 4] = ["weight", "not-ours", "duplicate", "fault-of-other"];

impl Workload {
    /// A parcel's next act, or a new parcel.
    pub(super) fn parcel(
        &mut self,
        world: &mut World,
        at: usize,
    ) -> Result<Option<Command>, SimError> {
        let rows: Vec<ParcelRow> = match world.look(at, |engine, ctx| engine.parcels(ctx))? {
            Ok(rows) => rows,
            // The disk does not give it out at the moment.
            Err(_) => return Ok(None),
        };
        let here = self.city(at);
        if rows.is_empty() || self.draw(0, 4) == 0 {
            return Ok(self.post(here));
        }
        let Some(row) = self.pick(&rows).cloned() else {
            return Ok(None);
        };
        Ok(match row.stage.as_str() {
            "prepared" | "dispatched" => self.hand_over(&row),
            _ if self.draw(0, 2) == 0 => self.on_the_way(&row, here),
            _ => self.money(&row, here),
        })
    }

    fn post(&mut self, here: DivisionCode) -> Option<Command> {
        let to = self.other_city(here)?;
        let tracking = self.next_number();
        let posted = self.posted_before();
        match self.draw(0, 7) {
            0 => command(
                "parcel.post",
                json!({"leg": "L4", "tracking": tracking, "pay": "collect", "weight_g": 60}),
            ),
            1 => command(
                "parcel.post",
                json!({"leg": "L10", "tracking": tracking, "pay": "contract", "approver": to, "window": "W1"}),
            ),
            2 | 3 => command(
                "parcel.prepare",
                json!({"to": to, "leg": "L3", "tracking": tracking, "pay": "contract"}),
            ),
            _ => command(
                "parcel.post",
                json!({
                    "to": to, "leg": "L2", "tracking": tracking, "pay": "collect", "weight_g": 100, "on": posted
                }),
            ),
        }
    }

    /// A tracking number that nobody has used.
    pub(super) fn next_number(&mut self) -> String {
        self.parcels += 1;
        number(self.parcels)
    }

    /// From the department over the dispatch window to the carrier.
    fn hand_over(&mut self, row: &ParcelRow) -> Option<Command> {
        let parcel = &row.tracking;
        match (&row.batch, self.flip()) {
            (None, true) => {
                let batch = format!("B{}", self.draw(1, 3));
                command(
                    "parcel.dispatch",
                    json!({"parcels": [parcel], "batch": batch, "window": "SF", "dept": "D1"}),
                )
            }
            (Some(batch), true) => command("parcel.send", json!({"batch": batch})),
            _ => command("parcel.send", json!({"parcel": parcel, "weight_g": 120})),
        }
    }

    /// What becomes of it on the way, and where it ends.
    fn on_the_way(&mut self, row: &ParcelRow, here: DivisionCode) -> Option<Command> {
        let parcel = &row.tracking;
        let fen = self.draw(1_000, 20_000);
        let claimed = row.claims.iter();
        let open = claimed.filter(|claim| claim.by == here && claim.outcome.is_none());
        match self.draw(0, 7) {
            0 | 1 if row.to == Some(here) => {
                command("parcel.arrive", json!({"parcel": parcel, "window": "W1"}))
            }
            2 | 3 if row.to == Some(here) => {
                command("parcel.open", json!({"parcel": parcel, "pieces": 1}))
            }
            4 if row.to == Some(here) => command("parcel.file", json!({"parcel": parcel})),
            5 if open.count() > 0 => {
                let outcome = if self.flip() { "refused" } else { "withdrawn" };
                command(
                    "parcel.claim-outcome",
                    json!({"parcel": parcel, "outcome": outcome}),
                )
            }
            5 => command("parcel.claim", json!({"parcel": parcel, "fen": fen})),
            6 if row.to.is_none() => command("parcel.repay", json!({"parcel": parcel, "fen": fen})),
            _ => {
                let event = self.pick(&EVENTS).copied()?;
                command("parcel.event", json!({"parcel": parcel, "event": event}))
            }
        }
    }

    /// Cost lines: recorded, signed, taken back, objected to and corrected.
    fn money(&mut self, row: &ParcelRow, here: DivisionCode) -> Option<Command> {
        let parcel = &row.tracking;
        let fen = self.draw(100, 9_900);
        let lines: Vec<&LineRow> = row.lines.iter().filter(|line| !line.reversal).collect();
        let Some(line) = self.pick(&lines).copied() else {
            return command("parcel.cost", json!({"parcel": parcel, "fen": fen}));
        };
        let kind = line.kind.name();
        let named = json!({"parcel": parcel, "kind": kind, "line": line.line});
        let ours = row.proposals.iter().any(|proposal| proposal.by == here);
        if !row.proposals.is_empty() && !ours && self.flip() {
            return command("parcel.agree", json!({"parcel": parcel, "kind": kind}));
        }
        match self.draw(0, 13) {
            0..=3 => command("parcel.confirm", json!({"parcel": parcel, "kind": kind})),
            4 | 5 if ours || line.payer == here => {
                command("parcel.retract", json!({"parcel": parcel, "kind": kind}))
            }
            6 | 7 => {
                let reason = self.pick(&REASONS).copied()?;
                let text = format!("{CANARY}异议{}", self.count());
                command(
                    "parcel.dispute",
                    json!({"parcel": parcel, "kind": kind, "line": line.line, "reason": reason, "text": text}),
                )
            }
            8 => command("parcel.withdraw-dispute", named),
            9..=11 => self.correct(row, line),
            _ => {
                let kinds = ["packing", "refund", "redelivery", "insurance"];
                let kind = self.pick(&kinds).copied()?;
                command(
                    "parcel.cost",
                    json!({"parcel": parcel, "kind": kind, "fen": fen, "bill": "Z-1"}),
                )
            }
        }
    }

    pub(super) fn correct(&mut self, row: &ParcelRow, line: &LineRow) -> Option<Command> {
        let (parcel, kind) = (&row.tracking, line.kind.name());
        let half = line.fen / 2;
        let rest = line.fen - half;
        let other = row.to.or(row.approver).unwrap_or(row.from);
        let code: String = line.line.chars().take(8).collect();
        let code = format!("R-{code}");
        let adopted = self.rulings.get(&code).copied();
        let (outcome, lines) = match (self.draw(0, 7), adopted) {
            (0, _) | (1, None) => ("upheld", json!([])),
            (2..=3, None) => (
                "amended",
                json!([{"fen": half, "liable": other, "payer": row.from}]),
            ),
            (_, None) => return self.rule(code, row, line),
            (_, Some(false)) => return None,
            (_, Some(true)) => (
                "reallocated",
                json!([{"fen": half, "liable": row.from}, {"fen": rest, "liable": other}]),
            ),
        };
        let text = format!("{CANARY}更正{}", self.count());
        command(
            "parcel.correct",
            json!({
                "parcel": parcel, "kind": kind, "line": line.line, "outcome": outcome, "lines": lines,
                "resolution": code, "text": text
            }),
        )
    }

    /// Puts a text before the members: both cities bear a part of a line.
    fn rule(&mut self, code: String, row: &ParcelRow, line: &LineRow) -> Option<Command> {
        let half = line.fen / 2;
        let other = row.to.or(row.approver).unwrap_or(row.from);
        let shares = json!({row.from.to_string(): half, other.to_string(): line.fen - half});
        let subject = json!({"reallocation": {
            "parcel": row.tracking, "kind": line.kind.name(), "line": line.line, "shares": shares,
        }});
        let propose = command(
            "agreement.propose",
            json!({"code": code, "subject": subject}),
        );
        self.rulings.insert(code, false);
        propose
    }
}

/// The number of a parcel: every fifth has the thirteen digits of EMS, the others are of UPU S10.
fn number(serial: u32) -> String {
    match serial % 5 {
        0 => format!("10{serial:011}"),
        _ => s10(serial),
    }
}

/// An item number of UPU S10 with its check digit.
pub(crate) fn s10(serial: u32) -> String {
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
