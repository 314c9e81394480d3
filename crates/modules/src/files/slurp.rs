//! `slurp`: the content of a file in base64.

use crate::args::ModuleArgs;
use crate::system::SystemError;
use crate::{Failure, ModuleResult, Plan, System};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::ErrorKind;

/// Return the content of a file.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The file.
    #[arg(ty = "path", alias = "path")]
    src: String,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let content = sys.read(&args.src).map_err(|error| refused(&args.src, &error))?;
    let result = ModuleResult::unchanged()
        .with("content", STANDARD.encode(content))
        .with("source", args.src)
        .with("encoding", "base64");
    Ok(Plan::done(result))
}

fn refused(src: &str, error: &SystemError) -> Failure {
    let msg = match error.io().map(std::io::Error::kind) {
        Some(ErrorKind::NotFound) => format!("File not found: {src}"),
        Some(ErrorKind::PermissionDenied) => format!("File is not readable: {src}"),
        Some(ErrorKind::IsADirectory) => format!("Source is a directory and must be a file: {src}"),
        _ => format!("Unable to slurp file: {src}"),
    };
    Failure::new(msg).cause(error)
}
