//! Links and peers: admission by city, one preferred link per city, dialling with back-off.

use std::collections::VecDeque;

use tongban_identity::{CityId, DeviceCert, PublicKey, SignedDeviceCert, Suite, Verified};
use tongban_ledger::EntryId;
use tongban_ledger::planted::{Bug, planted};

use super::allowance::Allowance;
use super::audit::Schedule;
use super::copies::Starts;
use super::cursors::Inbox;
use super::feeds::Outbox;
use super::frames::HeldFrame;
use super::recovery::Return;
use super::wants::Asked;
use super::{Ctx, Engine, Notice, Output};
use crate::entry::BootNonce;
use crate::frame::{Frame, Hello, PROTOCOL};
use crate::storage::{ReadError, Reader};

/// The first pause before dialling again, in milliseconds.
const DIAL_MS_MIN: u64 = 100;
/// The longest pause before dialling again, in milliseconds.
const DIAL_MS_MAX: u64 = 5_000;
/// How long a link goes on after a record could not be read for one of its frames, in milliseconds. Then it is
/// closed, and the peer sends again what was not taken.
const REREAD_MS: u64 = 30_000;
/// How many links in a row a peer has to close after the greeting before people are told.
const TURNED_AWAY_MIN: u32 = 3;
/// The first pause in which a peer is not taken after a link with it was dropped, in milliseconds.
const SHUT_MS_MIN: u64 = 1_000;
/// The longest such pause, in milliseconds: each link costs this node a greeting and all that the peer has not
/// confirmed.
const SHUT_MS_MAX: u64 = 60_000;
/// How long a link has to last before the pause after the next one is the first again, in milliseconds.
const STEADY_MS: u64 = 60_000;
/// How long a link goes on after another root key took the place of the one under which it came up, in milliseconds:
/// the peer hears of it, and of nothing else.
const REPLACED_MS: u64 = 1_000;
/// How long a dial may take before it counts as failed, in milliseconds.
const DIAL_MS_LIMIT: u64 = 10_000;

/// A link of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// A link that is up.
#[derive(Debug)]
pub(super) struct Link {
    /// The device key that the transport proved.
    pub peer_key: [u8; 32],
    /// Whether this node dialled.
    pub outgoing: bool,
    /// The city, once its certificate was seen.
    pub city: Option<CityId>,
    /// The peer's boot nonce, once it greeted.
    pub boot: Option<BootNonce>,
    /// Whether the peer said anything after its greeting: then it admitted this node.
    pub spoken: bool,
    /// Frames that wait for work, in order.
    pub held: VecDeque<HeldFrame>,
    /// Frames that wait for the peer's allowance, in order.
    pub late: VecDeque<Vec<u8>>,
    /// How many bytes they are together.
    pub late_bytes: usize,
    /// When the link is closed because something of it could not be taken, or its root key is replaced, in monotonic
    /// milliseconds.
    close_at: Option<u64>,
    /// When it came up, in monotonic milliseconds.
    since: u64,
}

/// A member city as this node's counterpart.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// The preferred link.
    pub link: Option<LinkId>,
    /// The peer's device key on that link.
    pub device: Option<PublicKey>,
    /// The root key that certified the device.
    pub root: Option<CityId>,
    /// The peer's boot nonce on that link.
    pub boot: Option<BootNonce>,
    /// What goes to the peer.
    pub outbox: Outbox,
    /// What comes from the peer.
    pub inbox: Option<Inbox>,
    /// What comes from the peer in a file whose feed is not that of the link.
    pub file: Option<Inbox>,
    /// Unix seconds of its last frame.
    pub last_seen: Option<i64>,
    /// Whether a cursor is due.
    pub cursor_due: bool,
    /// Starts of the peer's device that other starts took the place of, and starts that ran at one time.
    pub starts: Starts,
    /// Whether the peer has returned what may be lost here.
    pub back: Return,
    /// When to compare with the peer next, and what is missing.
    pub audit: Schedule,
    /// What the peer may still cause.
    pub allowance: Allowance,
    /// The question that the peer has not answered yet.
    pub asked: Option<Asked>,
    /// Whether a dial is under way, and since when.
    dialling: Option<u64>,
    /// When to dial next, in monotonic milliseconds.
    dial_at: u64,
    /// The pause after the next failure.
    backoff_ms: u64,
    /// Links in a row that the peer closed after the greeting, without a word.
    turned_away: Option<TurnedAway>,
    /// A device of the city that is not taken for a while.
    shut: Option<Shut>,
}

/// Who greeted on a link, by its certificate.
#[derive(Clone, Copy, Debug)]
struct Admitted {
    city: CityId,
    root: CityId,
    device: PublicKey,
}

/// Links in a row that a peer closed after the greeting.
#[derive(Clone, Copy, Debug)]
struct TurnedAway {
    links: u32,
    /// When it closed the first and the last of them, in monotonic milliseconds.
    first: u64,
    last: u64,
}

/// A device that is not taken because of what it said on its last link. Another device of its city is: a stolen
/// key keeps nobody out.
#[derive(Clone, Copy, Debug)]
struct Shut {
    device: PublicKey,
    /// Until when, in monotonic milliseconds.
    until: u64,
    /// How long the pause is, in milliseconds.
    ms: u64,
}

impl Peer {
    /// The peer spoke after the greetings, so it took ours: the next dial need not wait.
    pub(super) fn has_spoken(&mut self) {
        self.backoff_ms = 0;
        self.turned_away = None;
    }

    /// Says whether the peer closes every link after the greeting, for longer than a pause can be the reason.
    pub(super) fn turns_us_away(&self) -> bool {
        self.turned_away.is_some_and(|turned| {
            let lasts = turned.last.saturating_sub(turned.first);
            turned.links >= TURNED_AWAY_MIN && lasts > SHUT_MS_MAX
        })
    }

    /// Takes a device no more for a while: longer each time, until a link has lasted.
    fn shut(&mut self, device: PublicKey, now: u64) {
        let before = self.shut.filter(|shut| shut.device == device);
        let longer = before.map_or(0, |shut| shut.ms * 2);
        let ms = longer.clamp(SHUT_MS_MIN, SHUT_MS_MAX);
        let until = now.saturating_add(ms);
        self.shut = Some(Shut { device, until, ms });
        self.dial_at = self.dial_at.max(until);
    }

    /// Dials again after a wait, and not while its device is not taken.
    fn dial_after(&mut self, now: u64, wait: u64) {
        let shut = self.shut.map_or(0, |shut| shut.until);
        self.dial_at = now.saturating_add(wait).max(shut);
        self.dialling = None;
    }

    /// The peer closed a link after the greeting, without a word.
    fn turned_away(&mut self, now: u64) {
        let before = self.turned_away.unwrap_or(TurnedAway {
            links: 0,
            first: now,
            last: now,
        });
        self.turned_away = Some(TurnedAway {
            links: before.links.saturating_add(1),
            last: now,
            ..before
        });
    }

    /// The next pause: longer with each link or dial that came to nothing.
    fn longer_pause(&mut self) -> u64 {
        self.backoff_ms = (self.backoff_ms * 2).clamp(DIAL_MS_MIN, DIAL_MS_MAX);
        self.backoff_ms
    }

    /// The feeds that are coming in, on a link and in a file.
    pub(super) fn inboxes(&mut self) -> impl Iterator<Item = &mut Inbox> {
        self.inbox.iter_mut().chain(self.file.iter_mut())
    }

    /// Says whether a feed that is coming in offers an entry that is not here yet.
    pub(super) fn is_offering(&self, id: &EntryId) -> bool {
        let mut inboxes = self.inbox.iter().chain(self.file.iter());
        inboxes.any(|inbox| inbox.offers(id))
    }
}

impl Engine {
    /// Greets a new link.
    pub(super) fn on_opened(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: super::LinkId,
        peer_key: [u8; 32],
        outgoing: bool,
    ) {
        self.links.insert(
            link,
            Link {
                peer_key,
                outgoing,
                city: None,
                boot: None,
                spoken: false,
                held: VecDeque::new(),
                late: VecDeque::new(),
                late_bytes: 0,
                close_at: None,
                since: ctx.now.monotonic_ms,
            },
        );
        let hello = Frame::Hello(Hello {
            protocol: PROTOCOL,
            cert: self.own.cert.to_root_signed().to_vec(),
            boot: self.boot,
        });
        self.send(link, &hello);
    }

    /// Forgets a link; what was not acknowledged is sent again on the next.
    pub(super) fn on_closed(&mut self, ctx: &mut Ctx<'_>, link: LinkId) {
        let Some(closed) = self.links.remove(&link) else {
            return;
        };
        let Some(peer) = closed.city.and_then(|city| self.peers.get_mut(&city)) else {
            return;
        };
        if peer.link == Some(link) {
            peer.link = None;
            peer.inbox = None;
            peer.asked = None;
            if !planted(Bug::RewindForgotten) {
                peer.outbox.rewind();
            }
            let wait = match (peer.starts.is_told(), closed.spoken) {
                (true, _) => super::copies::CROWDED_MS,
                (false, true) => DIAL_MS_MIN,
                (false, false) => peer.longer_pause(),
            };
            let now = ctx.now.monotonic_ms;
            if !closed.spoken {
                peer.turned_away(now);
            }
            if now.saturating_sub(closed.since) >= STEADY_MS {
                peer.shut = None;
            }
            peer.dial_after(now, wait);
            peer.audit.unlinked(ctx.now.monotonic_ms);
            if let Some(city) = closed.city {
                self.waiting.gone(&city);
                self.audits.gone(&city);
            }
        }
    }

    /// Waits longer before the next dial.
    pub(super) fn on_dial_failed(&mut self, ctx: &mut Ctx<'_>, city: CityId) {
        if let Some(peer) = self.peers.get_mut(&city) {
            let wait = peer.longer_pause();
            peer.dial_after(ctx.now.monotonic_ms, wait);
        }
    }

    /// Dials every member city that is due.
    pub(super) fn dial_due(&mut self, ctx: &mut Ctx<'_>) -> Result<(), ReadError> {
        let now = ctx.now.monotonic_ms;
        let mut due = Vec::new();
        for (city, peer) in &mut self.peers {
            if let Some(since) = peer.dialling
                && now.saturating_sub(since) > DIAL_MS_LIMIT
            {
                peer.dialling = None;
            }
            if peer.link.is_none() && peer.dialling.is_none() && now >= peer.dial_at {
                peer.dialling = Some(now);
                due.push(*city);
            }
        }
        let mut failed = Ok(());
        for city in due {
            let addresses = match self.addresses(ctx.store, &city) {
                Ok(addresses) => addresses,
                // No city is cut off because a page cannot be read.
                Err(error) => {
                    failed = failed.and(Err(error));
                    self.founded_at(&city)
                }
            };
            self.outputs.push_back(Output::Dial { city, addresses });
        }
        failed
    }

    /// Where a city says it is: its own page, else the founding terms.
    fn addresses(&mut self, store: &dyn Reader, city: &CityId) -> Result<Vec<String>, ReadError> {
        let announced = self.page(store, city)?.map(|page| page.addresses);
        Ok(announced.unwrap_or_else(|| self.founded_at(city)))
    }

    /// Where a city said it was when it became a member.
    fn founded_at(&self, city: &CityId) -> Vec<String> {
        let founder = self.founder(city);
        founder.map_or_else(Vec::new, |founder| founder.addresses.clone())
    }

    /// The earliest time at which something is due.
    pub(super) fn next_timer(&self) -> Option<u64> {
        let due = |peer: &Peer| match (peer.link, &peer.asked, peer.dialling) {
            (Some(_), asked, _) => asked.as_ref().map(|asked| asked.until),
            (None, _, Some(since)) => Some(since + DIAL_MS_LIMIT + 1),
            (None, _, None) => Some(peer.dial_at),
        };
        let late = self.links.values().filter(|link| !link.late.is_empty());
        let late = late.filter_map(|link| self.peers.get(&link.city?));
        let late = late.map(|peer| peer.allowance.ready());
        let closing = self.links.values().filter_map(|link| link.close_at);
        let dials = self.peers.values().filter_map(due);
        let others = self.audit_timer().into_iter();
        let others = others.chain(self.is_rekeying().then_some(0));
        let others = others.chain(self.lapses.due).chain(self.handovers.due);
        let others = others.chain(self.has_to_list().then_some(0));
        let others = others.chain(self.lists.lacks_some().then_some(0));
        let others = others.chain(self.consults.timer);
        let others = others.chain((!self.turns.is_empty()).then_some(0));
        let others = others.chain(self.unfollowed.timer()).chain(self.again_at);
        let others = others.chain((!self.to_judge.is_empty()).then_some(self.judge_at));
        let words = self.peers.values();
        let others = others.chain(words.filter_map(|peer| peer.starts.word_until()));
        dials.chain(late).chain(closing).chain(others).min()
    }

    /// Checks who is speaking; the first frame of a link.
    pub(super) fn on_hello(
        &mut self,
        ctx: &mut Ctx<'_>,
        link: LinkId,
        hello: &Hello,
    ) -> Result<(), ReadError> {
        match self.admit_peer(link, hello) {
            Err(reason) => {
                self.outputs
                    .push_back(Output::Notice(Notice::PeerRefused { reason }));
                self.outputs.push_back(Output::Close { link });
                self.links.remove(&link);
                Ok(())
            }
            Ok(Admitted { city, device, .. })
                if self.is_shut(&city, &device, ctx.now.monotonic_ms) =>
            {
                self.outputs.push_back(Output::Close { link });
                self.links.remove(&link);
                Ok(())
            }
            Ok(peer) => {
                self.keep_cert_bytes(ctx.store, &hello.cert)?;
                self.prefer(ctx, peer, link, hello.boot)
            }
        }
    }

    /// Says whether a device is not taken because its last link had to be dropped a moment ago.
    fn is_shut(&self, city: &CityId, device: &PublicKey, now: u64) -> bool {
        let shut = self.peers.get(city).and_then(|peer| peer.shut);
        shut.is_some_and(|shut| shut.device == *device && now < shut.until)
    }

    fn admit_peer(&self, link: LinkId, hello: &Hello) -> Result<Admitted, &'static str> {
        let known = self.links.get(&link).ok_or("the link is gone")?;
        if hello.protocol != PROTOCOL {
            return Err("another protocol version");
        }
        let cert = self.admit_cert(&hello.cert)?;
        let on_link = PublicKey::new(Suite::Ed25519, known.peer_key)
            .map_err(|_| "the link's key is not sound")?;
        if cert.device != on_link {
            return Err("the certificate is not of the link's device");
        }
        Ok(Admitted {
            city: self.city_of_root(&cert.city),
            root: cert.city,
            device: cert.device,
        })
    }

    /// Says whether this node speaks with the device of a certificate, on a link or in a file.
    pub(super) fn admit_cert(&self, cert: &[u8]) -> Result<Verified<DeviceCert>, &'static str> {
        let cert = SignedDeviceCert::from_slice(cert)
            .ok()
            .and_then(|signed| signed.verify().ok())
            .ok_or("the device certificate does not hold")?;
        if self.revokes(&cert.city, &cert.cert_hash()) {
            return Err("the device is revoked");
        }
        if self.is_replaced(&cert.city) {
            return Err("the city has another root key");
        }
        if !self.peers.contains_key(&self.city_of_root(&cert.city)) {
            return Err("not a member of any agreement of this node");
        }
        Ok(cert)
    }

    /// Of two links to one city the one dialled by the lower city id stays.
    fn prefer(
        &mut self,
        ctx: &mut Ctx<'_>,
        admitted: Admitted,
        link: LinkId,
        boot: BootNonce,
    ) -> Result<(), ReadError> {
        let (own, city) = (self.own.city, admitted.city);
        let Some(new) = self.links.get_mut(&link) else {
            return Ok(());
        };
        new.city = Some(city);
        new.boot = Some(boot);
        let favoured = new.outgoing == (own < city);
        let rival = self.peers.get(&city).and_then(|peer| peer.link);
        if let Some(old) = rival
            && old != link
        {
            let same_boot = self.peers.get(&city).and_then(|peer| peer.boot) == Some(boot);
            if same_boot && !favoured {
                self.outputs.push_back(Output::Close { link });
                self.links.remove(&link);
                return Ok(());
            }
        }
        // What has to be read is read first: a link that is let go while no other takes its place would never be
        // dialled again. A bundle that is being taken goes on in the link's own inbox.
        let of_file = self
            .peers
            .get_mut(&city)
            .and_then(|peer| peer.file.take_if(|file| file.boot() == boot));
        let inbox = match of_file {
            Some(inbox) => inbox,
            None => self.open_inbox(ctx.store, &city, boot)?,
        };
        if let Some(old) = rival.filter(|old| *old != link) {
            self.outputs.push_back(Output::Close { link: old });
            self.links.remove(&old);
        }
        self.note_start(&city, boot, link);
        if let Some(peer) = self.peers.get_mut(&city) {
            peer.link = Some(link);
            peer.device = Some(admitted.device);
            let before = peer.root.replace(admitted.root);
            if before.is_some_and(|before| before != admitted.root) {
                // Under another key it may see what did not travel to it before.
                peer.audit.hurry();
            }
            peer.boot = Some(boot);
            peer.inbox = Some(inbox);
            peer.asked = None;
            if !planted(Bug::RewindForgotten) {
                peer.outbox.rewind();
            }
            peer.dialling = None;
            peer.last_seen = Some(ctx.now.unix);
            peer.cursor_due = true;
            peer.audit.linked(ctx.now.monotonic_ms);
        }
        self.audits.gone(&city);
        self.outputs.push_back(Output::Admit { link });
        self.outputs
            .push_back(Output::Notice(Notice::PeerAdmitted { city }));
        self.waiting.gone(&city);
        self.want_damaged_from(ctx.store, &city)?;
        self.want_missing_keys(ctx.store, &city)
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, link: LinkId, frame: &Frame) {
        self.outputs.push_back(Output::Send {
            link,
            frame: frame.to_vec(),
        });
    }

    /// Plans to take a link's frames again when a record could not be read for one of them: the peer offers them
    /// on the next link only. The rest of the link's frames go on until then.
    pub(super) fn reread(
        &mut self,
        ctx: &Ctx<'_>,
        link: LinkId,
        taken: Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if taken.is_err()
            && let Some(link) = self.links.get_mut(&link)
        {
            let at = ctx.now.monotonic_ms.saturating_add(REREAD_MS);
            link.close_at.get_or_insert(at);
        }
        taken
    }

    /// Plans the same for a city's link where something that the city sent could not be taken.
    pub(super) fn reread_from(&mut self, ctx: &Ctx<'_>, city: &CityId) {
        let at = ctx.now.monotonic_ms.saturating_add(REREAD_MS);
        let link = self.peers.get(city).and_then(|peer| peer.link);
        if let Some(link) = link.and_then(|link| self.links.get_mut(&link)) {
            link.close_at.get_or_insert(at);
        }
    }

    /// Plans to close the links whose peers greeted under a root key that no agreement takes any more.
    pub(super) fn end_replaced(&mut self, ctx: &Ctx<'_>) {
        let at = ctx.now.monotonic_ms.saturating_add(REPLACED_MS);
        let links = self.peers.values().filter_map(|peer| {
            let root = peer.root.filter(|root| self.is_replaced(root));
            root.and(peer.link)
        });
        for link in links.collect::<Vec<_>>() {
            if let Some(link) = self.links.get_mut(&link) {
                let before = link.close_at.unwrap_or(at);
                link.close_at = Some(before.min(at));
            }
        }
    }

    /// Closes the links that are to be closed by now.
    pub(super) fn close_due(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now.monotonic_ms;
        let due = |link: &Link| link.close_at.is_some_and(|at| at <= now);
        let due = self.links.iter().filter(|(_, link)| due(link));
        let due: Vec<LinkId> = due.map(|(id, _)| *id).collect();
        for link in due {
            self.outputs.push_back(Output::Close { link });
            self.on_closed(ctx, link);
        }
    }

    /// Turns a peer away for what it said; its device is taken again after a pause.
    pub(super) fn drop_link(&mut self, ctx: &mut Ctx<'_>, link: LinkId, reason: &'static str) {
        let dropped = self.links.get(&link).and_then(|link| {
            let device = PublicKey::new(Suite::Ed25519, link.peer_key).ok()?;
            Some((link.city?, device))
        });
        self.end_link(ctx, link, reason);
        if let Some((city, device)) = dropped
            && let Some(peer) = self.peers.get_mut(&city)
        {
            peer.shut(device, ctx.now.monotonic_ms);
        }
    }

    /// Ends a link and says why.
    pub(super) fn end_link(&mut self, ctx: &mut Ctx<'_>, link: LinkId, reason: &'static str) {
        self.outputs
            .push_back(Output::Notice(Notice::PeerRefused { reason }));
        self.outputs.push_back(Output::Close { link });
        self.on_closed(ctx, link);
    }
}
