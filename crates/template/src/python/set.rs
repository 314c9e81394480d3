//! CPython's sets of numbers, whose order follows from their hashes.

use crate::{HashKey, Val};
use num_traits::{Signed, ToPrimitive, float::FloatCore};

const MIN_SLOTS: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// Python's numbers are hashed modulo this prime.
const MODULUS: u64 = (1 << MODULUS_BITS) - 1;
const MODULUS_BITS: i16 = 61;

#[derive(Clone)]
enum Slot {
    Free,
    /// Something was removed: no search ends here.
    Dummy,
    Used(usize, HashKey),
}

/// A set of numbers with CPython's table of slots.
#[derive(Clone)]
pub(crate) struct HashedSet {
    slots: Vec<Slot>,
    /// Slots that are not free.
    fill: usize,
    used: usize,
}

/// Python's hash of a number: its value modulo a prime, also that of a fraction.
fn hash(value: &Val) -> Option<usize> {
    let (rest, negative) = match value {
        Val::Float(float) if !float.is_finite() => return None,
        Val::Float(float) => {
            let (mantissa, exponent, sign) = float.integer_decode();
            let shift = u32::from(exponent.rem_euclid(MODULUS_BITS).unsigned_abs());
            let product = (u128::from(mantissa) << shift) % u128::from(MODULUS);
            (product.to_i64()?, sign < 0)
        }
        other => {
            let int = crate::val::integer_of(other)?;
            ((int.abs() % MODULUS).to_i64()?, int.is_negative())
        }
    };
    let hash = if negative { -rest } else { rest };
    // -1 means an error in C.
    Some((if hash == -1 { -2 } else { hash }) as usize)
}

impl HashedSet {
    fn new() -> Self {
        Self { slots: vec![Slot::Free; MIN_SLOTS], fill: 0, used: 0 }
    }

    /// The set Python makes of a list of numbers; none where there is something else.
    pub(crate) fn of<'a>(keys: impl IntoIterator<Item = &'a HashKey>) -> Option<Self> {
        let mut set = Self::new();
        for key in keys {
            set.add(hash(key.value())?, key.clone());
        }
        Some(set)
    }

    /// Its items in Python's order.
    pub(crate) fn into_keys(self) -> Vec<HashKey> {
        self.slots
            .into_iter()
            .filter_map(|slot| if let Slot::Used(_, key) = slot { Some(key) } else { None })
            .collect()
    }

    fn entries(&self) -> impl Iterator<Item = (usize, &HashKey)> {
        self.slots
            .iter()
            .filter_map(|slot| if let Slot::Used(hash, key) = slot { Some((*hash, key)) } else { None })
    }

    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    /// The slot that holds a key, or else the one for it: the first left on the way, or the free one at its end.
    fn place(&self, hash: usize, key: &HashKey) -> usize {
        let mut left = None;
        let found = self.search(hash, key, &mut left);
        if matches!(self.slots[found], Slot::Free) { left.unwrap_or(found) } else { found }
    }

    /// The slot that holds a key, or the free one at which the search for it ends.
    fn find(&self, hash: usize, key: &HashKey) -> usize {
        self.search(hash, key, &mut None)
    }

    fn search(&self, hash: usize, key: &HashKey, left: &mut Option<usize>) -> usize {
        let mask = self.mask();
        let (mut at, mut perturb) = (hash & mask, hash);
        loop {
            let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for slot in at..=at + probes {
                match &self.slots[slot] {
                    Slot::Free => return slot,
                    Slot::Used(other, held) if *other == hash && held == key => return slot,
                    Slot::Dummy if left.is_none() => *left = Some(slot),
                    _ => {}
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    fn add(&mut self, hash: usize, key: HashKey) {
        let slot = self.place(hash, &key);
        if matches!(self.slots[slot], Slot::Used(..)) {
            return;
        }
        let was_free = matches!(self.slots[slot], Slot::Free);
        self.slots[slot] = Slot::Used(hash, key);
        self.fill += usize::from(was_free);
        self.used += 1;
        if was_free && self.fill * 5 >= self.mask() * 3 {
            self.resize(self.growth());
        }
    }

    fn growth(&self) -> usize {
        if self.used > 50_000 { self.used * 2 } else { self.used * 4 }
    }

    fn resize(&mut self, at_least: usize) {
        let mut size = MIN_SLOTS;
        while size <= at_least {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, vec![Slot::Free; size]);
        self.fill = self.used;
        for slot in old {
            if let Slot::Used(hash, key) = slot {
                let free = self.find(hash, &key);
                self.slots[free] = Slot::Used(hash, key);
            }
        }
    }

    fn contains(&self, hash: usize, key: &HashKey) -> bool {
        matches!(self.slots[self.find(hash, key)], Slot::Used(..))
    }

    fn discard(&mut self, hash: usize, key: &HashKey) -> bool {
        let slot = self.find(hash, key);
        let found = matches!(self.slots[slot], Slot::Used(..));
        if found {
            self.slots[slot] = Slot::Dummy;
            self.used -= 1;
        }
        found
    }

    /// Adds another set's items.
    fn merge(&mut self, other: &Self) {
        if other.used == 0 {
            return;
        }
        if (self.fill + other.used) * 5 >= self.mask() * 3 {
            self.resize((self.used + other.used) * 2);
        }
        if self.fill == 0 && self.mask() == other.mask() && other.fill == other.used {
            self.clone_from(other);
            return;
        }
        for (hash, key) in other.entries() {
            self.add(hash, key.clone());
        }
    }

    fn copied(&self) -> Self {
        let mut copy = Self::new();
        copy.merge(self);
        copy
    }

    fn holding<'a>(entries: impl Iterator<Item = (usize, &'a HashKey)>) -> Self {
        let mut set = Self::new();
        for (hash, key) in entries {
            set.add(hash, key.clone());
        }
        set
    }

    /// `self & other`
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (large, small) = if other.used > self.used { (other, self) } else { (self, other) };
        Self::holding(small.entries().filter(|(hash, key)| large.contains(*hash, key)))
    }

    /// `self - other`
    pub(crate) fn difference(&self, other: &Self) -> Self {
        if self.used >> 2 <= other.used {
            return Self::holding(self.entries().filter(|(hash, key)| !other.contains(*hash, key)));
        }
        let mut rest = self.copied();
        for (hash, key) in other.entries() {
            rest.discard(hash, key);
        }
        if rest.fill - rest.used > rest.mask() / 4 {
            rest.resize(rest.growth());
        }
        rest
    }

    /// `self | other`
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut both = self.copied();
        both.merge(other);
        both
    }

    /// `self ^ other`
    pub(crate) fn symmetric_difference(&self, other: &Self) -> Self {
        let mut set = other.copied();
        for (hash, key) in self.entries() {
            if !set.discard(hash, key) {
                set.add(hash, key.clone());
            }
        }
        set
    }
}
