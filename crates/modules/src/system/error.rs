//! Errors of the host.

use std::io;
use std::path::{Path, PathBuf};

/// What the host refused.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// A file operation failed.
    #[error("{action} {} failed: {}", path.display(), os_text(source))]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A command could not be started or attended to.
    #[error("running {} failed: {}", program, os_text(source))]
    Command {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// A command ran longer than it may.
    #[error("{program} did not end within {seconds} seconds and was killed")]
    Timeout {
        /// The program.
        program: String,
        /// The time it had.
        seconds: u64,
    },
    /// A command that must be there is not.
    #[error("Failed to find required executable \"{program}\" in paths: {paths}")]
    Missing {
        /// The program.
        program: String,
        /// Where it was looked for.
        paths: String,
    },
    /// The disk is full; what was there before stands.
    #[error("no space left to write {}: {free} bytes are free; the old content was kept", path.display())]
    Full {
        /// The file to be written.
        path: PathBuf,
        /// Free bytes for this user on its file system.
        free: u64,
    },
    /// A module tried to change the host before its plan was accepted: a bug of that module.
    #[error("bug: the module tried to change {} while planning", path.display())]
    Planning {
        /// The file concerned.
        path: PathBuf,
    },
    /// Anything else, said in full.
    #[error("{0}")]
    Other(String),
}

impl SystemError {
    /// The file concerned, if any.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } | Self::Full { path, .. } | Self::Planning { path } => Some(path),
            _ => None,
        }
    }

    /// The system's error, if it is one.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::File { source, .. } | Self::Command { source, .. } => Some(source),
            _ => None,
        }
    }

    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}

/// The system's sentence for an error, without Rust's number after it.
#[must_use]
pub fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// An error as Python prints an `OSError` about a file: `[Errno 2] No such file …: b'/x'`.
#[must_use]
pub fn errno_text(error: &io::Error, path: &Path) -> String {
    let number = error.raw_os_error().map_or(String::new(), |number| format!("[Errno {number}] "));
    format!("{number}{}: b'{}'", os_text(error), path.display())
}
