//! Header and lines.

use crate::{DEFAULT_ID, VaultError, hex};

const HEADER: &str = "$ANSIBLE_VAULT";
const WIDTH: usize = 80;

/// Whether a text begins as a vault text does.
pub fn is_encrypted(text: &str) -> bool {
    text.starts_with(HEADER) && text.is_ascii()
}

/// Whether a file's bytes begin as a vault text does.
pub fn is_header(bytes: &[u8]) -> bool {
    bytes.starts_with(HEADER.as_bytes())
}

/// A vault text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `1.1` or `1.2`; like ansible-vault, nothing depends on it.
    pub version: String,
    /// The id in the header, of whatever version; `default` where there is none.
    pub vault_id: String,
    /// What the hexadecimal digits stand for.
    pub(crate) payload: Vec<u8>,
}

impl Envelope {
    /// Reads header and digits; nothing is decrypted.
    ///
    /// # Errors
    /// Where the text has no or an unknown header, or the rest is not hexadecimal.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        if !is_encrypted(text) {
            return Err(VaultError::NotEncrypted);
        }
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap_or_default().trim().split(';').collect();
        let &[_, version, cipher, ref rest @ ..] = header.as_slice() else {
            return Err(VaultError::Envelope("the header lacks version or cipher".into()));
        };
        let version = version.trim();
        if cipher.trim() != "AES256" {
            return Err(VaultError::Cipher(cipher.trim().into()));
        }
        let named = rest.first().map(|id| id.trim());
        let digits: Vec<u8> = lines.flat_map(|line| line.trim().bytes()).collect();
        let payload = hex::decode(&digits).map_err(VaultError::Hex)?;
        Ok(Self { version: version.into(), vault_id: named.unwrap_or(DEFAULT_ID).into(), payload })
    }
}

/// The text of a payload.
pub(crate) fn write(payload: &[u8], id: Option<&str>) -> String {
    let mut text = match id.filter(|id| !id.is_empty() && *id != DEFAULT_ID) {
        Some(id) => format!("{HEADER};1.2;AES256;{id}\n"),
        None => format!("{HEADER};1.1;AES256\n"),
    };
    for (index, digit) in hex::encode(payload).chars().enumerate() {
        if index > 0 && index % WIDTH == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text.push('\n');
    text
}
