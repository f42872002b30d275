//! A picture of a run: one HTML file with everything in it, to be looked at in a browser.
//!
//! The data come from the run's report; `page.html` and `page.js` draw them. Nothing is fetched from
//! anywhere. What is not here: judging a run, which is the runner's.

mod picture;

#[cfg(test)]
mod tests;

use crate::run::Report;
use crate::scenario::Scenario;
use crate::texts::Language;
use picture::Picture;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// Draws a run as one HTML file; the language is the one it opens in, the reader may change it.
pub fn page(scenario: &Scenario, report: &Report, language: Language) -> String {
    let picture = Picture::of(scenario, report, language);
    // Text of a scenario must not end the element that holds the data.
    let data = serde_json::to_string(&picture)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let tag = match language {
        Language::Zh => "<html lang=\"zh-CN\">",
        Language::En => "<html lang=\"en\">",
    };
    // The data go in last, since they may hold anything.
    PAGE.replace("<html lang=\"zh\">", tag)
        .replace("/*SCRIPT*/", SCRIPT)
        .replace("/*DATA*/", &data)
}
