//! `set_stats`: custom statistics of the run.

use super::{
    Action, ActionContext, Step,
    set_fact::{NAMES, is_identifier},
};
use crate::error::TaskError;
use rplay_value::{Dict, Value};
use std::sync::Arc;

/// `set_stats`.
pub(super) struct SetStats;

impl Action for SetStats {
    fn name(&self) -> &'static str {
        "set_stats"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only_options(&["data", "per_host", "aggregate"])?;
        let data = match context.args.get("data") {
            Some(Value::Dict(data)) => data.clone(),
            None | Some(Value::None) => Arc::default(),
            Some(_) => {
                return Ok(Step::failed("The 'data' option needs to be a dictionary/hash"));
            }
        };
        for key in data.keys() {
            let name = key.as_value().to_text();
            if !is_identifier(&name) {
                let origin = crate::task::template_origin(key.as_value());
                return Err(TaskError::at(format!("Invalid variable name '{name}'."), origin).help(NAMES));
            }
        }
        // What is no boolean is off.
        let switch = |name: &str, default: bool| match context.args.get(name) {
            None | Some(Value::None) => default,
            Some(value) => crate::task::to_bool(value).unwrap_or(false),
        };
        let mut stats = Dict::new();
        stats.insert("data", Value::Dict(data));
        stats.insert("per_host", switch("per_host", false).into());
        stats.insert("aggregate", switch("aggregate", true).into());
        let mut result = Dict::new();
        result.insert("changed", false.into());
        result.insert("ansible_stats", stats.into());
        Ok(Step::Done(result))
    }
}
