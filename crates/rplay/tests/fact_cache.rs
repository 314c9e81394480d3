//! Facts kept in files: what ansible-core kept is read here, and the other way round. Needs ansible-core
//! (`RPLAY_ORACLE`, a virtual environment).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

const CONFIG: &str = "\
[defaults]
fact_caching = jsonfile
fact_caching_connection = ./facts
gathering = smart
";

/// Keeps facts of all kinds: of variables, with text that is no template, encrypted, with dates; and the
/// machine's own.
const KEEP: &str = "\
- hosts: all
  gather_facts: true
  vars:
    text: \"{{ '{{' }} no }}\"
    when: 2024-01-02 03:04:05
  tasks:
    - set_fact:
        kept: {text: \"{{ text }}\", when: \"{{ when }}\", list: [1, 2.5, true, null, \"é\"]}
        cacheable: true
";

const SHOW: &str = "\
- hosts: all
  tasks:
    - debug:
        msg: \"{{ kept }} {{ kept.when | type_debug }} {{ ansible_facts.kept == kept }}\"
    - debug:
        msg: \"{{ ansible_facts.system }} {{ ansible_facts.env.HOME }} {{ ansible_facts.date_time.year is defined }}\"
";

/// ansible-core's program for playbooks.
fn reference() -> PathBuf {
    let venv = std::env::var_os("RPLAY_ORACLE")
        .expect("this test needs ansible-core: set RPLAY_ORACLE to a virtual environment that has it");
    PathBuf::from(venv).join("bin/ansible-playbook")
}

/// What a playbook prints, and whether it went well.
fn play(program: &Path, dir: &Path, name: &str, playbook: &str) -> String {
    std::fs::write(dir.join("ansible.cfg"), CONFIG).unwrap();
    std::fs::write(dir.join("hosts"), "h ansible_connection=local\n").unwrap();
    std::fs::write(dir.join(name), playbook).unwrap();
    let output = Command::new(program)
        .current_dir(dir)
        .env("HOME", dir)
        .env("LC_ALL", "C.UTF-8")
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
        .args(["-i", "hosts", name])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// What one of the programs shows of facts that the other one kept is what it shows of its own.
fn exchanged(keeper: &Path, reader: &Path) {
    let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    play(reader, own.path(), "keep.yml", KEEP);
    play(keeper, other.path(), "keep.yml", KEEP);
    let shown = |dir: &Path| {
        let text = play(reader, dir, "show.yml", SHOW);
        assert!(!text.contains("Gathering Facts"), "facts are there already: {text}");
        text.replace(&*dir.to_string_lossy(), "HOME")
    };
    assert_eq!(shown(other.path()), shown(own.path()));
}

#[test]
fn facts_of_ansible_core_are_read() {
    exchanged(&reference(), Path::new(env!("CARGO_BIN_EXE_rplay")));
}

#[test]
fn facts_kept_here_are_read_by_ansible_core() {
    exchanged(Path::new(env!("CARGO_BIN_EXE_rplay")), &reference());
}
