//! `first_found`: the first of several files that exists.

use super::{
    options::{Options, error},
    search,
};
use crate::{Ctx, HashKey, LookupArgs, PyDict, Res, Val, python::path};

/// Undefined values are dropped in loops (as older content expects) and trip elsewhere.
fn cleaned(ctx: &mut Ctx<'_>, value: Val, drop: bool) -> Res<Option<Val>> {
    Ok(Some(match value {
        Val::Undef(marker) if drop && marker.error().is_none() => return Ok(None),
        Val::Undef(marker) => return Err(marker.trip()),
        list @ (Val::List(_) | Val::Tuple(_)) => {
            let mut out = Vec::new();
            for item in ctx.accepting_markers(|ctx| ctx.iterate(&list))? {
                out.extend(cleaned(ctx, item, drop)?);
            }
            Val::from(out)
        }
        Val::Dict(dict) => {
            let out = PyDict::new();
            for (key, value) in ctx.accepting_markers(|ctx| dict.entries(ctx))? {
                if let Some(value) = cleaned(ctx, value, drop)? {
                    out.insert(key, value)?;
                }
            }
            Val::Dict(out)
        }
        other => other,
    }))
}

#[derive(Clone, Default)]
struct Settings {
    files: Vec<String>,
    paths: Vec<String>,
    skip: bool,
}

fn split(ctx: &mut Ctx<'_>, value: Val, at: &[char]) -> Res<Vec<String>> {
    let items = match &value {
        Val::None => Vec::new(),
        Val::List(_) | Val::Tuple(_) => ctx.iterate(&value)?,
        _ => vec![value],
    };
    let mut out = Vec::new();
    for item in items {
        if matches!(item, Val::List(_) | Val::Tuple(_)) {
            out.extend(split(ctx, item, at)?);
        } else {
            out.extend(ctx.str(&item)?.split(at).map(str::to_owned));
        }
    }
    Ok(out)
}

impl Settings {
    fn set(&mut self, ctx: &mut Ctx<'_>, name: &str, value: Val) -> Res<()> {
        match name {
            "files" => self.files = split(ctx, value, &[',', ';'])?,
            "paths" => self.paths = split(ctx, value, &[',', ':', ';'])?,
            "skip" => self.skip = ctx.truth(&value)?,
            other => return Err(error(format!("the lookup 'first_found' has no option '{other}'"))),
        }
        Ok(())
    }

    fn candidates(&self, files: &[String]) -> Vec<String> {
        if self.paths.is_empty() {
            return files.to_vec();
        }
        self.paths
            .iter()
            .flat_map(|root| files.iter().map(|file| path::join([root.as_str(), file])))
            .collect()
    }

    fn collect(&mut self, ctx: &mut Ctx<'_>, terms: Vec<Val>) -> Res<Vec<String>> {
        let mut out = Vec::new();
        for term in terms {
            match &term {
                Val::Dict(dict) => {
                    let mut own = Settings { skip: self.skip, ..Settings::default() };
                    for (name, value) in dict.entries(ctx)? {
                        let name = HashKey::as_str(&name).unwrap_or_default().to_owned();
                        own.set(ctx, &name, value)?;
                    }
                    out.extend(own.candidates(&own.files));
                    self.skip = own.skip;
                }
                Val::Str(text) => {
                    let files = split(ctx, Val::Str(text.clone()), &[',', ';'])?;
                    out.extend(self.candidates(&files));
                }
                Val::List(_) | Val::Tuple(_) => {
                    let inner = ctx.iterate(&term)?;
                    out.extend(self.collect(ctx, inner)?);
                }
                other => {
                    return Err(error(format!(
                        "Invalid term supplied. A string, dict or list is required, not '{}').",
                        other.type_name()
                    )));
                }
            }
        }
        Ok(out)
    }
}

pub(super) fn first_found(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let drop = args.as_with;
    let (terms, mut options) = Options::of(args);
    let mut settings = Settings::default();
    for name in ["files", "paths", "skip"] {
        if let Some(value) = options.take(name) {
            settings.set(ctx, name, value.defined()?)?;
        }
    }
    options.finish(ctx, "first_found");
    let mut kept = Vec::new();
    for term in terms {
        kept.extend(cleaned(ctx, term, drop)?);
    }
    let candidates =
        if kept.is_empty() { settings.candidates(&settings.files) } else { settings.collect(ctx, kept)? };
    // A loop looks in the directory its action reads from; templating does not know the action.
    let subs: &[Option<&str>] =
        if drop { &[Some("templates"), Some("vars"), Some("files")] } else { &[None] };
    for candidate in &candidates {
        for sub in subs {
            if let Some(found) = search::find(ctx, candidate, *sub) {
                return Ok(vec![Val::from(found)]);
            }
        }
    }
    if settings.skip { Ok(Vec::new()) } else { Err(error("No file was found when using first_found.")) }
}
