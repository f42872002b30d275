//! `tongban agreement batch import|export`: batches of a list from and to tables for WPS and Excel.

use std::path::PathBuf;

use tongban_ledger::agreement::{Batch, Item, ListKind};
use tongban_ledger::answer::StatusAnswer;
use tongban_ledger::calendar::Day;
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::lists::ProposeBatch;

use super::{Which, write_file};
use crate::commands::{give, rehearse};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::read;
use crate::sheet::batch as sheet;
use crate::source::Source;
use crate::words;

/// Raw arguments of `agreement batch`.
#[derive(Debug, clap::Subcommand)]
pub enum BatchSub {
    /// Writes a batch as a table.
    Export(ExportArgs),
    /// Proposes a batch from a table.
    Import(ImportArgs),
}

/// Raw arguments of `batch export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub table: PathBuf,
    /// The id of the batch
    #[arg(long, value_name = "BATCH")]
    pub batch: String,
}

/// Raw arguments of `batch import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The table
    #[arg(value_name = "FILE.csv")]
    pub table: String,
    /// The id of the batch, as 2026-2
    #[arg(long, value_name = "BATCH")]
    pub batch: String,
    /// Whose list it belongs to
    #[arg(long, value_name = "LIST", value_parser = words::list(), default_value = "regional")]
    pub list: ListKind,
    /// Its place in that list [default: the next]
    #[arg(long, value_name = "COUNT")]
    pub seq: Option<u16>,
    /// The day by which its items are to be live, where a row says nothing else
    #[arg(long, value_name = "DAY")]
    pub due: Option<String>,
    /// The first day on which any of it is live
    #[arg(long, value_name = "DAY")]
    pub effective: String,
    /// Checks the table and proposes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which agreement, where there are several
    #[command(flatten)]
    pub which: Which,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`].
pub async fn run(sub: BatchSub, context: &Context<'_>) -> Result<Shown, CliError> {
    let status = context.client.status().await;
    let status = status.map_err(|error| context.explain(error))?;
    match sub {
        BatchSub::Export(args) => export(&args, &status, context),
        BatchSub::Import(args) => import(args, &status, context).await,
    }
}

fn export(
    args: &ExportArgs,
    status: &StatusAnswer,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let found = status.agreements.iter().find_map(|agreement| {
        let mut batches = agreement.terms.lists.batches.iter();
        let batch = batches.find(|batch| batch.id == args.batch)?;
        Some((batch, &agreement.terms.items))
    });
    let Some((batch, items)) = found else {
        return Err(CliError::refused(Code::NotFound, args.batch.clone()));
    };
    write_file(&args.table, &sheet::write(&batch.rows, items)?)?;
    let (file, count) = (
        args.table.display().to_string(),
        batch.rows.len().to_string(),
    );
    let values = [("file", file.as_str()), ("count", count.as_str())];
    let text = context.say.tf("sheet-written", &values);
    Ok(Shown::new(
        serde_json::json!({ "file": file }),
        format!("{text}\n"),
    ))
}

async fn import(
    args: ImportArgs,
    status: &StatusAnswer,
    context: &Context<'_>,
) -> Result<Shown, CliError> {
    let text = context.terminal().read(&args.table)?;
    let lines = sheet::read(&args.table, &text)?;
    let due = args.due.as_ref().map(|due| read::day(due, "--due"));
    let effective = read::day(&args.effective, "--effective")?;
    let dry_run = args.dry_run;
    let proposal = proposal(args, lines, (due.transpose()?, effective), status);
    let command = Command::ProposeBatch(proposal);
    if !dry_run {
        return give(&command, context).await.map(|(shown, _)| shown);
    }
    rehearse(vec![command], context).await?;
    let text = context.say.t("sheet-dry-run");
    Ok(Shown::new(serde_json::json!([]), format!("{text}\n")))
}

/// Makes the proposal: the next batch of its list, with the items that the catalogue lacks.
fn proposal(
    args: ImportArgs,
    lines: Vec<sheet::Line>,
    (due, effective): (Option<Day>, Day),
    status: &StatusAnswer,
) -> ProposeBatch {
    let fits = |id: &str| {
        let named = args.which.agreement.as_deref();
        named.is_none_or(|beginning| id.starts_with(beginning))
    };
    let agreements = || {
        let all = status.agreements.iter();
        all.filter(|agreement| fits(&agreement.agreement))
    };
    let batches = agreements().flat_map(|one| &one.terms.lists.batches);
    let of_list = batches.filter(|batch| batch.list == args.list);
    let last = of_list.map(|batch| batch.seq).max().unwrap_or(0);
    let known = |item: &Item| {
        let mut items = agreements().flat_map(|one| &one.terms.items);
        items.any(|known| known.code == item.code)
    };
    let items = lines.iter().filter_map(|line| line.item.clone());
    let items = items.filter(|item| !known(item)).collect();
    ProposeBatch {
        batch: Batch {
            id: args.batch,
            list: args.list,
            seq: args.seq.unwrap_or_else(|| last.saturating_add(1)),
            due,
            rows: lines.into_iter().map(|line| line.row).collect(),
        },
        items,
        guides: Vec::new(),
        live: Vec::new(),
        effective,
        sign: true,
        agreement: args.which.agreement,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tests::status;

    const TABLE: &str = "事项基本编码,事项名称,应用场景,牵头单位,配合单位,实现时间,实现方式,承诺工作日\n\
        I-04,社会保障卡申领,异地就业,人社部门,公安部门、银行,2026-12-31,AB,3\n\
        I-90,居住证办理,异地居住,公安部门,,,B,5\n";

    fn args() -> ImportArgs {
        ImportArgs {
            table: "b.csv".to_owned(),
            batch: "2026-2".to_owned(),
            list: ListKind::Regional,
            seq: None,
            due: None,
            effective: "2026-11-01".to_owned(),
            dry_run: false,
            which: Which { agreement: None },
        }
    }

    /// a table becomes the next batch of its list, with the items that the catalogue lacks, and comes back
    /// from it.
    #[test]
    fn a_table_becomes_the_next_batch() {
        let mut status = status();
        let row = json!({"item": "I-04", "name": "社会保障卡申领"});
        status.agreements[0].terms.lists = serde_json::from_value(json!({
            "batches": [{"id": "2026-1", "list": "regional", "seq": 4, "live": 1, "total": 1, "rows": [row]}],
        }))
        .expect("lists");
        let lines = sheet::read("b.csv", TABLE).expect("a batch");
        let days = (None, "2026-11-01".parse().expect("a day"));
        let made = proposal(args(), lines.clone(), days, &status);
        assert_eq!((made.batch.seq, made.batch.rows.len()), (5, 2));
        let codes: Vec<&str> = made.items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(codes, ["I-90"], "the catalogue has the other");
        let bytes = sheet::write(&made.batch.rows, &made.items).expect("memory");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let again = sheet::read("b.csv", &text).expect("a batch");
        let rows = |lines: &[sheet::Line]| -> Vec<_> {
            lines.iter().map(|line| line.row.clone()).collect()
        };
        assert_eq!(rows(&again), rows(&lines));
        let twice = TABLE.replace("I-90", "I-04");
        let error = sheet::read("b.csv", &twice).expect_err("a mistake");
        assert_eq!(error.about(), "b.csv:3:item");
    }
}
