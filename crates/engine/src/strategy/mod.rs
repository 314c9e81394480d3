//! How the hosts of a batch go through a play.

mod batch;
mod handlers;
mod include;
mod linear;
mod metas;
mod round;
mod settle;
mod start;

pub(crate) use batch::{Batch, Ended, fatal};
