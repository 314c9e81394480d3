//! `copy`: content from the controller, or a file or directory of the host, to a place on the host.
//!
//! What Ansible splits between an action and two modules (stat, then copy or file) is one call
//! here; results are those the action returns.

use super::copy_remote;
use super::file::{State, first_diff, state_of, text};
use crate::args::{ModuleArgs, Value};
use crate::system::{Algorithm, Staged, os_text};
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System, validate_command};
use rustix::fs::Access;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Copy files to the host, or on it.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The file to copy: on the host with `remote_src`, else its name on the controller.
    #[arg(ty = "path")]
    pub(super) src: Option<String>,
    /// Set by other actions: the file's name when `dest` is a directory.
    #[arg(name = "_original_basename")]
    pub(super) original_basename: Option<String>,
    /// Set by other actions: the id of the content the controller holds.
    #[arg(name = "_content")]
    content_id: Option<String>,
    /// Set by other actions: the content's SHA-1, so that what is there already need not travel.
    #[arg(name = "_checksum")]
    content_checksum: Option<String>,
    /// Set by other actions: the file the content was made from.
    #[arg(name = "_source")]
    source: Option<String>,
    /// The content itself.
    #[arg(no_log = false)]
    content: Option<String>,
    /// Where to put it.
    #[arg(ty = "path")]
    pub(super) dest: String,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    pub(super) backup: bool,
    /// Replace a file that differs; otherwise only make one that is missing.
    #[arg(default = true, alias = "thirsty")]
    pub(super) force: bool,
    /// A command that checks the new file, `%s` being its name.
    pub(super) validate: Option<String>,
    /// The mode of directories that are made.
    pub(super) directory_mode: Value,
    /// `src` is on the host.
    #[arg(default = false)]
    pub(super) remote_src: bool,
    /// Copy what links in a source directory point to, not the links.
    pub(super) local_follow: Option<bool>,
    /// The SHA-1 the content must have.
    pub(super) checksum: Option<String>,
    /// Work on what a link at `dest` points to.
    #[arg(default = false)]
    pub(super) follow: bool,
    /// Meant for the controller, which has decrypted the file by now.
    #[arg(name = "decrypt", default = true)]
    _decrypt: bool,
    /// Mode, owner and the like.
    #[arg(flatten)]
    pub(super) file: FileArgs,
}

/// Texts longer than this stay out of diffs (Ansible's `max_file_size_for_diff`).
const DIFF_LIMIT: u64 = 104_448;
/// Content up to this size is kept in memory between planning and writing.
const KEPT: u64 = 1024 * 1024;

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let origin = match (&args.content_id, &args.content) {
        (Some(id), _) => Origin::Blob(id.clone()),
        (None, Some(content)) => Origin::Memory(content.clone().into_bytes()),
        (None, None) => return copy_remote::plan(args, sys),
    };
    plan_content(args, origin, sys)
}

/// Where the content comes from.
enum Origin {
    Blob(String),
    Memory(Vec<u8>),
}

impl Origin {
    fn open<'a>(&'a self, sys: &'a System) -> Result<Box<dyn Read + 'a>, Failure> {
        match self {
            Self::Blob(id) => sys
                .blobs()
                .open(id)
                .map_err(|error| Failure::new(format!("receiving the content failed: {}", os_text(&error)))),
            Self::Memory(bytes) => Ok(Box::new(bytes.as_slice())),
        }
    }

    /// Content of which the checksum is not known is read once; kept when it is small.
    fn summed(self, sys: &System) -> Result<(Self, String), Failure> {
        let broken = |error: std::io::Error| Failure::new(format!("receiving the content failed: {error}"));
        let mut head = Vec::new();
        let mut content = self.open(sys)?;
        content.by_ref().take(KEPT + 1).read_to_end(&mut head).map_err(broken)?;
        let whole = head.len() as u64 <= KEPT;
        let mut all = Cursor::new(&head).chain(content);
        let sum = Algorithm::Sha1.of(&mut all).map_err(broken)?;
        drop(all);
        Ok((if whole { Self::Memory(head) } else { self }, sum))
    }
}

/// A decided write of content.
struct Write {
    args: Args,
    origin: Origin,
    sum: String,
    diff: Option<Diff>,
}

fn plan_content(args: Args, origin: Origin, sys: &System) -> Result<Plan, Failure> {
    let (origin, sum) = match args.content_checksum.clone() {
        Some(sum) => (origin, sum),
        None => origin.summed(sys)?,
    };
    let dest = destination(&args, sys)?;
    let found = if args.follow { sys.stat(&dest)? } else { sys.lstat(&dest)? };
    if found.is_some() && !args.force {
        let mut result = ModuleResult::unchanged().with("dest", args.dest.clone());
        if let Some(src) = args.src.or(args.source) {
            result.set("src", src);
        }
        return Ok(Plan::done(result));
    }
    let same = match &found {
        Some(found) if found.is_file() => sys.checksum(&dest, Algorithm::Sha1)? == sum,
        _ => false,
    };
    if same {
        return attributes_only(&args, &dest, &sum, sys);
    }
    let diff = if sys.diff() { Some(content_diff(&args, &dest, &origin, sys)?) } else { None };
    let mut predicted = ModuleResult { lists_diff: true, ..ModuleResult::changed() };
    predicted.diff.extend(diff.clone());
    let write = Write { args, origin, sum, diff };
    Ok(Plan::change(predicted, move |sys, _| write.apply(sys)))
}

/// The file meant: inside `dest` when that is a directory.
fn destination(args: &Args, sys: &System) -> Result<PathBuf, Failure> {
    let dest = PathBuf::from(&args.dest);
    if !args.dest.ends_with('/') && !sys.is_dir(&dest) {
        return Ok(dest);
    }
    match args.original_basename.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Ok(dest.join(name)),
        None => Err(Failure::new("can not use content with a dir as dest")),
    }
}

/// The content is there: what is left are mode, owner and the like, reported as `file` does.
fn attributes_only(args: &Args, dest: &Path, sum: &str, sys: &System) -> Result<Plan, Failure> {
    let path = if args.follow { sys.real_path(dest) } else { dest.to_owned() };
    let path = if sys.lstat(dest)?.is_some_and(|found| found.is_symlink()) { path } else { dest.to_owned() };
    let mut diff = first_diff(&path, State::File, state_of(&path, sys)?);
    let change = sys.compare_attributes(&path, &args.file)?;
    change.describe(&mut diff);
    let lists_diff = !sys.diff();
    let result = ModuleResult { changed: !change.is_empty(), lists_diff, ..ModuleResult::default() }
        .with("path", text(&path))
        .with("checksum", sum)
        .with("dest", text(&path))
        .with_diff(diff);
    if change.is_empty() {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| change.apply(sys).map(|_| result)))
}

fn content_diff(args: &Args, dest: &Path, origin: &Origin, sys: &System) -> Result<Diff, Failure> {
    let mut diff = Diff::default();
    let name = text(dest);
    match sys.stat(dest)? {
        None => diff.set_field("before", ""),
        Some(found) if found.is_file() => side(&mut diff, Side::Before, &name, &mut sys.open(dest)?)?,
        Some(_) => {}
    }
    let header = args.source.clone().or_else(|| args.src.clone()).unwrap_or(name);
    side(&mut diff, Side::After, &header, origin.open(sys)?.as_mut())?;
    Ok(diff)
}

/// What stands for the source of content that the controller sent: ansible-core's name for it beside the staged
/// file.
fn sent_as(staged: &Path, args: &Args) -> PathBuf {
    let name = Path::new(args.original_basename.as_deref().unwrap_or(&args.dest));
    let extension = name.extension().map(|end| format!(".{}", end.to_string_lossy()));
    staged.with_file_name(format!(".source{}", extension.unwrap_or_default()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

fn side(diff: &mut Diff, side: Side, header: &str, content: &mut dyn Read) -> Result<(), Failure> {
    let (key, head, place) = match side {
        Side::Before => ("before", "before_header", "dst"),
        Side::After => ("after", "after_header", "src"),
    };
    let mut bytes = Vec::new();
    let read = content.take(DIFF_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("reading {header} failed: {}", os_text(&error))))?;
    let larger = bytes.len() as u64 > DIFF_LIMIT;
    // The one looks at the start of a file first, the other at its size.
    let binary = match side {
        Side::Before => bytes.iter().take(8192).any(|byte| *byte == 0),
        Side::After => !larger && bytes.contains(&0),
    };
    if binary {
        diff.set_field(&format!("{place}_binary"), 1);
    } else if larger {
        diff.set_field(&format!("{place}_larger"), DIFF_LIMIT);
    } else {
        diff.set_field(head, header);
        diff.set_field(key, String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(())
}

impl Write {
    fn apply(self, sys: &System) -> Result<ModuleResult, Failure> {
        let (sum, diff) = (self.sum.clone(), self.diff.clone());
        // The controller has compared and shown the difference before the host refuses.
        self.carry_out(sys).map_err(|failure| {
            let failure = if failure.names("checksum") { failure } else { failure.with("checksum", sum) };
            match diff {
                Some(diff) => failure.with("diff", Value::Array(vec![diff.into()])),
                None => failure,
            }
        })
    }

    fn carry_out(self, sys: &System) -> Result<ModuleResult, Failure> {
        let dest = destination(&self.args, sys)?;
        if self.args.dest.ends_with('/') {
            make_parents(&dest, &self.args, sys)?;
        }
        let dest = check_place(&dest, &self.args, sys)?;
        let staged = sys.stage(&dest, self.origin.open(sys)?.as_mut())?;
        let sum = sys.checksum(staged.path(), Algorithm::Sha1)?;
        if let Some(wanted) = self.args.checksum.as_ref().or(Some(&self.sum)).filter(|wanted| **wanted != sum)
        {
            let msg = "Copied file does not match the expected checksum. Transfer failed.";
            return Err(Failure::new(msg).with("checksum", sum).with("expected_checksum", wanted.as_str()));
        }
        let md5 = sys.checksum(staged.path(), Algorithm::Md5)?;
        let given = self.args.src.clone().or(self.args.source.clone());
        let src = given.unwrap_or_else(|| text(&sent_as(staged.path(), &self.args)));
        let backup = put(staged, &dest, &self.args, sys)?;
        sys.ensure_attributes(&dest, &self.args.file, None)?;
        let mut result = ModuleResult { lists_diff: true, ..ModuleResult::changed() }
            .with("dest", text(&dest))
            .with("src", src)
            .with("md5sum", md5)
            .with("checksum", sum);
        if let Some(backup) = backup {
            result.set("backup_file", text(&backup));
        }
        result.diff.extend(self.diff);
        Ok(result)
    }
}

/// Puts staged content in place: backup, validation, links made way for. Gives the backup's path.
pub(super) fn put(
    staged: Staged,
    dest: &Path,
    args: &Args,
    sys: &System,
) -> Result<Option<PathBuf>, Failure> {
    let backup = if args.backup { sys.backup_local(dest)? } else { None };
    if let Some(command) = &args.validate {
        validate(command, staged.path(), args, sys)?;
    }
    if sys.lstat(dest)?.is_some_and(|found| found.is_symlink()) {
        sys.remove_file(dest)?;
    }
    sys.replace(staged, dest, args.file.unsafe_writes)?;
    Ok(backup)
}

/// Some checks look at mode and owner of the file too.
fn validate(command: &str, file: &Path, args: &Args, sys: &System) -> Result<(), Failure> {
    let wanted = FileArgs {
        mode: args.file.mode.clone(),
        owner: args.file.owner.clone(),
        group: args.file.group.clone(),
        ..FileArgs::default()
    };
    sys.ensure_attributes(file, &wanted, None)?;
    let said = validate_command::run(command, file, sys)?;
    if said.rc == 0 {
        return Ok(());
    }
    Err(Failure::new("failed to validate")
        .with("exit_status", said.rc)
        .with("stdout", said.stdout_text())
        .with("stderr", said.stderr_text()))
}

/// Makes the missing directories above a file, with `directory_mode` and the wanted owner.
pub(super) fn make_parents(dest: &Path, args: &Args, sys: &System) -> Result<(), Failure> {
    let Some(dir) = dest.parent() else { return Ok(()) };
    let mut missing: Vec<&Path> =
        dir.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !sys.exists(dir)).collect();
    missing.reverse();
    sys.make_dirs(dir)?;
    let wanted = FileArgs { mode: args.directory_mode.clone(), ..args.file.clone() };
    for dir in missing {
        sys.ensure_attributes(dir, &wanted, None)?;
    }
    Ok(())
}

/// Refuses destinations that cannot be written; gives the file meant, links followed on demand.
pub(super) fn check_place(dest: &Path, args: &Args, sys: &System) -> Result<PathBuf, Failure> {
    let above = |dest: &Path| dest.parent().map(text).unwrap_or_default();
    let mut dest = if dest.is_relative() && dest.components().count() == 1 {
        Path::new(".").join(dest)
    } else {
        dest.to_owned()
    };
    if sys.exists(&dest) {
        if args.follow && sys.lstat(&dest)?.is_some_and(|found| found.is_symlink()) {
            dest = sys.real_path(&dest);
        }
    } else if let Some(dir) = dest.parent() {
        if let Err(error) = sys.stat(dir) {
            if error.io().is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied) {
                let msg = format!("Destination directory {} is not accessible", above(&dest));
                return Err(Failure::new(msg));
            }
        }
        if !sys.exists(dir) {
            return Err(Failure::new(format!("Destination directory {} does not exist", above(&dest))));
        }
    }
    let writable = dest.parent().is_none_or(|dir| sys.access(dir, Access::WRITE_OK));
    if !writable && !args.file.unsafe_writes {
        return Err(Failure::new(format!("Destination {} not writable", above(&dest))));
    }
    Ok(dest)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn content_is_written_once() {
        let bench = Bench::new();
        let args = json!({"content": "hello", "dest": "@a", "mode": "0640"});
        let predicted = bench.check("copy", args.clone());
        assert_eq!((&predicted["changed"], predicted.get("dest")), (&json!(true), None));
        assert_eq!(
            (&predicted["diff"][0]["before"], &predicted["diff"][0]["after"]),
            (&json!(""), &json!("hello"))
        );
        assert!(!bench.path("a").exists());
        let made = bench.run("copy", args.clone());
        assert_eq!(made["checksum"], "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        assert_eq!(
            (&made["md5sum"], &made["mode"]),
            (&json!("5d41402abc4b2a76b9719d911017c592"), &json!("0640"))
        );
        let again = bench.run("copy", args);
        assert_eq!((&again["changed"], again.get("md5sum")), (&json!(false), None));
        assert_eq!(again["path"], again["dest"]);
    }

    #[test]
    fn old_files_are_kept_and_bad_ones_refused() {
        let bench = Bench::new();
        bench.write("a", "old");
        let refused =
            bench.run("copy", json!({"content": "new", "dest": "@a", "validate": "grep -q old %s"}));
        assert_eq!((&refused["msg"], &refused["exit_status"]), (&json!("failed to validate"), &json!(1)));
        assert_eq!(std::fs::read_to_string(bench.path("a")).unwrap(), "old");
        let left = bench.run("copy", json!({"content": "new", "dest": "@a", "force": false}));
        assert_eq!(left["changed"], false);
        let made = bench.run("copy", json!({"content": "new", "dest": "@a", "backup": true}));
        assert_eq!(std::fs::read_to_string(made["backup_file"].as_str().unwrap()).unwrap(), "old");
        let lost = bench.run("copy", json!({"content": "new", "dest": "@no/a"}));
        let wanted = format!("Destination directory {}/no does not exist", bench.root().display());
        assert_eq!(lost["msg"], json!(wanted));
        let leftovers = std::fs::read_dir(bench.root()).unwrap().count();
        assert_eq!(leftovers, 2, "the file and its backup");
    }

    #[test]
    fn links_are_followed_only_when_asked() {
        let bench = Bench::new();
        bench.write("target", "old");
        std::os::unix::fs::symlink(bench.path("target"), bench.path("link")).unwrap();
        bench.run("copy", json!({"content": "new", "dest": "@link", "follow": true}));
        assert_eq!(std::fs::read_to_string(bench.path("target")).unwrap(), "new");
        bench.run("copy", json!({"content": "own", "dest": "@link"}));
        assert!(!bench.path("link").is_symlink());
        assert_eq!(std::fs::read_to_string(bench.path("target")).unwrap(), "new");
    }

    #[test]
    fn trees_are_copied_on_the_host() {
        let bench = Bench::new();
        std::fs::create_dir_all(bench.path("s/sub")).unwrap();
        bench.write("s/a", "1").write("s/sub/b", "2");
        std::fs::set_permissions(bench.path("s/a"), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("a", bench.path("s/l")).unwrap();
        let args = json!({"src": "@s", "dest": "@d", "remote_src": true});
        assert_eq!(bench.check("copy", args.clone())["changed"], true);
        assert!(!bench.path("d").exists());
        assert_eq!(bench.run("copy", args.clone())["changed"], true);
        assert_eq!(std::fs::read_to_string(bench.path("d/s/sub/b")).unwrap(), "2");
        assert!(bench.path("d/s/l").is_symlink());
        assert_eq!(bench.run("copy", args)["changed"], false);
    }
}
