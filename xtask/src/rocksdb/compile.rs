//! Compiles unity parts with the flags that the build script of `librocksdb-sys` uses on Linux, several at a
//! time. Not a make: the cache key covers flags, compiler and sources, so nothing here compares dates.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use super::fnv1a;
use super::plan::{self, Unit};
use crate::step::{self, Failure, say};

/// Peak memory of one compiler process, measured with GCC 12, in bytes.
const JOB_MEMORY: u64 = 1_600_000_000;

const FLAGS: &[&str] = &[
    "-O2",
    "-std=c++20",
    "-fno-rtti",
    "-fPIC",
    "-ffunction-sections",
    "-fdata-sections",
    "-w",
    "-DNDEBUG=1",
    "-DHAVE_ALIGNED_NEW",
    "-DHAVE_UINT128_EXTENSION",
    "-DOS_LINUX",
    "-DROCKSDB_PLATFORM_POSIX",
    "-DROCKSDB_LIB_IO_POSIX",
    "-DROCKSDB_SCHED_GETCPU_PRESENT",
    "-DROCKSDB_AUXV_GETAUXVAL_PRESENT",
    "-DROCKSDB_FALLOCATE_PRESENT",
    "-DROCKSDB_RANGESYNC_PRESENT",
    "-include",
    "cstdint",
];

/// Which rustc target feature asks for which compiler flag, as in the crate's build script.
const CPU_FLAGS: &[(&str, &str)] = &[
    ("sse2", "-msse2"),
    ("sse4.1", "-msse4.1"),
    ("sse4.2", "-msse4.2"),
    ("avx2", "-mavx2"),
    ("bmi1", "-mbmi"),
    ("lzcnt", "-mlzcnt"),
    ("pclmulqdq", "-mpclmul"),
];

/// The C++ compiler, its flags and how many of it may run at once.
pub struct Toolchain {
    compiler: String,
    version: String,
    flags: Vec<String>,
    root: PathBuf,
    /// How many compilers run at the same time.
    pub jobs: usize,
}

impl Toolchain {
    /// Finds the compiler (`CXX`, else `g++`) and the flags for the machine.
    pub fn detect(root: &Path) -> Result<Self, Failure> {
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "g++".into());
        let version = step::capture(Command::new(&compiler).arg("--version"))?;
        let cfg = step::capture(
            Command::new("rustc").args(["--print", "cfg"]).args(
                std::env::var("RUSTFLAGS")
                    .unwrap_or_default()
                    .split_whitespace(),
            ),
        )?;
        let mut flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
        flags.extend(cpu_flags(&cfg));
        let memory_jobs = usize::try_from(memory_available() / JOB_MEMORY).unwrap_or(usize::MAX);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            compiler,
            version: version.lines().next().unwrap_or_default().into(),
            flags,
            root: root.to_path_buf(),
            jobs: cores.min(memory_jobs).max(1),
        })
    }

    /// Everything about the toolchain that changes the library.
    pub fn fingerprint(&self) -> String {
        format!(
            "{}\n{}\n{}",
            self.compiler,
            self.version,
            self.flags.join(" ")
        )
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.compiler);
        command.args(&self.flags);
        for include in [
            "rocksdb/include",
            "rocksdb",
            "rocksdb/third-party/gtest-1.8.1/fused-src",
            ".",
        ] {
            command.arg("-I").arg(self.root.join(include));
        }
        command
    }
}

fn cpu_flags(cfg: &str) -> Vec<String> {
    let has = |feature: &str| {
        cfg.lines()
            .any(|line| line == format!("target_feature=\"{feature}\""))
    };
    if cfg.lines().any(|line| line == "target_arch=\"aarch64\"") {
        let hardware_crc = has("crc") && has("aes");
        return hardware_crc
            .then(|| "-march=armv8-a+crc+aes+crypto".to_string())
            .into_iter()
            .collect();
    }
    CPU_FLAGS
        .iter()
        .filter(|(feature, _)| has(feature))
        .map(|(_, flag)| (*flag).to_string())
        .collect()
}

/// Memory that new processes can use, in bytes; unlimited where the kernel does not say.
fn memory_available() -> u64 {
    fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("MemAvailable:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        })
        .map_or(u64::MAX, |kib| kib.saturating_mul(1024))
}

struct Queue {
    waiting: VecDeque<Unit>,
    /// Units taken but not yet finished; while there are any, new ones may still be split off.
    running: usize,
    finished: usize,
    objects: Vec<PathBuf>,
    failure: Option<Failure>,
}

/// Compiles all units into `folder` and returns the object files.
pub fn all(
    units: &[Unit],
    toolchain: &Toolchain,
    folder: &Path,
    start: Instant,
) -> Result<Vec<PathBuf>, Failure> {
    let queue = Mutex::new(Queue {
        waiting: units.iter().cloned().collect(),
        running: 0,
        finished: 0,
        objects: Vec::new(),
        failure: None,
    });
    std::thread::scope(|scope| {
        for _ in 0..toolchain.jobs {
            scope.spawn(|| worker(&queue, toolchain, folder, start));
        }
    });
    let mut queue = queue
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(failure) = queue.failure {
        return Err(failure);
    }
    queue.objects.sort();
    Ok(queue.objects)
}

fn worker(queue: &Mutex<Queue>, toolchain: &Toolchain, folder: &Path, start: Instant) {
    let locked = || {
        queue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    loop {
        let unit = {
            let mut queue = locked();
            if queue.failure.is_some() {
                return;
            }
            let Some(unit) = queue.waiting.pop_front() else {
                return;
            };
            queue.running += 1;
            unit
        };
        let result = one(&unit, toolchain, folder);
        let mut queue = locked();
        queue.running -= 1;
        match result {
            Ok(object) => {
                queue.finished += 1;
                queue.objects.push(object);
                let total = queue.finished + queue.running + queue.waiting.len();
                say(format_args!(
                    "  RocksDB part {} done, {} of {total}, {}",
                    unit.label,
                    queue.finished,
                    step::elapsed(start.elapsed())
                ));
            }
            Err(Broken::Start(failure)) => queue.failure = Some(failure),
            Err(Broken::Compile(output)) => match plan::split(&unit, &output) {
                Some(parts) => {
                    say(format_args!(
                        "  RocksDB part {}: splitting off sources that clash",
                        unit.label
                    ));
                    queue.waiting.extend(parts);
                }
                None => {
                    queue.failure = Some(Failure::new(format!(
                        "{} does not compile:\n{}",
                        unit.sources.join(" "),
                        output.lines().take(20).collect::<Vec<_>>().join("\n")
                    )));
                }
            },
        }
    }
}

enum Broken {
    Start(Failure),
    Compile(String),
}

fn one(unit: &Unit, toolchain: &Toolchain, folder: &Path) -> Result<PathBuf, Broken> {
    let text = unit.text();
    let stem = format!("unity-{:016x}", fnv1a(&text));
    let object = folder.join(format!("{stem}.o"));
    if object.is_file() {
        return Ok(object);
    }
    let io = |error: std::io::Error| Broken::Start(Failure::io(folder.display(), &error));
    let source = folder.join(format!("{stem}.cc"));
    fs::write(&source, text).map_err(io)?;
    // Named by process: a compiler that outlived a killed xtask may still write its own.
    let unfinished = folder.join(format!("{stem}.{}.partial", std::process::id()));
    let output = toolchain
        .command()
        .arg("-c")
        .arg(&source)
        .arg("-o")
        .arg(&unfinished)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Broken::Start(Failure::io("cannot start the C++ compiler", &error)))?;
    if !output.status.success() {
        return Err(Broken::Compile(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    fs::rename(&unfinished, &object).map_err(io)?;
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_flags_follow_the_rust_target() {
        let cfg = "target_arch=\"x86_64\"\ntarget_feature=\"sse2\"\ntarget_feature=\"sse4.2\"\n";
        assert_eq!(cpu_flags(cfg), ["-msse2", "-msse4.2"]);
        let cfg = "target_arch=\"aarch64\"\ntarget_feature=\"neon\"\n";
        assert!(cpu_flags(cfg).is_empty());
    }

    #[test]
    fn clashing_sources_are_split_off_and_a_broken_one_is_reported() {
        let folder = crate::testing::Folder::new("unity");
        for (name, text) in [
            ("a.cc", "static int x = 1; int a() { return x; }"),
            ("b.cc", "static int x = 2; int b() { return x; }"),
            ("broken.cc", "int c() { return nothing; }"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let toolchain = Toolchain {
            compiler: "g++".into(),
            version: String::new(),
            flags: Vec::new(),
            root: folder.path().to_path_buf(),
            jobs: 2,
        };
        let unit = |sources: &[&str]| Unit {
            label: "1".into(),
            sources: sources.iter().map(ToString::to_string).collect(),
        };
        let now = Instant::now();
        let objects = all(&[unit(&["a.cc", "b.cc"])], &toolchain, folder.path(), now).unwrap();
        assert_eq!(objects.len(), 2);
        let failure = all(
            &[unit(&["a.cc", "broken.cc"])],
            &toolchain,
            folder.path(),
            now,
        )
        .expect_err("broken.cc never compiles");
        assert!(
            failure.what.contains("broken.cc does not compile"),
            "{failure}"
        );
    }
}
