//! File changes that hurt: honest ones with bytes turned, under a checksum that holds.
//!
//! Built when they are needed and never kept: some of them stop the library that they are made for.

use sha2::{Digest, Sha256};

use super::desk::Chance;

/// The magic bytes of a chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// Turns some bytes of a change, or wraps it as another kind of chunk, and repairs the checksum.
pub(super) fn poisoned(honest: &[u8], chance: &mut Chance) -> Vec<u8> {
    let Some(body) = honest.get(8..) else {
        return Vec::new();
    };
    let mut body = body.to_vec();
    match chance.between(0, 5) {
        // A compressed chunk, a document chunk, something unknown.
        0 => body[0] = u8::try_from(chance.between(0, 4)).unwrap_or(0),
        // Bytes after the end.
        1 => body.extend_from_slice(&chance.bytes()),
        _ => {
            for _ in 0..chance.between(1, 3) {
                let at = chance.index(body.len());
                body[at] = chance.bytes()[0];
            }
        }
    }
    let checksum = Sha256::digest(&body);
    [&MAGIC[..], &checksum[..4], &body].concat()
}
