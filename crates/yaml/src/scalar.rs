//! The value of a scalar whose type is known.

use crate::{resolve::Type, timestamp};
use base64::{Engine as _, alphabet, engine};
use num_bigint::BigInt;
use num_traits::{Num, ToPrimitive, Zero};
use rplay_value::Value;
use std::sync::Arc;

/// The longest decimal number read, as in Python.
const MAX_DIGITS: usize = 4300;

/// The value of `text` as `kind`; strings are not made here, since they carry tags.
pub(crate) fn construct(kind: Type, text: &str) -> Result<Value, String> {
    match kind {
        Type::Null => Ok(Value::None),
        Type::Bool => bool(text),
        Type::Int => int(text),
        Type::Float => float(text).map(Value::Float),
        Type::Timestamp => timestamp::construct(text),
        Type::Binary => binary(text),
        Type::Str => Ok(Value::from(text)),
        Type::Merge => Err("could not determine a constructor for the tag 'tag:yaml.org,2002:merge'".into()),
        Type::Value => Err("could not determine a constructor for the tag 'tag:yaml.org,2002:value'".into()),
    }
}

fn bool(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(Value::Bool(true)),
        "no" | "false" | "off" => Ok(Value::Bool(false)),
        _ => Err(format!("{text:?} is not a boolean")),
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn int(text: &str) -> Result<Value, String> {
    let bare = text.replace('_', "");
    let (negative, digits) = split_sign(&bare);
    let magnitude = if let Some(digits) = digits.strip_prefix("0b") {
        radix(digits, 2)
    } else if let Some(digits) = digits.strip_prefix("0x") {
        radix(digits, 16)
    } else if digits.starts_with('0') {
        radix(digits, 8)
    } else if digits.contains(':') {
        sexagesimal(digits)
    } else {
        radix(digits, 10)
    };
    let magnitude = magnitude.ok_or_else(|| format!("{text:?} is not an integer"))?;
    Ok(integer(if negative { -magnitude } else { magnitude }))
}

fn integer(int: BigInt) -> Value {
    int.to_i64().map_or_else(|| Value::BigInt(Arc::new(int)), Value::Int)
}

fn radix(digits: &str, radix: u32) -> Option<BigInt> {
    if digits.starts_with(['+', '-']) || (radix == 10 && digits.len() > MAX_DIGITS) {
        return None;
    }
    BigInt::from_str_radix(digits, radix).ok()
}

fn sexagesimal(text: &str) -> Option<BigInt> {
    text.split(':').try_fold(BigInt::zero(), |sum, part| Some(sum * 60 + radix(part, 10)?))
}

fn float(text: &str) -> Result<f64, String> {
    let bare = text.replace('_', "").to_lowercase();
    let (negative, digits) = split_sign(&bare);
    let magnitude = match digits {
        ".inf" => Some(f64::INFINITY),
        ".nan" => Some(f64::NAN),
        _ => digits.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.trim().parse::<f64>().ok()?)),
    };
    let magnitude = magnitude.ok_or_else(|| format!("{text:?} is not a float"))?;
    Ok(if negative { -magnitude } else { magnitude })
}

/// Base64 as Python's `decodebytes`: characters outside the alphabet are skipped, padding is demanded.
fn binary(text: &str) -> Result<Value, String> {
    if !text.is_ascii() {
        return Err("failed to convert base64 data into ascii".into());
    }
    let clean: String =
        text.chars().filter(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=')).collect();
    let data = clean.trim_end_matches('=').len();
    let config = engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    engine::GeneralPurpose::new(&alphabet::STANDARD, config)
        .decode(clean)
        .map(|bytes| Value::Bytes(bytes.into()))
        .map_err(|_| format!("failed to decode base64 data: {}", base64_problem(data)))
}

fn base64_problem(data: usize) -> String {
    if data % 4 == 1 {
        format!(
            "Invalid base64-encoded string: number of data characters ({data}) cannot be 1 more than a \
             multiple of 4"
        )
    } else {
        "Incorrect padding".into()
    }
}
