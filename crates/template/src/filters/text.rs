//! Jinja's filters on texts.

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val, methods,
    python::re::{self, Flags},
};

/// Strings as they are, everything else as `str()`.
fn soft_str(ctx: &mut Ctx<'_>, value: Val) -> Res<Val> {
    match value {
        Val::Str(_) => Ok(value),
        other => ctx.str(&other).map(Val::from),
    }
}

/// A method of `str` applied to `str()` of the value.
fn method(ctx: &mut Ctx<'_>, args: Args, function: &str, name: &str) -> Res<Val> {
    let value = util::only(args, function)?;
    let text = soft_str(ctx, value)?;
    methods::call(ctx, &text, name, Args::default())
}

pub(super) fn upper(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    method(ctx, args, "do_upper", "upper")
}
pub(super) fn lower(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    method(ctx, args, "do_lower", "lower")
}
pub(super) fn capitalize(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    method(ctx, args, "do_capitalize", "capitalize")
}

/// Words begin after blanks, `-` and brackets.
pub(super) fn title(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_title")?;
    let text = ctx.str(&value)?;
    let mut out = String::with_capacity(text.len());
    let mut begin = true;
    for char in text.chars() {
        if begin {
            out.extend(char.to_uppercase());
        } else {
            out.extend(char.to_lowercase());
        }
        begin = char.is_whitespace() || "-({[<".contains(char);
    }
    Ok(Val::from(out))
}

pub(super) fn string(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "soft_str")?;
    soft_str(ctx, value)
}

pub(super) fn trim(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, chars] = args.bind("do_trim", ["value", "chars"], 1)?;
    let text = soft_str(ctx, value.unwrap_or(Val::None))?;
    methods::call(ctx, &text, "strip", Args::new(chars.into_iter().collect()))
}

pub(super) fn center(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, width] = args.bind("do_center", ["value", "width"], 1)?;
    let text = soft_str(ctx, value.unwrap_or(Val::None))?;
    methods::call(ctx, &text, "center", Args::new(vec![width.unwrap_or(Val::Int(80))]))
}

pub(super) fn replace(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, old, new, count] = args.bind("do_replace", ["s", "old", "new", "count"], 3)?;
    let text = Val::from(util::text(ctx, value, "")?);
    let (old, new) = (util::text(ctx, old, "")?, util::text(ctx, new, "")?);
    let mut pos = vec![Val::from(old), Val::from(new)];
    pos.extend(count.filter(|count| !count.is_none()));
    methods::call(ctx, &text, "replace", Args::new(pos))
}

pub(super) fn split(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    if args.pos.is_empty() {
        return Err(Fault::type_error("unbound method str.split() needs an argument"));
    }
    let value = args.pos.remove(0);
    if !matches!(value, Val::Str(_)) {
        return Err(Fault::type_error(format!(
            "descriptor 'split' for 'str' objects doesn't apply to a '{}' object",
            value.type_name()
        )));
    }
    methods::call(ctx, &value, "split", args)
}

pub(super) fn format(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let value = if args.pos.is_empty() { Val::None } else { args.pos.remove(0) };
    let template = soft_str(ctx, value)?;
    if !args.pos.is_empty() && !args.kw.is_empty() {
        return Err(Fault::raised(
            "FilterArgumentError",
            "can't handle positional and keyword arguments at the same time",
        ));
    }
    let values = if args.kw.is_empty() { Val::tuple(args.pos) } else { Val::dict(args.kw) };
    ctx.binary(crate::val::BinOp::Mod, &template, &values)
}

pub(super) fn wordcount(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_wordcount")?;
    let text = ctx.str(&value)?;
    let word = |char: char| char.is_alphanumeric() || char == '_';
    Ok(Val::from(text.split(|char| !word(char)).filter(|part| !part.is_empty()).count()))
}

pub(super) fn indent(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, width, first, blank] = args.bind("do_indent", ["s", "width", "first", "blank"], 1)?;
    let value = value.unwrap_or(Val::None);
    let markup = value.is_markup();
    let text = match value {
        Val::Str(text) => text.to_string(),
        Val::List(_) => return Err(Fault::attribute_error("'list' object has no attribute 'splitlines'")),
        other => {
            return Err(Fault::type_error(format!(
                "unsupported operand type(s) for +=: '{}' and 'str'",
                other.type_name()
            )));
        }
    };
    let indention = match width {
        Some(Val::Str(text)) => text.to_string(),
        width => {
            let width = util::count(width, 4)?;
            ctx.budget().text(width.saturating_mul(text.len()))?;
            " ".repeat(width)
        }
    };
    let (first, blank) = (util::flag(ctx, first, false)?, util::flag(ctx, blank, false)?);
    // The added newline makes splitlines keep a trailing one.
    let text = format!("{text}\n");
    let lines = methods::lines(&text, false);
    let mut out = String::with_capacity(text.len() + lines.len() * indention.len());
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if (at > 0 && (blank || !line.is_empty())) || (at == 0 && first) {
            out.push_str(&indention);
        }
        out.push_str(line);
    }
    Ok(Val::from(out).markup_if(markup))
}

pub(super) fn truncate(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, length, kill, end, leeway] =
        args.bind("do_truncate", ["s", "length", "killwords", "end", "leeway"], 1)?;
    let value = value.unwrap_or(Val::None);
    let length = util::count(length, 255)?;
    let end = util::text(ctx, end, "...")?;
    let leeway = util::count(leeway.filter(|leeway| !leeway.is_none()), 5)?;
    let end_length = end.chars().count();
    if length < end_length {
        return Err(Fault::raised(
            "AssertionError",
            format!("expected length >= {end_length}, got {length}"),
        ));
    }
    if ctx.length(&value)? <= length + leeway {
        return Ok(value);
    }
    let Val::Str(text) = &value else {
        return Err(Fault::attribute_error(format!(
            "'{}' object has no attribute 'rsplit'",
            value.type_name()
        )));
    };
    let text: Vec<char> = text.chars().collect();
    let mut kept: String = text[..length - end_length].iter().collect();
    if !util::flag(ctx, kill, false)? {
        if let Some(at) = kept.rfind(' ') {
            kept.truncate(at);
        }
    }
    Ok(if value.is_markup() {
        Val::markup(kept + &crate::val::escaped(&end))
    } else {
        Val::from(kept + &end)
    })
}

/// How `textwrap` cuts a text into chunks that lines are made of.
const CHUNKS: &str = r#"[\t\n\x0b\x0c\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\x0b\x0c\r ](?:[^\t\n\x0b\x0c\r ])*?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])|(?=[\t\n\x0b\x0c\r ]|\Z)|(?<=[\w!"'&.,?])(?=-{2,}\w))"#;
const PLAIN_CHUNKS: &str = r"[\t\n\x0b\x0c\r ]+|[^\t\n\x0b\x0c\r ]+";

pub(super) fn wordwrap(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, width, long, separator, hyphens] =
        args.bind("do_wordwrap", ["s", "width", "break_long_words", "wrapstring", "break_on_hyphens"], 1)?;
    let value = value.unwrap_or(Val::None);
    let Val::Str(text) = &value else {
        return Err(Fault::attribute_error(format!(
            "'{}' object has no attribute 'splitlines'",
            value.type_name()
        )));
    };
    let width = util::integer(width, 79)?;
    let Ok(width @ 1..) = usize::try_from(width) else {
        return Err(Fault::value_error(format!("invalid width {width} (must be > 0)")));
    };
    let wrap =
        Wrap { width, break_long: util::flag(ctx, long, true)?, hyphens: util::flag(ctx, hyphens, true)? };
    let separator = util::text(ctx, separator.filter(|separator| !separator.is_none()), "\n")?;
    let mut lines = Vec::new();
    for line in methods::lines(text, false) {
        lines.push(wrap.wrap(line)?.join(&separator));
    }
    Ok(Val::from(lines.join(&separator)))
}

struct Wrap {
    width: usize,
    break_long: bool,
    hyphens: bool,
}

impl Wrap {
    fn chunks(&self, text: &str) -> Res<Vec<String>> {
        let pattern = re::compile(if self.hyphens { CHUNKS } else { PLAIN_CHUNKS }, Flags::default())?;
        let mut chunks = Vec::new();
        let mut last = 0;
        for captures in pattern.find_iter(text) {
            let Some(whole) = captures?.get(0) else { break };
            if whole.start() > last {
                chunks.push(text[last..whole.start()].to_owned());
            }
            chunks.push(whole.as_str().to_owned());
            last = whole.end();
        }
        if last < text.len() {
            chunks.push(text[last..].to_owned());
        }
        chunks.retain(|chunk| !chunk.is_empty());
        chunks.reverse();
        Ok(chunks)
    }

    fn wrap(&self, text: &str) -> Res<Vec<String>> {
        let mut chunks = self.chunks(text)?;
        let mut lines: Vec<String> = Vec::new();
        let length = |chunk: &str| chunk.chars().count();
        while !chunks.is_empty() {
            let (mut line, mut used) = (Vec::new(), 0);
            if !lines.is_empty() && chunks.last().is_some_and(|chunk| chunk.trim().is_empty()) {
                chunks.pop();
            }
            while let Some(chunk) = chunks.pop_if(|chunk| used + length(chunk) <= self.width) {
                used += length(&chunk);
                line.push(chunk);
            }
            if chunks.last().is_some_and(|chunk| length(chunk) > self.width) {
                self.long_word(&mut chunks, &mut line, used);
            }
            if line.last().is_some_and(|chunk| chunk.trim().is_empty()) {
                line.pop();
            }
            if !line.is_empty() {
                lines.push(line.concat());
            }
        }
        Ok(lines)
    }

    fn long_word(&self, chunks: &mut Vec<String>, line: &mut Vec<String>, used: usize) {
        let Some(chunk) = chunks.pop() else { return };
        if !self.break_long {
            if line.is_empty() {
                line.push(chunk);
            } else {
                chunks.push(chunk);
            }
            return;
        }
        let chars: Vec<char> = chunk.chars().collect();
        let space = (self.width - used.min(self.width)).max(usize::from(self.width < 1));
        let mut end = space;
        if self.hyphens && chars.len() > space {
            let hyphen = chars[..space].iter().rposition(|char| *char == '-');
            if let Some(hyphen) = hyphen.filter(|at| *at > 0 && chars[..*at].iter().any(|char| *char != '-'))
            {
                end = hyphen + 1;
            }
        }
        line.push(chars[..end].iter().collect());
        chunks.push(chars[end..].iter().collect());
        if chunks.last().is_some_and(String::is_empty) {
            chunks.pop();
        }
    }
}

pub(super) fn quote(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "quote")?;
    let text = if value.is_none() { String::new() } else { util::to_text(ctx, &value)? };
    let quoted = crate::python::shell::quote(&text);
    if value.is_markup() && quoted != text && !text.is_empty() {
        // Quotes are put into HTML, so they are escaped.
        let inside = text.replace('\'', &crate::val::escaped("'\"'\"'"));
        let quote = crate::val::escaped("'");
        return Ok(Val::markup(format!("{quote}{inside}{quote}")));
    }
    Ok(Val::from(quoted).markup_if(value.is_markup() && !text.is_empty()))
}
