//! Numbers: `int`, `float`, `round`, `abs`, `bool`, logarithms and sizes for people.

use super::util;
use crate::{
    Args, Ctx, Fault, Res, Val,
    python::human,
    val::{float_of, integer_of, normal_integer},
};
use num_bigint::BigInt;
use num_traits::FromPrimitive;

/// Python's `int(text, base)`; none where it raises.
pub(crate) fn parse_int(text: &str, base: u32) -> Option<BigInt> {
    let trimmed = text.trim();
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefix = match lower.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 0,
    };
    let (base, digits) = match (base, prefix) {
        (0, 0) if lower.len() > 1 && lower.starts_with('0') && lower.trim_matches(['0', '_']) != "" => {
            return None;
        }
        (0, 0) => (10, lower.as_str()),
        (0, prefix) => (prefix, &lower[2..]),
        (base, prefix) if base == prefix => (base, &lower[2..]),
        (base, _) => (base, lower.as_str()),
    };
    if !(2..=36).contains(&base) {
        return None;
    }
    let digits = if prefix == base { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    let odd = digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if odd || !digits.chars().all(|char| char == '_' || char.is_digit(base)) {
        return None;
    }
    crate::val::parse_integer(digits, base).map(|int| int * sign)
}

/// Python's `float(text)`; none where it raises.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let trimmed = text.trim();
    let plain = trimmed.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(plain.as_str(), "inf" | "infinity" | "nan") {
        let value = if plain == "nan" { f64::NAN } else { f64::INFINITY };
        return Some(if trimmed.starts_with('-') { -value } else { value });
    }
    let bytes = trimmed.as_bytes();
    let misplaced = |(at, byte): (usize, &u8)| {
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        *byte == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1)))
    };
    if bytes.iter().enumerate().any(misplaced)
        || !plain.starts_with(|char: char| char.is_ascii_digit() || char == '.')
    {
        return None;
    }
    trimmed.replace('_', "").parse().ok()
}

pub(super) fn int(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, default, base] = args.bind("do_int", ["value", "default", "base"], 1)?;
    let default = default.unwrap_or(Val::Int(0));
    // Python looks at the base where there is a text to read, and Jinja swallows its refusal.
    let base = base.map_or(Some(10), |base| base.as_int()).and_then(|base| u32::try_from(base).ok());
    Ok(match value.unwrap_or(Val::None) {
        Val::Str(text) => match (base.and_then(|base| parse_int(&text, base)), parse_float(&text)) {
            (Some(int), _) => normal_integer(int),
            (None, Some(float)) => BigInt::from_f64(float.trunc()).map_or(default, normal_integer),
            _ => default,
        },
        Val::Float(float) if float.is_infinite() => {
            return Err(Fault::raised("OverflowError", "cannot convert float infinity to integer"));
        }
        Val::Float(float) => BigInt::from_f64(float.trunc()).map_or(default, normal_integer),
        other => integer_of(&other).map_or(default, normal_integer),
    })
}

pub(super) fn float(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, default] = args.bind("do_float", ["value", "default"], 1)?;
    let value = value.unwrap_or(Val::None);
    let float = value.as_str().map_or_else(|| float_of(&value), parse_float);
    Ok(float.map_or_else(|| default.unwrap_or(Val::Float(0.0)), Val::Float))
}

pub(super) fn abs(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let value = args.bind_one_of_c("abs")?;
    match &value {
        Val::Float(float) => Ok(Val::Float(float.abs())),
        Val::Delta(delta) => Ok(Val::Delta(crate::Delta { micros: delta.micros.abs() })),
        other => match integer_of(other) {
            Some(int) => Ok(normal_integer(BigInt::from(int.magnitude().clone()))),
            None => Err(Fault::type_error(format!("bad operand type for abs(): '{}'", other.type_name()))),
        },
    }
}

pub(super) fn round(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, precision, method] = args.bind("do_round", ["value", "precision", "method"], 1)?;
    let method = util::text(ctx, method, "common")?;
    if !matches!(method.as_str(), "common" | "ceil" | "floor") {
        return Err(Fault::raised("FilterArgumentError", "method must be common, ceil or floor"));
    }
    let value = value.unwrap_or(Val::None);
    let precision = util::integer(precision, 0)?;
    if method == "common" {
        return match &value {
            Val::Float(float) => Ok(Val::Float(round_half_even(*float, precision))),
            other => match integer_of(other) {
                Some(int) => Ok(normal_integer(round_integer(int, precision))),
                None => Err(Fault::type_error(format!(
                    "type {} doesn't define __round__ method",
                    other.type_name()
                ))),
            },
        };
    }
    let Some(float) = float_of(&value) else {
        let name = value.type_name();
        return Err(Fault::type_error(match &value {
            Val::Str(_) | Val::List(_) | Val::Tuple(_) => format!("must be real number, not {name}"),
            _ => format!("unsupported operand type(s) for *: '{name}' and 'int'"),
        }));
    };
    let power = i32::try_from(precision).unwrap_or(i32::MAX);
    let scale = 10f64.powi(power);
    let scaled = float * scale;
    let whole = if method == "ceil" { scaled.ceil() } else { scaled.floor() };
    // Python rounds to an integer, which has no negative zero.
    Ok(Val::Float((whole + 0.0) / scale))
}

/// Python's `round` of a float: correctly rounded decimal digits, halves to even.
fn round_half_even(float: f64, precision: i64) -> f64 {
    if !float.is_finite() || precision > 308 {
        return float;
    }
    match usize::try_from(precision) {
        // Formatting rounds the exact binary value, halves to even.
        Ok(digits) => format!("{float:.digits$}").parse().unwrap_or(float),
        Err(_) => {
            let scale = 10f64.powi(i32::try_from(-precision).unwrap_or(i32::MAX));
            if scale.is_finite() { (float / scale).round_ties_even() * scale } else { 0.0 * float }
        }
    }
}

fn round_integer(int: BigInt, precision: i64) -> BigInt {
    let Ok(digits) = u32::try_from(-precision) else { return int };
    if digits > 400 {
        return BigInt::ZERO;
    }
    let scale = BigInt::from(10).pow(digits);
    let two = BigInt::from(2);
    let floor = floor_div(&int, &scale);
    let rest = (&int - &floor * &scale) * &two;
    let up = rest > scale || (rest == scale && &floor % &two != BigInt::ZERO);
    (floor + BigInt::from(u8::from(up))) * scale
}

fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    let quotient = a / b;
    if (a % b).sign() == num_bigint::Sign::Minus { quotient - 1 } else { quotient }
}

pub(super) fn to_bool(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value] = args.bind("to_bool", ["value"], 1)?;
    let value = value.unwrap_or(Val::None);
    let word = match &value {
        Val::Str(text) => Some(text.to_lowercase()),
        value if value.is_integer() => Some(ctx.str(value)?.to_lowercase()),
        _ => None,
    };
    match word.as_deref() {
        Some("yes" | "on" | "true" | "1") => return Ok(Val::Bool(true)),
        Some("no" | "off" | "false" | "0") => return Ok(Val::Bool(false)),
        _ => {}
    }
    let result = matches!(&value, Val::Float(float) if *float == 1.0);
    let (shown, type_name) = (ctx.repr(&value)?, value.type_name());
    let answer = if result { "True" } else { "False" };
    ctx.deprecated(&format!("The `bool` filter coerced invalid value {shown} ({type_name}) to {answer}."));
    Ok(Val::Bool(result))
}

fn error(message: &str) -> Fault {
    Fault::raised("AnsibleError", message.trim())
}

/// A number argument of the mathematical filters.
fn real(filter: &str, value: &Val) -> Res<f64> {
    float_of(value).ok_or_else(|| {
        let name = value.type_name();
        error(&format!("{filter}() can only be used on numbers: must be real number, not {name}"))
    })
}

fn domain() -> Fault {
    Fault::value_error("math domain error")
}

pub(super) fn log(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [x, base] = args.bind("logarithm", ["x", "base"], 1)?;
    let x = real("log", &x.unwrap_or(Val::None))?;
    if x <= 0.0 {
        return Err(domain());
    }
    let base = base.map(|base| real("log", &base)).transpose()?;
    if base.is_some_and(|base| base <= 0.0) {
        return Err(domain());
    }
    Ok(Val::Float(match base {
        None => x.ln(),
        Some(10.0) => x.log10(),
        Some(1.0) => return Err(Fault::raised("ZeroDivisionError", "float division by zero")),
        Some(base) => x.ln() / base.ln(),
    }))
}

/// `math.pow`
fn power(x: f64, y: f64) -> Res<f64> {
    let result = x.powf(y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain());
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(if x == 0.0 { domain() } else { Fault::raised("OverflowError", "math range error") });
    }
    Ok(result)
}

pub(super) fn pow(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [x, y] = args.bind("power", ["x", "y"], 2)?;
    let (x, y) = (x.unwrap_or(Val::None), y.unwrap_or(Val::None));
    power(real("pow", &x)?, real("pow", &y)?).map(Val::Float)
}

pub(super) fn root(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [x, base] = args.bind("inversepower", ["x", "base"], 1)?;
    let bad = || error("root() can only be used on numbers: math domain error");
    let base = match base {
        None => 2.0,
        Some(Val::Str(text)) => parse_float(&text).ok_or_else(bad)?,
        Some(base) => float_of(&base).ok_or_else(bad)?,
    };
    if base == 0.0 {
        return Err(Fault::raised("ZeroDivisionError", "float division by zero"));
    }
    let x = real("root", &x.unwrap_or(Val::None))?;
    if base == 2.0 {
        return if x < 0.0 { Err(bad()) } else { Ok(Val::Float(x.sqrt())) };
    }
    power(x, 1.0 / base).map(Val::Float).map_err(|fault| if fault.is("ValueError") { bad() } else { fault })
}

pub(super) fn human_readable(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [size, bits, unit] = args.bind("human_readable", ["size", "isbits", "unit"], 1)?;
    let bits = util::flag(ctx, bits, false)?;
    let unit = unit.filter(|unit| !unit.is_none());
    if let Some(other) = unit.as_ref().filter(|unit| unit.as_str().is_none()) {
        let name = other.type_name();
        return Err(error(&format!(
            "human_readable() can't interpret the input: '{name}' object has no attribute 'upper'"
        )));
    }
    let size = size.unwrap_or(Val::None);
    let Some(size) = float_of(&size) else {
        let (name, has_unit) = (size.type_name(), unit.is_some());
        return Err(error(&if has_unit {
            format!(
                "human_readable() failed on bad input: unsupported operand type(s) for /: '{name}' and 'int'"
            )
        } else {
            format!(
                "human_readable() failed on bad input: '>=' not supported between instances of '{name}' and 'int'"
            )
        }));
    };
    Ok(Val::from(human::readable(size, bits, unit.as_ref().and_then(Val::as_str))))
}

pub(super) fn human_to_bytes(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [size, unit, bits] = args.bind("human_to_bytes", ["size", "default_unit", "isbits"], 1)?;
    let size = util::text(ctx, size, "")?;
    let unit = unit.filter(|unit| !unit.is_none()).map(|unit| ctx.str(&unit)).transpose()?;
    let bits = util::flag(ctx, bits, false)?;
    human::to_bytes(&size, unit.as_deref(), bits).map(normal_integer).map_err(|fault| {
        error(&format!("human_to_bytes() can't interpret the input: {}", fault.cause().message))
    })
}

pub(super) fn filesizeformat(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [value, binary] = args.bind("do_filesizeformat", ["value", "binary"], 1)?;
    let binary = util::flag(ctx, binary, false)?;
    let value = value.unwrap_or(Val::None);
    let size = match &value {
        Val::Str(text) => parse_float(text).ok_or_else(|| {
            let shown = rplay_value::str_repr(text);
            Fault::value_error(format!("could not convert string to float: {shown}"))
        })?,
        other => float_of(other).ok_or_else(|| {
            Fault::type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                other.type_name()
            ))
        })?,
    };
    Ok(Val::from(human::file_size(size, binary)))
}
