//! Who a city is, and how anyone can check what it signed or open what was sealed for it.
//!
//! Keys, certificates, city ids, signature suites, `Signed<T>` → `Verified<T>`, content encryption
//! and sealed key files. It is pure: random bytes arrive as arguments, and no function reads a
//! clock, a file or the network. What a key is *allowed* to do is decided elsewhere.

mod canonical;
mod cert;
mod city;
mod content;
mod division;
mod fingerprint;
mod hash;
mod hex;
mod keys;
mod memo;
mod sealed_file;
mod signed;
mod suite;
mod wrap;

pub use canonical::{DecodeError, MAX_DEPTH, decode_canonical, encode_canonical};
pub use cert::{
    CertHash, Certificate, DeviceCert, EncryptionCert, MAX_KEPT_HEADS, MAX_LABEL_BYTES, Revocation,
    RootSigned, SignedDeviceCert, SignedEncryptionCert, SignedRevocation,
};
pub use city::CityId;
pub use content::{CONTENT_OVERHEAD_BYTES, ContentKey, ContentKeyId, OpenError};
pub use division::{DivisionCode, ParseDivisionCodeError};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use hash::Hash32;
pub use hex::ParseHexError;
pub use keys::{DeviceKey, RootKey, Signer};
pub use memo::remember_signatures;
pub use sealed_file::{
    KdfParams, KdfParamsError, KeyKind, OpenSecretError, open_secret, seal_secret,
};
pub use signed::{SignError, Signable, Signed, Verified, VerifyError};
pub use suite::{KeyError, PublicKey, Signature, SignatureError, Suite, UnknownSuite};
pub use wrap::{
    EncryptionKey, KEPT_KEY_BYTES, OpenWrapError, WRAPPED_KEY_BYTES, WrapError, WrappedKey, wrap,
};
