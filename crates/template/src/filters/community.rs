//! Filters of `community.general`.

use super::{combine, flatten::flatten_items, util};
use crate::{
    Args, Ctx, Fault, HashKey, PyDict, Res, Val,
    python::{random::Bits, re, version},
};

fn dict_arg(value: &Val, what: &str) -> Res<PyDict> {
    match value {
        Val::Dict(dict) => Ok(dict.clone()),
        _ => Err(Fault::plugin(what.to_owned())),
    }
}

pub(super) fn dict_kv(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, key] = args.bind("dict_kv", ["value", "key"], 2)?;
    let key = HashKey::new(key.unwrap_or(Val::None))?;
    Ok(Val::Dict([(key, value.unwrap_or(Val::None))].into_iter().collect()))
}

pub(super) fn dict(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "dict_filter")?;
    Ok(Val::Dict(crate::methods::pairs(ctx, &value)?.into_iter().collect()))
}

pub(super) fn groupby_as_dict(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [list, attribute] = args.bind("groupby_as_dict", ["sequence", "attribute"], 2)?;
    let list = list.unwrap_or(Val::None);
    if !util::is_sequence(&list) {
        return Err(Fault::plugin("Input is not a sequence"));
    }
    let attribute = HashKey::new(attribute.unwrap_or(Val::None))?;
    let out = PyDict::new();
    for (index, item) in ctx.iterate(&list)?.into_iter().enumerate() {
        let member = dict_arg(&item, &format!("Sequence element #{index} is not a mapping"))?;
        let shown = ctx.str(attribute.value())?;
        let Some(key) = member.get(ctx, &attribute)? else {
            return Err(Fault::plugin(format!(
                "Attribute not contained in element #{index} of sequence: '{shown}'"
            )));
        };
        let shown = ctx.repr(&key)?;
        let key = HashKey::new(key)?;
        if out.contains(&key) {
            return Err(Fault::plugin(format!("Multiple sequence entries have attribute value {shown}")));
        }
        out.insert(key, item)?;
    }
    Ok(Val::Dict(out))
}

pub(super) fn counter(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let list = util::only(args, "counter")?;
    if !util::is_sequence(&list) {
        return Err(Fault::plugin(format!(
            "Argument for community.general.counter must be a sequence (string or list). {} is {}",
            ctx.str(&list)?,
            util::class(&list)
        )));
    }
    let out = PyDict::new();
    for item in ctx.iterate(&list)? {
        let key = HashKey::new(item)?;
        let seen = out.get(ctx, &key)?.and_then(|count| count.as_int()).unwrap_or(0);
        out.insert(key, Val::Int(seen + 1))?;
    }
    Ok(Val::Dict(out))
}

pub(super) fn version_sort(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, reverse] = args.bind("version_sort", ["value", "reverse"], 1)?;
    let mut items = Vec::new();
    for item in ctx.iterate(&value.unwrap_or(Val::None))? {
        items.push((version::loose(&ctx.str(&item)?), item));
    }
    let reverse = util::flag(ctx, reverse, false)?;
    let mut fault = None;
    items.sort_by(|a, b| {
        let (a, b) = if reverse { (b, a) } else { (a, b) };
        version::loose_order(&a.0, &b.0).unwrap_or_else(|error| {
            fault = Some(error);
            std::cmp::Ordering::Equal
        })
    });
    fault.map_or_else(|| Ok(Val::list(items.into_iter().map(|(_, item)| item))), Err)
}

pub(super) fn random_mac(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [prefix, seed] = args.bind("random_mac", ["value", "seed"], 1)?;
    let prefix = prefix.unwrap_or(Val::None);
    let Val::Str(prefix) = &prefix else {
        return Err(Fault::plugin(format!(
            "Invalid value type ({}) for random_mac ({})",
            util::class(&prefix),
            ctx.str(&prefix)?
        )));
    };
    let lower = prefix.to_lowercase();
    let parts: Vec<&str> = lower.split(':').collect();
    if parts.len() > 5 {
        return Err(Fault::plugin(format!(
            "Invalid value ({lower}) for random_mac: 5 colon(:) separated items max"
        )));
    }
    if let Some(bad) =
        parts.iter().find(|part| part.len() != 2 || !part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(Fault::plugin(format!("Invalid value ({lower}) for random_mac: {bad} not hexa byte")));
    }
    let mut source = super::random::source(seed.as_ref())?;
    let bits = 48 - 8 * parts.len() as u32;
    // Python draws from 68719476736..=1099511627775 and keeps the digits that are missing.
    let drawn = Bits::range(source.as_mut(), 68_719_476_736, 1_099_511_627_776, 1)?;
    let digits = format!("{drawn:x}");
    let rest = &digits[..(bits / 4) as usize];
    let pairs: Vec<&str> = (0..rest.len() / 2).map(|at| &rest[2 * at..2 * at + 2]).collect();
    Ok(Val::from(format!("{lower}:{}", pairs.join(":"))))
}

fn lists(ctx: &mut Ctx<'_>, args: Args, name: &str) -> Res<(Vec<Vec<Val>>, bool)> {
    let mut args = args;
    let flatten = util::flag(ctx, args.take_kw("flatten"), false)?;
    let mut lists = args.pos;
    if flatten {
        lists = flatten_items(ctx, lists, Some(1), true)?;
    }
    let mut out = Vec::new();
    for list in &lists {
        if !util::is_sequence(list) {
            return Err(Fault::plugin(format!(
                "All arguments must be lists. {} is {} ({name})",
                ctx.str(list)?,
                util::class(list)
            )));
        }
        out.push(ctx.iterate(list)?);
    }
    Ok((out, flatten))
}

fn unique(ctx: &mut Ctx<'_>, items: Vec<Val>) -> Res<Vec<Val>> {
    let unique = super::sequence::compared_unique(ctx, &Val::from(items))?;
    ctx.iterate(&unique)
}

/// The items of `a` that are, or are not, in `b`.
fn keep(ctx: &mut Ctx<'_>, a: Vec<Val>, b: &[Val], within: bool) -> Res<Vec<Val>> {
    let outside = combine::without(ctx, a.clone(), b)?;
    if within { combine::without(ctx, a, &outside) } else { Ok(outside) }
}

pub(super) fn lists_union(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (lists, _) = lists(ctx, args, "lists_union")?;
    unique(ctx, lists.concat()).map(Val::from)
}

fn fold(ctx: &mut Ctx<'_>, args: Args, name: &str, within: bool) -> Res<Val> {
    let (mut lists, _) = lists(ctx, args, name)?;
    if lists.is_empty() {
        return Ok(Val::from(Vec::new()));
    }
    let mut result = lists.remove(0);
    for list in lists {
        result = keep(ctx, result, &list, within)?;
    }
    unique(ctx, result).map(Val::from)
}

pub(super) fn lists_intersect(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    fold(ctx, args, "lists_intersect", true)
}
pub(super) fn lists_difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    fold(ctx, args, "lists_difference", false)
}

pub(super) fn lists_symmetric_difference(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let (mut lists, _) = lists(ctx, args, "lists_symmetric_difference")?;
    if lists.is_empty() {
        return Ok(Val::from(Vec::new()));
    }
    let mut result = lists.remove(0);
    for list in lists {
        let left = keep(ctx, result.clone(), &list, false)?;
        let right = keep(ctx, list, &result, false)?;
        result = [left, right].concat();
    }
    unique(ctx, result).map(Val::from)
}

pub(super) fn lists_mergeby(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let recursive = util::flag(ctx, args.take_kw("recursive"), false)?;
    let merge = util::text(ctx, args.take_kw("list_merge"), "replace")?;
    let merge = combine::ListMerge::parse(&merge)?;
    let Some(index) = args.pos.pop() else {
        return Err(Fault::plugin("At least one list is needed."));
    };
    let index = HashKey::new(index)?;
    let all = flatten_items(ctx, args.pos, Some(1), true)?;
    let merged = PyDict::new();
    for item in all {
        let member = dict_arg(&item, "Elements of list arguments for lists_mergeby must be dictionaries.")?;
        let Some(key) = member.get(ctx, &index)? else { continue };
        let key = HashKey::new(key)?;
        let value = match merged.get(ctx, &key)? {
            Some(old) => combine::merge_dicts(ctx, &old, &item, recursive, merge)?,
            None => item,
        };
        merged.insert(key, value)?;
    }
    let mut entries = merged.entries(ctx)?;
    let keys: Vec<Val> = entries.iter().map(|(key, _)| key.value().clone()).collect();
    let mut keyed: Vec<(Val, Val)> =
        keys.into_iter().zip(entries.drain(..).map(|(_, value)| value)).collect();
    ctx.sort_by_key(&mut keyed, |(key, _)| key)?;
    Ok(Val::list(keyed.into_iter().map(|(_, value)| value)))
}

/// How `keep_keys` and its kin compare a key with the wanted ones.
fn matches(key: &str, wanted: &str, how: &str) -> Res<bool> {
    Ok(match how {
        "equal" => key == wanted,
        "starts_with" => key.starts_with(wanted),
        "ends_with" => key.ends_with(wanted),
        "regex" => re::compile(wanted, re::Flags::default())?.starts(key)?,
        _ => {
            return Err(Fault::plugin(format!(
                "The matching_parameter must be one of equal, starts_with, ends_with, regex; got {how}"
            )));
        }
    })
}

fn filter_keys(ctx: &mut Ctx<'_>, args: Args, name: &str, keep: bool) -> Res<Val> {
    let [data, target, how] = args.bind(name, ["data", "target", "matching_parameter"], 2)?;
    let how = util::text(ctx, how, "equal")?;
    let wanted: Vec<String> = match target.unwrap_or(Val::None) {
        Val::Str(text) => vec![text.to_string()],
        list => ctx.iterate(&list)?.iter().map(|key| ctx.str(key)).collect::<Res<_>>()?,
    };
    let mut out = Vec::new();
    for item in ctx.iterate(&data.unwrap_or(Val::None))? {
        let member = dict_arg(&item, "All elements of data must be dictionaries.")?;
        let kept = PyDict::new();
        for (key, value) in member.entries(ctx)? {
            let text = ctx.str(key.value())?;
            let mut found = false;
            for wanted in &wanted {
                found = found || matches(&text, wanted, &how)?;
            }
            if found == keep {
                kept.insert(key, value)?;
            }
        }
        out.push(Val::Dict(kept));
    }
    Ok(Val::from(out))
}

pub(super) fn keep_keys(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_keys(ctx, args, "keep_keys", true)
}
pub(super) fn remove_keys(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    filter_keys(ctx, args, "remove_keys", false)
}

pub(super) fn replace_keys(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, target, how] = args.bind("replace_keys", ["data", "target", "matching_parameter"], 2)?;
    let how = util::text(ctx, how, "equal")?;
    let mut changes = Vec::new();
    for pair in ctx.iterate(&target.unwrap_or(Val::None))? {
        let pair = dict_arg(&pair, "The target must be a list of dictionaries with before and after.")?;
        let (Some(before), Some(after)) = (pair.get_str(ctx, "before")?, pair.get_str(ctx, "after")?) else {
            return Err(Fault::plugin("The target must be a list of dictionaries with before and after."));
        };
        changes.push((ctx.str(&before)?, after));
    }
    let mut out = Vec::new();
    for item in ctx.iterate(&data.unwrap_or(Val::None))? {
        let member = dict_arg(&item, "All elements of data must be dictionaries.")?;
        let renamed = PyDict::new();
        for (key, value) in member.entries(ctx)? {
            let text = ctx.str(key.value())?;
            let mut name = key;
            for (before, after) in &changes {
                if matches(&text, before, &how)? {
                    name = HashKey::new(after.clone())?;
                    break;
                }
            }
            renamed.insert(name, value)?;
        }
        out.push(Val::Dict(renamed));
    }
    Ok(Val::from(out))
}
