//! The catalogue holds every word that the program uses, in both languages, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Command as Clap;
use tongban_ledger::agreement::{ApplyWay, Element, Standing, Transfer};
use tongban_ledger::bill::Why;
use tongban_ledger::case::{Cause, ClockName};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::consult::{Stage, Verdict};
use tongban_ledger::meeting::Adoption;
use tongban_ledger::netting::Netting;
use tongban_ledger::parcel::LineStanding;
use tongban_ledger::round::Left;

use crate::catalogue::{Catalogue, Lang};
use crate::error::OWN_CODES;
use crate::exit::Exit;
use crate::{help, output, words};

const LOCALES: [(&str, &str); 2] = [
    ("zh", include_str!("../../locales/zh.ftl")),
    ("en", include_str!("../../locales/en.ftl")),
];

/// Kinds of words whose ids are made at run time.
const TERMS: &[&str] = &[
    "group-",
    "about-",
    "act-",
    "alarm-",
    "claim-",
    "dispute-",
    "import-",
    "mail-",
    "standing-",
    "arg-",
    "adoption-",
    "agenda-",
    "behind-",
    "bill-",
    "body-",
    "category-",
    "subject-",
    "standing-",
    "cause-",
    "channel-",
    "clock-",
    "change-",
    "column-",
    "cost-",
    "defect-",
    "delivery-",
    "detail-",
    "device-",
    "do-",
    "document-",
    "element-",
    "done-",
    "escalation-",
    "evidence-error-",
    "exit-",
    "export-",
    "fault-",
    "follow-",
    "function-",
    "form-",
    "help-",
    "idle-",
    "io-",
    "kind-",
    "lacking-",
    "leg-",
    "late-",
    "level-",
    "list-national",
    "list-regional",
    "means-",
    "measure-",
    "missing-",
    "mode-",
    "netting-",
    "opt-",
    "outcome-",
    "own-",
    "parcel-",
    "pay-",
    "postage-",
    "power-",
    "reason-",
    "result-",
    "role-",
    "round-",
    "row-",
    "rule-",
    "source-",
    "special-",
    "stage-",
    "stance-",
    "status-",
    "step-",
    "target-",
    "transfer-",
    "value-",
    "warning-",
    "verdict-",
    "verify-",
    "way-",
    "why-",
    "E_",
];

/// Reads ids and the variables of each.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines() {
        let Some((id, value)) = line.split_once(" = ") else {
            assert!(line.is_empty() || line.starts_with('#'), "{line}");
            continue;
        };
        let variables = value
            .split('$')
            .skip(1)
            .map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned())
            .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase()) && !name.is_empty())
            .collect();
        let before = messages.insert(id.to_owned(), variables);
        assert!(before.is_none(), "{id} stands twice");
    }
    messages
}

#[test]
fn both_languages_have_the_same_ids_and_variables() {
    let [zh, en] = LOCALES.map(|(_, text)| messages(text));
    assert_eq!(zh, en);
}

#[test]
fn fluent_reads_both_files_whole() {
    for (name, text) in LOCALES {
        let read = fluent_bundle::FluentResource::try_new(text.to_owned());
        if let Err((_, errors)) = read {
            panic!("{name}: {errors:?}");
        }
    }
    for lang in [Lang::Zh, Lang::En] {
        let say = Catalogue::new(lang);
        for (id, variables) in messages(LOCALES[0].1) {
            let marks: Vec<String> = variables.iter().map(|v| format!("§{v}§")).collect();
            let values: Vec<(&str, &str)> = variables
                .iter()
                .zip(&marks)
                .map(|(name, mark)| (name.as_str(), mark.as_str()))
                .collect();
            let text = say.find(&id, &values).unwrap_or_default();
            assert!(!text.is_empty(), "{id} is empty");
            for mark in &marks {
                assert!(text.contains(mark), "{id}: {text}");
            }
        }
    }
}

/// Finds the literal ids in the program's own text, with the variables given to each.
fn used(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("the sources").path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                used(&path, found);
            }
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        for call in [".t(", ".tf("] {
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start();
                let id = rest
                    .strip_prefix('"')
                    .and_then(|rest| rest.split('"').next());
                let id = id.unwrap_or_else(|| panic!("{}: {call} takes a literal", path.display()));
                found.entry(id.to_owned()).or_default();
            }
        }
    }
}

#[test]
fn every_id_in_the_program_is_there_and_every_other_is_a_term() {
    let mut found = BTreeMap::new();
    used(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 100, "the search found only {}", found.len());
    let known = messages(LOCALES[0].1);
    for id in found.keys() {
        assert!(known.contains_key(id), "{id} is used and missing");
    }
    for id in known.keys() {
        let term = TERMS.iter().any(|kind| id.starts_with(kind));
        let root = id == "help";
        assert!(term || root || found.contains_key(id), "{id} is never used");
    }
}

#[test]
fn every_code_has_message_and_hint() {
    for lang in [Lang::Zh, Lang::En] {
        let say = Catalogue::new(lang);
        let codes = Code::ALL.iter().map(|code| code.as_str());
        for code in codes.chain(OWN_CODES.iter().copied()) {
            assert_ne!(output::message(code, &say), code, "{code}");
            assert!(!output::hint(code, &say).is_empty(), "{code}");
        }
    }
    let own: BTreeSet<String> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(OWN_CODES.iter().copied())
        .flat_map(|code| [code.to_owned(), format!("{code}-hint")])
        .collect();
    for id in messages(LOCALES[0].1).into_keys() {
        assert!(
            !id.starts_with("E_") || own.contains(&id) || of_command(&id),
            "{id} is no code"
        );
    }
}

/// Says whether it is the hint that a code has for one command, as `E_GRANT-hint-parcel-arrive`.
fn of_command(id: &str) -> bool {
    let Some((code, command)) = id.split_once("-hint-") else {
        return false;
    };
    let mut names = Command::NAMES.iter().map(|name| name.replace('.', "-"));
    code.parse::<Code>().is_ok() && (command == "init" || names.any(|name| name == command))
}

/// Every clock.
const CLOCKS: [ClockName; 21] = [
    ClockName::Push,
    ClockName::Notice,
    ClockName::OriginalsPost,
    ClockName::AckWait,
    ClockName::Recheck,
    ClockName::View,
    ClockName::Correction,
    ClockName::Decide,
    ClockName::Special,
    ClockName::ResultSend,
    ClockName::Serve,
    ClockName::JointStep,
    ClockName::Urgent,
    ClockName::Confirm,
    ClockName::Commitment,
    ClockName::RatingContact,
    ClockName::RatingMend,
    ClockName::Supervision,
    ClockName::Complaint,
    ClockName::BackFlow,
    ClockName::SecondServe,
];

/// Acts beside the straight way of a case, by their stable names.
const ACTS: [&str; 39] = [
    "deem-due",
    "deem-accept",
    "redirect",
    "special-start",
    "special-end",
    "extend",
    "withdraw-request",
    "withdraw-grant",
    "withdraw-refuse",
    "no-correction",
    "commitment",
    "commitment-checked",
    "pre-review",
    "compared",
    "issue-cert",
    "annul",
    "archive",
    "confirm-ask",
    "confirm-answer",
    "contact",
    "supervise",
    "reply",
    "complain",
    "rate",
    "follow-up",
    "papers-sent",
    "papers-taken",
    "papers-mended",
    "papers-agreed",
    "sub-open",
    "sub-ack",
    "sub-progress",
    "sub-decide",
    "sub-release",
    "undo-ask",
    "jump-out",
    "back-flow",
    "handover-case",
    "sub-recall",
];

#[test]
fn every_name_of_the_protocol_has_a_word() {
    let mut names: Vec<(&str, String)> = Vec::new();
    names.extend(crate::commands::case::STAGES.map(|stage| ("stage", stage.code().to_owned())));
    names.extend(Command::NAMES.map(|name| ("done", name.replace('.', "-"))));
    names.extend(Exit::ALL.map(|exit| ("exit", exit.code().to_string())));
    for status in ["applied", "void", "denied", "held", "disputed", "unknown"] {
        names.push(("status", status.to_owned()));
    }
    for stage in [
        "prepared",
        "dispatched",
        "posted",
        "arrived",
        "opened",
        "discrepancy",
        "filed",
    ] {
        names.push(("parcel", stage.to_owned()));
    }
    for alarm in ["collect-to-applicant", "refund", "claim"] {
        names.push(("alarm", alarm.to_owned()));
    }
    for standing in [
        LineStanding::Counted,
        LineStanding::Unconfirmed,
        LineStanding::Disputed,
        LineStanding::Superseded,
        LineStanding::Reversed,
    ] {
        names.push(("standing", standing.name().to_owned()));
    }
    names.push(("dispute-outcome", "withdrawn".to_owned()));
    names.push(("warning", "collect-to-applicant".to_owned()));
    names.extend(
        Element::ALL
            .iter()
            .map(|one| ("element", one.name().to_owned())),
    );
    names.extend(Transfer::ALL.map(|one| ("transfer", one.name().to_owned())));
    names.extend(ApplyWay::ALL.map(|one| ("way", one.name().to_owned())));
    for (kind, list) in words::ALL {
        names.extend(list.iter().map(|(word, _)| (*kind, (*word).to_owned())));
    }
    names.extend(CLOCKS.map(|clock| ("clock", clock.as_str().to_owned())));
    names.extend(ACTS.map(|act| ("act", act.to_owned())));
    names.extend((1..=5).map(|level| ("level", level.to_string())));
    for act in [
        "consult-ask",
        "consult-answer",
        "escalate",
        "video",
        "video-signed",
        "bill-open",
        "bill-draft",
        "bill-sign",
        "bill-retract",
        "round-open",
        "round-report",
        "round-propose",
        "round-sign",
        "pay",
        "receive-payment",
        "meeting-convene",
        "meeting-agenda",
        "meeting-minutes",
        "meeting-attend",
        "meeting-sign",
        "meeting-action",
        "meeting-action-done",
        "meeting-issue",
        "meeting-issue-resolved",
    ] {
        names.push(("act", act.to_owned()));
    }
    for (kind, name) in [
        ("bill", "open"),
        ("bill", "drafted"),
        ("bill", "signed"),
        ("bill", "agreed"),
        ("bill", "disputed"),
        ("round", "open"),
        ("round", "proposed"),
        ("round", "final"),
        ("round", "settled"),
        ("round", "disputed"),
        ("late", "draft"),
        ("late", "signatures"),
        ("late", "payments"),
        ("netting", Netting::Pairwise.name()),
        ("netting", Netting::Multilateral.name()),
        ("why", Why::Duplicate.name()),
        ("why", Why::Late.name()),
        ("why", Why::Later.name()),
        ("why", Why::Full.name()),
        ("why", LineStanding::Unconfirmed.name()),
        ("why", LineStanding::Disputed.name()),
        ("why", Left::LeftOut.name()),
        ("why", Left::OneSided.name()),
        ("why", Left::Differs.name()),
        ("why", "unknown"),
        ("why", "amount"),
        ("why", "omitted"),
        ("why", "billed"),
        ("why", "other"),
    ] {
        names.push((kind, name.to_owned()));
    }
    for (kind, name) in [
        ("verdict", Verdict::Ok.name()),
        ("verdict", Verdict::NotOk.name()),
        ("escalation", Stage::PostB.name()),
        ("escalation", Stage::Centre.name()),
        ("cause", Cause::Papers.name()),
        ("cause", Cause::StaleGuide.name()),
        ("cause", Cause::Vouched.name()),
        ("cause", Cause::Unknown.name()),
        ("clock", "consult_answer"),
        ("clock", "meeting_action"),
        ("adoption", Adoption::Open.name()),
        ("adoption", Adoption::Adopted.name()),
        ("adoption", Adoption::Changed.name()),
        ("adoption", Adoption::Apart.name()),
        ("standing", Standing::Open.name()),
        ("standing", Standing::Adopted.name()),
        ("standing", Standing::Refused.name()),
        ("standing", Standing::Withdrawn.name()),
        ("standing", Standing::Overtaken.name()),
        ("standing", Standing::Contradicted.name()),
        ("agenda", "guide-conflict"),
        ("agenda", "disputed-proposals"),
        ("agenda", "contradiction"),
        ("agenda", "silent-city"),
        ("agenda", "dispute"),
        ("agenda", "issue"),
        ("agenda", "action"),
        ("subject", "batch"),
        ("subject", "postage"),
        ("subject", "calendar"),
        ("subject", "guide"),
        ("subject", "limits"),
        ("subject", "netting"),
        ("subject", "reallocation"),
    ] {
        names.push((kind, name.to_owned()));
    }
    for state in [
        "waiting", "ready", "opened", "taken", "granted", "refused", "released",
    ] {
        names.push(("step", state.to_owned()));
    }
    for command in Command::NAMES {
        // Founding a case and everything that is no case is never offered as a next step.
        if command.starts_with("case.") && command != "case.receive" {
            names.push(("do", command.replace('.', "-")));
        }
    }
    for lang in [Lang::Zh, Lang::En] {
        let say = Catalogue::new(lang);
        for (kind, name) in &names {
            assert!(
                say.find(&format!("{kind}-{name}"), &[]).is_some(),
                "{kind}-{name}"
            );
        }
    }
}

#[test]
fn every_command_option_and_argument_has_its_help() {
    for lang in [Lang::Zh, Lang::En] {
        let say = Catalogue::new(lang);
        let mut ids = BTreeSet::new();
        collect(&help::command(&say), "help", &mut ids);
        for id in &ids {
            let own = id.starts_with("own-");
            assert!(own || say.find(id, &[]).is_some(), "{id} is missing");
        }
        for id in messages(LOCALES[0].1).into_keys() {
            const FRAME: [&str; 6] = [
                "help-exit-codes",
                "help-options",
                "help-subcommand",
                "help-word",
                "help-words",
                "help-default",
            ];
            let frame = id.starts_with("help-heading-") || FRAME.contains(&id.as_str());
            let kinds = ["opt-", "arg-", "help-", "own-"];
            let of_help = !frame && kinds.iter().any(|kind| id.starts_with(kind));
            assert!(!of_help || ids.contains(&id), "{id} is never used");
        }
    }
}

fn collect(command: &Clap, id: &str, ids: &mut BTreeSet<String>) {
    ids.insert(id.to_owned());
    ids.extend(command.get_arguments().map(help::message_id));
    let name = command.get_name();
    ids.extend(
        command
            .get_arguments()
            .map(|arg| help::own_message_id(arg, name)),
    );
    for sub in command.get_subcommands() {
        collect(sub, &format!("{id}-{}", sub.get_name()), ids);
    }
}

#[test]
fn help_is_in_the_language_and_names_every_exit_code() {
    for (lang, word) in [(Lang::Zh, "用法："), (Lang::En, "Usage:")] {
        let mut command = help::command(&Catalogue::new(lang));
        let text = command.render_help().to_string();
        assert!(text.contains(word), "{text}");
        for exit in Exit::ALL {
            let line = format!("  {:>3}  ", exit.code());
            assert!(text.contains(&line), "{}", exit.code());
        }
        let push = command
            .find_subcommand_mut("case")
            .and_then(|case| case.find_subcommand_mut("push"));
        let text = push.expect("case push").render_help().to_string();
        assert_eq!(text.contains("推送办件"), lang == Lang::Zh, "{text}");
    }
}
