//! Command lines of the month's end, with what the API and a scenario would write.

use serde_json::{Value, json};

/// Command lines, what their files hold, and the command.
pub(super) fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let act = |name: &str, args: Value| json!({ "do": name, "args": args });
    vec![
        (
            "bill draft 2026-09 --with 350700",
            "",
            act(
                "bill.draft",
                json!({ "month": "2026-09", "with": "350700" }),
            ),
        ),
        (
            "bill sign 2026-09 --with 350700 --hash 5f3a5f3a",
            "",
            act(
                "bill.sign",
                json!({ "month": "2026-09", "with": "350700", "hash": "5f3a5f3a" }),
            ),
        ),
        (
            "bill retract 2026-09 --with 350700",
            "",
            act(
                "bill.retract",
                json!({ "month": "2026-09", "with": "350700" }),
            ),
        ),
        (
            "round open 2026-09",
            "",
            act("round.open", json!({ "month": "2026-09" })),
        ),
        (
            "round report 2026-09 --agreement 5f3a5f3a",
            "",
            act(
                "round.report",
                json!({ "month": "2026-09", "agreement": "5f3a5f3a" }),
            ),
        ),
        (
            "round propose 2026-09 --leave-out",
            "",
            act(
                "round.propose",
                json!({ "month": "2026-09", "leave_out": true }),
            ),
        ),
        (
            "round sign 2026-09 --hash 5f3a5f3a",
            "",
            act(
                "round.sign",
                json!({ "month": "2026-09", "hash": "5f3a5f3a" }),
            ),
        ),
        (
            "payment record 2026-09 --to 350700 --yuan 26.00 --voucher V1 --on 2026-10-19",
            "",
            act(
                "payment.record",
                json!({
                    "month": "2026-09", "to": "350700", "fen": 2600, "voucher": "V1",
                    "on": "2026-10-19",
                }),
            ),
        ),
        (
            "payment confirm 2026-09 --from 350700",
            "",
            act(
                "payment.confirm",
                json!({ "month": "2026-09", "from": "350700" }),
            ),
        ),
    ]
}
