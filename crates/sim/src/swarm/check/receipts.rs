//! I2 on the wire: a cursor is a receipt, so it covers only what its sender has on its disk.

use std::collections::{BTreeMap, BTreeSet};

use tongban_ledger::EntryId;
use tongban_sync::entry::BootNonce;
use tongban_sync::frame::{Frame, Item};

use super::Cast;
use super::chains::Chains;
use crate::swarm::Violation;
use crate::world::Sent;

/// A feed as it went over the wire.
#[derive(Debug, Default)]
struct Feed {
    /// By index; none where an item was withdrawn.
    items: BTreeMap<u64, Option<EntryId>>,
    /// What the receiver's gate refused.
    refused: BTreeSet<u64>,
    /// Items before this index were looked at.
    covered: u64,
}

/// The feeds of all cities.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// By sender, receiver and boot nonce.
    feeds: BTreeMap<(usize, usize, BootNonce), Feed>,
    /// What a city, asked for it, did not give: sender, receiver, entry.
    withheld: BTreeSet<(usize, usize, EntryId)>,
}

impl Receipts {
    /// Takes a frame that went out.
    pub fn check(
        &mut self,
        cast: &Cast,
        chains: &Chains,
        sent: Sent,
        frame: &Frame,
    ) -> Result<(), Violation> {
        match frame {
            Frame::Feed(stretch) => {
                let key = (sent.from, sent.to, stretch.boot);
                let feed = self.feeds.entry(key).or_default();
                for (index, item) in (stretch.start..).zip(&stretch.items) {
                    let id = match item {
                        Item::Entry(bytes) => tongban_sync::entry::Entry::from_wire(&bytes.0)
                            .ok()
                            .map(|entry| entry.id),
                        Item::Announce(id) => Some(*id),
                        Item::Withdrawn(_) => None,
                    };
                    feed.items.insert(index, id);
                }
            }
            Frame::Give(give) => {
                let absent = give.absent.entries.iter();
                self.withheld
                    .extend(absent.map(|id| (sent.from, sent.to, *id)));
            }
            Frame::Cursor(signed) if cast.is_honest(sent.from) && cast.is_honest(sent.to) => {
                let Ok(cursor) = signed.peek() else {
                    return Ok(());
                };
                let key = (sent.to, sent.from, cursor.boot);
                let Some(feed) = self.feeds.get_mut(&key) else {
                    return Ok(());
                };
                feed.refused
                    .extend(cursor.refused.iter().map(|item| item.index));
                // A new link may begin with an older cursor; what it covers was looked at.
                let covered = feed.covered;
                feed.covered = covered.max(cursor.index);
                for (index, id) in feed.items.range(covered..feed.covered) {
                    let Some(id) = id else { continue };
                    let excused = feed.refused.contains(index)
                        || self.withheld.contains(&(sent.to, sent.from, *id));
                    if !excused && !chains.has(sent.from, id) {
                        let (by, of) = (cast.name(sent.from), cast.name(sent.to));
                        let what = format!("{by} confirms {id} of {of} and has it not");
                        return Err(Violation::new("I2 receipts cover what is stored", what));
                    }
                }
            }
            Frame::Cursor(_)
            | Frame::Hello(_)
            | Frame::Want(_)
            | Frame::Elsewhere(_)
            | Frame::Audit(_)
            | Frame::Audited(_)
            | Frame::AuditEnd(_) => {}
        }
        Ok(())
    }
}
