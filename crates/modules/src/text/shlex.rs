//! `shlex.split` and `shlex.quote` of Python (POSIX rules, no comments).

/// Splits a command line into words.
///
/// # Errors
/// `No closing quotation` or `No escaped character`, as Python says.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => single(&mut letters, word.get_or_insert_default())?,
            '"' => double(&mut letters, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(letters.next().ok_or("No escaped character")?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single(letters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    for letter in letters {
        if letter == '\'' {
            return Ok(());
        }
        word.push(letter);
    }
    Err("No closing quotation")
}

fn double(letters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Ok(()),
            '\\' => match letters.next().ok_or("No escaped character")? {
                escaped @ ('"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
    Err("No closing quotation")
}

/// A word as a shell reads it back.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

#[cfg(test)]
mod tests {
    use super::{quote, split};

    #[test]
    fn words_split_as_python_splits_them() {
        assert_eq!(
            split("a 'b c' \"d \\\" \\n\" e\\ f '' #x").unwrap(),
            ["a", "b c", "d \" \\n", "e f", "", "#x"]
        );
        assert_eq!(split("a 'b"), Err("No closing quotation"));
        assert_eq!(split("a \\"), Err("No escaped character"));
    }

    #[test]
    fn words_are_quoted_as_python_quotes_them() {
        assert_eq!(
            [quote("a/b"), quote("a b"), quote(""), quote("a'b")],
            ["a/b", "'a b'", "''", "'a'\"'\"'b'"]
        );
    }
}
