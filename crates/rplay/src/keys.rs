//! Keys as they are typed: no line is waited for, and Ctrl-C is a key.

use crate::prompt::{CTRL_C, wait_until};
use rplay_engine::{Typed, Typing};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::{
    fs::File,
    io::{self, Read, Write},
};

/// What the key for going back sends.
const BACK: [u8; 2] = [0x7f, 0x08];

/// Takes keys from a terminal, whose modes are put back in the end.
pub(crate) fn typed(mut terminal: File, wanted: &Typing<'_>) -> io::Result<Typed> {
    let pause = rplay_output::suspend_status();
    let saved = tcgetattr(&terminal)?;
    tcsetattr(&terminal, OptionalActions::Now, &by_key(&saved))?;
    let typed = keys(&mut terminal, wanted);
    tcsetattr(&terminal, OptionalActions::Now, &saved)?;
    terminal.write_all(b"\n")?;
    drop(pause);
    typed
}

fn by_key(saved: &Termios) -> Termios {
    let mut modes = saved.clone();
    modes.local_modes.remove(LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO);
    modes
}

fn keys(terminal: &mut File, wanted: &Typing<'_>) -> io::Result<Typed> {
    let mut line = Line::default();
    let mut key = [0];
    while wait_until(terminal, wanted.until)? {
        if terminal.read(&mut key)? == 0 {
            return Ok(Typed::Left);
        }
        let [key] = key;
        let plain = key.to_ascii_lowercase();
        if key == CTRL_C || wanted.leave.contains(&plain) {
            return Ok(Typed::Left);
        }
        if wanted.complete.contains(&plain) {
            return Ok(Typed::Text(line.text()));
        }
        let shown = line.take(key);
        if wanted.echo {
            terminal.write_all(&shown)?;
        }
    }
    Ok(Typed::TimeUp)
}

/// The line so far.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    /// Takes a key; gives what shows it.
    fn take(&mut self, key: u8) -> Vec<u8> {
        if !BACK.contains(&key) {
            self.0.push(key);
            return vec![key];
        }
        // A letter may be several bytes: all but the first begin with the bits 10.
        while let Some(byte) = self.0.pop() {
            if byte & 0xc0 != 0x80 {
                return b"\x08 \x08".to_vec();
            }
        }
        Vec::new()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn going_back_takes_a_letter() {
        let mut line = Line::default();
        for key in "aé\u{7f}\u{8}\u{8}b".bytes() {
            line.take(key);
        }
        assert_eq!(line.text(), "b");
    }
}
