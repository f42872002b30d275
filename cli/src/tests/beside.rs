//! Rows for the commands beside the straight way of a case, in the form of those in `commands`.

use serde_json::{Value, json};

use super::applicant;

const GUIDE: &str = r#"
item = "I-04"
version = 3
effective = "2026-10-01"
requirements = [{ id = "M1", name = "申领表", must = true, original = false }]
"#;
const CERT: &str = r#"{"number":"N-1","issuer":"南平市人社局"}"#;

fn act(name: &str, args: Value) -> Value {
    json!({ "do": name, "args": args })
}

/// Command lines, what their files hold, and the command as the API and a scenario would write it.
const BATCH: &str = r#"
effective = "2026-11-01"
[batch]
id = "2026-2"
seq = 2
due = "2026-12-31"
[[batch.rows]]
item = "I-90"
name = "居住证办理"
application_scenario = "异地就业"
lead_dept = "公安局"
modes = ["B"]
"#;

pub fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let mut rows = changed();
    rows.extend(course());
    rows.extend(withdrawal());
    rows.extend(commitment());
    rows.extend(aside());
    rows.extend(rating());
    rows.extend(papers());
    rows.extend(steps());
    rows.extend(external());
    rows.extend(handover());
    rows
}

/// Commands that have got more arguments, and the one of the agreement.
fn changed() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "agreement publish-guide g.toml --agreement ab12",
            GUIDE,
            act(
                "agreement.publish-guide",
                json!({
                    "guide": {
                        "item": "I-04", "version": 3, "effective": "2026-10-01",
                        "requirements": [
                            { "id": "M1", "name": "申领表", "must": true, "original": false },
                        ],
                    },
                    "agreement": "ab12",
                }),
            ),
        ),
        (
            "agreement propose-batch b.toml --agreement ab12",
            BATCH,
            act(
                "agreement.propose-batch",
                json!({
                    "batch": {"id": "2026-2", "list": "regional", "seq": 2, "due": "2026-12-31", "rows": [
                        {"item": "I-90", "name": "居住证办理", "application_scenario": "异地就业",
                            "lead_dept": "公安局", "supporting_depts": [], "modes": ["B"]}]},
                    "items": [], "guides": [], "live": [], "effective": "2026-11-01",
                    "agreement": "ab12",
                }),
            ),
        ),
        (
            "agreement adopt-batch 2026-2 --except I-17=属地 --except I-18=both",
            "",
            act(
                "agreement.adopt-batch",
                json!({
                    "proposal": "2026-2", "except": [
                        {"item": "I-17", "role": "owner"}, {"item": "I-18", "role": "both"}],
                }),
            ),
        ),
        (
            "agreement nominate I-90 --name 居住证办理 --cases-a-year 1200",
            "",
            act(
                "agreement.nominate",
                json!({"item": "I-90", "name": "居住证办理", "cases_a_year": 1200}),
            ),
        ),
        (
            "agreement stance I-90 --stance 反对 --reason 系统未对接",
            "",
            act(
                "agreement.stance",
                json!({"item": "I-90", "stance": "object", "reason": "系统未对接"}),
            ),
        ),
        (
            "agreement grant --to 330800 --powers G1b --from 2026-10-01 --until 2027-09-30",
            "",
            act(
                "agreement.offer-grant",
                json!({
                    "to": "330800", "powers": ["G1b"], "from": "2026-10-01",
                    "until": "2027-09-30",
                }),
            ),
        ),
        (
            "case receive --item I-04 --owner 330800 --materials M1 --officer A1 --mode 全程网办 --assisted-by 350700",
            "",
            act(
                "case.receive",
                json!({
                    "item": "I-04", "owner": "330800", "officer": "A1", "mode": "A",
                    "assisted_by": "350700", "applicant": applicant(),
                    "materials": [{ "requirement": "M1", "pages": 1 }],
                }),
            ),
        ),
        (
            "case submit-correction TB1 --materials M1:2=signed,M2=cert/营业执照/350700",
            "",
            act(
                "case.submit-correction",
                json!({
                    "case": "TB1", "materials": [
                        { "requirement": "M1", "pages": 2, "proof": "e-signed" },
                        { "requirement": "M2", "pages": 1,
                            "proof": { "e-cert": { "kind": "营业执照", "issuer": "350700" } } },
                    ],
                }),
            ),
        ),
        (
            "case notice TB1 --defect M2=需核原件 --officer A1 --recheck 复印件与原件不一致 --visit 社会保险法58 --paper 档案法",
            "",
            act(
                "case.notice",
                json!({
                    "case": "TB1", "officer": "A1", "recheck": "复印件与原件不一致",
                    "visit": "社会保险法58", "paper": "档案法",
                    "defects": [{ "requirement": "M2", "fault": "original-wanted" }],
                }),
            ),
        ),
    ]
}

fn course() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case redirect TB1 --to 350700 --basis 行政许可法32 --officer A1 --text 请向南平市申请",
            "",
            act(
                "case.redirect",
                json!({
                    "case": "TB1", "to": "350700", "basis": "行政许可法32", "officer": "A1",
                    "text": "请向南平市申请",
                }),
            ),
        ),
        (
            "case special-start TB1 --kind 专家评审 --days 10 --basis 行政许可法45 --officer A1 --on 2026-09-08 --text-file -",
            "已书面告知\n",
            act(
                "case.special-start",
                json!({
                    "case": "TB1", "kind": "expert-review", "days": 10,
                    "basis": "行政许可法45", "officer": "A1", "on": "2026-09-08",
                    "text": "已书面告知",
                }),
            ),
        ),
        (
            "case special-end TB1 --officer A1 --on 2026-09-18",
            "",
            act(
                "case.special-end",
                json!({ "case": "TB1", "officer": "A1", "on": "2026-09-18" }),
            ),
        ),
        (
            "case extend TB1 --days 10 --basis 行政许可法42 --officer A1 --second A9 --text 已告知",
            "",
            act(
                "case.extend",
                json!({
                    "case": "TB1", "days": 10, "basis": "行政许可法42", "officer": "A1",
                    "second": "A9", "text": "已告知",
                }),
            ),
        ),
        (
            "case issue-cert TB1 --kind 社会保障卡 --electronic --cert-file - --officer A1",
            CERT,
            act(
                "case.issue-cert",
                json!({
                    "case": "TB1", "kind": "社会保障卡", "electronic": true, "number": "N-1",
                    "issuer": "南平市人社局", "officer": "A1",
                }),
            ),
        ),
        (
            "case annul TB1 --basis 行政许可法69 --officer A1 --second A9 --text 理由与救济",
            "",
            act(
                "case.annul",
                json!({
                    "case": "TB1", "basis": "行政许可法69", "officer": "A1", "second": "A9",
                    "text": "理由与救济",
                }),
            ),
        ),
        (
            "case archive TB1 --officer A1",
            "",
            act("case.archive", json!({ "case": "TB1", "officer": "A1" })),
        ),
    ]
}

fn withdrawal() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case withdraw TB1 --officer A1 --text-file -",
            "不办了\n",
            act(
                "case.withdraw",
                json!({ "case": "TB1", "officer": "A1", "text": "不办了" }),
            ),
        ),
        (
            "case grant-withdrawal TB1 --officer A1",
            "",
            act(
                "case.grant-withdrawal",
                json!({ "case": "TB1", "officer": "A1" }),
            ),
        ),
        (
            "case refuse-withdrawal TB1 --officer A1 --text 已作决定",
            "",
            act(
                "case.refuse-withdrawal",
                json!({ "case": "TB1", "officer": "A1", "text": "已作决定" }),
            ),
        ),
        (
            "case no-correction TB1 --officer A1 --of ab12",
            "",
            act(
                "case.no-correction",
                json!({ "case": "TB1", "officer": "A1", "of": "ab12" }),
            ),
        ),
    ]
}

fn commitment() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case commit TB1 --missing M3,M4 --due 2026-10-30 --officer A1",
            "",
            act(
                "case.commit",
                json!({
                    "case": "TB1", "missing": ["M3", "M4"], "due": "2026-10-30",
                    "officer": "A1",
                }),
            ),
        ),
        (
            "case check-commitment TB1 --broken --officer A1 --of ab12 --text 未交",
            "",
            act(
                "case.check-commitment",
                json!({
                    "case": "TB1", "yes": false, "officer": "A1", "of": "ab12", "text": "未交",
                }),
            ),
        ),
        (
            "case pre-review TB1 --officer A1",
            "",
            act(
                "case.pre-review",
                json!({ "case": "TB1", "yes": true, "officer": "A1" }),
            ),
        ),
        (
            "case compare TB1 --different M1 --officer A1",
            "",
            act(
                "case.compare",
                json!({ "case": "TB1", "different": ["M1"], "officer": "A1" }),
            ),
        ),
    ]
}

fn aside() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case ask TB1 --to 350700 --officer A1 --text 缴费是否中断",
            "",
            act(
                "case.ask",
                json!({ "case": "TB1", "to": "350700", "officer": "A1", "text": "缴费是否中断" }),
            ),
        ),
        (
            "case answer TB1 --no --means 电话 --callee B2 --officer A1",
            "",
            act(
                "case.answer",
                json!({
                    "case": "TB1", "yes": false, "means": "phone", "callee": "B2",
                    "officer": "A1",
                }),
            ),
        ),
        (
            "case contact TB1 --means 传真 --callee B2 --officer A1",
            "",
            act(
                "case.contact",
                json!({ "case": "TB1", "means": "fax", "callee": "B2", "officer": "A1" }),
            ),
        ),
        (
            "case supervise TB1 --to 350700 --reason 超期 --due 2026-09-20 --officer A1",
            "",
            act(
                "case.supervise",
                json!({
                    "case": "TB1", "to": "350700", "reason": "late", "due": "2026-09-20",
                    "officer": "A1",
                }),
            ),
        ),
        (
            "case complain TB1 --about 350700 --reason 推诿 --text 让去别处办",
            "",
            act(
                "case.complain",
                json!({
                    "case": "TB1", "about": "350700", "reason": "sent-elsewhere",
                    "text": "让去别处办",
                }),
            ),
        ),
        (
            "case reply TB1 --officer A1 --text 已整改",
            "",
            act(
                "case.reply",
                json!({ "case": "TB1", "officer": "A1", "text": "已整改" }),
            ),
        ),
    ]
}

fn rating() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case rate TB1 --level 5 --channel 现场评 --visit 2 --city 330800 --target 窗口",
            "",
            act(
                "case.rate",
                json!({
                    "case": "TB1", "level": 5, "channel": "on-site", "visit": 2,
                    "city": "330800", "target": "window",
                }),
            ),
        ),
        (
            "case rate TB1 --level 1 --channel online --target department",
            "",
            act(
                "case.rate",
                json!({
                    "case": "TB1", "level": 1, "channel": "online", "target": "department",
                }),
            ),
        ),
        (
            "case follow-up TB1 --step 整改 --officer A1 --of ab12",
            "",
            act(
                "case.follow-up",
                json!({ "case": "TB1", "step": "mended", "officer": "A1", "of": "ab12" }),
            ),
        ),
    ]
}

fn papers() -> Vec<(&'static str, &'static str, Value)> {
    let paper = |requirement: &str, pages: u16, copies: u16, original: bool| {
        json!({
            "requirement": requirement, "pages": pages, "copies": copies,
            "original": original,
        })
    };
    vec![
        (
            "case send-papers TB1 --to 350700 --tracking ez900000019cn --papers M1:18:2,M2:1=原件 --officer A1",
            "",
            act(
                "case.send-papers",
                json!({
                    "case": "TB1", "to": "350700", "tracking": "EZ900000019CN",
                    "papers": [paper("M1", 18, 2, false), paper("M2", 1, 1, true)],
                    "officer": "A1",
                }),
            ),
        ),
        (
            "case take-papers TB1 --officer A1",
            "",
            act(
                "case.take-papers",
                json!({ "case": "TB1", "officer": "A1" }),
            ),
        ),
        (
            "case mend-papers TB1 --papers M1:17 --officer A1 --of ab12",
            "",
            act(
                "case.mend-papers",
                json!({
                    "case": "TB1", "papers": [paper("M1", 17, 1, false)], "officer": "A1",
                    "of": "ab12",
                }),
            ),
        ),
        (
            "case agree-papers TB1 --officer A1 --of ab12",
            "",
            act(
                "case.agree-papers",
                json!({ "case": "TB1", "officer": "A1", "of": "ab12" }),
            ),
        ),
    ]
}

fn steps() -> Vec<(&'static str, &'static str, Value)> {
    let step = || json!({ "case": "TB1", "step": "S1", "officer": "A1" });
    vec![
        (
            "case open-step TB1 --step S1 --officer A1",
            "",
            act("case.open-step", step()),
        ),
        (
            "case step-progress TB1 --step S1 --what 已发函 --officer A1",
            "",
            act(
                "case.step-progress",
                json!({ "case": "TB1", "step": "S1", "what": "已发函", "officer": "A1" }),
            ),
        ),
        (
            "case decide-step TB1 --step S1 --outcome 不予 --officer A1 --text 理由",
            "",
            act(
                "case.decide-step",
                json!({
                    "case": "TB1", "step": "S1", "outcome": "refused", "officer": "A1",
                    "text": "理由",
                }),
            ),
        ),
        (
            "case release-step TB1 --step S1 --officer A1",
            "",
            act("case.release-step", step()),
        ),
        (
            "case ask-undo TB1 --step S1 --officer A1",
            "",
            act("case.ask-undo", step()),
        ),
    ]
}

fn external() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "case jump-out TB1 --system PROV-HRSS --sso --checked 2026-09-01 --officer A1 --text 省厅网办链接",
            "",
            act(
                "case.jump-out",
                json!({
                    "case": "TB1", "system": "PROV-HRSS", "sso": true, "checked": "2026-09-01",
                    "officer": "A1", "text": "省厅网办链接",
                }),
            ),
        ),
        (
            "case back-flow TB1 --number 2026-0042 --officer A1 --on 2026-09-09",
            "",
            act(
                "case.back-flow",
                json!({
                    "case": "TB1", "number": "2026-0042", "officer": "A1", "on": "2026-09-09",
                }),
            ),
        ),
    ]
}

fn handover() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "city change-item --item I-04 --kind 划转 --from-dept RS-1 --to-dept YB-2 --planned 2026-10-01 --basis 南政办〔2026〕7号 --contact A1",
            "",
            act(
                "city.change-item",
                json!({
                    "item": "I-04", "kind": "transfer", "from_dept": "RS-1", "to_dept": "YB-2",
                    "planned": "2026-10-01", "basis": "南政办〔2026〕7号", "contact": "A1",
                }),
            ),
        ),
        (
            "city take-item --item I-04 --claimed --guide 3 --approver A1 --approver A2 --liaison A3",
            "",
            act(
                "city.take-item",
                json!({
                    "item": "I-04", "claimed": true, "guide": 3, "approvers": ["A1", "A2"],
                    "liaisons": ["A3"],
                }),
            ),
        ),
        (
            "city delete-item --item I-04 --officer A1",
            "",
            act(
                "city.delete-item",
                json!({ "item": "I-04", "officer": "A1" }),
            ),
        ),
        (
            "case progress TB1 --code 04711815",
            "",
            act(
                "case.progress",
                json!({ "case": "TB1", "code": "04711815" }),
            ),
        ),
        (
            "case recall-step TB1 --step S2 --officer A1",
            "",
            act(
                "case.recall-step",
                json!({ "case": "TB1", "step": "S2", "officer": "A1" }),
            ),
        ),
        (
            "case hand-over TB1 --officer A1",
            "",
            act("case.hand-over", json!({ "case": "TB1", "officer": "A1" })),
        ),
    ]
}
