//! What a refused command lacked and what may be done instead. The node names requirements and commands by
//! their ids; here they get names, and commands the form in which they are typed.

use tongban_client::ClientError;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::Refusal;
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, Material};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::name;
use crate::context::Context;
use crate::error::CliError;
use crate::guides::{Guides, Requirements};
use crate::{help, reason};

/// Explains why a command failed, asking the node once more for the names of what it says.
pub async fn explain(error: ClientError, command: &Command, context: &Context<'_>) -> CliError {
    let ClientError::Refused(mut refusal) = error else {
        return context.explain(error);
    };
    if refusal.code == Code::NotHolder && refusal.about.is_empty() {
        refusal.about = holder(command, context).await;
    }
    let known = match refusal.code {
        Code::CheckMissing | Code::NotInGuide => requirements(command, context).await,
        _ => Requirements::default(),
    };
    let cities = match refusal.code {
        Code::NoPower | Code::NotHolder => context.cities().await,
        _ => Cities::default(),
    };
    explained(refusal, command, &known, &cities, context.say)
}

/// Finds the city that has the case which a command is about; nothing where the node does not tell.
async fn holder(command: &Command, context: &Context<'_>) -> String {
    let Some(reference) = command.case() else {
        return String::new();
    };
    let case = context.client.case(reference).await;
    let holder = case.ok().and_then(|case| case.row.holders.first().copied());
    holder.map_or_else(String::new, |city| city.to_string())
}

/// Finds the guide that the command is judged by; an empty one where the node does not tell.
async fn requirements(command: &Command, context: &Context<'_>) -> Requirements {
    let Ok(status) = context.client.status().await else {
        return Requirements::default();
    };
    let guides = Guides::of(&status);
    if let Command::CaseReceive(receive) = command {
        return guides.of_pair(&receive.item, Some(status.city.division), receive.owner);
    }
    match command.case() {
        Some(case) => match context.client.case(case).await {
            Ok(case) => guides.of_case(&case),
            Err(_) => Requirements::default(),
        },
        None => Requirements::default(),
    }
}

/// Puts a refusal into words.
fn explained(
    refusal: Refusal,
    command: &Command,
    known: &Requirements,
    cities: &Cities,
    say: &Catalogue,
) -> CliError {
    let name = name(command);
    let special = format!("{}-hint-{}", refusal.code, name.replace('.', "-"));
    let city = match refusal.about.parse() {
        Ok(division) if refusal.code == Code::NoPower => cities.show(division),
        _ => refusal.about.clone(),
    };
    let mut hint = say.find(&special, &[("city", &city)]).unwrap_or_default();
    let list = || refusal.about.split(',').map(str::trim);
    let about = match refusal.code {
        Code::CheckMissing => {
            let own = list().filter(|what| format!("case.{what}") != name);
            let lines = missing_hint(own, command, say);
            if !lines.is_empty() {
                hint = lines;
            }
            if list().any(|what| what == "papers") {
                hint = say.t("hint-papers");
            }
            known.all_missing(list(), say)
        }
        Code::NotInGuide => {
            hint = known.guide(say).unwrap_or_default();
            match refusal.about.is_empty() {
                true => outside(command, known).join(&say.t("list-comma")),
                false => refusal.about.clone(),
            }
        }
        Code::State | Code::NotHolder | Code::PushOpen if is_commands(&refusal.about) => {
            if let Some(lines) = lines(list(), command.case(), say) {
                hint = say.tf("hint-possible", &[("commands", &lines)]);
            }
            String::new()
        }
        Code::Already if is_commands(&refusal.about) || name.starts_with("case.") => {
            let lines = lines(list(), command.case(), say);
            if let Some(lines) = lines.filter(|_| !refusal.about.is_empty()) {
                hint = say.tf("hint-possible", &[("commands", &lines)]);
            }
            say.term("done", &name.replace('.', "-"))
        }
        Code::NoPower => city,
        Code::NotHolder if refusal.about.parse::<DivisionCode>().is_ok() => {
            let holder = refusal.about.parse().map(|city| cities.show(city));
            let holder = holder.unwrap_or_default();
            hint = say.tf("hint-holder", &[("city", &holder)]);
            holder
        }
        Code::Date if refusal.about == "future" => {
            hint = say.t("date-future");
            reason::named(&refusal.about, say)
        }
        _ => reason::named(&refusal.about, say),
    };
    CliError::Explained {
        refusal,
        about,
        hint,
    }
}

/// Finds the requirements that a command names and the guide has not, where the guide is known.
fn outside(command: &Command, known: &Requirements) -> Vec<String> {
    let ids: Vec<&str> = match command {
        Command::CaseReceive(args) => ids(&args.materials),
        Command::CaseSubmitCorrection(args) => ids(&args.materials),
        Command::CaseOriginalCheck(args) => args.seen.iter().map(String::as_str).collect(),
        Command::CaseCommit(args) => args.missing.iter().map(String::as_str).collect(),
        Command::CaseCompare(args) => args.different.iter().map(String::as_str).collect(),
        Command::CaseNotice(args) => {
            let defects = args.defects.iter();
            defects.map(|defect| defect.requirement.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let absent = ids.into_iter().filter(|id| known.lacks(id));
    absent.map(str::to_owned).collect()
}

fn ids(materials: &[Material]) -> Vec<&str> {
    materials.iter().map(|m| m.requirement.as_str()).collect()
}

/// Says whether all of it is names of commands.
fn is_commands(about: &str) -> bool {
    !about.is_empty()
        && about
            .split(',')
            .all(|piece| Command::NAMES.contains(&piece.trim()))
}

/// Writes the commands that record what is missing, each once.
fn missing_hint<'a>(
    missing: impl Iterator<Item = &'a str>,
    command: &Command,
    say: &Catalogue,
) -> String {
    let mut names: Vec<&str> = Vec::new();
    for what in missing {
        let name = match what {
            "id-check" => "case.id-check",
            "formal-pass" => "case.formal-pass",
            "" | "papers" => continue,
            what if what.starts_with("original:") => "case.original-check",
            _ => "case.submit-correction",
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match lines(names.into_iter(), command.case(), say) {
        Some(lines) => say.tf("hint-missing", &[("commands", &lines)]),
        None => String::new(),
    }
}

/// Writes commands as they are typed, one on each line.
fn lines<'a>(
    names: impl Iterator<Item = &'a str>,
    case: Option<&str>,
    say: &Catalogue,
) -> Option<String> {
    let lines: Vec<String> = names
        .filter_map(|name| help::line(name, case?, say))
        .map(|line| format!("\n  {line}"))
        .collect();
    (!lines.is_empty()).then(|| lines.concat())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::output;
    use crate::tests::status;

    fn said(code: Code, about: &str, command: serde_json::Value) -> String {
        let say = Catalogue::new(Lang::Zh);
        let guides = Guides::of(&status());
        let known = guides.of_pair("I-04", None, "350700".parse().expect("a code"));
        let refusal = Refusal {
            code,
            about: about.to_owned(),
        };
        let command: Command = serde_json::from_value(command).expect("a command");
        let cities = crate::tests::cities();
        output::error_text(&explained(refusal, &command, &known, &cities, &say), &say)
    }

    #[test]
    fn what_is_missing_is_named_with_the_commands_that_record_it() {
        let pass = json!({ "do": "case.formal-pass", "args": { "case": "TB1", "officer": "A" } });
        let text = said(
            Code::CheckMissing,
            "M2,original:M2,id-check,formal-pass",
            pass,
        );
        assert!(!text.contains("tongban case formal-pass"), "{text}");
        for expected in [
            "（M2 居民身份证、核验原件 M2 居民身份证、人证核验、形式审查）",
            "\n  tongban case submit-correction TB1 --materials <清单>",
            "\n  tongban case original-check TB1 --seen <清单> --officer <工号>",
            "\n  tongban case id-check TB1 --officer <工号>",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn a_state_tells_what_is_possible() {
        let push = json!({ "do": "case.push", "args": { "case": "TB1" } });
        let text = said(Code::State, "case.review,case.decide", push.clone());
        assert!(
            text.contains("\n  tongban case review TB1 --officer <工号>"),
            "{text}"
        );
        assert!(!text.contains("case.review"), "{text}");
        let text = said(Code::PushOpen, "", push);
        assert!(text.contains("提示：") && text.contains("recall"), "{text}");
    }

    #[test]
    fn a_requirement_outside_the_guide_is_named_with_the_guide() {
        let receive = json!({ "do": "case.receive", "args": {
            "item": "I-04", "owner": "350700", "officer": "A", "materials": [],
            "applicant": { "name": "x", "id_number": "330899198803170010" },
        }});
        let mut other = receive.clone();
        other["args"]["materials"] = json!([
            { "requirement": "M1", "pages": 1 }, { "requirement": "M9", "pages": 1 },
        ]);
        let text = said(Code::NotInGuide, "", other);
        assert!(text.contains("（M9）"), "{text}");
        let text = said(Code::NotInGuide, "M9", receive);
        assert!(
            text.contains("（M9）") && text.contains("M1 社会保障卡申领表"),
            "{text}"
        );
    }

    #[test]
    fn who_does_a_step_and_what_was_done_are_named() {
        let accept = json!({ "do": "case.accept", "args": { "case": "TB1", "officer": "A" } });
        let text = said(Code::NoPower, "350700", accept.clone());
        assert!(
            text.contains("（南平市 350700）") && text.contains("请先推送给南平市"),
            "{text}"
        );
        let text = said(Code::Already, "case.review,case.decide", accept);
        assert!(text.contains("（已受理）"), "{text}");
        assert!(text.contains("\n  tongban case review TB1"), "{text}");
        assert!(!text.contains("case.review"), "{text}");
    }

    #[test]
    fn who_holds_a_case_is_named_to_who_does_not() {
        let close = json!({ "do": "case.close", "args": { "case": "TB1" } });
        let text = said(Code::NotHolder, "350700", close);
        assert!(
            text.contains("（南平市 350700）") && text.contains("办件在南平市"),
            "{text}"
        );
    }

    #[test]
    fn papers_that_differ_are_settled_by_both() {
        let accept = json!({ "do": "case.accept", "args": { "case": "TB1", "officer": "A" } });
        let text = said(Code::CheckMissing, "papers", accept);
        for expected in ["与交接单不符", "mend-papers", "agree-papers"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }

    #[test]
    fn some_commands_have_hints_of_their_own() {
        let arrive = json!({ "do": "parcel.arrive", "args": { "parcel": "EZ900000019CN" } });
        assert!(said(Code::Grant, "", arrive).contains("收件的城市"));
        let correct = json!({ "do": "parcel.correct", "args": {
            "parcel": "EZ900000019CN", "kind": "postage", "outcome": "reallocated",
            "lines": [{ "fen": 1900 }], "resolution": "JM-2026-03",
        }});
        let text = said(Code::NotFound, "JM-2026-03", correct);
        for expected in [
            "agreement propose",
            "agreement adopt",
            "agreement proposals",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        let confirm = json!({ "do": "payment.confirm", "args": {
            "month": "2026-09", "from": "350700",
        }});
        assert!(said(Code::NotFound, "350700", confirm).contains("payment record"));
    }
}
