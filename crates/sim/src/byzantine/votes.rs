//! B13: forks the membership log. It puts two motions, votes for one before some members and for the other before the
//! rest, commits to one and gives the round up as well.

use tongban_ledger::agreement::{Act, Ballot, Limits, Measure, Motion, Nullify};
use tongban_ledger::{CertificateId, DocumentId, DocumentKind, MotionId};
use tongban_sync::document::write_act;

use super::desk::Desk;
use crate::world::SimError;

/// Does one of these things; says whether there was anything to do it with.
pub(super) fn fork(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Agreement)? else {
        return Ok(false);
    };
    let status = desk.world.look(desk.at, |engine, ctx| engine.status(ctx))?;
    let Ok(status) = status else {
        return Ok(false);
    };
    let Some(known) = status
        .agreements
        .into_iter()
        .next()
        .map(|one| one.resolutions)
    else {
        return Ok(false);
    };
    let motions: Vec<MotionId> = known
        .motions
        .iter()
        .filter_map(|motion| motion.motion.parse().ok())
        .collect();
    let [one, other, ..] = motions[..] else {
        return propose(desk, &document);
    };
    let Ok(parent) = known.head.parse::<CertificateId>() else {
        return Ok(false);
    };
    let round = known.round;
    let on = |motion| Ballot {
        parent,
        round,
        motion,
    };
    let acts = match desk.chance.between(0, 2) {
        0 => [Act::Commit(on(one)), Act::Commit(on(other))],
        1 => [
            Act::Commit(on(one)),
            Act::Nullify(Nullify { parent, round }),
        ],
        _ => [Act::Vote(on(one)), Act::Vote(on(other))],
    };
    apart(desk, &document, &acts)
}

/// Signs one act for some members and another for the rest; each rests on what the city knows, not on the other.
fn apart(desk: &mut Desk<'_>, document: &DocumentId, acts: &[Act; 2]) -> Result<bool, SimError> {
    let mut entries = Vec::new();
    for act in acts {
        let Some(header) = desk.header(document)? else {
            return Ok(false);
        };
        entries.push(desk.sign(header, write_act(act), Vec::new()));
    }
    let first = desk.chance.index(2);
    let mut given = false;
    for (nth, to) in desk.linked().into_iter().enumerate() {
        let entry = &entries[(nth + first) % 2];
        given |= desk.give(to, std::slice::from_ref(entry))?;
    }
    Ok(given)
}

/// Puts a motion of its own, so that there are two to choose from.
fn propose(desk: &mut Desk<'_>, document: &DocumentId) -> Result<bool, SimError> {
    let Some(header) = desk.header(document)? else {
        return Ok(false);
    };
    let hours = desk.chance.between(2, 60);
    let limits = Limits {
        view_hours: u16::try_from(hours).unwrap_or(2),
        ..Limits::default()
    };
    let motion = Motion {
        measure: Measure::Thresholds(limits),
        basis: String::new(),
    };
    let entry = desk.sign(header, write_act(&Act::Move(Box::new(motion))), Vec::new());
    desk.give_all(&entry)
}
