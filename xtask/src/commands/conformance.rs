//! `cargo xtask conformance`: ansible-core's own integration targets with rplay in its place.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rplay_lab::packages;

use super::agents;
use crate::conformance::document;
use crate::conformance::guest::{Session, Subject};
use crate::conformance::judgement::Disagreement;
use crate::conformance::list::{Entry, List, Reasons};
use crate::conformance::schedule::{self, Report};
use crate::conformance::verdict::{Outcome, Verdict};
use crate::error::{Result, TaskError};
use crate::{cargo, say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these targets, of whatever class
    targets: Vec<String>,
    /// Which classes: engine, cli, module, plugin, pymodule
    #[arg(long, value_delimiter = ',', default_value = "engine,cli")]
    class: Vec<String>,
    /// Start no target that would not end within so many minutes; cheapest first
    #[arg(long)]
    minutes: Option<u64>,
    /// How long one target may take, in seconds
    #[arg(long, default_value_t = 120)]
    timeout: u64,
    /// Run the real ansible-core; with --write, renew the figures in the list
    #[arg(long)]
    reference: bool,
    /// Write docs/compatibility.md and the list's seconds; needs all targets of the classes, and a reason for each
    /// that fails
    #[arg(long)]
    write: bool,
    /// This program in place of a debug build made now
    #[arg(long)]
    program: Option<PathBuf>,
    /// Only list the targets
    #[arg(long)]
    list: bool,
}

/// The files in the project.
struct Files {
    list: PathBuf,
    reasons: PathBuf,
    page: PathBuf,
}

impl Files {
    fn find() -> Result<Self> {
        let root = cargo::workspace()?;
        let dir = root.join("xtask/conformance");
        Ok(Self {
            list: dir.join("targets.tsv"),
            reasons: dir.join("reasons.tsv"),
            page: root.join("docs/compatibility.md"),
        })
    }
}

impl Args {
    /// What `cargo xtask test` runs.
    pub(crate) fn for_tests(minutes: u64) -> Self {
        let class = vec!["engine".to_owned(), "cli".to_owned()];
        let (targets, program) = (Vec::new(), None);
        Self {
            targets,
            class,
            minutes: Some(minutes),
            timeout: 120,
            reference: false,
            write: false,
            program,
            list: false,
        }
    }

    /// Runs the targets; one that fails without a reason on record, or passes with one, is a failure.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let files = Files::find()?;
        let list = List::read(&files.list)?;
        let reasons = Reasons::read(&files.reasons, &list)?;
        let chosen = self.choose(&list)?;
        if self.list {
            for entry in &chosen {
                println!(
                    "{}\t{}\t{}",
                    entry.target,
                    entry.class,
                    reasons.of(&entry.target).unwrap_or_default()
                );
            }
            return Ok(ExitCode::SUCCESS);
        }
        packages::require_root()?;
        let session = self.session()?;
        let began = Instant::now();
        let budget = self.minutes.map(|minutes| Duration::from_secs(minutes * 60));
        let report = schedule::run(chosen, &session, budget, tell)?;
        let results = session.logs.with_file_name("results.json");
        write(&results, &document::json(&report.outcomes))?;
        summarize(&report, began.elapsed(), &session.logs);
        if self.reference {
            self.renew(&files, list, &report)
        } else {
            self.judge(&files, list, &reasons, &report)
        }
    }

    fn choose(&self, list: &List) -> Result<Vec<Entry>> {
        if self.targets.is_empty() {
            let wanted = |entry: &&Entry| self.class.iter().any(|class| class == entry.kind());
            return Ok(list.entries.iter().filter(wanted).cloned().collect());
        }
        let find = |name: &String| {
            let found = list.entries.iter().find(|entry| entry.target == *name).cloned();
            found.ok_or_else(|| TaskError::Failed(format!("no target {name} in the list")))
        };
        self.targets.iter().map(find).collect()
    }

    fn session(&self) -> Result<Session> {
        packages::ensure(packages::LAB, say)?;
        let subject = match &self.program {
            _ if self.reference => Subject::Reference,
            Some(program) => Subject::Rplay(program.clone()),
            None => Subject::Rplay(build()?),
        };
        let logs = cargo::target_dir()?.join("conformance/logs");
        std::fs::create_dir_all(&logs).map_err(TaskError::io("cannot create the directory", &logs))?;
        Ok(Session { subject, logs, limit: self.timeout })
    }

    fn judge(&self, files: &Files, mut list: List, reasons: &Reasons, report: &Report) -> Result<ExitCode> {
        let found = Disagreement::find(&report.outcomes, reasons);
        let reasons_file = files.reasons.display();
        if !found.unexplained.is_empty() {
            println!("not passing, and {reasons_file} does not say why: {}", found.unexplained.join(" "));
        }
        if !found.stale.is_empty() {
            println!("passing, so their lines in {reasons_file} are to go: {}", found.stale.join(" "));
        }
        if !found.is_none() {
            return Ok(ExitCode::FAILURE);
        }
        if self.write {
            self.require_complete(report)?;
            write(&files.page, &document::page(&report.outcomes, &list, reasons))?;
            for outcome in report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass) {
                update(&mut list, outcome, |entry| entry.seconds = outcome.seconds);
            }
            list.write(&files.list)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn require_complete(&self, report: &Report) -> Result<()> {
        if self.targets.is_empty() && report.left.is_empty() {
            return Ok(());
        }
        Err(TaskError::Failed("the page is only written from a run of all targets of the classes".to_owned()))
    }

    fn renew(&self, files: &Files, mut list: List, report: &Report) -> Result<ExitCode> {
        if self.write {
            for outcome in &report.outcomes {
                update(&mut list, outcome, |entry| entry.recap = entry.recap.renewed(outcome.recap));
            }
            list.write(&files.list)?;
        }
        let agreed = report.outcomes.iter().all(|outcome| outcome.verdict == Verdict::Pass);
        Ok(if agreed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A debug build: quick to make, and the tests' own.
fn build() -> Result<PathBuf> {
    let agents = agents::build()?;
    say("building rplay");
    let mut build = cargo::command()?;
    build.args(["build", "-p", "rplay", "--bin", "rplay"]).env(agents::AGENTS_VARIABLE, agents);
    cargo::run(&mut build)?;
    Ok(cargo::target_dir()?.join("debug/rplay"))
}

fn tell(outcome: &Outcome) {
    let Outcome { entry, verdict, seconds, line, .. } = outcome;
    println!("{:7} {} {seconds:.1}s {line}", verdict.name(), entry.target);
}

fn summarize(report: &Report, took: Duration, logs: &Path) {
    let passed = report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count();
    println!(
        "{passed} of {} targets pass, {} s; logs: {}",
        report.outcomes.len(),
        took.as_secs(),
        logs.display()
    );
    if !report.left.is_empty() {
        let names: Vec<_> = report.left.iter().map(|entry| entry.target.as_str()).collect();
        println!("no time for {}: {}", names.len(), names.join(" "));
    }
}

fn update(list: &mut List, outcome: &Outcome, change: impl FnOnce(&mut Entry)) {
    if let Some(entry) = list.entries.iter_mut().find(|entry| entry.target == outcome.entry.target) {
        change(entry);
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(TaskError::io("cannot write", path))
}
