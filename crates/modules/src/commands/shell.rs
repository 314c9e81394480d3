//! `shell`: a command line through the shell.
//!
//! The controller may send `command` with `_uses_shell`, as Ansible does, or `shell`.

use super::command;
use crate::{Failure, Plan, System};

pub(crate) use command::Args;

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    command::plan(args.through_shell(), sys)
}
