//! Who holds a case: deeds, what became of each, and the tree of claims (`design.md` §4).

use std::collections::{BTreeMap, BTreeSet};

use super::{City, Id, rights};

/// A device's count: whose, since which start, and what it counted.
pub(crate) type Place = ([u8; 32], [u8; 16], u64);

/// What a deed does, as far as custody is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Opens the case; whether the window's city holds the power itself.
    Receive {
        own: bool,
    },
    Push {
        to: City,
        baton: Id,
        after: Vec<Id>,
        manifest: [u8; 32],
    },
    Ack {
        push: Id,
        baton: Id,
    },
    Recall {
        push: Id,
        baton: Id,
    },
    Decline {
        push: Id,
        baton: Id,
    },
    Yield(Id),
    /// Takes the case from whoever held it by these deeds, as the members resolved.
    TakeOver {
        batons: Vec<Id>,
        certificate: Id,
    },
    Retract(Id),
    /// Checks and supplements at the window; `answers` is the notice that a supplement answers.
    Mend {
        answers: Option<Id>,
    },
    Accept(String),
    NotAccept(String),
    Notice(String),
    Review,
    Decide(String),
    Send(String),
    Close,
    Look(Id),
    NoticeServed(Id),
    Served,
    Edit,
    /// A fact of whoever is concerned, with the deeds that it names; what it must follow is on paper.
    Aside(Vec<Id>),
    /// Asks a city, which has a part in the case from then on.
    Ask(City),
    /// Gives a city a step.
    OpenStep {
        to: City,
        step: String,
        after: Vec<Id>,
    },
    /// Takes a step, and takes it back from a city that has not taken it.
    TakeStep(Id),
    RecallStep(Id),
    DecideStep {
        sub: Id,
        outcome: String,
    },
    ReleaseStep {
        sub: Id,
        request: Id,
    },
    /// A certificate, electronic or on paper.
    Certify {
        electronic: bool,
    },
    /// The holder's word on the way; what it must follow is on paper.
    Course(Vec<Id>),
    Extend,
    /// The time for the decision stands still, and runs again.
    Pause(String),
    Resume(Id),
    /// The applicant wants to withdraw.
    Wish,
    /// R says that nobody was told in time.
    Lapse,
    /// Counts as accepted because of that.
    Deemed {
        text: String,
        due: Id,
    },
    /// A withdrawal is refused, or granted.
    Refuse(Vec<Id>),
    Withdraw {
        text: String,
        names: Vec<Id>,
    },
    /// The holder ends the case otherwise than by closing it.
    End {
        text: String,
        names: Vec<Id>,
    },
    /// The case belongs to another city, or to nobody here.
    Redirect {
        to: Option<City>,
        text: String,
    },
}

impl What {
    /// What speaks to the applicant, so that two of them may contradict each other.
    pub(super) fn answers(&self) -> bool {
        matches!(
            self,
            What::Accept(_)
                | What::NotAccept(_)
                | What::Notice(_)
                | What::Decide(_)
                | What::Send(_)
                | What::Close
                | What::End { .. }
                | What::Withdraw { .. }
                | What::Redirect { .. }
                | What::Deemed { .. }
                | What::Pause(_)
        )
    }

    /// The deeds that this one names and falls with.
    fn rests_on(&self) -> Vec<Id> {
        match self {
            What::Push { baton, .. } | What::Yield(baton) => vec![*baton],
            What::Ack { push, .. } | What::Recall { push, .. } | What::Decline { push, .. } => {
                vec![*push]
            }
            What::Look(id) | What::NoticeServed(id) => vec![*id],
            What::Mend { answers } => answers.iter().copied().collect(),
            What::Aside(names) | What::Refuse(names) | What::Course(names) => names.clone(),
            What::End { names, .. } | What::Withdraw { names, .. } => names.clone(),
            What::OpenStep { after, .. } => after.clone(),
            What::DecideStep { sub, .. } => vec![*sub],
            What::TakeStep(sub) | What::RecallStep(sub) => vec![*sub],
            What::ReleaseStep { sub, request } => vec![*sub, *request],
            What::Deemed { due, .. } => vec![*due],
            What::Resume(pause) => vec![*pause],
            _ => Vec::new(),
        }
    }
}

/// A signed deed.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub id: Id,
    pub by: City,
    pub parents: Vec<Id>,
    /// Where its device counted it; two deeds with one place are twins.
    pub place: Place,
    /// What it does; none where nobody can read it.
    pub what: Option<What>,
    /// Whether a node denies it by a rule of paper.
    pub on_paper: bool,
}

/// What became of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Stands,
    Void,
    Disputed,
    Denied,
}

/// A case: its deeds in causal order, the first of them its receipt.
#[derive(Debug)]
pub(crate) struct Case {
    deeds: Vec<Deed>,
    /// For each deed the places of all that it rests on, itself left out.
    before: Vec<BTreeSet<usize>>,
    allowed: Vec<bool>,
}

/// What a set of deeds amounts to.
#[derive(Debug)]
pub(super) struct Standing<'c> {
    /// The deeds that stand, with their place.
    pub deeds: Vec<(usize, &'c Deed)>,
    pub disputed: BTreeSet<usize>,
    pub receiver: City,
    pub receipt: Id,
    /// Whether the window's city holds the power itself.
    pub own: bool,
}

/// A city's hold on the case.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub city: City,
    pub batons: BTreeSet<Id>,
    /// From whom the case came.
    pub from: Option<City>,
}

impl Case {
    /// Judges every deed on what its author had seen.
    pub fn new(deeds: Vec<Deed>) -> Self {
        let places: BTreeMap<Id, usize> = deeds
            .iter()
            .enumerate()
            .map(|(at, deed)| (deed.id, at))
            .collect();
        let mut before: Vec<BTreeSet<usize>> = Vec::new();
        for deed in &deeds {
            let mut all = BTreeSet::new();
            for parent in deed.parents.iter().filter_map(|id| places.get(id)) {
                all.insert(*parent);
                all.extend(before[*parent].iter().copied());
            }
            before.push(all);
        }
        let mut case = Self {
            allowed: Vec::new(),
            deeds,
            before,
        };
        for at in 0..case.deeds.len() {
            let allowed = case.may(at);
            case.allowed.push(allowed);
        }
        case
    }

    fn may(&self, at: usize) -> bool {
        let deed = &self.deeds[at];
        let Some(what) = &deed.what else { return false };
        if deed.on_paper {
            return false;
        }
        if at == 0 {
            return matches!(what, What::Receive { .. });
        }
        self.allowed[0] && rights::may(&self.standing(&self.before[at]), &deed.by, what)
    }

    /// What became of every deed, by id.
    pub fn outcomes(&self) -> BTreeMap<Id, Outcome> {
        let everything: BTreeSet<usize> = (0..self.deeds.len()).collect();
        let (void, disputed) = self.fallen(&everything);
        let outcome = |at: usize| {
            if !self.allowed[at] {
                Outcome::Denied
            } else if void.contains(&at) {
                Outcome::Void
            } else if disputed.contains(&at) {
                Outcome::Disputed
            } else {
                Outcome::Stands
            }
        };
        (0..self.deeds.len())
            .map(|at| (self.deeds[at].id, outcome(at)))
            .collect()
    }

    /// The cities that hold the case.
    pub fn holders(&self) -> BTreeSet<City> {
        let everything: BTreeSet<usize> = (0..self.deeds.len()).collect();
        let standing = self.standing(&everything);
        let holding = standing.holding();
        holding.into_iter().map(|claim| claim.city).collect()
    }

    fn standing(&self, set: &BTreeSet<usize>) -> Standing<'_> {
        let (void, disputed) = self.fallen(set);
        let stands = |at: &usize| self.allowed[*at] && !void.contains(at);
        Standing {
            deeds: set
                .iter()
                .filter(|at| stands(at))
                .map(|at| (*at, &self.deeds[*at]))
                .collect(),
            disputed,
            receiver: self.deeds[0].by,
            receipt: self.deeds[0].id,
            own: self.deeds[0].what == Some(What::Receive { own: true }),
        }
    }

    fn unordered(&self, one: usize, other: usize) -> bool {
        one != other && !self.before[one].contains(&other) && !self.before[other].contains(&one)
    }

    /// The deeds of a set that are void, and those that are disputed.
    fn fallen(&self, set: &BTreeSet<usize>) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let aside = twins_aside(
            set,
            &|at| (self.deeds[at].place, self.deeds[at].by),
            &self.before,
        );
        let allowed: Vec<usize> = set
            .iter()
            .copied()
            .filter(|at| self.allowed.get(*at) == Some(&true) && !aside.contains(at))
            .collect();
        let pairs = || {
            allowed.iter().flat_map(|one| {
                allowed
                    .iter()
                    .filter(|other| self.unordered(*one, **other))
                    .map(|other| (*one, *other))
            })
        };
        let mut void: BTreeSet<usize> = pairs()
            .filter(|(one, other)| self.voids(*one, *other))
            .map(|(_, other)| other)
            .chain(aside.iter().copied())
            .collect();
        for at in &allowed {
            if let Some(What::Retract(of)) = self.deeds[*at].what
                && !void.contains(at)
            {
                let target = allowed.iter().find(|other| self.deeds[**other].id == of);
                void.extend(target);
            }
        }
        for at in &allowed {
            let named = self.deeds[*at].what.iter().flat_map(What::rests_on);
            let falls = named
                .filter_map(|id| set.iter().find(|other| self.deeds[**other].id == id))
                .any(|named| void.contains(named));
            if falls {
                void.insert(*at);
            }
        }
        let disputed = pairs()
            .filter(|(one, other)| !void.contains(one) && !void.contains(other))
            .filter(|(one, other)| self.contradicts(*one, *other))
            .map(|(one, _)| one)
            .collect();
        (void, disputed)
    }

    /// Whether a deed takes an unordered one's effect: an Ack wins over a Recall, and over its own city's
    /// Decline.
    fn voids(&self, one: usize, other: usize) -> bool {
        let (first, second) = (&self.deeds[one], &self.deeds[other]);
        match (&first.what, &second.what) {
            (Some(What::Ack { baton, .. }), Some(What::Recall { baton: of, .. })) => baton == of,
            (Some(What::Ack { baton, .. }), Some(What::Decline { baton: of, .. })) => {
                baton == of && first.by == second.by
            }
            (Some(What::DecideStep { sub, .. }), Some(What::ReleaseStep { sub: of, .. })) => {
                sub == of
            }
            (Some(What::TakeStep(sub)), Some(What::RecallStep(of))) => sub == of,
            (Some(What::DecideStep { .. }), Some(What::Withdraw { .. })) => true,
            _ => false,
        }
    }

    /// Whether two unordered deeds tell the applicant different things, or one city offers a case away
    /// while it speaks.
    fn contradicts(&self, one: usize, other: usize) -> bool {
        let (first, second) = (&self.deeds[one], &self.deeds[other]);
        let (Some(this), Some(that)) = (&first.what, &second.what) else {
            return false;
        };
        let together = first.by == second.by;
        if overrides(this, that, together) || overrides(that, this, together) {
            return true;
        }
        let away = |what: &What| matches!(what, What::Push { .. } | What::OpenStep { .. });
        if this.answers() && that.answers() {
            !(together && this == that)
        } else {
            let offered = this.answers() && away(that) || away(this) && that.answers();
            together && (offered || twice(this, that) || twice(that, this))
        }
    }
}

/// Whether a city followed a resolution while another took the case, or another resolution was followed.
fn overrides(this: &What, that: &What, together: bool) -> bool {
    match (this, that) {
        (What::TakeOver { .. }, What::Ack { .. }) => !together,
        (
            What::TakeOver { certificate, .. },
            What::TakeOver {
                certificate: other, ..
            },
        ) => certificate != other,
        _ => false,
    }
}

/// Whether two desks of one city did what may be done once only.
fn twice(this: &What, that: &What) -> bool {
    match (this, that) {
        (What::OpenStep { step, .. }, What::OpenStep { step: of, .. }) => step == of,
        (
            What::DecideStep { sub, outcome },
            What::DecideStep {
                sub: of,
                outcome: other,
            },
        ) => sub == of && outcome != other,
        (What::Extend, What::Extend)
        | (What::Refuse(_), What::Withdraw { .. })
        | (What::Lapse, What::NoticeServed(_)) => true,
        _ => false,
    }
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    Open,
    Recalled,
    Declined,
    Acked,
}

impl Standing<'_> {
    /// Says whether some deed stands.
    pub fn any(&self, wanted: impl Fn(&City, &What) -> bool) -> bool {
        self.find(wanted).is_some()
    }

    /// The first deed that stands and is wanted.
    pub fn find(&self, wanted: impl Fn(&City, &What) -> bool) -> Option<&Deed> {
        let found = self.deeds.iter().find(|(_, deed)| {
            let what = deed.what.as_ref();
            what.is_some_and(|what| wanted(&deed.by, what))
        });
        found.map(|(_, deed)| *deed)
    }

    /// A deed by its id, with its place.
    pub fn deed(&self, id: &Id) -> Option<(usize, &Deed)> {
        let found = self.deeds.iter().find(|(_, deed)| deed.id == *id);
        found.map(|(at, deed)| (*at, *deed))
    }

    /// The claims that hold: the last ones, or those above them where all below gave up.
    pub fn holding(&self) -> Vec<Claim> {
        let first = Claim {
            city: self.receiver,
            batons: BTreeSet::from([self.receipt]),
            from: None,
        };
        // Who took over from a claim that fell has the case from the window's city.
        let mut loose = BTreeSet::new();
        loop {
            let mut known = BTreeSet::new();
            self.reach(&first, &loose, &mut known);
            let ids = self.rulings().map(|(deed, _, _)| deed.id);
            match ids.filter(|id| !known.contains(id)).min() {
                Some(id) => loose.insert(id),
                None => return self.below(first, &loose),
            };
        }
    }

    /// Deeds by which a city took the case over: what each names, and the certificate.
    fn rulings(&self) -> impl Iterator<Item = (&Deed, &[Id], Id)> {
        self.deeds.iter().filter_map(|(_, deed)| match &deed.what {
            Some(What::TakeOver {
                batons,
                certificate,
            }) => Some((*deed, batons.as_slice(), *certificate)),
            _ => None,
        })
    }

    /// The claims that come right below one: what each city took of it, and what each resolution gave.
    fn children(&self, claim: &Claim, loose: &BTreeSet<Id>) -> Vec<Claim> {
        let mut taken: BTreeMap<(City, Option<Id>), BTreeSet<Id>> = BTreeMap::new();
        for (_, deed) in &self.deeds {
            if let Some(What::Ack { baton, .. }) = &deed.what
                && claim.batons.contains(baton)
            {
                taken.entry((deed.by, None)).or_default().insert(deed.id);
            }
        }
        let is_first = claim.batons.contains(&self.receipt);
        for (deed, batons, certificate) in self.rulings() {
            let from = batons.first().is_some_and(|id| claim.batons.contains(id));
            if from || is_first && loose.contains(&deed.id) {
                let place = (deed.by, Some(certificate));
                taken.entry(place).or_default().insert(deed.id);
            }
        }
        let below = taken.into_iter();
        below
            .map(|((city, _), batons)| Claim {
                city,
                batons,
                from: Some(claim.city),
            })
            .collect()
    }

    /// Every deed that gives a claim at or below one.
    fn reach(&self, claim: &Claim, loose: &BTreeSet<Id>, known: &mut BTreeSet<Id>) {
        known.extend(&claim.batons);
        for child in self.children(claim, loose) {
            self.reach(&child, loose, known);
        }
    }

    /// Whether a resolution took the case from who held it by a deed, and whoever got it has not given it up.
    pub fn is_overridden(&self, baton: &Id) -> bool {
        self.rulings().any(|(deed, batons, certificate)| {
            let desks = self.rulings();
            let same = desks.filter(|(other, _, of)| other.by == deed.by && *of == certificate);
            let claim = Claim {
                city: deed.by,
                batons: same.map(|(other, _, _)| other.id).collect(),
                from: None,
            };
            batons.contains(baton) && !self.given_up(&claim)
        })
    }

    /// Whether the city of a claim gave it up, or a resolution ended it together with another from which the case came.
    fn given_up(&self, claim: &Claim) -> bool {
        let yielded =
            self.any(|_, what| matches!(what, What::Yield(of) if claim.batons.contains(of)));
        let ended = self.rulings().any(|(_, batons, _)| {
            let first = batons.first().is_some_and(|id| claim.batons.contains(id));
            !first && batons.iter().any(|id| claim.batons.contains(id))
        });
        yielded || ended
    }

    /// Every city that ever had a claim.
    pub fn claimants(&self) -> BTreeSet<City> {
        let mut all = BTreeSet::from([self.receiver]);
        all.extend(self.deeds.iter().filter_map(|(_, deed)| {
            let claims = matches!(deed.what, Some(What::Ack { .. } | What::TakeOver { .. }));
            claims.then_some(deed.by)
        }));
        all
    }

    /// Who holds below and at a claim.
    fn below(&self, claim: Claim, loose: &BTreeSet<Id>) -> Vec<Claim> {
        let children = self.children(&claim, loose).into_iter();
        let mut holding: Vec<Claim> = children
            .flat_map(|child| self.below(child, loose))
            .collect();
        if holding.is_empty() && !self.given_up(&claim) {
            holding.push(claim);
        }
        holding
    }

    /// What became of a push.
    pub fn answered(&self, id: &Id, to: &City, baton: &Id, after: &[Id]) -> Answered {
        let declined = self.deeds.iter().any(|(_, deed)| {
            matches!(&deed.what, Some(What::Decline { baton: of, .. })
                if of == baton && deed.by == *to && !after.contains(&deed.id))
        });
        if self.any(|_, what| matches!(what, What::Ack { push, .. } if push == id)) {
            Answered::Acked
        } else if declined {
            Answered::Declined
        } else if self.any(|_, what| matches!(what, What::Recall { push, .. } if push == id)) {
            Answered::Recalled
        } else {
            Answered::Open
        }
    }
}

/// The twins of a set that do not count: a twin counts only if another city built on it and not on its twin.
pub(super) fn twins_aside(
    set: &BTreeSet<usize>,
    place: &dyn Fn(usize) -> (Place, City),
    before: &[BTreeSet<usize>],
) -> BTreeSet<usize> {
    let on = |at: usize, twin: usize| at == twin || before[at].contains(&twin);
    let counts = |twin: usize, others: &[usize]| {
        set.iter().any(|at| {
            place(*at).1 != place(twin).1
                && on(*at, twin)
                && !others.iter().any(|other| on(*at, *other))
        })
    };
    set.iter()
        .copied()
        .filter(|twin| {
            let same = |other: &usize| other != twin && place(*other).0 == place(*twin).0;
            let others: Vec<usize> = set.iter().copied().filter(same).collect();
            !others.is_empty() && !counts(*twin, &others)
        })
        .collect()
}
