//! The bottom line of the terminal: the process has one, whoever draws it.

use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
struct Bottom {
    /// What stands there.
    shown: String,
    /// How many want it empty.
    suspended: usize,
}

static BOTTOM: Mutex<Bottom> = Mutex::new(Bottom { shown: String::new(), suspended: 0 });

fn bottom() -> MutexGuard<'static, Bottom> {
    BOTTOM.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bottom {
    fn put(&mut self, text: &str) {
        if self.shown == text {
            return;
        }
        let mut err = io::stderr();
        let _ = write!(err, "\r\x1b[K{text}");
        let _ = err.flush();
        self.shown.clear();
        self.shown.push_str(text);
    }
}

/// Shows a text there, which fits the line; an empty one clears it.
pub(crate) fn show(text: &str) {
    let mut bottom = bottom();
    if bottom.suspended == 0 {
        bottom.put(text);
    }
}

/// Keeps the line empty, and others from drawing it, for as long as it lives: until lines are written.
pub(crate) struct Hold {
    _bottom: MutexGuard<'static, Bottom>,
}

/// Clears the line and holds it.
pub(crate) fn hold() -> Hold {
    let mut bottom = bottom();
    bottom.put("");
    Hold { _bottom: bottom }
}

/// Keeps the line empty for as long as it lives: while a person is asked something.
#[derive(Debug)]
pub struct Suspended(());

/// Takes the status line off the terminal until the result is dropped.
pub fn suspend_status() -> Suspended {
    let mut bottom = bottom();
    bottom.put("");
    bottom.suspended += 1;
    Suspended(())
}

impl Drop for Suspended {
    fn drop(&mut self) {
        let mut bottom = bottom();
        bottom.suspended = bottom.suspended.saturating_sub(1);
    }
}
