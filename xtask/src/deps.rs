//! What has to be on the machine besides cargo: libclang for bindgen and a C++ compiler for RocksDB.
//! Installs them where it may, else names the one command that does. Knows Debian; elsewhere it only names them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{self, EXIT_MISSING_TOOL, Failure, say};

/// Something that must be present, and the Debian package that brings it.
struct Requirement {
    what: &'static str,
    package: &'static str,
    present: fn() -> bool,
}

const REQUIREMENTS: &[Requirement] = &[
    Requirement {
        what: "libclang (bindgen reads RocksDB's C header with it)",
        package: "libclang-dev",
        present: has_libclang,
    },
    Requirement {
        what: "a C++ compiler (RocksDB is written in C++)",
        package: "g++",
        present: has_cxx,
    },
];

/// Makes sure that everything is present; installs what is missing when run by root or with passwordless sudo.
pub fn ensure() -> Result<(), Failure> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    for requirement in &missing {
        say(format_args!("missing: {}", requirement.what));
    }
    let packages: Vec<&str> = missing
        .iter()
        .map(|requirement| requirement.package)
        .collect();
    let Some(prefix) = privilege() else {
        return Err(by_hand(&packages));
    };
    install(prefix, &packages)?;
    match self::missing().first() {
        None => Ok(()),
        Some(still) => Err(Failure::new(format!(
            "apt-get installed {} but {} is still not found",
            still.package, still.what
        ))
        .hint("set LIBCLANG_PATH to the folder of libclang.so, or CXX to the compiler")
        .code(EXIT_MISSING_TOOL)),
    }
}

/// Whether `cargo nextest` is installed; without it `cargo test` does the work.
pub fn has_nextest() -> bool {
    runs(Command::new("cargo").args(["nextest", "--version"]))
}

fn missing() -> Vec<&'static Requirement> {
    REQUIREMENTS
        .iter()
        .filter(|requirement| !(requirement.present)())
        .collect()
}

fn install(prefix: &[&str], packages: &[&str]) -> Result<(), Failure> {
    let apt_get = |arguments: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .copied()
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    };
    step::run("apt-get update", &mut apt_get(&["update", "-q"])).map_err(|failure| {
        failure
            .hint(install_command(packages))
            .code(EXIT_MISSING_TOOL)
    })?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    step::run(
        &format!("apt-get install {}", packages.join(" ")),
        &mut apt_get(&arguments),
    )
    .map_err(|failure| {
        failure
            .hint(install_command(packages))
            .code(EXIT_MISSING_TOOL)
    })
}

/// The words to put before `apt-get`: none for root, `sudo -n` where it asks no password, `None` where neither holds
/// or there is no apt-get.
fn privilege() -> Option<&'static [&'static str]> {
    if !runs(Command::new("apt-get").arg("--version")) {
        return None;
    }
    let user = step::capture(Command::new("id").arg("-u")).unwrap_or_default();
    if user.trim() == "0" {
        Some(&[])
    } else if runs(Command::new("sudo").args(["-n", "true"])) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

fn by_hand(packages: &[&str]) -> Failure {
    Failure::new(format!("not installed: {}", packages.join(", ")))
        .hint(install_command(packages))
        .code(EXIT_MISSING_TOOL)
}

fn install_command(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!(
        "run: sudo apt-get update && sudo apt-get install -y {packages}   (the names are Debian's)"
    )
}

fn runs(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn has_cxx() -> bool {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "g++".into());
    runs(Command::new(compiler).arg("--version"))
}

/// Looks where the loader of bindgen looks: `LIBCLANG_PATH`, then the folders that distributions use.
fn has_libclang() -> bool {
    if let Some(path) = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from)
        && (path.is_file() || holds_libclang(&path))
    {
        return true;
    }
    let mut folders: Vec<PathBuf> = [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/local/lib64",
        "/lib",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    for parent in ["/usr/lib", "/usr/local"] {
        let Ok(entries) = std::fs::read_dir(parent) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with("llvm") {
                folders.push(path.join("lib"));
            } else if name.contains("-linux-") {
                folders.push(path);
            }
        }
    }
    folders.iter().any(|folder| holds_libclang(folder))
}

fn holds_libclang(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| is_libclang(&entry.file_name().to_string_lossy()))
}

/// Accepts `libclang.so`, `libclang.so.1`, `libclang-14.so.1`; not `libclang-cpp.so`, which is another library.
fn is_libclang(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libclang") else {
        return false;
    };
    let version = rest.strip_prefix('-').map_or(rest, |rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
    });
    // Trimming digits and dots eats the dot before `so` as well.
    version.starts_with(".so") || (rest.starts_with('-') && version.starts_with("so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libclang_is_told_from_its_neighbours() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang-14.so.1",
            "libclang-14.0.6.so",
        ] {
            assert!(is_libclang(name), "{name}");
        }
        for name in [
            "libclang-cpp.so.14",
            "libclangAST.a",
            "libclang_rt.a",
            "libc.so",
            "libclang.a",
        ] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    #[test]
    fn missing_package_is_named_with_the_command() {
        let failure = by_hand(&["libclang-dev"]);
        assert_eq!(failure.code, EXIT_MISSING_TOOL);
        assert!(
            failure
                .to_string()
                .contains("sudo apt-get install -y libclang-dev")
        );
    }
}
