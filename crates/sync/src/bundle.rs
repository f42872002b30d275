//! A file bundle: the frames of a link as one signed file, for pairs of cities without a connection.
//!
//! This file knows the layout and the signature, not the engine: what goes into a bundle and what
//! its frames mean is in `engine/bundles.rs` and `engine/intake.rs`. The layout is given in
//! `docs/protocol.md`. A file is checked whole before anything of it is used.

use std::ops::Range;

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    CityId, DecodeError, DeviceKey, Hash32, PublicKey, SignError, Signable, Signed,
    SignedDeviceCert, decode_canonical, encode_canonical,
};
use tongban_ledger::code::Code;

use crate::entry::BootNonce;
use crate::frame::{FRAME_BYTES_MAX, Frame};

/// The first bytes of a bundle.
pub const MAGIC: &[u8] = b"tongban-bundle-v1\n";
/// The longest bundle, in bytes; what does not fit goes into a next part.
pub const BUNDLE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a bundle's frames may become before a next part is begun, in bytes.
pub(crate) const FILL_BYTES: usize = BUNDLE_BYTES_MAX - 4 * FRAME_BYTES_MAX;
/// The most cursors in a bundle: one for each of the recipient's last starts.
pub(crate) const CURSORS_MAX: usize = 4;

/// What stands before the frames.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// The sender's signed device certificate.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub cert: Vec<u8>,
    /// The city for which the bundle is.
    #[n(1)]
    pub recipient: CityId,
    /// The sender's boot nonce: names its feed.
    #[n(2)]
    pub boot: BootNonce,
    /// Counts the sender's bundles for this recipient, from 1.
    #[n(3)]
    pub serial: u64,
    /// Which part of its export it is, from 1.
    #[n(4)]
    pub part: u32,
    /// Whether it is the last part.
    #[n(5)]
    pub last: bool,
    /// The index under the boot nonce from which the export began: what the recipient confirmed.
    #[n(6)]
    pub from: u64,
    /// Whether the export holds the whole history, also what was confirmed.
    #[n(7)]
    pub everything: bool,
    /// Whether the sender lacks what it once confirmed and asks for the whole history.
    #[n(8)]
    pub again: bool,
    /// Claimed Unix seconds; for people alone.
    #[n(9)]
    pub written: i64,
}

/// What a bundle's signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Seal {
    /// The hash of all bytes before the signature.
    #[n(0)]
    hash: Hash32,
}

impl Signable for Seal {
    const DOMAIN: &'static str = "tongban/bundle/v1";

    fn encode(&self) -> Vec<u8> {
        encode_canonical(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

fn hash(bytes: &[u8]) -> Hash32 {
    Hash32::hash("tongban/bundle-hash/v1", &[bytes])
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BundleError {
    /// It is longer than any bundle.
    #[error("the file is too long for a bundle")]
    TooLong,
    /// It is no bundle of this version.
    #[error("this is not a bundle")]
    Format,
    /// It ends early, or does not hold what its signature covers.
    #[error("the bundle was changed or is incomplete")]
    Changed,
    /// The sender's certificate does not hold.
    #[error("the sender's certificate does not hold")]
    Certificate,
    /// A frame is not one that travels in files.
    #[error("a frame in the bundle is not sound")]
    Frame,
}

impl BundleError {
    /// The stable code.
    pub fn code(self) -> Code {
        match self {
            BundleError::TooLong => Code::TooLarge,
            BundleError::Format => Code::Argument,
            BundleError::Changed | BundleError::Certificate | BundleError::Frame => Code::Damaged,
        }
    }
}

/// A bundle whose signature holds. Whether its sender is a member is for the engine to say.
#[derive(Clone, Debug)]
pub struct Bundle {
    head: Head,
    sender: CityId,
    device: PublicKey,
    bytes: Vec<u8>,
    frames: Vec<Range<usize>>,
}

impl Bundle {
    /// Reads a file and checks all of it: layout, frames, certificate, signature.
    ///
    /// # Errors
    /// [`BundleError`]; no part of such a file may be used.
    pub fn read(bytes: Vec<u8>) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(BundleError::TooLong);
        }
        if !bytes.starts_with(MAGIC) {
            return Err(BundleError::Format);
        }
        let mut at = MAGIC.len();
        let head = take(&bytes, &mut at)?.ok_or(BundleError::Changed)?;
        let mut frames = Vec::new();
        while let Some(frame) = take(&bytes, &mut at)? {
            frames.push(frame);
        }
        let head: Head = decode_canonical(&bytes[head]).map_err(|_| BundleError::Changed)?;
        let cert = SignedDeviceCert::from_slice(&head.cert)
            .ok()
            .and_then(|signed| signed.verify().ok())
            .ok_or(BundleError::Certificate)?;
        let sealed = Signed::<Seal>::from_slice(&bytes[at..])
            .ok()
            .and_then(|signed| signed.verify(&cert.device).ok())
            .ok_or(BundleError::Changed)?;
        if sealed.hash != hash(&bytes[..at]) {
            return Err(BundleError::Changed);
        }
        let travels = |frame: &Range<usize>| {
            let frame = Frame::from_slice(&bytes[frame.clone()]);
            matches!(
                frame,
                Ok(Frame::Feed(_) | Frame::Cursor(_) | Frame::Want(_) | Frame::Give(_))
            )
        };
        if !frames.iter().all(travels) {
            return Err(BundleError::Frame);
        }
        Ok(Self {
            sender: cert.city,
            device: cert.device,
            head,
            frames,
            bytes,
        })
    }

    /// What stands before the frames.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The city that wrote it.
    pub fn sender(&self) -> CityId {
        self.sender
    }

    /// The device key that signed it.
    pub fn device(&self) -> PublicKey {
        self.device
    }

    /// How many frames it holds.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Decodes a frame.
    pub fn frame(&self, nth: usize) -> Option<Frame> {
        let range = self.frames.get(nth)?.clone();
        Frame::from_slice(&self.bytes[range]).ok()
    }
}

/// The next chunk's place; none at the end mark.
fn take(bytes: &[u8], at: &mut usize) -> Result<Option<Range<usize>>, BundleError> {
    let rest = bytes.get(*at..).ok_or(BundleError::Changed)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(BundleError::Changed)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| BundleError::Changed)?;
    if length > FRAME_BYTES_MAX || length > rest.len() {
        return Err(BundleError::Changed);
    }
    let start = *at + 4;
    *at = start + length;
    Ok((length > 0).then_some(start..*at))
}

/// Writes a bundle of any frames, as who has a device's key can. No node needs this: what a node writes, it
/// writes in `Engine::export_bundle`.
///
/// # Errors
/// The key does not sign.
pub fn write(head: &Head, frames: &[Frame], device: &DeviceKey) -> Result<Vec<u8>, SignError> {
    let mut writer = Writer::default();
    for frame in frames {
        writer.add(frame);
    }
    writer.finish(head, device)
}

/// Writes a bundle: frames first, the head when it is known what they hold.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    frames: Vec<Vec<u8>>,
    bytes: usize,
}

impl Writer {
    /// Adds a frame.
    pub(crate) fn add(&mut self, frame: &Frame) {
        let bytes = frame.to_vec();
        self.bytes += 4 + bytes.len();
        self.frames.push(bytes);
    }

    /// Says whether what comes next belongs in another part.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= FILL_BYTES
    }

    /// Signs the whole.
    pub(crate) fn finish(self, head: &Head, device: &DeviceKey) -> Result<Vec<u8>, SignError> {
        let mut bytes = MAGIC.to_vec();
        let head = encode_canonical(head);
        for chunk in std::iter::once(&head).chain(&self.frames) {
            let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(chunk);
        }
        bytes.extend(0u32.to_be_bytes());
        let seal = Seal { hash: hash(&bytes) };
        bytes.extend(Signed::sign(seal, device)?.into_signed().to_vec());
        Ok(bytes)
    }
}
