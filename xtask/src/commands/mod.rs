//! The tasks.

mod lab;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Result;

/// Development tasks of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Test hosts on this machine (root)
    Lab(lab::Args),
}

impl Cli {
    /// Runs the task the command line names.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.task {
            Task::Lab(args) => args.run(),
        }
    }
}
