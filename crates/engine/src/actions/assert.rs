//! `assert`: conditions that must hold.

use super::{
    Action, ActionContext, Step,
    arguments::{Kind, Spec},
};
use crate::error::TaskError;
use rplay_value::{Dict, Value};

/// `assert`.
pub(super) struct Assert;

const SPEC: Spec = Spec::of(&[
    ("fail_msg", Kind::Texts),
    ("msg", Kind::Texts),
    ("quiet", Kind::Bool),
    ("success_msg", Kind::Texts),
    ("that", Kind::Raw),
]);

impl Action for Assert {
    fn name(&self) -> &'static str {
        "assert"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.check(&SPEC)?;
        let quiet = context.bool("quiet", false)?;
        let scope = context.scope();
        let mut result = Dict::new();
        if !quiet {
            result.insert("_ansible_verbose_always", true.into());
        }
        // `that` is read as it was written: rendered arguments would turn conditions into their values.
        for condition in conditions(context)? {
            let holds = context.engine.templar.condition(&scope, &condition)?;
            if !holds {
                result.insert("failed", true.into());
                result.insert("evaluated_to", false.into());
                result.insert("assertion", condition);
                result.insert("msg", message(context, &["fail_msg", "msg"], "Assertion failed"));
                return Ok(Step::Done(result));
            }
        }
        result.insert("changed", false.into());
        result.insert("msg", message(context, &["success_msg"], "All assertions passed"));
        Ok(Step::Done(result))
    }
}

fn conditions(context: &ActionContext<'_>) -> Result<Vec<Value>, TaskError> {
    let that = context.task.task.action.args.get("that").or_else(|| context.args.get("that"));
    match that {
        None => Err(TaskError::refused("missing required arguments: that")),
        Some(Value::List(items)) => Ok(items.iter().cloned().collect()),
        Some(Value::Str(text)) if text.trim_start().starts_with("{{") => listed(context, text),
        Some(other) => Ok(vec![other.clone()]),
    }
}

/// `that: "{{ list_of_conditions }}"` yields a list; anything else is a condition of its own.
fn listed(context: &ActionContext<'_>, text: &rplay_value::Str) -> Result<Vec<Value>, TaskError> {
    match context.engine.templar.render_outer_list(&context.scope(), text) {
        Ok(Some(items)) => Ok(items
            .into_iter()
            .map(|condition| match &condition {
                Value::Str(text) if text.tag().is_none() => condition.with_trust(true),
                _ => condition,
            })
            .collect()),
        _ => Ok(vec![Value::Str(text.clone())]),
    }
}

fn message(context: &ActionContext<'_>, names: &[&str], default: &str) -> Value {
    names
        .iter()
        .find_map(|name| context.args.get(name).filter(|value| !value.is_none()))
        .cloned()
        .unwrap_or_else(|| default.into())
}
