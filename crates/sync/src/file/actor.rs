//! The actor id under which an entry's file change is written: derived, never chosen.
//!
//! It is not an identity. It only has to differ for every entry, so that a restored backup and a
//! cloned node never write two changes under one actor.

/// Domain separation of the derivation.
const CONTEXT: &[u8] = b"tongban/actor/v1";

/// Derives the Automerge actor of the one file change that an entry may carry.
///
/// The first 16 bytes of BLAKE3 over the context, agreement, document, device certificate hash, boot
/// nonce and the sequence number as eight big-endian bytes. Every part has a fixed length, so no two
/// inputs share an encoding. A receiver derives it again and voids a change that names another.
pub fn actor_id(
    agreement: &[u8; 32],
    document: &[u8; 32],
    device: &[u8; 32],
    boot: &[u8; 16],
    seq: u64,
) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(CONTEXT);
    hasher.update(agreement);
    hasher.update(document);
    hasher.update(device);
    hasher.update(boot);
    hasher.update(&seq.to_be_bytes());
    let mut actor = [0; 16];
    hasher.finalize_xof().fill(&mut actor);
    actor
}

#[cfg(test)]
mod tests {
    use super::actor_id;

    #[test]
    fn every_part_counts() {
        let base = actor_id(&[1; 32], &[2; 32], &[3; 32], &[4; 16], 5);
        let others = [
            actor_id(&[9; 32], &[2; 32], &[3; 32], &[4; 16], 5),
            actor_id(&[1; 32], &[9; 32], &[3; 32], &[4; 16], 5),
            actor_id(&[1; 32], &[2; 32], &[9; 32], &[4; 16], 5),
            actor_id(&[1; 32], &[2; 32], &[3; 32], &[9; 16], 5),
            actor_id(&[1; 32], &[2; 32], &[3; 32], &[4; 16], 9),
        ];
        assert!(!others.contains(&base));
    }

    #[test]
    fn it_is_the_prefix_of_the_plain_hash() {
        let mut bytes = b"tongban/actor/v1".to_vec();
        for (byte, length) in [(1, 32), (2, 32), (3, 32), (4, 16)] {
            bytes.resize(bytes.len() + length, byte);
        }
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 5]);
        assert_eq!(
            actor_id(&[1; 32], &[2; 32], &[3; 32], &[4; 16], 5),
            blake3::hash(&bytes).as_bytes()[..16]
        );
    }
}
