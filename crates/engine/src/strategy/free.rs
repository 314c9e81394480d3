//! The free strategy: every host goes through the play as fast as it can.

use super::{
    batch::{Batch, RunError},
    round::{Message, run_guarded},
};
use crate::{
    actions::Kind,
    event::{Diagnostic, TaskInfo},
    task::Outcome,
    tree::{RunTask, TaskId},
};
use rplay_value::Origin;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// What is under way.
#[derive(Default)]
struct Flight {
    /// The task of each host at work.
    tasks: HashMap<usize, Arc<RunTask>>,
    /// Tasks as outputs show them, one for all hosts.
    infos: HashMap<TaskId, Arc<TaskInfo>>,
    /// Hosts whose next step is to be looked for.
    idle: VecDeque<usize>,
    /// Hosts that wait for others to be through with the play.
    waiting: VecDeque<usize>,
}

impl Flight {
    fn of(&self, task: TaskId) -> usize {
        self.tasks.values().filter(|other| other.id == task).count()
    }
}

impl Batch<'_> {
    /// Runs the play on each host by itself, until no host has anything left. No more than `at_once` hosts are
    /// on their way.
    pub(super) fn run_free(&mut self, at_once: usize) -> Result<(), RunError> {
        let (engine, state) = (self.engine, self.state);
        let (sender, receiver) = crossbeam_channel::unbounded::<Message>();
        if self.allowed_failures.is_some() {
            self.warn_unsupported("max_fail_percentage");
        }
        let mut waiting: VecDeque<usize> = self.working().collect();
        let idle = waiting.drain(..at_once.min(waiting.len())).collect();
        let mut flight = Flight { idle, waiting, ..Flight::default() };
        engine.pool.in_place_scope(|scope| {
            loop {
                for (index, task, info) in self.departures(&mut flight)? {
                    let (sender, host) = (sender.clone(), self.members[index].host.clone());
                    scope.spawn(move |_| {
                        let outcome = run_guarded(engine, state, &task, &info, (index, host), &sender);
                        let _ = sender.send(Message::Done(index, Box::new(outcome)));
                    });
                }
                if flight.tasks.is_empty() {
                    return Ok(());
                }
                match receiver.recv() {
                    Ok(Message::Event(_, event)) => engine.emit(event),
                    Ok(Message::Done(index, outcome)) => self.arrival(&mut flight, index, *outcome)?,
                    Err(_) => return Ok(()),
                }
            }
        })
    }

    /// The tasks that idle hosts can begin now.
    fn departures(
        &mut self,
        flight: &mut Flight,
    ) -> Result<Vec<(usize, Arc<RunTask>, Arc<TaskInfo>)>, RunError> {
        let mut out = Vec::new();
        let mut idle = std::mem::take(&mut flight.idle);
        while let Some(index) = idle.pop_front() {
            let Some(task) = self.next_task(index)? else {
                idle.extend(flight.waiting.pop_front());
                continue;
            };
            let limit = self.throttle(&task, index)?.unwrap_or(usize::MAX);
            if flight.of(task.id) >= limit {
                flight.idle.push_back(index);
                continue;
            }
            self.members[index].cursor.advance();
            let task = self.on_host(&task, index);
            self.refuse_once(&task, index)?;
            self.refuse_fatal(&task, index);
            let info = match flight.infos.get(&task.id) {
                Some(info) => info.clone(),
                None => self.announce(&task, index),
            };
            flight.infos.insert(task.id, info.clone());
            flight.tasks.insert(index, task.clone());
            out.push((index, task, info));
        }
        Ok(out)
    }

    /// The next task of a host that needs work; what the strategy does itself is done on the way.
    fn next_task(&mut self, index: usize) -> Result<Option<Arc<RunTask>>, RunError> {
        while self.members[index].works() && !self.engine.interrupted() {
            let Some(task) = self.peek(index) else { return Ok(None) };
            let ran = self.state.ran_before(&self.members[index].host.name, &task);
            match task.kind {
                _ if ran => self.members[index].cursor.advance(),
                Kind::Meta(meta) => {
                    self.members[index].cursor.advance();
                    self.meta(meta, &task, &[index])?;
                    self.update_active();
                }
                _ if !self.take_step(&task, Some(&self.members[index].host.name))? => {
                    self.members[index].cursor.advance();
                }
                _ => return Ok(Some(task)),
            }
        }
        Ok(None)
    }

    /// Actions that serve all hosts at once have no place here; `run_once` runs on every host.
    fn refuse_once(&self, task: &RunTask, index: usize) -> Result<(), RunError> {
        let origin = Some(origin(task));
        if let Some(action) = task.kind.action().filter(|action| action.once()) {
            let message = format!(
                "The '{}' module bypasses the host loop, which is currently not supported in the free strategy and \
                 would instead execute for every host in the inventory list.",
                action.name()
            );
            return Err(RunError::Content(Diagnostic::new(message, origin)));
        }
        if self.runs_once(task, index)? {
            let message = "Using run_once with the free strategy is not currently supported. This task will still be \
                           executed for every host in the inventory list.";
            self.engine.warn(message, origin);
        }
        Ok(())
    }

    /// Hosts do not take others with them.
    fn refuse_fatal(&self, task: &RunTask, index: usize) {
        if self.is_fatal(task, index) {
            self.warn_unsupported("any_errors_fatal");
        }
    }

    fn warn_unsupported(&self, keyword: &str) {
        let message = format!(
            "Using {keyword} with the free strategy is not supported, as tasks are executed independently on each host"
        );
        self.engine.warn(message, None);
    }

    fn arrival(&mut self, flight: &mut Flight, index: usize, outcome: Outcome) -> Result<(), RunError> {
        flight.idle.push_back(index);
        let Some(task) = flight.tasks.remove(&index) else { return Ok(()) };
        let Some(info) = flight.infos.get(&task.id).cloned() else { return Ok(()) };
        // The task runs on every host, and what it brings to one goes to all.
        let shares = if self.runs_once(&task, index)? { self.reachable() } else { Vec::new() };
        let outcome = self.settle_asking(&task, &info, index, outcome, &shares)?;
        self.includes(&task, &info, &[(index, outcome)])?;
        self.update_active();
        Ok(())
    }
}

fn origin(task: &RunTask) -> Origin {
    let place = &task.task.place;
    Origin { file: place.source.name.clone(), line: place.span.line, column: place.span.column }
}
