//! Processes told apart by id and start time: an id alone may have gone to somebody else.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// A process as it was recorded when it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pid: i32,
    start: u64,
}

impl Process {
    /// Reads a record of the form `PID STARTTIME`.
    pub(crate) fn recorded(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let (pid, start) = text.trim().split_once(' ')?;
        Some(Self { pid: pid.parse().ok()?, start: start.parse().ok()? })
    }

    /// Whether the very process still runs; a zombie does not.
    pub(crate) fn alive(self) -> bool {
        stat(self.pid).is_some_and(|(state, start)| start == self.start && state != 'Z')
    }

    /// Sends SIGKILL if it is still the same process.
    pub(crate) fn kill(self) {
        if self.alive() {
            kill(self.pid);
        }
    }
}

/// State letter and start time (clock ticks since boot) from `/proc/PID/stat`.
fn stat(pid: i32) -> Option<(char, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// Whether `pid` is process 1 of a pid namespace below this one.
pub(crate) fn is_init(pid: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return false };
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    ids.is_some_and(|ids| {
        let ids: Vec<&str> = ids.split_whitespace().collect();
        ids.len() > 1 && ids.last() == Some(&"1")
    })
}

/// Sends SIGKILL; that the process is gone already is what was wanted.
pub(crate) fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_id_is_not_the_recorded_process() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let (_, start) = stat(pid).unwrap();
        assert!(Process { pid, start }.alive());
        assert!(!Process { pid, start: start + 1 }.alive());
        assert!(!is_init(pid));
    }
}
