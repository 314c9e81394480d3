//! Tuples.

use super::deep;
use crate::Val;
use std::{ops::Deref, rc::Rc};

/// A tuple; clones share its items.
#[derive(Clone)]
pub struct PyTuple(Rc<[Val]>);

impl PyTuple {
    /// Whether both are the same tuple.
    pub fn is_same(&self, other: &PyTuple) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for PyTuple {
    type Target = [Val];

    fn deref(&self) -> &[Val] {
        &self.0
    }
}

impl FromIterator<Val> for PyTuple {
    fn from_iter<I: IntoIterator<Item = Val>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl Drop for PyTuple {
    fn drop(&mut self) {
        if Rc::strong_count(&self.0) == 1 && self.0.iter().any(deep::is_container) {
            deep::drop_deep(std::mem::replace(&mut self.0, Rc::from([])));
        }
    }
}
