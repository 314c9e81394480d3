//! A host as a certain user, ready for calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rplay_protocol::Call;
use serde_json::{Map, Value};

use crate::error::{CallError, ConnectError};
use crate::exchange::{BlobSource, Ends, Exchange, Heartbeat, OutSink};
use crate::host::Host;
use crate::link::Link;
use crate::options::Options;
use crate::raw::{Raw, RawOutput};
use crate::start::start_agent;
use crate::target::Target;

/// Time an agent has to go.
const GOING: Duration = Duration::from_secs(2);

/// A host as a certain user. Threads may share it: each call has an agent process of its own
/// while it runs, kept for the next one.
pub struct Session {
    target: Target,
    options: Arc<Options>,
    host: Arc<Host>,
    links: Mutex<Links>,
    freed: Condvar,
    cancels: AtomicU64,
    warnings: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Links {
    idle: Vec<Link>,
    busy: usize,
}

impl Session {
    pub(crate) fn new(target: Target, options: Arc<Options>, host: Arc<Host>) -> Self {
        Self {
            target,
            options,
            host,
            links: Mutex::default(),
            freed: Condvar::new(),
            cancels: AtomicU64::new(0),
            warnings: Mutex::default(),
        }
    }

    /// The target served.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Starts an agent if none is there yet, so that the first call does not wait for it.
    ///
    /// # Errors
    /// When the host cannot be reached, the user not become, or the agent not run.
    pub fn prepare(&self) -> Result<(), ConnectError> {
        let link = self.acquire()?;
        self.release(Some(link));
        Ok(())
    }

    /// Runs one module and gives its result.
    ///
    /// # Errors
    /// [`CallError::Connect`]: nothing has run. Any other: the outcome is unknown.
    pub fn call(
        &self,
        call: Call,
        blobs: &dyn BlobSource,
        sink: &mut dyn OutSink,
    ) -> Result<Map<String, Value>, CallError> {
        let mut result = None;
        self.call_many(vec![call], blobs, sink, &mut |_, map| result = Some(map))?;
        result.ok_or_else(|| CallError::Protocol {
            host: self.target.host.clone(),
            reason: "the call ended without a result".to_owned(),
        })
    }

    /// Runs calls one after another in one go: all are sent without waiting, `on_result` gets each
    /// result with its call's index as it comes, in order.
    ///
    /// # Errors
    /// As [`Self::call`]; results delivered before the error stand.
    pub fn call_many(
        &self,
        calls: Vec<Call>,
        blobs: &dyn BlobSource,
        sink: &mut dyn OutSink,
        on_result: &mut dyn FnMut(usize, Map<String, Value>),
    ) -> Result<(), CallError> {
        if calls.is_empty() {
            return Ok(());
        }
        let mut link = self.acquire()?;
        let heartbeat =
            Heartbeat { ping_every: self.options.ping_every, frozen_after: self.options.frozen_after };
        let ends = Ends { blobs, sink, on_result };
        let outcome = Exchange::new(&mut link, calls, ends, heartbeat, &self.cancels).run();
        if matches!(outcome, Err(CallError::Frozen { .. })) {
            // Other channels of a frozen host would hang the same way, and so would closing it.
            self.host.abandon();
        }
        self.release(outcome.is_ok().then_some(link));
        outcome
    }

    /// Runs a command without an agent. Without become it reaches the login shell unchanged.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn raw(&self, command: &str, stdin: Option<&[u8]>) -> Result<RawOutput, CallError> {
        let wire = self.host.wire()?;
        let raw =
            Raw { wire: wire.as_ref(), target: &self.target, options: &self.options, cancels: &self.cancels };
        raw.run(command, stdin)
    }

    /// Stops the calls that run now: the processes they started are killed and their results say
    /// so. Calls made later run as usual.
    pub fn cancel(&self) {
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }

    /// What should be told to the user once: noise of logins. Empties the list.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends idle agents and waits until they are gone, for at most [`GOING`] each. The next call starts another.
    pub(crate) fn end_idle(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        for mut link in idle {
            link.end(GOING);
        }
    }

    /// Ends idle agents; those at work end with their call.
    pub(crate) fn close(&self) {
        let idle = std::mem::take(&mut self.lock().idle);
        drop(idle);
    }

    /// An agent for one thread: an idle one, a new one, or the next one that gets free.
    fn acquire(&self) -> Result<Link, ConnectError> {
        let mut links = self.lock();
        loop {
            while let Some(mut link) = links.idle.pop() {
                if link.alive() {
                    links.busy += 1;
                    return Ok(link);
                }
            }
            if links.busy < self.options.agents_per_target.max(1) {
                links.busy += 1;
                break;
            }
            links = self.freed.wait(links).unwrap_or_else(PoisonError::into_inner);
        }
        drop(links);
        let started = self.start();
        if started.is_err() {
            self.release(None);
        }
        started
    }

    fn start(&self) -> Result<Link, ConnectError> {
        let wire = self.host.wire()?;
        let link = start_agent(wire.as_ref(), &self.target, &self.options)?;
        if !link.noise.is_empty() {
            let text = format!("{}: the login printed {:?}", self.target.host, link.noise);
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            if !warnings.contains(&text) {
                warnings.push(text);
            }
        }
        Ok(link)
    }

    fn release(&self, link: Option<Link>) {
        let mut links = self.lock();
        links.busy -= 1;
        links.idle.extend(link);
        drop(links);
        self.freed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("target", &self.target).finish_non_exhaustive()
    }
}
