//! Paths: `basename` and its kin, `fileglob`.

use super::util;
use crate::{Args, Ctx, Fault, Outside, Res, Val, python::path};
use std::path::Path;

fn one(args: Args, function: &str) -> Res<String> {
    util::path(&util::only(args, function)?)
}

pub(super) fn basename(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(Val::from(path::base_name(&one(args, "basename")?)))
}
pub(super) fn dirname(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(Val::from(path::dir_name(&one(args, "dirname")?)))
}
pub(super) fn normpath(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(Val::from(path::norm(&one(args, "normpath")?)))
}
pub(super) fn win_basename(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(Val::from(path::win_base_name(&one(args, "basename")?)))
}
pub(super) fn win_dirname(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    Ok(Val::from(path::win_dir_name(&one(args, "dirname")?)))
}
pub(super) fn win_splitdrive(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let whole = one(args, "splitdrive")?;
    let (drive, rest) = path::win_split_drive(&whole);
    Ok(Val::tuple([Val::from(drive), Val::from(rest)]))
}
pub(super) fn splitext(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let whole = one(args, "splitext")?;
    let (root, extension) = path::split_ext(&whole);
    Ok(Val::tuple([Val::from(root), Val::from(extension)]))
}

/// The paths of a list argument.
fn many(ctx: &mut Ctx<'_>, value: &Val) -> Res<Vec<String>> {
    ctx.iterate(value)?.iter().map(util::path).collect()
}

pub(super) fn path_join(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let paths = util::only(args, "path_join")?;
    match &paths {
        Val::Str(_) => Ok(paths),
        list if util::is_sequence(list) => {
            let parts = ctx.iterate(list)?;
            if parts.is_empty() {
                return Err(Fault::type_error("join() missing 1 required positional argument: 'a'"));
            }
            util::path(&parts[0])?;
            if let Some(bad) = parts.iter().skip(1).find(|part| part.as_str().is_none()) {
                return Err(Fault::type_error(format!(
                    "join() argument must be str, bytes, or os.PathLike object, not {}",
                    rplay_value::str_repr(bad.type_name())
                )));
            }
            let parts = parts.iter().map(util::path).collect::<Res<Vec<String>>>()?;
            Ok(Val::from(path::join(parts.iter().map(String::as_str))))
        }
        other => Err(Fault::ansible_type(format!(
            "|path_join expects string or sequence, got {} instead.",
            util::class(other)
        ))),
    }
}

pub(super) fn commonpath(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let paths = util::only(args, "commonpath")?;
    if !util::is_sequence(&paths) {
        return Err(Fault::ansible_type(format!(
            "|commonpath expects sequence, got {} instead.",
            util::class(&paths)
        )));
    }
    let paths = many(ctx, &paths)?;
    let texts: Vec<&str> = paths.iter().map(String::as_str).collect();
    path::common(&texts).map(Val::from).map_err(Fault::value_error)
}

pub(super) fn relpath(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, start] = args.bind("relpath", ["path", "start"], 1)?;
    let value = value.unwrap_or(Val::None);
    if !ctx.truth(&value)? {
        return Err(Fault::value_error("no path specified"));
    }
    let value = util::path(&value)?;
    let start =
        start.filter(|start| !start.is_none()).map_or_else(|| Ok(".".into()), |start| util::path(&start))?;
    let directory = ctx.templar().outside().working_dir();
    Ok(Val::from(path::relative(&value, &start, &directory)))
}

pub(super) fn expanduser(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = one(args, "expanduser")?;
    Ok(Val::from(expand_user(ctx.templar().outside(), &value)))
}

/// `~` and `~user` at the beginning; an unknown user stays.
pub(crate) fn expand_user(outside: &dyn Outside, path: &str) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
    let (user, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match outside.home(Some(user).filter(|user| !user.is_empty())) {
        Some(home) => {
            let joined = format!("{}{tail}", home.trim_end_matches('/'));
            if joined.is_empty() { "/".into() } else { joined }
        }
        None => path.to_owned(),
    }
}

pub(super) fn expandvars(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = one(args, "expandvars")?;
    Ok(Val::from(expand_vars(ctx.templar().outside(), &value)))
}

/// `$name` and `${name}`; unknown ones stay.
pub(crate) fn expand_vars(outside: &dyn Outside, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, width) = match rest[1..].strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (&inner[..end], end + 3),
                None => ("", 1),
            },
            None => {
                let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
                let end = rest[1..].find(|char| !word(char)).unwrap_or(rest.len() - 1);
                (&rest[1..=end], end + 1)
            }
        };
        let value = if name.is_empty() { None } else { outside.env(name) };
        let width = if name.is_empty() { 1 } else { width };
        out.push_str(value.as_deref().unwrap_or(&rest[..width]));
        rest = &rest[width..];
    }
    out + rest
}

pub(super) fn realpath(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = one(args, "realpath")?;
    Ok(Val::from(real_path(ctx.templar().outside(), &value)))
}

/// Links resolved as far as the path exists.
pub(crate) fn real_path(outside: &dyn Outside, path_text: &str) -> String {
    let mut pending: Vec<String> = path::absolute_unnormalised(path_text, &outside.working_dir())
        .split('/')
        .rev()
        .map(str::to_owned)
        .collect();
    let mut done = String::new();
    let mut links = 0;
    while let Some(part) = pending.pop() {
        match part.as_str() {
            "" | "." => {}
            ".." => done.truncate(done.rfind('/').unwrap_or(0)),
            part => {
                let next = format!("{done}/{part}");
                match outside.read_link(Path::new(&next)) {
                    Some(target) if links < 40 => {
                        links += 1;
                        let target = target.to_string_lossy().into_owned();
                        if target.starts_with('/') {
                            done.clear();
                        }
                        pending.extend(target.split('/').rev().map(str::to_owned));
                    }
                    _ => done = next,
                }
            }
        }
    }
    if done.is_empty() { "/".into() } else { done }
}

pub(super) fn fileglob(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let pattern = one(args, "fileglob")?;
    let outside = ctx.templar().outside();
    let found = crate::lookups::glob::glob(outside, &pattern);
    let is_file = |path: &String| outside.metadata(Path::new(path), true).is_some_and(|meta| meta.is_file());
    Ok(Val::list(found.into_iter().filter(is_file).map(Val::from)))
}
