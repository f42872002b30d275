//! `tongban case show`: how a case stands, what comes next, its deadlines, history and file.

use tongban_ledger::answer::{ApplicantAnswer, CaseAnswer, FileAnswer};

use super::{clocks, history, progress, standing};
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::short;
use crate::context::Context;
use crate::error::CliError;
use crate::guides::Requirements;
use crate::output::Shown;
use crate::read;
use crate::table::{fields, indent};

/// Raw arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The case number, or a unique beginning of the document id
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Whole ids and telephone number, and no limit of width
    #[arg(long)]
    pub full: bool,
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(args: Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let mut answer = context
        .client
        .case(&read::case(args.case)?)
        .await
        .map_err(|error| context.explain(error))?;
    if !args.full {
        mask(&mut answer);
    }
    let (cities, guides) = context.known().await;
    let known = guides.of_case(&answer);
    let text = text(&answer, &cities, &known, args.full, context.say);
    Ok(Shown::new(&answer, text))
}

/// Hides what is shown on demand alone, in the table as in JSON.
fn mask(answer: &mut CaseAnswer) {
    if let Some(person) = &mut answer.applicant {
        person.phone = masked(&person.phone);
    }
}

/// Writes a case for people.
fn text(
    case: &CaseAnswer,
    cities: &Cities,
    known: &Requirements,
    full: bool,
    say: &Catalogue,
) -> String {
    let mut out = head(case, cities, known, full, say);
    if let Some(person) = &case.applicant {
        out.push_str(&format!("\n{}\n", say.t("label-applicant")));
        out.push_str(&applicant(person, say));
    }
    if !case.steps.is_empty() {
        out.push_str(&format!("\n{}\n", say.t("label-steps")));
        out.push_str(&standing::steps(&case.steps, cities, say));
    }
    out.push_str(&deadlines(case, cities, full, say));
    out.push_str(&format!("\n{}\n", say.t("label-history")));
    out.push_str(&history::history(
        &case.entries,
        &case.audience,
        cities,
        full,
        say,
    ));
    out.push_str(&file(&case.file, say));
    out
}

fn head(
    case: &CaseAnswer,
    cities: &Cities,
    known: &Requirements,
    full: bool,
    say: &Catalogue,
) -> String {
    let row = &case.row;
    let holders = match row.holders.len() {
        0 | 1 => cities.list(&row.holders, say),
        _ => format!(
            "{} ({})",
            cities.list(&row.holders, say),
            say.t("case-two-holders")
        ),
    };
    let materials: Vec<String> = case
        .materials
        .iter()
        .map(|(requirement, pages)| format!("{}×{pages}", known.name(requirement)))
        .collect();
    let mut rows = vec![
        (say.t("label-number"), row.number.clone()),
        (
            say.t("label-item"),
            format!("{} {}", row.item, row.item_name),
        ),
        (
            say.t("label-stage"),
            format!("{} {}", row.stage, say.term("stage", &row.stage)),
        ),
    ];
    rows.extend(progress::rows(case, cities, known, say));
    rows.extend(standing::rows(case, cities, known, full, say));
    rows.extend([
        (say.t("label-receiver"), cities.show(row.receiver)),
        (say.t("label-owner"), cities.show(row.owner)),
        (say.t("label-holder"), holders),
        (say.t("label-audience"), cities.list(&case.audience, say)),
        (say.t("label-received"), row.received.to_string()),
        (say.t("label-submission"), row.submission.to_string()),
        (
            say.t("label-materials"),
            materials.join(&say.t("list-comma")),
        ),
    ]);
    for one in &case.holder_motions {
        let (motion, city) = (short(&one.motion), cities.show(one.holder));
        let values = [("motion", motion.as_str()), ("city", city.as_str())];
        let words = match one.decided {
            true => say.tf("case-holder-decided", &values),
            false => say.tf("case-holder-motion", &values),
        };
        rows.push((say.t("label-holder"), words));
    }
    if let Some(officer) = &row.assigned {
        let words = match &row.instead_of {
            Some(absent) => {
                let values = [("officer", officer.as_str()), ("absent", absent.as_str())];
                say.tf("assigned-instead", &values)
            }
            None => officer.clone(),
        };
        rows.push((say.t("label-assigned"), words));
    }
    if full {
        rows.push((say.t("label-document"), row.document.clone()));
        rows.push((say.t("label-root"), case.state_root.clone()));
    }
    fields(&rows)
}

fn applicant(person: &ApplicantAnswer, say: &Catalogue) -> String {
    let mut rows = vec![
        (say.t("label-name"), person.name.clone()),
        (say.t("label-id-number"), person.id_number.clone()),
        (say.t("label-phone"), person.phone.clone()),
        (say.t("label-address"), person.address.clone()),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    indent(&fields(&rows))
}

/// Hides all of a telephone number but its beginning and end.
fn masked(phone: &str) -> String {
    let count = phone.chars().count();
    phone
        .chars()
        .enumerate()
        .map(|(at, c)| match at < 3 || at + 4 >= count {
            true => c,
            false => '*',
        })
        .collect()
}

/// Draws the clocks that run; with `full` also those that stopped.
fn deadlines(case: &CaseAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let due = &case.row.due;
    let drawn = match full && !case.clocks.is_empty() {
        true => clocks::all(&case.clocks, cities, say),
        false if due.is_empty() => return String::new(),
        false => clocks::running(due, cities, say),
    };
    let mut out = format!("\n{}\n{drawn}", say.t("label-deadlines"));
    if due
        .iter()
        .any(|clock| clock.due.is_none() && !clocks::is_paused(clock))
    {
        out.push_str(&format!("{}\n", say.t("due-unknown-hint")));
    }
    out
}

fn file(file: &FileAnswer, say: &Catalogue) -> String {
    let mut out = String::new();
    if !file.fields.is_empty() {
        let rows: Vec<(String, String)> = file.fields.clone().into_iter().collect();
        out.push_str(&format!("\n{}\n", say.t("file-fields")));
        out.push_str(&indent(&fields(&rows)));
    }
    if !file.conflicts.is_empty() {
        let rows: Vec<(String, String)> = file
            .conflicts
            .iter()
            .map(|(name, values)| (name.clone(), values.join(" | ")))
            .collect();
        out.push_str(&format!("\n{}\n", say.t("file-conflicts")));
        out.push_str(&indent(&fields(&rows)));
    }
    if !file.checklist.is_empty() {
        out.push_str(&format!("\n{}\n", say.t("file-checklist")));
        for (item, done) in &file.checklist {
            let mark = if *done { "[x]" } else { "[ ]" };
            out.push_str(&format!("  {mark} {item}\n"));
        }
    }
    if !file.notes.is_empty() {
        out.push_str(&format!("\n{}\n", say.t("file-notes")));
        out.push_str(&indent(&file.notes));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::guides::Guides;
    use crate::tests::{case, cities, status};

    #[test]
    fn long_ids_and_telephone_numbers_are_shown_on_demand() {
        let say = Catalogue::new(Lang::Zh);
        let case = case();
        let known = Guides::of(&status()).of_case(&case);
        let mut hidden = case.clone();
        mask(&mut hidden);
        let json = serde_json::to_string(&hidden).expect("JSON");
        assert!(
            json.contains("057****0001") && !json.contains("05700000001"),
            "{json}"
        );
        let brief = text(&hidden, &cities(), &known, false, &say);
        let whole = text(&case, &cities(), &known, true, &say);
        for hidden in [&case.row.document, &case.state_root, "05700000001"] {
            assert!(!brief.contains(hidden), "{brief}");
            assert!(whole.contains(hidden), "{whole}");
        }
        assert!(brief.contains("057****0001"), "{brief}");
        assert!(brief.contains("M1 社会保障卡申领表×1"), "{brief}");
    }

    #[test]
    fn clocks_that_stopped_are_shown_on_demand() {
        let say = Catalogue::new(Lang::Zh);
        let case = crate::tests::joint_case();
        let known = Guides::of(&status()).of_case(&case);
        let brief = text(&case, &cities(), &known, false, &say);
        let whole = text(&case, &cities(), &known, true, &say);
        assert!(
            brief.contains("联办环节") && !brief.contains("收件后推送"),
            "{brief}"
        );
        assert!(
            whole.contains("收件后推送") && whole.contains("超期完成"),
            "{whole}"
        );
    }
}
