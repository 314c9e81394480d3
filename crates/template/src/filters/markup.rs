//! HTML: `escape`, `forceescape`, `safe`, `striptags`.

use super::util;
use crate::{Args, Ctx, Res, Val};

/// Text with `&`, `<`, `>`, `'` and `"` as entities.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            char => out.push(char),
        }
    }
    out
}

pub(super) fn escape(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "escape")?;
    Ok(Val::from(escaped(&ctx.str(&value)?)))
}

pub(super) fn safe(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_mark_safe")?;
    ctx.str(&value).map(Val::from)
}

pub(super) fn striptags(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_striptags")?;
    Ok(Val::from(stripped(&ctx.str(&value)?)))
}

fn stripped(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(start) = text.find("<!--") {
        let Some(end) = text[start..].find("-->") else { break };
        text.replace_range(start..start + end + 3, "");
    }
    while let Some(start) = text.find('<') {
        let Some(end) = text[start..].find('>') else { break };
        text.replace_range(start..=start + end, "");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    unescaped(&words.join(" "))
}

/// The few entities that content has, and numeric ones.
fn unescaped(text: &str) -> String {
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
