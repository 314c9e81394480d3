//! `dnf5`: the other name of `dnf`; the host's program decides which of the two it is.

pub(crate) use super::dnf::{Args, plan};
