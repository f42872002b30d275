//! Commands beside the straight way of a case: pauses, withdrawal, questions, ratings, papers, steps.

use tongban_ledger::answer::Done;
use tongban_ledger::case::Outcome;
use tongban_ledger::case::{
    Act, Annul, Archive, Case, Commitment, CommitmentChecked, Compared, Complain, ConfirmAnswer,
    ConfirmAsk, Contact, Extend, FollowUp, IssueCert, NoCorrection, Officer, Paper, PapersAgreed,
    PapersMended, PapersSent, PapersTaken, PreReview, Rate, Redirect, Reply, SpecialEnd,
    SpecialStart, State, SubDecide, SubOpen, SubProgress, SubRecall, SubRelease, Supervise,
    UndoAsk, WithdrawGrant, WithdrawRefuse, WithdrawRequest,
};
use tongban_ledger::code::Code;
use tongban_ledger::command::{Command, beside};
use tongban_ledger::{AgreementId, EntryId};

use crate::db::unhex;
use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};
use crate::seal::{Certificate, Private};

/// An act with what is sealed beside it.
pub(super) type Made = Result<(Act, Private), CommandError>;

impl Engine {
    /// Carries out a command beside the straight way; none if it is another one.
    pub(super) fn case_beside(
        &mut self,
        ctx: &mut Ctx<'_>,
        command: &Command,
    ) -> Result<Option<Done>, CommandError> {
        let Some(reference) = command.case() else {
            return Ok(None);
        };
        let (document, state) = self.case_state(ctx, reference)?;
        let agreement = self
            .record(ctx.store, &document)?
            .ok_or(Code::NotFound)?
            .agreement;
        let Some(made) = self
            .course(ctx, &state, command)
            .or_else(|| self.concern(&state, command))
            .or_else(|| self.papers(&state, command))
            .or_else(|| self.steps(&agreement, &state, command))
            .or_else(|| super::external::act(ctx, &state, command))
            .or_else(|| self.handover_act(ctx, &agreement, &state, command))
        else {
            return Ok(None);
        };
        let (act, private) = made?;
        let entry = self.sign_act::<Case>(ctx, &document, &act, private)?;
        Ok(Some(self.case_done(&state, document, vec![entry])))
    }

    fn course(&self, ctx: &Ctx<'_>, state: &State, command: &Command) -> Option<Made> {
        let made = match command {
            Command::CaseRedirect(args) => self.redirect(args),
            Command::CaseSpecialStart(args) => worded(&args.text).map(|private| {
                let start = SpecialStart {
                    kind: args.kind,
                    on: args.on.unwrap_or_else(|| ctx.now.day()),
                    days: args.days,
                    basis: args.basis.clone(),
                    officer: officer(&args.officer),
                };
                (Act::SpecialStart(start), private)
            }),
            Command::CaseSpecialEnd(args) => state
                .special_open()
                .ok_or_else(|| Code::NotFound.into())
                .map(|start| {
                    let end = SpecialEnd {
                        start,
                        on: args.on.unwrap_or_else(|| ctx.now.day()),
                        officer: officer(&args.officer),
                    };
                    (Act::SpecialEnd(end), words(&args.text))
                }),
            Command::CaseExtend(args) => worded(&args.text).map(|private| {
                let extend = Extend {
                    days: args.days,
                    basis: args.basis.clone(),
                    officer: officer(&args.officer),
                    second: officer(&args.second),
                };
                (Act::Extend(extend), private)
            }),
            Command::CaseAnnul(args) => worded(&args.text).map(|private| {
                let annul = Annul {
                    basis: args.basis.clone(),
                    officer: officer(&args.officer),
                    second: officer(&args.second),
                };
                (Act::Annul(annul), private)
            }),
            Command::CaseNoCorrection(args) => open_notice(state, args),
            Command::CaseArchive(args) => {
                let package = state.package();
                let officer = officer(&args.officer);
                plain(Act::Archive(Archive { package, officer }))
            }
            Command::CaseIssueCert(args) => issue_cert(args),
            other => return withdrawal(state, other).or_else(|| before(state, other)),
        };
        Some(made)
    }

    fn redirect(&self, args: &beside::Redirect) -> Made {
        let to = args.to.map(|to| self.city_of(to)).transpose()?;
        let redirect = Redirect {
            to,
            basis: args.basis.clone(),
            officer: officer(&args.officer),
        };
        Ok((Act::Redirect(redirect), worded(&args.text)?))
    }

    /// Questions, orders, complaints and ratings.
    fn concern(&self, state: &State, command: &Command) -> Option<Made> {
        let made = match command {
            Command::CaseAsk(args) => self.city_of(args.to).and_then(|to| {
                let officer = officer(&args.officer);
                Ok((
                    Act::ConfirmAsk(ConfirmAsk { to, officer }),
                    worded(&args.text)?,
                ))
            }),
            Command::CaseAnswer(args) => {
                let open = state.unanswered().into_iter().map(|(id, _)| id);
                the_one(open, all(state), args.of.as_deref()).map(|ask| {
                    let answer = ConfirmAnswer {
                        ask,
                        confirmed: args.yes,
                        means: args.means,
                        callee: args.callee.as_deref().map(officer),
                        officer: officer(&args.officer),
                    };
                    (Act::ConfirmAnswer(answer), words(&args.text))
                })
            }
            Command::CaseContact(args) => {
                let subs = state.subs().into_iter();
                let waiting = subs.filter(|sub| sub.taken.is_none()).map(|sub| sub.id);
                let open = state.waiting_pushes().map(|(id, _, _)| id).chain(waiting);
                the_one(open, all(state), args.of.as_deref()).map(|about| {
                    let contact = Contact {
                        about,
                        means: args.means,
                        callee: officer(&args.callee),
                        officer: officer(&args.officer),
                    };
                    (Act::Contact(contact), Private::default())
                })
            }
            Command::CaseSupervise(args) => self.city_of(args.to).map(|to| {
                let order = Supervise {
                    to,
                    reason: args.reason.clone(),
                    due: args.due,
                    officer: officer(&args.officer),
                };
                (Act::Supervise(order), words(&args.text))
            }),
            Command::CaseComplain(args) => self.city_of(args.about).map(|about| {
                let reason = args.reason.clone();
                (Act::Complain(Complain { about, reason }), words(&args.text))
            }),
            Command::CaseReply(args) => the_one(unreplied(state), all(state), args.of.as_deref())
                .map(|to| {
                    let officer = officer(&args.officer);
                    (Act::Reply(Reply { to, officer }), words(&args.text))
                }),
            Command::CaseRate(args) => self.rate(state, args),
            Command::CaseFollowUp(args) => {
                let ratings = state.ratings().into_values();
                let bad = ratings.filter(|(_, rate)| rate.level >= tongban_ledger::case::BAD_LEVEL);
                the_one(bad.map(|(id, _)| id), all(state), args.of.as_deref()).map(|rating| {
                    let follow = FollowUp {
                        rating,
                        step: args.step,
                        officer: officer(&args.officer),
                    };
                    (Act::FollowUp(follow), words(&args.text))
                })
            }
            _ => return None,
        };
        Some(made)
    }

    fn rate(&self, state: &State, args: &beside::Rate) -> Made {
        let city = match args.city {
            Some(city) => self.city_of(city)?,
            None => state.owner(),
        };
        let rate = Rate {
            channel: args.channel,
            visit: args.visit,
            level: args.level,
            city,
            target: args.target,
        };
        Ok((Act::Rate(rate), words(&args.text)))
    }

    /// Hand-over lists.
    fn papers(&self, state: &State, command: &Command) -> Option<Made> {
        let made = match command {
            Command::CaseSendPapers(args) => self.send_papers(args),
            Command::CaseTakePapers(args) => self.take_papers(state, args),
            Command::CaseMendPapers(args) => the_one(
                state.differences().into_iter(),
                all(state),
                args.of.as_deref(),
            )
            .and_then(|taken| {
                let papers = match (&args.papers, state.facts.get(&taken)) {
                    (Some(papers), _) => sorted(papers),
                    (None, Some(fact)) => match &fact.act {
                        Act::PapersTaken(taken) => taken.found.clone(),
                        _ => return Err(Code::NotFound.into()),
                    },
                    (None, None) => return Err(Code::NotFound.into()),
                };
                let officer = officer(&args.officer);
                plain(Act::PapersMended(PapersMended {
                    taken,
                    papers,
                    officer,
                }))
            }),
            Command::CaseAgreePapers(args) => {
                let mended = state.differences().into_iter();
                let mended = mended.filter_map(|taken| Some(state.papers_mended(&taken)?.0));
                the_one(mended, all(state), args.of.as_deref()).and_then(|mended| {
                    let officer = officer(&args.officer);
                    plain(Act::PapersAgreed(PapersAgreed { mended, officer }))
                })
            }
            _ => return None,
        };
        Some(made)
    }

    fn send_papers(&self, args: &beside::SendPapers) -> Made {
        let to = args.to.map(|to| self.city_of(to)).transpose()?;
        plain(Act::PapersSent(PapersSent {
            to,
            tracking: args.tracking.clone(),
            papers: sorted(&args.papers),
            officer: officer(&args.officer),
        }))
    }

    fn take_papers(&self, state: &State, args: &beside::CountPapers) -> Made {
        let own = self.own.city;
        let sent = state.papers_sent();
        let here =
            sent.filter(|(id, _, sent)| sent.to == Some(own) && state.papers_taken(id).is_none());
        let here: Vec<EntryId> = here.map(|(id, _, _)| id).collect();
        let sent = the_one(here.into_iter(), all(state), args.of.as_deref())?;
        let listed = state.papers_sent().find(|(id, _, _)| *id == sent);
        let found = match (&args.papers, listed) {
            (Some(papers), _) => sorted(papers),
            (None, Some((_, _, list))) => list.papers.clone(),
            (None, None) => return Err(Code::NotFound.into()),
        };
        let officer = officer(&args.officer);
        plain(Act::PapersTaken(PapersTaken {
            sent,
            found,
            officer,
        }))
    }

    /// Joint handling.
    fn steps(&self, agreement: &AgreementId, state: &State, command: &Command) -> Option<Made> {
        let sub = |step: &str| {
            let found = state.sub_of_step(step).map(|sub| sub.id);
            found.ok_or_else(|| refuse(Code::NotFound, step.to_owned()))
        };
        let made = match command {
            Command::CaseOpenStep(args) => {
                let to = self.with_view(agreement, |view| {
                    let joint = state.joint(view).ok_or(Code::Mode)?;
                    let step = joint.step(&args.step).ok_or(Code::NotFound)?;
                    Ok::<_, Code>(joint.city(step))
                });
                to.unwrap_or(Err(Code::Agreement))
                    .map_err(|code| refuse(code, args.step.clone()))
                    .and_then(|to| {
                        plain(Act::SubOpen(SubOpen {
                            step: args.step.clone(),
                            to,
                            officer: officer(&args.officer),
                            after: state.releases_of(&args.step),
                        }))
                    })
            }
            Command::CaseStepProgress(args) => sub(&args.step).map(|sub| {
                let progress = SubProgress {
                    sub,
                    what: args.what.clone(),
                    officer: officer(&args.officer),
                };
                (Act::SubProgress(progress), words(&args.text))
            }),
            Command::CaseDecideStep(args) => sub_or_released(state, &args.step).and_then(|sub| {
                if args.outcome == Outcome::Refused && args.text.trim().is_empty() {
                    return Err(refuse(Code::Argument, "text"));
                }
                let decide = SubDecide {
                    sub,
                    outcome: args.outcome,
                    officer: officer(&args.officer),
                };
                Ok((Act::SubDecide(decide), words(&args.text)))
            }),
            Command::CaseReleaseStep(args) => sub(&args.step).and_then(|sub| {
                let request = state.withdrawal().ok_or(Code::NotFound)?;
                let officer = officer(&args.officer);
                plain(Act::SubRelease(SubRelease {
                    sub,
                    request,
                    officer,
                }))
            }),
            Command::CaseRecallStep(args) => sub(&args.step).and_then(|sub| {
                let officer = officer(&args.officer);
                plain(Act::SubRecall(SubRecall { sub, officer }))
            }),
            Command::CaseAskUndo(args) => plain(Act::UndoAsk(UndoAsk {
                step: args.step.clone(),
                officer: officer(&args.officer),
            })),
            _ => return None,
        };
        Some(made)
    }
}

/// E23.
fn withdrawal(state: &State, command: &Command) -> Option<Made> {
    let made = match command {
        Command::CaseWithdraw(args) => {
            let officer = officer(&args.officer);
            let request = WithdrawRequest { officer };
            Ok((Act::WithdrawRequest(request), words(&args.text)))
        }
        Command::CaseGrantWithdrawal(args) => request(state).map(|request| {
            let grant = WithdrawGrant {
                request,
                releases: state.releases(),
                officer: officer(&args.officer),
            };
            (Act::WithdrawGrant(grant), words(&args.text))
        }),
        Command::CaseRefuseWithdrawal(args) => request(state).and_then(|request| {
            let refuse = WithdrawRefuse {
                request,
                because: None,
                officer: Some(officer(&args.officer)),
            };
            Ok((Act::WithdrawRefuse(refuse), worded(&args.text)?))
        }),
        _ => return None,
    };
    Some(made)
}

fn request(state: &State) -> Result<EntryId, CommandError> {
    state.withdrawal().ok_or_else(|| Code::NotFound.into())
}

/// Commitments and reviews before the case is accepted.
fn before(state: &State, command: &Command) -> Option<Made> {
    let made = match command {
        Command::CaseCommit(args) => plain(Act::Commitment(Commitment {
            missing: args.missing.clone(),
            due: args.due,
            officer: officer(&args.officer),
        })),
        Command::CaseCheckCommitment(args) => {
            let open = state.open_commitments().into_iter().map(|(id, _)| id);
            the_one(open, all(state), args.of.as_deref()).map(|commitment| {
                let check = CommitmentChecked {
                    commitment,
                    kept: args.yes,
                    officer: officer(&args.officer),
                };
                (Act::CommitmentChecked(check), words(&args.text))
            })
        }
        Command::CasePreReview(args) => {
            let review = PreReview {
                passed: args.yes,
                submission: state.submission(),
                officer: officer(&args.officer),
            };
            Ok((Act::PreReview(review), words(&args.text)))
        }
        Command::CaseCompare(args) => state
            .pre_review()
            .ok_or_else(|| Code::NotFound.into())
            .and_then(|(review, _)| {
                plain(Act::Compared(Compared {
                    review,
                    different: args.different.clone(),
                    officer: officer(&args.officer),
                }))
            }),
        _ => return None,
    };
    Some(made)
}

fn open_notice(state: &State, args: &beside::OnAct) -> Made {
    let open = state.open_notices().into_iter();
    let notice = the_one(open, all(state), args.of.as_deref())?;
    let officer = officer(&args.officer);
    let end = NoCorrection { notice, officer };
    Ok((Act::NoCorrection(end), words(&args.text)))
}

/// E19: what identifies the certificate is sealed; its file is checked against the hash where it is opened.
fn issue_cert(args: &beside::IssueCert) -> Made {
    let digits = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if args.number.trim().is_empty() || args.issuer.trim().is_empty() {
        return Err(refuse(Code::Argument, "number"));
    }
    if args.electronic && (!digits(&args.sha256) || args.seal.trim().is_empty()) {
        return Err(refuse(Code::Argument, "sha256"));
    }
    let cert = Certificate {
        number: args.number.clone(),
        issuer: args.issuer.clone(),
        sha256: args.sha256.to_ascii_lowercase(),
        seal: args.seal.clone(),
    };
    let private = Private {
        cert: Some(cert),
        ..Private::default()
    };
    let act = IssueCert {
        kind: args.kind.clone(),
        electronic: args.electronic,
        officer: officer(&args.officer),
    };
    Ok((Act::IssueCert(act), private))
}

/// The sub-case of a step, also one that was let go, so that the refusal says so.
fn sub_or_released(state: &State, step: &str) -> Result<EntryId, CommandError> {
    let subs = state.subs();
    let mut of = subs.iter().filter(|sub| sub.step == step);
    let found = state.sub_of_step(step).map(|sub| sub.id);
    found
        .or_else(|| of.next().map(|sub| sub.id))
        .ok_or_else(|| refuse(Code::NotFound, step.to_owned()))
}

pub(super) fn officer(number: &str) -> Officer {
    Officer(number.to_owned())
}

fn plain(act: Act) -> Made {
    Ok((act, Private::default()))
}

pub(super) fn words(text: &str) -> Private {
    Private {
        text: (!text.trim().is_empty()).then(|| text.to_owned()),
        ..Private::default()
    }
}

/// Words that must not be missing.
fn worded(text: &str) -> Result<Private, CommandError> {
    if text.trim().is_empty() {
        return Err(refuse(Code::Argument, "text"));
    }
    Ok(words(text))
}

fn sorted(papers: &[Paper]) -> Vec<Paper> {
    let mut papers = papers.to_vec();
    papers.sort();
    papers
}

pub(super) fn all(state: &State) -> impl Iterator<Item = EntryId> {
    state.facts.keys().copied()
}

/// Orders and complaints without an answer.
fn unreplied(state: &State) -> impl Iterator<Item = EntryId> {
    let replied = |id: &EntryId| {
        let mut facts = state.facts.values();
        facts.any(|fact| matches!(&fact.act, Act::Reply(reply) if reply.to == *id))
    };
    state
        .facts
        .iter()
        .filter(move |(id, fact)| {
            matches!(fact.act, Act::Supervise(_) | Act::Complain(_)) && !replied(id)
        })
        .map(|(id, _)| *id)
}

/// The act that a command means: by the beginning of its id among all, else the only one that fits.
pub(super) fn the_one(
    fitting: impl Iterator<Item = EntryId>,
    all: impl Iterator<Item = EntryId>,
    named: Option<&str>,
) -> Result<EntryId, CommandError> {
    let meant: Vec<EntryId> = match named.map(|named| named.trim().to_ascii_lowercase()) {
        Some(named) => {
            if unhex(&named).is_none() {
                return Err(refuse(Code::Argument, "of"));
            }
            all.filter(|id| id.to_string().starts_with(&named))
                .collect()
        }
        None => fitting.collect(),
    };
    match meant.as_slice() {
        [] => Err(Code::NotFound.into()),
        [only] => Ok(*only),
        several => {
            let short = |id: &EntryId| id.to_string().chars().take(12).collect::<String>();
            let named: Vec<String> = several.iter().take(4).map(short).collect();
            Err(refuse(Code::Ambiguous, named.join(",")))
        }
    }
}
