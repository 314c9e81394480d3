//! The agent: reads frames on standard input, runs modules, answers.
//!
//! Two threads. The reading one takes frames, answers pings at once (so a frozen host can be told
//! from a long task), hands content to the module that waits for it, and stops calls that are
//! cancelled or out of time. The working one runs modules one after another. At the end of the
//! input the agent kills the processes it started, removes its temporary files and exits: there
//! is no daemon and nothing to clean up after a controller that died. Only `async` jobs live on.

mod blobs;
mod context;
mod job;
mod modules;
mod outbox;
mod panics;
mod processes;
mod serve;
mod state;
mod stdio;
mod worker;

pub use context::CallContext;
pub use job::{JOB_NAME, run_job};
pub use modules::ModuleRunner;
pub use processes::end_own_commands;
pub use serve::{ServeOptions, serve};
pub use stdio::run_process;
pub use worker::Runner;
