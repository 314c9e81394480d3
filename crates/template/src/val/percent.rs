//! `'%s' % value`: printf-style formatting.

use super::{number, spec};
use crate::{Ctx, Fault, HashKey, Res, Val};
use num_bigint::BigInt;
use num_traits::Signed;

/// One conversion: `%[(key)][flags][width][.precision]type`.
#[derive(Default)]
struct Conversion {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

struct Operands<'a> {
    whole: &'a Val,
    items: Vec<Val>,
    next: usize,
    mapping_used: bool,
    /// What is put in is escaped for HTML.
    markup: bool,
}

impl Operands<'_> {
    fn take(&mut self) -> Res<Val> {
        let value = self.items.get(self.next).cloned();
        self.next += 1;
        value.ok_or_else(|| Fault::type_error("not enough arguments for format string"))
    }

    fn key(&mut self, ctx: &mut Ctx<'_>, key: &str) -> Res<Val> {
        self.mapping_used = true;
        if let Val::Undef(marker) = self.whole {
            return Err(marker.trip());
        }
        let Val::Dict(dict) = self.whole else { return Err(Fault::type_error("format requires a mapping")) };
        dict.get(ctx, &HashKey::from(key))?.ok_or_else(|| Fault::key_error(rplay_value::str_repr(key)))
    }

    fn leftover(&self) -> bool {
        let mapping = matches!(self.whole, Val::Dict(_) | Val::List(_) | Val::Undef(_));
        self.next < self.items.len() && !self.mapping_used && !mapping
    }
}

/// Formats `format % values`.
pub(super) fn format(ctx: &mut Ctx<'_>, format: &str, values: &Val, markup: bool) -> Res<String> {
    let items = match values {
        Val::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let mut operands = Operands { whole: values, items, next: 0, mapping_used: false, markup };
    let mut out = String::with_capacity(format.len());
    let chars: Vec<char> = format.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if chars[at] != '%' {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        at += 1;
        convert(ctx, &chars, &mut at, &mut operands, &mut out)?;
        ctx.budget().text(out.len())?;
    }
    if operands.leftover() {
        return Err(Fault::type_error("not all arguments converted during string formatting"));
    }
    Ok(out)
}

fn convert(
    ctx: &mut Ctx<'_>,
    chars: &[char],
    at: &mut usize,
    operands: &mut Operands<'_>,
    out: &mut String,
) -> Res<()> {
    let incomplete = || Fault::value_error("incomplete format");
    let mut keyed = None;
    if chars.get(*at) == Some(&'(') {
        let close = matching_paren(chars, *at).ok_or_else(|| Fault::value_error("incomplete format key"))?;
        let key: String = chars[*at + 1..close].iter().collect();
        keyed = Some(operands.key(ctx, &key)?);
        *at = close + 1;
    }
    let conversion = flags(ctx, chars, at, operands)?;
    while matches!(chars.get(*at), Some('h' | 'l' | 'L')) {
        *at += 1;
    }
    let kind = *chars.get(*at).ok_or_else(incomplete)?;
    *at += 1;
    if kind == '%' && chars.get(*at - 2) == Some(&'%') {
        out.push('%');
        return Ok(());
    }
    if !"diouxXeEfFgGcrsa".contains(kind) {
        return Err(Fault::value_error(format!(
            "unsupported format character '{kind}' (0x{:x}) at index {}",
            u32::from(kind),
            *at - 1
        )));
    }
    let value = match keyed {
        Some(value) => value,
        None => operands.take()?,
    };
    let value = value.defined()?;
    let text = match kind {
        's' if operands.markup => pad(cut(ctx.escape(&value)?, &conversion), &conversion, ' '),
        'r' | 'a' if operands.markup => {
            let shown = one(ctx, kind, &Conversion::default(), &value)?;
            pad(cut(super::markup::escaped(&shown), &conversion), &conversion, ' ')
        }
        _ => one(ctx, kind, &conversion, &value)?,
    };
    out.push_str(&text);
    Ok(())
}

fn matching_paren(chars: &[char], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, char) in chars.iter().enumerate().skip(open) {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn flags(ctx: &mut Ctx<'_>, chars: &[char], at: &mut usize, operands: &mut Operands<'_>) -> Res<Conversion> {
    let mut conversion = Conversion::default();
    while let Some(flag) = chars.get(*at) {
        match flag {
            '-' => conversion.left = true,
            '0' => conversion.zero = true,
            '+' => conversion.plus = true,
            ' ' => conversion.space = true,
            '#' => conversion.alternate = true,
            _ => break,
        }
        *at += 1;
    }
    let width = amount(chars, at, operands)?;
    if let Some(width) = width {
        conversion.left |= width < 0;
        conversion.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    }
    if chars.get(*at) == Some(&'.') {
        *at += 1;
        let precision = amount(chars, at, operands)?.unwrap_or(0).max(0);
        conversion.precision = usize::try_from(precision).ok();
    }
    ctx.budget().text(conversion.width.saturating_add(conversion.precision.unwrap_or(0)))?;
    Ok(conversion)
}

fn amount(chars: &[char], at: &mut usize, operands: &mut Operands<'_>) -> Res<Option<i64>> {
    if chars.get(*at) == Some(&'*') {
        *at += 1;
        return match operands.take()?.as_int() {
            Some(int) => Ok(Some(int)),
            None => Err(Fault::type_error("* wants int")),
        };
    }
    let start = *at;
    while chars.get(*at).is_some_and(char::is_ascii_digit) {
        *at += 1;
    }
    let digits: String = chars[start..*at].iter().collect();
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| Fault::value_error("width too big"))
}

fn one(ctx: &mut Ctx<'_>, kind: char, conversion: &Conversion, value: &Val) -> Res<String> {
    match kind {
        's' | 'r' | 'a' => {
            let text = match kind {
                's' => ctx.str(value)?,
                'r' => ctx.repr(value)?,
                _ => spec::ascii(&ctx.repr(value)?),
            };
            Ok(pad(cut(text, conversion), conversion, ' '))
        }
        'c' => {
            let text = match value {
                Val::Str(text) if text.chars().count() == 1 => text.to_string(),
                value => {
                    if !value.is_integer() {
                        return Err(Fault::type_error("%c requires int or char"));
                    }
                    let int = value.as_int().unwrap_or(-1);
                    let char = u32::try_from(int).ok().and_then(char::from_u32);
                    String::from(
                        char.ok_or_else(|| Fault::raised("OverflowError", "%c arg not in range(0x110000)"))?,
                    )
                }
            };
            Ok(pad(text, conversion, ' '))
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => integer(kind, conversion, value),
        _ => {
            let float = number::float(value).ok_or_else(|| {
                Fault::type_error(format!("must be real number, not {}", value.type_name()))
            })?;
            let digits = spec::float_digits(
                float.abs(),
                kind,
                conversion.precision.unwrap_or(6),
                conversion.alternate,
            );
            Ok(signed(float.is_sign_negative() && !float.is_nan(), "", digits, conversion))
        }
    }
}

fn cut(text: String, conversion: &Conversion) -> String {
    match conversion.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    }
}

fn integer(kind: char, conversion: &Conversion, value: &Val) -> Res<String> {
    let int = match value {
        Val::Float(float) if "diu".contains(kind) && float.is_finite() => {
            number::big_of_float(float.trunc()).unwrap_or_default()
        }
        value => number::integer(value).ok_or_else(|| {
            let wants = if "diu".contains(kind) { "a real number" } else { "an integer" };
            Fault::type_error(format!("%{kind} format: {wants} is required, not {}", value.type_name()))
        })?,
    };
    let (radix, prefix) = match kind {
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = BigInt::abs(&int).to_str_radix(radix);
    if kind == 'X' {
        digits.make_ascii_uppercase();
    }
    if let Some(precision) = conversion.precision {
        digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
    }
    let prefix = if conversion.alternate { prefix } else { "" };
    Ok(signed(int.is_negative(), prefix, digits, conversion))
}

fn signed(negative: bool, prefix: &str, digits: String, conversion: &Conversion) -> String {
    let sign = match (negative, conversion.plus, conversion.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let lead = format!("{sign}{prefix}");
    let missing = conversion.width.saturating_sub(lead.len() + digits.len());
    if conversion.zero && !conversion.left {
        return format!("{lead}{}{digits}", "0".repeat(missing));
    }
    pad(lead + &digits, conversion, ' ')
}

fn pad(text: String, conversion: &Conversion, fill: char) -> String {
    let missing = conversion.width.saturating_sub(text.chars().count());
    let padding: String = std::iter::repeat_n(fill, missing).collect();
    if conversion.left { text + &padding } else { padding + &text }
}
