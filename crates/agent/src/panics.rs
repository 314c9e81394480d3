//! Where a panic happened, for the result of the module that panicked.

use std::sync::{Mutex, PoisonError};

/// Place of the last panic in the process, as `file:line`.
pub(crate) static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Notes panics instead of printing them: standard error belongs to the connection.
pub(crate) fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}
