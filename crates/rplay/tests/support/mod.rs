//! Running rplay against the hosts of a lab.

use rplay_lab::{Host, Lab};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Tests share the hosts; one that takes a host away must be alone.
static HOSTS: RwLock<()> = RwLock::new(());

/// Keeps all hosts there while a test uses them.
pub(crate) fn together() -> RwLockReadGuard<'static, ()> {
    HOSTS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps other tests away from the hosts.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    HOSTS.write().unwrap_or_else(PoisonError::into_inner)
}

/// The lab that tests share, named by `RPLAY_LAB`.
pub(crate) fn lab() -> Lab {
    let name = std::env::var("RPLAY_LAB")
        .expect("this test needs a lab: run `cargo xtask lab up 4 --lab NAME`, then set RPLAY_LAB=NAME");
    Lab::attach(&name).unwrap_or_else(|error| panic!("lab {name} is not up: {error}"))
}

/// rplay as built by cargo, with the agents that `RPLAY_AGENTS_DIR` names, in a home of its own.
pub(crate) fn rplay(home: &Path) -> Command {
    assert!(
        std::env::var_os("RPLAY_AGENTS_DIR").is_some(),
        "this test needs agents: run `cargo xtask agents`, then set RPLAY_AGENTS_DIR to the directory it names"
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_rplay"));
    command.current_dir(home).env("HOME", home).env_remove("ANSIBLE_CONFIG").env("ANSIBLE_NOCOLOR", "1");
    command
}

/// An inventory of the lab's hosts with this user and more variables for all.
pub(crate) fn inventory(lab: &Lab, home: &Path, vars: &str) -> PathBuf {
    let mut text = String::from("[master]\n");
    for host in lab.hosts() {
        text.push_str(&format!("{} ansible_host={}\n", host.name, host.addr));
    }
    text.push_str(&format!("[all:vars]\n{vars}\n"));
    let path = home.join(format!("hosts-{}", text.len()));
    std::fs::write(&path, text).expect("the inventory is written");
    path
}

/// Variables to log in as root with the lab's key.
pub(crate) fn with_key(lab: &Lab) -> String {
    let key = lab.inventory().parent().and_then(Path::parent).expect("labs stand in a directory").join("key");
    format!(
        "ansible_user=root\nansible_ssh_private_key_file={}\nansible_host_key_checking=false",
        key.display()
    )
}

/// What a command on a host prints.
pub(crate) fn said(host: &Host, line: &str) -> String {
    let output = host.exec(&["sh", "-c", line]).expect("the host answers");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What a program printed, for messages of failed assertions.
pub(crate) fn shown(output: &Output) -> String {
    format!(
        "exit {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
