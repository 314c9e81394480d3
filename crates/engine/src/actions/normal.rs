//! Modules: everything runs on the host.

use super::{Action, ActionContext, Step, backend, context::Call, short_name};
use crate::{error::TaskError, event::Notice, task::action_origin};
use rplay_value::Dict;

/// Arguments that modules had before 2.19 and that changed nothing at the end.
const DROPPED: &[(&str, &str)] = &[("command", "warn"), ("shell", "warn"), ("stat", "get_md5")];

/// Runs the module a task names.
pub(super) struct Normal;

impl Action for Normal {
    fn name(&self) -> &'static str {
        "normal"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let name = short_name(&context.task.task.action.name);
        if name == "shell" && context.args.contains("expand_argument_vars") {
            // A shell expands them by itself.
            return Err(TaskError::refused(
                "Unsupported parameters for (shell) module: expand_argument_vars",
            ));
        }
        if let Some(call) = backend::call(context, name)? {
            return Ok(Step::Call(call));
        }
        let mut args = context.args.clone();
        if !context.engine.settings.strict {
            drop_old(context, name, &mut args);
        }
        Ok(Step::Call(Call::new(context.task.task.action.name.clone(), args)))
    }
}

/// Leaves out what the module no longer takes.
fn drop_old(context: &ActionContext<'_>, module: &str, args: &mut Dict) {
    for (_, arg) in DROPPED.iter().filter(|(of, _)| *of == module) {
        if args.remove(arg).is_some() {
            let message = format!("The argument '{arg}' of '{module}' is deprecated.");
            let help = Some("Remove it: it has no effect.".to_owned());
            context
                .engine
                .tell(Notice { help, ..Notice::outdated(message, Some(action_origin(context.task))) });
        }
    }
}
