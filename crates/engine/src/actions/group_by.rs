//! `group_by`: groups made from values.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_value::{Dict, Value};

/// `group_by`.
pub(super) struct GroupBy;

impl Action for GroupBy {
    fn name(&self) -> &'static str {
        "group_by"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only_options(&["key", "parents"])?;
        let Some(key) = context.text("key") else {
            return Ok(Step::failed("the 'key' param is required when using group_by"));
        };
        let parents = match context.args.get("parents") {
            None | Some(Value::None) => vec!["all".to_owned()],
            Some(Value::List(items)) => items.iter().map(Value::to_text).collect(),
            Some(other) => vec![other.to_text()],
        };
        let dashed = |name: &str| name.replace(' ', "-");
        let mut result = Dict::new();
        result.insert("changed", true.into());
        result.insert("add_group", dashed(&key).into());
        result.insert("parent_groups", Value::list(parents.iter().map(|name| dashed(name).into())));
        Ok(Step::Done(result))
    }
}
