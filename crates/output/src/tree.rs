//! The `tree` callback: each host's result in a file of its own (`--tree`).

use crate::{clean::Shown, json};
use rplay_engine::{Event, Notice, Sink, TaskResult};
use std::{fs, io, path::PathBuf};

/// Hands events on to another output and keeps the last result of each host in `DIR/HOST`, as one line of JSON.
pub struct Tree {
    dir: PathBuf,
    inner: Box<dyn Sink>,
}

impl Tree {
    /// Keeps results in `dir`, which is made when the first one comes.
    pub fn new(dir: PathBuf, inner: Box<dyn Sink>) -> Self {
        Self { dir, inner }
    }

    fn keep(&self, result: &TaskResult) -> io::Result<()> {
        let name = result.host.split(" -> ").next().unwrap_or_default();
        if name.contains('/') || matches!(name, "" | "." | "..") {
            return Err(io::Error::other(format!("'{name}' is no name for a file")));
        }
        fs::create_dir_all(&self.dir)?;
        fs::write(self.dir.join(name), json::dump_dict(&Shown { verbosity: 0 }.of(&result.result), None))
    }
}

impl Sink for Tree {
    fn event(&mut self, event: &Event) {
        self.inner.event(event);
        if let Event::Result(result) = event
            && let Err(error) = self.keep(result)
        {
            let message =
                format!("Unable to write the result of {} to {}: {error}", result.host, self.dir.display());
            self.inner.event(&Event::Notice(Notice::warning(message, None)));
        }
    }
}
