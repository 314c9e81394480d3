//! `gather_facts`: the facts of a host.

use super::{Action, ActionContext, Step, context::Call};
use crate::error::TaskError;

/// `gather_facts`: the `setup` module with the task's arguments.
pub(super) struct GatherFacts;

impl Action for GatherFacts {
    fn name(&self) -> &'static str {
        "gather_facts"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let mut args = context.args.clone();
        args.remove("parallel");
        Ok(Step::Call(Call::new("setup", args)))
    }
}
