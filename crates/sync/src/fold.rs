//! From entries to state: judging on ancestors, the concurrency table, one deterministic order.
//!
//! Rights are judged on an entry's ancestors and never change. Concurrency is a table over allowed
//! acts, whether they stand or not, so chains and cycles have one answer. What falls takes with it
//! only acts that name it. Standing acts are applied by depth and id; the order is arbitrary but
//! fixed, and states are built so that it does not matter (`design.md` §4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_ledger::agreement::{Bitmap, Index, View};
use tongban_ledger::code::Code;
use tongban_ledger::planted::{Bug, planted};
use tongban_ledger::{Audience, Author, EntryId, Kind, Meeting, Placed, Status};

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
    /// The act; `Err` where this version cannot read it.
    pub act: Result<A, Unreadable>,
    /// What of the agreement the author knew.
    pub view: Arc<Bitmap>,
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
        let (state, statuses) = self.fold_subset(&everything);
        let mut audience = Audience::default();
        for (at, node) in self.nodes.iter().enumerate() {
            if let (Status::Applied, Ok(act)) = (self.verdicts[at], &node.act) {
                K::observe(&mut audience, &placed(node, act));
            }
        }
        Folded {
            state,
            statuses,
            audience,
        }
    }

    fn open(&mut self) -> Status {
        let node = &self.nodes[0];
        let view = View::new(self.index, &node.view);
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
        let Some(before) = self.before(at) else {
            return Status::Denied(Code::State);
        };
        let view = View::new(self.index, &node.view);
        match K::authorize(&before, &node.author, &view, act) {
            Ok(()) => {
                self.remember(at, &before, act);
                Status::Applied
            }
            Err(code) => {
                self.after.insert(at, before);
                Status::Denied(code)
            }
        }
    }

    /// The state over a node's ancestors.
    fn before(&mut self, at: usize) -> Option<Arc<K::State>> {
        let maximal = self.maximal_parents(at);
        if let [only] = maximal[..]
            && let Some(state) = self.after.get(&only)
        {
            return Some(state.clone());
        }
        let history = &self.histories[at];
        let ancestors: Vec<usize> = (0..at).filter(|node| history.contains(*node)).collect();
        self.fold_subset(&ancestors).0.map(Arc::new)
    }

    /// An act whose single parent's history is settled adds to it without meeting anything new,
    /// unless it takes something back.
    fn remember(&mut self, at: usize, before: &Arc<K::State>, act: &K::Act) {
        if K::retracts(act).is_some() {
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

    /// Folds a causally closed set of judged nodes.
    fn fold_subset(&self, set: &[usize]) -> (Option<K::State>, Vec<Status>) {
        let statuses = self.statuses(set);
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
    fn statuses(&self, set: &[usize]) -> Vec<Status> {
        let allowed: Vec<usize> = set
            .iter()
            .copied()
            .filter(|at| self.verdicts[*at] == Status::Applied)
            .collect();
        let mut here = vec![false; self.nodes.len()];
        allowed.iter().for_each(|at| here[*at] = true);
        let mut void: BTreeMap<usize, EntryId> = BTreeMap::new();
        let mut disputes: Vec<(usize, usize)> = Vec::new();
        for (first, second, meeting) in &self.conflicts {
            if !here[*first] || !here[*second] {
                continue;
            }
            match meeting {
                Meeting::Stand => {}
                Meeting::FirstVoid => note_void(&mut void, *first, self.nodes[*second].id),
                Meeting::SecondVoid => note_void(&mut void, *second, self.nodes[*first].id),
                Meeting::Disputed => disputes.push((*first, *second)),
            }
        }
        self.retract(&allowed, &mut void);
        if !planted(Bug::VoidAlone) {
            self.cascade(&allowed, &mut void);
        }
        let mut disputed: BTreeMap<usize, EntryId> = BTreeMap::new();
        for (first, second) in disputes {
            if !void.contains_key(&first) && !void.contains_key(&second) {
                note_void(&mut disputed, first, self.nodes[second].id);
                note_void(&mut disputed, second, self.nodes[first].id);
            }
        }
        set.iter()
            .map(
                |at| match (self.verdicts[*at], void.get(at), disputed.get(at)) {
                    (Status::Applied, Some(by), _) => Status::Void(*by),
                    (Status::Applied, None, Some(with)) => Status::Disputed(*with),
                    (verdict, _, _) => verdict,
                },
            )
            .collect()
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

    /// A void act takes with it the acts that name it, never mere descendants.
    fn cascade(&self, allowed: &[usize], void: &mut BTreeMap<usize, EntryId>) {
        let positions: BTreeMap<EntryId, usize> =
            allowed.iter().map(|at| (self.nodes[*at].id, *at)).collect();
        // What an act names lies among its ancestors, and those come earlier in causal order.
        for at in allowed {
            let Ok(act) = &self.nodes[*at].act else {
                continue;
            };
            let fallen = K::names(act)
                .iter()
                .filter_map(|name| positions.get(name))
                .filter_map(|named| void.get(named))
                .min()
                .copied();
            if let Some(by) = fallen {
                note_void(void, *at, by);
            }
        }
    }
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
