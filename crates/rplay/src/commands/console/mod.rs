//! `rplay console`, which is `ansible-console`: tasks typed one by one, run on a pattern of hosts.

mod input;
mod session;

use crate::{Failure, cli::Options, exit, wiring};
use clap::{CommandFactory, FromArgMatches};
use input::Input;
use session::{Session, Then};
use std::ffi::OsString;

/// Runs it; `args` without the program's name.
pub(crate) fn run(args: &[OsString]) -> Result<u8, Failure> {
    let words = std::iter::once("ansible-console".into()).chain(args.iter().cloned());
    let command = Options::command()
        .name("ansible-console")
        .about("Runs tasks typed one by one on a pattern of hosts.")
        .mut_arg("targets", |arg| {
            arg.required(false).value_name("PATTERN").help("The pattern of hosts (default: all)")
        });
    let matches = command.get_matches_from(words);
    let mut options = Options::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if options.common.version {
        return super::version::run(crate::cli::Name::Command("console"));
    }
    if options.targets.is_empty() {
        options.targets.push("all".into());
    }
    wiring::ask_once(&mut options)?;
    let mut session = Session::new(options)?;
    let mut input = Input::new();
    session.say("Welcome to the ansible console. Type help or ? to list commands.\n");
    loop {
        let prompt = session.prompt()?;
        let Some(line) = input.line(&prompt)? else {
            session.say("\nAnsible-console was exited.");
            return Ok(exit::OK);
        };
        if matches!(session.obey(line.trim()), Then::Leave) {
            return Ok(exit::OK);
        }
    }
}
