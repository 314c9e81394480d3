//! What an action's arguments must be, checked with the messages of Ansible's argument specs.

use super::ActionContext;
use crate::{
    error::TaskError,
    task::{to_bool, to_int},
};
use rplay_value::Value;

/// The arguments an action takes.
pub(super) struct Spec {
    /// Names and kinds of values.
    pub params: &'static [(&'static str, Kind)],
    /// Arguments of which only one may be given.
    pub exclusive: &'static [&'static str],
    /// Arguments of which one must be given.
    pub one_of: &'static [&'static str],
}

impl Spec {
    /// A spec without rules between its arguments.
    pub(super) const fn of(params: &'static [(&'static str, Kind)]) -> Self {
        Self { params, exclusive: &[], one_of: &[] }
    }
}

/// What a value must be, or be convertible to.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Anything.
    Raw,
    /// Text, or what Python's `str` makes of a value.
    Text,
    /// Text and nothing else.
    TextOnly,
    /// Text or a list of texts.
    Texts,
    Bool,
    Int,
    /// What Python's `int()` takes: floats too.
    PythonInt,
}

impl Kind {
    /// The type's name in messages, and why the value is none, if it is none.
    fn refuses(self, value: &Value) -> Option<(&'static str, String)> {
        match self {
            Kind::Raw | Kind::Text => None,
            Kind::TextOnly => (!matches!(value, Value::Str(_))).then(|| {
                let why = format!("'{}' is not a string and conversion is not allowed", value.to_text());
                ("_check_type_str_no_conversion", why)
            }),
            Kind::Texts => (!is_texts(value))
                .then(|| ("str_or_list_of_str", "a string or list of strings is required".to_owned())),
            Kind::Bool => to_bool(value).is_none().then(|| ("bool", not_bool(value))),
            Kind::Int => to_int(value)
                .is_none()
                .then(|| ("int", format!("\"{}\" cannot be converted to an int", value.repr()))),
            Kind::PythonInt => (to_int(value).is_none() && !matches!(value, Value::Float(_)))
                .then(|| ("int", format!("invalid literal for int() with base 10: {}", value.repr()))),
        }
    }
}

fn is_texts(value: &Value) -> bool {
    match value {
        Value::Str(_) => true,
        Value::List(items) => items.iter().all(|item| matches!(item, Value::Str(_))),
        _ => false,
    }
}

pub(super) fn not_bool(value: &Value) -> String {
    format!(
        "The value '{}' is not a valid boolean. Valid booleans include: 0, 1, '0', '1', 'f', 'false', 'n', 'no', 'off', \
         'on', 't', 'true', 'y', 'yes'",
        value.to_text()
    )
}

impl ActionContext<'_> {
    /// Refuses arguments that are not as `spec` has them.
    pub(super) fn check(&self, spec: &Spec) -> Result<(), TaskError> {
        let given = |name: &&&str| self.args.get(name).is_some_and(|value| !value.is_none());
        let refused = |message: String| Err(TaskError::refused(message));
        if spec.exclusive.iter().filter(given).count() > 1 {
            return refused(format!("parameters are mutually exclusive: {}", spec.exclusive.join("|")));
        }
        for (name, kind) in spec.params {
            let Some(value) = self.args.get(name).filter(|value| !value.is_none()) else { continue };
            if let Some((wanted, why)) = kind.refuses(value) {
                return refused(format!(
                    "argument '{name}' is of type {} and we were unable to convert to {wanted}: {why}",
                    value.type_name()
                ));
            }
        }
        if !spec.one_of.is_empty() && !spec.one_of.iter().any(|name| given(&name)) {
            return refused(format!("one of the following is required: {}", spec.one_of.join(", ")));
        }
        let known: Vec<&str> = spec.params.iter().map(|(name, _)| *name).collect();
        self.only(&known)
    }
}
