//! The agent as a program of its own, as it travels to hosts.

use std::process::ExitCode;
use std::sync::Arc;

use rplay_agent::{JOB_NAME, ModuleRunner, run_job, run_process};

fn main() -> ExitCode {
    let mut args = std::env::args();
    if args.next().is_some_and(|name| name == JOB_NAME) {
        return run_job(args);
    }
    run_process(args, Arc::new(ModuleRunner))
}
