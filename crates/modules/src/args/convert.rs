//! From coerced JSON values to the fields of argument structs.

use super::{Map, ModuleArgs, Spec, Type, Value};
use std::path::PathBuf;

/// A type that can be an argument's field.
pub trait FromArg: Sized {
    /// The coercion applied before [`FromArg::from_arg`].
    const TYPE: Type;
    /// The coercion of elements, for lists.
    const ELEMENTS: Option<Type> = None;
    /// The words accepted, for choices.
    const CHOICES: &'static [&'static str] = &[];
    /// The parameters inside, for dict options.
    const OPTIONS: Option<&'static Spec> = None;
    /// Whether the field can stay without a value.
    const OPTIONAL: bool = false;

    /// Takes a coerced value.
    ///
    /// # Errors
    /// A sentence saying why the value does not fit the field.
    fn from_arg(value: Value) -> Result<Self, String>;
}

/// A set of words a parameter accepts; see `#[derive(Choice)]`.
pub trait Choice: Sized {
    /// The words, in the order they are listed to people.
    const CHOICES: &'static [&'static str];
    /// The word of this choice.
    fn as_str(&self) -> &'static str;
    /// The choice of a word.
    fn from_word(word: &str) -> Option<Self>;
}

/// A JSON document as text (`type: json`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub String);

/// A size in bytes (`type: bytes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub i64);

/// A size in bits (`type: bits`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub i64);

/// Takes one parameter out of the map and converts it.
///
/// # Errors
/// Names the parameter and says why its value does not fit.
pub fn take<T: FromArg>(params: &mut Map, name: &str) -> Result<T, String> {
    T::from_arg(params.remove(name).unwrap_or(Value::Null)).map_err(|why| format!("argument '{name}': {why}"))
}

/// A choice from a coerced value.
///
/// # Errors
/// When the word is none of the choices.
pub fn choice_from<T: Choice>(value: Value) -> Result<T, String> {
    value
        .as_str()
        .and_then(T::from_word)
        .ok_or_else(|| format!("must be one of: {}, got: {}", T::CHOICES.join(", "), super::str_of(&value)))
}

/// A struct of options from a dict.
///
/// # Errors
/// When the value is no dict or an inner value does not fit.
pub fn options_from<T: ModuleArgs>(value: Value) -> Result<T, String> {
    match value {
        Value::Object(mut inner) => T::from_params(&mut inner),
        other => Err(format!("a dict was expected, got: {}", super::str_of(&other))),
    }
}

fn unexpected<T>(value: &Value, wanted: &str) -> Result<T, String> {
    Err(format!("{wanted} was expected, got: {}", super::str_of(value)))
}

impl FromArg for String {
    const TYPE: Type = Type::Str;
    fn from_arg(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text),
            other => unexpected(&other, "a string"),
        }
    }
}

impl FromArg for PathBuf {
    const TYPE: Type = Type::Path;
    fn from_arg(value: Value) -> Result<Self, String> {
        String::from_arg(value).map(Into::into)
    }
}

impl FromArg for bool {
    const TYPE: Type = Type::Bool;
    fn from_arg(value: Value) -> Result<Self, String> {
        value.as_bool().map_or_else(|| unexpected(&value, "a boolean"), Ok)
    }
}

impl FromArg for i64 {
    const TYPE: Type = Type::Int;
    fn from_arg(value: Value) -> Result<Self, String> {
        match &value {
            Value::Bool(flag) => Ok(Self::from(*flag)),
            other => other.as_i64().map_or_else(|| unexpected(other, "a 64-bit integer"), Ok),
        }
    }
}

macro_rules! narrower_int {
    ($($ty:ty),*) => {$(
        impl FromArg for $ty {
            const TYPE: Type = Type::Int;
            fn from_arg(value: Value) -> Result<Self, String> {
                let number = i64::from_arg(value)?;
                Self::try_from(number).map_err(|_| format!("{number} is out of range"))
            }
        }
    )*};
}
narrower_int!(i32, u16, u32, u64, usize);

impl FromArg for f64 {
    const TYPE: Type = Type::Float;
    fn from_arg(value: Value) -> Result<Self, String> {
        value.as_f64().map_or_else(|| unexpected(&value, "a number"), Ok)
    }
}

impl FromArg for Value {
    const TYPE: Type = Type::Raw;
    const OPTIONAL: bool = true;
    fn from_arg(value: Value) -> Result<Self, String> {
        Ok(value)
    }
}

impl FromArg for Map {
    const TYPE: Type = Type::Dict;
    fn from_arg(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => Ok(map),
            other => unexpected(&other, "a dict"),
        }
    }
}

impl FromArg for Json {
    const TYPE: Type = Type::Json;
    fn from_arg(value: Value) -> Result<Self, String> {
        String::from_arg(value).map(Self)
    }
}

impl FromArg for Bytes {
    const TYPE: Type = Type::Bytes;
    fn from_arg(value: Value) -> Result<Self, String> {
        i64::from_arg(value).map(Self)
    }
}

impl FromArg for Bits {
    const TYPE: Type = Type::Bits;
    fn from_arg(value: Value) -> Result<Self, String> {
        i64::from_arg(value).map(Self)
    }
}

impl<T: FromArg> FromArg for Vec<T> {
    const TYPE: Type = Type::List;
    const ELEMENTS: Option<Type> = match T::TYPE {
        Type::Raw => None,
        other => Some(other),
    };
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const OPTIONS: Option<&'static Spec> = T::OPTIONS;
    fn from_arg(value: Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.into_iter().map(T::from_arg).collect(),
            other => unexpected(&other, "a list"),
        }
    }
}

impl<T: FromArg> FromArg for Option<T> {
    const TYPE: Type = T::TYPE;
    const ELEMENTS: Option<Type> = T::ELEMENTS;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const OPTIONS: Option<&'static Spec> = T::OPTIONS;
    const OPTIONAL: bool = true;
    fn from_arg(value: Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_arg(value).map(Some) }
    }
}
