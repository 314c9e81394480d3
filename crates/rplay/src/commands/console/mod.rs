//! `rplay console`, which is `ansible-console`: tasks typed one by one, run on a pattern of hosts.

mod input;
mod session;

use crate::{
    Failure,
    cli::{Options, foreign},
    exit, wiring,
};
use clap::CommandFactory;
use input::Input;
use session::{Session, Then};
use std::ffi::OsString;

/// Options of playbooks and of one task that a console does not take.
const FOREIGN: [&str; 13] = [
    "tags",
    "skip_tags",
    "list_tasks",
    "list_tags",
    "start_at_task",
    "force_handlers",
    "syntax_check",
    "module_name",
    "args",
    "one_line",
    "background",
    "poll_interval",
    "tree",
];

/// Runs it; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let command = Options::command()
        .about("Runs tasks typed one by one on a pattern of hosts.")
        .mut_arg("targets", |arg| {
            arg.required(false).value_name("PATTERN").help("The pattern of hosts (default: all)")
        });
    let mut options: Options = foreign::parse(command, program, args, &FOREIGN);
    if options.common.version {
        return super::version::run(program);
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
