//! Builds RocksDB's static library once per machine, into a cache outside the checkout, so that no cargo
//! profile compiles its 340 C++ files again. Not a general C++ builder: it mirrors what the build script of
//! `librocksdb-sys` does on Linux without compression libraries, and steps aside everywhere else.

mod compile;
mod plan;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::paths;
use crate::step::{self, Failure, say};
use compile::Toolchain;

const CRATE_NAME: &str = "librocksdb-sys";
const SOURCE_LIST: &str = "rocksdb_lib_sources.txt";
/// The crate brings its own copy of this file, with the version filled in.
const SOURCE_REPLACED: &str = "util/build_version.cc";

/// Where the finished library lies, or why cargo has to build it.
pub enum Library {
    /// Folder that holds `librocksdb.a`.
    Ready(PathBuf),
    /// The build script of the crate compiles RocksDB itself, which takes about seven times longer.
    BuiltByCrate,
}

/// Returns the cached library, building it first if it is not there.
///
/// Never fails because of C++: where the unity build does not work it says so, remembers it and leaves the work
/// to the crate's own build script. Fails only where the crate's source or the cache cannot be used.
pub fn ensure() -> Result<Library, Failure> {
    if !cfg!(target_os = "linux") {
        say("the unity build of RocksDB knows Linux only; cargo builds RocksDB itself");
        return Ok(Library::BuiltByCrate);
    }
    let source = CrateSource::find()?;
    let toolchain = Toolchain::detect(&source.root)?;
    let cache = Cache::of(&source, &toolchain)?;
    if cache.library.is_dir() {
        return Ok(Library::Ready(cache.library));
    }
    fs::create_dir_all(&cache.root).map_err(|error| Failure::io(cache.root.display(), &error))?;
    let _lock = lock(&cache.root)?;
    // Another xtask may have finished while this one waited for the lock.
    if cache.library.is_dir() {
        return Ok(Library::Ready(cache.library));
    }
    if cache.failed.is_file() {
        say(format_args!(
            "cargo builds RocksDB itself, because the unity build failed earlier (see {}; `cargo xtask rocksdb` tries again)",
            cache.failed.display()
        ));
        return Ok(Library::BuiltByCrate);
    }
    if let Err(failure) = build(&source, &toolchain, &cache.unfinished) {
        let _ = fs::write(&cache.failed, failure.to_string());
        say(format_args!("the unity build of RocksDB failed: {failure}"));
        say("cargo builds RocksDB itself instead: about 40 minutes on 2 cores, same result");
        return Ok(Library::BuiltByCrate);
    }
    fs::rename(&cache.unfinished, &cache.library)
        .map_err(|error| Failure::io(cache.library.display(), &error))?;
    Ok(Library::Ready(cache.library))
}

/// Makes the next [`ensure`] try the unity build again where it failed before.
pub fn forget_failures() -> Result<(), Failure> {
    let root = paths::cache_dir()?;
    if root.is_dir() {
        for path in read_dir(&root)? {
            if path
                .extension()
                .is_some_and(|extension| extension == "failed")
            {
                fs::remove_file(&path).map_err(|error| Failure::io(path.display(), &error))?;
            }
        }
    }
    Ok(())
}

/// Where one version of the library, built with one set of flags, lies.
struct Cache {
    root: PathBuf,
    /// Appears complete, by renaming `unfinished`.
    library: PathBuf,
    unfinished: PathBuf,
    /// Holds the reason why an earlier build failed.
    failed: PathBuf,
}

impl Cache {
    fn of(source: &CrateSource, toolchain: &Toolchain) -> Result<Self, Failure> {
        let root = paths::cache_dir()?;
        let key = format!("{}\n{}", toolchain.fingerprint(), source.sources.join("\n"));
        let name = format!("rocksdb-{}-{:016x}", source.version, fnv1a(&key));
        Ok(Self {
            library: root.join(&name),
            unfinished: root.join(format!("{name}.partial")),
            failed: root.join(format!("{name}.failed")),
            root,
        })
    }
}

/// The unpacked source of `librocksdb-sys`.
struct CrateSource {
    version: String,
    root: PathBuf,
    /// Paths relative to `root`, in the order in which they are compiled.
    sources: Vec<String>,
}

impl CrateSource {
    fn find() -> Result<Self, Failure> {
        let metadata = crate::metadata::load()?;
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name == CRATE_NAME)
            .ok_or_else(|| Failure::new(format!("{CRATE_NAME} is not among the dependencies")))?;
        let root = package
            .manifest_path
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        let list_path = root.join(SOURCE_LIST);
        let list = fs::read_to_string(&list_path)
            .map_err(|error| Failure::io(list_path.display(), &error))?;
        Ok(Self {
            version: package.version.clone(),
            root,
            sources: sources_in_order(&list),
        })
    }
}

/// Lists the sources to compile, sorted so that files of one folder stand together.
fn sources_in_order(list: &str) -> Vec<String> {
    let mut sources: Vec<String> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != SOURCE_REPLACED)
        .map(|line| format!("rocksdb/{line}"))
        .collect();
    sources.sort();
    sources.push("build_version.cc".into());
    sources
}

/// Holds the cache for this process; the kernel frees the lock when the process ends, however it ends.
fn lock(cache: &Path) -> Result<File, Failure> {
    let path = cache.join("rocksdb.lock");
    let file = File::create(&path).map_err(|error| Failure::io(path.display(), &error))?;
    if file.try_lock().is_err() {
        say("another xtask is building RocksDB; waiting for it …");
        file.lock()
            .map_err(|error| Failure::io(path.display(), &error))?;
    }
    Ok(file)
}

/// Compiles and archives into `folder`. Object files are named by what they were made from, so a build that
/// was interrupted goes on where it stopped.
fn build(source: &CrateSource, toolchain: &Toolchain, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::io(folder.display(), &error))?;
    let units = plan::units(&source.sources);
    say(format_args!(
        "building RocksDB {} once: {} files in {} parts, {} at a time (about 6 minutes on 2 cores) …",
        source.version,
        source.sources.len(),
        units.len(),
        toolchain.jobs
    ));
    let start = Instant::now();
    let objects = compile::all(&units, toolchain, folder, start)?;
    let archive = folder.join("librocksdb.a");
    let _ = fs::remove_file(&archive);
    step::capture(Command::new("ar").arg("crs").arg(&archive).args(&objects))?;
    for leftover in read_dir(folder)? {
        if leftover != archive {
            let _ = fs::remove_file(leftover);
        }
    }
    say(format_args!(
        "RocksDB is built after {}",
        step::elapsed(start.elapsed())
    ));
    Ok(())
}

fn read_dir(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::io(folder.display(), &error))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

/// 64-bit FNV-1a: names a cache folder, guards nothing.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_build_version_replaces_the_listed_one() {
        let sources = sources_in_order("util/build_version.cc\ndb/b.cc\n cache/a.cc \n\n");
        assert_eq!(
            sources,
            ["rocksdb/cache/a.cc", "rocksdb/db/b.cc", "build_version.cc"]
        );
    }

    #[test]
    fn fnv1a_known_answers() {
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
