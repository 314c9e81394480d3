use std::fmt::Write;

/// Appends a JSON string literal as `json.dumps` writes it; `ensure_ascii` escapes all but ASCII.
pub fn push_json_text(out: &mut String, text: &str, ensure_ascii: bool) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(char),
            char if !ensure_ascii && char >= ' ' => out.push(char),
            char => match rplay_surrogates::code_point(char) {
                code @ ..=0xffff => {
                    let _ = write!(out, "\\u{code:04x}");
                }
                _ => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
            },
        }
    }
    out.push('"');
}
