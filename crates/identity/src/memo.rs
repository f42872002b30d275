//! What a thread remembers of keys and signatures that it has already worked out.
//!
//! Whether a signature holds, what a key signs a message with (RFC 8032 signs deterministically) and whether
//! bytes are a key are functions of their inputs, so an answer may be looked up instead of worked out again. A
//! thread on which many cities run, such as a simulator's, turns it on with [`remember_signatures`]; on other
//! threads everything is worked out each time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Hash32, Signature};

/// How many signatures a thread remembers before it forgets all of them, about 100 bytes each.
const REMEMBERED: usize = 200_000;

#[derive(Default)]
struct Memo {
    /// What a key made of a message, by [`name`].
    made: BTreeMap<Hash32, Signature>,
    /// Signatures that were verified, by [`name`]; another's key may have signed one message in two ways.
    verified: BTreeSet<(Hash32, [u8; 64])>,
    /// Public keys that are sound.
    keys: BTreeSet<[u8; 32]>,
}

thread_local! {
    static MEMO: RefCell<Option<Memo>> = const { RefCell::new(None) };
}

/// Lets the calling thread remember, from now on, which signatures hold and which keys are sound. For simulators: a
/// node has one city's keys and sees each signature once.
///
/// A signature that was made on this thread counts as one that holds.
/// No answer changes by it, only the time it takes: at most 200,000 signatures of each kind are kept, then
/// they are forgotten.
pub fn remember_signatures() {
    MEMO.with_borrow_mut(|memo| {
        memo.get_or_insert_default();
    });
}

/// A message under a key, as it is remembered; nothing where the thread does not remember.
pub(crate) fn name(key: &[u8; 32], signing_bytes: &[u8]) -> Option<Hash32> {
    known(|_| Some(Hash32::hash("tongban/memo/v1", &[&key[..], signing_bytes])))
}

/// The signature that a key made of a message.
pub(crate) fn made(name: Option<Hash32>) -> Option<Signature> {
    let name = name?;
    known(|memo| memo.made.get(&name).copied())
}

/// Notes a signature that was made.
pub(crate) fn note_made(name: Option<Hash32>, signature: Signature) {
    note(name, |memo, name| {
        forget_when_full(&mut memo.made, BTreeMap::len).insert(name, signature);
    });
}

/// Whether a signature of a message is known to hold.
pub(crate) fn holds(name: Option<Hash32>, signature: &Signature) -> bool {
    let found = name.and_then(|name| {
        known(|memo| {
            let made = memo.made.get(&name) == Some(signature);
            Some(made || memo.verified.contains(&(name, signature.bytes)))
        })
    });
    found.unwrap_or(false)
}

/// Notes a signature that was verified.
pub(crate) fn note_verified(name: Option<Hash32>, signature: &Signature) {
    note(name, |memo, name| {
        forget_when_full(&mut memo.verified, BTreeSet::len).insert((name, signature.bytes));
    });
}

/// Whether bytes are known to be a sound key.
pub(crate) fn is_key(bytes: &[u8; 32]) -> bool {
    known(|memo| memo.keys.get(bytes).copied()).is_some()
}

/// Notes bytes that are a sound key.
pub(crate) fn note_key(bytes: [u8; 32]) {
    note(Some(bytes), |memo, bytes| {
        forget_when_full(&mut memo.keys, BTreeSet::len).insert(bytes);
    });
}

/// Looks something up where the thread remembers.
fn known<T>(look: impl FnOnce(&Memo) -> Option<T>) -> Option<T> {
    MEMO.with_borrow(|memo| look(memo.as_ref()?))
}

/// Notes something that has a name, where the thread remembers.
fn note<N>(name: Option<N>, note: impl FnOnce(&mut Memo, N)) {
    MEMO.with_borrow_mut(|memo| {
        if let (Some(memo), Some(name)) = (memo, name) {
            note(memo, name);
        }
    });
}

/// Empties a collection that is full.
fn forget_when_full<C: Default>(all: &mut C, len: impl FnOnce(&C) -> usize) -> &mut C {
    if len(all) >= REMEMBERED {
        *all = C::default();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceKey, PublicKey, Suite};

    const DOMAIN: &[u8] = b"tongban/test/v1";

    /// A thread that remembers answers as one that does not: for a good signature, another message, another
    /// key, another domain, a flipped bit, and bytes that are no key.
    #[test]
    fn remembered_answers_are_the_answers() {
        let answers = || {
            let [key, other] = [1, 2].map(|seed| DeviceKey::from_seed([seed; 32]));
            let signature = key.sign(DOMAIN, b"paper");
            let mut flipped = signature;
            flipped.bytes[40] ^= 1;
            let check = |key: &DeviceKey, domain, message: &[u8], signature| {
                key.public().verify(domain, message, &signature)
            };
            let keys = [[0xff; 32], [0; 32], *key.public().as_bytes()]
                .map(|bytes| PublicKey::new(Suite::Ed25519, bytes));
            let checks = [
                check(&key, DOMAIN, b"paper", signature),
                check(&key, DOMAIN, b"papers", signature),
                check(&other, DOMAIN, b"paper", signature),
                check(&key, b"tongban/test/v2", b"paper", signature),
                check(&key, DOMAIN, b"paper", flipped),
                check(&key, DOMAIN, b"paper", signature),
            ];
            (signature, checks, keys)
        };
        // Every test has a thread of its own, so nothing is remembered yet.
        let anew = answers();
        assert_eq!(
            anew.1.map(|check| check.is_ok()),
            [true, false, false, false, false, true]
        );
        remember_signatures();
        assert_eq!([answers(), answers()], [anew, anew]);
    }
}
