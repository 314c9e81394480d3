//! Names that templates set.

use crate::Val;
use rplay_value::Str;
use std::{cell::RefCell, rc::Rc};

/// A scope of a template.
pub(super) struct Frame {
    names: RefCell<Vec<(Str, Val)>>,
    parent: Option<Rc<Frame>>,
    /// Variables are not seen from here (imports and includes without context).
    isolated: bool,
    /// `loop` of the frames above is not seen from here.
    hides_loop: bool,
}

/// Where a name was found.
pub(super) enum Found {
    Value(Val),
    /// No frame has it: variables may.
    Outside,
    /// No frame has it and variables are out of sight.
    Nowhere,
}

impl Frame {
    /// The outermost frame of a template.
    pub(super) fn root() -> Self {
        Self { names: RefCell::default(), parent: None, isolated: false, hides_loop: false }
    }

    /// The outermost frame of a template that sees no variables.
    pub(super) fn isolated() -> Self {
        Self { isolated: true, ..Self::root() }
    }

    /// A frame inside another.
    pub(super) fn inside(parent: &Rc<Frame>) -> Self {
        Self { parent: Some(Rc::clone(parent)), ..Self::root() }
    }

    /// The frame of a template included from another.
    pub(super) fn included(parent: &Rc<Frame>) -> Self {
        Self { hides_loop: true, ..Self::inside(parent) }
    }

    /// Sets a name.
    pub(super) fn set(&self, name: &Str, value: Val) {
        let mut names = self.names.borrow_mut();
        match names.iter_mut().find(|(known, _)| known == name) {
            Some(slot) => slot.1 = value,
            None => names.push((name.clone(), value)),
        }
    }

    /// Forgets all names, so that no value of this frame holds it.
    pub(super) fn clear(&self) {
        // Dropped when the names are no longer borrowed.
        drop(self.names.take());
    }

    /// The frame around this one.
    pub(super) fn parent(&self) -> Option<Rc<Frame>> {
        self.parent.clone()
    }

    /// A name set in this very frame.
    pub(super) fn own(&self, name: &str) -> Option<Val> {
        self.names.borrow().iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Found {
        let mut frame = self;
        let mut hidden = false;
        loop {
            if !hidden && let Some(value) = frame.own(name) {
                return Found::Value(value);
            }
            hidden |= frame.hides_loop && name == "loop";
            match &frame.parent {
                Some(parent) => frame = parent,
                None if frame.isolated => return Found::Nowhere,
                None => return Found::Outside,
            }
        }
    }
}
