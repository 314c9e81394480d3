//! Passwords and the keys derived from them.

use crate::cipher::Keys;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// The id of a secret given without one.
pub const DEFAULT_ID: &str = "default";

/// A vault password; overwritten in memory when dropped, never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A secret from a password's bytes, as they are.
    pub fn new(password: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    /// A secret from the content of a password file or the output of a password script: white space around
    /// it does not count, and a file that is itself vault-encrypted must be decrypted before.
    pub fn from_file_content(content: &[u8]) -> Self {
        Self::new(content.trim_ascii())
    }

    /// A secret from what a password script wrote or a vaulted password file held: only line ends around it
    /// do not count.
    pub fn from_lines(content: &[u8]) -> Self {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let start = content.iter().position(|byte| !is_end(byte)).unwrap_or(content.len());
        let end = content.iter().rposition(|byte| !is_end(byte)).map_or(start, |last| last + 1);
        Self::new(&content[start..end])
    }

    /// Whether two secrets are the same password.
    pub fn is_same(&self, other: &Secret) -> bool {
        *self.0 == *other.0
    }

    /// Whether the password is empty, which is no password.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn derive(&self, salt: &[u8]) -> Keys {
        Keys::derive(&self.0, salt)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

type Cache = HashMap<(usize, Vec<u8>), Arc<Keys>>;

/// The known secrets by id, in the order given. Derived keys are kept, since content that was encrypted
/// together often shares its salt and a key costs 10,000 rounds.
#[derive(Debug, Default)]
pub struct Secrets {
    entries: Vec<(String, Secret)>,
    match_ids: bool,
    keys: Mutex<Cache>,
}

impl Secrets {
    /// No secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret; several may share an id.
    pub fn add(&mut self, id: impl Into<String>, secret: Secret) {
        self.entries.push((id.into(), secret));
    }

    /// Tries only secrets with the content's own id (`DEFAULT_VAULT_ID_MATCH`).
    pub fn match_ids(&mut self, only: bool) {
        self.match_ids = only;
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The ids, in the order given.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(id, _)| id.as_str())
    }

    /// The first secret with an id.
    pub fn get(&self, id: &str) -> Option<&Secret> {
        self.entries.iter().find(|(name, _)| name == id).map(|(_, secret)| secret)
    }

    /// The secrets with their ids, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.entries.iter().map(|(id, secret)| (id.as_str(), secret))
    }

    /// The secret at one of the positions of [`Secrets::candidates`].
    pub(crate) fn entry(&self, index: usize) -> (&str, &Secret) {
        let (id, secret) = &self.entries[index];
        (id, secret)
    }

    /// Positions of the secrets to try: those of the id first.
    pub(crate) fn candidates(&self, vault_id: &str) -> Vec<usize> {
        let with = |named: bool| {
            self.ids().enumerate().filter(move |(_, id)| (*id == vault_id) == named).map(|(index, _)| index)
        };
        let others = if self.match_ids { None } else { Some(with(false)) };
        with(true).chain(others.into_iter().flatten()).collect()
    }

    pub(crate) fn keys(&self, index: usize, salt: &[u8]) -> Arc<Keys> {
        let name = (index, salt.to_vec());
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(keys) = known {
            return keys;
        }
        let keys = Arc::new(self.entry(index).1.derive(salt));
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(name, keys.clone());
        keys
    }
}
