//! `tongban case show`: custody, stage, deadlines, history and file of a case.

use tongban_ledger::answer::{CaseAnswer, Deadline, EntryRow, FileAnswer};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{short, time};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::table::{fields, indent, table};

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(case: &str, context: &Context<'_>) -> Result<Shown, CliError> {
    let answer = context
        .client
        .case(case)
        .await
        .map_err(|error| context.explain(error))?;
    let cities = context.cities().await;
    Ok(Shown::new(&answer, text(&answer, &cities, context.say)))
}

/// Writes a case for people.
pub fn text(case: &CaseAnswer, cities: &Cities, say: &Catalogue) -> String {
    let row = &case.row;
    let holders = match row.holders.len() {
        0 | 1 => cities.list(&row.holders),
        _ => format!(
            "{} ({})",
            cities.list(&row.holders),
            say.t("case-two-holders")
        ),
    };
    let materials: Vec<String> = case
        .materials
        .iter()
        .map(|(requirement, pages)| format!("{requirement}×{pages}"))
        .collect();
    let mut out = fields(&[
        (say.t("label-number"), row.number.clone()),
        (
            say.t("label-item"),
            format!("{} {}", row.item, row.item_name),
        ),
        (
            say.t("label-stage"),
            format!("{} {}", row.stage, say.term("stage", &row.stage)),
        ),
        (say.t("label-receiver"), cities.show(row.receiver)),
        (say.t("label-owner"), cities.show(row.owner)),
        (say.t("label-holder"), holders),
        (say.t("label-audience"), cities.list(&case.audience)),
        (say.t("label-received"), row.received.to_string()),
        (say.t("label-submission"), row.submission.to_string()),
        (say.t("label-materials"), materials.join(", ")),
        (say.t("label-document"), row.document.clone()),
        (say.t("label-root"), case.state_root.clone()),
    ]);
    if let Some(applicant) = &case.applicant {
        out.push_str(&format!("\n{}\n", say.t("label-applicant")));
        out.push_str(&indent(&fields(&[
            (say.t("label-name"), applicant.name.clone()),
            (say.t("label-id-number"), applicant.id_number.clone()),
            (say.t("label-phone"), applicant.phone.clone()),
            (say.t("label-address"), applicant.address.clone()),
        ])));
    }
    if !row.due.is_empty() {
        out.push_str(&format!("\n{}\n", say.t("label-deadlines")));
        out.push_str(&deadlines(&row.due, cities, say));
    }
    out.push_str(&format!("\n{}\n", say.t("label-history")));
    out.push_str(&history(&case.entries, cities, say));
    out.push_str(&format!("{}\n", say.t("case-legend")));
    out.push_str(&file(&case.file, say));
    out
}

fn deadlines(due: &[Deadline], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-clock"),
        say.t("label-due"),
        say.t("label-holder"),
        say.t("label-state"),
    ];
    let rows = due
        .iter()
        .map(|deadline| {
            let day = deadline.due;
            let state = match deadline.overdue {
                true => say.t("due-overdue"),
                false => say.t("due-runs"),
            };
            vec![
                say.term("clock", &deadline.clock),
                day.map_or_else(|| say.t("due-unknown"), |day| day.to_string()),
                cities.show(deadline.holder),
                state,
            ]
        })
        .collect();
    table(&header, rows, &[])
}

fn history(entries: &[EntryRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-entry"),
        say.t("label-time"),
        say.t("label-city"),
        say.t("label-act"),
        say.t("label-state"),
        say.t("label-words"),
    ];
    let rows = entries
        .iter()
        .map(|entry| {
            vec![
                short(&entry.entry),
                time(entry.time),
                cities.show(entry.city),
                say.term("act", &entry.act),
                state(entry, cities, say),
                entry.text.clone(),
            ]
        })
        .collect();
    table(&header, rows, &[])
}

/// Says what became of an entry: `✓` it is stored here, `✓✓` at these other cities too, `✗` it does not stand.
fn state(entry: &EntryRow, cities: &Cities, say: &Catalogue) -> String {
    let stands = entry.status == "applied";
    let mut parts = vec![if stands { "✓" } else { "✗" }.to_owned()];
    if !stands {
        parts.push(say.term("status", &entry.status));
    }
    if let Some(code) = entry.code {
        parts.push(format!("[{code}]"));
    }
    if let Some(by) = &entry.by {
        parts.push(format!("← {}", short(by)));
    }
    if !entry.stored.is_empty() {
        let names: Vec<String> = entry.stored.iter().map(|c| cities.name(*c)).collect();
        parts.push(format!("✓✓ {}", names.join(", ")));
    }
    parts.join(" ")
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
    use tongban_ledger::code::Code;

    use super::*;
    use crate::catalogue::Lang;

    fn entry(status: &str, code: Option<Code>, stored: &[&str]) -> EntryRow {
        EntryRow {
            entry: "ab".repeat(32),
            city: "330800".parse().expect("a code"),
            act: "push".to_owned(),
            time: 0,
            status: status.to_owned(),
            code,
            by: None,
            text: String::new(),
            stored: stored.iter().map(|c| c.parse().expect("a code")).collect(),
        }
    }

    #[test]
    fn marks_tell_where_an_entry_is_and_whether_it_stands() {
        let (cities, say) = (Cities::default(), Catalogue::new(Lang::En));
        let check = |entry: EntryRow, expected: &str| {
            assert_eq!(state(&entry, &cities, &say), expected);
        };
        check(entry("applied", None, &[]), "✓");
        check(
            entry("applied", None, &["350700", "341000"]),
            "✓ ✓✓ 350700, 341000",
        );
        check(
            entry("denied", Some(Code::Grant), &[]),
            "✗ denied [E_GRANT]",
        );
        let voided = EntryRow {
            by: Some("cd".repeat(32)),
            ..entry("void", None, &["350700"])
        };
        check(voided, "✗ void ← cdcdcdcdcdcd ✓✓ 350700");
    }
}
