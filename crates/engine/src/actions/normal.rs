//! Modules: everything runs on the host.

use super::{Action, ActionContext, Step, context::Call};
use crate::error::TaskError;

/// Runs the module a task names.
pub(super) struct Normal;

impl Action for Normal {
    fn name(&self) -> &'static str {
        "normal"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        Ok(Step::Call(Call::new(context.task.task.action.name.clone(), context.args.clone())))
    }
}
