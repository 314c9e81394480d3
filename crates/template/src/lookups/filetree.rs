//! `community.general.filetree`: what is below directories, with modes and owners.

use super::search;
use crate::{Ctx, LookupArgs, Res, Val};
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Entries that a tree may have.
const MOST: usize = 100_000;

pub(super) fn filetree(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let mut seen: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for term in &args.terms {
        let term = ctx.str(term)?;
        // The last part need not exist: `dir/` means what is in `dir`.
        let (dir, last) = term.rsplit_once('/').unwrap_or((".", &term));
        let Some(base) = search::find(ctx, dir, Some("files")) else { continue };
        let root = if last.is_empty() { PathBuf::from(&base).join("") } else { Path::new(&base).join(last) };
        walk(ctx, &root, "", &mut seen, &mut out)?;
    }
    Ok(out)
}

/// Directories and files of one level, then the levels below.
fn walk(ctx: &Ctx<'_>, root: &Path, below: &str, seen: &mut Vec<String>, out: &mut Vec<Val>) -> Res<()> {
    let outside = ctx.templar().outside();
    let names = outside.list(&root.join(below));
    let path_of = |name: &String| if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
    let is_dir = |path: &str| outside.metadata(&root.join(path), true).is_some_and(|known| known.is_dir());
    let (dirs, files): (Vec<String>, Vec<String>) = names.iter().map(path_of).partition(|path| is_dir(path));
    for path in dirs.iter().chain(&files) {
        if seen.contains(path) {
            continue;
        }
        if let Some(properties) = properties(ctx, root, path) {
            ctx.budget().items(out.len() * (crate::ctx::MAX_ITEMS / MOST))?;
            seen.push(path.clone());
            out.push(properties);
        }
    }
    for path in &dirs {
        let link = outside.metadata(&root.join(path), false).is_some_and(|known| known.is_symlink());
        if !link {
            walk(ctx, root, path, seen, out)?;
        }
    }
    Ok(())
}

fn properties(ctx: &Ctx<'_>, root: &Path, path: &str) -> Option<Val> {
    let outside = ctx.templar().outside();
    let full = root.join(path);
    let known = outside.metadata(&full, false)?;
    let text = |path: &Path| Val::from(path.to_string_lossy().into_owned());
    let mut entries = vec![("root", text(root)), ("path", Val::from(path))];
    if known.is_symlink() {
        entries.push(("state", Val::from("link")));
        entries.push(("src", outside.read_link(&full).map_or(Val::None, |target| text(&target))));
    } else if known.is_dir() {
        entries.push(("state", Val::from("directory")));
    } else if known.is_file() {
        entries.push(("state", Val::from("file")));
        entries.push(("src", text(&full)));
    } else {
        ctx.warn(&format!("filetree: the type of {} is not supported", full.display()));
        return None;
    }
    let seconds = |whole: i64, nanos: i64| Val::Float(whole as f64 + nanos as f64 / 1e9);
    entries.extend([
        ("uid", Val::Int(known.uid().into())),
        ("gid", Val::Int(known.gid().into())),
        ("owner", named(ctx, "/etc/passwd", known.uid())),
        ("group", named(ctx, "/etc/group", known.gid())),
        ("mode", Val::from(format!("0{:03o}", known.mode() & 0o7777))),
        ("size", Val::Int(i64::try_from(known.size()).unwrap_or(i64::MAX))),
        ("mtime", seconds(known.mtime(), known.mtime_nsec())),
        ("ctime", seconds(known.ctime(), known.ctime_nsec())),
    ]);
    Some(Val::dict(entries))
}

/// The name that a number has in a file of users or groups, or the number.
fn named(ctx: &Ctx<'_>, file: &str, id: u32) -> Val {
    let bytes = ctx.templar().outside().read(Path::new(file)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let number = id.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(number.as_str()));
    match line.and_then(|line| line.split(':').next()) {
        Some(name) => Val::from(name),
        None => Val::Int(id.into()),
    }
}
