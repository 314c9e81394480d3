//! `cargo xtask bench`: rplay beside other engines on the same work.

use std::process::ExitCode;
use std::time::Duration;

use rplay_lab::packages;

use super::agents;
use crate::bench::{Bench, CASES, Case, Scope, conditions, write};
use crate::error::{Result, TaskError};
use crate::{cargo, say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Cases to run; all of them when none is named
    names: Vec<String>,
    /// A reduced size, to see whether everything works
    #[arg(long)]
    quick: bool,
    /// Only this engine and the shell
    #[arg(long, value_parser = ["rplay"])]
    only: Option<String>,
    /// This program instead of building one; its agents have to be inside or found by it
    #[arg(long, value_name = "PROGRAM")]
    rplay: Option<std::path::PathBuf>,
    /// How many runs to take the median of; slow engines are run less often
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Stop a run after so many seconds
    #[arg(long, default_value_t = 1800)]
    limit: u64,
    /// Put the tables into docs/performance.md
    #[arg(long, conflicts_with_all = ["quick", "only", "rplay"])]
    write: bool,
    /// Name the cases and do nothing else
    #[arg(long)]
    list: bool,
}

impl Args {
    /// Runs the cases and prints their tables.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let cases = select(&self.names)?;
        if self.list {
            cases.iter().for_each(|case| println!("{:12} {}", case.name, case.about));
            return Ok(ExitCode::SUCCESS);
        }
        packages::require_root()?;
        let rplay = match &self.rplay {
            Some(program) => program.canonicalize().map_err(TaskError::io("cannot find", program))?,
            None => agents::build_rplay()?,
        };
        let scope = Scope {
            quick: self.quick,
            only_rplay: self.only.is_some(),
            runs: self.runs.max(1),
            limit: Duration::from_secs(self.limit),
        };
        let bench = Bench::prepare(scope, rplay)?;
        for case in cases {
            self.one(&bench, case)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn one(&self, bench: &Bench, case: &Case) -> Result<()> {
        say(&format!("{}: {}", case.name, case.about));
        let report = (case.run)(bench)?;
        let table = format!("{}\nMeasured: {}.\n", report.markdown(), conditions(self.quick));
        println!("\n## {}\n\n{table}", case.name);
        keep(case.name, &table)?;
        if self.write { write(case.name, &table) } else { Ok(()) }
    }
}

/// Leaves the table where a person may paste it from.
fn keep(name: &str, table: &str) -> Result<()> {
    let dir = cargo::target_dir()?.join("bench");
    std::fs::create_dir_all(&dir).map_err(TaskError::io("cannot create the directory", &dir))?;
    let path = dir.join(format!("{name}.md"));
    std::fs::write(&path, table).map_err(TaskError::io("cannot write", &path))
}

fn select(names: &[String]) -> Result<Vec<&'static Case>> {
    if names.is_empty() {
        return Ok(CASES.iter().collect());
    }
    let find = |name: &String| {
        let known = || CASES.iter().map(|case| case.name).collect::<Vec<_>>().join(", ");
        let case = CASES.iter().find(|case| case.name == name);
        case.ok_or_else(|| TaskError::Failed(format!("no case {name}; there are {}", known())))
    };
    names.iter().map(find).collect()
}
