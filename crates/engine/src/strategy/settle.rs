//! What a host's result changes: counters, variables, handlers, the host's way on.

use super::{
    batch::{Batch, Member, RunError},
    handlers, reserved,
};
use crate::{
    actions::{Kind, short_name},
    cursor::Failure,
    engine::Engine,
    event::{Diagnostic, Event, Status, TaskInfo, TaskResult},
    task::{Ended, FACTS_HOST, NO_TRACEBACK, Outcome, Resolved, censored},
    tree::{RunTask, display_name},
};
use rplay_value::{Dict, Str, Value};
use rplay_vars::HostVars;
use std::{
    any::Any,
    sync::{Arc, PoisonError},
};

/// The fact by which smart gathering knows that a host's facts are there.
pub(crate) const GATHERED: &str = "_ansible_facts_gathered";

impl Batch<'_> {
    /// Takes the result of `task` on a host. For tasks that run once, `shares` are all hosts it ran for.
    pub(super) fn settle(
        &mut self,
        task: &RunTask,
        info: &Arc<TaskInfo>,
        index: usize,
        outcome: &Outcome,
        shares: &[usize],
    ) -> Result<(), RunError> {
        self.engine.trace(|| format!("result of {} on {}: {:?}", info.name, outcome.host, outcome.ended()));
        if let Some(role) = &task.task.role
            && !matches!(outcome.ended(), Ended::Skipped | Ended::Unreachable)
        {
            self.state.begin(&outcome.host, role);
        }
        let ignored = match outcome.ended() {
            Ended::Failed => self.failed(task, index, outcome, shares),
            Ended::Unreachable => self.unreachable(index, outcome),
            Ended::Skipped => {
                self.engine.count(&outcome.host, |counters| counters.skipped += 1);
                false
            }
            Ended::Ok | Ended::Changed => {
                self.went_well(task, index, outcome, shares)?;
                false
            }
        };
        self.show(task, info, outcome, ignored);
        self.register(task, index, outcome, shares);
        if short_name(&task.task.action.name) == "add_host" {
            self.engine.asked_hosts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        Ok(())
    }

    fn hosts_of(&self, index: usize, shares: &[usize]) -> Vec<Arc<HostVars>> {
        let own = [index];
        let indices = if shares.is_empty() { &own[..] } else { shares };
        indices
            .iter()
            .filter(|index| !self.members[**index].unreachable)
            .map(|index| self.members[*index].host.clone())
            .collect()
    }

    /// Whether the failure is ignored.
    fn failed(&mut self, task: &RunTask, index: usize, outcome: &Outcome, shares: &[usize]) -> bool {
        if outcome.keywords.ignore_errors {
            let changed = outcome.result.get("changed").is_some_and(Value::is_true);
            self.engine.count(&outcome.host, |counters| {
                counters.ok += 1;
                counters.ignored += 1;
                counters.changed += usize::from(changed);
            });
            return true;
        }
        self.engine.trace(|| format!("marking {} as failed", outcome.host));
        let failure = self.members[index].cursor.fail();
        for other in shares.iter().filter(|other| **other != index) {
            self.members[*other].cursor.fail();
            self.members[*other].removed = true;
        }
        self.note_failed(index);
        if failure == Failure::Rescued {
            self.members[index].removed = false;
            self.engine.count(&outcome.host, |counters| counters.rescued += 1);
            let failed = [
                ("ansible_failed_task".into(), self.failed_task(task, index, outcome)),
                ("ansible_failed_result".into(), Value::from(failed_result(outcome))),
            ];
            self.members[index].host.set(failed);
        } else {
            self.engine.count(&outcome.host, |counters| counters.failed += 1);
        }
        false
    }

    fn unreachable(&mut self, index: usize, outcome: &Outcome) -> bool {
        if outcome.keywords.ignore_unreachable {
            self.engine.count(&outcome.host, |counters| {
                counters.ok += 1;
                counters.ignored += 1;
            });
            return true;
        }
        self.members[index].unreachable = true;
        self.members[index].removed = true;
        self.engine.lost().unreachable.insert(outcome.host.clone());
        self.engine.count(&outcome.host, |counters| counters.unreachable += 1);
        false
    }

    fn went_well(
        &mut self,
        task: &RunTask,
        index: usize,
        outcome: &Outcome,
        shares: &[usize],
    ) -> Result<(), RunError> {
        if outcome.ended() == Ended::Changed {
            for name in &outcome.notify {
                self.notify(index, name)?;
            }
        }
        for result in outcome.results() {
            self.apply(task, index, result, shares)?;
        }
        if !matches!(task.kind, Kind::IncludeTasks | Kind::IncludeRole) {
            let changed = outcome.ended() == Ended::Changed;
            self.engine.count(&outcome.host, |counters| {
                counters.ok += 1;
                counters.changed += usize::from(changed);
            });
        }
        Ok(())
    }

    fn notify(&mut self, index: usize, name: &Str) -> Result<(), RunError> {
        let found = handlers::matching(self.engine, self.state, name);
        if found.is_empty() {
            let message = format!(
                "The requested handler '{name}' was not found in either the main handlers list nor in the listening \
                 handlers list"
            );
            if self.engine.settings.missing_handler_fatal {
                return Err(RunError::Content(Diagnostic::new(message, None)));
            }
            self.engine.warn(message, None);
            return Ok(());
        }
        let member = &mut self.members[index];
        if member.cursor.in_handlers() {
            notify_now(self.engine, member, &found);
        } else {
            member.cursor.note(name);
            self.engine.emit(Event::NotificationSaved { handler: name.clone() });
        }
        Ok(())
    }

    /// What one result (of the task or of an item) brings: hosts, groups, facts, statistics.
    fn apply(
        &mut self,
        task: &RunTask,
        index: usize,
        result: &Dict,
        shares: &[usize],
    ) -> Result<(), RunError> {
        if let Some(add) = result.get("add_host").and_then(Value::as_dict) {
            self.add_host(add)?;
        }
        if let Some(group) = result.get("add_group").and_then(Value::as_str) {
            self.add_group(index, group, result)?;
        }
        if let Some(stats) = result.get("ansible_stats").and_then(Value::as_dict) {
            let aggregate = stats.get("aggregate").is_none_or(Value::is_true);
            let host = &self.members[index].host.name;
            let host = stats.get("per_host").is_some_and(Value::is_true).then_some(host);
            if let Some(data) = stats.get("data").and_then(Value::as_dict) {
                self.engine.add_stats(host, data, aggregate);
            }
        }
        let Some(facts) = result.get("ansible_facts").and_then(Value::as_dict) else { return Ok(()) };
        let hosts = match result.get(FACTS_HOST) {
            Some(Value::Str(delegate)) => vec![self.engine.delegate(delegate)],
            _ => self.hosts_of(index, shares),
        };
        let action = short_name(&task.task.action.name);
        if matches!(action, "set_fact" | "include_vars") {
            reserved::of_vars(self.engine, facts);
        }
        for host in hosts {
            match action {
                "debug" => {}
                "include_vars" => host.include(facts),
                "set_fact" => {
                    host.set(facts.iter().map(|(key, value)| (key.clone(), value.clone())));
                    if result.get("_ansible_facts_cacheable").is_some_and(Value::is_true) {
                        self.engine.add_facts(&host, facts);
                    }
                }
                "gather_facts" => {
                    let mut facts = facts.clone();
                    facts.insert(GATHERED, true.into());
                    self.engine.add_facts(&host, &facts);
                }
                _ => self.engine.add_facts(&host, facts),
            }
        }
        Ok(())
    }

    fn register(&self, task: &RunTask, index: usize, outcome: &Outcome, shares: &[usize]) {
        let Some(name) = &task.task.register else { return };
        let mut registered = public(&outcome.result);
        if matches!(outcome.ended(), Ended::Failed | Ended::Unreachable) && !outcome.looped {
            registered.insert("exception", NO_TRACEBACK.into());
        }
        let value = Value::from(registered);
        for host in self.hosts_of_any(index, shares) {
            host.set([(name.clone().into(), value.clone())]);
        }
    }

    /// Like [`Self::hosts_of`], with hosts that were just lost: their result is registered too.
    fn hosts_of_any(&self, index: usize, shares: &[usize]) -> Vec<Arc<HostVars>> {
        let own = [index];
        let indices = if shares.is_empty() { &own[..] } else { shares };
        indices.iter().map(|index| self.members[*index].host.clone()).collect()
    }

    fn show(&self, task: &RunTask, info: &Arc<TaskInfo>, outcome: &Outcome, ignored: bool) {
        let include = matches!(task.kind, Kind::IncludeTasks | Kind::IncludeRole);
        if include && matches!(outcome.ended(), Ended::Ok | Ended::Changed) {
            return;
        }
        let no_log = hidden(&outcome.result, &outcome.keywords);
        self.engine.emit(Event::Result(Box::new(TaskResult {
            host: outcome.host.clone(),
            delegated: outcome.keywords.delegate_label.clone(),
            task: info.clone(),
            status: status(outcome),
            ignored,
            result: if no_log { censored(&outcome.result) } else { outcome.result.clone() },
            item: None,
            looped: outcome.looped,
            error: if no_log { None } else { outcome.error.clone() },
            notices: if no_log { Vec::new() } else { outcome.notices.clone() },
        })));
    }
}

/// Has a member run handlers in the flush under way.
pub(super) fn notify_now(engine: &Engine, member: &mut Member, handlers: &[Arc<RunTask>]) {
    for handler in handlers {
        if member.cursor.notify(handler.id) {
            let name = display_name(&handler.task, handler.task.name.as_deref().unwrap_or_default());
            engine.emit(Event::Notified { handler: name, host: member.host.name.clone() });
        }
    }
}

fn hidden(result: &Dict, keywords: &Resolved) -> bool {
    keywords.no_log || result.get("_ansible_no_log").is_some_and(Value::is_true)
}

fn status(outcome: &Outcome) -> Status {
    crate::task::status_of(&outcome.result)
}

/// A result as variables hold it: without what is only for us and for outputs.
fn public(result: &Dict) -> Dict {
    shown(result, |key| key != "invocation")
}

fn shown(result: &Dict, also: impl Fn(&str) -> bool) -> Dict {
    let keeps = |key: &str| !key.starts_with("_ansible_") && also(key);
    result
        .iter()
        .filter(|(key, _)| key.as_str().is_none_or(&keeps))
        .map(|(key, value)| (key.clone(), public_value(value)))
        .collect()
}

/// Results of a loop's items keep `invocation`, unlike a task's own: content reads `item.invocation.module_args`.
fn public_value(value: &Value) -> Value {
    match value {
        Value::List(items) if items.iter().any(|item| item.get("_ansible_item_label").is_some()) => {
            Value::list(
                items.iter().map(|item| {
                    item.as_dict().map_or_else(|| item.clone(), |dict| shown(dict, |_| true).into())
                }),
            )
        }
        other => other.clone(),
    }
}

/// `ansible_failed_result`.
fn failed_result(outcome: &Outcome) -> Dict {
    let mut result = shown(&outcome.result, |_| true);
    if !outcome.looped {
        result.insert("exception", NO_TRACEBACK.into());
    }
    result
}

/// The outcome of a task whose code panicked: the play goes on, the message asks for a report.
pub(super) fn panicked(host: Str, panic: &(dyn Any + Send)) -> Outcome {
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".into());
    let message = format!("internal error: {text}; this is a defect of rplay, please report it");
    let mut result = Dict::new();
    result.insert("failed", true.into());
    result.insert("msg", message.clone().into());
    Outcome {
        host,
        result,
        error: Some(Diagnostic::new(message, None)),
        keywords: Resolved::default(),
        looped: false,
        notify: Vec::new(),
        locals: Vec::new(),
        notices: Vec::new(),
    }
}
