//! A loop of commands on the controller itself: what an item costs when there is no network.

use std::process::Command;

use crate::bench::contest::{Entrant, Nothing};
use crate::bench::engine::{Engine, enter};
use crate::bench::report::Target;
use crate::bench::{Bench, Report};
use crate::error::Result;

const ITEMS: (usize, usize) = (300, 20);

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let items = bench.size(ITEMS.0, ITEMS.1);
    let inventory = bench.home.file("local", &inventory(bench))?;
    let book = bench.home.file("local.yml", &playbook(items))?;
    let warm_up = bench.home.file("local-warm-up.yml", &playbook(1))?;
    let mut entrants = bench.players(&inventory, &book, &warm_up);
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("for i in $(seq {items}); do /bin/echo $i; done"));
    enter(&mut command, &bench.home);
    entrants.push(Entrant { engine: Engine::Shell, work: Ok(command), warm_up: None });
    let rows = bench.contest("local", entrants, &Nothing)?;
    let targets = vec![Target::no_slower(&rows, Engine::Shell)];
    let about = format!("One task, a loop of {items} commands on localhost. By hand: a bash loop.");
    Ok(Report::contest(about, &rows, targets))
}

/// ansible-core's own Python is what its modules are run by, whatever else the machine has.
fn inventory(bench: &Bench) -> String {
    let python = bench.programs.python();
    let python = python.map(|python| format!(" ansible_python_interpreter={}", python.display()));
    format!("localhost ansible_connection=local{}\n", python.unwrap_or_default())
}

fn playbook(items: usize) -> String {
    format!(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - name: Say\n      \
         ansible.builtin.command: /bin/echo {{{{ item }}}}\n      loop: \"{{{{ range({items}) | list }}}}\"\n"
    )
}
