//! The page of a run on the virtual world: whole, self-contained, and safe for any text.

use super::page;
use super::picture::Look;
use crate::faults::FaultKind;
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
    let mut linked = 0;
    for case in cases {
        assert_eq!(case["equal"], true, "{case}");
        let history = case["history"].as_array().unwrap();
        assert_eq!(history[0]["act"], "receive");
        assert_eq!(history[0]["signed"], serde_json::Value::Null, "{case}");
        // Every parent is there and stands before what rests on it.
        let rows = &report.histories[case["id"].as_str().unwrap()];
        for (at, entry) in history.iter().enumerate() {
            let parents = entry["parents"].as_array().unwrap();
            assert_eq!(parents.len(), rows[at].parents.len(), "{entry}");
            linked += parents.len();
            for parent in parents {
                assert!(parent.as_u64().unwrap() < at as u64, "{entry}");
            }
        }
    }
    assert!(linked > 50, "{linked} links");
}

/// One fault of each look, and one link apart from a partition.
#[test]
fn faults_look_like_what_they_do() {
    let city = |code| tongban_identity::DivisionCode::new(code).unwrap();
    let (one, other) = (city(330_800), city(350_700));
    let look = |fault, cities: &[&[_]]| {
        let cities: Vec<Vec<_>> = cities.iter().map(|side| side.to_vec()).collect();
        Look::of(fault, &cities)
    };
    assert_eq!(look(FaultKind::Kill, &[&[one]]), Look::Down);
    assert_eq!(look(FaultKind::SyncError, &[&[one]]), Look::Down);
    assert_eq!(look(FaultKind::Partition, &[&[one], &[other]]), Look::Cut);
    assert_eq!(look(FaultKind::OneWay, &[&[one, other]]), Look::Link);
    assert_eq!(look(FaultKind::Flap, &[&[one, other]]), Look::Link);
    assert_eq!(look(FaultKind::Flap, &[&[one]]), Look::Cut);
    assert_eq!(look(FaultKind::ByzantineForge, &[&[one]]), Look::Hostile);
    assert_eq!(look(FaultKind::ByzantineVanish, &[&[one]]), Look::Down);
    assert_eq!(look(FaultKind::Loss, &[&[one]]), Look::Worse);
}

#[tokio::test]
async fn an_absurd_time_does_not_stretch_the_axis() {
    let (scenario, mut report) = played(FOUR).await;
    let absurd = [i64::MIN, i64::MAX, 0];
    let rows = report.histories.values_mut().flatten();
    for (row, time) in rows.zip(absurd.into_iter().cycle()) {
        row.time = time;
    }
    let data = data(&page(&scenario, &report, Language::Zh));
    let (from, until) = (
        data["from"].as_i64().unwrap(),
        data["until"].as_i64().unwrap(),
    );
    let docs = data["docs"].as_array().unwrap();
    let entries = docs
        .iter()
        .flat_map(|doc| doc["history"].as_array().unwrap());
    let mut seen = 0;
    for entry in entries {
        assert!(entry["signed"].is_string(), "{entry}");
        assert!(
            (from..=until).contains(&entry["time"].as_i64().unwrap()),
            "{entry}"
        );
        seen += 1;
    }
    assert!(seen > 50, "{seen} entries");
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
