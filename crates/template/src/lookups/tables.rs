//! `csvfile`, `ini`, `url`.

use super::{
    options::{Options, error, key_values},
    search,
};
use crate::{
    Ctx, Fault, LookupArgs, Request, Res, Val,
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

pub(super) fn url(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let (terms, mut options) = Options::of(args);
    let split = options.flag(ctx, "split_lines", true)?;
    let user = options.maybe_text(ctx, "username")?;
    let password = options.text(ctx, "password", "")?;
    let validate_certs = options.flag(ctx, "validate_certs", true)?;
    let use_proxy = options.flag(ctx, "use_proxy", true)?;
    let timeout = options.text(ctx, "timeout", "10")?.trim().parse().unwrap_or(10.0);
    let mut headers = Vec::new();
    if let Some(Val::Dict(given)) = options.take("headers") {
        for (name, value) in given.entries(ctx)? {
            headers.push((ctx.str(name.value())?, ctx.str(&value)?));
        }
    }
    options.finish("url")?;
    let mut out = Vec::new();
    for term in terms {
        let request = Request {
            url: ctx.str(&term)?,
            headers: headers.clone(),
            login: user.clone().map(|user| (user, password.clone())),
            validate_certs,
            use_proxy,
            timeout,
        };
        let body = ctx.templar().outside().fetch(&request);
        let body = body.map_err(|why| error(format!("Failed lookup url for {} : {why}", request.url)))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if split {
            out.extend(crate::methods::lines(&text, false).into_iter().map(Val::from));
        } else {
            out.push(Val::from(text));
        }
    }
    Ok(out)
}
