//! Text in the encodings Python knows, for the `template` action.

use crate::python::base64;

/// A text that cannot be had in an encoding: Python's message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unencodable(String);

/// `text.encode(encoding)`. Fails for an unknown encoding and for characters that it does not have.
pub fn encode(text: &str, encoding: &str) -> Result<Vec<u8>, Unencodable> {
    base64::encode_text(text, encoding).map_err(|fault| Unencodable(fault.cause().message))
}
