//! Values of keywords converted to their types.

use rplay_value::{Str, Value};

/// A type that a keyword's value is converted to, as ansible-core converts it.
pub trait Literal: Sized {
    /// The type's name in messages.
    const NAME: &'static str;

    /// The value in this type, if it has one.
    fn of(value: &Value) -> Option<Self>;
}

impl Literal for bool {
    const NAME: &'static str = "bool";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(bool) => Some(*bool),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            Value::Float(float) if *float == 0.0 => Some(false),
            Value::Float(float) if *float == 1.0 => Some(true),
            Value::Str(text) => match text.trim().to_lowercase().as_str() {
                "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Some(true),
                "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Literal for i64 {
    const NAME: &'static str = "int";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(int) => Some(*int),
            Value::Bool(bool) => Some(i64::from(*bool)),
            Value::Str(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            Value::Float(float) => whole(*float),
            _ => None,
        }
    }
}

fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
}

impl Literal for f64 {
    const NAME: &'static str = "float";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Float(float) => Some(*float),
            Value::Str(text) => text.trim().parse().ok(),
            other => i64::of(other).map(|int| int as f64),
        }
    }
}

impl Literal for Str {
    const NAME: &'static str = "str";

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Str(text) => Some(text.clone()),
            Value::List(_) | Value::Dict(_) => None,
            other => Some(other.to_text().into()),
        }
    }
}
