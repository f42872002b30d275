//! Signatures of the kind on which Ed25519 verifiers disagree (T16): small-order and non-canonical
//! points, keys and nonces with a torsion part, scalars that are too great. The vectors are made in the
//! manner of "Taming the many EdDSAs" and of the 14 by 14 grid of small-order encodings, over our own
//! messages; the gate, the evidence verifier and `tongban evidence verify` must all say what the
//! equation of RFC 8032 says without a cofactor, small-order points refused.

use std::path::Path;
use std::process::{Command, Stdio};

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha512};
use tongban_identity::{
    DeviceCert, Fingerprint, Hash32, RootKey, Signable, Signature, Signed, SignedDeviceCert, Suite,
    encode_canonical,
};
use tongban_ledger::case::{Act, Answer};
use tongban_sync::document::{read_act, write_act};
use tongban_sync::entry::{BootNonce, DOMAIN, Entry, Header};
use tongban_sync::evidence;
use tongban_sync::frame::Blob;

use super::field::{ATTACKER, Field, VICTIM, device};
use super::meter::{Fate, Row, measure};
use super::victim::Victim;

/// The order of the base point, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
/// The prime of the field, little-endian.
const PRIME: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed;
    bytes[31] = 0x7f;
    bytes
};

/// How many messages are tried to find one with which a vector holds: a torsion part cancels with one in eight.
const ATTEMPTS_MAX: u64 = 64;
/// The fewest vectors that have to hold.
const HELD_MIN: usize = 30;

/// A key and a way to sign with it.
struct Vector {
    key: [u8; 32],
    /// The secret scalar; zero where the key has none.
    secret: Scalar,
    /// The nonce point as it is written.
    nonce: [u8; 32],
    /// Its scalar; zero where it has none.
    nonce_secret: Scalar,
    /// How the scalar is written.
    writing: Writing,
}

#[derive(Clone, Copy)]
enum Writing {
    Canonical,
    PlusOrder,
    HighBit,
}

impl Vector {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let k = self.challenge(message);
        let mut s = (self.nonce_secret + k * self.secret).to_bytes();
        match self.writing {
            Writing::Canonical => {}
            Writing::PlusOrder => s = add(&s, &ORDER),
            Writing::HighBit => s[31] |= 0x80,
        }
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.nonce);
        bytes[32..].copy_from_slice(&s);
        bytes
    }

    /// Whether both points have a part of the base point, so that some message makes it hold.
    fn has_secrets(&self) -> bool {
        self.secret != Scalar::ZERO && self.nonce_secret != Scalar::ZERO
    }

    fn challenge(&self, message: &[u8]) -> Scalar {
        let digest = Sha512::new()
            .chain_update(self.nonce)
            .chain_update(self.key)
            .chain_update(message)
            .finalize();
        Scalar::from_bytes_mod_order_wide(&digest.into())
    }

    /// What RFC 8032 says without a cofactor and with small-order points refused, by the plain equation.
    fn holds(&self, message: &[u8]) -> bool {
        let canonical = |bytes: &[u8; 32]| {
            CompressedEdwardsY(*bytes)
                .decompress()
                .filter(|point| point.compress().0 == *bytes && !point.is_small_order())
        };
        let signature = self.sign(message);
        let mut s = [0; 32];
        s.copy_from_slice(&signature[32..]);
        let scalar: Option<Scalar> = Scalar::from_canonical_bytes(s).into();
        match (canonical(&self.key), canonical(&self.nonce), scalar) {
            (Some(a), Some(r), Some(s)) => {
                (BASE * s - a * self.challenge(message) - r).is_identity()
            }
            _ => false,
        }
    }
}

fn add(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    let mut carry = 0;
    std::array::from_fn(|at| {
        let sum = u16::from(one[at]) + u16::from(other[at]) + carry;
        carry = sum >> 8;
        sum as u8
    })
}

/// The eight points of small order and the six other writings of some of them.
fn small_order() -> Vec<[u8; 32]> {
    let mut all: Vec<[u8; 32]> = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().0)
        .collect();
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = PRIME;
    minus_one[0] -= 1;
    for (mut bytes, sign) in [
        (one, true),
        (minus_one, true),
        (PRIME, false),
        (PRIME, true),
        (add(&PRIME, &one), false),
        (add(&PRIME, &one), true),
    ] {
        bytes[31] |= u8::from(sign) << 7;
        all.push(bytes);
    }
    all
}

fn vectors() -> Vec<Vector> {
    let a = Scalar::from_bytes_mod_order([0x31; 32]);
    let r = Scalar::from_bytes_mod_order([0x52; 32]);
    let zero = Scalar::ZERO;
    let written = |point: EdwardsPoint| point.compress().0;
    let mut all = Vec::new();
    // The grid: small-order keys against small-order nonces.
    for key in small_order() {
        for nonce in small_order() {
            all.push((key, zero, nonce, zero, Writing::Canonical));
        }
        all.push((key, zero, written(BASE * r), r, Writing::Canonical));
    }
    for torsion in EIGHT_TORSION {
        let key = written(BASE * a + torsion);
        for other in EIGHT_TORSION {
            all.push((key, a, written(BASE * r + other), r, Writing::Canonical));
        }
        for nonce in small_order() {
            all.push((key, a, nonce, zero, Writing::Canonical));
        }
        for writing in [Writing::PlusOrder, Writing::HighBit] {
            all.push((key, a, written(BASE * r), r, writing));
        }
    }
    all.into_iter()
        .map(|(key, secret, nonce, nonce_secret, writing)| Vector {
            key,
            secret,
            nonce,
            nonce_secret,
            writing,
        })
        .collect()
}

/// A certificate of the attacker's own city for any 32 bytes as a device key.
fn certificate(field: &Field, key: &[u8; 32]) -> Signed<DeviceCert> {
    let honest: Signed<DeviceCert> = Signed::from_slice(&field.cert.to_vec()).unwrap();
    let own = *device(ATTACKER).public().as_bytes();
    let mut bytes = honest.bytes().to_vec();
    let at = bytes.windows(32).position(|window| window == own).unwrap();
    bytes[at..at + 32].copy_from_slice(key);
    let root = RootKey::from_seed([1; 32]);
    let signature = root.sign(DeviceCert::DOMAIN.as_bytes(), &bytes);
    Signed::from_parts(bytes, signature)
}

/// A push that is signed with a vector's key, and the receiver's Ack of it.
struct Handoff {
    cert: Vec<u8>,
    push: Entry,
    ack: Entry,
    expected: bool,
}

fn handoff(field: &Field, vector: &Vector, nth: u64, attempt: u64) -> Handoff {
    let cert = certificate(field, &vector.key).to_vec();
    let hash = SignedDeviceCert::from_slice(&cert).unwrap().cert_hash();
    let of = |name: &str| {
        let found = field.entries.iter().find(|entry| {
            entry.document == field.document && tongban_sync::document::act_name(entry) == name
        });
        found.unwrap().clone()
    };
    let (push, ack) = (of("push"), of("ack"));
    let mut boot = [0x16; 16];
    boot[..8].copy_from_slice(&nth.to_be_bytes());
    boot[8..].copy_from_slice(&attempt.to_be_bytes());
    let header = Header {
        cert: hash,
        boot: BootNonce(boot),
        seq: 0,
        prev: None,
        parents: push.parents().take(1).collect(),
        ..push.header.clone()
    };
    let mut odd = Entry::sign(header, push.public.clone(), Vec::new(), &device(ATTACKER));
    let message = [DOMAIN, &[0], &odd.header_bytes].concat();
    odd.signature = Signature {
        suite: Suite::Ed25519,
        bytes: vector.sign(&message),
    };
    let Ok(Act::Ack(answer)) = read_act::<Act>(&ack.public, 1) else {
        panic!("an Ack");
    };
    let answer = Act::Ack(Answer {
        push: odd.id,
        ..answer
    });
    let ack = Entry::sign(ack.header, write_act(&answer), Vec::new(), &device(VICTIM));
    Handoff {
        cert,
        push: odd,
        ack,
        expected: vector.holds(&message),
    }
}

/// The honest evidence file with another push, Ack and certificate in it.
fn evidence_file(honest: &[u8], handoff: &Handoff) -> Vec<u8> {
    let body = &honest[20..honest.len() - 32];
    let mut decoder = minicbor::Decoder::new(body);
    assert_eq!(decoder.array().unwrap(), Some(6));
    let mut part = || {
        let start = decoder.position();
        decoder.skip().unwrap();
        body[start..decoder.position()].to_vec()
    };
    let (agreement, genesis) = (part(), part());
    let _ = (part(), part());
    let certs: Vec<ByteVec> = minicbor::decode(&part()).unwrap();
    let chain = part();
    let mut certs: Vec<Vec<u8>> = certs.into_iter().map(Vec::from).collect();
    certs.push(handoff.cert.clone());
    certs.sort_by_key(|cert| SignedDeviceCert::from_slice(cert).unwrap().cert_hash());
    let certs: Vec<ByteVec> = certs.into_iter().map(ByteVec::from).collect();
    let exhibit = |entry: &Entry| {
        encode_canonical(&(
            ByteVec::from(entry.header_bytes.clone()),
            entry.signature,
            ByteVec::from(entry.public.clone()),
        ))
    };
    let contents = [
        vec![0x86],
        agreement,
        genesis,
        exhibit(&handoff.push),
        exhibit(&handoff.ack),
        encode_canonical(&certs),
        chain,
    ];
    let mut file = [&honest[..20], &contents.concat()].concat();
    let digest = Hash32::hash("tongban/evidence/v1", &[&file]);
    file.extend(digest.0);
    file
}

/// Asks the gate, the evidence verifier and, where it is given, the program, about each vector.
pub fn run(field: &Field, cli: Option<&Path>) -> Row {
    let mut row = Row::new("T16 signatures");
    let mut victim = Victim::new(field);
    let honest = victim
        .ask(|engine, ctx| engine.evidence(ctx, &field.case))
        .unwrap();
    let trusted: Vec<Fingerprint> = [field.attacker(), field.victim().city]
        .map(|city| city.fingerprint())
        .to_vec();
    evidence::verify(&honest, &trusted).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut held = 0;
    let vectors = vectors();
    let first = (0_u64..).zip(&vectors);
    let first = first.map(|(nth, vector)| (nth, handoff(field, vector, nth, 0)));
    // Whether a torsion part cancels depends on the message: these are messages with which it does.
    let holding = (0_u64..).zip(&vectors).filter_map(|(nth, vector)| {
        let mut attempts = (1..ATTEMPTS_MAX).map(|attempt| handoff(field, vector, nth, attempt));
        let found = vector
            .has_secrets()
            .then(|| attempts.find(|one| one.expected));
        found.flatten().map(|found| (nth, found))
    });
    let all: Vec<(u64, Handoff)> = first.chain(holding).collect();
    for (nth, handoff) in all {
        if !victim.open {
            victim.greet(field);
        }
        let mut support = field.support();
        support.certs.push(Blob(handoff.cert.clone()));
        let (_, cost) = measure(|| victim.give(support, vec![Blob(handoff.push.to_wire())]));
        let gate = victim.has(&handoff.push);
        let file = evidence_file(&honest, &handoff);
        let (verified, checked) = measure(|| evidence::verify(&file, &trusted).is_ok());
        row.cost(checked);
        let by_program = cli.map(|cli| ask_program(cli, folder.path(), &file, &trusted));
        let verdicts = [Some(gate), verified, Some(by_program.unwrap_or(gate))];
        if verdicts != [Some(handoff.expected); 3] {
            row.fault(format!(
                "vector {nth}: expected {}, gate, evidence, program: {verdicts:?}",
                handoff.expected
            ));
        }
        held += usize::from(handoff.expected);
        let fate = if gate { Fate::Void } else { Fate::Refused };
        row.note(fate, cost);
    }
    // Vectors of which none holds would prove little.
    if held < HELD_MIN {
        row.fault(format!("only {held} vectors hold at all"));
    }
    row
}

fn ask_program(cli: &Path, folder: &Path, file: &[u8], trusted: &[Fingerprint]) -> bool {
    let path = folder.join("evidence.tbe");
    std::fs::write(&path, file).unwrap();
    let mut command = Command::new(cli);
    command.args(["evidence", "verify"]).arg(&path);
    for fingerprint in trusted {
        command.arg("--trust").arg(fingerprint.to_string());
    }
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}
