//! `dict`: JSON, Python's literal form, or `k=v` pairs.

use super::class;
use crate::args::{Map, Value};

pub(super) fn dict(value: Value) -> Result<Value, String> {
    match value {
        Value::Object(_) => Ok(value),
        Value::String(text) if text.starts_with('{') => braces(&text),
        Value::String(text) if text.contains('=') => pairs(&text),
        Value::String(_) => Err("dictionary requested, could not parse JSON or key=value".to_owned()),
        other => Err(format!("{} cannot be converted to a dict", class(&other))),
    }
}

fn braces(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return Ok(value);
    }
    crate::text::literal::parse(text)
        .filter(Value::is_object)
        .ok_or_else(|| "unable to evaluate string as dictionary".to_owned())
}

fn pairs(text: &str) -> Result<Value, String> {
    let mut found = Map::new();
    for field in fields(text.trim()) {
        let Some((key, value)) = field.split_once('=') else {
            return Err("unable to evaluate string in the \"key=value\" format as dictionary".to_owned());
        };
        found.insert(key.to_owned(), Value::from(value));
    }
    Ok(Value::Object(found))
}

/// Splits at commas and blanks outside quotes; a backslash takes the next letter as it is.
fn fields(text: &str) -> Vec<String> {
    let (mut found, mut field) = (Vec::new(), String::new());
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => field.extend(letters.next()),
            ('\'' | '"', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            (',' | ' ', None) => found.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    found.push(field);
    found.retain(|field| !field.is_empty());
    found
}
