//! What stands beside the course of a case: its mode, an old guide, acceptance by lapse of time, a withdrawal that
//! waits, originals that are away, ratings, steps of joint handling.

use tongban_ledger::agreement::Mode;
use tongban_ledger::answer::{CaseAnswer, CaseRow, StepAnswer};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::short;
use crate::guides::Requirements;
use crate::table::table;

/// Labels and values for the head of a case, those without a value left out.
pub fn rows(
    case: &CaseAnswer,
    cities: &Cities,
    known: &Requirements,
    full: bool,
    say: &Catalogue,
) -> Vec<(String, String)> {
    let row = &case.row;
    let mut rows = vec![
        (say.t("label-mode"), mode(row, say)),
        (say.t("label-guide"), stale_guide(case, say)),
        (
            say.t("label-accepted"),
            row.accepted.map_or_else(String::new, |day| day.to_string()),
        ),
        (say.t("label-deemed"), deemed(row, say)),
        (say.t("label-behind"), behind(row, say)),
        (say.t("label-withdrawal"), withdrawal(row, say)),
        (
            say.t("label-originals-out"),
            originals(case, cities, known, say),
        ),
        (say.t("label-ratings"), ratings(case, say)),
        (say.t("label-outside"), outside(case, say)),
        (
            say.t("label-dept"),
            case.holder_dept.clone().unwrap_or_default(),
        ),
        (say.t("label-consult"), consults(case, say)),
        (
            say.t("label-return-cause"),
            return_causes(case, cities, say),
        ),
    ];
    if full {
        rows.push((say.t("label-trips"), row.trips.to_string()));
        rows.push((say.t("label-returns"), row.returns.to_string()));
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

/// Names the mode where it is not the usual one.
fn mode(row: &CaseRow, say: &Catalogue) -> String {
    match row.mode {
        Mode::B => String::new(),
        mode => format!("{} {}", mode.name(), say.term("mode", mode.name())),
    }
}

/// Says that the window followed an older guide than the one in force.
fn stale_guide(case: &CaseAnswer, say: &Catalogue) -> String {
    let Some(newer) = case.row.stale_guide else {
        return String::new();
    };
    let receipt = case.entries.first();
    let followed = receipt.and_then(|entry| entry.details.get("guide"));
    let newer = newer.to_string();
    match followed {
        Some(followed) => say.tf(
            "case-stale-guide",
            &[("followed", followed), ("newer", &newer)],
        ),
        None => say.tf("case-stale-guide-unknown", &[("newer", &newer)]),
    }
}

/// Says why a case of formal review alone was not closed on its day.
fn behind(row: &CaseRow, say: &Catalogue) -> String {
    match &row.behind {
        Some(reason) => say.term("behind", reason),
        None => String::new(),
    }
}

/// Says whether the case counts as accepted because nobody answered in time.
fn deemed(row: &CaseRow, say: &Catalogue) -> String {
    match (row.contested, row.deemed) {
        (true, _) => say.t("deemed-contested"),
        (false, Some(true)) => say.t("deemed-stands"),
        (false, Some(false)) => say.t("deemed-waiting"),
        (false, None) => String::new(),
    }
}

/// Names the consults that the case rests on, with what the owner said.
fn consults(case: &CaseAnswer, say: &Catalogue) -> String {
    let each: Vec<String> = case
        .consults
        .iter()
        .map(|named| {
            let id = named.consult.as_deref().map(short);
            let id = id.unwrap_or_else(|| say.t("consult-elsewhere"));
            let said = named.verdict.map(|said| say.term("verdict", said.name()));
            let review = named.reviewed.then(|| say.t("consult-reviewed"));
            let parts: Vec<String> = [Some(id), said, review].into_iter().flatten().collect();
            parts.join(" ")
        })
        .collect();
    each.join(&say.t("list-comma"))
}

/// Says why papers went back, and against which city that counts.
fn return_causes(case: &CaseAnswer, cities: &Cities, say: &Catalogue) -> String {
    let each: Vec<String> = case
        .return_cause
        .iter()
        .map(|row| {
            let points = row.points.join(&say.t("list-comma"));
            let cause = say.term("cause", &row.cause);
            match row.against {
                Some(city) => say.tf(
                    "cause-against",
                    &[
                        ("points", &points),
                        ("cause", &cause),
                        ("city", &cities.name(city)),
                    ],
                ),
                None => say.tf("cause-nobody", &[("points", &points), ("cause", &cause)]),
            }
        })
        .collect();
    each.join(&say.t("list-semicolon"))
}

fn withdrawal(row: &CaseRow, say: &Catalogue) -> String {
    match row.withdrawing {
        true => say.t("withdrawal-waits"),
        false => String::new(),
    }
}

/// Names the originals that are away from the applicant, and the city that has each.
fn originals(case: &CaseAnswer, cities: &Cities, known: &Requirements, say: &Catalogue) -> String {
    let each: Vec<String> = case
        .originals_out
        .iter()
        .map(|(requirement, city)| {
            let (paper, city) = (known.name(requirement), cities.name(*city));
            say.tf("original-out", &[("paper", &paper), ("city", &city)])
        })
        .collect();
    each.join(&say.t("list-comma"))
}

fn ratings(case: &CaseAnswer, say: &Catalogue) -> String {
    let each: Vec<String> = case
        .ratings
        .iter()
        .map(|(visit, level)| {
            let visit = match visit {
                0 => say.t("rating-online"),
                visit => say.tf("rating-visit", &[("visit", &visit.to_string())]),
            };
            let level = say.term("level", &level.to_string());
            say.tf("rating-line", &[("visit", &visit), ("level", &level)])
        })
        .collect();
    each.join(&say.t("list-comma"))
}

/// Names the other systems in which the application goes on, and warns of links that nobody verified.
fn outside(case: &CaseAnswer, say: &Catalogue) -> String {
    let each: Vec<String> = case
        .outside
        .iter()
        .map(|jump| {
            let day = jump.jumped.to_string();
            let mut text = match (&jump.number, jump.back) {
                (Some(number), Some(back)) => say.tf(
                    "outside-back",
                    &[
                        ("system", &jump.system),
                        ("number", number),
                        ("day", &back.to_string()),
                    ],
                ),
                _ => say.tf("outside-away", &[("system", &jump.system), ("day", &day)]),
            };
            if jump.stale {
                text.push_str(&say.tf("outside-stale", &[("day", &jump.checked.to_string())]));
            }
            text
        })
        .collect();
    each.join(&say.t("list-semicolon"))
}

/// Draws the steps of joint handling.
pub fn steps(steps: &[StepAnswer], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-step"),
        say.t("label-step-name"),
        say.t("label-city"),
        say.t("label-state"),
        say.t("label-remark"),
    ];
    let rows = steps.iter().map(|step| {
        vec![
            step.step.clone(),
            step.name.clone(),
            cities.show(step.city),
            say.term("step", &step.state),
            match (&step.undoes, step.irreversible) {
                (Some(undone), _) => say.tf("terms-step-undoes", &[("step", undone)]),
                (None, true) => say.t("step-irreversible"),
                (None, false) => String::new(),
            },
        ]
    });
    table(&header, rows.collect(), &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::guides::Guides;
    use crate::table::fields;
    use crate::tests::{cities, joint_case, status};

    fn shown(case: &CaseAnswer) -> String {
        let known = Guides::of(&status()).of_case(case);
        let say = Catalogue::new(Lang::Zh);
        fields(&rows(case, &cities(), &known, false, &say))
    }

    #[test]
    fn what_stands_beside_the_course_is_told() {
        let mut case = joint_case();
        let text = shown(&case);
        for expected in [
            "C 多地联办",
            "窗口按旧版指南（第 2 版）收件，收件时现行第 3 版",
            "待确认",
            "申请人要求撤回",
            "M2 居民身份证（在南平市）",
            "网上：满意、第 1 次到窗口：非常不满意",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        case.row.contested = true;
        assert!(shown(&case).contains("有争议"));
    }

    #[test]
    fn the_usual_case_has_nothing_to_tell() {
        assert_eq!(shown(&crate::tests::case()), "");
    }

    #[test]
    fn steps_are_drawn_with_what_cannot_be_undone() {
        let text = steps(&joint_case().steps, &cities(), &Catalogue::new(Lang::Zh));
        for expected in [
            "S1",
            "职业年金转移",
            "南平市 350700",
            "已准予",
            "不可撤销",
            "可启动",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
