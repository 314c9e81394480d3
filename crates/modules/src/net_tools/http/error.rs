//! Why a request got no answer.

use std::io;

/// A request that got no answer; the texts are those Python's `urllib` gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The server was not reached, or TLS failed.
    #[error("Request failed: <urlopen error {0}>")]
    Unreached(String),
    /// The connection broke, or time ran out.
    #[error("Connection failure: {0}")]
    Broken(String),
    /// What was asked cannot be asked.
    #[error("{0}")]
    Refused(String),
}

impl HttpError {
    pub(super) fn unreached(error: &io::Error) -> Self {
        Self::Unreached(numbered(error))
    }

    pub(super) fn broken(error: &io::Error) -> Self {
        Self::Broken(numbered(error))
    }
}

/// `[Errno 111] Connection refused`, `timed out`.
pub(super) fn numbered(error: &io::Error) -> String {
    if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
        return "timed out".to_owned();
    }
    let text = crate::system::os_text(error);
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {text}"),
        None => text,
    }
}
