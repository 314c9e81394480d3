//! Many hosts and nothing to do on them: what variables, templates and bookkeeping cost.

use crate::bench::contest::Nothing;
use crate::bench::engine::Engine;
use crate::bench::report::{Target, cost};
use crate::bench::{Bench, Report};
use crate::error::Result;

const HOSTS: (usize, usize) = (1000, 60);
/// Peak memory of rplay at the full size, MB.
const MEMORY: f64 = 150.0;

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let hosts = bench.size(HOSTS.0, HOSTS.1);
    let inventory = bench.home.file("many", &inventory(hosts))?;
    let book = bench.home.file("controller.yml", include_str!("../content/controller.yml"))?;
    let few = bench.home.file("controller-warm-up.yml", "- hosts: g0[0]\n  gather_facts: false\n  tasks:\n    - debug: msg=\"{{ port }}\"\n")?;
    let rows = bench.contest("controller", bench.players(&inventory, &book, &few), &Nothing)?;
    let memory = cost(&rows, Engine::Rplay).map(|cost| cost.memory);
    let targets = vec![
        Target::part(&rows, Engine::Core, 200.0),
        Target::at_most(format!("under {MEMORY} MB"), memory, MEMORY, " MB"),
    ];
    let about = format!(
        "{hosts} hosts, 7 tasks on the controller: set_fact, debug, assert, loops, hostvars of ten other hosts."
    );
    Ok(Report::contest(about, &rows, targets))
}

/// Hosts in ten groups, with variables of hosts, groups and all.
fn inventory(hosts: usize) -> String {
    let mut text = String::new();
    for group in 0..10 {
        text.push_str(&format!("[g{group}]\n"));
        for index in (group..hosts).step_by(10) {
            text.push_str(&format!("host{index:04} index={index} rack=r{}\n", index % 40));
        }
        text.push_str(&format!("[g{group}:vars]\nzone=zone{group}\nweight={}\n", group + 1));
    }
    text + "[all:vars]\nansible_connection=local\ndomain=example.org\nport=8000\n"
}
