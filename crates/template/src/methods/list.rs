//! Methods of `list`, `tuple` and `range`.

use crate::{Args, Ctx, Fault, PyList, Res, Slot, Val, val::slice_index};

/// Methods of lists.
pub(super) const NAMES: &[&str] =
    &["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];
/// Methods of tuples and ranges.
pub(super) const SEQUENCE_NAMES: &[&str] = &["count", "index"];

pub(super) fn call(ctx: &mut Ctx<'_>, list: &PyList, name: &str, args: Args) -> Res<Val> {
    match name {
        "append" => {
            let [value] = args.bind("list.append", ["object"], 1)?;
            ctx.budget().items(list.len() + 1)?;
            list.push(value.unwrap_or(Val::None));
            Ok(Val::None)
        }
        "extend" => {
            let [items] = args.bind("list.extend", ["iterable"], 1)?;
            let items = ctx.iterate(&items.unwrap_or(Val::None))?;
            ctx.budget().items(list.len() + items.len())?;
            list.with(|slots| slots.extend(items.into_iter().map(Slot::Ready)));
            Ok(Val::None)
        }
        "insert" => insert(list, args),
        "pop" => pop(ctx, list, args),
        "remove" => {
            let [value] = args.bind("list.remove", ["value"], 1)?;
            let items = list.items(ctx)?;
            match position(ctx, &items, &value.unwrap_or(Val::None), 0, items.len())? {
                Some(index) => {
                    list.with(|slots| slots.remove(index));
                    Ok(Val::None)
                }
                None => Err(Fault::value_error("list.remove(x): x not in list")),
            }
        }
        "clear" => {
            let [] = args.bind("list.clear", [], 0)?;
            list.set(Vec::new());
            Ok(Val::None)
        }
        "copy" => {
            let [] = args.bind("list.copy", [], 0)?;
            Ok(Val::List(list.copy()))
        }
        "reverse" => {
            let [] = args.bind("list.reverse", [], 0)?;
            list.with(|slots| slots.reverse());
            Ok(Val::None)
        }
        "sort" => sort(ctx, list, args),
        "count" => {
            let unread = list.unread();
            let items = list.items(ctx)?;
            count_or_index(ctx, "list", &items[unread.min(items.len())..], name, args)
        }
        _ => {
            let items = list.items(ctx)?;
            count_or_index(ctx, "list", &items, name, args)
        }
    }
}

pub(super) fn call_sequence(ctx: &mut Ctx<'_>, value: &Val, name: &str, args: Args) -> Res<Val> {
    let items = ctx.iterate(value)?;
    count_or_index(ctx, value.type_name(), &items, name, args)
}

fn count_or_index(ctx: &mut Ctx<'_>, kind: &str, items: &[Val], name: &str, args: Args) -> Res<Val> {
    match name {
        "count" => {
            let [value] = args.bind("count", ["value"], 1)?;
            let value = value.unwrap_or(Val::None);
            let mut count = 0;
            for item in items {
                count += usize::from(ctx.equal(item, &value)?);
            }
            Ok(Val::from(count))
        }
        "index" => {
            let [value, start, stop] = args.bind("index", ["value", "start", "stop"], 1)?;
            let value = value.unwrap_or(Val::None);
            let clamp = |bound: Option<Val>, default: usize| {
                let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let Some(bound) = bound else { return Res::Ok(default) };
                let bound = bound.as_int().ok_or_else(|| {
                    Fault::type_error("slice indices must be integers or have an __index__ method")
                })?;
                let at = if bound < 0 { (bound.saturating_add(len)).max(0) } else { bound.min(len) };
                Ok(usize::try_from(at).unwrap_or(0))
            };
            let (start, stop) = (clamp(start, 0)?, clamp(stop, items.len())?);
            match position(ctx, items, &value, start, stop)? {
                Some(index) => Ok(Val::from(index)),
                None if kind == "tuple" => Err(Fault::value_error("tuple.index(x): x not in tuple")),
                None => Err(Fault::value_error(format!("{} is not in {kind}", ctx.repr(&value)?))),
            }
        }
        _ => Err(Fault::attribute_error(format!("'{kind}' object has no attribute '{name}'"))),
    }
}

fn position(ctx: &mut Ctx<'_>, items: &[Val], value: &Val, start: usize, stop: usize) -> Res<Option<usize>> {
    for (index, item) in items.iter().enumerate().take(stop).skip(start) {
        if ctx.equal(item, value)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn integer(value: Option<Val>) -> Res<i64> {
    let value = value.unwrap_or(Val::None);
    value.as_int().ok_or_else(|| {
        Fault::type_error(format!("'{}' object cannot be interpreted as an integer", value.type_name()))
    })
}

fn insert(list: &PyList, args: Args) -> Res<Val> {
    let [index, value] = args.bind("insert", ["index", "object"], 2)?;
    let index = integer(index)?;
    let len = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let at = if index < 0 { (index.saturating_add(len)).max(0) } else { index.min(len) };
    let at = usize::try_from(at).unwrap_or(0);
    list.with(|slots| slots.insert(at, Slot::Ready(value.unwrap_or(Val::None))));
    Ok(Val::None)
}

fn pop(ctx: &mut Ctx<'_>, list: &PyList, args: Args) -> Res<Val> {
    let [index] = args.bind("pop", ["index"], 0)?;
    let index = match index {
        None => -1,
        index => integer(index)?,
    };
    if list.is_empty() {
        return Err(Fault::index_error("pop from empty list"));
    }
    let index = slice_index(list.len(), index).ok_or_else(|| Fault::index_error("pop index out of range"))?;
    let value = list.get(ctx, index)?.unwrap_or(Val::None);
    list.with(|slots| slots.remove(index));
    Ok(value)
}

fn sort(ctx: &mut Ctx<'_>, list: &PyList, mut args: Args) -> Res<Val> {
    let reverse = match args.take_kw("reverse") {
        Some(value) => ctx.truth(&value)?,
        None => false,
    };
    let key = args.take_kw("key").filter(|key| !key.is_none());
    let [] = args.bind("sort", [], 0)?;
    let mut keyed = Vec::with_capacity(list.len());
    for item in list.items(ctx)? {
        let by = match &key {
            Some(key) => ctx.call(key, Args::new(vec![item.clone()]))?.defined()?,
            None => item.clone(),
        };
        keyed.push((by, item));
    }
    if reverse {
        keyed.reverse();
    }
    ctx.sort_by_key(&mut keyed, |(by, _)| by)?;
    if reverse {
        keyed.reverse();
    }
    list.set(keyed.into_iter().map(|(_, item)| item).collect());
    Ok(Val::None)
}
