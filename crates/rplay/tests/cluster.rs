//! The shipped cluster content: rplay and ansible-core bring hosts to the same state, and a second run of
//! rplay changes nothing.
//!
//! Boots its own hosts; needs agents (`RPLAY_AGENTS_DIR`) and ansible-core (`RPLAY_ORACLE`, a virtual
//! environment). `cargo xtask test` provides both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "each test program uses its part")]
mod support;

use rplay_lab::{Host, Image, Lab, LabGuard, LabSpec};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use support::{rplay, said, shown};

const PLAYBOOK: &str = "playbooks/90-init-cluster.yml";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The network of a lab, without the last part.
fn net(lab: &Lab) -> String {
    let address = lab.hosts()[0].addr.to_string();
    address.rsplit_once('.').unwrap().0.to_owned()
}

/// A copy of the lab's inventory for another network.
fn inventory(lab: &Lab, dir: &Path) -> PathBuf {
    let source = repository().join("inventory/lab");
    std::fs::create_dir_all(dir.join("group_vars")).unwrap();
    for file in ["hosts", "group_vars/all.yml"] {
        let text = std::fs::read_to_string(source.join(file)).unwrap();
        std::fs::write(dir.join(file), text.replace("10.88.0.", &format!("{}.", net(lab)))).unwrap();
    }
    let key = lab.inventory().parent().and_then(Path::parent).unwrap().join("key");
    let hosts = dir.join("hosts");
    let text = std::fs::read_to_string(&hosts).unwrap();
    let ours = format!("ansible_ssh_private_key_file={}", key.display());
    let line = text.lines().find(|line| line.starts_with("ansible_ssh_private_key_file=")).unwrap();
    std::fs::write(&hosts, text.replace(line, &ours)).unwrap();
    hosts
}

/// What the roles left on a host: files with owner, mode and content (keys and certificates differ by
/// nature), and the state of the services.
fn state(host: &Host, net: &str) -> Vec<String> {
    let files = "cd / && find etc opt usr/local var/lib/etcd* -xdev -newer /run/twin-stamp \\( -type f -o -type l -o -type d \\) \
        ! -path '*/__pycache__*' ! -path 'etc/ssl/certs*' ! -path 'etc/ld.so.cache' ! -path 'etc/mtab' ! -path '*/member*' \
        ! -path 'etc/.pwd.lock' ! -path 'etc/passwd*' ! -path 'etc/group*' ! -path 'etc/shadow*' ! -path 'etc/gshadow*' \
        ! -path 'etc/subuid*' ! -path 'etc/subgid*' 2>/dev/null | LC_ALL=C sort | while read -r f; do \
        case $f in *.pem|*.crt|*.key|*.srl) sum=secret;; *) if [ -f $f ]; then sum=$(sed 's/NET\\./N./g' $f | sha256sum | cut -c1-16); else sum=-; fi;; esac; \
        echo $f $(stat -c '%a %U %G %F' $f) $sum; done";
    let units = "for u in kube-etcd etcd haproxy keepalived chrony; do echo unit $u $(systemctl is-enabled $u 2>&1) $(systemctl is-active $u); done";
    let kernel =
        "sysctl -n net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables 2>/dev/null | tr '\\n' ' '";
    let net = net.replace('.', "\\.");
    let mut lines: Vec<String> = said(host, &files.replace("NET", &net)).lines().map(String::from).collect();
    lines.extend(said(host, units).lines().map(String::from));
    lines.push(said(host, kernel));
    lines
}

fn stamp(lab: &Lab) {
    for host in lab.hosts() {
        said(host, "touch /run/twin-stamp; sleep 1.1");
    }
}

/// Fresh hosts, gone at the end of the test however it ends.
fn up(name: &str, image: Image) -> LabGuard {
    if let Ok(left) = Lab::attach(name) {
        left.down().unwrap_or_else(|error| panic!("lab {name} of an earlier run: {error}"));
    }
    Lab::up(LabSpec::new(name, 4).image(image)).unwrap_or_else(|error| panic!("lab {name}: {error}")).guard()
}

#[test]
fn rplay_and_ansible_core_build_the_same_cluster() {
    let oracle = std::env::var("RPLAY_ORACLE")
        .expect("this test needs ansible-core: set RPLAY_ORACLE to a virtual environment that has it");
    let home = tempfile::tempdir().unwrap();
    let ours = up("twin-rplay", Image::Plain);
    stamp(&ours);
    let hosts = inventory(&ours, &home.path().join("ours"));
    let run = || {
        let mut command = rplay(home.path());
        command.current_dir(repository()).arg("-i").arg(&hosts).arg(PLAYBOOK).output().unwrap()
    };
    let first = run();
    assert!(first.status.success(), "{}", shown(&first));
    let second = run();
    let recap: Vec<String> =
        shown(&second).lines().filter(|line| line.contains("unreachable=")).map(String::from).collect();
    assert!(second.status.success() && recap.len() >= 4, "{}", shown(&second));
    assert!(recap.iter().all(|line| line.contains("changed=0 ")), "{}", shown(&second));
    let states =
        |lab: &Lab| -> Vec<Vec<String>> { lab.hosts().iter().map(|host| state(host, &net(lab))).collect() };
    let built = states(&ours);
    drop(ours);

    let theirs = up("twin-ansible", Image::Python);
    stamp(&theirs);
    let hosts = inventory(&theirs, &home.path().join("theirs"));
    let output = Command::new(Path::new(&oracle).join("bin/ansible-playbook"))
        .current_dir(repository())
        .env("HOME", home.path())
        .args(["-f", "10", "-i"])
        .arg(&hosts)
        .arg(PLAYBOOK)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    let expected = states(&theirs);
    drop(theirs);
    for (ours, theirs) in built.iter().zip(&expected) {
        assert_eq!(ours, theirs);
    }
}
