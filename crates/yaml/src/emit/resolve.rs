//! Which type YAML 1.1 gives a plain scalar, by PyYAML's implicit resolvers.

/// The short tag (`str`, `int`, …) of a plain scalar.
pub(super) fn resolve(text: &str) -> &'static str {
    let Some(first) = text.bytes().next() else { return "null" };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' if is_bool(text) => "bool",
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => "null",
        b'<' if text == "<<" => "merge",
        b'=' if text == "=" => "value",
        b'-' | b'+' | b'.' | b'0'..=b'9' => number(text.as_bytes()),
        _ => "str",
    }
}

fn is_bool(text: &str) -> bool {
    let plain = text.to_ascii_lowercase();
    let words = ["yes", "no", "true", "false", "on", "off"];
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.contains(&plain.as_str())
        && (text == plain || text == plain.to_ascii_uppercase() || text == capital(&plain))
}

fn number(text: &[u8]) -> &'static str {
    if is_float(text) {
        "float"
    } else if is_int(text) {
        "int"
    } else if is_timestamp(text) {
        "timestamp"
    } else {
        "str"
    }
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    }
}

fn span(text: &[u8], of: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| of(**byte)).count()
}

fn digits(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn is_exponent(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'-' | b'+', rest @ ..] => !rest.is_empty() && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_float(text: &[u8]) -> bool {
    if let [b'.', rest @ ..] = text {
        if matches!(rest, b"nan" | b"NaN" | b"NAN") {
            return true;
        }
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return is_exponent(&rest[span(rest, digits)..]);
        }
    }
    let rest = unsigned(text);
    if matches!(rest, b".inf" | b".Inf" | b".INF") {
        return true;
    }
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let rest = &rest[span(rest, digits)..];
    match rest {
        [b'.', fraction @ ..] => is_exponent(&fraction[span(fraction, digits)..]),
        [b':', ..] => sexagesimal(rest)
            .is_some_and(|rest| rest.first() == Some(&b'.') && rest[1..].iter().all(|byte| digits(*byte))),
        _ => false,
    }
}

/// What follows `(?::[0-5]?[0-9])+`.
fn sexagesimal(mut text: &[u8]) -> Option<&[u8]> {
    let mut any = false;
    while let [b':', rest @ ..] = text {
        let taken = match rest {
            [b'0'..=b'5', b'0'..=b'9', ..] => 2,
            [b'0'..=b'9', ..] => 1,
            _ => break,
        };
        any = true;
        text = &rest[taken..];
    }
    any.then_some(text)
}

fn is_int(text: &[u8]) -> bool {
    let rest = unsigned(text);
    let all = |text: &[u8], of: fn(u8) -> bool| !text.is_empty() && text.iter().all(|byte| of(*byte));
    match rest {
        [b'0', b'b', rest @ ..] => all(rest, |byte| matches!(byte, b'0' | b'1' | b'_')),
        [b'0', b'x', rest @ ..] => all(rest, |byte| byte.is_ascii_hexdigit() || byte == b'_'),
        [b'0'] => true,
        [b'0', rest @ ..] => all(rest, |byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', ..] => {
            let rest = &rest[span(rest, digits)..];
            rest.is_empty() || sexagesimal(rest).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// Takes between `least` and `most` digits off the front.
fn take_digits(text: &[u8], least: usize, most: usize) -> Option<&[u8]> {
    let count = span(text, |byte| byte.is_ascii_digit()).min(most);
    (count >= least).then(|| &text[count..])
}

fn take(text: &[u8], byte: u8) -> Option<&[u8]> {
    (text.first() == Some(&byte)).then(|| &text[1..])
}

fn is_timestamp(text: &[u8]) -> bool {
    is_date(text) || is_time(text).is_some_and(<[u8]>::is_empty)
}

fn is_date(text: &[u8]) -> bool {
    text.len() == 10
        && text.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn is_time(text: &[u8]) -> Option<&[u8]> {
    let rest = take(take_digits(text, 4, 4)?, b'-')?;
    let rest = take(take_digits(rest, 1, 2)?, b'-')?;
    let rest = take_digits(rest, 1, 2)?;
    let blank = |byte: u8| byte == b' ' || byte == b'\t';
    let rest = match rest {
        [b'T' | b't', rest @ ..] => rest,
        _ => &rest[Some(span(rest, blank)).filter(|count| *count > 0)?..],
    };
    let rest = take(take_digits(rest, 1, 2)?, b':')?;
    let rest = take(take_digits(rest, 2, 2)?, b':')?;
    let mut rest = take_digits(rest, 2, 2)?;
    if let Some(fraction) = take(rest, b'.') {
        rest = &fraction[span(fraction, |byte| byte.is_ascii_digit())..];
    }
    let zone = &rest[span(rest, blank)..];
    match zone {
        [] if zone.len() == rest.len() => Some(zone),
        [b'Z', rest @ ..] => Some(rest),
        [b'-' | b'+', rest @ ..] => {
            let rest = take_digits(rest, 1, 2)?;
            match take(rest, b':') {
                Some(minutes) => take_digits(minutes, 2, 2),
                None => Some(rest),
            }
        }
        _ => None,
    }
}
