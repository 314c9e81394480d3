//! The seam between ways to reach a host and what is spoken over them.

use std::io;
use std::time::Duration;

use crate::error::ConnectErrorKind;

/// A way to start commands on one host as the login user.
pub(crate) trait Wire: Send + Sync {
    /// Starts `command`, a line for the login user's shell.
    fn start(&self, command: &str, pty: bool) -> Result<Box<dyn ByteStream>, ConnectErrorKind>;

    /// False once it is known that no further command can be started.
    fn alive(&self) -> bool;

    /// Ends everything started over it, without waiting.
    fn close(&self);
}

/// Which output of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Stdout,
    Stderr,
}

/// A running command's standard streams, never blocking but in `wait`.
pub(crate) trait ByteStream: Send {
    /// Reads what is there: `WouldBlock` for nothing yet, 0 for the end.
    fn read(&mut self, from: Source, into: &mut [u8]) -> io::Result<usize>;

    /// Writes what fits now: `WouldBlock` for nothing.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends the command's input.
    fn finish_input(&mut self) -> io::Result<()>;

    /// Waits until there may be something to read (or, if `writable`, room to write), at most `limit`.
    fn wait(&mut self, writable: bool, limit: Duration) -> io::Result<()>;

    /// How the command ended, waiting at most `limit` for it to do so. `None`: not known.
    fn ending(&mut self, limit: Duration) -> Option<Ending>;
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    Exit(i32),
    Signal(String),
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit status {code}"),
            Self::Signal(name) => write!(f, "killed by signal {name}"),
        }
    }
}

/// True for an error that only means "later".
pub(crate) fn would_block(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
