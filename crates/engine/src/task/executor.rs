//! One task on one host, from its loop and conditions to its result.

use super::{
    Resolved, args,
    call::Host,
    conditions,
    keywords::Reader,
    loops::{self, Control},
    outcome::{self, Ended, ended},
    until::Attempts,
};
use crate::{
    actions::{ActionContext, Call, Kind, Remote, Step},
    engine::Engine,
    error::TaskError,
    event::{Diagnostic, Event, Status, TaskInfo, TaskResult},
    play::PlayState,
    tree::RunTask,
};
use rplay_template::{Binding, Scope};
use rplay_value::{Dict, Origin, Str, Value};
use rplay_vars::{HostVars, TaskScope};
use std::sync::Arc;

/// Key of a result: the host its facts belong to, if not the task's.
pub(crate) const FACTS_HOST: &str = "_ansible_facts_host";

/// Calls of a loop that are prepared ahead and travel together.
const BATCH: usize = 256;

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

/// What one item came to.
#[derive(Default)]
struct Done {
    result: Dict,
    error: Option<Diagnostic>,
    keywords: Resolved,
    notify: Vec<Str>,
}

/// An item that is ready to be carried out.
enum Planned {
    Done(Done),
    Ready(Box<Ready>),
}

struct Ready {
    step: Step,
    keywords: Resolved,
    scope: TaskScope,
}

impl HostTask<'_> {
    /// Runs the task.
    pub(crate) fn run(mut self) -> Outcome {
        let mut scope = self.play.scope(self.engine, &self.host, &self.task.layers);
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
                Err(error) => self.outcome(self.failed(error, Resolved::default())),
            },
            Ok(None) => self.outcome(self.run_once(&mut scope)),
            Err(error) => self.outcome(self.unlooped(&shared, error)),
        }
    }

    /// The task with the action that its template names, where the action is a template.
    fn named(&self, scope: &Arc<dyn Scope>) -> Result<Option<Arc<RunTask>>, TaskError> {
        let written = &self.task.task.action;
        if !written.name.contains("{{") {
            return Ok(None);
        }
        let template = Str::trusted(written.name.text().clone());
        let name = self.engine.templar.render_text(scope, &template)?;
        let mut task = (*self.task.task).clone();
        task.action.name = name.to_text().into();
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

    fn outcome(&self, done: Done) -> Outcome {
        Outcome {
            host: self.host.name.clone(),
            result: done.result,
            error: done.error,
            keywords: done.keywords,
            looped: false,
            notify: done.notify,
            locals: vec![Dict::new()],
        }
    }

    /// The loop cannot be evaluated: that matters only if the task is not skipped.
    fn unlooped(&self, scope: &Arc<dyn Scope>, error: TaskError) -> Done {
        match conditions::first_false(self.engine, scope, &self.task.keywords.own.when) {
            Ok(Some(condition)) => Done { result: outcome::skipped(condition), ..Done::default() },
            _ => {
                let no_log = Reader { engine: self.engine, scope }
                    .bool("no_log", self.task.keywords.own.no_log.as_ref());
                let keywords =
                    Resolved { no_log: no_log.ok().flatten().unwrap_or(false), ..self.lenient(scope) };
                self.failed(error, keywords)
            }
        }
    }

    /// `ignore_errors` counts even where other keywords cannot be resolved.
    fn lenient(&self, scope: &Arc<dyn Scope>) -> Resolved {
        let read = Reader { engine: self.engine, scope };
        let own = &self.task.keywords.own;
        let flag = |name, field| read.bool(name, field).ok().flatten().unwrap_or(false);
        Resolved {
            ignore_errors: flag("ignore_errors", own.ignore_errors.as_ref()),
            no_log: flag("no_log", own.no_log.as_ref()),
            ..Resolved::default()
        }
    }

    fn run_loop(&self, mut scope: TaskScope, control: &Control, items: &[Value]) -> Outcome {
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
            keywords: run.keywords,
            looped: true,
            notify: run.notify,
            locals: run.locals,
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
            let failed = self
                .failed(error.within("Failed to template loop_control.label", None), done.keywords.clone());
            done.result.insert("failed", true.into());
            done.result.insert("msg", failed.result.get("msg").cloned().unwrap_or_default());
            run.items[index].clone()
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
            if run.error.is_none() {
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
        };
        (self.emit)(Event::Item(Box::new(event)));
    }

    fn hidden(&self, done: &Done) -> bool {
        done.keywords.no_log || done.result.get("_ansible_no_log").is_some_and(Value::is_true)
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
        pipelined && independent && task.until.is_none() && task.loop_control.break_when.is_empty()
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
        let mut waiting = std::collections::VecDeque::new();
        let mut host_scope = None;
        for (index, scope, plan) in planned {
            match plan {
                Planned::Ready(ready) => {
                    let Ready { step, keywords, scope } = *ready;
                    if let Step::Call(call) = step {
                        calls.push(call);
                        host_scope.get_or_insert_with(|| scope.clone());
                        waiting.push_back((index, scope, Err(keywords)));
                    }
                }
                Planned::Done(done) => waiting.push_back((index, scope, Ok(done))),
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
        while let Some((index, mut scope, state)) = waiting.pop_front() {
            let done = match (state, &error) {
                (Ok(done), _) => done,
                (Err(keywords), Some(error)) => self.failed(error.again(), keywords),
                (Err(keywords), None) => self.failed(TaskError::failed("the host sent no result"), keywords),
            };
            self.item_done(&mut scope, run, index, done);
        }
    }

    #[allow(clippy::type_complexity)]
    fn next_result(
        &self,
        waiting: &mut std::collections::VecDeque<(usize, TaskScope, Result<Done, Resolved>)>,
        run: &mut LoopRun<'_>,
        mut result: Option<Dict>,
    ) {
        while result.is_some() {
            let Some((index, mut scope, state)) = waiting.pop_front() else { return };
            let done = match state {
                Ok(done) => done,
                Err(keywords) => self.finish(&mut scope, result.take().unwrap_or_default(), keywords),
            };
            self.item_done(&mut scope, run, index, done);
        }
    }

    /// Runs the task once: without a loop, or for one item.
    fn run_once(&self, scope: &mut TaskScope) -> Done {
        match self.plan(scope) {
            Planned::Done(done) => done,
            Planned::Ready(ready) => self.attempts(scope, *ready),
        }
    }

    fn carry_out_planned(&self, scope: &mut TaskScope, plan: Planned) -> Done {
        match plan {
            Planned::Done(done) => done,
            Planned::Ready(ready) => self.attempts(scope, *ready),
        }
    }

    /// The variables of the host the task is delegated to.
    fn elsewhere(&self, scope: &TaskScope, delegate: &Str) -> TaskScope {
        let host = self.engine.delegate(delegate);
        let mut other = self.play.scope(self.engine, &host, &self.task.layers);
        for (key, value) in scope.local() {
            other.set_local(key.as_value().to_text(), value.clone());
        }
        other
    }

    /// Makes the variables of the delegated host known, if there is one; its label for outputs.
    fn delegate(&self, scope: &mut TaskScope) -> Result<Option<Str>, TaskError> {
        let Some(field) = self.task.keywords.own.delegate_to.as_ref() else { return Ok(None) };
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        let read = Reader { engine: self.engine, scope: &shared };
        let Some(name) = read.text("delegate_to", Some(field))? else { return Ok(None) };
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
    fn plan(&self, scope: &TaskScope) -> Planned {
        let mut scope = scope.clone();
        let delegated = self.delegate(&mut scope);
        let scope = &scope;
        let shared: Arc<dyn Scope> = Arc::new(scope.clone());
        let false_condition =
            match conditions::first_false(self.engine, &shared, &self.task.keywords.own.when) {
                Ok(condition) => condition,
                Err(error) => return Planned::Done(self.failed(error, self.lenient(&shared))),
            };
        if let Some(condition) = false_condition {
            let keywords = self.lenient(&shared);
            return Planned::Done(Done { result: outcome::skipped(condition), keywords, ..Done::default() });
        }
        let keywords = match Resolved::new(self.engine, &self.task, &shared) {
            Ok(keywords) => keywords,
            Err(error) => return Planned::Done(self.failed(error, self.lenient(&shared))),
        };
        let keywords = match delegated {
            Ok(delegate_label) => Resolved { delegate_label, ..keywords },
            Err(error) => return Planned::Done(self.failed(error, keywords)),
        };
        match self.prepare(scope, &shared, &keywords) {
            Ok(step) => Planned::Ready(Box::new(Ready { step, keywords, scope: scope.clone() })),
            Err(error) => Planned::Done(self.failed(error, keywords)),
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
        action.prepare(&context)
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
                        done.error = self.module_error(&done.result, false);
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
        let result = match self.carry_out(scope, step, keywords) {
            Ok(mut result) => {
                if let Some(attempt) = attempt {
                    result.insert("attempts", attempt.into());
                }
                result
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
    fn with_host<T>(
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

    /// A result as it is registered and judged: completed, `changed_when` and `failed_when` applied.
    fn finish(&self, scope: &mut TaskScope, mut result: Dict, keywords: Resolved) -> Done {
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
        let mut own_failure = false;
        if !skipped {
            let shared: Arc<dyn Scope> = Arc::new(scope.clone());
            own_failure = ended(&result) == Ended::Failed;
            self.judge(&shared, &mut result);
            if let Some(name) = &self.task.task.register {
                scope.set_local(name.clone(), Value::from(result.clone()));
            }
        }
        let error = self.module_error(&result, own_failure);
        let notify = match ended(&result) {
            Ended::Changed => self.notified(scope),
            _ => Ok(Vec::new()),
        };
        match notify {
            Ok(notify) => Done { result, error, keywords, notify },
            Err(error) => self.failed(error, keywords),
        }
    }

    /// Facts of a result are there for conditions and later items.
    fn note_facts(&self, scope: &mut TaskScope, result: &Dict) {
        let Some(facts) = result.get("ansible_facts").and_then(Value::as_dict) else { return };
        match crate::actions::short_name(&self.task.task.action.name) {
            "set_fact" | "include_vars" => scope.note_set(facts),
            "debug" => {}
            _ => scope.note_facts(facts),
        }
    }

    /// Applies `changed_when` and `failed_when`. One that cannot be evaluated fails the task and says so in
    /// its `..._result`.
    fn judge(&self, scope: &Arc<dyn Scope>, result: &mut Dict) {
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
                result.insert("failed_when_result", failed.into());
                result.insert("failed", failed.into());
            }
            Some(Err(message)) => {
                result.insert("failed", true.into());
                result.insert("failed_when_result", message.into());
            }
        }
    }

    fn notified(&self, scope: &TaskScope) -> Result<Vec<Str>, TaskError> {
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

    fn origin(&self) -> Option<Origin> {
        let place = &self.task.task.place;
        Some(Origin { file: place.source.name.clone(), line: place.span.line, column: place.span.column })
    }

    /// The chain of a failure in a result: `own` if the module or action reported it, rather than a condition.
    fn module_error(&self, result: &Dict, own: bool) -> Option<Diagnostic> {
        if ended(result) != Ended::Failed {
            return None;
        }
        let message = result.get("msg").map(Value::to_text).unwrap_or_default();
        let kind = match self.task.kind {
            Kind::Module if own => "Module failed",
            _ => "Action failed",
        };
        let text = if message.is_empty() {
            format!("Task failed: {kind}.")
        } else {
            format!("Task failed: {kind}: {message}")
        };
        Some(Diagnostic::new(text, self.origin()))
    }

    /// The result of a task that ended early.
    fn failed(&self, error: TaskError, keywords: Resolved) -> Done {
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
        Done { result, error, keywords, notify: Vec::new() }
    }
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

/// What an include asks the strategy for.
fn include(mut args: Dict) -> Dict {
    let mut result = Dict::new();
    if let Some(file) = args.remove("_raw_params").or_else(|| args.remove("file")) {
        result.insert("include", file);
    }
    result.insert("include_args", args.into());
    result
}

fn no_items() -> Done {
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
    const KEPT: &[&str] = &["attempts", "changed", "retries", "failed", "unreachable", "skipped"];
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
