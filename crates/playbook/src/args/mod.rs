//! One-line arguments: `key=value` text, free form commands.

mod escapes;
mod pairs;
mod split;

pub use pairs::{Free, pairs};
pub use split::{SplitError, split};
