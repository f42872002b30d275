//! Numbers for mutations: SplitMix64, small and the same everywhere.

/// A stream of numbers from a seed.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound above 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound as u64) as usize
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Random bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.draw() as u8)
    }

    /// One to three changes of bytes: bits, values, insertions, removals.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                bytes.push(self.draw() as u8);
                continue;
            }
            let place = self.below(bytes.len());
            match self.below(9) {
                0..=2 => bytes[place] ^= 1 << self.below(8),
                3 | 4 => bytes[place] = self.draw() as u8,
                5 => bytes[place] = *self.pick(&[0x00, 0x7f, 0x80, 0xff, 0x1b, 0x9b, 0x5b, 0xfb]),
                6 => bytes.insert(place, self.draw() as u8),
                7 => drop(bytes.remove(place)),
                _ => {
                    let other = self.below(bytes.len());
                    bytes.swap(place, other);
                }
            }
        }
    }
}
