//! Writes the generated document and the golden files: `cargo xtask docs`.

#[path = "../../../crates/sync/tests/pairs/mod.rs"]
mod pairs;
#[path = "../../../crates/sync/tests/samples/mod.rs"]
mod samples;
#[path = "../../../crates/sync/tests/world/mod.rs"]
mod world;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
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
