//! Python's `csv.reader` for the dialects content uses.

/// How a CSV text is read.
pub(crate) struct Rules {
    pub delimiter: char,
    pub skip_initial_space: bool,
    pub strict: bool,
}

impl Rules {
    /// `excel`, `excel-tab` or `unix`.
    pub(crate) fn dialect(name: &str) -> Option<Self> {
        let delimiter = match name {
            "excel" | "unix" => ',',
            "excel-tab" => '\t',
            _ => return None,
        };
        Some(Self { delimiter, skip_initial_space: false, strict: false })
    }
}

/// The rows; the error is Python's message.
pub(crate) fn rows(text: &str, rules: &Rules) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let (mut quoted, mut begun) = (false, false);
    while let Some(char) = chars.next() {
        if quoted {
            match char {
                '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
                '"' => {
                    quoted = false;
                    let next = chars.peek();
                    if rules.strict
                        && next.is_some_and(|next| *next != rules.delimiter && !"\r\n".contains(*next))
                    {
                        return Err(format!("'{}' expected after '\"'", rules.delimiter));
                    }
                }
                char => field.push(char),
            }
            continue;
        }
        match char {
            '"' if !begun => {
                quoted = true;
                begun = true;
            }
            char if char == rules.delimiter => {
                row.push(std::mem::take(&mut field));
                begun = false;
                continue;
            }
            '\r' | '\n' => {
                if char == '\r' {
                    chars.next_if_eq(&'\n');
                }
                if begun || !row.is_empty() || !field.is_empty() {
                    row.push(std::mem::take(&mut field));
                }
                rows.push(std::mem::take(&mut row));
                begun = false;
                continue;
            }
            ' ' if rules.skip_initial_space && !begun => {}
            char => {
                field.push(char);
                begun = true;
            }
        }
    }
    if quoted && rules.strict {
        return Err("unexpected end of data".into());
    }
    if begun || !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}
