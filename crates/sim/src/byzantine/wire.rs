//! Cities that lie on the wire all the time: what their engine sends is rewritten on the way out.

use tongban_identity::Hash32;
use tongban_ledger::EntryId;
use tongban_sync::entry::Entry;
use tongban_sync::frame::{Frame, Item, chain_next, item_tag};

use super::desk::Chance;
use crate::world::{Script, Sent};

/// How many sent frames are kept to be sent again.
const KEPT_MAX: usize = 64;

/// How a city lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Leaves entries out towards some cities.
    Withhold,
    /// Sends old frames again.
    Replay,
    /// Puts entries that do not exist in the place of others.
    Invent,
}

/// Sends what its engine sends.
pub(super) struct Honest;

impl Script for Honest {
    fn send(&mut self, _: Sent, frame: Vec<u8>) -> Vec<Vec<u8>> {
        vec![frame]
    }
}

/// Rewrites what its engine sends.
pub(super) struct Liar {
    chance: Chance,
    manners: Vec<Manner>,
    at: usize,
    kept: Vec<(tongban_sync::LinkId, Vec<u8>)>,
    /// The chain of the feed that a receiver was told, by link.
    told: std::collections::BTreeMap<tongban_sync::LinkId, Hash32>,
}

impl Liar {
    pub fn new(chance: Chance, manners: Vec<Manner>, at: usize) -> Self {
        Self {
            chance,
            manners,
            at,
            kept: Vec::new(),
            told: Default::default(),
        }
    }

    fn does(&self, manner: Manner) -> bool {
        self.manners.contains(&manner)
    }

    /// Leaves things out: in a feed the tag stays, so that the chain holds; an answer names them as absent.
    fn withhold(&mut self, frame: Frame) -> Frame {
        match frame {
            Frame::Feed(mut feed) => {
                for item in &mut feed.items {
                    let id = match item {
                        Item::Entry(bytes) => Entry::from_wire(&bytes.0).ok().map(|entry| entry.id),
                        Item::Announce(id) => Some(*id),
                        Item::Withdrawn(_) => None,
                    };
                    if let Some(id) = id
                        && self.chance.between(0, 3) == 0
                    {
                        *item = Item::Withdrawn(item_tag(&id));
                    }
                }
                Frame::Feed(feed)
            }
            Frame::Give(mut give) => {
                let entries = std::mem::take(&mut give.entries);
                for bytes in entries {
                    match Entry::from_wire(&bytes.0) {
                        Ok(entry) if self.chance.between(0, 2) == 0 => {
                            give.absent.entries.push(entry.id);
                        }
                        _ => give.entries.push(bytes),
                    }
                }
                Frame::Give(give)
            }
            other => other,
        }
    }

    /// Names entries that do not exist, under a chain that holds for the receiver.
    fn invent(&mut self, sent: Sent, frame: Frame) -> Frame {
        let Frame::Feed(mut feed) = frame else {
            return frame;
        };
        let mut chain = self.told.get(&sent.link).copied().unwrap_or(feed.chain);
        feed.chain = chain;
        for item in &mut feed.items {
            if self.chance.between(0, 3) == 0 {
                *item = Item::Announce(EntryId(Hash32(self.chance.bytes())));
            }
            let tag = match item {
                Item::Entry(bytes) => match Entry::from_wire(&bytes.0) {
                    Ok(entry) => item_tag(&entry.id),
                    Err(_) => continue,
                },
                Item::Announce(id) => item_tag(id),
                Item::Withdrawn(tag) => *tag,
            };
            chain = chain_next(&chain, &tag);
        }
        self.told.insert(sent.link, chain);
        Frame::Feed(feed)
    }
}

impl Script for Liar {
    fn send(&mut self, sent: Sent, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let Ok(mut frame) = Frame::from_slice(&bytes) else {
            return vec![bytes];
        };
        // A city withholds from those that stand on one side of it in the list.
        if self.does(Manner::Withhold) && sent.to > self.at {
            frame = self.withhold(frame);
        }
        if self.does(Manner::Invent) {
            frame = self.invent(sent, frame);
        }
        let mut out = vec![frame.to_vec()];
        if self.does(Manner::Replay) {
            if self.chance.between(0, 9) == 0 {
                let all = self.kept.len() > 8;
                let kept = self.kept.iter();
                let old = kept.filter(|(link, _)| *link != sent.link || all);
                let old: Vec<&Vec<u8>> = old.map(|(_, frame)| frame).collect();
                out.extend(self.chance.pick(&old).map(|frame| frame.to_vec()));
            }
            if self.kept.len() >= KEPT_MAX {
                self.kept.remove(0);
            }
            self.kept.push((sent.link, bytes));
        }
        out
    }

    /// The engine must not hear how far a feed got that it never sent.
    fn receive(&mut self, _: Sent, frame: &[u8]) -> bool {
        let cursor = matches!(Frame::from_slice(frame), Ok(Frame::Cursor(_)));
        !(cursor && self.does(Manner::Invent))
    }
}
