//! A task's arguments, finished for one host.

use crate::{
    actions::{PROTOMATTER_DEBUG, short_name},
    engine::Engine,
    error::TaskError,
    tree::RunTask,
};
use rplay_template::Scope;
use rplay_value::{Dict, Origin, Value};
use std::sync::Arc;

use super::keywords::template_origin;

/// The name of an action as messages show it.
fn canonical_args(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("ansible.builtin.{name}") }
}

/// Renders the arguments of `task`, with `module_defaults` below them; omitted ones are left out.
pub(crate) fn render(engine: &Engine, task: &RunTask, scope: &Arc<dyn Scope>) -> Result<Dict, TaskError> {
    let action = &task.task.action;
    refuse_free_form(task)?;
    let outer = |error: TaskError| {
        let message = format!("Finalization of task args for '{}' failed.", canonical_args(&action.name));
        error.within(message, Some(action_origin(task)))
    };
    let mut args = defaults_of(engine, (task, action.name.as_str()), scope).map_err(outer)?;
    if let Some(template) = &action.template {
        add_template(engine, scope, template, &mut args).map_err(outer)?;
    }
    // Conditions and bare expressions are read by the action itself: rendering would turn them into their values.
    let keep = |key: &str| {
        matches!((key, short_name(&action.name)), ("that", "assert") | ("expression", PROTOMATTER_DEBUG))
    };
    for (key, value) in action.args.iter() {
        let name = key.as_value().to_text();
        if keep(&name) {
            continue;
        }
        match render_one(engine, scope, &name, value).map_err(outer)? {
            Some(value) => args.insert(key.clone(), value),
            None => args.remove(&name),
        };
    }
    Ok(args)
}

/// Actions and modules that take a text beside or in place of `key=value` arguments.
const FREE_FORM: &[&str] = &[
    "add_host",
    "command",
    "group_by",
    "include_role",
    "include_tasks",
    "include",
    "include_vars",
    "meta",
    "raw",
    "script",
    "set_fact",
    "shell",
];

fn refuse_free_form(task: &RunTask) -> Result<(), TaskError> {
    let action = &task.task.action;
    if !action.args.contains("_raw_params") || FREE_FORM.contains(&short_name(&action.name)) {
        return Ok(());
    }
    let message = format!("Action '{}' does not support raw params.", canonical_args(&action.name));
    Err(TaskError::at(message, Some(action_origin(task))))
}

fn action_origin(task: &RunTask) -> Origin {
    let place = &task.task.place;
    Origin {
        file: place.source.name.clone(),
        line: task.task.action.span.line,
        column: task.task.action.span.column,
    }
}

fn render_one(
    engine: &Engine,
    scope: &Arc<dyn Scope>,
    name: &str,
    value: &Value,
) -> Result<Option<Value>, TaskError> {
    engine.templar.render(scope, value).map_err(|error| {
        let message = format!("Error while resolving value for '{name}'.");
        TaskError::of_template(error, &**scope).within(message, template_origin(value))
    })
}

fn add_template(
    engine: &Engine,
    scope: &Arc<dyn Scope>,
    template: &Value,
    args: &mut Dict,
) -> Result<(), TaskError> {
    match engine.templar.render(scope, template)? {
        None | Some(Value::None) => Ok(()),
        Some(Value::Dict(dict)) => {
            args.extend(dict.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(())
        }
        Some(other) => Err(TaskError::at(
            format!("Task args must resolve to a 'dict' not '{}'.", other.type_name()),
            template_origin(template),
        )),
    }
}

/// `module_defaults` in force on a task for a module: the innermost level that names it, over those of its groups.
pub(crate) fn defaults_of(
    engine: &Engine,
    (task, name): (&RunTask, &str),
    scope: &Arc<dyn Scope>,
) -> Result<Dict, TaskError> {
    let short = short_name(name);
    let loader = &engine.content.loader;
    let mut of_groups: Vec<(&str, &Value)> = Vec::new();
    let mut of_action = None;
    let levels: Vec<&Dict> = task.keywords.own.module_defaults.iter().filter_map(Value::as_dict).collect();
    for (key, defaults) in levels.into_iter().flatten() {
        let Some(key) = key.as_str() else { continue };
        match key.strip_prefix("group/") {
            Some(group) if loader.in_action_group(group, name, engine.settings.playbook_dir.as_deref()) => {
                of_groups.retain(|(known, _)| *known != group);
                of_groups.push((group, defaults));
            }
            Some(_) => {}
            // An inner level's defaults stand in place of an outer one's.
            None if short_name(key) == short => of_action = Some(defaults),
            None => {}
        }
    }
    let mut args = Dict::new();
    for defaults in of_groups.into_iter().map(|(_, defaults)| defaults).chain(of_action) {
        if let Some(Value::Dict(defaults)) = engine.templar.render(scope, defaults)? {
            args.extend(defaults.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    Ok(args)
}
