//! The person's editor and pager.

use super::{failed, files};
use crate::{Failure, config::expand, wiring};
use rplay_output::Screen;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::{
    fs::{self, DirBuilder},
    io::{self, IsTerminal, Write, stdout},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, atomic::AtomicBool},
};

/// What `less` is told: leave after one screen, colours, chop nothing.
const LESS: &str = "FRSX";

/// The content after the person has edited it; `path` gives the extension that editors look at.
pub(super) fn edit(path: &Path, content: &[u8]) -> Result<Vec<u8>, Failure> {
    let fault = |error: io::Error| failed(format!("cannot edit {}: {error}", path.display()));
    let directory = temporary_directory().map_err(fault)?;
    let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
    let (temporary, mut file) = files::new_file(&directory, extension.as_deref()).map_err(fault)?;
    let plain = Plain(temporary);
    file.write_all(content).map_err(fault)?;
    drop(file);
    run_editor(plain.path())?;
    fs::read(plain.path()).map_err(fault)
}

/// Plain text on disk: overwritten before it is removed, however this ends.
struct Plain(files::Temporary);

impl Plain {
    fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = files::overwrite(self.path());
    }
}

/// `local_tmp`, for its owner only.
fn temporary_directory() -> io::Result<PathBuf> {
    let configured = wiring::config().ok().and_then(|config| config.file("defaults", "local_tmp"));
    let directory = configured.unwrap_or_else(|| expand("~/.ansible/tmp"));
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    Ok(directory)
}

fn run_editor(path: &Path) -> Result<(), Failure> {
    let editor = wiring::config()?.text("defaults", "editor").unwrap_or_else(|| "vi".into());
    let words = rplay_modules::text::shlex::split(&editor)
        .map_err(|error| failed(format!("cannot split the editor {editor:?}: {error}")))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(failed("the editor is empty: set EDITOR"));
    };
    // The editor handles these; ended by one of them, the plain text would stay behind.
    let seen = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGQUIT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, seen.clone())
            .map_err(|error| failed(format!("cannot watch for signals: {error}")))?;
    }
    Command::new(program).args(arguments).arg(path).status().map(|_| ()).map_err(|error| {
        failed(format!("Unable to execute the command \"{editor} {}\": {error}", path.display()))
    })
}

/// Shows text: through the pager on a terminal.
pub(super) fn show(plain: &[u8], screen: &mut Screen) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(plain);
    if !stdout().is_terminal() || !page(&text)? {
        screen.raw(&text);
        if !text.ends_with('\n') {
            screen.raw("\n");
        }
        screen.flush();
    }
    Ok(())
}

/// Whether the pager took it.
fn page(text: &str) -> Result<bool, Failure> {
    let pager = wiring::config()?.text("defaults", "pager").unwrap_or_else(|| "less".into());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if pager.contains("less") {
        command.env("LESS", LESS);
    }
    let Ok(mut child) = command.spawn() else { return Ok(false) };
    if let Some(mut stdin) = child.stdin.take() {
        // Left early, the pager reads no more.
        let _ = stdin.write_all(text.as_bytes());
    }
    // 127: the shell found no such program.
    Ok(child.wait().is_ok_and(|status| status.code() != Some(127)))
}
