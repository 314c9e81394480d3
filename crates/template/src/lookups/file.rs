//! `file`, `unvault`, `fileglob`, `lines`, `pipe`, `env`.

use super::{
    glob,
    options::{Options, error},
    search,
};
use crate::{
    Ctx, Fault, LookupArgs, Res, Val, methods,
    python::{base64, path},
};
use rplay_value::{Origin, Str, Tag, surrogates};
use std::path::Path;

fn texts(ctx: &mut Ctx<'_>, terms: &[Val]) -> Res<Vec<String>> {
    terms.iter().map(|term| ctx.str(term)).collect()
}

pub(super) fn file(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let (left, right) = (options.flag(ctx, "lstrip", false)?, options.flag(ctx, "rstrip", true)?);
    options.finish(ctx, "file");
    let mut out = Vec::new();
    for term in texts(ctx, &terms)? {
        let path = search::must_find(ctx, &term, Some("files"))
            .map_err(|_| error(format!("Unable to access the file '{term}'.")))?;
        let text = search::read_text(ctx, &path, "utf-8")?;
        let text = if left { text.trim_start() } else { &text };
        out.push(Val::from(if right { text.trim_end() } else { text }));
    }
    Ok(out)
}

pub(super) fn unvault(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, options) = Options::of(args);
    options.finish(ctx, "unvault");
    let mut out = Vec::new();
    for term in texts(ctx, &terms)? {
        let path = search::must_find(ctx, &term, Some("files"))?;
        out.push(Val::from(search::read_text(ctx, &path, "utf-8")?));
    }
    Ok(out)
}

pub(super) fn fileglob(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, options) = Options::of(args);
    options.finish(ctx, "fileglob");
    let mut out = Vec::new();
    for term in texts(ctx, &terms)? {
        let name = path::base_name(&term).to_owned();
        let directories = if name == term {
            let roots = search::roots(ctx);
            roots.iter().flat_map(|root| [path::join([root.as_str(), "files"]), root.clone()]).collect()
        } else {
            let directory = path::dir_name(&term);
            search::find(ctx, directory, Some("files")).into_iter().collect::<Vec<_>>()
        };
        for directory in directories {
            let outside = ctx.templar().outside();
            let found = glob::glob(outside, &path::join([directory.as_str(), &name]));
            let mut files: Vec<String> = found
                .into_iter()
                .filter(|path| outside.metadata(Path::new(path), true).is_some_and(|meta| meta.is_file()))
                .collect();
            if !files.is_empty() {
                files.sort();
                out.extend(files.into_iter().map(Val::from));
                break;
            }
        }
    }
    Ok(out)
}

/// Runs each command; its output without the newlines at the end.
fn outputs(
    ctx: &mut Ctx<'_>,
    terms: &[Val],
    lookup: &str,
    decode: fn(&[u8]) -> Res<String>,
) -> Res<Vec<String>> {
    let directory = search::relative_to_play(ctx, ".");
    let mut out = Vec::new();
    for term in texts(ctx, terms)? {
        let outside = ctx.templar().outside();
        let finished = outside
            .run(&term, Path::new(&directory))
            .map_err(|why| error(format!("lookup_plugin.{lookup}({term}) could not run: {why}")))?;
        if finished.code != 0 {
            return Err(error(format!("lookup_plugin.{lookup}({term}) returned {}", finished.code)));
        }
        out.push(decode(&finished.stdout)?);
    }
    Ok(out)
}

pub(super) fn pipe(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, options) = Options::of(args);
    options.finish(ctx, "pipe");
    let outputs = outputs(ctx, &terms, "pipe", base64::utf8)?;
    Ok(outputs.iter().map(|text| Val::from(text.trim_end())).collect())
}

pub(super) fn lines(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, options) = Options::of(args);
    options.finish(ctx, "lines");
    let outputs = outputs(ctx, &terms, "lines", |bytes| Ok(surrogates::decode(bytes)))?;
    Ok(outputs.iter().flat_map(|text| methods::lines(text, false)).map(Val::from).collect())
}

fn from_environment(name: &str, value: String) -> Val {
    let file = format!("<environment variable {}>", rplay_value::str_repr(name));
    let origin = Origin { file: file.into(), line: 0, column: 0 };
    Val::Str(Str::tagged(value, Tag { origin: Some(origin), ..Tag::default() }))
}

pub(super) fn env(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let default = options.take("default");
    options.finish(ctx, "env");
    let mut out = Vec::new();
    for term in terms {
        let term = super::tables::search_term(&term)?;
        let Some(name) = term.split_whitespace().next().map(str::to_owned) else {
            return Err(Fault::index_error("list index out of range"));
        };
        let value = ctx.templar().outside().env(&name);
        out.push(match (value, &default) {
            (Some(value), _) => from_environment(&name, value),
            // `undef()` without words of its own.
            (None, Some(Val::Undef(marker)))
                if marker.message().starts_with("Mandatory variable has not") =>
            {
                Val::undefined(format!("The environment variable '{name}' is not set."))
            }
            (None, Some(default)) if !default.is_none() => default.clone(),
            (None, _) => from_environment(&name, String::new()),
        });
    }
    Ok(out)
}
