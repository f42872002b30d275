//! 进度查询: what an applicant learns with case number and query code.
//!
//! The code is printed on the slip and kept nowhere: beside the applicant's data lies a salted hash of it, sealed like
//! these, so that each city that has the case can answer. The hash travels, so the code is long enough that nobody
//! finds it by trying. Wrong codes are counted for the day, also over a restart; whoever tries five times waits until the
//! next one.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use tongban_identity::{Hash32, decode_canonical, encode_canonical};
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
use crate::db::{Db, Pending};
use crate::keys;
use crate::seal::QueryHash;
use crate::storage::{Family, ReadError, Reader};

/// Wrong codes for one case on one day, after which it is locked.
pub const TRIES_MAX: u8 = 5;
/// Symbols of a query code: 80 bits, so that no city that holds the salted hash can search for it.
const CODE_SYMBOLS: usize = 16;
/// Symbols of a printed group.
const CODE_GROUP: usize = 4;
/// How much of a typed code is looked at, in symbols.
const CODE_TYPED_MAX: usize = 64;
/// Digits and capitals without I, L, O and U, which are read wrongly or spell words.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many counts one read takes.
const TRIES_STEP: usize = 1_024;
/// The most cases whose wrong codes are remembered; beyond it nobody gets an answer until the next day.
const CASES_TRIED_MAX: usize = 10_000;

/// Wrong codes of the day.
///
/// They are kept outside of the effects of a command, since the command that gave a wrong code is refused.
#[derive(Debug, Default)]
pub(super) struct Tries {
    day: Option<Day>,
    wrong: BTreeMap<DocumentId, u8>,
    /// Cases whose count is to be written.
    changed: BTreeSet<DocumentId>,
    /// Cases of an earlier day, whose counts are to be deleted.
    over: BTreeSet<DocumentId>,
}

/// The wrong codes for one case, as they stand in the store.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Wrong {
    /// The day on which they were given.
    #[n(0)]
    day: Day,
    /// How many.
    #[n(1)]
    count: u8,
}

impl Tries {
    fn locked(&mut self, today: Day, document: &DocumentId) -> bool {
        if self.day != Some(today) {
            self.day = Some(today);
            self.over
                .extend(std::mem::take(&mut self.wrong).into_keys());
            self.changed.clear();
        }
        match self.wrong.get(document) {
            Some(wrong) => *wrong >= TRIES_MAX,
            None => self.wrong.len() >= CASES_TRIED_MAX,
        }
    }

    fn note(&mut self, document: DocumentId) {
        let wrong = self.wrong.entry(document).or_default();
        *wrong = wrong.saturating_add(1);
        self.over.remove(&document);
        self.changed.insert(document);
    }

    /// Writes what changed.
    pub(super) fn save(&mut self, pending: &mut Pending) {
        for document in std::mem::take(&mut self.over) {
            pending.delete(Family::Meta, keys::tries(&document));
        }
        for document in std::mem::take(&mut self.changed) {
            if let (Some(day), Some(count)) = (self.day, self.wrong.get(&document).copied()) {
                let bytes = encode_canonical(&Wrong { day, count });
                pending.put(Family::Meta, keys::tries(&document), bytes);
            }
        }
    }
}

impl Engine {
    /// Reads the wrong codes of the last day on which any were given: a restart unlocks nothing.
    pub(super) fn load_tries(&mut self, store: &dyn Reader) -> Result<(), ReadError> {
        let mut from = Some(Vec::new());
        let mut read: Vec<(DocumentId, Wrong)> = Vec::new();
        while let Some(at) = from.take() {
            let db = Db::new(store, &mut self.pending);
            let (found, next) = db.scan_around(Family::Meta, keys::TRIES, &at, TRIES_STEP)?;
            for (key, bytes) in found {
                let document = key
                    .get(keys::TRIES.len()..)
                    .and_then(DocumentId::from_slice);
                let wrong = decode_canonical::<Wrong>(&bytes).ok();
                read.extend(document.zip(wrong));
            }
            from = next;
        }
        self.tries.day = read.iter().map(|(_, wrong)| wrong.day).max();
        for (document, wrong) in read {
            match Some(wrong.day) == self.tries.day {
                true => {
                    self.tries.wrong.insert(document, wrong.count);
                }
                false => {
                    self.tries.over.insert(document);
                }
            }
        }
        Ok(())
    }

    /// The query code of a case that this city receives, in groups as it is printed. Nobody without the device key can
    /// compute it, and it needs no place to be kept until it is printed.
    pub(super) fn query_code(&self, number: &str) -> String {
        let secret = self
            .own
            .device
            .sign(b"tongban/query-code/v2", number.as_bytes());
        let hash = Hash32::hash("tongban/query-code/v2", &[&secret.bytes]);
        let mut code = String::new();
        for (at, byte) in hash.0.iter().take(CODE_SYMBOLS).enumerate() {
            if at > 0 && at % CODE_GROUP == 0 {
                code.push('-');
            }
            let symbol = SYMBOLS.get(usize::from(byte % 32)).copied();
            code.push(char::from(symbol.unwrap_or(b'0')));
        }
        code
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
            hash: salted(&salt, &plain(&code)),
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
        let private = match genesis {
            Some(genesis) => self.private_of(ctx.store, genesis)?,
            None => None,
        };
        let kept = private.and_then(|private| private.query.clone());
        let code = plain(&args.code);
        // Only the number on the slip will do, not the beginning of a document id.
        let number = state.receive.number.to_string();
        let same_number = number == args.case.trim().to_ascii_uppercase();
        let right = kept.is_some_and(|kept| salted(&kept.salt, &code) == kept.hash);
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

/// A code as it is hashed: without its dashes, in capitals, and with the letters that look like digits read as these.
fn plain(code: &str) -> String {
    let symbols = code.chars().filter(|c| *c != '-' && !c.is_whitespace());
    let symbols = symbols.take(CODE_TYPED_MAX);
    let symbols = symbols.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    symbols.collect()
}

fn salted(salt: &Hash32, code: &str) -> Hash32 {
    Hash32::hash("tongban/query-hash/v1", &[&salt.0, code.as_bytes()])
}
