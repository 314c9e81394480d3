//! Documentation as text, laid out as ansible-doc does.

use super::catalogue::Entry;
use crate::{Failure, commands::formats};
use rplay_value::{Dict, Value};

const INDENT: &str = "        ";

/// The text about one plugin.
pub(super) fn of(kind: &str, entry: &Entry) -> Result<String, Failure> {
    if kind == "keyword" {
        let data = Value::dict([(entry.name.as_str(), Value::from(entry.doc.clone()))]);
        return Ok(formats::yaml(&data)?.trim_end().to_owned());
    }
    if let Some(points) = entry.doc.get("entry_points").and_then(Value::as_dict) {
        return role(entry, points);
    }
    let mut lines = Vec::new();
    let text = |key: &str| entry.doc.get(key).map(Value::to_text).unwrap_or_default();
    lines.push(format!("> {} {} ({})", kind.to_uppercase(), entry.name, text("filename")));
    lines.push(String::new());
    for part in strings(entry.doc.get("description")) {
        lines.push(fill(&plain(&part), width(), "  ", "  "));
    }
    if entry.doc.get("has_action").is_some_and(Value::is_true) {
        lines.push("\n  * note: This module has a corresponding action plugin.".into());
    }
    if let Some(options) = entry.doc.get("options").and_then(Value::as_dict).filter(|all| !all.is_empty()) {
        lines.push("\nOPTIONS (= indicates it is required):".into());
        fields(&mut lines, options, INDENT, "", false)?;
    }
    let notes = strings(entry.doc.get("notes"));
    if !notes.is_empty() {
        lines.push("\nNOTES:".into());
        lines.extend(notes.iter().map(|note| fill(&plain(note), width() - 6, "      * ", INDENT)));
    }
    let requirements = strings(entry.doc.get("requirements"));
    if !requirements.is_empty() {
        lines.push(format!(
            "\nREQUIREMENTS:{}\n",
            fill(&plain(&requirements.join(", ")), width() - 16, "  ", INDENT)
        ));
    }
    let authors = strings(entry.doc.get("author"));
    if !authors.is_empty() {
        lines.push(format!("\nAUTHOR: {}", authors.join(", ")));
    }
    match &entry.examples {
        Value::None => {}
        Value::Str(examples) => lines.push(format!("\nEXAMPLES:\n{}", examples.trim())),
        other => lines.push(format!("\nEXAMPLES:\n{}", formats::yaml(other)?)),
    }
    if let Some(returned) = entry.returned.as_dict().filter(|all| !all.is_empty()) {
        lines.push("\nRETURN VALUES:".into());
        fields(&mut lines, returned, INDENT, "", true)?;
    }
    Ok(lines.join("\n"))
}

fn role(entry: &Entry, points: &Dict) -> Result<String, Failure> {
    let path = entry.doc.get("path").map(Value::to_text).unwrap_or_default();
    let mut lines = vec![format!("> ROLE: *{}* ({path})", entry.name)];
    for (name, point) in points.iter() {
        let short = point.get("short_description").map(|short| format!("- {}", short.to_text()));
        lines.push(format!("\nENTRY POINT: *{}* {}\n", name.as_value().to_text(), short.unwrap_or_default()));
        let indent = "          ";
        let about = strings(point.get("description"));
        if !about.is_empty() {
            lines.extend(about.iter().map(|part| fill(&plain(part), width(), indent, indent)));
            lines.push(String::new());
        }
        if let Some(options) = point.get("options").and_then(Value::as_dict) {
            lines.push("Options (= indicates it is required):".into());
            fields(&mut lines, options, indent, "", false)?;
        }
        let authors = strings(point.get("author"));
        if !authors.is_empty() {
            lines.push(format!("\nAUTHOR: {}", authors.join(", ")));
        }
    }
    Ok(lines.join("\n"))
}

/// Options or return values with all that is known about each.
fn fields(
    lines: &mut Vec<String>,
    all: &Dict,
    indent: &str,
    base: &str,
    returned: bool,
) -> Result<(), Failure> {
    let mut sorted: Vec<(String, &Value)> =
        all.iter().map(|(key, value)| (key.as_value().to_text(), value)).collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, value) in sorted {
        let Some(field) = value.as_dict() else { continue };
        let required = field.get("required").is_some_and(Value::is_true);
        let mark = if required { "=" } else { "-" };
        lines.push(String::new());
        let inline = " ".repeat(indent.len().saturating_sub(name.len()).saturating_sub(base.len()).max(2));
        let deeper = format!("{inline}{base}{}", " ".repeat(name.len() + 3));
        let key = format!("{base}{mark} {name}");
        let about = strings(field.get("description"));
        for (index, part) in about.iter().enumerate() {
            let filled = fill(&plain(part), width(), &deeper, &deeper);
            lines.push(match index {
                0 => format!("{key}{inline}{}", filled.trim_start()),
                _ => filled,
            });
        }
        if about.is_empty() {
            lines.push(key);
        }
        details(lines, field, indent, required || returned)?;
        for sub in ["options", "suboptions", "contains", "spec"] {
            if let Some(inner) = field.get(sub).and_then(Value::as_dict) {
                lines.push(format!("{indent}{sub}:"));
                fields(lines, inner, &format!("{indent}  "), indent, returned)?;
            }
        }
    }
    Ok(())
}

fn details(lines: &mut Vec<String>, field: &Dict, indent: &str, no_default: bool) -> Result<(), Failure> {
    const TOLD: [&str; 7] =
        ["description", "required", "options", "suboptions", "contains", "spec", "version_added"];
    const SET_VIA: [&str; 6] = ["env", "ini", "yaml", "vars", "keyword", "cli"];
    let mut indented = |text: String| {
        lines.extend(text.trim_end().lines().map(|line| format!("{indent}{line}")));
    };
    let via: Vec<(&str, Value)> = SET_VIA
        .into_iter()
        .filter_map(|sort| Some((sort, field.get(sort).filter(|places| places.is_true())?.clone())))
        .collect();
    if !via.is_empty() {
        indented(formats::yaml(&Value::dict([("set_via", Value::dict(via))]))?);
    }
    let mut rest: Vec<(String, Value)> = field
        .iter()
        .map(|(key, value)| (key.as_value().to_text(), value.clone()))
        .filter(|(key, _)| !TOLD.contains(&key.as_str()) && !SET_VIA.contains(&key.as_str()))
        .filter(|(key, _)| !key.starts_with('_') && key != "version_added_collection")
        .collect();
    if !no_default && !field.contains("default") {
        rest.push(("default".into(), Value::None));
    }
    rest.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (key, value) in rest {
        match &value {
            Value::List(_) => indented(format!("{key}: {}", formats::yaml_line(&value)?)),
            _ => indented(formats::yaml(&Value::dict([(key, value)]))?),
        }
    }
    Ok(())
}

/// A text, or a list of texts.
pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::None) => Vec::new(),
        Some(Value::List(items)) => items.iter().map(Value::to_text).collect(),
        Some(other) => vec![other.to_text()],
    }
}

fn width() -> usize {
    let columns = crate::wiring::style().columns;
    (columns - columns / 5).max(70)
}

/// Words in lines of at most `width`; blank lines part paragraphs.
fn fill(text: &str, width: usize, first: &str, next: &str) -> String {
    let mut out = Vec::new();
    let mut lead = first;
    for paragraph in text.split("\n\n") {
        let mut line = lead.to_owned();
        let mut empty = true;
        for word in paragraph.split_whitespace() {
            if !empty && line.chars().count() + 1 + word.chars().count() > width {
                out.push(std::mem::replace(&mut line, next.to_owned()));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        out.push(line);
        lead = next;
    }
    out.join("\n")
}

/// Markup of documentation (`C(x)`, `O(x)`, `L(text,url)`, …) as plain text.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, letter, inner, after)) = markup(rest) {
        out.push_str(&rest[..at]);
        match letter {
            'I' | 'C' | 'V' | 'O' | 'P' | 'E' => {
                let name = inner.split('#').next().unwrap_or(inner);
                let shown = if letter == 'P' { name.to_owned() } else { format!("`{inner}'") };
                out.push_str(&shown);
            }
            'B' => out.push_str(&format!("*{inner}*")),
            'L' | 'R' => {
                let (label, target) = inner.split_once(',').unwrap_or((inner, ""));
                out.push_str(label);
                if letter == 'L' && !target.is_empty() {
                    out.push_str(&format!(" <{}>", target.trim()));
                }
            }
            _ => out.push_str(inner),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first markup: where, which, what is in it, what follows.
fn markup(text: &str) -> Option<(usize, char, &str, &str)> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(1)).find_map(|at| {
        let letter = bytes[at] as char;
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        if !starts || bytes[at + 1] != b'(' || !"ICBMPLRUVOE".contains(letter) {
            return None;
        }
        let inner = &text[at + 2..];
        let end = inner.find(')')?;
        Some((at, letter, &inner[..end], &inner[end + 1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_plain_text() {
        assert_eq!(
            plain("Set O(a) to V(b), see L(this,http://x) and M(c.d.e)."),
            "Set `a' to `b', see this <http://x> and c.d.e."
        );
        assert_eq!(plain("a (b) ABC(d)"), "a (b) ABC(d)");
    }

    #[test]
    fn lines_are_filled() {
        assert_eq!(fill("aa bb cc", 6, " ", "  "), " aa bb\n  cc");
    }
}
