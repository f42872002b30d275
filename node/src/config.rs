//! `config.toml` of a node, and the settings that result from it and the command line.
//!
//! An unknown key or a wrong value is refused with line and column, never passed over.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tongban_identity::DivisionCode;
use tongban_store::DEFAULT_RESERVE_BYTES;

use crate::args::RunArgs;
use crate::failure::{Failure, Kind};

/// The file's name in the node's folder; it is written last, so its presence means a whole node.
pub const CONFIG_FILE: &str = "config.toml";

/// The longest name of a city, in bytes; the agreement allows no more.
const NAME_BYTES_MAX: usize = 256;

/// The configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The city's division code.
    pub division: DivisionCode,
    /// The city's name.
    pub name: CityName,
    /// Where to listen, as `ip:port`.
    #[serde(default)]
    pub listen: Vec<Address>,
    /// Where other cities reach this node; where it listens, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advertise: Vec<Address>,
    /// Bytes of disk that every commit leaves free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve_bytes: Option<u64>,
    /// Hours between two readings of every stored record; 0 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrub_hours: Option<u64>,
    /// How log lines look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogFormat>,
    /// Addresses of cities that hold instead of those the cities give themselves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peers: BTreeMap<DivisionCode, Address>,
}

/// Hours between two scrubs unless the configuration says otherwise.
const SCRUB_HOURS: u64 = 24;

/// How log lines look on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object on each line.
    Json,
    /// Text for people.
    #[default]
    Pretty,
}

/// A city's name: not empty, at most 256 bytes, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CityName(pub(crate) String);

/// Says why a text is no name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a city's name has 1 to {NAME_BYTES_MAX} bytes and no control characters")]
pub struct CityNameError;

impl TryFrom<String> for CityName {
    type Error = CityNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX;
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(CityNameError)
        }
    }
}

impl fmt::Display for CityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `host:port`, or a multiaddress; whether it can be reached is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(String);

/// Says that a text is no address.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an address is written HOST:PORT")]
pub struct AddressError;

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let formed = text.starts_with('/')
            || text
                .rsplit_once(':')
                .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        if plain && formed {
            Ok(Self(text))
        } else {
            Err(AddressError)
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a configuration was not read.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no file: the folder holds no node.
    #[error("{0} does not exist")]
    Missing(String),
    /// The system cannot read it.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}, line {line}, column {column}: {message}")]
    Content {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = match error {
            ConfigError::Missing(_) => Kind::NotInitialised,
            ConfigError::Io { .. } | ConfigError::Content { .. } => Kind::Config,
        };
        Failure::new(kind, crate::failure::chain(&error))
    }
}

impl Config {
    /// Reads the configuration of a node's folder.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let file = dir.join(CONFIG_FILE);
        let path = file.display().to_string();
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ConfigError::Missing(path))
            }
            Err(source) => Err(ConfigError::Io { path, source }),
        }
    }

    /// Reads a configuration from text; `path` is for messages.
    pub fn parse(path: &str, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let (line, column) = place(text, start);
            ConfigError::Content {
                path: path.to_owned(),
                line,
                column,
                message: error.message().to_owned(),
            }
        })
    }
}

/// The line and column, both from 1, of a byte offset.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// What a run goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The city's division code.
    pub division: DivisionCode,
    /// The city's name.
    pub name: String,
    /// Where to listen.
    pub listen: Vec<String>,
    /// Where other cities reach this node; empty for where it listens.
    pub advertise: Vec<String>,
    /// Addresses that hold instead of those the cities give themselves.
    pub peers: BTreeMap<DivisionCode, Vec<String>>,
    /// Bytes of disk that every commit leaves free.
    pub reserve_bytes: u64,
    /// Hours between two scrubs; 0 for none.
    pub scrub_hours: u64,
    /// How log lines look.
    pub log: LogFormat,
}

impl Settings {
    /// Puts the command line over the configuration; a list given there replaces the list here.
    pub fn new(config: Config, args: &RunArgs) -> Self {
        let over = |own: &[Address], typed: &[Address]| {
            let chosen = if typed.is_empty() { own } else { typed };
            chosen.iter().map(Address::to_string).collect()
        };
        let mut typed: BTreeMap<DivisionCode, Vec<String>> = BTreeMap::new();
        for peer in &args.peer {
            let addresses = typed.entry(peer.division).or_default();
            addresses.push(peer.address.to_string());
        }
        let mut peers: BTreeMap<DivisionCode, Vec<String>> = config
            .peers
            .iter()
            .map(|(division, address)| (*division, vec![address.to_string()]))
            .collect();
        peers.extend(typed);
        Self {
            division: config.division,
            listen: over(&config.listen, &args.listen),
            advertise: over(&config.advertise, &args.advertise),
            name: config.name.0,
            peers,
            reserve_bytes: args
                .reserve_bytes
                .or(config.reserve_bytes)
                .unwrap_or(DEFAULT_RESERVE_BYTES),
            scrub_hours: config.scrub_hours.unwrap_or(SCRUB_HOURS),
            log: args.log.or(config.log).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};

    const GOOD: &str = "division = \"330800\"\nname = \"衢州市\"\nlisten = [\"127.0.0.1:0\"]\n";

    fn refused(text: &str) -> (usize, usize, String) {
        match Config::parse("config.toml", text) {
            Err(ConfigError::Content {
                line,
                column,
                message,
                ..
            }) => (line, column, message),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_whole_file_survives_writing() {
        let text = format!(
            "{GOOD}advertise = [\"node.example:7330\"]\nreserve_bytes = 7\nlog = \"json\"\n\
             [peers]\n350700 = \"127.0.0.1:9\"\n"
        );
        let config = Config::parse("config.toml", &text).unwrap();
        assert_eq!(config.log, Some(LogFormat::Json));
        assert_eq!(config.peers.len(), 1);
        let written = toml::to_string(&config).unwrap();
        assert_eq!(Config::parse("config.toml", &written).unwrap(), config);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let (line, column, message) = refused(&format!("{GOOD}  listn = []\n"));
        assert_eq!((line, column), (4, 3));
        assert!(message.contains("listn"), "{message}");
    }

    #[test]
    fn wrong_values_are_refused_with_their_place() {
        let check = |text: &str, place: (usize, usize)| {
            let (line, column, message) = refused(text);
            assert_eq!((line, column), place, "{text}: {message}");
        };
        check("division = \"3308\"\nname = \"x\"\n", (1, 12));
        check("division = \"330800\"\nname = \"\"\n", (2, 8));
        check(&GOOD.replace("127.0.0.1:0", "127.0.0.1"), (3, 10));
        check("name = \"衢\" x\n", (1, 12));
        check(&format!("{GOOD}[peers]\n350700 = \"nowhere\"\n"), (5, 10));
    }

    #[test]
    fn a_refusal_is_a_configuration_failure_and_a_missing_file_is_not() {
        let content = Config::parse("c", "x = 1").unwrap_err();
        let failure = Failure::from(content);
        assert_eq!(failure.kind(), Kind::Config);
        assert!(
            failure.to_json().contains("line 1, column 1"),
            "{}",
            failure.to_json()
        );
        let empty = tempfile::tempdir().unwrap();
        let missing = Failure::from(Config::load(empty.path()).unwrap_err());
        assert_eq!(missing.kind(), Kind::NotInitialised);
    }

    /// What is read is written and read again as the same; every refusal names a place in the text.
    #[test]
    fn fuzz_config() {
        let whole = format!(
            "{GOOD}advertise = [\"node.example:7330\"]\nreserve_bytes = 7\nscrub_hours = 3\n\
             log = \"json\"\n[peers]\n350700 = \"127.0.0.1:9\"\n"
        );
        let seconds = std::env::var("TONGBAN_FUZZ_SECONDS").ok();
        let seconds: Option<u64> = seconds.and_then(|text| text.parse().ok());
        let (start, mut random) = (std::time::Instant::now(), crate::mutation::Random(1));
        let (mut inputs, mut taken) = (0, 0);
        while seconds.map_or(inputs < 3_000, |most| start.elapsed().as_secs() < most) {
            let mut bytes = whole.clone().into_bytes();
            for _ in 0..random.below(3) {
                random.mutate(&mut bytes);
            }
            let text = String::from_utf8_lossy(&bytes);
            match Config::parse("c", &text) {
                Ok(config) => {
                    let written = toml::to_string(&config).unwrap();
                    assert_eq!(Config::parse("c", &written).unwrap(), config, "{text}");
                    taken += 1;
                }
                Err(ConfigError::Content { line, column, .. }) => {
                    assert!(line <= text.lines().count() + 1 && column > 0, "{text}");
                }
                Err(other) => panic!("{other}: {text}"),
            }
            inputs += 1;
        }
        assert!(taken > 0, "of {inputs} inputs none was taken");
    }

    #[test]
    fn the_command_line_overrides_the_file() {
        let text = format!("{GOOD}[peers]\n350700 = \"127.0.0.1:9\"\n361100 = \"127.0.0.1:8\"\n");
        let config = Config::parse("config.toml", &text).unwrap();
        let line = "tongband run --dir d --passphrase-file p --listen 127.0.0.1:5 \
                    --peer 350700=127.0.0.1:6 --peer 350700=127.0.0.1:7 --reserve-bytes 1";
        let Verb::Run(args) = Cli::try_parse_from(line.split_whitespace()).unwrap().verb else {
            panic!("not run");
        };
        let settings = Settings::new(config, &args);
        assert_eq!(settings.listen, ["127.0.0.1:5"]);
        assert_eq!(settings.reserve_bytes, 1);
        let peers: Vec<Vec<String>> = settings.peers.into_values().collect();
        assert_eq!(
            peers,
            [vec!["127.0.0.1:6", "127.0.0.1:7"], vec!["127.0.0.1:8"]]
        );
    }
}
