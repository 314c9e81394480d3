//! JSON as Python's `json.dumps(…, sort_keys=True, ensure_ascii=False)` lays it out.

use rplay_value::{Dict, Key, Value, float_repr, push_json_text};

/// A value on one line, or indented by `indent` spaces a level.
pub(crate) fn dump(value: &Value, indent: Option<usize>) -> String {
    let mut out = String::new();
    write(&mut out, value, indent, 0);
    out
}

/// A dictionary; see [`dump`].
pub(crate) fn dump_dict(dict: &Dict, indent: Option<usize>) -> String {
    let mut out = String::new();
    write_dict(&mut out, dict, indent, 0);
    out
}

fn write(out: &mut String, value: &Value, indent: Option<usize>, level: usize) {
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Float(float) if float.is_nan() => out.push_str("NaN"),
        Value::Float(float) if float.is_infinite() => {
            out.push_str(if *float > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Value::Float(float) => out.push_str(&float_repr(*float)),
        Value::Int(_) | Value::BigInt(_) => out.push_str(&value.to_text()),
        Value::Str(text) => push_json_text(out, text, false),
        Value::List(items) => write_list(out, items, indent, level),
        Value::Dict(dict) => write_dict(out, dict, indent, level),
        Value::Date(_) | Value::DateTime(_) => push_json_text(out, &value.to_text().replace(' ', "T"), false),
        Value::Bytes(bytes) => push_json_text(out, &String::from_utf8_lossy(bytes), false),
        Value::Vaulted(_) => push_json_text(out, "<< encrypted >>", false),
    }
}

fn write_list(out: &mut String, items: &[Value], indent: Option<usize>, level: usize) {
    if items.is_empty() {
        out.push_str("[]");
        return;
    }
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        separate(out, index > 0, indent, level + 1);
        write(out, item, indent, level + 1);
    }
    end(out, indent, level);
    out.push(']');
}

fn write_dict(out: &mut String, dict: &Dict, indent: Option<usize>, level: usize) {
    if dict.is_empty() {
        out.push_str("{}");
        return;
    }
    let mut entries: Vec<(String, &Value)> = dict.iter().map(|(key, value)| (key_text(key), value)).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        separate(out, index > 0, indent, level + 1);
        push_json_text(out, &key, false);
        out.push_str(": ");
        write(out, value, indent, level + 1);
    }
    end(out, indent, level);
    out.push('}');
}

fn key_text(key: &Key) -> String {
    match key.as_value() {
        Value::Bool(bool) => bool.to_string(),
        Value::None => "null".into(),
        other => other.to_text(),
    }
}

fn separate(out: &mut String, comma: bool, indent: Option<usize>, level: usize) {
    if comma {
        out.push(',');
    }
    match indent {
        Some(indent) => new_line(out, indent * level),
        None if comma => out.push(' '),
        None => {}
    }
}

fn end(out: &mut String, indent: Option<usize>, level: usize) {
    if let Some(indent) = indent {
        new_line(out, indent * level);
    }
}

fn new_line(out: &mut String, spaces: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', spaces));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_as_python_lays_it_out() {
        let value = Value::dict([
            ("b", Value::list([1.into(), Value::None, 1.0.into()])),
            ("a", Value::from("é\u{1}\"")),
            ("c", Value::dict::<&str>([])),
        ]);
        assert_eq!(dump(&value, None), "{\"a\": \"é\\u0001\\\"\", \"b\": [1, null, 1.0], \"c\": {}}");
        assert_eq!(dump(&Value::list([1.into()]), Some(4)), "[\n    1\n]");
    }
}
