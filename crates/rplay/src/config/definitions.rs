//! What is known about every setting: ansible-core's own and its plugins'.
//!
//! Names, types, defaults and places are those of ansible-core 2.19; the descriptions are ours.

use rplay_value::{Dict, Key, Value};
use std::sync::LazyLock;

/// One JSON object a line.
const BASE: &str = include_str!("settings.jsonl");
const PLUGINS: &str = include_str!("plugins.jsonl");

/// Types of plugins that have settings, in the order they are shown.
pub(crate) const PLUGIN_KINDS: [&str; 11] = [
    "become",
    "cache",
    "callback",
    "cliconf",
    "connection",
    "httpapi",
    "inventory",
    "lookup",
    "netconf",
    "shell",
    "vars",
];

/// A setting.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// Its name: upper case for ansible-core's own, an option's for a plugin's.
    pub name: String,
    /// The plugin it belongs to: type and name.
    pub plugin: Option<(String, String)>,
    /// `default`, `type`, `choices`, `description`, `env`, `ini` and so on.
    pub fields: Dict,
}

/// A plugin with settings.
#[derive(Debug)]
pub(crate) struct PluginSettings {
    /// Its type, such as `connection`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: Vec<Definition>,
}

impl Definition {
    /// A field that is text; empty where there is none.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The places of one sort (`env`, `ini`, `vars`, `cli`) it may be set at, weakest first.
    pub(crate) fn places(&self, sort: &str) -> &[Value] {
        self.fields.get(sort).and_then(Value::as_list).unwrap_or_default()
    }

    /// The names of the places of one sort.
    pub(crate) fn names(&self, sort: &str) -> impl Iterator<Item = &str> {
        self.places(sort).iter().filter_map(|place| place.get("name")?.as_str())
    }

    /// Sections and keys of the configuration file, weakest first.
    pub(crate) fn ini(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places("ini").iter().filter_map(|place| {
            let section = place.get("section").and_then(Value::as_str).unwrap_or("defaults");
            Some((section, place.get("key")?.as_str()?))
        })
    }

    /// What errors call it.
    pub(crate) fn label(&self) -> String {
        match &self.plugin {
            Some((kind, name)) => format!("'{}' for '{name}' {kind} plugin", self.name),
            None => format!("'{}'", self.name),
        }
    }

    /// Whether it must be set.
    pub(crate) fn required(&self) -> bool {
        self.fields.get("required").and_then(Value::as_bool).unwrap_or(false)
    }
}

/// ansible-core's own settings, by name.
pub(crate) fn base() -> &'static [Definition] {
    static ALL: LazyLock<Vec<Definition>> = LazyLock::new(|| {
        objects(BASE)
            .filter_map(|mut fields| {
                let name = take(&mut fields, "setting")?;
                fields.insert("name", Value::from(title(&name)));
                Some(Definition { name, plugin: None, fields })
            })
            .collect()
    });
    &ALL
}

/// Those of them that are shown: not what is only there for tests, which comes last.
pub(crate) fn listed() -> &'static [Definition] {
    let all = base();
    let end = all.iter().position(|setting| setting.name.starts_with("_Z_")).unwrap_or(all.len());
    &all[..end]
}

/// The settings of a plugin that is not built in, from the options of its documentation.
pub(crate) fn documented(kind: &str, plugin: &str, options: &Dict) -> Vec<Definition> {
    let setting = |(name, fields): (&Key, &Value)| {
        Some(Definition {
            name: name.as_str()?.to_owned(),
            plugin: Some((kind.to_owned(), plugin.to_owned())),
            fields: fields.as_dict()?.clone(),
        })
    };
    options.iter().filter_map(setting).collect()
}

/// Plugins with their settings, by type and name.
pub(crate) fn plugins() -> &'static [PluginSettings] {
    static ALL: LazyLock<Vec<PluginSettings>> = LazyLock::new(|| {
        let mut all: Vec<PluginSettings> = Vec::new();
        for mut fields in objects(PLUGINS) {
            let (Some(kind), Some(name)) = (take(&mut fields, "kind"), take(&mut fields, "plugin")) else {
                continue;
            };
            let option = take(&mut fields, "option");
            if all.last().is_none_or(|last| last.kind != kind || last.name != name) {
                all.push(PluginSettings { kind: kind.clone(), name: name.clone(), settings: Vec::new() });
            }
            if let (Some(option), Some(last)) = (option, all.last_mut()) {
                last.settings.push(Definition { name: option, plugin: Some((kind, name)), fields });
            }
        }
        all
    });
    &ALL
}

/// Plugins of one type.
pub(crate) fn plugins_of(kind: &str) -> impl Iterator<Item = &'static PluginSettings> {
    plugins().iter().filter(move |plugin| plugin.kind == kind)
}

/// The settings of a plugin; its collection's name may be in front.
pub(crate) fn plugin(kind: &str, name: &str) -> Option<&'static PluginSettings> {
    let short = ["ansible.builtin.", "ansible.legacy."]
        .iter()
        .find_map(|collection| name.strip_prefix(collection))
        .unwrap_or(name);
    plugins_of(kind).find(|plugin| plugin.name == short)
}

/// Options every Galaxy server has: name, type, default.
const GALAXY: [(&str, &str, Value); 10] = [
    ("url", "str", Value::None),
    ("username", "str", Value::None),
    ("password", "str", Value::None),
    ("token", "str", Value::None),
    ("auth_url", "str", Value::None),
    ("api_version", "int", Value::None),
    ("validate_certs", "bool", Value::None),
    ("client_id", "str", Value::None),
    ("client_secret", "str", Value::None),
    ("timeout", "int", Value::Int(60)),
];

/// The settings of a Galaxy server that the configuration names.
pub(crate) fn galaxy(server: &str) -> Vec<Definition> {
    let definition = |(name, kind, default): &(&str, &str, Value)| {
        let variable = format!("ANSIBLE_GALAXY_SERVER_{}_{}", server.to_uppercase(), name.to_uppercase());
        let place = Value::dict([
            ("section", Value::from(format!("galaxy_server.{server}"))),
            ("key", Value::from(*name)),
        ]);
        let mut fields: Dict = [
            ("description", Value::from(format!("{name} of the Galaxy server {server}."))),
            ("type", Value::from(*kind)),
            ("required", Value::Bool(*name == "url")),
            ("env", Value::list([Value::dict([("name", Value::from(variable))])])),
            ("ini", Value::list([place])),
        ]
        .into_iter()
        .map(|(key, value)| (Key::from(key), value))
        .collect();
        if !default.is_none() {
            fields.insert("default", default.clone());
        }
        if *name == "api_version" {
            fields.insert("choices", Value::list([Value::Int(2), Value::Int(3)]));
        }
        Definition { name: (*name).into(), plugin: Some(("galaxy_server".into(), server.to_owned())), fields }
    };
    GALAXY.iter().map(definition).collect()
}

/// The lines of a table; those that are no JSON object are told by a test.
fn objects(table: &'static str) -> impl Iterator<Item = Dict> {
    table.lines().filter_map(|line| match serde_json::from_str(line) {
        Ok(serde_json::Value::Object(fields)) => Some(Dict::from(fields)),
        _ => None,
    })
}

fn take(fields: &mut Dict, key: &str) -> Option<String> {
    fields.remove(key).and_then(|value| value.as_str().map(str::to_owned))
}

/// `DEFAULT_FORKS` as `Default forks`.
fn title(name: &str) -> String {
    let words = name.trim_start_matches('_').replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::KEYS;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!(base().len(), BASE.lines().count());
        assert_eq!(objects(PLUGINS).count(), PLUGINS.lines().count());
        for plugin in plugins() {
            assert!(PLUGIN_KINDS.contains(&plugin.kind.as_str()), "{}", plugin.kind);
        }
    }

    #[test]
    fn the_quick_table_of_keys_knows_the_same_places() {
        let all = base().iter().chain(plugins().iter().flat_map(|plugin| &plugin.settings));
        for definition in all {
            for (section, key) in definition.ini() {
                let names = KEYS.get(&(section, key));
                let names = names.unwrap_or_else(|| panic!("[{section}] {key} is not in keys.tsv"));
                if definition.ini().count() == 1 {
                    for name in definition.names("env") {
                        assert!(names.contains(&name), "[{section}] {key} lacks {name}");
                    }
                }
            }
        }
    }
}
