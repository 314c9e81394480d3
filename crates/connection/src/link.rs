//! One agent process and the stream to it.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use rplay_protocol::{CallId, Decoder, ToAgent, ToController, encode};

use crate::error::CallError;
use crate::stream::{ByteStream, Ending, Source, would_block};

/// How much of the agent's standard error is kept for messages, in bytes.
const STDERR_KEPT: usize = 4096;

/// An agent that has introduced itself.
pub(crate) struct Link {
    pub(crate) host: String,
    pub(crate) stream: Box<dyn ByteStream>,
    pub(crate) decoder: Decoder,
    /// What the login printed before the agent spoke.
    pub(crate) noise: String,
    outgoing: VecDeque<u8>,
    stderr: Vec<u8>,
    next_id: CallId,
}

impl Link {
    pub(crate) fn new(host: &str, stream: Box<dyn ByteStream>, decoder: Decoder, noise: String) -> Self {
        let (outgoing, stderr) = (VecDeque::new(), Vec::new());
        Self { host: host.to_owned(), stream, decoder, noise, outgoing, stderr, next_id: 1 }
    }

    pub(crate) fn take_id(&mut self) -> CallId {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    pub(crate) fn queue(&mut self, frame: &ToAgent) -> Result<(), CallError> {
        let mut bytes = Vec::new();
        encode(frame, &mut bytes).map_err(|error| self.garbled(&error))?;
        self.outgoing.extend(bytes);
        Ok(())
    }

    /// Bytes queued and not yet taken by the stream.
    pub(crate) fn backlog(&self) -> usize {
        self.outgoing.len()
    }

    /// Writes what the stream takes now; true when something was written.
    pub(crate) fn flush(&mut self) -> Result<bool, CallError> {
        let mut wrote = false;
        while !self.outgoing.is_empty() {
            let (front, _) = self.outgoing.as_slices();
            match self.stream.write(front) {
                Ok(count) => {
                    self.outgoing.drain(..count);
                    wrote |= count > 0;
                }
                Err(error) if would_block(&error) => break,
                Err(error) => return Err(self.lost(&error)),
            }
        }
        Ok(wrote)
    }

    /// Reads once into the decoder; true when something came.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<bool, CallError> {
        self.read_stderr(buffer);
        match self.stream.read(Source::Stdout, buffer) {
            Ok(0) => Err(self.ended()),
            Ok(count) => {
                self.decoder.push(buffer.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if would_block(&error) => Ok(false),
            Err(error) => Err(self.lost(&error)),
        }
    }

    pub(crate) fn next_frame(&mut self) -> Result<Option<ToController>, CallError> {
        self.decoder.next_frame().map_err(|error| self.garbled(&error))
    }

    fn read_stderr(&mut self, buffer: &mut [u8]) {
        while let Ok(count) = self.stream.read(Source::Stderr, buffer) {
            if count == 0 {
                return;
            }
            self.stderr.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let over = self.stderr.len().saturating_sub(STDERR_KEPT);
            self.stderr.drain(..over);
        }
    }

    /// True when the agent is still there, as far as can be told without asking it.
    pub(crate) fn alive(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match self.read(&mut buffer) {
                Ok(true) => while matches!(self.next_frame(), Ok(Some(_))) {},
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
    }

    /// Tells the agent to go and waits for it.
    pub(crate) fn end(&mut self, limit: Duration) {
        if self.stream.finish_input().is_ok() {
            let _ = self.stream.ending(limit);
        }
    }

    fn ended(&mut self) -> CallError {
        let ending = self.stream.ending(Duration::from_secs(1));
        let mut buffer = [0; 4096];
        self.read_stderr(&mut buffer);
        let text = String::from_utf8_lossy(&self.stderr);
        let words = text.trim();
        let words = if words.is_empty() { String::new() } else { format!(": {words}") };
        match ending {
            None => self.lost(&io::Error::other(format!("the connection was closed{words}"))),
            // 255 is what the OpenSSH client says when the connection breaks.
            Some(Ending::Exit(255)) => self.lost(&io::Error::other(format!("ssh ended{words}"))),
            Some(ending) => {
                CallError::AgentDied { host: self.host.clone(), reason: format!("{ending}{words}") }
            }
        }
    }

    fn lost(&self, error: &io::Error) -> CallError {
        CallError::Lost { host: self.host.clone(), reason: error.to_string() }
    }

    pub(crate) fn garbled(&self, error: &dyn std::fmt::Display) -> CallError {
        CallError::Protocol { host: self.host.clone(), reason: error.to_string() }
    }
}
