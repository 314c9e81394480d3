//! What a task loops over, and what a loop tells its items.

use super::keywords::Reader;
use crate::{
    actions::{NAMES, is_identifier},
    engine::Engine,
    error::TaskError,
    tree::RunTask,
};
use rplay_playbook::{Loop, LoopKind};
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::TaskScope;
use std::{sync::Arc, time::Duration};

/// The items of a task's loop; none when it does not loop.
pub(super) fn items(
    engine: &Engine,
    task: &RunTask,
    scope: &Arc<dyn Scope>,
) -> Result<Option<Vec<Value>>, TaskError> {
    let Some(written) = &task.task.r#loop else { return Ok(None) };
    match &written.kind {
        LoopKind::With(lookup) => {
            let terms = terms(engine, scope, written)?;
            engine
                .templar
                .lookup_plugin(scope, lookup, terms, Vec::new())
                .map(Some)
                .map_err(|error| TaskError::from(error).whole())
        }
        LoopKind::Loop => plain(engine, scope, task, written).map(Some),
    }
}

/// The terms of `with_X`: a list stays one, anything else is the only term.
fn terms(engine: &Engine, scope: &Arc<dyn Scope>, written: &Loop) -> Result<Vec<Value>, TaskError> {
    let terms = match &written.terms {
        template @ Value::Str(_) => engine.templar.render(scope, template)?.unwrap_or_default(),
        data => data.clone(),
    };
    Ok(match terms {
        Value::List(items) => Arc::unwrap_or_clone(items),
        other => vec![other],
    })
}

fn plain(
    engine: &Engine,
    scope: &Arc<dyn Scope>,
    task: &RunTask,
    written: &Loop,
) -> Result<Vec<Value>, TaskError> {
    match engine.templar.render(scope, &written.terms)? {
        Some(Value::List(items)) => Ok(items.to_vec()),
        other => {
            let other = other.unwrap_or_default();
            let key = rplay_value::Origin {
                file: task.task.place.source.name.clone(),
                line: written.span.line,
                column: written.span.column,
            };
            let origin = super::keywords::template_origin(&written.terms).unwrap_or(key);
            let message = format!("The `loop` value must resolve to a 'list', not '{}'.", other.type_name());
            let help = "Provide a list of items/templates, or a template resolving to a list.";
            Err(TaskError::at(message, Some(origin)).help(help).whole())
        }
    }
}

/// `loop_control`, resolved.
pub(super) struct Control {
    /// Name of the item's variable.
    pub var: Str,
    index_var: Option<Str>,
    /// Wait between items.
    pub pause: Duration,
    extended: bool,
    all_items: bool,
}

impl Control {
    /// Resolves the `loop_control` of `task`.
    pub(super) fn new(engine: &Engine, task: &RunTask, scope: &Arc<dyn Scope>) -> Result<Self, TaskError> {
        let control = &task.task.loop_control;
        let read = Reader { engine, scope };
        let pause = read.float("pause", control.pause.as_ref())?.unwrap_or(0.0);
        let var = read.text("loop_var", control.loop_var.as_ref())?;
        let index_var = read.text("index_var", control.index_var.as_ref())?;
        var.iter().chain(&index_var).try_for_each(checked_name)?;
        Ok(Self {
            var: var.unwrap_or_else(|| "item".into()),
            index_var,
            pause: Duration::try_from_secs_f64(pause).unwrap_or_default(),
            extended: read.bool("extended", control.extended.as_ref())?.unwrap_or(false),
            all_items: read.bool("extended_allitems", control.extended_allitems.as_ref())?.unwrap_or(true),
        })
    }

    /// Tells `scope` about the item at `index`.
    pub(super) fn enter(&self, scope: &mut TaskScope, items: &[Value], index: usize) {
        scope.set_local("ansible_loop_var", self.var.clone().into());
        scope.set_local(self.var.clone(), items[index].clone());
        if let Some(var) = &self.index_var {
            scope.set_local("ansible_index_var", var.clone().into());
            scope.set_local(var.clone(), index.into());
        }
        if self.extended {
            scope.set_local("ansible_loop", self.extended(items, index));
        }
    }

    /// Puts the item's keys into its result.
    pub(super) fn mark(&self, result: &mut Dict, items: &[Value], index: usize) {
        result.insert(self.var.clone(), items[index].clone());
        result.insert("ansible_loop_var", self.var.clone().into());
        if let Some(var) = &self.index_var {
            result.insert(var.clone(), index.into());
            result.insert("ansible_index_var", var.clone().into());
        }
        if self.extended {
            result.insert("ansible_loop", self.extended(items, index));
        }
    }

    fn extended(&self, items: &[Value], index: usize) -> Value {
        let length = items.len();
        let mut dict = Dict::new();
        dict.insert("index", (index + 1).into());
        dict.insert("index0", index.into());
        dict.insert("first", (index == 0).into());
        dict.insert("last", (index + 1 == length).into());
        dict.insert("length", length.into());
        dict.insert("revindex", (length - index).into());
        dict.insert("revindex0", (length - index - 1).into());
        if self.all_items {
            dict.insert("allitems", Value::list(items.iter().cloned()));
        }
        if let Some(next) = items.get(index + 1) {
            dict.insert("nextitem", next.clone());
        }
        if let Some(previous) = index.checked_sub(1).and_then(|index| items.get(index)) {
            dict.insert("previtem", previous.clone());
        }
        dict.into()
    }
}

fn checked_name(name: &Str) -> Result<(), TaskError> {
    if is_identifier(name) {
        return Ok(());
    }
    Err(TaskError::at(format!("Invalid variable name '{name}'."), name.origin().cloned()).help(NAMES))
}

/// The label of an item: `loop_control.label`, or the item itself.
pub(super) fn label(
    engine: &Engine,
    task: &RunTask,
    scope: &TaskScope,
    item: &Value,
) -> Result<Value, TaskError> {
    let Some(label) = &task.task.loop_control.label else { return Ok(item.clone()) };
    let scope: Arc<dyn Scope> = Arc::new(scope.clone());
    Ok(engine.templar.render(&scope, label)?.unwrap_or_default())
}
