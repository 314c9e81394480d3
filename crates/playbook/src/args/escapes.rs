//! Backslash escapes in one-line arguments, those of Python's string literals.

/// Replaces `\n`, `\t`, `\x41`, `\u00e9`, `\U0001f600` and the other escapes by what they stand for; anything
/// else after a backslash stays as written (so do names, `\N{...}`).
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        match escape(tail) {
            Some((char, used)) => {
                out.push(char);
                rest = &tail[used..];
            }
            None => {
                out.push('\\');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character an escape stands for and how many bytes after the backslash it took.
fn escape(tail: &str) -> Option<(char, usize)> {
    let simple = match tail.chars().next()? {
        char @ ('\\' | '\'' | '"') => char,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return hex(tail, 2),
        'u' => return hex(tail, 4),
        'U' => return hex(tail, 8),
        _ => return None,
    };
    Some((simple, 1))
}

fn hex(tail: &str, digits: usize) -> Option<(char, usize)> {
    let text = tail.get(1..=digits)?;
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(text, 16).ok()?)?, digits + 1))
}
