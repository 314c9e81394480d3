//! The agent's life: introduce itself, read frames, end.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use rplay_protocol::{
    CHUNK, Call, CallId, Decoder, FileSum, Hello, ToAgent, ToController, VERSION, checksum, marker,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use serde_json::Map;

use crate::blobs::Piece;
use crate::outbox::Outbox;
use crate::processes::signal_descendants;
use crate::state::{Shared, Stop};
use crate::worker::{Runner, stopped_result, work};

/// Time between asking processes to end and killing them.
const GRACE: Duration = Duration::from_secs(2);

/// How long a stopped module that is not waiting for a process may go on before the agent gives
/// itself up (it may hang in the kernel, on a dead network file system).
const STUCK: Duration = Duration::from_secs(8);

/// How an agent is started.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// Random token of the start marker.
    pub token: String,
    /// Report size and checksum of the agent's own file.
    pub sum: bool,
}

/// Speaks the protocol on `input` and `output` until `input` ends, running calls with `runner`.
///
/// # Errors
/// When a stream fails or what comes in is no frame, and when a stopped module can't be ended:
/// the process should then exit.
pub fn serve<I, O>(options: &ServeOptions, mut input: I, output: O, runner: Arc<dyn Runner>) -> io::Result<()>
where
    I: Read + AsFd,
    O: Write + Send + 'static,
{
    let shared = Arc::new(Shared::new(Outbox::new(Box::new(output))));
    introduce(options, &shared)?;
    let (calls, queue) = channel();
    let at_work = Arc::clone(&shared);
    std::thread::Builder::new()
        .name("modules".into())
        .spawn(move || work(runner.as_ref(), &queue, &at_work))?;
    let mut reader = Reader { shared, calls, partial: HashMap::new(), killed: false };
    let outcome = reader.read_all(&mut input);
    reader.leave();
    outcome
}

fn introduce(options: &ServeOptions, shared: &Shared) -> io::Result<()> {
    let file = if options.sum { Some(own_file()?) } else { None };
    let hello = Hello {
        version: VERSION,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        euid: rustix::process::geteuid().as_raw(),
        file,
    };
    shared.outbox.raw(&marker(&options.token))?;
    shared.outbox.send(&ToController::Hello(hello))
}

fn own_file() -> io::Result<FileSum> {
    let bytes = fs::read("/proc/self/exe")?;
    Ok(FileSum { size: bytes.len() as u64, sum: checksum(&bytes) })
}

struct Reader {
    shared: Arc<Shared>,
    calls: Sender<(CallId, Call)>,
    partial: HashMap<CallId, Call>,
    killed: bool,
}

impl Reader {
    fn read_all<I: Read + AsFd>(&mut self, input: &mut I) -> io::Result<()> {
        let mut decoder = Decoder::default();
        let mut buffer = vec![0; CHUNK];
        loop {
            if self.wait(input)? {
                let count = match input.read(&mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(count) => count,
                    Err(error) if retry(&error) => continue,
                    Err(error) => return Err(error),
                };
                decoder.push(buffer.get(..count).unwrap_or_default());
                while let Some(frame) = decoder.next_frame().map_err(io::Error::other)? {
                    self.take(frame)?;
                }
            }
            self.watch()?;
        }
    }

    /// True when there is something to read, false when it is time to look after the running call.
    fn wait<I: AsFd>(&self, input: &I) -> io::Result<bool> {
        let limit = self.shared.next_check().and_then(|limit| Timespec::try_from(limit).ok());
        let mut fds = [PollFd::new(input, PollFlags::IN)];
        match poll(&mut fds, limit.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, frame: ToAgent) -> io::Result<()> {
        match frame {
            ToAgent::Call { id, call, more: false } => self.queue(id, call),
            ToAgent::Call { id, call, more: true } => {
                self.partial.insert(id, call);
            }
            ToAgent::CallMore { id, args, last } => self.more(id, &args, last),
            ToAgent::BlobData { call, blob, bytes, last } => {
                self.shared.desk.deliver(call, blob, Piece::Data { bytes, last });
            }
            ToAgent::BlobMissing { call, blob, reason } => {
                self.shared.desk.deliver(call, blob, Piece::Missing(reason));
            }
            ToAgent::Cancel { id } => {
                self.partial.remove(&id);
                if self.shared.cancel(id) {
                    self.stop_current();
                }
            }
            ToAgent::Ping { token } => self.shared.outbox.send(&ToController::Pong { token })?,
        }
        Ok(())
    }

    fn queue(&self, id: CallId, call: Call) {
        self.shared.expect();
        // The worker is gone only when the output is: the input will end, too.
        let _ = self.calls.send((id, call));
    }

    fn more(&mut self, id: CallId, args: &[u8], last: bool) {
        let Some(call) = self.partial.get_mut(&id) else {
            return;
        };
        call.args.extend_from_slice(args);
        if last && let Some(call) = self.partial.remove(&id) {
            self.queue(id, call);
        }
    }

    fn stop_current(&mut self) {
        self.killed = false;
        self.shared.desk.close();
        signal_descendants(Signal::TERM);
    }

    /// Looks after time limits: end what is over its own, kill what does not end.
    fn watch(&mut self) -> io::Result<()> {
        if self.shared.check_timeout() {
            self.stop_current();
        }
        let Some((id, stop, overdue)) = self.shared.overdue() else {
            return Ok(());
        };
        if overdue >= GRACE && !self.killed {
            self.killed = true;
            signal_descendants(Signal::KILL);
        }
        if overdue < STUCK {
            return Ok(());
        }
        self.give_up(id, &stop)
    }

    fn give_up(&self, id: CallId, stop: &Stop) -> io::Result<()> {
        let result = stopped_result(stop, Map::new());
        self.shared.outbox.result(id, &serde_json::to_vec(&result)?)?;
        Err(io::Error::new(io::ErrorKind::TimedOut, "a stopped module does not end; leaving it behind"))
    }

    /// The controller is gone: end what was started here.
    fn leave(&self) {
        self.shared.close();
        self.shared.desk.close();
        let began = Instant::now();
        while signal_descendants(Signal::TERM) && began.elapsed() < GRACE {
            if self.shared.wait_idle(Duration::from_millis(100)) {
                break;
            }
        }
        signal_descendants(Signal::KILL);
        // The worker removes the call's temporary files before it reports itself idle.
        self.shared.wait_idle(Duration::from_secs(1));
    }
}

fn retry(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}
