//! Chained resolutions: who is a member, with which root key, under which limits and rules (`design.md` §5).
//!
//! A motion is put to the vote on the certificate before it, in numbered rounds of Vote, Commit and Nullify. Enough
//! Commits make the next certificate. The rules of voting stand in `rules.rs`, which the model of `model.rs` explores;
//! `chain.rs` says what the certificates that an author knew amount to.

mod act;
mod chain;
#[cfg(test)]
mod model;
mod motion;
mod poll;
pub mod rules;
#[cfg(test)]
mod tests;

pub use act::{Ballot, Nullify, contradict};
pub use chain::{Gone, Link, Member, Standing};
pub use motion::{ADDRESSES_MAX, Measure, Motion, Override, Replace, case_mark};
pub use poll::{Doubled, Polled, Turn};

pub(super) use chain::{Chained, Committed};
pub(super) use poll::{authorize_ballot, authorize_nullify, authorize_propose};
