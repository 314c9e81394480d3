//! How the hosts of a batch go through a play.

mod batch;
mod debugger;
mod failed_task;
mod free;
mod handlers;
mod include;
mod linear;
mod lost;
mod metas;
mod order;
mod reserved;
mod round;
mod settle;
mod start;
mod step;

pub(crate) use batch::{Batch, broken_keyword, fatal};
pub(crate) use reserved::of_play as warn_of_reserved;

/// How hosts keep together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// All hosts meet each task together.
    Linear,
    /// As linear, with the task debugger where tasks fail.
    Debug,
    /// Each host goes on by itself.
    Free,
    /// As free, with no more hosts on their way than there are forks.
    HostPinned,
}

impl Strategy {
    /// Whether all hosts are at the same task.
    pub(crate) fn in_step(self) -> bool {
        matches!(self, Strategy::Linear | Strategy::Debug)
    }
}
