//! `comment`: text as a comment of a style.

use super::util;
use crate::{Args, Ctx, Fault, HashKey, Res, Val};

struct Style {
    beginning: &'static str,
    decoration: &'static str,
    end: &'static str,
}

fn style(name: &str) -> Option<Style> {
    let (beginning, decoration, end) = match name {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        _ => return None,
    };
    Some(Style { beginning, decoration, end })
}

pub(super) fn comment(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    let mut take = |ctx: &mut Ctx<'_>, name: &str| -> Res<Option<String>> {
        args.take_kw(name).map(|value| ctx.str(&value)).transpose()
    };
    let newline = take(ctx, "newline")?.unwrap_or_else(|| "\n".into());
    let beginning = take(ctx, "beginning")?;
    let prefix = take(ctx, "prefix")?;
    let decoration = take(ctx, "decoration")?;
    let postfix = take(ctx, "postfix")?;
    let end = take(ctx, "end")?;
    let prefix_count = match args.take_kw("prefix_count") {
        Some(Val::Str(text)) => text.trim().parse().map_err(|_| {
            Fault::value_error(format!(
                "invalid literal for int() with base 10: {}",
                rplay_value::str_repr(&text)
            ))
        })?,
        count => util::count(count, 1)?,
    };
    let postfix_count = util::count(args.take_kw("postfix_count"), 1)?;
    // Any other keyword is a parameter nobody reads, as in Ansible.
    args.kw.retain(|(key, _)| matches!(&**key, "text" | "style"));
    let [text, name] = args.bind("comment", ["text", "style"], 1)?;
    let name = HashKey::new(name.unwrap_or_else(|| Val::from("plain")))?;
    let Some(style) = name.as_str().and_then(style) else {
        let shown = ctx.repr(name.value())?;
        return Err(Fault::plugin(format!("Invalid style {shown}.")));
    };
    let text = text.unwrap_or(Val::None);
    let Val::Str(text) = &text else {
        return Err(Fault::attribute_error(format!(
            "'{}' object has no attribute 'replace'",
            text.type_name()
        )));
    };
    let decoration = decoration.unwrap_or_else(|| style.decoration.into());
    let bare = decoration.trim_end().to_owned();
    let prefix = prefix.unwrap_or_else(|| bare.clone());
    let postfix = postfix.unwrap_or_else(|| bare.clone());
    let beginning = beginning.unwrap_or_else(|| style.beginning.into());
    let end = end.unwrap_or_else(|| style.end.into());
    ctx.budget().items(prefix_count.max(postfix_count))?;

    let mut out = String::new();
    if !beginning.is_empty() {
        out.push_str(&beginning);
        out.push_str(&newline);
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { newline.clone() } else { format!("{prefix}{newline}") };
        out.push_str(&line.repeat(prefix_count));
    }
    let body = format!("{decoration}{}", text.replace(&newline, &format!("{newline}{decoration}")));
    out.push_str(&body.replace(&format!("{decoration}{newline}"), &format!("{bare}{newline}")));
    for _ in 0..postfix_count {
        out.push_str(&newline);
        out.push_str(&postfix);
    }
    if !end.is_empty() {
        out.push_str(&newline);
        out.push_str(&end);
    }
    Ok(Val::from(out))
}
