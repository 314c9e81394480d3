//! The agent as a process: arguments and standard streams.

use std::fs::File;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use rustix::io::fcntl_dupfd_cloexec;
use rustix::stdio::{dup2_stdin, dup2_stdout, stderr, stdin, stdout};

use crate::panics;
use crate::serve::{ServeOptions, serve};
use crate::worker::Runner;

/// Runs an agent on this process's standard input and output until the input ends.
///
/// `args` are what follows the program's name: the token of the start marker, and `--sum` for a
/// checksum of the program file in the greeting.
#[must_use]
pub fn run_process(args: impl Iterator<Item = String>, runner: Arc<dyn Runner>) -> ExitCode {
    panics::install_hook();
    let outcome = parse(args).and_then(|options| {
        let (input, output) = take_streams()?;
        serve(&options, input, output, runner)
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(io::stderr(), "rplay-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(args: impl Iterator<Item = String>) -> io::Result<ServeOptions> {
    let mut options = ServeOptions::default();
    for arg in args {
        match arg.as_str() {
            "--sum" => options.sum = true,
            token if !token.starts_with('-') && options.token.is_empty() => options.token = arg,
            other => {
                let text = format!("unknown argument {other}; it is started by rplay, not by hand");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
        }
    }
    Ok(options)
}

/// Moves the frames away from descriptors 0 and 1, so that no module and none of its children can
/// read or write into them by accident.
fn take_streams() -> io::Result<(File, File)> {
    let input = fcntl_dupfd_cloexec(stdin(), 3)?;
    let output = fcntl_dupfd_cloexec(stdout(), 3)?;
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(stderr())?;
    Ok((File::from(input), File::from(output)))
}
