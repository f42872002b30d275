//! A growing set of small numbers: which entries of an agreement lie in a history.

/// A set of entry numbers, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap(Vec<u64>);

impl Bitmap {
    /// Says whether the number is in the set.
    pub fn contains(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Adds a number.
    pub fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    /// Adds every number of another set.
    pub fn union(&mut self, other: &Bitmap) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// Returns how many numbers are in the set.
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_holds_both_sides() {
        let (mut left, mut right) = (Bitmap::default(), Bitmap::default());
        left.insert(3);
        right.insert(130);
        left.union(&right);
        assert!(left.contains(3) && left.contains(130) && !left.contains(131));
        assert_eq!(left.count(), 2);
    }
}
