//! `flatten`, `subelements`, `extract`.

use super::util;
use crate::{Args, CompareOp, Ctx, Fault, HashKey, Res, Val, val::float_of};

pub(super) fn flatten(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [list, levels, skip] = args.bind("flatten", ["mylist", "levels", "skip_nulls"], 1)?;
    let skip = util::flag(ctx, skip, true)?;
    let items = ctx.iterate(&list.unwrap_or(Val::None))?;
    let levels = match levels.filter(|levels| !levels.is_none()) {
        None => None,
        Some(levels) if items.iter().any(util::is_sequence) => {
            // Python compares, and only where there is a list to open: it may be no integer.
            ctx.compare(CompareOp::Ge, &levels, &Val::Int(1))?;
            Some(float_of(&levels).map_or(i64::MAX, |levels| levels as i64))
        }
        Some(_) => Some(0),
    };
    flatten_items(ctx, items, levels, skip).map(Val::from)
}

/// Ansible's `flatten`: lists inside lists become their items, `levels` deep.
pub(crate) fn flatten_items(
    ctx: &mut Ctx<'_>,
    items: Vec<Val>,
    levels: Option<i64>,
    skip_nulls: bool,
) -> Res<Vec<Val>> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let null = item.is_none() || matches!(item.as_str(), Some("None" | "null"));
        if skip_nulls && null {
            continue;
        }
        if util::is_sequence(&item) && levels.is_none_or(|levels| levels >= 1) {
            let inner = ctx.iterate(&item)?;
            let deeper = levels.map(|levels| levels - 1);
            out.extend(ctx.deeper(|ctx| flatten_items(ctx, inner, deeper, skip_nulls))?);
            ctx.budget().items(out.len())?;
        } else {
            out.push(item);
        }
    }
    Ok(out)
}

pub(super) fn subelements(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [obj, path, skip] = args.bind("subelements", ["obj", "subelements", "skip_missing"], 2)?;
    let elements = match obj.unwrap_or(Val::None) {
        Val::Dict(dict) => dict.entries(ctx)?.into_iter().map(|(_, value)| value).collect(),
        list @ Val::List(_) => ctx.iterate(&list)?,
        _ => return Err(Fault::ansible_type("obj must be a list of dicts or a nested dict")),
    };
    let path = match path.unwrap_or(Val::None) {
        Val::Str(text) => text.split('.').map(Val::from).collect(),
        list @ Val::List(_) => ctx.iterate(&list)?,
        _ => return Err(Fault::ansible_type("subelements must be a list or a string")),
    };
    let skip = util::flag(ctx, skip, false)?;
    let mut out = Vec::new();
    for element in elements {
        let Some(values) = walk(ctx, &element, &path, skip)? else { continue };
        for value in ctx.iterate(&values)? {
            out.push(Val::tuple([element.clone(), value]));
        }
    }
    Ok(Val::from(out))
}

/// The list at the end of the path; none for a missing key that may be skipped.
fn walk(ctx: &mut Ctx<'_>, element: &Val, path: &[Val], skip: bool) -> Res<Option<Val>> {
    let mut values = element.clone();
    let mut last = Val::None;
    for key in path {
        last = key.clone();
        let Val::Dict(dict) = &values else {
            let (key, shown) = (ctx.str(key)?, ctx.str(&values)?);
            let why = match &values {
                Val::Str(_) => "string indices must be integers, not 'str'".to_owned(),
                Val::List(_) => "list indices must be integers or slices, not str".to_owned(),
                other => format!("'{}' object is not subscriptable", other.type_name()),
            };
            return Err(Fault::ansible_type(format!(
                "the key {key} should point to a dictionary, got '{shown}': {why}"
            )));
        };
        match dict.get(ctx, &HashKey::new(key.clone())?)? {
            Some(value) => values = value,
            None if skip => return Ok(None),
            None => {
                let (key, shown) = (ctx.repr(key)?, ctx.repr(&values)?);
                return Err(Fault::ansible_type(format!(
                    "could not find {key} key in iterated item {shown}"
                )));
            }
        }
    }
    if !matches!(values, Val::List(_)) {
        let (key, shown) = (ctx.repr(&last)?, ctx.repr(&values)?);
        return Err(Fault::ansible_type(format!("the key {key} should point to a list, got {shown}")));
    }
    Ok(Some(values))
}

pub(super) fn extract(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [item, container, more] = args.bind_in_context("extract", ["item", "container", "morekeys"], 2)?;
    let mut keys = vec![item.unwrap_or(Val::None)];
    match more {
        None | Some(Val::None) => {}
        Some(list @ Val::List(_)) => keys.extend(ctx.iterate(&list)?),
        Some(other) => keys.push(other),
    }
    let mut value = container.unwrap_or(Val::None);
    for key in keys {
        value = ctx.accepting_markers(|ctx| ctx.getitem(&value, &key))?;
    }
    Ok(value)
}
