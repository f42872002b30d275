//! A case follows its item to another department.

use super::{code, in_order, officer, owner_only};
use crate::case::act::HandoverCase;
use crate::case::state::State;
use crate::code::Code;
use crate::kind::Author;

/// E29: by the owner, whoever holds the case, while it is open. That the new department has taken the item stands on the
/// owner's page, which its node reads: no document looks at another one.
pub(super) fn handover(
    state: &State,
    author: &Author,
    handover: &HandoverCase,
) -> Result<(), Code> {
    handover.officer.iter().try_for_each(officer)?;
    owner_only(state, author)?;
    code(&handover.from_dept)?;
    code(&handover.to_dept)?;
    in_order(
        state.ending().is_none(),
        state.followed_change(&handover.change),
    )?;
    let last = state.handed_over();
    if handover.after != last.map(|(id, _)| id) {
        return Err(Code::StaleParent);
    }
    let has = last.map(|(_, last)| last.to_dept.as_str());
    if handover.from_dept == handover.to_dept || has.is_some_and(|has| has != handover.from_dept) {
        return Err(Code::Argument);
    }
    Ok(())
}
