//! Keyword values with a type.

use super::{Reading, Result};
use crate::{Cause, Field, Literal};
use rplay_value::{Str, Value};
use rplay_yaml::{Kind, Node};

/// A number of percent, with or without `%`.
pub(crate) struct Percent(pub(crate) f64);

impl Literal for Percent {
    const NAME: &'static str = "percent";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Str(text) => text.replace('%', "").trim().parse().ok().map(Percent),
            other => f64::of(other).map(Percent),
        }
    }
}

/// Whether a value is a template, or text that only the engine can read.
pub(crate) fn is_template(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.is_trusted() && has_template(text),
        Value::Vaulted(_) => true,
        _ => false,
    }
}

fn has_template(text: &str) -> bool {
    text.starts_with("#jinja2:") || ["{{", "{%", "{#"].iter().any(|start| text.contains(start))
}

/// Whether a text is one template from its first to its last character.
pub(crate) fn is_whole_template(text: &Str) -> bool {
    let trimmed = text.trim();
    text.is_trusted()
        && (text.starts_with("#jinja2:")
            || [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
                .iter()
                .any(|(open, close)| trimmed.starts_with(open) && trimmed.ends_with(close)))
}

impl Reading<'_> {
    /// A keyword's value: converted when literal, kept when a template, none when null. In strict mode a
    /// literal that cannot be converted is kept too: as in Ansible it fails only the task that runs into it.
    pub(crate) fn field<T: Literal>(&self, keyword: &str, node: &Node) -> Result<Option<Field<T>>> {
        let is_container = node.as_scalar().is_none();
        match self.field_now(keyword, node) {
            Err(_) if self.strict() && !(is_container && T::NAME == Str::NAME) => {
                Ok(Some(Field::Template(node.to_value())))
            }
            result => result,
        }
    }

    /// Like [`Reading::field`], and a literal that cannot be converted is an error at once in strict mode too.
    pub(crate) fn field_now<T: Literal>(&self, keyword: &str, node: &Node) -> Result<Option<Field<T>>> {
        let value = match &node.kind {
            Kind::Scalar(Value::None) => return Ok(None),
            Kind::Scalar(value) => value,
            _ => return Err(self.wrong_container(keyword, node, T::NAME)),
        };
        if is_template(value) {
            return Ok(Some(Field::Template(value.clone())));
        }
        match T::of(value) {
            Some(literal) => Ok(Some(Field::Literal(literal))),
            None => Err(self.not_converted(keyword, node, T::NAME)),
        }
    }

    pub(crate) fn is_template(&self, value: &Value) -> bool {
        is_template(value)
    }

    /// The value as a boolean, if it can be one.
    pub(crate) fn to_bool(&self, value: &Value) -> Option<bool> {
        bool::of(value)
    }

    /// A text that is never a template by itself (`name`, `register`): kept as written.
    pub(crate) fn text(&self, keyword: &str, node: &Node) -> Result<Option<Str>> {
        match &node.kind {
            Kind::Scalar(Value::None) => Ok(None),
            Kind::Scalar(value) => Ok(Str::of(value)),
            _ => Err(self.wrong_container(keyword, node, Str::NAME)),
        }
    }

    fn wrong_container(&self, keyword: &str, node: &Node, name: &str) -> crate::PlaybookError {
        if name != Str::NAME {
            return self.not_converted(keyword, node, name);
        }
        let message = format!(
            "The field '{keyword}' is supposed to be a string type, however the incoming data structure is a \
             <class '{}'>",
            node.type_name()
        );
        self.fail(node, message)
    }

    pub(crate) fn not_converted(&self, keyword: &str, node: &Node, name: &str) -> crate::PlaybookError {
        let cause = format!("The value {} could not be converted to '{name}'.", node.to_value().repr());
        let help = match name {
            "bool" => Some("Write true or false, or a template that gives one of them."),
            "int" | "float" | "percent" => Some("Write a number, or a template that gives one."),
            _ => None,
        };
        self.fail(node, format!("Error processing keyword '{keyword}'."))
            .because(Cause::Text(cause))
            .suggest(help.map(str::to_owned))
    }
}

/// The items of a list; a single value is a list of one, null an empty list.
pub(crate) fn items(node: &Node) -> Vec<Value> {
    match node.as_seq() {
        Some(items) => items.iter().map(Node::to_value).collect(),
        None if node.is_null() => Vec::new(),
        None => vec![node.to_value()],
    }
}
