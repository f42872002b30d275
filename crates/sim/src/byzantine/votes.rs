//! B13: forks the membership log. It puts two motions about who is a member, votes for one before some members and for
//! the other before the rest, commits to both as soon as they have votes, and gives the round up as well.

use tongban_identity::{DivisionCode, EncryptionKey, RootKey};
use tongban_ledger::agreement::{Act, Ballot, Founder, Measure, Motion, Nullify};
use tongban_ledger::answer::resolution::{MotionAnswer, ResolutionsAnswer};
use tongban_ledger::{CertificateId, DocumentId, DocumentKind, MotionId};
use tongban_sync::document::write_act;
use tongban_sync::founding::certify;

use super::desk::Desk;
use crate::world::SimError;

/// Division codes of cities that it makes up: no city of a run has one of them.
const MADE_UP: (u64, u64) = (9_901, 9_999);

/// Measures that say who is a member, and with which key.
fn forks(motion: &MotionAnswer) -> bool {
    ["admit", "remove", "replace"].contains(&motion.measure.name.as_str())
}

/// Does one of these things; says whether it contradicted itself.
pub(super) fn fork(desk: &mut Desk<'_>) -> Result<bool, SimError> {
    let Some((document, _)) = desk.some(DocumentKind::Agreement)? else {
        return Ok(false);
    };
    let status = desk.world.look(desk.at, |engine, ctx| engine.status(ctx))?;
    let Some(known) = status
        .ok()
        .and_then(|status| status.agreements.into_iter().next())
        .map(|agreement| agreement.resolutions)
    else {
        return Ok(false);
    };
    let here = desk.world.division(desk.at);
    let may = |motion: &&MotionAnswer| forks(motion) && motion.eligible.contains(&here);
    let mut motions: Vec<&MotionAnswer> = known.motions.iter().filter(may).collect();
    // What others vote for does the most harm.
    motions.sort_by_key(|motion| std::cmp::Reverse(motion.votes.len()));
    let [one, other, ..] = motions[..] else {
        propose(desk, &document)?;
        return Ok(false);
    };
    match contrary(desk, &known, one, other) {
        Some(acts) => apart(desk, &document, &acts),
        None => Ok(false),
    }
}

/// Two words of which the city may say only one, as far as the other members can tell from what each is shown.
fn contrary(
    desk: &mut Desk<'_>,
    known: &ResolutionsAnswer,
    one: &MotionAnswer,
    other: &MotionAnswer,
) -> Option<[Act; 2]> {
    let here = desk.world.division(desk.at);
    let parent = known.head.parse::<CertificateId>().ok()?;
    let round = known.round;
    let on = |motion: &MotionAnswer| {
        Some(Ballot {
            parent,
            round,
            motion: motion.motion.parse::<MotionId>().ok()?,
        })
    };
    let carried = |motion: &MotionAnswer| motion.votes.len() >= motion.needed;
    let voted = one.votes.contains(&here) || other.votes.contains(&here);
    Some(match (carried(one), carried(other)) {
        (true, true) => [Act::Commit(on(one)?), Act::Commit(on(other)?)],
        (true, false) => [
            Act::Commit(on(one)?),
            Act::Nullify(Nullify { parent, round }),
        ],
        // What it says without the votes nobody counts.
        _ if voted => return None,
        _ => [Act::Vote(on(one)?), Act::Vote(on(other)?)],
    })
}

/// Signs one act for some members and another for the rest; each rests on what the city knows, not on the other.
fn apart(desk: &mut Desk<'_>, document: &DocumentId, acts: &[Act; 2]) -> Result<bool, SimError> {
    let linked = desk.linked();
    let mut entries = Vec::new();
    for act in acts {
        let Some(header) = desk.header(document)? else {
            return Ok(false);
        };
        entries.push(desk.sign(header, write_act(act), Vec::new()));
    }
    let first = desk.chance.index(2);
    let mut given = false;
    // To one alone it says both: there is nobody else to say the other to.
    let alone = linked.len() == 1;
    for (nth, to) in linked.into_iter().enumerate() {
        let nth = (nth + first) % 2;
        let shown = if alone {
            &entries[..]
        } else {
            &entries[nth..=nth]
        };
        given |= desk.give(to, shown)?;
    }
    Ok(given)
}

/// Puts two motions of its own before everybody: another member goes, and a city comes that nobody ever saw.
fn propose(desk: &mut Desk<'_>, document: &DocumentId) -> Result<(), SimError> {
    let others: Vec<usize> = (0..desk.world.cities())
        .filter(|at| *at != desk.at)
        .collect();
    let Some(victim) = desk.chance.pick(&others).copied() else {
        return Ok(());
    };
    let remove = Measure::Remove(desk.city_of(victim));
    let measures = [made_up(desk).map(Measure::Admit), Some(remove)];
    for measure in measures.into_iter().flatten() {
        let motion = Motion {
            measure,
            basis: String::new(),
        };
        let Some(header) = desk.header(document)? else {
            return Ok(());
        };
        let entry = desk.sign(header, write_act(&Act::Move(Box::new(motion))), Vec::new());
        desk.give_all(&entry)?;
    }
    Ok(())
}

/// The card of a city that does not exist, under a key of the liar's own.
fn made_up(desk: &mut Desk<'_>) -> Option<Founder> {
    let root = RootKey::from_seed(desk.chance.bytes());
    let encryption = EncryptionKey::from_seed(desk.chance.bytes());
    let device = desk.world.keys(desk.at).1;
    let (_, encryption) = certify(&root, device.public(), encryption.public(), "x".into(), 0)?;
    let code = desk.chance.between(MADE_UP.0, MADE_UP.1) * 100;
    let division = DivisionCode::new(u32::try_from(code).ok()?).ok()?;
    Some(Founder {
        city: root.city(),
        division,
        name: "子虚市".into(),
        encryption: encryption.to_vec(),
        addresses: vec!["nowhere.sim:1".into()],
    })
}
