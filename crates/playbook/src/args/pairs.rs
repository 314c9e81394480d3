//! `key=value` text as a dictionary.

use super::{SplitError, escapes::decode, split};
use rplay_value::{Dict, Str, Value};

/// Whether a module takes a free form text (`command`, `shell`, `raw`, `script`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// Every `key=value` is an argument.
    No,
    /// Only the options of the command modules are arguments; anything else is part of the text.
    Yes,
}

const COMMAND_OPTIONS: [&str; 8] =
    ["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"];

/// Splits `key=value` text. Words that are no pairs are joined under `_raw_params`. Keys and values carry the
/// tag (trust, origin) of the text.
///
/// # Errors
/// When a quote or a template block is not closed.
pub fn pairs(text: &Str, free: Free) -> Result<Dict, SplitError> {
    let tagged = |part: &str| Str::new(part).with_tag_of(text);
    let mut dict = Dict::new();
    let mut raw: Vec<String> = Vec::new();
    for word in split(text)? {
        let decoded = decode(&word);
        let Some(at) = separator(&decoded) else {
            raw.push(if decoded.contains('=') { decoded.replace("\\=", "=") } else { word });
            continue;
        };
        let (key, value) = (&decoded[..at], &decoded[at + 1..]);
        if free == Free::Yes && !COMMAND_OPTIONS.contains(&key) {
            raw.push(word);
        } else {
            dict.insert(tagged(key.trim()), Value::Str(tagged(unquoted(value.trim()))));
        }
    }
    if !raw.is_empty() {
        dict.insert(tagged("_raw_params"), Value::Str(tagged(&joined(&raw))));
    }
    Ok(dict)
}

/// The first `=` that is neither the first character nor behind a backslash.
fn separator(word: &str) -> Option<usize> {
    word.match_indices('=').map(|(at, _)| at).find(|at| *at > 0 && !word[..*at].ends_with('\\'))
}

/// Without the quotes around it.
pub(crate) fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
            && !inner.ends_with('\\')
        {
            return inner;
        }
    }
    text
}

fn joined(words: &[String]) -> String {
    let mut out = String::new();
    for word in words {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    /// Recorded from `ansible.parsing.splitter`: text, `parse_kv`, `parse_kv` with free form, `split_args`.
    const TABLE: &str = include_str!("../../tests/key_values.json");

    fn shown<E: std::fmt::Display>(result: Result<Json, E>) -> Json {
        result.unwrap_or_else(|error| Json::String(format!("ERR {error}")))
    }

    #[test]
    fn agrees_with_ansible() {
        let rows: Vec<[Json; 4]> = serde_json::from_str(TABLE).unwrap();
        assert!(rows.len() > 70);
        for [text, plain, free, words] in rows {
            let text = Str::new(text.as_str().unwrap());
            let of = |free| shown(pairs(&text, free).map(|dict| Json::Object(dict.to_json())));
            assert_eq!(of(Free::No), plain, "{text:?}");
            assert_eq!(of(Free::Yes), free, "{text:?} free form");
            assert_eq!(shown(split(&text).map(Json::from)), words, "{text:?} split");
        }
    }
}
