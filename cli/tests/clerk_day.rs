//! `docs/clerk-day.zh-CN.md` is true: two real nodes, every command of the page typed in its order, every line that it
//! prints compared with the page. `cargo xtask docs` writes the outputs of the page anew instead.
//!
//! The nodes' clocks are set by the headings of the page. What differs from run to run is masked on the page: see
//! `day/play.rs`.

#[path = "day/cities.rs"]
mod cities;
#[path = "day/page.rs"]
mod page;
#[path = "day/play.rs"]
mod play;

/// The page, from the folder of this package.
const PAGE: &str = "../docs/clerk-day.zh-CN.md";
/// The first day of the page.
const FIRST_DAY: &str = "2026-09-07";

#[test]
fn the_clerks_day_goes_as_the_page_says() {
    play::is_true(PAGE, FIRST_DAY, &[("330800", "衢州"), ("350700", "南平")]);
}
