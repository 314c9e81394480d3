//! Modules: everything runs on the host.

use super::{Action, ActionContext, Step, backend, context::Call, short_name};
use crate::error::TaskError;

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
        Ok(Step::Call(Call::new(context.task.task.action.name.clone(), context.args.clone())))
    }
}
