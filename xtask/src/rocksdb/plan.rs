//! Divides RocksDB's sources into unity parts and splits a part whose sources do not go together.
//! Pure text work; nothing here runs a compiler.

use std::collections::BTreeSet;

/// How many parts the sources are divided into at first. Fewer parts read the common headers less often;
/// more parts need less memory each and keep all cores busy to the end.
const PARTS: usize = 16;

/// One translation unit that includes several sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Number shown to people, such as `3` or `3+1` for a source that was split off part 3.
    pub label: String,
    /// Sources relative to the crate's folder, included in this order.
    pub sources: Vec<String>,
}

impl Unit {
    /// The text of the unity file.
    pub fn text(&self) -> String {
        self.sources
            .iter()
            .map(|source| format!("#include \"{source}\"\n"))
            .collect()
    }
}

/// Divides sorted sources into runs of neighbours, so that files of one folder share a part.
pub fn units(sources: &[String]) -> Vec<Unit> {
    let parts = PARTS.min(sources.len().max(1));
    (0..parts)
        .map(|part| Unit {
            label: (part + 1).to_string(),
            sources: sources[sources.len() * part / parts..sources.len() * (part + 1) / parts]
                .to_vec(),
        })
        .collect()
}

/// Splits the sources that the compiler complained about off a part that failed to compile.
///
/// Returns the rest first, then one unit for each source that was split off; `None` where the part is a
/// single source, which no splitting can help. Where no source is named in an error, the part is halved.
pub fn split(unit: &Unit, compiler_output: &str) -> Option<Vec<Unit>> {
    if unit.sources.len() < 2 {
        return None;
    }
    let blamed = blamed_sources(unit, compiler_output);
    if blamed.is_empty() || blamed.len() == unit.sources.len() {
        let (first, second) = unit.sources.split_at(unit.sources.len() / 2);
        return Some(vec![
            Unit {
                label: format!("{}a", unit.label),
                sources: first.to_vec(),
            },
            Unit {
                label: format!("{}b", unit.label),
                sources: second.to_vec(),
            },
        ]);
    }
    let rest = unit
        .sources
        .iter()
        .filter(|source| !blamed.contains(*source))
        .cloned()
        .collect();
    let mut split = vec![Unit {
        label: unit.label.clone(),
        sources: rest,
    }];
    split.extend(blamed.into_iter().enumerate().map(|(index, source)| Unit {
        label: format!("{}+{}", unit.label, index + 1),
        sources: vec![source],
    }));
    Some(split)
}

fn blamed_sources(unit: &Unit, compiler_output: &str) -> BTreeSet<String> {
    compiler_output
        .lines()
        .filter(|line| line.contains(" error: "))
        .filter_map(|line| line.split(':').next())
        .filter_map(|path| {
            unit.sources
                .iter()
                .find(|source| path.ends_with(source.as_str()))
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(sources: &[&str]) -> Unit {
        Unit {
            label: "3".into(),
            sources: sources.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_source_is_in_exactly_one_part() {
        let sources: Vec<String> = (0..343).map(|n| format!("rocksdb/{n:03}.cc")).collect();
        let parts = units(&sources);
        assert_eq!(parts.len(), PARTS);
        let together: Vec<String> = parts.into_iter().flat_map(|part| part.sources).collect();
        assert_eq!(together, sources);
    }

    #[test]
    fn blamed_source_goes_alone() {
        let parts = split(
            &unit(&["rocksdb/a.cc", "rocksdb/b.cc", "rocksdb/c.cc"]),
            "In file included from unity.cc:2:\n/src/rocksdb/b.cc:7:3: error: redefinition of 'x'\n",
        )
        .expect("three sources can be split");
        assert_eq!(parts[0].sources, ["rocksdb/a.cc", "rocksdb/c.cc"]);
        assert_eq!(parts[1].sources, ["rocksdb/b.cc"]);
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn unnamed_error_halves() {
        let parts = split(&unit(&["rocksdb/a.cc", "rocksdb/b.cc"]), "killed")
            .expect("two sources can be split");
        assert_eq!(parts[0].sources, ["rocksdb/a.cc"]);
        assert_eq!(parts[1].sources, ["rocksdb/b.cc"]);
    }

    #[test]
    fn single_source_cannot_be_split() {
        assert_eq!(split(&unit(&["rocksdb/a.cc"]), "a.cc:1:1: error: no"), None);
    }
}
