/// A set of small numbers, one bit each: 8 kB for the 63,000 packages of Debian, so it stays in the
/// fastest cache during a walk. Numbers beyond the size are not in the set.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set with room for numbers below `size`.
    pub(super) fn with_room_for(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        self.0
            .get(number as usize / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds a number below the size; `true` if it was not in the set.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let word = &mut self.0[number as usize / 64];
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Adds a number, making room for it.
    pub(super) fn insert_growing(&mut self, number: u32) {
        let words = number as usize / 64 + 1;
        if self.0.len() < words {
            self.0.resize(words, 0);
        }
        self.insert(number);
    }

    pub(super) fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }
}
