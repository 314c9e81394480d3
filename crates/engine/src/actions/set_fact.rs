//! `set_fact`: variables for the rest of the run.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_value::{Dict, Key, Value};
use std::sync::Arc;

/// `set_fact`.
pub(super) struct SetFact;

impl Action for SetFact {
    fn name(&self) -> &'static str {
        "set_fact"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let cacheable = context.bool("cacheable", false)?;
        let mut facts = Dict::new();
        for (key, value) in &context.args {
            let name = name(context, key.as_value())?;
            let kind = match &name {
                Value::Str(_) => String::new(),
                other => format!(" of type '{}'", other.type_name()),
            };
            let written = name.clone();
            let name = name.to_text();
            if name == "cacheable" {
                continue;
            }
            if !kind.is_empty() || !is_identifier(&name) {
                let origin = crate::task::template_origin(key.as_value());
                return Err(
                    TaskError::at(format!("Invalid variable name '{name}'{kind}."), origin).help(NAMES)
                );
            }
            // The name keeps its place, for warnings about it.
            if let Some(key) = Key::new(written) {
                facts.insert(key, value.clone());
            }
        }
        if facts.is_empty() {
            return Err(TaskError::refused(
                "No key/value pairs provided, at least one is required for this action to succeed",
            ));
        }
        let mut result = Dict::new();
        result.insert("changed", false.into());
        result.insert("ansible_facts", Value::Dict(Arc::new(facts)));
        result.insert("_ansible_facts_cacheable", cacheable.into());
        Ok(Step::Done(result))
    }
}

/// What names of variables may be.
pub(crate) const NAMES: &str = "Variable names must be strings starting with a letter or underscore character, and \
                                contain only letters, numbers and underscores.";

/// Names may be templates.
fn name(context: &ActionContext<'_>, key: &Value) -> Result<Value, TaskError> {
    Ok(context.engine.templar.render(&context.scope(), key)?.unwrap_or_default())
}

/// ASCII identifiers that are not Jinja's own words, as ansible-core's `validate_variable_name` wants them.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
        && !JINJA_KEYWORDS.contains(&name)
}

/// What Jinja means by itself.
const JINJA_KEYWORDS: &[&str] = &["False", "None", "True", "false", "none", "not", "true"];
