//! Objects that stand at more than one place.

use super::{Style, represent::entries};
use rplay_value::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Which objects get anchors, by their addresses.
#[derive(Default)]
pub(super) struct Shared {
    /// The number of the anchor; 0 for an object that was met once.
    numbers: HashMap<usize, usize>,
    last: usize,
    written: HashSet<usize>,
}

/// How an object is written.
pub(super) enum Place {
    /// As it is.
    Plain,
    /// With this anchor.
    Anchor(String),
    /// Only as this alias.
    Alias(String),
}

/// The address that tells an object from equal ones. Scalars have none: they are always written.
fn address(value: &Value) -> Option<usize> {
    match value {
        Value::List(items) => Some(Arc::as_ptr(items) as usize),
        Value::Dict(entries) => Some(Arc::as_ptr(entries) as usize),
        Value::Vaulted(vaulted) => Some(Arc::as_ptr(vaulted) as usize),
        _ => None,
    }
}

impl Shared {
    /// Finds what is shared below a value. Anchors are numbered in the order in which objects are met again.
    pub(super) fn of(value: &Value, style: &Style) -> Self {
        let mut shared = Self::default();
        shared.walk(value, style);
        shared
    }

    fn walk(&mut self, value: &Value, style: &Style) {
        if let Some(address) = address(value) {
            match self.numbers.get_mut(&address) {
                Some(0) => {
                    self.last += 1;
                    self.numbers.insert(address, self.last);
                    return;
                }
                Some(_) => return,
                None => {
                    self.numbers.insert(address, 0);
                }
            }
        }
        match value {
            Value::List(items) => items.iter().for_each(|item| self.walk(item, style)),
            Value::Dict(dict) => {
                entries(dict, style).into_iter().for_each(|(_, value)| self.walk(value, style))
            }
            _ => {}
        }
    }

    /// How an object is to be written here.
    pub(super) fn place(&mut self, value: &Value) -> Place {
        let found = address(value).and_then(|address| Some((address, *self.numbers.get(&address)?)));
        match found {
            Some((address, number)) if number > 0 => {
                let name = format!("id{number:03}");
                if self.written.insert(address) { Place::Anchor(name) } else { Place::Alias(name) }
            }
            _ => Place::Plain,
        }
    }
}
