//! `cargo xtask test kill`: 200 SIGKILLs of a node under writes, and the planted fault.
#![allow(
    clippy::expect_used,
    reason = "a test program: a panic is a failed test"
)]

use tongban_tests::kill::{run, unsynced_acknowledgements};

const KILLS: u32 = 200;

fn main() -> std::process::ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tally = runtime.block_on(run(KILLS, |nth| {
        if nth % 10 == 0 {
            eprintln!("{nth}/{KILLS} kills");
        }
    }));
    println!("{tally:#?}");
    let (honest, planted) = unsynced_acknowledgements(200);
    println!(
        "acknowledged without a synced write: honest {honest}, planted sync = false {planted} of 200"
    );
    let passed = tally.kills == KILLS
        && tally.failed_opens == 0
        && tally.lost == 0
        && tally.duplicated == 0
        && tally.repeated > 0
        && honest == 0
        && planted == 200;
    println!("{} passed, {} failed", u8::from(passed), u8::from(!passed));
    if passed {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    }
}
