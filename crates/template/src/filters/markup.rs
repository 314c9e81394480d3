//! HTML: `escape`, `forceescape`, `safe`, `striptags`.

use super::util;
use crate::{Args, Ctx, Res, Val, val::escaped};

pub(super) fn escape(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "escape")?;
    ctx.escape(&value).map(Val::markup)
}

pub(super) fn forceescape(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_forceescape")?;
    Ok(Val::markup(escaped(&ctx.str(&value)?)))
}

pub(super) fn safe(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_mark_safe")?;
    ctx.str(&value).map(Val::markup)
}

pub(super) fn striptags(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_striptags")?;
    Ok(Val::from(stripped(&ctx.str(&value)?)))
}

/// Without tags and comments, white space collapsed, entities resolved.
pub(crate) fn stripped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let end = match rest[start..].strip_prefix("<!--") {
            Some(comment) => comment.find("-->").map(|end| start + end + 7),
            None => rest[start..].find('>').map(|end| start + end + 1),
        };
        let Some(end) = end else { break };
        out.push_str(&rest[..start]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    let words: Vec<&str> = out.split_whitespace().collect();
    unescaped(&words.join(" "))
}

/// The few entities that content has, and numeric ones.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end < 12);
        let char = end.and_then(|end| entity(&rest[1..end]));
        match (char, end) {
            (Some(char), Some(end)) => {
                out.push(char);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        _ => return None,
    })
}
