//! A few hostile inputs of every class in the ordinary tests; `cargo xtask test hostile` gives thousands.

use peak_alloc::PeakAlloc;
use tongban_tests::hostile;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[test]
fn no_hostile_input_gets_through_the_gate() {
    assert!(hostile::counts_allocations());
    hostile::count_panics();
    let rows = hostile::run(60, None, |_| {});
    let table = hostile::table(&rows);
    // The hook counts panics instead of printing them, so what fails here must be printed by hand.
    println!("{table}");
    if !rows.iter().all(hostile::Row::is_sound) {
        eprintln!("{table}");
        std::process::exit(1);
    }
}
