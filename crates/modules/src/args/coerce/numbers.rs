//! `int` and `float`.

use super::class;
use crate::args::{Value, repr};
use serde_json::Number;

pub(super) fn int(value: Value) -> Result<Value, String> {
    let whole = match &value {
        // Python's bool is an int, so AnsibleModule leaves it as it is.
        Value::Bool(_) => return Ok(value),
        Value::Number(number) => whole(number.as_str()),
        Value::String(text) => whole(&text.trim().replace('_', "")),
        _ => None,
    };
    whole.ok_or_else(|| format!("\"{}\" cannot be converted to an int", repr(&value)))
}

/// A decimal numeral without significant decimals, as a JSON integer of any size.
fn whole(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let plain = digits.trim_start_matches('0');
        return number(if plain.is_empty() { "0" } else { plain });
    }
    if let Some(rest) = digits.strip_prefix('-').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let plain = rest.trim_start_matches('0');
        return if rest.is_empty() {
            None
        } else {
            number(&if plain.is_empty() { "0".into() } else { format!("-{plain}") })
        };
    }
    let float: f64 = text.parse().ok()?;
    // Beyond 2^53 a float no longer tells neighbouring integers apart.
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then(|| Value::from(float as i64))
}

fn number(digits: &str) -> Option<Value> {
    serde_json::from_str::<Number>(digits).ok().map(Value::Number)
}

pub(super) fn float(value: Value) -> Result<Value, String> {
    let number = match &value {
        Value::Number(number) if crate::args::python::is_float(number) => return Ok(value),
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text.trim().replace('_', "").parse().ok(),
        _ => None,
    };
    number
        .and_then(Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| format!("{} cannot be converted to a float", class(&value)))
}
