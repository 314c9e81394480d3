//! From Rust's own types.

use crate::{Dict, Str, Value};
use std::sync::Arc;

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Value::Bool(bool)
    }
}
impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}
impl From<i32> for Value {
    fn from(int: i32) -> Self {
        Value::Int(int.into())
    }
}
impl From<u32> for Value {
    fn from(int: u32) -> Self {
        Value::Int(int.into())
    }
}
impl From<usize> for Value {
    fn from(int: usize) -> Self {
        i64::try_from(int).map_or_else(|_| Value::BigInt(Arc::new(int.into())), Value::Int)
    }
}
impl From<f64> for Value {
    fn from(float: f64) -> Self {
        Value::Float(float)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text.into())
    }
}
impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Value::Str(text)
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::List(Arc::new(items))
    }
}
impl From<Dict> for Value {
    fn from(dict: Dict) -> Self {
        Value::Dict(Arc::new(dict))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::None, Into::into)
    }
}
