//! Lookups: one per file, one line per lookup here.

mod items;

use crate::{LookupFn, Plugin};

/// All lookups.
pub(crate) const LOOKUPS: &[Plugin<LookupFn>] = &[Plugin::builtin("items", items::items as LookupFn)];
