//! Warnings of variables that bear the name of a keyword or of a function of templates.

use crate::{engine::Engine, tree::RunTask};
use rplay_value::{Dict, Origin, Value};
use rplay_vars::PlayLayers;

/// Names that ansible-core 2.19 warns of: keywords of plays, roles, blocks and tasks, and globals of Jinja.
const RESERVED: &[&str] = &[
    "action",
    "always",
    "any_errors_fatal",
    "args",
    "async",
    "async_val",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "block",
    "changed_when",
    "check_mode",
    "collections",
    "connection",
    "cycler",
    "debugger",
    "delay",
    "delegate_facts",
    "delegate_to",
    "dict",
    "diff",
    "environment",
    "fact_path",
    "failed_when",
    "force_handlers",
    "gather_facts",
    "gather_timeout",
    "handlers",
    "hosts",
    "ignore_errors",
    "ignore_unreachable",
    "joiner",
    "lipsum",
    "local_action",
    "lookup",
    "loop",
    "loop_control",
    "loop_with",
    "max_fail_percentage",
    "module_defaults",
    "name",
    "namespace",
    "no_log",
    "notify",
    "now",
    "omit",
    "order",
    "poll",
    "port",
    "post_tasks",
    "pre_tasks",
    "q",
    "query",
    "range",
    "register",
    "remote_user",
    "rescue",
    "retries",
    "roles",
    "run_once",
    "serial",
    "strategy",
    "tags",
    "tasks",
    "throttle",
    "timeout",
    "undef",
    "until",
    "vars_files",
    "vars_prompt",
    "when",
    "with_",
];

/// Looks at the variables that a task brings.
pub(super) fn of_task(engine: &Engine, task: &RunTask) {
    let layers = &task.layers;
    let all = layers.role_defaults.iter().chain(&layers.role_vars).chain(&layers.vars).chain(&layers.params);
    all.for_each(|vars| of_vars(engine, vars));
    if let Some(name) = &task.task.register {
        of_name(engine, name, name.origin().cloned());
    }
}

/// Looks at the variables that a play brings.
pub(crate) fn of_play(engine: &Engine, layers: &PlayLayers) {
    let all = layers.role_defaults.iter().chain(&layers.vars).chain(&layers.role_vars);
    all.chain([&layers.extra]).for_each(|vars| of_vars(engine, vars));
}

/// Looks at variables.
pub(super) fn of_vars(engine: &Engine, vars: &Dict) {
    // A dictionary holds each of the few names, or it holds few names: either way is short.
    if vars.len() > RESERVED.len() {
        for name in RESERVED.iter().filter(|name| vars.contains(name)) {
            of_name(engine, name, None);
        }
        return;
    }
    for key in vars.keys() {
        let origin = match key.as_value() {
            Value::Str(name) => name.origin().cloned(),
            _ => None,
        };
        if let Some(name) = key.as_str() {
            of_name(engine, name, origin);
        }
    }
}

fn of_name(engine: &Engine, name: &str, origin: Option<Origin>) {
    if RESERVED.binary_search(&name).is_ok() {
        engine.warn(format!("Found variable using reserved name '{name}'."), origin);
    }
}

#[cfg(test)]
mod tests {
    use super::RESERVED;

    #[test]
    fn the_names_are_in_order() {
        assert!(RESERVED.is_sorted());
    }
}
