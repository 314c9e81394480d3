//! A child process of the controller as a byte stream: the local agent, `ssh`, `docker exec`.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::stream::{ByteStream, Ending, Source};

/// Streams of a child process.
pub(crate) struct ProcessStream {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// Kept open for the child: the end of a private pipe it reads a secret from.
    _private: Option<OwnedFd>,
}

impl ProcessStream {
    /// Starts `command` in a process group of its own, so that Ctrl-C at the terminal reaches only
    /// the controller, which then decides.
    pub(crate) fn spawn(command: &mut Command, private: Option<OwnedFd>) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        nonblocking(stdin.as_ref())?;
        nonblocking(stdout.as_ref())?;
        nonblocking(stderr.as_ref())?;
        Ok(Self { child, stdin, stdout, stderr, _private: private })
    }
}

fn nonblocking<F: AsFd>(fd: Option<&F>) -> io::Result<()> {
    if let Some(fd) = fd {
        fcntl_setfl(fd, fcntl_getfl(fd)? | OFlags::NONBLOCK)?;
    }
    Ok(())
}

fn read_some<R: Read>(slot: &mut Option<R>, into: &mut [u8]) -> io::Result<usize> {
    let Some(reader) = slot.as_mut() else {
        return Ok(0);
    };
    let outcome = reader.read(into);
    if matches!(outcome, Ok(0)) {
        // A closed pipe always polls as ready; keeping it would spin.
        *slot = None;
    }
    outcome
}

impl ByteStream for ProcessStream {
    fn read(&mut self, from: Source, into: &mut [u8]) -> io::Result<usize> {
        match from {
            Source::Stdout => read_some(&mut self.stdout, into),
            Source::Stderr => read_some(&mut self.stderr, into),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.stdin.as_mut() {
            Some(stdin) => stdin.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn finish_input(&mut self) -> io::Result<()> {
        self.stdin = None;
        Ok(())
    }

    fn wait(&mut self, writable: bool, limit: Duration) -> io::Result<()> {
        let mut fds = Vec::with_capacity(3);
        fds.extend(self.stdout.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
        fds.extend(self.stderr.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
        if writable {
            fds.extend(self.stdin.as_ref().map(|fd| PollFd::new(fd, PollFlags::OUT)));
        }
        poll_for(&mut fds, limit)
    }

    fn ending(&mut self, limit: Duration) -> Option<Ending> {
        let began = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(ending_of(status)),
                Ok(None) if began.elapsed() < limit => std::thread::sleep(Duration::from_millis(5)),
                _ => return None,
            }
        }
    }
}

impl Drop for ProcessStream {
    /// Ends the input, which tells an agent to clean up and go, and sees the child off; a child
    /// that does not go is killed by a thread, so that closing never waits.
    fn drop(&mut self) {
        self.stdin = None;
        if self.ending(Duration::from_millis(20)).is_some() {
            return;
        }
        let pid = rustix::process::Pid::from_child(&self.child);
        // Swapping in a finished child is not possible, so the thread waits by process id.
        std::thread::spawn(move || {
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(6) {
                match rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::NOHANG) {
                    Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                    _ => return,
                }
            }
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        });
    }
}

fn ending_of(status: ExitStatus) -> Ending {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exit(code),
        (None, signal) => Ending::Signal(signal.unwrap_or_default().to_string()),
    }
}

/// Polls, a signal counting as a wake-up.
pub(crate) fn poll_for(fds: &mut [PollFd<'_>], limit: Duration) -> io::Result<()> {
    let limit = Timespec::try_from(limit).ok();
    match poll(fds, limit.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
