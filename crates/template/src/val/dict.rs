//! Dictionaries with reference semantics over shared, lazily rendered data.

use super::{
    convert, deep,
    key::Text,
    list::{Home, Slot},
};
use crate::{Ctx, Fault, HashKey, Object, Res, Val};
use indexmap::IndexMap;
use rplay_value::{Dict, Hashing, Key};
use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    sync::Arc,
};

enum Data {
    /// The store's own dictionary, unchanged so far, with the entries that were more than a scalar to read.
    Shared(Arc<Dict>, Home, IndexMap<HashKey, Val, Hashing>),
    /// A copy of this operation.
    Owned(IndexMap<HashKey, Slot, Hashing>),
    /// A computed mapping with the entries read so far.
    Computed(Arc<dyn Object>, IndexMap<HashKey, Val, Hashing>),
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Data::Owned(entries) = self
            && entries.values().any(Slot::is_container)
        {
            deep::drop_deep(std::mem::take(entries));
        }
    }
}

/// A dictionary that is looked at without holding it.
#[derive(Clone)]
pub(crate) struct WeakDict(Weak<RefCell<Data>>);

impl WeakDict {
    pub(crate) fn strong_count(&self) -> usize {
        self.0.strong_count()
    }

    pub(crate) fn place(&self) -> *const () {
        self.0.as_ptr().cast()
    }

    /// Takes out the dictionary's entries.
    pub(crate) fn empty(&self) {
        if let Some(data) = self.0.upgrade() {
            // Dropped when the dictionary is no longer borrowed.
            drop(data.replace(Data::Owned(IndexMap::default())));
        }
    }
}

/// A dictionary; clones share their entries.
#[derive(Clone)]
pub struct PyDict(Rc<RefCell<Data>>);

impl Default for PyDict {
    fn default() -> Self {
        Self::new()
    }
}

impl PyDict {
    fn from_data(data: Data) -> Self {
        Self(Rc::new(RefCell::new(data)))
    }

    /// An empty dictionary.
    pub fn new() -> Self {
        Self::from_data(Data::Owned(IndexMap::default()))
    }

    pub(crate) fn shared(dict: Arc<Dict>, home: Home) -> Self {
        Self::from_data(Data::Shared(dict, home, IndexMap::default()))
    }

    pub(crate) fn computed(object: Arc<dyn Object>) -> Self {
        Self::from_data(Data::Computed(object, IndexMap::default()))
    }

    /// Whether both are the same dictionary.
    pub fn is_same(&self, other: &PyDict) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The Python type name messages show.
    pub fn type_name(&self) -> &'static str {
        match &*self.0.borrow() {
            Data::Computed(object, _) => object.type_name(),
            _ => "dict",
        }
    }

    /// The store's own data, when the operation has not touched it.
    pub(crate) fn untouched(&self) -> Option<(Arc<Dict>, Home)> {
        match &*self.0.borrow() {
            Data::Shared(dict, home, read) if read.is_empty() => Some((Arc::clone(dict), home.clone())),
            _ => None,
        }
    }

    /// Looks at the entries of this operation's copy, where it has one.
    pub(crate) fn owned<T>(&self, look: impl FnOnce(&IndexMap<HashKey, Slot, Hashing>) -> T) -> Option<T> {
        match &*self.0.borrow() {
            Data::Owned(entries) => Some(look(entries)),
            _ => None,
        }
    }

    /// The dictionary, not held.
    pub(crate) fn downgrade(&self) -> WeakDict {
        WeakDict(Rc::downgrade(&self.0))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &*self.0.borrow() {
            Data::Shared(dict, ..) => dict.len(),
            Data::Owned(entries) => entries.len(),
            Data::Computed(object, _) => object.keys().len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys in order.
    pub fn keys(&self) -> Vec<HashKey> {
        match &*self.0.borrow() {
            Data::Shared(dict, ..) => dict.keys().map(HashKey::from).collect(),
            Data::Owned(entries) => entries.keys().cloned().collect(),
            Data::Computed(object, _) => object.keys().into_iter().map(HashKey::from).collect(),
        }
    }

    /// Whether a key is there.
    pub fn contains(&self, key: &HashKey) -> bool {
        match &*self.0.borrow() {
            Data::Shared(dict, ..) => stored(dict, key).is_some(),
            Data::Owned(entries) => entries.contains_key(key),
            Data::Computed(object, _) => key.as_str().is_some_and(|key| object.get(key).is_some()),
        }
    }

    /// The value of a string key, rendered. Undefined values fault inside plugins that do not accept them.
    pub fn get_str(&self, ctx: &mut Ctx<'_>, key: &str) -> Res<Option<Val>> {
        if let Some(plain) = self.plain(key) {
            return Ok(Some(plain));
        }
        if let Some(found) = self.compute(ctx, key) {
            return found.map(|value| ctx.read(value)).transpose();
        }
        if let Some(found) = self.open(ctx, key) {
            return found.map(|value| ctx.read(value)).transpose();
        }
        let slot = self.with(|entries| entries.get(&Text(key)).cloned())?;
        self.ready(ctx, slot, || HashKey::from(key))
    }

    /// The value of any key, rendered.
    pub fn get(&self, ctx: &mut Ctx<'_>, key: &HashKey) -> Res<Option<Val>> {
        if let Some(text) = key.as_str() {
            return self.get_str(ctx, text);
        }
        if matches!(&*self.0.borrow(), Data::Computed(..)) {
            return Ok(None);
        }
        let slot = self.with(|entries| entries.get(key).cloned())?;
        self.ready(ctx, slot, || key.clone())
    }

    fn ready(
        &self,
        ctx: &mut Ctx<'_>,
        slot: Option<Slot>,
        key: impl FnOnce() -> HashKey,
    ) -> Res<Option<Val>> {
        match slot {
            None => Ok(None),
            Some(Slot::Ready(value)) => ctx.read(value).map(Some),
            Some(Slot::Lazy(value, scope)) => {
                let value = ctx.value_in(&value, &scope);
                self.with(|entries| {
                    if let Some(slot) = entries.get_mut(&key()) {
                        *slot = Slot::Ready(value.clone());
                    }
                })?;
                ctx.read(value).map(Some)
            }
        }
    }

    /// A scalar that can be had without copying the shared dictionary.
    fn plain(&self, key: &str) -> Option<Val> {
        match &*self.0.borrow() {
            Data::Shared(dict, home, _) => convert::plain(dict.get(key)?, home.is_some()),
            _ => None,
        }
    }

    /// The entry of the store's own dictionary, of which nothing else is copied; `None` when this is not one.
    fn open(&self, ctx: &mut Ctx<'_>, key: &str) -> Option<Option<Val>> {
        let (stored, home) = match &*self.0.borrow() {
            Data::Shared(_, _, read) if read.contains_key(&Text(key)) => {
                return Some(read.get(&Text(key)).cloned());
            }
            Data::Shared(dict, home, _) => match dict.get(key) {
                Some(stored) => (stored.clone(), home.clone()),
                None => return Some(None),
            },
            _ => return None,
        };
        let value = match home {
            Some(home) => ctx.value_in(&stored, &home),
            None => Val::from_value(&stored),
        };
        // Rendering may have read or changed this very dictionary.
        match &mut *self.0.borrow_mut() {
            Data::Shared(_, _, read) => {
                return Some(Some(read.entry(HashKey::from(key)).or_insert(value).clone()));
            }
            Data::Owned(entries) => {
                if let Some(slot @ Slot::Lazy(..)) = entries.get_mut(&Text(key)) {
                    *slot = Slot::Ready(value.clone());
                }
            }
            Data::Computed(..) => {}
        }
        Some(Some(value))
    }

    /// The entry of a computed mapping; `None` when this is not one.
    fn compute(&self, ctx: &mut Ctx<'_>, key: &str) -> Option<Option<Val>> {
        let object = match &*self.0.borrow() {
            Data::Computed(_, read) if read.contains_key(&Text(key)) => {
                return Some(read.get(&Text(key)).cloned());
            }
            Data::Computed(object, _) => Arc::clone(object),
            _ => return None,
        };
        let value = object.get(key).map(|binding| ctx.bound(binding));
        if let (Some(value), Data::Computed(_, read)) = (&value, &mut *self.0.borrow_mut()) {
            read.insert(HashKey::from(key), value.clone());
        }
        Some(value)
    }

    /// All entries, rendered.
    pub fn entries(&self, ctx: &mut Ctx<'_>) -> Res<Vec<(HashKey, Val)>> {
        let mut out = Vec::with_capacity(self.len());
        for key in self.keys() {
            if let Some(value) = self.get(ctx, &key)? {
                out.push((key, value));
            }
        }
        Ok(out)
    }

    /// Changes the entries of this operation's copy; a computed mapping refuses.
    pub fn with<T>(&self, change: impl FnOnce(&mut IndexMap<HashKey, Slot, Hashing>) -> T) -> Res<T> {
        let mut data = self.0.borrow_mut();
        if let Data::Shared(dict, home, read) = &*data {
            let owned = dict.iter().map(|(key, value)| {
                let key = HashKey::from(key);
                let slot = read.get(&key).cloned().map_or_else(|| convert::slot(value, home), Slot::Ready);
                (key, slot)
            });
            *data = Data::Owned(owned.collect());
        }
        match &mut *data {
            Data::Owned(entries) => Ok(change(entries)),
            Data::Shared(..) | Data::Computed(..) => {
                Err(Fault::type_error("this mapping does not support item assignment"))
            }
        }
    }

    /// Sets an entry; an existing key keeps its place and first form.
    pub fn insert(&self, key: HashKey, value: Val) -> Res<()> {
        self.with(|entries| {
            entries.insert(key, Slot::Ready(value));
        })
    }

    /// Removes an entry.
    pub fn remove(&self, ctx: &mut Ctx<'_>, key: &HashKey) -> Res<Option<Val>> {
        let value = self.get(ctx, key)?;
        if value.is_some() {
            self.with(|entries| entries.shift_remove(key))?;
        }
        Ok(value)
    }

    /// A shallow copy: containers inside stay shared.
    pub fn copy(&self, ctx: &mut Ctx<'_>) -> Res<Self> {
        if matches!(&*self.0.borrow(), Data::Computed(..)) {
            return Ok(self.entries(ctx)?.into_iter().collect());
        }
        Ok(Self::from_data(Data::Owned(self.with(|entries| entries.clone())?)))
    }
}

fn stored<'a>(dict: &'a Dict, key: &HashKey) -> Option<&'a rplay_value::Value> {
    match key.as_str() {
        Some(text) => dict.get(text),
        None => dict.get_key(&Key::new(convert::key_value(key.value())?)?),
    }
}

impl FromIterator<(HashKey, Val)> for PyDict {
    fn from_iter<I: IntoIterator<Item = (HashKey, Val)>>(items: I) -> Self {
        Self::from_data(Data::Owned(
            items.into_iter().map(|(key, value)| (key, Slot::Ready(value))).collect(),
        ))
    }
}
