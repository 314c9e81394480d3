//! Frames to bytes and back: four bytes of length (little endian), then the postcard form.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Largest frame, in bytes without its length. Bigger contents travel in pieces.
pub const MAX_FRAME: usize = 4 * 1024 * 1024;

/// Size of the pieces that contents and results are cut into.
pub const CHUNK: usize = 256 * 1024;

const LENGTH: usize = 4;

/// Why bytes could not become frames, or frames bytes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProtocolError {
    /// The other side announced, or we were about to send, a frame over [`MAX_FRAME`].
    #[error("frame of {0} bytes is over the limit of {MAX_FRAME}")]
    TooBig(usize),
    /// The bytes are no frame of this version.
    #[error("not a frame: {0}")]
    Malformed(postcard::Error),
    /// Bytes were left over inside a frame.
    #[error("frame with {0} bytes too many")]
    Trailing(usize),
}

/// Appends `frame` with its length to `out`.
///
/// # Errors
/// [`ProtocolError::TooBig`] when it is over [`MAX_FRAME`]; `out` is then as before.
pub fn encode<T: Serialize>(frame: &T, out: &mut Vec<u8>) -> Result<(), ProtocolError> {
    let body = postcard::to_allocvec(frame).map_err(ProtocolError::Malformed)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_FRAME);
    let length = length.ok_or(ProtocolError::TooBig(body.len()))?;
    out.reserve(LENGTH + body.len());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&body);
    Ok(())
}

/// Collects bytes as they come and gives frames as they are complete.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && (self.start == self.buffer.len() || self.start >= CHUNK) {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the bytes cannot be a frame. The stream is then of no more use.
    pub fn next_frame<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ProtocolError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((length, rest)) = rest.split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(ProtocolError::TooBig(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let (frame, left) = postcard::take_from_bytes(body).map_err(ProtocolError::Malformed)?;
        if !left.is_empty() {
            return Err(ProtocolError::Trailing(left.len()));
        }
        self.start += LENGTH + length;
        Ok(Some(frame))
    }

    /// True when no part of a frame is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, CallOptions, Hello, InlineBlob, Stream, ToAgent, ToController, VERSION};

    fn samples() -> Vec<ToAgent> {
        let call = Call {
            module: "copy".into(),
            args: br#"{"z":1,"a":2}"#.to_vec(),
            options: CallOptions {
                environment: vec![("A".into(), "b".into())],
                timeout_secs: Some(5),
                ..CallOptions::default()
            },
            blobs: vec![InlineBlob { id: "x".into(), bytes: vec![0, 255] }],
        };
        vec![
            ToAgent::Call { id: 1, call, more: true },
            ToAgent::CallMore { id: 1, args: vec![b'{'], last: true },
            ToAgent::BlobData { call: 1, blob: "x".into(), bytes: vec![7; 300], last: false },
            ToAgent::BlobMissing { call: 1, blob: "x".into(), reason: "gone".into() },
            ToAgent::Cancel { id: 1 },
            ToAgent::Ping { token: u64::MAX },
        ]
    }

    #[test]
    fn frames_survive_any_cutting() {
        let frames = samples();
        let mut bytes = Vec::new();
        for frame in &frames {
            encode(frame, &mut bytes).unwrap();
        }
        for step in [1, 2, 3, 7, 64, bytes.len()] {
            let mut decoder = Decoder::default();
            let mut seen = Vec::new();
            for piece in bytes.chunks(step) {
                decoder.push(piece);
                while let Some(frame) = decoder.next_frame::<ToAgent>().unwrap() {
                    seen.push(frame);
                }
            }
            assert_eq!(seen, frames);
            assert!(decoder.is_empty());
        }
    }

    #[test]
    fn agent_frames_round_trip() {
        let hello = Hello { version: VERSION, build: "0".into(), pid: 1, euid: 0, file: None };
        let frames = [
            ToController::Hello(hello),
            ToController::Result { id: 3, json: b"{}".to_vec(), last: true },
            ToController::NeedBlob { call: 3, blob: "b".into(), credit: 9 },
            ToController::Out { call: 3, blob: "b".into(), bytes: vec![1] },
            ToController::Progress { call: 3, stream: Stream::Stderr, bytes: vec![2] },
            ToController::Pong { token: 4 },
        ];
        for frame in frames {
            let mut bytes = Vec::new();
            encode(&frame, &mut bytes).unwrap();
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            assert_eq!(decoder.next_frame::<ToController>().unwrap(), Some(frame));
        }
    }

    #[test]
    fn limits_hold_both_ways() {
        let big = ToController::Out { call: 1, blob: String::new(), bytes: vec![0; MAX_FRAME] };
        assert!(matches!(encode(&big, &mut Vec::new()), Err(ProtocolError::TooBig(_))));
        let mut decoder = Decoder::default();
        decoder.push(&u32::MAX.to_le_bytes());
        assert!(matches!(decoder.next_frame::<ToAgent>(), Err(ProtocolError::TooBig(_))));
    }

    #[test]
    fn garbage_is_an_error_or_a_wait_never_a_panic() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..40 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(u8::try_from(state & 0xff).unwrap());
            }
            let mut framed = 36_u32.to_le_bytes().to_vec();
            framed.extend_from_slice(&bytes[..36]);
            for input in [bytes, framed] {
                let mut decoder = Decoder::default();
                decoder.push(&input);
                while let Ok(Some(_)) = decoder.next_frame::<ToAgent>() {}
                let mut decoder = Decoder::default();
                decoder.push(&input);
                while let Ok(Some(_)) = decoder.next_frame::<ToController>() {}
            }
        }
    }
}
