//! Names of the cities that scenarios of this repository use, by division code (GB/T 2260). Other cities
//! give their name in the file.

use tongban_identity::DivisionCode;

/// Division code, name, name in English.
const KNOWN: &[(u32, &str, &str)] = &[
    (310_112, "闵行区", "Minhang"),
    (330_800, "衢州市", "Quzhou"),
    (341_000, "黄山市", "Huangshan"),
    (350_700, "南平市", "Nanping"),
    (361_100, "上饶市", "Shangrao"),
];

/// Finds the name of a known city.
pub(crate) fn known_name(division: DivisionCode) -> Option<&'static str> {
    row(division).map(|(_, name, _)| *name)
}

/// Finds the English name of a known city.
pub(crate) fn known_english(division: DivisionCode) -> Option<&'static str> {
    row(division).map(|(_, _, english)| *english)
}

fn row(division: DivisionCode) -> Option<&'static (u32, &'static str, &'static str)> {
    KNOWN.iter().find(|(code, _, _)| *code == division.value())
}
