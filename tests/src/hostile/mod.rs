//! Hostile inputs against the gate of a real engine: what a signing member of the agreement can send,
//! class by class (the threats are listed in `docs/protocol.md`, the gate is that of production).
//!
//! Everything hostile is made here at run time; no hostile file is stored. The attacker holds a member's
//! device key, so frames come over an admitted link and entries are signed and sealed as they should be.
//! Each class shows what was refused, what was stored without effect, and what it cost; honest entries
//! of the same batch must be kept, and a clerk must be able to write on.

mod changes;
mod field;
mod flood;
#[path = "../../../crates/sync/src/file/tests/forge.rs"]
mod forge;
mod member;
mod meter;
mod random;
mod signatures;
mod victim;
mod wire;

pub use field::Field;
pub use meter::{INPUT_BYTES_MAX, Row, count_panics, counts_allocations, table};
pub use random::Random;

use std::path::Path;

/// Floods a real node; the numbers of dials and of streams.
pub use flood::run as flood;
/// Lets a member attack a real node; how hard.
pub use member::run as member;

/// Plays every class with about `count` inputs, and tells each row as it is done.
///
/// `cli` is the program `tongban`, asked about each signature; without it two of three paths are asked.
pub fn run(count: usize, cli: Option<&Path>, mut done: impl FnMut(&Row)) -> Vec<Row> {
    let field = Field::new();
    let mut rows = Vec::new();
    let mut take = |row: Row| {
        done(&row);
        rows.push(row);
    };
    for (name, make) in changes::CLASSES {
        take(changes::run_class(&field, name, *make, count));
    }
    take(changes::twins(&field, count));
    take(changes::sealed(&field, count));
    take(wire::frames(&field, count));
    take(wire::bombs(&field, count.min(2_000)));
    take(wire::headers(&field, count));
    take(wire::acts(&field, count));
    take(wire::talk(&field, count.min(2_000)));
    take(wire::feeds(&field, count));
    take(wire::strangers(&field, count));
    take(wire::replay(&field));
    take(wire::batches(&field));
    take(wire::orphans(&field, count * 20));
    take(signatures::run(&field, cli));
    rows
}
