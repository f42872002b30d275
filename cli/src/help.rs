//! Help in the user's language: the words for commands, options and arguments come from the catalogue, under
//! ids made of their place or name (`help-case-push`, `opt-officer`, `arg-case`).

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::args::Cli;
use crate::catalogue::Catalogue;
use crate::exit::Exit;

/// Makes the whole command line with the words of a language.
pub fn command(say: &Catalogue) -> Command {
    let version = Arg::new("version")
        .long("version")
        .short('V')
        .action(ArgAction::Version);
    let root = Cli::command()
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .arg(version);
    localised(root, "help", say).after_help(epilogue(say))
}

fn localised(command: Command, id: &str, say: &Catalogue) -> Command {
    let template = format!(
        "{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
        say.t("help-heading-usage")
    );
    let help = Arg::new("help")
        .long("help")
        .short('h')
        .action(ArgAction::Help);
    let command = match say.find(id, &[]) {
        Some(about) => command.about(about),
        None => command,
    };
    command
        .help_template(template)
        .subcommand_help_heading(say.t("help-heading-commands"))
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(help)
        .mut_args(|arg| with_help(arg, say))
        .mut_subcommands(|sub| {
            let id = format!("{id}-{}", sub.get_name());
            localised(sub, &id, say)
        })
}

fn with_help(arg: Arg, say: &Catalogue) -> Arg {
    let heading = match (arg.is_positional(), arg.is_global_set()) {
        (true, _) => say.t("help-heading-arguments"),
        (false, false) => say.t("help-heading-options"),
        (false, true) => say.t("help-heading-global"),
    };
    match say.find(&message_id(&arg), &[]) {
        Some(help) => arg.help(help).help_heading(heading),
        None => arg.help_heading(heading),
    }
}

/// Names an argument in the catalogue: its long option, or its place holder.
pub fn message_id(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("opt-{long}"),
        None => format!("arg-{}", arg.get_id().as_str().replace('_', "-")),
    }
}

fn epilogue(say: &Catalogue) -> String {
    let mut text = format!("{}\n", say.t("help-exit-codes"));
    for exit in Exit::ALL {
        let number = exit.code().to_string();
        let meaning = say.term("exit", &number);
        text.push_str(&format!("  {number:>3}  {meaning}\n"));
    }
    text
}
