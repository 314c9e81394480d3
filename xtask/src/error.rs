//! What can go wrong in a task.

use std::io;
use std::path::{Path, PathBuf};

/// An error of a development task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    #[error(transparent)]
    Lab(#[from] rplay_lab::LabError),
    #[error("`{program}` could not be started: {source}")]
    Spawn { program: String, source: io::Error },
    #[error("`{command}` failed ({status})")]
    Command { command: String, status: String },
    #[error("{action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{0}")]
    Failed(String),
}

impl TaskError {
    /// Makes the error of a failed file operation.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// A task's result.
pub(crate) type Result<T, E = TaskError> = std::result::Result<T, E>;
