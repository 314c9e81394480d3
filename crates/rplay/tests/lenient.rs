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

fn run(tasks: &str, strict: bool) -> (i32, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let head = "- hosts: all\n  gather_facts: no\n  connection: local\n  vars: {names: [a, b], yes_it_is: true}\n  tasks:\n";
    let body: String = tasks.lines().map(|line| format!("    {line}\n")).collect();
    fs::write(dir.path().join("p.yml"), format!("{head}{body}")).unwrap();
    fs::write(
        dir.path().join("t.yml"),
        "- debug: msg=\"{{ x | default('no x') }} {{ item | default('no item') }}\"\n",
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rplay"));
    command.args(["-i", "h1,", "p.yml"]).current_dir(dir.path());
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

/// Forms that ansible-core 2.19 runs as well, if with another meaning or a warning of its own.
const RUN_STILL: [&str; 4] = ["warn", "warn in args", "bare variable", "templates in when"];

#[test]
fn older_forms_are_refused_in_strict_mode() {
    let accepted = FORMS.iter().filter(|(_, old, new)| run(old, true).0 == 0 || run(new, true).0 != 0);
    let accepted: Vec<&str> =
        accepted.map(|(form, _, _)| *form).filter(|form| !RUN_STILL.contains(form)).collect();
    assert!(accepted.is_empty(), "{accepted:?}");
}
