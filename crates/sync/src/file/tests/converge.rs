//! Any causal order gives the same file, with twins among the changes too.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::{CaseFile, Edit, FileRefusal, FiledChange};

/// An entry with all its ancestors, by number of creation.
struct Entry {
    id: [u8; 32],
    actor: [u8; 16],
    change: Vec<u8>,
    ancestors: BTreeSet<usize>,
}

/// What one editor does next.
#[derive(Clone, Debug)]
enum Step {
    Edit(usize, Vec<Edit>),
    /// The first editor receives all that the second knows.
    Sync(usize, usize),
    /// A dishonest device signs a second change under the actor of an earlier entry.
    Twin(usize, Vec<Edit>),
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = prop::sample::select(vec!["姓名", "电话", "地址"]).prop_map(str::to_owned);
    let text = prop::sample::select(vec!["一", "二三", "abc", "四😀五"]).prop_map(str::to_owned);
    prop_oneof![
        3 => (name.clone(), text.clone()).prop_map(|(name, value)| Edit::SetField { name, value }),
        1 => name.clone().prop_map(|name| Edit::RemoveField { name }),
        2 => (name, any::<bool>()).prop_map(|(item, done)| Edit::Check { item, done }),
        3 => (0usize..12, text.clone()).prop_map(|(at, text)| Edit::InsertNote { at, text }),
        2 => (0usize..12, 1usize..4).prop_map(|(at, count)| Edit::DeleteNote { at, count }),
        2 => text.prop_map(|text| Edit::AppendNote { text }),
    ]
}

fn steps(twins: u32) -> impl Strategy<Value = (usize, Vec<Step>)> {
    (2usize..=4).prop_flat_map(move |editors| {
        let edits = || prop::collection::vec(edit(), 1..4);
        let step = prop_oneof![
            6 => (0..editors, edits()).prop_map(|(editor, edits)| Step::Edit(editor, edits)),
            3 => (0..editors, 0..editors).prop_map(|(to, from)| Step::Sync(to, from)),
            twins => (any::<usize>(), edits()).prop_map(|(of, edits)| Step::Twin(of, edits)),
        ];
        (Just(editors), prop::collection::vec(step, 4..20))
    })
}

fn build(
    entries: &[Entry],
    order: impl IntoIterator<Item = usize>,
) -> (CaseFile, BTreeMap<[u8; 32], FileRefusal>) {
    let numbers: BTreeMap<_, _> = entries.iter().enumerate().map(|(n, e)| (e.id, n)).collect();
    CaseFile::from_changes(
        order.into_iter().map(|number| FiledChange {
            entry: entries[number].id,
            actor: entries[number].actor,
            change: &entries[number].change,
        }),
        &|entry, other| {
            let other = numbers[other];
            entries[numbers[entry]].ancestors.contains(&other)
        },
    )
}

/// Plays the steps; what an editor writes builds on what she knows.
fn play(editors: usize, steps: Vec<Step>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut known = vec![BTreeSet::new(); editors];
    for step in steps {
        let number = entries.len();
        let fresh = *blake3::hash(&number.to_be_bytes()).as_bytes();
        let (edits, ancestors, actor, editor) = match step {
            Step::Sync(to, from) => {
                let from = known[from].clone();
                known[to].extend(from);
                continue;
            }
            Step::Edit(editor, edits) => {
                let mut actor = [0; 16];
                actor.copy_from_slice(&fresh[16..]);
                (edits, known[editor].clone(), actor, editor)
            }
            Step::Twin(_, _) if entries.is_empty() => continue,
            Step::Twin(of, edits) => {
                let of = of % entries.len();
                let ancestors = entries[of].ancestors.clone();
                (edits, ancestors, entries[of].actor, of % editors)
            }
        };
        let (file, _) = build(&entries, ancestors.iter().copied());
        if let Ok(change) = file.prepare(&edits, actor) {
            known[editor].insert(number);
            known[editor].extend(&ancestors);
            entries.push(Entry {
                id: fresh,
                actor,
                change,
                ancestors,
            });
        }
    }
    entries
}

/// A causal order chosen by `picks`.
fn causal_order(entries: &[Entry], picks: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    let mut picks = picks.iter().cycle();
    while order.len() < entries.len() {
        let ready: Vec<usize> = (0..entries.len())
            .filter(|number| !order.contains(number))
            .filter(|number| entries[*number].ancestors.iter().all(|a| order.contains(a)))
            .collect();
        order.push(ready[picks.next().copied().unwrap_or(0) % ready.len()]);
    }
    order
}

/// Admits one by one, building anew when told to, as a node does.
fn admit_in(entries: &[Entry], order: &[usize]) -> CaseFile {
    let mut file = CaseFile::new();
    for (place, number) in order.iter().enumerate() {
        let entry = &entries[*number];
        let ancestors = |other: &[u8; 32]| {
            entry
                .ancestors
                .iter()
                .any(|ancestor| entries[*ancestor].id == *other)
        };
        if let Err(FileRefusal::Twin { rebuild: true, .. }) =
            file.admit(entry.id, entry.actor, &entry.change, &ancestors)
        {
            file = build(entries, order[..=place].iter().copied()).0;
        }
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn honest_editors_converge_and_nothing_is_set_aside(
        (editors, steps) in steps(0),
        picks in prop::collection::vec(any::<usize>(), 1..40),
    ) {
        let entries = play(editors, steps);
        let (first, aside) = build(&entries, 0..entries.len());
        prop_assert_eq!(aside, BTreeMap::new());
        prop_assert_eq!(first.applied().len(), entries.len());
        let second = admit_in(&entries, &causal_order(&entries, &picks));
        prop_assert_eq!(first.view(), second.view());
        prop_assert_eq!(first.digest(), second.digest());
        prop_assert_eq!(first.applied(), second.applied());
    }

    #[test]
    fn twins_leave_the_same_file_in_any_order(
        (editors, steps) in steps(4),
        picks in prop::collection::vec(any::<usize>(), 1..40),
    ) {
        let entries = play(editors, steps);
        let (first, aside) = build(&entries, 0..entries.len());
        prop_assert_eq!(first.applied().len() + aside.len(), entries.len());
        let order = causal_order(&entries, &picks);
        let (second, aside_too) = build(&entries, order.iter().copied());
        prop_assert_eq!(&aside, &aside_too);
        let third = admit_in(&entries, &order);
        for other in [second, third] {
            prop_assert_eq!(first.view(), other.view());
            prop_assert_eq!(first.digest(), other.digest());
            prop_assert_eq!(first.applied(), other.applied());
        }
    }
}
