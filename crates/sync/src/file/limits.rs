//! The bounds of a file change. Raising one needs a new rules version; lowering one voids old files.

/// Greatest length of a change, in bytes, header included.
pub const CHANGE_BYTES_MAX: usize = 48 * 1024;
/// Greatest number of operations in a change.
pub const OPS_MAX: u64 = 2_000;
/// Greatest number of overwritten operations that a change names, over all its operations.
pub(super) const PREDECESSORS_MAX: u64 = 4 * OPS_MAX;
/// Greatest number of changes that a change directly builds on.
pub const DEPS_MAX: u64 = 64;
/// Greatest number of other actors that a change refers to.
///
/// Every entry writes under an actor of its own, so deleting a passage that was written in many
/// entries refers to that many actors.
pub const OTHER_ACTORS_MAX: u64 = 256;
/// Greatest length of a field's or checklist item's name, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Greatest length of a field's value, in bytes.
pub const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Greatest number of edits in a change.
pub const EDITS_MAX: usize = 200;
/// Greatest operation counter. Automerge panics on a local write beyond `u32::MAX`.
pub const COUNTER_MAX: u64 = 1 << 31;
