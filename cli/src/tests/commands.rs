//! Every subcommand's arguments as the command that the node gets, and arguments that must not pass.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Command as Clap, FromArgMatches};
use serde_json::{Value, json};
use tongban_ledger::command::Command;

use super::{Given, applicant};
use crate::args::{Cli, Sub};
use crate::catalogue::{Catalogue, Lang};
use crate::commands::{Act, name};
use crate::error::CliError;
use crate::{help, personal};

/// Reads a command line as the program does, up to the checked command.
fn checked(line: &str, source: &mut Given) -> Result<Command, CliError> {
    let arguments: Vec<OsString> = std::iter::once("tongban")
        .chain(line.split(' '))
        .map(OsString::from)
        .collect();
    personal::refuse_in_arguments(&arguments)?;
    let say = Catalogue::new(Lang::En);
    let matches = help::command(&say)
        .try_get_matches_from(&arguments)
        .map_err(|error| CliError::usage(&error, &say))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| CliError::usage(&error, &say))?;
    match cli.command {
        Sub::Agreement(sub) => sub.check(source),
        Sub::City(sub) => sub.check(source),
        Sub::Key(sub) => sub.check(source),
        Sub::Case(sub) => sub.check(source),
        Sub::Consult(sub) => sub.check(source),
        Sub::Meeting(sub) => sub.check(source),
        Sub::Parcel(sub) => sub.check(source),
        Sub::Bill(sub) => sub.check(source),
        Sub::Round(sub) => sub.check(source),
        Sub::Payment(sub) => sub.check(source),
        Sub::Resolution(sub) => sub.check(source),
        other => panic!("{other:?} is no act"),
    }
}

const TERMS: &str = r#"{"name":"四省边际通办","code":"AG-4C"}"#;
const EDITS: &str = r#"{"edits":[{"edit":"delete-note","at":0,"count":2}]}"#;

/// Command lines, what their files hold, and the command as the API and a scenario would write it.
fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let act = |name: &str, args: Value| json!({ "do": name, "args": args });
    vec![
        (
            "agreement found --terms t.json --invitation a.txt --invitation b.txt",
            TERMS,
            act(
                "agreement.found",
                json!({
                    "terms": { "name": "四省边际通办", "code": "AG-4C" },
                    "invitations": [TERMS, TERMS],
                }),
            ),
        ),
        (
            "agreement accept f.txt --yes",
            "hex",
            act("agreement.accept", json!({ "founding": "hex" })),
        ),
        (
            "agreement grant --to 330800 --powers G1a,G3 --items GJJ-01",
            "",
            act(
                "agreement.offer-grant",
                json!({ "to": "330800", "items": ["GJJ-01"], "powers": ["G1a", "G3"] }),
            ),
        ),
        (
            "agreement take-grant ab12",
            "",
            act("agreement.take-grant", json!({ "grant": "ab12" })),
        ),
        (
            "agreement withdraw-grant founding",
            "",
            act("agreement.withdraw-grant", json!({ "grant": "founding" })),
        ),
        (
            "agreement suspend GJJ-01",
            "",
            act("agreement.suspend", json!({ "item": "GJJ-01" })),
        ),
        (
            "agreement resume GJJ-01",
            "",
            act("agreement.resume", json!({ "item": "GJJ-01" })),
        ),
        (
            "key revoke -",
            "tongban-revocation-v1",
            act(
                "key.revoke",
                json!({ "revocation": "tongban-revocation-v1" }),
            ),
        ),
        (
            "key retain TB-330800-260907-000123-2 --without 0123456789ab",
            "",
            act(
                "key.retain",
                json!({
                    "document": "TB-330800-260907-000123-2",
                    "without": ["0123456789ab"],
                }),
            ),
        ),
        (
            "city announce --address 10.0.0.1:7330 --window 跨省通办专窗",
            "",
            act(
                "city.announce",
                json!({ "addresses": ["10.0.0.1:7330"], "windows": ["跨省通办专窗"] }),
            ),
        ),
        (
            "city roster --file r.toml",
            "[[windows]]\nid = \"W1\"\nname = \"n\"\ndivision = \"330800000000\"\nlevel = 1\nfunctions = [\"receive\"]\nfrom = \"2026-01-01\"\n",
            act(
                "city.roster",
                json!({ "windows": [{
                    "id": "W1", "name": "n", "division": "330800000000", "level": 1,
                    "functions": ["receive"], "from": "2026-01-01",
                }] }),
            ),
        ),
        (
            "city roster --file r.toml --dry-run",
            "[[absences]]\nofficer = \"A1\"\nby = \"A2\"\nfrom = \"2026-01-01\"\nuntil = \"2026-01-02\"\n",
            act(
                "rehearse",
                json!({ "commands": [act("city.roster", json!({ "absences": [{
                    "officer": "A1", "by": "A2", "from": "2026-01-01", "until": "2026-01-02",
                }] }))] }),
            ),
        ),
        (
            "case receive --item GJJ-01 --owner 350700 --materials M1:2,M2 --officer QZ-017 --on 2026-09-07",
            "",
            act(
                "case.receive",
                json!({
                    "item": "GJJ-01", "owner": "350700", "officer": "QZ-017", "on": "2026-09-07",
                    "applicant": applicant(),
                    "materials": [
                        { "requirement": "M1", "pages": 2 }, { "requirement": "M2", "pages": 1 },
                    ],
                }),
            ),
        ),
        (
            "case id-check TB1 --officer A1",
            "",
            act(
                "case.id-check",
                json!({ "case": "TB1", "passed": true, "officer": "A1" }),
            ),
        ),
        (
            "case id-check TB1 --officer A1 --failed",
            "",
            act(
                "case.id-check",
                json!({ "case": "TB1", "passed": false, "officer": "A1" }),
            ),
        ),
        (
            "case original-check TB1 --seen M1,M2 --officer A1",
            "",
            act(
                "case.original-check",
                json!({ "case": "TB1", "seen": ["M1", "M2"], "officer": "A1" }),
            ),
        ),
        (
            "case formal-pass TB1 --officer A1",
            "",
            act(
                "case.formal-pass",
                json!({ "case": "TB1", "officer": "A1" }),
            ),
        ),
        (
            "case push TB1",
            "",
            act("case.push", json!({ "case": "TB1" })),
        ),
        (
            "case push TB1 --to 350700",
            "",
            act("case.push", json!({ "case": "TB1", "to": "350700" })),
        ),
        (
            "case ack TB1",
            "",
            act("case.ack", json!({ "case": "TB1" })),
        ),
        (
            "case first-look TB1 --officer A1",
            "",
            act("case.first-look", json!({ "case": "TB1", "officer": "A1" })),
        ),
        (
            "case recall TB1",
            "",
            act("case.recall", json!({ "case": "TB1" })),
        ),
        (
            "case decline TB1",
            "",
            act("case.decline", json!({ "case": "TB1" })),
        ),
        (
            "case accept TB1 --officer A1 --on 2026-09-08",
            "",
            act(
                "case.accept",
                json!({ "case": "TB1", "officer": "A1", "on": "2026-09-08" }),
            ),
        ),
        (
            "case not-accept TB1 --officer A1 --basis 行政许可法32 --text-file -",
            "理由与救济\n",
            act(
                "case.not-accept",
                json!({
                    "case": "TB1", "officer": "A1", "basis": "行政许可法32", "text": "理由与救济",
                }),
            ),
        ),
        (
            "case notice TB1 --defect M2=missing --defect M3=wrong-form --officer A1 --guide 2 --text 请补正",
            "",
            act(
                "case.notice",
                json!({
                    "case": "TB1", "officer": "A1", "guide": 2, "text": "请补正",
                    "defects": [
                        { "requirement": "M2", "fault": "missing" },
                        { "requirement": "M3", "fault": "wrong-form" },
                    ],
                }),
            ),
        ),
        (
            "case notice-served TB1 --means on-the-spot",
            "",
            act(
                "case.notice-served",
                json!({ "case": "TB1", "means": "on-the-spot" }),
            ),
        ),
        (
            "case submit-correction TB1 --materials M2:3",
            "",
            act(
                "case.submit-correction",
                json!({ "case": "TB1", "materials": [{ "requirement": "M2", "pages": 3 }] }),
            ),
        ),
        (
            "case review TB1 --officer B2",
            "",
            act("case.review", json!({ "case": "TB1", "officer": "B2" })),
        ),
        (
            "case decide TB1 --outcome on-commitment --officer B2",
            "",
            act(
                "case.decide",
                json!({ "case": "TB1", "outcome": "on-commitment", "officer": "B2" }),
            ),
        ),
        (
            "case send-result TB1 --delivery post-to-window",
            "",
            act(
                "case.send-result",
                json!({ "case": "TB1", "delivery": "post-to-window" }),
            ),
        ),
        (
            "case served TB1 --means post --on 2026-09-20",
            "",
            act(
                "case.served",
                json!({ "case": "TB1", "means": "post", "on": "2026-09-20" }),
            ),
        ),
        (
            "case close TB1",
            "",
            act("case.close", json!({ "case": "TB1" })),
        ),
        (
            "case edit TB1 --set 金额=35.5 --remove 旧 --check 原件 --uncheck 复印件 --note 已联系 --edits-file e.json",
            EDITS,
            act(
                "case.edit",
                json!({ "case": "TB1", "edits": [
                    { "edit": "set-field", "name": "金额", "value": "35.5" },
                    { "edit": "remove-field", "name": "旧" },
                    { "edit": "check", "item": "原件", "done": true },
                    { "edit": "check", "item": "复印件", "done": false },
                    { "edit": "append-note", "text": "已联系" },
                    { "edit": "delete-note", "at": 0, "count": 2 },
                ] }),
            ),
        ),
        (
            "case yield TB1",
            "",
            act("case.yield", json!({ "case": "TB1" })),
        ),
        (
            "case take-over TB1",
            "",
            act("case.take-over", json!({ "case": "TB1" })),
        ),
        (
            "resolution propose --override TB1 --holder 330800 --basis JM-2026-06",
            "",
            act(
                "resolution.propose",
                json!({ "override": { "case": "TB1", "holder": "330800" }, "basis": "JM-2026-06" }),
            ),
        ),
        (
            "case retract TB1",
            "",
            act("case.retract", json!({ "case": "TB1" })),
        ),
        (
            "case formal-pass TB1 --officer A1 --consult 5f3a5f3a",
            "",
            act(
                "case.formal-pass",
                json!({ "case": "TB1", "officer": "A1", "consult": "5f3a5f3a" }),
            ),
        ),
        (
            "agreement propose - --unsigned",
            "code = \"JM-2\"\n[subject.netting]\nmode = \"multilateral\"\neffective = \"2026-11-01\"\n",
            act(
                "agreement.propose",
                json!({
                    "code": "JM-2", "sign": false,
                    "subject": {"netting": {"mode": "multilateral", "effective": "2026-11-01"}},
                }),
            ),
        ),
        (
            "agreement adopt JM-2 --except I-17=both --text-hash abcdef12",
            "",
            act(
                "agreement.adopt",
                json!({"proposal": "JM-2", "except": [{"item": "I-17", "role": "both"}], "text": "abcdef12"}),
            ),
        ),
        (
            "agreement refuse JM-2 --reason 尚未对接",
            "",
            act(
                "agreement.refuse",
                json!({"proposal": "JM-2", "reason": "尚未对接"}),
            ),
        ),
        (
            "agreement withdraw JM-2",
            "",
            act("agreement.withdraw-proposal", json!({"proposal": "JM-2"})),
        ),
        (
            "meeting convene JM-2026-2 --on 2026-10-19 --host 361100 --officer A1",
            "",
            act(
                "meeting.convene",
                json!({"number": "JM-2026-2", "on": "2026-10-19", "host": "361100", "body": "leading", "officer": "A1"}),
            ),
        ),
        (
            "meeting minutes JM-2026-2 --at 3 --delete 2 --text 会议",
            "",
            act(
                "meeting.write",
                json!({"meeting": "JM-2026-2", "part": "minutes", "edits": [
                    {"edit": "delete-note", "at": 3, "count": 2}, {"edit": "insert-note", "at": 3, "text": "会议"},
                ]}),
            ),
        ),
        (
            "meeting agenda JM-2026-2 --text 邮寄规则",
            "",
            act(
                "meeting.write",
                json!({"meeting": "JM-2026-2", "part": "agenda", "edits": [{"edit": "append-note", "text": "邮寄规则"}]}),
            ),
        ),
        (
            "meeting attend JM-2026-2 --people A1,A2",
            "",
            act(
                "meeting.attend",
                json!({"meeting": "JM-2026-2", "people": ["A1", "A2"]}),
            ),
        ),
        (
            "meeting sign JM-2026-2 --officer A1",
            "",
            act(
                "meeting.sign",
                json!({"meeting": "JM-2026-2", "officer": "A1"}),
            ),
        ),
        (
            "meeting action JM-2026-2 --owner 341000 --within 3 --text 对接 --officer A1",
            "",
            act(
                "meeting.action",
                json!({"meeting": "JM-2026-2", "owner": "341000", "within": 3, "text": "对接", "officer": "A1"}),
            ),
        ),
        (
            "meeting done JM-2026-2 --officer A1",
            "",
            act(
                "meeting.action-done",
                json!({"meeting": "JM-2026-2", "officer": "A1"}),
            ),
        ),
        (
            "meeting issue --category 邮寄 --case TB1 --text 包裹 --officer A1",
            "",
            act(
                "meeting.issue",
                json!({"category": "mail", "cases": ["TB1"], "text": "包裹", "officer": "A1"}),
            ),
        ),
        (
            "meeting resolve JM-2026-2 --entry 5f3a5f3a --officer A1",
            "",
            act(
                "meeting.resolve",
                json!({"meeting": "JM-2026-2", "entry": "5f3a5f3a", "officer": "A1"}),
            ),
        ),
        (
            "consult ask --to 330800 --item I-03 --materials M1:2,M2 --officer A1 --text 可以吗",
            "",
            act(
                "consult.ask",
                json!({
                    "to": "330800", "item": "I-03", "officer": "A1", "text": "可以吗",
                    "materials": [
                        { "requirement": "M1", "pages": 2 },
                        { "requirement": "M2", "pages": 1 },
                    ],
                }),
            ),
        ),
        (
            "consult answer 5f3a5f3a --ok --officer A1",
            "",
            act(
                "consult.answer",
                json!({ "consult": "5f3a5f3a", "verdict": "ok", "officer": "A1" }),
            ),
        ),
        (
            "consult answer 5f3a5f3a --defect M2=wrong-form --officer A1",
            "",
            act(
                "consult.answer",
                json!({
                    "consult": "5f3a5f3a", "verdict": "not-ok", "officer": "A1",
                    "defects": [{ "requirement": "M2", "fault": "wrong-form" }],
                }),
            ),
        ),
        (
            "consult video 5f3a5f3a --started 2026-09-21T10:40 --ended 2026-09-21T11:05 --ours A1 --theirs B1,B2 --points M1,M2 --recording-ref 录像库3号 --officer A1",
            "",
            act(
                "consult.video",
                json!({
                    "consult": "5f3a5f3a", "started": "2026-09-21T10:40", "ended": "2026-09-21T11:05",
                    "ours": ["A1"], "theirs": ["B1", "B2"], "complete": true, "points": ["M1", "M2"],
                    "recording_ref": "录像库3号", "officer": "A1",
                }),
            ),
        ),
        (
            "consult sign-video 5f3a5f3a --officer A1",
            "",
            act(
                "consult.sign-video",
                json!({ "consult": "5f3a5f3a", "officer": "A1" }),
            ),
        ),
        (
            "parcel post --to 350700 --leg L2 --tracking ez900000019cn --case TB1 --pieces 3 --pay collect --weight-g 120 --on 2026-09-08",
            "",
            act(
                "parcel.post",
                json!({
                    "to": "350700", "leg": "L2", "tracking": "EZ900000019CN", "carrier": "EMS",
                    "cases": ["TB1"], "pieces": 3, "pay": "collect", "weight_g": 120,
                    "on": "2026-09-08",
                }),
            ),
        ),
        (
            "parcel arrive EZ900000019CN --on 2026-09-10",
            "",
            act(
                "parcel.arrive",
                json!({ "parcel": "EZ900000019CN", "on": "2026-09-10" }),
            ),
        ),
        (
            "parcel open EZ900000019CN --pieces 3",
            "",
            act(
                "parcel.open",
                json!({ "parcel": "EZ900000019CN", "pieces": 3 }),
            ),
        ),
        (
            "parcel cost EZ900000019CN --fen 2200 --payer 350700",
            "",
            act(
                "parcel.cost",
                json!({
                    "parcel": "EZ900000019CN", "kind": "postage", "fen": 2200, "payer": "350700",
                }),
            ),
        ),
        (
            "parcel cost EZ900000019CN --kind packing --yuan 3.50",
            "",
            act(
                "parcel.cost",
                json!({ "parcel": "EZ900000019CN", "kind": "packing", "fen": 350 }),
            ),
        ),
        (
            "parcel cost EZ900000019CN --fen -1",
            "",
            act(
                "parcel.cost",
                json!({ "parcel": "EZ900000019CN", "fen": -1 }),
            ),
        ),
        (
            "parcel confirm EZ900000019CN",
            "",
            act("parcel.confirm", json!({ "parcel": "EZ900000019CN" })),
        ),
        (
            "parcel retract EZ900000019CN --kind packing",
            "",
            act(
                "parcel.retract",
                json!({ "parcel": "EZ900000019CN", "kind": "packing" }),
            ),
        ),
        (
            "agreement join f.txt --yes",
            "hex",
            act("agreement.join", json!({ "founding": "hex" })),
        ),
        (
            "resolution propose --admit minhang.txt --basis JM-2026-04 --agreement ab12",
            "card",
            act(
                "resolution.propose",
                json!({ "agreement": "ab12", "admit": "card", "basis": "JM-2026-04" }),
            ),
        ),
        (
            "resolution propose --remove 341000",
            "",
            act("resolution.propose", json!({ "remove": "341000" })),
        ),
        (
            "resolution propose --rules 2",
            "",
            act("resolution.propose", json!({ "rules": 2 })),
        ),
        (
            "resolution vote ab12cd34 --round 2",
            "",
            act(
                "resolution.vote",
                json!({ "motion": "ab12cd34", "round": 2 }),
            ),
        ),
        (
            "resolution commit ab12cd34",
            "",
            act("resolution.commit", json!({ "motion": "ab12cd34" })),
        ),
        (
            "resolution nullify --round 1",
            "",
            act("resolution.nullify", json!({ "round": 1 })),
        ),
    ]
}

/// Every row, those of the commands beside the straight way too.
fn rows() -> Vec<(&'static str, &'static str, Value)> {
    let mut rows = cases();
    rows.extend(super::beside::cases());
    rows.extend(super::money::cases());
    rows.extend(super::parcels::cases());
    rows
}

#[test]
fn every_subcommand_gives_the_command_that_api_and_scenarios_give() {
    for (line, file, expected) in rows() {
        let expected: Command = serde_json::from_value(expected).expect(line);
        let got = checked(line, &mut Given::text(file));
        assert_eq!(got.expect(line), expected, "{line}");
    }
}

#[test]
fn no_command_of_the_node_is_left_out() {
    let mut left: BTreeSet<&str> = Command::NAMES.into_iter().collect();
    for (line, file, _) in rows() {
        let command = checked(line, &mut Given::text(file)).expect(line);
        left.remove(name(&command).as_str());
    }
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn bad_arguments_are_refused_with_their_codes() {
    let check = |line: &str, code: &str, exit: u8| {
        let error = checked(line, &mut Given::text("")).expect_err(line);
        assert_eq!((error.code(), error.exit().code()), (code, exit), "{line}");
    };
    check("case push TB1 --to 33080", "E_ARGUMENT", 2);
    check("case push", "E_USAGE", 2);
    check("case accept TB1 --officer A --on 2026-02-30", "E_DATE", 1);
    check("case decide TB1 --outcome maybe --officer A", "E_USAGE", 2);
    check("case notice TB1 --officer A", "E_USAGE", 2);
    check("case notice TB1 --officer A --defect M1", "E_ARGUMENT", 2);
    check("case edit TB1", "E_ARGUMENT", 2);
    check("case redirect TB1 --basis L --officer A", "E_ARGUMENT", 2);
    check("case refuse-withdrawal TB1 --officer A", "E_ARGUMENT", 2);
    check("case ask TB1 --to 350700 --officer A", "E_ARGUMENT", 2);
    check(
        "case decide-step TB1 --step S1 --outcome refused --officer A",
        "E_ARGUMENT",
        2,
    );
    check(
        "case rate TB1 --level 6 --channel online --target window",
        "E_USAGE",
        2,
    );
    check(
        "case rate TB1 --level 5 --channel scan --visit 1 --target window",
        "E_ARGUMENT",
        2,
    );
    check(
        "case rate TB1 --level 5 --channel on-site --target window",
        "E_ARGUMENT",
        2,
    );
    check(
        "case send-papers TB1 --papers M1:0 --officer A",
        "E_ARGUMENT",
        2,
    );
    check(
        "case commit TB1 --missing M3 --due 2026-02-30 --officer A",
        "E_DATE",
        1,
    );
    check(
        "case extend TB1 --days 5 --basis L --officer A --second 程立秋",
        "E_ARGUMENT",
        2,
    );
    check(
        "agreement grant --to 330800 --powers G1a --until 2026-13-01",
        "E_DATE",
        1,
    );
    check("case edit TB1 --set 金额", "E_ARGUMENT", 2);
    check("parcel cost P", "E_USAGE", 2);
    check("parcel cost P --fen 1 --yuan 1", "E_USAGE", 2);
    check("parcel cost P --yuan 1.005", "E_ARGUMENT", 2);
    check(
        "parcel post --leg L2 --tracking EZ900000018CN --pay collect",
        "E_TRACKING_NUMBER",
        1,
    );
}

#[test]
fn personal_data_do_not_pass_as_arguments() {
    let check = |line: &str| {
        let error = checked(line, &mut Given::text("")).expect_err(line);
        assert_eq!(
            (error.code(), error.exit().code()),
            ("E_PERSONAL_DATA", 2),
            "{line}"
        );
        let said = format!("{error} {error:?} {} {:?}", error.about(), error.causes());
        assert!(!said.contains("330899198803170010"), "{line}");
    };
    check("case receive --id-number 330899198803170010");
    check("case receive 330899198803170010");
    check("case list --stage 330899198803170010");
    check("case review TB1 --officer A --text 身份证330899198803170010");
    check("case review TB1 --officer A --text 电话13900000000");
    check("case edit TB1 --set 电话=13900000000");
    check("case edit TB1 --note 致电13900000000");
    check("case notice TB1 --defect M1=missing --officer A --recheck 电话13900000000");
    check("case step-progress TB1 --step S1 --officer A --what 电话13900000000");
    check("case issue-cert TB1 --kind 电话13900000000 --cert-file c.toml --officer A");
    check("case decide TB1 --outcome refused --officer A --text=330899198803170010");
}

#[test]
fn no_option_takes_personal_data() {
    const FORBIDDEN: [&str; 8] = [
        "applicant",
        "name",
        "id-number",
        "phone",
        "address",
        "email",
        "birth",
        "passphrase",
    ];
    fn check(command: &Clap) {
        for argument in command.get_arguments().filter_map(|arg| arg.get_long()) {
            assert!(
                !FORBIDDEN.contains(&argument),
                "{} --{argument}",
                command.get_name()
            );
        }
        for sub in command.get_subcommands() {
            check(sub);
        }
    }
    let command = help::command(&Catalogue::new(Lang::En));
    for acts in ["case", "parcel", "settle", "evidence"] {
        check(command.find_subcommand(acts).expect(acts));
    }
}

#[test]
fn the_applicant_is_asked_for_only_when_the_rest_is_right() {
    let mut given = Given::text("");
    let line = "case receive --item I --owner 350700 --materials M1:0 --officer A";
    assert!(checked(line, &mut given).is_err());
    assert_eq!(given.asked, 0);
    let line = "case receive --item I --owner 350700 --materials M1 --officer A";
    assert!(checked(line, &mut given).is_ok());
    assert_eq!(given.asked, 1);
    let line = format!("{line} --applicant-file -");
    let mut given = Given::text(r#"{"name":"程立秋","id_number":"330899198803170010"}"#);
    assert!(checked(&line, &mut given).is_ok());
    assert_eq!(given.asked, 0);
}
