//! What the templates in a host's variables came to while one task runs there.

use rplay_template::Rendered;
use rplay_value::{Dict, Hashing, Str};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

type Results = RwLock<HashMap<Str, Rendered, Hashing>>;

/// Results by template, shared by the copies of a scope.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    /// Those that read no local variable: they hold for all items of a loop.
    steady: Arc<Results>,
    /// Those that read one: they hold until one is set.
    passing: Arc<Results>,
}

impl Kept {
    /// The result of a template, in a scope with these local variables.
    pub(crate) fn get(&self, template: &Str, local: &Dict) -> Option<Rendered> {
        let found = |results: &Results| {
            results.read().unwrap_or_else(PoisonError::into_inner).get(template.as_str()).cloned()
        };
        found(&self.passing).or_else(|| found(&self.steady).filter(|kept| !reads_local(kept, local)))
    }

    /// Keeps a result of a scope with these local variables.
    pub(crate) fn put(&self, template: &Str, rendered: &Rendered, local: &Dict) {
        let results = if reads_local(rendered, local) { &self.passing } else { &self.steady };
        let mut results = results.write().unwrap_or_else(PoisonError::into_inner);
        results.insert(template.clone(), rendered.clone());
    }

    /// A local variable was set.
    pub(crate) fn local_set(&mut self) {
        self.passing = Arc::default();
    }

    /// Other variables were set.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

fn reads_local(rendered: &Rendered, local: &Dict) -> bool {
    !local.is_empty() && rendered.reads.iter().any(|name| local.contains(name))
}
