//! Arguments: what a module accepts ([`Spec`]), Ansible's coercions, and typed structs.
//!
//! A module derives [`ModuleArgs`]; [`validate`] applies the specification to a JSON object in the
//! order AnsibleModule does, so the first error is the same error; [`ModuleArgs::from_params`]
//! then fills the struct.

mod coerce;
mod convert;
mod no_log;
mod python;
mod rules;
mod spec;
mod validate;

pub use coerce::{Expand, coerce};
pub use convert::{Bits, Bytes, Choice, FromArg, Json, choice_from, options_from, take};
pub use no_log::{CENSORED, Secrets};
pub use python::{json_dumps, repr, str_of, type_name};
pub use rplay_modules_derive::{Choice, ModuleArgs};
pub use serde_json::Value;
pub use spec::{Literal, Param, Rule, Spec, Type};
pub use validate::{Deprecation, Invalid, Validated, validate};

/// A JSON object with its order kept: arguments come as one, results leave as one.
pub type Map = serde_json::Map<String, Value>;

/// A struct a module takes its arguments in; see `#[derive(ModuleArgs)]`.
pub trait ModuleArgs: Sized {
    /// The parameters: names, types, defaults, choices, docs and the rules between them.
    const SPEC: Spec;

    /// Fills the struct from parameters that [`validate`] has passed, taking them out of the map.
    ///
    /// # Errors
    /// A value of another shape than the field: a number too big for it, say.
    fn from_params(params: &mut Map) -> Result<Self, String>;
}
