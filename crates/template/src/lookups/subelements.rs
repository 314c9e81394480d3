//! `subelements`: the items of lists inside dictionaries, each with its dictionary.

use super::options::{Options, error};
use crate::{Ctx, Fault, HashKey, LookupArgs, PyDict, Res, Val};

fn terms_fault(what: &str) -> Fault {
    error(format!("subelements lookup expects a list of two or three items, {what}"))
}

pub(super) fn subelements(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (mut terms, options) = Options::of(args);
    options.finish(ctx, "subelements");
    if !(2..=3).contains(&terms.len()) {
        return Err(terms_fault(""));
    }
    let flags = if terms.len() == 3 { terms.pop() } else { None };
    let (Some(path), Some(elements)) = (terms.pop(), terms.pop()) else { return Err(terms_fault("")) };
    let (Val::Str(path), Val::Dict(_) | Val::List(_)) = (&path, &elements) else {
        return Err(terms_fault("first a dict or a list, second a string pointing to the subkey"));
    };
    let path: Vec<&str> = path.split('.').collect();
    let skip = match flags {
        None => false,
        Some(Val::Dict(flags)) => match flags.get_str(ctx, "skip_missing")? {
            Some(flag) => {
                matches!(ctx.str(&flag)?.to_lowercase().as_str(), "true" | "yes" | "on" | "1" | "y" | "t")
            }
            None => false,
        },
        Some(_) => {
            return Err(terms_fault("the optional third item must be a dict with flags skip_missing"));
        }
    };
    let elements = match elements {
        Val::Dict(dict) if skipped(ctx, &dict)? => return Ok(Vec::new()),
        Val::Dict(dict) => dict.entries(ctx)?.into_iter().map(|(_, value)| value).collect(),
        list => ctx.iterate(&list)?,
    };
    let mut out = Vec::new();
    for element in elements {
        let Val::Dict(entry) = &element else {
            let shown = ctx.str(&element)?;
            return Err(error(format!("subelements lookup expects a dictionary, got '{shown}'")));
        };
        if skipped(ctx, entry)? {
            continue;
        }
        for value in taken(ctx, entry, &path, skip)? {
            out.push(Val::tuple([element.clone(), value]));
        }
    }
    Ok(out)
}

/// Whether the dictionary is the result of a skipped task.
fn skipped(ctx: &mut Ctx<'_>, entry: &PyDict) -> Res<bool> {
    Ok(entry.get_str(ctx, "skipped")?.is_some_and(|skipped| !matches!(skipped, Val::Bool(false))))
}

/// The list at the path, which is taken out of its dictionary.
fn taken(ctx: &mut Ctx<'_>, entry: &PyDict, path: &[&str], skip: bool) -> Res<Vec<Val>> {
    let mut inside = entry.clone();
    let mut found = Vec::new();
    for key in path {
        let last = path.last() == Some(key);
        match inside.get_str(ctx, key)? {
            Some(list @ Val::List(_)) if last => {
                inside.remove(ctx, &HashKey::from(*key))?;
                found = ctx.iterate(&list)?;
            }
            Some(other) if last => {
                let shown = ctx.str(&other)?;
                return Err(error(format!("the key {key} should point to a list, got '{shown}'")));
            }
            Some(Val::Dict(next)) => inside = next,
            _ if skip => {}
            Some(other) => {
                let shown = ctx.str(&other)?;
                return Err(error(format!("the key {key} should point to a dictionary, got '{shown}'")));
            }
            None => {
                let shown = ctx.str(&Val::Dict(inside.clone()))?;
                return Err(error(format!("could not find '{key}' key in iterated item '{shown}'")));
            }
        }
    }
    Ok(found)
}
