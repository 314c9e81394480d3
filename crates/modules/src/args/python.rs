//! Python's words for JSON values: `str()`, `repr()`, type names, `json.dumps`.
//!
//! Messages and the `str` coercion show values as Python would, because content compares them.

use super::Value;
use rplay_value::{float_repr, push_json_text, str_repr};
use serde_json::Number;

/// `type(value).__name__`.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if is_float(number) => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Whether Python would read this JSON number as a float.
pub(super) fn is_float(number: &Number) -> bool {
    number.as_str().contains(['.', 'e', 'E'])
}

/// `str(value)`.
#[must_use]
pub fn str_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

/// `repr(value)`.
#[must_use]
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number_text(number),
        Value::String(text) => str_repr(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", str_repr(key), repr(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if is_float(number) => float_repr(float),
        _ => number.as_str().to_owned(),
    }
}

/// `json.dumps(value)` with Python's separators and ASCII escapes.
#[must_use]
pub fn json_dumps(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(json_dumps).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", dumps_text(key), json_dumps(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::String(text) => dumps_text(text),
        Value::Number(number) => number_text(number),
        other => other.to_string(),
    }
}

fn dumps_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_json_text(&mut out, text, true);
    out
}
