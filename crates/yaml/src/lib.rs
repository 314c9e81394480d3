//! YAML 1.1 as PyYAML reads and writes it, with source positions.
//!
//! Reading has three steps, each a module: `events` (the guarded parser), `resolve` and `scalar` (which type
//! a plain scalar has and what value it is), `compose` (tags, anchors, merge keys, duplicate keys).

mod compose;
mod duplicates;
pub mod emit;
mod error;
mod events;
mod excerpt;
mod hint;
mod json;
mod load;
mod mapping;
mod node;
mod resolve;
mod scalar;
mod source;
mod tag;
mod timestamp;

pub use duplicates::DuplicateKeys;
pub use error::{Place, YamlError};
pub use excerpt::{excerpt, excerpt_at};
pub use load::{load, load_all};
pub use node::{Document, Kind, Node, Warning};
pub use source::{Source, Span, Trust};
