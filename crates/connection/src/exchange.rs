//! Calls and results over one link: pipelined, with contents both ways and a heartbeat.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rplay_protocol::{CHUNK, Call, CallId, Stream, ToAgent, ToController};
use serde_json::{Map, Value};

use crate::error::CallError;
use crate::link::Link;

/// Calls sent ahead of their results.
const AHEAD: usize = 256;

/// Bytes queued ahead of what the stream takes.
const BACKLOG: usize = 1024 * 1024;

/// A backlog of this many bytes is content, not pings.
const BULK: usize = 16 * 1024;

/// Arguments longer than this travel in pieces.
const ARGS_PIECE: usize = 1024 * 1024;

/// Largest result, in bytes of JSON; more than that is an error, not an empty memory.
const MAX_RESULT: usize = 1024 * 1024 * 1024;

/// How long a cancellation may go unnoticed.
const TICK: Duration = Duration::from_millis(100);

/// Contents that modules ask for.
pub trait BlobSource {
    /// Opens the content that arguments name `id`.
    ///
    /// # Errors
    /// Its words become the module's error.
    fn open(&self, id: &str) -> io::Result<Box<dyn Read + Send>>;
}

/// No contents.
impl BlobSource for () {
    fn open(&self, id: &str) -> io::Result<Box<dyn Read + Send>> {
        Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no content {id}")))
    }
}

/// Where contents from the host and live output go. `index` is the call's place in its batch.
pub trait OutSink {
    /// Takes a piece of the content that the call's arguments name `id`.
    ///
    /// # Errors
    /// Ends the batch with [`CallError::Local`].
    fn out(&mut self, index: usize, id: &str, bytes: &[u8]) -> io::Result<()>;

    /// Takes live output of a running command; not needed for the result.
    fn progress(&mut self, index: usize, stream: Stream, bytes: &[u8]) {
        let _ = (index, stream, bytes);
    }
}

/// Takes no content.
impl OutSink for () {
    fn out(&mut self, _index: usize, _id: &str, _bytes: &[u8]) -> io::Result<()> {
        Err(io::Error::other("the module sent content that nobody asked for"))
    }
}

/// Intervals of the heartbeat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heartbeat {
    pub(crate) ping_every: Duration,
    pub(crate) frozen_after: Duration,
}

/// A batch of calls under way.
pub(crate) struct Exchange<'a> {
    link: &'a mut Link,
    calls: std::vec::IntoIter<Call>,
    sent: VecDeque<CallId>,
    first: CallId,
    result: Vec<u8>,
    feeds: Vec<Feed>,
    blobs: &'a dyn BlobSource,
    sink: &'a mut dyn OutSink,
    on_result: &'a mut dyn FnMut(usize, Map<String, Value>),
    heartbeat: Heartbeat,
    heard: Instant,
    pinged: Instant,
    cancels: &'a AtomicU64,
    cancels_seen: u64,
    cancelled: bool,
}

/// Content being sent.
struct Feed {
    call: CallId,
    blob: String,
    reader: Box<dyn Read + Send>,
    credit: u64,
}

/// The caller's side of a batch.
pub(crate) struct Ends<'a> {
    pub(crate) blobs: &'a dyn BlobSource,
    pub(crate) sink: &'a mut dyn OutSink,
    pub(crate) on_result: &'a mut dyn FnMut(usize, Map<String, Value>),
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(
        link: &'a mut Link,
        calls: Vec<Call>,
        ends: Ends<'a>,
        heartbeat: Heartbeat,
        cancels: &'a AtomicU64,
    ) -> Self {
        let now = Instant::now();
        Self {
            first: 0,
            link,
            calls: calls.into_iter(),
            sent: VecDeque::new(),
            result: Vec::new(),
            feeds: Vec::new(),
            blobs: ends.blobs,
            sink: ends.sink,
            on_result: ends.on_result,
            heartbeat,
            heard: now,
            pinged: now,
            cancels,
            cancels_seen: cancels.load(Ordering::Relaxed),
            cancelled: false,
        }
    }

    /// Runs the batch to its last result. After an error the link is of no more use.
    pub(crate) fn run(mut self) -> Result<(), CallError> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            self.send_calls()?;
            self.send_contents()?;
            let bulk = self.link.backlog() >= BULK;
            let mut moved = self.link.flush()?;
            if moved && bulk {
                // A host that takes content is not frozen, though it may have nothing to say yet.
                // (Pings do not count: buffers on the way would take them for hours.)
                self.heard = Instant::now();
            }
            if self.link.read(&mut buffer)? {
                moved = true;
                self.heard = Instant::now();
            }
            while let Some(frame) = self.link.next_frame()? {
                self.take(frame)?;
            }
            if self.sent.is_empty() && self.calls.len() == 0 {
                return Ok(());
            }
            self.look_after()?;
            if !moved {
                let writable = self.link.backlog() > 0;
                let limit = TICK.min(self.heartbeat.ping_every);
                self.link.stream.wait(writable, limit).map_err(|error| self.local(&error))?;
            }
        }
    }

    fn send_calls(&mut self) -> Result<(), CallError> {
        while self.sent.len() < AHEAD && self.link.backlog() < BACKLOG {
            let Some(mut call) = self.calls.next() else {
                return Ok(());
            };
            let id = self.link.take_id();
            if self.first == 0 {
                self.first = id;
            }
            self.sent.push_back(id);
            if self.cancelled {
                // Told beforehand, the agent answers without beginning it.
                self.link.queue(&ToAgent::Cancel { id })?;
            }
            let rest = call.args.split_off(call.args.len().min(ARGS_PIECE));
            self.link.queue(&ToAgent::Call { id, call, more: !rest.is_empty() })?;
            let pieces = rest.chunks(ARGS_PIECE);
            let count = pieces.len();
            for (index, piece) in pieces.enumerate() {
                let last = index + 1 == count;
                self.link.queue(&ToAgent::CallMore { id, args: piece.to_vec(), last })?;
            }
        }
        Ok(())
    }

    fn send_contents(&mut self) -> Result<(), CallError> {
        let mut index = 0;
        while let Some(feed) = self.feeds.get_mut(index) {
            if self.link.backlog() >= BACKLOG {
                return Ok(());
            }
            if feed.credit == 0 {
                index += 1;
                continue;
            }
            let frame = next_piece(feed);
            let done = !matches!(frame, ToAgent::BlobData { last: false, .. });
            self.link.queue(&frame)?;
            if done {
                self.feeds.remove(index);
            }
        }
        Ok(())
    }

    fn take(&mut self, frame: ToController) -> Result<(), CallError> {
        match frame {
            ToController::Result { id, json, last } => self.take_result(id, &json, last),
            ToController::NeedBlob { call, blob, credit } => self.open_feed(call, blob, credit),
            ToController::Out { call, blob, bytes } => {
                let index = self.index(call);
                self.sink.out(index, &blob, &bytes).map_err(|error| self.local(&error))
            }
            ToController::Progress { call, stream, bytes } => {
                self.sink.progress(self.index(call), stream, &bytes);
                Ok(())
            }
            ToController::Pong { .. } => Ok(()),
            ToController::Hello(_) => Err(self.link.garbled(&"a second greeting")),
        }
    }

    fn take_result(&mut self, id: CallId, json: &[u8], last: bool) -> Result<(), CallError> {
        if self.sent.front() != Some(&id) {
            return Err(self.link.garbled(&"a result out of order"));
        }
        if self.result.len() + json.len() > MAX_RESULT {
            return Err(self.link.garbled(&"a result over 1 GiB"));
        }
        self.result.extend_from_slice(json);
        if !last {
            return Ok(());
        }
        let json = std::mem::take(&mut self.result);
        let map = serde_json::from_slice(&json).map_err(|error| self.link.garbled(&error))?;
        self.sent.pop_front();
        self.feeds.retain(|feed| feed.call != id);
        let index = self.index(id);
        (self.on_result)(index, map);
        Ok(())
    }

    fn open_feed(&mut self, call: CallId, blob: String, credit: u64) -> Result<(), CallError> {
        if let Some(feed) = self.feeds.iter_mut().find(|feed| feed.call == call && feed.blob == blob) {
            feed.credit = feed.credit.saturating_add(credit);
            return Ok(());
        }
        match self.blobs.open(&blob) {
            Ok(reader) => self.feeds.push(Feed { call, blob, reader, credit }),
            Err(error) => {
                self.link.queue(&ToAgent::BlobMissing { call, blob, reason: error.to_string() })?;
            }
        }
        Ok(())
    }

    fn index(&self, call: CallId) -> usize {
        usize::try_from(call.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }

    /// Heartbeat and cancellation.
    fn look_after(&mut self) -> Result<(), CallError> {
        let silence = self.heard.elapsed();
        if silence >= self.heartbeat.frozen_after {
            return Err(CallError::Frozen { host: self.link.host.clone(), silence });
        }
        if self.pinged.elapsed() >= self.heartbeat.ping_every {
            self.pinged = Instant::now();
            self.link.queue(&ToAgent::Ping { token: self.first })?;
        }
        let cancels = self.cancels.load(Ordering::Relaxed);
        if cancels != self.cancels_seen {
            self.cancels_seen = cancels;
            self.cancelled = true;
            for id in self.sent.clone().into_iter().rev() {
                self.link.queue(&ToAgent::Cancel { id })?;
            }
        }
        Ok(())
    }

    fn local(&self, error: &io::Error) -> CallError {
        CallError::Local { host: self.link.host.clone(), reason: error.to_string() }
    }
}

fn next_piece(feed: &mut Feed) -> ToAgent {
    let (call, blob) = (feed.call, feed.blob.clone());
    let size = usize::try_from(feed.credit).unwrap_or(CHUNK).min(CHUNK);
    let mut bytes = vec![0; size];
    match read_full(feed.reader.as_mut(), &mut bytes) {
        Ok(count) => {
            bytes.truncate(count);
            feed.credit -= count as u64;
            ToAgent::BlobData { call, blob, last: count < size, bytes }
        }
        Err(error) => ToAgent::BlobMissing { call, blob, reason: error.to_string() },
    }
}

fn read_full(reader: &mut dyn Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
