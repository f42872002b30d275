//! The rules of voting in rounds: pure questions to a count of what was said, and nothing else.
//!
//! They know no entries, no cities and no time, so that the ledger and the model of `model.rs` ask the same
//! functions (`design.md` §5). Each answer grows with what is known: what may be said after hearing little may be
//! said after hearing more. That is why it is enough to look at an entry's ancestors.

/// The last round of a motion; far more than people can fail in.
pub const ROUNDS_MAX: u16 = 256;

/// How many of `members` have to agree, where `eligible` of them have a vote: ⌊2n/3⌋+1 of all, or all who have a vote
/// if they are fewer.
///
/// Two such majorities over the same members share more than a third of them, so at least one honest city as long as
/// fewer than a third are not.
pub fn quorum(members: usize, eligible: usize) -> usize {
    let most = members.saturating_mul(2) / 3 + 1;
    most.min(eligible).max(1)
}

/// Says whether a city that a motion concerns keeps its vote: with two members nobody is put out, one leaves.
///
/// Without that, each of two members could certify against the other alone, and both would hold.
pub fn keeps_vote(members: usize) -> bool {
    members <= 2
}

/// What was said on one certificate, as far as somebody knows it. Cities count once for each text and round.
pub trait Poll {
    /// A text put to the vote.
    type Text: Copy + Eq;

    /// How many have to agree to a text.
    fn quorum_of(&self, text: Self::Text) -> usize;
    /// How many have to give a round up.
    fn quorum_of_all(&self) -> usize;
    /// How many cities that may vote on the text voted for it in a round.
    fn votes(&self, round: u16, text: Self::Text) -> usize;
    /// How many of them committed to it in a round.
    fn commits(&self, round: u16, text: Self::Text) -> usize;
    /// How many members gave a round up.
    fn nullifies(&self, round: u16) -> usize;
    /// The texts for which somebody voted in a round.
    fn texts(&self, round: u16) -> Vec<Self::Text>;
}

/// What one city said in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// It voted.
    pub voted: bool,
    /// It committed to a text.
    pub committed: bool,
    /// It gave the round up.
    pub nullified: bool,
}

/// Why something may not be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The city has said so, or voted, in this round.
    Already,
    /// There is no such round, or an earlier one is still open.
    Closed,
    /// An earlier round may have decided for another text.
    Fixed,
    /// Too few voted for the text in this round.
    TooFew,
    /// The city did the contrary in this round.
    Contrary,
}

/// Says whether a text has the votes of a round.
pub fn carried<P: Poll>(poll: &P, round: u16, text: P::Text) -> bool {
    poll.votes(round, text) >= poll.quorum_of(text)
}

/// Says whether a round was given up.
pub fn given_up<P: Poll>(poll: &P, round: u16) -> bool {
    poll.nullifies(round) >= poll.quorum_of_all()
}

/// Says whether a round is open: each earlier one has the votes for some text, or was given up.
pub fn is_open<P: Poll>(poll: &P, round: u16) -> bool {
    let done = |earlier| {
        given_up(poll, earlier)
            || poll
                .texts(earlier)
                .into_iter()
                .any(|text| carried(poll, earlier, text))
    };
    (1..=ROUNDS_MAX).contains(&round) && (1..round).all(done)
}

/// Says whether a text may be put in a round: each earlier one has the votes for this same text, or was given up.
pub fn may_put<P: Poll>(poll: &P, round: u16, text: P::Text) -> bool {
    (1..round).all(|earlier| given_up(poll, earlier) || carried(poll, earlier, text))
}

/// Says whether a text was decided in a round.
pub fn certified<P: Poll>(poll: &P, round: u16, text: P::Text) -> bool {
    poll.commits(round, text) >= poll.quorum_of(text)
}

/// May a city that has a vote on the text vote for it?
///
/// # Errors
/// Why not.
pub fn vote<P: Poll>(poll: &P, said: Said, round: u16, text: P::Text) -> Result<(), Refusal> {
    if !is_open(poll, round) {
        return Err(Refusal::Closed);
    }
    if said.voted {
        return Err(Refusal::Already);
    }
    match may_put(poll, round, text) {
        true => Ok(()),
        false => Err(Refusal::Fixed),
    }
}

/// May a city that has a vote on the text commit to it?
///
/// # Errors
/// Why not.
pub fn commit<P: Poll>(poll: &P, said: Said, round: u16, text: P::Text) -> Result<(), Refusal> {
    if said.committed {
        return Err(Refusal::Already);
    }
    if said.nullified {
        return Err(Refusal::Contrary);
    }
    if !is_open(poll, round) {
        return Err(Refusal::Closed);
    }
    match carried(poll, round, text) {
        true => Ok(()),
        false => Err(Refusal::TooFew),
    }
}

/// May a member give a round up?
///
/// # Errors
/// Why not.
pub fn nullify<P: Poll>(poll: &P, said: Said, round: u16) -> Result<(), Refusal> {
    if said.nullified {
        return Err(Refusal::Already);
    }
    if said.committed {
        return Err(Refusal::Contrary);
    }
    match is_open(poll, round) {
        true => Ok(()),
        false => Err(Refusal::Closed),
    }
}

/// The round in which people vote now: the last that is open.
pub fn round<P: Poll>(poll: &P) -> u16 {
    let mut round = 1;
    while round < ROUNDS_MAX && is_open(poll, round + 1) {
        round += 1;
    }
    round
}

/// What was said, city by city: what a node has to know for a word of its own, beside the counts.
pub trait Voters: Poll {
    /// A member.
    type City: Copy;

    /// What a city said in a round.
    fn said(&self, round: u16, city: Self::City) -> Said;
    /// The text for which a city voted in a round.
    fn voted(&self, round: u16, city: Self::City) -> Option<Self::Text>;
    /// Whether a city has a vote on a text.
    fn may_vote(&self, city: Self::City, text: Self::Text) -> bool;
    /// How many cities that have a vote on a text voted for none in a round; of all members where no text is named.
    fn silent(&self, round: u16, text: Option<Self::Text>) -> usize;
}

/// A word that a node signs by itself, as it follows from words that the city's people gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<T> {
    /// It commits to a text in a round.
    Commit(u16, T),
    /// It gives a round up.
    Nullify(u16),
    /// It votes again for a text, in a later round.
    Vote(u16, T),
}

/// What a member's node signs by itself now (`docs/decisions/0021-chained-resolutions.md`); nothing where it is for
/// people to say something.
pub fn turn<V: Voters>(poll: &V, city: V::City) -> Option<Word<V::Text>> {
    for round in 1..=self::round(poll) {
        let said = poll.said(round, city);
        if let Some(text) = poll.voted(round, city)
            && poll.may_vote(city, text)
            && commit(poll, said, round, text).is_ok()
        {
            return Some(Word::Commit(round, text));
        }
        if is_lost(poll, round) && nullify(poll, said, round).is_ok() {
            return Some(Word::Nullify(round));
        }
        // What its people said holds on, as long as nothing else may be put.
        let earlier = round
            .checked_sub(1)
            .and_then(|earlier| poll.voted(earlier, city));
        if let Some(text) = earlier
            && !given_up(poll, round - 1)
            && poll.may_vote(city, text)
            && vote(poll, said, round, text).is_ok()
        {
            return Some(Word::Vote(round, text));
        }
    }
    None
}

/// Whether no text can have the votes of a round any more, however the members that are silent vote.
fn is_lost<V: Voters>(poll: &V, round: u16) -> bool {
    let put = poll.texts(round);
    let hopeless = |text: &V::Text| {
        poll.votes(round, *text) + poll.silent(round, Some(*text)) < poll.quorum_of(*text)
    };
    // Another text may still come from those that are silent.
    !put.is_empty() && put.iter().all(hopeless) && poll.silent(round, None) < poll.quorum_of_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorums_of_all_sizes_share_an_honest_city() {
        assert_eq!(quorum(4, 4), 3);
        assert_eq!(quorum(4, 3), 3);
        assert_eq!(quorum(3, 2), 2);
        assert_eq!(quorum(2, 2), 2);
        assert_eq!(quorum(300, 299), 201);
        for members in 1..=300_usize {
            let liars = members.saturating_sub(1) / 3;
            // Of two texts each may concern a city of its own.
            let eligible = match keeps_vote(members) {
                true => members,
                false => members - 1,
            };
            for (one, other) in [
                (members, members),
                (members, eligible),
                (eligible, eligible),
            ] {
                let both = quorum(members, one) + quorum(members, other);
                assert!(both > members + liars, "{members}: {one} and {other}");
                assert!(quorum(members, other) <= other);
            }
            // Whoever is honest is enough, where the rest is silent and no text concerns an honest city.
            assert!(quorum(members, members) <= members - liars);
        }
    }
}
