//! The processes a call has started.

use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The process groups started and not yet ended; clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Children(Arc<Mutex<HashSet<i32>>>);

impl Children {
    /// Kills all of them, for the end of the stream or a cancelled task.
    pub fn kill_all(&self) {
        for group in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            kill_group(group);
        }
    }

    pub(super) fn add(&self, group: i32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(group);
    }

    pub(super) fn remove(&self, group: i32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
    }
}

pub(super) fn kill_group(group: i32) {
    if let Some(pid) = Pid::from_raw(group) {
        // A group that has ended already is what was wanted.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}
