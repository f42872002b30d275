//! What is put to the vote: a motion, its id, and the certificate that it becomes.

use minicbor::{Decode, Encode};
use tongban_identity::{CityId, DivisionCode, Hash32, SignedEncryptionCert, encode_canonical};

use crate::agreement::terms::TEXT_BYTES_MAX;
use crate::agreement::{Founder, Limits, View};
use crate::code::Code;
use crate::id::{CertificateId, EntryId, MotionId};

/// The most addresses of a city that is admitted.
pub const ADDRESSES_MAX: usize = 16;

/// A text that is put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Motion {
    /// What it decides.
    #[n(0)]
    pub measure: Measure,
    /// What it rests on, in a few words: the meeting, the letter. At most [`TEXT_BYTES_MAX`] bytes.
    #[n(1)]
    pub basis: String,
}

/// What a motion decides (`design.md` §5, R-140, R-144).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Measure {
    /// Admits a city, with what its invitation says.
    #[n(0)]
    Admit(#[n(0)] Founder),
    /// Removes a member, or lets it leave.
    #[n(1)]
    Remove(#[n(0)] CityId),
    /// Gives a member another root key.
    #[n(2)]
    Replace(#[n(0)] Replace),
    /// Sets the limits that the text of the law leaves to the cities.
    #[n(3)]
    Thresholds(#[n(0)] Limits),
    /// Names who holds a case that is stuck.
    #[n(4)]
    Override(#[n(0)] Override),
    /// Raises the rules version.
    #[n(5)]
    Rules(#[n(0)] u16),
}

/// Another root key of a member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Replace {
    /// The key that signs for the city from now on.
    #[n(0)]
    pub root: CityId,
    /// The city as it goes on: its id, division code and name as before; addresses and encryption certificate are those
    /// of the new key.
    #[n(1)]
    pub city: Founder,
}

/// Who holds a case that is stuck. The agreement never carries the id of a case, only a hash of it that its parties alone
/// can make.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Override {
    /// [`case_mark`] of the case.
    #[n(0)]
    pub case: Hash32,
    /// The member that holds it.
    #[n(1)]
    pub holder: CityId,
}

/// What stands for a case in an [`Override`]: a hash of its genesis, salted with the custody acts by which cities held it
/// when the motion was put. Only the parties know those, and another mark stands for the case once it has moved: no
/// resolution is followed in a situation that its members did not decide about.
pub fn case_mark(genesis: &EntryId, batons: &[EntryId]) -> Hash32 {
    let mut salt = Vec::with_capacity(batons.len() * 32);
    for baton in batons {
        salt.extend_from_slice(baton.as_bytes());
    }
    Hash32::hash("tongban/override/v1", &[&salt, genesis.as_bytes()])
}

impl CertificateId {
    /// What the first motion of an agreement builds on: its genesis, under every founder's signature.
    pub fn first(genesis: &EntryId) -> Self {
        Self(Hash32::hash(
            "tongban/certificate/v1",
            &[genesis.as_bytes()],
        ))
    }

    /// The certificate of a motion that was decided on this one.
    pub fn then(&self, motion: &MotionId) -> Self {
        Self(Hash32::hash(
            "tongban/certificate/v1",
            &[&self.0.0, &motion.0.0],
        ))
    }
}

impl Motion {
    /// The motion's id.
    pub fn id(&self) -> MotionId {
        MotionId(Hash32::hash(
            "tongban/motion/v1",
            &[&encode_canonical(self)],
        ))
    }

    /// The member that it concerns, which has no vote on it.
    pub fn concerns(&self) -> Option<CityId> {
        self.measure.concerns()
    }

    /// Checks whether it may be put to these members at all: by what it says, and by what is in force.
    ///
    /// # Errors
    /// A code that names what is wrong with it.
    pub fn check(&self, view: &View<'_>) -> Result<(), Code> {
        if self.basis.len() > TEXT_BYTES_MAX {
            return Err(Code::Argument);
        }
        match &self.measure {
            Measure::Admit(city) => {
                is_sound(city, &city.city)?;
                let taken = view
                    .members()
                    .any(|member| member.city == city.city || member.division == city.division);
                // Who was a member once comes back under another root key, and nobody's key serves two cities.
                match taken || view.was_root(&city.city) {
                    true => Err(Code::Already),
                    false => Ok(()),
                }
            }
            Measure::Remove(city) => member(view, city).map(|_| ()),
            Measure::Replace(replace) => {
                is_sound(&replace.city, &replace.root)?;
                let now = member(view, &replace.city.city)?;
                if now.division != replace.city.division || now.name != replace.city.name {
                    return Err(Code::Argument);
                }
                match view.was_root(&replace.root) || view.is_member(&replace.root) {
                    true => Err(Code::Already),
                    false => Ok(()),
                }
            }
            // Whether limits differ from those in force is asked of who puts them alone. Those may change by a text
            // that all sign, and a motion that has votes must not become one that nobody can commit to.
            Measure::Thresholds(_) => Ok(()),
            Measure::Override(named) => member(view, &named.holder).map(|_| ()),
            Measure::Rules(version) if *version <= view.rules_version() => Err(Code::Already),
            Measure::Rules(_) => Ok(()),
        }
    }
}

impl Measure {
    /// The measure's stable name in commands and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Measure::Admit(_) => "admit",
            Measure::Remove(_) => "remove",
            Measure::Replace(_) => "replace",
            Measure::Thresholds(_) => "thresholds",
            Measure::Override(_) => "override",
            Measure::Rules(_) => "rules",
        }
    }

    /// The member that it concerns.
    pub fn concerns(&self) -> Option<CityId> {
        match self {
            Measure::Remove(city) => Some(*city),
            Measure::Replace(replace) => Some(replace.city.city),
            Measure::Admit(_)
            | Measure::Thresholds(_)
            | Measure::Override(_)
            | Measure::Rules(_) => None,
        }
    }

    /// The division code of the city that it is about, where its card is in the text.
    pub fn division(&self) -> Option<DivisionCode> {
        match self {
            Measure::Admit(city) => Some(city.division),
            Measure::Replace(replace) => Some(replace.city.division),
            _ => None,
        }
    }
}

fn member<'a>(view: &View<'a>, city: &CityId) -> Result<&'a Founder, Code> {
    view.founder(city).ok_or(Code::NotMember)
}

/// A city's card is within its limits, and the root key that it names signed the encryption certificate.
fn is_sound(city: &Founder, root: &CityId) -> Result<(), Code> {
    let text = |text: &str| !text.is_empty() && text.len() <= TEXT_BYTES_MAX;
    let addresses =
        city.addresses.len() <= ADDRESSES_MAX && city.addresses.iter().all(|at| text(at));
    if !text(&city.name) || !addresses {
        return Err(Code::Argument);
    }
    let signed = SignedEncryptionCert::from_slice(&city.encryption).map_err(|_| Code::Argument)?;
    let cert = signed.verify().map_err(|_| Code::Argument)?;
    match cert.city == *root {
        true => Ok(()),
        false => Err(Code::Argument),
    }
}
