//! Bugs planted on purpose, one switch each, to prove that the checks of the simulator notice them.
//!
//! Without the feature `planted` every switch is the constant `false` and costs nothing. With it, which no
//! program for people is built with, one bug at a time is switched on for the calling thread. It is the one
//! place where a pure crate holds something outside its arguments: a switch that were an argument would stand
//! in the signature of every function between the driver and the bug. The bugs themselves lie where their
//! names are used, in this crate and in those that build on it.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// A second push to another city while the first waits is allowed.
    PushTwice,
    /// A push may be acknowledged again.
    AckTwice,
    /// Any party passes for the custodian.
    AnyCustodian,
    /// Anybody's act may be taken back, disputed or not.
    RetractOthers,
    /// What was done once may be done again.
    DecideTwice,
    /// Contradicting answers of unordered acts are not disputed.
    ContradictionsStand,
    /// An Ack does not void a recall that it had not seen.
    RecallWins,
    /// A cost line counts without the counterpart's signature.
    CountUnconfirmed,
    /// Lines under one tracking number all count.
    CountDuplicates,
    /// A line is added up twice.
    BookTwice,
    /// A bill counts what an earlier one counted.
    BillAgain,
    /// A round counts bills that one city reported.
    OneSidedBills,
    /// A round is complete without the signatures of cities that have bills in it.
    SilenceConsents,
    /// Nets are rounded to ten fen.
    NetsRound,
    /// A Decline does not end the recipient's part in the audience.
    LeaveNever,
    /// An entry is judged as if its author had seen all that came before it here.
    FoldByArrival,
    /// Rights are judged on the agreement as known now, not as the author knew it.
    ViewOfToday,
    /// The gate refuses entries far from its own clock.
    JudgeByClock,
    /// An act of the agreement is denied by the clock of whoever reads it.
    AgreementByClock,
    /// A city that an entry makes party to a document hears nothing of it.
    ForgetRecipient,
    /// Documents travel to every member city.
    AudienceEverybody,
    /// Entries are given to whoever asks.
    GiveToAnyone,
    /// Content keys are wrapped for whoever asks.
    WrapForAnyone,
    /// The content key is not renewed when a city leaves.
    KeyKept,
    /// The content key that came with an entry is not kept.
    KeyDropped,
    /// A cursor covers entries that wait.
    CursorAhead,
    /// A sequence number may be skipped.
    HoleInChain,
    /// Signatures are not checked.
    SkipVerify,
    /// The gate refuses the second of two twins.
    RefuseTwin,
    /// A case file in memory does not take up what came since.
    StaleFile,
    /// The last entry of a long stretch counts as stored and is not.
    DropLastOfBatch,
    /// The outcome of a command is not kept under its key.
    ForgetIdempotency,
    /// A refused command keeps what it wrote.
    RefusalLeavesTrace,
    /// The serial of case numbers is not kept.
    StaleSerial,
    /// Outbox counters are not written.
    ForgetOutboxMarks,
    /// After a broken link the feed goes on where sending had stopped.
    RewindForgotten,
    /// What an entry waits for is asked of nobody.
    NeverAsk,
    /// Every frame is answered with a cursor.
    NeverQuiet,
    /// Any number of entries of one sender may wait.
    UnboundedWaiting,
    /// An evidence file lacks a certificate.
    EvidenceShort,
    /// Now and then two entries are signed with one sequence number.
    SignTwice,
    /// Something that differs between runs of one process gets into the entries.
    Unrepeatable,
    /// A case is shown with the city that received it, whoever took it over.
    ReceiverHolds,
    /// Forks are not shown.
    HideForks,
    /// A clerk is answered and frames are sent although the commit failed.
    AnswerBeforeCommit,
    /// Half of a majority decides a motion.
    SmallQuorum,
    /// A city may say the contrary in one round.
    VoteTwice,
}

impl Bug {
    /// Every bug.
    pub const ALL: &[Bug] = &[
        Bug::PushTwice,
        Bug::AckTwice,
        Bug::AnyCustodian,
        Bug::RetractOthers,
        Bug::DecideTwice,
        Bug::ContradictionsStand,
        Bug::RecallWins,
        Bug::CountUnconfirmed,
        Bug::CountDuplicates,
        Bug::BookTwice,
        Bug::BillAgain,
        Bug::OneSidedBills,
        Bug::SilenceConsents,
        Bug::NetsRound,
        Bug::LeaveNever,
        Bug::FoldByArrival,
        Bug::ViewOfToday,
        Bug::JudgeByClock,
        Bug::AgreementByClock,
        Bug::ForgetRecipient,
        Bug::AudienceEverybody,
        Bug::GiveToAnyone,
        Bug::WrapForAnyone,
        Bug::KeyKept,
        Bug::KeyDropped,
        Bug::CursorAhead,
        Bug::HoleInChain,
        Bug::SkipVerify,
        Bug::RefuseTwin,
        Bug::StaleFile,
        Bug::DropLastOfBatch,
        Bug::ForgetIdempotency,
        Bug::RefusalLeavesTrace,
        Bug::StaleSerial,
        Bug::ForgetOutboxMarks,
        Bug::RewindForgotten,
        Bug::NeverAsk,
        Bug::ReceiverHolds,
        Bug::HideForks,
        Bug::NeverQuiet,
        Bug::UnboundedWaiting,
        Bug::EvidenceShort,
        Bug::SignTwice,
        Bug::Unrepeatable,
        Bug::AnswerBeforeCommit,
        Bug::SmallQuorum,
        Bug::VoteTwice,
    ];

    /// The bug's name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Bug::PushTwice => "push-twice",
            Bug::AckTwice => "ack-twice",
            Bug::AnyCustodian => "any-custodian",
            Bug::RetractOthers => "retract-others",
            Bug::DecideTwice => "decide-twice",
            Bug::ContradictionsStand => "contradictions-stand",
            Bug::RecallWins => "recall-wins",
            Bug::CountUnconfirmed => "count-unconfirmed",
            Bug::CountDuplicates => "count-duplicates",
            Bug::BookTwice => "book-twice",
            Bug::BillAgain => "bill-again",
            Bug::OneSidedBills => "one-sided-bills",
            Bug::SilenceConsents => "silence-consents",
            Bug::NetsRound => "nets-round",
            Bug::LeaveNever => "leave-never",
            Bug::FoldByArrival => "fold-by-arrival",
            Bug::ViewOfToday => "view-of-today",
            Bug::JudgeByClock => "judge-by-clock",
            Bug::AgreementByClock => "agreement-by-clock",
            Bug::ForgetRecipient => "forget-recipient",
            Bug::AudienceEverybody => "audience-everybody",
            Bug::GiveToAnyone => "give-to-anyone",
            Bug::WrapForAnyone => "wrap-for-anyone",
            Bug::KeyKept => "key-kept",
            Bug::KeyDropped => "key-dropped",
            Bug::CursorAhead => "cursor-ahead",
            Bug::HoleInChain => "hole-in-chain",
            Bug::SkipVerify => "skip-verify",
            Bug::RefuseTwin => "refuse-twin",
            Bug::StaleFile => "stale-file",
            Bug::DropLastOfBatch => "drop-last-of-batch",
            Bug::ForgetIdempotency => "forget-idempotency",
            Bug::RefusalLeavesTrace => "refusal-leaves-trace",
            Bug::StaleSerial => "stale-serial",
            Bug::ForgetOutboxMarks => "forget-outbox-marks",
            Bug::RewindForgotten => "rewind-forgotten",
            Bug::NeverAsk => "never-ask",
            Bug::NeverQuiet => "never-quiet",
            Bug::UnboundedWaiting => "unbounded-waiting",
            Bug::EvidenceShort => "evidence-short",
            Bug::SignTwice => "sign-twice",
            Bug::Unrepeatable => "unrepeatable",
            Bug::ReceiverHolds => "receiver-holds",
            Bug::HideForks => "hide-forks",
            Bug::AnswerBeforeCommit => "answer-before-commit",
            Bug::SmallQuorum => "small-quorum",
            Bug::VoteTwice => "vote-twice",
        }
    }
}

/// Says whether a bug is switched on; never, without the feature.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn planted(_: Bug) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use switch::{plant, planted, tick};

#[cfg(feature = "planted")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static ACTIVE: Cell<Option<Bug>> = const { Cell::new(None) };
        static TICKS: Cell<u64> = const { Cell::new(0) };
    }

    /// Switches one bug on for this thread, or all off.
    pub fn plant(bug: Option<Bug>) {
        ACTIVE.set(bug);
    }

    /// Says whether a bug is switched on for this thread.
    pub fn planted(bug: Bug) -> bool {
        ACTIVE.get() == Some(bug)
    }

    /// A number that no call before had.
    pub fn tick() -> u64 {
        TICKS.set(TICKS.get() + 1);
        TICKS.get()
    }
}

/// A number that no call before had; zero without the feature.
#[cfg(not(feature = "planted"))]
pub const fn tick() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_bug_has_a_name_of_its_own_and_is_off() {
        let names: BTreeSet<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
        assert_eq!(names.len(), Bug::ALL.len());
        assert!(Bug::ALL.iter().all(|bug| !planted(*bug)));
    }
}
