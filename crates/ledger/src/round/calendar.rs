//! The days of a month end, who proposes, and how many must sign (`domain.md` §3.6.5).

use tongban_identity::CityId;

use crate::agreement::View;
use crate::calendar::{CalendarMissing, Day, Month};
use crate::netting::Netting;

/// Working days from the cut to the draft.
pub const DRAFT_DAYS: u32 = 3;
/// Working days from the draft to the last objection.
pub const OBJECTION_DAYS: u32 = 5;
/// Working days from the cut to the last signature.
pub const SIGNATURE_DAYS: u32 = 10;
/// Working days from the last signature to the last payment.
pub const PAYMENT_DAYS: u32 = 20;

/// The last day of each step. A step whose working days the agreement does not know has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The last day of the month: what is posted up to it counts.
    pub cut: Day,
    /// Until when the secretary proposes, and lines are recorded for this month.
    pub draft: Result<Day, CalendarMissing>,
    /// Until when lines are objected to.
    pub objections: Result<Day, CalendarMissing>,
    /// Until when members sign.
    pub signatures: Result<Day, CalendarMissing>,
}

impl Steps {
    /// The steps of a month in the agreement's calendar.
    pub fn of(month: Month, view: &View<'_>) -> Steps {
        let calendar = view.calendar();
        let cut = month.last_day();
        let draft = calendar.due(cut, DRAFT_DAYS);
        Steps {
            cut,
            draft,
            objections: draft.and_then(|draft| calendar.due(draft, OBJECTION_DAYS)),
            signatures: calendar.due(cut, SIGNATURE_DAYS),
        }
    }
}

/// Until when two cities settle an objection between them: the last day for signing the month in which the parcel was
/// posted, or as many working days after the objection as there are for raising one, whichever is later. Then it is the
/// joint meeting's.
///
/// # Errors
/// [`CalendarMissing`] when the agreement does not know the working days.
pub fn disputed_until(posted: Day, raised: Day, view: &View<'_>) -> Result<Day, CalendarMissing> {
    let signed = Steps::of(Month::of(posted), view).signatures?;
    let raised = view.calendar().due(raised, OBJECTION_DAYS)?;
    Ok(signed.max(raised))
}

/// Until when is paid, from the day on which a number became complete.
///
/// # Errors
/// [`CalendarMissing`] when the agreement does not know the working days.
pub fn payments_until(complete: Day, view: &View<'_>) -> Result<Day, CalendarMissing> {
    view.calendar().due(complete, PAYMENT_DAYS)
}

/// The member that proposes: the one with the lowest division code, as long as the agreement names no other.
pub fn secretary(view: &View<'_>) -> Option<CityId> {
    let first = view.members().min_by_key(|member| member.division);
    first.map(|member| member.city)
}

/// How many cities must sign a proposal: ⌊2n/3⌋+1 of all n members, and beside them each city of the proposal that left.
/// Those must all sign, so members alone make the majority.
pub fn quorum(view: &View<'_>, cities: &[CityId]) -> u32 {
    let members: Vec<CityId> = view.members().map(|member| member.city).collect();
    let left = cities.iter().filter(|city| !members.contains(city)).count();
    u32::try_from(members.len() * 2 / 3 + 1 + left).unwrap_or(u32::MAX)
}

/// How transfers of a month are found: pairwise until the members adopt the other way (`domain.md` §5.1 Q9).
pub fn netting(month: Month, view: &View<'_>) -> Netting {
    view.netting(month.first_day())
}
