//! Methods of `str` (and the few of `bytes` that content uses).

use super::{casing, codec};
use crate::{Args, Ctx, Fault, PyDict, Res, Val};
use rplay_value::Str;
use std::sync::Arc;

/// Methods of strings.
pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];
/// Methods of bytes.
pub(super) const BYTES_NAMES: &[&str] = &["decode", "hex"];

pub(super) fn call_bytes(bytes: &Arc<[u8]>, name: &str, args: Args) -> Res<Val> {
    match name {
        "decode" => {
            let [encoding, errors] = args.bind("decode", ["encoding", "errors"], 0)?;
            let encoding = optional_text_arg("decode() argument 'encoding'", encoding)?;
            let errors = optional_text_arg("decode() argument 'errors'", errors)?;
            codec::decode(
                bytes,
                encoding.as_deref().unwrap_or("utf-8"),
                errors.as_deref().unwrap_or("strict"),
            )
            .map(Val::from)
        }
        _ => {
            let [] = args.bind("hex", [], 0)?;
            Ok(Val::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
        }
    }
}

pub(super) fn call(ctx: &mut Ctx<'_>, text: &Str, name: &str, args: Args) -> Res<Val> {
    match name {
        "format" => return ctx.str_format(text, &args).map(Val::from),
        "format_map" => return format_map(ctx, text, args),
        "join" => return join(ctx, text, args),
        "translate" => return translate(ctx, text, args),
        "maketrans" => return maketrans(args),
        "startswith" | "endswith" => return affix(ctx, text, name, args),
        _ => {}
    }
    if let Some(simple) = without_arguments(text, name) {
        let function = format!("str.{name}");
        return args.bind(&function, [], 0).map(|[]| simple);
    }
    match name {
        "split" | "rsplit" => split(text, name == "rsplit", args),
        "strip" | "lstrip" | "rstrip" => strip(text, name, args),
        "replace" => replace(ctx, text, args),
        "find" | "rfind" | "index" | "rindex" | "count" => search(text, name, args),
        "partition" | "rpartition" => partition(text, name == "rpartition", args),
        "splitlines" => splitlines(text, args),
        "ljust" | "rjust" | "center" => justify(ctx, text, name, args),
        "zfill" => zfill(ctx, text, args),
        "expandtabs" => expandtabs(ctx, text, args),
        "encode" => encode(text, args),
        "removeprefix" => {
            let [prefix] = args.bind("str.removeprefix", ["prefix"], 1)?;
            let prefix = text_arg("removeprefix() argument", prefix)?;
            Ok(Val::from(text.strip_prefix(prefix.as_str()).unwrap_or(text)))
        }
        "removesuffix" => {
            let [suffix] = args.bind("str.removesuffix", ["suffix"], 1)?;
            let suffix = text_arg("removesuffix() argument", suffix)?;
            Ok(Val::from(text.strip_suffix(suffix.as_str()).unwrap_or(text)))
        }
        _ => Err(Fault::attribute_error(format!("'str' object has no attribute '{name}'"))),
    }
}

fn without_arguments(text: &str, name: &str) -> Option<Val> {
    Some(match name {
        "lower" => Val::from(casing::lower(text)),
        "upper" => Val::from(text.to_uppercase()),
        "casefold" => Val::from(casing::casefold(text)),
        "capitalize" => Val::from(casing::capitalize(text)),
        "title" => Val::from(casing::title(text)),
        "swapcase" => Val::from(casing::swapcase(text)),
        _ => Val::Bool(casing::is(text, name)?),
    })
}

fn text_arg(what: &str, value: Option<Val>) -> Res<Str> {
    let kind = match value {
        Some(Val::Str(text)) => return Ok(text),
        None | Some(Val::None) => "None",
        Some(other) => other.type_name(),
    };
    Err(Fault::type_error(format!("{what} must be str, not {kind}")))
}

/// Like [`text_arg`] for an argument that may be left out.
fn optional_text_arg(what: &str, value: Option<Val>) -> Res<Option<Str>> {
    if value.is_none() { Ok(None) } else { text_arg(what, value).map(Some) }
}

/// A bound of the part of a text that is looked at.
fn bound_arg(value: Option<Val>) -> Res<Option<i64>> {
    match value {
        None | Some(Val::None) => Ok(None),
        Some(value) => value.as_int().map(Some).ok_or_else(|| {
            Fault::type_error("slice indices must be integers or None or have an __index__ method")
        }),
    }
}

fn int_arg(value: Option<Val>) -> Res<Option<i64>> {
    match value {
        None => Ok(None),
        Some(value) => match value.as_int() {
            Some(int) => Ok(Some(int)),
            None => Err(Fault::type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                value.type_name()
            ))),
        },
    }
}

fn join(ctx: &mut Ctx<'_>, text: &str, args: Args) -> Res<Val> {
    let [items] = args.bind("str.join", ["iterable"], 1)?;
    let items = items.unwrap_or(Val::None);
    if !matches!(
        items,
        Val::Str(_)
            | Val::List(_)
            | Val::Tuple(_)
            | Val::Dict(_)
            | Val::Range(_)
            | Val::Obj(_)
            | Val::Bytes(_)
    ) {
        return Err(Fault::type_error("can only join an iterable"));
    }
    let mut out = String::new();
    for (index, item) in ctx.iterate(&items)?.into_iter().enumerate() {
        if index > 0 {
            out.push_str(text);
        }
        match item.defined()? {
            Val::Str(item) => out.push_str(&item),
            other => {
                return Err(Fault::type_error(format!(
                    "sequence item {index}: expected str instance, {} found",
                    other.type_name()
                )));
            }
        }
        ctx.budget().text(out.len())?;
    }
    Ok(Val::from(out))
}

fn affix(ctx: &mut Ctx<'_>, text: &str, name: &str, args: Args) -> Res<Val> {
    let [affix, start, stop] = args.bind(name, ["prefix", "start", "end"], 1)?;
    let window = window(text, bound_arg(start)?, bound_arg(stop)?);
    let matches = |affix: &str| match window {
        None => false,
        Some((_, part)) if name == "startswith" => part.starts_with(affix),
        Some((_, part)) => part.ends_with(affix),
    };
    match affix.unwrap_or(Val::None) {
        Val::Str(affix) => Ok(Val::Bool(matches(&affix))),
        tuple @ Val::Tuple(_) => {
            for item in ctx.iterate(&tuple)? {
                if matches(&text_arg(&format!("tuple for {name}"), Some(item))?) {
                    return Ok(Val::Bool(true));
                }
            }
            Ok(Val::Bool(false))
        }
        other => Err(Fault::type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            other.type_name()
        ))),
    }
}

/// The part between two character positions, as Python clamps them, with its byte offset; none when the
/// start lies beyond the end.
fn window(text: &str, start: Option<i64>, stop: Option<i64>) -> Option<(usize, &str)> {
    if start.is_none() && stop.is_none() {
        return Some((0, text));
    }
    let len = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let clamp = |at: i64| if at < 0 { at.saturating_add(len).max(0) } else { at };
    let (start, stop) = (clamp(start.unwrap_or(0)), clamp(stop.unwrap_or(len)).min(len));
    if start > stop {
        return None;
    }
    let offset = |at: i64| {
        let at = usize::try_from(at).unwrap_or(0);
        text.char_indices().nth(at).map_or(text.len(), |(offset, _)| offset)
    };
    let (from, to) = (offset(start), offset(stop));
    Some((from, &text[from..to]))
}

fn search(text: &str, name: &str, args: Args) -> Res<Val> {
    let [part, start, stop] = args.bind(name, ["sub", "start", "end"], 1)?;
    let (start, stop) = (bound_arg(start)?, bound_arg(stop)?);
    let part = match part {
        Some(Val::Str(part)) => part,
        other => {
            let kind = other.map_or("NoneType", |value| value.type_name());
            return Err(Fault::type_error(format!("must be str, not {kind}")));
        }
    };
    let window = window(text, start, stop);
    if name == "count" {
        let count = window.map_or(0, |(_, inside)| match part.as_str() {
            "" => inside.chars().count() + 1,
            part => inside.matches(part).count(),
        });
        return Ok(Val::from(count));
    }
    let found = window.and_then(|(offset, inside)| {
        let at = if name.starts_with('r') { inside.rfind(part.as_str()) } else { inside.find(part.as_str()) };
        at.map(|at| text[..offset + at].chars().count())
    });
    match found {
        Some(at) => Ok(Val::from(at)),
        None if name.ends_with("find") => Ok(Val::Int(-1)),
        None => Err(Fault::value_error("substring not found")),
    }
}

fn is_space(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\x1c'..='\x1f')
}

fn split(text: &str, from_right: bool, args: Args) -> Res<Val> {
    let [separator, limit] = args.bind("split", ["sep", "maxsplit"], 0)?;
    let limit = int_arg(limit)?.and_then(|limit| usize::try_from(limit).ok());
    let separator = match separator {
        None | Some(Val::None) => return Ok(split_space(text, from_right, limit)),
        Some(Val::Str(separator)) => separator,
        Some(other) => {
            return Err(Fault::type_error(format!("must be str or None, not {}", other.type_name())));
        }
    };
    if separator.is_empty() {
        return Err(Fault::value_error("empty separator"));
    }
    let pieces = limit.map_or(usize::MAX, |limit| limit.saturating_add(1));
    let mut parts: Vec<&str> = if from_right {
        text.rsplitn(pieces, separator.as_str()).collect()
    } else {
        text.splitn(pieces, separator.as_str()).collect()
    };
    if from_right {
        parts.reverse();
    }
    Ok(Val::list(parts.into_iter().map(Val::from)))
}

fn split_space(text: &str, from_right: bool, limit: Option<usize>) -> Val {
    let limit = limit.unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut rest =
        if from_right { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
    while !rest.is_empty() {
        let cut = if from_right { rest.rfind(is_space) } else { rest.find(is_space) };
        let Some(cut) = cut.filter(|_| parts.len() < limit) else {
            parts.push(rest);
            break;
        };
        if from_right {
            let width = rest[cut..].chars().next().map_or(1, char::len_utf8);
            parts.push(&rest[cut + width..]);
            rest = rest[..cut].trim_end_matches(is_space);
        } else {
            parts.push(&rest[..cut]);
            rest = rest[cut..].trim_start_matches(is_space);
        }
    }
    if from_right {
        parts.reverse();
    }
    Val::list(parts.into_iter().map(Val::from))
}

fn strip(text: &str, name: &str, args: Args) -> Res<Val> {
    let [chars] = args.bind(name, ["chars"], 0)?;
    let set: Option<Vec<char>> = match chars {
        None | Some(Val::None) => None,
        Some(Val::Str(chars)) => Some(chars.chars().collect()),
        Some(_) => return Err(Fault::type_error(format!("{name} arg must be None or str"))),
    };
    let matches = |char: char| set.as_ref().map_or_else(|| is_space(char), |set| set.contains(&char));
    Ok(Val::from(match name {
        "lstrip" => text.trim_start_matches(matches),
        "rstrip" => text.trim_end_matches(matches),
        _ => text.trim_matches(matches),
    }))
}

fn replace(ctx: &Ctx<'_>, text: &str, args: Args) -> Res<Val> {
    let [old, new, count] = args.bind("replace", ["old", "new", "count"], 2)?;
    let old = text_arg("replace() argument 1", old)?;
    let new = text_arg("replace() argument 2", new)?;
    let count = int_arg(count)?.and_then(|count| usize::try_from(count).ok());
    let hits = text.matches(old.as_str()).count().min(count.unwrap_or(usize::MAX));
    ctx.budget().text(text.len().saturating_add(hits.saturating_mul(new.len())))?;
    Ok(Val::from(match count {
        Some(count) => text.replacen(old.as_str(), &new, count),
        None => text.replace(old.as_str(), &new),
    }))
}

fn partition(text: &str, from_right: bool, args: Args) -> Res<Val> {
    let [separator] = args.bind("str.partition", ["sep"], 1)?;
    let separator = match separator {
        Some(Val::Str(separator)) if !separator.is_empty() => separator,
        Some(Val::Str(_)) => return Err(Fault::value_error("empty separator")),
        other => {
            let kind = other.map_or("NoneType", |value| value.type_name());
            return Err(Fault::type_error(format!("must be str, not {kind}")));
        }
    };
    let cut =
        if from_right { text.rsplit_once(separator.as_str()) } else { text.split_once(separator.as_str()) };
    Ok(match cut {
        Some((head, tail)) => Val::tuple([Val::from(head), Val::Str(separator), Val::from(tail)]),
        None if from_right => Val::tuple([Val::from(""), Val::from(""), Val::from(text)]),
        None => Val::tuple([Val::from(text), Val::from(""), Val::from("")]),
    })
}

fn splitlines(text: &str, args: Args) -> Res<Val> {
    let [keep] = args.bind("splitlines", ["keepends"], 0)?;
    let keep = int_arg(keep)?.is_some_and(|keep| keep != 0);
    Ok(Val::list(lines(text, keep).into_iter().map(Val::from)))
}

/// Lines as `str.splitlines` cuts them.
pub(crate) fn lines(text: &str, keep: bool) -> Vec<&str> {
    let is_end = |char: char| {
        matches!(char, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(at) = rest.find(is_end) else {
            out.push(rest);
            break;
        };
        let width = if rest[at..].starts_with("\r\n") {
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        out.push(&rest[..if keep { at + width } else { at }]);
        rest = &rest[at + width..];
    }
    out
}

fn justify(ctx: &Ctx<'_>, text: &str, name: &str, args: Args) -> Res<Val> {
    let [width, fill] = args.bind(name, ["width", "fillchar"], 1)?;
    let width = usize::try_from(int_arg(width)?.unwrap_or(0)).unwrap_or(0);
    let fill = match fill {
        None => ' ',
        Some(Val::Str(fill)) => match (fill.chars().next(), fill.chars().count()) {
            (Some(char), 1) => char,
            _ => {
                return Err(Fault::type_error("The fill character must be exactly one character long"));
            }
        },
        Some(other) => {
            return Err(Fault::type_error(format!(
                "The fill character must be a unicode character, not {}",
                other.type_name()
            )));
        }
    };
    ctx.budget().text(width)?;
    let missing = width.saturating_sub(text.chars().count());
    let padding = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    Ok(Val::from(match name {
        "ljust" => text.to_owned() + &padding(missing),
        "rjust" => padding(missing) + text,
        _ => {
            // CPython puts the odd character to the left when the width is odd.
            let left = missing / 2 + (missing & width & 1);
            padding(left) + text + &padding(missing - left)
        }
    }))
}

fn zfill(ctx: &Ctx<'_>, text: &str, args: Args) -> Res<Val> {
    let [width] = args.bind("str.zfill", ["width"], 1)?;
    let width = usize::try_from(int_arg(width)?.unwrap_or(0)).unwrap_or(0);
    ctx.budget().text(width)?;
    let missing = width.saturating_sub(text.chars().count());
    let (sign, digits) = match text.chars().next() {
        Some('+' | '-') => text.split_at(1),
        _ => ("", text),
    };
    Ok(Val::from(format!("{sign}{}{digits}", "0".repeat(missing))))
}

fn expandtabs(ctx: &Ctx<'_>, text: &str, args: Args) -> Res<Val> {
    let [size] = args.bind("expandtabs", ["tabsize"], 0)?;
    let size = usize::try_from(int_arg(size)?.unwrap_or(8)).unwrap_or(0);
    ctx.budget().text(text.matches('\t').count().saturating_mul(size).saturating_add(text.len()))?;
    let mut out = String::new();
    let mut column = 0;
    for char in text.chars() {
        match char {
            '\t' if size > 0 => {
                let spaces = size - column % size;
                out.push_str(&" ".repeat(spaces));
                column += spaces;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(char);
                column = 0;
            }
            char => {
                out.push(char);
                column += 1;
            }
        }
    }
    Ok(Val::from(out))
}

fn encode(text: &str, args: Args) -> Res<Val> {
    let [encoding, errors] = args.bind("encode", ["encoding", "errors"], 0)?;
    let encoding = optional_text_arg("encode() argument 'encoding'", encoding)?;
    let errors = optional_text_arg("encode() argument 'errors'", errors)?;
    let (encoding, errors) = (encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"));
    codec::encode(text, encoding, errors).map(|bytes| Val::Bytes(bytes.into()))
}

fn format_map(ctx: &mut Ctx<'_>, text: &Str, args: Args) -> Res<Val> {
    let [mapping] = args.bind("str.format_map", ["mapping"], 1)?;
    let Some(Val::Dict(dict)) = mapping else {
        if text.contains('{') {
            return Err(Fault::type_error("format requires a mapping"));
        }
        return ctx.str_format(text, &Args::default()).map(Val::from);
    };
    let kw =
        dict.entries(ctx)?.into_iter().filter_map(|(key, value)| Some((Str::from(key.as_str()?), value)));
    let args = Args { pos: Vec::new(), kw: kw.collect() };
    ctx.str_format(text, &args).map(Val::from)
}

fn translate(ctx: &mut Ctx<'_>, text: &str, args: Args) -> Res<Val> {
    let [table] = args.bind("str.translate", ["table"], 1)?;
    let table = table.unwrap_or(Val::None);
    let mut out = String::new();
    for char in text.chars() {
        match ctx.item(&table, &Val::Int(u32::from(char).into()))? {
            None => out.push(char),
            Some(Val::None) => {}
            Some(Val::Str(text)) => out.push_str(&text),
            Some(code) => {
                let code = code.as_int().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32);
                out.push(code.ok_or_else(|| {
                    Fault::type_error("character mapping must return integer, None or str")
                })?);
            }
        }
        ctx.budget().text(out.len())?;
    }
    Ok(Val::from(out))
}

fn maketrans(args: Args) -> Res<Val> {
    let [from, to, drop] = args.bind("maketrans", ["x", "y", "z"], 1)?;
    let Some(to) = to else {
        // A dictionary among the arguments of a call is a class of Ansible's own, which Python refuses here.
        return Err(Fault::type_error("if you give only one argument to maketrans it must be a dict"));
    };
    let Some(Val::Str(from)) = from else {
        return Err(Fault::type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    let to = text_arg("maketrans() argument 2", Some(to))?;
    let drop = optional_text_arg("maketrans() argument 3", drop)?;
    if from.chars().count() != to.chars().count() {
        return Err(Fault::value_error("the first two maketrans arguments must have equal length"));
    }
    let table = PyDict::new();
    let key = |char: char| crate::HashKey::new(Val::Int(u32::from(char).into()));
    for (from, to) in from.chars().zip(to.chars()) {
        table.insert(key(from)?, Val::Int(u32::from(to).into()))?;
    }
    for char in drop.as_deref().unwrap_or_default().chars() {
        table.insert(key(char)?, Val::None)?;
    }
    Ok(Val::Dict(table))
}
