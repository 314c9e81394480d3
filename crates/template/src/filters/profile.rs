//! JSON of Ansible's own commands and inventory scripts, with marks for what JSON has not.

use crate::{
    Res,
    python::json::{self, Loading},
};
use rplay_value::{Dict, Str, Tag, Value, Vaulted};
use std::sync::Arc;

/// What the marks in a text mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// Plain JSON.
    Tagless,
    /// Marks count everywhere.
    Legacy,
    /// Only variables may be templates: below `_meta.hostvars` and in the `vars` of groups.
    Inventory,
}

impl Profile {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "tagless" => Some(Profile::Tagless),
            "legacy" => Some(Profile::Legacy),
            "inventory_legacy" => Some(Profile::Inventory),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Profile::Tagless => "tagless",
            Profile::Legacy => "legacy",
            Profile::Inventory => "inventory_legacy",
        }
    }

    /// Data with marks where this profile writes them: on text that is no template, and on what is encrypted.
    pub(super) fn marked(self, value: Value) -> Value {
        if self != Profile::Legacy {
            return value;
        }
        match value {
            Value::Str(text) if !text.is_trusted() => Value::dict([("__ansible_unsafe", Value::Str(text))]),
            Value::Vaulted(vaulted) => Value::dict([("__ansible_vault", Value::from(&*vaulted.ciphertext))]),
            Value::List(items) => Value::list(items.iter().map(|item| self.marked(item.clone()))),
            Value::Dict(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.marked(value.clone())));
                entries.collect::<Dict>().into()
            }
            other => other,
        }
    }

    /// The data of a text, marks as dictionaries.
    pub(super) fn parse(self, text: &str, strict_utf8: bool) -> Res<Value> {
        json::loads_with(text, Loading { marks: self != Profile::Tagless, strict_utf8 })
    }

    /// The data with its marks read; with `trusted`, text without mark may be a template.
    pub(super) fn read(self, value: Value, trusted: bool) -> Value {
        match self {
            Profile::Tagless => value,
            _ => self.at(value, trusted, &mut Vec::new()),
        }
    }

    fn is_variable(self, path: &[String]) -> bool {
        let at = |index: usize| path.get(index).map(String::as_str);
        self == Profile::Legacy
            || (path.len() >= 4 && at(0) == Some("_meta") && at(1) == Some("hostvars"))
            || (path.len() >= 3 && at(1) == Some("vars"))
    }

    /// The parser of the JSON bounds how deep this goes.
    fn at(self, value: Value, trusted: bool, path: &mut Vec<String>) -> Value {
        match value {
            Value::Str(text) if trusted && self.is_variable(path) => {
                Value::Str(Str::tagged(text.text().clone(), Tag { trusted: true, ..Tag::default() }))
            }
            Value::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    path.push(index.to_string());
                    out.push(self.at(item.clone(), trusted, path));
                    path.pop();
                }
                Value::list(out)
            }
            Value::Dict(entries) => self.dict(&entries, trusted, path),
            other => other,
        }
    }

    fn dict(self, entries: &Dict, trusted: bool, path: &mut Vec<String>) -> Value {
        if let Some(Value::Str(text)) = entries.get("__ansible_unsafe") {
            return Value::from(text.as_str());
        }
        if let Some(Value::Str(text)) = entries.get("__ansible_vault") {
            let ciphertext = text.text().clone();
            return Value::Vaulted(Arc::new(Vaulted { ciphertext, origin: None }));
        }
        let mut out = Dict::with_capacity(entries.len());
        for (key, value) in entries {
            path.push(key.as_value().to_text());
            out.insert(key.clone(), self.at(value.clone(), trusted, path));
            path.pop();
        }
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_of_an_inventory_become_templates() {
        let json = r#"{"_meta": {"hostvars": {"h": {"a": "x", "u": {"__ansible_unsafe": "y"}}}}, "g": {"hosts": ["h"], "vars": {"v": "z"}}}"#;
        let value = Value::from(serde_json::from_str::<serde_json::Value>(json).unwrap());
        let read = Profile::Inventory.read(value, true);
        let trusted = |path: &[&str]| {
            let found = path.iter().try_fold(&read, |value, key| value.get(key));
            matches!(found, Some(Value::Str(text)) if text.is_trusted())
        };
        assert!(trusted(&["_meta", "hostvars", "h", "a"]) && trusted(&["g", "vars", "v"]));
        assert!(!trusted(&["_meta", "hostvars", "h", "u"]));
        assert_eq!(
            read.get("g").and_then(|group| group.get("hosts")),
            Some(&Value::list([Value::from("h")]))
        );
    }
}
