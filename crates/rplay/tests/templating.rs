//! How much templating a play takes, by the count that `-vvvv` shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::process::Command;

/// Templates parsed and variables rendered in a play over so many hosts of this machine.
fn work(play: &str, hosts: usize) -> (u64, u64) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("play.yml"), play).unwrap();
    let hosts: String = (0..hosts).map(|index| format!("host{index} number={index}\n")).collect();
    std::fs::write(home.path().join("hosts"), hosts).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rplay"))
        .current_dir(home.path())
        .env("HOME", home.path())
        .args(["-i", "hosts", "-c", "local", "-vvvv", "play.yml"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Templating: ")).expect(&text).1;
    let mut counts = line.split(' ').filter_map(|word| word.parse().ok());
    (counts.next().unwrap(), counts.next().unwrap())
}

const PLAY: &str = "\
- hosts: all
  gather_facts: false
  vars:
    label: \"{{ inventory_hostname }}-{{ 'x' * 3 }}\"
    title: \"{{ label | upper }}\"
  tasks:
    - name: Many readers
      debug:
        msg: \"{{ title }} {{ label }} {{ title }}\"
      when:
        - title is defined
        - label | length > 3
      changed_when: title == 'none'
      failed_when: label == 'none'
    - name: Items
      debug:
        msg: \"{{ title }} {{ item }}\"
      loop: [1, 2, 3, 4, 5]
      when: label | length > item
";

#[test]
fn a_variable_is_rendered_once_for_a_task_and_host() {
    let (_, one) = work(PLAY, 1);
    assert_eq!(one, 4, "two variables in two tasks");
    let (_, many) = work(PLAY, 20);
    assert_eq!(many, 80);
}

#[test]
fn a_template_is_parsed_once_for_all_hosts() {
    let (one, _) = work(PLAY, 1);
    let (many, _) = work(PLAY, 20);
    assert_eq!(one, many);
}
