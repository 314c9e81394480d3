//! One task on all hosts that are at it.

use super::{
    batch::{Batch, RunError},
    order::InOrder,
    settle,
};
use crate::{
    engine::Engine,
    event::{Event, TaskInfo},
    play::PlayState,
    task::{HostTask, Outcome, Reader},
    tree::{RunTask, display_name},
};
use crossbeam_channel::RecvTimeoutError;
use rplay_template::Scope;
use rplay_value::Value;
use rplay_vars::HostVars;
use std::{
    collections::HashSet,
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
    /// Runs `task` on `hosts`.
    pub(super) fn round(&mut self, task: &Arc<RunTask>, hosts: Vec<usize>) -> Result<(), RunError> {
        let Some(first) = hosts.first().copied() else { return Ok(()) };
        let once = self.runs_once(task, first);
        let info = self.announce(task, first);
        let runners = if once { vec![first] } else { hosts.clone() };
        let limit = self.throttle(task, first).unwrap_or(runners.len()).max(1);
        let mut outcomes = Vec::with_capacity(runners.len());
        for chunk in runners.chunks(limit) {
            self.execute(task, &info, chunk, &hosts, once, &mut outcomes)?;
        }
        self.includes(task, &info, &outcomes)?;
        self.check_fatal(task, &outcomes, once);
        Ok(())
    }

    fn scope(&self, task: &RunTask, member: usize) -> Arc<dyn Scope> {
        Arc::new(self.state.scope(self.engine, &self.members[member].host, &task.layers))
    }

    pub(super) fn runs_once(&self, task: &RunTask, member: usize) -> bool {
        if task.kind.action().is_some_and(|action| action.once()) {
            return true;
        }
        let Some(field) = task.keywords.own.run_once.as_ref() else { return false };
        let read = Reader { engine: self.engine, scope: &self.scope(task, member) };
        read.bool("run_once", Some(field)).ok().flatten().unwrap_or(false)
    }

    pub(super) fn throttle(&self, task: &RunTask, member: usize) -> Option<usize> {
        let field = task.keywords.own.throttle.as_ref()?;
        let read = Reader { engine: self.engine, scope: &self.scope(task, member) };
        let limit = read.int("throttle", Some(field)).ok().flatten()?;
        usize::try_from(limit).ok().filter(|limit| *limit > 0)
    }

    /// Tells the output of the task; its name is templated for the first host.
    pub(super) fn announce(&self, task: &RunTask, member: usize) -> Arc<TaskInfo> {
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
        let work: Vec<(usize, Arc<HostVars>)> =
            runners.iter().map(|index| (*index, self.members[*index].host.clone())).collect();
        engine.pool.in_place_scope(|scope| {
            for (index, host) in work {
                let sender = sender.clone();
                scope.spawn(move |_| {
                    let outcome = run_guarded(engine, state, task, info, (index, host), &sender);
                    let _ = sender.send(Message::Done(index, Box::new(outcome)));
                });
            }
            drop(sender);
            let mut handle = |message| match message {
                Message::Event(_, event) => engine.emit(event),
                Message::Done(index, outcome) => {
                    let shares = if once { hosts } else { &[] };
                    match self.settle_asking(task, info, index, *outcome, shares) {
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

    pub(super) fn check_fatal(&mut self, task: &RunTask, outcomes: &[(usize, Outcome)], once: bool) {
        let lost: usize = outcomes.iter().filter(|(_, outcome)| settle::lost(outcome)).count();
        if lost == 0 {
            return;
        }
        let first = outcomes.first().map_or(0, |(index, _)| *index);
        let read = Reader { engine: self.engine, scope: &self.scope(task, first) };
        let fatal = read
            .bool("any_errors_fatal", task.keywords.own.any_errors_fatal.as_ref())
            .ok()
            .flatten()
            .unwrap_or(self.engine.settings.any_errors_fatal);
        if fatal && !once {
            let known: HashSet<usize> = outcomes
                .iter()
                .filter(|(_, outcome)| settle::lost(outcome))
                .map(|(index, _)| *index)
                .collect();
            self.fail_others(&known);
        }
        let allowed = self.state.play.max_fail_percentage.as_ref();
        if let Some(allowed) = read.float("max_fail_percentage", allowed).ok().flatten() {
            let failed =
                self.members.iter().filter(|member| member.unreachable || member.cursor.failed()).count();
            if failed as f64 / self.members.len() as f64 * 100.0 > allowed {
                self.fail_others(&HashSet::new());
                self.ended.broken = true;
                self.engine.emit(Event::NoHostsRemaining);
            }
        }
    }

    /// The hosts that did not fail themselves go the way of a failed one: to their rescue, or out.
    fn fail_others(&mut self, failed: &HashSet<usize>) {
        for (index, member) in self.members.iter_mut().enumerate() {
            if member.works() && !member.cursor.failed() && !failed.contains(&index) {
                member.cursor.fail();
            }
        }
    }
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
    emit(Event::HostStart { host: name.clone(), task: info.clone() });
    let work = HostTask { engine, play: state, task: task.clone(), info: info.clone(), host, emit: &emit };
    catch_unwind(AssertUnwindSafe(|| work.run())).unwrap_or_else(|panic| settle::panicked(name, &*panic))
}
