//! `python`: the Python a task with Ansible would have run with. Nothing here needs one; content
//! reads its version. Hosts without Python have no such facts.

use super::host::Host;
use crate::args::Map;
use serde_json::json;
use std::io::Read as _;
use std::path::Path;

/// A Python that was found.
pub(super) struct Python {
    executable: String,
    version: Version,
}

struct Version {
    numbers: [u32; 3],
    level: &'static str,
    serial: u32,
}

impl Python {
    /// As `platform.python_version()`, such as `3.11.2` or `3.13.0rc1`.
    pub(super) fn version_text(&self) -> String {
        let [major, minor, micro] = self.version.numbers;
        let stage = match self.version.level {
            "alpha" => format!("a{}", self.version.serial),
            "beta" => format!("b{}", self.version.serial),
            "candidate" => format!("rc{}", self.version.serial),
            _ => String::new(),
        };
        format!("{major}.{minor}.{micro}{stage}")
    }

    fn has_ssl(&self) -> bool {
        let [major, minor, _] = self.version.numbers;
        let Some(prefix) = Path::new(&self.executable).parent().and_then(Path::parent) else { return false };
        ["lib", "lib64"].iter().any(|lib| {
            let modules = prefix.join(lib).join(format!("python{major}.{minor}"));
            let binary = std::fs::read_dir(modules.join("lib-dynload"));
            let found = |name: std::ffi::OsString| name.to_string_lossy().starts_with("_ssl.");
            modules.join("ssl.py").exists()
                && binary
                    .is_ok_and(|mut dir| dir.any(|entry| entry.is_ok_and(|entry| found(entry.file_name()))))
        })
    }
}

/// Looks where Ansible's discovery looks, newest first. Scripts that choose a Python only when they
/// run are passed over.
pub(super) fn find(host: &Host<'_>) -> Option<Python> {
    let versioned = (7..=13).rev().map(|minor| format!("python3.{minor}"));
    let names = versioned.chain(["python3".to_owned()]);
    let places = names.flat_map(|name| [host.bin(&name), host.bin(&format!("/usr/bin/{name}"))]);
    places.flatten().filter(|place| is_binary(place)).find_map(|executable| {
        // Answered before Python sets itself up, in the time of any small program.
        let said = host.ask(&executable, &["-V"])?;
        let version = parse(said.trim().strip_prefix("Python ")?)?;
        Some(Python { executable, version })
    })
}

fn is_binary(path: &str) -> bool {
    let mut head = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"\x7fELF"
}

fn parse(text: &str) -> Option<Version> {
    let plain = text.trim_end_matches('+');
    let end = plain.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(plain.len());
    let (numbers, stage) = plain.split_at(end);
    let numbers: Vec<u32> = numbers.split('.').map_while(|part| part.parse().ok()).collect();
    let numbers = <[u32; 3]>::try_from(numbers).ok()?;
    let stages = [("rc", "candidate"), ("a", "alpha"), ("b", "beta")];
    let found =
        stages.iter().find_map(|(short, level)| Some((*level, stage.strip_prefix(short)?.parse().ok()?)));
    let (level, serial) = found.unwrap_or(("final", 0));
    Some(Version { numbers, level, serial })
}

pub(super) fn collect(host: &Host<'_>) -> Map {
    let Some(python) = host.python() else { return Map::new() };
    let Version { numbers: [major, minor, micro], level, serial } = &python.version;
    let facts = json!({
        "version": {"major": major, "minor": minor, "micro": micro, "releaselevel": level, "serial": serial},
        "version_info": [major, minor, micro, level, serial],
        "executable": python.executable,
        "has_sslcontext": python.has_ssl(),
        "type": if python.executable.contains("pypy") { "pypy" } else { "cpython" },
    });
    Map::from_iter([("python".to_owned(), facts)])
}

#[cfg(test)]
mod tests {
    use super::{Python, parse};

    #[test]
    fn versions_are_read() {
        for (said, wanted) in [("3.11.2", "3.11.2"), ("3.13.0rc1", "3.13.0rc1"), ("3.12.0a3+", "3.12.0a3")] {
            let python = Python { executable: String::new(), version: parse(said).unwrap() };
            assert_eq!(python.version_text(), wanted);
        }
        assert!(parse("three").is_none());
    }
}
