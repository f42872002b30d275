//! A page played on real nodes: every command typed in its order, every line that it prints compared with the page, or
//! the page written anew.

use std::path::{Path, PathBuf};

use crate::cities::{self, City};
use crate::page::{self, Part};

/// Writes the page instead of comparing with it.
const WRITE: &str = "TONGBAN_WRITE_DOCS";
/// The file of the page with the terms under which the cities work.
const TERMS: &str = "条款.toml";
/// Begins the lines about the scheduled reading of the store: when it comes is not the clerk's doing.
const SCRUB: [&str; 2] = ["全部存储数据已于", "正在第一次通读"];
/// Begins a line with the time of the machine's own clock.
const MADE: &str = "备份时间";
/// Begins the line of a slip with the query code, which rests on the device's key.
const CODE: &str = "  查询码";
/// The least length of what is taken for an id.
const ID_MIN: usize = 12;
/// The length of a tracking number of digits alone, which stands on the page and is no id.
const TRACKING_DIGITS: usize = 13;

/// Says that a page is true, or writes it: the page from the folder of this package, its first day, its cities.
pub fn is_true(page: &str, first_day: &str, cities: &[(&str, &'static str)]) {
    let Some(program) = node() else {
        eprintln!("not run: tongband is not built; `cargo xtask test` builds it");
        return;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).expect("the page");
    let parts = page::read(&text);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let played = runtime.block_on(play(&parts, &program, first_day, cities));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, page::write(&played)).expect("written");
    }
    let unannounced = page::unannounced(&played);
    assert!(
        unannounced.is_empty(),
        "{page}: what fails without a word of it ({}) before the console:\n{}",
        page::ANNOUNCING.join("、"),
        unannounced.join("\n")
    );
    if std::env::var_os(WRITE).is_some() {
        return;
    }
    let differences = differences(&parts, &played);
    assert!(
        differences.is_empty(),
        "{page} is not what happens; `cargo xtask docs` writes it anew:\n{differences}"
    );
}

/// Finds `tongband`: where the variable says, else beside this test; nothing where it is not built.
fn node() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TONGBAN_NODE_BIN") {
        return Some(path.into());
    }
    let here = std::env::current_exe().expect("a test has a path");
    let mut beside = here.ancestors().map(|folder| folder.join("tongband"));
    beside.find(|path| path.is_file())
}

/// Plays the page on nodes of its own and gives it with what was really printed.
async fn play(
    parts: &[Part],
    program: &Path,
    first_day: &str,
    cities: &[(&str, &'static str)],
) -> Vec<Part> {
    let root = tempfile::tempdir().expect("a folder");
    let start =
        |(division, name): &(&str, &'static str)| City::start(program, root.path(), division, name);
    let cities: Vec<City> = cities.iter().map(start).collect();
    cities::set_clocks(&cities, unix(first_day, 8 * 60)).await;
    cities::found(&cities, terms(parts)).await;
    let mut played = Vec::new();
    let mut today = first_day.to_owned();
    for part in parts {
        let mut part = part.clone();
        match &mut part {
            Part::Line(_) => {}
            Part::Clock(day, minutes, _) => {
                today = day.clone().unwrap_or(today);
                // What is on its way arrives before the clocks go on.
                cities::quiet(&cities).await;
                cities::set_clocks(&cities, unix(&today, *minutes)).await;
            }
            Part::File(_, name, content) => {
                std::fs::write(root.path().join(name), content).expect("written");
            }
            Part::Console(steps) => {
                for step in steps {
                    let city = cities.iter().find(|city| city.prompt == step.city);
                    let city = city.unwrap_or_else(|| panic!("no city {}", step.city));
                    cities::quiet(&cities).await;
                    let said = city.types(&step.line, root.path());
                    step.output = masked(&said, root.path());
                }
            }
        }
        played.push(part);
    }
    played
}

/// The terms at the end of the page.
fn terms(parts: &[Part]) -> serde_json::Value {
    let terms = parts.iter().find_map(|part| match part {
        Part::File(_, name, content) if name == TERMS => Some(content),
        _ => None,
    });
    toml::from_str(terms.expect("terms")).expect("the terms are TOML")
}

/// The Unix time of a time of day in Beijing.
fn unix(day: &str, minutes: i64) -> i64 {
    let day: tongban_ledger::calendar::Day = day.parse().expect("a day");
    let days = i64::from(day.epoch_days());
    days * 86_400 + minutes * 60 - 8 * 3_600
}

/// Masks what differs from run to run, at its width: ids, fingerprints and sizes become `x`. The folder of the run goes,
/// and so does what is said of the scheduled reading of the store.
fn masked(said: &str, root: &Path) -> String {
    let said = said.replace(&format!("{}/", root.display()), "");
    let said = said.replace(env!("CARGO_PKG_VERSION"), "x.x.x");
    let mut text = String::new();
    for line in said
        .lines()
        .filter(|line| !SCRUB.iter().any(|scrub| line.starts_with(scrub)))
    {
        text.push_str(masked_line(line).trim_end());
        text.push('\n');
    }
    text
}

fn masked_line(line: &str) -> String {
    if let Some(code) = line.strip_prefix(CODE) {
        let sign = |c: char| if c.is_ascii_alphanumeric() { 'x' } else { c };
        let code: String = code.chars().map(sign).collect();
        return format!("{CODE}{code}");
    }
    if line.starts_with(MADE) {
        let digit = |c: char| if c.is_ascii_digit() { 'x' } else { c };
        return line.chars().map(digit).collect();
    }
    if let Some(said) = line
        .strip_suffix(" KiB")
        .and_then(|line| line.rsplit_once(' '))
    {
        return format!("{} x KiB", said.0);
    }
    // A packed file has a few bytes more or less, by the ids in it.
    if let Some((file, rest)) = line.split_once("（")
        && let Some((size, hash)) = rest.split_once(" 字节")
        && size.bytes().all(|byte| byte.is_ascii_digit())
    {
        return format!("{file}（x 字节{}", masked_line(hash));
    }
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        match is_random(piece) {
            true => out.extend(piece.chars().map(|c| if c == '-' { '-' } else { 'x' })),
            false => out.push_str(piece),
        }
        let next = after.find(word).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

/// Says whether a word is an id or a fingerprint: long and of hexadecimal digits, or groups of four signs.
fn is_random(word: &str) -> bool {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let tracking = word.len() == TRACKING_DIGITS && word.bytes().all(|b| b.is_ascii_digit());
    let id = word.len() >= ID_MIN && word.chars().all(hexadecimal) && !tracking;
    let groups: Vec<&str> = word.split('-').collect();
    id || groups.len() >= 4 && groups.iter().all(|group| group.len() == 4)
}

/// Tells where the page and the run part, a few of the places.
fn differences(page: &[Part], played: &[Part]) -> String {
    let consoles = page.iter().zip(played).filter_map(|pair| match pair {
        (Part::Console(page), Part::Console(played)) => Some(page.iter().zip(played)),
        _ => None,
    });
    let mut text = String::new();
    for (page, played) in consoles
        .flatten()
        .filter(|(one, other)| one != other)
        .take(3)
    {
        text.push_str(&format!(
            "\n{}$ tongban {}\n--- page\n{}--- run\n{}",
            page.city, page.line, page.output, played.output
        ));
    }
    text
}

#[test]
fn what_differs_from_run_to_run_is_masked_at_its_width() {
    let check = |line: &str, expected: &str| assert_eq!(masked_line(line), expected);
    check("编号 0123456789ab）", "编号 xxxxxxxxxxxx）");
    check("指纹  1a2B-0c9D-4444-5555", "指纹  xxxx-xxxx-xxxx-xxxx");
    check(
        "备份时间      2026-11-23 03:32",
        "备份时间      xxxx-xx-xx xx:xx",
    );
    check("大小      134 KiB", "大小      x KiB");
    check(
        "  查询码  0471-1815-7KQX-2M9D",
        "  查询码  xxxx-xxxx-xxxx-xxxx",
    );
    check("TB-330800-260907-000123-2", "TB-330800-260907-000123-2");
    check("邮件号码  1012345678901", "邮件号码  1012345678901");
    check("费用编号  101234567890", "费用编号  xxxxxxxxxxxx");
    check(
        "2026-09-07 10:00 EZ900000019CN",
        "2026-09-07 10:00 EZ900000019CN",
    );
}
