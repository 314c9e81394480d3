//! Filters: one family per file, one line per filter here.

mod default;

use crate::{Markers, Plugin, PluginFn};

/// All filters.
pub(crate) const FILTERS: &[Plugin<PluginFn>] = &[
    Plugin::builtin("default", default::default as PluginFn).markers(Markers::Accept),
    Plugin::builtin("d", default::default as PluginFn).markers(Markers::Accept),
];
