//! TOML as the Python library tomli-w lays it out.

use rplay_value::{Dict, Key, Value, float_repr};

/// Longer inline tables of an array are tables of their own.
const MAX_LINE: usize = 100;
const INDENT: &str = "    ";

/// The document of a dictionary.
///
/// # Errors
/// For what TOML cannot hold.
pub(super) fn text(data: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new() };
    if let Value::Dict(table) = data {
        writer.table(table, "", false)?;
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    fn table(&mut self, table: &Dict, name: &str, in_array: bool) -> Result<(), String> {
        let mut plain = Vec::new();
        let mut tables: Vec<(&Key, &Dict, bool)> = Vec::new();
        for (key, value) in table {
            match value {
                Value::Dict(inner) => tables.push((key, inner, false)),
                Value::List(items) if is_array_of_tables(items)? => {
                    tables.extend(items.iter().filter_map(Value::as_dict).map(|table| (key, table, true)));
                }
                other => plain.push((key, other)),
            }
        }
        let mut begun = in_array || (!name.is_empty() && (!plain.is_empty() || tables.is_empty()));
        if begun {
            let header = if in_array { format!("[[{name}]]\n") } else { format!("[{name}]\n") };
            self.out.push_str(&header);
        }
        begun |= !plain.is_empty();
        for (key, value) in plain {
            let line = format!("{} = {}\n", key_part(key)?, literal(value, 0)?);
            self.out.push_str(&line);
        }
        for (key, table, in_array) in tables {
            if begun {
                self.out.push('\n');
            }
            begun = true;
            let part = key_part(key)?;
            let full = if name.is_empty() { part } else { format!("{name}.{part}") };
            self.table(table, &full, in_array)?;
        }
        Ok(())
    }
}

/// Whether a list is to be written as tables of their own: one of them is too long for a line.
fn is_array_of_tables(items: &[Value]) -> Result<bool, String> {
    if items.is_empty() || !items.iter().all(|item| item.as_dict().is_some()) {
        return Ok(false);
    }
    for item in items {
        let line = format!("{INDENT}{},", literal(item, 0)?);
        if line.chars().count() > MAX_LINE || line.contains('\n') {
            return Ok(true);
        }
    }
    Ok(false)
}

fn literal(value: &Value, level: usize) -> Result<String, String> {
    match value {
        Value::Bool(bool) => Ok(bool.to_string()),
        Value::Float(float) if float.is_nan() => Ok("nan".into()),
        Value::Float(float) if float.is_infinite() => Ok(if *float > 0.0 { "inf" } else { "-inf" }.into()),
        Value::Float(float) => Ok(float_repr(*float)),
        Value::Int(_) | Value::BigInt(_) | Value::Date(_) | Value::DateTime(_) => Ok(value.to_text()),
        Value::Str(text) => Ok(quoted(text)),
        Value::List(items) => array(items, level),
        Value::Dict(table) => inline(table),
        other => Err(format!("Object of type '{}' is not TOML serializable", other.type_name())),
    }
}

fn inline(table: &Dict) -> Result<String, String> {
    if table.is_empty() {
        return Ok("{}".into());
    }
    let entries: Result<Vec<String>, String> =
        table.iter().map(|(key, value)| Ok(format!("{} = {}", key_part(key)?, literal(value, 0)?))).collect();
    Ok(format!("{{ {} }}", entries?.join(", ")))
}

fn array(items: &[Value], level: usize) -> Result<String, String> {
    if items.is_empty() {
        return Ok("[]".into());
    }
    let indent = INDENT.repeat(level + 1);
    let lines: Result<Vec<String>, String> =
        items.iter().map(|item| Ok(format!("{indent}{}", literal(item, level + 1)?))).collect();
    Ok(format!("[\n{},\n{}]", lines?.join(",\n"), INDENT.repeat(level)))
}

fn key_part(key: &Key) -> Result<String, String> {
    let Some(text) = key.as_str() else {
        let found = key.as_value();
        return Err(format!(
            "Invalid mapping key '{}' of type '{}'. A string is required.",
            found.to_text(),
            found.type_name()
        ));
    };
    let bare = !text.is_empty()
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'));
    Ok(if bare { text.to_owned() } else { quoted(text) })
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '\u{8}' => out.push_str("\\b"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push('\t'),
            char if char.is_ascii_control() => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_is_laid_out_as_tomli_w_lays_it_out() {
        let host = Value::dict([
            ("b", true.into()),
            ("l", Value::list([1.into(), Value::list([Value::from("x")])])),
            ("d", Value::dict([("é", Value::from(1.5))])),
        ]);
        let data = Value::dict([(
            "g",
            Value::dict([
                ("children", Value::list([Value::from("c")])),
                ("hosts", Value::dict([("h.1", host), ("h2", Value::dict::<&str>([]))])),
                ("t", Value::list([Value::dict([("k", Value::from("a\"\n"))])])),
            ]),
        )]);
        let expected = "[g]\nchildren = [\n    \"c\",\n]\nt = [\n    { k = \"a\\\"\\n\" },\n]\n\n[g.hosts.\"h.1\"]\nb = \
                        true\nl = [\n    1,\n    [\n        \"x\",\n    ],\n]\n\n[g.hosts.\"h.1\".d]\n\"é\" = \
                        1.5\n\n[g.hosts.h2]\n";
        assert_eq!(text(&data).unwrap(), expected);
        assert!(text(&Value::dict([("n", Value::None)])).is_err());
    }
}
