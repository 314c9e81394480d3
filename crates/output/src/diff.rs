//! Diffs as `--diff` shows them.

use crate::{Color, Layout};
use rplay_value::{Dict, Value};
use similar::TextDiff;

/// The text of a result's `diff`, empty when there is nothing to show.
pub(crate) fn render(diff: &Value, color: bool, layout: Layout) -> String {
    match diff {
        Value::List(items) => {
            items.iter().filter_map(Value::as_dict).map(|diff| one(diff, color, layout)).collect()
        }
        Value::Dict(diff) => one(diff, color, layout),
        _ => String::new(),
    }
}

fn one(diff: &Dict, color: bool, layout: Layout) -> String {
    let mut out = String::new();
    for (key, which) in [("dst_binary", "destination"), ("src_binary", "source")] {
        if diff.contains(key) {
            out.push_str(&format!("diff skipped: {which} file appears to be binary\n"));
        }
    }
    for (key, which) in [("dst_larger", "destination"), ("src_larger", "source")] {
        if let Some(limit) = diff.get(key) {
            out.push_str(&format!("diff skipped: {which} file size is greater than {}\n", limit.to_text()));
        }
    }
    if let (Some(before), Some(after)) = (diff.get("before"), diff.get("after")) {
        let header = |key: &str, side: &str| match diff.get(key) {
            Some(name) => format!("{side}: {}", name.to_text()),
            None => side.to_owned(),
        };
        let (from, to) = (header("before_header", "before"), header("after_header", "after"));
        out.push_str(&unified(&side(before, layout), &side(after, layout), (&from, &to), color));
    }
    if let Some(prepared) = diff.get("prepared") {
        out.push_str(&prepared.to_text());
    }
    out
}

/// One side of a difference; structures are shown as results are.
fn side(value: &Value, layout: Layout) -> String {
    match value {
        Value::None => String::new(),
        Value::Dict(_) => layout.in_diff(value),
        other => other.to_text(),
    }
}

fn unified(before: &str, after: &str, headers: (&str, &str), color: bool) -> String {
    let (before, after) = (lines(before), lines(after));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&before, &after);
    let mut out = String::new();
    for hunk in
        diff.unified_diff().context_radius(3).header(headers.0, headers.1).to_string().split_inclusive('\n')
    {
        let line = match () {
            () if !color => hunk.to_owned(),
            () if hunk.starts_with('+') => Color::Ok.paint(hunk.trim_end_matches('\n')) + "\n",
            () if hunk.starts_with('-') => Color::Error.paint(hunk.trim_end_matches('\n')) + "\n",
            () if hunk.starts_with("@@") => Color::DiffLines.paint(hunk.trim_end_matches('\n')) + "\n",
            () => hunk.to_owned(),
        };
        out.push_str(&line);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Lines with their ends; a last line without one says so, as ansible-core shows it.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(String::from).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push_str("\n\\ No newline at end of file\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_looks_as_ansible_shows_it() {
        let diff = Value::dict([
            ("before", Value::from("")),
            ("after", Value::from("x")),
            ("after_header", Value::from("/tmp/cp")),
        ]);
        assert_eq!(
            render(&diff, false, Layout::default()),
            "--- before\n+++ after: /tmp/cp\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n\n"
        );
    }
}
