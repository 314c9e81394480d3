//! Set theory on lists. Numbers come in the order of Python's sets; that of other values is another in each of
//! its runs, so theirs is the order of the input.

use super::{combine::without, sequence::compared_unique};
use crate::{Args, Ctx, HashKey, Res, Val, python::set::HashedSet};
use indexmap::IndexSet;

type Set = IndexSet<HashKey>;

fn pair(args: Args, function: &str) -> Res<(Val, Val)> {
    let [a, b] = args.bind_in_context(function, ["a", "b"], 2)?;
    Ok((a.unwrap_or(Val::None), b.unwrap_or(Val::None)))
}

/// `set(value)`; none where it is no list or an item is not hashable.
fn set(ctx: &mut Ctx<'_>, value: &Val) -> Res<Option<Set>> {
    let keys = ctx.iterate(value).and_then(|items| items.into_iter().map(HashKey::new).collect());
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

/// An operation on two sets: as Python's tables do it, and on sets that keep their order.
struct Operation {
    hashed: fn(&HashedSet, &HashedSet) -> HashedSet,
    ordered: fn(&Set, &Set) -> Vec<HashKey>,
}

impl Operation {
    fn list(&self, x: &Set, y: &Set) -> Val {
        let keys = match (HashedSet::of(x), HashedSet::of(y)) {
            (Some(x), Some(y)) => (self.hashed)(&x, &y).into_keys(),
            _ => (self.ordered)(x, y),
        };
        Val::list(keys.into_iter().map(|key| key.value().clone()))
    }
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

const INTERSECTION: Operation =
    Operation { hashed: HashedSet::intersection, ordered: |x, y| x.intersection(y).cloned().collect() };
const DIFFERENCE: Operation =
    Operation { hashed: HashedSet::difference, ordered: |x, y| x.difference(y).cloned().collect() };
const UNION: Operation =
    Operation { hashed: HashedSet::union, ordered: |x, y| x.union(y).cloned().collect() };
const SYMMETRIC_DIFFERENCE: Operation = Operation {
    hashed: HashedSet::symmetric_difference,
    ordered: |x, y| x.symmetric_difference(y).cloned().collect(),
};

pub(super) fn intersect(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "intersect")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(INTERSECTION.list(&x, &y)),
        None => compared(ctx, &a, &b, true),
    }
}

pub(super) fn difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "difference")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(DIFFERENCE.list(&x, &y)),
        None => compared(ctx, &a, &b, false),
    }
}

pub(super) fn union(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "union")?;
    match sets(ctx, &a, &b)? {
        Some((x, y)) => Ok(UNION.list(&x, &y)),
        None => {
            let both = ctx.binary(crate::val::BinOp::Add, &a, &b)?;
            compared_unique(ctx, &both)
        }
    }
}

pub(super) fn symmetric_difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (a, b) = pair(args, "symmetric_difference")?;
    if let Some((x, y)) = sets(ctx, &a, &b)? {
        return Ok(SYMMETRIC_DIFFERENCE.list(&x, &y));
    }
    let common = compared(ctx, &a, &b, true)?;
    let common = ctx.iterate(&common)?;
    let both = ctx.binary(crate::val::BinOp::Add, &a, &b)?;
    let both = compared_unique(ctx, &both)?;
    let both = ctx.iterate(&both)?;
    without(ctx, both, &common).map(Val::from)
}
