//! Running a command on a terminal of its own, for programs that only talk to people.

use super::children::{Children, kill_group};
use super::process::Command;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long a program that has left its terminal may take to end by itself.
const LEAVING: Duration = Duration::from_millis(200);

/// A command on a terminal; dropped, it is killed.
pub struct Terminal {
    master: OwnedFd,
    child: Child,
    group: i32,
    children: Children,
}

/// What listening to a terminal gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// New output.
    Output(Vec<u8>),
    /// Nothing in the given time.
    Silence,
    /// The command has left the terminal.
    End,
}

impl Command<'_> {
    /// Starts it on a new terminal of 24 lines by 80 columns; `echo`: the terminal repeats what is typed.
    ///
    /// # Errors
    /// No terminal could be made, or the command could not be started.
    pub fn on_terminal(self, echo: bool) -> io::Result<Terminal> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        tcsetwinsize(&slave, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
        let mut modes = tcgetattr(&slave)?;
        modes.local_modes.set(LocalModes::ECHO, echo);
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        let children = self.children();
        // A controlling terminal has to be taken by the new session itself, between fork and exec: setsid(1) does.
        let mut command = self.into_std(&["setsid", "--ctty"])?;
        command.stdin(Stdio::from(slave.try_clone()?)).stdout(Stdio::from(slave.try_clone()?));
        let child = command.stderr(Stdio::from(slave)).spawn()?;
        let group = i32::try_from(child.id()).unwrap_or(0);
        children.add(group);
        Ok(Terminal { master, child, group, children })
    }
}

impl Terminal {
    /// Waits for output; `None`: however long it takes.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn listen(&mut self, patience: Option<Duration>) -> io::Result<Heard> {
        let end = patience.map(|patience| Instant::now() + patience);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let wait = left.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
            let mut polled = [PollFd::new(&self.master, PollFlags::IN)];
            match poll(&mut polled, wait.as_ref()) {
                Ok(0) => return Ok(Heard::Silence),
                Ok(_) => return self.read(),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&mut self) -> io::Result<Heard> {
        let mut buffer = [0; 4096];
        match rustix::io::read(&self.master, &mut buffer) {
            // Linux answers EIO once nobody holds the other end.
            Ok(0) | Err(rustix::io::Errno::IO) => Ok(Heard::End),
            Ok(count) => Ok(Heard::Output(buffer.get(..count).unwrap_or_default().to_vec())),
            Err(rustix::io::Errno::INTR) => Ok(Heard::Output(Vec::new())),
            Err(error) => Err(error.into()),
        }
    }

    /// Types.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn say(&mut self, mut text: &[u8]) -> io::Result<()> {
        while !text.is_empty() {
            match rustix::io::write(&self.master, text) {
                Ok(count) => text = text.get(count..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Hangs up and returns the exit code; none for a command that a signal ended.
    ///
    /// # Errors
    /// The command cannot be waited for.
    pub fn close(mut self) -> io::Result<Option<i32>> {
        let end = Instant::now() + LEAVING;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some(group) = Pid::from_raw(self.group) {
            let _ = kill_process_group(group, Signal::HUP);
        }
        std::thread::sleep(LEAVING);
        kill_group(self.group);
        Ok(self.child.wait()?.code())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing to do for one that was waited for: its number is not given anew while it is on the list.
        if matches!(self.child.try_wait(), Ok(None)) {
            kill_group(self.group);
            let _ = self.child.wait();
        }
        self.children.remove(self.group);
    }
}
