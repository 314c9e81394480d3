//! The live status line: which hosts are still at work, and for how long.

use rplay_value::Str;
use std::{
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Tasks shorter than this are not worth a line.
const PATIENCE: Duration = Duration::from_millis(700);

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// How many questions a person is being asked: the line would be written over them.
static PAUSES: AtomicUsize = AtomicUsize::new(0);

/// Whether a line stands on the terminal.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Keeps the status line away while it lives.
#[must_use]
pub struct StatusPause(());

/// Keeps the status line of every screen off the terminal until the result is dropped.
pub fn pause_status() -> StatusPause {
    PAUSES.fetch_add(1, Ordering::SeqCst);
    if SHOWN.load(Ordering::SeqCst) {
        clear();
    }
    StatusPause(())
}

impl Drop for StatusPause {
    fn drop(&mut self) {
        PAUSES.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct State {
    running: Vec<(Str, Instant)>,
    task: String,
    drawn: bool,
    over: bool,
}

/// The line at the bottom of the terminal, on standard error.
pub(crate) struct Status {
    shared: Arc<(Mutex<State>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Status {
    pub(crate) fn new(columns: usize) -> Self {
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let own = shared.clone();
        let thread = std::thread::Builder::new()
            .name("status".into())
            .spawn(move || draw_until_over(&own, columns))
            .ok();
        Self { shared, thread }
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn start(&self, host: &Str, task: &str) {
        self.with(|state| {
            if state.task != task {
                state.task = task.to_owned();
            }
            state.running.push((host.clone(), Instant::now()));
        });
    }

    pub(crate) fn end(&self, host: &Str) {
        self.with(|state| state.running.retain(|(running, _)| running != host));
    }

    /// Takes the line off the screen; it comes back by itself.
    pub(crate) fn hide(&self) {
        self.with(|state| {
            if std::mem::take(&mut state.drawn) {
                clear();
            }
        });
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.with(|state| state.over = true);
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn draw_until_over(shared: &(Mutex<State>, Condvar), columns: usize) {
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.over {
        state = shared.1.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        let oldest = state.running.first().map(|(_, since)| since.elapsed()).unwrap_or_default();
        if PAUSES.load(Ordering::SeqCst) > 0 {
            // A question stands there now, not the line.
            state.drawn = false;
        } else if oldest >= PATIENCE && !state.over {
            let line = line(&state, columns);
            let mut err = io::stderr();
            let _ = write!(err, "\r\x1b[K{line}");
            let _ = err.flush();
            SHOWN.store(true, Ordering::SeqCst);
            state.drawn = true;
        } else if std::mem::take(&mut state.drawn) {
            clear();
        }
    }
    if state.drawn {
        clear();
    }
}

fn clear() {
    SHOWN.store(false, Ordering::SeqCst);
    let mut err = io::stderr();
    let _ = write!(err, "\r\x1b[K");
    let _ = err.flush();
}

/// `task · host 12s, host 3s and 40 more`, cut to the terminal.
fn line(state: &State, columns: usize) -> String {
    let mut text = format!("{} · ", state.task);
    let total = state.running.len();
    for (index, (host, since)) in state.running.iter().enumerate() {
        let part = format!("{}{host} {}s", if index > 0 { ", " } else { "" }, since.elapsed().as_secs());
        if text.chars().count() + part.chars().count() + 16 > columns && index > 0 {
            text.push_str(&format!(" and {} more", total - index));
            break;
        }
        text.push_str(&part);
    }
    text.chars().take(columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_fits_the_terminal_and_counts_the_rest() {
        let running = (0..40).map(|n| (Str::from(format!("host{n}")), Instant::now())).collect();
        let state = State { running, task: "install".into(), ..State::default() };
        let line = line(&state, 60);
        assert!(line.starts_with("install · host0 0s, host1 0s"), "{line}");
        assert!(line.ends_with("more"), "{line}");
        assert!(line.chars().count() <= 60, "{line}");
    }
}
