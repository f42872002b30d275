//! Whether a city may do a deed after what it has seen: custody and the order of a case, no paper.

use super::City;
use super::Id;
use super::custody::{Answered, Claim, Standing, What};

/// A push that binds its signer.
struct Pending {
    to: City,
    manifest: [u8; 32],
    open: bool,
}

/// Says whether a deed may follow.
pub(super) fn may(seen: &Standing<'_>, by: &City, what: &What) -> bool {
    // Whom the members named is in the agreement, of which the model knows nothing.
    if matches!(what, What::TakeOver { .. }) {
        return true;
    }
    if !party(seen, by) {
        return false;
    }
    let done = |wanted: fn(&What) -> bool| seen.any(|_, what| wanted(what));
    let accepted = done(|what| matches!(what, What::Accept(_) | What::Deemed { .. }));
    let turned_away = done(|what| matches!(what, What::NotAccept(_)));
    let decided = done(|what| matches!(what, What::Decide(_)));
    let reviewed = done(|what| matches!(what, What::Review));
    let sent = done(|what| matches!(what, What::Send(_)));
    let served = done(|what| matches!(what, What::Served));
    let services = seen.deeds.iter();
    let services = services.filter(|(_, deed)| deed.what == Some(What::Served));
    let served_once = services.count() == 1;
    let issued = |wanted: bool| {
        seen.any(|_, what| matches!(what, What::Certify { electronic } if *electronic == wanted))
    };
    let two_forms = issued(true) && issued(false);
    let closed = done(|what| matches!(what, What::Close));
    let ended = done(|what| {
        matches!(
            what,
            What::End { .. } | What::Withdraw { .. } | What::Redirect { to: None, .. }
        )
    });
    let at_window = *by == seen.receiver;
    let turned_away = turned_away || ended;
    match what {
        What::Receive { .. } | What::TakeOver { .. } => false,
        What::Edit | What::Aside(_) | What::TakeStep(_) | What::RecallStep(_) => true,
        What::Wish => !decided && !ended && !turned_away && !closed,
        What::Lapse => at_window && !accepted && !turned_away && !closed,
        What::Ask(_) => seen.holding().iter().any(|claim| claim.city == *by),
        What::DecideStep { sub, .. } | What::ReleaseStep { sub, .. } => {
            let step = seen.deed(sub).and_then(|(_, deed)| deed.what.as_ref());
            matches!(step, Some(What::OpenStep { to, .. }) if to == by)
        }
        What::Deemed { .. } => speaks(seen, by) && !accepted && !turned_away,
        What::OpenStep { .. }
        | What::Course(_)
        | What::Certify { .. }
        | What::Extend
        | What::Pause(_)
        | What::Resume(_)
        | What::Refuse(_)
        | What::Withdraw { .. }
        | What::End { .. }
        | What::Redirect { .. } => speaks(seen, by) && !ended,
        What::Mend { .. } => sole(seen, by).is_some() && at_window && !accepted && !turned_away,
        What::Accept(_) | What::NotAccept(_) => {
            speaks(seen, by) && !open_notice(seen) && !accepted && !turned_away
        }
        What::Notice(_) => speaks(seen, by) && !accepted && !turned_away,
        What::Review => speaks(seen, by) && accepted && !decided && !reviewed && !ended,
        What::Decide(_) => {
            let waits = paused(seen) || wished(seen);
            let own = !at_window || window_owns(seen);
            speaks(seen, by) && reviewed && !decided && !ended && !waits && own
        }
        What::Send(_) => speaks(seen, by) && decided && !sent && !ended,
        What::Close => speaks(seen, by) && served && !closed,
        What::Served => sent && (!served || served_once && two_forms),
        What::Look(ack) => {
            let own = seen.deed(ack).is_some_and(|(_, deed)| {
                deed.by == *by && matches!(deed.what, Some(What::Ack { .. }))
            });
            own && !seen.any(|_, what| matches!(what, What::Look(of) if of == ack))
        }
        What::NoticeServed(notice) => {
            let there = seen.deed(notice);
            there.is_some_and(|(_, deed)| matches!(deed.what, Some(What::Notice(_))))
                && !seen.any(|_, what| matches!(what, What::NoticeServed(of) if of == notice))
        }
        What::Push {
            to,
            baton,
            manifest,
            ..
        } => !closed && !turned_away && push(seen, by, to, baton, manifest, accepted),
        What::Ack { push, baton } => !closed && !turned_away && ack(seen, by, push, baton),
        What::Recall { push, baton } => named(seen, push).is_some_and(|(from, _, of, answered)| {
            from == *by && of == *baton && answered == Answered::Open
        }),
        What::Decline { push, baton } => {
            let fits = named(seen, push).is_some_and(|(_, to, of, answered)| {
                let waits = matches!(answered, Answered::Open | Answered::Recalled);
                to == *by && of == *baton && waits
            });
            fits && !seen.claimants().contains(by)
        }
        What::Yield(baton) => {
            let holding = seen.holding();
            let own = |claim: &&Claim| claim.batons.contains(baton) && claim.city == *by;
            !closed && holding.len() > 1 && holding.iter().any(|claim| own(&claim))
        }
        What::Retract(of) => !closed && retract(seen, by, of),
    }
}

/// Whether the window's city holds the power itself: since the receipt, or since the case was redirected to it.
fn window_owns(seen: &Standing<'_>) -> bool {
    let redirected = seen
        .deeds
        .iter()
        .rev()
        .find_map(|(_, deed)| match deed.what {
            Some(What::Redirect { to: Some(to), .. }) => Some(to),
            _ => None,
        });
    redirected.map_or(seen.own, |to| to == seen.receiver)
}

/// Who is concerned: whoever held it, whoever was given a part, and whoever was pushed to and did not decline.
fn party(seen: &Standing<'_>, by: &City) -> bool {
    seen.claimants().contains(by)
        || seen.any(|_, what| match what {
            What::Ask(to) | What::OpenStep { to, .. } => to == by,
            _ => false,
        })
        || seen.deeds.iter().any(|(_, deed)| {
            named(seen, &deed.id)
                .is_some_and(|(_, to, _, answered)| to == *by && answered != Answered::Declined)
        })
}

/// A push: from whom, to whom, on which baton, and what became of it.
fn named(seen: &Standing<'_>, id: &Id) -> Option<(City, City, Id, Answered)> {
    let (_, deed) = seen.deed(id)?;
    match deed.what.as_ref()? {
        What::Push {
            to, baton, after, ..
        } => {
            let answered = seen.answered(id, to, baton, after);
            Some((deed.by, *to, *baton, answered))
        }
        _ => None,
    }
}

/// The claim of a city that alone holds the case.
fn sole(seen: &Standing<'_>, by: &City) -> Option<Claim> {
    let mut holding = seen.holding();
    let claim = holding.pop()?;
    (holding.is_empty() && claim.city == *by).then_some(claim)
}

/// Whether a city may speak outward: it alone holds, no push of its own waits, nothing is disputed.
fn speaks(seen: &Standing<'_>, by: &City) -> bool {
    sole(seen, by).is_some_and(|claim| pending(seen, &claim).is_empty()) && seen.disputed.is_empty()
}

/// Pushes on a claim that are neither taken nor declined.
fn pending(seen: &Standing<'_>, claim: &Claim) -> Vec<Pending> {
    let mut list = Vec::new();
    for (_, deed) in &seen.deeds {
        let Some(What::Push {
            to,
            baton,
            after,
            manifest,
        }) = &deed.what
        else {
            continue;
        };
        let answered = seen.answered(&deed.id, to, baton, after);
        let waits = matches!(answered, Answered::Open | Answered::Recalled);
        if waits && deed.by == claim.city && claim.batons.contains(baton) {
            list.push(Pending {
                to: *to,
                manifest: *manifest,
                open: answered == Answered::Open,
            });
        }
    }
    list
}

fn push(
    seen: &Standing<'_>,
    by: &City,
    to: &City,
    baton: &Id,
    manifest: &[u8; 32],
    accepted: bool,
) -> bool {
    let Some(claim) = sole(seen, by) else {
        return false;
    };
    let blocked = pending(seen, &claim)
        .iter()
        .any(|push| push.to != *to || push.open && push.manifest == *manifest);
    let redirected = seen.any(|city, what| match what {
        What::Redirect { to: other, .. } => city == by && *other == Some(*to),
        _ => false,
    });
    let back = *by == seen.receiver || redirected || claim.from == Some(*to) && !accepted;
    seen.disputed.is_empty() && claim.batons.contains(baton) && to != by && !blocked && back
}

fn ack(seen: &Standing<'_>, by: &City, push: &Id, baton: &Id) -> bool {
    let addressed = named(seen, push).is_some_and(|(_, to, of, answered)| {
        to == *by && of == *baton && answered == Answered::Open
    });
    let consumed = seen
        .any(|city, what| matches!(what, What::Ack { baton: of, .. } if of == baton) && city != by);
    addressed && !consumed && !seen.is_overridden(baton)
}

/// Whether the time for the decision stands still.
fn paused(seen: &Standing<'_>) -> bool {
    seen.deeds.iter().any(|(_, deed)| {
        matches!(deed.what, Some(What::Pause(_)))
            && !seen.any(|_, what| *what == What::Resume(deed.id))
    })
}

/// Whether a request to withdraw was not answered.
fn wished(seen: &Standing<'_>) -> bool {
    seen.deeds.iter().any(|(_, deed)| {
        deed.what == Some(What::Wish)
            && !seen.any(|_, what| match what {
                What::Refuse(names) | What::Withdraw { names, .. } => names.contains(&deed.id),
                _ => false,
            })
    })
}

fn open_notice(seen: &Standing<'_>) -> bool {
    seen.deeds.iter().any(|(_, deed)| {
        matches!(deed.what, Some(What::Notice(_)))
            && !seen
                .any(|_, what| matches!(what, What::Mend { answers } if *answers == Some(deed.id)))
    })
}

/// A city takes back its own disputed deed, but not a handoff that was countersigned.
fn retract(seen: &Standing<'_>, by: &City, of: &Id) -> bool {
    let Some((at, deed)) = seen.deed(of) else {
        return false;
    };
    let taken = named(seen, of).is_some_and(|(_, _, _, answered)| answered == Answered::Acked);
    deed.by == *by && seen.disputed.contains(&at) && !taken
}
