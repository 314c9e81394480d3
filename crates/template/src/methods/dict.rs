//! Methods of `dict`.

use crate::{Args, Ctx, Fault, HashKey, PyDict, Res, Val};

/// Methods of dictionaries.
pub(super) const NAMES: &[&str] = &[
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

pub(super) fn call(ctx: &mut Ctx<'_>, dict: &PyDict, name: &str, args: Args) -> Res<Val> {
    match name {
        "get" => {
            let [key, default] = args.bind("get", ["key", "default"], 1)?;
            let found = dict.get(ctx, &hash_key(key)?)?;
            Ok(found.or(default).unwrap_or(Val::None))
        }
        "keys" => {
            let [] = args.bind("dict.keys", [], 0)?;
            Ok(Val::list(dict.keys().into_iter().map(|key| key.value().clone())))
        }
        "values" => {
            let [] = args.bind("dict.values", [], 0)?;
            Ok(Val::list(dict.entries(ctx)?.into_iter().map(|(_, value)| value)))
        }
        "items" => {
            let [] = args.bind("dict.items", [], 0)?;
            let entries = dict.entries(ctx)?;
            Ok(Val::list(entries.into_iter().map(|(key, value)| Val::tuple([key.value().clone(), value]))))
        }
        "copy" => {
            let [] = args.bind("dict.copy", [], 0)?;
            dict.copy(ctx).map(Val::Dict)
        }
        "clear" => {
            let [] = args.bind("dict.clear", [], 0)?;
            dict.with(|entries| entries.clear())?;
            Ok(Val::None)
        }
        "update" => update(ctx, dict, args),
        "pop" => {
            let [key, default] = args.bind("pop", ["key", "default"], 1)?;
            let key = hash_key(key)?;
            match dict.remove(ctx, &key)?.or(default) {
                Some(value) => Ok(value),
                None => Err(Fault::key_error(ctx.repr(key.value())?)),
            }
        }
        "popitem" => {
            let [] = args.bind("dict.popitem", [], 0)?;
            let Some(key) = dict.keys().pop() else {
                return Err(Fault::key_error("'popitem(): dictionary is empty'"));
            };
            let value = dict.remove(ctx, &key)?.unwrap_or(Val::None);
            Ok(Val::tuple([key.value().clone(), value]))
        }
        "setdefault" => {
            let [key, default] = args.bind("setdefault", ["key", "default"], 1)?;
            let key = hash_key(key)?;
            if let Some(value) = dict.get(ctx, &key)? {
                return Ok(value);
            }
            let value = default.unwrap_or(Val::None);
            ctx.note_put(&Val::Dict(dict.clone()), [&value]);
            dict.insert(key, value.clone())?;
            Ok(value)
        }
        "fromkeys" => {
            let [keys, value] = args.bind("fromkeys", ["iterable", "value"], 1)?;
            if dict.untouched().is_some() {
                // A variable's dictionary is a class of Ansible's own, which makes nothing of keys.
                return Err(Fault::type_error(
                    "_AnsibleLazyTemplateDict.__init__() missing 1 required positional argument: 'contents'",
                ));
            }
            let value = value.unwrap_or(Val::None);
            let out = PyDict::new();
            for key in ctx.iterate(&keys.unwrap_or(Val::None))? {
                out.insert(HashKey::new(key)?, value.clone())?;
            }
            Ok(Val::Dict(out))
        }
        _ => Err(Fault::attribute_error(format!("'dict' object has no attribute '{name}'"))),
    }
}

fn hash_key(key: Option<Val>) -> Res<HashKey> {
    HashKey::new(key.unwrap_or(Val::None))
}

fn update(ctx: &mut Ctx<'_>, dict: &PyDict, args: Args) -> Res<Val> {
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!("update expected at most 1 argument, got {}", args.pos.len())));
    }
    let mut entries = Vec::new();
    if let Some(source) = args.pos.first() {
        entries.extend(pairs(ctx, source)?);
    }
    entries.extend(args.kw.into_iter().map(|(key, value)| (HashKey::from(key), value)));
    ctx.note_put(&Val::Dict(dict.clone()), entries.iter().map(|(_, value)| value));
    for (key, value) in entries {
        dict.insert(key, value)?;
    }
    Ok(Val::None)
}

/// The entries `dict()` and `update()` read from a mapping or an iterable of pairs.
pub(crate) fn pairs(ctx: &mut Ctx<'_>, source: &Val) -> Res<Vec<(HashKey, Val)>> {
    if let Val::Dict(dict) = source {
        return dict.entries(ctx);
    }
    let mut out = Vec::new();
    for (index, item) in ctx.iterate(source)?.into_iter().enumerate() {
        let sequence = matches!(item, Val::Str(_) | Val::List(_) | Val::Tuple(_) | Val::Dict(_));
        if !sequence {
            return Err(Fault::type_error(format!(
                "cannot convert dictionary update sequence element #{index} to a sequence"
            )));
        }
        match <[Val; 2]>::try_from(ctx.iterate(&item)?) {
            Ok([key, value]) => out.push((HashKey::new(key)?, value)),
            Err(items) => {
                return Err(Fault::value_error(format!(
                    "dictionary update sequence element #{index} has length {}; 2 is required",
                    items.len()
                )));
            }
        }
    }
    Ok(out)
}
