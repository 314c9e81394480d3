//! Exit codes, as ansible-core has them.

/// All went well.
pub(crate) const OK: u8 = 0;
/// Something outside of plays went wrong.
pub(crate) const ERROR: u8 = 1;
/// A host failed; also a bad command line.
pub(crate) const FAILED: u8 = 2;
/// A host could not be reached; also content that cannot be parsed.
pub(crate) const UNREACHABLE: u8 = 4;
/// Content that cannot be parsed.
pub(crate) const PARSER: u8 = 4;
/// Options that make no sense.
pub(crate) const OPTIONS: u8 = 5;
/// Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 99;
/// SIGHUP.
pub(crate) const HANGUP: u8 = 129;
/// SIGTERM.
pub(crate) const TERMINATED: u8 = 143;
/// A defect of rplay.
pub(crate) const INTERNAL: u8 = 250;
