//! All connections of a run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::ConnectError;
use crate::host::Host;
use crate::options::Options;
use crate::pace::Pace;
use crate::session::Session;
use crate::target::Target;

/// All connections of a run: one network connection per host and login user, one session per
/// target, kept until [`Connections::close_all`] or drop.
pub struct Connections {
    options: Arc<Options>,
    pace: Arc<Pace>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    hosts: HashMap<Target, Arc<Host>>,
    sessions: HashMap<Target, Arc<Session>>,
}

impl Connections {
    /// No connections yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options: Arc::new(options), pace: Arc::default(), known: Mutex::default() }
    }

    /// The session of `target`, connected and logged in. The agent starts with the first call, so
    /// that [`Session::raw`] works where it cannot.
    ///
    /// # Errors
    /// When the host cannot be reached or refuses the login.
    pub fn session(&self, target: &Target) -> Result<Arc<Session>, ConnectError> {
        self.session_within(target, None)
    }

    /// As [`Self::session`]; a connection that is made takes no longer than `limit`, if there is one.
    ///
    /// # Errors
    /// When the host cannot be reached in time or refuses the login.
    pub fn session_within(
        &self,
        target: &Target,
        limit: Option<Duration>,
    ) -> Result<Arc<Session>, ConnectError> {
        let (host, session) = self.find(target);
        // Outside the lock of the pool: connecting takes its time.
        host.wire_within(limit)?;
        Ok(session)
    }

    fn find(&self, target: &Target) -> (Arc<Host>, Arc<Session>) {
        let mut known = self.lock();
        let shared = target.without_become();
        let host = known.hosts.entry(shared).or_insert_with_key(|shared| {
            let (options, pace) = (Arc::clone(&self.options), Arc::clone(&self.pace));
            Arc::new(Host::new(shared.clone(), options, pace))
        });
        let host = Arc::clone(host);
        let session = known.sessions.entry(target.clone()).or_insert_with(|| {
            Arc::new(Session::new(target.clone(), Arc::clone(&self.options), Arc::clone(&host)))
        });
        let session = Arc::clone(session);
        (host, session)
    }

    /// Stops what runs on all hosts: see [`Session::cancel`].
    pub fn cancel_all(&self) {
        let sessions: Vec<_> = self.lock().sessions.values().cloned().collect();
        for session in sessions {
            session.cancel();
        }
    }

    /// Forgets the connections to the host of `target` (`meta: reset_connection`): the next call
    /// logs in anew.
    pub fn reset(&self, target: &Target) {
        let shared = target.without_become();
        let mut known = self.lock();
        let host = known.hosts.remove(&shared);
        let mut dropped = Vec::new();
        known.sessions.retain(|target, session| {
            let keep = target.without_become() != shared;
            if !keep {
                dropped.push(Arc::clone(session));
            }
            keep
        });
        drop(known);
        close(dropped, host);
    }

    /// Ends the idle agents that became `user` on the host of `target`: as long as they run, the host does not
    /// let go of that user.
    pub fn leave_user(&self, target: &Target, user: &str) {
        let shared = target.without_become();
        let is_theirs = |target: &&Target| {
            target.r#become.as_ref().is_some_and(|r#become| r#become.user == user)
                && target.without_become() == shared
        };
        let known = self.lock();
        let theirs: Vec<_> = known
            .sessions
            .iter()
            .filter(|(target, _)| is_theirs(target))
            .map(|(_, session)| Arc::clone(session))
            .collect();
        drop(known);
        for session in theirs {
            session.end_idle();
        }
    }

    /// Ends all agents and connections, without waiting for hosts.
    pub fn close_all(&self) {
        let known = std::mem::take(&mut *self.lock());
        close(known.sessions.into_values(), known.hosts.into_values());
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(sessions: impl IntoIterator<Item = Arc<Session>>, hosts: impl IntoIterator<Item = Arc<Host>>) {
    for session in sessions {
        session.close();
    }
    for host in hosts {
        host.abandon();
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.close_all();
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("options", &self.options).finish_non_exhaustive()
    }
}
