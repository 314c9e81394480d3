//! How the hosts of a batch go through a play.

mod batch;
mod debugger;
mod failed_task;
mod free;
mod handlers;
mod include;
mod linear;
mod metas;
mod order;
mod reserved;
mod round;
mod settle;
mod start;
mod step;

pub(crate) use batch::{Batch, Ended, broken_keyword, fatal};
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
}
