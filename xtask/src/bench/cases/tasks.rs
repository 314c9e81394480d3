//! Many small tasks on several hosts: what most of most playbooks is.

use std::path::Path;
use std::process::Command;

use super::hosts::{Hosts, PLACE};
use crate::bench::contest::Entrant;
use crate::bench::engine::{Engine, enter};
use crate::bench::report::Target;
use crate::bench::{Bench, Report};
use crate::error::Result;

/// Five tasks each, and one before them.
const GROUPS: (usize, usize) = (20, 3);

/// The same as one group of tasks, as somebody would write it who has only a shell.
const SCRIPT: &str = r#"
mkdir -p -m 0755 "$place/d$i"
printf 'name=service%s\n' "$i" > "$place/f$i.new"
chmod 0640 "$place/f$i.new"
mv "$place/f$i.new" "$place/f$i"
/bin/true
grep -qxF "key$i=value" "$place/f$i" || echo "key$i=value" >> "$place/f$i"
stat -c '%s %a' "$place/f$i"
"#;

pub(super) fn run(bench: &Bench) -> Result<Report> {
    let lab = bench.lab()?;
    let inventory = bench.home.near(lab)?;
    let groups = bench.size(GROUPS.0, GROUPS.1);
    let book = bench.home.file("tasks.yml", &playbook(groups))?;
    let warm_up = bench.home.file("tasks-warm-up.yml", &playbook(1))?;
    let mut entrants = bench.players(&inventory, &book, &warm_up);
    entrants.push(by_hand(bench, groups)?);
    let rows = bench.contest("tasks", entrants, &Hosts::all(lab))?;
    let targets = vec![Target::no_slower(&rows, Engine::Shell)];
    let about = format!(
        "{} tasks (file, copy, command, lineinfile, stat) on {} hosts over ssh; connections are opened in the run. \
         By hand: one script for each host over ssh, all hosts at once.",
        groups * 5 + 1,
        lab.hosts().len()
    );
    Ok(Report::contest(about, &rows, targets))
}

fn playbook(groups: usize) -> String {
    let mut text = format!(
        "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Make the place\n      ansible.builtin.file:\n        \
         path: {PLACE}\n        state: directory\n        mode: \"0755\"\n"
    );
    for i in 1..=groups {
        text.push_str(&group(i));
    }
    text
}

fn group(i: usize) -> String {
    format!(
        "    - name: Directory {i}\n      ansible.builtin.file:\n        path: {PLACE}/d{i}\n        state: directory\n        mode: \"0755\"\n\
         \x20   - name: File {i}\n      ansible.builtin.copy:\n        content: \"name=service{i}\\n\"\n        dest: {PLACE}/f{i}\n        mode: \"0640\"\n\
         \x20   - name: Command {i}\n      ansible.builtin.command: /bin/true\n\
         \x20   - name: Line {i}\n      ansible.builtin.lineinfile:\n        path: {PLACE}/f{i}\n        line: key{i}=value\n\
         \x20   - name: Look {i}\n      ansible.builtin.stat:\n        path: {PLACE}/f{i}\n      register: found\n"
    )
}

fn by_hand(bench: &Bench, groups: usize) -> Result<Entrant> {
    let there = format!(
        "set -e\nplace={PLACE}\nmkdir -p -m 0755 \"$place\"\nfor i in $(seq {groups}); do{SCRIPT}done\n"
    );
    let there = bench.home.file("tasks-there.sh", &there)?;
    let hosts: Vec<&str> = bench.lab()?.hosts().iter().map(|host| host.name.as_str()).collect();
    let here = bench.home.file("tasks-here.sh", &here(&bench.home.ssh_config(), &there, &hosts))?;
    let mut command = Command::new("sh");
    command.arg(here);
    enter(&mut command, &bench.home);
    Ok(Entrant { engine: Engine::Shell, work: Ok(command), warm_up: None })
}

/// Runs a script on all hosts at once; one that fails lets this one fail.
fn here(config: &Path, there: &Path, hosts: &[&str]) -> String {
    let (config, there) = (config.display(), there.display());
    format!(
        "pids=\nfor host in {}; do\n  ssh -F {config} \"$host\" sh -s < {there} &\n  pids=\"$pids $!\"\ndone\n\
         for pid in $pids; do wait \"$pid\" || exit 1; done\n",
        hosts.join(" ")
    )
}
