//! `cargo xtask docs`: writes `docs/reference`.

use std::process::ExitCode;

use crate::cargo;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let args = ["run", "--quiet", "-p", "rplay", "--", "self", "docs", "docs/reference"];
        cargo::run(cargo::command()?.args(args))?;
        Ok(ExitCode::SUCCESS)
    }
}
