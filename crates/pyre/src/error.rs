/// Why a pattern or a replacement cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Python refuses it with `re.error`; the message is Python's, with its ` at position N`.
    #[error("{0}")]
    Refused(String),
    /// A replacement names a group that the pattern does not have: `IndexError` in Python.
    #[error("unknown group name {0}")]
    UnknownGroup(String),
    /// Python may take the pattern, the matcher below does not.
    #[error("cannot use the pattern {pattern:?}: {reason}")]
    Unsupported {
        /// The pattern as it was given.
        pattern: String,
        /// What the matcher says of it.
        reason: Box<fancy_regex::Error>,
    },
    /// Matching took too many steps.
    #[error("the regular expression gave up: {0}")]
    GaveUp(Box<fancy_regex::Error>),
}
