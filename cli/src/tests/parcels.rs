//! Command lines of what happens to a parcel beside its posting, with what the API and a scenario would write.

use serde_json::{Value, json};

fn act(name: &str, args: Value) -> Value {
    json!({ "do": name, "args": args })
}

/// Command lines, what their files hold, and the command.
pub(super) fn cases() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "parcel prepare --leg L10 --tracking EZ900000019CN --case TB1 --content TB1/result/3=original --content TB1/M1 --pay contract --approver-city 350700 --account 330800 --at-window QZ-SF",
            "",
            act(
                "parcel.prepare",
                json!({
                    "leg": "L10", "tracking": "EZ900000019CN", "carrier": "EMS", "cases": ["TB1"], "pieces": 1,
                    "pay": "contract", "weight_g": 0, "approver": "350700", "account": "330800",
                    "window": "QZ-SF", "contents": [
                        {"case": "TB1", "requirement": "result", "pages": 3, "original": true},
                        {"case": "TB1", "requirement": "M1", "pages": 1, "original": false}],
                }),
            ),
        ),
        (
            "parcel dispatch EZ900000019CN EZ900000022CN --batch B1 --at-window QZ-SF --dept 公安局 --on 2026-09-08",
            "",
            act(
                "parcel.dispatch",
                json!({
                    "parcels": ["EZ900000019CN", "EZ900000022CN"], "batch": "B1", "window": "QZ-SF",
                    "dept": "公安局", "on": "2026-09-08",
                }),
            ),
        ),
        (
            "parcel send --batch B1",
            "",
            act("parcel.send", json!({ "batch": "B1" })),
        ),
        (
            "parcel send EZ900000019CN --weight-g 320",
            "",
            act(
                "parcel.send",
                json!({ "parcel": "EZ900000019CN", "weight_g": 320 }),
            ),
        ),
        (
            "parcel event EZ900000019CN --event 退回 --on 2026-09-09",
            "",
            act(
                "parcel.event",
                json!({ "parcel": "EZ900000019CN", "event": "returned", "on": "2026-09-09" }),
            ),
        ),
        (
            "parcel confirm EZ900000019CN --line ab12cd34",
            "",
            act(
                "parcel.confirm",
                json!({ "parcel": "EZ900000019CN", "line": "ab12cd34" }),
            ),
        ),
        (
            "parcel post --to 350700 --leg 材料 --tracking EZ900000019CN --pay 协议客户",
            "",
            act(
                "parcel.post",
                json!({
                    "to": "350700", "leg": "L2", "tracking": "EZ900000019CN", "carrier": "EMS", "pay": "contract",
                }),
            ),
        ),
        (
            "parcel file EZ900000019CN",
            "",
            act("parcel.file", json!({ "parcel": "EZ900000019CN" })),
        ),
        (
            "parcel dispute EZ900000019CN --reason 对方过错 --text 窗口收错材料",
            "",
            act(
                "parcel.dispute",
                json!({ "parcel": "EZ900000019CN", "reason": "fault-of-other", "text": "窗口收错材料" }),
            ),
        ),
        (
            "parcel withdraw-dispute EZ900000019CN --line 0123456789ab",
            "",
            act(
                "parcel.withdraw-dispute",
                json!({ "parcel": "EZ900000019CN", "line": "0123456789ab" }),
            ),
        ),
        (
            "parcel correct EZ900000019CN --outcome 重新分担 --new 19.00/350700 --new 19/361100/361100 --resolution JM-2026-03",
            "",
            act(
                "parcel.correct",
                json!({
                    "parcel": "EZ900000019CN", "outcome": "reallocated", "resolution": "JM-2026-03",
                    "lines": [{"fen": 1900, "liable": "350700"},
                        {"fen": 1900, "liable": "361100", "payer": "361100"}],
                }),
            ),
        ),
        (
            "parcel agree EZ900000019CN --kind packing",
            "",
            act(
                "parcel.agree",
                json!({ "parcel": "EZ900000019CN", "kind": "packing" }),
            ),
        ),
        (
            "parcel repay EZ900000019CN --yuan 20",
            "",
            act(
                "parcel.repay",
                json!({ "parcel": "EZ900000019CN", "fen": 2000 }),
            ),
        ),
        (
            "parcel claim EZ900000019CN --fen 15000 --insured 300 --due 2026-10-30 --on 2026-09-30",
            "",
            act(
                "parcel.claim",
                json!({
                    "parcel": "EZ900000019CN", "fen": 15000, "insured_fen": 30000, "due": "2026-10-30",
                    "on": "2026-09-30",
                }),
            ),
        ),
        (
            "parcel claim-outcome EZ900000019CN --outcome 已赔付 --yuan 60",
            "",
            act(
                "parcel.claim-outcome",
                json!({ "parcel": "EZ900000019CN", "outcome": "paid", "fen": 6000 }),
            ),
        ),
    ]
}
