//! The host as collectors look at it.

use super::python::{self, Python};
use super::{distribution, lsb};
use crate::System;
use crate::args::Map;
use crate::system::Output;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// What collectors share: the handle, the task's wishes, and answers several of them need.
pub(super) struct Host<'a> {
    pub(super) sys: &'a System,
    /// How long one slow look may take.
    pub(super) timeout: Duration,
    /// The directory of local facts.
    pub(super) fact_path: &'a Path,
    /// Another root directory, for tests; commands are out of reach then.
    root: Option<PathBuf>,
    distribution: OnceLock<Map>,
    lsb: OnceLock<Option<String>>,
    python: OnceLock<Option<Python>>,
}

impl<'a> Host<'a> {
    pub(super) fn new(sys: &'a System, timeout: Duration, fact_path: &'a Path) -> Self {
        Self {
            sys,
            timeout,
            fact_path,
            root: None,
            distribution: OnceLock::new(),
            lsb: OnceLock::new(),
            python: OnceLock::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn rooted(sys: &'a System, root: &Path) -> Self {
        let host = Self::new(sys, Duration::from_secs(1), Path::new("/etc/ansible/facts.d"));
        Self { root: Some(root.to_owned()), ..host }
    }

    /// The distribution's facts, found once.
    pub(super) fn distribution(&self) -> &Map {
        self.distribution.get_or_init(|| distribution::find(self))
    }

    /// One of them; empty when it is not known.
    pub(super) fn distribution_fact(&self, name: &str) -> &str {
        self.distribution().get(name).and_then(|value| value.as_str()).unwrap_or_default()
    }

    /// What `lsb_release -a` says, asked once.
    pub(super) fn lsb_release(&self) -> Option<&str> {
        self.lsb.get_or_init(|| lsb::ask(self)).as_deref()
    }

    /// The host's Python, looked for once.
    pub(super) fn python(&self) -> Option<&Python> {
        self.python.get_or_init(|| python::find(self)).as_ref()
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => self.sys.resolve(path),
        }
    }

    /// A file's content without space around; `None` when there is none or nothing in it.
    pub(super) fn content(&self, path: impl AsRef<Path>) -> Option<String> {
        let bytes = fs::read(self.path(path)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A file's lines; none when it cannot be read.
    pub(super) fn lines(&self, path: impl AsRef<Path>) -> Vec<String> {
        self.content(path).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
    }

    pub(super) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    pub(super) fn is_dir(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).is_dir()
    }

    /// Whether it is a file, with something in it unless `empty` is fine.
    pub(super) fn is_file(&self, path: impl AsRef<Path>, empty: bool) -> bool {
        fs::metadata(self.path(path)).is_ok_and(|found| found.is_file() && (empty || found.len() > 0))
    }

    /// Where a link points to, as it says; `None` for anything else.
    pub(super) fn link(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        fs::read_link(self.path(path)).ok()
    }

    /// The last part of where a link points to.
    pub(super) fn link_name(&self, path: impl AsRef<Path>) -> Option<String> {
        self.link(path)?.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// The path with all links resolved.
    pub(super) fn real_path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.sys.real_path(self.path(path))
    }

    /// Names in a directory in its own order, which is Ansible's; none when it cannot be read.
    pub(super) fn names(&self, dir: impl AsRef<Path>) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(dir)) else { return Vec::new() };
        let name = |name: OsString| name.to_string_lossy().into_owned();
        entries.flatten().map(|entry| name(entry.file_name())).collect()
    }

    /// Whether a directory has block devices in it.
    pub(super) fn has_block_devices(&self, dir: impl AsRef<Path>) -> bool {
        let Ok(mut entries) = fs::read_dir(self.path(dir)) else { return false };
        entries
            .any(|entry| entry.and_then(|entry| entry.file_type()).is_ok_and(|kind| kind.is_block_device()))
    }

    /// Where a program lies.
    pub(super) fn bin(&self, program: &str) -> Option<String> {
        if self.root.is_some() { None } else { self.sys.bin_path(program) }
    }

    /// Runs a program that only tells; `None` when it is missing, takes too long or fails.
    pub(super) fn ask(&self, program: &str, args: &[&str]) -> Option<String> {
        self.run(program, args).filter(|output| output.rc == 0).map(|output| output.stdout_text())
    }

    /// As [`Host::ask`], whatever the exit code.
    pub(super) fn run(&self, program: &str, args: &[&str]) -> Option<Output> {
        let program = self.bin(program)?;
        let argv = std::iter::once(program.as_str()).chain(args.iter().copied());
        self.sys.command(argv).c_locale().timeout(self.timeout).run().ok()
    }
}
