//! `debug`: shows a message or a variable.

use super::{
    Action, ActionContext, Step,
    arguments::{Kind, Spec},
};
use crate::{error::TaskError, task::to_int};
use rplay_template::{Binding, ErrorKind, TemplateError};
use rplay_value::{Dict, Key, Str, Value};

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

/// What is shown in place of the undefined value number `number`, and the warning about it.
pub(super) fn replaced(number: usize, error: &TemplateError) -> (String, String) {
    let shown = format!("error {number} - {error}");
    (format!("<< {shown} >>"), format!("Encountered 1 template error.\n{shown}"))
}

/// Values with something in place of what is undefined in them.
struct Placeholders<'a> {
    context: &'a ActionContext<'a>,
    warnings: Vec<String>,
}

impl Placeholders<'_> {
    fn stand_in(&mut self, error: &TemplateError) -> Value {
        let (placeholder, warning) = replaced(self.warnings.len() + 1, error);
        self.warnings.push(warning);
        placeholder.into()
    }

    fn fill(&mut self, written: &Value) -> Result<Value, TaskError> {
        match written {
            Value::List(items) => {
                Ok(items.iter().map(|item| self.fill(item)).collect::<Result<Vec<_>, _>>()?.into())
            }
            Value::Dict(entries) => {
                let fill = |(key, value): (&Key, &Value)| Ok((key.clone(), self.fill(value)?));
                Ok(entries.iter().map(fill).collect::<Result<Dict, TaskError>>()?.into())
            }
            leaf => match self.context.engine.templar.render(&self.context.scope(), leaf) {
                Ok(value) => Ok(value.unwrap_or_default()),
                Err(error) if error.kind == ErrorKind::Undefined => Ok(self.stand_in(&error)),
                Err(error) => Err(error.into()),
            },
        }
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
            let mut placeholders = Placeholders { context, warnings: Vec::new() };
            let shown = match context.scope().lookup(&expression) {
                Some(Binding::Value(written)) => placeholders.fill(&written)?,
                _ => placeholders.stand_in(&error),
            };
            for warning in placeholders.warnings {
                context.engine.warn(warning, origin.clone());
            }
            shown
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
