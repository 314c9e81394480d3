//! Asking the person at the terminal.

use crate::{Failure, exit, signals};
use rplay_connection::{Echo, PromptHook, Secret};
use rplay_engine::{Prompt, Typed, Typing};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, IsTerminal, Read, Write},
    sync::Arc,
    time::Instant,
};
use zeroize::Zeroizing;

/// Room for a password, so that growing leaves no copies behind.
const PASSWORD: usize = 1024;

/// Ctrl-C as the terminal sends it while it raises no signals.
pub(crate) const CTRL_C: u8 = 3;

/// How often a waiting prompt looks whether a signal has come.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The controlling terminal.
pub(crate) struct Terminal;

impl Prompt for Terminal {
    fn ask(&self, question: &str, private: bool) -> io::Result<Option<String>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let echo = if private { Echo::Hidden } else { Echo::Shown };
        let answer = asked(terminal()?, question, echo)?;
        Ok(Some(answer.map(|answer| answer.to_string()).unwrap_or_default()))
    }

    fn is_attended(&self) -> bool {
        let stdin = io::stdin();
        // In the background the terminal belongs to another.
        stdin.is_terminal() && tcgetpgrp(&stdin).is_ok_and(|group| group == getpgrp())
    }

    fn typed(&self, wanted: &Typing<'_>) -> io::Result<Typed> {
        crate::keys::typed(terminal()?, wanted)
    }

    fn line(&self) -> io::Result<Option<String>> {
        let mut text = String::new();
        let count = io::stdin().lock().read_line(&mut text)?;
        Ok((count > 0).then(|| text.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

/// What connections ask with; it answers nothing where nobody sits at a terminal.
pub(crate) fn hook() -> Option<PromptHook> {
    if !io::stdin().is_terminal() {
        return None;
    }
    Some(Arc::new(|question, echo| {
        let answer = asked(terminal().ok()?, question, echo).ok()??;
        Some(Secret::new(answer.as_str()))
    }))
}

/// A password typed at the terminal, unseen; without a terminal the next line of standard input. None at the
/// end of either.
pub(crate) fn password(question: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let answer = match terminal() {
        Ok(terminal) => asked(terminal, question, Echo::Hidden),
        Err(_) => from_stdin(question),
    };
    answer.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => Failure::new(exit::INTERRUPTED, "User interrupted execution"),
        _ => Failure::new(exit::ERROR, format!("{question}the answer cannot be read: {error}")),
    })
}

fn terminal() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty")
}

fn asked(mut terminal: File, question: &str, echo: Echo) -> io::Result<Option<Zeroizing<String>>> {
    let pause = rplay_output::suspend_status();
    terminal.write_all(question.as_bytes())?;
    let saved = tcgetattr(&terminal)?;
    tcsetattr(&terminal, OptionalActions::Flush, &listening(&saved, echo))?;
    let answer = line(&mut terminal);
    tcsetattr(&terminal, OptionalActions::Now, &saved)?;
    if echo == Echo::Hidden || !matches!(answer, Ok(Some(_))) {
        terminal.write_all(b"\n")?;
    }
    drop(pause);
    answer
}

/// Ctrl-C ends the line in place of raising a signal, so that it never leaves a silent terminal behind.
fn listening(saved: &Termios, echo: Echo) -> Termios {
    let mut modes = saved.clone();
    modes.local_modes.remove(LocalModes::ISIG);
    modes.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
    if echo == Echo::Hidden {
        modes.local_modes.remove(LocalModes::ECHO);
    }
    modes
}

/// The next line; none at the end of input.
fn line(terminal: &mut File) -> io::Result<Option<Zeroizing<String>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSWORD));
    let mut part = Zeroizing::new([0; PASSWORD]);
    loop {
        wait(terminal)?;
        let count = terminal.read(&mut *part)?;
        bytes.extend_from_slice(&part[..count]);
        match bytes.last() {
            _ if bytes.contains(&CTRL_C) => return Err(io::ErrorKind::Interrupted.into()),
            None if count == 0 => return Ok(None),
            Some(b'\n') => break,
            _ if count == 0 => break,
            _ => {}
        }
    }
    text(&bytes).map(Some)
}

/// Waits for input or a signal.
fn wait(terminal: &File) -> io::Result<()> {
    wait_until(terminal, None).map(drop)
}

/// Waits for input or a signal, at most until a time; false when that is over.
pub(crate) fn wait_until(terminal: &File, end: Option<Instant>) -> io::Result<bool> {
    loop {
        if signals::exit_code().is_some() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(false);
        }
        match poll(&mut [PollFd::new(terminal, PollFlags::IN)], Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}

fn text(bytes: &[u8]) -> io::Result<Zeroizing<String>> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Byte for byte, so that what follows the line stays for others to read.
fn from_stdin(question: &str) -> io::Result<Option<Zeroizing<String>>> {
    let mut stderr = io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let stdin = io::stdin();
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSWORD));
    let mut byte = [0];
    loop {
        match rustix::io::read(&stdin, &mut byte) {
            Ok(0) if bytes.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) => bytes.push(byte[0]),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    text(&bytes).map(Some)
}
