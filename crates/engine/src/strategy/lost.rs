//! What hosts that fail mean for the others: `any_errors_fatal`, `max_fail_percentage`, `run_once`.

use super::batch::Batch;
use crate::{
    event::Event,
    task::{Ended, Outcome, Reader},
    tree::RunTask,
};
use std::collections::HashSet;

/// The hosts a task failed on, or did not reach. As with ansible-core a result counts even if it was ignored;
/// whether the task ignores errors is asked for the whole task.
#[derive(Default)]
pub(super) struct Casualties {
    failed: HashSet<usize>,
    unreachable: bool,
    ignored: bool,
}

impl Casualties {
    /// Those of a round, `missing` among them: hosts whose include was not found.
    pub(super) fn of(outcomes: &[(usize, Outcome)], missing: &[usize]) -> Self {
        let mut casualties = Self { failed: missing.iter().copied().collect(), ..Self::default() };
        for (index, outcome) in outcomes {
            match outcome.ended() {
                Ended::Failed => {
                    casualties.failed.insert(*index);
                }
                Ended::Unreachable => casualties.unreachable = true,
                _ => continue,
            }
            casualties.ignored |= outcome.keywords.ignore_errors;
        }
        casualties
    }

    fn first(&self) -> usize {
        self.failed.iter().next().copied().unwrap_or(0)
    }

    fn any(&self) -> bool {
        self.unreachable || !self.failed.is_empty()
    }
}

impl Batch<'_> {
    /// Notes that a host failed: magic variables leave it out from now on, and if it has nothing left to do it
    /// is out of the plays that follow.
    pub(super) fn note_failed(&mut self, index: usize) {
        let done = self.peek(index).is_none();
        let member = &mut self.members[index];
        member.removed = true;
        if done && member.cursor.failed() {
            self.engine.lost().failed.insert(member.host.name.clone());
        }
    }

    /// Has the hosts that were just lost take others with them, where the task or the play says so. Returns
    /// whether the batch goes on.
    pub(super) fn check_fatal(&mut self, task: &RunTask, lost: &Casualties, once: bool) -> bool {
        if lost.any() && !lost.ignored && (once || self.is_fatal(task, lost.first())) {
            self.condemn(&lost.failed);
        }
        if self.too_many_failed() {
            self.condemn(&lost.failed);
            self.ended.broken = true;
            self.engine.emit(Event::NoHostsRemaining);
        }
        if self.ended.broken && self.engine.lost().failed.len() >= self.reachable().len() {
            self.engine.emit(Event::NoHostsRemaining);
            return false;
        }
        true
    }

    /// Whether the task has `any_errors_fatal`, as a host reads it.
    pub(super) fn is_fatal(&self, task: &RunTask, member: usize) -> bool {
        let read = Reader { engine: self.engine, scope: &self.scope(task, member) };
        let own = read.bool("any_errors_fatal", task.keywords.own.any_errors_fatal.as_ref());
        own.ok().flatten().unwrap_or(self.engine.settings.any_errors_fatal)
    }

    /// All hosts count that failed in the run so far, against the size of this batch.
    fn too_many_failed(&self) -> bool {
        let Some(allowed) = self.allowed_failures else { return false };
        self.engine.lost().failed.len() as f64 / self.size as f64 * 100.0 > allowed
    }

    /// The hosts that did not fail themselves go the way of a failed one, to their rescue or out; even rescued
    /// they take no part in the plays that follow.
    fn condemn(&mut self, failed: &HashSet<usize>) {
        for (index, member) in self.members.iter_mut().enumerate() {
            if member.works() && !failed.contains(&index) {
                member.cursor.fail();
                member.removed = true;
                self.engine.lost().failed.insert(member.host.name.clone());
            }
        }
    }
}
