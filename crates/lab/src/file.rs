//! File operations whose errors name the path.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::error::{LabError, Result};

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(LabError::io("cannot read", path))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(LabError::io("cannot write", path))
}

pub(crate) fn write_mode(path: &Path, text: &str, mode: u32) -> Result<()> {
    write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(LabError::io("cannot chmod", path))
}

pub(crate) fn make_dirs(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(LabError::io("cannot create the directory", path))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).map_err(LabError::io("cannot copy", from))
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(LabError::io("cannot rename", from))
}

/// Removes a tree if it is there.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LabError::io("cannot remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The entries of a directory, sorted; none where there is no such directory.
pub(crate) fn entries(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir(path).map(|dir| dir.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    found.sort();
    found
}
