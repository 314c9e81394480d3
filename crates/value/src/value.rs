//! The value type.

use crate::{Dict, Origin, Str};
use num_bigint::BigInt;
use std::sync::Arc;

/// A date and time as Python's `datetime`: naive, or with an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// Calendar date and time of day.
    pub civil: jiff::civil::DateTime,
    /// Offset from UTC, in seconds; none for a naive value.
    pub offset: Option<i32>,
}

/// An inline `!vault` string, still encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vaulted {
    /// The vault text, beginning with `$ANSIBLE_VAULT;`.
    pub ciphertext: Arc<str>,
    /// Where it stands.
    pub origin: Option<Origin>,
}

/// Plain data: what YAML, JSON, facts and results hold.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Python's `None`, YAML's null.
    #[default]
    None,
    /// A boolean.
    Bool(bool),
    /// An integer of machine size.
    Int(i64),
    /// An integer beyond 64 bits.
    BigInt(Arc<BigInt>),
    /// A float.
    Float(f64),
    /// A string.
    Str(Str),
    /// Bytes (YAML's `!!binary`).
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A dictionary in insertion order.
    Dict(Arc<Dict>),
    /// A date (YAML's timestamp without a time).
    Date(jiff::civil::Date),
    /// A date and time.
    DateTime(DateTime),
    /// An encrypted string, decrypted when used.
    Vaulted(Arc<Vaulted>),
}

impl Value {
    /// A list of values.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Value::List(Arc::new(items.into_iter().collect()))
    }

    /// A dictionary with string keys.
    pub fn dict<K: Into<Str>>(items: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Dict(Arc::new(items.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// A string that may be a template, of unknown origin.
    pub fn template(text: impl Into<Arc<str>>) -> Self {
        Value::Str(Str::trusted(text))
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list value.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The dictionary of a dictionary value.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Value::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The integer of an integer (not boolean) value of machine size.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The boolean of a boolean value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The entry `key` of a dictionary value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_dict()?.get(key)
    }

    /// Whether this is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// Python's truth: empty text and containers, zero and `None` are false.
    pub fn is_true(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(bool) => *bool,
            Value::Int(int) => *int != 0,
            Value::BigInt(_) | Value::Date(_) | Value::DateTime(_) | Value::Vaulted(_) => true,
            Value::Float(float) => *float != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Dict(dict) => !dict.is_empty(),
        }
    }

    /// The name of the Python type (`str`, `list`, `NoneType`), as messages show it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::BigInt(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
            Value::Date(_) => "date",
            Value::DateTime(_) => "datetime",
            Value::Vaulted(_) => "EncryptedString",
        }
    }

    /// The same data with every string below it allowed (`true`) or forbidden (`false`) to be a template.
    pub fn with_trust(self, trusted: bool) -> Self {
        match self {
            Value::Str(text) if text.is_trusted() != trusted => Value::Str(if trusted {
                let tag = text.tag().cloned().unwrap_or_default();
                Str::tagged(text.text().clone(), crate::Tag { trusted, ..tag })
            } else {
                text.untrusted()
            }),
            Value::List(items) => Value::list(items.iter().cloned().map(|item| item.with_trust(trusted))),
            Value::Dict(dict) => Value::Dict(Arc::new(
                dict.iter().map(|(key, value)| (key.clone(), value.clone().with_trust(trusted))).collect(),
            )),
            other => other,
        }
    }
}

/// Python's `==`: `1 == 1.0 == True`, containers by content, dictionaries in any order.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        use Value::*;
        match (self, other) {
            (None, None) => true,
            (Str(a), Str(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (List(a), List(b)) => a == b,
            (Dict(a), Dict(b)) => a == b,
            (Date(a), Date(b)) => a == b,
            (DateTime(a), DateTime(b)) => a == b,
            (Vaulted(a), Vaulted(b)) => a == b,
            _ => numbers_equal(self, other),
        }
    }
}

fn numbers_equal(a: &Value, b: &Value) -> bool {
    match (as_integer(a), as_integer(b)) {
        (Some(a), Some(b)) => return a == b,
        (Some(int), None) => return matches!(b, Value::Float(float) if integer_is(&int, *float)),
        (None, Some(int)) => return matches!(a, Value::Float(float) if integer_is(&int, *float)),
        (None, None) => {}
    }
    matches!((a, b), (Value::Float(a), Value::Float(b)) if a == b)
}

fn as_integer(value: &Value) -> Option<BigInt> {
    match value {
        Value::Bool(bool) => Some(BigInt::from(u8::from(*bool))),
        Value::Int(int) => Some(BigInt::from(*int)),
        Value::BigInt(int) => Some((**int).clone()),
        _ => None,
    }
}

fn integer_is(int: &BigInt, float: f64) -> bool {
    use num_traits::FromPrimitive;
    float.fract() == 0.0 && BigInt::from_f64(float).is_some_and(|whole| whole == *int)
}
