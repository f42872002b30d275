//! 进度查询: what an applicant learns with case number and query code.
//!
//! The code is printed on the slip and kept nowhere: beside the applicant's data lies a salted hash of it, sealed like
//! these, so that each city that has the case can answer. Wrong codes are counted in memory for the day; whoever tries
//! five times waits until the next one.

use std::collections::BTreeMap;

use tongban_identity::Hash32;
use tongban_ledger::answer::{
    AcceptanceAnswer, CourseAnswer, Done, ProgressAnswer, Receipt, ResultAnswer,
};
use tongban_ledger::calendar::Day;
use tongban_ledger::case::{Act, Case, ClockName, Due, State};
use tongban_ledger::code::Code;
use tongban_ledger::command::progress::Progress;
use tongban_ledger::{AgreementId, DocumentId};

use super::sign::{CommandError, refuse};
use super::{Ctx, Engine};
use crate::seal::QueryHash;

/// Wrong codes for one case on one day, after which it is locked.
pub const TRIES_MAX: u8 = 5;
/// Digits of a query code.
const CODE_DIGITS: u64 = 8;
/// The most cases whose wrong codes are remembered; beyond it nobody gets an answer until the next day.
const CASES_TRIED_MAX: usize = 10_000;

/// Wrong codes of the day.
#[derive(Debug, Default)]
pub(super) struct Tries {
    day: Option<Day>,
    wrong: BTreeMap<DocumentId, u8>,
}

impl Tries {
    fn locked(&mut self, today: Day, document: &DocumentId) -> bool {
        if self.day != Some(today) {
            self.day = Some(today);
            self.wrong.clear();
        }
        match self.wrong.get(document) {
            Some(wrong) => *wrong >= TRIES_MAX,
            None => self.wrong.len() >= CASES_TRIED_MAX,
        }
    }

    fn note(&mut self, document: DocumentId) {
        let wrong = self.wrong.entry(document).or_default();
        *wrong = wrong.saturating_add(1);
    }
}

impl Engine {
    /// The query code of a case that this city receives. Nobody without the device key can compute it, and it needs no
    /// place to be kept until it is printed.
    pub(super) fn query_code(&self, number: &str) -> String {
        let secret = self
            .own
            .device
            .sign(b"tongban/query-code/v1", number.as_bytes());
        let hash = Hash32::hash("tongban/query-code/v1", &[&secret.bytes]);
        let modulus = 10_u64.pow(u32::try_from(CODE_DIGITS).unwrap_or(8));
        let drawn = hash.0.iter().take(8);
        let drawn = drawn.fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        format!("{:08}", drawn % modulus)
    }

    /// What is kept of a query code.
    pub(super) fn query_hash(&self, number: &str) -> QueryHash {
        let secret = self
            .own
            .device
            .sign(b"tongban/query-salt/v1", number.as_bytes());
        let salt = Hash32::hash("tongban/query-salt/v1", &[&secret.bytes]);
        let code = self.query_code(number);
        QueryHash {
            salt,
            hash: salted(&salt, &code),
        }
    }

    /// A receipt with its query code: also where a command is repeated, since the code is not in the stored outcome.
    pub(super) fn with_query_code(&self, receipt: &mut Option<Receipt>) {
        if let Some(receipt) = receipt {
            receipt.query_code = self.query_code(&receipt.number);
        }
    }

    /// Answers an applicant's question. Whether a case is unknown or its code wrong is not told apart.
    pub(super) fn progress(
        &mut self,
        ctx: &Ctx<'_>,
        args: &Progress,
    ) -> Result<Done, CommandError> {
        let wrong = || refuse(Code::QueryCode, String::new());
        let document = match self.find_case(ctx.store, &args.case) {
            Ok(document) => document,
            Err(CommandError::Read(error)) => return Err(error.into()),
            Err(CommandError::Refused(_)) => return Err(wrong()),
        };
        if self.tries.locked(ctx.now.day(), &document) {
            return Err(refuse(Code::QueryLocked, String::new()));
        }
        let record = self.record(ctx.store, &document)?.cloned();
        let record = record.ok_or_else(wrong)?;
        let state = record.state_of::<Case>().ok_or_else(wrong)?;
        let entries = self.entries_of(ctx.store, &document)?;
        let genesis = entries.iter().find(|entry| entry.id == state.genesis);
        let private = genesis.and_then(|genesis| self.private_of(ctx.store, genesis));
        let kept = private.and_then(|private| private.query.clone());
        let code = args.code.trim();
        // Only the number on the slip will do, not the beginning of a document id.
        let number = state.receive.number.to_string();
        let same_number = number == args.case.trim().to_ascii_uppercase();
        let right = kept.is_some_and(|kept| salted(&kept.salt, code) == kept.hash);
        if !right || !same_number {
            self.tries.note(document);
            return Err(wrong());
        }
        Ok(Done {
            document: document.to_string(),
            number: Some(number),
            progress: Some(self.progress_of(&record.agreement, state)),
            ..Done::default()
        })
    }

    fn progress_of(&self, agreement: &AgreementId, state: &State) -> ProgressAnswer {
        let receive = &state.receive;
        let item = self.with_view(agreement, |view| {
            view.item(&receive.item).map(|item| item.name.clone())
        });
        let decide = self.with_view(agreement, |view| {
            let clocks = state.clocks(view).into_iter();
            let mut running = clocks.filter(|clock| clock.name == ClockName::Decide);
            running.find(|clock| clock.done.is_none())
        });
        let due = decide.flatten().map(|clock| clock.due);
        let holders = state.holders();
        let names = holders.iter().filter_map(|city| self.founder(city));
        let names: Vec<&str> = names.map(|founder| founder.name.as_str()).collect();
        let served = state.facts.values().filter_map(|fact| match &fact.act {
            Act::Served(served) => Some(served.on),
            _ => None,
        });
        ProgressAnswer {
            number: receive.number.to_string(),
            item: item.flatten().unwrap_or_default(),
            acceptance: AcceptanceAnswer {
                received: receive.received,
                accepted: state.accepted(),
                refused: state.not_accepted(),
                correcting: !state.open_notices().is_empty(),
            },
            progress: CourseAnswer {
                stage: state.stage().code().to_owned(),
                holder: names.join("、"),
                due: match due {
                    Some(Due::Day(day)) => Some(day),
                    _ => None,
                },
                paused: due == Some(Due::Paused),
            },
            result: ResultAnswer {
                outcome: state.decided().map(|decide| decide.outcome),
                sent: state.result_sent(),
                served: served.min(),
            },
        }
    }
}

fn salted(salt: &Hash32, code: &str) -> Hash32 {
    Hash32::hash("tongban/query-hash/v1", &[&salt.0, code.as_bytes()])
}
