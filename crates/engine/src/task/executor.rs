//! One task on one host, from its loop and conditions to its result.

use super::{
    Resolved, args,
    call::Host,
    conditions,
    finish::{Done, Source, censored, host_label, no_items},
    keywords::{self, Reader},
    loops::{self, Control},
    outcome::{self, Ended, ended},
    reached,
    until::Attempts,
};
use crate::{
    actions::{ActionContext, Kind, Remote, Step},
    engine::Engine,
    error::TaskError,
    event::{Diagnostic, Event, Notice, TaskInfo},
    notices,
    play::PlayState,
    tree::RunTask,
};
use rplay_playbook::Field;
use rplay_template::{Binding, Scope};
use rplay_value::{Dict, Str, Value};
use rplay_vars::{HostVars, TaskScope};
use std::sync::Arc;

/// A task on a host.
pub(crate) struct HostTask<'e> {
    /// The engine.
    pub engine: &'e Engine,
    /// The play.
    pub play: &'e PlayState,
    /// The task.
    pub task: Arc<RunTask>,
    /// The task as outputs show it.
    pub info: Arc<TaskInfo>,
    /// The host.
    pub host: Arc<HostVars>,
    /// Takes events that happen on the way.
    pub emit: &'e (dyn Fn(Event) + Sync),
}

/// What a task came to on a host.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The host.
    pub host: Str,
    /// The result, all of it.
    pub result: Dict,
    /// Where a failure comes from.
    pub error: Option<Diagnostic>,
    /// Keywords as they were on the host (of the last item, for loops).
    pub keywords: Resolved,
    /// Whether the task looped.
    pub looped: bool,
    /// Handlers to notify, when something changed.
    pub notify: Vec<Str>,
    /// Variables of the loop that an include hands to its tasks, one per result.
    pub locals: Vec<Dict>,
    /// What was told on the way and no item showed yet.
    pub notices: Vec<Notice>,
}

impl Outcome {
    /// How it ended.
    pub(crate) fn ended(&self) -> Ended {
        ended(&self.result)
    }

    /// The results of the loop's items, or the one result.
    pub(crate) fn results(&self) -> Vec<&Dict> {
        match self.result.get("results") {
            Some(Value::List(items)) if self.looped => items.iter().filter_map(Value::as_dict).collect(),
            _ => vec![&self.result],
        }
    }
}

/// An item that is ready to be carried out.
pub(super) enum Planned {
    Done(Done),
    Ready(Box<Ready>),
}

pub(super) struct Ready {
    pub step: Step,
    pub keywords: Resolved,
    pub scope: TaskScope,
    /// What was told while it was prepared.
    pub heard: Vec<Notice>,
}

impl HostTask<'_> {
    /// Runs the task.
    pub(crate) fn run(mut self) -> Outcome {
        let reached = reached::variables(&self.engine.settings.connection, &self.task.keywords.own);
        let mut scope = self.play.scope(self.engine, &self.host, &self.task.layers).with_connection(reached);
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        match self.named(&shared) {
            Ok(Some(task)) => self.task = task,
            Ok(None) => {}
            Err(error) => {
                let done = self.failed(error, Resolved::default());
                return self.outcome(done);
            }
        }
        match loops::items(self.engine, &self.task, &shared) {
            Ok(Some(items)) if items.is_empty() => self.outcome(no_items()),
            Ok(Some(items)) => match Control::new(self.engine, &self.task, &shared) {
                Ok(control) => self.run_loop(scope, &control, &items),
                Err(error) => self.outcome(self.failed(error.whole(), self.lenient(&shared))),
            },
            Ok(None) => self.outcome(self.run_once(&mut scope)),
            Err(error) => {
                let (done, heard) = notices::hear(|| self.unlooped(&shared, error));
                self.outcome(done.having_heard(heard))
            }
        }
    }

    /// The task with the action that its template names, where the action is a template.
    ///
    /// # Errors
    /// When no action or module has the name, which reading told already where it was no template and in a
    /// playbook.
    fn named(&self, scope: &Arc<dyn Scope>) -> Result<Option<Arc<RunTask>>, TaskError> {
        let written = &self.task.task.action;
        if !written.name.contains("{{") {
            return if matches!(self.task.kind, Kind::Module) {
                self.known(&written.name).map(|()| None)
            } else {
                Ok(None)
            };
        }
        let template = Str::trusted(written.name.text().clone());
        let name = self.engine.templar.render_text(scope, &template)?;
        let mut task = (*self.task.task).clone();
        task.action.name = name.to_text().into();
        self.known(&task.action.name)?;
        Ok(Some(Arc::new(RunTask {
            id: self.task.id,
            kind: Kind::of(&task.action),
            task: Arc::new(task),
            keywords: self.task.keywords.clone(),
            layers: self.task.layers.clone(),
            handler: self.task.handler,
            parent: self.task.parent.clone(),
        })))
    }

    fn known(&self, name: &str) -> Result<(), TaskError> {
        if self.engine.content.is_action(name) {
            return Ok(());
        }
        Err(TaskError::failed(format!("Cannot resolve '{name}' to an action or module.")))
    }

    fn outcome(&self, done: Done) -> Outcome {
        Outcome {
            host: self.host.name.clone(),
            result: done.result,
            error: done.error,
            keywords: done.keywords,
            looped: false,
            notify: done.notify,
            locals: vec![Dict::new()],
            notices: done.notices,
        }
    }

    /// The loop cannot be evaluated: that matters only if the task is not skipped.
    fn unlooped(&self, scope: &Arc<dyn Scope>, error: TaskError) -> Done {
        match conditions::first_false(self.engine, scope, &self.task.keywords.own.when) {
            Ok(Some(condition)) => Done { result: outcome::skipped(condition), ..Done::default() },
            _ => self.failed(error, self.lenient(scope)),
        }
    }

    /// `ignore_errors` counts even where other keywords cannot be resolved. What cannot be resolved itself is
    /// text that is not empty, which ansible-core takes for true.
    fn lenient(&self, scope: &Arc<dyn Scope>) -> Resolved {
        let read = Reader { engine: self.engine, scope };
        let own = &self.task.keywords.own;
        let flag = |name, field| read.bool(name, field).map_or(true, |flag| flag.unwrap_or(false));
        Resolved {
            ignore_errors: flag("ignore_errors", own.ignore_errors.as_ref()),
            no_log: flag("no_log", own.no_log.as_ref()),
            debugger: keywords::debugger(&read, &self.task).ok().flatten(),
            ..Resolved::default()
        }
    }

    pub(super) fn hidden(&self, done: &Done) -> bool {
        done.keywords.no_log || done.result.get("_ansible_no_log").is_some_and(Value::is_true)
    }

    /// Runs the task once: without a loop, or for one item.
    pub(super) fn run_once(&self, scope: &mut TaskScope) -> Done {
        let plan = self.plan(scope);
        self.carry_out_planned(scope, plan)
    }

    pub(super) fn carry_out_planned(&self, scope: &mut TaskScope, plan: Planned) -> Done {
        match plan {
            Planned::Done(done) => done,
            Planned::Ready(mut ready) => {
                let mut heard = std::mem::take(&mut ready.heard);
                let (done, then) = notices::hear(|| self.attempts(scope, *ready));
                heard.extend(then);
                done.having_heard(heard)
            }
        }
    }

    /// The variables of the host the task is delegated to.
    pub(super) fn elsewhere(&self, scope: &TaskScope, delegate: &Str) -> TaskScope {
        delegated(self.engine, self.play, (&self.task, scope), delegate)
    }

    /// Makes the variables of the delegated host known, if there is one; its label for outputs.
    fn delegate(&self, scope: &mut TaskScope) -> Result<Option<Str>, TaskError> {
        let Some(field) = self.task.keywords.own.delegate_to.as_ref() else { return Ok(None) };
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        let name: Str = match field {
            Field::Literal(name) if name.is_empty() => return Ok(None),
            Field::Literal(name) => name.clone(),
            Field::Template(template) | Field::Over(template, _) => {
                match self.engine.templar.render(&shared, template)? {
                    None => return Ok(None),
                    Some(value) if value.is_true() => value.to_text().into(),
                    Some(_) => {
                        let written = template.to_text();
                        let message = format!("Empty hostname produced from delegate_to: \"{written}\"");
                        return Err(TaskError::failed(message));
                    }
                }
            }
        };
        let other = self.elsewhere(scope, &name);
        let theirs: Arc<dyn Scope> = Arc::new(other.clone());
        scope.delegate(name.clone(), other);
        let address = match theirs.lookup("ansible_host") {
            Some(Binding::Value(value)) => self.engine.templar.render(&theirs, &value).ok().flatten(),
            _ => None,
        };
        Ok(Some(match address.map(|address| address.to_text()) {
            Some(address) if address != name.as_str() => format!("{name}({address})").into(),
            _ => name,
        }))
    }

    /// Everything up to the point where the host is needed.
    pub(super) fn plan(&self, scope: &TaskScope) -> Planned {
        let (plan, heard) = notices::hear(|| self.plan_unheard(scope));
        match plan {
            Planned::Done(done) => Planned::Done(done.having_heard(heard)),
            Planned::Ready(mut ready) => {
                ready.heard = heard;
                Planned::Ready(ready)
            }
        }
    }

    fn plan_unheard(&self, scope: &TaskScope) -> Planned {
        let mut scope = scope.clone();
        let delegated = self.delegate(&mut scope);
        let scope = &scope;
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        let delegated = match delegated {
            // Before 2.19 a host that the conditions keep the task from did not matter.
            Err(error) if self.engine.settings.strict => {
                return Planned::Done(self.undelegated(error, &shared));
            }
            other => other,
        };
        let false_condition =
            match conditions::first_false(self.engine, &shared, &self.task.keywords.own.when) {
                Ok(condition) => condition,
                Err(error) => return Planned::Done(self.failed(error, self.lenient(&shared))),
            };
        if let Some(condition) = false_condition {
            let keywords = self.lenient(&shared);
            return Planned::Done(Done { result: outcome::skipped(condition), keywords, ..Done::default() });
        }
        let delegate_label = match delegated {
            Ok(label) => label,
            Err(error) => return Planned::Done(self.undelegated(error, &shared)),
        };
        let keywords = match Resolved::new(self.engine, &self.task, &shared) {
            Ok(keywords) => Resolved { delegate_label, ..keywords },
            Err(error) => return Planned::Done(self.failed(error, self.lenient(&shared))),
        };
        match self.prepare(scope, &shared, &keywords) {
            Ok(step) => {
                Planned::Ready(Box::new(Ready { step, keywords, scope: scope.clone(), heard: Vec::new() }))
            }
            Err(error) => Planned::Done(self.failed(error, keywords)),
        }
    }

    /// The host to delegate to is not known.
    fn undelegated(&self, error: TaskError, scope: &Arc<dyn Scope>) -> Done {
        let delegate_label = self.written_delegate();
        self.failed(error, Resolved { delegate_label, ..self.lenient(scope) })
    }

    /// `delegate_to` as it is written.
    pub(super) fn written_delegate(&self) -> Option<Str> {
        match self.task.keywords.own.delegate_to.as_ref()? {
            Field::Literal(name) => Some(name.clone()).filter(|name| !name.is_empty()),
            field => field.source().cloned(),
        }
    }

    fn prepare(
        &self,
        scope: &TaskScope,
        shared: &Arc<dyn Scope>,
        keywords: &Resolved,
    ) -> Result<Step, TaskError> {
        let args = args::render(self.engine, &self.task, shared)?;
        let Some(action) = self.task.kind.action() else { return Ok(Step::Done(include(args))) };
        let context =
            ActionContext { engine: self.engine, play: self.play, task: &self.task, scope, args, keywords };
        self.refuse_async(keywords)?;
        let step = action.prepare(&context)?;
        self.as_job(step, scope, keywords)
    }

    fn attempts(&self, scope: &mut TaskScope, ready: Ready) -> Done {
        let Ready { step, keywords, .. } = ready;
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        let attempts = match Attempts::new(self.engine, &self.task, &shared) {
            Ok(attempts) => attempts,
            Err(error) => return self.failed(error, keywords),
        };
        if attempts.max <= 1 {
            return self.attempt(scope, step, &keywords, None);
        }
        let mut step = Some(step);
        for attempt in 1..=attempts.max {
            let next = match step.take() {
                Some(step) => Ok(step),
                None => self.prepare(scope, &shared, &keywords),
            };
            let mut done = match next {
                Ok(step) => self.attempt(scope, step, &keywords, Some(attempt)),
                Err(error) => return self.failed(error, keywords),
            };
            if ended(&done.result) == Ended::Unreachable {
                return done;
            }
            match self.satisfied(scope, &done.result) {
                Ok(true) => return done,
                Err(error) => return self.failed(error, keywords),
                Ok(false) if attempt == attempts.max || self.engine.interrupted() => {
                    done.result.insert("attempts", (attempts.max - 1).into());
                    done.result.insert("failed", true.into());
                    if done.error.is_none() {
                        done.error = self.module_error(&done.result, Source::Action);
                    }
                    return done;
                }
                Ok(false) => {
                    self.retry(&mut done, attempts.max, attempt);
                    let _ = self.engine.sleep(attempts.delay);
                }
            }
        }
        Done { keywords, ..Done::default() }
    }

    fn retry(&self, done: &mut Done, max: i64, attempt: i64) {
        done.result.insert("retries", max.into());
        let result = if self.hidden(done) { censored(&done.result) } else { done.result.clone() };
        (self.emit)(Event::Retry {
            host: host_label(&self.host.name, done.keywords.delegate_label.as_ref()),
            task: self.info.clone(),
            left: max - attempt,
            result,
        });
    }

    /// Whether `until` holds; without conditions, whether the task did not fail.
    fn satisfied(&self, scope: &TaskScope, result: &Dict) -> Result<bool, TaskError> {
        let conditions = self.task.task.until.as_ref().map_or(&[][..], |until| &until.conditions);
        if conditions.is_empty() {
            return Ok(ended(result) != Ended::Failed);
        }
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        conditions::all(self.engine, &shared, conditions)
    }

    fn attempt(&self, scope: &mut TaskScope, step: Step, keywords: &Resolved, attempt: Option<i64>) -> Done {
        let source = if matches!(step, Step::Call(_)) { Source::Module } else { Source::Action };
        let result = self.carry_out(scope, step, keywords);
        let result = result.and_then(|result| Ok((self.taken(result, source, keywords)?, source)));
        let result = result.and_then(|started| self.awaited(scope, started, keywords));
        let result = match result {
            Ok((mut result, source)) => {
                if let Some(attempt) = attempt {
                    result.insert("attempts", attempt.into());
                }
                (result, source)
            }
            Err(error) => return self.failed(error, keywords.clone()),
        };
        self.finish(scope, result, keywords.clone())
    }

    fn carry_out(&self, scope: &TaskScope, step: Step, keywords: &Resolved) -> Result<Dict, TaskError> {
        match step {
            Step::Done(result) => Ok(result),
            Step::Call(call) => self.with_host(scope, keywords, |host| host.call(call)),
            Step::Talk(talk) => self.with_host(scope, keywords, |host| talk(host)),
        }
    }

    /// Works with the host the task runs on: the delegated one where there is one, with its variables.
    pub(super) fn with_host<T>(
        &self,
        scope: &TaskScope,
        keywords: &Resolved,
        work: impl FnOnce(&Host<'_>) -> Result<T, TaskError>,
    ) -> Result<T, TaskError> {
        let (name, connection_scope): (Str, Arc<dyn Scope>) = match &keywords.delegate_to {
            None => (self.host.name.clone(), Arc::new(scope.clone())),
            Some(delegate) => (delegate.clone(), Arc::new(self.elsewhere(scope, delegate))),
        };
        work(&Host::new(self.engine, &self.task, keywords, connection_scope, &name))
    }
}

/// The variables of the host `name` for a task that is delegated to it, with those of the loop.
pub(crate) fn delegated(
    engine: &Engine,
    play: &PlayState,
    (task, scope): (&RunTask, &TaskScope),
    name: &Str,
) -> TaskScope {
    let mut other = play.scope(engine, &engine.delegate(name), &task.layers);
    for (key, value) in scope.local() {
        other.set_local(key.as_value().to_text(), value.clone());
    }
    other
}

/// What an include asks the strategy for.
fn include(mut args: Dict) -> Dict {
    let mut result = Dict::new();
    if let Some(file) = args.remove("_raw_params").or_else(|| args.remove("file")) {
        result.insert("include", file);
    }
    result.insert("include_args", args.into());
    result
}
