//! Cases in pages: asks the node until a page is full, and says how to go on.

use tongban_ledger::answer::{CASE_PAGE_MAX, CasePage, CaseQuery, CaseRow};

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::CliError;

/// How often the node is asked for one page: where few cases fit, each answer is short.
const CALLS_MAX: u32 = 40;

/// Gathers up to `wanted` cases that fit.
///
/// # Errors
/// The node refused or does not answer.
pub async fn gather(
    mut query: CaseQuery,
    wanted: u32,
    fits: impl Fn(&CaseRow) -> bool,
    context: &Context<'_>,
) -> Result<CasePage, CliError> {
    let mut found = CasePage::default();
    for _ in 0..CALLS_MAX {
        let have = u32::try_from(found.cases.len()).unwrap_or(u32::MAX);
        let left = wanted.saturating_sub(have);
        if left == 0 {
            break;
        }
        query.limit = Some(left.min(CASE_PAGE_MAX));
        let page = context.client.case_page(&query).await;
        let page = page.map_err(|error| context.explain(error))?;
        found
            .cases
            .extend(page.cases.into_iter().filter(|row| fits(row)));
        found.next.clone_from(&page.next);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(found)
}

/// Says that there is more, and how it is shown; nothing at the end.
pub fn more(next: Option<&String>, say: &Catalogue) -> String {
    next.map_or_else(String::new, |next| {
        format!("{}\n", say.tf("list-more", &[("next", next)]))
    })
}
