//! `cargo xtask test`: every test of the workspace, with agents built and hosts up.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use rplay_lab::{Lab, LabSpec, packages};

use super::{agents, conformance};
use crate::error::{Result, TaskError};
use crate::{cargo, oracle, say};

/// The variable that names the lab tests may use; its hosts are shared and stay up.
const LAB_VARIABLE: &str = "RPLAY_LAB";
const LAB: &str = "test";
const HOSTS: usize = 4;

/// The variable that names the program which runs one module on a host.
const MODULE_VARIABLE: &str = "RPLAY_MODULE_BIN";
const MODULE_PACKAGE: &str = "rplay-modules";
const MODULE_EXAMPLE: &str = "module";

/// The variable that says how long ansible-core's targets may take, and how long when it is not set. Minutes.
const CONFORMANCE_VARIABLE: &str = "RPLAY_CONFORMANCE_MINUTES";
const CONFORMANCE_MINUTES: u64 = 25;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Instead of --workspace: what to give to `cargo test`
    #[arg(last = true)]
    cargo: Vec<String>,
    /// Leave the hosts up for the next run
    #[arg(long)]
    keep: bool,
    /// Minutes for ansible-core's integration targets after the tests of the workspace, 0 for none; 15 where
    /// neither this nor RPLAY_CONFORMANCE_MINUTES says otherwise
    #[arg(long)]
    conformance_minutes: Option<u64>,
}

impl Args {
    /// Runs the tests; the exit code is cargo's, or a failure where the code is not formatted.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let formatted = check_format()?;
        let mut test = self.prepare()?;
        let lab = timed("hosts", || Ok(Lab::up(LabSpec { progress: say, ..LabSpec::new(LAB, HOSTS) })?))?;
        let tested = timed("tests", || watch(&mut test));
        if !self.keep {
            lab.down()?;
        }
        let (totals, code) = tested?;
        println!("\n{totals}");
        let conforms = self.conforms()?;
        if !formatted {
            println!("not formatted: run cargo fmt --all");
        }
        if !conforms {
            println!("targets of ansible-core fail, see above");
        }
        Ok(if formatted && conforms { code } else { ExitCode::FAILURE })
    }

    /// Runs the targets that fit into their time, where the whole workspace is tested.
    fn conforms(&self) -> Result<bool> {
        let minutes = self.conformance_minutes()?;
        if minutes == 0 || !self.cargo.is_empty() {
            return Ok(true);
        }
        let args = conformance::Args::for_tests(minutes);
        let code = timed("targets of ansible-core", || args.run())?;
        Ok(code == ExitCode::SUCCESS)
    }

    fn conformance_minutes(&self) -> Result<u64> {
        let set = std::env::var(CONFORMANCE_VARIABLE).ok().filter(|value| !value.is_empty());
        match (self.conformance_minutes, set) {
            (Some(minutes), _) => Ok(minutes),
            (None, None) => Ok(CONFORMANCE_MINUTES),
            (None, Some(value)) => value.parse().map_err(|_| {
                TaskError::Failed(format!("{CONFORMANCE_VARIABLE} is a number of minutes, not `{value}`"))
            }),
        }
    }

    /// Builds what the tests take for granted, and returns the command that runs them.
    fn prepare(&self) -> Result<Command> {
        packages::ensure(&[packages::BUILD, packages::LAB, packages::ORACLE, packages::TESTS].concat(), say)?;
        let core = timed("ansible-core", || oracle::ensure(&oracle::CORE))?;
        let agents = timed("agents", agents::build)?;
        let module = timed("module runner", || agents::build_static_example(MODULE_PACKAGE, MODULE_EXAMPLE))?;
        let mut test = cargo::command()?;
        test.args(["test", "--no-fail-fast"]);
        test.env(agents::AGENTS_VARIABLE, agents).env(oracle::VARIABLE, core);
        test.env(LAB_VARIABLE, LAB).env(MODULE_VARIABLE, module);
        if self.cargo.is_empty() {
            test.arg("--workspace");
        } else {
            test.args(&self.cargo);
        }
        Ok(test)
    }
}

/// Whether all of the code is formatted; what is not is printed.
fn check_format() -> Result<bool> {
    if cargo::output(cargo::command()?.args(["fmt", "--version"])).is_err() {
        say("adding rustfmt");
        cargo::run(Command::new("rustup").args(["component", "add", "rustfmt"]))?;
    }
    say("checking the format");
    let mut check = cargo::command()?;
    check.args(["fmt", "--all", "--check"]);
    let status = check.status().map_err(|source| cargo::spawn_error(&check, source))?;
    Ok(status.success())
}

/// Does a part of the work and says how long it took.
fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    let done = work();
    say(&format!("{what}: {} s", began.elapsed().as_secs()));
    done
}

/// Runs cargo, passing its output on, and counts.
fn watch(test: &mut Command) -> Result<(Totals, ExitCode)> {
    let mut child = test.stdout(Stdio::piped()).spawn().map_err(|source| cargo::spawn_error(test, source))?;
    let mut totals = Totals::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(TaskError::io("cannot read from", "cargo test".as_ref()))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            totals.add(&line);
        }
    }
    let status = child.wait().map_err(|source| cargo::spawn_error(test, source))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok((totals, ExitCode::from(code)))
}

/// What all test programs together reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    programs: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Totals {
    /// Adds a line such as `test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        self.programs += 1;
        let words: Vec<&str> = result.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let [number, what] = pair else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match *what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { programs, passed, failed, ignored } = self;
        write!(f, "tests: {passed} passed, {failed} failed, {ignored} ignored, in {programs} programs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut totals = Totals::default();
        totals.add(
            "test result: ok. 8 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        totals.add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        totals.add("test some::test ... ok");
        assert_eq!(totals, Totals { programs: 2, passed: 11, failed: 2, ignored: 1 });
    }
}
