//! Refusal codes: the short stable names that a clerk, a log line and a peer see when an act is refused.
//!
//! The codes carry no text for people; wording and hints belong to the tools that show them. Numbers and
//! strings are part of the protocol: a code may be added with a new number, never renumbered or reused.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

/// Reports a refusal code that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown refusal code")]
pub struct UnknownCode;

/// Writes the enum, its list and its two tables from one place, so that they cannot differ.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $text:literal;)+) => {
        /// Names the reason of a refusal.
        ///
        /// Encoded in CBOR as its number (u16) and in JSON as its string.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $doc])+ $name = $number,)+
        }

        impl Code {
            /// Lists every code in ascending order of its number.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            /// Returns the stable string, for example `E_GRANT`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)+
                }
            }

            /// Returns the stable number used in CBOR.
            pub const fn number(self) -> u16 {
                self as u16
            }

            /// Finds the code of a number.
            ///
            /// # Errors
            /// [`UnknownCode`] when this version has no such number.
            pub const fn from_number(number: u16) -> Result<Code, UnknownCode> {
                match number {
                    $($number => Ok(Code::$name),)+
                    _ => Err(UnknownCode),
                }
            }
        }

        impl FromStr for Code {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Code, UnknownCode> {
                match text {
                    $($text => Ok(Code::$name),)+
                    _ => Err(UnknownCode),
                }
            }
        }
    };
}

codes! {
    /// The item is not active for this pair of cities and this date.
    ItemNotActive = 1, "E_ITEM_NOT_ACTIVE";
    /// The act does not belong to the handling mode of the case.
    Mode = 2, "E_MODE";
    /// No grant in force lets this city do the act for the owner.
    Grant = 3, "E_GRANT";
    /// The grant chain exists but the grantor lacks the power it passed on.
    NoPower = 4, "E_NO_POWER";
    /// A check that the guide asks for is not recorded.
    CheckMissing = 5, "E_CHECK_MISSING";
    /// A correction notice was already given for this submission (one-time notice).
    NoticeSecond = 6, "E_NOTICE_SECOND";
    /// The defect cites a requirement that the published guide does not contain.
    NotInGuide = 7, "E_NOT_IN_GUIDE";
    /// The content is classified and may not travel here.
    Classified = 8, "E_CLASSIFIED";
    /// The city is not the source of the datum it wants to change.
    NotSource = 9, "E_NOT_SOURCE";
    /// The hand-over of the item between departments is still open.
    HandoverOpen = 10, "E_HANDOVER_OPEN";
    /// This matter or visit has its rating already.
    RatingExists = 11, "E_RATING_EXISTS";
    /// The signing key is revoked.
    KeyRevoked = 12, "E_KEY_REVOKED";
    /// The working days of a year that the count needs are not loaded.
    CalendarMissing = 13, "E_CALENDAR_MISSING";
    /// The city is not the custodian of the case.
    NotHolder = 14, "E_NOT_HOLDER";
    /// The act builds on a case or sub-case that was released or replaced.
    StaleParent = 15, "E_STALE_PARENT";
    /// The same officer may not do both of these acts.
    SameOfficer = 16, "E_SAME_OFFICER";
    /// A push is open; only its recall, mending or a push to the same city may follow.
    PushOpen = 17, "E_PUSH_OPEN";
    /// The catalogue has no such item.
    ItemUnknown = 18, "E_ITEM_UNKNOWN";
    /// The city is not a member of the agreement.
    NotMember = 19, "E_NOT_MEMBER";
    /// The city is not a party to this document.
    NotParty = 20, "E_NOT_PARTY";
    /// The act does not follow from the present state.
    State = 21, "E_STATE";
    /// The identity number or credit code is not well-formed.
    IdNumber = 22, "E_ID_NUMBER";
    /// The tracking number is not well-formed or fails its check digit.
    TrackingNumber = 23, "E_TRACKING_NUMBER";
    /// The amount is below zero.
    AmountNegative = 24, "E_AMOUNT_NEGATIVE";
    /// The amount is above the limit of one cost line, or a sum leaves the range of money.
    AmountLimit = 25, "E_AMOUNT_LIMIT";
    /// The guide version is not the one in force.
    GuideVersion = 26, "E_GUIDE_VERSION";
    /// The text is not a date, or the date is not possible here.
    Date = 27, "E_DATE";
    /// The same thing is recorded already.
    Duplicate = 28, "E_DUPLICATE";
    /// The named object is not here.
    NotFound = 29, "E_NOT_FOUND";
    /// The given name or prefix fits more than one object.
    Ambiguous = 30, "E_AMBIGUOUS";
    /// An argument is missing or not well-formed.
    Argument = 31, "E_ARGUMENT";
    /// The idempotency key was used before with other arguments.
    Idempotency = 32, "E_IDEMPOTENCY";
    /// The disk lacks the space to store safely.
    DiskFull = 33, "E_DISK_FULL";
    /// Stored data fail their check.
    Damaged = 34, "E_DAMAGED";
    /// Another process holds the data directory.
    Locked = 35, "E_LOCKED";
    /// The passphrase does not open the key.
    Passphrase = 36, "E_PASSPHRASE";
    /// The data directory has not been initialised.
    NotInitialised = 37, "E_NOT_INITIALISED";
    /// The configuration is not valid.
    Config = 38, "E_CONFIG";
    /// Another process listens on the address.
    PortInUse = 39, "E_PORT_IN_USE";
    /// The agreement is not effective, or not for this act.
    Agreement = 40, "E_AGREEMENT";
    /// The node may have been restored and waits for its own entries from its peers.
    Restoring = 41, "E_RESTORING";
    /// The program met a state that it rules out.
    Internal = 42, "E_INTERNAL";
    /// The act is already in effect.
    Already = 43, "E_ALREADY";
    /// The input is larger than its limit.
    TooLarge = 44, "E_TOO_LARGE";
    /// The other city's node cannot be reached or answers wrongly.
    Peer = 45, "E_PEER";
    /// Contradictory acts stand, and people must resolve them first.
    Disputed = 46, "E_DISPUTED";
    /// The act rests on a held entry of a revoked key.
    Held = 47, "E_HELD";
    /// A step of joint handling lies with another city, which has not released it.
    SubOpen = 48, "E_SUB_OPEN";
    /// A step was decided that cannot be undone by withdrawing the case.
    Irreversible = 49, "E_IRREVERSIBLE";
    /// The period is not over.
    NotDue = 50, "E_NOT_DUE";
    /// The consult named is not one of these two cities about this item, or no video of it is signed by both.
    Consult = 51, "E_CONSULT";
    /// The window is closed, is not on the city's roster, or does not do this.
    Window = 53, "E_WINDOW";
    /// Shared data or an e-cert verify the material; its original may not be asked for.
    SharedData = 55, "E_SHARED_DATA";
    /// An e-signed file equals paper; asking for paper needs a legal basis.
    PaperEqual = 56, "E_PAPER_EQUAL";
    /// The cities did not agree on this channel for papers.
    Channel = 57, "E_CHANNEL";
    /// The kind of e-cert is not on the recognition list.
    NotRecognised = 58, "E_NOT_RECOGNISED";
    /// Number and query code do not belong together.
    QueryCode = 59, "E_QUERY_CODE";
    /// Too many wrong query codes today.
    QueryLocked = 60, "E_QUERY_LOCKED";
    /// The file is not the one that the certificate names.
    CertFile = 61, "E_CERT_FILE";
    /// The city's roster does not know the officer, or not in a role that may do this.
    Officer = 80, "E_OFFICER";
    /// The lines that this node counts are not those of the other city's draft.
    BillDiffers = 90, "E_BILL_DIFFERS";
    /// The figures of the round are not those that this city signed in its bills.
    RoundDiffers = 91, "E_ROUND_DIFFERS";
    /// This city has signed another text in this place.
    Signed = 92, "E_SIGNED";
    /// A proposal is complete, and none is put above it.
    Complete = 93, "E_COMPLETE";
    /// More is paid than the round's transfers say.
    Overpaid = 94, "E_OVERPAID";
    /// A proposal about the same is open; it has to end first.
    ProposalOpen = 81, "E_PROPOSAL_OPEN";
    /// The proposal was refused, withdrawn or overtaken.
    ProposalEnded = 82, "E_PROPOSAL_ENDED";
    /// The text is not the one that was named, or has changed since.
    TextChanged = 83, "E_TEXT_CHANGED";
    /// The city is the one that the motion concerns; it has no vote on it.
    Concerned = 84, "E_CONCERNED";
    /// The round is not open: an earlier one has neither the votes for a motion nor been given up.
    Round = 85, "E_ROUND";
    /// An earlier round may have decided for another motion; only that one may be put.
    TextFixed = 86, "E_TEXT_FIXED";
    /// Too few cities voted for the motion in this round.
    Quorum = 87, "E_QUORUM";
    /// The city did the contrary in this round.
    Contrary = 88, "E_CONTRARY";
    /// This takes a resolution that is in force, and about just this.
    Resolution = 89, "E_RESOLUTION";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl TryFrom<String> for Code {
    type Error = UnknownCode;

    fn try_from(text: String) -> Result<Code, UnknownCode> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.as_str().to_owned()
    }
}

impl<C> Encode<C> for Code {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.u16(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Code {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Code::from_number(d.u16()?).map_err(decode::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_and_strings_are_unique() {
        let numbers: BTreeSet<u16> = Code::ALL.iter().map(|c| c.number()).collect();
        let strings: BTreeSet<&str> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(numbers.len(), Code::ALL.len());
        assert_eq!(strings.len(), Code::ALL.len());
        assert!(!numbers.contains(&0), "zero is kept for no code");
    }

    #[test]
    fn every_code_survives_text_cbor_and_json() {
        for &code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(Code::from_number(code.number()), Ok(code));
            let bytes = minicbor::to_vec(code).expect("memory write");
            assert_eq!(minicbor::decode::<Code>(&bytes).expect("own bytes"), code);
            let json = serde_json::to_string(&code).expect("string");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&json).expect("own text"), code);
        }
    }

    #[test]
    fn strings_have_one_form() {
        for code in Code::ALL {
            let rest = code.as_str().strip_prefix("E_").expect("prefix E_");
            assert!(!rest.is_empty());
            assert!(rest.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        }
    }

    /// Pins numbers that older entries carry; a renumbering must fail here.
    #[test]
    fn published_numbers_stay() {
        let check = |code: Code, number: u16| assert_eq!(code.number(), number, "{code}");
        check(Code::ItemNotActive, 1);
        check(Code::CalendarMissing, 13);
        check(Code::SameOfficer, 16);
        check(Code::PushOpen, 17);
        check(Code::Held, 47);
        check(Code::NotDue, 50);
        check(Code::Window, 53);
        check(Code::Consult, 51);
        check(Code::SharedData, 55);
        check(Code::NotRecognised, 58);
        check(Code::BillDiffers, 90);
        check(Code::Overpaid, 94);
        check(Code::Contrary, 88);
    }

    #[test]
    fn the_unknown_is_refused() {
        assert_eq!("E_NO_SUCH".parse::<Code>(), Err(UnknownCode));
        assert_eq!("e_grant".parse::<Code>(), Err(UnknownCode));
        for number in [0, 999, u16::MAX] {
            let bytes = minicbor::to_vec(number).expect("memory write");
            assert!(minicbor::decode::<Code>(&bytes).is_err());
        }
    }
}
