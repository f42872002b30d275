//! One file for each command: raw arguments become checked ones, the node is asked, the answer is shown.

pub mod agreement;
pub mod case;
pub mod city;
pub mod evidence;
pub mod explain;
pub mod init;
pub mod parcel;
pub mod scenario;
pub mod settle;
pub mod status;
pub mod verify;

use tongban_ledger::answer::Done;
use tongban_ledger::command::Command;

use crate::args::Sub;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::receipt;
use crate::source::Source;

/// Raw arguments that become a command of the node once they are checked.
pub trait Act {
    /// Checks the arguments.
    ///
    /// # Errors
    /// A mistake in them, or a file or prompt that does not give what it should.
    fn check(self, source: &mut dyn Source) -> Result<Command, CliError>;
}

/// Runs a command.
///
/// # Errors
/// [`CliError`].
pub async fn run(command: Sub, context: &Context<'_>) -> Result<Shown, CliError> {
    match command {
        Sub::Init(args) => init::run(args, context),
        Sub::Status => status::run(context).await,
        Sub::Agreement(sub) => agreement::run(sub, context).await,
        Sub::City(sub) => act(sub, context).await,
        Sub::Case(sub) => case::run(sub, context).await,
        Sub::Parcel(sub) => parcel::run(sub, context).await,
        Sub::Settle(sub) => settle::run(sub, context).await,
        Sub::Evidence(sub) => evidence::run(sub, context).await,
        Sub::Verify => verify::run(context).await,
        Sub::Scenario(sub) => scenario::run(sub, context).await,
        Sub::Explain(args) => explain::run(&args, context.say),
    }
}

/// Checks the arguments of an act, gives the command to the node and shows what it did.
///
/// # Errors
/// [`CliError`].
pub async fn act(raw: impl Act, context: &Context<'_>) -> Result<Shown, CliError> {
    let command = raw.check(&mut context.terminal())?;
    give(&command, context).await.map(|(shown, _)| shown)
}

/// Gives a command to the node and shows what it did.
///
/// # Errors
/// [`CliError`].
pub async fn give(command: &Command, context: &Context<'_>) -> Result<(Shown, Done), CliError> {
    let done = context
        .client
        .command(command, context.key())
        .await
        .map_err(|error| context.explain(error))?;
    Ok((Shown::new(&done, done_text(command, &done, context)), done))
}

fn done_text(command: &Command, done: &Done, context: &Context<'_>) -> String {
    let say = context.say;
    let what = say.term("done", &name(command).replace('.', "-"));
    let subject = done.number.clone().unwrap_or_else(|| short(&done.document));
    let mut text = format!(
        "{}\n",
        say.tf("done-line", &[("what", &what), ("subject", &subject)])
    );
    if done.repeated {
        text.push_str(&format!("{}\n", say.t("done-repeated")));
    }
    if let Some(paper) = &done.receipt {
        text.push_str(&receipt::receipt(paper, say));
    }
    text
}

/// Finds a command's name, as `case.push`.
pub fn name(command: &Command) -> String {
    // Only the tag is kept; the arguments may be personal.
    match serde_json::to_value(command) {
        Ok(value) => value["do"].as_str().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}

/// Shortens an id to what a command still takes for it.
pub fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// Writes a Unix time in Beijing, as `2026-09-07 10:15`.
pub fn time(unix: i64) -> String {
    let day = tongban_ledger::calendar::Day::from_unix_beijing(unix);
    let minutes = unix.saturating_add(8 * 3600).rem_euclid(86_400) / 60;
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// Writes a city's net or a sum in yuan.
pub fn money(fen: i64) -> String {
    tongban_ledger::money::Fen::new(fen).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_beijing() {
        assert_eq!(time(0), "1970-01-01 08:00");
        assert_eq!(time(1_788_796_740), "2026-09-07 23:59");
        assert_eq!(time(1_788_796_800), "2026-09-08 00:00");
    }
}
