//! Development tasks. Each command is one file under `commands` and one line in [`commands::Task`].
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a development tool speaks to its terminal")]

mod bench;
mod cargo;
mod commands;
mod conformance;
mod error;
mod oracle;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match commands::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what takes time.
fn say(text: &str) {
    eprintln!("-- {text}");
}
