//! Python's `range`.

use crate::Val;

/// A `range` object: numbers are made when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// First number.
    pub start: i64,
    /// Bound, not included.
    pub stop: i64,
    /// Difference of neighbours, not 0.
    pub step: i64,
}

impl Range {
    /// How many numbers.
    pub fn len(&self) -> usize {
        let (start, stop, step) = (i128::from(self.start), i128::from(self.stop), i128::from(self.step));
        let count =
            if step > 0 { (stop - start + step - 1) / step } else { (start - stop - step - 1) / -step };
        usize::try_from(count.max(0)).unwrap_or(usize::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at an index.
    pub fn get(&self, index: usize) -> Option<Val> {
        let offset = i64::try_from(index).ok()?.checked_mul(self.step)?;
        (index < self.len()).then(|| Val::Int(self.start.wrapping_add(offset)))
    }

    /// Whether a number is one of them.
    pub fn contains(&self, number: i64) -> bool {
        let inside = if self.step > 0 {
            number >= self.start && number < self.stop
        } else {
            number <= self.start && number > self.stop
        };
        inside && (i128::from(number) - i128::from(self.start)) % i128::from(self.step) == 0
    }

    /// `repr()` of it.
    pub fn text(&self) -> String {
        match self.step {
            1 => format!("range({}, {})", self.start, self.stop),
            step => format!("range({}, {}, {step})", self.start, self.stop),
        }
    }
}
