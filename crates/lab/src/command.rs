//! Running the system's programs.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::error::{LabError, Result};

/// How much of a failed program's words an error repeats, in bytes.
const STDERR_KEPT: usize = 2000;

/// Runs `program` and returns its standard output; an exit code other than 0 is an error.
pub(crate) fn run<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Result<String> {
    finish(Command::new(program).args(args))
}

/// Runs a prepared command without input and returns its standard output.
pub(crate) fn finish(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|source| spawn_error(command, source))?;
    checked(command, &output)
}

/// Runs a prepared command with `input` on its standard input.
pub(crate) fn finish_with_input(command: &mut Command, input: &str) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| spawn_error(command, source))?;
    // A program that leaves without reading its input says more by its exit code than the broken pipe would.
    if let Some(mut pipe) = child.stdin.take() {
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|source| spawn_error(command, source))?;
    checked(command, &output)
}

fn spawn_error(command: &Command, source: std::io::Error) -> LabError {
    LabError::Spawn { program: command.get_program().to_string_lossy().into_owned(), source }
}

fn checked(command: &Command, output: &Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    Err(LabError::Command {
        command: line(command),
        status: output.status.to_string(),
        stderr: tail(&String::from_utf8_lossy(words)),
    })
}

fn line(command: &Command) -> String {
    let mut parts = vec![command.get_program().to_string_lossy()];
    parts.extend(command.get_args().map(OsStr::to_string_lossy));
    parts.join(" ")
}

/// The end of `text`, short enough for a message.
pub(crate) fn tail(text: &str) -> String {
    let text = text.trim_end();
    let mut from = text.len().saturating_sub(STDERR_KEPT);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..].to_owned()
}
