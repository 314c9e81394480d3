//! Inventories, host patterns, group and host variables.
//!
//! [`Inventory::load`] reads sources (`ini`, `yaml`, `script`, host lists, directories of these) into a graph
//! of groups and hosts; `pattern` selects hosts from it; `layers` gives a host's variables, each level of
//! Ansible's precedence apart and shared between hosts.

mod address;
mod error;
mod files;
mod ini;
mod layers;
mod literal;
mod load;
mod model;
mod pattern;
mod range;
mod script;
mod shlex;
mod suggest;
mod yaml_source;

pub use error::{InventoryError, PatternError, Warning};
pub use files::VaultHook;
pub use layers::HostVars;
pub use load::{Options, default_ignored_extensions};
pub use model::{GroupId, HostId, Inventory};
pub use pattern::Selection;
