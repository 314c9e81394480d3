//! The agent as a program of its own, as it travels to hosts.

use std::process::ExitCode;
use std::sync::Arc;

use rplay_agent::{ModuleRunner, run_process};

fn main() -> ExitCode {
    run_process(std::env::args().skip(1), Arc::new(ModuleRunner))
}
