//! `csvfile`, `ini`.

use super::{
    options::{Options, error, key_values},
    search,
};
use crate::{
    Ctx, Fault, LookupArgs, Res, Val,
    python::{
        csv, ini,
        re::{self, Flags},
    },
};

/// A term with options inside (`key file=x`), merged over the call's options.
fn with_inline(ctx: &mut Ctx<'_>, term: &Val, options: &[(rplay_value::Str, Val)]) -> Res<(String, Options)> {
    let text = ctx.str(term)?;
    let (pairs, raw) = key_values(&text)?;
    let mut all: Vec<_> =
        options.iter().filter(|(key, _)| !pairs.iter().any(|(name, _)| **name == **key)).cloned().collect();
    all.extend(pairs.into_iter().map(|(key, value)| (key.into(), Val::from(value))));
    let (_, options) = Options::of(LookupArgs { terms: Vec::new(), options: all, as_with: false });
    Ok((raw, options))
}

pub(super) fn csvfile(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    if args.terms.is_empty() {
        return Err(error("Search key is required but was not found"));
    }
    let mut out = Vec::new();
    for term in &args.terms {
        let (key, mut options) = with_inline(ctx, term, &args.options)?;
        let file = options.text(ctx, "file", "ansible.csv")?;
        let delimiter = options.text(ctx, "delimiter", "TAB")?;
        let encoding = options.text(ctx, "encoding", "utf-8")?;
        let default = options.take("default");
        let column = options.int(ctx, "col")?.unwrap_or(1);
        let key_column = options.int(ctx, "keycol")?.unwrap_or(0);
        options.finish("csvfile")?;
        let delimiter = if delimiter == "TAB" { '\t' } else { delimiter.chars().next().unwrap_or(',') };
        let path = search::must_find(ctx, &file, Some("files"))?;
        let text = search::read_text(ctx, &path, &encoding)?;
        let rules = csv::Rules { delimiter, skip_initial_space: false, strict: false };
        let rows = csv::rows(&text, &rules).map_err(error)?;
        let at = |row: &[String], column: i64| {
            crate::val::slice_index(row.len(), column).and_then(|index| row.get(index).cloned())
        };
        let found = rows.iter().find(|row| at(row, key_column).as_deref() == Some(key.as_str()));
        match found {
            Some(row) => out.push(Val::from(
                at(row, column).ok_or_else(|| Fault::index_error("list index out of range"))?,
            )),
            None => match default {
                Some(list @ Val::List(_)) => out.extend(ctx.iterate(&list)?),
                other => out.extend(other.filter(|default| !default.is_none())),
            },
        }
    }
    Ok(out)
}

pub(super) fn ini(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let mut out = Vec::new();
    for term in &args.terms {
        let (key, mut options) = with_inline(ctx, term, &args.options)?;
        let file = options.text(ctx, "file", "ansible.ini")?;
        let kind = options.text(ctx, "type", "ini")?;
        let section = options.text(ctx, "section", "global")?;
        let encoding = options.text(ctx, "encoding", "utf-8")?;
        let regex = options.flag(ctx, "re", false)?;
        let default = options.take("default").unwrap_or_else(|| Val::from(""));
        let rules = ini::Rules {
            case_sensitive: options.flag(ctx, "case_sensitive", false)?,
            allow_no_value: options.flag(ctx, "allow_no_value", false)?
                || options.flag(ctx, "allow_none", false)?,
            interpolation: options.flag(ctx, "interpolation", true)?,
        };
        options.finish("ini")?;
        let path = search::must_find(ctx, &file, Some("files"))?;
        let text = search::read_text(ctx, &path, &encoding)?;
        let (text, section) = match kind.as_str() {
            "properties" => (format!("[java_properties]\n{text}"), "java_properties".to_owned()),
            _ => (text, section),
        };
        let parsed = ini::Config::parse(&text, &rules).map_err(Fault::value_error)?;
        if regex {
            let pattern = re::compile(&key, Flags::default())?;
            for (name, value) in parsed.items(&section).map_err(Fault::value_error)? {
                if pattern.match_start(&name)?.is_some() {
                    out.push(Val::from(value));
                }
            }
            continue;
        }
        match parsed.get(&section, &key).map_err(Fault::value_error)? {
            Some(value) => out.push(Val::from(value)),
            None if !parsed.has_section(&section) => {
                return Err(Fault::value_error(format!("No section '{section}' in '{file}'.")));
            }
            None => out.push(default),
        }
    }
    Ok(out)
}
