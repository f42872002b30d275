//! A rehearsal: commands are carried out as ever, and what they did is forgotten.

use tongban_ledger::answer::{Done, RefusedAt};
use tongban_ledger::code::Code;
use tongban_ledger::command::Command;
use tongban_ledger::command::rehearse::{REHEARSED_MAX, Rehearse};

use crate::engine::sign::{CommandError, refuse};
use crate::engine::{Ctx, Engine};

impl Engine {
    /// Carries commands out up to the first that is refused. The caller forgets what they did.
    pub(super) fn rehearse(
        &mut self,
        ctx: &mut Ctx<'_>,
        args: &Rehearse,
    ) -> Result<Done, CommandError> {
        if args.commands.is_empty() {
            return Err(refuse(Code::Argument, "commands"));
        }
        if args.commands.len() > REHEARSED_MAX {
            return Err(refuse(Code::TooLarge, REHEARSED_MAX.to_string()));
        }
        if !args.commands.iter().all(may_be_rehearsed) {
            return Err(refuse(Code::Argument, "commands"));
        }
        for (at, command) in args.commands.iter().enumerate() {
            match self.carry_out(ctx, command) {
                Ok(_) => {}
                Err(CommandError::Read(error)) => return Err(error.into()),
                Err(CommandError::Refused(refusal)) => {
                    return Ok(Done {
                        refused: Some(RefusedAt { at, refusal }),
                        ..Done::default()
                    });
                }
            }
        }
        Ok(Done::default())
    }
}

/// Only what changes the agreement or the city's page: everything that it does in memory is forgotten with it.
const fn may_be_rehearsed(command: &Command) -> bool {
    matches!(
        command,
        Command::CityRoster(_) | Command::PublishGuide(_) | Command::ProposeBatch(_)
    )
}
