//! ansible-vault 1.1 and 1.2.
//!
//! A vault text is a header line and hexadecimal digits in lines of 80: salt, authentication code and
//! ciphertext, each hexadecimal again. The key, the authentication key and the counter's start come from
//! PBKDF2-HMAC-SHA256 over password and salt; the content is PKCS#7-padded AES-256 in counter mode.

mod cipher;
mod envelope;
mod error;
mod hex;
mod secrets;

pub use envelope::{Envelope, is_encrypted, is_header};
pub use error::{HexFault, VaultError};
pub use secrets::{DEFAULT_ID, Secret, Secrets};

use std::io::Read;

/// Decrypts a vault text with whichever of the secrets fits; those named like the text's vault id are tried
/// first, and only those when [`Secrets::match_ids`] is set.
///
/// # Errors
/// Where the text is not a vault text, is damaged, or no secret fits.
pub fn decrypt(text: &str, secrets: &Secrets) -> Result<Vec<u8>, VaultError> {
    open(text, secrets).map(|opened| opened.plain)
}

/// A decrypted vault text.
pub struct Opened<'a> {
    /// The content.
    pub plain: Vec<u8>,
    /// The secret that opened it.
    pub secret: &'a Secret,
    /// The id in the text's header, which need not be the secret's.
    pub vault_id: String,
}

/// Like [`decrypt`], and says with what: to encrypt edited content again.
///
/// # Errors
/// As [`decrypt`].
pub fn open<'a>(text: &str, secrets: &'a Secrets) -> Result<Opened<'a>, VaultError> {
    let envelope = Envelope::parse(text)?;
    let body = cipher::Body::parse(&envelope.payload)?;
    if secrets.is_empty() {
        return Err(VaultError::NoSecrets { vault_id: envelope.vault_id });
    }
    let mut tried = Vec::new();
    for index in secrets.candidates(&envelope.vault_id) {
        let (id, secret) = secrets.entry(index);
        match body.open(&secrets.keys(index, &body.salt)) {
            Some(plain) => return Ok(Opened { plain: plain?, secret, vault_id: envelope.vault_id }),
            None => tried.push(id.to_owned()),
        }
    }
    Err(VaultError::NoneFits { vault_id: envelope.vault_id, tried })
}

/// Encrypts `plain`. With an id other than `default` the result has format 1.2 and carries the id.
///
/// # Errors
/// Where the secret or the salt is empty.
pub fn encrypt(plain: &[u8], secret: &Secret, id: Option<&str>, salt: &[u8]) -> Result<String, VaultError> {
    if secret.is_empty() {
        return Err(VaultError::EmptySecret);
    }
    if salt.is_empty() {
        return Err(VaultError::EmptySalt);
    }
    Ok(envelope::write(&cipher::seal(plain, &secret.derive(salt), salt), id))
}

/// 32 random bytes from the operating system, the salt of a new vault text.
///
/// # Errors
/// Where the system's random device cannot be read.
pub fn random_salt() -> std::io::Result<[u8; 32]> {
    let mut salt = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut salt)?;
    Ok(salt)
}
