//! Invitation, founding and revocation files: what people carry beside the agreement.
//!
//! An *invitation* is a city's signed card: root key, division code, name, addresses, certificates.
//! A *founding file* is an agreement's genesis entry with its author's certificate. A *revocation* is a root key's word that a device speaks for its city no more. All are text:
//! a first line that names the format, then base64-free lower-case hex in lines of 64, so that they
//! survive mail and can be compared by eye.

use minicbor::{Decode, Encode};
use thiserror::Error;
use tongban_identity::{
    CityId, DecodeError, DivisionCode, Revocation, RootKey, Signable, Signed, SignedDeviceCert,
    SignedEncryptionCert, SignedRevocation, Verified, decode_canonical, encode_canonical,
};
use tongban_ledger::agreement::{Act, Found, Founder};
use tongban_ledger::code::Code;

use crate::document::read_act;
use crate::entry::Entry;
use crate::frame::Blob;

/// The first line of an invitation.
pub const INVITATION_LINE: &str = "tongban-invitation-v1";
/// The first line of a founding file.
pub const FOUNDING_LINE: &str = "tongban-founding-v1";
/// The first line of a revocation.
pub const REVOCATION_LINE: &str = "tongban-revocation-v1";
/// The longest file, in bytes of text.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// A city's card, signed by its device; the device is certified by the root inside.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Card {
    /// The root public key.
    #[n(0)]
    pub city: CityId,
    /// The division code.
    #[n(1)]
    pub division: DivisionCode,
    /// The name.
    #[n(2)]
    pub name: String,
    /// Where the node is reached.
    #[n(3)]
    pub addresses: Vec<String>,
    /// The signed encryption certificate.
    #[n(4)]
    pub encryption: Blob,
}

impl Signable for Card {
    const DOMAIN: &'static str = "tongban/invitation/v1";

    fn encode(&self) -> Vec<u8> {
        encode_canonical(self)
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_canonical(bytes)
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct InvitationFile {
    #[n(0)]
    cert: Blob,
    #[n(1)]
    card: Signed<Card>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct FoundingFile {
    #[n(0)]
    cert: Blob,
    #[n(1)]
    genesis: Blob,
}

/// A founding file whose signature and form hold.
#[derive(Debug)]
pub struct Founding {
    /// The author's certificate, as sent.
    pub cert: SignedDeviceCert,
    /// The genesis entry.
    pub genesis: Entry,
    /// What it founds.
    pub found: Found,
}

/// Why a file is not an invitation or a founding file.
#[derive(Debug, Error)]
pub enum FoundingError {
    /// The first line or the hex is not as it should be.
    #[error("this is not a {0} file")]
    Format(&'static str),
    /// The content is not well encoded.
    #[error("the file is damaged")]
    Encoding,
    /// A signature or certificate does not hold.
    #[error("a signature in the file does not hold")]
    Signature,
    /// The founding act is refused.
    #[error("the founding act is refused: {0}")]
    Refused(Code),
}

impl FoundingError {
    /// The refusal code.
    pub fn code(&self) -> Code {
        match self {
            FoundingError::Refused(code) => *code,
            _ => Code::Argument,
        }
    }
}

/// Writes an invitation.
pub fn write_invitation(
    cert: &SignedDeviceCert,
    card: Card,
    device: &tongban_identity::DeviceKey,
) -> Option<String> {
    let card = Signed::sign(card, device).ok()?.into_signed();
    let file = InvitationFile {
        cert: Blob(cert.to_vec()),
        card,
    };
    Some(armour(INVITATION_LINE, &encode_canonical(&file)))
}

/// Reads an invitation and checks certificate, card and encryption certificate.
pub fn read_invitation(text: &str) -> Result<Founder, FoundingError> {
    let bytes = disarm(INVITATION_LINE, "invitation", text)?;
    let file: InvitationFile = decode_canonical(&bytes).map_err(|_| FoundingError::Encoding)?;
    let cert = verified_cert(&file.cert)?;
    let card: Verified<Card> = file
        .card
        .verify(&cert.device)
        .map_err(|_| FoundingError::Signature)?;
    let encryption = SignedEncryptionCert::from_slice(&card.encryption.0)
        .map_err(|_| FoundingError::Encoding)?
        .verify()
        .map_err(|_| FoundingError::Signature)?;
    if card.city != cert.city || encryption.city != cert.city {
        return Err(FoundingError::Signature);
    }
    let card = card.into_inner();
    Ok(Founder {
        city: card.city,
        division: card.division,
        name: card.name,
        encryption: card.encryption.0,
        addresses: card.addresses,
    })
}

/// Writes a founding file.
pub fn write_founding(cert: &SignedDeviceCert, genesis: &Entry) -> String {
    let file = FoundingFile {
        cert: Blob(cert.to_vec()),
        genesis: Blob(genesis.to_wire()),
    };
    armour(FOUNDING_LINE, &encode_canonical(&file))
}

/// Reads a founding file and checks the genesis with its certificate.
pub fn read_founding(text: &str) -> Result<Founding, FoundingError> {
    let bytes = disarm(FOUNDING_LINE, "founding", text)?;
    let file: FoundingFile = decode_canonical(&bytes).map_err(|_| FoundingError::Encoding)?;
    let cert = verified_cert(&file.cert)?;
    let genesis = Entry::from_wire(&file.genesis.0).map_err(|_| FoundingError::Encoding)?;
    if genesis.header.cert != cert.cert_hash() || genesis.header.city != cert.city {
        return Err(FoundingError::Signature);
    }
    if !genesis.verify(&cert.device) {
        return Err(FoundingError::Signature);
    }
    let Ok(Act::Found(found)) = read_act::<Act>(&genesis.public, 1) else {
        return Err(FoundingError::Encoding);
    };
    found.check().map_err(FoundingError::Refused)?;
    for founder in &found.founders {
        let certificate = SignedEncryptionCert::from_slice(&founder.encryption)
            .map_err(|_| FoundingError::Encoding)?
            .verify()
            .map_err(|_| FoundingError::Signature)?;
        if certificate.city != founder.city {
            return Err(FoundingError::Signature);
        }
    }
    Ok(Founding {
        cert: cert.to_root_signed(),
        genesis,
        found,
    })
}

fn verified_cert(blob: &Blob) -> Result<Verified<tongban_identity::DeviceCert>, FoundingError> {
    SignedDeviceCert::from_slice(&blob.0)
        .map_err(|_| FoundingError::Encoding)?
        .verify()
        .map_err(|_| FoundingError::Signature)
}

/// Signs the certificate of a further device of a city.
pub fn certify_device(
    root: &RootKey,
    device: tongban_identity::PublicKey,
    label: String,
    serial: u64,
    issued: i64,
) -> Option<Verified<tongban_identity::DeviceCert>> {
    let cert = tongban_identity::DeviceCert {
        city: root.city(),
        device,
        label,
        serial,
        issued,
    };
    cert.sign(root).ok()
}

/// Signs the certificates that a new node needs.
pub fn certify(
    root: &RootKey,
    device: tongban_identity::PublicKey,
    x25519: [u8; 32],
    label: String,
    issued: i64,
) -> Option<(Verified<tongban_identity::DeviceCert>, SignedEncryptionCert)> {
    let cert = certify_device(root, device, label, 1, issued)?;
    let encryption = tongban_identity::EncryptionCert {
        city: root.city(),
        x25519,
        serial: 1,
        issued,
    };
    Some((cert, encryption.sign(root).ok()?.to_root_signed()))
}

/// Writes a revocation file.
pub fn write_revocation(revocation: &SignedRevocation) -> String {
    armour(REVOCATION_LINE, &revocation.to_vec())
}

/// Reads a revocation file and checks that the root key of its city signed it.
///
/// # Errors
/// The text is not such a file, or the signature does not hold.
pub fn read_revocation(text: &str) -> Result<Verified<Revocation>, FoundingError> {
    let bytes = disarm(REVOCATION_LINE, "revocation", text)?;
    SignedRevocation::from_slice(&bytes)
        .map_err(|_| FoundingError::Encoding)?
        .verify()
        .map_err(|_| FoundingError::Signature)
}

fn armour(line: &str, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = format!("{line}\n");
    for chunk in hex.as_bytes().chunks(64) {
        text.extend(chunk.iter().map(|digit| char::from(*digit)));
        text.push('\n');
    }
    text
}

fn disarm(line: &str, name: &'static str, text: &str) -> Result<Vec<u8>, FoundingError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(FoundingError::Format(name));
    }
    let mut lines = text.lines().map(str::trim);
    if lines.next() != Some(line) {
        return Err(FoundingError::Format(name));
    }
    let digits: Vec<u8> = lines
        .flat_map(str::bytes)
        .map(|byte| {
            char::from(byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect::<Option<_>>()
        .ok_or(FoundingError::Format(name))?;
    if !digits.len().is_multiple_of(2) {
        return Err(FoundingError::Format(name));
    }
    Ok(digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect())
}
