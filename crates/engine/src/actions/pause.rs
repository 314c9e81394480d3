//! `pause`: waits for a time or for the operator.

use super::{
    Action, ActionContext, Step,
    arguments::{Kind, Spec},
};
use crate::{error::TaskError, event::Event, task::to_int};
use rplay_value::{Dict, Value};
use std::{
    io::{BufRead, IsTerminal},
    time::{Duration, Instant},
};

/// `pause`.
pub(super) struct Pause;

const SPEC: Spec = Spec {
    exclusive: &["minutes", "seconds"],
    ..Spec::of(&[
        ("echo", Kind::Bool),
        ("minutes", Kind::PythonInt),
        ("prompt", Kind::Text),
        ("seconds", Kind::PythonInt),
    ])
};

impl Action for Pause {
    fn name(&self) -> &'static str {
        "pause"
    }

    fn once(&self) -> bool {
        true
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.check(&SPEC)?;
        let echo = context.bool("echo", true)?;
        let started = Instant::now();
        let start = context.engine.clock_text();
        let mut result = Dict::new();
        match seconds(context) {
            Some(seconds) => {
                announce(context, seconds);
                let limit = context.keywords.timeout.unwrap_or(u64::MAX);
                context.engine.sleep(Duration::from_secs(seconds.min(limit)))?;
                if seconds > limit {
                    return Err(TaskError::timed_out(limit));
                }
                result.insert("user_input", "".into());
            }
            None => {
                let input = ask(context)?;
                result.insert("user_input", input.into());
            }
        }
        let elapsed = started.elapsed().as_secs();
        let shown = if context.args.contains("minutes") {
            format!("Paused for {} minutes", python_round(elapsed as f64 / 60.0))
        } else {
            format!("Paused for {} seconds", python_round(started.elapsed().as_secs_f64()))
        };
        result.insert("changed", false.into());
        result.insert("rc", 0.into());
        result.insert("stderr", "".into());
        result.insert("stdout", shown.into());
        result.insert("start", start.into());
        result.insert("stop", context.engine.clock_text().into());
        result.insert("delta", Value::from(i64::try_from(elapsed).unwrap_or(i64::MAX)));
        result.insert("echo", echo.into());
        Ok(Step::Done(result))
    }
}

fn python_round(number: f64) -> String {
    rplay_value::float_repr((number * 100.0).round() / 100.0)
}

/// How long to wait; no time is less than a second.
fn seconds(context: &ActionContext<'_>) -> Option<u64> {
    [("minutes", 60), ("seconds", 1)].into_iter().find_map(|(name, factor)| {
        let number = match context.args.get(name)? {
            Value::Float(number) => *number as i64,
            value => to_int(value)?,
        };
        Some(u64::try_from(number).unwrap_or(0).max(1).saturating_mul(factor))
    })
}

fn announce(context: &ActionContext<'_>, seconds: u64) {
    context.engine.emit(Event::Prompt(format!("Pausing for {seconds} seconds")));
    if let Some(prompt) = context.text("prompt") {
        context.engine.emit(Event::Prompt(format!("[{}]\n{prompt}:", context.task.task.action.name)));
    }
}

fn ask(context: &ActionContext<'_>) -> Result<String, TaskError> {
    let prompt =
        context.text("prompt").unwrap_or_else(|| "Press enter to continue, Ctrl+C to interrupt".into());
    context.engine.emit(Event::Prompt(format!("[{}]\n{prompt}:", context.task.task.action.name)));
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        context.engine.warn("Not waiting for response to prompt as stdin is not interactive", None);
        return Ok(String::new());
    }
    let mut line = String::new();
    stdin
        .lock()
        .read_line(&mut line)
        .map_err(|error| TaskError::failed(format!("cannot read the answer: {error}")))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
