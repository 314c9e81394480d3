//! Finding handlers by the names tasks notify.

use crate::{
    engine::Engine,
    play::PlayState,
    tree::{RunEntry, RunTask},
};
use rplay_template::Scope;
use rplay_value::{Str, Value};
use rplay_vars::{HostVars, TaskScope};
use std::sync::Arc;

/// The handlers a notification means: the last one defined under the name, and all that listen to it.
pub(super) fn matching(engine: &Engine, state: &PlayState, name: &Str) -> Vec<Arc<RunTask>> {
    let block = state.handlers();
    let handlers: Vec<&Arc<RunTask>> = block
        .body
        .iter()
        .filter_map(|entry| match entry {
            RunEntry::Task(task) => Some(task),
            RunEntry::Block(_) => None,
        })
        .collect();
    let mut found = Vec::new();
    if let Some(named) = handlers.iter().rev().find(|handler| is_named(engine, state, handler, name)) {
        found.push(Arc::clone(named));
    }
    for handler in handlers {
        if handler.task.listen.iter().any(|topic| topic == name)
            && !found.iter().any(|known| known.id == handler.id)
        {
            found.push(handler.clone());
        }
    }
    found
}

fn is_named(engine: &Engine, state: &PlayState, handler: &RunTask, name: &Str) -> bool {
    let Some(written) = &handler.task.name else { return false };
    let own =
        if written.contains("{{") { rendered(engine, state, handler, written) } else { written.to_string() };
    if own == name.as_str() {
        return true;
    }
    handler.task.role.as_ref().is_some_and(|role| {
        let in_role =
            |role: &str| name.strip_prefix(role).and_then(|rest| rest.strip_prefix(" : ")) == Some(&own);
        in_role(&role.name) || role.fqcn.as_deref().is_some_and(in_role)
    })
}

/// Handlers' names are templated without a host.
fn rendered(engine: &Engine, state: &PlayState, handler: &RunTask, name: &Str) -> String {
    let nobody = Arc::new(HostVars::new("".into(), Vec::new(), Arc::default()));
    let scope: Arc<dyn Scope> =
        Arc::new(TaskScope::new(nobody, state.layers(), handler.layers.clone(), engine.hosts.clone()));
    match engine.templar.render(&scope, &Value::Str(name.clone())) {
        Ok(Some(value)) => value.to_text(),
        _ => name.to_string(),
    }
}
