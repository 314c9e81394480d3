//! From YAML files to the typed tree.
//!
//! [`Loader`] holds what lasts (files read, warnings); a [`Reading`] is one file being read in its
//! surroundings (play, role, enclosing blocks), and the other modules each read one kind of thing with it.

mod action;
mod block;
mod frame;
mod groups;
mod handlers;
mod imports;
mod include;
mod legacy;
mod loader;
mod looping;
mod paths;
mod play;
mod playbook;
mod reading;
mod shared;
mod task;
mod typed;
mod vars;

pub(crate) use action::Found;
use frame::Frame;
pub use handlers::imported_handlers;
pub use loader::{Loader, TaskContext};
pub(crate) use paths::{collection_dirs, normal};
pub use playbook::collection_playbook;
pub(crate) use reading::{Reading, Result};
