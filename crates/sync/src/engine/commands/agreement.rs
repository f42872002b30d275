//! Commands of agreements and of one's own city page.

use tongban_identity::{CityId, DivisionCode, SignedEncryptionCert};
use tongban_ledger::agreement::{
    Act, Activation, Annex, Found, Founder, Grant, Guide, Implementing, Joint, RULES_VERSION,
    Recognition,
};
use tongban_ledger::answer::Done;
use tongban_ledger::calendar::{CalendarYear, Day};
use tongban_ledger::city::{self, City};
use tongban_ledger::code::Code;
use tongban_ledger::command::beside::PublishGuide;
use tongban_ledger::command::{
    Announce, FoundAgreement, Founding, GrantRef, GuideTerms, ItemRef, OfferGrant, Terms,
};
use tongban_ledger::{AgreementId, DocumentId, DocumentKind, EntryId};

use super::resolve::PREFIX_MIN;
use crate::engine::agreements::Loaded;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::founding::{Card, read_founding, read_invitation, write_founding, write_invitation};
use crate::frame::Blob;
use crate::seal::Private;

/// The word that names all grants of the founding terms.
const FOUNDING: &str = "founding";

impl Engine {
    /// Writes this city's invitation file.
    pub fn invitation(&self, addresses: Vec<String>) -> Option<String> {
        let card = Card {
            city: self.own.city,
            division: self.own.attributes.division,
            name: self.own.attributes.name.clone(),
            addresses,
            encryption: Blob(self.own.encryption_cert.to_vec()),
        };
        write_invitation(&self.own.cert.to_root_signed(), card, &self.own.device)
    }

    pub(super) fn found_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &FoundAgreement,
    ) -> Result<Done, CommandError> {
        let mut founders = Vec::new();
        for text in &args.invitations {
            let founder =
                read_invitation(text).map_err(|error| refuse(error.code(), error.to_string()))?;
            if !founders
                .iter()
                .any(|known: &Founder| known.city == founder.city)
            {
                founders.push(founder);
            }
        }
        if !founders.iter().any(|founder| founder.city == self.own.city) {
            return Err(refuse(Code::Argument, "own invitation is missing"));
        }
        founders.sort_by_key(|founder| founder.city);
        let found = Found {
            name: args.terms.name.clone(),
            code: args.terms.code.clone(),
            rules_version: RULES_VERSION,
            annex: annex(&args.terms, &founders)?,
            founders,
        };
        if !args.again {
            self.refuse_same_code(&found.code)?;
        }
        if let Err(code) = found.check() {
            return Err(refuse(code, found.fault().unwrap_or_default()));
        }
        let genesis = self.sign_founding(ctx, found)?;
        self.open_agreement(ctx, &genesis)??;
        Ok(Done {
            document: genesis.document.to_string(),
            entries: vec![genesis.id.to_string()],
            founding: Some(write_founding(&self.own.cert.to_root_signed(), &genesis)),
            ..Done::default()
        })
    }

    /// A second agreement under one code is a mistake more often than a wish.
    fn refuse_same_code(&self, code: &str) -> Result<(), CommandError> {
        let known = |(_, loaded): &(&AgreementId, &Loaded)| loaded.index.found().code == code;
        match self.agreements.iter().find(known) {
            Some((id, _)) => {
                let short: String = id.to_string().chars().take(12).collect();
                Err(refuse(Code::Duplicate, format!("{code} {short}")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn accept_agreement(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Founding,
    ) -> Result<Done, CommandError> {
        let founding = read_founding(&args.founding)
            .map_err(|error| refuse(error.code(), error.to_string()))?;
        let own = founding
            .found
            .founders
            .iter()
            .find(|founder| founder.city == self.own.city)
            .ok_or_else(|| refuse(Code::NotMember, "this city is not among the founders"))?;
        // A key that took the place of the one in the invitation is announced; a later one is not this node's.
        let named = SignedEncryptionCert::from_slice(&own.encryption).ok();
        let named = named.and_then(|signed| signed.verify().ok());
        let known = own.encryption == self.own.encryption_cert.to_vec();
        if !known && named.is_none_or(|cert| cert.serial >= self.own_serial()) {
            return Err(refuse(
                Code::Argument,
                "another encryption certificate of this city",
            ));
        }
        self.keep_cert_bytes(ctx.store, &founding.cert.to_vec())?;
        let agreement = AgreementId::from(founding.genesis.document);
        self.open_agreement(ctx, &founding.genesis)??;
        self.ask_back_anew(None);
        if founding.genesis.header.city == self.own.city {
            // The genesis is the founder's signature: a founder that lost its disk opens it again.
            return Ok(agreement_done(agreement, founding.genesis.id));
        }
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Ratify)?;
        Ok(agreement_done(agreement, entry))
    }

    pub(super) fn offer_grant(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &OfferGrant,
    ) -> Result<Done, CommandError> {
        let found = self.memberships(args.to)?;
        let (agreement, grantee) = match &args.agreement {
            None => found[0],
            Some(named) => {
                let agreement = self.agreement(Some(named))?;
                let member = found.into_iter().find(|(id, _)| *id == agreement);
                member.ok_or_else(|| refuse(Code::NotMember, args.to.to_string()))?
            }
        };
        let grant = Grant {
            grantor: self.own.city,
            grantee,
            items: args.items.clone(),
            powers: args.powers.clone(),
            from: args.from,
            until: args.until,
        };
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Offer(grant))?;
        Ok(agreement_done(agreement, entry))
    }

    pub(super) fn take_grant(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &GrantRef,
    ) -> Result<Done, CommandError> {
        let (agreement, grant) = self.grant(args)?;
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Take(grant))?;
        Ok(agreement_done(agreement, entry))
    }

    pub(super) fn withdraw_grant(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &GrantRef,
    ) -> Result<Done, CommandError> {
        let (agreement, grant) = self.grant(args)?;
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Withdraw(grant))?;
        Ok(agreement_done(agreement, entry))
    }

    /// Publishes another version of this city's own guide.
    pub(super) fn publish_guide(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &PublishGuide,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        if !args.guide.owners.is_empty() {
            return Err(refuse(Code::Argument, "owners"));
        }
        let guide = guide(&args.guide, self.own.city);
        if let Err(fault) = guide.check() {
            return Err(refuse(
                fault.code,
                format!("{} {}", guide.item, fault.part).trim_end(),
            ));
        }
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Publish(guide))?;
        Ok(agreement_done(agreement, entry))
    }

    pub(super) fn suspend(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ItemRef,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let act = Act::Suspend(args.item.clone());
        let entry = self.sign_in_agreement(ctx, agreement, &act)?;
        Ok(agreement_done(agreement, entry))
    }

    pub(super) fn resume(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &ItemRef,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let own = self.own.city;
        let suspension = self
            .with_view(&agreement, |view| {
                view.suspensions()
                    .find(|(_, by, item)| **by == own && *item == args.item)
                    .map(|(id, _, _)| id)
            })
            .flatten()
            .ok_or_else(|| refuse(Code::NotFound, args.item.clone()))?;
        let entry = self.sign_in_agreement(ctx, agreement, &Act::Resume(suspension))?;
        Ok(agreement_done(agreement, entry))
    }

    /// Opens the city's page with its first announcement, or replaces what it says.
    pub(super) fn announce(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Announce,
    ) -> Result<Done, CommandError> {
        let agreement = self.agreement(args.agreement.as_deref())?;
        let (document, mut entries) = self.page_to_sign(ctx, agreement)?;
        let replaces = self
            .record(ctx.store, &document)?
            .and_then(|record| record.state_of::<City>())
            .map(|state| state.current().map(|(id, _)| id).collect())
            .unwrap_or_default();
        let act = city::Act::Announce(city::Announce {
            addresses: args.addresses.clone(),
            encryption: self.own.encryption_cert.to_vec(),
            windows: args.windows.clone(),
            replaces,
        });
        let entry = self.sign_act::<City>(ctx, &document, &act, Private::default())?;
        entries.push(entry.to_string());
        Ok(Done {
            document: document.to_string(),
            entries,
            ..Done::default()
        })
    }

    /// This city's page in an agreement, opened where there is none yet, with the entry that opened it.
    pub(super) fn page_to_sign(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
    ) -> Result<(DocumentId, Vec<String>), CommandError> {
        if let Some(document) = self.own_page(ctx, &agreement)? {
            return Ok((document, Vec::new()));
        }
        let entry = self.open_page(ctx, agreement)?;
        Ok((DocumentId::from(entry), vec![entry.to_string()]))
    }

    /// Opens this city's page in an agreement.
    pub(in crate::engine) fn open_page(
        &mut self,
        ctx: &mut Ctx<'_>,
        agreement: AgreementId,
    ) -> Result<EntryId, CommandError> {
        let act = city::Act::Open(city::Open {
            division: self.own.attributes.division,
            name: self.own.attributes.name.clone(),
        });
        let kind = DocumentKind::City;
        self.sign_genesis::<City>(ctx, agreement, kind, &act, Private::default())
    }

    pub(super) fn own_page(
        &mut self,
        ctx: &Ctx<'_>,
        agreement: &AgreementId,
    ) -> Result<Option<DocumentId>, CommandError> {
        let own = self.own.city;
        for document in self.documents_of(ctx.store, DocumentKind::City)? {
            let record = self.record(ctx.store, &document)?;
            let record = record.filter(|record| record.agreement == *agreement);
            let page = record.and_then(|record| record.state_of::<City>());
            if page.is_some_and(|page| page.city == own) {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// A grant with the agreement that it stands in.
    fn grant(&self, args: &GrantRef) -> Result<(AgreementId, EntryId), CommandError> {
        let named = args.agreement.as_deref();
        if args.grant == FOUNDING {
            let agreement = self.agreement(named)?;
            let loaded = self.agreements.get(&agreement).ok_or(Code::Agreement)?;
            return Ok((agreement, loaded.index.genesis()));
        }
        if self.agreements.is_empty() {
            return Err(refuse(Code::Agreement, "no agreement yet"));
        }
        let only = named.map(|named| self.agreement(Some(named))).transpose()?;
        let mut hits = Vec::new();
        for (agreement, loaded) in &self.agreements {
            if only.is_some_and(|only| only != *agreement) {
                continue;
            }
            let entries = loaded.index.entries().iter();
            let entries = entries.filter(|id| {
                args.grant.len() >= PREFIX_MIN && id.to_string().starts_with(args.grant.as_str())
            });
            hits.extend(entries.map(|id| (*agreement, *id)));
        }
        match hits.as_slice() {
            [only] => Ok(*only),
            [] => Err(refuse(Code::NotFound, args.grant.clone())),
            _ => Err(refuse(Code::Ambiguous, args.grant.clone())),
        }
    }
}

pub(super) fn agreement_done(agreement: AgreementId, entry: EntryId) -> Done {
    Done {
        document: agreement.to_string(),
        entries: vec![entry.to_string()],
        ..Done::default()
    }
}

/// A guide of a city, as the terms write it.
fn guide(terms: &GuideTerms, owner: CityId) -> Guide {
    Guide {
        item: terms.item.clone(),
        owner,
        version: terms.version,
        effective: terms.effective,
        requirements: terms.requirements.clone(),
        id_check: terms.id_check,
        texts: terms.texts.clone(),
    }
}

/// Turns terms with division codes into an annex with cities.
pub(super) fn annex(terms: &Terms, founders: &[Founder]) -> Result<Annex, CommandError> {
    let all: Vec<DivisionCode> = founders.iter().map(|founder| founder.division).collect();
    let cities = |list: &[DivisionCode]| -> Result<Vec<CityId>, CommandError> {
        let wanted = if list.is_empty() { &all[..] } else { list };
        wanted
            .iter()
            .map(|division| {
                founders
                    .iter()
                    .find(|founder| founder.division == *division)
                    .map(|founder| founder.city)
                    .ok_or_else(|| refuse(Code::NotMember, division.to_string()))
            })
            .collect()
    };
    let mut annex = Annex {
        items: terms.items.clone(),
        postage: terms.postage.clone(),
        limits: terms.limits,
        channels: terms.channels.clone(),
        batches: terms.batches.clone(),
        ..Annex::default()
    };
    for guide in &terms.guides {
        for owner in cities(&guide.owners)? {
            annex.guides.push(self::guide(guide, owner));
        }
    }
    for live in &terms.live {
        for (receiver, owner) in pairs(&cities(&live.receivers)?, &cities(&live.owners)?) {
            annex.activations.push(Activation {
                item: live.item.clone(),
                receiver,
                owner,
                guide: live.guide,
                effective: live.effective,
                until: live.until,
                modes: live.modes.clone(),
            });
        }
    }
    for grant in &terms.grants {
        for (grantor, grantee) in pairs(&cities(&grant.grantors)?, &cities(&grant.grantees)?) {
            annex.grants.push(Grant {
                grantor,
                grantee,
                items: grant.items.clone(),
                powers: grant.powers.clone(),
                from: grant.from,
                until: grant.until,
            });
        }
    }
    for joint in &terms.joint {
        for (lead, partner) in pairs(&cities(&joint.leads)?, &cities(&joint.partners)?) {
            annex.joint.push(Joint {
                item: joint.item.clone(),
                lead,
                partner,
                steps: joint.steps.clone(),
                feedback: joint.feedback,
                days: joint.days,
            });
        }
    }
    for known in &terms.recognition {
        annex.recognition.push(Recognition {
            cert_type: known.cert_type.clone(),
            issuer: known.issuer,
            accepted_by: cities(&known.accepted_by)?,
            from: known.from,
        });
    }
    for record in &terms.implementing {
        for city in cities(&record.cities)? {
            annex.implementing.push(Implementing {
                item: record.item.clone(),
                city,
                scheme: record.scheme.clone(),
                code: record.code.clone(),
                dept: record.dept.clone(),
                name: record.name.clone(),
                basis: record.basis.clone(),
            });
        }
    }
    for calendar in &terms.calendars {
        let days = |list: &[Day]| list.to_vec();
        let year = CalendarYear::new(calendar.year, days(&calendar.off), days(&calendar.work));
        let year = year.map_err(|error| refuse(error.code(), error.to_string()))?;
        annex.calendars.push(year);
    }
    Ok(annex)
}

/// Every ordered pair of two lists, but no city with itself.
fn pairs(first: &[CityId], second: &[CityId]) -> Vec<(CityId, CityId)> {
    first
        .iter()
        .flat_map(|one| second.iter().map(|other| (*one, *other)))
        .filter(|(one, other)| one != other)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn founder(number: u8, division: u32) -> Founder {
        Founder {
            city: CityId([number; 32]),
            division: DivisionCode::new(division).expect("six digits"),
            name: division.to_string(),
            encryption: Vec::new(),
            addresses: Vec::new(),
        }
    }

    /// a list of 101 items over four cities is live for every ordered pair, one by one.
    #[test]
    fn a_list_of_items_is_live_for_every_ordered_pair() {
        let founders: Vec<Founder> = [(1, 330_800), (2, 350_700), (3, 361_100), (4, 341_000)]
            .into_iter()
            .map(|(number, division)| founder(number, division))
            .collect();
        let code = |nth: usize| format!("I-{nth:03}");
        let items: Vec<_> = (0..101)
            .map(|nth| {
                json!({"code": code(nth), "name": "事项", "domain": "社保", "licence": false, "promise_days": 3})
            })
            .collect();
        let guides: Vec<_> = (0..101)
            .map(|nth| {
                json!({"item": code(nth), "version": 1, "effective": "2026-01-01", "requirements": []})
            })
            .collect();
        let live: Vec<_> = (0..101)
            .map(|nth| json!({"item": code(nth), "guide": 1, "effective": "2026-01-01"}))
            .collect();
        let terms =
            json!({"name": "协议", "code": "AG", "items": items, "guides": guides, "live": live});
        let terms: Terms = serde_json::from_value(terms).expect("terms");
        let annex = annex(&terms, &founders).expect("an annex");
        assert_eq!(annex.guides.len(), 404);
        assert_eq!(annex.activations.len(), 1_212);
        // Live for one ordered pair alone, it is not live the other way round.
        let one = json!({"name": "协议", "code": "AG", "items": terms.items[..1], "guides": [
            {"item": "I-000", "version": 1, "effective": "2026-01-01", "requirements": []}], "live": [
            {"item": "I-000", "guide": 1, "effective": "2026-01-01", "receivers": ["330800"], "owners": ["361100"]}]});
        let one: Terms = serde_json::from_value(one).expect("terms");
        let live = super::annex(&one, &founders).expect("an annex").activations;
        let pairs: Vec<_> = live
            .iter()
            .map(|live| (live.receiver, live.owner))
            .collect();
        assert_eq!(pairs, [(CityId([1; 32]), CityId([3; 32]))]);
    }
}
