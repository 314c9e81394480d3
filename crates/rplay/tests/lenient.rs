//! Forms of older Ansible: each means what its modern form means, is warned of once, and refused under
//! `RPLAY_STRICT`.

use std::{fs, process::Command};

/// What is shown, the older form, the modern form.
const FORMS: &[(&str, &str, &str)] = &[
    (
        "include with keywords",
        "- name: n\n  include: t.yml\n  when: 1 == 1\n  tags: a\n  become: no\n  become_user: root\n  run_once: yes\n  vars: {x: 3}",
        "- name: n\n  import_tasks: t.yml\n  when: 1 == 1\n  tags: a\n  become: no\n  become_user: root\n  run_once: yes\n  vars: {x: 3}",
    ),
    (
        "include in a loop of its own variable",
        "- include: t.yml\n  with_items: [1]\n  loop_control: {loop_var: x}",
        "- include_tasks: t.yml\n  with_items: [1]\n  loop_control: {loop_var: x}",
    ),
    (
        "include",
        "- include: t.yml\n  when: 1 == 1\n  vars: {x: 1}",
        "- import_tasks: t.yml\n  when: 1 == 1\n  vars: {x: 1}",
    ),
    (
        "include with parameters",
        "- include: t.yml x=2 tags=a",
        "- import_tasks: t.yml\n  vars: {x: 2, tags: a}",
    ),
    (
        "include in a loop",
        "- include: t.yml\n  with_items: [1, 2]",
        "- include_tasks: t.yml\n  with_items: [1, 2]",
    ),
    ("static", "- include_tasks: t.yml\n  static: no", "- include_tasks: t.yml"),
    ("warn", "- command: echo hi warn=no", "- command: echo hi"),
    ("warn in args", "- shell: echo hi\n  args: {warn: false}", "- shell: echo hi"),
    ("get_md5", "- stat: path=/ get_md5=no", "- stat: path=/"),
    (
        "first_available_file",
        "- debug: msg={{ item | basename }}\n  first_available_file: [nosuch.yml, t.yml]",
        "- debug: msg={{ item | basename }}\n  with_first_found: [nosuch.yml, t.yml]",
    ),
    (
        "bare variable",
        "- debug: msg={{ item }}\n  with_items: names",
        "- debug: msg={{ item }}\n  with_items: '{{ names }}'",
    ),
    ("sudo", "- debug: msg=a\n  sudo: no", "- debug: msg=a\n  become: no"),
    ("always_run", "- command: echo hi\n  always_run: yes", "- command: echo hi\n  check_mode: no"),
    (
        "tests as filters",
        "- command: echo hi\n  register: out\n- debug: msg=fine\n  when: out|success",
        "- command: echo hi\n  register: out\n- debug: msg=fine\n  when: out is success",
    ),
    ("templates in when", "- debug: msg=a\n  when: '{{ yes_it_is }}'", "- debug: msg=a\n  when: yes_it_is"),
    (
        "conditions that are no booleans",
        "- debug: msg=a\n  when: names",
        "- debug: msg=a\n  when: names | length > 0",
    ),
];

/// What is shown, the older playbook, the modern one.
const PLAYBOOKS: &[(&str, &str, &str)] = &[
    (
        "include of a playbook",
        "- include: other.yml\n  vars: {x: 1}",
        "- import_playbook: other.yml\n  vars: {x: 1}",
    ),
    (
        "sudo of a play",
        "- hosts: all\n  gather_facts: no\n  connection: local\n  sudo: no\n  tasks: [debug: msg=a]",
        "- hosts: all\n  gather_facts: no\n  connection: local\n  become: no\n  tasks: [debug: msg=a]",
    ),
];

/// Variables of hosts: the older ones, and the modern ones. Nobody listens at that port.
const HOST_VARS: &[(&str, &str)] = &[
    (
        "ansible_ssh_host=127.0.0.1 ansible_ssh_port=1 ansible_ssh_user=bob ansible_ssh_pass=x",
        "ansible_host=127.0.0.1 ansible_port=1 ansible_user=bob ansible_password=x",
    ),
    (
        "ansible_connection=local ansible_become=yes ansible_become_pass=x ansible_become_method=nosuch",
        "ansible_connection=local ansible_become=yes ansible_become_password=x ansible_become_method=nosuch",
    ),
];

fn run(tasks: &str, strict: bool) -> (i32, String, String) {
    let head = "- hosts: all\n  gather_facts: no\n  connection: local\n  vars: {names: [a, b], yes_it_is: true}\n  tasks:\n";
    let body: String = tasks.lines().map(|line| format!("    {line}\n")).collect();
    play(&format!("{head}{body}"), "", strict)
}

/// Runs a playbook on a host with these variables.
fn play(playbook: &str, host_vars: &str, strict: bool) -> (i32, String, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("p.yml"), playbook).unwrap();
    fs::write(dir.path().join("hosts"), format!("h1 {host_vars}\n")).unwrap();
    fs::write(
        dir.path().join("other.yml"),
        "- hosts: all\n  gather_facts: no\n  connection: local\n  tasks: [debug: var=x]\n",
    )
    .unwrap();
    fs::write(
        dir.path().join("t.yml"),
        "- debug: msg=\"{{ x | default('no x') }} {{ item | default('no item') }}\"\n",
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rplay"));
    command.args(["-i", "hosts", "p.yml"]).current_dir(dir.path());
    command.env("HOME", dir.path()).env("ANSIBLE_NOCOLOR", "1").env("ANSIBLE_DEPRECATION_WARNINGS", "1");
    command.env_remove("RPLAY_STRICT");
    if strict {
        command.env("RPLAY_STRICT", "1");
    }
    let done = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let place = dir.path().to_string_lossy().into_owned();
    (done.status.code().unwrap_or(-1), text(&done.stdout).replace(&place, "DIR"), text(&done.stderr))
}

#[test]
fn older_forms_mean_what_their_modern_forms_mean() {
    let mut wrong = String::new();
    for (form, old, new) in FORMS {
        let (code, out, err) = run(old, false);
        let (_, modern, _) = run(new, false);
        let warnings = err.matches("[DEPRECATION WARNING]").count();
        if code != 0 || out != modern || warnings != 1 {
            wrong.push_str(&format!("--- {form}: exit {code}, {warnings} warnings\n{out}{modern}{err}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn older_playbooks_mean_what_modern_ones_mean() {
    for (form, old, new) in PLAYBOOKS {
        let (code, out, err) = play(old, "", false);
        assert_eq!((code, out), (0, play(new, "", false).1), "{form}: {err}");
        assert_eq!(err.matches("[DEPRECATION WARNING]").count(), 1, "{form}: {err}");
        assert_ne!(play(old, "", true).0, 0, "{form}");
    }
}

#[test]
fn older_variables_of_hosts_mean_what_modern_ones_mean() {
    const PLAYBOOK: &str = "- hosts: all\n  gather_facts: no\n  tasks: [command: id]\n";
    for (old, new) in HOST_VARS {
        let (code, out, _) = play(PLAYBOOK, old, false);
        assert_eq!((code, &out), (play(PLAYBOOK, new, false).0, &play(PLAYBOOK, new, false).1), "{old}");
        assert_ne!(code, 0, "{old}: {out}");
        assert!(out.contains("127.0.0.1") || out.contains("nosuch"), "{old}: {out}");
    }
}

/// Forms that ansible-core 2.19 runs as well, if with another meaning or a warning of its own.
const RUN_STILL: [&str; 2] = ["bare variable", "templates in when"];

#[test]
fn older_forms_are_refused_in_strict_mode() {
    let accepted = FORMS.iter().filter(|(_, old, new)| run(old, true).0 == 0 || run(new, true).0 != 0);
    let accepted: Vec<&str> =
        accepted.map(|(form, _, _)| *form).filter(|form| !RUN_STILL.contains(form)).collect();
    assert!(accepted.is_empty(), "{accepted:?}");
}
