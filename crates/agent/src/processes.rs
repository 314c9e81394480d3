//! Finding and ending the processes that modules started.
//!
//! Only what still descends from the agent is meant: a daemon or background job whose parent is
//! gone belongs to init by now and lives on, as it does under Ansible.

use std::collections::HashMap;
use std::fs;

use rustix::process::{Pid, Signal, getpgid, getpid, kill_process, kill_process_group};

/// Sends `signal` to every descendant of this process, by process group where it has its own.
/// Returns whether there was any.
pub(crate) fn signal_descendants(signal: Signal) -> bool {
    let own = getpid();
    let own_group = getpgid(None).ok();
    let found = descendants(own);
    for pid in &found {
        if let Some(group) = getpgid(Some(*pid)).ok().filter(|group| Some(*group) != own_group) {
            // Ends with ESRCH when an earlier signal already emptied the group.
            let _ = kill_process_group(group, signal);
        }
        let _ = kill_process(*pid, signal);
    }
    !found.is_empty()
}

/// Ends those descendants that share this process's group: commands that it runs for itself, such as those of
/// lookups. Connections and agents have groups of their own.
pub fn end_own_commands() {
    let own_group = getpgid(None).ok();
    for pid in descendants(getpid()) {
        if getpgid(Some(pid)).ok() == own_group {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

fn descendants(root: Pid) -> Vec<Pid> {
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    for (pid, parent) in all_processes() {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        // `remove` also keeps a parent from being visited twice if ids were reused meanwhile.
        let next = children.remove(&parent).unwrap_or_default();
        found.extend_from_slice(&next);
        open.extend(next);
    }
    found
}

fn all_processes() -> Vec<(Pid, Pid)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect()
}

fn parent_of(pid: Pid) -> Option<Pid> {
    let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name stands in parentheses and may itself hold spaces and parentheses.
    let after_name = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(stat.get(after_name + 1..)?).into_owned();
    rest.split_ascii_whitespace().nth(1)?.parse().ok().and_then(Pid::from_raw)
}
