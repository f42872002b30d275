//! Writes the generated document and the golden files: `cargo xtask docs`.

#[path = "../../../crates/sync/tests/pairs/mod.rs"]
mod pairs;
#[path = "../../../crates/sync/tests/samples/mod.rs"]
mod samples;

use tongban_tests::world;

fn main() -> std::io::Result<()> {
    // xtask runs it in the root of the checkout.
    let root = std::env::current_dir().expect("a working directory");
    std::fs::write(
        root.join("docs/concurrent-acts.md"),
        pairs::document(&pairs::play_all()),
    )?;
    let golden = root.join("crates/sync/tests/golden");
    std::fs::create_dir_all(&golden)?;
    for (name, text) in samples::samples() {
        let ending = if name == "invitation" { "txt" } else { "hex" };
        std::fs::write(golden.join(format!("{name}.{ending}")), text)?;
    }
    Ok(())
}
