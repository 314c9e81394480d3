//! `pprint`: Python's `pprint.pformat`. Lists and dictionaries of templates are classes of Ansible's own,
//! which it shows as `repr` does; tuples and texts are cut at 80 columns.

use super::util;
use crate::{Args, Ctx, Res, Val};

const WIDTH: usize = 80;

pub(super) fn pprint(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_pprint")?;
    let mut out = String::new();
    write(ctx, &mut out, &value, 0, 0)?;
    Ok(Val::from(out))
}

fn write(ctx: &mut Ctx<'_>, out: &mut String, value: &Val, indent: usize, allowance: usize) -> Res<()> {
    let text = ctx.repr(value)?;
    if text.chars().count() <= WIDTH.saturating_sub(indent + allowance) {
        out.push_str(&text);
        return Ok(());
    }
    match value {
        Val::Tuple(items) if !items.is_empty() => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            out.push('(');
            for (at, item) in items.iter().enumerate() {
                let last = at + 1 == items.len();
                if at > 0 {
                    out.push_str(&format!("\n{}", " ".repeat(indent + 1)));
                }
                let allowance = if last { allowance + close.len() } else { 1 };
                ctx.deeper(|ctx| write(ctx, out, item, indent + 1, allowance))?;
                out.push_str(if last { "" } else { "," });
            }
            out.push_str(close);
        }
        Val::Str(text) => write_text(out, text, indent, allowance),
        _ => out.push_str(&text),
    }
    Ok(())
}

/// A long string as several literals, cut between words.
fn write_text(out: &mut String, text: &str, indent: usize, allowance: usize) {
    let at_top = indent == 0;
    let (indent, allowance) = if at_top { (1, allowance + 1) } else { (indent, allowance) };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut chunks = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let repr = rplay_value::str_repr(line);
        let room = |last: bool| WIDTH.saturating_sub(indent + if last { allowance } else { 0 });
        if repr.chars().count() <= room(number + 1 == lines.len()) {
            chunks.push(repr);
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (at, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            let last = at + 1 == words.len() && number + 1 == lines.len();
            if rplay_value::str_repr(&candidate).chars().count() > room(last) && !current.is_empty() {
                chunks.push(rplay_value::str_repr(&current));
                current = (*word).to_owned();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(rplay_value::str_repr(&current));
        }
    }
    if chunks.len() == 1 {
        out.push_str(&rplay_value::str_repr(text));
        return;
    }
    if at_top {
        out.push('(');
    }
    out.push_str(&chunks.join(&format!("\n{}", " ".repeat(indent))));
    if at_top {
        out.push(')');
    }
}

/// Words with the blanks behind them.
fn words(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let end = rest[word..].find(|char: char| !char.is_whitespace()).map_or(rest.len(), |at| word + at);
        let (part, after) = rest.split_at(end);
        out.push(part);
        rest = after;
    }
    out
}
