//! What an author probably meant where a text is not YAML.

use crate::{Place, Source};

/// A hint for the line of an error; `None` where nothing common fits.
pub(crate) fn hint(source: &Source, place: Place, problem: &str) -> Option<String> {
    let line = source.text.lines().nth(place.line.checked_sub(1)? as usize)?;
    let value = value_of(line);
    if line.contains('\t') {
        return Some("Tabs are usually invalid in YAML: indent with spaces.".into());
    }
    if value.starts_with("{{") {
        return Some(unquoted_template(line, value));
    }
    if let Some(hint) = bad_quotes(value) {
        return Some(hint);
    }
    if !starts_quoted(value) && (value.contains(": ") || value.ends_with(':')) {
        return Some(format!(
            "A colon and a space inside a value begin a new mapping. Quote the value:\n\n    {}'{}'",
            &line.trim()[..line.trim().len() - value.len()],
            value.replace('\'', "''")
        ));
    }
    if problem.contains("expected ':'") {
        return Some(no_colon(source, place, line));
    }
    if problem.contains("cannot start any token") {
        return Some(format!("A value cannot start with {:?}: quote it.", value.chars().next()?));
    }
    (value.contains("{{") && !starts_quoted(value)).then(|| unquoted_template(line, value))
}

/// A hint for a quoted value that runs on to a place where it cannot end.
pub(crate) fn open_quote(context: &str, start: Place) -> Option<String> {
    context.contains("quoted scalar").then(|| {
        format!("The quote that opens in line {}, column {} is never closed.", start.line, start.column)
    })
}

/// What follows list dashes and a `key: `.
fn value_of(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    match rest.split_once(": ") {
        Some((key, value)) if !key.contains(['"', '\'', '{']) => value.trim_start(),
        _ => rest,
    }
}

fn starts_quoted(value: &str) -> bool {
    value.starts_with(['"', '\''])
}

fn unquoted_template(line: &str, value: &str) -> String {
    let head = line.trim();
    let head = &head[..head.len() - value.len()];
    let quoted =
        if value.contains('"') { format!("'{}'", value.replace('\'', "''")) } else { format!("\"{value}\"") };
    format!(
        "A value that begins with a template must be quoted, or YAML takes {{{{ for a mapping:\n\n    {head}{quoted}"
    )
}

fn bad_quotes(value: &str) -> Option<String> {
    let quote = value.chars().next().filter(|char| matches!(char, '"' | '\''))?;
    let count = value.matches(quote).count();
    if count % 2 == 1 {
        return Some(format!("The quote {quote} that begins the value is never closed on this line."));
    }
    (count > 2 || !value.ends_with(quote)).then(|| {
        let other = if quote == '"' { '\'' } else { '"' };
        format!(
            "A value that starts with a quote must end with it, and not contain it. Quote the whole with the \
             other kind:\n\n    {other}{value}{other}"
        )
    })
}

/// A key without a colon; often the space behind the colon is missing, here or on the line before.
fn no_colon(source: &Source, place: Place, line: &str) -> String {
    let before =
        source.text.lines().take(place.line as usize - 1).filter(|text| !text.trim().is_empty()).last();
    let glued = [Some(line), before].into_iter().flatten().map(str::trim).find(|text| {
        text.split_once(':').is_some_and(|(key, value)| {
            !key.is_empty() && !key.contains(' ') && !value.is_empty() && !value.starts_with([' ', '/'])
        })
    });
    match glued {
        Some(text) => format!("A space is missing behind the colon in: {text}"),
        None => "A `key: value` pair is expected here: check the colon and the indentation.".into(),
    }
}
