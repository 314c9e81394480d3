//! Plays made ready to run: keywords merged down to each task, layers of variables attached.

mod build;
mod info;
mod merge;
mod tags;

pub(crate) use build::{Builder, Parent, Select};
pub(crate) use info::{display_name, task_label};
pub(crate) use merge::Merged;
pub use tags::TagFilter;

use crate::actions::Kind;
use rplay_playbook::{Role, Task};
use rplay_vars::TaskLayers;
use std::sync::Arc;

/// A number that orders the tasks of a run; the linear strategy keeps hosts in step by it.
pub(crate) type TaskId = usize;

/// A task ready to run.
#[derive(Clone, Debug)]
pub struct RunTask {
    /// Its number.
    pub id: TaskId,
    /// The task as written.
    pub task: Arc<Task>,
    /// What it runs.
    pub kind: Kind,
    /// Keywords of play, role, blocks and task, merged.
    pub keywords: Merged,
    /// Variables it adds.
    pub layers: Arc<TaskLayers>,
    /// Whether it is a handler.
    pub handler: bool,
    /// Where its children hang, for includes.
    pub parent: Arc<Parent>,
}

/// A block ready to run.
#[derive(Debug)]
pub struct RunBlock {
    /// Entries of `block`.
    pub body: Vec<RunEntry>,
    /// Entries of `rescue`.
    pub rescue: Vec<RunEntry>,
    /// Entries of `always`.
    pub always: Vec<RunEntry>,
    /// The role that is complete when the block ends.
    pub ends_role: Option<Arc<Role>>,
}

/// Handlers that were written one after another: among those of one name in a group the first is meant,
/// among groups the last one that has the name.
pub(crate) type HandlerGroup = Vec<Arc<RunTask>>;

/// One entry of a block.
#[derive(Clone, Debug)]
pub enum RunEntry {
    /// A task.
    Task(Arc<RunTask>),
    /// A block.
    Block(Arc<RunBlock>),
}

impl RunBlock {
    /// Appends every task of the block, in the order a host that fails nowhere and everywhere would meet
    /// them.
    pub fn flatten(&self, out: &mut Vec<TaskId>) {
        for entry in self.body.iter().chain(&self.rescue).chain(&self.always) {
            match entry {
                RunEntry::Task(task) => out.push(task.id),
                RunEntry::Block(block) => block.flatten(out),
            }
        }
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty() && self.always.is_empty() && self.ends_role.is_none()
    }
}
