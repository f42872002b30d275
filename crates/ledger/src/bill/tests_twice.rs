//! 100,000 attempts to be paid twice within a pair, through the acts of parcels and bills as the ledger allows them.

use std::collections::{BTreeMap, BTreeSet};

use tongban_identity::CityId;

use super::*;
use crate::calendar::{Day, Month};
use crate::lines::of_parcel;
use crate::money::{Amount, Fen};
use crate::number::TrackingNo;
use crate::parcel::fixture::{Fixture, NP, QZ, author, entry, posting_of};
use crate::parcel::{
    self, Agree, Confirm, Correct, CostKind, CostLine, Dispute, Instead, Outcome, Parcel, Reason,
    Recipient,
};

/// How often somebody tries to be paid twice.
const ATTEMPTS: usize = 100_000;
/// Parcels of a month that are what they say.
const HONEST: u32 = 2_500;
/// Attempts of a month.
const TRIED: usize = 10_000;
/// What a parcel costs, in fen, and what it costs once it was corrected.
const PRICE: i64 = 2_600;
const CORRECTED: i64 = 1_900;

/// A parcel of the pair.
struct Sent {
    state: parcel::State,
    /// Who posted it; the other city paid for it.
    from: CityId,
    /// Its postage line.
    line: EntryId,
    rule: u32,
}

/// Two cities, what they post, and the bills that they sign.
struct Desk<'a> {
    view: View<'a>,
    next: u32,
    sent: Vec<Sent>,
    /// The lines of each parcel as an index would keep them.
    candidates: Vec<Vec<Candidate>>,
    /// What each number has to come to in the end, as QZ owes NP.
    price: BTreeMap<String, i64>,
    billed: Billed,
    final_bills: Vec<Agreed>,
    refused: usize,
}

impl Desk<'_> {
    fn id(&mut self) -> EntryId {
        self.next += 1;
        entry(self.next)
    }

    /// Signs an act of a parcel, if the ledger allows it.
    fn act(&mut self, at: usize, city: CityId, act: &parcel::Act) -> Result<EntryId, Code> {
        let id = self.id();
        let author = author(city);
        let state = &mut self.sent[at].state;
        Parcel::authorize(state, &author, &self.view, act)?;
        Parcel::apply(state, &Placed { id, author, act }, false);
        let lines = of_parcel(state.genesis.into(), state, &self.view);
        let lines = lines.into_iter().filter_map(|of| {
            let recorded = of.line.posted;
            Candidate::of(of, recorded)
        });
        self.candidates[at] = lines.collect();
        Ok(id)
    }

    /// A parcel under a number, which the receiver paid for and the sender confirmed.
    fn post(&mut self, from: CityId, number: &str, posted: Day) -> usize {
        let to = if from == QZ { NP } else { QZ };
        let mut post = posting_of(Recipient::City(to), "EZ900000019CN", "2026-09-01");
        post.tracking = number.parse().expect("a number of a carrier");
        post.posted = posted;
        let rule = self.view.postage(posted).expect("a rule").version;
        let id = self.id();
        let state = Parcel::open(id, &author(from), &self.view, &parcel::Act::Post(post));
        self.sent.push(Sent {
            state: state.expect("members post what they like"),
            from,
            line: id,
            rule,
        });
        self.candidates.push(Vec::new());
        let at = self.sent.len() - 1;
        let cost = self.cost(at, PRICE, None);
        self.sent[at].line = self.act(at, to, &cost).expect("the payer's line");
        let confirm = self.confirm(at);
        self.act(at, from, &confirm).expect("the sender confirms");
        at
    }

    fn payer(&self, at: usize) -> CityId {
        if self.sent[at].from == QZ { NP } else { QZ }
    }

    fn cost(&self, at: usize, fen: i64, instead: Option<Instead>) -> parcel::Act {
        parcel::Act::Cost(CostLine {
            kind: CostKind::Postage,
            amount: Amount::new(Fen::new(fen)).expect("in range"),
            payer: self.payer(at),
            rule: self.sent[at].rule,
            bill: None,
            receipt: None,
            instead,
        })
    }

    fn confirm(&self, at: usize) -> parcel::Act {
        parcel::Act::Confirm(Confirm {
            line: self.sent[at].line,
            kind: CostKind::Postage,
        })
    }

    fn refuse(&mut self, at: usize, city: CityId, act: &parcel::Act) {
        self.act(at, city, act).expect_err("no such act");
        self.refused += 1;
    }

    /// The correction of a line to new lines.
    fn correction(&self, at: usize, lines: Vec<EntryId>) -> parcel::Act {
        let sent = &self.sent[at];
        parcel::Act::Correct(Correct {
            line: sent.line,
            kind: CostKind::Postage,
            amount: Amount::new(Fen::new(PRICE)).expect("in range"),
            payer: self.payer(at),
            liable: sent.from,
            rule: sent.rule,
            outcome: Outcome::Amended,
            lines,
            resolution: None,
            ruling: None,
        })
    }

    /// The payer records the line once more as one of a correction, and tries to have it beside the first.
    fn line_again(&mut self, at: usize) {
        let (payer, from) = (self.payer(at), self.sent[at].from);
        let instead = Instead {
            line: self.sent[at].line,
            liable: from,
        };
        let again = self.cost(at, PRICE, Some(instead));
        // A parcel holds 64 lines; when it is full this is refused, too.
        let Ok(line) = self.act(at, payer, &again) else {
            self.refused += 1;
            return;
        };
        let kind = CostKind::Postage;
        let confirm = parcel::Act::Confirm(Confirm { line, kind });
        self.refuse(at, from, &confirm);
        let correction = self.correction(at, vec![line]);
        self.refuse(at, payer, &correction);
    }

    /// Both cities correct what was signed: the first line, its reversal and the new line are all true.
    fn correct(&mut self, at: usize) {
        let (payer, from) = (self.payer(at), self.sent[at].from);
        let of = self.sent[at].line;
        let instead = Instead {
            line: of,
            liable: from,
        };
        let new = self.cost(at, CORRECTED, Some(instead));
        let line = self.act(at, payer, &new).expect("a new line");
        let correction = self.correction(at, vec![line]);
        let correction = self.act(at, payer, &correction).expect("a correction");
        let agree = parcel::Act::Agree(Agree {
            correction,
            line: of,
        });
        self.act(at, from, &agree).expect("the other city agrees");
        let number = self.sent[at].state.post.tracking.bare().into_owned();
        self.price.insert(number, CORRECTED);
        // Agreed to twice it counts once.
        self.refuse(at, from, &agree);
    }

    fn dispute(&mut self, at: usize, city: CityId) {
        let dispute = parcel::Act::Dispute(Dispute {
            line: self.sent[at].line,
            reason: Reason::Duplicate,
        });
        self.act(at, city, &dispute).expect("either city objects");
    }

    /// The month's bill as both cities draw it up and sign it; says how many lines it has. A second bill of the month with
    /// the same lines is opened by the other city, and an honest one does not sign it.
    fn bill(&mut self, month: Month) -> usize {
        let all = self.candidates.iter().flatten().cloned();
        let drafting = draft(all, month, None, &self.billed);
        let count = drafting.included.len();
        assert!(count <= BILL_LINES_MAX);
        if count == 0 {
            return 0;
        }
        let time = i64::from(month.last_day().epoch_days() + 5) * 86_400;
        let on = |city| Author {
            time,
            ..author(city)
        };
        let open = Act::Open(Open { with: NP, month });
        let id = self.id();
        let mut state = Bill::open(id, &on(QZ), &self.view, &open).expect("the month is over");
        let mut drafts = Vec::new();
        let sign = |state: &mut State, city, act: &Act, id| {
            Bill::authorize(state, &on(city), &self.view, act)?;
            let author = on(city);
            Bill::apply(state, &Placed { id, author, act }, false);
            Ok::<(), Code>(())
        };
        for part in drafting.included.chunks(LINES_MAX) {
            let (number, lines) = (1, part.to_vec());
            self.next += 1;
            let id = entry(self.next);
            sign(&mut state, QZ, &Act::Draft(Draft { number, lines }), id).expect("a draft");
            drafts.push(id);
        }
        let lines = state.lines_of(&drafts).expect("own drafts");
        assert_eq!(differences(&drafting, &lines, &self.billed), []);
        let hash = hash(state.pair(), month, &lines);
        for city in [QZ, NP] {
            self.next += 1;
            let drafts = drafts.clone();
            let act = Act::Sign(Sign { drafts, hash });
            sign(&mut state, city, &act, entry(self.next)).expect("a signature");
        }
        let again = Act::Sign(Sign { drafts, hash });
        sign(&mut state, NP, &again, entry(0)).expect_err("both signed");
        let agreed = state.settled().expect("both signed one set");
        self.billed.extend(agreed.lines.iter().cloned());
        // In the second bill nothing of the first is counted, and each of its lines is named.
        let second = draft(
            agreed.lines.iter().cloned().map(counted),
            month,
            None,
            &self.billed,
        );
        assert_eq!(second.included, []);
        let named = differences(&second, &agreed.lines, &self.billed);
        assert_eq!(named.len(), count);
        assert!(named.iter().all(|one| !one.is_omission()));
        self.final_bills.push(agreed);
        count
    }
}

fn counted(line: Line) -> Candidate {
    Candidate {
        recorded: line.posted,
        line,
        standing: crate::parcel::LineStanding::Counted,
    }
}

/// A number of EMS: S10 with its check digit, or thirteen digits.
fn number(nth: u32) -> String {
    if nth % 2 == 1 {
        return format!("10{nth:011}");
    }
    let with = |check: u32| format!("EZ{nth:08}{check}CN");
    let mut checks = (0..10).map(with);
    let sound = checks.find(|text| text.parse::<TrackingNo>().is_ok());
    sound.expect("one digit is right")
}

/// The same number as somebody may write it who hopes that nobody notices.
fn disguised(number: &str, nth: usize) -> String {
    match nth % 3 {
        0 => number.to_ascii_lowercase(),
        1 => format!("{}-{}", &number[..4], &number[4..]),
        _ => format!("{}-{}-{}", &number[..2], &number[2..11], &number[11..]),
    }
}

/// whatever acts the ledger allows, no number is paid twice, and what is honest is paid once.
#[test]
fn no_acts_get_a_number_paid_twice() {
    let fixture = Fixture::effective();
    let mut desk = Desk {
        view: fixture.view(),
        next: 0,
        sent: Vec::new(),
        candidates: Vec::new(),
        price: BTreeMap::new(),
        billed: Billed::default(),
        final_bills: Vec::new(),
        refused: 0,
    };
    let mut month = Month::new(2026, 9).expect("a month");
    let mut earlier: Vec<usize> = Vec::new();
    let mut corrected = BTreeSet::new();
    let (mut tried, mut numbers) = (0, 0);
    while tried < ATTEMPTS {
        let mut honest = Vec::new();
        for nth in 0..HONEST {
            numbers += 1;
            let posted = month.first_day().plus_days((nth % 28) as i32);
            let number = number(numbers);
            desk.price.insert(number.clone(), PRICE);
            honest.push(desk.post(QZ, &number, posted.expect("a day")));
        }
        let mut false_ones = Vec::new();
        for nth in 0..TRIED {
            // Half of the attempts are on what was billed in an earlier month, where there is any.
            let of = if nth % 2 == 0 && !earlier.is_empty() {
                &earlier
            } else {
                &honest
            };
            let victim = of[nth * 7 % of.len()];
            let number = desk.sent[victim].state.post.tracking.as_str().to_owned();
            let posted = month.first_day().plus_days((nth % 28) as i32);
            let posted = posted.expect("a day");
            let (from, payer) = (QZ, NP);
            match nth % 11 / 2 {
                // The number in another parcel, the same way or the other way round.
                0 => false_ones.push(desk.post(QZ, &number, posted)),
                1 => false_ones.push(desk.post(NP, &number, posted)),
                // The number written otherwise.
                2 => false_ones.push(desk.post(QZ, &disguised(&number, nth), posted)),
                // A second postage, and a second signature under the first.
                3 => {
                    let again = desk.cost(victim, PRICE, None);
                    desk.refuse(victim, payer, &again);
                }
                4 => {
                    let again = desk.confirm(victim);
                    desk.refuse(victim, from, &again);
                }
                // A correction without a reversal, or a true one.
                _ if corrected.contains(&victim) || nth % 4 == 1 => desk.line_again(victim),
                _ => {
                    corrected.insert(victim);
                    desk.correct(victim);
                }
            }
            tried += 1;
        }
        desk.bill(month);
        // The honest city objects to what is false; then the rest is free for the next bill.
        for at in false_ones {
            desk.dispute(at, if at % 2 == 0 { QZ } else { NP });
        }
        earlier = honest;
        month = month.next().expect("a month");
    }
    while desk.bill(month) > 0 {
        month = month.next().expect("a month");
    }

    let mut lines = BTreeSet::new();
    let mut owed: BTreeMap<String, i64> = BTreeMap::new();
    for line in desk.final_bills.iter().flat_map(|bill| &bill.lines) {
        assert!(lines.insert(line.line), "a line stands in two final bills");
        let sum = owed.entry(line.tracking.bare().into_owned()).or_default();
        let fen = line.amount.fen().get();
        *sum += if owes(line, &QZ) { fen } else { -fen };
    }
    assert_eq!(tried, ATTEMPTS);
    assert!(desk.refused > ATTEMPTS / 4 && corrected.len() > 500);
    assert_eq!(owed, desk.price, "each number is paid once, at its price");
}
