//! `tongban agreement propose`, `adopt`, `refuse`, `withdraw`, `proposals`: what every member signs or one refuses.

use tongban_ledger::agreement::Body;
use tongban_ledger::answer::decide::{DecisionAnswer, RefusedAnswer};
use tongban_ledger::answer::lists::ProposalAnswer;
use tongban_ledger::answer::{StatusAnswer, TermsAnswer};
use tongban_ledger::command::Command;
use tongban_ledger::command::decide::{Adopt, Propose, Refuse, TakeBack};

use super::Which;
use super::lists::reservations;
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{give, short};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;
use crate::table::indent;
use crate::{files, personal};

/// Raw arguments of `propose`.
#[derive(Debug, clap::Args)]
pub struct ProposeArgs {
    /// The proposal, as TOML or JSON: code, body and subject
    #[arg(value_name = "FILE|-")]
    pub proposal_file: String,
    /// Puts it and signs it later
    #[arg(long)]
    pub unsigned: bool,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl ProposeArgs {
    /// Reads the proposal.
    ///
    /// # Errors
    /// The file cannot be read or is no proposal.
    pub fn check(self, source: &mut dyn Source) -> Result<Propose, CliError> {
        let mut proposal = files::proposal(&self.proposal_file, source)?;
        proposal.sign = proposal.sign && !self.unsigned;
        proposal.agreement = self.which.agreement.or(proposal.agreement);
        Ok(proposal)
    }
}

/// Raw arguments of `adopt`.
#[derive(Debug, clap::Args)]
pub struct AdoptArgs {
    /// The proposal, by its code, its batch or the beginning of its id
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// An item of a batch with which the city does not go along in a role, as I-17=owner; may be repeated
    #[arg(long, value_name = "ITEM=ROLE")]
    pub except: Vec<String>,
    /// The hash of the text that was read; another text is not signed
    #[arg(long, value_name = "HASH")]
    pub text_hash: Option<String>,
    /// Only shows what would be signed
    #[arg(long)]
    pub dry_run: bool,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl AdoptArgs {
    /// Reads the reservations.
    ///
    /// # Errors
    /// `E_ARGUMENT`.
    pub fn check(self) -> Result<Adopt, CliError> {
        Ok(Adopt {
            except: reservations(&self.except)?,
            proposal: self.proposal,
            text: self.text_hash,
            agreement: self.which.agreement,
        })
    }
}

/// Raw arguments of `refuse`.
#[derive(Debug, clap::Args)]
pub struct RefuseArgs {
    /// The proposal, by its code, its batch or the beginning of its id
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// Why; all members read it
    #[arg(long, value_name = "REASON")]
    pub reason: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl RefuseArgs {
    /// Checks that the reason holds nothing personal.
    ///
    /// # Errors
    /// Personal data on the command line.
    pub fn check(self) -> Result<Refuse, CliError> {
        Ok(Refuse {
            proposal: self.proposal,
            reason: personal::guarded(self.reason)?,
            agreement: self.which.agreement,
        })
    }
}

/// Raw arguments of `withdraw`.
#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// The proposal, by its code, its batch or the beginning of its id
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

impl WithdrawArgs {
    /// Takes the arguments over.
    pub fn check(self) -> TakeBack {
        TakeBack {
            proposal: self.proposal,
            agreement: self.which.agreement,
        }
    }
}

/// Raw arguments of `proposals`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only what waits for this city
    #[arg(long)]
    pub waiting: bool,
    /// Whole ids, and no limit of width
    #[arg(long)]
    pub full: bool,
}

/// Shows the proposals.
///
/// # Errors
/// The node refused or does not answer.
pub async fn list(args: ListArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let status = context.client.status().await;
    let status = status.map_err(|error| context.explain(error))?;
    let cities = Cities::of(&status);
    let say = context.say;
    let mut lines = Vec::new();
    let mut shown = Vec::new();
    for agreement in &status.agreements {
        let terms = &agreement.terms;
        for one in &terms.lists.proposals {
            if args.waiting && !waits(&one.waiting, &cities) {
                continue;
            }
            lines.push(batch(one, &cities, args.full, say));
            shown.extend(serde_json::to_value(one).ok());
        }
        for one in &terms.decisions {
            if args.waiting && !waits(&one.waiting, &cities) {
                continue;
            }
            lines.push(decision(one, &cities, args.full, say));
            shown.extend(serde_json::to_value(one).ok());
        }
    }
    let text = match lines.is_empty() {
        true => format!("{}\n", say.t("none")),
        false => lines.join("\n") + "\n",
    };
    Ok(Shown::new(&shown, text))
}

/// Signs a proposal, or with `--dry-run` shows what would be signed.
///
/// # Errors
/// [`CliError`].
pub async fn adopt(args: AdoptArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let dry_run = args.dry_run;
    let adopt = args.check()?;
    if !dry_run {
        return give(&Command::Adopt(adopt), context)
            .await
            .map(|(shown, _)| shown);
    }
    let status = context.client.status().await;
    let status = status.map_err(|error| context.explain(error))?;
    let cities = Cities::of(&status);
    let say = context.say;
    let named = adopt.proposal.trim();
    let fits = |code: &str, id: &str| code == named || (named.len() >= 8 && id.starts_with(named));
    let mut text = String::new();
    let mut shown = Vec::new();
    for agreement in &status.agreements {
        for one in &agreement.terms.lists.proposals {
            if fits(&one.batch, &one.proposal) {
                text.push_str(&format!("{}\n", batch(one, &cities, true, say)));
                shown.extend(serde_json::to_value(one).ok());
            }
        }
        for one in &agreement.terms.decisions {
            if fits(&one.code, &one.proposal) {
                text.push_str(&format!("{}\n", decision(one, &cities, true, say)));
                let subject = serde_json::to_string_pretty(&one.subject).unwrap_or_default();
                text.push_str(&indent(&subject));
                shown.extend(serde_json::to_value(one).ok());
            }
        }
    }
    if shown.is_empty() {
        return Err(CliError::refused(
            tongban_ledger::code::Code::NotFound,
            named,
        ));
    }
    text.push_str(&format!("{}\n", say.t("proposal-dry-run")));
    Ok(Shown::new(&shown, text))
}

fn waits(waiting: &[tongban_identity::DivisionCode], cities: &Cities) -> bool {
    waiting.iter().any(|city| cities.is_own(*city))
}

/// The codes of proposals and batches that wait for this city, as `status` and `board` say them.
pub fn waiting_here(status: &StatusAnswer, cities: &Cities) -> Vec<String> {
    let of = |terms: &TermsAnswer| {
        let batches = terms.lists.proposals.iter();
        let batches = batches.filter(|one| waits(&one.waiting, cities));
        let decisions = terms.decisions.iter();
        let decisions = decisions.filter(|one| waits(&one.waiting, cities));
        batches
            .map(|one| one.batch.clone())
            .chain(decisions.map(|one| one.code.clone()))
            .collect::<Vec<String>>()
    };
    let agreements = status.agreements.iter();
    agreements.flat_map(|one| of(&one.terms)).collect()
}

fn id_of(id: &str, full: bool) -> String {
    match full {
        true => id.to_owned(),
        false => short(id),
    }
}

fn refusals(refused: &[RefusedAnswer], cities: &Cities, say: &Catalogue) -> Vec<String> {
    let line = |one: &RefusedAnswer| {
        let city = cities.name(one.city);
        let values = [("city", city.as_str()), ("reason", one.reason.as_str())];
        format!("  {}", say.tf("proposal-refused-by", &values))
    };
    refused.iter().map(line).collect()
}

fn batch(one: &ProposalAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let adopted: Vec<_> = one.adopted.iter().map(|one| one.city).collect();
    let what = say.term("subject", "batch");
    let id = id_of(&one.proposal, full);
    let by = one.by.map(|by| cities.name(by)).unwrap_or_default();
    let from = one.effective.to_string();
    let head = [
        ("code", one.batch.as_str()),
        ("what", &what),
        ("about", ""),
        ("id", &id),
        ("city", &by),
        ("from", &from),
    ];
    let mut lines = vec![say.tf("proposal-line", &head)];
    lines.push(state(&one.standing, &adopted, &one.waiting, cities, say));
    lines.extend(refusals(&one.refused, cities, say));
    lines.push(format!(
        "  {}",
        say.tf("proposal-text", &[("hash", &id_of(&one.text, full))])
    ));
    lines.join("\n")
}

fn decision(one: &DecisionAnswer, cities: &Cities, full: bool, say: &Catalogue) -> String {
    let what = say.term("subject", &one.kind);
    // A cost line is named by a hash.
    let of = match one.kind.as_str() {
        "reallocation" => id_of(&one.about, full),
        _ => one.about.clone(),
    };
    let about = format!("{of} v{}", one.version);
    let id = id_of(&one.proposal, full);
    let by = match one.body {
        Body::Leading => cities.name(one.by),
        Body::Working => format!("{} {}", cities.name(one.by), say.term("body", "working")),
    };
    let from = one.effective.map(|day| day.to_string());
    let from = from.unwrap_or_else(|| say.t("proposal-at-once"));
    let head = [
        ("code", one.code.as_str()),
        ("what", &what),
        ("about", about.trim()),
        ("id", &id),
        ("city", &by),
        ("from", &from),
    ];
    let mut lines = vec![say.tf("proposal-line", &head)];
    lines.push(state(
        &one.standing,
        &one.adopted,
        &one.waiting,
        cities,
        say,
    ));
    if one.disputed {
        lines.push(format!("  {}", say.t("proposal-disputed")));
    }
    lines.extend(refusals(&one.refused, cities, say));
    lines.push(format!(
        "  {}",
        say.tf("proposal-text", &[("hash", &id_of(&one.text, full))])
    ));
    lines.join("\n")
}

fn state(
    standing: &str,
    adopted: &[tongban_identity::DivisionCode],
    waiting: &[tongban_identity::DivisionCode],
    cities: &Cities,
    say: &Catalogue,
) -> String {
    let standing = say.term("standing", standing);
    let adopted = match adopted.is_empty() {
        true => say.t("none"),
        false => cities.names(adopted, say),
    };
    let values = [("standing", standing.as_str()), ("adopted", &adopted)];
    let mut text = format!("  {}", say.tf("proposal-state", &values));
    if !waiting.is_empty() {
        let waiting = cities.names(waiting, say);
        text.push_str(&say.tf("proposal-waits", &[("cities", &waiting)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::cities;

    /// a proposal shows who signed, for whom it waits, who refused it and why.
    #[test]
    fn a_proposal_shows_who_signed_and_who_refused() {
        let say = Catalogue::new(Lang::Zh);
        let check = |change: serde_json::Value, words: &[&str]| {
            let mut json = json!({
                "proposal": "ab".repeat(32), "code": "JM-3", "kind": "netting", "version": 1, "by": "330800",
                "body": "leading", "text": "cd".repeat(32),
                "subject": {"netting": {"mode": "multilateral", "effective": "2026-11-01"}},
                "adopted": ["330800"], "waiting": ["350700"], "standing": "open", "effective": "2026-11-01",
            });
            let more = change.as_object().expect("a table").clone();
            json.as_object_mut().expect("a table").extend(more);
            let one: DecisionAnswer = serde_json::from_value(json).expect("a decision");
            let text = decision(&one, &cities(), false, &say);
            for word in words {
                assert!(text.contains(word), "{word}: {text}");
            }
        };
        check(json!({}), &["JM-3", "cdcdcdcdcdcd", "南平", "2026-11-01"]);
        let refused = json!([{"city": "350700", "reason": "系统未对接"}]);
        check(
            json!({"standing": "refused", "waiting": [], "refused": refused}),
            &["反对", "系统未对接"],
        );
        check(json!({"disputed": true}), &["另有一份"]);
    }
}
