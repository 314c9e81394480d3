//! `'{}'.format(…)` and format specifications.

use super::number;
use crate::{Args, Ctx, Fault, Res, Val};
use num_bigint::BigInt;
use num_traits::Signed;
use rplay_value::{Str, float_repr};

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
            'e' => exponential(float, precision),
            'g' => general(float, precision.max(1), alternate),
            _ => format!("{float:.precision$}"),
        }
    };
    if kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

fn exponential(float: f64, precision: usize) -> String {
    let text = format!("{float:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
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
        let text = exponential(float, precision - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{exponent}", strip(mantissa.to_owned()));
    }
    let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    strip(format!("{float:.decimals$}"))
}

/// `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn parse_spec(text: &str, type_name: &str) -> Res<Spec> {
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
    next("z");
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
    Ok(spec)
}

fn too_many_digits() -> Fault {
    Fault::value_error("Too many decimal digits in format string")
}

fn unknown_code(kind: char, type_name: &str) -> Fault {
    Fault::value_error(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

impl Ctx<'_> {
    /// Python's `format(value, spec)`.
    pub fn format_value(&mut self, value: &Val, spec: &str) -> Res<String> {
        if let Val::Undef(marker) = value {
            return Err(marker.trip());
        }
        if spec.is_empty() {
            return self.str(value);
        }
        match value {
            Val::Str(text) => {
                let parsed = parse_spec(spec, "str")?;
                self.budget().text(parsed.width)?;
                format_text(text, &parsed)
            }
            Val::Bool(_) | Val::Int(_) | Val::Big(_) => {
                let parsed = parse_spec(spec, value.type_name())?;
                self.budget().text(parsed.width.saturating_add(parsed.precision.unwrap_or(0)))?;
                let int = number::integer(value).unwrap_or_default();
                format_integer(&int, value, &parsed)
            }
            Val::Float(float) => {
                let parsed = parse_spec(spec, "float")?;
                self.budget().text(parsed.width.saturating_add(parsed.precision.unwrap_or(0)))?;
                format_float(*float, &parsed, "float")
            }
            Val::Date(_) | Val::DateTime(_) => crate::methods::strftime(value, spec),
            other => Err(Fault::type_error(format!(
                "unsupported format string passed to {}.__format__",
                other.type_name()
            ))),
        }
    }

    /// `template.format(*args, **kwargs)`.
    pub(crate) fn str_format(&mut self, template: &Str, args: &Args) -> Res<String> {
        let chars: Vec<char> = template.chars().collect();
        let mut fields = Fields { args, next: 0, manual: false, markup: template.is_markup() };
        self.format_fields(&chars, &mut fields, 2)
    }

    fn format_fields(&mut self, chars: &[char], fields: &mut Fields<'_>, depth: usize) -> Res<String> {
        if depth == 0 {
            return Err(Fault::value_error("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let mut at = 0;
        while let Some(char) = chars.get(at) {
            at += 1;
            match char {
                '{' if chars.get(at) == Some(&'{') => {
                    out.push('{');
                    at += 1;
                }
                '{' => {
                    let end = field_end(chars, at)?;
                    let text = self.format_field(&chars[at..end], fields, depth)?;
                    out.push_str(&text);
                    at = end + 1;
                }
                '}' if chars.get(at) == Some(&'}') => {
                    out.push('}');
                    at += 1;
                }
                '}' => return Err(Fault::value_error("Single '}' encountered in format string")),
                char => out.push(*char),
            }
            self.budget().text(out.len())?;
        }
        Ok(out)
    }

    fn format_field(&mut self, field: &[char], fields: &mut Fields<'_>, depth: usize) -> Res<String> {
        let mut brackets = 0;
        let split = field.iter().position(|char| {
            match char {
                '[' => brackets += 1,
                ']' => brackets -= 1,
                _ => {}
            }
            brackets <= 0 && matches!(char, '!' | ':')
        });
        let (name, rest) = field.split_at(split.unwrap_or(field.len()));
        let (conversion, spec) = match rest {
            ['!', conversion, ':', spec @ ..] => (Some(*conversion), spec),
            ['!', conversion] => (Some(*conversion), &[][..]),
            ['!', ..] => return Err(Fault::value_error("expected ':' after conversion specifier")),
            [':', spec @ ..] => (None, spec),
            _ => (None, &[][..]),
        };
        let name: String = name.iter().collect();
        let value = self.field_value(&name, fields)?;
        let spec = if spec.is_empty() { String::new() } else { self.format_fields(spec, fields, depth - 1)? };
        let value = match conversion {
            None => value,
            Some('s') => Val::from(self.str(&value)?),
            Some('r') => Val::from(self.repr(&value)?),
            Some('a') => Val::from(ascii(&self.repr(&value)?)),
            Some(other) => {
                return Err(Fault::value_error(format!("Unknown conversion specifier {other}")));
            }
        };
        if !fields.markup {
            return self.format_value(&value, &spec);
        }
        match &value {
            Val::Str(text) if text.is_markup() && spec.is_empty() => Ok(text.to_string()),
            value if value.is_markup() => {
                Err(Fault::value_error("Unsupported format specification for Markup."))
            }
            value => self.format_value(value, &spec).map(|text| super::escaped(&text)),
        }
    }

    fn field_value(&mut self, name: &str, fields: &mut Fields<'_>) -> Res<Val> {
        let first = name.find(['.', '[']).unwrap_or(name.len());
        let mut value = fields.root(&name[..first])?;
        let mut rest = &name[first..];
        while !rest.is_empty() {
            if let Some(item) = rest.strip_prefix('[') {
                let close =
                    item.find(']').ok_or_else(|| Fault::value_error("Missing ']' in format string"))?;
                let key = &item[..close];
                value = self.format_item(&value, key)?;
                rest = &item[close + 1..];
            } else {
                let attribute = rest.strip_prefix('.').ok_or_else(|| {
                    Fault::value_error("Only '.' or '[' may follow ']' in format field specifier")
                })?;
                let end = attribute.find(['.', '[']).unwrap_or(attribute.len());
                let name = Str::from(&attribute[..end]);
                value = match self.attribute(&value, &name)? {
                    Some(found) => found,
                    None => {
                        return Err(Fault::attribute_error(format!(
                            "'{}' object has no attribute '{name}'",
                            value.type_name()
                        )));
                    }
                };
                rest = &attribute[end..];
            }
        }
        Ok(value)
    }

    fn format_item(&mut self, value: &Val, key: &str) -> Res<Val> {
        let key = key.parse::<i64>().map_or_else(|_| Val::from(key), Val::Int);
        let found = self.item(value, &key)?;
        found.ok_or_else(|| match (value, &key) {
            (Val::Dict(_), Val::Str(key)) => Fault::key_error(rplay_value::str_repr(key)),
            (Val::Dict(_), key) => Fault::key_error(format!("{key:?}")),
            (_, Val::Int(_)) => Fault::index_error(format!("{} index out of range", value.type_name())),
            _ => Fault::type_error(format!(
                "{} indices must be integers or slices, not str",
                value.type_name()
            )),
        })
    }
}

struct Fields<'a> {
    args: &'a Args,
    next: usize,
    manual: bool,
    /// What is put in is escaped for HTML.
    markup: bool,
}

impl Fields<'_> {
    fn root(&mut self, name: &str) -> Res<Val> {
        let index = if name.is_empty() {
            if self.manual {
                return Err(Fault::value_error(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            self.next += 1;
            self.next - 1
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if self.next > 0 {
                return Err(Fault::value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.manual = true;
            name.parse().map_err(|_| too_many_digits())?
        } else {
            let found = self.args.kw.iter().find(|(key, _)| &**key == name);
            return match found {
                Some((_, value)) => Ok(value.clone()),
                None => Err(Fault::key_error(rplay_value::str_repr(name))),
            };
        };
        self.args.pos.get(index).cloned().ok_or_else(|| {
            Fault::index_error(format!("Replacement index {index} out of range for positional args tuple"))
        })
    }
}

fn field_end(chars: &[char], start: usize) -> Res<usize> {
    let mut depth = 1;
    for (at, char) in chars.iter().enumerate().skip(start) {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(Fault::value_error(if start >= chars.len() {
        "Single '{' encountered in format string"
    } else {
        "expected '}' before end of string"
    }))
}

fn format_text(text: &str, spec: &Spec) -> Res<String> {
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return Err(unknown_code(kind, "str"));
    }
    if spec.sign.is_some() {
        return Err(Fault::value_error("Sign not allowed in string format specifier"));
    }
    if spec.align == Some('=') {
        return Err(Fault::value_error("'=' alignment not allowed in string format specifier"));
    }
    let cut: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    Ok(align(String::new(), cut, spec, '<'))
}

fn format_integer(int: &BigInt, value: &Val, spec: &Spec) -> Res<String> {
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
    if spec.precision.is_some() {
        return Err(Fault::value_error("Precision not allowed in integer format specifier"));
    }
    let mut digits = int.abs().to_str_radix(radix);
    if spec.kind == Some('X') {
        digits.make_ascii_uppercase();
    }
    let lead = sign(int.is_negative(), spec) + if spec.alternate { prefix } else { "" };
    let room = spec.width.saturating_sub(lead.len());
    let digits = group(&digits, spec, if radix == 10 { 3 } else { 4 }, room);
    Ok(align(lead, digits, spec, '>'))
}

fn format_float(float: f64, spec: &Spec, type_name: &str) -> Res<String> {
    let magnitude = float.abs();
    let digits = match spec.kind {
        None if type_name == "float" && spec.precision.is_none() => float_repr(magnitude),
        None => {
            let text = float_digits(magnitude, 'g', spec.precision.unwrap_or(6), spec.alternate);
            if text.contains(['.', 'e', 'n', 'i']) { text } else { text + ".0" }
        }
        Some('n') => float_digits(magnitude, 'g', spec.precision.unwrap_or(6), spec.alternate),
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
            float_digits(magnitude, kind, spec.precision.unwrap_or(6), spec.alternate)
        }
        Some('%') => float_digits(magnitude * 100.0, 'f', spec.precision.unwrap_or(6), spec.alternate) + "%",
        Some(kind) => return Err(unknown_code(kind, type_name)),
    };
    let negative = float.is_sign_negative() && !float.is_nan();
    let lead = sign(negative, spec);
    let at = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(at);
    let room = spec.width.saturating_sub(lead.len() + rest.len());
    let digits = format!("{}{rest}", group(whole, spec, 3, room));
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

/// Digits with separators, in a field of zeros with as many zeros as have room, which count as digits.
fn group(digits: &str, spec: &Spec, size: usize, room: usize) -> String {
    let Some(separator) = spec.grouping else { return digits.to_owned() };
    let zeros = spec.fill == Some('0') && spec.align == Some('=');
    // Where a separator would come first there is one more digit.
    let wanted = if zeros { room - room / (size + 1) } else { 0 };
    let digits = format!("{}{digits}", "0".repeat(wanted.saturating_sub(digits.len())));
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
