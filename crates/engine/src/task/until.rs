//! Attempts of `until` and `retries`.

use super::keywords::Reader;
use crate::{engine::Engine, error::TaskError, tree::RunTask};
use rplay_template::Scope;
use std::{sync::Arc, time::Duration};

/// How often a task is tried.
pub(super) struct Attempts {
    /// Attempts at most, the first included.
    pub max: i64,
    /// Wait between attempts.
    pub delay: Duration,
}

impl Attempts {
    /// Resolves `retries` and `delay`; one attempt where the task has no `until` and no `retries`.
    pub(super) fn new(engine: &Engine, task: &RunTask, scope: &Arc<dyn Scope>) -> Result<Self, TaskError> {
        let Some(until) = &task.task.until else { return Ok(Self { max: 1, delay: Duration::ZERO }) };
        let read = Reader { engine, scope };
        let retries = read.int("retries", until.retries.as_ref())?;
        let default = if until.conditions.is_empty() { 0 } else { 3 };
        let delay = read.float("delay", until.delay.as_ref())?.unwrap_or(5.0);
        let delay = if delay < 0.0 { 1.0 } else { delay };
        Ok(Self {
            max: 1 + retries.unwrap_or(default).max(0),
            delay: Duration::try_from_secs_f64(delay).unwrap_or_default(),
        })
    }
}
