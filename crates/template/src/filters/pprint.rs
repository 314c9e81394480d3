//! `pprint`: Python's `pprint.pformat`. Lists and dictionaries of templates are classes of Ansible's own,
//! which it shows as `repr` does; tuples and texts are cut at 80 columns.

use super::util;
use crate::{Args, Ctx, PyDict, Res, Val};

const WIDTH: usize = 80;

/// Where a value is written.
#[derive(Clone, Copy)]
struct At {
    /// Column it begins at.
    indent: usize,
    /// Columns that what follows it takes.
    allowance: usize,
    /// Lists and dictionaries are plain ones, which are cut too.
    plain: bool,
}

impl At {
    /// The place of item `indent` columns further in; of the last one, what follows the whole comes after it.
    fn item(self, indent: usize, last: Option<usize>) -> Self {
        Self { indent: self.indent + indent, allowance: last.map_or(1, |end| self.allowance + end), ..self }
    }

    fn next_line(self, out: &mut String) {
        out.push_str(&format!("\n{}", " ".repeat(self.indent + 1)));
    }
}

pub(super) fn pprint(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = util::only(args, "do_pprint")?;
    let mut out = String::new();
    write(ctx, &mut out, &value, At { indent: 0, allowance: 0, plain: false })?;
    Ok(Val::from(out))
}

/// Python's `pformat` of plain data.
pub(crate) fn plain(ctx: &mut Ctx<'_>, value: &Val) -> Res<String> {
    let value = sorted(ctx, value)?;
    let mut out = String::new();
    write(ctx, &mut out, &value, At { indent: 0, allowance: 0, plain: true })?;
    Ok(out)
}

/// The value with the keys of dictionaries in order.
fn sorted(ctx: &mut Ctx<'_>, value: &Val) -> Res<Val> {
    Ok(match value {
        Val::List(list) => {
            let items = list.items(ctx)?;
            Val::list(items.iter().map(|item| ctx.deeper(|ctx| sorted(ctx, item))).collect::<Res<Vec<_>>>()?)
        }
        Val::Tuple(items) => {
            Val::tuple(items.iter().map(|item| ctx.deeper(|ctx| sorted(ctx, item))).collect::<Res<Vec<_>>>()?)
        }
        Val::Dict(dict) => {
            let mut entries = Vec::with_capacity(dict.len());
            for (key, value) in dict.entries(ctx)? {
                let shown = ctx.repr(key.value())?;
                entries.push((shown, key, ctx.deeper(|ctx| sorted(ctx, &value))?));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let entries = entries.into_iter().map(|(_, key, value)| (key, value));
            Val::Dict(entries.collect::<PyDict>())
        }
        other => other.clone(),
    })
}

fn write(ctx: &mut Ctx<'_>, out: &mut String, value: &Val, at: At) -> Res<()> {
    let text = ctx.repr(value)?;
    if text.chars().count() <= WIDTH.saturating_sub(at.indent + at.allowance) {
        out.push_str(&text);
        return Ok(());
    }
    match value {
        Val::Tuple(items) if !items.is_empty() => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            write_items(ctx, out, items, (at, "(", close))?;
        }
        Val::List(list) if at.plain && !list.is_empty() => {
            let items = list.items(ctx)?;
            write_items(ctx, out, &items, (at, "[", "]"))?;
        }
        Val::Dict(dict) if at.plain && !dict.is_empty() => write_dict(ctx, out, dict, at)?,
        Val::Str(text) => write_text(out, text, at.indent, at.allowance),
        _ => out.push_str(&text),
    }
    Ok(())
}

fn write_items(
    ctx: &mut Ctx<'_>,
    out: &mut String,
    items: &[Val],
    (at, open, close): (At, &str, &str),
) -> Res<()> {
    out.push_str(open);
    for (number, item) in items.iter().enumerate() {
        let last = number + 1 == items.len();
        if number > 0 {
            out.push(',');
            at.next_line(out);
        }
        ctx.deeper(|ctx| write(ctx, out, item, at.item(1, last.then_some(close.len()))))?;
    }
    out.push_str(close);
    Ok(())
}

fn write_dict(ctx: &mut Ctx<'_>, out: &mut String, dict: &PyDict, at: At) -> Res<()> {
    out.push('{');
    let entries = dict.entries(ctx)?;
    for (number, (key, value)) in entries.iter().enumerate() {
        let last = number + 1 == entries.len();
        if number > 0 {
            out.push(',');
            at.next_line(out);
        }
        let key = ctx.repr(key.value())? + ": ";
        out.push_str(&key);
        let place = at.item(1 + key.chars().count(), last.then_some(1));
        ctx.deeper(|ctx| write(ctx, out, value, place))?;
    }
    out.push('}');
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
