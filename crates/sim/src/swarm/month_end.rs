//! Draws what finance officers do at a month's end: bills, the round, payments and receipts.
//!
//! Some parcels are posted in the month that is settled. In a seed that is about the month's end, officers look at what
//! there is and do what is next; in the others they do something, whether it is its time or not.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{BillAnswer, LineRow, ParcelRow, RoundAnswer};
use tongban_ledger::calendar::Month;
use tongban_ledger::command::Command;

use super::workload::{CANARY, Workload, command};
use crate::scenario::Moment;
use crate::world::{SimError, World};

/// How many parcels of the month each city posts, at most, where the month's end is what the seed is about.
const PARCELS_EACH: usize = 3;

impl Workload {
    /// A step of the month's end, whether it is its time or not.
    pub(super) fn month_end(&mut self, here: DivisionCode) -> Option<Command> {
        let other = self.other_city(here)?;
        // Now and then the month after it, which is to hold no line of the first again.
        let month = match self.draw(0, 9) {
            0 => self.season.next_month,
            _ => self.season.month,
        };
        let with = json!({"month": month, "with": other});
        match self.draw(0, 19) {
            0..=6 => command("bill.sign", with),
            7 => command("bill.draft", with),
            8 => command("bill.retract", with),
            9 => command("round.open", json!({ "month": month })),
            10..=12 => command("round.report", json!({ "month": month })),
            13 => {
                let leave_out = self.flip();
                command(
                    "round.propose",
                    json!({"month": month, "leave_out": leave_out}),
                )
            }
            14..=16 => command("round.sign", json!({ "month": month })),
            17 | 18 => {
                let voucher = format!("V{}", self.count());
                command(
                    "payment.record",
                    json!({"month": month, "to": other, "voucher": voucher}),
                )
            }
            _ => command("payment.confirm", json!({"month": month, "from": other})),
        }
    }

    /// The day of the settled month on which a parcel was posted, now and then; else it is posted today.
    pub(super) fn posted_before(&mut self) -> Option<String> {
        let last = self.season.last_day;
        let day = self.draw(1, 2 * last);
        (day <= last).then(|| format!("{}-{day:02}", self.season.month))
    }

    /// What is next for the month's end at a city; nothing where it waits for others.
    pub(super) fn settle(
        &mut self,
        world: &mut World,
        place: usize,
        at: Moment,
    ) -> Result<Option<Command>, SimError> {
        let early = !self.season.is_later(at, self.end);
        // Most lines come first; some come late, and are carried.
        if self.draw(0, 9) < if early { 6 } else { 2 } {
            return self.lines_first(world, place);
        }
        let Ok(month) = self.season.month.parse::<Month>() else {
            return Ok(None);
        };
        let here = self.city(place);
        if let Some(adopt) = self.adopt_ruling(world, place)? {
            return Ok(Some(adopt));
        }
        let mut next = self.bills_next(world, place, month)?;
        let round = world.look(place, |engine, ctx| engine.round(ctx, month, None))?;
        if let Ok(round) = round
            && !self.season.roundless
        {
            next.extend(self.round_next(&round, here, at));
        }
        Ok(self.pick(&next).cloned())
    }

    /// Bills that wait for a city.
    fn bills_next(
        &mut self,
        world: &mut World,
        place: usize,
        month: Month,
    ) -> Result<Vec<Command>, SimError> {
        let here = self.city(place);
        let others = self.cities.clone().into_iter().filter(|one| *one != here);
        let (mut next, mut agreed) = (Vec::new(), 0);
        for other in others {
            let bill = world.look(place, |engine, ctx| engine.bill(ctx, month, other, None))?;
            let Ok(BillAnswer { row, included, .. }) = bill else {
                continue;
            };
            if row.stage == "agreed" {
                agreed += 1;
            } else if !included.is_empty() && !row.signed.contains(&here) {
                next.extend(command("bill.sign", json!({"month": month, "with": other})));
            } else if row.stage == "signed" && self.level() == 1 {
                // Another line was confirmed since.
                next.extend(command(
                    "bill.retract",
                    json!({"month": month, "with": other}),
                ));
            }
        }
        if agreed > 0 && !self.season.roundless {
            next.extend(command("round.report", json!({ "month": month })));
        }
        Ok(next)
    }

    /// What a round waits for a city to do.
    fn round_next(&mut self, round: &RoundAnswer, here: DivisionCode, at: Moment) -> Vec<Command> {
        let month = round.row.month;
        let of_month = json!({ "month": month });
        let mut next = Vec::new();
        if round.row.document.is_none() {
            next.extend(command("round.open", of_month));
            return next;
        }
        let reported = |by: &DivisionCode| {
            let mut entries = round.entries.iter();
            entries.any(|entry| entry.act == "round-report" && entry.city == *by)
        };
        let reports = self.cities.iter().filter(|city| reported(city)).count();
        let complete = round.proposals.iter().any(|one| one.complete);
        let highest = round.proposals.iter().map(|one| one.number).max();
        let silent = self.season.silent == Some(here);
        match highest {
            None if reports >= 2 => {
                next.extend(command("round.propose", of_month));
            }
            None => {}
            Some(_) if complete => {}
            Some(number) => {
                let of_number = round.proposals.iter().filter(|one| one.number == number);
                let signed = of_number.clone().any(|one| one.signed.contains(&here));
                if !signed && !silent {
                    next.extend(command("round.sign", of_month.clone()));
                }
                let late = self.season.is_late(at, self.end);
                if late && signed {
                    next.extend(command(
                        "round.propose",
                        json!({"month": month, "leave_out": true}),
                    ));
                }
            }
        }
        for transfer in &round.transfers {
            if transfer.from == here && transfer.paid < transfer.fen && complete {
                let voucher = format!("V{}", self.count());
                // Now and then a part of it.
                let fen = (self.level() == 1).then_some((transfer.fen - transfer.paid + 1) / 2);
                let to = transfer.to;
                next.extend(command(
                    "payment.record",
                    json!({"month": month, "to": to, "voucher": voucher, "fen": fen}),
                ));
            }
        }
        for payment in &round.payments {
            if payment.to == here && payment.received.is_none() {
                let (from, voucher) = (payment.from, &payment.voucher);
                next.extend(command(
                    "payment.confirm",
                    json!({"month": month, "from": from, "voucher": voucher}),
                ));
            }
        }
        next
    }

    /// Parcels of the month and their lines: posted, recorded, signed, and now and then objected to and corrected.
    fn lines_first(
        &mut self,
        world: &mut World,
        place: usize,
    ) -> Result<Option<Command>, SimError> {
        let here = self.city(place);
        let rows: Vec<ParcelRow> = match world.look(place, |engine, ctx| engine.parcels(ctx))? {
            Ok(rows) => rows,
            Err(_) => return Ok(None),
        };
        let month = self.season.month;
        let of_month = |row: &&ParcelRow| row.posted.to_string().starts_with(month);
        // What was posted before it and waits to this day is carried.
        let up_to = |row: &&ParcelRow| row.posted.to_string().get(..month.len()) <= Some(month);
        let mut next = Vec::new();
        for row in rows.iter().filter(up_to) {
            next.extend(self.line_next(row, here));
        }
        let own = rows.iter().filter(of_month).filter(|row| row.from == here);
        if own.count() < PARCELS_EACH {
            next.extend(self.post_in_month(here));
        }
        Ok(self.pick(&next).cloned())
    }

    /// A parcel to another city that pays for it, so that this one owes the postage.
    fn post_in_month(&mut self, here: DivisionCode) -> Option<Command> {
        let to = self.other_city(here)?;
        let day = self.draw(1, self.season.last_day);
        let on = format!("{}-{day:02}", self.season.month);
        let tracking = self.next_number();
        command(
            "parcel.post",
            json!({"to": to, "leg": "L2", "tracking": tracking, "pay": "collect", "weight_g": 100, "on": on}),
        )
    }

    /// What a parcel's lines wait for a city to do.
    fn line_next(&mut self, row: &ParcelRow, here: DivisionCode) -> Option<Command> {
        let parcel = &row.tracking;
        let fen = self.draw(100, 9_900);
        if row.lines.is_empty() {
            let pays = row.to == Some(here);
            return pays.then(|| command("parcel.cost", json!({"parcel": parcel, "fen": fen})))?;
        }
        if let Some(proposed) = row.proposals.first() {
            let kind = proposed.kind.name();
            let agree = || command("parcel.agree", json!({"parcel": parcel, "kind": kind}));
            return (proposed.by != here).then(agree)?;
        }
        let line: &LineRow = row.lines.iter().find(|line| !line.reversal)?;
        let kind = line.kind.name();
        let mut objections = row.objections.iter();
        let open = objections.find(|one| one.outcome.is_none());
        match open {
            Some(objection) if objection.by == here => (self.level() == 1).then(|| {
                command(
                    "parcel.withdraw-dispute",
                    json!({"parcel": parcel, "kind": kind, "line": line.line}),
                )
            })?,
            Some(_) => self.correct(row, line),
            None if line.standing == "unconfirmed" && line.payer != here => {
                let text = format!("{CANARY}异议{}", self.count());
                match self.level() {
                    1 if row.objections.is_empty() => command(
                        "parcel.dispute",
                        json!({"parcel": parcel, "kind": kind, "line": line.line, "reason": "weight", "text": text}),
                    ),
                    _ => command("parcel.confirm", json!({"parcel": parcel, "kind": kind})),
                }
            }
            None => None,
        }
    }
}
