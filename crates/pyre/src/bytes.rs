use std::borrow::Cow;

/// Every byte as the character of its number.
pub fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The bytes of a text that [`from_bytes`] made.
pub fn to_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::{from_bytes, to_bytes};
    use crate::{Flags, Pattern};

    #[test]
    fn bytes_match_as_bytes() {
        let pattern = Pattern::of_bytes("é.", Flags::default()).unwrap();
        assert!(pattern.is_found(&from_bytes("aéb".as_bytes())).unwrap());
        assert!(!pattern.is_found(&from_bytes(b"a\xe9b")).unwrap());
        assert_eq!(to_bytes(&from_bytes(b"a\xff\xc3")), b"a\xff\xc3");
    }
}
