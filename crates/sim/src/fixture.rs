//! Small scenarios for the tests of this crate.

use crate::scenario::Scenario;

/// The head of a scenario with three cities and the least terms.
pub(crate) const HEAD: &str = r#"scenario = "test"
calendar = "CN-2026"
nodes = ["330800", "350700", "361100"]
start = "2026-09-01T08:00"
[terms]
name = "三市合作协议"
code = "AG-3"
"#;

/// Appends steps, faults and expectations to the head.
pub(crate) fn three_cities(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

/// Parses a scenario that has no mistakes.
pub(crate) fn parsed(text: &str) -> Scenario {
    match Scenario::parse(text, "test.toml") {
        Ok(scenario) => scenario,
        Err(mistakes) => panic!("{mistakes:#?}"),
    }
}
