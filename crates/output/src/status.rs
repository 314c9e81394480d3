//! The live status line: which hosts are still at work, and for how long.

use crate::bottom;
use rplay_value::Str;
use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Tasks shorter than this are not worth a line.
const PATIENCE: Duration = Duration::from_millis(700);

/// How often it is seen whether the line has to change, or to come back after other output.
const TICK: Duration = Duration::from_millis(100);

/// Columns that are left to the name of the task in any case.
const SHORTEST: usize = 4;

/// A host at work.
struct Running {
    host: Str,
    task: Str,
    since: Instant,
}

#[derive(Default)]
struct State {
    /// Longest at work first.
    running: Vec<Running>,
    over: bool,
}

/// The line at the bottom of the terminal, on standard error.
pub(crate) struct Status {
    shared: Arc<(Mutex<State>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Status {
    pub(crate) fn new() -> Self {
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let own = shared.clone();
        let thread =
            std::thread::Builder::new().name("status".into()).spawn(move || draw_until_over(&own)).ok();
        Self { shared, thread }
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn start(&self, host: &Str, task: &Str) {
        let running = Running { host: host.clone(), task: task.clone(), since: Instant::now() };
        self.with(|state| state.running.push(running));
    }

    pub(crate) fn end(&self, host: &Str) {
        self.with(|state| state.running.retain(|running| running.host != *host));
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.with(|state| state.over = true);
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        bottom::show("");
    }
}

fn draw_until_over(shared: &(Mutex<State>, Condvar)) {
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.over {
        state = shared.1.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        let oldest = state.running.first().map(|running| running.since.elapsed());
        let text = match oldest {
            Some(oldest) if oldest >= PATIENCE && !state.over => line(&state.running, columns()),
            _ => String::new(),
        };
        // Hosts need not wait for the terminal.
        drop(state);
        bottom::show(&text);
        state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

/// The columns of the terminal as it is now, but for the last: a line that reaches it may wrap.
fn columns() -> usize {
    let width = rustix::termios::tcgetwinsize(io::stderr()).map_or(0, |size| usize::from(size.ws_col));
    if width == 0 { 79 } else { width - 1 }
}

/// `task · host 12s, host 3s and 40 more`, as wide as `columns` at most.
fn line(running: &[Running], columns: usize) -> String {
    let Some(oldest) = running.first() else { return String::new() };
    let part = |at_work: &Running| {
        format!("{} {}", plain(&at_work.host), duration(at_work.since.elapsed().as_secs()))
    };
    let more = |left: usize| if left > 0 { format!(" and {left} more") } else { String::new() };
    let mut hosts = part(oldest);
    let separator = " · ";
    let room = columns.saturating_sub(separator.width() + hosts.width() + more(running.len() - 1).width());
    let mut text = fitting(&oldest.task, room.min(columns / 2).max(SHORTEST));
    text.push_str(separator);
    for (index, at_work) in running.iter().enumerate().skip(1) {
        let next = format!(", {}", part(at_work));
        let rest = more(running.len() - index - 1);
        if text.width() + hosts.width() + next.width() + rest.width() > columns {
            hosts.push_str(&more(running.len() - index));
            break;
        }
        hosts.push_str(&next);
    }
    text.push_str(&hosts);
    fitting(&text, columns)
}

/// A text without what would move the cursor.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// The part of a text that `columns` have room for, with an ellipsis where it was cut.
fn fitting(text: &str, columns: usize) -> String {
    let text = plain(text);
    if text.width() <= columns {
        return text;
    }
    let mut width = 1;
    let kept = text.chars().take_while(|char| {
        width += char.width().unwrap_or(0);
        width <= columns
    });
    kept.chain(['…']).collect()
}

/// `59s`, `1m00s`, `2h05m`.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(count: usize, task: &str, seconds: u64) -> Vec<Running> {
        let since = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        let host = |index| Running { host: format!("host{index}").into(), task: task.into(), since };
        (0..count).map(host).collect()
    }

    #[test]
    fn the_line_names_hosts_and_counts_the_rest() {
        let text = line(&running(40, "install", 0), 60);
        assert_eq!(text, "install · host0 0s, host1 0s, host2 0s, host3 0s and 36 more");
        assert_eq!(line(&running(3, "t", 61), 60), "t · host0 1m01s, host1 1m01s, host2 1m01s");
        assert_eq!(line(&running(1, "t", 7500), 60), "t · host0 2h05m");
        assert_eq!(line(&[], 60), "");
    }

    #[test]
    fn the_line_fits_whatever_is_in_it() {
        let names =
            ["日本語の長いタスク名です、とても長い", "a\nb\tc\x1b[31m red", "plain", "e\u{301}e\u{301}"];
        for task in names {
            for columns in [10, 20, 33, 79, 200] {
                for count in [1, 2, 30] {
                    let text = line(&running(count, task, 90), columns);
                    assert!(text.width() <= columns, "{columns}: {text:?}");
                    assert!(!text.chars().any(char::is_control), "{text:?}");
                }
            }
        }
        assert_eq!(line(&running(1, names[0], 1), 30), "日本語の長いタ… · host0 1s");
    }
}
