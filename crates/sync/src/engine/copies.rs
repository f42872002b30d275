//! Two live nodes with one device key: how a peer notices, and how both hear of it.
//!
//! A node draws a boot nonce at each start and keeps it for life. A start that another one took the place of, and
//! that then answers on a link of its own, is alive beside it: somebody copied the node's folder. Nothing is
//! decided by this; both nodes show it to their operator (`design.md` §7).

use std::collections::BTreeSet;

use tongban_identity::CityId;
use tongban_ledger::AgreementId;

use super::links::LinkId;
use super::{Ctx, Engine, Notice, Output};
use crate::entry::BootNonce;
use crate::frame::Frame;

/// How long a node waits before it dials a peer again that says it is not the only one, in milliseconds.
pub(super) const CROWDED_MS: u64 = 30_000;
/// How many starts of a device are remembered.
const STARTS_MAX: usize = 64;
/// How long a peer's word about a copy keeps this node from voting by itself, in milliseconds: a peer that gives
/// nothing back ends no round of votes.
const WORD_MS: u64 = 600_000;
/// How many words of one peer do so.
const WORDS_MAX: u32 = 4;

/// What is known of the starts of a peer's device.
#[derive(Debug, Default)]
pub(super) struct Starts {
    current: Option<BootNonce>,
    /// Starts that a later one took the place of.
    displaced: BTreeSet<BootNonce>,
    /// Starts that were seen alive beside another.
    copies: BTreeSet<BootNonce>,
    /// The start of this city's own device that the peer saw beside this one.
    told: Option<BootNonce>,
    /// How many such words were waited on.
    words: u32,
    /// Until when the last one is, in monotonic milliseconds.
    word_until: Option<u64>,
}

impl Starts {
    /// Says whether the peer sees two nodes of this city.
    pub(super) fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// The peer says that it saw another start; says whether that is news.
    fn tell(&mut self, boot: BootNonce, now_ms: u64) -> bool {
        let news = self.told.replace(boot) != Some(boot);
        if news && self.words < WORDS_MAX {
            self.words += 1;
            self.word_until = Some(now_ms.saturating_add(WORD_MS));
        }
        news
    }

    /// A comparison is over and what it found missing is here; `whole` is whether everything was compared.
    pub(super) fn returned(&mut self, whole: bool) {
        self.word_until.take_if(|_| whole);
    }

    /// Until when the peer's word about a copy is waited on.
    pub(super) fn word_until(&self) -> Option<u64> {
        self.word_until
    }

    /// Says whether two nodes of the peer's city were seen alive.
    pub(super) fn are_two(&self) -> bool {
        !self.copies.is_empty()
    }
}

impl Engine {
    /// Notes under which boot nonce a peer speaks now; it hears of a copy that is known.
    pub(super) fn note_start(&mut self, city: &CityId, boot: BootNonce, link: LinkId) {
        let Some(peer) = self.peers.get_mut(city) else {
            return;
        };
        let starts = &mut peer.starts;
        if let Some(earlier) = starts.current.replace(boot)
            && earlier != boot
            && starts.displaced.len() < STARTS_MAX
        {
            starts.displaced.insert(earlier);
        }
        let other = starts.copies.iter().find(|copy| **copy != boot).copied();
        if let Some(other) = other {
            self.send(link, &Frame::Elsewhere(other));
        }
    }

    /// A start that was displaced and answers after a greeting is alive beside the one that displaced it.
    pub(super) fn heed_copy(&mut self, link: LinkId, city: &CityId) {
        let boot = self.links.get(&link).and_then(|link| link.boot);
        let (Some(boot), Some(peer)) = (boot, self.peers.get_mut(city)) else {
            return;
        };
        let starts = &mut peer.starts;
        if !starts.displaced.contains(&boot) || starts.copies.contains(&boot) {
            return;
        }
        let others: Vec<BootNonce> = starts
            .displaced
            .iter()
            .copied()
            .filter(|other| *other != boot)
            .collect();
        starts.displaced.remove(&boot);
        starts.copies.insert(boot);
        starts.copies.extend(others.last());
        self.outputs
            .push_back(Output::Notice(Notice::Copies { city: *city }));
        if let Some(other) = others.last() {
            self.send(link, &Frame::Elsewhere(*other));
        }
    }

    /// A peer says that another process speaks with this node's device key.
    pub(super) fn on_elsewhere(&mut self, ctx: &Ctx<'_>, city: CityId, boot: BootNonce) {
        let own = self.own.city;
        let Some(peer) = self.peers.get_mut(&city) else {
            return;
        };
        if boot != self.boot && peer.starts.tell(boot, ctx.now.monotonic_ms) {
            self.outputs
                .push_back(Output::Notice(Notice::Copies { city: own }));
            // What the other one signed counts as this city's, too.
            self.ask_back_anew(Some(&city));
        }
    }

    /// Says whether a member of an agreement saw another node with this key and has not returned yet what that one may
    /// have said in a round.
    pub(super) fn copy_may_have_voted(&self, agreement: &AgreementId) -> bool {
        let loaded = self.agreements.get(agreement);
        let mut members = loaded.into_iter().flat_map(|loaded| loaded.member_ids());
        members.any(|city| {
            let peer = self.peers.get(&city);
            peer.is_some_and(|peer| peer.starts.word_until.is_some())
        })
    }

    /// Waits no longer on words about a copy whose time is over.
    pub(super) fn drop_words(&mut self, now_ms: u64) {
        let mut over = false;
        for peer in self.peers.values_mut() {
            let word = peer.starts.word_until.take_if(|until| *until <= now_ms);
            over |= word.is_some();
        }
        if over {
            self.turns.extend(self.agreements.keys());
        }
    }
}
