//! Jinja tests (`is …`): one family per file, one line per test here.

mod defined;

use crate::{Markers, Plugin, PluginFn};

/// All tests.
pub(crate) const TESTS: &[Plugin<PluginFn>] = &[
    Plugin::builtin("defined", defined::defined as PluginFn).markers(Markers::Accept),
    Plugin::builtin("undefined", defined::undefined as PluginFn).markers(Markers::Accept),
];
