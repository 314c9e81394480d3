//! `raw`: a command line without the agent.

use super::{Action, ActionContext, RawResult, Step};
use crate::{error::TaskError, task::split_streams};
use rplay_value::Dict;

/// `raw`.
pub(super) struct Raw;

impl Action for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        if context.keywords.check {
            let mut result = Dict::new();
            result.insert("skipped", true.into());
            return Ok(Step::Done(result));
        }
        let command = context
            .text("_raw_params")
            .filter(|line| !line.is_empty())
            .ok_or_else(|| TaskError::failed("no command given"))?;
        let command = match context.text("executable") {
            Some(shell) => format!("{shell} -c {}", quote(&command)),
            None => command,
        };
        let command = with_environment(&command, &context.keywords.environment);
        Ok(Step::Talk(Box::new(move |host| host.raw(&command, None).map(result_of))))
    }
}

/// The result of a raw command, as the `raw` action returns it.
pub(super) fn result_of(raw: RawResult) -> Dict {
    let mut result = Dict::new();
    result.insert("rc", raw.rc.into());
    result.insert("stdout", raw.stdout.into());
    result.insert("stderr", raw.stderr.into());
    split_streams(&mut result);
    result.insert("changed", true.into());
    if raw.rc != 0 {
        result.insert("msg", "non-zero return code".into());
        result.insert("failed", true.into());
    }
    result
}

fn with_environment(command: &str, environment: &Dict) -> String {
    let mut prefix = String::new();
    for (key, value) in environment {
        prefix.push_str(&format!("{}={} ", key.as_value().to_text(), quote(&value.to_text())));
    }
    prefix + command
}

/// A word for the shell, in single quotes where it needs them.
pub(super) fn quote(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./-_".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}
