//! The tree a document is read into.

use crate::{Source, Span};
use rplay_value::{Dict, Key, Str, Value};
use std::{collections::HashMap, sync::Arc};

/// A value with its place. Cloning is cheap; a node reached through an alias is shared.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands; an aliased or merged node keeps the place of its definition.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The three kinds of nodes; scalars are resolved.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text, number, boolean, null, date, bytes or encrypted text.
    Scalar(Value),
    /// A list.
    Seq(Arc<Vec<Node>>),
    /// A mapping: merge keys expanded, keys hashable scalars and each once, in Python's order.
    Map(Arc<Vec<(Node, Node)>>),
}

/// Something a document's author should know though it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is odd.
    pub message: String,
    /// What is done about it or better instead.
    pub help: String,
    /// Where.
    pub span: Span,
    /// For duplicate keys: where the key stood first.
    pub first: Option<Span>,
    /// The feature is deprecated.
    pub deprecated: bool,
}

/// One YAML document.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it was read from.
    pub source: Arc<Source>,
    /// Its root; null for an empty document.
    pub root: Node,
    /// What the author should know.
    pub warnings: Vec<Warning>,
}

impl Node {
    /// A scalar node.
    pub fn scalar(span: Span, value: Value) -> Self {
        Self { span, kind: Kind::Scalar(value) }
    }

    /// The data without places. Parts shared through aliases stay shared.
    pub fn to_value(&self) -> Value {
        Converter::default().value(self)
    }

    /// The entry of a mapping under a string key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value nodes of a mapping under a string key.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        self.as_map()?.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(name, value)| (name, value))
    }

    /// The text of a string scalar.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar()?.as_str()
    }

    /// The tagged string of a string scalar.
    pub fn as_string(&self) -> Option<&Str> {
        match &self.kind {
            Kind::Scalar(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of a scalar.
    pub fn as_scalar(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Scalar(value) => Some(value),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Value::None))
    }

    /// The name of the Python type, as messages show it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(value) => value.type_name(),
            Kind::Seq(_) => "list",
            Kind::Map(_) => "dict",
        }
    }
}

/// Converts shared parts once, so aliases of aliases cost nothing.
#[derive(Default)]
struct Converter {
    shared: HashMap<usize, Value>,
}

impl Converter {
    fn value(&mut self, node: &Node) -> Value {
        match &node.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Seq(items) => self.once(Arc::as_ptr(items).addr(), Arc::strong_count(items), |own| {
                Value::list(items.iter().map(|item| own.value(item)).collect::<Vec<_>>())
            }),
            Kind::Map(entries) => self.once(Arc::as_ptr(entries).addr(), Arc::strong_count(entries), |own| {
                Value::from(own.dict(entries))
            }),
        }
    }

    fn once(&mut self, address: usize, owners: usize, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if owners < 2 {
            return make(self);
        }
        if let Some(value) = self.shared.get(&address) {
            return value.clone();
        }
        let value = make(self);
        self.shared.insert(address, value.clone());
        value
    }

    fn dict(&mut self, entries: &[(Node, Node)]) -> Dict {
        let mut dict = Dict::with_capacity(entries.len());
        for (key, value) in entries {
            if let Some(key) = key.as_scalar().cloned().and_then(Key::new) {
                dict.insert(key, self.value(value));
            }
        }
        dict
    }
}
