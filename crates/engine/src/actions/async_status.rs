//! `async_status`: the state of a job, or its end.

use super::{Action, ActionContext, Call, Step};
use crate::{error::TaskError, task::async_dir};

/// `async_status`: the module of that name is told where the job files are.
pub(super) struct AsyncStatus;

impl Action for AsyncStatus {
    fn name(&self) -> &'static str {
        "async_status"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(&["jid", "mode"])?;
        let mut args = context.args.clone();
        let mode = context.text("mode").unwrap_or_else(|| "status".into());
        if !args.contains("jid") {
            return Err(TaskError::refused("missing required arguments: jid"));
        }
        if !["status", "cleanup"].contains(&mode.as_str()) {
            let message = format!("value of mode must be one of: status, cleanup, got: {mode}");
            return Err(TaskError::refused(message));
        }
        args.insert("_async_dir", async_dir(context.engine, &context.connection_scope())?.into());
        Ok(Step::Call(Call::new("async_status", args)))
    }
}
