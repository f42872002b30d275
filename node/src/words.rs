//! What this program says to people, in Chinese or English by the locale: help, reasons, hints. Log lines are
//! not here; they are English, for operators and their tools.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

const ZH: &str = include_str!("../locales/zh.ftl");
const EN: &str = include_str!("../locales/en.ftl");

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Chooses by the locale; Chinese where there is none.
    pub fn of(env: impl Fn(&str) -> Option<String>) -> Lang {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(env)
            .find(|value| !value.is_empty());
        match locale {
            Some(value) if !value.to_ascii_lowercase().starts_with("zh") => Lang::En,
            _ => Lang::Zh,
        }
    }
}

/// The words of one language.
pub struct Words(FluentBundle<FluentResource>);

impl Words {
    /// Takes the language of the environment.
    pub fn of_environment() -> Words {
        Words::new(Lang::of(|name| std::env::var(name).ok()))
    }

    /// Loads a language. The files are part of the program, and a test reads both whole.
    pub fn new(lang: Lang) -> Words {
        let (locale, text) = match lang {
            Lang::Zh => ("zh", ZH),
            Lang::En => ("en", EN),
        };
        let locales = locale.parse().into_iter().collect::<Vec<_>>();
        let mut bundle = FluentBundle::new_concurrent(locales);
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Words(bundle)
    }

    /// Finds a text and fills its variables in; the id where there is none.
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        self.find(id, values).unwrap_or_else(|| id.to_owned())
    }

    fn find(&self, id: &str, values: &[(&str, &str)]) -> Option<String> {
        let pattern = self.0.get_message(id)?.value()?;
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, *value);
        }
        let mut errors = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&args), &mut errors);
        Some(text.into_owned())
    }

    /// Puts the words of the language into a command line.
    pub fn command(&self, command: Command) -> Command {
        let version = option("version", 'V', ArgAction::Version);
        let command = command.disable_version_flag(true).arg(version);
        self.localised(command, "help", "tongband")
    }

    fn localised(&self, command: Command, id: &str, path: &str) -> Command {
        let say = |id: &str| self.say(id, &[]);
        let template = format!(
            "{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}",
            say("heading-usage")
        );
        let mut usage = path.to_owned();
        for arg in command.get_arguments().filter(|arg| arg.is_required_set()) {
            let long = arg.get_long().unwrap_or_default();
            let names = arg.get_value_names().unwrap_or_default();
            let value = names.first().map_or(long, |name| name.as_str());
            usage.push_str(&format!(" --{long} <{value}>"));
        }
        usage.push_str(&format!(" {}", say("usage-options")));
        if command.has_subcommands() {
            usage.push_str(&format!(" {}", say("usage-command")));
        }
        command
            .about(say(id))
            .help_template(template)
            .override_usage(usage)
            .subcommand_help_heading(say("heading-commands"))
            .disable_help_subcommand(true)
            .disable_help_flag(true)
            .arg(option("help", 'h', ArgAction::Help))
            .mut_args(|arg| {
                let help = say(&format!("opt-{}", arg.get_long().unwrap_or_default()));
                let takes = arg.get_action().takes_values();
                let arg = arg.help(help).help_heading(say("heading-options"));
                match takes {
                    true => arg.hide_possible_values(true).hide_default_value(true),
                    false => arg,
                }
            })
            .mut_subcommands(|sub| {
                let id = format!("{id}-{}", sub.get_name());
                let path = format!("{path} {}", sub.get_name());
                self.localised(sub, &id, &path)
            })
    }

    /// Says what is wrong with a command line.
    pub fn usage(&self, error: &clap::Error) -> String {
        let of = |kind| match error.get(kind) {
            Some(ContextValue::Strings(list)) => list.join(" "),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let (id, args) = match error.kind() {
            ErrorKind::MissingRequiredArgument => ("usage-missing", of(ContextKind::InvalidArg)),
            ErrorKind::UnknownArgument => ("usage-unknown", of(ContextKind::InvalidArg)),
            ErrorKind::InvalidSubcommand => ("usage-unknown", of(ContextKind::InvalidSubcommand)),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                ("usage-value", of(ContextKind::InvalidArg))
            }
            ErrorKind::ArgumentConflict => ("usage-conflict", of(ContextKind::InvalidArg)),
            _ => ("usage-other", String::new()),
        };
        self.say(id, &[("args", &args)])
    }
}

fn option(name: &'static str, short: char, action: ArgAction) -> Arg {
    Arg::new(name).long(name).short(short).action(action)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;
    use crate::failure::Kind;

    fn ids(text: &str) -> BTreeSet<&str> {
        let lines = text.lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(id, _)| id).collect()
    }

    fn arguments(command: &Command, id: &str, found: &mut BTreeSet<String>) {
        found.insert(id.to_owned());
        let longs = command.get_arguments().filter_map(|arg| arg.get_long());
        found.extend(longs.map(|long| format!("opt-{long}")));
        for sub in command.get_subcommands() {
            arguments(sub, &format!("{id}-{}", sub.get_name()), found);
        }
    }

    #[test]
    fn the_locale_chooses() {
        let check = |value: Option<&str>, lang| {
            let env = |name: &str| value.filter(|_| name == "LANG").map(str::to_owned);
            assert_eq!(Lang::of(env), lang, "{value:?}");
        };
        check(None, Lang::Zh);
        check(Some("zh_CN.UTF-8"), Lang::Zh);
        check(Some("C"), Lang::En);
        check(Some("en_US.UTF-8"), Lang::En);
    }

    #[test]
    fn both_languages_have_every_word_and_no_other() {
        assert_eq!(ids(ZH), ids(EN));
        for text in [ZH, EN] {
            assert!(FluentResource::try_new(text.to_owned()).is_ok());
        }
        let mut used = BTreeSet::new();
        arguments(
            &Words::new(Lang::En).command(Cli::command()),
            "help",
            &mut used,
        );
        for kind in Kind::ALL {
            used.extend([kind.code().to_owned(), format!("{}-hint", kind.code())]);
        }
        let source = [
            include_str!("words.rs"),
            include_str!("backup.rs"),
            include_str!("failure.rs"),
            include_str!("init.rs"),
            include_str!("keys.rs"),
            include_str!("rotate.rs"),
        ]
        .concat();
        for id in ids(ZH) {
            let literal = source.contains(&format!("\"{id}\""));
            assert!(
                literal || used.contains(id) || id == "message",
                "{id} is never used"
            );
        }
        for id in &used {
            assert!(ids(ZH).contains(id.as_str()), "{id} is missing");
        }
    }

    #[test]
    fn help_and_mistakes_are_in_the_language() {
        let words = Words::new(Lang::Zh);
        let mut command = words.command(Cli::command());
        command.build();
        let run = command.find_subcommand_mut("run").unwrap();
        let help = run.render_help().to_string();
        assert!(
            help.contains("用法：") && help.contains("密钥口令文件"),
            "{help}"
        );
        for english in ["[OPTIONS]", "possible values", "Print help"] {
            assert!(!help.contains(english), "{help}");
        }
        let error = words
            .command(Cli::command())
            .try_get_matches_from(["tongband", "rum"]);
        assert!(words.usage(&error.unwrap_err()).contains("没有“rum”"));
    }
}
