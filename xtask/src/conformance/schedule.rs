//! Targets over hosts: cheapest first, several hosts side by side, until the time is up.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::guest::{Guest, Session};
use super::list::Entry;
use super::verdict::Outcome;
use crate::error::Result;

/// Hosts at a time.
const HOSTS: usize = 2;

/// What a session came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Results, in the order they came.
    pub(crate) outcomes: Vec<Outcome>,
    /// Targets for which there was no time.
    pub(crate) left: Vec<Entry>,
}

struct State {
    queue: VecDeque<Entry>,
    report: Report,
}

/// Runs the entries. None is started that by its recorded time would not end within `budget`.
pub(crate) fn run(
    mut entries: Vec<Entry>,
    session: &Session,
    budget: Option<Duration>,
    tell: fn(&Outcome),
) -> Result<Report> {
    entries.sort_by(|a, b| a.seconds.total_cmp(&b.seconds).then_with(|| a.target.cmp(&b.target)));
    let end = budget.map(|budget| Instant::now() + budget);
    let hosts = HOSTS.min(entries.len());
    let state = Mutex::new(State { queue: entries.into(), report: Report::default() });
    let ended: Vec<Result<()>> = std::thread::scope(|scope| {
        let state = &state;
        let work = |number: usize| scope.spawn(move || work(number, state, session, end, tell));
        let workers: Vec<_> = (1..=hosts).map(work).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    ended.into_iter().collect::<Result<()>>()?;
    Ok(state.into_inner().unwrap_or_else(PoisonError::into_inner).report)
}

/// One host after the other, a clean one wherever what ran before may show.
fn work(
    number: usize,
    state: &Mutex<State>,
    session: &Session,
    end: Option<Instant>,
    tell: fn(&Outcome),
) -> Result<()> {
    let lab = format!("conformance-{number}");
    let mut guest: Option<Guest> = None;
    while let Some(entry) = next(state, end) {
        if let Some(used) = guest.take_if(|guest| !guest.takes(&entry.target)) {
            used.down()?;
        }
        let host = match &mut guest {
            Some(host) => host,
            none => none.insert(Guest::boot(&lab, &session.subject)?),
        };
        let outcome = host.run(&entry, session)?;
        tell(&outcome);
        lock(state).report.outcomes.push(outcome);
    }
    guest.map_or(Ok(()), Guest::down)
}

/// The next target that is expected to end in time; those that are not are set aside.
fn next(state: &Mutex<State>, end: Option<Instant>) -> Option<Entry> {
    let mut state = lock(state);
    while let Some(entry) = state.queue.pop_front() {
        if fits(&entry, end) {
            return Some(entry);
        }
        state.report.left.push(entry);
    }
    None
}

fn fits(entry: &Entry, end: Option<Instant>) -> bool {
    end.is_none_or(|end| {
        Duration::try_from_secs_f64(entry.seconds).is_ok_and(|takes| Instant::now() + takes <= end)
    })
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
