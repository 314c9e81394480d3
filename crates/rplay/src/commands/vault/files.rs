//! Reading and replacing files.

use super::failed;
use crate::Failure;
use rplay_output::Screen;
use rustix::fs::{Access, access};
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

/// A file, or standard input and output.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// `-`.
    Standard,
    /// A file's absolute path.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Place {
    /// The place as it is named; links stay.
    pub(super) fn as_named(path: &Path) -> Self {
        if path == Path::new("-") {
            return Self::Standard;
        }
        Self::File(std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()))
    }

    /// The file that links lead to.
    pub(super) fn real(path: &Path) -> Result<Self, Failure> {
        match Self::as_named(path) {
            Self::File(path) => {
                Ok(Self::File(path.canonicalize().map_err(|error| unreadable(&path, &error))?))
            }
            standard => Ok(standard),
        }
    }

    /// All of it.
    pub(super) fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        match self {
            Self::Standard => io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
            Self::File(path) => fs::read(path),
        }
        .map_err(|error| unreadable(Path::new(&self.to_string()), &error))
    }

    /// All of it, as text.
    pub(super) fn read_vault(&self) -> Result<String, Failure> {
        Ok(String::from_utf8(self.read()?).unwrap_or_default())
    }

    /// Writes a new file that only its owner may read; plain text that stood there is overwritten if `shred`.
    pub(super) fn write(&self, content: &[u8], shred: bool, screen: &mut Screen) -> Result<(), Failure> {
        match self {
            Self::Standard => {
                screen.data(content).map_err(|error| failed(format!("cannot write the result: {error}")))
            }
            Self::File(path) => swap(path, content, shred, false),
        }
    }

    /// Replaces the file; owner and mode stay.
    pub(super) fn replace(&self, content: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Standard => Err(failed("standard input cannot be replaced")),
            Self::File(path) => swap(path, content, false, true),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    failed(format!("Unable to read source file ({}): {error}", path.display()))
}

/// Written beside and renamed: there is the old content or the new one at any time.
fn swap(path: &Path, content: &[u8], shred: bool, keep: bool) -> Result<(), Failure> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    if access(directory, Access::WRITE_OK).is_err() {
        return Err(failed(format!("Destination '{}' not writable", directory.display())));
    }
    let fault = |error: io::Error| failed(format!("cannot write {}: {error}", path.display()));
    let (beside, mut file) = new_file(directory, None).map_err(fault)?;
    let written = (|| {
        file.write_all(content)?;
        if keep {
            let old = path.metadata()?;
            use std::os::unix::fs::MetadataExt;
            fchown(&file, Some(old.uid()), Some(old.gid()))?;
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        if shred && path.is_file() {
            overwrite(path)?;
        }
        fs::rename(&beside.0, path)
    })();
    if written.is_ok() {
        beside.keep();
    }
    written.map_err(fault)
}

/// A path that is removed again unless it is kept.
pub(super) struct Temporary(pub(super) PathBuf);

impl Temporary {
    fn keep(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.0);
        }
    }
}

/// A new file of a random name that only its owner may read, with an extension for the editor's sake.
pub(super) fn new_file(directory: &Path, extension: Option<&str>) -> io::Result<(Temporary, File)> {
    let number = u64::from_le_bytes(*rplay_vault::random_salt()?.first_chunk().unwrap_or(&[0; 8]));
    let extension = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let path = directory.join(format!(".rplay-{number:016x}{extension}"));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    Ok((Temporary(path), file))
}

/// Writes noise over a file three times. What the file system keeps elsewhere is out of reach.
pub(super) fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    for _ in 0..3 {
        file.rewind()?;
        let noise = File::open("/dev/urandom")?;
        io::copy(&mut noise.take(length), &mut file)?;
        file.sync_all()?;
    }
    Ok(())
}
