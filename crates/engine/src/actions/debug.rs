//! `debug`: shows a message or a variable.

use super::{Action, ActionContext, Step};
use crate::{error::TaskError, task::to_int};
use rplay_value::{Dict, Str, Value};

/// `debug`.
pub(super) struct Debug;

impl Action for Debug {
    fn name(&self) -> &'static str {
        "debug"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(&["msg", "var", "verbosity"])?;
        let mut result = Dict::new();
        if context.args.contains("msg") && context.args.contains("var") {
            return Err(TaskError::refused("parameters are mutually exclusive: msg|var"));
        }
        let verbosity = context.args.get("verbosity").map_or(Some(0), to_int).unwrap_or(0);
        if i64::from(context.engine.settings.verbosity) < verbosity {
            result.insert("skipped_reason", "Verbosity threshold not met.".into());
            result.insert("skipped", true.into());
            result.insert("failed", false.into());
            return Ok(Step::Done(result));
        }
        match context.args.get("var") {
            Some(var) => {
                let (name, value) = variable(context, var)?;
                result.insert(name, value);
            }
            None => {
                result
                    .insert("msg", context.args.get("msg").cloned().unwrap_or_else(|| "Hello world!".into()));
            }
        }
        result.insert("failed", false.into());
        result.insert("_ansible_verbose_always", true.into());
        Ok(Step::Done(result))
    }
}

/// `var` is an expression; a value that is not text is shown under its type's name.
fn variable(context: &ActionContext<'_>, var: &Value) -> Result<(Str, Value), TaskError> {
    let Value::Str(source) = var else {
        return Ok((format!("<class '{}'>", var.type_name()).into(), var.clone()));
    };
    let expression = match source.tag() {
        Some(_) => source.clone(),
        None => Str::trusted(source.text().clone()),
    };
    Ok(match context.engine.templar.expression(&context.scope(), &expression) {
        Ok(value) => (source.clone(), value),
        Err(error) if error.kind == rplay_template::ErrorKind::Undefined => {
            let notice = format!("Encountered 1 template error. error 1 - {error}");
            context.engine.warn(notice, crate::task::template_origin(var));
            (source.clone(), format!("<< error 1 - {error} >>").into())
        }
        Err(error) if error.cause.as_ref().is_some_and(|cause| cause.kind == "AnsibleVaultError") => {
            let error = TaskError::from(error).in_expression();
            return Err(
                error.within("Error while resolving `var` expression.", crate::task::template_origin(var))
            );
        }
        Err(error) => (source.clone(), format!("<<< error >>>: {error}").into()),
    })
}
