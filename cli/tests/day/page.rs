//! The page as a list of parts: words, files that the commands read, and consoles with commands and their outputs.

use std::fmt::Write as _;

/// What ends a prompt: `衢州$ tongban …`.
const PROMPT: &str = "$ tongban ";

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
