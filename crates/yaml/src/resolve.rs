//! Which YAML 1.1 type a plain scalar has, by PyYAML's rules.

/// The types a scalar can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Merge,
    Value,
    Str,
    Binary,
}

/// The type of a plain scalar.
pub(crate) fn resolve(text: &str) -> Type {
    let Some(first) = text.bytes().next() else { return Type::Null };
    match first {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => Type::Null,
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' if is_bool(text) => Type::Bool,
        b'-' | b'+' | b'.' | b'0'..=b'9' => number(text),
        b'<' if text == "<<" => Type::Merge,
        b'=' if text == "=" => Type::Value,
        _ => Type::Str,
    }
}

fn is_bool(text: &str) -> bool {
    ["yes", "no", "true", "false", "on", "off"].iter().any(|word| {
        text.eq_ignore_ascii_case(word) && {
            let (head, rest) = text.split_at(1);
            let lower = rest.bytes().all(|byte| byte.is_ascii_lowercase());
            let upper = rest.bytes().all(|byte| byte.is_ascii_uppercase());
            lower || (upper && head.bytes().all(|byte| byte.is_ascii_uppercase()))
        }
    })
}

fn number(text: &str) -> Type {
    if is_float(text) {
        Type::Float
    } else if is_int(text) {
        Type::Int
    } else if crate::timestamp::is_timestamp(text) {
        Type::Timestamp
    } else {
        Type::Str
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, test: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(|byte| byte == b'_' || test(byte))
}

fn is_int(text: &str) -> bool {
    let text = unsigned(text);
    if let Some(digits) = text.strip_prefix("0b") {
        return !digits.is_empty() && all(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && all(digits, |byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix('0') {
        return all(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    let (head, minutes) = split_colon(text);
    starts_with_digit(head)
        && all(head, |byte| byte.is_ascii_digit())
        && minutes.is_none_or(|rest| rest.split(':').all(is_sixtieth))
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") || matches!(unsigned(text), ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, fraction)) = text.split_once('.') else { return false };
    if whole.is_empty() {
        return starts_with_digit(fraction) && is_fraction(fraction);
    }
    let whole = unsigned(whole);
    match split_colon(whole) {
        (head, Some(rest)) => {
            is_digits(head) && rest.split(':').all(is_sixtieth) && all(fraction, |byte| byte.is_ascii_digit())
        }
        (head, None) => is_digits(head) && is_fraction(fraction),
    }
}

/// Digits, perhaps with an exponent, whose sign YAML 1.1 demands.
fn is_fraction(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return all(text, |byte| byte.is_ascii_digit());
    };
    let Some(power) = exponent.strip_prefix(['-', '+']) else { return false };
    all(digits, |byte| byte.is_ascii_digit())
        && !power.is_empty()
        && power.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digits(text: &str) -> bool {
    starts_with_digit(text) && all(text, |byte| byte.is_ascii_digit())
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

fn split_colon(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(head, rest)| (head, Some(rest)))
}

fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_pyyaml_types() {
        for (kind, texts) in [
            (Type::Null, ["", "~", "null", "NULL", "Null"].as_slice()),
            (Type::Bool, &["yes", "Yes", "YES", "no", "on", "OFF", "true", "False"]),
            (
                Type::Int,
                &["0", "00", "0644", "0_", "0x1F", "0b10", "1_000", "-12", "+3", "12:30", "190:20:30"],
            ),
            (Type::Float, &["1.5", "1.", ".5", "1.5e+3", "-.inf", ".nan", "1_0.5", "12:30:45.5", "0.1"]),
            (Type::Timestamp, &["2001-01-01", "2001-1-1 1:00:00", "2001-12-14t21:59:43.10-05:00"]),
            (Type::Merge, &["<<"]),
            (Type::Value, &["="]),
            (
                Type::Str,
                &[
                    "y", "n", "yEs", "tRUE", "nULL", "08", "0o644", "1e3", "1.5e3", "1:99", "-.5", "1.2.3",
                    "-", "+", ".", "0x", "0b", "_1", "2001-1-1", "01:30", "-.nan", "1.5:3", "tRUe", "0xg",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(resolve(text), kind, "{text:?}");
            }
        }
    }
}
