//! Playbooks as typed plays, blocks, tasks and roles.
//!
//! Parsing happens once: keywords are checked, `key=value` arguments split, static imports and roles
//! resolved, every node keeps the place it was written at. What may hold a template stays a [`Field`]
//! until the engine knows the host.

pub mod model;

pub use model::*;
