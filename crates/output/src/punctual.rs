//! Standard output that is buffered, yet never late.

use std::{
    io::{self, BufWriter, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Duration,
};

/// How long a line may wait for others before it is pushed out.
const LATENCY: Duration = Duration::from_millis(25);

/// A writer that collects what is written and pushes it out soon after, from a thread of its own: a play whose
/// output goes through a pipe is followed as it runs, and one with thousands of results a second does not pay for
/// each line.
pub(crate) struct Punctual<W: Write + Send + 'static> {
    shared: Arc<Shared<W>>,
}

struct Shared<W: Write> {
    state: Mutex<State<W>>,
    written: Condvar,
}

struct State<W: Write> {
    out: BufWriter<W>,
    waiting: bool,
    closed: bool,
}

impl<W: Write> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send + 'static> Punctual<W> {
    pub(crate) fn new(out: W) -> Self {
        let state = State { out: BufWriter::with_capacity(64 * 1024, out), waiting: false, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), written: Condvar::new() });
        let weak = Arc::downgrade(&shared);
        thread::spawn(move || while push(&weak) {});
        Self { shared }
    }
}

/// Waits for something written and pushes it out; false when the writer is gone.
fn push<W: Write>(shared: &Weak<Shared<W>>) -> bool {
    let Some(shared) = shared.upgrade() else { return false };
    let mut state = shared.lock();
    while !state.waiting && !state.closed {
        state = shared.written.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    if state.closed {
        return false;
    }
    drop(state);
    thread::sleep(LATENCY);
    let mut state = shared.lock();
    state.waiting = false;
    // A reader that went away is no reason to stop a play.
    let _ = state.out.flush();
    true
}

impl<W: Write + Send + 'static> Write for Punctual<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.shared.lock();
        let count = state.out.write(bytes)?;
        if !state.waiting {
            state.waiting = true;
            self.shared.written.notify_one();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shared.lock().out.flush()
    }
}

impl<W: Write + Send + 'static> Drop for Punctual<W> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let _ = state.out.flush();
        state.closed = true;
        self.shared.written.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    struct Sent(mpsc::Sender<Vec<u8>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_written_arrives_without_a_flush() {
        let (sender, receiver) = mpsc::channel();
        let mut out = Punctual::new(Sent(sender));
        out.write_all(b"one\n").unwrap();
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)).unwrap(), b"one\n");
        out.write_all(b"two\n").unwrap();
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)).unwrap(), b"two\n");
    }

    #[test]
    fn what_is_left_arrives_when_the_writer_goes() {
        let (sender, receiver) = mpsc::channel();
        let mut out = Punctual::new(Sent(sender));
        out.write_all(b"last\n").unwrap();
        drop(out);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)).unwrap(), b"last\n");
    }
}
