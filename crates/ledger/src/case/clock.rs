//! The clocks of a case (`domain.md` §3.2): what is due, when, and by whom, from acts and calendar alone.
//!
//! A clock starts with an act of the city that has to act, and stops with one. All nodes with the same acts and
//! the same agreement compute the same clocks.

use std::borrow::Cow;

use tongban_identity::CityId;

use super::act::{Act, Class, FollowStep, Outcome};
use super::custody::PushStanding;
use super::rating::BAD_LEVEL;
use super::state::State;
use crate::agreement::{Limits, View};
use crate::calendar::{Calendar, CalendarMissing, Day, Pause};
use crate::id::EntryId;

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockName {
    /// From receipt to push.
    Push,
    /// From receipt to notice, acceptance or its refusal (行政许可法 32).
    Notice,
    /// From receipt until originals are posted.
    OriginalsPost,
    /// From push to Ack.
    AckWait,
    /// From Ack to the re-check.
    Recheck,
    /// From Ack until a person looked, in working hours.
    View,
    /// From a served notice to the correction.
    Correction,
    /// From acceptance to decision.
    Decide,
    /// A special procedure.
    Special,
    /// From decision until the result is sent.
    ResultSend,
    /// From decision until a licence is served, in calendar days.
    Serve,
    /// A step of joint handling.
    JointStep,
    /// A step that leaves a person without standing until the next one.
    Urgent,
    /// From a question to its answer.
    Confirm,
    /// Papers that the applicant committed to.
    Commitment,
    /// From a bad rating until the person was contacted.
    RatingContact,
    /// From a bad rating until it was mended.
    RatingMend,
    /// An order of the centre.
    Supervision,
    /// A complaint.
    Complaint,
    /// From a jump to another system until the matter is back.
    BackFlow,
    /// From the first service until the second form of a certificate is served, in calendar days.
    SecondServe,
}

impl ClockName {
    /// The clock's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            ClockName::Push => "push",
            ClockName::Notice => "notice_5wd",
            ClockName::OriginalsPost => "originals_post",
            ClockName::AckWait => "ack_wait",
            ClockName::Recheck => "recheck",
            ClockName::View => "idle_view",
            ClockName::Correction => "correction",
            ClockName::Decide => "decide",
            ClockName::Special => "special",
            ClockName::ResultSend => "result_send",
            ClockName::Serve => "serve",
            ClockName::JointStep => "joint_step",
            ClockName::Urgent => "urgent",
            ClockName::Confirm => "confirm",
            ClockName::Commitment => "commitment",
            ClockName::RatingContact => "bad_rating_contact",
            ClockName::RatingMend => "bad_rating_fix",
            ClockName::Supervision => "supervision",
            ClockName::Complaint => "complaint",
            ClockName::BackFlow => "back_flow",
            ClockName::SecondServe => "second_serve",
        }
    }
}

/// When a clock is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// With a day, at 24:00 in Beijing.
    Day(Day),
    /// At a moment, Unix seconds.
    Moment(i64),
    /// Not before a pause ends.
    Paused,
    /// In a year whose working days the agreement does not know.
    Unknown,
}

/// A clock of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Which one.
    pub name: ClockName,
    /// What it is about, where a case may have several.
    pub about: Option<EntryId>,
    /// A step of joint handling by its id, or nothing.
    pub step: String,
    /// The city that has to act; for [`ClockName::Correction`] the one that the applicant comes to.
    pub holder: CityId,
    /// The day on which it started.
    pub start: Day,
    /// When it is over.
    pub due: Due,
    /// Its working days, where it counts such.
    pub limit: Option<u32>,
    /// The day on which it stopped.
    pub done: Option<Day>,
    /// Working days used, up to the day on which it stopped.
    pub used: Option<u32>,
    /// When it stood still.
    pub pauses: Vec<Pause>,
}

impl Clock {
    /// Whether it was over before it stopped, or is over at a moment (Unix seconds).
    pub fn overdue(&self, now: i64) -> bool {
        let until = self.done.unwrap_or_else(|| Day::from_unix_beijing(now));
        match self.due {
            Due::Day(day) => until > day,
            Due::Moment(moment) if self.done.is_none() => now > moment,
            Due::Moment(moment) => until > Day::from_unix_beijing(moment),
            Due::Paused | Due::Unknown => false,
        }
    }

    /// Whether four fifths of its working days are used.
    ///
    /// # Errors
    /// The working days of a year are not known.
    pub fn amber(&self, calendar: &Calendar, now: i64) -> Result<bool, CalendarMissing> {
        let (Some(limit), None, Due::Day(_)) = (self.limit, self.done, self.due) else {
            return Ok(false);
        };
        let today = Day::from_unix_beijing(now);
        let used = calendar.working_days_between(self.start, today, &self.pauses)?;
        Ok(limit > 1 && used * 5 >= limit * 4)
    }
}

/// Collects clocks under one calendar.
struct Board<'a> {
    state: &'a State,
    calendar: Cow<'a, Calendar>,
    limits: Limits,
    clocks: Vec<Clock>,
}

impl State {
    /// Every clock of the case, running or stopped, in the order in which the steps usually follow.
    pub fn clocks(&self, view: &View<'_>) -> Vec<Clock> {
        let mut board = Board {
            state: self,
            calendar: view.calendar(),
            limits: *view.limits(),
            clocks: Vec::new(),
        };
        board.window(view);
        board.handoffs();
        board.corrections();
        board.decision(view);
        board.outside(view);
        board.steps(view);
        board.followed_up();
        board.clocks
    }

    fn day_of(&self, wanted: impl Fn(&Act) -> bool) -> Option<Day> {
        let facts = self.facts.values().filter(|fact| wanted(&fact.act));
        facts.map(|fact| fact.day()).min()
    }

    /// The day on which the case was accepted, refused, or ended otherwise.
    fn answered_on(&self) -> Option<Day> {
        self.day_of(|act| {
            matches!(
                act,
                Act::Accept(_)
                    | Act::DeemAccept(_)
                    | Act::NotAccept(_)
                    | Act::Redirect(_)
                    | Act::WithdrawGrant(_)
                    | Act::NoCorrection(_)
            )
        })
    }
}

impl Board<'_> {
    fn days(
        &mut self,
        name: ClockName,
        holder: CityId,
        start: Day,
        limit: u16,
        done: Option<Day>,
    ) -> &mut Clock {
        self.paused(name, holder, start, limit, done, &[])
    }

    fn paused(
        &mut self,
        name: ClockName,
        holder: CityId,
        start: Day,
        limit: u16,
        done: Option<Day>,
        pauses: &[Pause],
    ) -> &mut Clock {
        let limit = u32::from(limit);
        let due = match self.calendar.due_with_pauses(start, limit, pauses) {
            Ok(due) => due.map_or(Due::Paused, Due::Day),
            Err(_) => Due::Unknown,
        };
        let used = |done| self.calendar.working_days_between(start, done, pauses).ok();
        let used = done.and_then(used);
        self.clocks.push(Clock {
            name,
            about: None,
            step: String::new(),
            holder,
            start,
            due,
            limit: Some(limit),
            done,
            used,
            pauses: pauses.to_vec(),
        });
        let last = self.clocks.len() - 1;
        &mut self.clocks[last]
    }

    /// What the window has to do, and the five days.
    fn window(&mut self, view: &View<'_>) {
        let state = self.state;
        let receiver = state.receiver;
        let papers = state.papers_day();
        let answered = state.answered_on();
        if !state.own_power() {
            let pushed = state
                .pushes()
                .filter(|(_, by, _)| *by == receiver)
                .filter_map(|(id, _, _)| Some(state.facts.get(&id)?.day()))
                .filter(|day| *day >= papers)
                .min();
            let done = pushed.or(answered);
            self.days(
                ClockName::Push,
                receiver,
                papers,
                self.limits.push_days,
                done,
            );
            self.originals(view);
        }
        let current = state.submission();
        let noticed = state
            .notices()
            .filter(|(_, notice)| notice.submission == current)
            .filter_map(|(id, _)| state.served_on(&id))
            .min();
        let days = u16::try_from(super::course::NOTICE_DAYS).unwrap_or(u16::MAX);
        let done = noticed.or(answered);
        self.days(ClockName::Notice, state.owner(), papers, days, done);
    }

    fn originals(&mut self, view: &View<'_>) {
        let state = self.state;
        let Some(guide) = state.guide(view) else {
            return;
        };
        let handed_in = state.materials();
        let here = |id: &String| handed_in.iter().any(|material| material.requirement == *id);
        let posted: Vec<&String> = guide
            .requirements
            .iter()
            .filter(|need| need.post && here(&need.id))
            .map(|need| &need.id)
            .collect();
        if posted.is_empty() {
            return;
        }
        let sent = state.day_of(|act| match act {
            Act::PapersSent(sent) => posted
                .iter()
                .all(|id| sent.papers.iter().any(|paper| paper.requirement == **id)),
            _ => false,
        });
        let (receiver, papers) = (state.receiver, state.receive.received);
        let limit = self.limits.originals_days;
        self.days(ClockName::OriginalsPost, receiver, papers, limit, sent);
    }

    /// Pushes and what follows their acknowledgement.
    fn handoffs(&mut self) {
        let state = self.state;
        for (id, from, push) in state.pushes() {
            let Some(start) = state.facts.get(&id).map(super::state::Fact::day) else {
                continue;
            };
            let answer = state.day_of(|act| match act {
                Act::Ack(answer) | Act::Recall(answer) => answer.push == id,
                Act::Decline(decline) => decline.push == id,
                _ => false,
            });
            let limit = self.limits.ack_days;
            let clock = self.days(ClockName::AckWait, from, start, limit, answer);
            clock.about = Some(id);
            if state.standing(&id, push) == PushStanding::Acked && push.to != state.receiver {
                self.acked(id, push.to);
            }
        }
    }

    fn acked(&mut self, push: EntryId, holder: CityId) {
        let state = self.state;
        let acks = state.facts.iter().filter_map(|(id, fact)| match &fact.act {
            Act::Ack(ack) if ack.push == push => Some((*id, fact.time)),
            _ => None,
        });
        let Some((ack, time)) = acks.min_by_key(|(id, time)| (*time, *id)) else {
            return;
        };
        let start = Day::from_unix_beijing(time);
        let looked = state.day_of(|act| matches!(act, Act::FirstLook(look) if look.ack == ack));
        // Who answered has looked.
        let spoke = state.facts.values().filter(|fact| {
            fact.by == holder && fact.act.class() == Class::Outward && fact.day() >= start
        });
        let looked = looked.or(spoke.map(|fact| fact.day()).min());
        let hours = u32::from(self.limits.view_hours) * 60;
        let due = self.calendar.due_minutes(time, hours);
        self.clocks.push(Clock {
            name: ClockName::View,
            about: Some(ack),
            step: String::new(),
            holder,
            start,
            due: due.map_or(Due::Unknown, Due::Moment),
            limit: None,
            done: looked,
            used: None,
            pauses: Vec::new(),
        });
        let limit = self.limits.recheck_days;
        let clock = self.days(ClockName::Recheck, holder, start, limit, looked);
        clock.about = Some(ack);
    }

    /// Notices that were served, and questions to other cities.
    fn corrections(&mut self) {
        let state = self.state;
        for (id, _) in state.notices() {
            let Some(start) = state.served_on(&id) else {
                continue;
            };
            let answered = state.facts.values().find_map(|fact| match &fact.act {
                Act::CorrectionSubmitted(sub) if sub.notice == Some(id) => Some(sub.on),
                Act::NoCorrection(end) if end.notice == id => Some(fact.day()),
                _ => None,
            });
            let (receiver, limit) = (state.receiver, self.limits.correction_days);
            let clock = self.days(ClockName::Correction, receiver, start, limit, answered);
            clock.about = Some(id);
        }
        for (id, fact, ask) in state.picked(|act| match act {
            Act::ConfirmAsk(ask) => Some(ask),
            _ => None,
        }) {
            let answered =
                state.day_of(|act| matches!(act, Act::ConfirmAnswer(answer) if answer.ask == id));
            let limit = self.limits.confirm_days;
            let clock = self.days(ClockName::Confirm, ask.to, fact.day(), limit, answered);
            clock.about = Some(id);
        }
    }

    /// From acceptance to service.
    fn decision(&mut self, view: &View<'_>) {
        let state = self.state;
        let item = view.item(&state.receive.item);
        let owner = state.owner();
        let over = state.ended_on();
        let decided = state.day_of(|act| matches!(act, Act::Decide(_)));
        if let Some(accepted) = state.accepted() {
            let promise = match state.joint(view) {
                Some(joint) => joint.days,
                None => item.map_or(0, |item| item.promise_days),
            };
            let limit = promise.saturating_add(state.extended().unwrap_or(0));
            let pauses = state.pauses();
            if limit > 0 || state.joint(view).is_none() {
                let done = decided.or(over);
                self.paused(ClockName::Decide, owner, accepted, limit, done, &pauses);
            }
        }
        for (id, _, start) in state.picked(|act| match act {
            Act::SpecialStart(start) => Some(start),
            _ => None,
        }) {
            let done = state.special_end(&id);
            let clock = self.days(ClockName::Special, owner, start.on, start.days, done);
            clock.about = Some(id);
        }
        if let Some(decided) = decided {
            let sent = state.day_of(|act| matches!(act, Act::SendResult(_)));
            let limit = self.limits.result_days;
            self.days(ClockName::ResultSend, owner, decided, limit, sent);
            let granted = state
                .decided()
                .is_some_and(|decide| decide.outcome != Outcome::Refused);
            if granted && item.is_some_and(|item| item.licence) {
                self.serve(owner, decided);
            }
            self.second_serve(owner);
        }
    }

    fn serve(&mut self, owner: CityId, decided: Day) {
        let served = self
            .state
            .facts
            .values()
            .filter_map(|fact| match &fact.act {
                Act::Served(served) => Some(served.on),
                _ => None,
            });
        let done = served.min();
        let due = decided.plus_days(i32::from(self.limits.serve_days));
        self.clocks.push(Clock {
            name: ClockName::Serve,
            about: None,
            step: String::new(),
            holder: owner,
            start: decided,
            due: Due::Day(due.unwrap_or(Day::MAX)),
            limit: None,
            done,
            used: None,
            pauses: Vec::new(),
        });
    }

    /// A certificate in two forms: the second is served after the first, also when the case is closed.
    fn second_serve(&mut self, owner: CityId) {
        let services = self.state.services();
        let Some(first) = services.first().copied() else {
            return;
        };
        if self.state.two_certs() {
            let due = first.plus_days(i32::from(self.limits.serve_days));
            self.clocks.push(Clock {
                name: ClockName::SecondServe,
                about: None,
                step: String::new(),
                holder: owner,
                start: first,
                due: Due::Day(due.unwrap_or(Day::MAX)),
                limit: None,
                done: services.get(1).copied(),
                used: None,
                pauses: Vec::new(),
            });
        }
    }

    /// Jumps to another system: the matter comes back within the promise, or somebody asks.
    fn outside(&mut self, view: &View<'_>) {
        let state = self.state;
        let item = view.item(&state.receive.item);
        let limit = item.map_or(0, |item| item.promise_days);
        let owner = state.owner();
        for outside in state.outside() {
            let back = outside.back.map(|back| back.on).or(state.ended_on());
            let clock = self.days(ClockName::BackFlow, owner, outside.on, limit, back);
            clock.about = Some(outside.id);
        }
    }

    /// Steps of joint handling: waiting to be taken, running, urgent.
    fn steps(&mut self, view: &View<'_>) {
        let state = self.state;
        let Some(joint) = state.joint(view) else {
            return;
        };
        let over = state.ended_on();
        for sub in state.subs() {
            let Some(step) = joint.step(&sub.step) else {
                continue;
            };
            let released = sub
                .released
                .and_then(|id| state.facts.get(&id))
                .map(|fact| fact.day());
            if sub.city != joint.lead {
                let limit = self.limits.ack_days;
                let done = sub.taken.or(released).or(over);
                let clock = self.days(ClockName::AckWait, joint.lead, sub.opened, limit, done);
                clock.about = Some(sub.id);
                clock.step.clone_from(&sub.step);
            }
            let decided = sub.decided.map(|(_, _, day)| day);
            if let Some(taken) = sub.taken {
                let done = decided.or(released).or(over);
                let clock = self.days(ClockName::JointStep, sub.city, taken, step.days, done);
                clock.about = Some(sub.id);
                clock.step.clone_from(&sub.step);
            }
            if let (Some(days), Some(decided), true) = (step.urgent_days, decided, sub.granted()) {
                self.urgent(joint, step.id.as_str(), decided, days);
            }
        }
    }

    /// The person is without a standing until the step after this one is granted. The clock starts when the lead
    /// learns of it: with the refusal of a withdrawal, where there was one.
    fn urgent(&mut self, joint: &crate::agreement::Joint, step: &str, decided: Day, days: u16) {
        let state = self.state;
        let next = joint
            .steps
            .iter()
            .find(|next| next.undoes.is_none() && next.after.iter().any(|id| id == step));
        let Some(next) = next else {
            return;
        };
        let refused = state.day_of(|act| matches!(act, Act::WithdrawRefuse(_)));
        let start = refused.map_or(decided, |refused| refused.max(decided));
        let done = state
            .sub_of_step(&next.id)
            .and_then(|sub| sub.decided)
            .map(|(_, _, day)| day);
        let holder = joint.city(next);
        let clock = self.days(ClockName::Urgent, holder, start, days, done);
        clock.step.clone_from(&next.id);
    }

    /// Ratings, orders, complaints and commitments.
    fn followed_up(&mut self) {
        let state = self.state;
        for (id, rate) in state.ratings().into_values() {
            if rate.level < BAD_LEVEL {
                continue;
            }
            let start = state.facts[&id].day();
            let done = state.followed(&id);
            for (name, limit, step) in [
                (
                    ClockName::RatingContact,
                    self.limits.contact_days,
                    FollowStep::Contacted,
                ),
                (
                    ClockName::RatingMend,
                    self.limits.mend_days,
                    FollowStep::Mended,
                ),
            ] {
                let done = done.get(&step).copied();
                self.days(name, rate.city, start, limit, done).about = Some(id);
            }
        }
        for (id, fact) in &state.facts {
            let replied =
                || state.day_of(|act| matches!(act, Act::Reply(reply) if reply.to == *id));
            match &fact.act {
                Act::Complain(complaint) => {
                    let limit = self.limits.complaint_days;
                    let about = complaint.about;
                    self.days(ClockName::Complaint, about, fact.day(), limit, replied())
                        .about = Some(*id);
                }
                Act::Supervise(order) => {
                    self.fixed(
                        ClockName::Supervision,
                        *id,
                        order.to,
                        fact.day(),
                        order.due,
                        replied(),
                    );
                }
                Act::Commitment(commitment) => {
                    let kept = state.day_of(|act| {
                        matches!(act, Act::CommitmentChecked(check)
                            if check.commitment == *id && check.kept)
                    });
                    let owner = state.owner();
                    self.fixed(
                        ClockName::Commitment,
                        *id,
                        owner,
                        fact.day(),
                        commitment.due,
                        kept,
                    );
                }
                _ => {}
            }
        }
    }

    /// A clock whose last day an act names.
    fn fixed(
        &mut self,
        name: ClockName,
        about: EntryId,
        holder: CityId,
        start: Day,
        due: Day,
        done: Option<Day>,
    ) {
        self.clocks.push(Clock {
            name,
            about: Some(about),
            step: String::new(),
            holder,
            start,
            due: Due::Day(due),
            limit: None,
            done,
            used: None,
            pauses: Vec::new(),
        });
    }
}
