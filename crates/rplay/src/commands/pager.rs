//! Long text for a person: through the pager on a terminal, else straight out.

use crate::Failure;
use rplay_output::{Screen, Style};
use std::{
    io::{IsTerminal, Write},
    process::{Command, Stdio},
};

/// Shows a text.
pub(super) fn show(text: &str) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() && paged(text)? {
        return Ok(());
    }
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    screen.raw(text);
    if !text.ends_with('\n') {
        screen.raw("\n");
    }
    Ok(())
}

/// Whether a pager took the text.
fn paged(text: &str) -> Result<bool, Failure> {
    let config = crate::wiring::config()?;
    let pager = config.text("defaults", "pager").or_else(|| std::env::var("PAGER").ok());
    let pager = pager.unwrap_or_else(|| "less".into());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRSX");
    }
    let Ok(mut child) = command.spawn() else { return Ok(false) };
    if let Some(mut input) = child.stdin.take() {
        // Who leaves the pager early has read enough.
        let _ = input.write_all(text.as_bytes());
    }
    // 127: the shell found no such program.
    Ok(child.wait().is_ok_and(|status| status.code() != Some(127)))
}
