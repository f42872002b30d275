//! What `tongban parcel list` and `parcel show` print.

use tongban_ledger::answer::{LineRow, ParcelRow};

use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{money, short};
use crate::table::{fields, table};

/// The register of parcels, or a part of it.
pub fn list(parcels: &[ParcelRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-tracking"),
        say.t("label-from"),
        say.t("label-to"),
        say.t("label-leg"),
        say.t("label-pay"),
        say.t("label-posted"),
        say.t("label-stage"),
        say.t("label-amount"),
    ];
    let rows = parcels
        .iter()
        .map(|parcel| {
            let sum: i64 = parcel
                .lines
                .iter()
                .filter(|line| line.counts && !line.reversal && !line.kind.comes_back())
                .fold(0, |sum, line| sum.saturating_add(line.fen));
            vec![
                parcel.tracking.clone(),
                cities.name(parcel.from),
                recipient(parcel, cities, say),
                say.term("leg", parcel.leg.code()),
                say.term("pay", parcel.pay.name()),
                parcel.posted.to_string(),
                stage(parcel, say),
                money(sum),
            ]
        })
        .collect();
    table(&header, rows, &[7])
}

/// One parcel with its lines, and what is open about them.
pub fn one(parcel: &ParcelRow, cities: &Cities, say: &Catalogue) -> String {
    let mut text = fields(&[
        (say.t("label-tracking"), parcel.tracking.clone()),
        (say.t("label-from"), cities.show(parcel.from)),
        (say.t("label-to"), recipient(parcel, cities, say)),
        (
            say.t("label-leg"),
            format!(
                "{} {}",
                parcel.leg.code(),
                say.term("leg", parcel.leg.code())
            ),
        ),
        (say.t("label-pay"), say.term("pay", parcel.pay.name())),
        (say.t("label-posted"), parcel.posted.to_string()),
        (say.t("label-stage"), stage(parcel, say)),
        (say.t("label-document"), parcel.document.clone()),
    ]);
    if let Some(line) = miscount(parcel, say) {
        text.push_str(&format!("{line}\n"));
    }
    for alarm in &parcel.alarms {
        text.push_str(&format!("{}\n", say.term("alarm", alarm)));
    }
    if !parcel.contents.is_empty() {
        text.push_str(&contents(parcel, say));
    }
    if !parcel.lines.is_empty() {
        text.push_str(&lines(&parcel.lines, cities, say));
    }
    text.push_str(&doubts(parcel, cities, say));
    text
}

fn contents(parcel: &ParcelRow, say: &Catalogue) -> String {
    let header = [
        say.t("label-content-case"),
        say.t("label-requirement"),
        say.t("label-pages"),
        say.t("label-original"),
    ];
    let rows = parcel.contents.iter().map(|row| {
        let original = if row.original { "✓" } else { "" };
        vec![
            row.case.clone(),
            row.requirement.clone(),
            row.pages.to_string(),
            original.to_owned(),
        ]
    });
    table(&header, rows.collect(), &[2])
}

fn lines(lines: &[LineRow], cities: &Cities, say: &Catalogue) -> String {
    let header = [
        say.t("label-cost-line"),
        say.t("label-kind"),
        say.t("label-amount"),
        say.t("label-payer"),
        say.t("label-liable"),
        say.t("label-counts"),
    ];
    let rows = lines
        .iter()
        .map(|line| {
            let kind = say.term("cost", line.kind.name());
            let kind = match line.reversal {
                true => say.tf("parcel-reversal", &[("kind", &kind)]),
                false => kind,
            };
            let counts = match line.standing.as_str() {
                "" if line.counts => "✓".to_owned(),
                "" => "—".to_owned(),
                standing => say.term("standing", standing),
            };
            vec![
                short(&line.line),
                kind,
                money(line.fen),
                cities.show(line.payer),
                line.liable
                    .map_or_else(|| say.t("label-applicant"), |city| cities.show(city)),
                counts,
            ]
        })
        .collect();
    table(&header, rows, &[2])
}

/// Objections, corrections that wait, and claims, a line each.
fn doubts(parcel: &ParcelRow, cities: &Cities, say: &Catalogue) -> String {
    let mut text = String::new();
    for objection in &parcel.objections {
        let outcome = match &objection.outcome {
            Some(outcome) => say.term("dispute-outcome", outcome),
            None => say.t("parcel-open-dispute"),
        };
        let values = [
            ("line", &*short(&objection.line)),
            ("city", &*cities.show(objection.by)),
            ("reason", &*say.term("dispute", &objection.reason)),
            ("outcome", &*outcome),
        ];
        text.push_str(&format!("{}\n", say.tf("parcel-dispute", &values)));
    }
    for proposal in &parcel.proposals {
        let values = [
            ("line", &*short(&proposal.line)),
            ("city", &*cities.show(proposal.by)),
            ("outcome", &*say.term("dispute-outcome", &proposal.outcome)),
            ("resolution", proposal.resolution.as_deref().unwrap_or("—")),
        ];
        text.push_str(&format!("{}\n", say.tf("parcel-proposal", &values)));
    }
    for claim in &parcel.claims {
        let outcome = match &claim.outcome {
            Some(outcome) => say.term("claim", outcome),
            None => say.t("parcel-open-dispute"),
        };
        let values = [
            ("city", &*cities.show(claim.by)),
            ("amount", &*money(claim.fen)),
            ("due", &*claim.due.to_string()),
            ("outcome", &*outcome),
        ];
        text.push_str(&format!("{}\n", say.tf("parcel-claim", &values)));
    }
    text
}

/// Says how many pieces were posted and how many were found, where these differ.
pub fn miscount(parcel: &ParcelRow, say: &Catalogue) -> Option<String> {
    let (posted, found) = (parcel.pieces.to_string(), parcel.found?.to_string());
    Some(say.tf("parcel-miscount", &[("posted", &posted), ("found", &found)]))
}

fn recipient(parcel: &ParcelRow, cities: &Cities, say: &Catalogue) -> String {
    parcel
        .to
        .map_or_else(|| say.t("label-applicant"), |city| cities.show(city))
}

/// The stage, and where the parcel is: in the register of outgoing mail, with the carrier, in that of incoming mail.
fn stage(parcel: &ParcelRow, say: &Catalogue) -> String {
    let stage = say.term("parcel", &parcel.stage);
    match (parcel.place.as_str(), &parcel.window) {
        ("", _) => stage,
        (place, None) => format!("{stage} · {}", say.term("mail", place)),
        (place, Some(window)) => format!("{stage} · {} · {window}", say.term("mail", place)),
    }
}
