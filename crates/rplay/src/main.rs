//! The rplay command line.

mod cli;
mod commands;
mod config;
mod exit;
mod extra_vars;
mod facts;
mod inventories;
mod keys;
mod locale;
mod network;
mod prompt;
mod signals;
mod vault;
mod wiring;

use clap::{CommandFactory, FromArgMatches};
use cli::{Mode, Name, Options};
use std::{ffi::OsString, process::ExitCode, sync::Arc};

/// What `--help` says about the commands.
const COMMANDS: &str = "\
Commands, each with a --help of its own:
  rplay vault      Encrypt and decrypt files and strings
  rplay inventory  Show hosts, groups and variables
  rplay config     Show and check settings
  rplay doc        Tell about modules, filters, keywords and other plugins
  rplay console    Run tasks typed one by one
  rplay pull       Fetch a repository with playbooks and run them on this machine
  rplay self       Make Ansible's names for the program: rplay self link DIR";

/// Why a command ends: what is said and with which code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// What is said on standard error; nothing when all has been said.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if args.first().is_some_and(|name| name == rplay_agent::JOB_NAME) {
        return rplay_agent::run_job(args.into_iter().map(|arg| arg.to_string_lossy().into_owned()));
    }
    if args.get(1).is_some_and(|arg| arg == "__agent") {
        let rest = args.into_iter().skip(2).map(|arg| arg.to_string_lossy().into_owned());
        return rplay_agent::run_process(rest, Arc::new(rplay_agent::ModuleRunner));
    }
    let name = args.first().map_or(Name::Rplay, |arg0| Name::of(arg0));
    // The hook has said what happened; what is left is the code for it.
    match std::panic::catch_unwind(|| run(name, args)) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            commands::complain(&failure);
            ExitCode::from(failure.code)
        }
        Err(_) => ExitCode::from(exit::INTERNAL),
    }
}

fn run(name: Name, args: Vec<OsString>) -> Result<u8, Failure> {
    if (wiring::strict_env() || args.iter().any(|arg| arg == "--strict"))
        && let Err(refused) = locale::check()
    {
        commands::refuse(&refused.to_string());
        return Ok(exit::ERROR);
    }
    if let Name::Command(word) = name {
        return command(word, &args[1..]);
    }
    if let Name::Later(command) = name {
        return Err(Failure::new(exit::ERROR, format!("{command} is not yet supported by rplay")));
    }
    if name == Name::AnsibleInventory {
        return commands::inventory::run(args, 0);
    }
    if name == Name::AnsibleVault {
        return commands::vault::run(args, 0);
    }
    if let Some(word) = args.get(1).and_then(|word| word.to_str()).filter(|_| name == Name::Rplay) {
        match word {
            "self" => return commands::itself::run(&args[2..]),
            "config" | "doc" | "console" | "pull" if !std::path::Path::new(word).exists() => {
                return command(word, &args[2..]);
            }
            "vault" if !std::path::Path::new(word).exists() => return commands::vault::run(args, 1),
            "inventory" if !std::path::Path::new(word).is_file() => {
                return commands::inventory::run(args, 1);
            }
            _ => {}
        }
    }
    let options = parse(name, args);
    if options.common.version {
        return commands::version::run(name);
    }
    match mode(name, &options) {
        Mode::Playbook => commands::playbook::run(options),
        Mode::Adhoc => commands::adhoc::run(options),
    }
}

/// A command with a command line of its own.
fn command(word: &str, args: &[OsString]) -> Result<u8, Failure> {
    match word {
        "config" => commands::config::run(args),
        "console" => commands::console::run(args),
        "doc" => commands::doc::run(args),
        _ => commands::pull::run(args),
    }
}

/// clap prints usage errors and help by itself and exits with 2 and 0, as argparse does.
fn parse(name: Name, args: Vec<OsString>) -> Options {
    let command = match name {
        // There `-t` is `--tree`, as tags mean nothing to one task.
        Name::Ansible => Options::command()
            .name("ansible")
            .mut_arg("targets", |arg| arg.required(false))
            .mut_arg("tags", |arg| arg.short(None))
            .mut_arg("tree", |arg| arg.short('t')),
        Name::AnsiblePlaybook => Options::command().name("ansible-playbook"),
        _ => Options::command().after_help(COMMANDS),
    };
    let matches = command.get_matches_from(args);
    Options::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn mode(name: Name, options: &Options) -> Mode {
    match name {
        Name::Ansible => Mode::Adhoc,
        Name::AnsiblePlaybook => Mode::Playbook,
        _ if options.adhoc.module_name.is_some() || options.adhoc.args.is_some() => Mode::Adhoc,
        _ => Mode::Playbook,
    }
}
