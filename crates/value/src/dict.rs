//! Dictionaries in insertion order with Python's notion of equal keys.

use crate::{Str, Value};
use indexmap::{Equivalent, IndexMap};
use std::hash::{Hash, Hasher};

/// A dictionary key: any hashable value; `1`, `1.0` and `True` are the same key.
#[derive(Clone, Debug)]
pub struct Key(Value);

impl Key {
    /// The key as a value.
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The text of a string key.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// A key of any value; `None` where Python would say "unhashable type".
    pub fn new(value: Value) -> Option<Self> {
        (!matches!(value, Value::List(_) | Value::Dict(_))).then_some(Self(value))
    }

    /// The key's value.
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Str(text) => hash_text(text, state),
            Value::Bool(bool) => hash_int(i64::from(*bool), state),
            Value::Int(int) => hash_int(*int, state),
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => {
                hash_int(*float as i64, state)
            }
            Value::Float(float) => float.to_bits().hash(state),
            Value::BigInt(int) => int.hash(state),
            Value::Bytes(bytes) => bytes.hash(state),
            Value::Date(date) => (date.year(), date.month(), date.day()).hash(state),
            Value::DateTime(time) => time.civil.to_string().hash(state),
            Value::Vaulted(vaulted) => vaulted.ciphertext.hash(state),
            Value::None | Value::List(_) | Value::Dict(_) => 0u8.hash(state),
        }
    }
}

fn hash_text<H: Hasher>(text: &str, state: &mut H) {
    text.hash(state);
}
fn hash_int<H: Hasher>(int: i64, state: &mut H) {
    1u8.hash(state);
    int.hash(state);
}

/// Borrowed text that finds a string [`Key`] without allocating.
#[derive(PartialEq, Eq)]
struct Text<'a>(&'a str);

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_text(self.0, state);
    }
}
impl Equivalent<Key> for Text<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        key.as_str() == Some(self.0)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Key(Value::Str(text.into()))
    }
}
impl From<String> for Key {
    fn from(text: String) -> Self {
        Key(Value::Str(text.into()))
    }
}
impl From<Str> for Key {
    fn from(text: Str) -> Self {
        Key(Value::Str(text))
    }
}

/// How names are hashed: several dictionaries are asked for each variable that a template reads. The seed is
/// another one in each process.
pub type Hashing = foldhash::fast::RandomState;

/// A dictionary in insertion order.
#[derive(Clone, Debug, Default)]
pub struct Dict(IndexMap<Key, Value, Hashing>);

impl Dict {
    /// `above` over this one; dictionaries in both are merged the same way (`hash_behaviour=merge`).
    pub fn merged(&self, above: &Dict) -> Dict {
        let mut out = self.clone();
        for (key, value) in above {
            let value = match (self.get_key(key), value) {
                (Some(Value::Dict(below)), Value::Dict(above)) => Value::from(below.merged(above)),
                _ => value.clone(),
            };
            out.insert(key.clone(), value);
        }
        out
    }

    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty dictionary with room for `n` entries.
    pub fn with_capacity(n: usize) -> Self {
        Self(IndexMap::with_capacity_and_hasher(n, Hashing::default()))
    }

    /// The value of the string key `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(&Text(key))
    }

    /// The value of any key.
    pub fn get_key(&self, key: &Key) -> Option<&Value> {
        self.0.get(key)
    }

    /// The stored key and value of a string key.
    pub fn get_full(&self, key: &str) -> Option<(&Key, &Value)> {
        self.0.get_key_value(&Text(key))
    }

    /// The mutable value of a string key.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.get_mut(&Text(key))
    }

    /// Whether the string key is there.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(&Text(key))
    }

    /// Sets a value; an existing key keeps its place and its first form, as in Python.
    pub fn insert(&mut self, key: impl Into<Key>, value: Value) -> Option<Value> {
        self.0.insert(key.into(), value)
    }

    /// Removes a string key, keeping the order of the others.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.shift_remove(&Text(key))
    }

    /// Removes any key, keeping the order of the others.
    pub fn remove_key(&mut self, key: &Key) -> Option<Value> {
        self.0.shift_remove(key)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries in insertion order.
    pub fn iter(&self) -> indexmap::map::Iter<'_, Key, Value> {
        self.0.iter()
    }

    /// Entries in insertion order, values mutable.
    pub fn iter_mut(&mut self) -> indexmap::map::IterMut<'_, Key, Value> {
        self.0.iter_mut()
    }

    /// Keys in insertion order.
    pub fn keys(&self) -> indexmap::map::Keys<'_, Key, Value> {
        self.0.keys()
    }

    /// Values in insertion order.
    pub fn values(&self) -> indexmap::map::Values<'_, Key, Value> {
        self.0.values()
    }

    /// The entry at a position.
    pub fn get_index(&self, index: usize) -> Option<(&Key, &Value)> {
        self.0.get_index(index)
    }
}

/// Python's `==` of dictionaries: the same entries in any order.
impl PartialEq for Dict {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: Into<Key>> FromIterator<(K, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(items: I) -> Self {
        Self(items.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}
impl<K: Into<Key>> Extend<(K, Value)> for Dict {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, items: I) {
        self.0.extend(items.into_iter().map(|(key, value)| (key.into(), value)));
    }
}
impl IntoIterator for Dict {
    type Item = (Key, Value);
    type IntoIter = indexmap::map::IntoIter<Key, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
impl<'a> IntoIterator for &'a Dict {
    type Item = (&'a Key, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, Key, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
