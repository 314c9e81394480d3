//! One task on all hosts that are at it.

use super::{
    batch::{Batch, RunError, fatal},
    lost::Casualties,
    order::InOrder,
    reserved, settle,
};
use crate::{
    actions::Kind,
    engine::Engine,
    event::{Diagnostic, Event, TaskInfo},
    play::PlayState,
    task::{HostTask, Outcome, Reader, template_origin, to_int},
    tree::{RunTask, display_name},
};
use crossbeam_channel::RecvTimeoutError;
use rplay_playbook::Field;
use rplay_template::Scope;
use rplay_value::Value;
use rplay_vars::HostVars;
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

pub(super) enum Message {
    /// Something happened on the way of a host.
    Event(usize, Event),
    /// A host is done.
    Done(usize, Box<Outcome>),
}

impl Message {
    /// The number of the host it is about.
    pub(super) fn host(&self) -> usize {
        match self {
            Message::Event(host, _) | Message::Done(host, _) => *host,
        }
    }
}

impl Batch<'_> {
    /// Runs `task` on `hosts`; false when nothing more is to be run.
    pub(super) fn round(&mut self, task: &Arc<RunTask>, hosts: Vec<usize>) -> Result<bool, RunError> {
        let Some(first) = hosts.first().copied() else { return Ok(true) };
        let once = self.runs_once(task, first)?;
        let info = self.announce(&self.on_host(task, first), first);
        let runners = if once { vec![first] } else { hosts.clone() };
        let limit = self.throttle(task, first)?.unwrap_or(runners.len()).max(1);
        // What a task that runs once brings is there for every host of the batch.
        let hosts = if once { self.reachable() } else { hosts };
        let mut outcomes = Vec::with_capacity(runners.len());
        for chunk in runners.chunks(limit) {
            self.execute(task, &info, chunk, &hosts, once, &mut outcomes)?;
        }
        let missing = self.includes(task, &info, &outcomes)?;
        Ok(self.check_fatal(task, &Casualties::of(&outcomes, &missing), once))
    }

    pub(super) fn scope(&self, task: &RunTask, member: usize) -> Arc<dyn Scope> {
        Arc::new(self.state.scope(self.engine, &self.members[member].host, &task.layers))
    }

    pub(super) fn runs_once(&self, task: &RunTask, member: usize) -> Result<bool, RunError> {
        if task.kind.action().is_some_and(|action| action.once()) {
            return Ok(true);
        }
        let Some(field) = task.keywords.own.run_once.as_ref() else { return Ok(false) };
        let read = Reader { engine: self.engine, scope: &self.scope(task, member) };
        Ok(read.bool("run_once", Some(field)).map_err(fatal)?.unwrap_or(false))
    }

    /// How many hosts may be at the task at a time, if `throttle` limits them.
    pub(super) fn throttle(&self, task: &RunTask, member: usize) -> Result<Option<usize>, RunError> {
        let limit = match task.keywords.own.throttle.as_ref() {
            None => return Ok(None),
            Some(Field::Literal(limit)) => *limit,
            Some(Field::Template(template) | Field::Over(template, _)) => {
                let value = self.engine.templar.render(&self.scope(task, member), template);
                let value = value.map_err(|error| not_a_limit(&error.message, template))?.unwrap_or_default();
                to_int(&value).ok_or_else(|| {
                    let cause = format!("invalid literal for int() with base 10: {}", value.repr());
                    not_a_limit(&cause, template)
                })?
            }
        };
        Ok(usize::try_from(limit).ok().filter(|limit| *limit > 0))
    }

    /// The task as it is on one host: the name of its action may be a template.
    pub(super) fn on_host(&self, task: &Arc<RunTask>, member: usize) -> Arc<RunTask> {
        if !task.task.action.name.contains("{{") {
            return task.clone();
        }
        let name = Value::Str(task.task.action.name.clone());
        // What cannot be rendered stays, and is told of as an unknown module.
        let Ok(Some(name)) = self.engine.templar.render(&self.scope(task, member), &name) else {
            return task.clone();
        };
        let mut written = (*task.task).clone();
        written.action.name = name.to_text().into();
        Arc::new(RunTask { kind: Kind::of(&written.action), task: Arc::new(written), ..(**task).clone() })
    }

    /// Tells the output of the task; its name is templated for the first host.
    pub(super) fn announce(&self, task: &RunTask, member: usize) -> Arc<TaskInfo> {
        reserved::of_task(self.engine, task);
        let name = match &task.task.name {
            None => String::new(),
            Some(name) => {
                match self.engine.templar.render(&self.scope(task, member), &Value::Str(name.clone())) {
                    Ok(Some(value)) => value.to_text(),
                    Ok(None) => name.to_string(),
                    Err(error) => marked(name, &error.message),
                }
            }
        };
        let check = task.keywords.own.check_mode.as_ref().and_then(|field| field.literal()).copied();
        let diff = task.keywords.own.diff.as_ref().and_then(|field| field.literal()).copied();
        let place = &task.task.place;
        let info = Arc::new(TaskInfo {
            name: display_name(&task.task, &name),
            action: task.task.action.name.clone(),
            handler: task.handler,
            path: format!("{}:{}", place.source.name, place.span.line),
            check_mode: check.unwrap_or(self.engine.settings.check),
            diff: diff.unwrap_or(self.engine.settings.diff),
        });
        self.engine.emit(Event::TaskStart(info.clone()));
        info
    }

    fn execute(
        &mut self,
        task: &Arc<RunTask>,
        info: &Arc<TaskInfo>,
        runners: &[usize],
        hosts: &[usize],
        once: bool,
        outcomes: &mut Vec<(usize, Outcome)>,
    ) -> Result<(), RunError> {
        let (engine, state) = (self.engine, self.state);
        let (sender, receiver) = crossbeam_channel::unbounded::<Message>();
        let mut fault = None;
        let tasks: HashMap<usize, Arc<RunTask>> =
            runners.iter().map(|index| (*index, self.on_host(task, *index))).collect();
        let work: Vec<(usize, Arc<HostVars>, Arc<RunTask>)> = runners
            .iter()
            .map(|index| (*index, self.members[*index].host.clone(), tasks[index].clone()))
            .collect();
        engine.pool.in_place_scope(|scope| {
            for (index, host, task) in work {
                let sender = sender.clone();
                scope.spawn(move |_| {
                    let outcome = run_guarded(engine, state, &task, info, (index, host), &sender);
                    let _ = sender.send(Message::Done(index, Box::new(outcome)));
                });
            }
            drop(sender);
            let mut handle = |message| match message {
                Message::Event(_, event) => engine.emit(event),
                Message::Done(index, outcome) => {
                    let shares = if once { hosts } else { &[] };
                    match self.settle_asking(&tasks[&index], info, index, *outcome, shares) {
                        Ok(outcome) => outcomes.push((index, outcome)),
                        Err(error) => {
                            fault.get_or_insert(error);
                        }
                    }
                }
            };
            let mut order = InOrder::new(runners);
            loop {
                let received = match order.deadline() {
                    Some(deadline) => receiver.recv_deadline(deadline),
                    None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                let ended = matches!(received, Err(RecvTimeoutError::Disconnected));
                match received {
                    Ok(message) => order.take(message),
                    Err(_) => order.let_go(),
                }
                .into_iter()
                .for_each(&mut handle);
                if ended {
                    break;
                }
            }
        });
        fault.map_or(Ok(()), Err)
    }
}

fn not_a_limit(cause: &str, template: &Value) -> RunError {
    let message = format!("Failed to convert the throttle value to an integer: {cause}");
    RunError::Content(Diagnostic::new(message, template_origin(template)))
}

/// A name that cannot be rendered, the error in place of its expressions.
fn marked(name: &str, error: &str) -> String {
    let mut shown = String::new();
    let mut rest = name;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}") else { break };
        shown.push_str(&rest[..start]);
        shown.push_str(&format!("<< error 1 - {error} >>"));
        rest = &rest[start + end + 2..];
    }
    shown + rest
}

pub(super) fn run_guarded(
    engine: &Engine,
    state: &PlayState,
    task: &Arc<RunTask>,
    info: &Arc<TaskInfo>,
    (index, host): (usize, Arc<HostVars>),
    sender: &crossbeam_channel::Sender<Message>,
) -> Outcome {
    let name = host.name.clone();
    let emit = |event| {
        let _ = sender.send(Message::Event(index, event));
    };
    engine.trace(|| format!("running {} on {name}", info.name));
    emit(Event::HostStart { host: name.clone(), task: info.clone() });
    let work = HostTask { engine, play: state, task: task.clone(), info: info.clone(), host, emit: &emit };
    catch_unwind(AssertUnwindSafe(|| work.run())).unwrap_or_else(|panic| settle::panicked(name, &*panic))
}
