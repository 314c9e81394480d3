//! The modules: what runs on managed hosts.
//!
//! A module is one file: an argument struct, and one function `plan` that looks at the host and
//! decides. It returns a finished result or a [`Change`]: the predicted result with its diff, and
//! what carries it out. [`run`] is the way in: it coerces the arguments, plans, and applies only
//! outside check mode, so check mode and diffs cannot lie. See `README.md` for how to add one.

// The derives name this crate by its public name, inside it too.
extern crate self as rplay_modules;

pub mod args;
mod failure;
mod file_args;
mod path_info;
mod plan;
mod registry;
mod result;
mod run;
pub mod system;
#[cfg(test)]
mod testing;
pub mod text;
mod validate_command;

mod accounts;
mod commands;
mod facts;
mod files;
mod machine;
mod net_tools;
mod packaging;
mod services;
mod utilities;

pub use facts::fqdn;
pub use failure::Failure;
pub use file_args::FileArgs;
pub use net_tools::{Get, GetError};
pub use plan::{Change, Plan};
pub use registry::{CheckMode, Module, find, modules};
pub use result::{Diff, ModuleResult};
pub use run::{Call, run};
pub use system::System;
