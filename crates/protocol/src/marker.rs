//! The start marker: whatever a login prints before it is noise, whatever follows is frames.

/// Fixed part of the marker line. The zero byte keeps an echo of the command from matching.
const LEAD: &[u8] = b"\0rplay-agent ";

/// How much noise is kept for the warning, in bytes; the rest is only skipped.
const NOISE_KEPT: usize = 16 * 1024;

/// The line an agent writes before its first frame, for the random `token` it was started with.
#[must_use]
pub fn marker(token: &str) -> Vec<u8> {
    [LEAD, token.as_bytes(), b"\n"].concat()
}

/// Finds the marker in what a host sends.
#[derive(Debug)]
pub struct MarkerScan {
    marker: Vec<u8>,
    seen: Vec<u8>,
    noise: Vec<u8>,
}

impl MarkerScan {
    /// Looks for the marker of `token`.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self { marker: marker(token), seen: Vec::new(), noise: Vec::new() }
    }

    /// Takes bytes in. `Some` once the marker was found: what came after it.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.seen.extend_from_slice(bytes);
        let found = self.seen.windows(self.marker.len()).position(|w| w == self.marker);
        // Without a match the last bytes may be the beginning of a marker.
        let done = found.unwrap_or_else(|| self.seen.len().saturating_sub(self.marker.len() - 1));
        let room = NOISE_KEPT.saturating_sub(self.noise.len()).min(done);
        self.noise.extend_from_slice(self.seen.get(..room).unwrap_or_default());
        self.seen.drain(..done);
        found.map(|_| self.seen.split_off(self.marker.len()))
    }

    /// What came before the marker, or all that came so far when it was not seen yet.
    #[must_use]
    pub fn noise(&self) -> Vec<u8> {
        let pending = if self.seen.starts_with(&self.marker) { &[] } else { self.seen.as_slice() };
        [self.noise.as_slice(), pending].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_before_the_marker_is_kept_apart() {
        let mut input = b"Welcome!\nrplay-agent abc\n".to_vec();
        input.extend(marker("abc"));
        input.extend(b"frames");
        for step in [1, 5, 1000] {
            let mut scan = MarkerScan::new("abc");
            let mut after = None;
            for piece in input.chunks(step) {
                match &mut after {
                    None => after = scan.push(piece),
                    Some(rest) => rest.extend_from_slice(piece),
                }
            }
            assert_eq!(after.unwrap(), b"frames");
            assert_eq!(scan.noise(), b"Welcome!\nrplay-agent abc\n");
        }
    }

    #[test]
    fn another_token_is_noise_and_memory_is_bounded() {
        let mut scan = MarkerScan::new("abc");
        assert!(scan.push(&marker("abd")).is_none());
        for _ in 0..100 {
            assert!(scan.push(&[b'x'; 4096]).is_none());
        }
        assert!(scan.noise().len() <= NOISE_KEPT + 64);
        assert_eq!(scan.push(&marker("abc")), Some(Vec::new()));
    }
}
