//! A task's loop on one host: its items one by one, or in batches that travel together.

use super::{
    Resolved, conditions,
    executor::{HostTask, Outcome, Planned, Ready},
    finish::{Done, censored, status_of},
    loops::{self, Control},
    outcome::{self, Ended, ended},
};
use crate::{
    actions::{Call, Kind, Step},
    error::TaskError,
    event::{Diagnostic, Event, Notice, TaskResult},
    notices,
    tree::RunTask,
};
use rplay_playbook::Field;
use rplay_template::Scope;
use rplay_value::{Dict, Str, Value};
use rplay_vars::TaskScope;
use std::{collections::VecDeque, sync::Arc};

/// Calls of a loop that are prepared ahead and travel together.
const BATCH: usize = 256;

impl HostTask<'_> {
    pub(super) fn run_loop(&self, mut scope: TaskScope, control: &Control, items: &[Value]) -> Outcome {
        let mut run =
            LoopRun { control, items, results: Vec::new(), error: None, ..LoopRun::new(control, items) };
        if self.may_batch() && control.pause.is_zero() {
            for start in (0..items.len()).step_by(BATCH) {
                self.batch(&scope, &mut run, start..(start + BATCH).min(items.len()));
            }
        } else {
            self.one_by_one(&mut scope, &mut run);
        }
        Outcome {
            host: self.host.name.clone(),
            result: outcome::combine(run.results),
            error: run.error,
            // Each item may have gone elsewhere.
            keywords: Resolved { delegate_label: self.written_delegate(), ..run.keywords },
            looped: true,
            notify: run.notify,
            locals: run.locals,
            notices: Vec::new(),
        }
    }

    fn one_by_one(&self, scope: &mut TaskScope, run: &mut LoopRun<'_>) {
        for index in 0..run.items.len() {
            if index > 0 && !run.control.pause.is_zero() {
                let _ = self.engine.sleep(run.control.pause);
            }
            run.control.enter(scope, run.items, index);
            let done = self.run_once(scope);
            let stop = self.item_done(scope, run, index, done);
            if stop || self.engine.interrupted() {
                break;
            }
        }
    }

    /// Records an item, shows it, and says whether `break_when` ends the loop.
    fn item_done(&self, scope: &mut TaskScope, run: &mut LoopRun<'_>, index: usize, mut done: Done) -> bool {
        if let Some(name) = &self.task.task.register {
            scope.set_local(name.clone(), Value::from(done.result.clone()));
        }
        run.control.mark(&mut done.result, run.items, index);
        let label = loops::label(self.engine, &self.task, scope, &run.items[index]).unwrap_or_else(|error| {
            let error = error.within("Failed to template loop_control.label", None);
            done.result.insert("failed", true.into());
            done.result.insert("msg", error.summary().into());
            Value::None
        });
        done.result.insert("_ansible_item_label", label.clone());
        self.emit_item(&done, &label);
        if matches!(ended(&done.result), Ended::Failed | Ended::Unreachable) {
            // A failed item decides whether the task's failure is ignored: all failures must be.
            let first = !run.failed;
            run.keywords.ignore_errors = done.keywords.ignore_errors && (first || run.keywords.ignore_errors);
            run.keywords.ignore_unreachable =
                done.keywords.ignore_unreachable && (first || run.keywords.ignore_unreachable);
            run.failed = true;
            if run.error.is_none() && ended(&done.result) == Ended::Failed {
                run.error = Some(Diagnostic::new("Task failed: One or more items failed", self.origin()));
            }
        }
        let (ignore_errors, ignore_unreachable) =
            (run.keywords.ignore_errors, run.keywords.ignore_unreachable);
        run.keywords = done.keywords;
        if run.failed {
            run.keywords.ignore_errors = ignore_errors;
            run.keywords.ignore_unreachable = ignore_unreachable;
        }
        run.notify.extend(done.notify);
        run.locals.push(scope.local().clone());
        run.results.push(done.result);
        self.breaks(scope)
    }

    fn breaks(&self, scope: &TaskScope) -> bool {
        let conditions = &self.task.task.loop_control.break_when;
        if conditions.is_empty() {
            return false;
        }
        let scope: Arc<dyn Scope> = Arc::new(scope.clone());
        conditions::all(self.engine, &scope, conditions).unwrap_or(false)
    }

    fn emit_item(&self, done: &Done, label: &Value) {
        if matches!(self.task.kind, Kind::IncludeTasks | Kind::IncludeRole)
            && ended(&done.result) == Ended::Ok
        {
            return;
        }
        let status = status_of(&done.result);
        let no_log = self.hidden(done);
        let event = TaskResult {
            host: self.host.name.clone(),
            delegated: done.keywords.delegate_label.clone(),
            task: self.info.clone(),
            status,
            ignored: false,
            result: if no_log { censored(&done.result) } else { done.result.clone() },
            item: Some(if no_log { "(censored due to no_log)".into() } else { label.to_text() }),
            looped: false,
            error: if no_log { None } else { done.error.clone() },
            notices: if no_log { Vec::new() } else { done.notices.clone() },
        };
        (self.emit)(Event::Item(Box::new(event)));
    }

    /// Whether items may be prepared before their predecessors ran: nothing on the controller happens between
    /// them.
    fn may_batch(&self) -> bool {
        let task = &self.task.task;
        let independent = match &task.register {
            None => true,
            Some(name) => !mentions(&self.task, name),
        };
        let pipelined = match &self.task.kind {
            Kind::Module => {
                !matches!(crate::actions::short_name(&task.action.name), "setup" | "wait_for" | "pause")
            }
            Kind::Action(action) => matches!(action.name(), "copy" | "template" | "script" | "unarchive"),
            _ => false,
        };
        let left_alone = task.r#async.is_none() || task.poll.as_ref().and_then(Field::literal) == Some(&0);
        pipelined
            && left_alone
            && independent
            && task.until.is_none()
            && task.loop_control.break_when.is_empty()
    }

    fn batch(&self, scope: &TaskScope, run: &mut LoopRun<'_>, range: std::ops::Range<usize>) {
        let mut planned: Vec<(usize, TaskScope, Planned)> = Vec::with_capacity(range.len());
        for index in range {
            let mut item_scope = scope.clone();
            run.control.enter(&mut item_scope, run.items, index);
            let plan = self.plan(&item_scope);
            planned.push((index, item_scope, plan));
        }
        let same = common_keywords(&planned);
        let Some(keywords) = same else {
            for (index, mut scope, plan) in planned {
                let done = self.carry_out_planned(&mut scope, plan);
                self.item_done(&mut scope, run, index, done);
            }
            return;
        };
        self.send_batch(planned, &keywords, run);
    }

    fn send_batch(
        &self,
        planned: Vec<(usize, TaskScope, Planned)>,
        keywords: &Resolved,
        run: &mut LoopRun<'_>,
    ) {
        let mut calls: Vec<Call> = Vec::new();
        let mut waiting = VecDeque::new();
        let mut host_scope = None;
        for (index, scope, plan) in planned {
            match plan {
                Planned::Ready(ready) => {
                    let Ready { step, keywords, scope, heard } = *ready;
                    if let Step::Call(call) = step {
                        calls.push(call);
                        host_scope.get_or_insert_with(|| scope.clone());
                        waiting.push_back(Waiting { index, scope, state: State::Sent(keywords, heard) });
                    }
                }
                Planned::Done(done) => {
                    waiting.push_back(Waiting { index, scope, state: State::Done(Box::new(done)) });
                }
            }
        }
        let sent = match host_scope {
            None => Ok(()),
            Some(scope) => self.with_host(&scope, keywords, |host| {
                host.batch(&calls, &mut (), &mut |_, result| {
                    self.next_result(&mut waiting, run, Some(result))
                })
            }),
        };
        let error = sent.err();
        while let Some(Waiting { index, mut scope, state }) = waiting.pop_front() {
            let done = match state {
                State::Done(done) => *done,
                State::Sent(keywords, heard) => {
                    let missing = || TaskError::failed("the host sent no result");
                    let error = error.as_ref().map_or_else(missing, TaskError::again);
                    self.failed(error, keywords).having_heard(heard)
                }
            };
            self.item_done(&mut scope, run, index, done);
        }
    }

    fn next_result(&self, waiting: &mut VecDeque<Waiting>, run: &mut LoopRun<'_>, mut result: Option<Dict>) {
        while result.is_some() {
            let Some(Waiting { index, mut scope, state }) = waiting.pop_front() else { return };
            let done = match state {
                State::Done(done) => *done,
                State::Sent(keywords, mut heard) => {
                    let result = result.take().unwrap_or_default();
                    let (done, then) = notices::hear(|| self.finish_timely(&mut scope, result, keywords));
                    heard.extend(then);
                    done.having_heard(heard)
                }
            };
            self.item_done(&mut scope, run, index, done);
        }
    }
}

/// An item whose turn to be shown has not come yet.
struct Waiting {
    index: usize,
    scope: TaskScope,
    state: State,
}

enum State {
    /// It needed no host.
    Done(Box<Done>),
    /// Its call is on the way: keywords, and what was told while it was prepared.
    Sent(Resolved, Vec<Notice>),
}

/// A loop under way.
struct LoopRun<'a> {
    control: &'a Control,
    items: &'a [Value],
    results: Vec<Dict>,
    error: Option<Diagnostic>,
    keywords: Resolved,
    notify: Vec<Str>,
    locals: Vec<Dict>,
    failed: bool,
}

impl<'a> LoopRun<'a> {
    fn new(control: &'a Control, items: &'a [Value]) -> Self {
        Self {
            control,
            items,
            results: Vec::with_capacity(items.len()),
            error: None,
            keywords: Resolved::default(),
            notify: Vec::new(),
            locals: Vec::new(),
            failed: false,
        }
    }
}

/// The keywords all ready items agree on, if every ready step is a call.
fn common_keywords(planned: &[(usize, TaskScope, Planned)]) -> Option<Resolved> {
    let mut common: Option<&Resolved> = None;
    for (_, _, plan) in planned {
        let Planned::Ready(ready) = plan else { continue };
        if !matches!(ready.step, Step::Call(_)) || common.is_some_and(|common| *common != ready.keywords) {
            return None;
        }
        common = Some(&ready.keywords);
    }
    Some(common.cloned().unwrap_or_default())
}

/// Whether any template of the task speaks of the variable `name`.
fn mentions(task: &RunTask, name: &str) -> bool {
    fn within(value: &Value, name: &str) -> bool {
        match value {
            Value::Str(text) => text.contains(name),
            Value::List(items) => items.iter().any(|item| within(item, name)),
            Value::Dict(dict) => dict.values().any(|item| within(item, name)),
            _ => false,
        }
    }
    let own = &task.keywords.own;
    own.when.iter().chain(&own.environment).any(|value| within(value, name))
        || task.task.action.args.values().any(|value| within(value, name))
        || task.keywords.vars.iter().any(|vars| vars.values().any(|value| within(value, name)))
}
