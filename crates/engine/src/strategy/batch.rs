//! The hosts of a batch and where each of them stands.

use super::{Strategy, settle, start};
use crate::{
    cursor::{Cursor, Next},
    engine::Engine,
    error::TaskError,
    magic,
    play::PlayState,
    prepare::Prepared,
    settings::Gathering,
    tree::{RunBlock, RunTask, TaskId, task_label},
};
use rplay_value::{Str, Value};
use rplay_vars::HostVars;
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
};

/// A host in a batch.
pub(super) struct Member {
    pub host: Arc<HostVars>,
    pub cursor: Cursor,
    /// The host could not be reached.
    pub unreachable: bool,
    /// The host failed, could not be reached or left the play: magic variables leave it out.
    pub removed: bool,
}

/// A batch of hosts going through a play.
pub(crate) struct Batch<'e> {
    pub(super) engine: &'e Engine,
    pub(super) state: &'e PlayState,
    pub(super) members: Vec<Member>,
    /// All tasks in the order hosts meet them; dynamic includes and handlers are spliced in.
    pub(super) order: Vec<TaskId>,
    pub(super) position: usize,
    all: Arc<Vec<Str>>,
    names: Vec<Str>,
    active: Vec<Str>,
    pub(super) ended: Ended,
    /// How many hosts were meant to be in the batch, those lost before among them.
    pub(super) size: usize,
    /// `max_fail_percentage`.
    pub(super) allowed_failures: Option<f64>,
    /// The strategy is `debug`.
    pub(super) debugging: bool,
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// `meta: end_play`.
    pub play_over: bool,
    /// Too many hosts failed: no other batch and no other play runs.
    pub broken: bool,
    /// A host is failed at the end, or was before.
    pub failed: bool,
}

impl<'e> Batch<'e> {
    /// The `hosts` that are left of a batch of `size`, at the beginning of a play.
    pub(crate) fn new(
        engine: &'e Engine,
        prepared: &'e Prepared,
        hosts: Vec<Arc<HostVars>>,
        size: usize,
    ) -> Self {
        let play = &prepared.tasks;
        let mut order = Vec::new();
        play.flatten(&mut order);
        let names: Vec<Str> = hosts.iter().map(|host| host.name.clone()).collect();
        let known = engine.settings.gathering == Gathering::Smart;
        let later = if known { start::without_gathering(play) } else { None };
        let member = |host: Arc<HostVars>| {
            let gathered = host.data().facts.get(settle::GATHERED).is_some_and(Value::is_true);
            let tasks = later.as_ref().filter(|_| gathered).unwrap_or(play);
            Member { cursor: Cursor::new(tasks.clone()), host, unreachable: false, removed: false }
        };
        let mut batch = Self {
            engine,
            state: &prepared.state,
            members: hosts.into_iter().map(member).collect(),
            order,
            position: 0,
            all: prepared.all.clone(),
            active: Vec::new(),
            names,
            ended: Ended::default(),
            size,
            allowed_failures: prepared.allowed_failures,
            debugging: false,
        };
        batch.tell_hosts(batch.names.clone());
        batch.start_at(play);
        batch
    }

    /// Passes over what stands before the task of `--start-at-task`; facts are gathered still.
    fn start_at(&mut self, play: &Arc<RunBlock>) {
        let mut waiting = self.engine.start_at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(name) = waiting.as_deref() else { return };
        let Some(task) = start::find(play, name) else {
            self.members.iter_mut().for_each(|member| member.cursor.end());
            return;
        };
        let gather = start::gathering(play);
        for member in &mut self.members {
            member.cursor.skip_to(task);
            if let Some(gather) = &gather {
                member.cursor.insert(gather.clone());
            }
        }
        *waiting = None;
    }

    /// The hosts still at work.
    pub(super) fn working(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.members.len()).filter(|index| self.members[*index].works())
    }

    /// The hosts that can be reached.
    pub(super) fn reachable(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|index| !self.members[*index].unreachable).collect()
    }

    /// Magic variables follow the hosts that are left.
    pub(super) fn update_active(&mut self) {
        let active: Vec<Str> = self
            .members
            .iter()
            .filter(|member| !member.removed)
            .map(|member| member.host.name.clone())
            .collect();
        if active != self.active {
            self.tell_hosts(active);
        }
    }

    fn tell_hosts(&mut self, active: Vec<Str>) {
        self.active.clone_from(&active);
        let play = &self.state.play;
        let name = crate::run::play_name(play);
        let working: HashSet<&Str> = active.iter().collect();
        let batch: HashSet<&Str> = self.names.iter().collect();
        let lost = self.engine.lost();
        let left = self
            .all
            .iter()
            .filter(|name| if batch.contains(name) { working.contains(name) } else { !lost.has(name) });
        let left: Vec<Str> = left.cloned().collect();
        drop(lost);
        let hosts = magic::PlayHosts { all: &self.all, left, active: active.clone() };
        let magic = Arc::new(magic::play(&self.state, &name, &hosts));
        self.state.update_layers(|layers| match layers.magic.get_mut(1) {
            Some(slot) => *slot = magic,
            None => layers.magic.push(magic),
        });
    }

    /// The next task of a host; roles that come to their end on the way are noted.
    pub(super) fn peek(&mut self, index: usize) -> Option<Arc<RunTask>> {
        let member = &mut self.members[index];
        loop {
            match member.cursor.peek() {
                Next::Task(task) => {
                    let host = &member.host.name;
                    self.engine.trace(|| format!("next task of {host}: {}", task_label(&task)));
                    return Some(task);
                }
                // The end of a role is a task tagged `always`.
                Next::RoleEnd(_) if self.engine.settings.tags.skips_always() => {}
                Next::RoleEnd(role) => self.state.complete(&member.host.name, &role),
                Next::Done => {
                    self.engine.trace(|| format!("host {} is done iterating", member.host.name));
                    return None;
                }
            }
        }
    }

    /// Runs the play to its end on every host of the batch.
    ///
    /// # Errors
    /// What ends the whole run.
    pub(crate) fn run(mut self, strategy: Strategy) -> Result<Ended, RunError> {
        self.debugging = strategy == Strategy::Debug;
        let before = !self.engine.lost().failed.is_empty();
        match strategy {
            Strategy::Linear | Strategy::Debug => while !self.engine.interrupted() && self.step()? {},
            Strategy::Free => self.run_free(usize::MAX)?,
            Strategy::HostPinned => self.run_free(self.engine.settings.forks)?,
        }
        self.ended.failed = before;
        for member in &self.members {
            if member.cursor.failed() && !member.unreachable {
                self.ended.failed = true;
                self.engine.lost().failed.insert(member.host.name.clone());
            }
        }
        Ok(self.ended)
    }
}

impl Member {
    pub(super) fn works(&self) -> bool {
        !self.unreachable && !self.cursor.ended()
    }
}

pub(crate) use crate::run::RunError;

/// A keyword of a play that cannot be had ends the run as one that cannot be read.
pub(crate) fn broken_keyword(error: TaskError) -> RunError {
    match fatal(error) {
        RunError::Content(why) => RunError::Keyword(why),
        other => other,
    }
}

/// A task error that ends the run.
pub(crate) fn fatal(error: TaskError) -> RunError {
    match error {
        TaskError::Failed(failed) => RunError::Content(failed.chain),
        TaskError::Unreachable(message) => RunError::Content(crate::event::Diagnostic::new(message, None)),
        TaskError::Interrupted => RunError::Interrupted,
    }
}
