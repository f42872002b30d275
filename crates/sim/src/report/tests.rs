//! The page of a run on the virtual world: whole, self-contained, and safe for any text.

use super::page;
use crate::run::{Report, run};
use crate::scenario::Scenario;
use crate::texts::Language;
use crate::world::SimEngine;

/// The four cities' scenario, played on the virtual world.
async fn played(text: &str) -> (Scenario, Report) {
    let scenario = Scenario::parse(text, "four.toml").expect("a scenario");
    let mut engine = SimEngine::new(1);
    let report = run(&scenario, &mut engine, &mut |_| {})
        .await
        .expect("a run");
    (scenario, report)
}

const FOUR: &str = include_str!("../../../../scenarios/four-border-cities.toml");

/// The data that a page holds.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("the data");
    let (data, _) = rest.split_once("</script>").expect("the end of the data");
    serde_json::from_str(data).expect("JSON")
}

#[tokio::test]
async fn a_page_holds_the_run_and_fetches_nothing() {
    let (scenario, report) = played(FOUR).await;
    let page = page(&scenario, &report, Language::En);
    for outside in ["src=", "href=", "@import", "url(http", "fetch(", "import("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let data = data(&page);
    assert_eq!(data["lang"], "en");
    assert!(page.contains("<html lang=\"en\">"));
    assert_eq!(
        data["cities"].as_array().unwrap().len(),
        scenario.nodes.len()
    );
    let steps = scenario.steps.len();
    assert_eq!(data["events"].as_array().unwrap().len(), steps);
    assert_eq!(
        data["faults"].as_array().unwrap().len(),
        scenario.faults.len()
    );
    let docs = data["docs"].as_array().unwrap();
    let cases: Vec<_> = docs.iter().filter(|doc| doc["kind"] == "case").collect();
    assert_eq!(cases.len(), report.cases.len());
    for case in cases {
        assert_eq!(case["equal"], true, "{case}");
        let history = case["history"].as_array().unwrap();
        assert_eq!(history[0]["act"], "receive");
        // Every parent is there and stands before what rests on it.
        let ids: Vec<_> = history.iter().map(|entry| &entry["id"]).collect();
        for (at, entry) in history.iter().enumerate() {
            for parent in entry["parents"].as_array().unwrap() {
                assert!(ids[..at].contains(&parent), "{entry}");
            }
        }
    }
}

#[tokio::test]
async fn words_of_a_scenario_do_not_end_the_data() {
    let evil = "</script><script>alert(1)</script>/*SCRIPT*/";
    let (mut scenario, report) = played(FOUR).await;
    scenario.title.zh = Some(evil.to_owned());
    let page = page(&scenario, &report, Language::Zh);
    assert!(!page.contains("<script>alert"));
    assert_eq!(data(&page)["title"]["zh"], evil);
    assert_eq!(data(&page)["lang"], "zh");
    assert!(page.contains("<html lang=\"zh-CN\">"));
}
