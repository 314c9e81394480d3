//! Words of a line as Python's `shlex.split(line, comments=True)` gives them.

/// The words.
///
/// # Errors
/// Unclosed quotes and a backslash at the end.
pub(crate) fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' => break,
            '\'' | '"' => quoted(char, &mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or("No escaped character")?),
            char => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    loop {
        match chars.next().ok_or("No closing quotation")? {
            char if char == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next().ok_or("No closing quotation")? {
                char @ ('"' | '\\') => word.push(char),
                char => word.extend(['\\', char]),
            },
            char => word.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_as_python_splits_them() {
        for (line, expected) in [
            ("a b='c d' e=\"f g\"", vec!["a", "b=c d", "e=f g"]),
            ("a b=c#d", vec!["a", "b=c"]),
            ("a # b", vec!["a"]),
            ("a b='#c'", vec!["a", "b=#c"]),
            ("a b=\"\\\"x\\n\"", vec!["a", "b=\"x\\n"]),
            ("a\\ b ''", vec!["a b", ""]),
            ("a b=\"['x', 'y']\"", vec!["a", "b=['x', 'y']"]),
        ] {
            assert_eq!(split(line).unwrap(), expected, "{line}");
        }
        assert!(split("a 'b").is_err());
        assert!(split("a \\").is_err());
    }
}
