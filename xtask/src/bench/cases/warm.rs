//! A host that has the agent already: what the first task costs beyond logging in.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::loops::{DELAY, line};
use crate::bench::engine::{Engine, enter};
use crate::bench::line::Line;
use crate::bench::measure;
use crate::bench::report::{Target, number};
use crate::bench::{Bench, Report};
use crate::commands::agents;
use crate::error::{Result, TaskError};

/// An agent's limits: bytes over every new line, and seconds at the start of every run.
const SIZE: f64 = 4.0;
const START: f64 = 10.0;

/// What a program took over the line.
#[derive(Debug, Clone, Copy)]
struct Trip {
    seconds: f64,
    turns: usize,
}

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let line = line(bench)?;
    let inventory = bench.home.far(bench.lab()?, &line)?;
    let mut ssh = Command::new("ssh");
    ssh.arg("-F").arg(bench.home.ssh_config()).args(["n1", "true"]);
    enter(&mut ssh, &bench.home);
    let play = |pings: usize| -> Result<Command> {
        let book = bench.home.file(&format!("ping-{pings}.yml"), &playbook(pings))?;
        let command = bench.programs.play(Engine::Rplay, &bench.home, &inventory, &book);
        command.map_err(TaskError::Failed)
    };
    let mut adhoc = Command::new(bench.programs.rplay());
    adhoc.args(["all", "-m", "ping", "-i"]).arg(&inventory);
    enter(&mut adhoc, &bench.home);

    let login = trip(bench, "ssh", &mut ssh, &line)?;
    let ping = trip(bench, "ping", &mut adhoc, &line)?;
    let (one, eleven) =
        (trip(bench, "one", &mut play(1)?, &line)?, trip(bench, "eleven", &mut play(11)?, &line)?);
    let round = (DELAY * 2).as_secs_f64();
    let first = ping.turns as f64 - login.turns as f64;
    let longer = (ping.seconds - login.seconds) / round;
    let further = (eleven.seconds - one.seconds) / round / 10.0;
    let agent = agents::native()?;
    let size = std::fs::metadata(&agent).map_err(TaskError::io("cannot look at", &agent))?.len() as f64 / 1e6;
    let start = start(&agent, bench.scope.runs)?;
    let row = |what: &str, trip: Trip| {
        vec![what.to_owned(), number(trip.seconds), number(trip.seconds / round), trip.turns.to_string()]
    };
    let targets = vec![
        Target::at_most(
            "the first task is one turn of the line more than logging in",
            Some(first),
            1.0,
            " turns",
        ),
        Target::at_most("and takes no longer than that", Some(longer), 1.5, " round trips"),
        Target::at_most("a further task is one round trip", Some(further), 1.2, " round trips"),
        Target::at_most(format!("agent under {SIZE} MB"), Some(size), SIZE, " MB"),
        Target::at_most(format!("agent starts within {START} ms"), Some(start), START, " ms"),
    ];
    Ok(Report {
        about: format!(
            "A host with the agent in place, behind a line with {} ms round trip.",
            round * 1000.0
        ),
        columns: vec!["what", "wall s", "in round trips", "turns of the line"],
        rows: vec![
            row("`ssh host true` (logging in)", login),
            row("`rplay -m ping`", ping),
            row("a play of 1 ping", one),
            row("a play of 11 pings", eleven),
        ],
        notes: Vec::new(),
        targets,
    })
}

fn playbook(pings: usize) -> String {
    let task = "    - ansible.builtin.ping:\n";
    format!("- hosts: all\n  gather_facts: false\n  tasks:\n{}", task.repeat(pings))
}

/// The median over the line, after a run that warms up.
fn trip(bench: &Bench, word: &str, command: &mut Command, line: &Line) -> Result<Trip> {
    let log = bench.home.logs().join(format!("warm-{word}.log"));
    let mut run = || {
        let before = line.turns();
        let cost = measure::run(command, &log, bench.scope.limit);
        let cost = cost.map_err(|why| TaskError::Failed(format!("{word}: {why}")))?;
        Ok::<_, TaskError>((cost, line.turns() - before))
    };
    run()?;
    let trips: Vec<_> = (0..bench.scope.runs).map(|_| run()).collect::<Result<_>>()?;
    let costs: Vec<_> = trips.iter().map(|(cost, _)| *cost).collect();
    let median = measure::median(&costs).ok_or_else(|| TaskError::Failed("no run".to_owned()))?;
    let turns = trips.iter().map(|(_, turns)| *turns).min().unwrap_or(0);
    Ok(Trip { seconds: median.wall, turns })
}

/// Milliseconds from starting the agent to its greeting, the median.
fn start(agent: &Path, runs: usize) -> Result<f64> {
    let mut times: Vec<f64> = (0..=runs * 4).map(|_| start_once(agent)).collect::<Result<_>>()?;
    times.remove(0);
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(f64::NAN))
}

fn start_once(agent: &Path) -> Result<f64> {
    let mut command = Command::new(agent);
    command.arg("bench").stdin(Stdio::piped()).stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().map_err(|source| crate::cargo::spawn_error(&command, source))?;
    let mut first = [0];
    let read = child.stdout.as_mut().map(|output| output.read_exact(&mut first));
    let took = began.elapsed().as_secs_f64() * 1000.0;
    drop(child.stdin.take());
    let ended = child.wait();
    match (read, ended) {
        (Some(Ok(())), Ok(_)) => Ok(took),
        _ => Err(TaskError::Failed(format!("{} does not greet", agent.display()))),
    }
}
