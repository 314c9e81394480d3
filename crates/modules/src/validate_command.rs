//! `validate: command %s`: a command that says whether new content is good.

use crate::system::{Output, SystemError, errno_text};
use crate::text::{expand, shlex};
use crate::{Failure, System};
use std::path::Path;

/// Refuses a `validate` without the place for the file's name.
///
/// # Errors
/// Ansible's sentence.
pub(crate) fn check(template: &str) -> Result<(), Failure> {
    if template.contains("%s") {
        return Ok(());
    }
    Err(Failure::new(format!("validate must contain %s: {template}")))
}

/// Runs the command on a file. The name goes in after the words are split: directories with
/// blanks in their names do no harm.
///
/// # Errors
/// The command cannot be started.
pub(crate) fn run(template: &str, file: &Path, sys: &System) -> Result<Output, Failure> {
    check(template)?;
    let words = shlex::split(template).map_err(Failure::new)?;
    let name = file.to_string_lossy();
    let words = words.iter().map(|word| {
        let filled: Vec<String> = word.split("%%").map(|part| part.replace("%s", &name)).collect();
        expand::path(&filled.join("%"), sys)
    });
    sys.command(words).run().map_err(|error| not_started(&error, template))
}

fn not_started(error: &SystemError, line: &str) -> Failure {
    let failure = Failure::new("Error executing command.").with("cmd", line);
    match (error, error.io()) {
        (SystemError::Command { program, .. }, Some(io)) => {
            failure.rc(io.raw_os_error().unwrap_or(257)).cause(errno_text(io, Path::new(program)))
        }
        _ => failure.rc(257).cause(error),
    }
}
