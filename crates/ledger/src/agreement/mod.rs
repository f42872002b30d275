//! The agreement document: who founded it, who signed, which grants hold.
//!
//! Facts of an agreement only grow. [`Index`] numbers its entries on arrival and keeps an ancestor
//! bitmap for each; a [`View`] is the union of some heads' bitmaps, and a question walks the few
//! facts of one key and tests bits (`design.md` §4). Nothing here looks at a clock.

mod bitmap;
mod guide;
mod index;
mod item;
mod terms;
mod view;

use minicbor::{Decode, Encode};

pub use bitmap::Bitmap;
pub use guide::{Guide, REQUIREMENTS_MAX, Requirement};
pub use index::{CITY_ENTRIES_MAX, Index, IndexError, VIEW_HEADS_MAX};
pub use item::{CATEGORIES, Item, LEGAL_DAYS, Mode};
pub use terms::{
    Activation, Annex, FOUNDERS_MAX, Feedback, Found, Founder, Grant, Joint, JointStep, Limits,
    Postage, PostageRule, Power, STEPS_MAX, TEXT_BYTES_MAX,
};
pub use view::{Granted, View, view_id};

use crate::id::EntryId;

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
    /// Revokes a device: a statement that its city's root key signed, entered by any member.
    #[n(7)]
    Revoke(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
}

impl Act {
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
        }
    }
}
