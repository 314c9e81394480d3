//! `combine`: merging dictionaries, deeply and with a choice for lists.

use super::flatten::flatten_items;
use crate::{Args, Ctx, Fault, PyDict, Res, Val};

/// What becomes of two lists under one key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListMerge {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendUnique,
    PrependUnique,
}

impl ListMerge {
    pub(crate) fn parse(name: &str) -> Res<Self> {
        Ok(match name {
            "replace" => Self::Replace,
            "keep" => Self::Keep,
            "append" => Self::Append,
            "prepend" => Self::Prepend,
            "append_rp" => Self::AppendUnique,
            "prepend_rp" => Self::PrependUnique,
            _ => {
                return Err(Fault::raised(
                    "AnsibleError",
                    "merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', 'prepend', \
                     'append_rp' or 'prepend_rp'",
                ));
            }
        })
    }
}

pub(super) fn combine(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let recursive = super::util::flag(ctx, args.take_kw("recursive"), false)?;
    let list_merge = match args.take_kw("list_merge") {
        Some(name) => ctx.str(&name)?,
        None => "replace".into(),
    };
    if !args.kw.is_empty() {
        return Err(Fault::plugin("'recursive' and 'list_merge' are the only valid keyword arguments"));
    }
    let mut dicts = flatten_items(ctx, args.pos, Some(1), true)?;
    if dicts.len() < 2 {
        return Ok(dicts.pop().unwrap_or_else(|| Val::Dict(PyDict::new())));
    }
    let mut result = dicts.pop().unwrap_or(Val::None);
    while let Some(lower) = dicts.pop() {
        let merge = ListMerge::parse(&list_merge)?;
        result = merge_dicts(ctx, &lower, &result, recursive, merge)?;
    }
    Ok(result)
}

/// Ansible's `merge_hash`: `high` wins.
pub(crate) fn merge_dicts(
    ctx: &mut Ctx<'_>,
    low: &Val,
    high: &Val,
    recursive: bool,
    lists: ListMerge,
) -> Res<Val> {
    let (Val::Dict(x), Val::Dict(y)) = (low, high) else {
        let (low_name, high_name) = (low.type_name(), high.type_name());
        return Err(Fault::raised(
            "AnsibleError",
            format!(
                "failed to combine variables, expected dicts but got a '{low_name}' and a '{high_name}'."
            ),
        ));
    };
    if x.is_empty() || ctx.equal(low, high)? {
        return y.copy(ctx).map(Val::Dict);
    }
    if y.is_empty() {
        return x.copy(ctx).map(Val::Dict);
    }
    let merged = x.copy(ctx)?;
    for (key, value) in y.entries(ctx)? {
        let value = match merged.get(ctx, &key)? {
            None => value,
            Some(old) => match (&old, &value) {
                (Val::Dict(_), Val::Dict(_)) if recursive => {
                    ctx.deeper(|ctx| merge_dicts(ctx, &old, &value, recursive, lists))?
                }
                (Val::List(_), Val::List(_)) if lists != ListMerge::Replace => {
                    merge_lists(ctx, &old, &value, lists)?
                }
                _ => value,
            },
        };
        merged.insert(key, value)?;
    }
    Ok(Val::Dict(merged))
}

fn merge_lists(ctx: &mut Ctx<'_>, old: &Val, new: &Val, lists: ListMerge) -> Res<Val> {
    let (x, y) = (ctx.iterate(old)?, ctx.iterate(new)?);
    Ok(match lists {
        ListMerge::Keep => old.clone(),
        ListMerge::Append => Val::list(x.into_iter().chain(y)),
        ListMerge::Prepend => Val::list(y.into_iter().chain(x)),
        ListMerge::AppendUnique => {
            let kept = without(ctx, x, &y)?;
            Val::list(kept.into_iter().chain(y))
        }
        ListMerge::PrependUnique => {
            let kept = without(ctx, x, &y)?;
            Val::list(y.into_iter().chain(kept))
        }
        ListMerge::Replace => new.clone(),
    })
}

/// The items of `x` that are not in `y`.
pub(crate) fn without(ctx: &mut Ctx<'_>, x: Vec<Val>, y: &[Val]) -> Res<Vec<Val>> {
    let mut kept = Vec::with_capacity(x.len());
    'items: for item in x {
        for other in y {
            if ctx.equal(&item, other)? {
                continue 'items;
            }
        }
        kept.push(item);
    }
    Ok(kept)
}
