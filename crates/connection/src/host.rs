//! The one network connection to a host as a login user, shared by all who become others there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::ConnectError;
use crate::options::Options;
use crate::pace::Pace;
use crate::stream::Wire;
use crate::target::Target;
use crate::transports;

/// A host and login user.
pub(crate) struct Host {
    target: Target,
    options: Arc<Options>,
    pace: Arc<Pace>,
    /// Held while connecting, so that threads which want the same host wait for one connection.
    wire: Mutex<Option<Arc<dyn Wire>>>,
    /// The same wire, for those who must not wait.
    current: Mutex<Option<Arc<dyn Wire>>>,
}

impl Host {
    pub(crate) fn new(target: Target, options: Arc<Options>, pace: Arc<Pace>) -> Self {
        Self { target, options, pace, wire: Mutex::default(), current: Mutex::default() }
    }

    /// The connection, made now if there is none that works.
    pub(crate) fn wire(&self) -> Result<Arc<dyn Wire>, ConnectError> {
        self.wire_within(None)
    }

    /// The connection; making it takes no longer than `limit`, if there is one.
    pub(crate) fn wire_within(&self, limit: Option<Duration>) -> Result<Arc<dyn Wire>, ConnectError> {
        let mut slot = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wire) = slot.as_ref().filter(|wire| wire.alive()) {
            return Ok(Arc::clone(wire));
        }
        let target = Target { connect_limit: limit, ..self.target.clone() };
        let wire = transports::connect(&target, &self.options, &self.pace)
            .map_err(|kind| ConnectError::new(&self.target.host, kind))?;
        *slot = Some(Arc::clone(&wire));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&wire));
        Ok(wire)
    }

    /// Ends the connection without waiting for the host; the next call makes a new one.
    pub(crate) fn abandon(&self) {
        let wire = self.current.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(wire) = wire {
            wire.close();
        }
    }
}
