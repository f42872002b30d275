//! A handful of tests on real processes.
#![allow(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::path::Path;

use serde_json::json;
use tongban_tests::kill::{run, unsynced_acknowledgements};
use tongban_tests::{Node, found, hostile};

fn holds(dir: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        // A socket cannot be read, and holds nothing.
        std::fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_directory_of_a_third_city_knows_nothing_of_a_case() {
    let canary = "金丝雀七三一九";
    let folder = tempfile::tempdir().unwrap();
    let mut nodes: Vec<Node> = [
        ("330800", "衢州市"),
        ("350700", "南平市"),
        ("361100", "上饶市"),
    ]
    .map(|(division, name)| Node::init(folder.path(), division, name))
    .into();
    for node in &mut nodes {
        assert!(node.start());
    }
    found(&nodes).await;
    let done = nodes[0].receive("r", "350700", canary).await.unwrap();
    let case = done.number.unwrap();
    let officer = json!({"case": case, "officer": "W01"});
    nodes[0]
        .act("f", "case.formal-pass", officer)
        .await
        .unwrap();
    nodes[0]
        .act("p", "case.push", json!({"case": case}))
        .await
        .unwrap();
    while nodes[0].client.case(&case).await.unwrap().row.stage != "S40" {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let at_owner = nodes[1].client.case(&case).await.unwrap();
    assert_eq!(at_owner.applicant.unwrap().name, canary);
    let id: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&done.document[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    assert!(nodes[2].client.case(&case).await.is_err());
    for node in &mut nodes {
        node.kill();
    }
    for needle in [
        &id[..],
        canary.as_bytes(),
        case.as_bytes(),
        done.document.as_bytes(),
    ] {
        assert!(!holds(nodes[2].dir(), needle));
    }
    // The search finds what is there; names lie sealed even with the parties.
    assert!(holds(nodes[0].dir(), &id) && holds(nodes[1].dir(), &id));
    assert!(!holds(nodes[0].dir(), canary.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_kills_lose_nothing_and_repeat_nothing() {
    let tally = run(6, |_| {}).await;
    assert_eq!((tally.kills, tally.failed_opens), (6, 0));
    assert_eq!((tally.lost, tally.duplicated), (0, 0), "{tally:?}");
    assert!(tally.acknowledged > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_cities_work_while_a_member_attacks_one_of_them() {
    let (row, text) = hostile::member(40).await;
    assert!(row.is_sound(), "{}{text}", hostile::table(&[row]));
}

#[test]
fn an_acknowledgement_without_a_synced_write_is_caught() {
    assert_eq!(unsynced_acknowledgements(20), (0, 20));
}
