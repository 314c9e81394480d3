//! The one way out: frames to the controller, whole, from any thread.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use rplay_protocol::{CHUNK, CallId, ToController, encode};

/// Writes frames to the controller.
pub(crate) struct Outbox(Mutex<Box<dyn Write + Send>>);

impl Outbox {
    pub(crate) fn new(output: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(output))
    }

    /// Writes bytes as they are: only the start marker.
    pub(crate) fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(bytes)?;
        output.flush()
    }

    pub(crate) fn send(&self, frame: &ToController) -> io::Result<()> {
        let mut bytes = Vec::new();
        encode(frame, &mut bytes).map_err(io::Error::other)?;
        self.raw(&bytes)
    }

    /// Sends a result in as many pieces as it needs.
    pub(crate) fn result(&self, id: CallId, json: &[u8]) -> io::Result<()> {
        let pieces = json.chunks(CHUNK);
        let count = pieces.len();
        for (index, piece) in pieces.enumerate() {
            let last = index + 1 == count;
            self.send(&ToController::Result { id, json: piece.to_vec(), last })?;
        }
        Ok(())
    }
}
