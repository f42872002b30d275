//! `cargo xtask test hostile [--inputs N]`: thousands of hostile inputs of every class against the gate, and
//! floods of a real node; prints a table and fails on any panic, lost honest entry or excess of memory.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test program: a panic is a failed run"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use peak_alloc::PeakAlloc;
use tongban_tests::hostile;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Inputs of each class unless the command line says otherwise.
const INPUTS: usize = 5_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let inputs = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Some(INPUTS),
        ["--inputs", number] => number.parse().ok(),
        _ => None,
    };
    let Some(inputs) = inputs else {
        eprintln!("hostile [--inputs N]");
        return ExitCode::from(2);
    };
    assert!(hostile::counts_allocations(), "allocations are counted");
    hostile::count_panics();
    let cli = std::env::var_os("TONGBAN_CLI_BIN").map(PathBuf::from);
    let mut rows = hostile::run(inputs, cli.as_deref(), |row| {
        eprintln!("{}: {} inputs", row.class, row.inputs);
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (row, text) = runtime.block_on(hostile::flood(inputs.clamp(100, 1_000), inputs * 4));
    rows.push(row);
    let (row, more) = runtime.block_on(hostile::member((inputs / 100).clamp(40, 200)));
    rows.push(row);
    print!("{}{text}{more}", hostile::table(&rows));
    if rows.iter().all(hostile::Row::is_sound) {
        return ExitCode::SUCCESS;
    }
    println!(
        "a class did harm: see the lines that begin with `!`, and the columns escaped, lost and peak"
    );
    ExitCode::FAILURE
}
