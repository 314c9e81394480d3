//! What can go wrong with a vault.

/// Why a vault text could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No vault header.
    #[error("Input is not vault encrypted data.")]
    NotEncrypted,
    /// A header that is not understood.
    #[error("Vault envelope format error: {0}")]
    Envelope(String),
    /// Content that cannot have been written by ansible-vault.
    #[error("Vault vaulttext format error: {0}")]
    Format(String),
    /// Digits that are not hexadecimal.
    #[error("Vault format unhexlify error: {0}")]
    Hex(HexFault),
    /// A cipher other than AES256.
    #[error("Cipher '{0}' could not be found.")]
    Cipher(String),
    /// There is nothing to decrypt with.
    #[error("Attempting to decrypt but no vault secrets found.")]
    NoSecrets {
        /// The id in the header, `default` for format 1.1.
        vault_id: String,
    },
    /// No secret fits.
    #[error("Decryption failed (no vault secrets were found that could decrypt).")]
    NoneFits {
        /// The id in the header, `default` for format 1.1.
        vault_id: String,
        /// Ids of the secrets tried, in order.
        tried: Vec<String>,
    },
    /// The secret to encrypt with is empty.
    #[error("Invalid vault password was provided")]
    EmptySecret,
    /// The salt to encrypt with is empty.
    #[error("Empty or invalid salt")]
    EmptySalt,
}

impl VaultError {
    /// What helps further, in words: the content's id, the ids tried, the options that give secrets.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSecrets { vault_id } => Some(format!(
                "The content has vault id '{vault_id}': give its password with --vault-id, \
                 --vault-password-file or --ask-vault-pass."
            )),
            Self::NoneFits { vault_id, tried } => {
                Some(format!("The content has vault id '{vault_id}', tried: {}.", tried_ids(tried)))
            }
            _ => None,
        }
    }
}

/// What is wrong with hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexFault {
    /// Their number is odd.
    #[error("Odd-length string")]
    Odd,
    /// Something else is among them.
    #[error("Non-hexadecimal digit found")]
    Digit,
}

fn tried_ids(tried: &[String]) -> String {
    if tried.is_empty() { "none (no secret has that id)".into() } else { tried.join(", ") }
}
