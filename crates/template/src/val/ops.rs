//! Python's arithmetic.

use super::{markup, number};
use crate::{Ctx, Delta, Fault, Res, Val};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use rplay_value::DateTime;

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

impl BinOp {
    fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::FloorDiv => "//",
            BinOp::Mod => "%",
            BinOp::Pow => "** or pow()",
        }
    }
}

impl Ctx<'_> {
    /// The result of a binary operator.
    pub(crate) fn binary(&mut self, op: BinOp, a: &Val, b: &Val) -> Res<Val> {
        match (op, a, b) {
            // Formatting looks at what is put in only. Lists of Ansible's own class do not know markers.
            (BinOp::Mod, Val::Str(format), Val::Undef(_)) => self.markup_format(format, b),
            (BinOp::Add, Val::List(list), Val::Undef(_)) if list.is_wrapped() => {
                Err(concatenation("list", b))
            }
            (BinOp::Mul, Val::List(list), _) if list.is_wrapped() && !b.is_integer() => Err(
                Fault::type_error(format!("'{}' object cannot be interpreted as an integer", b.type_name())),
            ),
            (_, Val::Undef(marker), _) | (_, _, Val::Undef(marker)) => Err(marker.trip()),
            (BinOp::Add, Val::Int(x), Val::Int(y)) if let Some(sum) = x.checked_add(*y) => Ok(Val::Int(sum)),
            (BinOp::Mod, Val::Str(format), _) => self.markup_format(format, b),
            _ if is_number(a) && is_number(b) => numeric(op, a, b),
            (BinOp::Add, ..) => self.add(a, b),
            (BinOp::Mul, ..) => self.multiply(a, b),
            (BinOp::Sub, ..) => subtract(a, b),
            (BinOp::Div, Val::Delta(x), Val::Delta(y)) if y.micros != 0 => {
                Ok(Val::Float(x.micros as f64 / y.micros as f64))
            }
            (BinOp::Div, Val::Delta(x), Val::Int(y)) if *y != 0 => {
                Ok(Val::Delta(Delta { micros: x.micros / y }))
            }
            (BinOp::FloorDiv, Val::Delta(x), Val::Delta(y)) if y.micros != 0 => {
                Ok(Val::Int(x.micros.div_euclid(y.micros)))
            }
            _ => Err(unsupported(op, a, b)),
        }
    }

    fn add(&mut self, a: &Val, b: &Val) -> Res<Val> {
        match (a, b) {
            (Val::Str(x), Val::Str(y)) if x.is_markup() || y.is_markup() => {
                Ok(Val::markup(markup::safe_text(x) + &markup::safe_text(y)))
            }
            (Val::Str(x), Val::Str(y)) => {
                self.budget().text(x.len() + y.len())?;
                Ok(Val::from([x.as_str(), y.as_str()].concat()))
            }
            (Val::List(x), Val::List(y)) => {
                let mut items = x.items(self)?;
                items.extend(y.items(self)?);
                self.budget().items(items.len())?;
                Ok(Val::from(items))
            }
            (Val::Tuple(x), Val::Tuple(y)) => Ok(Val::tuple(x.iter().chain(y.iter()).cloned())),
            (Val::Bytes(x), Val::Bytes(y)) => Ok(Val::Bytes([&**x, &**y].concat().into())),
            (Val::Delta(x), Val::Delta(y)) => delta(x.micros.checked_add(y.micros)),
            (Val::DateTime(time), Val::Delta(d)) | (Val::Delta(d), Val::DateTime(time)) => {
                shift(time, d.micros)
            }
            (Val::Date(date), Val::Delta(d)) | (Val::Delta(d), Val::Date(date)) => shift_date(*date, *d),
            (Val::Str(text), _) if !text.is_markup() => Err(concatenation("str", b)),
            (Val::List(_), _) => Err(concatenation("list", b)),
            (Val::Tuple(_), _) => Err(concatenation("tuple", b)),
            _ => Err(unsupported(BinOp::Add, a, b)),
        }
    }

    fn multiply(&mut self, a: &Val, b: &Val) -> Res<Val> {
        let (sequence, count) = match (a, b) {
            (sequence, count) if is_sequence(sequence) && count.is_integer() => (sequence, count),
            (count, sequence) if is_sequence(sequence) && count.is_integer() => (sequence, count),
            (Val::Delta(d), count) | (count, Val::Delta(d)) if let Some(n) = count.as_int() => {
                return delta(d.micros.checked_mul(n));
            }
            _ if is_sequence(a) || is_sequence(b) => {
                let other = if is_sequence(a) { b } else { a };
                return Err(Fault::type_error(format!(
                    "can't multiply sequence by non-int of type '{}'",
                    other.type_name()
                )));
            }
            _ => return Err(unsupported(BinOp::Mul, a, b)),
        };
        let count = match count {
            Val::Big(int) if int.is_negative() => 0,
            Val::Big(_) => {
                return Err(Fault::raised("OverflowError", "cannot fit 'int' into an index-sized integer"));
            }
            count => usize::try_from(count.as_int().unwrap_or(0)).unwrap_or(0),
        };
        self.repeat(sequence, count)
    }

    fn repeat(&mut self, sequence: &Val, count: usize) -> Res<Val> {
        match sequence {
            Val::Str(text) => {
                self.budget().text(text.len().saturating_mul(count))?;
                Ok(Val::from(text.repeat(count)).markup_if(text.is_markup()))
            }
            Val::Bytes(bytes) => {
                self.budget().text(bytes.len().saturating_mul(count))?;
                Ok(Val::Bytes(bytes.repeat(count).into()))
            }
            Val::Tuple(items) => {
                self.budget().items(items.len().saturating_mul(count))?;
                Ok(Val::tuple((0..count).flat_map(|_| items.iter().cloned())))
            }
            other => {
                let items = self.iterate(other)?;
                self.budget().items(items.len().saturating_mul(count))?;
                Ok(Val::list((0..count).flat_map(|_| items.iter().cloned())))
            }
        }
    }

    /// Unary minus (`-`) or plus (`+`).
    pub(crate) fn signed(&mut self, value: &Val, minus: bool) -> Res<Val> {
        match value {
            Val::Undef(marker) => Err(marker.trip()),
            Val::Float(float) => Ok(Val::Float(if minus { -float } else { *float })),
            Val::Delta(d) => delta(if minus { d.micros.checked_neg() } else { Some(d.micros) }),
            value => match number::integer(value) {
                Some(int) => Ok(number::normal(if minus { -int } else { int })),
                None => Err(Fault::type_error(format!(
                    "bad operand type for unary {}: '{}'",
                    if minus { '-' } else { '+' },
                    value.type_name()
                ))),
            },
        }
    }
}

fn is_number(value: &Val) -> bool {
    value.is_integer() || matches!(value, Val::Float(_))
}

fn is_sequence(value: &Val) -> bool {
    matches!(value, Val::Str(_) | Val::List(_) | Val::Tuple(_) | Val::Bytes(_))
}

fn unsupported(op: BinOp, a: &Val, b: &Val) -> Fault {
    Fault::type_error(format!(
        "unsupported operand type(s) for {}: '{}' and '{}'",
        op.symbol(),
        a.type_name(),
        b.type_name()
    ))
}

fn concatenation(kind: &str, other: &Val) -> Fault {
    Fault::type_error(format!("can only concatenate {kind} (not \"{}\") to {kind}", other.type_name()))
}

fn delta(micros: Option<i64>) -> Res<Val> {
    micros
        .map(|micros| Val::Delta(Delta { micros }))
        .ok_or_else(|| Fault::raised("OverflowError", "timedelta out of range"))
}

/// Microseconds since year 1 in UTC (or local time, for a naive value).
pub(super) fn instant(time: &DateTime) -> i128 {
    let civil = time.civil;
    let days = i128::from(jiff::civil::date(1, 1, 1).until(civil.date()).map_or(0, |span| span.get_days()));
    let seconds = days * 86_400
        + i128::from(civil.hour()) * 3600
        + i128::from(civil.minute()) * 60
        + i128::from(civil.second())
        - i128::from(time.offset.unwrap_or(0));
    seconds * 1_000_000 + i128::from(civil.subsec_nanosecond() / 1000)
}

fn subtract(a: &Val, b: &Val) -> Res<Val> {
    match (a, b) {
        (Val::Delta(x), Val::Delta(y)) => delta(x.micros.checked_sub(y.micros)),
        (Val::DateTime(x), Val::DateTime(y)) if x.offset.is_some() != y.offset.is_some() => {
            Err(Fault::type_error("can't subtract offset-naive and offset-aware datetimes"))
        }
        (Val::DateTime(x), Val::DateTime(y)) => delta(i64::try_from(instant(x) - instant(y)).ok()),
        (Val::DateTime(time), Val::Delta(d)) => shift(time, d.micros.saturating_neg()),
        (Val::Date(date), Val::Delta(d)) => shift_date(*date, Delta { micros: d.micros.saturating_neg() }),
        (Val::Date(x), Val::Date(y)) => {
            let days = y.until(*x).map_or(0, |span| i64::from(span.get_days()));
            delta(days.checked_mul(86_400_000_000))
        }
        _ => Err(unsupported(BinOp::Sub, a, b)),
    }
}

fn out_of_range() -> Fault {
    Fault::raised("OverflowError", "date value out of range")
}

fn shift(time: &DateTime, micros: i64) -> Res<Val> {
    let span = jiff::SignedDuration::from_micros(micros);
    let civil = time.civil.checked_add(span).map_err(|_| out_of_range())?;
    Ok(Val::DateTime(DateTime { civil, ..*time }))
}

fn shift_date(date: jiff::civil::Date, by: Delta) -> Res<Val> {
    let days = by.micros.div_euclid(86_400_000_000);
    let moved = date.checked_add(jiff::SignedDuration::from_hours(days * 24));
    moved.map(Val::Date).map_err(|_| out_of_range())
}

fn numeric(op: BinOp, a: &Val, b: &Val) -> Res<Val> {
    match (a, b) {
        (Val::Int(x), Val::Int(y)) => {
            let small = match op {
                BinOp::Add => x.checked_add(*y),
                BinOp::Sub => x.checked_sub(*y),
                BinOp::Mul => x.checked_mul(*y),
                _ => None,
            };
            match small {
                Some(int) => Ok(Val::Int(int)),
                None => integral(op, BigInt::from(*x), BigInt::from(*y)),
            }
        }
        (Val::Float(_), _) | (_, Val::Float(_)) => {
            let too_large = || Fault::raised("OverflowError", "int too large to convert to float");
            let x = number::float(a).ok_or_else(too_large)?;
            let y = number::float(b).ok_or_else(too_large)?;
            real(op, x, y)
        }
        _ => integral(op, number::integer(a).unwrap_or_default(), number::integer(b).unwrap_or_default()),
    }
}

fn zero_division(message: &str) -> Fault {
    Fault::raised("ZeroDivisionError", message)
}

fn integral(op: BinOp, a: BigInt, b: BigInt) -> Res<Val> {
    Ok(match op {
        BinOp::Add => number::normal(a + b),
        BinOp::Sub => number::normal(a - b),
        BinOp::Mul if a.bits() + b.bits() > MAX_BITS => return Err(too_big()),
        BinOp::Mul => number::normal(a * b),
        BinOp::Div if b.is_zero() => return Err(zero_division("division by zero")),
        BinOp::Div => Val::Float(true_division(&a, &b)?),
        BinOp::FloorDiv if b.is_zero() => {
            return Err(zero_division("integer division or modulo by zero"));
        }
        BinOp::FloorDiv => number::normal(floor_div(&a, &b)),
        BinOp::Mod if b.is_zero() => return Err(zero_division("integer modulo by zero")),
        BinOp::Mod => {
            let quotient = floor_div(&a, &b);
            number::normal(a - quotient * b)
        }
        BinOp::Pow => return power(a, b),
    })
}

/// Bits an integer may have: enough for any sum, too few to fill memory.
const MAX_BITS: u64 = 1 << 22;

fn too_big() -> Fault {
    Fault::limit(format!("an integer of more than {MAX_BITS} bits is not supported"))
}

fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    let quotient = a / b;
    let exact = (&quotient * b) == *a;
    if !exact && (a.is_negative() != b.is_negative()) { quotient - 1 } else { quotient }
}

fn true_division(a: &BigInt, b: &BigInt) -> Res<f64> {
    if a.bits() <= 53 && b.bits() <= 53 {
        return Ok(a.to_f64().unwrap_or(0.0) / b.to_f64().unwrap_or(1.0));
    }
    // One correctly rounded division: scale so that the quotient has 64 bits and a sticky bit.
    let shift = 64 + b.bits() as i64 - a.bits() as i64;
    let (num, den) = if shift >= 0 { (a.abs() << shift, b.abs()) } else { (a.abs(), b.abs() << -shift) };
    let mut quotient = &num / &den;
    if &quotient * &den != num {
        quotient |= BigInt::from(1);
    }
    let mantissa = quotient.to_f64().unwrap_or(f64::INFINITY);
    let exponent = i32::try_from(-shift).unwrap_or(i32::MAX);
    let result = mantissa * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
    if !result.is_finite() {
        return Err(Fault::raised("OverflowError", "integer division result too large for a float"));
    }
    Ok(if a.is_negative() != b.is_negative() { -result } else { result })
}

fn power(a: BigInt, b: BigInt) -> Res<Val> {
    if b.is_negative() {
        if a.is_zero() {
            return Err(zero_division("0.0 cannot be raised to a negative power"));
        }
        return real(
            BinOp::Pow,
            a.to_f64().unwrap_or(f64::INFINITY),
            b.to_f64().unwrap_or(f64::NEG_INFINITY),
        );
    }
    if a.is_zero() || a == BigInt::from(1) {
        return Ok(number::normal(if b.is_zero() { BigInt::from(1) } else { a }));
    }
    match b.to_u32() {
        Some(exponent) if a.bits().saturating_mul(u64::from(exponent)) <= MAX_BITS => {
            Ok(number::normal(a.pow(exponent)))
        }
        _ => Err(too_big()),
    }
}

fn real(op: BinOp, a: f64, b: f64) -> Res<Val> {
    Ok(Val::Float(match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::Div if b == 0.0 => return Err(zero_division("float division by zero")),
        BinOp::Div => a / b,
        BinOp::FloorDiv if b == 0.0 => return Err(zero_division("float floor division by zero")),
        BinOp::FloorDiv => ((a - python_mod(a, b)) / b).round(),
        BinOp::Mod if b == 0.0 => return Err(zero_division("float modulo")),
        BinOp::Mod => python_mod(a, b),
        BinOp::Pow if a == 0.0 && b < 0.0 => {
            return Err(zero_division("0.0 cannot be raised to a negative power"));
        }
        BinOp::Pow if a < 0.0 && b.fract() != 0.0 && b.is_finite() => {
            return Err(Fault::raised(
                "AnsibleVariableTypeError",
                "Type 'complex' is unsupported for variable storage.",
            ));
        }
        BinOp::Pow => {
            let result = a.powf(b);
            if result.is_infinite() && a.is_finite() && b.is_finite() {
                return Err(Fault::raised("OverflowError", "(34, 'Numerical result out of range')"));
            }
            result
        }
    }))
}

/// The remainder with the sign of the divisor.
fn python_mod(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) {
        remainder + b
    } else if remainder == 0.0 {
        0f64.copysign(b)
    } else {
        remainder
    }
}
