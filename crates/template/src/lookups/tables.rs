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

type Pairs = Vec<(String, String)>;

/// The options of `csvfile`.
const CSVFILE: &[&str] = &["col", "keycol", "default", "delimiter", "file", "encoding"];
/// The options of `ini`.
const INI: &[&str] = &[
    "type",
    "file",
    "section",
    "re",
    "encoding",
    "default",
    "case_sensitive",
    "allow_no_value",
    "interpolation",
];

/// The options inside a term (`key file=x`) merged over the call's, with the key.
fn with_inline(pairs: Pairs, known: &[&str], options: &[(rplay_value::Str, Val)]) -> Res<Options> {
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        return Err(Fault::value_error(format!("'{name}' is not a valid option")));
    }
    let mut all: Vec<_> =
        options.iter().filter(|(key, _)| !pairs.iter().any(|(name, _)| **name == **key)).cloned().collect();
    all.extend(pairs.into_iter().map(|(key, value)| (key.into(), Val::from(value))));
    Ok(Options::of(LookupArgs { terms: Vec::new(), options: all, as_with: false }).1)
}

/// The key and the options of a term of `ini`, whose values may hold spaces.
fn ini_term(term: &str) -> Res<(String, Pairs)> {
    if !term.contains('=') && !term.trim().contains(' ') {
        return Ok((term.to_owned(), Pairs::new()));
    }
    let mut params: Vec<(&str, String)> = Vec::new();
    let mut current = "key";
    for (index, phrase) in term.split_whitespace().enumerate() {
        if phrase.contains('=')
            && let Some(name) = INI.iter().rfind(|name| phrase.contains(&format!("{name}=")))
        {
            current = name;
        }
        match params.iter_mut().find(|(name, text)| *name == current && !text.is_empty()) {
            Some((_, text)) if index > 0 => *text += &format!(" {phrase}"),
            _ => params.push((current, phrase.to_owned())),
        }
    }
    let (mut key, mut pairs) = (None, Pairs::new());
    for (_, param) in &params {
        match param.split_once('=') {
            Some((_, value)) if value.contains('=') => {
                let all: Vec<String> = params.iter().map(|(_, text)| rplay_value::str_repr(text)).collect();
                let shown = rplay_value::str_repr(param);
                return Err(Fault::value_error(format!("Could not use {shown} from [{}].", all.join(", "))));
            }
            Some((name, value)) => pairs.push((name.to_owned(), value.to_owned())),
            None => key = key.or_else(|| Some(param.clone())),
        }
    }
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !INI.contains(&name.as_str())) {
        return Err(error(format!("'{name}' is not a valid option.")));
    }
    match key {
        Some(key) => Ok((key, pairs)),
        None => Err(Fault::value_error(format!(
            "No key to look up was provided as first term within string inline options: {term}"
        ))),
    }
}

pub(super) fn csvfile(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    if args.terms.is_empty() {
        return Err(error("Search key is required but was not found"));
    }
    let mut out = Vec::new();
    for term in &args.terms {
        let text = ctx.str(term)?;
        let (pairs, key) = key_values(&text)?;
        if key.is_empty() {
            return Err(error("Search key is required but was not found"));
        }
        let mut options = with_inline(pairs, CSVFILE, &args.options)?;
        let file = options.text(ctx, "file", "ansible.csv")?;
        let delimiter = options.text(ctx, "delimiter", "TAB")?;
        let encoding = options.text(ctx, "encoding", "utf-8")?;
        let default = options.take("default");
        let column = options.int(ctx, "col")?.unwrap_or(1);
        let key_column = options.int(ctx, "keycol")?.unwrap_or(0);
        options.finish(ctx, "csvfile");
        let delimiter = if delimiter == "TAB" { '\t' } else { delimiter.chars().next().unwrap_or(',') };
        let path = search::find(ctx, &file, Some("files"))
            .ok_or_else(|| error(format!("No such file or directory: '{file}'")))?;
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
        let (key, pairs) = ini_term(&ctx.str(term)?)?;
        let mut options = with_inline(pairs, INI, &args.options)?;
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
        options.finish(ctx, "ini");
        let path = search::must_find(ctx, &file, Some("files"))?;
        let text = search::read_text(ctx, &path, &encoding)?;
        let (text, section) = match kind.as_str() {
            "properties" => (format!("[java_properties]\n{text}"), "java_properties".to_owned()),
            _ => (text, section),
        };
        let parsed = ini::Config::parse(&text, &rules).map_err(|why| {
            // A duplicate is told with the name of the file.
            let duplicate = why.ends_with("already exists") && why.contains("option ");
            Fault::value_error(if duplicate {
                format!("Duplicate option in {}: {why}", rplay_value::str_repr(&file))
            } else {
                why
            })
        })?;
        if regex {
            let pattern = re::compile(&key, Flags::default())?;
            for (name, value) in parsed.items(&section).map_err(Fault::value_error)? {
                if pattern.starts(&name)? {
                    out.push(Val::from(value));
                }
            }
            continue;
        }
        match parsed.get(&section, &key).map_err(Fault::value_error)? {
            Some(value) => out.extend(value.map(Val::from)),
            None if !parsed.has_section(&section) => {
                return Err(Fault::value_error(format!("No section '{section}' in '{file}'.")));
            }
            None => out.push(default),
        }
    }
    Ok(out)
}
