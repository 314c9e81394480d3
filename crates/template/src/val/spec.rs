//! Python's format specifications: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.

use super::number;
use crate::{Fault, Res, Val};
use num_bigint::BigInt;
use num_traits::Signed;
use rplay_value::float_repr;

/// A text with everything but ASCII escaped, as Python's `ascii()` does to a `repr()`.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match u32::from(char) {
            0..=0x7f => out.push(char),
            code @ ..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// The digits of a non-negative float in the notation `kind` (`e`, `f`, `g` and their capitals).
pub(super) fn float_digits(float: f64, kind: char, precision: usize, alternate: bool) -> String {
    let precision = precision.min(1100);
    let text = if float.is_infinite() {
        "inf".to_owned()
    } else if float.is_nan() {
        "nan".to_owned()
    } else {
        match kind.to_ascii_lowercase() {
            'e' => exponential(float, precision, alternate),
            'g' => general(float, precision.max(1), alternate),
            _ => format!("{float:.precision$}") + if alternate && precision == 0 { "." } else { "" },
        }
    };
    if kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

fn exponential(float: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{float:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    let point = if alternate && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}e{sign}{:02}", exponent.abs())
}

fn general(float: f64, precision: usize, alternate: bool) -> String {
    let scientific = format!("{float:.*e}", precision - 1);
    let exponent: i64 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX);
    let strip = |text: String| {
        if alternate || !text.contains('.') {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if exponent < -4 || exponent >= limit {
        let text = exponential(float, precision - 1, alternate);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{exponent}", strip(mantissa.to_owned()));
    }
    let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    let point = if alternate && decimals == 0 { "." } else { "" };
    strip(format!("{float:.decimals$}{point}"))
}

/// A format specification.
#[derive(Default)]
pub(super) struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    /// A zero has no sign.
    unsigned_zero: bool,
    alternate: bool,
    pub(super) width: usize,
    grouping: Option<char>,
    pub(super) precision: Option<usize>,
    kind: Option<char>,
}

/// Reads a specification for a value of a type.
pub(super) fn parse(text: &str, type_name: &str) -> Res<Spec> {
    let chars: Vec<char> = text.chars().collect();
    let mut spec = Spec::default();
    let mut at = 0;
    let is_align = |char: Option<&char>| char.is_some_and(|char| "<>=^".contains(*char));
    if chars.len() > 1 && is_align(chars.get(1)) {
        spec.fill = Some(chars[0]);
        spec.align = Some(chars[1]);
        at = 2;
    } else if is_align(chars.first()) {
        spec.align = chars.first().copied();
        at = 1;
    }
    let mut next = |accepted: &str| match chars.get(at) {
        Some(char) if accepted.contains(*char) => {
            at += 1;
            Some(*char)
        }
        _ => None,
    };
    spec.sign = next("+- ");
    spec.unsigned_zero = next("z").is_some();
    spec.alternate = next("#").is_some();
    if next("0").is_some() {
        spec.fill = spec.fill.or(Some('0'));
        if spec.align.is_none() {
            spec.align = Some(if type_name == "str" { '<' } else { '=' });
        }
    }
    let digits = |next: &mut dyn FnMut(&str) -> Option<char>| {
        let mut text = String::new();
        while let Some(digit) = next("0123456789") {
            text.push(digit);
        }
        text
    };
    let width = digits(&mut next);
    spec.grouping = next(",_");
    if spec.grouping.is_some() && next(",_").is_some_and(|other| Some(other) != spec.grouping) {
        return Err(Fault::value_error("Cannot specify both ',' and '_'."));
    }
    if next(".").is_some() {
        let precision = digits(&mut next);
        if precision.is_empty() {
            return Err(Fault::value_error("Format specifier missing precision"));
        }
        spec.precision = Some(precision.parse().map_err(|_| too_many_digits())?);
    }
    spec.width = if width.is_empty() { 0 } else { width.parse().map_err(|_| too_many_digits())? };
    match &chars[at..] {
        [] => {}
        [kind] => spec.kind = Some(*kind),
        _ => {
            return Err(Fault::value_error(format!(
                "Invalid format specifier '{text}' for object of type '{type_name}'"
            )));
        }
    }
    grouped(&spec, type_name)?;
    Ok(spec)
}

/// Refuses thousands separators where there are no thousands.
fn grouped(spec: &Spec, type_name: &str) -> Res<()> {
    let Some(grouping) = spec.grouping else { return Ok(()) };
    let kind = spec.kind.unwrap_or(if type_name == "str" { 's' } else { 'd' });
    let allowed = "defgEG%F".contains(kind) || (grouping == '_' && "boxX".contains(kind));
    if allowed {
        return Ok(());
    }
    Err(Fault::value_error(format!("Cannot specify '{grouping}' with '{kind}'.")))
}

pub(super) fn too_many_digits() -> Fault {
    Fault::value_error("Too many decimal digits in format string")
}

fn unknown_code(kind: char, type_name: &str) -> Fault {
    Fault::value_error(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

pub(super) fn format_text(text: &str, spec: &Spec) -> Res<String> {
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return Err(unknown_code(kind, "str"));
    }
    let refused = match spec {
        Spec { sign: Some(' '), .. } => Some("Space"),
        Spec { sign: Some(_), .. } => Some("Sign"),
        Spec { unsigned_zero: true, .. } => Some("Negative zero coercion (z)"),
        Spec { alternate: true, .. } => Some("Alternate form (#)"),
        Spec { align: Some('='), .. } => Some("'=' alignment"),
        _ => None,
    };
    if let Some(what) = refused {
        return Err(Fault::value_error(format!("{what} not allowed in string format specifier")));
    }
    let cut: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    Ok(align(String::new(), cut, spec, '<'))
}

/// Refuses what only other numbers have.
fn integral(spec: &Spec) -> Res<()> {
    let refused = match spec {
        Spec { kind: Some(kind), .. } if !"bcdnoxX".contains(*kind) => None,
        Spec { precision: Some(_), .. } => Some("Precision not allowed in integer format specifier"),
        Spec { unsigned_zero: true, .. } => {
            Some("Negative zero coercion (z) not allowed in integer format specifier")
        }
        Spec { kind: Some('c'), sign: Some(_), .. } => {
            Some("Sign not allowed with integer format specifier 'c'")
        }
        Spec { kind: Some('c'), alternate: true, .. } => {
            Some("Alternate form (#) not allowed with integer format specifier 'c'")
        }
        _ => None,
    };
    refused.map_or(Ok(()), |message| Err(Fault::value_error(message)))
}

pub(super) fn format_integer(int: &BigInt, value: &Val, spec: &Spec) -> Res<String> {
    if !spec.kind.is_some_and(|kind| "eEfFgG%".contains(kind)) {
        integral(spec)?;
    }
    let (radix, prefix) = match spec.kind {
        None | Some('d' | 'n') => (10, ""),
        Some('b') => (2, "0b"),
        Some('o') => (8, "0o"),
        Some('x') => (16, "0x"),
        Some('X') => (16, "0X"),
        Some('c') => {
            let char = u32::try_from(int.clone()).ok().and_then(char::from_u32);
            let char = char.ok_or_else(|| Fault::raised("OverflowError", "%c arg not in range(0x110000)"))?;
            return Ok(align(String::new(), char.to_string(), spec, '<'));
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            let float = number::float(value)
                .ok_or_else(|| Fault::raised("OverflowError", "int too large to convert to float"))?;
            return format_float(float, spec, "int");
        }
        Some(kind) => return Err(unknown_code(kind, value.type_name())),
    };
    let mut digits = int.abs().to_str_radix(radix);
    if spec.kind == Some('X') {
        digits.make_ascii_uppercase();
    }
    let lead = sign(int.is_negative(), spec) + if spec.alternate { prefix } else { "" };
    let digits = group(&digits, spec, if radix == 10 { 3 } else { 4 }, lead.len());
    Ok(align(lead, digits, spec, '>'))
}

/// The digits of a float of which no notation is asked for: with a point or an exponent.
fn undeclared(magnitude: f64, spec: &Spec) -> String {
    let text = match spec.precision {
        None => float_repr(magnitude),
        Some(precision) => {
            let precision = precision.clamp(1, 1100);
            let exponent = exponential(magnitude, precision - 1, false);
            let exponent = exponent.split_once('e').and_then(|(_, exponent)| exponent.parse::<i64>().ok());
            // One digit is kept for behind the point.
            if exponent.is_some_and(|exponent| exponent == i64::try_from(precision).unwrap_or(i64::MAX) - 1) {
                let text = exponential(magnitude, precision - 1, false);
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
                let short = match mantissa.contains('.') && !spec.alternate {
                    true => mantissa.trim_end_matches('0').trim_end_matches('.'),
                    false => mantissa,
                };
                format!("{short}e{exponent}")
            } else {
                float_digits(magnitude, 'g', precision, spec.alternate)
            }
        }
    };
    match text.find('e') {
        _ if !magnitude.is_finite() => text,
        Some(at) if spec.alternate && !text.contains('.') => format!("{}.{}", &text[..at], &text[at..]),
        None if !text.contains('.') => text + ".0",
        _ => text,
    }
}

pub(super) fn format_float(float: f64, spec: &Spec, type_name: &str) -> Res<String> {
    let magnitude = float.abs();
    let digits = match spec.kind {
        None => undeclared(magnitude, spec),
        Some('n') => float_digits(magnitude, 'g', spec.precision.unwrap_or(6), spec.alternate),
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
            float_digits(magnitude, kind, spec.precision.unwrap_or(6), spec.alternate)
        }
        Some('%') => float_digits(magnitude * 100.0, 'f', spec.precision.unwrap_or(6), spec.alternate) + "%",
        Some(kind) => return Err(unknown_code(kind, type_name)),
    };
    let zero = !digits.contains(|char: char| matches!(char, '1'..='9' | 'a'..='d' | 'i'));
    let negative = float.is_sign_negative() && !float.is_nan() && !(spec.unsigned_zero && zero);
    let lead = sign(negative, spec);
    let whole = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(whole);
    let digits = if whole.is_empty() {
        rest.to_owned()
    } else {
        group(whole, spec, 3, lead.len() + rest.len()) + rest
    };
    Ok(align(lead, digits, spec, '>'))
}

fn sign(negative: bool, spec: &Spec) -> String {
    match (negative, spec.sign) {
        (true, _) => "-".into(),
        (false, Some('+')) => "+".into(),
        (false, Some(' ')) => " ".into(),
        _ => String::new(),
    }
}

/// Digits with their separators; zeros that fill the width have some too. `beside` characters are no digits.
fn group(digits: &str, spec: &Spec, size: usize, beside: usize) -> String {
    let Some(separator) = spec.grouping else { return digits.to_owned() };
    let mut digits = digits.to_owned();
    if spec.fill == Some('0') && spec.align == Some('=') {
        let wanted = spec.width.saturating_sub(beside);
        let length = |count: usize| count + count.saturating_sub(1) / size;
        let missing = (digits.len()..).take_while(|count| length(*count) < wanted).count();
        digits.insert_str(0, &"0".repeat(missing));
    }
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

fn align(lead: String, body: String, spec: &Spec, default: char) -> String {
    let fill = spec.fill.unwrap_or(' ');
    let missing = spec.width.saturating_sub(lead.chars().count() + body.chars().count());
    let padding = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    match spec.align.unwrap_or(default) {
        '<' => lead + &body + &padding(missing),
        '^' => padding(missing / 2) + &lead + &body + &padding(missing - missing / 2),
        '=' => lead + &padding(missing) + &body,
        _ => padding(missing) + &lead + &body,
    }
}
