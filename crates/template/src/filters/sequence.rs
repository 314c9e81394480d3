//! Jinja's filters on sequences.

use super::{attribute::Getter, group::Group, util};
use crate::{Args, CompareOp, Ctx, Fault, HashKey, Res, Val, val::BinOp};
use std::{collections::HashSet, rc::Rc};

pub(super) fn length(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = args.bind_one_of_c("len")?;
    ctx.length(&value).map(Val::from)
}

pub(super) fn list(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "sync_do_list")?;
    ctx.iterate(&value).map(Val::from)
}

pub(super) fn first(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [seq] = args.bind_in_context("sync_do_first", ["seq"], 1)?;
    let seq = seq.unwrap_or(Val::None);
    if let Val::List(list) = &seq {
        let first = list.get(ctx, 0)?;
        return Ok(first.unwrap_or_else(|| Val::undefined("No first item, sequence was empty.")));
    }
    let items = ctx.iterate(&seq)?;
    Ok(items.into_iter().next().unwrap_or_else(|| Val::undefined("No first item, sequence was empty.")))
}

pub(super) fn last(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [seq] = args.bind_in_context("do_last", ["seq"], 1)?;
    let seq = seq.unwrap_or(Val::None);
    if !matches!(seq, Val::Str(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_) | Val::Range(_)) {
        return Err(Fault::type_error(format!("'{}' object is not reversible", seq.type_name())));
    }
    if let Val::List(list) = &seq {
        let last = list.len().checked_sub(1).map(|index| list.get(ctx, index)).transpose()?.flatten();
        return Ok(last.unwrap_or_else(|| Val::undefined("No last item, sequence was empty.")));
    }
    let items = ctx.iterate(&seq)?;
    Ok(items.into_iter().next_back().unwrap_or_else(|| Val::undefined("No last item, sequence was empty.")))
}

pub(super) fn reverse(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_reverse")?;
    if let Val::Str(text) = &value {
        return Ok(Val::from(text.chars().rev().collect::<String>()).markup_if(text.is_markup()));
    }
    let mut items = ctx.iterate(&value).map_err(|fault| match fault {
        Fault::Raised(_) => Fault::raised("FilterArgumentError", "argument must be iterable"),
        other => other,
    })?;
    items.reverse();
    Ok(Val::from(items))
}

pub(super) fn join(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, separator, attribute] =
        args.bind_in_context("sync_do_join", ["value", "d", "attribute"], 1)?;
    let value = value.unwrap_or(Val::None);
    let separator = util::text(ctx, separator, "")?;
    let getter = Getter::one(attribute, None, false);
    let mut out = String::new();
    for (at, item) in ctx.iterate(&value)?.iter().enumerate() {
        let item = getter.get(ctx, item)?;
        if at > 0 {
            out.push_str(&separator);
        }
        out.push_str(&ctx.str(&item)?);
        ctx.budget().text(out.len())?;
    }
    Ok(Val::from(out))
}

pub(super) fn sort(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, reverse, case, attribute] =
        args.bind_in_context("do_sort", ["value", "reverse", "case_sensitive", "attribute"], 1)?;
    let case_sensitive = util::flag(ctx, case, false)?;
    let getter = Getter::many(attribute, !case_sensitive);
    let value = Val::from(ctx.iterate(&value.unwrap_or(Val::None))?);
    let reverse = util::flag_of_c(reverse)?;
    let mut keyed = keyed(ctx, &value, &getter)?;
    if reverse {
        keyed.reverse();
    }
    ctx.sort_by_key(&mut keyed, |(key, _)| key)?;
    if reverse {
        keyed.reverse();
    }
    Ok(Val::list(keyed.into_iter().map(|(_, item)| item)))
}

fn keyed(ctx: &mut Ctx<'_>, value: &Val, getter: &Getter) -> Res<Vec<(Val, Val)>> {
    let items = ctx.iterate(value)?;
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((getter.key(ctx, &item)?, item));
    }
    Ok(keyed)
}

fn extreme(ctx: &mut Ctx<'_>, args: Args, function: &str, op: CompareOp) -> Res<Val> {
    let [value, case, attribute] =
        args.bind_in_context(function, ["value", "case_sensitive", "attribute"], 1)?;
    let items = ctx.iterate(&value.unwrap_or(Val::None))?;
    let getter = Getter::one(attribute, None, !util::flag(ctx, case, false)?);
    let mut best: Option<(Val, Val)> = None;
    for item in items {
        let key = getter.get(ctx, &item)?;
        let better = match &best {
            None => true,
            Some((best, _)) => ctx.compare(op, &key, best)?,
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| Val::undefined("No aggregated item, sequence was empty."), |(_, item)| item))
}

pub(super) fn min(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    extreme(ctx, args, "do_min", CompareOp::Lt)
}
pub(super) fn max(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    extreme(ctx, args, "do_max", CompareOp::Gt)
}

pub(super) fn sum(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, attribute, start] =
        args.bind_in_context("sync_do_sum", ["iterable", "attribute", "start"], 1)?;
    let getter = Getter::one(attribute, None, false);
    let mut total = start.unwrap_or(Val::Int(0));
    if total.as_str().is_some() {
        return Err(Fault::type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    for item in ctx.iterate(&value.unwrap_or(Val::None))? {
        let item = getter.get(ctx, &item)?;
        total = ctx.binary(BinOp::Add, &total, &item)?;
    }
    Ok(total)
}

pub(super) fn batch(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, count, fill] = args.bind("do_batch", ["value", "linecount", "fill_with"], 2)?;
    let items = ctx.iterate(&value.unwrap_or(Val::None))?;
    let count = count.unwrap_or(Val::None);
    let mut rows: Vec<Vec<Val>> = Vec::new();
    let mut row = Vec::new();
    for item in items {
        // Jinja compares, so that anything may stand for the length; an equal number is one.
        if ctx.equal(&Val::from(row.len()), &count)? {
            rows.push(std::mem::take(&mut row));
        }
        row.push(item);
    }
    if let Some(fill) = fill.filter(|fill| !fill.is_none() && !row.is_empty()) {
        filled(ctx, &mut row, &count, &fill)?;
    }
    if !row.is_empty() {
        rows.push(row);
    }
    Ok(Val::list(rows.into_iter().map(Val::from)))
}

/// Fills a row up to a length.
fn filled(ctx: &mut Ctx<'_>, row: &mut Vec<Val>, length: &Val, fill: &Val) -> Res<()> {
    if !ctx.compare(CompareOp::Lt, &Val::from(row.len()), length)? {
        return Ok(());
    }
    let missing = ctx.binary(BinOp::Sub, length, &Val::from(row.len()))?;
    let fills = ctx.binary(BinOp::Mul, &Val::from(vec![fill.clone()]), &missing)?;
    row.extend(ctx.iterate(&fills)?);
    Ok(())
}

pub(super) fn slice(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, slices, fill] = args.bind("sync_do_slice", ["value", "slices", "fill_with"], 2)?;
    let items = ctx.iterate(&value.unwrap_or(Val::None))?;
    let slices = slices.unwrap_or(Val::None);
    let each = ctx.binary(BinOp::FloorDiv, &Val::from(items.len()), &slices)?;
    let each = usize::try_from(util::integer(Some(each), 0)?).unwrap_or(0);
    let slices = usize::try_from(util::integer(Some(slices), 0)?).unwrap_or(0);
    ctx.budget().items(slices)?;
    let fill = fill.filter(|fill| !fill.is_none());
    let extra = items.len() % slices.max(1);
    let mut rest = items.as_slice();
    let mut rows = Vec::with_capacity(slices);
    for number in 0..slices {
        let (row, after) = rest.split_at(each + usize::from(number < extra));
        rest = after;
        let mut row = row.to_vec();
        row.extend(fill.clone().filter(|_| number >= extra));
        rows.push(Val::from(row));
    }
    Ok(Val::from(rows))
}

/// Ansible's `unique`: Jinja's where items are hashable, comparison of all pairs where not.
pub(super) fn unique(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, case, attribute] = args.bind_in_context("unique", ["a", "case_sensitive", "attribute"], 1)?;
    let value = value.unwrap_or(Val::None);
    let given =
        matches!(case, Some(Val::Bool(false))) || attribute.as_ref().is_some_and(|given| !given.is_none());
    let case_sensitive = util::flag(ctx, case, false)?;
    match hashed_unique(ctx, &value, &Getter::one(attribute, None, !case_sensitive)) {
        Err(fault) if given => Err(Fault::raised(
            "AnsibleError",
            format!(
                "Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not support \
                 the parameters supplied: {}",
                fault.cause().message
            ),
        )),
        Err(fault) if fault.is("TypeError") => compared_unique(ctx, &value),
        result => result,
    }
}

// The items of a hashed tuple cannot change while the set lives.
#[allow(clippy::mutable_key_type)]
fn hashed_unique(ctx: &mut Ctx<'_>, value: &Val, getter: &Getter) -> Res<Val> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in ctx.iterate(value)? {
        if seen.insert(HashKey::new(getter.get(ctx, &item)?)?) {
            out.push(item);
        }
    }
    Ok(Val::from(out))
}

/// The items none of which equals another.
pub(super) fn compared_unique(ctx: &mut Ctx<'_>, value: &Val) -> Res<Val> {
    let mut out: Vec<Val> = Vec::new();
    'items: for item in ctx.iterate(value)? {
        for kept in &out {
            if ctx.equal(kept, &item)? {
                continue 'items;
            }
        }
        out.push(item);
    }
    Ok(Val::from(out))
}

pub(super) fn groupby(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, attribute, default, case] =
        args.bind_in_context("sync_do_groupby", ["value", "attribute", "default", "case_sensitive"], 2)?;
    let case_sensitive = util::flag(ctx, case, false)?;
    let getter = Getter::one(attribute.clone(), default.clone(), !case_sensitive);
    let mut keyed = keyed(ctx, &value.unwrap_or(Val::None), &getter)?;
    ctx.sort_by_key(&mut keyed, |(key, _)| key)?;
    let mut groups: Vec<(Val, Vec<Val>)> = Vec::new();
    for (key, item) in keyed {
        match groups.last_mut() {
            Some((last, items)) if ctx.equal(last, &key)? => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let shown = Getter::one(attribute, default, false);
    let mut out = Vec::with_capacity(groups.len());
    for (key, items) in groups {
        let grouper = match items.first() {
            Some(first) if !case_sensitive => shown.get(ctx, first)?,
            _ => key,
        };
        out.push(Val::Obj(Rc::new(Group { grouper, list: Val::from(items) })));
    }
    Ok(Val::from(out))
}
