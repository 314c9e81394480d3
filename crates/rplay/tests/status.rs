//! The status line as a person sees it, on a pseudo-terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};
use unicode_width::UnicodeWidthChar;

/// What a terminal of so many columns shows of what was written to it.
struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    column: usize,
}

impl Screen {
    fn new(columns: usize) -> Self {
        Self { columns, lines: vec![Vec::new()], column: 0 }
    }

    fn feed(&mut self, text: &str) {
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '\r' => self.column = 0,
                '\n' => self.lines.push(Vec::new()),
                // Only "erase to the end of the line" moves anything; colours do not.
                '\x1b' => {
                    let end = chars.by_ref().skip(1).find(char::is_ascii_alphabetic);
                    if end == Some('K') {
                        let column = self.column;
                        self.last().truncate(column);
                    }
                }
                char => self.put(char),
            }
        }
    }

    fn put(&mut self, char: char) {
        let width = char.width().unwrap_or(0);
        if self.column + width > self.columns {
            self.lines.push(Vec::new());
            self.column = 0;
        }
        let column = self.column;
        self.last().resize(column, ' ');
        // The second cell of a wide character.
        self.last().extend([char].into_iter().chain(std::iter::repeat_n('\0', width.saturating_sub(1))));
        self.column += width;
    }

    fn last(&mut self) -> &mut Vec<char> {
        self.lines.last_mut().unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.iter().filter(|char| **char != '\0').collect()).collect()
    }
}

/// A program on a terminal.
struct Session {
    child: Child,
    output: Receiver<Vec<u8>>,
    terminal: File,
    _home: tempfile::TempDir,
    screen: Screen,
    rest: Vec<u8>,
}

fn start(files: &[(&str, &str)], columns: u16) -> Session {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(home.path().join(name), text).unwrap();
    }
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&controller, size).unwrap();
    let side = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
    // Keys are read from the terminal that controls the session.
    let child = Command::new("setsid")
        .args(["--ctty", env!("CARGO_BIN_EXE_rplay")])
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("ANSIBLE_NOCOLOR", "1")
        .args(["-i", "hosts", "-c", "local", "-f", "20", "play.yml"])
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    let terminal = File::from(controller);
    let (sender, output) = channel();
    let mut reader = terminal.try_clone().unwrap();
    // Reading fails when the last one who could write has ended.
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    Session { child, output, terminal, _home: home, screen: Screen::new(columns.into()), rest: Vec::new() }
}

impl Session {
    /// Reads on until the screen is as wanted; what it showed at each step is checked by `look`.
    fn until(&mut self, mut look: impl FnMut(&[String]) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let lines = self.screen.lines();
            if look(&lines) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else { panic!("not seen: {lines:#?}") };
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = String::from_utf8(self.rest.drain(..whole).collect()).unwrap();
        self.screen.feed(&text);
    }

    /// What is left on the screen at the end.
    fn finish(mut self) -> Vec<String> {
        assert!(self.child.wait().unwrap().success(), "{:#?}", self.screen.lines());
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(300)) {
            self.take(&bytes);
        }
        self.screen.lines()
    }
}

fn is_status(line: &str) -> bool {
    line.contains(" · ")
}

fn statuses(lines: &[String]) -> usize {
    lines.iter().filter(|line| is_status(line)).count()
}

const PLAY: &str = "\
- hosts: all
  gather_facts: false
  tasks:
    - name: Größe prüfen 日本語
      command: sleep {{ naps }}
    - debug: msg=done
";

fn hosts(count: usize) -> String {
    (0..count).map(|index| format!("host{index:02} naps={}\n", if index == 3 { 3 } else { 1 })).collect()
}

#[test]
fn hosts_at_work_are_shown_and_nothing_is_left() {
    for columns in [30, 50, 100] {
        let mut session = start(&[("play.yml", PLAY), ("hosts", &hosts(12))], columns);
        session.until(|lines| {
            assert!(statuses(lines) <= 1, "{lines:#?}");
            lines.last().is_some_and(|line| is_status(line) && line.starts_with("Gr"))
        });
        let all = session.screen.lines();
        let status = all.last().unwrap();
        assert!(status.contains("host00 ") && status.ends_with(" more") || columns == 100, "{status}");
        // The others have finished; it is back below their results.
        session.until(|lines| {
            assert!(statuses(lines) <= 1, "{lines:#?}");
            lines.last().is_some_and(|line| line.ends_with("· host03 2s"))
        });
        let left = session.finish();
        assert_eq!(statuses(&left), 0, "{left:#?}");
        assert_eq!(left.iter().filter(|line| line.starts_with("changed: [host")).count(), 12, "{left:#?}");
        assert!(left.iter().any(|line| line.trim_end() == "changed: [host03]"), "{left:#?}");
    }
}

#[test]
fn hosts_of_an_include_are_done_with_it() {
    let play = "\
- hosts: all
  gather_facts: false
  tasks:
    - include_tasks: more.yml
";
    let more = "- name: nap\n  command: sleep 2\n  when: inventory_hostname == 'two'\n";
    let mut session = start(&[("play.yml", play), ("hosts", "one\ntwo\n"), ("more.yml", more)], 80);
    session.until(|lines| lines.last().is_some_and(|line| is_status(line)));
    let all = session.screen.lines();
    assert_eq!(all.last().unwrap().split_whitespace().nth(2), Some("two"), "{all:#?}");
    assert_eq!(statuses(&session.finish()), 0);
}

#[test]
fn a_question_stays_alone() {
    let play = "\
- hosts: all
  gather_facts: false
  tasks:
    - pause: prompt=Well
      register: answer
    - debug: var=answer.user_input
";
    let mut session = start(&[("play.yml", play), ("hosts", "one\n")], 80);
    session.until(|lines| lines.iter().any(|line| line == "Well:"));
    let asked = Instant::now();
    while let Ok(bytes) =
        session.output.recv_timeout(Duration::from_millis(1500).saturating_sub(asked.elapsed()))
    {
        session.take(&bytes);
    }
    assert_eq!(statuses(&session.screen.lines()), 0, "{:#?}", session.screen.lines());
    session.terminal.write_all(b"yes\n").unwrap();
    let left = session.finish();
    assert!(left.iter().any(|line| line.contains("\"answer.user_input\": \"yes\"")), "{left:#?}");
}
