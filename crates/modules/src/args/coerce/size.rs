//! `bytes` and `bits`: sizes with a unit.

use super::class;
use crate::args::{Value, str_of};

const UNITS: [(char, &str, i32); 9] = [
    ('B', "", 0),
    ('K', "kilo", 10),
    ('M', "mega", 20),
    ('G', "giga", 30),
    ('T', "tera", 40),
    ('P', "peta", 50),
    ('E', "exa", 60),
    ('Z', "zeta", 70),
    ('Y', "yotta", 80),
];

pub(super) fn size(value: &Value, bits: bool) -> Result<i64, String> {
    parse(&str_of(value), bits).ok_or_else(|| {
        let unit = if bits { "Bit" } else { "Byte" };
        format!("{} cannot be converted to a {unit} value", class(value))
    })
}

/// `None` where the text is no number with a known unit, or the size does not fit 64 bits.
pub(crate) fn parse(text: &str, bits: bool) -> Option<i64> {
    let text = text.trim_end();
    let split = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = (&text[..split], text[split..].trim_start());
    if number.ends_with('.') {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    let scaled = number * multiple(unit, bits)?;
    (scaled < 9.2e18).then(|| scaled.round_ties_even() as i64)
}

fn multiple(unit: &str, bits: bool) -> Option<f64> {
    let Some(first) = unit.chars().next() else { return Some(1.0) };
    let (letter, word, power) = UNITS.iter().find(|(letter, _, _)| *letter == first.to_ascii_uppercase())?;
    let (short, long) = if bits { ("b", "bit") } else { ("B", "byte") };
    let brief = if *letter == 'B' { short.to_owned() } else { format!("{letter}{short}") };
    let fits = unit.len() == 1 || unit == brief || unit.to_lowercase() == format!("{word}{long}");
    fits.then(|| 2f64.powi(*power))
}
