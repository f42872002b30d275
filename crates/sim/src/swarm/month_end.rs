//! Draws what finance officers do at a month's end: bills, the round, payments and receipts.
//!
//! A run begins in September, so August is over: some parcels are posted then, and its bills may be signed.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::command::Command;

use super::workload::{Workload, command};

/// The month that is settled in a run.
pub(super) const SETTLED: &str = "2026-08";

impl Workload {
    /// A step of the month's end, whether it is its time or not.
    pub(super) fn month_end(&mut self, here: DivisionCode) -> Option<Command> {
        let other = self.other_city(here)?;
        let month = json!({"month": SETTLED});
        let with = json!({"month": SETTLED, "with": other});
        match self.draw(0, 19) {
            0..=6 => command("bill.sign", with),
            7 => command("bill.draft", with),
            8 => command("bill.retract", with),
            9 => command("round.open", month),
            10..=12 => command("round.report", month),
            13 => {
                let leave_out = self.flip();
                command(
                    "round.propose",
                    json!({"month": SETTLED, "leave_out": leave_out}),
                )
            }
            14..=16 => command("round.sign", month),
            17 | 18 => {
                let voucher = format!("V{}", self.count());
                command(
                    "payment.record",
                    json!({"month": SETTLED, "to": other, "voucher": voucher}),
                )
            }
            _ => command("payment.confirm", json!({"month": SETTLED, "from": other})),
        }
    }

    /// The day of August on which a parcel was posted, now and then; else it is posted today.
    pub(super) fn posted_before(&mut self) -> Option<String> {
        let day = self.draw(1, 62);
        (day <= 31).then(|| format!("{SETTLED}-{day:02}"))
    }
}
