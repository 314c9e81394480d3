//! `community.general`'s `to_time_unit` family.

use super::util;
use crate::{Args, Ctx, Fault, Res, Val, val::float_of};

/// Milliseconds of each unit and the words for it.
const UNITS: [(&str, f64, &[&str]); 8] = [
    ("year", 365.0 * 86_400_000.0, &["y", "year", "years"]),
    ("month", 30.0 * 86_400_000.0, &["mo", "month", "months"]),
    ("week", 7.0 * 86_400_000.0, &["w", "week", "weeks"]),
    ("day", 86_400_000.0, &["d", "day", "days"]),
    ("hour", 3_600_000.0, &["h", "hour", "hours"]),
    ("minute", 60_000.0, &["m", "min", "minute", "minutes"]),
    ("second", 1000.0, &["", "s", "sec", "second", "seconds"]),
    ("millisecond", 1.0, &["ms", "msec", "msecs", "millisecond", "milliseconds"]),
];

fn scale(ctx: &mut Ctx<'_>, unit: &str, year: Option<&Val>, month: Option<&Val>) -> Res<f64> {
    let Some((name, size, _)) = UNITS.iter().find(|(_, _, words)| words.contains(&unit)) else {
        return Err(Fault::plugin(format!("to_time_unit() can't interpret following unit: {unit}")));
    };
    let days = match *name {
        "year" => year,
        "month" => month,
        _ => None,
    };
    Ok(match days {
        Some(days) => {
            let shown = ctx.str(days)?;
            let days = super::number::parse_float(&shown)
                .ok_or_else(|| Fault::plugin(format!("Failed to convert year or month: {shown}")))?;
            days * 86_400_000.0
        }
        None => *size,
    })
}

fn convert(ctx: &mut Ctx<'_>, args: Args, unit: Option<&str>) -> Res<Val> {
    let mut args = args;
    let (year, month) = (args.take_kw("year"), args.take_kw("month"));
    let [value, wanted] = args.bind("to_time_unit", ["human_time", "unit"], 1)?;
    let unit = match unit {
        Some(unit) => unit.to_owned(),
        None => util::text(ctx, wanted, "ms")?,
    };
    let value = value.unwrap_or(Val::None);
    if float_of(&value) == Some(0.0) {
        return Ok(Val::Int(0));
    }
    let target = scale(ctx, &unit, year.as_ref(), month.as_ref())?;
    let text = ctx.str(&value)?;
    let mut total = 0.0;
    for part in text.split_whitespace() {
        let at = part.find(|char: char| char.is_ascii_alphabetic()).unwrap_or(part.len());
        let (number, word) = part.split_at(at);
        let number: f64 = number
            .parse()
            .map_err(|_| Fault::plugin(format!("to_time_unit() can't interpret following string: {text}")))?;
        total += number * scale(ctx, word, year.as_ref(), month.as_ref())?;
    }
    let result = total / target;
    Ok(Val::Float((result * 1e12).round_ties_even() / 1e12))
}

macro_rules! units {
    ($($function:ident $unit:literal),+) => {$(
        pub(super) fn $function(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
            convert(ctx, args, Some($unit))
        }
    )+};
}

pub(super) fn to_time_unit(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    convert(ctx, args, None)
}
units!(
    to_milliseconds "ms", to_seconds "s", to_minutes "m", to_hours "h",
    to_days "d", to_weeks "w", to_months "mo", to_years "y"
);
