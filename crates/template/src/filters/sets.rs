//! Set theory on lists. Python's set order is not reproducible: the order of the input is kept.

use super::{combine::without, sequence::compared_unique};
use crate::{Args, Ctx, HashKey, Res, Val};
use indexmap::IndexSet;

type Set = IndexSet<HashKey>;

fn pair(args: Args, function: &str) -> Res<(Val, Val)> {
    let [a, b] = args.bind(function, ["a", "b"], 2)?;
    Ok((a.unwrap_or(Val::None), b.unwrap_or(Val::None)))
}

/// `set(value)`; none where an item is not hashable.
fn set(ctx: &mut Ctx<'_>, value: &Val) -> Res<Option<Set>> {
    let keys: Res<Set> = ctx.iterate(value)?.into_iter().map(HashKey::new).collect();
    match keys {
        Ok(keys) => Ok(Some(keys)),
        Err(fault) if fault.is("TypeError") => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn sets(ctx: &mut Ctx<'_>, a: &Val, b: &Val) -> Res<Option<(Set, Set)>> {
    let Some(x) = set(ctx, a)? else { return Ok(None) };
    Ok(set(ctx, b)?.map(|y| (x, y)))
}

fn list<'a>(keys: impl Iterator<Item = &'a HashKey>) -> Val {
    Val::list(keys.map(|key| key.value().clone()))
}

/// The items of `x` that are in `y`, or those that are not.
fn compared(ctx: &mut Ctx<'_>, a: &Val, b: &Val, within: bool) -> Res<Val> {
    let mut kept = Vec::new();
    for item in ctx.iterate(a)? {
        if ctx.contains(b, &item)? == within {
            kept.push(item);
        }
    }
    compared_unique(ctx, &Val::from(kept))
}

pub(super) fn intersect(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "intersect")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(list(x.intersection(&y))),
        None => compared(ctx, &a, &b, true),
    }
}

pub(super) fn difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "difference")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(list(x.difference(&y))),
        None => compared(ctx, &a, &b, false),
    }
}

pub(super) fn union(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "union")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(list(x.union(&y))),
        None => {
            let both = ctx.binary(crate::val::BinOp::Add, &a, &b)?;
            compared_unique(ctx, &both)
        }
    }
}

pub(super) fn symmetric_difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "symmetric_difference")?;
    if let Some((x, y)) = sets(ctx, &a, &b)? {
        return Ok(list(x.symmetric_difference(&y)));
    }
    let common = compared(ctx, &a, &b, true)?;
    let common = ctx.iterate(&common)?;
    let both = ctx.binary(crate::val::BinOp::Add, &a, &b)?;
    let both = compared_unique(ctx, &both)?;
    let both = ctx.iterate(&both)?;
    without(ctx, both, &common).map(Val::from)
}
