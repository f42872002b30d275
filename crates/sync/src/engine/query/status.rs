//! A node's state at a glance.

use std::collections::BTreeMap;

use tongban_identity::{CityId, DivisionCode};
use tongban_ledger::DocumentKind;
use tongban_ledger::answer::{AgreementAnswer, CityAnswer, MemberAnswer, StatusAnswer};
use tongban_ledger::calendar::Day;

use crate::engine::links::Peer;
use crate::engine::{Ctx, Engine};
use crate::storage::ReadError;

impl Engine {
    /// This node at a glance. `possible_restore` is the driver's to fill in.
    ///
    /// # Errors
    /// A record could not be read.
    pub fn status(&mut self, ctx: &Ctx<'_>) -> Result<StatusAnswer, ReadError> {
        let mut documents = BTreeMap::new();
        let tally = self.tally(ctx.store)?;
        for kind in DocumentKind::ALL {
            let count = match kind {
                DocumentKind::Case => tally.cases,
                _ => self.documents_of(ctx.store, kind)?.len() as u64,
            };
            documents.insert(kind.name().to_owned(), count);
        }
        let mut agreements = self.agreement_answers(ctx.now.day());
        let mut changes = self.item_changes(ctx)?;
        for agreement in &mut agreements {
            agreement.changes = changes.remove(&agreement.agreement).unwrap_or_default();
        }
        let own = &self.own;
        let city = CityAnswer {
            city: own.city.to_string(),
            fingerprint: own.city.fingerprint().to_string(),
            division: own.attributes.division,
            name: own.attributes.name.clone(),
        };
        Ok(StatusAnswer {
            city,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            today: ctx.now.day(),
            agreements,
            documents,
            entries: self.counts.entries,
            pending: self.waiting.count() as u64,
            open_cases: tally.open,
            possible_restore: false,
            returning: self.not_returned(),
            copied: self.cities_where(|peer| peer.starts.is_told()),
            doubled: self.cities_where(|peer| peer.starts.are_two()),
            forks: self.forked_documents(ctx)?.len() as u64,
            revoked: self.revokes(&self.own.cert.city, &self.own.cert.cert_hash()),
            mending: self.mending.len() as u64,
            held: self.held_counts(ctx)?,
            idle: self.idle(ctx)?,
            scrub: None,
        })
    }

    fn cities_where(&self, is: impl Fn(&Peer) -> bool) -> Vec<DivisionCode> {
        let peers = self.peers.iter().filter(|(_, peer)| is(peer));
        peers.map(|(city, _)| self.division(city)).collect()
    }

    fn agreement_answers(&self, today: Day) -> Vec<AgreementAnswer> {
        let mut answers = Vec::new();
        for (id, loaded) in &self.agreements {
            let found = loaded.index.found();
            let basis = loaded.current();
            let view = basis.view();
            let members = view
                .members()
                .map(|member| self.member_answer(&member.city, view.ratified(&member.city)))
                .collect();
            answers.push(AgreementAnswer {
                agreement: id.to_string(),
                code: found.code.clone(),
                name: found.name.clone(),
                effective: view.effective(),
                members,
                terms: self.terms_answer(&view, today),
                resolutions: self.resolutions_answer(&view),
                changes: Vec::new(),
            });
        }
        answers
    }

    fn member_answer(&self, city: &CityId, signed: bool) -> MemberAnswer {
        let peer = self.peers.get(city);
        let name = self
            .founder(city)
            .map(|founder| founder.name.clone())
            .unwrap_or_default();
        MemberAnswer {
            city: CityAnswer {
                city: city.to_string(),
                fingerprint: city.fingerprint().to_string(),
                division: self.division(city),
                name,
            },
            signed,
            own: *city == self.own.city,
            online: peer.is_some_and(|peer| peer.link.is_some()),
            waiting: peer.map_or(0, |peer| peer.outbox.waiting()),
            stored: peer.map_or(0, |peer| peer.outbox.marks.acked),
            last_seen: peer.and_then(|peer| peer.last_seen),
            audit: peer.and_then(|peer| peer.audit.answer()),
            turned_away: peer.is_some_and(Peer::turns_us_away),
        }
    }
}
