//! One task on one host: from its loop and conditions to its result.

mod args;
mod call;
mod conditions;
mod executor;
mod keywords;
mod loops;
mod outcome;
mod target;
mod until;

pub use call::Content;
pub use executor::{HostTask, Outcome};
pub(crate) use executor::{censored, host_label, status_of};
pub use keywords::Resolved;
pub(crate) use keywords::{Reader, template_origin, to_bool, to_int};
pub use outcome::{Ended, ended};
pub use target::target_of;
