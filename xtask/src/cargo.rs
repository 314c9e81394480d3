//! Running cargo, and where it puts things.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::error::{Result, TaskError};

/// The root of the workspace this is run in.
pub(crate) fn workspace() -> Result<PathBuf> {
    let here = PathBuf::from(".");
    let here = here.canonicalize().map_err(TaskError::io("cannot find the current directory", &here))?;
    let root = here.ancestors().find(|dir| dir.join("xtask/Cargo.toml").exists());
    root.map(PathBuf::from).ok_or_else(|| TaskError::Failed("run this inside the repository".to_owned()))
}

/// Cargo, to be run in the workspace's root.
pub(crate) fn command() -> Result<Command> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.current_dir(workspace()?);
    Ok(cargo)
}

/// Where cargo builds to.
pub(crate) fn target_dir() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => Ok(workspace()?.join(dir)),
        None => Ok(workspace()?.join("target")),
    }
}

/// Runs a command with this terminal; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|source| spawn_error(command, source))?;
    if status.success() {
        return Ok(());
    }
    Err(TaskError::Command { command: line(command), status: status.to_string() })
}

/// Runs a command and returns what it writes to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|source| spawn_error(command, source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(TaskError::Command { command: line(command), status: format!("{}: {}", output.status, words.trim()) })
}

/// Runs a command without input and returns how it ended and what it wrote, whatever that is.
pub(crate) fn output_of(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|source| spawn_error(command, source))
}

/// The error of a command that could not be started.
pub(crate) fn spawn_error(command: &Command, source: std::io::Error) -> TaskError {
    TaskError::Spawn { program: command.get_program().to_string_lossy().into_owned(), source }
}

fn line(command: &Command) -> String {
    let mut parts = vec![command.get_program().to_string_lossy()];
    parts.extend(command.get_args().map(std::ffi::OsStr::to_string_lossy));
    parts.join(" ")
}
