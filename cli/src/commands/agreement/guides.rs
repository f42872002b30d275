//! `tongban agreement guide show|export|import` and `agreement items export|import`: whole guides to read, and the
//! catalogue and guides as tables for WPS and Excel.

use std::path::PathBuf;

use tongban_ledger::agreement::{Element, Item, Requirement};
use tongban_ledger::answer::{GuideAnswer, StatusAnswer};
use tongban_ledger::code::Code;
use tongban_ledger::command::beside::PublishGuide;
use tongban_ledger::command::{Command, GuideTerms};

use super::{Which, write_file};
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::commands::{give, name_cities, rehearse};
use crate::context::Context;
use crate::error::CliError;
use crate::files;
use crate::output::Shown;
use crate::read;
use crate::sheet::{guides as guide_sheet, items as item_sheet};
use crate::source::Source;
use crate::table::{fields, indent};

/// Raw arguments of `agreement guide`.
#[derive(Debug, clap::Subcommand)]
pub enum GuideSub {
    /// Shows a guide whole.
    Show(ShowArgs),
    /// Writes guides as a table.
    Export(ExportArgs),
    /// Publishes guides from a table.
    Import(ImportArgs),
}

/// Raw arguments of `agreement items`.
#[derive(Debug, clap::Subcommand)]
pub enum ItemsSub {
    /// Writes the catalogue as a table.
    Export(ExportArgs),
    /// Makes terms from a table.
    Import(ItemsArgs),
}

/// Raw arguments of `guide show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The item's base code
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// The city that owns the item [default: all]
    #[arg(long, value_name = "CITY")]
    pub owner: Option<String>,
    /// Also what is for staff
    #[arg(long)]
    pub staff: bool,
}

/// Raw arguments of `guide export` and `items export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub table: PathBuf,
    /// Terms in a file, instead of those of the node
    #[arg(long, value_name = "FILE")]
    pub terms: Option<String>,
}

/// Raw arguments of `guide import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub table: String,
    /// Checks the table and publishes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// Raw arguments of `items import`.
#[derive(Debug, clap::Args)]
pub struct ItemsArgs {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub table: String,
    /// Where to write the items of the terms [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Checks the table and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `agreement guide`.
///
/// # Errors
/// [`CliError`].
pub async fn run_guide(sub: GuideSub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        GuideSub::Show(args) => show(args, context).await,
        GuideSub::Export(args) => {
            let guides = match &args.terms {
                Some(file) => files::terms(file, &mut context.terminal())?.guides,
                None => own_guides(&status(context).await?),
            };
            let count = guides.len();
            write_file(&args.table, &guide_sheet::write(&guides)?)?;
            Ok(written(&args.table, count, context.say))
        }
        GuideSub::Import(args) => import(args, context).await,
    }
}

/// Runs `agreement items`.
///
/// # Errors
/// [`CliError`].
pub async fn run_items(sub: ItemsSub, context: &Context<'_>) -> Result<Shown, CliError> {
    match sub {
        ItemsSub::Export(args) => {
            let items = match &args.terms {
                Some(file) => files::terms(file, &mut context.terminal())?.items,
                None => all_items(&status(context).await?),
            };
            write_file(&args.table, &item_sheet::write(&items)?)?;
            Ok(written(&args.table, items.len(), context.say))
        }
        ItemsSub::Import(args) => items(&args, context),
    }
}

async fn status(context: &Context<'_>) -> Result<StatusAnswer, CliError> {
    let status = context.client.status().await;
    status.map_err(|error| context.explain(error))
}

fn written(file: &std::path::Path, count: usize, say: &Catalogue) -> Shown {
    let (file, count) = (file.display().to_string(), count.to_string());
    let text = say.tf("sheet-written", &[("file", &file), ("count", &count)]);
    Shown::new(serde_json::json!({ "file": file }), format!("{text}\n"))
}

/// The catalogue of every agreement, each item once.
fn all_items(status: &StatusAnswer) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for agreement in &status.agreements {
        for item in &agreement.terms.items {
            if !items.iter().any(|known| known.code == item.code) {
                items.push(item.clone());
            }
        }
    }
    items
}

/// The newest guides of this city's own.
fn own_guides(status: &StatusAnswer) -> Vec<GuideTerms> {
    let all = status.agreements.iter().flat_map(|one| &one.terms.guides);
    let own = all.filter(|guide| guide.owner == status.city.division);
    newest(own.collect()).into_iter().map(terms_of).collect()
}

fn terms_of(guide: &GuideAnswer) -> GuideTerms {
    GuideTerms {
        item: guide.item.clone(),
        owners: Vec::new(),
        version: guide.version,
        effective: guide.effective,
        id_check: guide.id_check,
        requirements: guide.requirements.clone(),
        texts: guide.texts.clone(),
    }
}

/// Of each owner and item the newest version.
fn newest(guides: Vec<&GuideAnswer>) -> Vec<&GuideAnswer> {
    let later = |guide: &GuideAnswer| {
        guides.iter().any(|other| {
            (&other.item, other.owner) == (&guide.item, guide.owner)
                && other.version > guide.version
        })
    };
    let newest = guides.iter().filter(|guide| !later(guide));
    newest.copied().collect()
}

async fn show(mut args: ShowArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let owner = args.owner.iter_mut().map(|owner| ("--owner", owner));
    name_cities(owner.collect(), context).await?;
    let owner = args.owner.as_ref();
    let owner = owner
        .map(|owner| read::division(owner, "--owner"))
        .transpose()?;
    let status = status(context).await?;
    let cities = Cities::of(&status);
    let all = status.agreements.iter().flat_map(|one| &one.terms.guides);
    let wanted = |guide: &&GuideAnswer| {
        guide.item == args.item && owner.is_none_or(|owner| guide.owner == owner)
    };
    let guides = newest(all.filter(wanted).collect());
    if guides.is_empty() {
        return Err(CliError::refused(Code::NotFound, args.item));
    }
    let text: Vec<String> = guides
        .iter()
        .map(|guide| page(guide, &cities, args.staff, context.say))
        .collect();
    Ok(Shown::new(&guides, text.join("\n")))
}

/// Writes a guide whole: what is for the public, and with `staff` what is not.
pub fn page(guide: &GuideAnswer, cities: &Cities, staff: bool, say: &Catalogue) -> String {
    let (version, effective) = (guide.version.to_string(), guide.effective.to_string());
    let owner = cities.name(guide.owner);
    let head = [
        ("item", guide.item.as_str()),
        ("version", &version),
        ("effective", &effective),
        ("owners", &owner),
    ];
    let mut text = format!("{}\n", say.tf("terms-guide", &head));
    let needs: Vec<String> = guide
        .requirements
        .iter()
        .map(|need| line(need, say))
        .collect();
    text.push_str(&format!("{}\n", say.t("guide-materials")));
    text.push_str(&indent(&needs.join("\n")));
    if guide.id_check {
        text.push_str(&indent(&say.t("terms-id-check")));
    }
    let Some(texts) = &guide.texts else {
        text.push_str(&format!("{}\n", say.t("guide-short")));
        return text;
    };
    for element in Element::ALL {
        let words = texts.text(*element);
        if (element.public() || staff) && !words.is_empty() {
            let title = say.term("element", element.name());
            text.push_str(&format!("{title}\n{}", indent(words)));
        }
    }
    let names = |list: Vec<String>| list.join(&say.t("list-comma"));
    let ways = texts
        .apply_ways
        .iter()
        .map(|way| say.term("way", way.name()));
    let mut ways = names(ways.collect());
    if let Some(reason) = &texts.one_way_because {
        ways = say.tf("guide-one-way", &[("way", &ways), ("reason", reason)]);
    }
    let mut rows = vec![(say.t("guide-apply-ways"), ways)];
    if staff {
        let modes = texts.modes.iter().map(|mode| say.term("mode", mode.name()));
        rows.push((say.t("guide-modes"), names(modes.collect())));
        let channels = texts.channels.iter();
        let channels = channels.map(|channel| say.term("transfer", channel.name()));
        rows.push((say.t("guide-channels"), names(channels.collect())));
    }
    let filed = match &texts.filed {
        None => say.t("guide-not-filed"),
        Some(filed) => {
            let on = filed.on.to_string();
            let values = [
                ("by", &*filed.by),
                ("on", &*on),
                ("number", &*filed.file_no),
            ];
            say.tf("guide-filed", &values)
        }
    };
    rows.push((say.t("guide-filing"), filed));
    text.push_str(&fields(&rows));
    text
}

/// Writes a material with all that the guide says about it.
fn line(need: &Requirement, say: &Catalogue) -> String {
    let mut marks = vec![match need.must {
        true => say.t("terms-must"),
        false => say.t("terms-may"),
    }];
    marks.extend(need.condition.clone());
    if need.original {
        marks.push(say.t("terms-original"));
    }
    if need.post {
        marks.push(say.t("guide-post"));
    }
    if let Some(copies) = need.copies {
        marks.push(say.tf("guide-copies", &[("count", &copies.to_string())]));
    }
    let word = |kind, value: &dyn erased::Word| say.term(kind, &value.word());
    marks.extend(need.form.as_ref().map(|form| word("form", form)));
    marks.extend(need.source.as_ref().map(|source| word("source", source)));
    marks.extend(need.verify_by.as_ref().map(|by| word("verify", by)));
    if let Some(sample) = &need.sample_ref {
        marks.push(say.tf("guide-sample", &[("sample", sample)]));
    }
    let marks = marks.join(&say.t("list-comma"));
    let values = [("id", &*need.id), ("name", &*need.name), ("marks", &*marks)];
    say.tf("terms-need", &values)
}

/// Words of the protocol by their names in files.
mod erased {
    /// A value whose name in files is one word.
    pub trait Word {
        /// The word.
        fn word(&self) -> String;
    }

    impl<T: serde::Serialize> Word for T {
        fn word(&self) -> String {
            let value = serde_json::to_value(self).ok();
            let text = value.as_ref().and_then(|value| value.as_str());
            text.unwrap_or_default().to_owned()
        }
    }
}

async fn import(args: ImportArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let text = context.terminal().read(&args.table)?;
    let guides = guide_sheet::read(&args.table, &text)?;
    let command = |guide: &GuideTerms| {
        Command::PublishGuide(PublishGuide {
            guide: guide.clone(),
            agreement: args.which.agreement.clone(),
        })
    };
    // Judged before the first one is published: a table is published whole, or not at all.
    rehearse(guides.iter().map(command).collect(), context).await?;
    let mut lines = String::new();
    let mut done = Vec::new();
    for guide in &guides {
        let version = guide.version.to_string();
        let values = [("item", guide.item.as_str()), ("version", &version)];
        let line = context.say.tf("sheet-guide", &values);
        if !args.dry_run {
            done.push(give(&command(guide), context).await?.1);
        }
        lines.push_str(&format!("{line}\n"));
    }
    lines.push_str(&match args.dry_run {
        true => format!("{}\n", context.say.t("sheet-dry-run")),
        false => String::new(),
    });
    Ok(Shown::new(done, lines))
}

fn items(args: &ItemsArgs, context: &Context<'_>) -> Result<Shown, CliError> {
    let text = context.terminal().read(&args.table)?;
    let items = item_sheet::read(&args.table, &text)?;
    let count = items.len();
    let toml = item_sheet::terms(&items)?;
    Ok(match (&args.output, args.dry_run) {
        (_, true) => {
            let text = context.say.t("sheet-dry-run");
            Shown::new(items, format!("{text}\n"))
        }
        (None, false) => Shown::new(items, toml),
        (Some(path), false) => {
            write_file(path, toml.as_bytes())?;
            written(path, count, context.say)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;
    use crate::tests::{cities, status, whole_guide};

    #[test]
    fn a_guide_is_shown_whole_and_what_is_for_staff_only_to_them() {
        let guide = whole_guide();
        let zh = Catalogue::new(Lang::Zh);
        let public = page(&guide, &cities(), false, &zh);
        for expected in [
            "收费情况",
            "不收费",
            "M1 社会保障卡申领表",
            "网上申请",
            "备〔2026〕1号",
        ] {
            assert!(public.contains(expected), "{expected}\n{public}");
        }
        assert!(!public.contains("形式审查要点"), "{public}");
        let staff = page(&guide, &cities(), true, &zh);
        assert!(
            staff.contains("形式审查要点") && staff.contains("平台推送"),
            "{staff}"
        );
        let english = page(&guide, &cities(), true, &Catalogue::new(Lang::En));
        assert!(
            english.contains("Fees") && english.contains("by an e-cert"),
            "{english}"
        );
        // A short guide says that it is one.
        let short = &status().agreements[0].terms.guides[0];
        let text = page(short, &cities(), true, &zh);
        assert!(text.contains(&zh.t("guide-short")), "{text}");
    }

    #[test]
    fn of_each_owner_the_newest_guide_is_kept() {
        let guide = whole_guide();
        let older = GuideAnswer {
            version: guide.version - 1,
            ..guide.clone()
        };
        let other = GuideAnswer {
            owner: "350700".parse().expect("a code"),
            ..older.clone()
        };
        assert_eq!(newest(vec![&older, &guide, &other]), [&guide, &other]);
    }
}
