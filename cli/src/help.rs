//! Help in the user's language: the words for commands, options and arguments come from the catalogue, under
//! ids made of their place or name (`help-case-push`, `opt-officer`, `arg-case`).

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::args::Cli;
use crate::catalogue::Catalogue;
use crate::exit::Exit;
use crate::words;

/// The command whose subcommands are too many for one list.
const GROUPED: &str = "tongban case";
/// Its groups: its heading, and the subcommands. What stands in none comes last.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "intake",
        &[
            "receive",
            "id-check",
            "original-check",
            "pre-review",
            "compare",
            "commit",
            "formal-pass",
            "push",
            "recall",
            "ack",
            "decline",
        ],
    ),
    (
        "course",
        &[
            "first-look",
            "accept",
            "not-accept",
            "notice",
            "notice-served",
            "submit-correction",
            "review",
            "decide",
            "issue-cert",
            "send-result",
            "served",
            "close",
            "check-cert",
        ],
    ),
    (
        "after",
        &[
            "redirect",
            "special-start",
            "special-end",
            "extend",
            "jump-out",
            "back-flow",
            "hand-over",
            "withdraw",
            "grant-withdrawal",
            "refuse-withdrawal",
            "no-correction",
            "check-commitment",
            "rate",
            "follow-up",
            "annul",
            "archive",
        ],
    ),
    (
        "joint",
        &[
            "open-step",
            "step-progress",
            "decide-step",
            "release-step",
            "recall-step",
            "ask-undo",
            "ask",
            "answer",
            "contact",
            "supervise",
            "complain",
            "reply",
        ],
    ),
    (
        "papers",
        &["send-papers", "take-papers", "mend-papers", "agree-papers"],
    ),
    (
        "look",
        &[
            "list",
            "show",
            "progress",
            "edit",
            "yield",
            "take-over",
            "retract",
        ],
    ),
];

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
    localised(root, "help", "tongban", say).after_help(epilogue(say))
}

/// Writes how a command is given, as `tongban case id-check TB-… --officer <工号>`; nothing for a name that
/// is no subcommand. The subject stands for the command's only plain argument.
pub fn line(name: &str, subject: &str, say: &Catalogue) -> Option<String> {
    let root = command(say);
    let mut found = &root;
    let mut text = "tongban".to_owned();
    for word in name.split('.') {
        found = found.find_subcommand(word)?;
        text.push_str(&format!(" {word}"));
    }
    if found.get_positionals().next().is_some() {
        text.push_str(&format!(" {subject}"));
    }
    text.push_str(&required_options(found));
    Some(text)
}

fn localised(command: Command, id: &str, path: &str, say: &Catalogue) -> Command {
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
    let name = command.get_name().to_owned();
    let command = command
        .help_template(template)
        .subcommand_help_heading(say.t("help-heading-commands"))
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .arg(help)
        .mut_args(|arg| with_help(arg, &name, say))
        .mut_subcommands(|sub| {
            let id = format!("{id}-{}", sub.get_name());
            let path = format!("{path} {}", sub.get_name());
            localised(sub, &id, &path, say)
        });
    let usage = usage(&command, path, say);
    match path == GROUPED {
        true => grouped(command.override_usage(usage), say),
        false => command.override_usage(usage),
    }
}

/// Lists the subcommands under headings, in the order in which a case goes.
fn grouped(command: Command, say: &Catalogue) -> Command {
    let about = |name: &str| {
        let found = command.find_subcommand(name)?;
        let about = found.get_about().map(ToString::to_string);
        Some(about.unwrap_or_default())
    };
    let named = |name: &&str| GROUPS.iter().any(|(_, names)| names.contains(name));
    let subs = command.get_subcommands().map(Command::get_name);
    let rest: Vec<&str> = subs.filter(|name| !named(name)).collect();
    let widest = command.get_subcommands().map(|sub| sub.get_name().len());
    let widest = widest.max().unwrap_or(0);
    let mut list = String::new();
    let headed = GROUPS
        .iter()
        .map(|(head, names)| (say.term("group", head), *names));
    let others = (say.t("help-heading-commands"), rest.as_slice());
    for (head, names) in headed.chain([others]) {
        let lines: String = names
            .iter()
            .filter_map(|name| Some(format!("  {name:widest$}  {}\n", about(name)?)))
            .collect();
        if !lines.is_empty() {
            list.push_str(&format!("{head}:\n{lines}\n"));
        }
    }
    let (usage, options) = (say.t("help-heading-usage"), say.t("help-heading-global"));
    command.help_template(format!(
        "{{about-with-newline}}\n{usage} {{usage}}\n\n{list}{options}:\n{{options}}"
    ))
}

/// Writes the usage line: path, options, subcommand or plain arguments.
fn usage(command: &Command, path: &str, say: &Catalogue) -> String {
    let mut text = format!("{path}{}", required_options(command));
    text.push_str(&format!(" {}", say.t("help-options")));
    if command.has_subcommands() {
        text.push_str(&format!(" {}", say.t("help-subcommand")));
    }
    for arg in command.get_positionals() {
        text.push_str(&match arg.is_required_set() {
            true => format!(" <{}>", placeholder(arg)),
            false => format!(" [{}]", placeholder(arg)),
        });
    }
    text
}

fn required_options(command: &Command) -> String {
    command
        .get_arguments()
        .filter(|arg| arg.is_required_set())
        .filter_map(|arg| {
            let long = arg.get_long()?;
            Some(format!(" --{long} <{}>", placeholder(arg)))
        })
        .collect()
}

fn placeholder(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().map(|name| name.as_str()).collect()
}

fn with_help(arg: Arg, command: &str, say: &Catalogue) -> Arg {
    let heading = match (arg.is_positional(), arg.is_global_set()) {
        (true, _) => say.t("help-heading-arguments"),
        (false, false) => say.t("help-heading-options"),
        (false, true) => say.t("help-heading-global"),
    };
    let own = own_message_id(&arg, command);
    let mut help = say
        .find(&own, &[])
        .or_else(|| say.find(&message_id(&arg), &[]))
        .unwrap_or_default();
    if let Some(words) = value_words(&arg, say) {
        help.push_str(&say.tf("help-words", &[("words", &words)]));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        let value = defaults.join(&say.t("list-comma"));
        help.push_str(&say.tf("help-default", &[("value", &value)]));
    }
    let names: Vec<String> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| translated(name, say))
        .collect();
    let mut arg = arg.help(help).help_heading(heading);
    if arg.get_action().takes_values() {
        arg = arg.hide_possible_values(true).hide_default_value(true);
    }
    match names.is_empty() {
        true => arg,
        false => arg.value_names(names),
    }
}

/// Lists the words that an option takes, with their meaning where they have one.
fn value_words(arg: &Arg, say: &Catalogue) -> Option<String> {
    if !arg.get_action().takes_values() {
        return None;
    }
    let values: Vec<PossibleValue> = arg.get_possible_values();
    if values.is_empty() {
        return None;
    }
    Some(match words::kind_of(&values) {
        Some(kind) => words::gloss(kind, say),
        None => {
            let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            names.join(&say.t("list-comma"))
        }
    })
}

/// Puts the language's words for those in capitals: `NAME=VALUE` becomes `名称=值`.
fn translated(name: &str, say: &Catalogue) -> String {
    let mut made = String::new();
    let mut word = String::new();
    for c in name.chars().chain(['\0']) {
        if c.is_ascii_uppercase() || c == '-' {
            word.push(c);
            continue;
        }
        let known = say.find(&format!("value-{}", word.to_ascii_lowercase()), &[]);
        made.push_str(&known.unwrap_or_else(|| word.clone()));
        word.clear();
        if c != '\0' {
            made.push(c);
        }
    }
    made
}

/// Names an argument in the catalogue: its long option, or its place holder.
pub fn message_id(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("opt-{long}"),
        None => format!("arg-{}", arg.get_id().as_str().replace('_', "-")),
    }
}

/// Names what an argument says in one command only, where it differs from the others.
pub fn own_message_id(arg: &Arg, command: &str) -> String {
    format!("own-{command}-{}", message_id(arg))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    #[test]
    fn a_line_names_what_the_command_needs() {
        let say = Catalogue::new(Lang::Zh);
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(line(name, "TB1", &say).as_deref(), expected);
        };
        check("case.push", Some("tongban case push TB1"));
        check(
            "case.id-check",
            Some("tongban case id-check TB1 --officer <工号>"),
        );
        check(
            "case.decide",
            Some("tongban case decide TB1 --outcome <决定> --officer <工号>"),
        );
        check("case.dance", None);
    }

    #[test]
    fn place_holders_are_in_the_language() {
        let check = |name: &str, zh: &str| {
            assert_eq!(translated(name, &Catalogue::new(Lang::Zh)), zh);
            assert_eq!(translated(name, &Catalogue::new(Lang::En)), name);
        };
        check("NAME=VALUE", "名称=值");
        check("FILE|-", "文件|-");
        check("STAFF-NO", "工号");
    }

    /// Every word in capitals that stands for a value has Chinese for it.
    #[test]
    fn every_place_holder_is_in_chinese() {
        fn each(command: &Command, wrong: &mut Vec<String>) {
            for arg in command.get_arguments() {
                let names = arg.get_value_names().unwrap_or_default();
                let takes = arg.get_action().takes_values();
                for name in names.iter().filter(|_| takes) {
                    let plain = name.replace(".csv", "");
                    if plain.bytes().any(|b| b.is_ascii_alphabetic()) {
                        wrong.push(format!("{} {name}", command.get_name()));
                    }
                }
            }
            command.get_subcommands().for_each(|sub| each(sub, wrong));
        }
        let mut wrong = Vec::new();
        each(&command(&Catalogue::new(Lang::Zh)), &mut wrong);
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn the_commands_of_a_case_stand_in_groups() {
        let say = Catalogue::new(Lang::Zh);
        let root = command(&say);
        let case = root.find_subcommand("case").expect("case");
        let names: Vec<String> = case
            .get_subcommands()
            .map(|sub| sub.get_name().to_owned())
            .collect();
        // Options of every command come to it when the line is read.
        let asked = command(&say).try_get_matches_from(["tongban", "case", "--help"]);
        let text = asked.expect_err("help").to_string();
        for name in &names {
            let line = format!("\n  {name} ");
            assert_eq!(text.matches(&line).count(), 1, "{name}: {text}");
        }
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
        assert!(at("收件与推送:") < at("\n  push ") && at("\n  push ") < at("受理到办结:"));
        assert!(text.contains("--dir"), "{text}");
        for (_, group) in GROUPS {
            for name in *group {
                assert!(names.iter().any(|known| known == name), "{name}");
            }
        }
    }

    #[test]
    fn help_glosses_words_and_has_no_english_frame() {
        let say = Catalogue::new(Lang::Zh);
        let mut root = command(&say);
        let mut decide = || {
            let case = root.find_subcommand_mut("case")?;
            let decide = case.find_subcommand_mut("decide")?;
            Some(decide.render_help().to_string())
        };
        let text = decide().expect("case decide");
        assert!(text.contains("refused（不予）"), "{text}");
        for english in ["possible values", "default:", "[OPTIONS]", "<CASE>"] {
            assert!(!text.contains(english), "{english}: {text}");
        }
        let text = root.render_help().to_string();
        assert!(
            text.contains("<命令>") && !text.contains("<COMMAND>"),
            "{text}"
        );
    }
}
