//! Finding and reading files the way lookups do.

use super::options::error;
use crate::{
    Ctx, Res, Val,
    filters::paths,
    python::{base64, path},
};
use rplay_value::Value;
use std::path::Path;

/// The directories of `ansible_search_path`, then the play's and the working directory.
pub(super) fn roots(ctx: &mut Ctx<'_>) -> Vec<String> {
    let mut roots = Vec::new();
    if let Some(paths) = ctx.variable("ansible_search_path")
        && let Ok(Value::List(items)) = ctx.finalize(&paths)
    {
        roots.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    if let Some(Val::Str(directory)) = ctx.variable("playbook_dir") {
        roots.push(directory.to_string());
    }
    roots.push(ctx.templar().outside().working_dir());
    roots
}

/// A path written by the author: `~` expanded, made absolute from the play's directory.
pub(super) fn relative_to_play(ctx: &mut Ctx<'_>, name: &str) -> String {
    let expanded = paths::expand_user(ctx.templar().outside(), name);
    if expanded.starts_with('/') {
        return path::norm(&expanded);
    }
    let base = match ctx.variable("playbook_dir") {
        Some(Val::Str(directory)) => directory.to_string(),
        _ => ctx.templar().outside().working_dir(),
    };
    path::norm(&path::join([base.as_str(), &expanded]))
}

/// The first existing file of that name, in `sub` of each root, then in the root.
pub(super) fn find(ctx: &mut Ctx<'_>, name: &str, sub: Option<&str>) -> Option<String> {
    let name = paths::expand_user(ctx.templar().outside(), name);
    let candidates: Vec<String> = if name.starts_with('/') {
        vec![name]
    } else {
        let within = |root: &String| {
            let plain = path::join([root.as_str(), &name]);
            match sub {
                Some(sub) => vec![path::join([root.as_str(), sub, &name]), plain],
                None => vec![plain],
            }
        };
        roots(ctx).iter().flat_map(within).collect()
    };
    let outside = ctx.templar().outside();
    let found = candidates.into_iter().find(|path| outside.metadata(Path::new(path), true).is_some());
    found.map(|found| path::norm(&found))
}

/// The file's path, or Ansible's error.
pub(super) fn must_find(ctx: &mut Ctx<'_>, name: &str, sub: Option<&str>) -> Res<String> {
    find(ctx, name, sub).ok_or_else(|| {
        error(format!("Unable to access the file '{name}': could not be found in the search path."))
    })
}

/// The content of a file (decrypted by the loader if it is a vault).
pub(super) fn read(ctx: &Ctx<'_>, path: &str) -> Res<Vec<u8>> {
    let bytes = ctx.templar().settings().files.read(Path::new(path));
    bytes.map_err(|why| match why.kind() {
        // Not the system's: a vault's.
        std::io::ErrorKind::Other => error(why.to_string()),
        _ => error(format!("Unable to read the file {path}: {why}")),
    })
}

pub(super) fn read_text(ctx: &Ctx<'_>, path: &str, encoding: &str) -> Res<String> {
    base64::decode_text(&read(ctx, path)?, encoding)
}
