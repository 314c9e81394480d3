//! Modules about files.

pub(crate) mod file;
mod file_states;
mod file_times;
pub(crate) mod stat;
