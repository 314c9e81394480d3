//! Temporary directories, private and gone with the call.

use super::{System, SystemError};
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A name nobody else uses and nobody can foresee.
pub(super) fn unique(prefix: &str) -> String {
    let mut random = RandomState::new().build_hasher();
    random.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
    format!("{prefix}-{}-{:016x}", std::process::id(), random.finish())
}

impl System {
    /// A directory (mode 0700) for this call alone, made on first use, removed with the handle.
    ///
    /// # Errors
    /// Neither the remote temporary directory nor the system's can be written to.
    pub fn temp_dir(&self) -> Result<&Path, SystemError> {
        if let Some(path) = self.temp.get() {
            return Ok(path);
        }
        let wanted = &self.settings().remote_tmp;
        let path = make(wanted)
            .or_else(|_| make(&std::env::temp_dir()))
            .map_err(SystemError::file("creating a temporary directory in", wanted))?;
        Ok(self.temp.get_or_init(|| path))
    }
}

impl System {
    /// Stores content in the call's own directory (mode 0600), also while planning: it is gone
    /// with the call and no change of the host.
    ///
    /// # Errors
    /// It cannot be written, or the content broke off.
    pub fn temp_file(&self, name: &str, content: &mut dyn Read) -> Result<PathBuf, SystemError> {
        let path = self.temp_dir()?.join(name);
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        let stored = file.and_then(|mut file| std::io::copy(content, &mut file));
        stored.map(|_| path.clone()).map_err(SystemError::file("storing", &path))
    }
}

fn make(base: &Path) -> std::io::Result<PathBuf> {
    if !base.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(base)?;
    }
    let path = base.join(unique("rplay-module"));
    fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}

pub(super) fn remove(path: Option<&PathBuf>) {
    if let Some(path) = path {
        // Nobody is left to tell; the agent clears its directory at the end anyway.
        let _ = fs::remove_dir_all(path);
    }
}
