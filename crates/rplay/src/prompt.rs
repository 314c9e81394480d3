//! Asking the person at the terminal.

use rplay_engine::Prompt;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, IsTerminal, Write},
};

/// The controlling terminal.
pub(crate) struct Terminal;

impl Prompt for Terminal {
    fn ask(&self, question: &str, private: bool) -> io::Result<Option<String>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        tty.write_all(question.as_bytes())?;
        tty.flush()?;
        let answer = if private { without_echo(&tty) } else { line(&tty) }?;
        if private {
            tty.write_all(b"\n")?;
        }
        Ok(Some(answer))
    }

    fn line(&self) -> io::Result<Option<String>> {
        let mut text = String::new();
        let count = io::stdin().lock().read_line(&mut text)?;
        Ok((count > 0).then(|| text.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

fn line(tty: &File) -> io::Result<String> {
    let mut text = String::new();
    BufReader::new(tty).read_line(&mut text)?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn without_echo(tty: &File) -> io::Result<String> {
    let saved = tcgetattr(tty)?;
    let mut quiet = saved.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(tty, OptionalActions::Flush, &quiet)?;
    let answer = line(tty);
    tcsetattr(tty, OptionalActions::Flush, &saved)?;
    answer
}
