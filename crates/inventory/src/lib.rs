//! Inventories, host patterns, group and host variables.
//!
//! [`Inventory::load`] reads sources (`ini`, `yaml`, `script`, host lists, directories of these) into a graph
//! of groups and hosts; `pattern` selects hosts from it; `layers` gives a host's variables, each level of
//! Ansible's precedence apart and shared between hosts.

mod address;
mod constructed;
mod error;
mod files;
mod generator;
mod host_list;
mod ini;
mod kinds;
mod layers;
mod literal;
mod load;
mod model;
mod pattern;
mod plugin_config;
mod range;
mod rules;
mod script;
mod shlex;
mod templates;
mod toml_source;
mod variables;
mod yaml_source;

pub use error::{InventoryError, PatternError, Severity, Warning};
pub use files::VaultHook;
pub use layers::HostVars;
pub use load::{Options, default_ignored_extensions};
pub use model::{GroupId, HostId, Inventory};
pub use pattern::Selection;
pub use rules::{GroupNames, Level, Rules, VarsStage};
pub use templates::{FactsHook, Templates};
