//! Directories copied on the host: what differs, and making it equal.

use super::copy::Args;
use crate::{Failure, FileArgs, System};
use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What is to be done to make a directory hold what another holds.
pub(super) struct Tree {
    steps: Vec<Step>,
    owner: FileArgs,
    /// What is there already and belongs to somebody else.
    strangers: Vec<PathBuf>,
}

enum Step {
    Dir { from: Metadata, to: PathBuf },
    File { from: PathBuf, found: Metadata, to: PathBuf },
    Link { target: PathBuf, to: PathBuf },
}

/// Directories nested deeper than this are taken for a circle of links.
const MOST_LEVELS: usize = 200;

impl Tree {
    /// Compares two directories, files by content.
    pub(super) fn compare(src: &Path, dest: &Path, args: &Args, sys: &System) -> Result<Self, Failure> {
        let owner = FileArgs {
            owner: args.file.owner.clone(),
            group: args.file.group.clone(),
            ..FileArgs::default()
        };
        let mut tree = Self { steps: Vec::new(), owner, strangers: Vec::new() };
        tree.directory(src, dest, args.local_follow == Some(true), 0, sys)?;
        Ok(tree)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.strangers.is_empty()
    }

    fn directory(
        &mut self,
        src: &Path,
        dest: &Path,
        follow: bool,
        level: usize,
        sys: &System,
    ) -> Result<(), Failure> {
        if level > MOST_LEVELS {
            return Err(Failure::new(format!("{} is nested too deeply to be copied", src.display())));
        }
        let Some(found) = sys.stat(src)? else { return Ok(()) };
        match sys.stat(dest)? {
            None => self.steps.push(Step::Dir { from: found, to: dest.to_owned() }),
            Some(there) if there.is_dir() => self.note_owner(dest, sys)?,
            Some(_) => {
                let msg = format!("{} is no directory, but {} is one", dest.display(), src.display());
                return Err(Failure::new(msg));
            }
        }
        for from in sys.read_dir(src)? {
            let Some(name) = from.file_name() else { continue };
            let to = dest.join(name);
            let Some(found) = sys.lstat(&from)? else { continue };
            let link = found.is_symlink();
            if link && !follow {
                self.link(&from, to, sys)?;
            } else if sys.is_dir(&from) {
                self.directory(&from, &to, follow, level + 1, sys)?;
            } else if let Some(found) = sys.stat(&from)?.filter(Metadata::is_file) {
                self.file(from, found, to, sys)?;
            }
        }
        Ok(())
    }

    fn link(&mut self, from: &Path, to: PathBuf, sys: &System) -> Result<(), Failure> {
        let target = sys.read_link(from)?;
        let same = sys.lstat(&to)?.is_some_and(|found| found.is_symlink()) && sys.read_link(&to)? == target;
        if !same {
            self.steps.push(Step::Link { target, to });
        }
        Ok(())
    }

    fn file(&mut self, from: PathBuf, found: Metadata, to: PathBuf, sys: &System) -> Result<(), Failure> {
        match sys.stat(&to)? {
            Some(there) if there.len() == found.len() && same_content(&from, &to, sys)? => {
                self.note_owner(&to, sys)
            }
            _ => {
                self.steps.push(Step::File { from, found, to });
                Ok(())
            }
        }
    }

    fn note_owner(&mut self, path: &Path, sys: &System) -> Result<(), Failure> {
        if !sys.compare_attributes(path, &self.owner)?.is_empty() {
            self.strangers.push(path.to_owned());
        }
        Ok(())
    }

    /// Carries it out.
    pub(super) fn apply(&self, sys: &System) -> Result<(), Failure> {
        for step in &self.steps {
            let made = match step {
                Step::Dir { to, .. } => {
                    sys.make_dir(to, 0o777)?;
                    to
                }
                Step::Link { target, to } => {
                    sys.remove_file(to)?;
                    sys.symlink(target, to)?;
                    to
                }
                Step::File { from, found, to } => {
                    sys.atomic_write(to, &mut sys.open(from)?, false)?;
                    sys.set_mode(to, found.mode() & 0o7777)?;
                    sys.set_times(to, Some(times(found)))?;
                    to
                }
            };
            sys.ensure_attributes(made, &self.owner, None)?;
        }
        // Modes and times of directories last: writing into them needs the one and changes the other.
        for step in self.steps.iter().rev() {
            if let Step::Dir { from, to } = step {
                sys.set_mode(to, from.mode() & 0o7777)?;
                sys.set_times(to, Some(times(from)))?;
            }
        }
        for path in &self.strangers {
            sys.ensure_attributes(path, &self.owner, None)?;
        }
        Ok(())
    }
}

fn times(found: &Metadata) -> [(i64, i64); 2] {
    [(found.atime(), found.atime_nsec()), (found.mtime(), found.mtime_nsec())]
}

/// Compares piece by piece: files may be bigger than the memory.
fn same_content(one: &Path, other: &Path, sys: &System) -> Result<bool, Failure> {
    let broken = |error: std::io::Error| {
        Failure::new(format!("comparing {} with {} failed: {error}", one.display(), other.display()))
    };
    let (mut left, mut right) = (sys.open(one)?, sys.open(other)?);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        a.clear();
        b.clear();
        left.by_ref().take(128 * 1024).read_to_end(&mut a).map_err(broken)?;
        right.by_ref().take(128 * 1024).read_to_end(&mut b).map_err(broken)?;
        if a != b {
            return Ok(false);
        }
        if a.is_empty() {
            return Ok(true);
        }
    }
}
