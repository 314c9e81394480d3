//! Loops over a long line: what is paid for each item.

use std::net::SocketAddr;
use std::time::Duration;

use super::hosts::{Hosts, PLACE};
use crate::bench::engine::Engine;
use crate::bench::line::Line;
use crate::bench::report::Target;
use crate::bench::{Bench, Report};
use crate::error::{Result, TaskError};

/// Each direction of the line.
pub(super) const DELAY: Duration = Duration::from_millis(25);

/// Items of each of the four loops.
const ITEMS: (usize, usize) = (10, 3);

/// A line to the lab's first host.
pub(super) fn line(bench: &Bench) -> Result<Line> {
    let host = bench.lab()?.host("n1")?;
    Line::open(SocketAddr::from((host.addr, 22)), DELAY)
        .map_err(TaskError::io("cannot open a line to", host.addr.to_string().as_ref()))
}

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let lab = bench.lab()?;
    let inventory = bench.home.far(lab, &line(bench)?)?;
    let items = bench.size(ITEMS.0, ITEMS.1);
    let book = bench.home.file("loops.yml", &playbook(items))?;
    let warm_up = bench.home.file("loops-warm-up.yml", &playbook(1))?;
    let entrants = bench.players(&inventory, &book, &warm_up);
    let rows = bench.contest("loops", entrants, &Hosts::first(lab))?;
    let targets = vec![Target::part(&rows, Engine::Core, 25.0), Target::part(&rows, Engine::Mitogen, 12.0)];
    let about = format!(
        "Four loops (file, copy, command, lineinfile) of {items} items on one host behind a line with {} ms round trip.",
        (DELAY * 2).as_millis()
    );
    Ok(Report::contest(about, &rows, targets))
}

fn playbook(items: usize) -> String {
    include_str!("../content/loops.yml").replace("@PLACE@", PLACE).replace("@ITEMS@", &items.to_string())
}
