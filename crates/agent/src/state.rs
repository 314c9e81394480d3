//! What the reading thread and the working thread both know.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rplay_protocol::CallId;

use crate::blobs::BlobDesk;
use crate::outbox::Outbox;

/// Why a call was stopped.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Cancelled,
    TimedOut(Duration),
}

/// The call that runs now.
pub(crate) struct Current {
    pub(crate) id: CallId,
    started: Instant,
    timeout: Option<Duration>,
    stopped: Arc<AtomicBool>,
    pub(crate) stop: Option<(Stop, Instant)>,
}

impl Current {
    pub(crate) fn new(id: CallId, timeout_secs: Option<u64>, stopped: Arc<AtomicBool>) -> Self {
        let timeout = timeout_secs.filter(|secs| *secs > 0).map(Duration::from_secs);
        Self { id, started: Instant::now(), timeout, stopped, stop: None }
    }

    fn stop(&mut self, why: Stop) {
        self.stopped.store(true, Ordering::Relaxed);
        self.stop.get_or_insert((why, Instant::now()));
    }
}

#[derive(Default)]
struct State {
    current: Option<Current>,
    cancelled: HashSet<CallId>,
    closing: bool,
    /// Calls taken in and not yet finished, the running one among them.
    waiting: usize,
}

/// Shared by the two threads.
pub(crate) struct Shared {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) desk: Arc<BlobDesk>,
    state: Mutex<State>,
    idle: Condvar,
}

impl Shared {
    pub(crate) fn new(outbox: Outbox) -> Self {
        Self { outbox: Arc::new(outbox), desk: Arc::default(), state: Mutex::default(), idle: Condvar::new() }
    }

    /// Notes that a call was taken in.
    pub(crate) fn expect(&self) {
        self.lock().waiting += 1;
    }

    /// Notes that a call begins; false when it must not.
    pub(crate) fn begin(&self, current: Current) -> bool {
        let mut state = self.lock();
        if state.closing || state.cancelled.remove(&current.id) {
            return false;
        }
        state.current = Some(current);
        true
    }

    /// Notes that the call ended; says whether it was stopped.
    pub(crate) fn finish(&self) -> Option<Stop> {
        let mut state = self.lock();
        state.waiting = state.waiting.saturating_sub(1);
        let current = state.current.take();
        drop(state);
        self.idle.notify_all();
        current.and_then(|current| current.stop).map(|(stop, _)| stop)
    }

    /// Marks a call as cancelled. True when it is the one that runs now.
    pub(crate) fn cancel(&self, id: CallId) -> bool {
        let mut state = self.lock();
        if let Some(current) = state.current.as_mut().filter(|current| current.id == id) {
            current.stop(Stop::Cancelled);
            return true;
        }
        state.cancelled.insert(id);
        false
    }

    /// Marks the running call as stopped because the controller is gone; begins no other.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        if let Some(current) = state.current.as_mut() {
            current.stop(Stop::Cancelled);
        }
    }

    /// Marks the running call as timed out if it is. True when that just happened.
    pub(crate) fn check_timeout(&self) -> bool {
        let mut state = self.lock();
        let Some(current) = state.current.as_mut().filter(|current| current.stop.is_none()) else {
            return false;
        };
        match current.timeout {
            Some(limit) if current.started.elapsed() >= limit => {
                current.stop(Stop::TimedOut(limit));
                true
            }
            _ => false,
        }
    }

    /// The call that was stopped and for how long it has gone on regardless.
    pub(crate) fn overdue(&self) -> Option<(CallId, Stop, Duration)> {
        let state = self.lock();
        let current = state.current.as_ref()?;
        let (stop, since) = current.stop.as_ref()?;
        Some((current.id, stop.clone(), since.elapsed()))
    }

    /// When the reading thread must look again, if something runs that has a limit.
    pub(crate) fn next_check(&self) -> Option<Duration> {
        let state = self.lock();
        // A call that begins while the reading thread waits may have a limit of its own.
        let soon = Some(Duration::from_millis(100));
        match state.current.as_ref() {
            Some(current) if current.stop.is_none() && state.waiting <= 1 => {
                current.timeout.map(|limit| limit.saturating_sub(current.started.elapsed()))
            }
            None if state.waiting == 0 => None,
            _ => soon,
        }
    }

    /// Waits until nothing runs, at most `limit`. True when nothing runs.
    pub(crate) fn wait_idle(&self, limit: Duration) -> bool {
        let state = self.lock();
        let waited = self.idle.wait_timeout_while(state, limit, |state| state.current.is_some());
        waited.map_or_else(|poisoned| poisoned.into_inner().0.current.is_none(), |(s, _)| s.current.is_none())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
