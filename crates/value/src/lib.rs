//! Values as Python and Ansible see them.
//!
//! [`Value`] is plain, immutable, shareable data: what variables, task arguments, facts and results are
//! made of. Everything that lives only while a template is evaluated (undefined, omit, callables, lazily
//! templated containers, lists that a template mutates) belongs to the template crate's own evaluation
//! type and never reaches a store.

mod convert;
mod dict;
mod json;
mod json_text;
mod nearest;
mod repr;
mod string;
mod toml;
mod utf8;
mod value;

pub use dict::{Dict, Hashing, Key};
pub use json_text::push_json_text;
pub use nearest::nearest;
pub use repr::{float_repr, str_repr};
pub use rplay_surrogates as surrogates;
pub use string::{Origin, Str, Tag};
pub use toml::TomlError;
pub use value::{DateTime, Value, Vaulted};
