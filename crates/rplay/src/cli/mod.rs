//! The command line: names, options, what is not there yet.

pub(crate) mod foreign;
mod name;
mod options;

pub(crate) use name::{LINKED, Mode, Name};
pub(crate) use options::{Adhoc, Common, Connection, Options, Playing, VaultOptions};
