//! Entries, gate, order, files and feeds: the replicated ledger as a sans-IO engine.
//!
//! No clock, no randomness of its own, no runtime, no files: `engine` gets events, time, random
//! bytes and reads as arguments, and asks for effects.

pub mod bundle;
mod db;
pub mod document;
pub mod engine;
pub mod entry;
pub mod evidence;
pub mod file;
pub mod fold;
pub mod forks;
pub mod founding;
pub mod frame;
pub mod keyring;
mod keys;
pub mod lines;
mod listing;
mod reconcile;
pub mod resolution;
mod seal;
pub mod storage;

pub use engine::{CommandError, Ctx, Engine, Entropy, Input, LinkId, Notice, Now, Output, Own};
