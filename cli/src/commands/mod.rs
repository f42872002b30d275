//! One file for each command: raw arguments become checked ones, the node is asked, the answer is shown.

pub mod agreement;
pub mod backup;
pub mod bill;
pub mod board;
pub mod bundle;
pub mod case;
pub mod city;
pub mod consult;
mod done;
pub mod evidence;
pub mod explain;
pub mod init;
pub mod key;
pub mod meeting;
mod month_end;
pub mod owed;
pub mod parcel;
mod parcel_import;
mod parcel_more;
mod parcel_show;
pub mod payment;
pub mod public;
pub mod resolution;
pub mod roster;
pub mod round;
pub mod scenario;
pub mod settle;
mod settled;
pub mod sim;
pub mod status;
pub mod verify;

use tongban_client::ClientError;
use tongban_identity::DivisionCode;
use tongban_ledger::answer::Done;
use tongban_ledger::command::Command;
use tongban_ledger::command::rehearse::Rehearse;

use crate::args::Sub;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Shown;
use crate::refusal;
use crate::source::Source;

/// Raw arguments that become a command of the node once they are checked.
pub trait Act {
    /// Gives the arguments that name a city, each with its option, so that names can become codes.
    fn cities(&mut self) -> Vec<(&'static str, &mut String)> {
        Vec::new()
    }

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
        Sub::Status(args) => status::run(&args, context).await,
        Sub::Agreement(sub) => agreement::run(sub, context).await,
        Sub::City(sub) => city::run(sub, context).await,
        Sub::Key(sub) => key::run(sub, context).await,
        Sub::Case(sub) => case::run(sub, context).await,
        Sub::Board(args) => board::run(args, context).await,
        Sub::Public(args) => public::run(args, context).await,
        Sub::Consult(sub) => consult::run(sub, context).await,
        Sub::Meeting(sub) => meeting::run(sub, context).await,
        Sub::Parcel(sub) => parcel::run(sub, context).await,
        Sub::Settle(sub) => settle::run(sub, context).await,
        Sub::Bill(sub) => bill::run(sub, context).await,
        Sub::Round(sub) => round::run(sub, context).await,
        Sub::Payment(sub) => payment::run(sub, context).await,
        Sub::Resolution(sub) => resolution::run(sub, context).await,
        Sub::Evidence(sub) => evidence::run(sub, context).await,
        Sub::Bundle(sub) => bundle::run(sub, context).await,
        Sub::Verify => verify::run(context).await,
        Sub::Backup(sub) => backup::run(sub, context).await,
        Sub::Scenario(sub) => scenario::run(sub, context).await,
        Sub::Sim(sub) => sim::run(sub, context),
        Sub::Explain(args) => explain::run(&args, context.say),
    }
}

/// Checks the arguments of an act, gives the command to the node and shows what it did.
///
/// # Errors
/// [`CliError`].
pub async fn act(mut raw: impl Act, context: &Context<'_>) -> Result<Shown, CliError> {
    name_cities(raw.cities(), context).await?;
    let command = raw.check(&mut context.terminal())?;
    give(&command, context).await.map(|(shown, _)| shown)
}

/// Replaces names of cities by their codes. The node is asked only if there is a name.
///
/// # Errors
/// `E_ARGUMENT` for a name that no member has.
pub async fn name_cities(
    places: Vec<(&'static str, &mut String)>,
    context: &Context<'_>,
) -> Result<(), CliError> {
    let mut named: Vec<_> = places
        .into_iter()
        .filter(|(_, text)| text.trim().parse::<DivisionCode>().is_err())
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let cities = context.cities().await;
    for (option, text) in &mut named {
        **text = cities.find(text, option, context.say)?.to_string();
    }
    Ok(())
}

/// Gives a command to the node and shows what it did.
///
/// # Errors
/// [`CliError`].
pub async fn give(command: &Command, context: &Context<'_>) -> Result<(Shown, Done), CliError> {
    let done = match context.client.command(command, context.key()).await {
        Ok(done) => done,
        Err(error) => return Err(refusal::explain(error, command, context).await),
    };
    let text = done::text(command, &done, context).await;
    Ok((Shown::new(&done, text), done))
}

/// Has the node judge commands as if they were given, and refuses with the first that it would refuse.
///
/// # Errors
/// [`CliError`].
pub async fn rehearse(commands: Vec<Command>, context: &Context<'_>) -> Result<(), CliError> {
    if commands.is_empty() {
        return Ok(());
    }
    let whole = Command::Rehearse(Rehearse { commands });
    let done = match context.client.command(&whole, context.key()).await {
        Ok(done) => done,
        Err(error) => return Err(context.explain(error)),
    };
    let (Some(found), Command::Rehearse(rehearsed)) = (done.refused, &whole) else {
        return Ok(());
    };
    let error = ClientError::Refused(found.refusal);
    match rehearsed.commands.get(found.at) {
        Some(command) => Err(refusal::explain(error, command, context).await),
        None => Err(context.explain(error)),
    }
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
