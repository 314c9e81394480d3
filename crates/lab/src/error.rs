//! What can go wrong with a lab, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Every error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The caller is not root.
    #[error("a lab starts containers, mounts and a bridge, so it needs root: run it as root or with sudo")]
    NotRoot,
    /// The machine's distribution has no apt.
    #[error(
        "a lab is made with debootstrap and systemd-nspawn on Debian 12+ or Ubuntu 22.04+; this machine is `{found}`"
    )]
    NotDebian {
        /// `PRETTY_NAME` of the machine.
        found: String,
    },
    /// A program the lab runs failed.
    #[error("`{command}` failed ({status}): {stderr}")]
    Command {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it said.
        stderr: String,
    },
    /// A program could not be started at all.
    #[error("`{program}` could not be started: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file operation failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, a verb.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A record or other file of the lab holds something else than expected.
    #[error("{}: {why}; `cargo xtask lab down` removes the lab", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The name of a lab is not usable as one.
    #[error("`{name}` cannot name a lab: use 1 to 32 of a-z, 0-9 and -, starting with a letter")]
    BadName {
        /// The name.
        name: String,
    },
    /// More or fewer hosts than a lab can have.
    #[error("a lab has 1 to {most} hosts, not {asked}")]
    BadCount {
        /// What was asked for.
        asked: usize,
        /// The upper bound.
        most: usize,
    },
    /// No lab of this name is recorded.
    #[error("no lab `{name}` is up (labs: {known}); start it with `cargo xtask lab up 4 --lab {name}`")]
    NoSuchLab {
        /// The name.
        name: String,
        /// The labs there are.
        known: String,
    },
    /// The lab has no such host.
    #[error("lab `{lab}` has no host `{host}` (hosts: {known})")]
    NoSuchHost {
        /// The lab.
        lab: String,
        /// The host asked for.
        host: String,
        /// The hosts there are.
        known: String,
    },
    /// A lab of that name runs on another image.
    #[error(
        "lab `{lab}` is up with the image `{found}`, not `{asked}`: take it down first, or use another --lab"
    )]
    OtherImage {
        /// The lab.
        lab: String,
        /// The image it has.
        found: String,
        /// The image asked for.
        asked: String,
    },
    /// The addresses the lab would use belong to something else on this machine.
    #[error(
        "the net {net} that lab `{lab}` needs is in use on this machine by `{by}`: free it, or use another --lab"
    )]
    NetTaken {
        /// The lab.
        lab: String,
        /// The net.
        net: String,
        /// Who has it.
        by: String,
    },
    /// No default route, so no way out for the hosts.
    #[error(
        "this machine has no IPv4 default route, so the hosts could not reach a package mirror: give it one"
    )]
    NoRoute,
    /// A host is not running.
    #[error("host `{host}` is not running: `cargo xtask lab start {host}`")]
    NotRunning {
        /// The host.
        host: String,
    },
    /// A host ended while it was being waited for.
    #[error("host `{host}` ended while it started; its log ({}) ends: {tail}", log.display())]
    Died {
        /// The host.
        host: String,
        /// The log of its container.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// A host did not answer in time.
    #[error("host `{host}` did not answer ssh on {addr} within {seconds} s; its log is {}", log.display())]
    Silent {
        /// The host.
        host: String,
        /// Its address.
        addr: String,
        /// How long it was waited for.
        seconds: u64,
        /// The log of its container.
        log: PathBuf,
    },
    /// Processes of a host did not end.
    #[error("processes of host `{host}` outlive SIGKILL: {pids:?}; see `ps -o pid,stat,wchan,args`")]
    Survivors {
        /// The host.
        host: String,
        /// Their ids.
        pids: Vec<i32>,
    },
    /// The kernel offers no way to freeze processes.
    #[error(
        "no cgroup freezer is mounted (v1 `freezer` or v2 `cgroup.freeze`), so host `{host}` cannot be paused"
    )]
    NoFreezer {
        /// The host.
        host: String,
    },
}

impl LabError {
    /// Makes the error of a failed file operation.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// The crate's result.
pub type Result<T, E = LabError> = std::result::Result<T, E>;
