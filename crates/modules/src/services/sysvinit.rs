//! `sysvinit`: services by their init scripts, whatever runs the host.

use super::service;
use super::systemd::State;
use crate::args::ModuleArgs;
use crate::{Failure, Plan, System};

/// Manage services by their init scripts.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_one_of("state", "enabled"))]
pub(crate) struct Args {
    /// The service.
    #[arg(alias = "service")]
    name: String,
    /// What it is to do.
    state: Option<State>,
    /// Whether it starts at boot.
    enabled: Option<bool>,
    /// Seconds between stop and start of a restart.
    #[arg(default = 1)]
    sleep: u32,
    /// Text that a line of `ps` has while the service runs.
    pattern: Option<String>,
    /// Further arguments of the init script.
    #[arg(default = "", alias = "args")]
    arguments: String,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    service::with_scripts(
        args.name,
        args.state,
        args.enabled,
        (args.sleep, args.pattern, args.arguments),
        sys,
    )
}
