//! `--step`: every task is asked for before it runs.

use super::batch::{Batch, RunError};
use crate::{
    event::{Diagnostic, Event},
    tree::{RunTask, task_label},
};
use std::sync::atomic::Ordering;

impl Batch<'_> {
    /// Whether `task` is to run: without `--step`, or when the person says so. `host` is named where hosts go
    /// on by themselves.
    pub(super) fn take_step(&self, task: &RunTask, host: Option<&str>) -> Result<bool, RunError> {
        if !self.engine.step.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let on = host.map_or_else(String::new, |host| format!("on {host} "));
        let question = format!("Perform task: {} {on}(N)o/(y)es/(c)ontinue: ", task_label(task));
        self.engine.emit(Event::Ask(question.clone()));
        let answer = self.engine.prompt.line().map_err(|error| {
            RunError::Content(Diagnostic::new(format!("cannot read from the terminal: {error}"), None))
        })?;
        let run = match answer.unwrap_or_default().to_lowercase().as_str() {
            "y" | "yes" => true,
            "c" | "continue" => {
                self.engine.step.store(false, Ordering::Relaxed);
                true
            }
            _ => false,
        };
        self.engine.emit(Event::Banner(question));
        Ok(run)
    }
}
