//! Hexadecimal digits.

use crate::HexFault;

pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of an even number of digits of either case.
pub(crate) fn decode(digits: &[u8]) -> Result<Vec<u8>, HexFault> {
    if !digits.len().is_multiple_of(2) {
        return Err(HexFault::Odd);
    }
    let bytes = digits.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?));
    bytes.collect::<Option<_>>().ok_or(HexFault::Digit)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
