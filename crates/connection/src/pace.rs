//! Not too many log-ins at once: a server with `MaxStartups` drops what is too much, and
//! handshakes cost processor time here.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Log-ins under way to one address.
const PER_ADDRESS: usize = 6;

/// Log-ins under way in all.
const IN_ALL: usize = 64;

/// Counts log-ins under way.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    all: usize,
    by_address: HashMap<String, usize>,
}

/// Leave to log in, given back on drop.
pub(crate) struct Permit<'a> {
    pace: &'a Pace,
    address: String,
}

impl Pace {
    /// Waits for leave to log in at `address`.
    pub(crate) fn enter(&self, address: &str) -> Permit<'_> {
        let full = |state: &mut State| {
            state.all >= IN_ALL || state.by_address.get(address).is_some_and(|count| *count >= PER_ADDRESS)
        };
        let waited = self.freed.wait_while(self.lock(), full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.all += 1;
        *state.by_address.entry(address.to_owned()).or_default() += 1;
        Permit { pace: self, address: address.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.lock();
        state.all -= 1;
        if let Some(count) = state.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                state.by_address.remove(&self.address);
            }
        }
        drop(state);
        self.pace.freed.notify_all();
    }
}
