//! A fast checksum against accidents (truncation, bad disks), not against attackers.

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const STEP: u64 = 0xFF51_AFD7_ED55_8CCD;

/// Checksum of `bytes`: eight bytes at a time, multiplied and rotated.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut sum = words.iter().fold(SEED, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    for byte in tail {
        sum = mix(sum, u64::from(*byte) + 1);
    }
    mix(sum, bytes.len() as u64)
}

fn mix(sum: u64, word: u64) -> u64 {
    let mixed = (sum ^ word).wrapping_mul(STEP).rotate_left(31);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn small_changes_show() {
        let base = vec![0_u8; 100];
        let mut seen = std::collections::HashSet::from([checksum(&base)]);
        for index in 0..100 {
            let mut changed = base.clone();
            changed[index] = 1;
            assert!(seen.insert(checksum(&changed)));
            assert!(seen.insert(checksum(&base[..index])));
        }
    }
}
