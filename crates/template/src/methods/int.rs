//! Methods of `int`, `bool` and `float`.

use crate::{
    Args, Fault, Res, Val,
    val::{integer_of, normal_integer},
};
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive};

/// Methods of integers.
pub(super) const NAMES: &[&str] = &[
    "__and__",
    "__lshift__",
    "__or__",
    "__rshift__",
    "__xor__",
    "as_integer_ratio",
    "bit_count",
    "bit_length",
    "conjugate",
    "to_bytes",
];
/// Methods of floats.
pub(super) const FLOAT_NAMES: &[&str] = &["as_integer_ratio", "conjugate", "hex", "is_integer"];

pub(super) fn property(value: &Val, name: &str) -> Option<Val> {
    match (name, value) {
        ("real", Val::Bool(bool)) => Some(Val::Int((*bool).into())),
        ("real", value) => Some(value.clone()),
        ("numerator", Val::Float(_)) | ("denominator", Val::Float(_)) => None,
        ("numerator", value) => integer_of(value).map(normal_integer),
        ("imag", Val::Float(_)) => Some(Val::Float(0.0)),
        ("imag", _) => Some(Val::Int(0)),
        ("denominator", _) => Some(Val::Int(1)),
        _ => None,
    }
}

pub(super) fn call(value: &Val, name: &str, args: Args) -> Res<Val> {
    match value {
        Val::Float(float) => call_float(*float, name, args),
        // Two booleans stay one.
        Val::Bool(_)
            if let [Val::Bool(_)] = args.pos.as_slice()
                && matches!(name, "__and__" | "__or__" | "__xor__") =>
        {
            let bits = call_int(&integer_of(value).unwrap_or_default(), name, args)?;
            Ok(Val::Bool(bits.as_int() == Some(1)))
        }
        value => call_int(&integer_of(value).unwrap_or_default(), name, args),
    }
}

fn call_int(int: &BigInt, name: &str, args: Args) -> Res<Val> {
    match name {
        "bit_length" => args.bind("int.bit_length", [], 0).map(|[]| Val::from(int.bits() as usize)),
        "bit_count" => args.bind("int.bit_count", [], 0).map(|[]| {
            Val::from(
                int.magnitude().iter_u64_digits().map(|digit| digit.count_ones() as usize).sum::<usize>(),
            )
        }),
        "conjugate" => args.bind("int.conjugate", [], 0).map(|[]| normal_integer(int.clone())),
        "as_integer_ratio" => args
            .bind("int.as_integer_ratio", [], 0)
            .map(|[]| Val::tuple([normal_integer(int.clone()), Val::Int(1)])),
        "to_bytes" => to_bytes(int, args),
        _ => bitwise(int, name, args),
    }
}

fn bitwise(int: &BigInt, name: &str, args: Args) -> Res<Val> {
    let [other] = args.bind(name, ["value"], 1)?;
    let other =
        other.as_ref().and_then(integer_of).ok_or_else(|| Fault::type_error("an integer is required"))?;
    let shift = || {
        if other.is_negative() {
            return Err(Fault::value_error("negative shift count"));
        }
        other
            .to_u32()
            .filter(|bits| *bits <= 1 << 22)
            .ok_or_else(|| Fault::limit("too many bits to shift by"))
    };
    Ok(normal_integer(match name {
        "__and__" => int & other,
        "__or__" => int | other,
        "__xor__" => int ^ other,
        "__lshift__" => int << shift()?,
        "__rshift__" => int >> other.to_u32().map_or_else(shift, Ok)?,
        _ => return Err(Fault::attribute_error(format!("'int' object has no attribute '{name}'"))),
    }))
}

fn to_bytes(int: &BigInt, args: Args) -> Res<Val> {
    let [length, order, signed] = args.bind("to_bytes", ["length", "byteorder", "signed"], 0)?;
    let length = match length {
        None => 1,
        Some(length) => length.as_int().ok_or_else(|| {
            Fault::type_error(format!("'{}' object cannot be interpreted as an integer", length.type_name()))
        })?,
    };
    if let Some(order) = &order {
        let Some(order) = order.as_str() else {
            let kind = if order.is_none() { "None" } else { order.type_name() };
            return Err(Fault::type_error(format!(
                "to_bytes() argument 'byteorder' must be str, not {kind}"
            )));
        };
        if !matches!(order, "little" | "big") {
            return Err(Fault::value_error("byteorder must be either 'little' or 'big'"));
        }
    }
    let length =
        usize::try_from(length).map_err(|_| Fault::value_error("length argument must be non-negative"))?;
    crate::ctx::text_fits(length)?;
    let too_big = || Fault::raised("OverflowError", "int too big to convert");
    let mut bytes = match (int.sign(), matches!(signed, Some(Val::Bool(true)))) {
        (Sign::Minus, false) => {
            return Err(Fault::raised("OverflowError", "can't convert negative int to unsigned"));
        }
        (_, true) => int.to_signed_bytes_be(),
        (_, false) => int.to_bytes_be().1,
    };
    while bytes.len() > length && bytes.first() == Some(&0) {
        bytes.remove(0);
    }
    if bytes.len() > length {
        return Err(too_big());
    }
    let fill = if int.is_negative() { 0xff } else { 0 };
    let mut out = vec![fill; length - bytes.len()];
    out.extend(bytes);
    if order.as_ref().and_then(Val::as_str) == Some("little") {
        out.reverse();
    }
    Ok(Val::Bytes(out.into()))
}

fn call_float(float: f64, name: &str, args: Args) -> Res<Val> {
    let [] = args.bind(name, [], 0)?;
    Ok(match name {
        "is_integer" => Val::Bool(float.is_finite() && float.fract() == 0.0),
        "conjugate" => Val::Float(float),
        "hex" => Val::from(hex(float)),
        "as_integer_ratio" => ratio(float)?,
        _ => return Err(Fault::attribute_error(format!("'float' object has no attribute '{name}'"))),
    })
}

fn hex(float: f64) -> String {
    if !float.is_finite() {
        return rplay_value::float_repr(float);
    }
    let bits = float.to_bits();
    let sign = if float.is_sign_negative() { "-" } else { "" };
    let mantissa = bits & ((1 << 52) - 1);
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    match (exponent, mantissa) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, mantissa) => format!("{sign}0x0.{mantissa:013x}p-1022"),
        (exponent, mantissa) => format!("{sign}0x1.{mantissa:013x}p{:+}", exponent - 1023),
    }
}

fn ratio(float: f64) -> Res<Val> {
    if !float.is_finite() {
        return Err(Fault::value_error("cannot convert NaN or infinity to integer ratio"));
    }
    let (mut numerator, mut denominator) = (float, BigInt::from(1));
    while numerator.fract() != 0.0 {
        numerator *= 2.0;
        denominator *= 2;
    }
    let int = num_traits::FromPrimitive::from_f64(numerator).unwrap_or_default();
    Ok(Val::tuple([normal_integer(int), normal_integer(denominator)]))
}
