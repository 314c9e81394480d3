//! One task on one host: from its loop and conditions to its result.

mod args;
mod batch;
mod call;
mod conditions;
mod executor;
mod finish;
mod jobs;
mod keywords;
mod loops;
mod outcome;
mod reached;
mod target;
mod until;
mod utf8;

pub(crate) use args::{action_origin, defaults_of, render as rendered_args};
pub(crate) use call::Content;
pub(crate) use executor::{HostTask, Outcome, delegated};
pub(crate) use finish::{FACTS_HOST, censored, host_label, status_of};
pub(crate) use keywords::Resolved;
pub(crate) use keywords::{Reader, template_origin, to_bool, to_int};
pub(crate) use outcome::{Ended, NO_TRACEBACK, ended, split_streams};
pub(crate) use target::{async_dir, target_of};
