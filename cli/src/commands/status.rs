//! `tongban status`: the node, its peers, what waits and what is overdue.

use serde_json::json;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::{
    AgreementAnswer, AuditAnswer, CaseQuery, CaseRow, MemberAnswer, StatusAnswer,
};

use crate::cities::{Cities, members as by_code};
use crate::commands::agreement::proposals::waiting_here;
use crate::commands::case::pages::gather;
use crate::commands::case::{clock_name, due_text};
use crate::commands::owed;
use crate::commands::roster;
use crate::commands::{short, time};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::table::{fields, table};

/// How many overdue cases are shown.
const OVERDUE_MAX: u32 = 200;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Compares with every connected city what both hold, before it shows
    #[arg(long)]
    audit: bool,
}

/// Runs the command.
///
/// # Errors
/// The node refused or does not answer.
pub async fn run(args: &Args, context: &Context<'_>) -> Result<Shown, CliError> {
    let explain = |error| context.explain(error);
    let status = match args.audit {
        true => context.client.audit().await,
        false => context.client.status().await,
    };
    let status = status.map_err(explain)?;
    let due = CaseQuery {
        open: Some(true),
        due_before: status.today.tomorrow(),
        ..CaseQuery::default()
    };
    let late = |case: &CaseRow| case.due.iter().any(|deadline| deadline.overdue);
    let found = gather(due, OVERDUE_MAX, late, context).await?;
    let cases = found.cases;
    let mut text = show(&status, &cases, context);
    if found.next.is_some() {
        text.push_str(&format!("{}\n", context.say.t("status-overdue-more")));
    }
    let mut shown = Shown::new(&status, text);
    if let Some(object) = shown.json.as_object_mut() {
        object.insert("overdue".to_owned(), json!(cases));
    }
    Ok(shown)
}

fn show(status: &StatusAnswer, overdue: &[CaseRow], context: &Context<'_>) -> String {
    let say = context.say;
    let cities = Cities::of(status);
    let documents: Vec<String> = status
        .documents
        .iter()
        .map(|(kind, count)| format!("{} {count}", say.term("kind", kind)))
        .collect();
    let mut text = fields(&[
        (say.t("label-city"), cities.show(status.city.division)),
        (say.t("label-fingerprint"), status.city.fingerprint.clone()),
        (say.t("label-version"), status.version.clone()),
        (say.t("label-today"), status.today.to_string()),
        (
            say.t("label-documents"),
            documents.join(&say.t("list-comma")),
        ),
        (say.t("label-entries"), status.entries.to_string()),
        (say.t("label-pending"), status.pending.to_string()),
        (say.t("label-open-cases"), status.open_cases.to_string()),
        (say.t("label-overdue"), overdue.len().to_string()),
    ]);
    text.push_str(&scrub(status, context));
    if status.mending > 0 {
        let count = status.mending.to_string();
        let line = say.tf("status-mending", &[("count", &count)]);
        text.push_str(&format!("{line}\n"));
    }
    let waiting = waiting_here(status, &cities);
    if !waiting.is_empty() {
        let waiting = waiting.join(&say.t("list-comma"));
        let line = say.tf("board-signatures", &[("codes", &waiting)]);
        text.push_str(&format!("{line}\n"));
    }
    if status.possible_restore {
        text.push_str(&format!("{}\n", say.t("status-restore")));
    }
    let named = |list: &[DivisionCode]| {
        let names: Vec<String> = list.iter().map(|city| cities.show(*city)).collect();
        names.join(&say.t("list-comma"))
    };
    if !status.returning.is_empty() {
        let cities = named(&status.returning);
        let line = say.tf("status-returning", &[("cities", &cities)]);
        text.push_str(&format!("{line}\n"));
    }
    if !status.copied.is_empty() {
        let cities = named(&status.copied);
        let line = say.tf("status-copied", &[("cities", &cities)]);
        text.push_str(&format!("{line}\n"));
    }
    if !status.doubled.is_empty() {
        let cities = named(&status.doubled);
        let line = say.tf("status-doubled", &[("cities", &cities)]);
        text.push_str(&format!("{line}\n"));
    }
    if status.forks > 0 {
        let count = status.forks.to_string();
        let line = say.tf("status-forks", &[("count", &count)]);
        text.push_str(&format!("{line}\n"));
    }
    text.push_str(&keys(status, &cities, context));
    if status.agreements.is_empty() {
        text.push_str(&format!("{}\n", say.t("status-no-agreement")));
    }
    for agreement in &status.agreements {
        text.push_str(&format!("\n{}", members(agreement, context)));
    }
    if !overdue.is_empty() {
        text.push_str(&format!("\n{}\n", say.t("status-overdue")));
        text.push_str(&overdue_table(overdue, &cities, context));
    }
    text.push_str(&roster::idle(&status.idle, &cities, say));
    text.push_str(&owed::show(&owed::owed(status), say));
    text
}

/// Says what is wrong with this node's own device, and what is held.
pub fn keys(status: &StatusAnswer, cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let mut text = String::new();
    let away = status.agreements.iter().flat_map(|a| &a.members);
    let mut away: Vec<DivisionCode> = away
        .filter(|member| member.turned_away)
        .map(|member| member.city.division)
        .collect();
    away.sort_unstable();
    away.dedup();
    if status.revoked {
        text.push_str(&format!("{}\n", say.t("status-revoked")));
    } else if !away.is_empty() {
        let cities = cities.list(&away, say);
        let line = say.tf("turned-away", &[("cities", &cities)]);
        text.push_str(&format!("{line}\n"));
    }
    if !status.held.is_empty() {
        let count: u64 = status.held.values().sum();
        let named = |label: &String| match label.len() {
            64 => short(label),
            _ => label.clone(),
        };
        let documents: Vec<String> = status.held.keys().map(named).collect();
        let documents = documents.join(&say.t("list-comma"));
        let values = [("count", count.to_string()), ("documents", documents)];
        let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
        text.push_str(&format!("{}\n", say.tf("held-count", &values)));
    }
    text
}

/// Says how the scheduled reading of every record went; nothing where there is none.
fn scrub(status: &StatusAnswer, context: &Context<'_>) -> String {
    let Some(scrub) = &status.scrub else {
        return String::new();
    };
    let say = context.say;
    let mut text = match scrub.finished {
        Some(at) => {
            let (at, records) = (time(at), scrub.records.to_string());
            say.tf("status-scrubbed", &[("time", &at), ("records", &records)])
        }
        None if scrub.running => say.t("status-scrubbing"),
        None => return String::new(),
    };
    text.push('\n');
    if !scrub.damaged.is_empty() {
        text.push_str(&format!("{}\n", say.t("status-scrub-damaged")));
        for place in &scrub.damaged {
            text.push_str(&format!("  {place}\n"));
        }
        text.push_str(&format!("{}\n", say.t("verify-hint")));
    }
    text
}

/// Writes an agreement with its members and the state of the links to them.
pub fn members(agreement: &AgreementAnswer, context: &Context<'_>) -> String {
    let say = context.say;
    let state = match agreement.effective {
        true => say.t("agreement-effective"),
        false => say.t("agreement-unsigned"),
    };
    let header = [
        say.t("label-city"),
        say.t("label-signed"),
        say.t("label-link"),
        say.t("label-waiting"),
        say.t("label-stored-there"),
        say.t("label-last-seen"),
    ];
    let rows = by_code(agreement)
        .into_iter()
        .map(|member| member_row(member, context))
        .collect();
    let mut text = format!(
        "{} {} {}\n{}",
        agreement.code,
        agreement.name,
        say.tf(
            "agreement-head",
            &[("state", &state), ("id", &short(&agreement.agreement))]
        ),
        table(&header, rows, &[3, 4])
    );
    for member in by_code(agreement) {
        if let Some(found) = &member.audit {
            text.push_str(&format!("{}\n", audit(member, found, context)));
        }
    }
    text
}

/// Says what the last comparison with a city found.
fn audit(member: &MemberAnswer, found: &AuditAnswer, context: &Context<'_>) -> String {
    let city = format!("{} {}", member.city.name, member.city.division);
    let (at, here) = (time(found.time), found.here.to_string());
    if let Some(hash) = &found.fingerprint {
        let short = hash.get(..16).unwrap_or(hash);
        let args = [
            ("city", city.as_str()),
            ("count", &here),
            ("hash", short),
            ("time", &at),
        ];
        return context.say.tf("status-audit-same", &args);
    }
    if found.lacking_here == 0 && found.lacking_there == 0 {
        let coming = found.under_way.to_string();
        let args = [("city", city.as_str()), ("coming", &coming), ("time", &at)];
        return context.say.tf("status-audit-coming", &args);
    }
    let counts = [
        found.there,
        found.lacking_here,
        found.lacking_there,
        found.under_way,
        found.fetching,
    ];
    let [there, lacking, lacking_there, coming, fetching] = counts.map(|count| count.to_string());
    let args = [
        ("city", city.as_str()),
        ("here", &here),
        ("there", &there),
        ("lacking", &lacking),
        ("lacking-there", &lacking_there),
        ("coming", &coming),
        ("fetching", &fetching),
        ("time", &at),
    ];
    context.say.tf("status-audit-differs", &args)
}

fn member_row(member: &MemberAnswer, context: &Context<'_>) -> Vec<String> {
    let say = context.say;
    let city = format!("{} {}", member.city.name, member.city.division);
    let signed = if member.signed { "✓" } else { "✗" };
    if member.own {
        let link = say.t("link-own");
        let none = String::new;
        return vec![city, signed.to_owned(), link, none(), none(), none()];
    }
    let link = match member.online {
        true => say.t("link-up"),
        false => say.t("link-down"),
    };
    vec![
        city,
        signed.to_owned(),
        link,
        member.waiting.to_string(),
        member.stored.to_string(),
        member.last_seen.map_or_else(|| say.t("never"), time),
    ]
}

fn overdue_table(cases: &[CaseRow], cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-number"),
        say.t("label-item"),
        say.t("label-clock"),
        say.t("label-due"),
        say.t("label-holder"),
    ];
    let rows = cases
        .iter()
        .flat_map(|case| {
            let late = case.due.iter().filter(|deadline| deadline.overdue);
            late.map(|deadline| {
                vec![
                    case.number.clone(),
                    case.item_name.clone(),
                    clock_name(deadline, say),
                    due_text(deadline, say),
                    cities.show(deadline.holder),
                ]
            })
        })
        .collect();
    table(&header, rows, &[])
}
