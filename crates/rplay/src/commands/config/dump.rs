//! `dump`: all settings with their values and where these come from.

use super::{Scope, failure, painted};
use crate::{
    Failure,
    config::{Resolved, definitions::Definition},
};
use rplay_output::Color;
use rplay_value::Value;

/// The settings of one owner with their values, by name.
fn resolved<'a>(
    scope: &Scope,
    settings: &'a [Definition],
    only_changed: bool,
) -> Result<Vec<(&'a str, Resolved)>, Failure> {
    let mut all = Vec::with_capacity(settings.len());
    for setting in settings {
        let resolved = scope.config.resolve(setting).map_err(failure)?;
        if resolved.is_set() || !only_changed {
            all.push((setting.name.as_str(), resolved));
        }
    }
    all.sort_by_key(|(name, _)| *name);
    Ok(all)
}

/// As lines for people.
pub(super) fn text(scope: &Scope, only_changed: bool) -> Result<String, Failure> {
    let mut lines = Vec::new();
    let base = scope.base();
    let show = |lines: &mut Vec<String>, settings: &[Definition], only_changed| {
        resolved(scope, settings, only_changed).map(|all| lines.extend(all.iter().map(line)))
    };
    if !base.is_empty() {
        show(&mut lines, base, only_changed)?;
        lines.push("\nGALAXY_SERVERS:\n".into());
        for (name, settings) in &scope.servers {
            lines.push(format!("\n{name}\n{}", "=".repeat(name.len())));
            show(&mut lines, settings, only_changed)?;
        }
    }
    for (kind, plugins) in scope.kinds() {
        let mut of_kind = Vec::new();
        for plugin in plugins {
            let all = resolved(scope, &plugin.settings, only_changed)?;
            if !all.is_empty() {
                of_kind.push(format!("\n{}:\n{}", plugin.name, "_".repeat(plugin.name.len())));
                of_kind.extend(all.iter().map(line));
            }
        }
        if scope.kind == "all" && !(only_changed && of_kind.is_empty()) {
            lines.push(format!("\n{}:\n{}", kind.to_uppercase(), "=".repeat(kind.len())));
        }
        lines.append(&mut of_kind);
    }
    Ok(lines.join("\n"))
}

fn line((name, resolved): &(&str, Resolved)) -> String {
    let color = match resolved.origin.as_str() {
        "default" | "" => Color::Ok,
        "REQUIRED" => Color::Error,
        _ => Color::Changed,
    };
    painted(format!("{name}({}) = {}", resolved.origin, resolved.value.to_text()), color)
}

/// As data.
pub(super) fn data(scope: &Scope, only_changed: bool) -> Result<Value, Failure> {
    let entries = |settings: &[Definition]| -> Result<Vec<Value>, Failure> {
        Ok(resolved(scope, settings, only_changed)?.into_iter().map(entry).collect())
    };
    let mut out = Vec::new();
    let base = scope.base();
    if !base.is_empty() {
        out = entries(base)?;
        let mut servers = Vec::new();
        for (name, settings) in &scope.servers {
            servers.push((name.as_str(), server(scope, settings)?));
        }
        out.push(Value::dict([("GALAXY_SERVERS", Value::dict(servers))]));
    }
    for (kind, plugins) in scope.kinds() {
        let mut of_kind = Vec::new();
        for plugin in plugins {
            let all = entries(&plugin.settings)?;
            if !all.is_empty() {
                of_kind.push(Value::dict([(plugin.name.as_str(), Value::from(all))]));
            }
        }
        if scope.kind == "all" {
            let title = format!("{}_PLUGINS", kind.to_uppercase());
            out.push(Value::dict([(title, Value::from(of_kind))]));
        } else {
            out.append(&mut of_kind);
        }
    }
    Ok(Value::from(out))
}

/// A Galaxy server, which is shown whole and in the order of its definition.
fn server(scope: &Scope, settings: &[Definition]) -> Result<Value, Failure> {
    let shown = settings.iter().map(|setting| {
        let resolved = scope.config.resolve(setting).map_err(failure)?;
        Ok(Value::dict([
            ("name", Value::from(setting.name.as_str())),
            ("origin", Value::from(resolved.origin)),
            ("type", Value::None),
            ("value", resolved.value),
        ]))
    });
    Ok(Value::from(shown.collect::<Result<Vec<_>, Failure>>()?))
}

fn entry((name, resolved): (&str, Resolved)) -> Value {
    Value::dict([
        ("name", Value::from(name)),
        ("origin", Value::from(resolved.origin)),
        ("value", resolved.value),
    ])
}
