//! The rules: document kinds, calendar, numbers, codes, money, commands. Pure: every clock reading,
//! random number and stored record comes in as an argument.

pub mod agreement;
pub mod answer;
pub mod bill;
pub mod calendar;
pub mod case;
mod chain;
pub mod city;
pub mod code;
pub mod command;
pub mod consult;
mod id;
mod kind;
pub mod lines;
pub mod meeting;
pub mod money;
pub mod netting;
pub mod number;
pub mod parcel;
pub mod planted;
pub mod round;
pub mod settle;
#[cfg(test)]
mod settling_tests;

pub use id::{AgreementId, CertificateId, DocumentId, EntryId, MotionId, ViewId};
pub use kind::{
    Audience, Author, DocumentKind, Invited, Kind, Meeting, Placed, RETAIN_HEADS_MAX, Refused,
    Retain, Status,
};
