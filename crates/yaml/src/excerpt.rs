//! Source lines with a marker, as diagnostics show them.

use crate::{Source, Span};

const CONTEXT_LINES: u32 = 2;
const WIDTH: usize = 120;
const CUT: &str = "...";

/// The line a span begins on with up to two lines before it, numbered, and a caret under the column.
pub fn excerpt(source: &Source, span: Span) -> String {
    excerpt_at(source, span.line, span.column)
}

/// Like [`excerpt`] for a line and column from 1; column 0 underlines the whole line, line 0 shows nothing.
/// Encrypted files are never shown.
pub fn excerpt_at(source: &Source, line: u32, column: u32) -> String {
    if line == 0 {
        return String::new();
    }
    if source.text.starts_with("$ANSIBLE_VAULT") {
        return "(source not shown: content encrypted)".into();
    }
    let first = line.saturating_sub(CONTEXT_LINES).max(1);
    let lines: Vec<&str> =
        source.text.lines().skip(first as usize - 1).take((line - first + 1) as usize).collect();
    if lines.is_empty() {
        return "(source not shown: file truncated)".into();
    }
    let label_width = line.to_string().len();
    let mut out: Vec<String> =
        lines.iter().zip(first..).map(|(text, number)| numbered(text, number, label_width)).collect();
    if lines.len() as u32 == line - first + 1 {
        out.extend(marker(lines.last().copied().unwrap_or_default(), column, label_width));
    }
    out.join("\n")
}

fn room(label_width: usize) -> usize {
    WIDTH - label_width - 1
}

fn numbered(text: &str, number: u32, label_width: usize) -> String {
    let text = text.trim_end_matches('\r').replace('\t', " ");
    let gap = if text.is_empty() { "" } else { " " };
    format!("{number:>label_width$}{gap}{}", shortened(&text, room(label_width)))
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - CUT.len()).chain(CUT.chars()).collect()
}

fn marker(text: &str, column: u32, label_width: usize) -> Option<String> {
    let (length, room) = (text.chars().count(), room(label_width));
    let pad = " ".repeat(label_width + 1);
    if column == 0 {
        return (length > 0).then(|| format!("{pad}{}", "^".repeat(length.min(room))));
    }
    let usable = if length > room { room - CUT.len() } else { room };
    let index = column as usize - 1;
    if column as usize > usable {
        return None;
    }
    let label = format!("column {column}");
    Some(if index + 2 + label.len() > room {
        format!("{pad}{}{label} ^", " ".repeat(index - label.len() - 1))
    } else {
        format!("{pad}{}^ {label}", " ".repeat(index))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_two_lines_before_and_a_caret() {
        let source = Source::new("x.yml", "- hosts: a\n  tasks:\n    - debug:\n        msg: hi\n");
        assert_eq!(
            excerpt_at(&source, 4, 14),
            "2   tasks:\n3     - debug:\n4         msg: hi\n               ^ column 14"
        );
    }

    #[test]
    fn survives_odd_places() {
        let source = Source::new("x", "a\n\n");
        assert_eq!(excerpt_at(&source, 2, 1), "1 a\n2\n  ^ column 1");
        assert_eq!(excerpt_at(&source, 1, 0), "1 a\n  ^");
        assert_eq!(excerpt_at(&source, 9, 1), "(source not shown: file truncated)");
        let long = Source::new("x", "é".repeat(300));
        assert_eq!(excerpt_at(&long, 1, 200).lines().count(), 1);
        assert!(excerpt_at(&long, 1, 114).ends_with("column 114 ^"));
    }
}
