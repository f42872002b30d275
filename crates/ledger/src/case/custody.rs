//! Custody (移交): who holds the case, derived from pushes, acknowledgements and yields.
//!
//! A claim is a city's hold on the case. The genesis gives R the first claim; the first Ack of a
//! push on a claim's baton gives the recipient a claim below it. Claims form a tree, so two claims
//! at once (a double push) are two leaves, whatever order the entries came in (`design.md` §4). A
//! resolution of the members puts a leaf in the place of those that its holder saw.

use std::collections::BTreeSet;

use tongban_identity::{CityId, Hash32};

use super::act::{Act, Decline, LIST_MAX, Push, TakeOver};
use super::state::State;
use crate::agreement::resolution::case_mark;
use crate::id::EntryId;
use crate::planted::{Bug, planted};

/// A city's hold on the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The city.
    pub city: CityId,
    /// The claim from which the case came; none for R's first.
    pub parent: Option<usize>,
    /// The custody acts that gave it: the genesis, or Acks.
    pub batons: BTreeSet<EntryId>,
    /// Whether the city gave it up.
    pub yielded: bool,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushStanding {
    /// Nobody answered.
    Open,
    /// The sender took it back; outward acts stay blocked until the recipient declines.
    Recalled,
    /// The recipient's node refused the baton.
    Declined,
    /// The recipient took the case.
    Acked,
}

impl State {
    /// Every claim, the first being R's by the genesis.
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims = vec![Claim {
            city: self.receiver,
            parent: None,
            batons: BTreeSet::from([self.genesis]),
            yielded: false,
        }];
        let mut next = 0;
        loop {
            if next == claims.len() {
                match self.attach_loose(&mut claims) {
                    true => continue,
                    false => break,
                }
            }
            let batons = claims[next].batons.clone();
            for (ack, city) in self.acks_on(&batons) {
                let child = claims
                    .iter()
                    .position(|claim| claim.parent == Some(next) && claim.city == city);
                match child {
                    Some(child) => {
                        claims[child].batons.insert(ack);
                    }
                    None => claims.push(Claim {
                        city,
                        parent: Some(next),
                        batons: BTreeSet::from([ack]),
                        yielded: false,
                    }),
                }
            }
            for (id, city, taken) in self.rulings() {
                if taken
                    .batons
                    .first()
                    .is_some_and(|first| batons.contains(first))
                {
                    self.take_over(&mut claims, next, (id, city, taken));
                }
            }
            next += 1;
        }
        for (_, _, baton) in self.picked(|act| match act {
            Act::Yield(baton) => Some(baton),
            _ => None,
        }) {
            for claim in &mut claims {
                claim.yielded |= claim.batons.contains(baton);
            }
        }
        // Of several claims that a resolution ended, the case comes from the first; the others are given up.
        for (_, _, taken) in self.rulings() {
            let first = taken.batons.first();
            for claim in &mut claims {
                let parent = first.is_some_and(|first| claim.batons.contains(first));
                claim.yielded |= !parent && taken.batons.iter().any(|of| claim.batons.contains(of));
            }
        }
        claims
    }

    /// A claim by resolution below another claim; two desks of its city that say the same give one.
    fn take_over(
        &self,
        claims: &mut Vec<Claim>,
        parent: usize,
        (id, city, taken): (EntryId, CityId, &TakeOver),
    ) {
        let same = |baton: &EntryId| {
            let fact = self.facts.get(baton);
            fact.is_some_and(|fact| {
                matches!(&fact.act, Act::TakeOver(other) if other.certificate == taken.certificate)
            })
        };
        let known = claims.iter_mut().find(|claim| {
            claim.parent == Some(parent) && claim.city == city && claim.batons.iter().all(same)
        });
        match known {
            Some(known) => {
                known.batons.insert(id);
            }
            None => claims.push(Claim {
                city,
                parent: Some(parent),
                batons: BTreeSet::from([id]),
                yielded: false,
            }),
        }
    }

    /// Who took over from a claim that fell later has the case from R. Says whether there was one.
    fn attach_loose(&self, claims: &mut Vec<Claim>) -> bool {
        let known = |id: &EntryId| claims.iter().any(|claim| claim.batons.contains(id));
        let loose = self.rulings().find(|(id, _, _)| !known(id));
        let Some(loose) = loose else {
            return false;
        };
        self.take_over(claims, 0, loose);
        true
    }

    /// Acts by which a city took the case over by resolution, in order of id.
    fn rulings(&self) -> impl Iterator<Item = (EntryId, CityId, &TakeOver)> {
        self.picked(|act| match act {
            Act::TakeOver(taken) => Some(taken),
            _ => None,
        })
        .map(|(id, fact, taken)| (id, fact.by, taken))
    }

    /// The custody acts by which cities hold the case now, ascending; at most [`LIST_MAX`]. Only its parties know them.
    pub fn held_batons(&self) -> Vec<EntryId> {
        let holding = self.holding().into_iter();
        let batons: BTreeSet<EntryId> = holding.flat_map(|claim| claim.batons).collect();
        batons.into_iter().take(LIST_MAX).collect()
    }

    /// What stands for the case, as it is held now, in a resolution that names its holder.
    pub fn override_mark(&self) -> Hash32 {
        case_mark(&self.genesis, &self.held_batons())
    }

    /// Says whether a resolution took the case from who held it by a baton, and the new holder has not given it up.
    pub fn is_overridden(&self, baton: &EntryId) -> bool {
        let takes = |id: &EntryId| {
            let fact = self.facts.get(id);
            fact.is_some_and(
                |fact| matches!(&fact.act, Act::TakeOver(taken) if taken.batons.contains(baton)),
            )
        };
        let mut claims = self.claims().into_iter();
        claims.any(|claim| !claim.yielded && claim.batons.iter().any(takes))
    }

    /// The claims that hold now: one in honest operation, more after a double push.
    pub fn holding(&self) -> Vec<Claim> {
        let claims = self.claims();
        // Children come after their parents, so one backward walk settles who lives below whom.
        let mut alive = vec![false; claims.len()];
        let mut child_alive = vec![false; claims.len()];
        for at in (0..claims.len()).rev() {
            alive[at] = child_alive[at] || !claims[at].yielded;
            if alive[at]
                && let Some(parent) = claims[at].parent
            {
                child_alive[parent] = true;
            }
        }
        claims
            .into_iter()
            .enumerate()
            .filter(|(at, _)| alive[*at] && !child_alive[*at])
            .map(|(_, claim)| claim)
            .collect()
    }

    /// The cities that hold now.
    pub fn holders(&self) -> Vec<CityId> {
        if planted(Bug::ReceiverHolds) {
            return vec![self.receiver];
        }
        self.holding().into_iter().map(|claim| claim.city).collect()
    }

    /// The one claim that holds, or none while two do.
    pub fn sole_claim(&self) -> Option<Claim> {
        let mut holding = self.holding();
        if holding.len() == 1 {
            holding.pop()
        } else {
            None
        }
    }

    /// Every push.
    pub fn pushes(&self) -> impl Iterator<Item = (EntryId, CityId, &Push)> {
        self.picked(|act| match act {
            Act::Push(push) => Some(push),
            _ => None,
        })
        .map(|(id, fact, push)| (id, fact.by, push))
    }

    /// A push by its id, with its sender.
    pub fn push(&self, id: &EntryId) -> Option<(CityId, &Push)> {
        let fact = self.facts.get(id)?;
        match &fact.act {
            Act::Push(push) => Some((fact.by, push)),
            _ => None,
        }
    }

    /// What became of a push.
    pub fn standing(&self, id: &EntryId, push: &Push) -> PushStanding {
        if self
            .facts
            .values()
            .any(|fact| matches!(&fact.act, Act::Ack(ack) if ack.push == *id))
        {
            PushStanding::Acked
        } else if self.declines().any(|(decline, by, refused)| {
            by == push.to && refused.baton == push.baton && !push.after.contains(&decline)
        }) {
            PushStanding::Declined
        } else if self
            .facts
            .values()
            .any(|fact| matches!(&fact.act, Act::Recall(recall) if recall.push == *id))
        {
            PushStanding::Recalled
        } else {
            PushStanding::Open
        }
    }

    /// Declines and recalls on a baton, ascending: what a new push must name.
    pub fn setbacks(&self, baton: &EntryId) -> Vec<EntryId> {
        self.facts
            .iter()
            .filter(|(_, fact)| match &fact.act {
                Act::Decline(decline) => decline.baton == *baton,
                Act::Recall(recall) => recall.baton == *baton,
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect()
    }

    /// Pushes on a claim that are not refused: they bind the sender to their recipient.
    pub fn pending_pushes(&self, claim: &Claim) -> Vec<(EntryId, &Push, PushStanding)> {
        self.pushes()
            .filter(|(_, by, push)| *by == claim.city && claim.batons.contains(&push.baton))
            .map(|(id, _, push)| (id, push, self.standing(&id, push)))
            .filter(|(_, _, standing)| {
                matches!(standing, PushStanding::Open | PushStanding::Recalled)
            })
            .collect()
    }

    /// Pushes that wait for their answer, with their senders. One whose baton another city took waits for nobody.
    pub fn waiting_pushes(&self) -> impl Iterator<Item = (EntryId, CityId, &Push)> {
        let claims = self.claims();
        self.pushes().filter(move |(id, _, push)| {
            let claim = claims
                .iter()
                .position(|claim| claim.batons.contains(&push.baton));
            let mut heirs = claims
                .iter()
                .filter(|heir| heir.parent.is_some() && heir.parent == claim)
                .map(|heir| heir.city)
                .peekable();
            let taken = heirs.peek().is_some() && heirs.all(|city| city != push.to);
            !taken && self.standing(id, push) == PushStanding::Open
        })
    }

    /// Says whether a city is or was a holder.
    pub fn ever_held(&self, city: &CityId) -> bool {
        self.claims().iter().any(|claim| claim.city == *city)
    }

    /// Says whether a city is party to the case: a holder of any time, a recipient of a push that it did not
    /// refuse, the city of a step, or one that was asked.
    pub fn is_party(&self, city: &CityId) -> bool {
        self.ever_held(city)
            || self.pushes().any(|(id, _, push)| {
                push.to == *city && self.standing(&id, push) != PushStanding::Declined
            })
            || self.facts.values().any(|fact| match &fact.act {
                Act::SubOpen(open) => open.to == *city,
                Act::ConfirmAsk(ask) => ask.to == *city,
                _ => false,
            })
    }

    fn acks_on(&self, batons: &BTreeSet<EntryId>) -> Vec<(EntryId, CityId)> {
        self.picked(|act| match act {
            Act::Ack(ack) if batons.contains(&ack.baton) => Some(()),
            _ => None,
        })
        .map(|(id, fact, ())| (id, fact.by))
        .collect()
    }

    fn declines(&self) -> impl Iterator<Item = (EntryId, CityId, &Decline)> {
        self.picked(|act| match act {
            Act::Decline(decline) => Some(decline),
            _ => None,
        })
        .map(|(id, fact, decline)| (id, fact.by, decline))
    }
}
