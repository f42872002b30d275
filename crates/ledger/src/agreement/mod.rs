//! The agreement document: who founded it, who signed, which grants hold.
//!
//! Facts of an agreement only grow. [`Index`] numbers its entries on arrival and keeps an ancestor
//! bitmap for each; a [`View`] is the union of some heads' bitmaps, and a question walks the few
//! facts of one key and tests bits (`design.md` §4). Nothing here looks at a clock.

mod adopt;
mod bitmap;
mod channel;
mod decide;
mod guide;
mod guide_texts;
mod index;
mod item;
mod list;
mod proposal;
#[cfg(test)]
mod proposal_tests;
pub mod resolution;
mod terms;
#[cfg(test)]
mod tests;
mod view;

use minicbor::{Decode, Encode};

pub use adopt::Progress;
pub use bitmap::Bitmap;
pub use channel::{RECOGNITION_MAX, Recognition, Transfer};
pub use decide::{Conflict, Decision, Ending, Standing};
pub use guide::{Form, Guide, GuideFault, REQUIREMENTS_MAX, Requirement, Source, VerifyBy};
pub use guide_texts::{ApplyWay, ELEMENT_BYTES_MAX, Element, Filed, GUIDE_BYTES_MAX, GuideTexts};
pub use index::{CITY_ENTRIES_MAX, CITY_WORDS_MAX, Index, IndexError, VIEW_HEADS_MAX};
pub use item::{CATEGORIES, Item, LEGAL_DAYS, Mode, ReviewKind};
pub use list::{
    AdoptBatch, BATCHES_MAX, Batch, DEPTS_MAX, Difference, Except, Implementing, ListKind,
    Nominate, ROWS_MAX, Role, Row, Stance, StanceKind, Supplement, differences,
};
pub use proposal::{
    Adopt, Body, NettingRule, OPEN_MAX, OWNERS_MAX, Proposal, Reallocation, Refuse, SHARES_MAX,
    Share, Slot, Subject, line_mark,
};
pub use resolution::{Ballot, Measure, Motion, Nullify};
pub use terms::{
    Activation, Annex, FOUNDERS_MAX, Feedback, Found, Founder, Grant, Joint, JointStep, LastMile,
    Limits, POSTAGE_RULES_MAX, Postage, PostageRule, Power, STEPS_MAX, TEXT_BYTES_MAX,
};
pub use view::{Granted, View, view_id};

use crate::id::EntryId;

/// How many versions a text may leave out: nobody uses up all the versions that others need.
pub const VERSION_STEP_MAX: u32 = 1_000;
/// The newest rules version that this software knows.
pub const RULES_VERSION: u16 = 1;

/// What a city may sign in an agreement document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Founds the agreement: the genesis, and its author's own signature.
    #[n(0)]
    Found(#[n(0)] Found),
    /// Signs the agreement as a founder; it is in force once every founder signed.
    #[n(1)]
    Ratify,
    /// Offers powers to a city; in force once the grantee took them.
    #[n(2)]
    Offer(#[n(0)] Grant),
    /// Takes an offered grant.
    #[n(3)]
    Take(#[n(0)] EntryId),
    /// Withdraws a grant of one's own; needs nobody else.
    #[n(4)]
    Withdraw(#[n(0)] EntryId),
    /// Suspends an item that one owns, for new cases.
    #[n(5)]
    Suspend(#[n(0)] String),
    /// Ends a suspension.
    #[n(6)]
    Resume(#[n(0)] EntryId),
    /// Publishes another version of one's own guide; needs nobody else.
    #[n(8)]
    Publish(#[n(0)] Guide),
    /// Proposes a further batch to all members.
    #[n(9)]
    ProposeBatch(#[n(0)] Supplement),
    /// Adopts a proposed batch; it holds once every member did.
    #[n(10)]
    AdoptBatch(#[n(0)] AdoptBatch),
    /// Nominates an item for a list.
    #[n(11)]
    Nominate(#[n(0)] Nominate),
    /// Says for or against a nominated item.
    #[n(12)]
    Stance(#[n(0)] Stance),
    /// Revokes a device: a statement that its city's root key signed, entered by any member.
    #[n(7)]
    Revoke(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// Puts a text to all members.
    #[n(13)]
    Propose(#[n(0)] Proposal),
    /// Signs a proposed text; it holds once every member did.
    #[n(14)]
    Adopt(#[n(0)] Adopt),
    /// Refuses a proposal or a batch: with one objection it is not adopted.
    #[n(15)]
    Refuse(#[n(0)] Refuse),
    /// Takes back a proposal or a batch of one's own.
    #[n(16)]
    WithdrawProposal(#[n(0)] EntryId),
    /// Puts a motion: a chained resolution in the making.
    #[n(20)]
    Move(#[n(0)] Box<Motion>),
    /// Votes for a motion in a round.
    #[n(21)]
    Vote(#[n(0)] Ballot),
    /// Commits to a motion that has the votes of a round.
    #[n(22)]
    Commit(#[n(0)] Ballot),
    /// Gives a round up.
    #[n(23)]
    Nullify(#[n(0)] Nullify),
}

impl Act {
    /// Before how many entries of its city an agreement takes the act, unless other cities rest on it.
    pub const fn city_entries_max(&self) -> usize {
        match self {
            Act::Vote(_) | Act::Commit(_) | Act::Nullify(_) | Act::Revoke(_) => {
                CITY_ENTRIES_MAX + CITY_WORDS_MAX
            }
            _ => CITY_ENTRIES_MAX,
        }
    }

    /// The act's stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Act::Found(_) => "found",
            Act::Ratify => "ratify",
            Act::Offer(_) => "offer",
            Act::Take(_) => "take",
            Act::Withdraw(_) => "withdraw",
            Act::Suspend(_) => "suspend",
            Act::Resume(_) => "resume",
            Act::Revoke(_) => "revoke",
            Act::Publish(_) => "publish",
            Act::ProposeBatch(_) => "propose-batch",
            Act::AdoptBatch(_) => "adopt-batch",
            Act::Nominate(_) => "nominate",
            Act::Stance(_) => "stance",
            Act::Propose(_) => "propose",
            Act::Adopt(_) => "adopt",
            Act::Refuse(_) => "refuse",
            Act::WithdrawProposal(_) => "withdraw-proposal",
            Act::Move(_) => "move",
            Act::Vote(_) => "vote",
            Act::Commit(_) => "commit",
            Act::Nullify(_) => "nullify",
        }
    }
}
