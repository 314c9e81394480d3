//! The log: everything shown, with time, process and user (`log_path`).

use rplay_value::surrogates;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// A log file.
#[derive(Debug)]
pub struct Log {
    file: File,
    user: String,
    /// Details up to this verbosity are written.
    pub(crate) verbosity: u8,
}

impl Log {
    /// Opens the file to append to it; a new one only its owner may read, as results may be secret.
    ///
    /// # Errors
    /// When it can neither be opened nor made.
    pub fn open(path: &Path, verbosity: u8) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let named = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let user =
            named.or_else(user_name).unwrap_or_else(|| format!("uid={}", rustix::process::getuid().as_raw()));
        Ok(Self { file, user, verbosity })
    }

    /// Writes a message as Python's logging lays it out. A full disk is no reason to stop a play.
    pub(crate) fn write(&mut self, text: &str) {
        let time = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
        let (process, user) = (std::process::id(), &self.user);
        let text = text.trim_start_matches('\n');
        let _ =
            writeln!(self.file, "{time} p={process} u={user} n=ansible INFO| {}", surrogates::shown(text));
    }
}

fn user_name() -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let id = rustix::process::getuid().as_raw().to_string();
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(id.as_str()))?;
    line.split(':').next().map(str::to_owned)
}
