//! The journeys of parcels and who bears their postage (`domain.md` §3.6.1, §3.6.2; R-150).

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::act::Recipient;
use crate::agreement::{LastMile, Postage};

/// The legs of `domain.md` §3.6.2.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Leg {
    /// L1: the applicant's own courier to the window; no city posts it.
    #[n(1)]
    #[serde(rename = "L1")]
    OwnCourier,
    /// L2: materials or originals from the receiving city to the owner.
    #[n(2)]
    #[serde(rename = "L2")]
    Materials,
    /// L3: results from the owner to the window that hands them out.
    #[n(3)]
    #[serde(rename = "L3")]
    ResultToWindow,
    /// L4: a certificate from the owner to the applicant.
    #[n(4)]
    #[serde(rename = "L4")]
    ResultToApplicant,
    /// L5: originals or wrongly collected papers back to the receiving city.
    #[n(5)]
    #[serde(rename = "L5")]
    Return,
    /// L6: a supplement after a notice.
    #[n(6)]
    #[serde(rename = "L6")]
    Supplement,
    /// L7: a second delivery, or the surcharge of a returned parcel.
    #[n(7)]
    #[serde(rename = "L7")]
    Redelivery,
    /// L8: a misrouted parcel, forwarded.
    #[n(8)]
    #[serde(rename = "L8")]
    Forward,
    /// L9: from one co-handling city to the next, which approves.
    #[n(9)]
    #[serde(rename = "L9")]
    Joint,
    /// L10: the accepting window posts the owner's certificate on to the applicant.
    #[n(10)]
    #[serde(rename = "L10")]
    LastMile,
}

impl Leg {
    /// Every leg, in order.
    pub const ALL: [Leg; 10] = [
        Leg::OwnCourier,
        Leg::Materials,
        Leg::ResultToWindow,
        Leg::ResultToApplicant,
        Leg::Return,
        Leg::Supplement,
        Leg::Redelivery,
        Leg::Forward,
        Leg::Joint,
        Leg::LastMile,
    ];

    /// The leg's code in `domain.md` §3.6.2.
    pub const fn code(self) -> &'static str {
        match self {
            Leg::OwnCourier => "L1",
            Leg::Materials => "L2",
            Leg::ResultToWindow => "L3",
            Leg::ResultToApplicant => "L4",
            Leg::Return => "L5",
            Leg::Supplement => "L6",
            Leg::Redelivery => "L7",
            Leg::Forward => "L8",
            Leg::Joint => "L9",
            Leg::LastMile => "L10",
        }
    }

    /// Says whether a city may post a parcel of this leg to the recipient: L4 and L10 end at the
    /// applicant, L7 at either, every other leg at a city; L1 is the applicant's own.
    pub const fn reaches(self, to: &Recipient) -> bool {
        matches!(
            (self, to),
            (Leg::Redelivery, _)
                | (Leg::ResultToApplicant | Leg::LastMile, Recipient::Applicant)
                | (
                    Leg::Materials
                        | Leg::ResultToWindow
                        | Leg::Return
                        | Leg::Supplement
                        | Leg::Forward
                        | Leg::Joint,
                    Recipient::City(_)
                )
        )
    }

    /// Says whether it carries a result, which goes through the dispatch window of a city that has one
    ///
    pub const fn carries_result(self) -> bool {
        matches!(
            self,
            Leg::ResultToWindow | Leg::ResultToApplicant | Leg::LastMile
        )
    }
}

/// Who bears the postage of a parcel, seen from the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearer {
    /// The applicant: nothing arises between cities.
    Applicant,
    /// The city that posts it.
    Sender,
    /// The city to which it goes.
    Recipient,
    /// The city that decides or issued.
    Approver,
}

/// Who bears the postage of a leg under a rule (`domain.md` §3.6.2).
///
/// `SENDER_DEPT_PAYS` differs from `ORIGIN_PAYS` inside a city only. Under `APPROVER_PAYS_BOTH` the
/// approving city is the recipient of L2, L6 and L9, the sender of L3 to L5, and is named by the parcel
/// on L7, L8 and L10. Who forwards a misrouted parcel bears that under the rules of origin (question Q2).
pub const fn bearer(leg: Leg, rule: Postage, last_mile: LastMile) -> Bearer {
    match (rule, leg) {
        (Postage::ApplicantCollect, _) | (_, Leg::OwnCourier) => Bearer::Applicant,
        (Postage::OriginPays | Postage::SenderDeptPays, Leg::LastMile) => match last_mile {
            LastMile::Origin => Bearer::Sender,
            LastMile::Issuer => Bearer::Approver,
        },
        (Postage::OriginPays | Postage::SenderDeptPays, _) => Bearer::Sender,
        (Postage::ApproverPaysBoth, Leg::Materials | Leg::Supplement | Leg::Joint) => {
            Bearer::Recipient
        }
        (Postage::ApproverPaysBoth, Leg::ResultToWindow | Leg::ResultToApplicant | Leg::Return) => {
            Bearer::Sender
        }
        (Postage::ApproverPaysBoth, Leg::Redelivery | Leg::Forward | Leg::LastMile) => {
            Bearer::Approver
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// the table of legs and rules, one row for each leg.
    #[test]
    fn r150_the_table_of_legs() {
        use Bearer::{Applicant, Approver, Recipient, Sender};
        // Leg, ORIGIN_PAYS, APPROVER_PAYS_BOTH.
        let table = [
            ("L1", Applicant, Applicant),
            ("L2", Sender, Recipient),
            ("L3", Sender, Sender),
            ("L4", Sender, Sender),
            ("L5", Sender, Sender),
            ("L6", Sender, Recipient),
            ("L7", Sender, Approver),
            ("L8", Sender, Approver),
            ("L9", Sender, Recipient),
            ("L10", Sender, Approver),
        ];
        for (leg, (code, origin, approver)) in Leg::ALL.into_iter().zip(table) {
            assert_eq!(leg.code(), code);
            let check = |rule, last_mile, expect| {
                assert_eq!(bearer(leg, rule, last_mile), expect, "{code} {rule:?}");
            };
            for last_mile in [LastMile::Origin, LastMile::Issuer] {
                let issuer = leg == Leg::LastMile && last_mile == LastMile::Issuer;
                let origin = if issuer { Approver } else { origin };
                check(Postage::OriginPays, last_mile, origin);
                check(Postage::SenderDeptPays, last_mile, origin);
                check(Postage::ApproverPaysBoth, last_mile, approver);
                check(Postage::ApplicantCollect, last_mile, Applicant);
            }
        }
    }

    #[test]
    fn legs_end_where_they_should() {
        let city = Recipient::City(crate::parcel::fixture::NP);
        for leg in Leg::ALL {
            let applicant = matches!(leg.code(), "L4" | "L7" | "L10");
            assert_eq!(leg.reaches(&Recipient::Applicant), applicant, "{leg:?}");
            let to_city = !matches!(leg.code(), "L1" | "L4" | "L10");
            assert_eq!(leg.reaches(&city), to_city, "{leg:?}");
        }
    }
}
