//! Lines from the terminal, with history and editing, or from standard input.

use crate::{Failure, exit};
use rustyline::{DefaultEditor, error::ReadlineError};
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
};

/// Where lines come from.
pub(super) enum Input {
    /// A terminal, and the file its history is kept in.
    Terminal(Box<DefaultEditor>, Option<PathBuf>),
    /// Anything else.
    Plain,
}

impl Input {
    /// The terminal if there is one.
    pub(super) fn new() -> Self {
        let people = io::stdin().is_terminal() && io::stdout().is_terminal();
        let editor = if people { DefaultEditor::new().ok() } else { None };
        let Some(mut editor) = editor else { return Input::Plain };
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let history = home.map(|home| home.join(".ansible-console_history"));
        if let Some(path) = &history {
            // The first session has no history yet.
            let _ = editor.load_history(path);
        }
        Input::Terminal(Box::new(editor), history)
    }

    /// The next line; none at the end.
    pub(super) fn line(&mut self, prompt: &str) -> Result<Option<String>, Failure> {
        match self {
            Input::Plain => plain(prompt),
            Input::Terminal(editor, history) => loop {
                match editor.readline(prompt) {
                    Ok(line) => {
                        let _ = editor.add_history_entry(line.as_str());
                        if let Some(path) = history {
                            // A home that cannot be written to keeps no history.
                            let _ = editor.save_history(path);
                        }
                        return Ok(Some(line));
                    }
                    Err(ReadlineError::Interrupted) => {}
                    Err(ReadlineError::Eof) => return Ok(None),
                    Err(error) => return Err(broken(&error)),
                }
            },
        }
    }
}

fn plain(prompt: &str) -> Result<Option<String>, Failure> {
    let mut out = io::stdout();
    // Nobody may be reading the prompts.
    let _ = out.write_all(prompt.as_bytes()).and_then(|()| out.flush());
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(|error| broken(&error))?;
    Ok((read > 0).then_some(line))
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(exit::ERROR, format!("cannot read a line: {error}"))
}
