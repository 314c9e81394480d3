//! Python's `random.Random`: Mersenne Twister, seeded (version 2) by text, bytes or integer.

use crate::{Fault, Res};
use num_bigint::BigInt;
use sha2::{Digest, Sha512};

const N: usize = 624;
const M: usize = 397;

/// A source of random bits.
pub(crate) trait Bits {
    /// The next 32 bits.
    fn word(&mut self) -> Res<u32>;

    /// `k` bits, at most 64, as Python's `getrandbits` puts words together.
    fn bits(&mut self, k: u32) -> Res<u64> {
        if k == 0 {
            return Ok(0);
        }
        if k <= 32 {
            return Ok(u64::from(self.word()? >> (32 - k)));
        }
        let low = u64::from(self.word()?);
        let high = u64::from(self.word()? >> (64 - k));
        Ok(high << 32 | low)
    }

    /// A number in `0..n`, evenly.
    fn below(&mut self, n: u64) -> Res<u64> {
        let k = 64 - n.leading_zeros();
        loop {
            let drawn = self.bits(k)?;
            if drawn < n || n == 0 {
                return Ok(drawn);
            }
        }
    }

    /// An index into a sequence of `length` items.
    fn index(&mut self, length: usize) -> Res<usize> {
        Ok(self.below(length as u64)? as usize)
    }

    /// `randrange`
    fn range(&mut self, start: i64, stop: i64, step: i64) -> Res<i64> {
        let width = i128::from(stop) - i128::from(start);
        if step == 1 {
            if width > 0 {
                return Ok((i128::from(start) + i128::from(self.below(width as u64)?)) as i64);
            }
            return Err(Fault::value_error(format!(
                "empty range for randrange() ({start}, {stop}, {width})"
            )));
        }
        let step = i128::from(step);
        let count = match step {
            0 => return Err(Fault::value_error("zero step for randrange()")),
            1.. => (width + step - 1).div_euclid(step),
            _ => (-width - step - 1).div_euclid(-step),
        };
        if count <= 0 {
            return Err(Fault::value_error("empty range for randrange()"));
        }
        Ok((i128::from(start) + step * i128::from(self.below(count as u64)?)) as i64)
    }
}

/// `random.shuffle`
pub(crate) fn shuffle<T>(source: &mut dyn Bits, items: &mut [T]) -> Res<()> {
    for i in (1..items.len()).rev() {
        let j = source.index(i + 1)?;
        items.swap(i, j);
    }
    Ok(())
}

/// The operating system's randomness.
pub(crate) struct Os;

impl Bits for Os {
    fn word(&mut self) -> Res<u32> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes)
            .map_err(|error| Fault::raised("OSError", format!("no randomness from the system: {error}")))?;
        Ok(u32::from_le_bytes(bytes))
    }
}

/// The Mersenne Twister MT19937.
pub(crate) struct Twister {
    state: Box<[u32; N]>,
    index: usize,
}

impl Bits for Twister {
    fn word(&mut self) -> Res<u32> {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        Ok(y ^ (y >> 18))
    }
}

impl Twister {
    /// Seeded by text, as `Random('text')`.
    pub(crate) fn from_text(seed: &[u8]) -> Self {
        let mut bytes = seed.to_vec();
        bytes.extend(Sha512::digest(seed));
        bytes.reverse();
        Self::from_little_endian(&bytes)
    }

    /// Seeded by an integer; the sign does not matter.
    pub(crate) fn from_int(seed: &BigInt) -> Self {
        Self::from_little_endian(&seed.magnitude().to_bytes_le())
    }

    fn from_little_endian(bytes: &[u8]) -> Self {
        let mut key: Vec<u32> = bytes
            .chunks(4)
            .map(|chunk| {
                let mut word = [0; 4];
                word[..chunk.len()].copy_from_slice(chunk);
                u32::from_le_bytes(word)
            })
            .collect();
        while key.len() > 1 && key.last() == Some(&0) {
            key.pop();
        }
        Self::from_key(&key)
    }

    fn from_key(key: &[u32]) -> Self {
        let mut state = Box::new([0u32; N]);
        state[0] = 19_650_218;
        for i in 1..N {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(i as u32);
        }
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let previous = state[i - 1];
            state[i] = (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i = next(&mut state, i);
            j = (j + 1) % key.len();
        }
        for _ in 0..N - 1 {
            let previous = state[i - 1];
            state[i] =
                (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i = next(&mut state, i);
        }
        state[0] = 0x8000_0000;
        Self { state, index: N }
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 0 { 0 } else { 0x9908_b0df };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.index = 0;
    }
}

fn next(state: &mut [u32; N], i: usize) -> usize {
    if i + 1 < N {
        return i + 1;
    }
    state[0] = state[N - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_what_python_draws() {
        let mut random = Twister::from_int(&BigInt::from(1));
        let drawn: Vec<i64> = (0..5).map(|_| random.range(0, 100, 1).unwrap_or(-1)).collect();
        assert_eq!(drawn, [17, 72, 97, 8, 32]);
        let mut random = Twister::from_text(b"inventory");
        let mut items: Vec<u32> = (0..8).collect();
        assert!(shuffle(&mut random, &mut items).is_ok());
        assert_eq!(items, PYTHON_SHUFFLED);
    }

    // random.Random('inventory').shuffle(list(range(8)))
    const PYTHON_SHUFFLED: [u32; 8] = [7, 1, 3, 5, 0, 4, 2, 6];
}
