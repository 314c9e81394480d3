//! `cargo xtask fuzz`: every fuzz target for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::error::{Result, TaskError};
use crate::{cargo, say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Targets to run; all of them when none is named
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Name the targets and do nothing else
    #[arg(long)]
    list: bool,
}

impl Args {
    /// Runs targets one after another; the first finding ends it.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let known = targets()?;
        if self.list {
            known.iter().for_each(|target| println!("{target}"));
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(unknown) = self.targets.iter().find(|target| !known.contains(target)) {
            let message = format!("there is no fuzz target {unknown}; there are: {}", known.join(", "));
            return Err(TaskError::Failed(message));
        }
        let fuzz = cargo_fuzz()?;
        for target in if self.targets.is_empty() { &known } else { &self.targets } {
            say(&format!("{target}: {} s", self.seconds));
            one(&fuzz, target, self.seconds)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn directory() -> Result<PathBuf> {
    Ok(cargo::workspace()?.join("fuzz"))
}

/// The names of the targets: the files there are.
fn targets() -> Result<Vec<String>> {
    let directory = directory()?.join("fuzz_targets");
    let fault = |source| TaskError::io("cannot list", &directory)(source);
    let mut names = Vec::new();
    for entry in fs::read_dir(&directory).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// The program `cargo-fuzz`: of the system, or installed into the target directory.
fn cargo_fuzz() -> Result<PathBuf> {
    let found = Command::new("cargo-fuzz").arg("--version").output();
    if found.is_ok_and(|output| output.status.success()) {
        return Ok("cargo-fuzz".into());
    }
    let root = cargo::target_dir()?.join("tools");
    let program = root.join("bin/cargo-fuzz");
    if !program.exists() {
        say("installing cargo-fuzz into target/tools");
        cargo::run(cargo::command()?.args(["install", "cargo-fuzz", "--locked", "--root"]).arg(&root))?;
    }
    Ok(program)
}

fn one(fuzz: &Path, target: &str, seconds: u64) -> Result<()> {
    let directory = directory()?;
    let corpus = directory.join("corpus").join(target);
    fs::create_dir_all(&corpus).map_err(TaskError::io("cannot make", &corpus))?;
    let mut command = Command::new(fuzz);
    // Sanitizers are flags of the nightly compiler; this has the stable one take them.
    command.env("RUSTC_BOOTSTRAP", "1").current_dir(cargo::workspace()?);
    command
        .args(["fuzz", "run", target])
        .arg(corpus)
        .arg(directory.join("seeds").join(target))
        .arg("--")
        .args([
            format!("-max_total_time={seconds}"),
            "-timeout=20".into(),
            "-rss_limit_mb=3072".into(),
            "-max_len=4096".into(),
        ]);
    cargo::run(&mut command)
}
