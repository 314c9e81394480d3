//! `copy` with `remote_src`: a file or directory of the host.

use super::copy::{Args, check_place, make_parents, put};
use super::copy_tree::Tree;
use super::file::text;
use crate::args::Value;
use crate::system::Algorithm;
use crate::{Failure, ModuleResult, Plan, System};
use rustix::fs::Access;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub(super) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    let Some(src) = args.src.clone().filter(|src| !src.is_empty()) else {
        return Err(Failure::new("src (or content) is required"));
    };
    if !sys.exists(&src) {
        return Err(Failure::new(format!("Source {src} not found")));
    }
    if !sys.access(&src, Access::READ_OK) {
        return Err(Failure::new(format!("Source {src} not readable")));
    }
    let Some(found) = sys.stat(&src)? else { return Err(Failure::new(format!("Source {src} not found"))) };
    if args.file.mode.as_str() == Some("preserve") {
        args.file.mode = Value::from(format!("0{:03o}", found.mode() & 0o7777));
    }
    if found.is_dir() {
        return directory(args, &src, sys);
    }
    if !found.is_file() {
        return Err(Failure::new(format!("Cannot copy invalid source '{src}': not a file")));
    }
    file(args, &src, found, sys)
}

fn file(args: Args, src: &str, found: Metadata, sys: &System) -> Result<Plan, Failure> {
    let sum = sys.checksum(src, Algorithm::Sha1)?;
    if let Some(wanted) = args.checksum.as_ref().filter(|wanted| **wanted != sum) {
        let msg = "Copied file does not match the expected checksum. Transfer failed.";
        return Err(Failure::new(msg).with("checksum", sum).with("expected_checksum", wanted.as_str()));
    }
    let dest = inside(&args, src, sys);
    let missing = args.dest.ends_with('/') && dest.parent().is_some_and(|dir| !sys.exists(dir));
    if missing {
        let dir = dest.parent().map(text).unwrap_or_default();
        let predicted = ModuleResult::changed()
            .with("msg", format!("dest directory {dir} would be created"))
            .with("src", src);
        let copy = Copy { args, dest, found, sum, differs: true };
        return Ok(Plan::change(predicted, move |sys, _| {
            make_parents(&copy.dest, &copy.args, sys)?;
            copy.apply(sys)
        }));
    }
    let dest = check_place_of(&dest, &args, sys)?;
    let Some(dest) = dest else {
        let place =
            if args.follow { sys.real_path(inside(&args, src, sys)) } else { inside(&args, src, sys) };
        let result = ModuleResult::unchanged().with("msg", "file already exists").with("src", src);
        return Ok(Plan::done(result.with("dest", text(&place))));
    };
    let link = sys.lstat(&dest)?.is_some_and(|found| found.is_symlink());
    let readable =
        sys.access(&dest, Access::READ_OK) && sys.stat(&dest)?.is_some_and(|found| found.is_file());
    let differs = link || !readable || sys.checksum(&dest, Algorithm::Sha1)? != sum;
    let attributes = sys.compare_attributes(&dest, &args.file)?;
    let copy = Copy { args, dest, found, sum, differs };
    let mut predicted = copy.result(sys)?;
    predicted.changed = differs || !attributes.is_empty();
    if !predicted.changed {
        return Ok(Plan::done(predicted));
    }
    Ok(Plan::change(predicted, move |sys, _| copy.apply(sys)))
}

/// The file meant: inside `dest` when that is a directory, or is to be one.
fn inside(args: &Args, src: &str, sys: &System) -> PathBuf {
    let given = args.original_basename.as_deref().filter(|name| !name.is_empty());
    let name = given.unwrap_or_else(|| src.rsplit('/').next().unwrap_or_default());
    let dest = Path::new(&args.dest);
    // Without a name of its own the source's counts only where the directory exists.
    if sys.is_dir(dest) || args.dest.ends_with('/') { dest.join(name) } else { dest.to_owned() }
}

/// `None`: it is there and shall not be replaced.
fn check_place_of(dest: &Path, args: &Args, sys: &System) -> Result<Option<PathBuf>, Failure> {
    if sys.exists(dest) && !args.force {
        return Ok(None);
    }
    check_place(dest, args, sys).map(Some)
}

/// A decided copy of a file.
struct Copy {
    args: Args,
    dest: PathBuf,
    found: Metadata,
    sum: String,
    differs: bool,
}

impl Copy {
    fn src(&self) -> &str {
        self.args.src.as_deref().unwrap_or_default()
    }

    fn result(&self, sys: &System) -> Result<ModuleResult, Failure> {
        Ok(ModuleResult::default()
            .with("dest", text(&self.dest))
            .with("src", self.src())
            .with("md5sum", sys.checksum(self.src(), Algorithm::Md5)?)
            .with("checksum", self.sum.clone()))
    }

    fn apply(self, sys: &System) -> Result<ModuleResult, Failure> {
        let mut result = self.result(sys)?;
        if self.differs {
            let before = sys.exists(&self.dest);
            let staged = sys.stage(&self.dest, &mut sys.open(self.src())?)?;
            let backup = put(staged, &self.dest, &self.args, sys)?;
            self.keep_attributes(before, sys)?;
            if let Some(backup) = backup {
                result.set("backup_file", text(&backup));
            }
        }
        let mended = sys.ensure_attributes(&self.dest, &self.args.file, None)?;
        result.changed = self.differs || mended;
        Ok(result)
    }

    /// A file that is replaced gets its source's mode and this user as owner; a new one has the
    /// usual ones. Times are the source's in both cases.
    fn keep_attributes(&self, replaced: bool, sys: &System) -> Result<(), Failure> {
        if replaced {
            let now = sys.stat(&self.dest)?;
            let uid = sys.effective_user();
            let gid = rustix::process::getegid().as_raw();
            if now.is_some_and(|now| (now.uid(), now.gid()) != (uid, gid)) {
                sys.set_owner(&self.dest, Some(uid), Some(gid))?;
            }
            sys.set_mode(&self.dest, self.found.mode() & 0o7777)?;
        }
        let times =
            [(self.found.atime(), self.found.atime_nsec()), (self.found.mtime(), self.found.mtime_nsec())];
        Ok(sys.set_times(&self.dest, Some(times))?)
    }
}

fn directory(args: Args, src: &str, sys: &System) -> Result<Plan, Failure> {
    if !args.remote_src {
        return Err(Failure::new(format!("Cannot copy invalid source '{src}': not a file")));
    }
    let name = src.rsplit('/').next().unwrap_or_default();
    let dest = Path::new(&args.dest);
    let named = if sys.is_dir(dest) { dest.join(name) } else { dest.to_owned() };
    if sys.exists(&named) {
        if !args.force {
            let result = ModuleResult::unchanged().with("msg", "file already exists").with("src", src);
            return Ok(Plan::done(result.with("dest", text(&named))));
        }
        if !sys.is_dir(&named) {
            let msg =
                format!("Cannot copy the directory {src} over {}, which is no directory", named.display());
            return Err(Failure::new(msg));
        }
    }
    // `src/` means what is in it, `src` the directory itself.
    let root = if src.ends_with('/') { dest.to_owned() } else { dest.join(name) };
    let tree = Tree::compare(Path::new(src), &root, &args, sys)?;
    let attributes = sys.compare_attributes(&named, &args.file)?;
    let mut result =
        ModuleResult { changed: !tree.is_empty() || !attributes.is_empty(), ..ModuleResult::default() }
            .with("dest", text(&named))
            .with("src", src);
    result.set("md5sum", Value::Null);
    result.set("checksum", Value::Null);
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        if let Some(dir) = root.parent() {
            sys.make_dirs(dir)?;
        }
        tree.apply(sys)?;
        sys.ensure_attributes(&named, &args.file, None)?;
        Ok(result)
    }))
}
