//! Playbooks as typed plays, blocks, tasks and roles.
//!
//! Parsing happens once: keywords are checked, `key=value` arguments split, static imports and roles
//! resolved, every node keeps the place it was written at. What may hold a template stays a [`Field`]
//! until the engine knows the host.
//!
//! [`Loader`] is the way in; what it needs to know about the world it asks its [`Host`].

pub mod args;
mod error;
mod host;
mod keywords;
mod literal;
mod load;
pub mod model;
mod roles;
mod suggest;

pub use error::{Cause, ErrorKind, PlaybookError, Severity, Step, TemplateError, Warning};
pub use host::{FileText, Host, Settings};
pub use keywords::Level;
pub use literal::Literal;
pub use load::{Loader, TaskContext, collection_playbook, imported_handlers};
pub use model::*;
pub use roles::{RoleOptions, role_blocks};
