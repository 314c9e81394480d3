//! Asking the person at the terminal.

use rplay_engine::Prompt;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, IsTerminal, Write},
};
use zeroize::Zeroizing;

/// Room for a password, so that growing leaves no copies behind.
const PASSWORD: usize = 1024;

/// The controlling terminal.
pub(crate) struct Terminal;

impl Prompt for Terminal {
    fn ask(&self, question: &str, private: bool) -> io::Result<Option<String>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let _quiet = rplay_output::suspend_status();
        let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        tty.write_all(question.as_bytes())?;
        tty.flush()?;
        let answer = if private { without_echo(&tty) } else { line(&tty) }?;
        if private {
            tty.write_all(b"\n")?;
        }
        Ok(Some(answer.map(|answer| answer.to_string()).unwrap_or_default()))
    }
}

/// A password typed at the terminal, unseen; without a terminal the next line of standard input. None at the
/// end of either.
pub(crate) fn password(question: &str) -> io::Result<Option<Zeroizing<String>>> {
    let Ok(mut tty) = OpenOptions::new().read(true).write(true).open("/dev/tty") else {
        return from_stdin(question);
    };
    tty.write_all(question.as_bytes())?;
    tty.flush()?;
    let answer = without_echo(&tty);
    tty.write_all(b"\n")?;
    answer
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
    let text =
        std::str::from_utf8(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Some(Zeroizing::new(text.trim_end_matches('\r').to_owned())))
}

/// The next line; none at the end of input.
fn line(tty: &File) -> io::Result<Option<Zeroizing<String>>> {
    let mut text = Zeroizing::new(String::with_capacity(PASSWORD));
    if BufReader::new(tty).read_line(&mut text)? == 0 {
        return Ok(None);
    }
    Ok(Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
}

fn without_echo(tty: &File) -> io::Result<Option<Zeroizing<String>>> {
    let saved = tcgetattr(tty)?;
    let mut quiet = saved.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(tty, OptionalActions::Flush, &quiet)?;
    let answer = line(tty);
    tcsetattr(tty, OptionalActions::Flush, &saved)?;
    answer
}
