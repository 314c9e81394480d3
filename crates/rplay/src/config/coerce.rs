//! Texts of the environment and the file as values of a setting's type.

use super::expand;
use rplay_value::Value;
use std::path::Path;

/// The value as one of a type; types without a rule leave it alone. The error says what was wrong.
pub(super) fn coerce(value: &Value, kind: &str, base: Option<&Path>) -> Result<Value, String> {
    if value.is_none() {
        return Ok(Value::None);
    }
    let wrong = || format!("Invalid value provided for '{kind}': {}", value.repr());
    Ok(match kind {
        "bool" | "boolean" => Value::Bool(boolean(value)),
        "int" | "integer" => Value::Int(integer(value).ok_or_else(wrong)?),
        "float" => Value::Float(value.to_text().trim().parse().map_err(|_| wrong())?),
        "list" => match value {
            Value::List(_) => value.clone(),
            Value::Str(text) => Value::list(text.split(',').map(|part| unquoted(part.trim().into()))),
            _ => return Err(wrong()),
        },
        "path" | "tmp" | "tmppath" | "temppath" => match value {
            Value::Str(text) => Value::from(path(text, base)),
            _ => return Err(wrong()),
        },
        "pathspec" | "pathlist" => {
            let separator = if kind == "pathspec" { ':' } else { ',' };
            match value {
                Value::List(items) => {
                    Value::list(items.iter().map(|item| path(&item.to_text(), base).into()))
                }
                Value::Str(text) => {
                    Value::list(text.split(separator).map(|part| path(part.trim(), base).into()))
                }
                _ => return Err(wrong()),
            }
        }
        "dict" | "dictionary" if value.as_dict().is_none() => return Err(wrong()),
        "str" | "string" => match value {
            Value::List(_) | Value::Dict(_) => return Err(wrong()),
            other => Value::from(other.to_text()),
        },
        _ => value.clone(),
    })
}

fn boolean(value: &Value) -> bool {
    match value {
        Value::Bool(bool) => *bool,
        other => {
            matches!(other.to_text().to_lowercase().trim(), "y" | "yes" | "on" | "1" | "true" | "t" | "1.0")
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(int) => Some(*int),
        Value::Bool(bool) => Some(i64::from(*bool)),
        other => {
            let text = other.to_text();
            let text = text.trim();
            let whole = match text.split_once('.') {
                Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole,
                _ => text,
            };
            whole.parse().ok()
        }
    }
}

/// Text without the quotes around it.
pub(super) fn unquoted(value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    for quote in ['"', '\''] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|_| !text.ends_with("\\\"") && text.len() > 1) {
            return Value::from(inner);
        }
    }
    value
}

/// A path made absolute and tidy, relative to `base` or the working directory.
fn path(text: &str, base: Option<&Path>) -> String {
    let here = || std::env::current_dir().unwrap_or_else(|_| "/".into());
    let text = if text.contains("{{CWD}}") {
        text.replace("{{CWD}}", &here().to_string_lossy())
    } else {
        text.to_owned()
    };
    let full = base.map_or_else(here, Path::to_path_buf).join(expand(&variables(&text)));
    super::file::tidy(&full).to_string_lossy().into_owned()
}

/// `$NAME` and `${NAME}` filled in from the environment; unknown ones stay.
fn variables(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match std::env::var(name) {
            Ok(value) if !name.is_empty() => out.push_str(&value),
            _ => out.push_str(&rest[at..=at + length]),
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_the_types_of_settings() {
        let as_text = |text: &str, kind: &str| {
            coerce(&Value::from(text), kind, Some(Path::new("/b"))).map(|value| value.repr())
        };
        assert_eq!(as_text("Yes", "bool").unwrap(), "True");
        assert_eq!(as_text("maybe", "bool").unwrap(), "False");
        assert_eq!(as_text("7.0", "int").unwrap(), "7");
        assert!(as_text("x", "int").is_err());
        assert_eq!(as_text("a, 'b'", "list").unwrap(), "['a', 'b']");
        assert_eq!(as_text("../x:/y/./z", "pathspec").unwrap(), "['/x', '/y/z']");
        assert_eq!(as_text("$NO_SUCH_VARIABLE/x", "path").unwrap(), "'/b/$NO_SUCH_VARIABLE/x'");
    }
}
