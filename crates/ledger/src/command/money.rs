//! Arguments of the commands of bills, rounds and payments.
//!
//! A bill is named by its month and the other city, a round by its month; the agreement is named only where a node has
//! several in which the city named is a member.

use serde::{Deserialize, Serialize};
use tongban_identity::DivisionCode;

use crate::calendar::{Day, Month};

/// 拟账: draws up what this city counts, for the other city to see and sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillRef {
    /// The month.
    pub month: Month,
    /// The other city.
    pub with: DivisionCode,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 签账: signs the bill of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignBill {
    /// The month.
    pub month: Month,
    /// The other city.
    pub with: DivisionCode,
    /// A beginning of the hash that was shown; nothing is signed if it is another by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// A round: opens it, reports bills to it, or proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundRef {
    /// The month.
    pub month: Month,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 提案: proposes the next number of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The month.
    pub month: Month,
    /// Whether bills of cities that did not sign the number before are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leave_out: bool,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 签署: signs a proposal of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRound {
    /// The month.
    pub month: Month,
    /// A beginning of the hash that was shown; the only proposal with the highest number if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 付款登记: records a payment that was made outside the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPayment {
    /// The month of the round.
    pub month: Month,
    /// Who was paid.
    pub to: DivisionCode,
    /// How much, in fen; what is open of the transfer if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fen: Option<i64>,
    /// The voucher's number (凭证号).
    pub voucher: String,
    /// The day of payment; today if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}

/// 收款确认: the payee says that a payment arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPayment {
    /// The month of the round.
    pub month: Month,
    /// Who paid.
    pub from: DivisionCode,
    /// The voucher's number; the only payment that waits if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
    /// The day on which it arrived; today if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// A beginning of the agreement's document id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
}
