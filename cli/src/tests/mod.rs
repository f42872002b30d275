//! Tests of the whole command line: arguments to commands, the catalogue, help.

mod beside;
mod catalogue;
mod commands;
mod docs;
mod money;
mod parcels;

use serde_json::json;
use tongban_ledger::answer::{CaseAnswer, StatusAnswer};
use tongban_ledger::command::Applicant;
use zeroize::Zeroizing;

use crate::cities::Cities;
use crate::error::CliError;
use crate::source::Source;

/// Gives a fixed text for every file and a fixed applicant at the prompt.
pub struct Given {
    text: String,
    asked: usize,
}

impl Given {
    /// Answers every file with the text.
    pub fn text(text: &str) -> Given {
        Given {
            text: text.to_owned(),
            asked: 0,
        }
    }
}

impl Source for Given {
    fn read(&mut self, _from: &str) -> Result<Zeroizing<String>, CliError> {
        Ok(Zeroizing::new(self.text.clone()))
    }

    fn applicant(&mut self) -> Result<Applicant, CliError> {
        self.asked += 1;
        Ok(applicant())
    }
}

/// A person of the test county.
pub fn applicant() -> Applicant {
    Applicant {
        name: "苏映雪".to_owned(),
        id_number: "350799199306220024".to_owned(),
        phone: String::new(),
        address: String::new(),
    }
}

/// The status of 衢州's node, with 南平 offline and one item's guide.
pub fn status() -> StatusAnswer {
    let city = |division: &str, name: &str| json!({ "city": division, "fingerprint": "1000-0000", "division": division, "name": name });
    let member = |division: &str, name: &str, own: bool| {
        let mut member = city(division, name);
        let more = json!({
            "signed": true, "own": own, "online": false, "waiting": 0, "stored": 3,
        });
        if let (Some(member), Some(more)) = (member.as_object_mut(), more.as_object()) {
            member.extend(more.clone());
        }
        member
    };
    let need = |id: &str, name: &str, original: bool| json!({ "id": id, "name": name, "must": true, "original": original });
    let guide = |owner: &str| {
        json!({
            "item": "I-04", "owner": owner, "version": 2, "effective": "2026-01-01",
            "id_check": true, "requirements": [
                need("M1", "社会保障卡申领表", false), need("M2", "居民身份证", true),
            ],
        })
    };
    let live = |receiver: &str, owner: &str| {
        json!({
            "item": "I-04", "receiver": receiver, "owner": owner, "guide": 2,
            "effective": "2026-01-01", "suspended": false,
        })
    };
    let grant = |id: serde_json::Value, from: &str, to: &str, in_force: bool| {
        json!({
            "grant": id, "grantor": from, "grantee": to, "items": [], "powers": ["G1a", "G3"],
            "in_force": in_force, "withdrawn": false,
        })
    };
    serde_json::from_value(json!({
        "city": city("330800", "衢州市"), "version": "0.1.0", "today": "2026-09-07",
        "agreements": [{
            "agreement": "ab".repeat(32), "code": "AG-4C", "name": "四省边际通办",
            "effective": true,
            "members": [member("330800", "衢州市", true), member("350700", "南平市", false)],
            "terms": {
                "items": [{
                    "code": "I-04", "name": "社会保障卡申领", "domain": "社保", "licence": false,
                    "promise_days": 5,
                }],
                "guides": [guide("330800"), guide("350700")],
                "live": [live("330800", "350700"), live("350700", "330800")],
                "grants": [
                    grant(json!(null), "330800", "350700", true),
                    grant(json!(null), "350700", "330800", true),
                    grant(json!("cd".repeat(32)), "350700", "330800", false),
                ],
                "postage": [{ "version": 1, "rule": "ORIGIN_PAYS", "effective": "2026-01-01" }],
            },
        }],
        "documents": {}, "entries": 3, "pending": 0, "open_cases": 1, "possible_restore": false,
    }))
    .expect("a status")
}

/// Its cities.
pub fn cities() -> Cities {
    Cities::of(&status())
}

/// A whole guide of 衢州.
pub fn whole_guide() -> tongban_ledger::answer::GuideAnswer {
    use tongban_ledger::agreement::Element;
    let elements = Element::ALL.iter().map(|element| {
        let text = match element {
            Element::Fees => "不收费。",
            _ => "见公告，\"一次告知\"。\n第二行。",
        };
        (element.name(), text)
    });
    let elements: std::collections::BTreeMap<&str, &str> = elements.collect();
    serde_json::from_value(json!({
        "item": "I-04", "owner": "330800", "version": 3, "effective": "2026-02-01", "id_check": true,
        "requirements": [
            {"id": "M1", "name": "社会保障卡申领表", "must": true, "original": false, "form": "form",
                "copies": 1, "source": "applicant", "sample_ref": "附件1"},
            {"id": "M2", "name": "居民身份证", "must": false, "original": false, "condition": "代办的",
                "source": "government", "verify_by": "e-cert"},
        ],
        "texts": {
            "elements": elements, "modes": ["A", "B"], "apply_ways": ["online", "window"],
            "channels": ["platform", "post"],
            "filed": {"by": "市政务服务中心", "on": "2026-01-20", "file_no": "备〔2026〕1号"},
        },
    }))
    .expect("a guide")
}

/// The case of [`case`] in joint handling, with everything that can stand beside its course.
pub fn joint_case() -> CaseAnswer {
    let mut value = serde_json::to_value(case()).expect("JSON");
    let clock = |clock: &str, due: &str, holder: &str, more: serde_json::Value| {
        let mut clock = json!({
            "clock": clock, "due": due, "holder": holder, "overdue": false, "start": "2026-09-07",
        });
        if let (Some(clock), Some(more)) = (clock.as_object_mut(), more.as_object()) {
            clock.extend(more.clone());
        }
        clock
    };
    let running = [
        clock(
            "joint_step",
            "2026-09-16",
            "350700",
            json!({ "amber": true, "step": "S1" }),
        ),
        clock(
            "complaint",
            "2026-09-20",
            "330800",
            json!({ "overdue": true }),
        ),
    ];
    let stopped = json!({ "overdue": true, "done": "2026-09-10", "used": 3 });
    let stopped = clock("push", "2026-09-08", "330800", stopped);
    let step = |id: &str, name: &str, state: &str, irreversible: bool| {
        json!({
            "step": id, "name": name, "city": "350700", "state": state,
            "irreversible": irreversible,
        })
    };
    let more = json!({
        "mode": "C", "stale_guide": 3, "behind": "pause", "deemed": false, "withdrawing": true, "trips": 2,
        "returns": 1, "due": running, "clocks": [stopped, running[0], running[1]],
        "steps": [
            step("S1", "职业年金转移", "granted", true), step("S2", "停保", "ready", false),
        ],
        "originals_out": { "M2": "350700" }, "ratings": { "0": 2, "1": 5 },
    });
    if let (Some(value), Some(more)) = (value.as_object_mut(), more.as_object()) {
        value.extend(more.clone());
    }
    serde_json::from_value(value).expect("a case")
}

/// A case of 衢州 for 南平 that lacks its checks.
pub fn case() -> CaseAnswer {
    serde_json::from_value(json!({
        "document": "12".repeat(32), "number": "TB-330800-260907-000123-2", "item": "I-04",
        "item_name": "社会保障卡申领", "stage": "S20", "receiver": "330800", "owner": "350700",
        "holders": ["330800"], "received": "2026-09-07", "submission": 1,
        "due": [{
            "clock": "notice_5wd", "due": "2026-09-14", "holder": "330800", "overdue": false,
        }],
        "next": ["case.id-check", "case.original-check", "case.notice"],
        "audience": ["330800", "350700"],
        "applicant": {
            "name": "程立秋", "id_number": "3308************10", "phone": "05700000001",
            "address": "",
        },
        "materials": [["M1", 1], ["M2", 2]],
        "missing": ["original:M2", "id-check"],
        "defects": [{ "requirement": "M1", "fault": "expired" }],
        "parcels": ["EZ900000019CN"],
        "entries": [{
            "entry": "ab".repeat(32), "city": "330800", "act": "receive", "time": 1_788_796_740,
            "officer": "QZ-0117", "details": { "materials": "M1:1,M2:2", "guide": "2" },
            "status": "applied", "stored": ["350700"],
        }],
        "file": {
            "fields": {}, "conflicts": {}, "checklist": {}, "notes": "", "digest": "34".repeat(32),
        },
        "state_root": "56".repeat(32),
    }))
    .expect("a case")
}
