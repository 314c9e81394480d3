//! Lists with reference semantics over shared, lazily rendered data.

use super::convert;
use crate::{Ctx, Res, Scope, Val};
use rplay_value::Value;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

/// An item of a container.
#[derive(Clone)]
pub enum Slot {
    /// A value.
    Ready(Val),
    /// Data whose templates are rendered, in their scope, when read.
    Lazy(Value, Arc<dyn Scope>),
}

/// Where shared data's templates are rendered; none for data that has none.
pub(crate) type Home = Option<Arc<dyn Scope>>;

enum Data {
    /// The store's own list, untouched so far.
    Shared(Arc<Vec<Value>>, Home),
    /// A copy of this operation.
    Owned(Vec<Slot>),
}

struct Inner {
    data: RefCell<Data>,
    /// The items in front that nobody read, of a list from a variable or a call; none in a list that the
    /// template itself wrote. Ansible's `count()` does not see unread items.
    unread: Cell<Option<usize>>,
}

/// A list; clones share their items.
#[derive(Clone)]
pub struct PyList(Rc<Inner>);

impl PyList {
    /// A new list.
    pub fn new(items: Vec<Val>) -> Self {
        Self::from_data(Data::Owned(items.into_iter().map(Slot::Ready).collect()), None)
    }

    fn from_data(data: Data, unread: Option<usize>) -> Self {
        Self(Rc::new(Inner { data: RefCell::new(data), unread: Cell::new(unread) }))
    }

    pub(crate) fn shared(items: Arc<Vec<Value>>, home: Home) -> Self {
        let unread = Some(items.len());
        Self::from_data(Data::Shared(items, home), unread)
    }

    /// Whether both are the same list.
    pub fn is_same(&self, other: &PyList) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        match &*self.0.data.borrow() {
            Data::Shared(items, _) => items.len(),
            Data::Owned(slots) => slots.len(),
        }
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The store's own data, when the operation has not touched it.
    pub(crate) fn untouched(&self) -> Option<(Arc<Vec<Value>>, Home)> {
        match &*self.0.data.borrow() {
            Data::Shared(items, home) => Some((Arc::clone(items), home.clone())),
            Data::Owned(_) => None,
        }
    }

    /// The item at an index, rendered. Undefined items fault inside plugins that do not accept them.
    pub fn get(&self, ctx: &mut Ctx<'_>, index: usize) -> Res<Option<Val>> {
        if self.0.unread.get().is_some() {
            self.0.unread.set(Some(0));
        }
        if let Some(plain) = self.plain(index) {
            return Ok(Some(plain));
        }
        let slot = self.with(|slots| slots.get(index).cloned());
        match slot {
            None => Ok(None),
            Some(Slot::Ready(value)) => ctx.read(value).map(Some),
            Some(Slot::Lazy(value, scope)) => {
                let value = ctx.value_in(&value, &scope);
                self.with(|slots| {
                    if let Some(slot) = slots.get_mut(index) {
                        *slot = Slot::Ready(value.clone());
                    }
                });
                ctx.read(value).map(Some)
            }
        }
    }

    /// A scalar that can be had without copying the shared list.
    fn plain(&self, index: usize) -> Option<Val> {
        match &*self.0.data.borrow() {
            Data::Shared(items, home) => convert::plain(items.get(index)?, home.is_some()),
            Data::Owned(_) => None,
        }
    }

    /// The number of items in front that nobody read so far.
    pub(crate) fn unread(&self) -> usize {
        self.0.unread.get().unwrap_or(0)
    }

    /// Whether it is one of Ansible's own class: from a variable or a call, not written in the template.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.0.unread.get().is_some()
    }

    /// Takes note that the list is the result of a call.
    pub(crate) fn called(&self) {
        if self.0.unread.get().is_none() {
            self.0.unread.set(Some(self.len()));
        }
    }

    /// All items, rendered.
    pub fn items(&self, ctx: &mut Ctx<'_>) -> Res<Vec<Val>> {
        let mut out = Vec::with_capacity(self.len());
        let mut index = 0;
        while let Some(item) = self.get(ctx, index)? {
            out.push(item);
            index += 1;
        }
        Ok(out)
    }

    /// Changes the items of this operation's copy.
    pub fn with<T>(&self, change: impl FnOnce(&mut Vec<Slot>) -> T) -> T {
        let mut data = self.0.data.borrow_mut();
        if let Data::Shared(items, home) = &*data {
            *data = Data::Owned(items.iter().map(|item| convert::slot(item, home)).collect());
        }
        match &mut *data {
            Data::Owned(slots) => change(slots),
            // Replaced just above.
            Data::Shared(..) => change(&mut Vec::new()),
        }
    }

    /// Appends an item.
    pub fn push(&self, value: Val) {
        self.with(|slots| slots.push(Slot::Ready(value)));
    }

    /// Replaces all items.
    pub fn set(&self, items: Vec<Val>) {
        self.with(|slots| *slots = items.into_iter().map(Slot::Ready).collect());
    }

    /// A shallow copy: containers inside stay shared.
    pub fn copy(&self) -> Self {
        Self::from_data(Data::Owned(self.with(|slots| slots.clone())), self.0.unread.get())
    }
}
