//! Finding handlers by the names tasks notify.

use crate::{engine::Engine, play::PlayState, tree::RunTask};
use rplay_template::Scope;
use rplay_value::{Str, Value};
use rplay_vars::{HostVars, TaskScope};
use std::{collections::HashSet, sync::Arc};

/// The handlers a notification means: one that has the name, and those that listen to it, of which one for
/// each name.
pub(super) fn matching(engine: &Engine, state: &PlayState, name: &Str) -> Vec<Arc<RunTask>> {
    let groups = state.handler_groups();
    let handlers = || groups.iter().flatten();
    let mut found: Vec<Arc<RunTask>> =
        handlers().find(|handler| is_named(engine, state, handler, name)).cloned().into_iter().collect();
    let mut seen: HashSet<&Str> = HashSet::new();
    for handler in handlers().filter(|handler| handler.task.listen.iter().any(|topic| topic == name)) {
        let again = handler.task.name.as_ref().is_some_and(|own| !own.is_empty() && !seen.insert(own));
        if !again && !found.iter().any(|known| known.id == handler.id) {
            found.push(handler.clone());
        }
    }
    found
}

fn is_named(engine: &Engine, state: &PlayState, handler: &RunTask, name: &Str) -> bool {
    let Some(written) = &handler.task.name else { return false };
    let Some(own) = rendered(engine, state, handler, written) else { return false };
    if own == name.as_str() {
        return true;
    }
    handler.task.role.as_ref().is_some_and(|role| {
        let in_role =
            |role: &str| name.strip_prefix(role).and_then(|rest| rest.strip_prefix(" : ")) == Some(&own);
        in_role(&role.name) || role.fqcn.as_deref().is_some_and(in_role)
    })
}

/// Handlers' names are templated without a host. One that cannot be has no name, which is told of if nothing
/// else leads to the handler.
fn rendered(engine: &Engine, state: &PlayState, handler: &RunTask, name: &Str) -> Option<String> {
    if !name.contains("{{") {
        return Some(name.to_string());
    }
    let nobody = Arc::new(HostVars::new("".into(), Vec::new(), Arc::default()));
    let scope: Arc<dyn Scope> =
        Arc::new(TaskScope::new(nobody, state.layers(), handler.layers.clone(), engine.hosts.clone()));
    match engine.templar.render(&scope, &Value::Str(name.clone())) {
        Ok(value) => Some(value.unwrap_or_default().to_text()),
        Err(error) => {
            if handler.task.listen.is_empty() {
                let message = format!(
                    "Handler '{name}' is unusable because it has no listen topics and the name could not be templated \
                     (host-specific variables are not supported in handler names). The error: {error}"
                );
                engine.warn(message, None);
            }
            None
        }
    }
}
