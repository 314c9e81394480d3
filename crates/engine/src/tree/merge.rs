//! How inner levels inherit keywords.

use rplay_playbook::{Field, Keywords};
use rplay_value::Dict;
use std::sync::Arc;

/// Keywords in force at a level, with the `vars` of every level around it.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The keywords; their `vars` are unused here.
    pub own: Keywords,
    /// `vars`, outermost level first.
    pub vars: Vec<Arc<Dict>>,
}

impl Merged {
    /// The keywords of a level inside this one: conditions, environments and module defaults of outer levels
    /// come first, tags of inner ones, everything else is the innermost that says it.
    pub fn inner(&self, inner: &Keywords) -> Self {
        let outer = &self.own;
        macro_rules! first {
            ($($field:ident),*) => {
                Keywords {
                    when: join(&outer.when, &inner.when),
                    tags: join(&inner.tags, &outer.tags),
                    environment: join(&outer.environment, &inner.environment),
                    module_defaults: join(&outer.module_defaults, &inner.module_defaults),
                    collections: join(&inner.collections, &outer.collections),
                    notify: if inner.notify.is_empty() { &outer.notify } else { &inner.notify }.clone(),
                    vars: Arc::default(),
                    $($field: innermost(outer.$field.as_ref(), inner.$field.as_ref()),)*
                }
            };
        }
        let own = first!(
            r#become,
            become_user,
            become_method,
            become_flags,
            become_exe,
            connection,
            port,
            remote_user,
            check_mode,
            diff,
            no_log,
            ignore_errors,
            ignore_unreachable,
            any_errors_fatal,
            run_once,
            throttle,
            timeout,
            debugger,
            delegate_to,
            delegate_facts
        );
        let mut vars = self.vars.clone();
        if !inner.vars.is_empty() {
            vars.push(inner.vars.clone());
        }
        Self { own, vars }
    }
}

fn innermost<T: Clone>(outer: Option<&Field<T>>, inner: Option<&Field<T>>) -> Option<Field<T>> {
    match inner {
        Some(inner) => Some(inner.clone().over(outer)),
        None => outer.cloned(),
    }
}

fn join<T: Clone>(first: &[T], second: &[T]) -> Vec<T> {
    first.iter().chain(second).cloned().collect()
}
