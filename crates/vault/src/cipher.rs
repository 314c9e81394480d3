//! Key derivation, authentication and the cipher.

use crate::{VaultError, hex};
use aes::Aes256;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroize;

const ROUNDS: u32 = 10_000;
const KEY: usize = 32;
const BLOCK: usize = 16;

/// Cipher key, authentication key and the counter's start; overwritten when dropped.
pub(crate) struct Keys {
    key: [u8; KEY],
    authentication: [u8; KEY],
    counter: [u8; BLOCK],
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.key.zeroize();
        self.authentication.zeroize();
        self.counter.zeroize();
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    pub(crate) fn derive(password: &[u8], salt: &[u8]) -> Self {
        let mut derived = [0; 2 * KEY + BLOCK];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, &mut derived);
        let mut keys = Self { key: [0; KEY], authentication: [0; KEY], counter: [0; BLOCK] };
        keys.key.copy_from_slice(&derived[..KEY]);
        keys.authentication.copy_from_slice(&derived[KEY..2 * KEY]);
        keys.counter.copy_from_slice(&derived[2 * KEY..]);
        derived.zeroize();
        keys
    }

    fn apply(&self, bytes: &mut [u8]) {
        Ctr128BE::<Aes256>::new(&self.key.into(), &self.counter.into()).apply_keystream(bytes);
    }

    fn mac(&self, ciphertext: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.authentication).ok()?;
        mac.update(ciphertext);
        Some(mac)
    }
}

/// The parts of a payload.
pub(crate) struct Body {
    pub(crate) salt: Vec<u8>,
    code: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Body {
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, VaultError> {
        let mut parts = payload.splitn(3, |byte| *byte == b'\n');
        let (Some(salt), Some(code), Some(ciphertext)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VaultError::Format("salt, authentication code and content are not all there".into()));
        };
        let decode = |digits| hex::decode(digits).map_err(VaultError::Hex);
        Ok(Self { salt: decode(salt)?, code: decode(code)?, ciphertext: decode(ciphertext)? })
    }

    /// The content; `None` where the keys do not fit. The comparison takes the same time wherever the codes
    /// differ.
    pub(crate) fn open(&self, keys: &Keys) -> Option<Result<Vec<u8>, VaultError>> {
        keys.mac(&self.ciphertext)?.verify_slice(&self.code).ok()?;
        let mut plain = self.ciphertext.clone();
        keys.apply(&mut plain);
        Some(unpad(plain))
    }
}

fn unpad(mut plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
    let padding = plain.last().map_or(0, |last| usize::from(*last));
    let length = plain.len().checked_sub(padding).filter(|_| (1..=BLOCK).contains(&padding));
    match length {
        Some(length) if plain[length..].iter().all(|byte| usize::from(*byte) == padding) => {
            plain.truncate(length);
            Ok(plain)
        }
        _ => {
            plain.zeroize();
            Err(VaultError::Format("the padding is damaged".into()))
        }
    }
}

/// The payload of a vault text.
pub(crate) fn seal(plain: &[u8], keys: &Keys, salt: &[u8]) -> Vec<u8> {
    let padding = BLOCK - plain.len() % BLOCK;
    let mut bytes = plain.to_vec();
    bytes.resize(plain.len() + padding, padding as u8);
    keys.apply(&mut bytes);
    let code = keys.mac(&bytes).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
    [hex::encode(salt), hex::encode(&code), hex::encode(&bytes)].join("\n").into_bytes()
}
