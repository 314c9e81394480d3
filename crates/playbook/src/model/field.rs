//! Keyword values that are either known when the playbook is read or templates.

use rplay_value::{Str, Value};
use std::sync::Arc;

/// A keyword's value: checked and typed at once when it is literal, kept for later when it is a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<T> {
    /// The value itself.
    Literal(T),
    /// A template whose result must have the type. In strict mode also a literal that has not: it fails the
    /// task that needs it.
    Template(Value),
    /// A template over what an outer level says, which counts where the template is omitted.
    Over(Value, Arc<Field<T>>),
}

impl<T> Field<T> {
    /// The field of a level inside one that says `outer`.
    #[must_use]
    pub fn over(self, outer: Option<&Self>) -> Self
    where
        T: Clone,
    {
        match (self, outer) {
            (Field::Template(template), Some(outer)) => Field::Over(template, Arc::new(outer.clone())),
            (own, _) => own,
        }
    }

    /// The literal value, if it is one.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Field::Literal(value) => Some(value),
            Field::Template(_) | Field::Over(..) => None,
        }
    }
}

impl Field<Str> {
    /// The text as written: the literal, or the template's source.
    pub fn source(&self) -> Option<&Str> {
        match self {
            Field::Literal(text) | Field::Template(Value::Str(text)) | Field::Over(Value::Str(text), _) => {
                Some(text)
            }
            Field::Template(_) | Field::Over(..) => None,
        }
    }
}
