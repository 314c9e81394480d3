//! Signals: the first asks the run to stop, the second leaves at once.

use crate::exit;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI32, Ordering},
};

static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// What the first signal does.
type First = Box<dyn Fn() + Send>;

/// The run that signals are for: the latest.
static RUNNING: Mutex<Option<First>> = Mutex::new(None);

/// Watches for signals; `stop` is set by the first, and what runs on hosts is cancelled.
pub(crate) fn watch(stop: Arc<AtomicBool>, cancel: impl Fn() + Send + 'static) -> std::io::Result<()> {
    let first: First = Box::new(move || {
        stop.store(true, Ordering::Relaxed);
        cancel();
    });
    let before = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).replace(first);
    if before.is_some() {
        return Ok(());
    }
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if RECEIVED.swap(signal, Ordering::Relaxed) != 0 {
                leave(signal);
            }
            if let Some(first) = &*RUNNING.lock().unwrap_or_else(PoisonError::into_inner) {
                first();
            }
        }
    })?;
    Ok(())
}

/// A signal that ended one run says nothing about the next.
pub(crate) fn forget() {
    RECEIVED.store(0, Ordering::Relaxed);
}

/// The exit code that a received signal asks for.
pub(crate) fn exit_code() -> Option<u8> {
    code_of(RECEIVED.load(Ordering::Relaxed))
}

fn code_of(signal: i32) -> Option<u8> {
    match signal {
        SIGINT => Some(exit::INTERRUPTED),
        SIGTERM => Some(exit::TERMINATED),
        SIGHUP => Some(exit::HANGUP),
        _ => None,
    }
}

/// Nothing more is said: the recap may be what hangs.
#[allow(clippy::exit)]
fn leave(signal: i32) -> ! {
    std::process::exit(code_of(signal).unwrap_or(exit::INTERRUPTED).into())
}
