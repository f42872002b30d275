//! The one catalogue of messages, in Chinese and English (`cli/locales`). It decides no wording by itself:
//! every word that people read comes from there.

use std::ffi::OsString;

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
    /// Chooses the language: `--lang`, else the locale of the environment; Chinese where neither says anything.
    ///
    /// The arguments are looked at before they are parsed, because help and errors need the language too.
    pub fn choose(arguments: &[OsString], env: impl Fn(&str) -> Option<String>) -> Lang {
        option_value(arguments, "--lang")
            .and_then(|text| Lang::named(&text))
            .unwrap_or_else(|| Lang::of_locale(env))
    }

    /// Finds the language of an option's value.
    pub fn named(text: &str) -> Option<Lang> {
        match text {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    fn of_locale(env: impl Fn(&str) -> Option<String>) -> Lang {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(env)
            .find(|value| !value.is_empty());
        match locale {
            None => Lang::Zh,
            Some(value) if value.to_ascii_lowercase().starts_with("zh") => Lang::Zh,
            Some(_) => Lang::En,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Lang::Zh => ZH,
            Lang::En => EN,
        }
    }
}

/// Finds the value of an option in raw arguments, as `--name value` or `--name=value`.
fn option_value(arguments: &[OsString], name: &str) -> Option<String> {
    let mut arguments = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            return None;
        }
        match argument.strip_prefix(name) {
            Some("") => return arguments.next().map(str::to_owned),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
            _ => {}
        }
    }
    None
}

/// The messages of one language.
pub struct Catalogue {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// Loads a language. The files are part of the program, and a test reads both whole.
    pub fn new(lang: Lang) -> Catalogue {
        let locale = match lang {
            Lang::Zh => "zh",
            Lang::En => "en",
        };
        let mut bundle =
            FluentBundle::new_concurrent(locale.parse().into_iter().collect::<Vec<_>>());
        // Isolation marks confuse terminals and break alignment.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(lang.text().to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Catalogue { lang, bundle }
    }

    /// Returns the language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Returns a message without variables.
    pub fn t(&self, id: &str) -> String {
        self.find(id, &[]).unwrap_or_else(|| id.to_owned())
    }

    /// Returns a message with its variables filled in.
    pub fn tf(&self, id: &str, values: &[(&str, &str)]) -> String {
        self.find(id, values).unwrap_or_else(|| id.to_owned())
    }

    /// Returns the word for a name of the protocol, as `stage` and `S40`; the name itself if it is unknown, as
    /// a newer node may send it.
    pub fn term(&self, kind: &str, name: &str) -> String {
        self.find(&format!("{kind}-{name}"), &[])
            .unwrap_or_else(|| name.to_owned())
    }

    /// Returns a message whose id is made at run time, if there is one.
    pub fn find(&self, id: &str, values: &[(&str, &str)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, *value);
        }
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned();
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(arguments: &[&str], env: &[(&str, &str)]) -> Lang {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        Lang::choose(&arguments, |name| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_option_wins_over_the_locale() {
        let zh = [("LANG", "zh_CN.UTF-8")];
        assert_eq!(choose(&["tongban", "status"], &zh), Lang::Zh);
        assert_eq!(choose(&["tongban", "--lang", "en"], &zh), Lang::En);
        assert_eq!(choose(&["tongban", "status", "--lang=en"], &zh), Lang::En);
        assert_eq!(choose(&["tongban", "--", "--lang=en"], &zh), Lang::Zh);
    }

    #[test]
    fn the_locale_is_read_in_its_order() {
        let check = |env: &[(&str, &str)], expected| {
            assert_eq!(choose(&["tongban"], env), expected, "{env:?}");
        };
        check(&[], Lang::Zh);
        check(&[("LANG", "C")], Lang::En);
        check(&[("LANG", "POSIX")], Lang::En);
        check(&[("LANG", "C.UTF-8")], Lang::En);
        check(&[("LANG", "de_DE.UTF-8")], Lang::En);
        check(&[("LC_ALL", ""), ("LANG", "zh_TW")], Lang::Zh);
        check(&[("LC_ALL", "en_US"), ("LANG", "zh_CN")], Lang::En);
        check(&[("LC_MESSAGES", "zh_CN"), ("LANG", "en_US")], Lang::Zh);
    }

    #[test]
    fn an_unknown_name_is_shown_as_it_is() {
        let say = Catalogue::new(Lang::En);
        assert_eq!(say.term("stage", "S40"), "acknowledged by the owner city");
        assert_eq!(say.term("stage", "S777"), "S777");
    }
}
