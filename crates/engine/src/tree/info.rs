//! Names and magic variables of tasks.

use crate::actions::short_name;
use crate::tree::RunTask;
use rplay_playbook::{Role, Task};
use rplay_value::{Dict, Str, Value};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The name outputs show: `role : name`, with the action standing in for a missing name.
pub(crate) fn display_name(task: &Task, name: &str) -> Str {
    if short_name(&task.action.name) == "include_role" {
        let role = || task.action.args.get("name").or_else(|| task.action.args.get("role"));
        return match role().filter(|_| name.is_empty()) {
            Some(role) => format!("{} : {}", task.action.name, role.to_text()).into(),
            None => name.into(),
        };
    }
    let name = if name.is_empty() { task.action.name.as_str() } else { name };
    match &task.role {
        Some(role) => format!("{} : {name}", role.full_name()).into(),
        None => name.into(),
    }
}

/// A task as questions about it name it.
pub(crate) fn task_label(task: &RunTask) -> String {
    let kind = if task.handler { "HANDLER" } else { "TASK" };
    let name = task.task.name.as_deref().unwrap_or_default();
    format!("{kind}: {}", display_name(&task.task, name))
}

/// Magic variables that depend on where the task stands: role names and paths, the search path of files.
pub(super) fn magic(task: &Task, roles: &[Arc<Role>], playbook_dir: &Path) -> Dict {
    let mut dict = Dict::new();
    let mut search: Vec<PathBuf> = roles.iter().rev().map(|role| role.path.clone()).collect();
    push_new(&mut search, task_dir(task));
    push_new(&mut search, playbook_dir.to_path_buf());
    dict.insert("ansible_search_path", Value::list(search.iter().map(|path| path_value(path))));
    let Some(role) = roles.last() else { return dict };
    // A role that depends on the next one is no parent of it: only what includes a role is.
    let includes = |pair: &&[Arc<Role>]| match pair {
        [outer, inner] => {
            let needed = |dep: &Arc<Role>| dep.path == inner.path && dep.name == inner.name;
            !Arc::ptr_eq(outer, inner) && !outer.dependencies.iter().any(needed)
        }
        _ => false,
    };
    let parents: Vec<&Arc<Role>> = roles.windows(2).filter(includes).filter_map(<[_]>::first).collect();
    dict.insert("role_name", Value::from(role.name.clone()));
    dict.insert("ansible_role_name", Value::from(role.full_name().clone()));
    dict.insert("role_path", path_value(&role.path));
    dict.insert("role_uuid", Value::from(format!("{:p}", Arc::as_ptr(role))));
    if !parents.is_empty() {
        let nearest = || parents.iter().rev();
        dict.insert(
            "ansible_parent_role_names",
            Value::list(nearest().map(|role| Value::from(role.full_name().clone()))),
        );
        dict.insert("ansible_parent_role_paths", Value::list(nearest().map(|role| path_value(&role.path))));
    }
    let collection = role.fqcn.as_deref().and_then(|fqcn| fqcn.rsplit_once('.'));
    dict.insert("ansible_collection_name", collection.map_or(Value::None, |(name, _)| Value::from(name)));
    dict
}

fn task_dir(task: &Task) -> PathBuf {
    Path::new(&*task.place.source.name).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn push_new(paths: &mut Vec<PathBuf>, path: PathBuf) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

fn path_value(path: &Path) -> Value {
    Value::from(path.to_string_lossy().into_owned())
}
