//! How results are laid out: as JSON or YAML, close or spread out (`result_format`, `pretty_results`).

use crate::json;
use rplay_value::{Dict, Str, Value};
use rplay_yaml::emit::{self, Style};

/// The options `callback_result_format` and `callback_format_pretty`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// YAML instead of JSON.
    pub yaml: bool,
    /// Spread out or not; by default YAML is, and JSON where it is told at length.
    pub pretty: Option<bool>,
}

/// Spaces a level where results are spread out.
const INDENT: usize = 4;

impl Layout {
    /// A result that is shown. `indent` spaces a level, where it is not for the options to say; `at_length`: what is
    /// shown is there to be read.
    pub(crate) fn result(self, result: &Dict, indent: Option<usize>, at_length: bool) -> String {
        let spread = at_length || (self.pretty.is_none() && self.yaml) || self.pretty == Some(true);
        let indent = match (self.pretty, indent) {
            (Some(false), _) => None,
            (_, None) if spread => Some(INDENT),
            (_, indent) => indent,
        };
        if !self.yaml {
            return json::dump_dict(result, indent);
        }
        let text = self.document(&self.without_lines(result).into(), indent);
        format!("\n{}", indented(&text, indent.unwrap_or(INDENT)))
    }

    /// A structure in a diff, with a line end.
    pub(crate) fn in_diff(self, value: &Value) -> String {
        if self.yaml {
            return format!("{}\n\n", indented(&self.document(value, Some(INDENT)), INDENT));
        }
        json::dump(value, Some(INDENT)) + "\n"
    }

    fn is_lossy(self) -> bool {
        self.pretty != Some(false)
    }

    fn document(self, value: &Value, indent: Option<usize>) -> String {
        let indent = indent.and_then(|indent| i32::try_from(indent).ok()).unwrap_or(2);
        let value = if self.is_lossy() { readable(value) } else { value.clone() };
        let style = Style { indent, block_texts: true, ..Style::default() };
        // What cannot be written as YAML is still told.
        emit::to_string(&value, &style).unwrap_or_else(|_| json::dump(&value, Some(INDENT)))
    }

    /// The lines of an output say nothing that the output itself does not.
    fn without_lines(self, result: &Dict) -> Dict {
        let mut shown = result.clone();
        if self.is_lossy() {
            for stream in ["stdout", "stderr"] {
                let lines = format!("{stream}_lines");
                if shown.contains(stream) && shown.contains(&lines) {
                    shown.insert(lines, "<omitted>".into());
                }
            }
        }
        shown
    }
}

/// Every line that is not empty, further in.
fn indented(text: &str, spaces: usize) -> String {
    let lines: Vec<String> = text
        .trim_end_matches('\n')
        .split('\n')
        .map(|line| if line.trim().is_empty() { line.to_owned() } else { " ".repeat(spaces) + line })
        .collect();
    lines.join("\n")
}

/// Texts of several lines without what YAML cannot show in a block: they are there to be read, not to be exact.
fn readable(value: &Value) -> Value {
    match value {
        Value::Str(text) if text.contains(BREAKS) => Value::from(block_text(text)),
        Value::List(items) => Value::list(items.iter().map(readable)),
        Value::Dict(dict) => {
            dict.iter().map(|(key, value)| (key.clone(), readable(value))).collect::<Dict>().into()
        }
        other => other.clone(),
    }
}

/// What YAML takes for the end of a line.
const BREAKS: &[char] = &['\n', '\u{85}', '\u{2028}', '\u{2029}'];

fn block_text(text: &Str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for char in text.trim_end().chars().filter(|char| *char == '\t' || is_plain(*char)) {
        match char {
            '\t' => {
                let spaces = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
                continue;
            }
            char if BREAKS.contains(&char) => {
                out.truncate(out.trim_end_matches(' ').len());
                column = 0;
            }
            _ => column += 1,
        }
        out.push(char);
    }
    out
}

/// Whether YAML shows the character as it is.
fn is_plain(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && char != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use rplay_value::Key;

    fn result() -> Dict {
        let text = Value::from("a\tb  \nc\u{7}\n");
        [(Key::from("stdout"), text), (Key::from("stdout_lines"), Value::list(["a".into()]))]
            .into_iter()
            .collect()
    }

    #[test]
    fn yaml_is_written_to_be_read_unless_exactness_is_asked_for() {
        let layout = Layout { yaml: true, pretty: None };
        assert_eq!(
            layout.result(&result(), None, false),
            "\n    stdout: |-\n        a       b\n        c\n    stdout_lines: <omitted>"
        );
        let exact = Layout { pretty: Some(false), ..layout };
        assert_eq!(
            exact.result(&result(), None, false),
            "\n    stdout: \"a\\tb  \\nc\\a\\n\"\n    stdout_lines:\n    - a"
        );
    }

    #[test]
    fn json_is_spread_out_where_it_is_to_be_read() {
        let one: Dict = [(Key::from("a"), Value::from(1))].into_iter().collect();
        let text = |pretty, at_length| Layout { yaml: false, pretty }.result(&one, None, at_length);
        assert_eq!(text(None, false), "{\"a\": 1}");
        assert_eq!(text(None, true), "{\n    \"a\": 1\n}");
        assert_eq!(text(Some(true), false), "{\n    \"a\": 1\n}");
        assert_eq!(text(Some(false), true), "{\"a\": 1}");
    }
}
