//! Letter case and character classes as Python's `str` has them.

/// `str.lower`.
pub(super) fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// `str.casefold`: small letters of which no other case has a form of its own (`ß`, `ς`, ligatures).
pub(super) fn casefold(text: &str) -> String {
    let fold = |char: char| match char {
        // Its big letter is that of `i`.
        'ı' => String::from(char),
        // Cherokee folds to its big letters.
        '\u{13a0}'..='\u{13f5}' => String::from(char),
        '\u{13f8}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => char.to_uppercase().collect(),
        _ => char.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect(),
    };
    text.chars().map(fold).collect()
}

fn title_char(char: char) -> String {
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        // One letter that becomes several keeps only the first one big.
        (Some(first), Some(second)) => {
            let mut out = String::from(first);
            out.extend(second.to_lowercase());
            out.extend(upper.flat_map(char::to_lowercase));
            out
        }
        _ => char.to_uppercase().collect(),
    }
}

/// `str.capitalize`.
pub(super) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => title_char(first) + &chars.as_str().to_lowercase(),
        None => String::new(),
    }
}

fn is_cased(char: char) -> bool {
    char.is_lowercase() || char.is_uppercase()
}

/// `str.title`: a letter after something that is not one is big.
pub(super) fn title(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for char in text.chars() {
        if inside {
            out.extend(char.to_lowercase());
        } else {
            out.push_str(&title_char(char));
        }
        inside = is_cased(char);
    }
    out
}

/// `str.swapcase`.
pub(super) fn swapcase(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        if char.is_uppercase() {
            out.extend(char.to_lowercase());
        } else {
            out.extend(char.to_uppercase());
        }
    }
    out
}

/// The `str.is…` methods; none for another name.
pub(super) fn is(text: &str, name: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    Some(match name {
        "isalpha" => all(|char| char.is_alphabetic() && !char.is_numeric()),
        "isalnum" => all(char::is_alphanumeric),
        "isascii" => text.is_ascii(),
        "isdecimal" => all(|char| char.is_ascii_digit() || (char.is_numeric() && decimal(char))),
        "isdigit" => {
            all(|char| char.is_ascii_digit() || (char.is_numeric() && (decimal(char) || superscript(char))))
        }
        "isnumeric" => all(char::is_numeric),
        "isspace" => all(|char| char.is_whitespace() || matches!(char, '\x1c'..='\x1f')),
        "islower" => text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        "isupper" => text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        "istitle" => is_title(text),
        "isidentifier" => is_identifier(text),
        "isprintable" => is_printable(text),
        _ => return None,
    })
}

fn is_printable(text: &str) -> bool {
    text.chars().filter(|char| !matches!(char, '\'' | '"' | '\\')).all(|char| {
        let shown = rplay_value::str_repr(&String::from(char));
        !shown.contains('\\')
    })
}

fn superscript(char: char) -> bool {
    matches!(char, '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{2070}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2460}'..='\u{2468}')
}

/// The common blocks of decimal digits beyond ASCII; each begins at a multiple of ten code points.
fn decimal(char: char) -> bool {
    const ZEROS: [u32; 20] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
        0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
    ];
    ZEROS.iter().any(|zero| (*zero..zero + 10).contains(&u32::from(char)))
}

fn is_title(text: &str) -> bool {
    let (mut inside, mut any) = (false, false);
    for char in text.chars() {
        if char.is_uppercase() {
            if inside {
                return false;
            }
            (inside, any) = (true, true);
        } else if char.is_lowercase() {
            if !inside {
                return false;
            }
            any = true;
        } else {
            inside = false;
        }
    }
    any
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|char| char.is_alphabetic() || char == '_')
        && chars.all(|char| char == '_' || char.is_alphabetic() || char.is_ascii_digit() || decimal(char))
}
