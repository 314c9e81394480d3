//! `pause`: waits for a time or for the operator.

use super::{
    Action, ActionContext, Step,
    arguments::{Kind, Spec},
};
use crate::{
    error::TaskError,
    event::Event,
    prompts::{Typed, Typing},
    task::to_int,
};
use rplay_value::{Dict, Value};
use std::{
    io::ErrorKind,
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
        let input = match seconds(context) {
            Some(seconds) => {
                wait(context, seconds, echo)?;
                String::new()
            }
            None => ask(context, echo)?,
        };
        let mut result = Dict::new();
        result.insert("user_input", input.into());
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

/// What ends a line.
const ENTER: &[u8] = b"\r\n";

/// What can be done while time passes.
const WAYS_OUT: &str = "(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)\r";

/// Waits for a time; what is typed meanwhile does not count, but for the ways out.
fn wait(context: &ActionContext<'_>, seconds: u64, echo: bool) -> Result<(), TaskError> {
    say(context, format!("Pausing for {seconds} seconds{}", hidden(echo)));
    let own = context.text("prompt").filter(|prompt| !prompt.is_empty());
    let prompt = match own {
        Some(prompt) => {
            say(context, WAYS_OUT.to_owned());
            titled(context, &prompt, echo)
        }
        None => WAYS_OUT.to_owned(),
    };
    let limit = context.keywords.timeout.unwrap_or(u64::MAX);
    let time = Duration::from_secs(seconds.min(limit));
    let until = Instant::now().checked_add(time);
    match typed(context, &prompt, &Typing { echo: false, complete: b"", leave: b"", until })? {
        None => context.engine.sleep(time)?,
        Some(Typed::Left) => return on_or_out(context),
        Some(Typed::Text(_) | Typed::TimeUp) => {}
    }
    if seconds > limit { Err(TaskError::timed_out(limit)) } else { Ok(()) }
}

/// Waits for a line.
fn ask(context: &ActionContext<'_>, echo: bool) -> Result<String, TaskError> {
    let prompt = context.text("prompt").filter(|prompt| !prompt.is_empty());
    let prompt = prompt.unwrap_or_else(|| "Press enter to continue, Ctrl+C to interrupt".into());
    let wanted = Typing { echo, complete: ENTER, leave: b"", until: None };
    match typed(context, &titled(context, &prompt, echo), &wanted)? {
        Some(Typed::Text(text)) => return Ok(text),
        Some(Typed::Left) => on_or_out(context)?,
        Some(Typed::TimeUp) => {}
        None => context.engine.warn("Not waiting for response to prompt as stdin is not interactive", None),
    }
    Ok(String::new())
}

/// After Ctrl-C: whether the play goes on.
fn on_or_out(context: &ActionContext<'_>) -> Result<(), TaskError> {
    let wanted = Typing { echo: false, complete: b"c", leave: b"a", until: None };
    match typed(context, "Press 'C' to continue the play or 'A' to abort \r", &wanted)? {
        Some(Typed::Left) => Err(TaskError::failed("user requested abort!")),
        Some(Typed::Text(_) | Typed::TimeUp) | None => Ok(()),
    }
}

/// What is typed after a prompt; none where nobody can be asked, who is not prompted then.
fn typed(context: &ActionContext<'_>, prompt: &str, wanted: &Typing<'_>) -> Result<Option<Typed>, TaskError> {
    if !context.engine.prompt.is_attended() {
        return Ok(None);
    }
    say(context, prompt.to_owned());
    context.engine.prompt.typed(wanted).map(Some).map_err(|error| match error.kind() {
        ErrorKind::Interrupted => TaskError::Interrupted,
        _ => TaskError::failed(format!("cannot read the answer: {error}")),
    })
}

fn titled(context: &ActionContext<'_>, prompt: &str, echo: bool) -> String {
    let task = &context.task.task;
    let name = task.name.as_ref().filter(|name| !name.is_empty()).unwrap_or(&task.action.name);
    format!("[{}]\n{prompt}{}:", name.trim(), hidden(echo))
}

fn hidden(echo: bool) -> &'static str {
    if echo { "" } else { " (output is hidden)" }
}

fn say(context: &ActionContext<'_>, text: String) {
    context.engine.emit(Event::Prompt(text));
}
