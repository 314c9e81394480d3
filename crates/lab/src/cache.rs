//! The one directory outside the tree where everything slow to make is kept.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{LabError, Result};
use crate::{command, file};

/// The environment variable that moves the cache.
pub const CACHE_VARIABLE: &str = "RPLAY_CACHE";
/// Where the cache is when [`CACHE_VARIABLE`] is not set.
pub const DEFAULT_CACHE: &str = "/var/tmp/rplay-cache";

/// The cache directory and the places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache the environment names, else the default one.
    #[must_use]
    pub fn from_env() -> Self {
        let root = std::env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty());
        Self { root: root.map_or_else(|| PathBuf::from(DEFAULT_CACHE), PathBuf::from) }
    }

    /// A cache at `root`.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether this is the cache used when nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.root == Path::new(DEFAULT_CACHE)
    }

    /// Base image and layers.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// State of all labs.
    #[must_use]
    pub fn labs(&self) -> PathBuf {
        self.root.join("labs")
    }

    /// State of one lab.
    #[must_use]
    pub fn lab(&self, name: &str) -> PathBuf {
        self.labs().join(name)
    }

    /// The private key that logs in to every host of every lab.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.labs().join("key")
    }

    /// SSH host keys of a host, kept so that a lab made anew is known to whoever knew the old one.
    pub(crate) fn host_keys(&self, lab: &str, host: &str) -> PathBuf {
        self.root.join("hostkeys").join(lab).join(host)
    }

    /// Waits for and holds one of the cache's locks until the value is dropped.
    pub(crate) fn lock(&self, name: &str) -> Result<File> {
        file::make_dirs(&self.root)?;
        let path = self.root.join(format!("{name}.lock"));
        let lock = File::create(&path).map_err(LabError::io("cannot create", &path))?;
        lock.lock().map_err(LabError::io("cannot lock", &path))?;
        Ok(lock)
    }

    /// Makes the lab key once and returns its public half.
    pub(crate) fn ensure_key(&self) -> Result<String> {
        let key = self.key();
        file::make_dirs(&self.labs())?;
        if !key.exists() {
            let path = key.to_string_lossy();
            command::run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "rplay-lab", "-f", &path])?;
        }
        file::read(&key.with_extension("pub"))
    }
}
