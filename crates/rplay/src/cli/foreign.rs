//! Options that the program has and a command does not take.

use clap::{ArgMatches, Command, FromArgMatches, error::ErrorKind, parser::ValueSource};
use std::ffi::OsString;

/// Options of playbooks that mean nothing to one task and to a console.
pub(crate) const PLAYBOOKS: [&str; 8] = [
    "tags",
    "skip_tags",
    "list_tasks",
    "list_tags",
    "step",
    "start_at_task",
    "force_handlers",
    "syntax_check",
];

/// Options of one task that mean nothing to playbooks.
pub(crate) const ADHOC: [&str; 8] = [
    "module_name",
    "args",
    "one_line",
    "task_timeout",
    "background",
    "poll_interval",
    "playbook_dir",
    "tree",
];

/// Parses the command line of a command that was called as `program` and takes none of the `foreign` options:
/// they are not in its help, and using one is an error as an unknown one is. clap ends the program for both.
pub(crate) fn parse<T: FromArgMatches>(
    command: Command,
    program: &str,
    words: &[OsString],
    foreign: &[&str],
) -> T {
    // So that usage shows what was typed.
    let command = command.bin_name(program);
    let mut command = foreign.iter().fold(command, |command, id| command.mut_arg(*id, |arg| arg.hide(true)));
    let words = std::iter::once(OsString::from(program)).chain(words.iter().cloned());
    let matches = command.try_get_matches_from_mut(words).unwrap_or_else(|error| error.exit());
    refuse(&mut command, &matches, foreign);
    T::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Ends the program for want of an action.
pub(crate) fn no_action(command: Command, program: &str) -> ! {
    let mut command = command.bin_name(program);
    command.error(ErrorKind::MissingSubcommand, "the following arguments are required: action").exit()
}

/// Ends the program where a foreign option was used.
pub(crate) fn refuse(command: &mut Command, matches: &ArgMatches, foreign: &[&str]) {
    let used = foreign.iter().find(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
    let Some(id) = used else { return };
    let arg = command.get_arguments().find(|arg| arg.get_id() == *id);
    let name = arg.and_then(|arg| arg.get_long()).unwrap_or(id).to_owned();
    command.error(ErrorKind::UnknownArgument, format!("unrecognized arguments: --{name}")).exit();
}
