//! The tasks.

pub(crate) mod agents;
mod bench;
mod conformance;
mod demo;
mod docs;
mod fuzz;
mod lab;
mod test;

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
    /// Build the agent for every architecture
    Agents(agents::Args),
    /// Time rplay beside other engines on the same work (root)
    Bench(bench::Args),
    /// ansible-core's own integration targets with rplay in its place (root)
    Conformance(conformance::Args),
    /// Four hosts, a cluster on them, and a look at its health (root)
    Demo(demo::Args),
    /// Write docs/reference from the sources
    Docs(docs::Args),
    /// Fuzz targets, each for a while
    Fuzz(fuzz::Args),
    /// Test hosts on this machine (root)
    Lab(lab::Args),
    /// Every test of the workspace, with agents built and hosts up (root)
    Test(test::Args),
}

impl Cli {
    /// Runs the task the command line names.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.task {
            Task::Agents(args) => args.run(),
            Task::Bench(args) => args.run(),
            Task::Conformance(args) => args.run(),
            Task::Demo(args) => args.run(),
            Task::Docs(args) => args.run(),
            Task::Fuzz(args) => args.run(),
            Task::Lab(args) => args.run(),
            Task::Test(args) => args.run(),
        }
    }
}
