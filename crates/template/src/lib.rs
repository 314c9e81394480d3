//! Jinja as Ansible means it: front end, evaluator, filters, tests, lookups.
//!
//! A [`Templar`] renders [`rplay_value::Value`]s over a [`Scope`]. Inside, an operation works on [`Val`]s:
//! single-threaded, mutable, with undefined values that carry their reason ([`Marker`]). Filters, tests and
//! lookups are functions in a table of [`Plugin`]s that receive a [`Ctx`] and [`Args`].

mod args;
mod ast;
mod cache;
mod call;
mod catalogue;
mod ctx;
mod encoding;
mod error;
mod eval;
mod filters;
mod front;
mod globals;
mod lookups;
mod meter;
mod methods;
mod outside;
mod plugin;
mod python;
mod remark;
mod render;
mod scope;
mod templar;
mod tests;
mod val;
mod watch;

pub use args::Args;
pub use catalogue::{Known, known_filters, known_lookups, known_tests};
pub use ctx::{Budget, Ctx};
pub use encoding::{Unencodable, encode};
pub use error::{Cause, ErrorKind, Fault, Raised, Res, TemplateError};
pub use front::SyntaxOptions;
pub use outside::{FetchError, Finished, Outside, Request, System};
pub use plugin::{LookupArgs, LookupFn, Markers, Plugin, PluginFn};
pub use python::json::INVALID_UTF8;
pub use remark::{Remark, Severity, WarningSink};
pub use render::FileOptions;
pub use scope::{Binding, Object, Rendered, Scope};
pub use templar::{Collections, ConfigLookup, FileLoader, Settings, Templar, VaultDecrypt, Work};
pub use val::{CompareOp, Delta, Func, HashKey, Marker, Obj, PyDict, PyList, PyTuple, Range, Slot, Val};
