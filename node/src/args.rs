//! The command line as typed. What is missing in it comes from the configuration file.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use thiserror::Error;
use tongban_identity::{DivisionCode, ParseDivisionCodeError};

use crate::config::{Address, AddressError, LogFormat};

/// A city's node in the mesh of co-operating cities
#[derive(Debug, Parser)]
#[command(name = "tongband", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Makes the keys, certificates and configuration of a new node
    Init(InitArgs),
    /// Runs the node in the foreground until it is told to stop
    Run(RunArgs),
    /// Makes another device key, which the node takes at its next start
    Rotate(RotateArgs),
    /// Writes the root key's revocation of a device to a file
    Revoke(RevokeArgs),
    /// Checks every file of a backup
    CheckBackup(CheckBackupArgs),
    /// Restores the newest backup into a folder in which no node runs
    Restore(RestoreArgs),
}

/// Arguments of `check-backup`.
#[derive(Debug, Args)]
pub struct CheckBackupArgs {
    /// The backup folder
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Restores the backup beside itself as well, reads every record, and removes it again
    #[arg(long)]
    pub trial: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup folder
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The node's folder
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// The city's name, by which records that are in the folder may be set aside
    #[arg(long, value_name = "NAME")]
    pub replace: Option<String>,
    /// Checks and tells what would be done, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The node's folder; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// The city's division code (GB/T 2260)
    #[arg(long, value_name = "CODE")]
    pub division: DivisionCode,
    /// The city's name
    #[arg(long)]
    pub name: String,
    /// Where to listen for other cities, as IP:PORT; port 0 lets the system choose
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<Address>,
    /// Where other cities reach this node, as HOST:PORT, if not where it listens
    #[arg(long, value_name = "ADDR")]
    pub advertise: Vec<Address>,
    /// A file with the passphrase that seals the keys
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: PathBuf,
    /// Writes the city's root key there instead of into the folder, to be kept offline
    #[arg(long, value_name = "PATH", conflicts_with = "root_key")]
    pub root_key_out: Option<PathBuf>,
    /// Takes the city's existing root key from there
    #[arg(long, value_name = "PATH")]
    pub root_key: Option<PathBuf>,
    /// A file with the passphrase of that root key, if it has one of its own
    #[arg(long, value_name = "FILE", requires = "root_key")]
    pub root_passphrase_file: Option<PathBuf>,
    /// Seals the keys so weakly that the passphrase protects nothing; for tests and demos only
    #[arg(long)]
    pub fast_kdf: bool,
}

/// Where the node and its city's root key are.
#[derive(Debug, Args)]
pub struct RootArgs {
    /// The node's folder
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// A file with the passphrase of the keys
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: PathBuf,
    /// Where the city's root key is, if not in the folder
    #[arg(long, value_name = "PATH")]
    pub root_key: Option<PathBuf>,
    /// A file with the passphrase of that root key, if it has one of its own
    #[arg(long, value_name = "FILE", requires = "root_key")]
    pub root_passphrase_file: Option<PathBuf>,
}

/// Arguments of `rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Where the keys are.
    #[command(flatten)]
    pub root: RootArgs,
    /// Makes another encryption key instead; the earlier one is kept until nothing needs it
    #[arg(long)]
    pub encryption: bool,
    /// Seals the key so weakly that the passphrase protects nothing; for tests and demos only
    #[arg(long)]
    pub fast_kdf: bool,
}

/// Arguments of `revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Where the keys are.
    #[command(flatten)]
    pub root: RootArgs,
    /// The hash of the certificate to revoke, as `tongban key list` shows it, or its beginning
    #[arg(long, value_name = "HASH")]
    pub cert: String,
    /// A head of an agreement up to which the device's entries stay; may be repeated
    #[arg(long, value_name = "HASH")]
    pub keep: Vec<String>,
    /// Where to write the file
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Revokes a certificate that this folder does not know
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The node's folder
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// A file with the passphrase of the keys
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: PathBuf,
    /// Where to listen, instead of where the configuration says
    #[arg(long, value_name = "ADDR")]
    pub listen: Vec<Address>,
    /// Where other cities reach this node, instead of what the configuration says
    #[arg(long, value_name = "ADDR")]
    pub advertise: Vec<Address>,
    /// Reaches a city there and nowhere else; may be given several times for one city
    #[arg(long, value_name = "DIVISION=HOST:PORT")]
    pub peer: Vec<PeerAddress>,
    /// Takes the civil time from the local interface instead of the system, for scenarios; until
    /// it is set the node does not talk to other cities
    #[arg(long)]
    pub scripted_clock: bool,
    /// How many bytes of disk to leave free
    #[arg(long, value_name = "BYTES")]
    pub reserve_bytes: Option<u64>,
    /// How log lines look
    #[arg(long, value_enum)]
    pub log: Option<LogFormat>,
}

/// Where a city is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAddress {
    /// The city's division code.
    pub division: DivisionCode,
    /// Its address.
    pub address: Address,
}

/// Why a text is not `DIVISION=HOST:PORT`.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PeerAddressError {
    /// There is no equals sign.
    #[error("DIVISION=HOST:PORT is expected")]
    Form,
    /// The part before it is no division code.
    #[error(transparent)]
    Division(#[from] ParseDivisionCodeError),
    /// The part after it is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (division, address) = text.split_once('=').ok_or(PeerAddressError::Form)?;
        Ok(Self {
            division: division.parse()?,
            address: address.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn peers_are_read_and_refused() {
        let check = |text: &str, expect: Option<PeerAddressError>| {
            assert_eq!(text.parse::<PeerAddress>().err(), expect, "{text}");
        };
        check("330800=127.0.0.1:7", None);
        check("330800=[::1]:7", None);
        check("330800", Some(PeerAddressError::Form));
        check("33080=127.0.0.1:7", Some(ParseDivisionCodeError.into()));
        check("330800=127.0.0.1", Some(AddressError.into()));
    }

    #[test]
    fn two_root_keys_are_refused() {
        let arguments = "tongband init --dir d --division 330800 --name n --passphrase-file p \
                         --root-key a --root-key-out b";
        assert!(Cli::try_parse_from(arguments.split_whitespace()).is_err());
    }
}
