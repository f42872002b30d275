//! Commands about other systems in which an application goes on.

use tongban_ledger::EntryId;
use tongban_ledger::case::{Act, BackFlow, JumpOut, State, check_code};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;

use super::beside::{Made, all, officer, the_one, words};
use crate::engine::Ctx;
use crate::engine::sign::refuse;

/// The act of a command about another system; none if it is another command.
pub(super) fn act(ctx: &Ctx<'_>, state: &State, command: &Command) -> Option<Made> {
    let today = ctx.now.day();
    let made = match command {
        Command::CaseJumpOut(args) if check_code(&args.system).is_err() => {
            code_of(&args.system, "system-form")
        }
        Command::CaseBackFlow(args) if check_code(&args.number).is_err() => {
            code_of(&args.number, "number-form")
        }
        Command::CaseJumpOut(args) => {
            let jump = JumpOut {
                system: args.system.clone(),
                sso: args.sso,
                checked: args.checked.unwrap_or(today),
                officer: officer(&args.officer),
            };
            Ok((Act::JumpOut(jump), words(&args.text)))
        }
        Command::CaseBackFlow(args) => {
            let outside = state.outside();
            let away = outside.iter().filter(|jump| jump.back.is_none());
            let away: Vec<EntryId> = away.map(|jump| jump.id).collect();
            the_one(away.into_iter(), all(state), args.of.as_deref()).map(|jump| {
                let back = BackFlow {
                    jump,
                    number: args.number.clone(),
                    on: args.on.unwrap_or(today),
                    officer: officer(&args.officer),
                };
                (Act::BackFlow(back), words(&args.text))
            })
        }
        _ => return None,
    };
    Some(made)
}

/// Refuses a text that is no code, naming the argument and why.
fn code_of(text: &str, about: &'static str) -> Made {
    let code = check_code(text).err().unwrap_or(Code::Argument);
    Err(refuse(code, about))
}
