//! What every command needs: the node's directory and client, the language, the idempotency key, and where
//! answers to questions come from.

use std::path::{Path, PathBuf};

use tongban_client::{Client, ClientError};
use tongban_ledger::code::Code;

use crate::args::Global;
use crate::catalogue::Catalogue;
use crate::cities::Cities;
use crate::error::CliError;
use crate::guides::Guides;
use crate::output;
use crate::source::Terminal;

/// The settings of one call of the program.
pub struct Context<'a> {
    /// The messages.
    pub say: &'a Catalogue,
    /// The node's directory.
    pub dir: PathBuf,
    /// The node.
    pub client: Client,
    /// Whether nobody may be asked.
    pub no_input: bool,
    /// Whether data are printed for programs.
    pub json: bool,
    key: String,
    socket_named: bool,
}

impl<'a> Context<'a> {
    /// Works out the settings from the global options and the environment.
    ///
    /// # Errors
    /// No random bytes for an idempotency key.
    pub fn new(global: &Global, say: &'a Catalogue) -> Result<Context<'a>, CliError> {
        let dir = global.dir.clone().unwrap_or_else(default_dir);
        let socket = global
            .socket
            .clone()
            .unwrap_or_else(|| dir.join("api.sock"));
        let key = match &global.idempotency_key {
            Some(key) => key.clone(),
            None => random_key()?,
        };
        if global.verbose {
            output::remark(&format!("{}\n", say.tf("remark-key", &[("key", &key)])));
        }
        Ok(Context {
            say,
            client: Client::unix(socket),
            dir,
            no_input: global.no_input,
            json: global.json,
            key,
            socket_named: global.socket.is_some(),
        })
    }

    /// Returns the idempotency key of this call.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns where missing arguments are asked for.
    pub fn terminal(&self) -> Terminal<'_> {
        Terminal::new(self.say, self.no_input)
    }

    /// Tells a node that does not run from one that was never set up.
    pub fn explain(&self, error: ClientError) -> CliError {
        match error {
            ClientError::NotRunning { .. } if !self.socket_named && is_empty(&self.dir) => {
                CliError::refused(Code::NotInitialised, self.dir.display().to_string())
            }
            ClientError::Broken { .. } => {
                let text = self.say.tf("remark-retry", &[("key", &self.key)]);
                output::remark(&format!("{text}\n"));
                CliError::Node(error)
            }
            other => CliError::Node(other),
        }
    }

    /// Asks the node for the names of the cities; division codes alone if it does not tell.
    pub async fn cities(&self) -> Cities {
        self.known().await.0
    }

    /// Asks the node for the names of cities and requirements; nothing if it does not tell.
    pub async fn known(&self) -> (Cities, Guides) {
        match self.client.status().await {
            Ok(status) => (Cities::of(&status), Guides::of(&status)),
            Err(_) => (Cities::default(), Guides::default()),
        }
    }
}

fn default_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("TONGBAN_DIR").filter(|dir| !dir.is_empty()) {
        return PathBuf::from(dir);
    }
    let home = std::env::var_os("HOME").map(PathBuf::from);
    home.unwrap_or_default().join(".local/share/tongban")
}

fn is_empty(dir: &Path) -> bool {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Makes a random UUID (version 4), so that a key is never used twice by chance.
fn random_key() -> Result<String, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Runtime {
        source: std::io::Error::other(error),
    })?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_key_is_a_fresh_uuid() {
        let key = random_key().expect("random bytes");
        assert_eq!(key.len(), 36);
        assert_eq!(&key[14..15], "4");
        assert!(tongban_client::is_idempotency_key(&key));
        assert_ne!(key, random_key().expect("random bytes"));
    }

    #[test]
    fn a_missing_or_empty_directory_is_not_initialised() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(is_empty(dir.path()));
        assert!(is_empty(&dir.path().join("none")));
        std::fs::write(dir.path().join("config.toml"), "").expect("written");
        assert!(!is_empty(dir.path()));
    }
}
