//! rplay on real hosts: the commands people know from the documents, and what must not go wrong.
//!
//! Needs a lab (`RPLAY_LAB`) and agents (`RPLAY_AGENTS_DIR`); `cargo xtask test` provides both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::process::Output;
use support::{alone, inventory, lab, rplay, said, shown, together, with_key};

fn run(command: &mut std::process::Command) -> Output {
    command.output().expect("rplay starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_documents_commands_run_unchanged() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), &with_key(&lab));
    let hosts = hosts.to_str().unwrap();
    let output =
        run(rplay(home.path()).args(["-i", hosts, "all", "-m", "shell", "-a", "uname -r && hostname"]));
    assert!(output.status.success(), "{}", shown(&output));
    for host in lab.hosts() {
        assert!(
            stdout(&output).contains(&format!("{} | CHANGED | rc=0 >>", host.name)),
            "{}",
            shown(&output)
        );
    }
    let output = run(rplay(home.path()).args([
        "-i",
        hosts,
        "master",
        "-m",
        "shell",
        "-a",
        "systemctl daemon-reload && systemctl is-system-running --wait || true",
        "-f",
        "3",
    ]));
    assert!(output.status.success(), "{}", shown(&output));
    let output = run(rplay(home.path()).args([
        "-i",
        hosts,
        "n2",
        "-m",
        "fetch",
        "-a",
        "src=/etc/hostname dest=./out/ flat=yes",
    ]));
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(std::fs::read_to_string(home.path().join("out/hostname")).unwrap(), "n2\n");
}

#[test]
fn plays_take_their_hosts_and_names_from_extra_variables() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), &with_key(&lab));
    let hosts = hosts.to_str().unwrap();
    let play = "- hosts: '{{ host }}'\n  gather_facts: false\n  tasks:\n    - command: echo {{ nodename | default('none') }}\n      register: said\n    - debug: var=said.stdout\n      tags: config\n      when: said is not skipped\n    - command: /bin/true\n      tags: config\n";
    std::fs::write(home.path().join("etcd-install.yml"), play).unwrap();
    std::fs::write(home.path().join("variables.yaml"), "host: master\nnodename: from-file\n").unwrap();
    let output = run(rplay(home.path()).args([
        "-i",
        hosts,
        "-e",
        "host=master[0]",
        "-e",
        "nodename=etcd01",
        "etcd-install.yml",
    ]));
    assert!(
        output.status.success() && stdout(&output).contains("\"said.stdout\": \"etcd01\""),
        "{}",
        shown(&output)
    );
    assert!(!stdout(&output).contains("[n2]"), "{}", shown(&output));
    let output = run(rplay(home.path()).args(["-i", hosts, "-e", "@variables.yaml", "etcd-install.yml"]));
    assert!(stdout(&output).matches("from-file").count() >= lab.hosts().len(), "{}", shown(&output));
}

#[test]
fn a_key_is_authorized_with_the_password_asked_for() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), "ansible_user=root\nansible_host_key_checking=false");
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPu0Dm0vqkGqkPOxWpBk7aK0b1u3yYsXx9dQ0mR1vJ5Q test@rplay\n";
    std::fs::write(home.path().join(".ssh/id_ed25519.pub"), key).unwrap();
    let args = "user=root state=present key=\"{{ lookup('file', '~/.ssh/id_ed25519.pub') }}\"";
    let command = |password: &str| {
        let mut command = rplay(home.path());
        command.args(["-i", hosts.to_str().unwrap(), "all", "-m", "authorized_key", "-a", args, "-k"]);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), format!("{password}\n").as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = command(rplay_lab::ROOT_PASSWORD);
    assert!(output.status.success(), "{}", shown(&output));
    let first = &lab.hosts()[0];
    assert!(said(first, "grep -c test@rplay /root/.ssh/authorized_keys").starts_with('1'));
    said(first, "sed -i /test@rplay/d /root/.ssh/authorized_keys");
    let output = command("wrong");
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(stdout(&output).contains("UNREACHABLE!"), "{}", shown(&output));
    assert!(!shown(&output).contains(rplay_lab::ROOT_PASSWORD));
}

#[test]
fn become_works_with_and_without_a_password() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let key = with_key(&lab);
    let base = |user: &str| key.replace("ansible_user=root", &format!("ansible_user={user}"));
    let hosts = inventory(&lab, home.path(), &base("deploy"));
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "n1", "-b", "-a", "id -un"]));
    assert!(output.status.success() && stdout(&output).contains("root"), "{}", shown(&output));
    let secret = format!("{}\nansible_become_password={}", base("ops"), rplay_lab::OPS_PASSWORD);
    let hosts = inventory(&lab, home.path(), &secret);
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "n1", "-b", "-a", "id -un"]));
    assert!(output.status.success() && stdout(&output).contains("root"), "{}", shown(&output));
    let wrong = format!("{}\nansible_become_password=wrong", base("ops"));
    let hosts = inventory(&lab, home.path(), &wrong);
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "n1", "-b", "-a", "id -un"]));
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("password"), "{}", shown(&output));
}

#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), &with_key(&lab));
    let host = &lab.hosts()[0];
    said(
        host,
        "mkdir -p /mnt/small && mount -t tmpfs -o size=64k tmpfs /mnt/small && echo old > /mnt/small/file",
    );
    let big = home.path().join("big");
    std::fs::write(&big, vec![b'x'; 300_000]).unwrap();
    let args = format!("src={} dest=/mnt/small/file", big.display());
    let output =
        run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "n1", "-m", "copy", "-a", &args]));
    let (left, listed) = (said(host, "cat /mnt/small/file"), said(host, "ls -A /mnt/small"));
    said(host, "umount /mnt/small && rmdir /mnt/small");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("/mnt/small"), "{}", shown(&output));
    assert_eq!((left.as_str(), listed.as_str()), ("old", "file"), "{}", shown(&output));
}

#[test]
fn a_changed_host_key_is_refused_with_file_and_line() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    std::fs::create_dir(home.path().join(".ssh")).unwrap();
    let host = &lab.hosts()[0];
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPu0Dm0vqkGqkPOxWpBk7aK0b1u3yYsXx9dQ0mR1vJ5Q";
    let known = home.path().join(".ssh/known_hosts");
    std::fs::write(&known, format!("{} {other}\n", host.addr)).unwrap();
    let vars = with_key(&lab).replace("ansible_host_key_checking=false", "ansible_host_key_checking=true");
    let hosts = inventory(&lab, home.path(), &vars);
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "n1", "-m", "ping"]));
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(shown(&output).contains("known_hosts"), "{}", shown(&output));
}

#[test]
fn a_host_that_is_cut_off_is_unreachable_and_the_others_go_on() {
    let _hosts = alone();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), &format!("{}\nansible_ssh_timeout=3", with_key(&lab)));
    let lost = lab.hosts().last().unwrap();
    lost.cut().unwrap();
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "all", "-m", "ping"]));
    lost.join().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));
    assert!(stdout(&output).contains(&format!("{} | UNREACHABLE!", lost.name)), "{}", shown(&output));
    assert_eq!(stdout(&output).matches("| SUCCESS").count(), lab.hosts().len() - 1, "{}", shown(&output));
}

#[test]
fn a_host_is_restarted_and_waited_for() {
    let _hosts = alone();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    let hosts = inventory(&lab, home.path(), &with_key(&lab));
    let host = &lab.hosts()[1];
    let (kept, boot) = ("/root/kept", "cat /proc/sys/kernel/random/boot_id");
    let play = format!(
        "- hosts: {name}\n  gather_facts: false\n  tasks:\n    - shell: {boot}\n      register: before\n    \
         - copy: {{content: here, dest: {kept}}}\n    \
         - reboot:\n        reboot_timeout: 120\n        connect_timeout: 3\n        post_reboot_delay: 2\n        \
         test_command: test -e {kept} && systemctl is-system-running --wait | grep -E 'running|degraded'\n      \
         register: back\n    - shell: {boot}\n      register: after\n    \
         - assert:\n        that:\n          - before.stdout != after.stdout\n          - back is changed and back.rebooted\n          \
         - back.elapsed >= 2\n    - file: {{path: {kept}, state: absent}}\n",
        name = host.name
    );
    std::fs::write(home.path().join("reboot.yml"), play).unwrap();
    let output = run(rplay(home.path()).args(["-i", hosts.to_str().unwrap(), "reboot.yml"]));
    assert!(output.status.success(), "{}", shown(&output));

    let late = "reboot_timeout=3 test_command=false";
    let args = ["-i", hosts.to_str().unwrap(), host.name.as_str(), "-m", "reboot", "-a", late];
    let output = run(rplay(home.path()).args(args));
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("Timed out waiting for"), "{}", shown(&output));
    host.wait_ready().unwrap();

    let refused = "reboot_command=/bin/false";
    let args = ["-i", hosts.to_str().unwrap(), host.name.as_str(), "-m", "reboot", "-a", refused];
    let output = run(rplay(home.path()).args(args));
    assert!(stdout(&output).contains("Reboot command failed."), "{}", shown(&output));
}

#[test]
fn an_attempt_to_connect_takes_no_longer_than_the_task_says() {
    let _hosts = together();
    let (lab, home) = (lab(), tempfile::tempdir().unwrap());
    // Nobody answers at this address, and nobody says so.
    let hosts = inventory(&lab, home.path(), "ansible_user=root\nansible_timeout=60");
    let patience = "timeout=2 sleep=1 connect_timeout=1";
    let args = ["-i", hosts.to_str().unwrap(), "n2", "-e", "ansible_host=192.0.2.1"];
    let start = std::time::Instant::now();
    let output = run(rplay(home.path()).args(args).args(["-m", "wait_for_connection", "-a", patience]));
    assert!(!output.status.success() && start.elapsed().as_secs() < 20, "{}", shown(&output));
    assert!(stdout(&output).contains("timed out waiting for ping module test"), "{}", shown(&output));
}
