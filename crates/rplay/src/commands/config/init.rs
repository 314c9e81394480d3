//! `init`: a configuration file, variables of the environment, or inventory variables to begin with.

use super::Scope;
use crate::{Failure, config::definitions::Definition, exit};
use rplay_value::Value;
use rplay_yaml::emit::{self, Style};
use std::collections::HashSet;

/// A file.
pub(super) fn ini(scope: &Scope, disabled: bool) -> String {
    let mut file = File { disabled, ..File::default() };
    file.add(scope, scope.base());
    for (_, settings) in &scope.servers {
        file.add(scope, settings);
    }
    for (_, plugins) in scope.kinds() {
        for plugin in plugins {
            file.add(scope, &plugin.settings);
        }
    }
    let mut lines = Vec::new();
    for (section, entries) in file.sections {
        lines.push(format!("[{section}]"));
        for entry in entries {
            lines.push(entry);
            lines.push(String::new());
        }
        lines.push(String::new());
    }
    lines.join("\n")
}

/// Sections in the order they come up, each key once.
#[derive(Default)]
struct File {
    disabled: bool,
    sections: Vec<(String, Vec<String>)>,
    seen: HashSet<(String, String)>,
}

impl File {
    fn add(&mut self, scope: &Scope, settings: &[Definition]) {
        let mut settings: Vec<&Definition> = settings.iter().collect();
        settings.sort_by_key(|setting| &setting.name);
        for setting in settings {
            let Some((section, key)) = setting.ini().last() else { continue };
            if !self.seen.insert((section.to_owned(), key.to_lowercase())) {
                continue;
            }
            let mark = if self.disabled { ";" } else { "" };
            let description = setting.text("description");
            let value = plain(&scope.config.filled(default(setting)));
            let entry = format!("# ({}) {description}\n{mark}{key}={value}", kind(setting));
            match self.sections.iter_mut().find(|(name, _)| name == section) {
                Some((_, entries)) => entries.push(entry),
                None => self.sections.push((section.to_owned(), vec![entry])),
            }
        }
    }
}

fn default(setting: &Definition) -> Value {
    setting.fields.get("default").cloned().unwrap_or_else(|| Value::from(""))
}

fn kind(setting: &Definition) -> &str {
    match setting.text("type") {
        "" => "string",
        kind => kind,
    }
}

/// Lists with commas, null as nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::List(items) => items.iter().map(Value::to_text).collect::<Vec<_>>().join(", "),
        other => other.to_text(),
    }
}

/// Variables of the environment.
pub(super) fn env(scope: &Scope, disabled: bool) -> String {
    let mut lines = Vec::new();
    for setting in settings(scope) {
        let Some(name) = setting.names("env").last().filter(|name| !name.starts_with("_ANSIBLE_")) else {
            continue;
        };
        let value = scope.config.filled(default(setting));
        let value = match (setting.text("type"), &value) {
            ("boolean" | "bool", value) => if value.is_true() { "1" } else { "0" }.to_owned(),
            (_, value) => shell_quoted(&plain(value)),
        };
        lines.push(heading(setting));
        lines.push(format!("{}{name}={value}", if disabled { "#" } else { "" }));
        lines.push(String::new());
    }
    lines.join("\n")
}

/// Variables of hosts and groups.
pub(super) fn vars(scope: &Scope, disabled: bool) -> Result<String, Failure> {
    let style = Style { default_flow: Some(true), ..Style::default() };
    let mut lines = Vec::new();
    for setting in settings(scope) {
        let Some(name) = setting.names("vars").last().filter(|name| !name.starts_with("_ansible_")) else {
            continue;
        };
        let value = scope.config.filled(default(setting));
        let value =
            emit::to_string(&value, &style).map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
        let value = value.strip_suffix("...\n").unwrap_or(&value);
        lines.push(heading(setting));
        lines.push(format!("{}{name}: {value}", if disabled { "#" } else { "" }));
        lines.push(String::new());
    }
    Ok(lines.join("\n"))
}

fn settings(scope: &Scope) -> impl Iterator<Item = &Definition> {
    let plugins = scope.kinds().into_iter().flat_map(|(_, plugins)| plugins);
    scope.base().iter().chain(plugins.flat_map(|plugin| &plugin.settings))
}

fn heading(setting: &Definition) -> String {
    let name = match setting.text("name") {
        "" => setting.name.as_str(),
        name => name,
    };
    format!("# {name}({}): {}", kind(setting), setting.text("description"))
}

/// A word for the shell, as Python's `shlex.quote` writes it; nothing stays nothing.
fn shell_quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if text.chars().all(safe) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
}
