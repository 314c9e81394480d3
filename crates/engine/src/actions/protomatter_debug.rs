//! `ansible._protomatter.debug`: shows the values of expressions, undefined ones too. It is internal to
//! ansible-core and used by its tests.

use super::{Action, ActionContext, Step, debug::replaced};
use crate::error::TaskError;
use rplay_template::ErrorKind;
use rplay_value::{Dict, Value};

/// The action's name.
pub(crate) const PROTOMATTER_DEBUG: &str = "ansible._protomatter.debug";

/// `ansible._protomatter.debug`.
pub(super) struct ProtomatterDebug;

impl Action for ProtomatterDebug {
    fn name(&self) -> &'static str {
        PROTOMATTER_DEBUG
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(&["expression"])?;
        let expressions = match context.task.task.action.args.get("expression") {
            Some(Value::List(expressions)) => expressions,
            Some(_) => return Err(TaskError::refused("argument 'expression' must be a list of strings")),
            None => return Err(TaskError::refused("missing required arguments: expression")),
        };
        let mut shown = Vec::with_capacity(expressions.len());
        let mut warnings = Vec::new();
        for expression in expressions.iter() {
            let Value::Str(source) = expression else {
                return Err(TaskError::refused("argument 'expression' must be a list of strings"));
            };
            shown.push(match context.engine.templar.expression(&context.scope(), source) {
                Ok(value) => value,
                Err(error) if error.kind == ErrorKind::Undefined => {
                    let (placeholder, warning) = replaced(warnings.len() + 1, &error);
                    warnings.push(Value::from(warning));
                    placeholder.into()
                }
                Err(error) => return Err(error.into()),
            });
        }
        let mut result = Dict::new();
        result.insert("expression_result", Value::list(shown));
        if !warnings.is_empty() {
            result.insert("warnings", Value::list(warnings));
        }
        result.insert("_ansible_verbose_always", true.into());
        Ok(Step::Done(result))
    }
}
