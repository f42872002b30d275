//! `docs/month-end.zh-CN.md` is true: four real nodes, every command of the finance officers typed in its order, from the
//! first parcel to the last receipt. `cargo xtask docs` writes the outputs of the page anew instead.

#[path = "day/cities.rs"]
mod cities;
#[path = "day/page.rs"]
mod page;
#[path = "day/play.rs"]
mod play;

/// The page, from the folder of this package.
const PAGE: &str = "../docs/month-end.zh-CN.md";
/// The first day of the page.
const FIRST_DAY: &str = "2026-09-28";

#[test]
fn the_month_end_goes_as_the_page_says() {
    let cities = [
        ("330800", "衢州"),
        ("350700", "南平"),
        ("361100", "上饶"),
        ("341000", "黄山"),
    ];
    play::is_true(PAGE, FIRST_DAY, &cities);
}
