//! Values deep inside each other, and values that hold themselves.

use super::{dict::WeakDict, list::WeakList};
use crate::Val;

/// Stack that dropping one container needs at most, and how much more is had at once.
const RED_ZONE: usize = 64 << 10;
const SEGMENT: usize = 1 << 20;

/// Drops what a container held, on more stack if need be: a loop nests values as often as it turns.
pub(super) fn drop_deep<T>(held: T) {
    stacker::maybe_grow(RED_ZONE, SEGMENT, || drop(held));
}

/// Whether other values may be inside.
pub(super) fn is_container(value: &Val) -> bool {
    match value {
        Val::List(_) | Val::Dict(_) | Val::Tuple(_) | Val::Func(_) | Val::Obj(_) => true,
        Val::None
        | Val::Bool(_)
        | Val::Int(_)
        | Val::Big(_)
        | Val::Float(_)
        | Val::Str(_)
        | Val::Bytes(_)
        | Val::Range(_)
        | Val::Date(_)
        | Val::DateTime(_)
        | Val::Delta(_)
        | Val::Undef(_)
        | Val::Omit => false,
    }
}

/// A container that a template put others into: itself, perhaps, which counting references does not free.
#[derive(Clone)]
pub(crate) enum Holder {
    List(WeakList),
    Dict(WeakDict),
}

impl Holder {
    /// The container, if `values` hold others that it may be in.
    pub(crate) fn of<'v>(container: &Val, values: impl IntoIterator<Item = &'v Val>) -> Option<Self> {
        if !values.into_iter().any(is_container) {
            return None;
        }
        match container {
            Val::List(list) => Some(Holder::List(list.downgrade())),
            Val::Dict(dict) => Some(Holder::Dict(dict.downgrade())),
            _ => None,
        }
    }

    /// Whether something else still holds it.
    pub(crate) fn is_alive(&self) -> bool {
        match self {
            Holder::List(list) => list.strong_count() > 0,
            Holder::Dict(dict) => dict.strong_count() > 0,
        }
    }

    /// Where it is, to tell it from others.
    pub(crate) fn place(&self) -> *const () {
        match self {
            Holder::List(list) => list.place(),
            Holder::Dict(dict) => dict.place(),
        }
    }

    /// Takes out what is in it.
    pub(crate) fn empty(&self) {
        match self {
            Holder::List(list) => list.empty(),
            Holder::Dict(dict) => dict.empty(),
        }
    }
}
