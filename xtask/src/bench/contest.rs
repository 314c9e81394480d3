//! Several engines doing the same work in turns.

use std::process::Command;
use std::time::{Duration, Instant};

use super::Bench;
use super::engine::{Engine, PLAYERS};
use super::measure::{self, Cost};
use crate::error::Result;
use crate::say;

/// An engine that has used up this much is not run again: what is that slow needs no median.
const PATIENCE: Duration = Duration::from_secs(25);

/// One engine's part.
pub(crate) struct Entrant {
    pub(crate) engine: Engine,
    /// The work; the error is why the engine is missing.
    pub(crate) work: Result<Command, String>,
    /// Less of the same work, done once before: agents, byte code and caches are in place.
    pub(crate) warm_up: Option<Command>,
}

/// What is done around each run, untimed.
pub(crate) trait Surroundings {
    /// Makes the place as it was.
    fn before(&self) -> Result<()>;
    /// What the run left: all engines have to leave the same.
    fn after(&self) -> Result<String>;
}

/// For work that leaves nothing.
pub(crate) struct Nothing;

impl Surroundings for Nothing {
    fn before(&self) -> Result<()> {
        Ok(())
    }

    fn after(&self) -> Result<String> {
        Ok(String::new())
    }
}

/// An engine's line in the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) engine: Engine,
    /// The median; the error is what is said instead.
    pub(crate) cost: Result<Cost, String>,
    /// How many runs it is the median of.
    pub(crate) runs: usize,
}

impl Bench {
    /// All engines with the same playbook.
    pub(crate) fn players(
        &self,
        inventory: &std::path::Path,
        book: &std::path::Path,
        warm_up: &std::path::Path,
    ) -> Vec<Entrant> {
        let command = |engine, book| self.programs.play(engine, &self.home, inventory, book);
        let asked = |engine: &Engine| *engine == Engine::Rplay || !self.scope.only_rplay;
        PLAYERS
            .into_iter()
            .filter(asked)
            .map(|engine| {
                let warm_up = command(engine, warm_up).ok();
                Entrant { engine, work: command(engine, book), warm_up }
            })
            .collect()
    }

    /// Runs everybody in turns, so that a noisy minute of the machine hits all.
    pub(crate) fn contest(
        &self,
        case: &str,
        entrants: Vec<Entrant>,
        around: &dyn Surroundings,
    ) -> Result<Vec<Row>> {
        let mut runners: Vec<Runner> = entrants.into_iter().map(Runner::new).collect();
        for runner in &mut runners {
            runner.warm_up(self, case, around)?;
        }
        let mut left = None;
        for _ in 0..self.scope.runs {
            for runner in &mut runners {
                runner.go(self, case, around, &mut left)?;
            }
        }
        Ok(runners.into_iter().map(Runner::row).collect())
    }
}

struct Runner {
    engine: Engine,
    work: Result<Command, String>,
    warm_up: Option<Command>,
    costs: Vec<Cost>,
    spent: Duration,
}

impl Runner {
    fn new(entrant: Entrant) -> Self {
        let Entrant { engine, work, warm_up } = entrant;
        Self { engine, work, warm_up, costs: Vec::new(), spent: Duration::ZERO }
    }

    /// A failure here shows in the run that is measured.
    fn warm_up(&mut self, bench: &Bench, case: &str, around: &dyn Surroundings) -> Result<()> {
        let (Some(mut command), true) = (self.warm_up.take(), self.work.is_ok()) else { return Ok(()) };
        let log = bench.home.logs().join(format!("{case}-{}-warm-up.log", self.engine.word()));
        around.before()?;
        let _ = measure::run(&mut command, &log, bench.scope.limit);
        bench.home.disconnect();
        Ok(())
    }

    fn go(
        &mut self,
        bench: &Bench,
        case: &str,
        around: &dyn Surroundings,
        left: &mut Option<String>,
    ) -> Result<()> {
        let Ok(command) = &mut self.work else { return Ok(()) };
        if self.spent > PATIENCE {
            return Ok(());
        }
        let log = bench.home.logs().join(format!("{case}-{}.log", self.engine.word()));
        around.before()?;
        let began = Instant::now();
        let cost = measure::run(command, &log, bench.scope.limit);
        self.spent += began.elapsed();
        bench.home.disconnect();
        match cost {
            Ok(cost) => {
                say(&format!("{case}: {} {:.2} s", self.engine.name(), cost.wall));
                self.costs.push(cost);
                self.compare(around.after()?, left);
            }
            Err(why) => {
                say(&format!("{case}: {} {why}", self.engine.name()));
                self.work = Err(why);
            }
        }
        Ok(())
    }

    /// Whoever ran first sets what is to be left.
    fn compare(&mut self, found: String, left: &mut Option<String>) {
        if *left.get_or_insert_with(|| found.clone()) != found {
            self.work = Err("leaves other files than the engine before it".to_owned());
        }
    }

    fn row(self) -> Row {
        let median = measure::median(&self.costs).ok_or_else(|| "no run".to_owned());
        let cost = match self.work {
            Ok(_) => median,
            Err(why) => Err(why),
        };
        Row { engine: self.engine, cost, runs: self.costs.len() }
    }
}
