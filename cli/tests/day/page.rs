//! The page as a list of parts: words, files that the commands read, and consoles with commands and their outputs.

use std::fmt::Write as _;

/// What ends a prompt: `衢州$ tongban …`.
const PROMPT: &str = "$ tongban ";
/// Begins what a command prints that failed.
const ERROR: &str = "错误：";
/// The words by which a page says beforehand that a command fails.
pub const ANNOUNCING: [&str; 2] = ["拒绝", "报错"];

/// A part of the page, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A line of words, kept as it stands.
    Line(String),
    /// A heading that says when it is: the day, if it names one, and the minutes since midnight.
    Clock(Option<String>, i64, String),
    /// A file that commands read: the info line of its block, its name, its content.
    File(String, String, String),
    /// Commands with what they print.
    Console(Vec<Step>),
}

/// One command and what it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is typed, as `衢州`.
    pub city: String,
    /// What is typed after `tongban`.
    pub line: String,
    /// What it prints.
    pub output: String,
}

/// Reads a page.
pub fn read(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            parts.push(clock(line).unwrap_or_else(|| Part::Line(line.to_owned())));
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        parts.push(match info.split_once(' ') {
            _ if info == "console" => Part::Console(steps(&block)),
            Some((_, name)) => {
                let content = block.iter().map(|line| format!("{line}\n")).collect();
                Part::File(info.to_owned(), name.to_owned(), content)
            }
            None => panic!("a block of the page is neither a console nor a named file: {line}"),
        });
    }
    parts
}

/// Writes a page.
pub fn write(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Line(line) | Part::Clock(_, _, line) => text.push_str(&format!("{line}\n")),
            Part::File(info, _, content) => {
                let _ = write!(text, "```{info}\n{content}```\n");
            }
            Part::Console(steps) => {
                text.push_str("```console\n");
                for step in steps {
                    let _ = write!(text, "{}{PROMPT}{}\n{}", step.city, step.line, step.output);
                }
                text.push_str("```\n");
            }
        }
    }
    text
}

/// Finds the commands that fail although the words before their console do not say so. Each failure has its own word.
pub fn unannounced(parts: &[Part]) -> Vec<String> {
    let mut found = Vec::new();
    let mut announced = 0;
    for part in parts {
        match part {
            Part::Line(line) | Part::Clock(_, _, line) => {
                let words = ANNOUNCING.iter();
                announced += words.map(|word| line.matches(word).count()).sum::<usize>();
            }
            Part::File(..) => {}
            Part::Console(steps) => {
                let failed = |step: &&Step| step.output.lines().any(|said| said.starts_with(ERROR));
                let failed = steps.iter().filter(failed).skip(announced);
                found.extend(failed.map(|step| format!("{}{PROMPT}{}", step.city, step.line)));
                announced = 0;
            }
        }
    }
    found
}

/// Reads `## 2026-09-07 16:00 …` or `## 08:30 …`.
fn clock(line: &str) -> Option<Part> {
    let words = line.strip_prefix("## ")?;
    let mut words = words.split(' ');
    let first = words.next()?;
    let (day, time) = match first.len() {
        10 => (Some(first.to_owned()), words.next()?),
        _ => (None, first),
    };
    let (hours, minutes) = time.split_once(':')?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some(Part::Clock(day, minutes, line.to_owned()))
}

fn steps(block: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block {
        match (line.split_once(PROMPT), steps.last_mut()) {
            (Some((city, typed)), _) if !city.contains(' ') => steps.push(Step {
                city: city.to_owned(),
                line: typed.to_owned(),
                output: String::new(),
            }),
            (_, Some(step)) => step.output.push_str(&format!("{line}\n")),
            (_, None) => panic!("a console begins with a command: {line}"),
        }
    }
    steps
}

#[test]
fn a_failure_is_announced_by_a_word_of_its_own() {
    let page = |words: &str, outputs: &[&str]| {
        let steps = outputs.iter().map(|output| Step {
            city: "衢州".to_owned(),
            line: "status".to_owned(),
            output: (*output).to_owned(),
        });
        let before = Part::Console(vec![]);
        let words = Part::Line(words.to_owned());
        unannounced(&[before, words, Part::Console(steps.collect())]).len()
    };
    let (fails, goes) = ("错误：没有 [E_NOT_FOUND]\n提示：……\n", "✓ 已签\n");
    assert_eq!(page("四市都签了：", &[goes]), 0);
    assert_eq!(page("四市都签了：", &[goes, fails]), 1);
    assert_eq!(page("差一分会被拒绝：", &[fails, goes]), 0);
    assert_eq!(page("差一分会被拒绝：", &[fails, fails]), 1);
    assert_eq!(page("没签齐报错，差一分也报错：", &[fails, fails]), 0);
    let later = [
        Part::Line("会被拒绝：".to_owned()),
        Part::Console(vec![]),
        Part::Console(vec![Step {
            city: "衢州".to_owned(),
            line: "status".to_owned(),
            output: fails.to_owned(),
        }]),
    ];
    assert_eq!(unannounced(&later), ["衢州$ tongban status"]);
}

#[test]
fn a_page_is_written_as_it_was_read() {
    let text = "# 一天\n\n## 2026-09-07 16:00 昨天\n\n## 08:30 开门\n\n```toml 甲.toml\nname = \"甲\"\n```\n\n\
                ```console\n衢州$ tongban status\n城市  衢州市\n衢州$ tongban board\n```\n";
    let parts = read(text);
    assert_eq!(write(&parts), text);
    let clock = |part: &Part| match part {
        Part::Clock(day, minutes, _) => Some((day.clone(), *minutes)),
        _ => None,
    };
    let clocks: Vec<_> = parts.iter().filter_map(clock).collect();
    assert_eq!(clocks, [(Some("2026-09-07".to_owned()), 960), (None, 510)]);
    let Some(Part::Console(steps)) = parts.last() else {
        panic!("{parts:?}");
    };
    assert_eq!(steps[0].output, "城市  衢州市\n");
    assert_eq!(
        (steps[1].line.as_str(), steps[1].output.as_str()),
        ("board", "")
    );
}
