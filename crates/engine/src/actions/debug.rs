//! `debug`: shows a message or a variable.

use super::{
    Action, ActionContext, Step,
    arguments::{Kind, Spec},
};
use crate::{error::TaskError, task::to_int};
use rplay_template::ErrorKind;
use rplay_value::{Dict, Str, Value};

/// `debug`.
pub(super) struct Debug;

const SPEC: Spec = Spec {
    exclusive: &["msg", "var"],
    ..Spec::of(&[("msg", Kind::Raw), ("var", Kind::TextOnly), ("verbosity", Kind::Int)])
};

impl Action for Debug {
    fn name(&self) -> &'static str {
        "debug"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.check(&SPEC)?;
        let mut result = Dict::new();
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

/// `var` is an expression.
fn variable(context: &ActionContext<'_>, var: &Value) -> Result<(Str, Value), TaskError> {
    let Value::Str(source) = var.clone() else {
        return Ok((var.to_text().into(), var.clone()));
    };
    // Text that a template made is an expression of nobody known; before 2.19 it was one all the same.
    let expression = match source.tag() {
        None if !context.engine.settings.strict => Str::trusted(source.text().clone()),
        _ => source.clone(),
    };
    let origin = crate::task::template_origin(var);
    let shown = match context.engine.templar.expression(&context.scope(), &expression) {
        Ok(value) => value,
        Err(error) if error.kind == ErrorKind::Undefined => {
            context.engine.warn(format!("Encountered 1 template error.\nerror 1 - {error}"), origin);
            format!("<< error 1 - {error} >>").into()
        }
        Err(error) if error.kind == ErrorKind::Omitted => {
            let notice =
                "The result of the `var` expression could not be omitted; a placeholder was used instead.";
            context.engine.warn(notice, origin);
            "<<Omit>>".into()
        }
        Err(error) if error.cause.as_ref().is_some_and(|cause| cause.kind == "AnsibleVaultError") => {
            let error = TaskError::from(error).in_expression();
            return Err(error.within("Error while resolving `var` expression.", origin));
        }
        Err(error) => {
            return Err(TaskError::from(error).within("Error while resolving `var` expression.", origin));
        }
    };
    Ok((source, shown))
}
