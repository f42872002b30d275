//! Who pays whom at the end of a month, from what cities owe each other (`domain.md` §3.6.6).
//!
//! Two ways, and the cities choose: *pairwise*, where a city pays only those it owes, and *multilateral*, where the
//! fewest transfers give the same nets. Both are pure: the same sums give the same list on every node, and ties go by
//! the order of the keys, which are division codes where people read the list. Nothing here moves money.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::code::Code;
use crate::money::{Fen, MoneyError};

/// How the transfers of a month are found.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    minicbor::Encode,
    minicbor::Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Netting {
    /// A city pays only those that it owes.
    #[default]
    #[n(1)]
    Pairwise,
    /// The fewest transfers that give the same nets.
    #[n(2)]
    Multilateral,
}

impl Netting {
    /// The way's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Netting::Pairwise => "pairwise",
            Netting::Multilateral => "multilateral",
        }
    }

    /// The other way.
    pub const fn other(self) -> Netting {
        match self {
            Netting::Pairwise => Netting::Multilateral,
            Netting::Multilateral => Netting::Pairwise,
        }
    }

    /// The transfers that settle what cities owe each other. Keys are compared where amounts are equal: give division
    /// codes, and every node prints one list.
    ///
    /// # Errors
    /// [`NettingError`] when a sum overflows.
    pub fn transfers<K: Ord + Copy>(
        self,
        obligations: &BTreeMap<(K, K), Fen>,
    ) -> Result<Vec<Transfer<K>>, NettingError> {
        if self == Netting::Pairwise {
            return Ok(pairwise(obligations)?);
        }
        let mut nets: BTreeMap<K, Fen> = BTreeMap::new();
        for ((debtor, creditor), amount) in obligations {
            let debt = nets.entry(*debtor).or_default();
            *debt = debt.checked_sub(*amount)?;
            let credit = nets.entry(*creditor).or_default();
            *credit = credit.checked_add(*amount)?;
        }
        multilateral(&nets)
    }
}

/// The most non-zero nets for which the fewest transfers are searched for; above it the list is greedy.
pub const EXACT_MAX: usize = 16;

/// One payment between two cities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transfer<K> {
    /// Who pays.
    pub from: K,
    /// Who is paid.
    pub to: K,
    /// How much: above zero.
    pub amount: Fen,
}

/// Why there is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NettingError {
    /// The nets do not add up to zero, so no transfers give them.
    #[error("the nets add up to {0} and not to zero")]
    Unbalanced(Fen),
    /// A sum leaves the range of money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl NettingError {
    /// The refusal code.
    pub const fn code(self) -> Code {
        match self {
            NettingError::Unbalanced(_) => Code::State,
            NettingError::Money(error) => error.code(),
        }
    }
}

/// Each pair's obligations set off against each other: who owes more pays the difference.
///
/// Ascending by payer and payee; pairs that owe each other the same are left out.
///
/// # Errors
/// [`MoneyError`] when a difference leaves the range of money.
pub fn pairwise<K: Ord + Copy>(
    obligations: &BTreeMap<(K, K), Fen>,
) -> Result<Vec<Transfer<K>>, MoneyError> {
    let mut transfers = Vec::new();
    for ((debtor, creditor), owed) in obligations {
        let back = obligations
            .get(&(*creditor, *debtor))
            .copied()
            .unwrap_or(Fen::ZERO);
        let amount = owed.checked_sub(back)?;
        if debtor != creditor && amount > Fen::ZERO {
            transfers.push(Transfer {
                from: *debtor,
                to: *creditor,
                amount,
            });
        }
    }
    Ok(transfers)
}

/// Transfers that give the nets: as few as possible for at most [`EXACT_MAX`] non-zero nets, else greedily.
///
/// Non-zero nets that add up to zero are split into as many groups of sum zero as there can be; a group of `k` needs
/// `k - 1` transfers and no fewer, or it could be split. Within a group the largest debtor pays the largest creditor,
/// again and again. Time and memory grow with `2^n`: about a million steps for 16 nets.
///
/// # Errors
/// [`NettingError::Unbalanced`] when the nets do not add up to zero; [`NettingError::Money`] when a sum overflows.
pub fn multilateral<K: Ord + Copy>(
    nets: &BTreeMap<K, Fen>,
) -> Result<Vec<Transfer<K>>, NettingError> {
    let nets: Vec<(K, Fen)> = nets
        .iter()
        .filter(|(_, net)| !net.is_zero())
        .map(|(city, net)| (*city, *net))
        .collect();
    let sum = Fen::checked_sum(nets.iter().map(|(_, net)| *net))?;
    if !sum.is_zero() {
        return Err(NettingError::Unbalanced(sum));
    }
    if nets.len() > EXACT_MAX {
        return greedy(nets);
    }
    let mut transfers = Vec::new();
    for group in groups(&nets)? {
        transfers.extend(greedy(group)?);
    }
    Ok(transfers)
}

/// Splits nets of sum zero into the most groups of sum zero, those with the smallest keys first.
///
/// `most[set]` is the largest number of disjoint groups of sum zero inside a set of nets: that of the set less one net,
/// and one more if the set itself adds up to zero. Nets are taken away from the whole set so that the number is kept;
/// whatever is taken between two sets of sum zero is a group.
fn groups<K: Copy>(nets: &[(K, Fen)]) -> Result<Vec<Vec<(K, Fen)>>, MoneyError> {
    let sets = 1_usize << nets.len();
    let mut sums = vec![Fen::ZERO; sets];
    let mut most = vec![0_u8; sets];
    for set in 1..sets {
        let lowest = set.trailing_zeros() as usize;
        sums[set] = sums[without(set, lowest)].checked_add(nets[lowest].1)?;
        let inside = members(set, nets.len()).map(|at| most[without(set, at)]);
        most[set] = inside.max().unwrap_or(0) + u8::from(sums[set].is_zero());
    }
    let mut found = Vec::new();
    let mut set = sets - 1;
    let mut group = Vec::new();
    while set != 0 {
        let own = u8::from(sums[set].is_zero());
        let kept = |at: &usize| most[without(set, *at)] + own == most[set];
        let Some(at) = members(set, nets.len()).find(kept) else {
            break;
        };
        group.push(nets[at]);
        set = without(set, at);
        if sums[set].is_zero() {
            found.push(std::mem::take(&mut group));
        }
    }
    Ok(found)
}

fn without(set: usize, at: usize) -> usize {
    set & !(1 << at)
}

fn members(set: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).filter(move |at| set & (1 << at) != 0)
}

/// The largest debtor pays the largest creditor until nobody owes; of equal ones the smaller key first.
fn greedy<K: Ord + Copy>(nets: Vec<(K, Fen)>) -> Result<Vec<Transfer<K>>, NettingError> {
    let mut debts = Vec::new();
    let mut credits = Vec::new();
    for (city, net) in nets {
        match net.is_negative() {
            true => debts.push((city, net.checked_neg()?)),
            false => credits.push((city, net)),
        }
    }
    let mut transfers = Vec::new();
    while let (Some(debt), Some(credit)) = (largest(&debts), largest(&credits)) {
        let amount = debts[debt].1.min(credits[credit].1);
        transfers.push(Transfer {
            from: debts[debt].0,
            to: credits[credit].0,
            amount,
        });
        pay(&mut debts, debt, amount)?;
        pay(&mut credits, credit, amount)?;
    }
    Ok(transfers)
}

fn largest<K: Ord + Copy>(open: &[(K, Fen)]) -> Option<usize> {
    (0..open.len()).max_by_key(|at| (open[*at].1, std::cmp::Reverse(open[*at].0)))
}

fn pay<K>(open: &mut Vec<(K, Fen)>, at: usize, amount: Fen) -> Result<(), MoneyError> {
    open[at].1 = open[at].1.checked_sub(amount)?;
    if open[at].1.is_zero() {
        open.remove(at);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors(key: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../tests/data/domain_vectors.json"))
            .expect("the vectors are JSON");
        all[key].clone()
    }

    fn nets(of: &Value) -> BTreeMap<String, Fen> {
        let nets = of.as_object().expect("nets").iter();
        nets.map(|(city, net)| (city.clone(), Fen::new(net.as_i64().expect("fen"))))
            .collect()
    }

    fn transfers(of: &Value) -> Vec<(String, String, i64)> {
        let rows = of.as_array().expect("transfers").iter();
        let text = |value: &Value| value.as_str().expect("a division code").to_owned();
        rows.map(|row| {
            (
                text(&row["from"]),
                text(&row["to"]),
                row["fen"].as_i64().expect("fen"),
            )
        })
        .collect()
    }

    fn plain<K: AsRef<str>>(list: &[Transfer<K>]) -> Vec<(String, String, i64)> {
        let text = |key: &K| key.as_ref().to_owned();
        let rows = list.iter();
        rows.map(|one| (text(&one.from), text(&one.to), one.amount.get()))
            .collect()
    }

    fn refer(nets: &BTreeMap<String, Fen>) -> BTreeMap<&str, Fen> {
        nets.iter()
            .map(|(city, net)| (city.as_str(), *net))
            .collect()
    }

    /// The fewest payments by trying them all: somebody must settle the first net, with anybody of the other sign.
    fn brute(nets: &[i64]) -> usize {
        let Some((first, rest)) = nets.split_first() else {
            return 0;
        };
        if *first == 0 {
            return brute(rest);
        }
        let with = (0..rest.len()).filter(|at| (rest[*at] < 0) != (*first < 0) && rest[*at] != 0);
        let tried = with.map(|at| {
            let mut left = rest.to_vec();
            left[at] += first;
            1 + brute(&left)
        });
        tried.min().expect("sum zero: somebody has the other sign")
    }

    #[test]
    fn september_both_ways() {
        let september = vectors("settlement_2026_09");
        let own = nets(&september["net"]);
        let list = multilateral(&refer(&own)).expect("sum zero");
        let mut expected = transfers(&september["transfers"]);
        let mut got = plain(&list);
        expected.sort();
        got.sort();
        assert_eq!(got, expected);
        assert_eq!(
            list.len() as u64,
            september["min_transfers"].as_u64().expect("a count")
        );

        let mut obligations = BTreeMap::new();
        for (debtor, creditors) in september["owes"].as_object().expect("owes") {
            for (creditor, fen) in creditors.as_object().expect("creditors") {
                let fen = Fen::new(fen.as_i64().expect("fen"));
                obligations.insert((debtor.as_str(), creditor.as_str()), fen);
            }
        }
        let mut expected = transfers(&september["bilateral"]);
        let mut got = plain(&pairwise(&obligations).expect("small sums"));
        expected.sort();
        got.sort();
        assert_eq!(got, expected);
    }

    #[test]
    fn five_cities_need_three_transfers_where_greed_takes_four() {
        let vector = vectors("netting_5_party");
        let own = nets(&vector["net"]);
        let count = |key: &str| vector[key].as_u64().expect("a count");
        let list = multilateral(&refer(&own)).expect("sum zero");
        assert_eq!(list.len() as u64, count("min_count"));
        let all = refer(&own).into_iter().collect();
        let greed = greedy(all).expect("sum zero");
        assert_eq!(greed.len() as u64, count("greedy_count"));
    }

    /// The most groups of sum zero, by trying every way to split the cities: one after the other joins a group or begins
    /// one. Shares nothing with the search by subsets.
    fn most_groups(nets: &[i64], open: &mut Vec<i64>) -> usize {
        let Some((first, rest)) = nets.split_first() else {
            return if open.iter().all(|sum| *sum == 0) {
                open.len()
            } else {
                0
            };
        };
        open.push(*first);
        let mut most = most_groups(rest, open);
        open.pop();
        for at in 0..open.len() {
            open[at] += first;
            most = most.max(most_groups(rest, open));
            open[at] -= first;
        }
        most
    }

    fn fewest_by_groups(nets: &[i64]) -> usize {
        let nets: Vec<i64> = nets.iter().copied().filter(|net| *net != 0).collect();
        nets.len() - most_groups(&nets, &mut Vec::new())
    }

    /// Every set of nets of two to five cities with small sums, ties and zeros among them, by two ways of trying all.
    #[test]
    fn no_list_is_shorter_for_any_small_nets() {
        const MOST: i64 = 3;
        let mut checked = 0_u32;
        for cities in 2..=5_u32 {
            let width = 2 * MOST + 1;
            for mut code in 0..width.pow(cities - 1) {
                let mut nets = Vec::new();
                for _ in 1..cities {
                    nets.push(code % width - MOST);
                    code /= width;
                }
                nets.push(-nets.iter().sum::<i64>());
                let list = multilateral(&keyed(&nets)).expect("sum zero");
                assert_eq!(list.len(), brute(&nets), "{nets:?}");
                assert_eq!(list.len(), fewest_by_groups(&nets), "{nets:?}");
                checked += 1;
            }
        }
        assert_eq!(checked, 7 + 49 + 343 + 2_401);
    }

    /// `domain.md` §3.6.6: +7, +5, −5, −4, −3 takes four transfers greedily and three at best; the list is the same
    /// whoever makes it, and ties go to the lower key.
    #[test]
    fn the_counter_example_transfer_by_transfer() {
        let nets = BTreeMap::from([
            ("310112", Fen::new(500)),
            ("330800", Fen::new(700)),
            ("341000", Fen::new(-300)),
            ("350700", Fen::new(-500)),
            ("361100", Fen::new(-400)),
        ]);
        let mut list = plain(&multilateral(&nets).expect("sum zero"));
        list.sort();
        let one = |from: &str, to: &str, fen| (from.to_owned(), to.to_owned(), fen);
        let expected = [
            one("341000", "330800", 300),
            one("350700", "310112", 500),
            one("361100", "330800", 400),
        ];
        assert_eq!(list, expected);
        let equal = [(1, 10), (2, 10), (3, -10), (4, -10)].map(|(city, fen)| (city, Fen::new(fen)));
        let list = multilateral(&BTreeMap::from(equal)).expect("sum zero");
        let pairs: Vec<_> = list.iter().map(|one| (one.from, one.to)).collect();
        assert_eq!(pairs, [(3, 1), (4, 2)]);
    }

    #[test]
    fn nets_that_do_not_add_up_have_no_transfers() {
        let nets = BTreeMap::from([(1, Fen::new(5)), (2, Fen::new(-4))]);
        assert_eq!(
            multilateral(&nets),
            Err(NettingError::Unbalanced(Fen::new(1)))
        );
        assert_eq!(multilateral(&BTreeMap::<u8, Fen>::new()), Ok(Vec::new()));
    }

    /// Nets of 2 to `most` cities, small and so with many ways to add up to zero.
    fn balanced(most: usize) -> impl Strategy<Value = Vec<i64>> {
        prop::collection::vec(-6..=6_i64, 1..most).prop_map(|mut nets| {
            nets.push(-nets.iter().sum::<i64>());
            nets
        })
    }

    fn keyed(nets: &[i64]) -> BTreeMap<usize, Fen> {
        nets.iter()
            .enumerate()
            .map(|(at, net)| (at, Fen::new(*net)))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_list_is_shorter_for_two_to_nine_cities(nets in balanced(9)) {
            let list = multilateral(&keyed(&nets)).expect("sum zero");
            prop_assert_eq!(list.len(), brute(&nets));
            prop_assert_eq!(list.len(), fewest_by_groups(&nets));
        }

        /// Above [`EXACT_MAX`]: the nets, with at least one transfer fewer than cities, and nobody both pays and is paid.
        #[test]
        fn many_cities_are_settled_greedily(
            drawn in prop::collection::vec(prop_oneof![-100_000..=-1_i64, 1..=100_000_i64], 20..300),
        ) {
            let mut nets = drawn;
            nets.push(-nets.iter().sum::<i64>());
            let cities = nets.iter().filter(|net| **net != 0).count();
            prop_assume!(cities > EXACT_MAX);
            let list = multilateral(&keyed(&nets)).expect("sum zero");
            prop_assert!(list.len() < cities, "{} of {cities}", list.len());
            let mut left = nets.clone();
            for one in &list {
                prop_assert!(one.amount > Fen::ZERO && nets[one.from] < 0 && nets[one.to] > 0);
                left[one.from] += one.amount.get();
                left[one.to] -= one.amount.get();
            }
            prop_assert!(left.iter().all(|net| *net == 0));
        }

        #[test]
        fn transfers_give_the_nets(nets in balanced(24)) {
            let mut left = nets.clone();
            for one in multilateral(&keyed(&nets)).expect("sum zero") {
                prop_assert!(one.amount > Fen::ZERO && one.from != one.to);
                left[one.from] += one.amount.get();
                left[one.to] -= one.amount.get();
            }
            prop_assert!(left.iter().all(|net| *net == 0));
        }

        #[test]
        fn pairwise_transfers_give_the_nets(
            owed in prop::collection::btree_map((0..6_usize, 0..6_usize), 1..1000_i64, 0..20),
        ) {
            let obligations: BTreeMap<_, _> = owed
                .iter()
                .map(|(pair, fen)| (*pair, Fen::new(*fen)))
                .collect();
            let mut nets = [0_i64; 6];
            for ((debtor, creditor), fen) in &owed {
                nets[*debtor] -= fen;
                nets[*creditor] += fen;
            }
            let list = pairwise(&obligations).expect("small sums");
            for one in &list {
                nets[one.from] += one.amount.get();
                nets[one.to] -= one.amount.get();
            }
            prop_assert_eq!(nets, [0; 6]);
            let pairs = list.iter().map(|one| (one.from.min(one.to), one.from.max(one.to)));
            let count = pairs.clone().count();
            prop_assert_eq!(pairs.collect::<std::collections::BTreeSet<_>>().len(), count);
        }
    }
}
