//! Contents that stayed at the controller, as readers.
//!
//! The controller may send only as much as it was given credit for, so a slow disk here never
//! piles content up in memory, and the thread that answers pings never waits for a module.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rplay_protocol::{CallId, ToController};

use crate::outbox::Outbox;

/// How much content may be under way, in bytes.
const WINDOW: u64 = 4 * 1024 * 1024;

pub(crate) enum Piece {
    Data { bytes: Vec<u8>, last: bool },
    Missing(String),
}

/// Where pieces that arrive find the module that waits for them.
#[derive(Default)]
pub(crate) struct BlobDesk(Mutex<HashMap<(CallId, String), Sender<Piece>>>);

impl BlobDesk {
    /// Asks the controller for `blob`.
    pub(crate) fn open(
        self: &Arc<Self>,
        call: CallId,
        blob: &str,
        outbox: &Arc<Outbox>,
    ) -> io::Result<BlobReader> {
        let (sender, pieces) = channel();
        self.lock().insert((call, blob.to_owned()), sender);
        let mut reader = BlobReader {
            call,
            blob: blob.to_owned(),
            pieces,
            current: Cursor::default(),
            complete: false,
            owed: WINDOW,
            outbox: Arc::clone(outbox),
            desk: Arc::clone(self),
        };
        reader.give_credit()?;
        // Waiting for the first piece here lets a missing content fail at once, not at a read.
        reader.advance()?;
        Ok(reader)
    }

    /// Hands over what came from the controller. Nobody waiting: the module gave up, drop it.
    pub(crate) fn deliver(&self, call: CallId, blob: String, piece: Piece) {
        if let Some(sender) = self.lock().get(&(call, blob)) {
            let _ = sender.send(piece);
        }
    }

    /// Ends every wait: the controller is gone or the call was stopped.
    pub(crate) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(CallId, String), Sender<Piece>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Content from the controller, read as it comes.
pub(crate) struct BlobReader {
    call: CallId,
    blob: String,
    pieces: Receiver<Piece>,
    current: Cursor<Vec<u8>>,
    complete: bool,
    owed: u64,
    outbox: Arc<Outbox>,
    desk: Arc<BlobDesk>,
}

impl BlobReader {
    fn give_credit(&mut self) -> io::Result<()> {
        let credit = std::mem::take(&mut self.owed);
        self.outbox.send(&ToController::NeedBlob { call: self.call, blob: self.blob.clone(), credit })
    }

    fn advance(&mut self) -> io::Result<()> {
        if self.owed >= WINDOW / 4 {
            self.give_credit()?;
        }
        match self.pieces.recv() {
            Ok(Piece::Data { bytes, last }) => {
                self.owed += bytes.len() as u64;
                self.current = Cursor::new(bytes);
                self.complete = last;
                Ok(())
            }
            Ok(Piece::Missing(reason)) => Err(io::Error::new(io::ErrorKind::NotFound, reason)),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                format!("content {} was cut off: the controller is gone or the task was stopped", self.blob),
            )),
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(out)?;
            if count > 0 || self.complete || out.is_empty() {
                return Ok(count);
            }
            self.advance()?;
        }
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        self.desk.lock().remove(&(self.call, std::mem::take(&mut self.blob)));
    }
}
