//! `tongban key …`: this city's devices, what is held of revoked ones, and proven forks.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tongban_ledger::answer::{DeviceRow, EncryptionRow, ForkRow, HeldRow, KeysAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, RetainEntries, RevokeKey};

use crate::cities::Cities;
use crate::commands::{Act, act, short, status, time};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::source::Source;
use crate::table::table;

/// Raw arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Shows this city's devices, what is held and proven forks.
    List {
        /// Whole hashes, as `tongband revoke` takes them
        #[arg(long)]
        full: bool,
    },
    /// Enters a revocation file into every agreement.
    Revoke {
        /// The file that `tongband revoke` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Says which held entries of this city's revoked devices stay.
    Retain(RetainArgs),
}

/// Raw arguments of `retain`.
#[derive(Debug, clap::Args)]
pub struct RetainArgs {
    /// The case, parcel or page; everything if none
    #[arg(value_name = "DOCUMENT")]
    document: Option<String>,
    /// An entry that does not stay, with what the device signed on top of it; may be repeated
    #[arg(long, value_name = "ENTRY")]
    without: Vec<String>,
    /// Shows what would stay and signs nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        Sub::List { full } => list(full, context).await,
        Sub::Retain(args) if args.dry_run => dry_run(&args, context).await,
        other => act(other, context).await,
    }
}

impl Act for Sub {
    fn check(self, source: &mut dyn Source) -> Result<Command, CliError> {
        Ok(match self {
            Sub::Revoke { file } => Command::KeyRevoke(RevokeKey {
                revocation: source.read(&file.display().to_string())?.to_string(),
            }),
            Sub::Retain(args) => Command::KeyRetain(RetainEntries {
                document: args.document,
                without: args.without,
            }),
            Sub::List { .. } => {
                return Err(CliError::refused(Code::Argument, "key"));
            }
        })
    }
}

async fn answer(context: &Context<'_>) -> Result<(KeysAnswer, Cities), CliError> {
    let explain = |error| context.explain(error);
    let keys = context.client.keys().await.map_err(explain)?;
    Ok((keys, context.cities().await))
}

async fn list(full: bool, context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    let explain = |error| context.explain(error);
    let keys = context.client.keys().await.map_err(explain)?;
    let status = context.client.status().await.map_err(explain)?;
    let cities = Cities::of(&status);
    let mut text = devices(&keys.devices, full, context);
    text.push_str(&encryption(&keys.encryption, context));
    text.push_str(&status::keys(&status, &cities, context));
    let hash = |hash: &String| match full {
        true => hash.clone(),
        false => short(hash),
    };
    for (agreement, heads) in &keys.heads {
        let heads: Vec<String> = heads.iter().map(hash).collect();
        let line = say.tf(
            "key-heads",
            &[
                ("agreement", &short(agreement)),
                ("heads", &heads.join(" ")),
            ],
        );
        text.push_str(&format!("{line}\n"));
    }
    if !full && !keys.heads.is_empty() {
        text.push_str(&format!("{}\n", say.t("key-full-hint")));
    }
    if keys.held.is_empty() {
        text.push_str(&format!("{}\n", say.t("key-nothing-held")));
    } else {
        text.push_str(&format!("{}\n", say.t("key-held")));
        text.push_str(&held(&keys.held, &cities, context));
        text.push_str(&format!("{}\n", say.t("key-held-hint")));
    }
    if !keys.forks.is_empty() {
        text.push_str(&format!("{}\n", say.t("key-forks")));
        text.push_str(&forks(&keys.forks, &cities, context));
    }
    Ok(Shown::new(&keys, text))
}

/// What a `retain` would keep and what it would leave out, in words.
async fn dry_run(args: &RetainArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let say = context.say;
    let (mut keys, cities) = answer(context).await?;
    keys.held.retain(|row| {
        let asked = args.document.as_ref().is_none_or(|document| {
            row.label.eq_ignore_ascii_case(document) || row.document.starts_with(document.as_str())
        });
        asked && cities.is_own(row.city)
    });
    let (out, stay) = parted(keys.held, &args.without)?;
    let mut text = format!("{}\n", say.t("key-would-stay"));
    text.push_str(&held(&stay, &cities, context));
    if !out.is_empty() {
        text.push_str(&format!("{}\n", say.t("key-would-fall")));
        text.push_str(&held(&out, &cities, context));
    }
    text.push_str(&format!("{}\n", say.t("key-dry-run")));
    let json = serde_json::json!({ "stay": stay, "fall": out });
    Ok(Shown::new(json, text))
}

fn encryption(key: &EncryptionRow, context: &Context<'_>) -> String {
    let say = context.say;
    let (serial, issued) = (key.serial.to_string(), time(key.issued));
    let mut lines = vec![say.tf(
        "key-encryption",
        &[("serial", &serial), ("issued", &issued)],
    )];
    if key.sealing || key.earlier > 0 {
        let earlier = key.earlier.to_string();
        lines.push(say.tf("key-encryption-earlier", &[("count", &earlier)]));
    }
    if key.due {
        lines.push(say.t("key-encryption-due"));
    }
    lines.join("\n") + "\n"
}

/// Parts what falls from what stays as the node does: what is named falls, with what the device signed on top.
fn parted(
    held: Vec<HeldRow>,
    without: &[String],
) -> Result<(Vec<HeldRow>, Vec<HeldRow>), CliError> {
    let missing = |about: &str| CliError::refused(Code::NotFound, about);
    if held.is_empty() {
        return Err(missing("held entries"));
    }
    let mut unused: BTreeSet<&String> = without.iter().collect();
    let (mut out, mut stay): (Vec<HeldRow>, Vec<HeldRow>) = (Vec::new(), Vec::new());
    for row in held {
        let named = |prefix: &&String| prefix.len() >= 8 && row.entry.starts_with(prefix.as_str());
        let named = without.iter().find(named);
        if let Some(named) = named {
            unused.remove(named);
        }
        let on_top =
            |fallen: &HeldRow| fallen.cert == row.cert && row.parents.contains(&fallen.entry);
        match named.is_some() || out.iter().any(on_top) {
            true => out.push(row),
            false => stay.push(row),
        }
    }
    match unused.first() {
        Some(unknown) => Err(missing(unknown)),
        None => Ok((out, stay)),
    }
}

fn devices(rows: &[DeviceRow], full: bool, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-device"),
        say.t("label-device-name"),
        say.t("label-issued"),
        say.t("label-state"),
    ];
    let rows = rows
        .iter()
        .map(|row| {
            let state = match (row.revoked, row.current) {
                (true, _) => say.t("key-state-revoked"),
                (false, true) => say.t("key-state-current"),
                (false, false) => say.t("key-state-earlier"),
            };
            let cert = match full {
                true => row.cert.clone(),
                false => short(&row.cert),
            };
            vec![cert, row.label.clone(), time(row.issued), state]
        })
        .collect();
    table(&header, rows, &[])
}

fn held(rows: &[HeldRow], cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-document"),
        say.t("label-act"),
        say.t("label-city"),
        say.t("label-time"),
        say.t("label-entry"),
    ];
    let rows = rows
        .iter()
        .map(|row| {
            vec![
                named(&row.kind, &row.label, &row.document, context),
                say.term("act", &row.act),
                cities.show(row.city),
                time(row.time),
                short(&row.entry),
            ]
        })
        .collect();
    table(&header, rows, &[])
}

fn forks(rows: &[ForkRow], cities: &Cities, context: &Context<'_>) -> String {
    let say = context.say;
    let header = [
        say.t("label-document"),
        say.t("label-city"),
        say.t("label-entry"),
    ];
    let rows = rows
        .iter()
        .map(|row| {
            let each: Vec<String> = row
                .entries
                .iter()
                .zip(&row.statuses)
                .map(|(entry, status)| format!("{} {}", short(entry), say.term("status", status)))
                .collect();
            vec![
                named(&row.kind, &row.label, &row.document, context),
                cities.show(row.city),
                each.join("\n"),
            ]
        })
        .collect();
    table(&header, rows, &[])
}

/// A document by its kind and number, or by its id where it has no number.
fn named(kind: &str, label: &str, document: &str, context: &Context<'_>) -> String {
    let kind = context.say.term("document", kind);
    match label.is_empty() {
        true => format!("{kind} {}", short(document)),
        false => format!("{kind} {label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(entry: char, parents: &[char]) -> HeldRow {
        let id = |of: char| of.to_string().repeat(64);
        HeldRow {
            document: id('d'),
            kind: "case".to_owned(),
            label: String::new(),
            entry: id(entry),
            act: "edit".to_owned(),
            city: "330800".parse().expect("a code"),
            cert: id('c'),
            time: 0,
            parents: parents.iter().map(|of| id(*of)).collect(),
        }
    }

    #[test]
    fn a_preview_leaves_out_what_the_node_would() {
        let held = || vec![row('1', &['0']), row('2', &['1']), row('3', &['0'])];
        let check = |without: &[&str], fallen: Option<&str>| {
            let without: Vec<String> = without.iter().map(|w| (*w).to_owned()).collect();
            let parted = parted(held(), &without).ok();
            let names = parted.map(|(out, stay)| {
                assert_eq!(out.len() + stay.len(), 3);
                out.iter().map(|row| &row.entry[..1]).collect::<String>()
            });
            assert_eq!(names.as_deref(), fallen, "{without:?}");
        };
        check(&[], Some(""));
        check(&["11111111"], Some("12"));
        check(&["2222222222"], Some("2"));
        check(&["1111"], None);
        check(&["11111111", "99999999"], None);
        assert!(parted(Vec::new(), &[]).is_err());
    }
}
