//! Variable scopes and their precedence.
//!
//! Nothing is merged and nothing is copied: a scope is a short list of shared dictionaries, asked from the
//! highest precedence to the lowest when a template reads a name. The order is that of ansible-core's
//! `VariableManager.get_vars`.

mod host;
mod hostvars;
mod kept;
mod layers;
mod scope;

pub use host::{HostData, HostVars};
pub use hostvars::{AllHosts, HostScope};
pub use layers::{PlayLayers, TaskLayers};
pub use scope::{Elsewhere, TaskScope};
