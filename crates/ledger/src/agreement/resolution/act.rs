//! What a city says in a round.

use minicbor::{Decode, Encode};

use crate::agreement::Act;
use crate::id::{CertificateId, MotionId};

/// Names a motion in a round on a certificate: the city votes for it, or commits to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ballot {
    /// The certificate on which the motion builds.
    #[n(0)]
    pub parent: CertificateId,
    /// The round, from 1.
    #[n(1)]
    pub round: u16,
    /// The motion.
    #[n(2)]
    pub motion: MotionId,
}

/// Gives a round up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Nullify {
    /// The certificate on which the round builds.
    #[n(0)]
    pub parent: CertificateId,
    /// The round, from 1.
    #[n(1)]
    pub round: u16,
}

/// Says whether two acts of one city contradict each other: whoever holds both holds a proof against it.
pub fn contradict(one: &Act, other: &Act) -> bool {
    let place = |ballot: &Ballot| (ballot.parent, ballot.round);
    match (one, other) {
        (Act::Vote(one), Act::Vote(other)) | (Act::Commit(one), Act::Commit(other)) => {
            place(one) == place(other) && one.motion != other.motion
        }
        (Act::Commit(commit), Act::Nullify(nullify))
        | (Act::Nullify(nullify), Act::Commit(commit)) => {
            place(commit) == (nullify.parent, nullify.round)
        }
        _ => false,
    }
}
