//! The states of `file` that make something: directories, links, empty files.

use super::file::{Args, Changes, State, at, first_diff, followed, state_of, text};
use super::file_times::Wishes;
use crate::args::Value;
use crate::system::{Follow, SystemError, errno_text};
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub(super) fn directory(args: Args, times: Wishes, sys: &System) -> Result<Plan, Failure> {
    let path = followed(&args, sys)?;
    let found = state_of(&path, sys)?;
    let mut diff = first_diff(&path, State::Directory, found);
    let result = ModuleResult::unchanged().with("path", text(&path));
    match found {
        State::Absent => {
            let predicted = ModuleResult { changed: true, ..result }.with_diff(diff);
            Ok(Plan::change(predicted, move |sys, result| make_directories(&path, &args, times, result, sys)))
        }
        State::Directory => {
            let mut changes = Changes::of(&path, &args, times, sys)?;
            changes.describe(&mut diff);
            if args.recurse {
                below(&path, &args, times, sys, &mut changes, &mut HashSet::new())?;
            }
            let result = ModuleResult { changed: !changes.is_empty(), ..result }.with_diff(diff);
            if changes.is_empty() {
                return Ok(Plan::done(result));
            }
            Ok(Plan::change(result, move |sys, result| changes.apply(sys).map(|()| result)))
        }
        other => Err(at(&path, format!("{} already exists as a {other}", path.display()))),
    }
}

/// Makes the directory and its missing parents, each with the wanted attributes.
fn make_directories(
    path: &Path,
    args: &Args,
    times: Wishes,
    mut result: ModuleResult,
    sys: &System,
) -> Result<ModuleResult, Failure> {
    let mut current = PathBuf::new();
    for part in path.components() {
        current.push(part);
        if sys.exists(&current) {
            continue;
        }
        let trouble = |why: String| {
            at(path, format!("There was an issue creating {} as requested: {why}", current.display()))
        };
        match sys.make_dir(&current, 0o777) {
            // Somebody else may have made it meanwhile.
            Err(_) if sys.is_dir(&current) => {}
            Err(error) => {
                return Err(trouble(
                    error.io().map_or_else(|| error.to_string(), |io| errno_text(io, &current)),
                ));
            }
            Ok(()) => {}
        }
        let diff = result.diff.first_mut();
        sys.ensure_attributes(&current, &args.file, diff)?;
    }
    times.ensure(path, sys, result.diff.first_mut())?;
    Ok(result)
}

/// Collects what differs below a directory; links count themselves, and their targets too when
/// links are followed.
fn below(
    dir: &Path,
    args: &Args,
    times: Wishes,
    sys: &System,
    changes: &mut Changes,
    seen: &mut HashSet<PathBuf>,
) -> Result<(), Failure> {
    // Links may run in a circle.
    if !seen.insert(sys.real_path(dir)) {
        return Ok(());
    }
    for entry in sys.read_dir(dir)? {
        changes.add(&entry, args, times, sys)?;
        let Some(found) = sys.lstat(&entry)? else { continue };
        if found.is_dir() {
            below(&entry, args, times, sys, changes, seen)?;
        } else if found.is_symlink() && args.follow && sys.exists(&entry) {
            let target = sys.real_path(&entry);
            if sys.is_dir(&target) {
                below(&target, args, times, sys, changes, seen)?;
            }
            changes.add(&target, args, times, sys)?;
        }
    }
    Ok(())
}

pub(super) fn link(mut args: Args, found: State, times: Wishes, sys: &System) -> Result<Plan, Failure> {
    if args.src.is_none() && args.follow && found == State::Link && sys.exists(&args.path) {
        args.src = Some(text(&sys.read_link(&args.path)?));
    }
    refuse_link(&args, found, sys)?;
    let mut diff = first_diff(&args.path, State::Link, found);
    let make = match (&args.src, found) {
        (Some(src), State::Link) => {
            let old = text(&sys.read_link(&args.path)?);
            if old != *src {
                diff.set("src", old.clone(), src.as_str());
            }
            old != *src
        }
        (None, State::Link) => false,
        (None, _) => return Err(Failure::new("src is required for creating new symlinks")),
        (Some(_), _) => true,
    };
    finish_link(args, found, diff, make, times, sys, symlink)
}

/// What stands in the way of a symbolic link.
fn refuse_link(args: &Args, found: State, sys: &System) -> Result<(), Failure> {
    let path = &args.path;
    let base =
        if found == State::Directory { path.as_path() } else { path.parent().unwrap_or(Path::new("")) };
    if let Some(src) = args.src.as_deref().filter(|_| !args.force) {
        let target = base.join(src);
        if !sys.exists(&target) {
            let shown = target.display();
            let msg = format!(
                "src file does not exist, use 'force=yes' if you really want to create the link: {shown}"
            );
            return Err(at(path, msg).with("src", src));
        }
    }
    let shown = path.display();
    match found {
        State::Directory | State::File | State::Hard if !args.force => {
            Err(at(path, format!("refusing to convert from {found} to symlink for {shown}")))
        }
        State::Directory if !sys.read_dir(path)?.is_empty() => {
            Err(at(path, format!("the directory {shown} is not empty, refusing to convert it")))
        }
        _ => Ok(()),
    }
}

type MakeLink = fn(&Args, State, &System) -> Result<(), Failure>;

/// What both kinds of links end with: the link where it is missing, then the attributes.
fn finish_link(
    args: Args,
    found: State,
    diff: Diff,
    make: bool,
    times: Wishes,
    sys: &System,
    make_link: MakeLink,
) -> Result<Plan, Failure> {
    let src = args.src.clone().map_or(Value::Null, Value::from);
    let result = ModuleResult { changed: make, ..ModuleResult::default() }
        .with("dest", text(&args.path))
        .with("src", src);
    if make {
        let mut shown = diff.clone();
        if sys.exists(&args.path) {
            Changes::of(&followed(&args, sys)?, &args, times, sys)?.describe(&mut shown);
        }
        return Ok(Plan::change(result.with_diff(shown), move |sys, mut result| {
            make_link(&args, found, sys)?;
            let mut diff = diff;
            if let Some(target) = attribute_target(&args, sys)? {
                sys.ensure_attributes(&target, &args.file, Some(&mut diff))?;
                times.ensure(&target, sys, Some(&mut diff))?;
            }
            result.diff = vec![diff];
            Ok(result)
        }));
    }
    let Some(target) = attribute_target(&args, sys)? else { return Ok(Plan::done(result.with_diff(diff))) };
    let changes = Changes::of(&target, &args, times, sys)?;
    let mut diff = diff;
    changes.describe(&mut diff);
    let result = ModuleResult { changed: !changes.is_empty(), ..result }.with_diff(diff);
    if changes.is_empty() {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| changes.apply(sys).map(|()| result)))
}

/// Where attributes are set; `None`, with a warning, when a followed link leads nowhere.
fn attribute_target(args: &Args, sys: &System) -> Result<Option<PathBuf>, Failure> {
    let target = followed(args, sys)?;
    if args.follow && state_of(&args.path, sys)? == State::Link && !sys.exists(&target) {
        sys.warn("Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this.");
        return Ok(None);
    }
    Ok(Some(target))
}

fn symlink(args: &Args, found: State, sys: &System) -> Result<(), Failure> {
    let src = args.src.as_deref().unwrap_or_default();
    place(&args.path, found, sys, |path| sys.symlink(src, path))
}

/// Puts a link in place, by renaming over what was there.
fn place(
    path: &Path,
    found: State,
    sys: &System,
    make: impl Fn(&Path) -> Result<(), SystemError>,
) -> Result<(), Failure> {
    let trouble = |verb: &str, error: &SystemError| {
        let why = error.io().map_or_else(|| error.to_string(), |io| errno_text(io, path));
        at(path, format!("Error while {verb}: {why}"))
    };
    if found == State::Absent {
        return make(path).map_err(|error| trouble("linking", &error));
    }
    let beside =
        path.with_file_name(format!(".{}.{}.tmp", std::process::id(), sys.now().timestamp().as_nanosecond()));
    let replaced = (|| {
        if found == State::Directory {
            sys.remove_dir(path)?;
        }
        make(&beside)?;
        sys.rename(&beside, path)
    })();
    replaced.map_err(|error| {
        // Best effort: the failure itself is what counts.
        let _ = sys.remove_file(&beside);
        trouble("replacing", &error)
    })
}

pub(super) fn hard(args: Args, found: State, times: Wishes, sys: &System) -> Result<Plan, Failure> {
    let path = args.path.clone();
    let Some(src) = args.src.clone() else {
        if found != State::Hard {
            return Err(Failure::new("src is required for creating new hardlinks"));
        }
        return finish_link(args, found, first_diff(&path, State::Hard, found), false, times, sys, hard_link);
    };
    let conflict = |msg: &str| Failure::new(msg).with("dest", text(&path)).with("src", src.as_str());
    let Some(source) = sys.stat(&src)? else { return Err(conflict("src does not exist")) };
    let same =
        sys.stat(&path)?.is_some_and(|found| (found.dev(), found.ino()) == (source.dev(), source.ino()));
    let mut diff = first_diff(&path, State::Hard, found);
    let make = match found {
        State::Link => {
            let old = text(&sys.read_link(&path)?);
            if old != src {
                diff.set("src", old.clone(), src.as_str());
            }
            old != src
        }
        State::Hard if same => false,
        State::Directory if same => {
            return Ok(Plan::done(ModuleResult::unchanged().with("path", text(&path))));
        }
        State::Hard if !args.force => {
            return Err(conflict("Cannot link, different hard link exists at destination"));
        }
        State::File if !args.force => return Err(conflict("Cannot link, file exists at destination")),
        State::Directory if !args.force => {
            return Err(conflict("Cannot link: different hard link exists at destination"));
        }
        _ => true,
    };
    finish_link(args, found, diff, make, times, sys, hard_link)
}

fn hard_link(args: &Args, found: State, sys: &System) -> Result<(), Failure> {
    let src = args.src.as_deref().unwrap_or_default();
    let follow = if args.follow && found == State::Absent { Follow::Yes } else { Follow::No };
    place(&args.path, found, sys, |path| sys.hard_link(src, path, follow))
}

pub(super) fn touch(args: Args, found: State, times: Wishes, sys: &System) -> Result<Plan, Failure> {
    let result = ModuleResult::unchanged().with("dest", text(&args.path));
    let mut diff = first_diff(&args.path, State::Touch, found);
    if found == State::Absent {
        let predicted = ModuleResult { changed: true, ..result };
        return Ok(Plan::change(predicted, move |sys, result| {
            sys.touch(&args.path).map_err(|error| {
                let why = error.io().map_or_else(|| error.to_string(), |io| errno_text(io, &args.path));
                at(&args.path, "Error, could not touch target.").cause(why)
            })?;
            let ensured = sys
                .ensure_attributes(&args.path, &args.file, Some(&mut diff))
                .and_then(|_| times.ensure(&args.path, sys, Some(&mut diff)));
            if let Err(failure) = ensured {
                // A file made a moment ago must not stay behind a failure.
                let _ = sys.remove_file(&args.path);
                return Err(failure);
            }
            Ok(result.with_diff(diff))
        }));
    }
    let changes = Changes::of(&followed(&args, sys)?, &args, times, sys)?;
    changes.describe(&mut diff);
    let result = ModuleResult { changed: !changes.is_empty(), ..result }.with_diff(diff);
    if changes.is_empty() {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| changes.apply(sys).map(|()| result)))
}
