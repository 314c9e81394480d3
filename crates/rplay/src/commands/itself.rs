//! `rplay self`: the program looks after itself.

use crate::{Failure, cli::LINKED, exit};
use rplay_output::{Screen, Style};
use std::{ffi::OsString, fs, io, os::unix::fs::symlink, path::Path};

/// `rplay self link DIR`: makes Ansible's names for the program in a directory.
pub(crate) fn run(args: &[OsString]) -> Result<u8, Failure> {
    match args {
        [command, dir] if command == "link" => link(Path::new(dir)),
        [command, dir] if command == "docs" => super::doc::write_reference(Path::new(dir))
            .map(|()| exit::OK)
            .map_err(|error| Failure::new(exit::ERROR, format!("cannot write the reference: {error}"))),
        _ => Err(Failure::new(exit::FAILED, "usage: rplay self link DIR | rplay self docs DIR")),
    }
}

fn link(dir: &Path) -> Result<u8, Failure> {
    let failed = |what: &Path, error: io::Error| {
        Failure::new(exit::ERROR, format!("cannot make {}: {error}", what.display()))
    };
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(exit::ERROR, format!("cannot find myself: {error}")))?;
    fs::create_dir_all(dir).map_err(|error| failed(dir, error))?;
    let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
    for name in LINKED {
        let path = dir.join(name);
        if path.is_symlink() {
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
        symlink(&program, &path).map_err(|error| failed(&path, error))?;
        screen.line(&format!("{} -> {}", path.display(), program.display()), None);
    }
    Ok(exit::OK)
}
