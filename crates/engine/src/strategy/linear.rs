//! The linear strategy: all hosts of the batch meet a task together.

use super::batch::{Batch, RunError};
use crate::{
    actions::Kind,
    tree::{RunTask, TaskId},
};
use std::{collections::HashSet, sync::Arc};

impl Batch<'_> {
    /// Runs the next task on the hosts that are at it; false when no host has anything left.
    pub(super) fn step(&mut self) -> Result<bool, RunError> {
        let working: Vec<usize> = self.working().collect();
        let mut next: Vec<(usize, Arc<RunTask>)> = Vec::with_capacity(working.len());
        for index in working {
            if let Some(task) = self.peek(index) {
                next.push((index, task));
            }
        }
        let Some(id) = self.next_in_order(&next) else { return Ok(false) };
        let mut task = None;
        let mut hosts = Vec::with_capacity(next.len());
        for (index, own) in next {
            if own.id != id {
                continue;
            }
            self.members[index].cursor.advance();
            if !self.state.ran_before(&self.members[index].host.name, &own) {
                hosts.push(index);
            }
            task = Some(own);
        }
        let Some(task) = task else { return Ok(true) };
        if hosts.is_empty() {
            return Ok(true);
        }
        let mut goes_on = true;
        match task.kind {
            Kind::Meta(meta) => self.meta(meta, &task, &hosts)?,
            _ if !self.take_step(&task, None)? => {}
            _ => goes_on = self.round(&task, hosts)?,
        }
        self.update_active();
        Ok(goes_on)
    }

    /// The first task in order that any host is at.
    fn next_in_order(&mut self, next: &[(usize, Arc<RunTask>)]) -> Option<TaskId> {
        let waiting: HashSet<TaskId> = next.iter().map(|(_, task)| task.id).collect();
        if waiting.is_empty() {
            return None;
        }
        let found = |order: &[TaskId]| order.iter().position(|id| waiting.contains(id));
        // Tasks behind the position are met again after `clear_host_errors` and in handlers.
        let at = match found(&self.order[self.position.min(self.order.len())..]) {
            Some(ahead) => self.position + ahead,
            None => found(&self.order)?,
        };
        self.position = at + 1;
        self.order.get(at).copied()
    }

    /// Puts tasks next in the common order.
    pub(super) fn splice(&mut self, tasks: Vec<TaskId>) {
        let at = self.position.min(self.order.len());
        self.order.splice(at..at, tasks);
    }
}
