//! Integers of any size and their comparison with floats.

use crate::{Fault, Res, Val};
use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};
use std::{cmp::Ordering, sync::Arc};

/// An integer in its smallest form.
pub(crate) fn normal(int: BigInt) -> Val {
    int.to_i64().map_or_else(|| Val::Big(Arc::new(int)), Val::Int)
}

/// The integer a boolean or integer stands for.
pub(crate) fn integer(value: &Val) -> Option<BigInt> {
    match value {
        Val::Bool(bool) => Some(BigInt::from(u8::from(*bool))),
        Val::Int(int) => Some(BigInt::from(*int)),
        Val::Big(int) => Some((**int).clone()),
        _ => None,
    }
}

/// The float a number stands for; none for other types and integers beyond a float's range.
pub(crate) fn float(value: &Val) -> Option<f64> {
    match value {
        Val::Bool(bool) => Some(f64::from(u8::from(*bool))),
        Val::Int(int) => Some(*int as f64),
        Val::Big(int) => int.to_f64().filter(|float| float.is_finite()),
        Val::Float(float) => Some(*float),
        _ => None,
    }
}

/// The whole number a float is.
pub(crate) fn big_of_float(float: f64) -> Option<BigInt> {
    if float.fract() == 0.0 { BigInt::from_f64(float) } else { None }
}

/// Whether two numbers are equal; none when one is not a number.
pub(crate) fn equal(a: &Val, b: &Val) -> Option<bool> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a == b),
        (Val::Float(a), Val::Float(b)) => Some(a == b),
        _ => {
            let is_number = |v: &Val| v.is_integer() || matches!(v, Val::Float(_));
            (is_number(a) && is_number(b)).then(|| order(a, b) == Some(Ordering::Equal))
        }
    }
}

/// The order of two numbers; none when there is none (NaN) or one is not a number.
pub(crate) fn order(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
        (Val::Float(a), Val::Float(b)) => a.partial_cmp(b),
        (Val::Float(a), b) => order_mixed(&integer(b)?, *a).map(Ordering::reverse),
        (a, Val::Float(b)) => order_mixed(&integer(a)?, *b),
        (a, b) => Some(integer(a)?.cmp(&integer(b)?)),
    }
}

fn order_mixed(int: &BigInt, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    match BigInt::from_f64(float.floor()) {
        None => Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater }),
        Some(floor) => Some(match int.cmp(&floor) {
            Ordering::Equal if float.fract() != 0.0 => Ordering::Less,
            other => other,
        }),
    }
}

/// Digits of the longest integer that Python writes.
const MAX_DIGITS: usize = 4300;
/// Bits of an integer that surely has more.
const MAX_BITS: u64 = 4 * MAX_DIGITS as u64;

/// An integer in decimal; Python's `ValueError` for one with too many digits.
pub(crate) fn digits(int: &BigInt) -> Res<String> {
    let text = if int.bits() > MAX_BITS { None } else { Some(int.to_string()) };
    text.filter(|text| text.trim_start_matches('-').len() <= MAX_DIGITS).ok_or_else(|| {
        Fault::value_error(format!(
            "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion; use \
             sys.set_int_max_str_digits() to increase the limit"
        ))
    })
}

/// An integer of digits in a base; none for those Python refuses and for decimal ones with too many digits.
pub(crate) fn parse(digits: &str, radix: u32) -> Option<BigInt> {
    let most = if radix.is_power_of_two() { MAX_BITS as usize } else { MAX_DIGITS };
    if digits.len() > most {
        return None;
    }
    BigInt::parse_bytes(digits.replace('_', "").as_bytes(), radix)
}
