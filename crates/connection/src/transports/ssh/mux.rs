//! Many commands over one SSH connection, from many threads, none of which ever blocks in libssh2.
//!
//! Two properties of libssh2 shape this file. It keeps one half-sent packet per connection, and
//! any other operation that sends before it is out is an error: so whoever hits that state stays
//! in `drive`, holding the gate, until the packet is out (the server reads regardless of what it
//! has to write, so that cannot deadlock). And any operation may take in data that belongs to
//! another channel: so a thread that waits beside others does so in short steps.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use ssh2::{BlockDirections, Channel, Session};

use crate::error::ConnectErrorKind as Kind;
use crate::process::poll_for;
use crate::stream::{ByteStream, Ending, Source, Wire, would_block};

/// Longest wait of a thread while others use the same connection.
const SHARED_STEP: Duration = Duration::from_millis(5);

/// How long a half-sent packet may take; the link is then as good as cut.
const STALLED: Duration = Duration::from_secs(60);

/// Limit for opening a channel and starting its command.
const OPEN: Duration = Duration::from_secs(30);

struct Shared {
    session: Session,
    socket: TcpStream,
    /// Held for every use of `session`: an operation and the question why it stopped belong together.
    gate: Mutex<()>,
    /// libssh2 opens one channel at a time.
    opening: Mutex<()>,
    waiting: AtomicUsize,
    dead: AtomicBool,
}

impl Shared {
    fn drive<T>(&self, mut operation: impl FnMut(&Session) -> io::Result<T>) -> io::Result<T> {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        loop {
            let outcome = operation(&self.session);
            let Err(error) = &outcome else {
                return outcome;
            };
            if !would_block(error) {
                if ssh2::Error::last_session_error(&self.session).is_some_and(|e| is_fatal(&e)) {
                    self.dead.store(true, Ordering::Relaxed);
                }
                return outcome;
            }
            let directions = self.session.block_directions();
            if !matches!(directions, BlockDirections::Outbound | BlockDirections::Both) {
                return outcome;
            }
            if began.elapsed() > STALLED {
                self.dead.store(true, Ordering::Relaxed);
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the network takes no data"));
            }
            let mut fds = [PollFd::new(&self.socket, PollFlags::OUT)];
            poll_for(&mut fds, Duration::from_secs(1))?;
        }
    }

    /// Repeats an operation until it is done.
    fn complete<T>(
        &self,
        mut operation: impl FnMut(&Session) -> io::Result<T>,
        limit: Duration,
    ) -> io::Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            match self.drive(&mut operation) {
                Err(error) if would_block(&error) => {}
                outcome => return outcome,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.wait(false, left)?;
        }
    }

    fn wait(&self, writable: bool, limit: Duration) -> io::Result<()> {
        let others = self.waiting.fetch_add(1, Ordering::Relaxed);
        let limit = if others > 0 { limit.min(SHARED_STEP) } else { limit };
        let flags = if writable { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let outcome = poll_for(&mut [PollFd::new(&self.socket, flags)], limit);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        outcome
    }
}

/// Errors after which the connection is of no use.
fn is_fatal(error: &ssh2::Error) -> bool {
    const FATAL: [i32; 5] = [-7, -13, -43, -12, -4];
    matches!(error.code(), ssh2::ErrorCode::Session(code) if FATAL.contains(&code))
}

/// A logged-in connection.
pub(crate) struct SshWire(Arc<Shared>);

impl SshWire {
    pub(crate) fn new(session: Session, socket: TcpStream) -> io::Result<Self> {
        session.set_blocking(false);
        socket.set_nonblocking(true)?;
        Ok(Self(Arc::new(Shared {
            session,
            socket,
            gate: Mutex::default(),
            opening: Mutex::default(),
            waiting: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
        })))
    }

    fn open(&self, command: &str, pty: bool) -> io::Result<SshStream> {
        let shared = &self.0;
        let _opening = shared.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = shared.complete(|session| session.channel_session().map_err(Into::into), OPEN)?;
        let mut stream = SshStream { shared: Arc::clone(shared), channel: Some(channel) };
        if pty {
            stream.channel_op(|channel| channel.request_pty("dumb", None, None).map_err(Into::into), OPEN)?;
        }
        stream.channel_op(|channel| channel.exec(command).map_err(Into::into), OPEN)?;
        Ok(stream)
    }
}

impl Wire for SshWire {
    fn start(&self, command: &str, pty: bool) -> Result<Box<dyn ByteStream>, Kind> {
        match self.open(command, pty) {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(Kind::Start(format!("the host starts no command: {error}"))),
        }
    }

    fn alive(&self) -> bool {
        !self.0.dead.load(Ordering::Relaxed)
    }

    fn close(&self) {
        self.0.dead.store(true, Ordering::Relaxed);
        // Without this, freeing the session could wait for a host that is gone.
        let _ = self.0.socket.shutdown(Shutdown::Both);
    }
}

impl Drop for SshWire {
    fn drop(&mut self) {
        // Streams still in use keep the connection; the last one closes it.
        if Arc::strong_count(&self.0) == 1 {
            self.close();
        }
    }
}

/// One command on the host.
struct SshStream {
    shared: Arc<Shared>,
    /// `None` only while being dropped.
    channel: Option<Channel>,
}

impl SshStream {
    fn channel_op<T>(
        &mut self,
        mut operation: impl FnMut(&mut Channel) -> io::Result<T>,
        limit: Duration,
    ) -> io::Result<T> {
        let channel = self.channel.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        self.shared.complete(|_| operation(channel), limit)
    }

    fn now<T>(&mut self, mut operation: impl FnMut(&mut Channel) -> io::Result<T>) -> io::Result<T> {
        let channel = self.channel.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        self.shared.drive(|_| operation(channel))
    }
}

impl ByteStream for SshStream {
    fn read(&mut self, from: Source, into: &mut [u8]) -> io::Result<usize> {
        let stream = if from == Source::Stdout { 0 } else { 1 };
        let count = self.now(|channel| channel.stream(stream).read(into))?;
        // For libssh2 a closed connection also reads as nothing; only the channel's own end is one.
        let ended = count > 0 || self.channel.as_ref().is_some_and(Channel::eof);
        if ended { Ok(count) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        match self.now(|channel| channel.write(bytes))? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }

    fn finish_input(&mut self) -> io::Result<()> {
        self.channel_op(|channel| channel.send_eof().map_err(Into::into), OPEN)
    }

    fn wait(&mut self, writable: bool, limit: Duration) -> io::Result<()> {
        // A full window opens by a message from the host, so readable is what to wait for then;
        // a full socket was already waited out in `drive`.
        let window = self.channel.as_ref().map_or(0, |channel| channel.write_window().remaining);
        self.shared.wait(writable && window > 0, limit)
    }

    fn ending(&mut self, limit: Duration) -> Option<Ending> {
        self.channel_op(|channel| channel.wait_eof().map_err(Into::into), limit).ok()?;
        self.channel_op(|channel| channel.close().map_err(Into::into), limit).ok()?;
        self.channel_op(|channel| channel.wait_close().map_err(Into::into), limit).ok()?;
        let channel = self.channel.as_ref()?;
        let signal = channel.exit_signal().ok().and_then(|signal| signal.exit_signal);
        if let Some(name) = signal {
            return Some(Ending::Signal(name));
        }
        channel.exit_status().ok().map(Ending::Exit)
    }
}

impl Drop for SshStream {
    fn drop(&mut self) {
        let Some(mut channel) = self.channel.take() else {
            return;
        };
        if !self.shared.dead.load(Ordering::Relaxed) {
            // Tells the host's agent to clean up and go; nobody waits for the answer.
            let _ = self.shared.drive(|_| channel.close().map_err(Into::into));
        }
        let _gate = self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner);
        drop(channel);
    }
}
