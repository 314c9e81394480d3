//! Modules that run commands.

pub(crate) mod command;
pub(crate) mod expect;
pub(crate) mod script;
pub(crate) mod shell;
