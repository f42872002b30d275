//! A reference model of custody and money, written from the design and not from the ledger.
//!
//! Plain sets and maps, folded whole each time, slow and short. It shares no rule with `tongban-ledger`: from
//! there come only the values that acts carry (`read.rs`). What it leaves out are the rules of paper (guides,
//! grants, dates, forms): where a node denies an act on those, the model takes its word.

mod custody;
mod money;
mod read;
mod rights;

#[cfg(test)]
mod tests;

pub(crate) use custody::{Case, Outcome};
pub(crate) use money::{Book, month, signed};
pub(crate) use read::{book, case};

/// An entry.
pub(crate) type Id = [u8; 32];
/// A city.
pub(crate) type City = [u8; 32];
