//! The cases.

mod controller;
mod hosts;
mod local;
mod loops;
mod tasks;
mod template;
mod warm;

use super::{Bench, Report};
use crate::error::Result;

/// Something to measure.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Bench) -> Result<Report>,
}

/// All cases, in the order they are run.
pub(crate) const CASES: &[Case] = &[
    Case { name: "tasks", about: "small tasks on four hosts", run: tasks::run },
    Case { name: "loops", about: "loops over a line with 50 ms round trip", run: loops::run },
    Case { name: "controller", about: "a thousand hosts, work on the controller only", run: controller::run },
    Case { name: "local", about: "a loop of commands on localhost", run: local::run },
    Case { name: "warm", about: "a warm host's first task, the agent's size and start", run: warm::run },
    Case { name: "template", about: "templating in one process", run: template::run },
];
