//! `wait_for_connection`: until a host answers.

use super::{Action, ActionContext, Call, Remote, Step};
use crate::{error::TaskError, task::to_int};
use rplay_value::{Dict, Value};
use std::time::{Duration, Instant};

/// `wait_for_connection`.
pub(super) struct WaitForConnection;

impl Action for WaitForConnection {
    fn name(&self) -> &'static str {
        "wait_for_connection"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only_options(&["connect_timeout", "delay", "sleep", "timeout"])?;
        let seconds = |name: &str, default: i64| match context.args.get(name).filter(|value| !value.is_none())
        {
            None => Ok(Duration::from_secs(u64::try_from(default).unwrap_or(0))),
            Some(value) => match to_int(value) {
                Some(seconds) => Ok(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))),
                None => Err(TaskError::failed(format!(
                    "invalid literal for int() with base 10: {}",
                    value.repr()
                ))),
            },
        };
        let mut result = Dict::new();
        if context.keywords.check {
            result.insert("changed", false.into());
            result.insert("elapsed", 0.into());
            return Ok(Step::Done(result));
        }
        let (delay, pause, timeout) = (seconds("delay", 0)?, seconds("sleep", 1)?, seconds("timeout", 600)?);
        let limit = match context.args.get("connect_timeout") {
            None | Some(Value::None) => None,
            Some(_) => Some(seconds("connect_timeout", 5)?),
        };
        Ok(Step::Talk(Box::new(move |host| {
            if let Some(limit) = limit {
                host.connect_within(limit);
            }
            wait(host, delay, pause, timeout)
        })))
    }
}

fn wait(host: &dyn Remote, delay: Duration, pause: Duration, timeout: Duration) -> Result<Dict, TaskError> {
    let start = Instant::now();
    host.sleep(delay)?;
    let mut result = Dict::new();
    loop {
        let error = match host.call(Call::new("ping", Dict::new())) {
            Ok(answer) if !answer.get("failed").is_some_and(|failed| failed.is_true()) => break,
            Ok(answer) => answer.get("msg").map(|msg| msg.to_text()).unwrap_or_default(),
            Err(TaskError::Interrupted) => return Err(TaskError::Interrupted),
            Err(TaskError::Unreachable(message)) => message,
            Err(TaskError::Failed(failed)) => failed.chain.summary(),
        };
        if start.elapsed() >= timeout {
            result.insert("failed", true.into());
            result.insert("msg", format!("timed out waiting for ping module test: {error}").into());
            break;
        }
        host.reset();
        host.sleep(pause)?;
    }
    result.insert("changed", false.into());
    result.insert("elapsed", i64::try_from(start.elapsed().as_secs()).unwrap_or(i64::MAX).into());
    Ok(result)
}
