//! Hashable values as dictionary keys and set members.

use super::number;
use crate::{Fault, Res, Val};
use indexmap::Equivalent;
use rplay_value::{Key, Str};
use std::{
    hash::{Hash, Hasher},
    rc::Rc,
};

/// How deep a tuple that is a key may nest: hashing it recurses.
const MAX_DEPTH: usize = 100;

/// A hashable value; `1`, `1.0` and `True` are the same key.
#[derive(Clone, Debug)]
pub struct HashKey(Val);

impl HashKey {
    /// A key, or Python's `TypeError` for what cannot be one.
    pub fn new(value: Val) -> Res<Self> {
        hashable(&value, MAX_DEPTH)?;
        Ok(Self(value))
    }

    /// The key as a value.
    pub fn value(&self) -> &Val {
        &self.0
    }

    /// The text of a string key.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }
}

fn hashable(value: &Val, depth: usize) -> Res<()> {
    match value {
        Val::List(_) | Val::Dict(_) => {
            Err(Fault::type_error(format!("unhashable type: '{}'", value.type_name())))
        }
        Val::Undef(marker) => Err(marker.trip()),
        Val::Tuple(_) if depth == 0 => {
            Err(Fault::raised("RecursionError", "maximum recursion depth exceeded"))
        }
        Val::Tuple(items) => items.iter().try_for_each(|item| hashable(item, depth - 1)),
        _ => Ok(()),
    }
}

impl From<Str> for HashKey {
    fn from(text: Str) -> Self {
        Self(Val::Str(text))
    }
}
impl From<&str> for HashKey {
    fn from(text: &str) -> Self {
        Self(Val::Str(text.into()))
    }
}
impl From<&Key> for HashKey {
    fn from(key: &Key) -> Self {
        Self(Val::from_value(key.as_value()))
    }
}

impl PartialEq for HashKey {
    fn eq(&self, other: &Self) -> bool {
        same_key(&self.0, &other.0)
    }
}
impl Eq for HashKey {}

fn same_key(a: &Val, b: &Val) -> bool {
    match (a, b) {
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::None, Val::None) | (Val::Omit, Val::Omit) => true,
        (Val::Bytes(a), Val::Bytes(b)) => a == b,
        (Val::Tuple(a), Val::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_key(a, b))
        }
        (Val::Date(a), Val::Date(b)) => a == b,
        (Val::DateTime(a), Val::DateTime(b)) => a == b,
        (Val::Delta(a), Val::Delta(b)) => a == b,
        (Val::Range(a), Val::Range(b)) => a == b,
        (Val::Func(a), Val::Func(b)) => Rc::ptr_eq(a, b),
        (Val::Obj(a), Val::Obj(b)) => Rc::ptr_eq(a, b),
        _ => number::equal(a, b).unwrap_or(false),
    }
}

impl Hash for HashKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_value(&self.0, state);
    }
}

fn hash_value<H: Hasher>(value: &Val, state: &mut H) {
    match value {
        Val::Str(text) => text.as_str().hash(state),
        Val::Bool(bool) => hash_int(i64::from(*bool), state),
        Val::Int(int) => hash_int(*int, state),
        Val::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => hash_int(*float as i64, state),
        Val::Float(float) if float.fract() == 0.0 => match number::big_of_float(*float) {
            Some(int) => int.hash(state),
            None => float.to_bits().hash(state),
        },
        Val::Float(float) => float.to_bits().hash(state),
        Val::Big(int) => int.hash(state),
        Val::Bytes(bytes) => bytes.hash(state),
        Val::Tuple(items) => items.iter().for_each(|item| hash_value(item, state)),
        Val::Delta(delta) => delta.hash(state),
        Val::Range(range) => range.hash(state),
        _ => 0u8.hash(state),
    }
}

fn hash_int<H: Hasher>(int: i64, state: &mut H) {
    1u8.hash(state);
    int.hash(state);
}

/// Borrowed text that finds a string key.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl Equivalent<HashKey> for Text<'_> {
    fn equivalent(&self, key: &HashKey) -> bool {
        key.as_str() == Some(self.0)
    }
}
