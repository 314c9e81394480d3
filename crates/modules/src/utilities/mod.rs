//! Modules of no other family.

pub(crate) mod async_status;
pub(crate) mod git;
pub(crate) mod ini_file;
pub(crate) mod ping;
pub(crate) mod subversion;
pub(crate) mod wait_for;
mod wait_for_connections;
