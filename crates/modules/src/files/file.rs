//! `file`: files, directories and links, and their attributes.
//!
//! This is the reading example of a module: arguments, one `plan` that looks and decides, and for
//! each state a prediction with its diff and the closure that carries it out. The states that
//! make something live in `file_states.rs`.

use super::file_states::{directory, hard, link, touch};
use super::file_times::{TimeChange, Wish, Wishes};
use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::system::{AttributeChange, os_text};
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Manage files, directories, links and their properties.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// What the path is to be; left out: what it is, or a file.
    pub(super) state: Option<State>,
    /// The path to manage.
    #[arg(aliases("dest", "name"))]
    pub(super) path: PathBuf,
    /// Set by other actions: the file's name when the path is a directory.
    #[arg(name = "_original_basename")]
    original_basename: Option<String>,
    /// Set the attributes of everything inside a directory too.
    #[arg(default = false)]
    pub(super) recurse: bool,
    /// Make links although the target is missing, or in place of a file.
    #[arg(default = false)]
    pub(super) force: bool,
    /// Work on what a link points to.
    #[arg(default = true)]
    pub(super) follow: bool,
    /// Set by other actions: only tell whether the file looks binary.
    #[arg(name = "_diff_peek")]
    diff_peek: Option<bool>,
    /// What a link points to.
    #[arg(ty = "path")]
    pub(super) src: Option<String>,
    /// `preserve`, `now`, or a time to set.
    modification_time: Option<String>,
    /// How `modification_time` is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    modification_time_format: String,
    /// `preserve`, `now`, or a time to set.
    access_time: Option<String>,
    /// How `access_time` is written.
    #[arg(default = "%Y%m%d%H%M.%S")]
    access_time_format: String,
    /// Mode, owner and the like.
    #[arg(flatten)]
    pub(super) file: FileArgs,
}

/// What a path can be wanted to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Directory,
    File,
    Hard,
    Link,
    Touch,
}

pub(crate) fn plan(mut args: Args, sys: &System) -> Result<Plan, Failure> {
    enter_directory(&mut args, sys);
    let found = state_of(&args.path, sys)?;
    let wanted = args.state.unwrap_or(match found {
        State::Absent if args.recurse => State::Directory,
        State::Absent => State::File,
        other => other,
    });
    if args.recurse && wanted != State::Directory {
        return Err(at(&args.path, "recurse option requires state to be 'directory'"));
    }
    if args.src.as_deref().is_some_and(|src| !src.is_empty()) && !matches!(wanted, State::Link | State::Hard)
    {
        return Err(at(&args.path, "src option requires state to be 'link' or 'hard'"));
    }
    if sys.check_mode() && wanted != State::Absent {
        warn_of_strangers(&args.file, sys);
    }
    if args.diff_peek.is_some() {
        let result = ModuleResult::unchanged().with("path", text(&args.path));
        return Ok(Plan::done(result.with("appears_binary", looks_binary(&args.path, sys))));
    }
    let times = wishes(&args, wanted)?;
    match wanted {
        State::Absent => absent(&args.path, found, sys),
        State::File => file(&args, times, sys),
        State::Directory => directory(args, times, sys),
        State::Link => link(args, found, times, sys),
        State::Hard => hard(args, found, times, sys),
        State::Touch => touch(args, found, times, sys),
    }
}

/// A path that is a directory means the file inside it that is named like the source.
fn enter_directory(args: &mut Args, sys: &System) {
    if matches!(args.state, Some(State::Link | State::Absent)) || !sys.is_dir(&args.path) {
        return;
    }
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let from_src = || given(&args.src).map(|src| src.rsplit('/').next().unwrap_or_default().to_owned());
    if let Some(name) = given(&args.original_basename).or_else(from_src).filter(|name| !name.is_empty()) {
        args.path.push(name);
    }
}

/// What a path is now.
pub(super) fn state_of(path: &Path, sys: &System) -> Result<State, Failure> {
    Ok(match sys.lstat(path)? {
        None => State::Absent,
        Some(found) if found.is_symlink() => State::Link,
        Some(found) if found.is_dir() => State::Directory,
        Some(found) if found.nlink() > 1 => State::Hard,
        Some(_) => State::File,
    })
}

pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A failure that names the path in its result.
pub(super) fn at(path: &Path, msg: impl Into<String>) -> Failure {
    Failure::new(msg).with("path", text(path))
}

/// The path whose attributes are meant: a link's target when links are followed.
pub(super) fn followed(args: &Args, sys: &System) -> Result<PathBuf, Failure> {
    let link = args.follow && state_of(&args.path, sys)? == State::Link;
    Ok(if link { sys.real_path(&args.path) } else { args.path.clone() })
}

/// The diff every state begins with: the path, and the state where it differs.
pub(super) fn first_diff(path: &Path, wanted: State, found: State) -> Diff {
    let mut diff = Diff::default();
    diff.set("path", text(path), text(path));
    if wanted != found {
        diff.set("state", found.as_str(), wanted.as_str());
    }
    diff
}

fn wishes(args: &Args, wanted: State) -> Result<Wishes, Failure> {
    let absent = if wanted == State::Touch { Wish::Now } else { Wish::Preserve };
    let modification = args.modification_time.as_deref();
    Ok(Wishes {
        modification: Wish::parse(modification, &args.modification_time_format, absent)?,
        access: Wish::parse(args.access_time.as_deref(), &args.access_time_format, absent)?,
    })
}

fn warn_of_strangers(wanted: &FileArgs, sys: &System) {
    let unknown = |kind: &str, by: &str, name: &str| {
        sys.warn(format!("failed to look up {kind} {by}{name}. Create {kind} up to this point in real play"));
    };
    if let Some(owner) = &wanted.owner {
        match owner.trim().parse() {
            Ok(uid) if sys.user_by_id(uid).is_none() => unknown("user", "with uid ", owner),
            Err(_) if sys.user(owner).is_none() => unknown("user", "", owner),
            _ => {}
        }
    }
    if let Some(group) = &wanted.group {
        match group.trim().parse() {
            Ok(gid) if sys.group_by_id(gid).is_none() => unknown("group", "with gid ", group),
            Err(_) if sys.group(group).is_none() => unknown("group", "", group),
            _ => {}
        }
    }
}

fn looks_binary(path: &Path, sys: &System) -> bool {
    let mut head = Vec::new();
    // What cannot be read counts as text.
    let read = sys.open(path).map(|file| file.take(8192).read_to_end(&mut head));
    read.is_ok() && head.contains(&0)
}

fn absent(path: &Path, found: State, sys: &System) -> Result<Plan, Failure> {
    let result = ModuleResult::unchanged().with("path", text(path)).with("state", "absent");
    if found == State::Absent {
        return Ok(Plan::done(result));
    }
    let mut diff = first_diff(path, State::Absent, found);
    if found == State::Directory && sys.diff() {
        diff.set_before("path_content", tree(path, sys)?);
    }
    let path = path.to_owned();
    Ok(Plan::change(ModuleResult { changed: true, ..result }.with_diff(diff), move |sys, result| {
        let refused = |msg: &str, error: &crate::system::SystemError| {
            let why = error.io().map_or_else(|| error.to_string(), os_text);
            at(&path, format!("{msg}: {why}"))
        };
        if found == State::Directory {
            sys.remove_tree(&path).map_err(|error| refused("rmtree failed", &error))?;
        } else {
            sys.remove_file(&path).map_err(|error| refused("Unlinking failed", &error))?;
        }
        Ok(result)
    }))
}

/// The directories and files below a directory that is about to go.
fn tree(path: &Path, sys: &System) -> Result<Value, Failure> {
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    let mut open = vec![path.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in sys.read_dir(&dir)? {
            let real_dir = sys.lstat(&entry)?.is_some_and(|found| found.is_dir());
            if sys.is_dir(&entry) {
                directories.push(Value::from(text(&entry)));
            } else {
                files.push(Value::from(text(&entry)));
            }
            if real_dir {
                open.push(entry);
            }
        }
    }
    let mut content = Map::new();
    content.insert("directories".to_owned(), Value::Array(directories));
    content.insert("files".to_owned(), Value::Array(files));
    Ok(Value::Object(content))
}

fn file(args: &Args, times: Wishes, sys: &System) -> Result<Plan, Failure> {
    let path = followed(args, sys)?;
    let found = state_of(&path, sys)?;
    if !matches!(found, State::File | State::Hard) {
        let msg = format!("file ({}) is {found}, cannot continue", path.display());
        return Err(at(&path, msg).with("state", found.as_str()));
    }
    let diff = first_diff(&path, State::File, found);
    let changes = Changes::of(&path, args, times, sys)?;
    let result = ModuleResult::unchanged().with("path", text(&path));
    Ok(changes.plan(result, diff))
}

/// Attributes and times to be set on files that exist.
#[derive(Default)]
pub(super) struct Changes {
    attributes: Vec<AttributeChange>,
    times: Vec<TimeChange>,
}

impl Changes {
    /// What differs on one file.
    pub(super) fn of(path: &Path, args: &Args, times: Wishes, sys: &System) -> Result<Self, Failure> {
        let mut changes = Self::default();
        changes.add(path, args, times, sys)?;
        Ok(changes)
    }

    /// Adds what differs on another file.
    pub(super) fn add(
        &mut self,
        path: &Path,
        args: &Args,
        times: Wishes,
        sys: &System,
    ) -> Result<(), Failure> {
        let attributes = sys.compare_attributes(path, &args.file)?;
        if !attributes.is_empty() {
            self.attributes.push(attributes);
        }
        self.times.extend(times.compare(path, sys)?);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.times.is_empty()
    }

    pub(super) fn describe(&self, diff: &mut Diff) {
        self.attributes.iter().for_each(|change| change.describe(diff));
        self.times.iter().for_each(|change| change.describe(diff));
    }

    pub(super) fn apply(&self, sys: &System) -> Result<(), Failure> {
        for change in &self.attributes {
            change.apply(sys)?;
        }
        self.times.iter().try_for_each(|change| change.apply(sys))
    }

    /// The plan of a file that needs nothing but these.
    fn plan(self, mut result: ModuleResult, mut diff: Diff) -> Plan {
        self.describe(&mut diff);
        result.changed = !self.is_empty();
        let result = result.with_diff(diff);
        if self.is_empty() {
            return Plan::done(result);
        }
        Plan::change(result, move |sys, result| self.apply(sys).map(|()| result))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::{Value, json};
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(bench: &Bench, name: &str) -> u32 {
        std::fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// Every call: check mode predicts the change and makes none, the run makes it, the second
    /// run finds nothing to do.
    #[test]
    fn states_are_predicted_made_and_then_left_alone() {
        let bench = Bench::new();
        bench.write("f", "x");
        let table = [
            json!({"path": "@d/e/f", "state": "directory", "mode": "u=rwX,g=,o="}),
            json!({"path": "@f", "mode": "0600"}),
            json!({"path": "@l", "src": "f", "state": "link"}),
            json!({"path": "@l", "src": "@d", "state": "link"}),
            json!({"path": "@h", "src": "@f", "state": "hard"}),
            json!({"path": "@t", "state": "touch", "mode": "0640", "access_time": "preserve", "modification_time": "preserve"}),
            json!({"path": "@f", "modification_time": "202001020304.05"}),
            json!({"path": "@d", "state": "directory", "recurse": true, "mode": "0711"}),
            json!({"path": "@d", "state": "absent"}),
        ];
        for args in table {
            let predicted = bench.check("file", args.clone());
            assert_eq!(predicted["changed"], true, "{args} predicted: {predicted:?}");
            assert_eq!(
                bench.check("file", args.clone())["changed"],
                true,
                "{args}: a prediction changed the host"
            );
            let made = bench.run("file", args.clone());
            assert_eq!(made["changed"], true, "{args} made: {made:?}");
            let again = bench.run("file", args.clone());
            assert_eq!(again["changed"], false, "{args} again: {again:?}");
        }
        assert_eq!(mode(&bench, "f"), 0o600);
        assert_eq!(mode(&bench, "t"), 0o640);
    }

    #[test]
    fn refusals_are_ansibles() {
        let bench = Bench::new();
        bench.write("f", "x");
        let root = bench.root().display().to_string();
        let table: [(Value, String); 5] = [
            (json!({"path": "@no"}), format!("file ({root}/no) is absent, cannot continue")),
            (json!({"path": "@f", "state": "directory"}), format!("{root}/f already exists as a file")),
            (
                json!({"path": "@f", "recurse": true}),
                "recurse option requires state to be 'directory'".to_owned(),
            ),
            (
                json!({"path": "@f", "src": "@f", "state": "link"}),
                format!("refusing to convert from file to symlink for {root}/f"),
            ),
            (
                json!({"path": "@f", "owner": "no-such-user"}),
                "chown failed: failed to look up user no-such-user".to_owned(),
            ),
        ];
        for (args, msg) in table {
            assert_eq!(bench.run("file", args)["msg"].as_str(), Some(msg.as_str()));
        }
    }
}
