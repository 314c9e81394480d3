//! From what came back to the result as it is registered and shown.

use super::{
    Resolved, conditions,
    executor::HostTask,
    outcome::{self, Ended, ended},
    utf8,
};
use crate::{
    error::TaskError,
    event::{Diagnostic, Notice, Status},
    notices,
};
use rplay_template::Scope;
use rplay_value::{Dict, Origin, Str, Value};
use rplay_vars::TaskScope;
use std::sync::Arc;

/// Key of a result: the host its facts belong to, if not the task's.
pub(crate) const FACTS_HOST: &str = "_ansible_facts_host";

/// Where a result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A module on the host.
    Module,
    /// The controller.
    Action,
}

/// What one item came to.
#[derive(Default)]
pub(super) struct Done {
    /// Its result.
    pub result: Dict,
    /// Where a failure comes from.
    pub error: Option<Diagnostic>,
    /// Keywords as they were.
    pub keywords: Resolved,
    /// Handlers to notify.
    pub notify: Vec<Str>,
    /// What was told on the way.
    pub notices: Vec<Notice>,
}

impl Done {
    /// The same with what was heard while it was done, in the result too.
    pub(super) fn having_heard(mut self, heard: Vec<Notice>) -> Self {
        self.notices = notices::settle(&mut self.result, heard);
        self
    }
}

impl HostTask<'_> {
    /// As [`Self::finish`], but a call that its agent stopped because of `timeout` has no result of its own.
    pub(super) fn finish_timely(&self, scope: &mut TaskScope, result: Dict, keywords: Resolved) -> Done {
        match self.taken(result, Source::Module, &keywords) {
            Ok(result) => self.finish(scope, (result, Source::Module), keywords),
            Err(error) => self.failed(error, keywords),
        }
    }

    /// The result, unless the agent stopped the call because of `timeout` or what it sent is no UTF-8.
    pub(super) fn taken(&self, result: Dict, source: Source, keywords: &Resolved) -> Result<Dict, TaskError> {
        match (keywords.timeout, source) {
            (Some(seconds), _) if result.contains("timedout") => Err(TaskError::timed_out(seconds)),
            (_, Source::Module) => utf8::acceptable(self.engine, result),
            (_, Source::Action) => Ok(result),
        }
    }

    /// A result as it is registered and judged: completed, `changed_when` and `failed_when` applied.
    pub(super) fn finish(
        &self,
        scope: &mut TaskScope,
        (mut result, source): (Dict, Source),
        keywords: Resolved,
    ) -> Done {
        outcome::complete(&mut result);
        match (&keywords.delegate_to, keywords.delegate_facts && result.contains("ansible_facts")) {
            (Some(delegate), true) => {
                result.insert(FACTS_HOST, delegate.clone().into());
            }
            _ => self.note_facts(scope, &result),
        }
        if let Some(name) = &self.task.task.register {
            scope.set_local(name.clone(), Value::from(result.clone()));
        }
        let skipped = result.get("skipped").is_some_and(Value::is_true);
        let mut blamed = Source::Action;
        if !skipped {
            let shared: Arc<dyn Scope> = Arc::new(scope.clone());
            if ended(&result) == Ended::Failed {
                blamed = source;
            }
            self.judge(&shared, &mut result, blamed);
            if let Some(name) = &self.task.task.register {
                scope.set_local(name.clone(), Value::from(result.clone()));
            }
        }
        let error = self.module_error(&result, blamed);
        if let Some(error) = error.as_ref().filter(|_| !result.contains("msg")) {
            result.insert("msg", error.summary().into());
        }
        let notify = match ended(&result) {
            // A loop that changed something notifies for all items that ran.
            Ended::Changed | Ended::Ok => self.notified(scope),
            _ => Ok(Vec::new()),
        };
        match notify {
            Ok(notify) => Done { result, error, keywords, notify, notices: Vec::new() },
            Err(error) => self.failed(error, keywords),
        }
    }

    /// Facts of a result are there for conditions and later items.
    pub(super) fn note_facts(&self, scope: &mut TaskScope, result: &Dict) {
        let Some(facts) = result.get("ansible_facts").and_then(Value::as_dict) else { return };
        match crate::actions::short_name(&self.task.task.action.name) {
            "set_fact" | "include_vars" => scope.note_set(facts),
            "debug" => {}
            _ => scope.note_facts(facts),
        }
    }

    /// Applies `changed_when` and `failed_when`. One that cannot be evaluated fails the task and says so in
    /// its `..._result`.
    pub(super) fn judge(&self, scope: &Arc<dyn Scope>, result: &mut Dict, source: Source) {
        let task = &self.task.task;
        let verdict = |conditions: &Option<Vec<Value>>| {
            let conditions = conditions.as_ref().filter(|conditions| !conditions.is_empty())?;
            Some(conditions::all(self.engine, scope, conditions).map_err(|error| error.summary()))
        };
        match verdict(&task.changed_when) {
            None => {}
            Some(Ok(changed)) => {
                result.insert("changed", changed.into());
            }
            Some(Err(message)) => {
                result.insert("failed", true.into());
                result.insert("changed_when_result", message.into());
            }
        }
        match verdict(&task.failed_when) {
            None => {}
            Some(Ok(failed)) => {
                if !failed && source == Source::Module && ended(result) == Ended::Failed {
                    result.remove("exception");
                    result.insert("failed_when_suppressed_exception", outcome::NO_TRACEBACK.into());
                }
                result.insert("failed_when_result", failed.into());
                result.insert("failed", failed.into());
            }
            Some(Err(message)) => {
                result.insert("failed", true.into());
                result.insert("failed_when_result", message.into());
            }
        }
    }

    pub(super) fn notified(&self, scope: &TaskScope) -> Result<Vec<Str>, TaskError> {
        let mut names = Vec::new();
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        for template in &self.task.keywords.own.notify {
            match self.engine.templar.render(&shared, template)? {
                None | Some(Value::None) => {}
                Some(Value::List(items)) => names.extend(items.iter().map(|item| Str::from(item.to_text()))),
                Some(other) => names.push(other.to_text().into()),
            }
        }
        Ok(names)
    }

    pub(super) fn origin(&self) -> Option<Origin> {
        let place = &self.task.task.place;
        Some(Origin { file: place.source.name.clone(), line: place.span.line, column: place.span.column })
    }

    /// The chain of a failure in a result that `blamed` reported; of conditions the action is told.
    pub(super) fn module_error(&self, result: &Dict, blamed: Source) -> Option<Diagnostic> {
        if ended(result) != Ended::Failed {
            return None;
        }
        let message = result.get("msg").map_or_else(|| "Unknown error.".to_owned(), Value::to_text);
        // A module that knows the cause tells it as its exception; the message is the beginning of it.
        let cause = result
            .get("exception")
            .and_then(Value::as_str)
            .filter(|cause| blamed == Source::Module && cause.starts_with(message.trim_end_matches('.')));
        let message = cause.map_or(message, str::to_owned);
        let kind = match blamed {
            Source::Module => "Module failed",
            Source::Action => "Action failed",
        };
        let text = if message.is_empty() {
            format!("Task failed: {kind}.")
        } else {
            format!("Task failed: {kind}: {message}")
        };
        Some(Diagnostic::new(text, self.origin()))
    }

    /// The result of a task that ended early.
    pub(super) fn failed(&self, error: TaskError, keywords: Resolved) -> Done {
        let mut result = Dict::new();
        let error = match error {
            TaskError::Unreachable(message) => {
                let message = format!("Task failed: {message}");
                result.insert("unreachable", true.into());
                result.insert("msg", message.clone().into());
                result.insert("changed", false.into());
                Some(Diagnostic::new(message, self.origin()))
            }
            TaskError::Interrupted => {
                result.insert("failed", true.into());
                result.insert("msg", "interrupted".into());
                None
            }
            TaskError::Failed(failed) => {
                let chain = match failed.whole {
                    true => failed.chain,
                    false => failed.chain.within("Task failed.", self.origin()),
                };
                let chain = chain.led_by(crate::explain::includes(&self.task.parent));
                result.extend(failed.result);
                result.insert("failed", true.into());
                if !result.contains("msg") {
                    result.insert("msg", chain.summary().into());
                }
                if !result.contains("changed") {
                    result.insert("changed", false.into());
                }
                Some(chain)
            }
        };
        Done { result, error, keywords, ..Done::default() }
    }
}

/// The result of a loop without items.
pub(super) fn no_items() -> Done {
    let mut result = Dict::new();
    result.insert("changed", false.into());
    result.insert("skipped", true.into());
    result.insert("skipped_reason", "No items in the list".into());
    result.insert("results", Value::list([]));
    Done { result, ..Done::default() }
}

/// The status of a result, for events.
pub(crate) fn status_of(result: &Dict) -> Status {
    match ended(result) {
        Ended::Ok => Status::Ok,
        Ended::Changed => Status::Changed,
        Ended::Skipped => Status::Skipped,
        Ended::Failed => Status::Failed,
        Ended::Unreachable => Status::Unreachable,
    }
}

/// What is shown of a result under `no_log`.
pub(crate) fn censored(result: &Dict) -> Dict {
    const KEPT: &[&str] = &["attempts", "changed", "retries", "failed", "skipped"];
    let mut shown = Dict::new();
    shown.insert(
        "censored",
        "the output has been hidden due to the fact that 'no_log: true' was specified for this result".into(),
    );
    for key in KEPT {
        if let Some(value) = result.get(key) {
            shown.insert(*key, value.clone());
        }
    }
    shown
}

/// `host`, or `host -> target` for delegated tasks.
pub(crate) fn host_label(host: &Str, delegated: Option<&Str>) -> Str {
    match delegated {
        Some(target) => format!("{host} -> {target}").into(),
        None => host.clone(),
    }
}
