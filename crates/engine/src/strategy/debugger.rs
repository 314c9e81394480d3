//! The task debugger: after a result, a person may look at the task, change it and run it again.

use super::{
    batch::{Batch, Member, RunError},
    round::{Message, run_guarded},
};
use crate::{
    cursor::Cursor,
    debugger::{Answer, Session},
    event::{Counters, TaskInfo},
    task::{Ended, Outcome},
    tree::RunTask,
};
use rplay_value::Str;
use std::sync::{Arc, PoisonError, atomic::Ordering};

/// What a result changes, as it was before: running the task again goes back to it.
struct Before {
    members: Vec<(usize, Standing)>,
    counters: Counters,
}

/// How a host stood.
struct Standing {
    cursor: Cursor,
    unreachable: bool,
    removed: bool,
}

impl Batch<'_> {
    /// Takes the result of `task` on a host, and asks what to do next where the task wants a debugger. Returns
    /// the outcome that stands in the end.
    pub(super) fn settle_asking(
        &mut self,
        task: &Arc<RunTask>,
        info: &Arc<TaskInfo>,
        index: usize,
        outcome: Outcome,
        shares: &[usize],
    ) -> Result<Outcome, RunError> {
        if !self.wants_debugger(&outcome) {
            self.settle(task, info, index, &outcome, shares)?;
            return Ok(outcome);
        }
        let (mut task, mut outcome) = (task.clone(), outcome);
        let mut session = Session::default();
        loop {
            let before = self.before(index, shares);
            self.settle(&task, info, index, &outcome, shares)?;
            if !self.wants_debugger(&outcome) {
                return Ok(outcome);
            }
            let scope = self.state.scope(self.engine, &self.members[index].host, &task.layers);
            match session.ask(self.engine, &task, Arc::new(scope), &outcome)? {
                Answer::Continue => return Ok(outcome),
                Answer::Quit => {
                    self.engine.stop();
                    return Err(RunError::Interrupted);
                }
                Answer::Redo(changed) => {
                    self.go_back(index, before);
                    task = changed;
                    outcome = self.again(&task, info, index);
                }
            }
        }
    }

    /// ansible-core's rule: what the task says, and failures everywhere if the debugger is on.
    fn wants_debugger(&self, outcome: &Outcome) -> bool {
        let settings = &self.engine.settings.debugger;
        let ended = outcome.ended();
        let ignored = settings.ignore_errors && outcome.keywords.ignore_errors;
        let failed = ended == Ended::Failed && !ignored;
        match outcome.keywords.debugger.as_deref() {
            Some("always") => true,
            Some("never") => false,
            Some("on_failed") if failed => true,
            Some("on_unreachable") if ended == Ended::Unreachable => true,
            Some("on_skipped") if ended == Ended::Skipped => true,
            _ => (settings.enabled || self.debugging) && (failed || ended == Ended::Unreachable),
        }
    }

    fn before(&self, index: usize, shares: &[usize]) -> Before {
        let host = &self.members[index].host.name;
        let counters = self.engine.stats.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        let touched = std::iter::once(&index).chain(shares.iter().filter(|other| **other != index));
        let members = touched.map(|index| {
            let Member { cursor, unreachable, removed, .. } = &self.members[*index];
            (*index, Standing { cursor: cursor.clone(), unreachable: *unreachable, removed: *removed })
        });
        Before { members: members.collect(), counters: counters.unwrap_or_default() }
    }

    fn go_back(&mut self, index: usize, before: Before) {
        let host: Str = self.members[index].host.name.clone();
        for (index, standing) in before.members {
            let member = &mut self.members[index];
            let Standing { cursor, unreachable, removed } = standing;
            *member = Member { host: member.host.clone(), cursor, unreachable, removed };
        }
        self.engine.lost().forget(&host);
        // A rescue stays counted, as in ansible-core.
        self.engine.count(&host, |counters| {
            *counters = Counters { rescued: counters.rescued, ..before.counters };
        });
    }

    /// Runs the task on the host at once, here.
    fn again(&self, task: &Arc<RunTask>, info: &Arc<TaskInfo>, index: usize) -> Outcome {
        let (sender, receiver) = crossbeam_channel::unbounded::<Message>();
        let host = self.members[index].host.clone();
        let outcome = run_guarded(self.engine, self.state, task, info, (index, host), &sender);
        for message in receiver.try_iter() {
            if let Message::Event(_, event) = message {
                self.engine.emit(event);
            }
        }
        outcome
    }
}

impl crate::engine::Engine {
    /// Ends the run: what is at work on hosts is cancelled.
    pub(crate) fn stop(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
        self.connections.cancel_all();
    }
}
