//! Python's `re`: content writes its patterns and replacements for that.
//!
//! A [`Pattern`] is translated ([`Flags`] and all) to what `fancy-regex` means by the same, and
//! refused in Python's words where Python refuses it.
//!
//! What Python runs on bytes sees every byte as the character of its number ([`from_bytes`]),
//! pattern and text alike: what a byte pattern matches is then the same, and content of any
//! encoding survives.

mod bytes;
mod error;
mod pattern;
mod replacement;
mod translate;

pub use bytes::{from_bytes, to_bytes};
pub use error::Error;
pub use pattern::{Captures, Matches, Pattern, escape};
pub use replacement::Replacement;
pub use translate::Flags;
