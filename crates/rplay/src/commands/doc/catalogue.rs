//! What is built in.

use crate::config::definitions::{self, PLUGIN_KINDS};
use rplay_modules::args::{Param, Spec};
use rplay_playbook::Level;
use rplay_template::{Known, known_filters, known_lookups, known_tests};
use rplay_value::{Dict, Value};

/// Types of plugins, as `-t` takes them: those with settings, and the rest.
pub(super) fn kinds() -> Vec<&'static str> {
    PLUGIN_KINDS.into_iter().chain(["module", "strategy", "test", "filter", "role", "keyword"]).collect()
}

const STRATEGIES: [(&str, &str); 3] = [
    ("free", "Hosts go through the tasks without waiting for each other."),
    ("host_pinned", "Hosts go through the tasks by themselves, as many at a time as there are forks."),
    ("linear", "All hosts do a task before any does the next."),
];

/// Where keywords stand.
const LEVELS: [(Level, &str); 5] = [
    (Level::Play, "Play"),
    (Level::Block, "Block"),
    (Level::Task, "Task"),
    (Level::Handler, "Handler"),
    (Level::IncludeRole, "Role"),
];

/// Keywords, a bar, what they mean.
const KEYWORDS: &str = include_str!("keywords.txt");

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub name: String,
    pub description: String,
    pub file: String,
}

/// What is known about a plugin.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its full name.
    pub name: String,
    /// `description`, `options` and so on, as in a plugin's own documentation.
    pub doc: Dict,
    /// Examples, as text.
    pub examples: Value,
    /// What is returned.
    pub returned: Value,
}

impl Entry {
    /// As data, under ansible-doc's keys.
    pub(super) fn data(self) -> Value {
        if self.doc.contains("entry_points") || self.doc.contains("applies_to") {
            return Value::from(self.doc);
        }
        Value::dict([
            ("doc", Value::from(self.doc)),
            ("examples", self.examples),
            ("metadata", Value::None),
            ("return", self.returned),
        ])
    }
}

/// Everything of a type.
pub(super) fn list(kind: &str) -> Vec<Item> {
    let item = |collection: &str, name: &str, description: String| Item {
        name: format!("{collection}.{name}"),
        description,
        file: "rplay".into(),
    };
    let known = |all: Vec<Known>| {
        all.into_iter()
            .map(|known| item(known.collection, known.name, format!("From {}.", known.source)))
            .collect()
    };
    match kind {
        "module" => modules(),
        "filter" => known(known_filters()),
        "test" => known(known_tests()),
        "lookup" => known(known_lookups()),
        "strategy" => {
            STRATEGIES.iter().map(|(name, told)| item("ansible.builtin", name, (*told).to_owned())).collect()
        }
        "keyword" => keywords()
            .map(|(name, told)| Item {
                name: name.to_owned(),
                description: told.to_owned(),
                file: "rplay".into(),
            })
            .collect(),
        "role" => Vec::new(),
        kind => definitions::plugins_of(kind)
            .map(|plugin| item("ansible.builtin", &plugin.name, format!("Settings of {}.", plugin.name)))
            .collect(),
    }
}

fn modules() -> Vec<Item> {
    let real = rplay_modules::modules().iter().map(|module| Item {
        name: format!("{}.{}", module.collection, module.name),
        description: first_line(module.spec.doc),
        file: "rplay".into(),
    });
    let actions = rplay_engine::actions::names().filter(|name| rplay_modules::find(name).is_err());
    real.chain(actions.map(|name| Item {
        name: format!("ansible.builtin.{name}"),
        description: "Runs on the controller.".into(),
        file: "rplay".into(),
    }))
    .collect()
}

fn keywords() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYWORDS.lines().filter_map(|line| line.split_once('|'))
}

fn first_line(doc: &str) -> String {
    doc.trim().lines().next().unwrap_or_default().trim().to_owned()
}

/// What is known about one of a type, by short or full name.
pub(super) fn find(kind: &str, name: &str) -> Option<Entry> {
    if kind == "keyword" {
        return keyword(name);
    }
    if kind == "module"
        && let Ok(module) = rplay_modules::find(name)
    {
        let mut doc = described(module.spec.doc, "module", &format!("{}.{}", module.collection, module.name));
        doc.insert("options", options(module.spec));
        doc.insert(
            "has_action",
            Value::Bool(rplay_engine::actions::names().any(|action| action == module.name)),
        );
        return Some(entry(doc));
    }
    let item = list(kind).into_iter().find(|item| {
        item.name == name
            || item.name.strip_prefix("ansible.builtin.") == Some(name)
            || name
                .strip_prefix("ansible.legacy.")
                .is_some_and(|short| item.name.rsplit('.').next() == Some(short))
    })?;
    let mut doc = described(&item.description, kind, &item.name);
    if let Some(plugin) = definitions::plugin(kind, &item.name) {
        let options = plugin
            .settings
            .iter()
            .map(|setting| (setting.name.as_str(), Value::from(setting.fields.clone())));
        doc.insert("options", Value::dict(options));
    }
    Some(entry(doc))
}

fn entry(doc: Dict) -> Entry {
    let name = doc.get("plugin_name").map(Value::to_text).unwrap_or_default();
    Entry { name, doc, examples: Value::None, returned: Value::None }
}

fn described(text: &str, kind: &str, full: &str) -> Dict {
    let (collection, short) = full.rsplit_once('.').unwrap_or(("ansible.builtin", full));
    let paragraphs = text
        .trim()
        .split("\n\n")
        .map(|part| Value::from(part.split_whitespace().collect::<Vec<_>>().join(" ")));
    let mut doc = Dict::new();
    doc.insert(if kind == "module" { "module" } else { "name" }, Value::from(short));
    doc.insert("plugin_name", Value::from(full));
    doc.insert("collection", Value::from(collection));
    doc.insert("short_description", Value::from(first_line(text)));
    doc.insert("description", Value::list(paragraphs));
    doc.insert("filename", Value::from("rplay"));
    doc
}

fn keyword(name: &str) -> Option<Entry> {
    let (name, told) = match keywords().find(|(known, _)| *known == name) {
        Some(known) => known,
        None if name.starts_with("with_") => keywords().find(|(known, _)| *known == "with_")?,
        None => return None,
    };
    let levels = LEVELS.iter().filter(|(level, _)| level.knows(name)).map(|(_, text)| Value::from(*text));
    let doc: Dict = Value::dict([("applies_to", Value::list(levels)), ("description", Value::from(told))])
        .as_dict()
        .cloned()
        .unwrap_or_default();
    Some(Entry { name: name.to_owned(), doc, examples: Value::None, returned: Value::None })
}

/// Parameters as `options` of a documentation, without those that the controller fills in.
pub(super) fn options(spec: &Spec) -> Value {
    let own = |param: &&Param| !param.name.starts_with('_') || param.name == "_raw_params";
    Value::dict(spec.all().into_iter().filter(own).map(|param| (param.name, option(param))))
}

fn option(param: &Param) -> Value {
    let text =
        param.doc.trim().split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut fields = Dict::new();
    fields.insert("description", Value::list(text.map(Value::from)));
    fields.insert("type", Value::from(param.ty.name()));
    if let Some(elements) = param.elements {
        fields.insert("elements", Value::from(elements.name()));
    }
    if param.required {
        fields.insert("required", Value::Bool(true));
    } else {
        fields.insert("default", Value::from(param.default.to_value()));
    }
    let words = |words: &[&str]| Value::list(words.iter().map(|word| Value::from(*word)));
    if !param.choices.is_empty() {
        fields.insert("choices", words(param.choices));
    }
    if !param.aliases.is_empty() {
        fields.insert("aliases", words(param.aliases));
    }
    if let Some(inner) = param.options {
        fields.insert("suboptions", options(inner));
    }
    Value::from(fields)
}
