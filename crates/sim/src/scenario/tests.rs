//! Mistakes are found with line and column, and the scenarios of this repository have none.

use std::path::PathBuf;

use tongban_ledger::code::Code;

use super::*;
use crate::fixture::{HEAD, parsed, three_cities};

const FIRST: usize = 8;

/// Checks the places (line after the head, column) and the beginnings of all messages.
fn check(rest: &str, expected: &[(usize, usize, &str)]) {
    let mistakes = Scenario::parse(&three_cities(rest), "test.toml").expect_err("a mistake");
    let found: Vec<(usize, usize, &str)> = mistakes
        .iter()
        .map(|mistake| {
            let line = (mistake.line + 1).saturating_sub(FIRST);
            (line, mistake.column, mistake.message.as_str())
        })
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, column, message), (at_line, at_column, beginning)) in found.iter().zip(expected) {
        assert_eq!((line, column), (at_line, at_column), "{message}");
        assert!(message.starts_with(beginning), "{message}");
    }
}

fn step(at: &str, rest: &str) -> String {
    format!("[[step]]\nat = \"2026-09-07T{at}\"\nnode = \"330800\"\n{rest}\n")
}

fn close(at: &str) -> String {
    step(at, "do = \"case.close\"\nargs = { case = \"TB\" }")
}

#[test]
fn the_head_of_the_fixture_has_as_many_lines_as_the_tests_count() {
    assert_eq!(HEAD.lines().count() + 1, FIRST);
}

#[test]
fn a_whole_scenario_is_read() {
    let scenario = parsed(&three_cities(
        r#"
        [[step]]
        at = "2026-09-07T10:12"
        node = "330800"
        do = "parcel.post"
        args = { to = "350700", leg = "L2", tracking = "EZ900000019CN", pay = "collect" }
        as = "p1"
        say = "到付"
        wait = ["350700"]
        [[step]]
        at = 2026-09-07T10:13:00
        node = "350700"
        do = "parcel.arrive"
        args = { parcel = "$p1" }
        refused = "E_DATE"
        settle = false
        [[fault]]
        kind = "kill"
        node = "330800"
        at = "2026-09-07T10:14"
        [[expect]]
        at = "end"
        query = "parcel"
        parcel = "$p1"
        stage = "posted"
        "#,
    ));
    assert_eq!(scenario.engines, EngineName::ALL);
    assert_eq!(scenario.nodes[1].name, "南平市");
    assert_eq!(scenario.start.to_string(), "2026-09-01 08:00");
    assert_eq!(scenario.end().to_string(), "2026-09-07 10:14");
    assert_eq!(scenario.steps[0].act, "parcel.post");
    assert_eq!(scenario.steps[0].label.as_deref(), Some("p1"));
    assert_eq!(scenario.steps[0].wait.len(), 1);
    assert_eq!(scenario.steps[1].refused, Some(Code::Date));
    assert!(!scenario.steps[1].settle);
    assert_eq!(scenario.faults[0].kind, FaultKind::Kill);
    assert_eq!(scenario.faults[0].until, None);
    assert_eq!(scenario.expects[0].at, None);
}

#[test]
fn broken_toml_is_reported_with_its_place() {
    check("[[step]]\nat = \n", &[(2, 6, "")]);
}

#[test]
fn unknown_keys_are_reported_everywhere_at_once() {
    let rest = close("10:00")
        + "sya = \"x\"\n[[fault]]\nkind = \"pause\"\nnode = \"350700\"\nfrom = \"2026-09-07T10:00\"\n\
           until = \"2026-09-07T11:00\"\n  groups = []\n[[expect]]\nquery = \"cases\"\ncuont = 1\n";
    check(
        &rest,
        &[
            (6, 1, "unknown key `sya`"),
            (12, 3, "unknown key `groups`"),
            (13, 1, "`count` is missing"),
            (15, 1, "unknown key `cuont`"),
        ],
    );
}

#[test]
fn a_near_miss_gets_a_hint() {
    let text = three_cities(&step(
        "10:00",
        "do = \"case.psh\"\nargs = { case = \"TB\" }",
    ));
    let mistakes = Scenario::parse(&text, "test.toml").expect_err("a mistake");
    assert_eq!(mistakes[0].message, "unknown command `case.psh`");
    assert_eq!(
        mistakes[0].hint.as_deref(),
        Some("did you mean `case.push`?")
    );
    assert_eq!(
        mistakes[0].to_string(),
        "test.toml:11:6: unknown command `case.psh`"
    );
}

#[test]
fn arguments_are_those_of_the_command() {
    check(
        &step(
            "10:00",
            "do = \"case.push\"\nargs = { case = \"TB\", too = \"350700\" }",
        ),
        &[(5, 23, "unknown field `too`")],
    );
    check(
        &step("10:00", "do = \"case.push\"\nargs = { case = 7 }"),
        &[(5, 17, "invalid type: integer")],
    );
    check(
        &step("10:00", "do = \"case.push\""),
        &[(1, 1, "missing field `case`")],
    );
    check(
        &step(
            "10:00",
            "do = \"parcel.post\"\nargs = { leg = \"L2\", tracking = \"EZ900000018CN\", pay = \"collect\" }",
        ),
        &[(5, 33, "")],
    );
    check(
        &step(
            "10:00",
            "do = \"case.edit\"\nargs = { case = \"TB\", edits = [{ edit = \"append-note\", txt = \"x\" }] }",
        ),
        &[(5, 31, "unknown field `txt`")],
    );
}

#[test]
fn founding_is_not_a_step() {
    check(
        &step(
            "10:00",
            "do = \"agreement.accept\"\nargs = { founding = \"x\" }",
        ),
        &[(1, 1, "`agreement.accept` is not for steps")],
    );
}

#[test]
fn labels_are_defined_before_use_and_once() {
    let labelled = "do = \"case.close\"\nargs = { case = \"$c1\" }\nas = \"c1\"";
    check(
        &(step("10:00", labelled)
            + &step(
                "10:01",
                "do = \"case.close\"\nargs = { case = \"TB\" }\nas = \"c1\"",
            )),
        &[
            (5, 17, "the label `$c1` is not defined"),
            (12, 6, "the label `c1` is taken"),
        ],
    );
    check(
        &step(
            "10:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\nas = \"1\"\nrefused = \"E_STATE\"",
        ),
        &[(6, 6, "`1` is no label")],
    );
    let late = close("10:00")
        + &step(
            "11:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\nas = \"c1\"",
        )
        + "[[expect]]\nat = \"2026-09-07T10:30\"\nquery = \"absent\"\ncase = \"$c1\"\n";
    check(&late, &[(15, 8, "the label `$c1` is defined only after")]);
}

#[test]
fn a_refused_step_has_no_label_and_a_known_code() {
    check(
        &step(
            "10:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\nas = \"c1\"\nrefused = \"E_STATE\"",
        ),
        &[(6, 6, "a refused command has nothing to label")],
    );
    check(
        &step(
            "10:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\nrefused = \"E_STAT\"",
        ),
        &[(6, 11, "unknown refusal code `E_STAT`")],
    );
}

#[test]
fn what_a_month_should_show_is_read() {
    let head = "[[expect]]\nquery = \"settlement.lines\"\nmonth = \"2026-09\"\n";
    let lines = format!("{head}value = {{ \"330800\" = [\"B 2\", \"A 1\"] }}\n");
    let scenario = parsed(&three_cities(&(close("10:00") + &lines)));
    let Query::Lines { value, .. } = &scenario.expects[0].query else {
        panic!("{:?}", scenario.expects[0].query);
    };
    let lines: Vec<&[String]> = value.values().map(Vec::as_slice).collect();
    assert_eq!(lines, [["A 1", "B 2"]]);
    let paid = head.replace("lines", "paid");
    check(
        &(close("10:00") + &paid + "value = { \"330800\" = \"12.00\" }\n"),
        &[(9, 22, "")],
    );
    let bill =
        "[[expect]]\nquery = \"bill\"\nmonth = \"2026-09\"\nnode = \"330800\"\nwith = \"350700\"\n";
    check(
        &(close("10:00") + bill + "same_hash = 1\n"),
        &[(11, 13, "expected true or false")],
    );
}

#[test]
fn a_proposal_of_a_round_has_a_hash_by_its_label() {
    let propose = "do = \"round.propose\"\nargs = { month = \"2026-08\" }\nas = \"p1\"";
    let sign = |hash: &str| {
        let args = format!("args = {{ month = \"2026-08\", hash = \"{hash}\" }}");
        step("10:10", &format!("do = \"round.sign\"\n{args}"))
    };
    parsed(&three_cities(&(step("10:00", propose) + &sign("$p1-hash"))));
    let unknown = step("10:00", propose) + &sign("$p2-hash");
    check(&unknown, &[(11, 36, "the label `$p2-hash` is not defined")]);
}

#[test]
fn steps_do_not_go_back_in_time() {
    check(
        &(close("10:00") + &close("09:59")),
        &[(7, 6, "2026-09-07 09:59 lies before")],
    );
}

#[test]
fn only_nodes_of_the_scenario_act_and_fail() {
    let rest = "[[step]]\nat = \"2026-09-07T10:00\"\nnode = \"341000\"\ndo = \"case.close\"\n\
                args = { case = \"TB\" }\n[[fault]]\nkind = \"partition\"\n\
                groups = [[\"330800\"], [\"310112\", \"330800\"]]\n\
                from = \"2026-09-07T10:00\"\nuntil = \"2026-09-07T09:00\"\n";
    check(
        rest,
        &[
            (3, 8, "`341000` is no node"),
            (8, 24, "`310112` is no node"),
            (8, 34, "330800 stands in the groups twice"),
            (10, 9, "the fault ends before it begins"),
        ],
    );
}

#[test]
fn a_stopped_node_takes_no_command_and_no_second_fault() {
    let fault = |kind: &str, from: &str, until: &str| {
        format!(
            "[[fault]]\nkind = \"{kind}\"\nnode = \"330800\"\nfrom = \"2026-09-07T{from}\"\n\
             until = \"2026-09-07T{until}\"\n"
        )
    };
    let rest =
        close("10:30") + &fault("down", "10:00", "11:00") + &fault("pause", "10:59", "12:00");
    check(
        &rest,
        &[
            (2, 6, "the node 330800 does not run at"),
            (14, 8, "this fault overlaps"),
        ],
    );
    // The end of a fault is no part of it.
    parsed(&three_cities(
        &(close("11:00") + &fault("down", "10:00", "11:00")),
    ));
}

#[test]
fn unknown_faults_queries_and_engines_are_named() {
    let rest =
        close("10:00") + "[[fault]]\nkind = \"earthquake\"\n[[expect]]\nquery = \"convergd\"\n";
    check(
        &rest,
        &[
            (7, 8, "unknown fault `earthquake`"),
            (9, 9, "unknown query `convergd`"),
        ],
    );
    let text = format!(
        "engines = [\"live\", \"moon\"]\n{}",
        three_cities(&close("10:00"))
    );
    let mistakes = Scenario::parse(&text, "test.toml").expect_err("mistakes");
    assert_eq!((mistakes[0].line, mistakes[0].column), (1, 11));
    assert_eq!(mistakes[0].message, "not every engine, and no reason");
    assert_eq!((mistakes[1].line, mistakes[1].column), (1, 20));
}

#[test]
fn an_unknown_year_is_an_error_never_a_guess() {
    let rest = close("10:00").replace("2026-", "2027-");
    check(&rest, &[(2, 6, "the working days of 2027 are not loaded")]);
    let text = three_cities(&close("10:00")).replace("CN-2026", "CN-2027");
    let mistakes = Scenario::parse(&text, "test.toml").expect_err("a mistake");
    assert_eq!(mistakes.len(), 1);
    assert_eq!((mistakes[0].line, mistakes[0].column), (2, 12));
}

#[test]
fn terms_are_checked_and_may_stand_in_a_file() {
    check(
        &("[[terms.grants]]\npowers = [\"G9\"]\n".to_owned() + &close("10:00")),
        &[(2, 11, "unknown variant `G9`")],
    );
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("scenario.toml");
    let inline = three_cities(&close("10:00"));
    let (head, rest) = inline.split_once("[terms]").expect("in the head");
    let (terms, steps) = rest.split_at(rest.find("[[step]]").expect("a step"));
    let text = format!("{head}terms = \"terms.toml\"\n{steps}");
    let name = scenario.display().to_string();
    let missing = Scenario::parse(&text, &name).expect_err("no such file");
    assert!(missing[0].message.starts_with("cannot read the terms"));
    std::fs::write(folder.path().join("terms.toml"), terms).expect("written");
    let read = Scenario::parse(&text, &name).expect("no mistakes");
    assert_eq!(read.terms.code, "AG-3");
    std::fs::write(folder.path().join("terms.toml"), "name = 3\n").expect("written");
    let mistakes = Scenario::parse(&text, &name).expect_err("a mistake in the terms");
    assert!(mistakes[0].file.ends_with("terms.toml"));
    assert_eq!((mistakes[0].line, mistakes[0].column), (1, 8));
}

#[test]
fn the_scenarios_of_this_repository_have_no_mistakes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            match Scenario::load(&path) {
                Ok(scenario) => assert!(!scenario.steps.is_empty()),
                Err(LoadError::Mistakes(mistakes)) => panic!("{mistakes:#?}"),
                Err(error) => panic!("{error}"),
            }
            count += 1;
        }
    }
    assert!(count > 0, "no scenario was read");
}

/// Commands that no scenario of this repository gives, with the reason.
const NOT_PLAYED: [(&str, &str); 2] = [
    ("agreement.found", "a run founds its agreements by itself"),
    ("agreement.accept", "a run founds its agreements by itself"),
];

/// R-140, R-150: whatever people decide, post and settle is played in a scenario, on whichever engines there are.
#[test]
fn every_command_of_decisions_parcels_and_money_is_played() {
    let families = [
        "agreement",
        "resolution",
        "meeting",
        "parcel",
        "bill",
        "round",
        "payment",
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut played = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|end| end == "toml") {
            let scenario = Scenario::load(&path).expect("no mistakes");
            // What is refused wherever it stands shows nothing of what the command does.
            let done = scenario.steps.iter().filter(|step| step.refused.is_none());
            played.extend(done.map(|step| step.act));
        }
    }
    for name in Command::NAMES {
        let family = name.split_once('.').map_or(name, |(family, _)| family);
        if !families.contains(&family) {
            continue;
        }
        let excepted = NOT_PLAYED.iter().any(|(not, _)| *not == name);
        assert!(
            played.contains(name) != excepted,
            "{name}: excepted {excepted}"
        );
    }
}

#[test]
fn every_fault_is_read_and_refused_where_its_engine_cannot_make_it() {
    use crate::faults::{Aim, Span, TABLE};
    for row in TABLE {
        let aim = match row.aim {
            Aim::Process | Aim::City => "node = \"330800\"",
            Aim::Link | Aim::Links => "node = \"330800\"\nto = \"361100\"",
            Aim::Groups => "groups = [[\"330800\"], [\"350700\", \"361100\"]]",
            Aim::Everybody => "order = [\"361100\", \"330800\", \"350700\"]",
        };
        let span = match row.span {
            Span::FromUntil => "from = \"2026-09-07T10:00:00.500\"\nuntil = \"2026-09-07T11:00\"",
            Span::AtUntil => "at = \"2026-09-07T10:00\"\nuntil = \"2026-09-07T11:00\"",
            Span::At => "at = \"2026-09-07T10:00\"",
        };
        let amount = row.amount.map_or(String::new(), |amount| {
            format!("{} = {}", amount.key, amount.max)
        });
        let rest = three_cities(&format!(
            "[[step]]\nat = \"2026-09-07T09:00\"\nnode = \"330800\"\ndo = \"case.close\"\n\
             args = {{ case = \"TB\" }}\n[[fault]]\nkind = \"{}\"\n{aim}\n{span}\n{amount}\n",
            row.name
        ));
        let virtual_only = rest.replacen(
            "calendar",
            "engines = [\"sim\"]\nreason = \"a test\"\ncalendar",
            1,
        );
        let read = parsed(&virtual_only);
        assert_eq!(read.faults[0].kind, row.kind);
        assert_eq!(parsed(&read.to_toml()).faults, {
            let mut faults = read.faults.clone();
            faults[0].line = parsed(&read.to_toml()).faults[0].line;
            faults
        });
        let everywhere = Scenario::parse(&rest, "test.toml");
        match row.runs_on(EngineName::Live) {
            true => assert!(everywhere.is_ok(), "{}: {everywhere:?}", row.name),
            false => {
                let mistakes = everywhere.expect_err("the live engine cannot");
                assert!(mistakes[0].message.contains(row.reason), "{mistakes:?}");
            }
        }
    }
}

#[test]
fn copies_twins_and_revocations_are_read_and_written_alike() {
    let text = three_cities(
        r#"
        [[fault]]
        kind = "clone"
        node = "330800"
        from = "2026-09-07T09:00"
        until = "2026-09-07T11:00"
        [[fault]]
        kind = "rotate"
        node = "330800"
        at = "2026-09-07T10:10"
        as = "r1"
        [[step]]
        at = "2026-09-07T10:00"
        node = "330800"
        copy = true
        do = "case.close"
        args = { case = "TB" }
        as = "t1"
        [[step]]
        at = "2026-09-07T10:20"
        node = "330800"
        twin = ["350700", "361100"]
        do = "case.push"
        args = { case = "$t1", to = "361100" }
        [[step]]
        at = "2026-09-07T10:30"
        node = "330800"
        do = "key.revoke"
        args = { revocation = "$r1" }
        [[step]]
        at = "2026-09-07T10:40"
        node = "330800"
        do = "key.retain"
        args = { without = ["$t1-entry"] }
        [[file]]
        at = "2026-09-07T10:50"
        from = "330800"
        copy = true
        to = "350700"
        refused = "E_NOT_MEMBER"
        [[file]]
        at = "2026-09-07T10:51"
        from = "350700"
        to = "330800"
        to_copy = true
        [[expect]]
        query = "case"
        case = "$t1"
        holders = ["361100", "350700"]
        acts = { push = ["void", "applied"] }
        [[expect]]
        query = "status"
        node = "330800"
        copy = true
        copied = ["361100", "350700"]
        [[expect]]
        query = "fork"
        city = "330800"
        statuses = ["void", "applied"]
        "#,
    );
    let scenario = parsed(&text);
    let again = parsed(&scenario.to_toml());
    let hands = |scenario: &Scenario| -> Vec<Hand> {
        scenario
            .steps
            .iter()
            .map(|step| step.hand.clone())
            .collect()
    };
    let city = |code| DivisionCode::new(code).expect("six digits");
    let (np, sr) = (city(350_700), city(361_100));
    let expected = [
        Hand::Copy,
        Hand::Twin(vec![np, sr]),
        Hand::Clerk,
        Hand::Clerk,
    ];
    for read in [&scenario, &again] {
        assert_eq!(hands(read), expected);
        assert_eq!(read.faults[1].label.as_deref(), Some("r1"));
        assert!(read.files[0].copy && read.files[0].refused == Some(Code::NotMember));
        assert!(!read.files[0].to_copy && read.files[1].to_copy && !read.files[1].copy);
    }
    let Query::Case(case) = &scenario.expects[0].query else {
        panic!("{:?}", scenario.expects[0]);
    };
    assert_eq!(case.holders, Some(vec![np, sr]));
    assert_eq!(case.acts["push"], ["applied", "void"]);
    let Query::Status(status) = &scenario.expects[1].query else {
        panic!("{:?}", scenario.expects[1]);
    };
    assert_eq!(
        (status.copy, &status.copied, &status.doubled),
        (true, &Some(vec![np, sr]), &None)
    );
}

#[test]
fn a_copy_has_to_run_and_a_twin_is_answered_by_nobody() {
    check(
        &step(
            "10:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\ncopy = true",
        ),
        &[(2, 6, "no copy of 330800 runs at 2026-09-07 10:00")],
    );
    check(
        &step(
            "10:00",
            "do = \"case.close\"\nargs = { case = \"TB\" }\ntwin = [\"350700\"]\nrefused = \"E_STATE\"",
        ),
        &[(6, 8, "no node answers a twin, so it takes no `refused`")],
    );
    check(
        &step(
            "10:00",
            "do = \"case.recall\"\nargs = { case = \"TB\" }\ntwin = [\"350700\"]",
        ),
        &[(6, 8, "nobody forges a twin of this command")],
    );
}
