//! A module's decision.

use crate::{Failure, ModuleResult, System};

/// What a module decided after looking at the host.
pub enum Plan {
    /// Nothing to carry out: the result stands.
    Done(ModuleResult),
    /// The host is to be changed.
    Change(Change),
}

/// A change: what it will look like, and how it is made.
pub struct Change {
    pub(crate) predicted: ModuleResult,
    pub(crate) apply: Apply,
}

type Apply = Box<dyn FnOnce(&System, ModuleResult) -> Result<ModuleResult, Failure>>;

impl Plan {
    /// The host is as wanted, or the module only looked.
    #[must_use]
    pub fn done(result: ModuleResult) -> Self {
        Self::Done(result)
    }

    /// The host is to be changed. `predicted` is what check mode returns; `apply` runs only
    /// outside check mode, is given the prediction, and returns the result (most often the
    /// prediction with what came to light added).
    pub fn change<F>(predicted: ModuleResult, apply: F) -> Self
    where
        F: FnOnce(&System, ModuleResult) -> Result<ModuleResult, Failure> + 'static,
    {
        Self::Change(Change { predicted, apply: Box::new(apply) })
    }
}
