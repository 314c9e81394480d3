//! Sizes for people: Ansible's `human_readable` and `human_to_bytes`.

use crate::{Fault, Res};
use num_bigint::BigInt;
use num_traits::{FromPrimitive, Pow, ToPrimitive};

const UNITS: [(char, u32); 9] =
    [('Y', 80), ('Z', 70), ('E', 60), ('P', 50), ('T', 40), ('G', 30), ('M', 20), ('K', 10), ('B', 0)];

const NAMES: [(char, &str); 9] = [
    ('Y', "yotta"),
    ('Z', "zetta"),
    ('E', "exa"),
    ('P', "peta"),
    ('T', "tera"),
    ('G', "giga"),
    ('M', "mega"),
    ('K', "kilo"),
    ('B', ""),
];

/// `1.50 KB`
pub(crate) fn readable(size: f64, bits: bool, unit: Option<&str>) -> String {
    let base = if bits { "bits" } else { "Bytes" };
    let fits = |(letter, power): &(char, u32)| match unit {
        None => size >= 2f64.powi(*power as i32),
        Some(unit) => unit.to_uppercase() == letter.to_string(),
    };
    let (letter, power) = UNITS.iter().find(|unit| fits(unit)).copied().unwrap_or(('B', 0));
    let suffix = if power == 0 { base.to_owned() } else { format!("{letter}{}", &base[..1]) };
    let number = size / 2f64.powi(power as i32);
    if number.is_nan() { format!("nan {suffix}") } else { format!("{number:.2} {suffix}") }
}

/// `2K` → 2048
pub(crate) fn to_bytes(text: &str, default_unit: Option<&str>, bits: bool) -> Res<BigInt> {
    let Some((number, unit)) = split(text) else {
        return Err(Fault::value_error(format!("human_to_bytes() can't interpret following string: {text}")));
    };
    let value: f64 = number.parse().unwrap_or(f64::NAN);
    let Some(unit) = unit.or(default_unit) else { return Ok(round(value)) };
    let range = unit.chars().next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let Some((letter, power)) = UNITS.iter().find(|(letter, _)| letter.to_string() == range) else {
        let known: Vec<String> = UNITS.iter().map(|(letter, _)| letter.to_string()).collect();
        return Err(Fault::value_error(format!(
            "human_to_bytes() failed to convert {text} (unit = {unit}). The suffix must be one of {}",
            known.join(", ")
        )));
    };
    if unit.chars().count() > 1 {
        check_unit(text, unit, *letter, bits)?;
    }
    let scale: BigInt = Pow::pow(BigInt::from(2), *power);
    Ok(round(value * scale.to_f64().unwrap_or(f64::MAX)))
}

fn check_unit(text: &str, unit: &str, letter: char, bits: bool) -> Res<()> {
    let (class, name) = if bits { ('b', "bit") } else { ('B', "byte") };
    let prefix = NAMES.iter().find(|(known, _)| *known == letter).map_or("", |(_, name)| name);
    let short = if letter == 'B' { class.to_string() } else { format!("{letter}{class}") };
    if unit.to_lowercase() == format!("{prefix}{name}") || unit == short {
        return Ok(());
    }
    let expected = if letter == 'B' {
        format!("expect {class} or {name}")
    } else {
        format!("expect {letter}{class} or {letter}")
    };
    Err(Fault::value_error(format!(
        "human_to_bytes() failed to convert {text}. Value is not a valid string ({expected})"
    )))
}

/// `^([0-9]*\.?[0-9]+)(?:\s*([A-Za-z]+))?\s*$`
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let plain = number.matches('.').count() <= 1 && number.ends_with(|char: char| char.is_ascii_digit());
    if !plain {
        return None;
    }
    let unit = rest.trim();
    if unit.is_empty() {
        return Some((number, None));
    }
    unit.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some((number, Some(unit)))
}

/// Python's `int(round(x))`: halves go to the even neighbour.
fn round(value: f64) -> BigInt {
    BigInt::from_f64(value.round_ties_even()).unwrap_or_default()
}

/// Jinja's `filesizeformat`.
pub(crate) fn file_size(size: f64, binary: bool) -> String {
    let (base, names): (f64, [&str; 8]) = if binary {
        (1024.0, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"])
    } else {
        (1000.0, ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"])
    };
    if size == 1.0 {
        return "1 Byte".into();
    }
    if size < base {
        // Adding zero makes zero of its negative.
        return format!("{} Bytes", size.trunc() + 0.0);
    }
    if size.is_nan() {
        return format!("nan {}", names[names.len() - 1]);
    }
    let mut last = String::new();
    for (at, name) in names.iter().enumerate() {
        let unit = base.powi(at as i32 + 2);
        last = format!("{:.1} {name}", base * size / unit);
        if size < unit {
            return last;
        }
    }
    last
}
