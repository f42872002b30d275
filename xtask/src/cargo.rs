//! The one way in which xtask calls cargo: dependencies present, RocksDB's library found, one target folder,
//! one profile. Not a wrapper for people; they use `eval "$(cargo xtask env)"` and then plain cargo.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::deps;
use crate::paths;
use crate::rocksdb::{self, Library};
use crate::step::{self, Failure};

/// Cargo with everything set that a build of this workspace needs.
pub struct Cargo {
    target: PathBuf,
    /// Folder of `librocksdb.a`; `None` where the environment or the crate's build script decides.
    library: Option<PathBuf>,
    /// Set where the unity build did not work, so that an old setting must not be used.
    clear_library: bool,
}

impl Cargo {
    /// Makes sure that the machine has what a build needs; builds RocksDB's library if it is not cached.
    pub fn prepare() -> Result<Self, Failure> {
        deps::ensure()?;
        let target = paths::target_dir()?;
        if person_chose_a_library(&paths::cache_dir()?) {
            return Ok(Self {
                target,
                library: None,
                clear_library: false,
            });
        }
        Ok(match rocksdb::ensure()? {
            Library::Ready(folder) => Self {
                target,
                library: Some(folder),
                clear_library: false,
            },
            Library::BuiltByCrate => Self {
                target,
                library: None,
                clear_library: true,
            },
        })
    }

    /// Cargo without RocksDB, for commands that compile nothing.
    pub fn without_library() -> Result<Self, Failure> {
        Ok(Self {
            target: paths::target_dir()?,
            library: None,
            clear_library: false,
        })
    }

    /// A cargo command in the root of the checkout.
    pub fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(paths::root()).args(arguments);
        // What `cargo xtask` itself was given: build scripts that look at it would run anew after each plain `cargo build`.
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_package(name)) {
            command.env_remove(name);
        }
        self.set_env(&mut command);
        command
    }

    /// Builds every program. Always the whole workspace: with fewer packages cargo would choose other
    /// features for shared dependencies and compile them again.
    pub fn build_programs(&self) -> Result<(), Failure> {
        step::run(
            "building tongband, tongban and the test programs",
            &mut self.command(["build", "--workspace", "--bins"]),
        )
    }

    /// The path of a built program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// Sets the variables of this build for a command, the paths of the two programs included.
    pub fn set_env(&self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", &self.target);
        command.env("TONGBAN_NODE_BIN", self.program("tongband"));
        command.env("TONGBAN_CLI_BIN", self.program("tongban"));
        if let Some(folder) = &self.library {
            command
                .env("ROCKSDB_LIB_DIR", folder)
                .env("ROCKSDB_STATIC", "1");
        } else if self.clear_library {
            command
                .env_remove("ROCKSDB_LIB_DIR")
                .env_remove("ROCKSDB_STATIC");
        }
    }

    /// The same variables as lines for `eval` in a POSIX shell.
    pub fn exports(&self) -> String {
        let mut lines = vec![export("CARGO_TARGET_DIR", &self.target)];
        if let Some(folder) = &self.library {
            lines.push(export("ROCKSDB_LIB_DIR", folder));
            lines.push("export ROCKSDB_STATIC=1".into());
        } else if self.clear_library {
            lines.push("unset ROCKSDB_LIB_DIR ROCKSDB_STATIC".into());
        }
        lines.join("\n")
    }
}

/// Says whether cargo set a variable for the package that it runs, which is this one.
fn is_of_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let one = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
    ];
    one.contains(&&*name) || name.starts_with("CARGO_PKG_")
}

/// A library outside our cache was chosen by a person, who then also sets `ROCKSDB_STATIC` as she likes; one
/// inside may be left over from `cargo xtask env` and an older version.
fn person_chose_a_library(cache: &Path) -> bool {
    std::env::var_os("ROCKSDB_LIB_DIR").is_some_and(|folder| !Path::new(&folder).starts_with(cache))
}

fn export(name: &str, value: &Path) -> String {
    format!(
        "export {name}='{}'",
        value.to_string_lossy().replace('\'', r"'\''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_survive_a_shell() {
        let cargo = Cargo {
            target: "/a b/it's".into(),
            library: Some("/lib".into()),
            clear_library: false,
        };
        let script = format!(
            "{}\nprintf '%s|%s|%s' \"$CARGO_TARGET_DIR\" \"$ROCKSDB_LIB_DIR\" \"$ROCKSDB_STATIC\"",
            cargo.exports()
        );
        let printed = step::capture(Command::new("sh").args(["-c", &script])).unwrap();
        assert_eq!(printed, "/a b/it's|/lib|1");
    }

    #[test]
    fn a_call_forgets_whose_program_makes_it() {
        for (name, forgotten) in [
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_PKG_NAME", true),
            ("CARGO_TARGET_DIR", false),
            ("CARGO_HOME", false),
        ] {
            assert_eq!(is_of_package(OsStr::new(name)), forgotten, "{name}");
        }
    }

    #[test]
    fn fallback_forgets_an_old_library() {
        let cargo = Cargo {
            target: "/t".into(),
            library: None,
            clear_library: true,
        };
        let mut command = Command::new("true");
        cargo.set_env(&mut command);
        let removed = command
            .get_envs()
            .any(|(name, value)| name == "ROCKSDB_LIB_DIR" && value.is_none());
        assert!(removed);
        assert!(cargo.exports().contains("unset ROCKSDB_LIB_DIR"));
    }
}
