//! Chained resolutions: what was decided, what is put to the vote, and files that prove either.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::{CityId, DivisionCode, Hash32};
use tongban_ledger::agreement::resolution::{Doubled, Measure, Motion, Polled, rules};
use tongban_ledger::agreement::{Act, RULES_VERSION, View};
use tongban_ledger::answer::resolution::{
    CertificateAnswer, DoubledAnswer, HolderMotion, MeasureAnswer, MotionAnswer, ResolutionsAnswer,
};
use tongban_ledger::code::Code;
use tongban_ledger::{AgreementId, CertificateId, DocumentId, MotionId, Status};

use crate::db::Db;
use crate::document::read_act;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::entry::Entry;
use crate::evidence::Exhibit;
use crate::frame::Blob;
use crate::keys;
use crate::resolution::{Contents, Decided, double_of, write};
use crate::storage::Family;

/// The fewest digits of an id that may stand for it.
const PREFIX_MIN: usize = 8;

/// A decided motion with the Commits of one majority, and the entry that put it.
pub(super) type Found = (Entry, Vec<Entry>);

impl Engine {
    pub(super) fn resolutions_answer(&self, view: &View<'_>) -> ResolutionsAnswer {
        if !view.puts_motions() {
            return ResolutionsAnswer::default();
        }
        let polled = Polled::of(view);
        let standing = polled.standing();
        let decided: BTreeSet<MotionId> = standing.links.iter().map(|link| link.motion).collect();
        let certificates = standing.links.iter().filter_map(|link| {
            let motion = polled.motion(&link.motion)?;
            Some(CertificateAnswer {
                certificate: link.certificate.to_string(),
                parent: link.parent.to_string(),
                motion: link.motion.to_string(),
                measure: self.measure_answer(&motion.measure),
                basis: motion.basis.clone(),
            })
        });
        let round = polled.round();
        let open = polled.motions().filter(|(id, _, _)| !decided.contains(id));
        let mut motions: Vec<MotionAnswer> = open
            .map(|(id, motion, by)| self.motion_answer(view, &polled, id, motion, by))
            .collect();
        motions.sort_by_key(|motion| std::cmp::Reverse(motion.votes.len()));
        let doubled = view.doubled().into_iter().map(|doubled| DoubledAnswer {
            city: self.division(&doubled.city),
            parent: doubled.parent.to_string(),
            round: doubled.round,
            entries: doubled.entries.iter().map(ToString::to_string).collect(),
        });
        ResolutionsAnswer {
            certificates: certificates.collect(),
            head: standing.head.to_string(),
            split: standing.split,
            round,
            motions,
            nullified: self.codes_of(&polled.quitters(round)),
            doubled: doubled.collect(),
            former: standing.former.iter().map(|card| card.division).collect(),
        }
    }

    fn motion_answer(
        &self,
        view: &View<'_>,
        polled: &Polled<'_>,
        id: MotionId,
        motion: &Motion,
        by: &BTreeSet<CityId>,
    ) -> MotionAnswer {
        let (own, round) = (self.own.city, polled.round());
        let eligible: Vec<CityId> = polled.standing().eligible(motion).collect();
        let closed = match motion.check(view) {
            Err(code) => Some(code),
            Ok(()) if !eligible.contains(&own) => Some(Code::Concerned),
            Ok(()) => match rules::vote(polled, polled.said(round, &own), round, id) {
                Ok(()) => None,
                Err(rules::Refusal::Already) => Some(Code::Already),
                Err(rules::Refusal::Fixed) => Some(Code::TextFixed),
                Err(_) => Some(Code::Round),
            },
        };
        MotionAnswer {
            motion: id.to_string(),
            measure: self.measure_answer(&motion.measure),
            basis: motion.basis.clone(),
            by: self.codes_of(&by.iter().copied().collect::<Vec<_>>()),
            needed: polled.standing().quorum(motion),
            eligible: self.codes_of(&eligible),
            votes: self.codes_of(&polled.voters(round, &id)),
            commits: self.codes_of(&polled.committers(round, &id)),
            closed,
        }
    }

    fn measure_answer(&self, measure: &Measure) -> MeasureAnswer {
        let mut answer = MeasureAnswer {
            name: measure.name().to_owned(),
            city: measure.division(),
            city_name: crate::resolution::city_name(measure).map(str::to_owned),
            fingerprint: None,
            limits: None,
            rules: None,
            case: None,
        };
        match measure {
            Measure::Admit(card) => answer.fingerprint = Some(card.city.fingerprint().to_string()),
            Measure::Replace(replace) => {
                answer.fingerprint = Some(replace.root.fingerprint().to_string());
            }
            Measure::Remove(city) => {
                answer.city = Some(self.division(city));
                answer.city_name = self.founder(city).map(|card| card.name.clone());
            }
            Measure::Override(named) => {
                answer.city = Some(self.division(&named.holder));
                answer.city_name = self.founder(&named.holder).map(|card| card.name.clone());
                answer.case = Some(named.case.to_string());
            }
            Measure::Thresholds(limits) => answer.limits = Some(*limits),
            Measure::Rules(version) => answer.rules = Some(*version),
        }
        answer
    }

    /// Motions about who holds a case, as it is held: put, or decided.
    pub(super) fn holder_motions(&self, view: &View<'_>, mark: &Hash32) -> Vec<HolderMotion> {
        if !view.puts_motions() {
            return Vec::new();
        }
        let polled = Polled::of(view);
        let links = &polled.standing().links;
        let of_case = polled.motions().filter_map(|(id, motion, _)| {
            let Measure::Override(named) = &motion.measure else {
                return None;
            };
            (named.case == *mark).then(|| HolderMotion {
                motion: id.to_string(),
                holder: self.division(&named.holder),
                decided: links.iter().any(|link| link.motion == id),
            })
        });
        of_case.collect()
    }

    fn codes_of(&self, cities: &[CityId]) -> Vec<DivisionCode> {
        cities.iter().map(|city| self.division(city)).collect()
    }

    /// The agreement and the last certificate that a file is wanted of: one named by its id or by its motion's, or
    /// the last of an agreement.
    fn named_certificate(
        &self,
        reference: &str,
    ) -> Result<(AgreementId, CertificateId), CommandError> {
        let wanted = reference.trim().to_ascii_lowercase();
        let mut hits = Vec::new();
        for agreement in self.agreements.keys() {
            let found = self.with_view(agreement, |view| {
                let standing = view.standing();
                let links = standing.links.iter();
                let links = links.filter(|link| {
                    link.certificate.to_string().starts_with(&wanted)
                        || link.motion.to_string().starts_with(&wanted)
                });
                let mut found: Vec<CertificateId> = links.map(|link| link.certificate).collect();
                if agreement.to_string().starts_with(&wanted) {
                    found.push(standing.head);
                }
                found
            });
            hits.extend(found.into_iter().flatten().map(|found| (*agreement, found)));
        }
        match hits.as_slice() {
            _ if wanted.len() < PREFIX_MIN => Err(refuse(Code::NotFound, reference)),
            [only] => Ok(*only),
            [] => Err(refuse(Code::NotFound, reference)),
            _ => Err(refuse(Code::Ambiguous, reference)),
        }
    }

    /// Writes the file of a certificate with all before it; or, where an entry of a double vote is named, the proof
    /// against its city.
    ///
    /// # Errors
    /// Nothing here goes by that name, or a record could not be read.
    pub fn resolution_file(
        &mut self,
        ctx: &Ctx<'_>,
        reference: &str,
    ) -> Result<Vec<u8>, CommandError> {
        if let Some((agreement, doubled)) = self.named_double(reference) {
            return self.double_file(ctx, agreement, &doubled);
        }
        let (agreement, last) = self.named_certificate(reference)?;
        let document = DocumentId::from(agreement);
        let founding = self.signatures(ctx, &document)?;
        let chain = self.chain_to(ctx, agreement, last)?;
        let mut certs = BTreeMap::new();
        let cited = chain
            .iter()
            .flat_map(|(put, commits)| commits.iter().chain([put]));
        for entry in founding.iter().chain(cited) {
            self.add_cert_of(ctx, entry, &mut certs)?;
        }
        Ok(write(&Contents {
            agreement: founding.iter().map(Exhibit::of).collect(),
            chain: chain.iter().map(decided).collect(),
            certs: certs.into_values().collect(),
        }))
    }

    fn add_cert_of(
        &mut self,
        ctx: &Ctx<'_>,
        entry: &Entry,
        certs: &mut BTreeMap<tongban_identity::CertHash, Blob>,
    ) -> Result<(), CommandError> {
        let db = Db::new(ctx.store, &mut self.pending);
        let key = keys::certificate(&entry.header.cert);
        let bytes = db.get(Family::Evidence, &key)?.ok_or(Code::Damaged)?;
        certs.insert(entry.header.cert, Blob(bytes));
        Ok(())
    }

    /// The motions and Commits of the chain up to a certificate.
    pub(super) fn chain_to(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: AgreementId,
        last: CertificateId,
    ) -> Result<Vec<Found>, CommandError> {
        let mut entries = self.entries_of(ctx.store, &agreement.into())?;
        entries.sort_by_key(|entry| (entry.header.depth, entry.id));
        let loaded = self.agreements.get(&agreement).ok_or(Code::Agreement)?;
        entries.retain(|entry| loaded.index.status(&entry.id) == Some(Status::Applied));
        let mut put: BTreeMap<MotionId, &Entry> = BTreeMap::new();
        let mut commits: BTreeMap<(CertificateId, MotionId, u16), Vec<&Entry>> = BTreeMap::new();
        for entry in &entries {
            match read_act::<Act>(&entry.public, RULES_VERSION) {
                Ok(Act::Move(motion)) => {
                    put.entry(motion.id()).or_insert(entry);
                }
                Ok(Act::Commit(on)) => {
                    let key = (on.parent, on.motion, on.round);
                    commits.entry(key).or_default().push(entry);
                }
                _ => {}
            }
        }
        let basis = loaded.current();
        let view = basis.view();
        let whole = view.standing();
        let mut standing = tongban_ledger::agreement::resolution::Standing::founded(
            &loaded.index.genesis(),
            loaded.index.found(),
        );
        let mut chain = Vec::new();
        let polled = Polled::of(&view);
        for link in &whole.links {
            if standing.head == last {
                break;
            }
            let motion = polled.motion(&link.motion).ok_or(Code::Damaged)?;
            let of_link = commits
                .iter()
                .filter(|((parent, id, _), _)| *parent == link.parent && *id == link.motion);
            let majority = of_link
                .map(|(_, commits)| one_each(commits, &standing))
                .find(|by| standing.is_enough(motion, &by.keys().copied().collect()));
            let majority = majority.ok_or(Code::Damaged)?;
            let entry = put.get(&link.motion).ok_or(Code::Damaged)?;
            chain.push(((*entry).clone(), majority.into_values().cloned().collect()));
            standing.follow(link.motion, motion);
        }
        Ok(chain)
    }

    fn named_double(&self, reference: &str) -> Option<(AgreementId, Doubled)> {
        let wanted = reference.trim().to_ascii_lowercase();
        if wanted.len() < PREFIX_MIN {
            return None;
        }
        self.agreements.keys().find_map(|agreement| {
            let doubled = self.with_view(agreement, |view| view.doubled())?;
            let mut doubled = doubled.into_iter();
            let names = |doubled: &Doubled| {
                let mut entries = doubled.entries.iter();
                entries.any(|id| id.to_string().starts_with(&wanted))
            };
            doubled.find(names).map(|doubled| (*agreement, doubled))
        })
    }

    fn double_file(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: AgreementId,
        doubled: &Doubled,
    ) -> Result<Vec<u8>, CommandError> {
        let entries = self.entries_of(ctx.store, &agreement.into())?;
        let find = |id| {
            entries
                .iter()
                .find(|entry| entry.id == id)
                .ok_or(Code::Damaged)
        };
        let (one, other) = (find(doubled.entries[0])?, find(doubled.entries[1])?);
        let mut certs = BTreeMap::new();
        for entry in [one, other] {
            self.add_cert_of(ctx, entry, &mut certs)?;
        }
        Ok(double_of(one, other, certs.into_values().collect()))
    }
}

/// A decided motion without what is sealed.
pub(super) fn decided((put, commits): &Found) -> Decided {
    Decided {
        motion: Exhibit::of(put),
        commits: commits.iter().map(Exhibit::of).collect(),
    }
}

/// One Commit of each city that may vote, by the ids that the members have at a certificate.
fn one_each<'e>(
    commits: &[&'e Entry],
    standing: &tongban_ledger::agreement::resolution::Standing<'_>,
) -> BTreeMap<CityId, &'e Entry> {
    let mut by = BTreeMap::new();
    for entry in commits {
        if let Some(member) = standing.speaks_for(&entry.header.city) {
            by.entry(member.card.city).or_insert(*entry);
        }
    }
    by
}
