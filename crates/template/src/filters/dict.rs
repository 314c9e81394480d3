//! Filters on dictionaries.

use super::util;
use crate::{Args, Ctx, Fault, HashKey, PyDict, Res, Val};
use std::fmt::Write;

fn pair(key: &HashKey, value: Val) -> Val {
    Val::tuple([key.value().clone(), value])
}

pub(super) fn items(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    match util::only(args, "do_items")? {
        Val::Dict(dict) => {
            Ok(Val::list(dict.entries(ctx)?.into_iter().map(|(key, value)| pair(&key, value))))
        }
        _ => Err(Fault::type_error("Can only get item pairs from a mapping.")),
    }
}

pub(super) fn dictsort(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, case, by, reverse] =
        args.bind("do_dictsort", ["value", "case_sensitive", "by", "reverse"], 1)?;
    let case_sensitive = util::flag(ctx, case, false)?;
    let at = match by.as_ref().map_or(Some("key"), Val::as_str) {
        Some("key") => 0,
        Some("value") => 1,
        _ => {
            return Err(Fault::raised(
                "FilterArgumentError",
                "You can only sort by either \"key\" or \"value\"",
            ));
        }
    };
    let value = value.unwrap_or(Val::None);
    let Val::Dict(dict) = &value else {
        return Err(Fault::attribute_error(format!(
            "'{}' object has no attribute 'items'",
            value.type_name()
        )));
    };
    let entries = dict.entries(ctx)?;
    let reverse = util::flag_of_c(reverse)?;
    let mut entries: Vec<(Val, Val)> = entries
        .into_iter()
        .map(|(key, value)| {
            let pair = [key.value().clone(), value];
            let sort_key = match &pair[at] {
                Val::Str(text) if !case_sensitive => Val::from(text.to_lowercase()),
                other => other.clone(),
            };
            (sort_key, Val::tuple(pair))
        })
        .collect();
    if reverse {
        entries.reverse();
    }
    ctx.sort_by_key(&mut entries, |(key, _)| key)?;
    if reverse {
        entries.reverse();
    }
    Ok(Val::list(entries.into_iter().map(|(_, pair)| pair)))
}

pub(super) fn dict2items(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, key_name, value_name] =
        args.bind("dict_to_list_of_dict_key_value_elements", ["mydict", "key_name", "value_name"], 1)?;
    let value = value.unwrap_or(Val::None);
    let Val::Dict(dict) = &value else {
        return Err(Fault::ansible_type(format!(
            "dict2items requires a dictionary, got {} instead.",
            util::class(&value)
        )));
    };
    let key_name = HashKey::new(key_name.unwrap_or_else(|| Val::from("key")))?;
    let value_name = HashKey::new(value_name.unwrap_or_else(|| Val::from("value")))?;
    let mut out = Vec::with_capacity(dict.len());
    for (key, value) in dict.entries(ctx)? {
        let entry = [(key_name.clone(), key.value().clone()), (value_name.clone(), value)];
        out.push(Val::Dict(entry.into_iter().collect()));
    }
    Ok(Val::from(out))
}

pub(super) fn items2dict(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, key_name, value_name] =
        args.bind("list_of_dict_key_value_elements_to_dict", ["mylist", "key_name", "value_name"], 1)?;
    let value = value.unwrap_or(Val::None);
    if !util::is_sequence(&value) {
        return Err(Fault::ansible_type(format!(
            "items2dict requires a list, got {} instead.",
            util::class(&value)
        )));
    }
    let key_name = key_name.unwrap_or_else(|| Val::from("key"));
    let value_name = value_name.unwrap_or_else(|| Val::from("value"));
    let out = PyDict::new();
    for item in ctx.iterate(&value)? {
        let Val::Dict(entry) = &item else {
            let shown = ctx.str(&value)?;
            return Err(Fault::ansible_type(format!(
                "items2dict requires a list of dictionaries, got {shown} instead."
            )));
        };
        let key = entry.get(ctx, &HashKey::new(key_name.clone())?)?;
        let content = entry.get(ctx, &HashKey::new(value_name.clone())?)?;
        let (Some(key), Some(content)) = (key, content) else {
            let (key, name, shown) = (ctx.str(&key_name)?, ctx.str(&value_name)?, ctx.str(&value)?);
            return Err(Fault::ansible_type(format!(
                "items2dict requires each dictionary in the list to contain the keys '{key}' and '{name}', got \
                 {shown} instead."
            )));
        };
        out.insert(HashKey::new(key)?, content)?;
    }
    Ok(Val::Dict(out))
}

pub(super) fn rekey_on_member(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [data, key, duplicates] = args.bind("rekey_on_member", ["data", "key", "duplicates"], 2)?;
    let duplicates = duplicates.unwrap_or_else(|| Val::from("error"));
    let overwrite = match duplicates.as_str() {
        Some("error") => false,
        Some("overwrite") => true,
        _ => {
            let shown = ctx.repr(&duplicates)?;
            return Err(error(format!("duplicates parameter to rekey_on_member has unknown value {shown}")));
        }
    };
    let data = data.unwrap_or(Val::None);
    let items = match &data {
        Val::Dict(dict) => dict.entries(ctx)?.into_iter().map(|(_, value)| value).collect(),
        Val::Str(_) | Val::Bytes(_) => return Err(error("Type is not a valid list, set, or dict")),
        other => ctx.iterate(other).map_err(|_| error("Type is not a valid list, set, or dict"))?,
    };
    let key = HashKey::new(key.unwrap_or(Val::None))?;
    let out = PyDict::new();
    for item in items {
        let Val::Dict(member) = &item else { return Err(error("List item is not a valid dict")) };
        let Some(found) = member.get(ctx, &key)? else {
            let shown = ctx.repr(key.value())?;
            return Err(error(format!("Key {shown} was not found.")));
        };
        let shown = ctx.repr(&found)?;
        let found = HashKey::new(found)?;
        if !overwrite && out.contains(&found) {
            return Err(error(format!("Key {shown} is not unique, cannot convert to dict.")));
        }
        out.insert(found, item)?;
    }
    Ok(Val::Dict(out))
}

fn error(message: impl Into<String>) -> Fault {
    Fault::raised("AnsibleError", message)
}

pub(super) fn xmlattr(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, space] = args.bind_in_context("do_xmlattr", ["d", "autospace"], 1)?;
    let value = value.unwrap_or(Val::None);
    let Val::Dict(dict) = &value else {
        return Err(Fault::attribute_error(format!(
            "'{}' object has no attribute 'items'",
            value.type_name()
        )));
    };
    let mut out = Vec::new();
    for (key, value) in dict.entries(ctx)? {
        if matches!(value, Val::None | Val::Undef(_)) {
            continue;
        }
        let key = util::string(key.value(), "expected string or bytes-like object: the key")?;
        if key.contains(|char: char| matches!(char, '/' | '>' | '=' | ' ' | '\t'..='\r')) {
            let shown = rplay_value::str_repr(&key);
            return Err(Fault::value_error(format!("Invalid character in attribute name: {shown}")));
        }
        let value = ctx.str(&value)?;
        out.push(format!("{}=\"{}\"", crate::val::escaped(&key), crate::val::escaped(&value)));
    }
    let mut text = String::new();
    if util::flag(ctx, space, true)? && !out.is_empty() {
        text.push(' ');
    }
    let _ = write!(text, "{}", out.join(" "));
    Ok(Val::from(text))
}
