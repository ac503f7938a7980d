/// Numbers that look random and are always the same: splitmix64 from a fixed start. `domain` draws no
/// random numbers, and an estate that changed from run to run would be useless in a walk-through.
#[derive(Debug, Clone)]
pub(super) struct Sequence(u64);

impl Sequence {
    pub(super) fn new() -> Self {
        Self(0x5eed_0f5c_1157_ab1e)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `n` times on average.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A serial number such as makers print on plates.
    pub(super) fn serial(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        (0..9).map(|_| char::from(*self.pick(LETTERS))).collect()
    }
}
