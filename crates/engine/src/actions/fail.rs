//! `fail`: fails with a message.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_value::Dict;

/// `fail`.
pub(super) struct Fail;

impl Action for Fail {
    fn name(&self) -> &'static str {
        "fail"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only_options(&["msg"])?;
        let mut result = Dict::new();
        result.insert("failed", true.into());
        result.insert(
            "msg",
            context.args.get("msg").cloned().unwrap_or_else(|| "Failed as requested from task".into()),
        );
        Ok(Step::Done(result))
    }
}
