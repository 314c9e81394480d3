//! `ping`: the agent answers.

use crate::args::ModuleArgs;
use crate::{Failure, ModuleResult, Plan, System};

/// Try to connect to the host and get `pong` back.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// What to answer; `crash` makes the module fail.
    #[arg(default = "pong")]
    data: String,
}

pub(crate) fn plan(args: Args, _sys: &System) -> Result<Plan, Failure> {
    if args.data == "crash" {
        // What Ansible makes of a module that breaks off.
        return Err(Failure::new("Task failed: Module failed: boom").with("exception", "boom"));
    }
    Ok(Plan::done(ModuleResult::unchanged().with("ping", args.data)))
}
