//! From entries to state: judging on ancestors, the concurrency table, one deterministic order.
//!
//! Rights are judged on an entry's ancestors and never change. Concurrency is a table over allowed
//! acts, whether they stand or not, so chains and cycles have one answer. What falls takes with it
//! only acts that name it. Standing acts are applied by depth and id; the order is arbitrary but
//! fixed, and states are built so that it does not matter (`design.md` §4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_identity::{CertHash, CityId};
use tongban_ledger::agreement::{Bitmap, Index, View};
use tongban_ledger::code::Code;
use tongban_ledger::{Audience, Author, EntryId, Kind, Meeting, Placed, Status};

use crate::entry::Slot;
use crate::forks::Forks;

/// An entry as the fold sees it.
#[derive(Clone, Debug)]
pub struct Node<A> {
    /// The entry.
    pub id: EntryId,
    /// Its depth.
    pub depth: u32,
    /// `prev` and parents, as positions of earlier nodes.
    pub parents: Vec<usize>,
    /// Who signed.
    pub author: Author,
    /// The root key under which it was signed; not the city's id once that has another key.
    pub root: CityId,
    /// The act; `Err` where this version cannot read it.
    pub act: Result<A, Unreadable>,
    /// What of the agreement the author knew.
    pub view: Arc<Bitmap>,
    /// Where the device counted, and what it counted; of two nodes with equal places one is a twin.
    pub place: (Slot, u64),
}

/// Why an act could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It belongs to a newer rules version, which the view allows: `unknown`.
    Newer,
    /// No rules version allows it: denied.
    Never,
}

/// What a set of entries amounts to.
#[derive(Clone, Debug)]
pub struct Folded<S> {
    /// The state, unless the genesis itself was denied.
    pub state: Option<S>,
    /// One status per node.
    pub statuses: Vec<Status>,
    /// Where the document travels.
    pub audience: Audience,
    /// Whether acts of the kinds that wait are held themselves: until a `Retain` no other of these kinds may follow.
    pub blocked: bool,
}

/// A document's entries in causal order, with the agreement they rest on.
pub struct Fold<'a, K: Kind> {
    nodes: &'a [Node<K::Act>],
    index: &'a Index,
    /// For each node its ancestors and itself.
    histories: Vec<Bitmap>,
    /// For each node judged so far: may it follow from what its author had seen?
    verdicts: Vec<Status>,
    /// The state of the document before its first act, or why there is none.
    opened: Result<K::State, Code>,
    /// Concurrent acts that may not both stand as they are: earlier, later, what the table says.
    conflicts: Vec<(usize, usize, Meeting)>,
    /// States right after a node, over its history alone.
    after: BTreeMap<usize, Arc<K::State>>,
    /// Nodes that one device signed in one place.
    forks: Forks,
}

impl<'a, K: Kind> Fold<'a, K> {
    /// Judges every node; they must be in causal order, the genesis first and alone.
    pub fn new(nodes: &'a [Node<K::Act>], index: &'a Index) -> Self {
        let mut fold = Self {
            nodes,
            index,
            histories: histories(nodes),
            verdicts: Vec::with_capacity(nodes.len()),
            opened: Err(Code::State),
            conflicts: Vec::new(),
            after: BTreeMap::new(),
            forks: Forks::find(nodes.iter().map(|node| node.place)),
        };
        for at in 0..nodes.len() {
            let verdict = if at == 0 { fold.open() } else { fold.judge(at) };
            fold.verdicts.push(verdict);
            fold.note_conflicts(at);
        }
        fold
    }

    /// Folds every node.
    pub fn finish(&self) -> Folded<K::State> {
        let everything: Vec<usize> = (0..self.nodes.len()).collect();
        // What is revoked is asked of all that is known, not of what some author knew.
        let view = self.index.history(self.index.heads()).unwrap_or_default();
        let (state, statuses) = self.fold_subset(&everything, &view);
        let fallen = self.fallen(&everything, &view);
        let mut audience = Audience::default();
        let mut blocked = false;
        for (at, node) in self.nodes.iter().enumerate() {
            let (Status::Applied, Ok(act)) = (self.verdicts[at], &node.act) else {
                continue;
            };
            let held = statuses[at] == Status::Held;
            blocked |= held && K::waits_for_held(act);
            if !held && !fallen.void.contains_key(&at) {
                K::observe(&mut audience, &placed(node, act));
            } else {
                // What a stolen key or a twin offers, it offers to nobody else.
                let mut own = Audience::default();
                K::observe(&mut own, &placed(node, act));
                audience.everyone |= own.everyone;
                let own = own.joined.into_iter();
                audience
                    .joined
                    .extend(own.filter(|city| *city == node.author.city));
            }
        }
        Folded {
            state,
            statuses,
            audience,
            blocked,
        }
    }

    fn open(&mut self) -> Status {
        let node = &self.nodes[0];
        let view = View::new(self.index, &node.view);
        if is_revoked::<K>(&view, node) {
            self.opened = Err(Code::KeyRevoked);
            return Status::Denied(Code::KeyRevoked);
        }
        let opened = match &node.act {
            Ok(act) => K::open(node.id, &node.author, &view, act),
            Err(Unreadable::Newer) => return Status::Unknown,
            Err(Unreadable::Never) => Err(Code::Argument),
        };
        self.opened = opened;
        match &self.opened {
            Ok(state) => {
                self.after.insert(0, Arc::new(state.clone()));
                Status::Applied
            }
            Err(code) => Status::Denied(*code),
        }
    }

    fn judge(&mut self, at: usize) -> Status {
        let node = &self.nodes[at];
        let act = match &node.act {
            Ok(act) => act,
            Err(Unreadable::Newer) => return Status::Unknown,
            Err(Unreadable::Never) => return Status::Denied(Code::Argument),
        };
        let code = match &self.opened {
            Ok(_) => None,
            Err(code) => Some(*code),
        };
        if let Some(code) = code {
            return Status::Denied(code);
        }
        let view = View::new(self.index, &node.view);
        if is_revoked::<K>(&view, node) {
            return Status::Denied(Code::KeyRevoked);
        }
        if K::waits_for_held(act) && self.held_before(at) {
            return Status::Denied(Code::Held);
        }
        let Some(before) = self.before(at) else {
            return Status::Denied(Code::State);
        };
        match K::authorize(&before, &node.author, &view, act) {
            Ok(()) => {
                self.remember(at, &before, act);
                Status::Applied
            }
            Err(code) => {
                if self.settles(at) {
                    self.after.insert(at, before);
                }
                Status::Denied(code)
            }
        }
    }

    /// The state over a node's ancestors.
    fn before(&mut self, at: usize) -> Option<Arc<K::State>> {
        let maximal = self.maximal_parents(at);
        if let [only] = maximal[..]
            && self.settles(at)
            && let Some(state) = self.after.get(&only)
        {
            return Some(state.clone());
        }
        let ancestors = self.ancestors(at);
        let state = self.fold_subset(&ancestors, &self.nodes[at].view).0;
        state.map(Arc::new)
    }

    fn ancestors(&self, at: usize) -> Vec<usize> {
        let history = &self.histories[at];
        (0..at).filter(|node| history.contains(*node)).collect()
    }

    /// Whether the state right after a node stays what it is for whoever builds on it: not where a view
    /// revokes a device, nor where twins may be set aside later.
    fn settles(&self, at: usize) -> bool {
        let view = View::new(self.index, &self.nodes[at].view);
        self.forks.is_empty() && !view.revokes_any()
    }

    /// Whether an author knew of entries that wait for a `Retain` and could change who holds what.
    fn held_before(&self, at: usize) -> bool {
        let view = &self.nodes[at].view;
        if !View::new(self.index, view).revokes_any() {
            return false;
        }
        let ancestors = self.ancestors(at);
        let statuses = self.statuses(&ancestors, view);
        let blocks = |at: usize| self.nodes[at].act.as_ref().is_ok_and(K::waits_for_held);
        let mut held = ancestors.into_iter().zip(statuses);
        held.any(|(at, status)| status == Status::Held && blocks(at))
    }

    /// An act whose single parent's history is settled adds to it without meeting anything new,
    /// unless it takes something back.
    fn remember(&mut self, at: usize, before: &Arc<K::State>, act: &K::Act) {
        if K::retracts(act).is_some() || !self.settles(at) {
            return;
        }
        let mut state = K::State::clone(before);
        K::apply(&mut state, &placed(&self.nodes[at], act), false);
        self.after.insert(at, Arc::new(state));
    }

    /// Parents that are not ancestors of other parents.
    fn maximal_parents(&self, at: usize) -> Vec<usize> {
        let parents: BTreeSet<usize> = self.nodes[at].parents.iter().copied().collect();
        parents
            .iter()
            .copied()
            .filter(|one| {
                !parents
                    .iter()
                    .any(|other| other != one && self.histories[*other].contains(*one))
            })
            .collect()
    }

    /// Folds a causally closed set of judged nodes under a view.
    fn fold_subset(&self, set: &[usize], view: &Bitmap) -> (Option<K::State>, Vec<Status>) {
        let statuses = self.statuses(set, view);
        let Ok(opened) = &self.opened else {
            return (None, statuses);
        };
        let mut state = opened.clone();
        let mut order: Vec<(usize, Status)> = set
            .iter()
            .copied()
            .zip(statuses.iter().copied())
            .filter(|(_, status)| status.stands())
            .collect();
        order.sort_by_key(|(at, _)| (self.nodes[*at].depth, self.nodes[*at].id));
        for (at, status) in order {
            if at == 0 {
                continue;
            }
            if let Ok(act) = &self.nodes[at].act {
                let disputed = matches!(status, Status::Disputed(_));
                K::apply(&mut state, &placed(&self.nodes[at], act), disputed);
            }
        }
        (Some(state), statuses)
    }

    /// One status per node of the set, in its order.
    fn statuses(&self, set: &[usize], view: &Bitmap) -> Vec<Status> {
        let mut fallen = self.fallen(set, view);
        let allowed: Vec<usize> = set
            .iter()
            .copied()
            .filter(|at| self.verdicts[*at] == Status::Applied && !fallen.held.contains(at))
            .filter(|at| !fallen.void.contains_key(at))
            .collect();
        let mut here = vec![false; self.nodes.len()];
        allowed.iter().for_each(|at| here[*at] = true);
        let mut disputes: Vec<(usize, usize)> = Vec::new();
        for (first, second, meeting) in &self.conflicts {
            if !here[*first] || !here[*second] {
                continue;
            }
            let void = &mut fallen.void;
            match meeting {
                Meeting::Stand => {}
                Meeting::FirstVoid => note_void(void, *first, self.nodes[*second].id),
                Meeting::SecondVoid => note_void(void, *second, self.nodes[*first].id),
                Meeting::Disputed => disputes.push((*first, *second)),
            }
        }
        self.retract(&allowed, &mut fallen.void);
        self.cascade(set, &mut fallen);
        let stands = |at: usize| !fallen.void.contains_key(&at) && !fallen.held.contains(&at);
        let mut disputed: BTreeMap<usize, EntryId> = BTreeMap::new();
        for (first, second) in disputes {
            if stands(first) && stands(second) {
                note_void(&mut disputed, first, self.nodes[second].id);
                note_void(&mut disputed, second, self.nodes[first].id);
            }
        }
        let status = |at: &usize| match (self.verdicts[*at], fallen.void.get(at)) {
            (Status::Applied, Some(by)) => Status::Void(*by),
            (Status::Applied, None) if fallen.held.contains(at) => Status::Held,
            (Status::Applied, None) => disputed
                .get(at)
                .map_or(Status::Applied, |with| Status::Disputed(*with)),
            (verdict, _) => verdict,
        };
        set.iter().map(status).collect()
    }

    /// What falls before any two acts are compared: twins that nobody built on, and entries of revoked devices.
    fn fallen(&self, set: &[usize], view: &Bitmap) -> Fallen {
        let mut fallen = Fallen::default();
        self.set_twins_aside(set, &mut fallen);
        let view = View::new(self.index, view);
        if view.revokes_any() {
            self.hold(set, &view, &mut fallen);
        }
        fallen
    }

    /// A twin counts only if an allowed entry of another city descends from it and not from its twin.
    fn set_twins_aside(&self, set: &[usize], fallen: &mut Fallen) {
        for group in self.forks.within(set) {
            for twin in &group {
                let others = group.iter().filter(|other| *other != twin);
                let counts = set.iter().any(|at| {
                    let history = &self.histories[*at];
                    self.verdicts[*at] == Status::Applied
                        && self.nodes[*at].author.city != self.nodes[*twin].author.city
                        && history.contains(*twin)
                        && !others.clone().any(|other| history.contains(*other))
                });
                if !counts {
                    for other in others {
                        note_void(&mut fallen.void, *twin, self.nodes[*other].id);
                    }
                }
            }
        }
    }

    /// An entry of a revoked device stands if another member built on it before hearing of the revocation, or if
    /// its city retains it. Otherwise it is held, and void once its city retained others and not it.
    fn hold(&self, set: &[usize], view: &View<'_>, fallen: &mut Fallen) {
        for at in set {
            let node = &self.nodes[*at];
            if self.verdicts[*at] != Status::Applied
                || !is_revoked::<K>(view, node)
                || self.attested(set, *at)
                || self.outlives(*at)
            {
                continue;
            }
            let retains: Vec<usize> = self.retains_of(set, view, node).collect();
            if retains.iter().any(|retain| self.keeps(set, *retain, *at)) {
                continue;
            }
            match retains.iter().map(|retain| self.nodes[*retain].id).min() {
                Some(by) => note_void(&mut fallen.void, *at, by),
                None => {
                    fallen.held.insert(*at);
                }
            }
        }
    }

    /// Whether an entry's act counts although its device was revoked.
    fn outlives(&self, at: usize) -> bool {
        let act = self.nodes[at].act.as_ref();
        act.is_ok_and(K::outlives_revocation)
    }

    /// Whether a city that may write here built on an entry before it had heard that its device is revoked.
    /// Anybody can sign something on it, so what was denied attests nothing.
    fn attested(&self, set: &[usize], at: usize) -> bool {
        let signed = &self.nodes[at];
        set.iter().any(|other| {
            let node = &self.nodes[*other];
            self.verdicts[*other] == Status::Applied
                && node.author.city != signed.author.city
                && self.histories[*other].contains(at)
                && !is_revoked::<K>(&View::new(self.index, &node.view), signed)
        })
    }

    /// The `Retain`s of a city for one of its devices, or of any party for a city that left. One that was signed with a
    /// revoked device as well decides nothing unless it is attested. Of a root key that is gone one device stands for
    /// all: who has the key can certify any number of them.
    fn retains_of<'s>(
        &'s self,
        set: &'s [usize],
        view: &'s View<'s>,
        signed: &'s Node<K::Act>,
    ) -> impl Iterator<Item = usize> + 's {
        let author = &signed.author;
        let left = view.has_left(&author.city);
        let of_root = |at: &&usize| self.nodes[**at].root == signed.root;
        let certs: BTreeSet<CertHash> = match view.is_gone(&signed.root) {
            true => set
                .iter()
                .filter(of_root)
                .map(|at| self.nodes[*at].author.cert)
                .collect(),
            false => BTreeSet::from([author.cert]),
        };
        set.iter().copied().filter(move |at| {
            let node = &self.nodes[*at];
            let retain = node.act.as_ref().ok().and_then(K::retain);
            self.verdicts[*at] == Status::Applied
                && (left || node.author.city == author.city)
                && retain.is_some_and(|retain| certs.contains(&retain.cert))
                && (!is_revoked::<K>(view, node) || self.attested(set, *at))
        })
    }

    /// Whether an entry lies under a head of a `Retain`.
    fn keeps(&self, set: &[usize], retain: usize, at: usize) -> bool {
        let Some(retain) = self.nodes[retain].act.as_ref().ok().and_then(K::retain) else {
            return false;
        };
        set.iter().any(|head| {
            self.histories[*head].contains(at)
                && retain.heads.binary_search(&self.nodes[*head].id).is_ok()
        })
    }

    /// Finds what a node that was just judged contradicts; each pair is looked up once per fold.
    fn note_conflicts(&mut self, at: usize) {
        if self.verdicts[at] != Status::Applied {
            return;
        }
        for first in 0..at {
            if self.verdicts[first] != Status::Applied || self.histories[at].contains(first) {
                continue;
            }
            let meeting = self.meet(first, at);
            if meeting != Meeting::Stand {
                self.conflicts.push((first, at, meeting));
            }
        }
    }

    fn meet(&self, first: usize, second: usize) -> Meeting {
        match (&self.nodes[first].act, &self.nodes[second].act) {
            (Ok(one), Ok(other)) => K::concurrent(
                &placed(&self.nodes[first], one),
                &placed(&self.nodes[second], other),
            ),
            _ => Meeting::Stand,
        }
    }

    /// A city takes back its own disputed act.
    fn retract(&self, allowed: &[usize], void: &mut BTreeMap<usize, EntryId>) {
        for at in allowed {
            if void.contains_key(at) {
                continue;
            }
            let node = &self.nodes[*at];
            let target = node.act.as_ref().ok().and_then(K::retracts);
            let Some(target) = target else { continue };
            if let Some(target) = allowed
                .iter()
                .find(|other| self.nodes[**other].id == target)
            {
                note_void(void, *target, node.id);
            }
        }
    }

    /// A void act takes with it the acts that name it, never mere descendants; a held one holds them.
    fn cascade(&self, set: &[usize], fallen: &mut Fallen) {
        let judged = |at: &&usize| self.verdicts[**at] == Status::Applied;
        let positions: BTreeMap<EntryId, usize> = set
            .iter()
            .filter(judged)
            .map(|at| (self.nodes[*at].id, *at))
            .collect();
        // What an act names lies among its ancestors, and those come earlier in causal order.
        for at in set.iter().filter(judged) {
            let Ok(act) = &self.nodes[*at].act else {
                continue;
            };
            let names = K::names(act);
            let named: Vec<usize> = names
                .iter()
                .filter_map(|name| positions.get(name).copied())
                .collect();
            let by = named.iter().filter_map(|at| fallen.void.get(at)).min();
            if let Some(by) = by.copied() {
                note_void(&mut fallen.void, *at, by);
            } else if named.iter().any(|at| fallen.held.contains(at)) {
                fallen.held.insert(*at);
            }
        }
    }
}

/// Whether a view says that who signed an entry signs no more: the device is revoked, or the root key has none of its
/// city's words any more. A city that left still settles the money that it shared.
fn is_revoked<K: Kind>(view: &View<'_>, node: &Node<K::Act>) -> bool {
    let settles = node.act.as_ref().is_ok_and(K::settles);
    view.is_revoked(&node.root, &node.author.cert)
        || view.is_gone(&node.root) && !(settles && view.settles_by(&node.root))
}

/// What does not stand, by position.
#[derive(Debug, Default)]
struct Fallen {
    /// Void, and by what.
    void: BTreeMap<usize, EntryId>,
    /// Held until a `Retain`.
    held: BTreeSet<usize>,
}

/// Of several voiders the lowest id is named, so that every node names the same one.
fn note_void(void: &mut BTreeMap<usize, EntryId>, at: usize, by: EntryId) {
    void.entry(at)
        .and_modify(|known| *known = (*known).min(by))
        .or_insert(by);
}

fn placed<'n, A>(node: &Node<A>, act: &'n A) -> Placed<'n, A> {
    Placed {
        id: node.id,
        author: node.author,
        act,
    }
}

fn histories<A>(nodes: &[Node<A>]) -> Vec<Bitmap> {
    let mut histories: Vec<Bitmap> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let mut history = Bitmap::default();
        for parent in &node.parents {
            history.union(&histories[*parent]);
        }
        history.insert(at);
        histories.push(history);
    }
    histories
}
