//! `list`: all settings with what is known about them.

use super::Scope;
use crate::config::definitions::Definition;
use rplay_value::{Dict, Value};

/// Everything asked for.
pub(super) fn all(scope: &Scope) -> Value {
    let mut out = Dict::new();
    let base = scope.base();
    for setting in base {
        out.insert(setting.name.as_str(), Value::from(setting.fields.clone()));
    }
    if !base.is_empty() {
        let servers = scope.servers.iter().map(|(name, settings)| (name.as_str(), fields(settings)));
        out.insert("GALAXY_SERVERS", Value::dict(servers));
    }
    if scope.kind != "base" {
        let kinds = scope.kinds().into_iter().map(|(kind, plugins)| {
            let shown = if scope.kind == "all" { kind.to_uppercase() } else { kind.to_owned() };
            (
                shown,
                Value::dict(
                    plugins.into_iter().map(|plugin| (plugin.name.as_str(), fields(&plugin.settings))),
                ),
            )
        });
        out.insert("PLUGINS", Value::dict(kinds));
    }
    Value::from(out)
}

fn fields(settings: &[Definition]) -> Value {
    Value::dict(settings.iter().map(|setting| (setting.name.as_str(), Value::from(setting.fields.clone()))))
}
