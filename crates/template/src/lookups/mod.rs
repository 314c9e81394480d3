//! Lookups: one per file, one line per lookup here.

pub(crate) mod glob;
mod items;

use crate::{LookupFn, Plugin};

/// All lookups.
pub(crate) const LOOKUPS: &[Plugin<LookupFn>] = &[Plugin::builtin("items", items::items as LookupFn)];
