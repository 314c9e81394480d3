//! What a module returns.

use crate::args::{Map, Value};

/// A module's result: `changed`, an optional diff and facts, and free fields in order.
///
/// `msg`, `rc`, `stdout` and the like are fields; `warnings` and `deprecations` are raised through
/// [`crate::System::warn`] and [`crate::System::deprecate`] and added by the runtime.
#[derive(Clone, Debug, Default)]
pub struct ModuleResult {
    /// Whether the host was, or would be, changed.
    pub changed: bool,
    /// Differences, shown when the task asks for them.
    pub diff: Vec<Diff>,
    /// Whether the differences are a list, as where Ansible's controller makes it: one too, and none where
    /// nobody asks for them.
    pub lists_diff: bool,
    /// Facts the result sets on the host.
    pub ansible_facts: Map,
    /// All other fields.
    pub fields: Map,
}

impl ModuleResult {
    /// A result of a host that is as wanted.
    #[must_use]
    pub fn unchanged() -> Self {
        Self::default()
    }

    /// A result of a host that was, or would be, changed.
    #[must_use]
    pub fn changed() -> Self {
        Self { changed: true, ..Self::default() }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets a field.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.fields.insert(key.to_owned(), value.into());
    }

    /// Adds a difference.
    #[must_use]
    pub fn with_diff(mut self, diff: Diff) -> Self {
        self.diff.push(diff);
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with_fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.ansible_facts.insert(name.to_owned(), value.into());
        self
    }

    /// The result as Ansible's JSON; differences only where they were asked for.
    #[must_use]
    pub fn into_map(mut self, with_diff: bool) -> Map {
        let mut map = Map::new();
        map.insert("changed".to_owned(), Value::from(self.changed));
        map.append(&mut self.fields);
        if !self.ansible_facts.is_empty() {
            map.insert("ansible_facts".to_owned(), Value::Object(self.ansible_facts));
        }
        let mut shown: Vec<Value> = self.diff.into_iter().map(|diff| Value::Object(diff.0)).collect();
        if !with_diff {
            shown.clear();
        }
        let diff = match shown.len() {
            0 if !self.lists_diff => return map,
            1 if !self.lists_diff => shown.remove(0),
            _ => Value::Array(shown),
        };
        map.insert("diff".to_owned(), diff);
        map
    }
}

/// A difference between the found and the wanted state.
#[derive(Clone, Debug, Default)]
pub struct Diff(Map);

impl Diff {
    /// Two texts, or two objects of properties.
    pub fn new(before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let mut map = Map::new();
        map.insert("before".to_owned(), before.into());
        map.insert("after".to_owned(), after.into());
        Self(map)
    }

    /// A difference a tool has formatted already.
    pub fn prepared(text: impl Into<String>) -> Self {
        let mut map = Map::new();
        map.insert("prepared".to_owned(), Value::from(text.into()));
        Self(map)
    }

    /// Names of the two sides.
    #[must_use]
    pub fn headers(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.0.insert("before_header".to_owned(), Value::from(before.into()));
        self.0.insert("after_header".to_owned(), Value::from(after.into()));
        self
    }

    /// Sets a field of the difference itself, such as `src_binary` or `before` alone.
    pub fn set_field(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// The properties of the two sides, for differences made of objects.
    pub fn set(&mut self, key: &str, before: impl Into<Value>, after: impl Into<Value>) {
        for (side, value) in [("before", before.into()), ("after", after.into())] {
            let slot = self.0.entry(side).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(properties) = slot {
                properties.insert(key.to_owned(), value);
            }
        }
    }

    /// Sets a property of the found state only.
    pub fn set_before(&mut self, key: &str, value: impl Into<Value>) {
        if let Value::Object(properties) = self.0.entry("before").or_insert_with(|| Value::Object(Map::new()))
        {
            properties.insert(key.to_owned(), value.into());
        }
    }
}

impl From<Diff> for Value {
    fn from(diff: Diff) -> Self {
        Self::Object(diff.0)
    }
}
