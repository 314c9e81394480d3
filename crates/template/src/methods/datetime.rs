//! Methods and attributes of `date`, `datetime` and `timedelta`.

use crate::{Args, Delta, Fault, Res, Val};
use jiff::civil;
use rplay_value::{DateTime, Value};

/// Methods of dates.
pub(super) const DATE_NAMES: &[&str] =
    &["isoformat", "isoweekday", "replace", "strftime", "toordinal", "weekday"];
/// Methods of datetimes.
pub(super) const NAMES: &[&str] = &[
    "date",
    "isoformat",
    "isoweekday",
    "replace",
    "strftime",
    "time",
    "timestamp",
    "toordinal",
    "utcoffset",
    "weekday",
];
/// Methods of time differences.
pub(super) const DELTA_NAMES: &[&str] = &["total_seconds"];

fn civil_of(value: &Val) -> Option<(civil::DateTime, Option<i32>)> {
    match value {
        Val::Date(date) => Some((date.to_datetime(civil::Time::midnight()), None)),
        Val::DateTime(time) => Some((time.civil, time.offset)),
        _ => None,
    }
}

pub(super) fn property(value: &Val, name: &str) -> Option<Val> {
    if let Val::Delta(delta) = value {
        let seconds = delta.micros.div_euclid(1_000_000);
        return Some(Val::Int(match name {
            "days" => seconds.div_euclid(86_400),
            "seconds" => seconds.rem_euclid(86_400),
            "microseconds" => delta.micros.rem_euclid(1_000_000),
            _ => return None,
        }));
    }
    let (civil, _) = civil_of(value)?;
    let number = match name {
        "year" => i64::from(civil.year()),
        "month" => civil.month().into(),
        "day" => civil.day().into(),
        _ if matches!(value, Val::Date(_)) => return None,
        "hour" => civil.hour().into(),
        "minute" => civil.minute().into(),
        "second" => civil.second().into(),
        "microsecond" => (civil.subsec_nanosecond() / 1000).into(),
        _ => return None,
    };
    Some(Val::Int(number))
}

fn days_since_year_one(date: civil::Date) -> i64 {
    civil::date(1, 1, 1).until(date).map_or(0, |span| i64::from(span.get_days()))
}

pub(super) fn call(value: &Val, name: &str, args: Args) -> Res<Val> {
    if let Val::Delta(Delta { micros }) = value {
        let [] = args.bind(name, [], 0)?;
        return Ok(Val::Float(*micros as f64 / 1e6));
    }
    let Some((civil, offset)) = civil_of(value) else { return Err(Fault::type_error("a date is required")) };
    match name {
        "strftime" => {
            let [format] = args.bind("strftime", ["format"], 1)?;
            match format {
                Some(Val::Str(format)) => strftime(value, &format).map(Val::from),
                _ => Err(Fault::type_error("strftime() argument 1 must be str")),
            }
        }
        "replace" => replace(value, civil, offset, args),
        "isoformat" => {
            let [separator] = args.bind("isoformat", ["sep"], 0)?;
            let separator = separator.as_ref().and_then(Val::as_str).unwrap_or("T").to_owned();
            Ok(Val::from(isoformat(value, &separator)))
        }
        _ => {
            let [] = args.bind(name, [], 0)?;
            Ok(match name {
                "date" => Val::Date(civil.date()),
                // A time of day is text here, as inventories have it.
                "time" => Val::from(civil.time().to_string()),
                "weekday" => Val::Int(civil.weekday().to_monday_zero_offset().into()),
                "isoweekday" => Val::Int(civil.weekday().to_monday_one_offset().into()),
                "toordinal" => Val::Int(days_since_year_one(civil.date()) + 1),
                "timestamp" => Val::Float(timestamp(civil, offset)?),
                "utcoffset" => match offset {
                    Some(seconds) => Val::Delta(Delta { micros: i64::from(seconds) * 1_000_000 }),
                    None => Val::None,
                },
                _ => return Err(Fault::attribute_error(format!("no attribute '{name}'"))),
            })
        }
    }
}

fn isoformat(value: &Val, separator: &str) -> String {
    match value {
        Val::Date(date) => date.to_string(),
        Val::DateTime(time) => Value::DateTime(*time).to_text().replacen(' ', separator, 1),
        _ => String::new(),
    }
}

/// Seconds since 1970; a naive value is local time.
fn timestamp(civil: civil::DateTime, offset: Option<i32>) -> Res<f64> {
    let zone = match offset {
        Some(seconds) => {
            let offset = jiff::tz::Offset::from_seconds(seconds);
            offset.map(jiff::tz::TimeZone::fixed).map_err(|_| Fault::value_error("offset out of range"))?
        }
        None => jiff::tz::TimeZone::system(),
    };
    let zoned = civil.to_zoned(zone).map_err(|error| Fault::value_error(error.to_string()))?;
    Ok(zoned.timestamp().as_microsecond() as f64 / 1e6)
}

fn replace(value: &Val, civil: civil::DateTime, offset: Option<i32>, args: Args) -> Res<Val> {
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"];
    let given = args.bind("replace", names, 0)?;
    let part = |index: usize, now: i64| given[index].as_ref().map_or(Some(now), Val::as_int);
    let changed = (|| {
        civil::DateTime::new(
            i16::try_from(part(0, civil.year().into())?).ok()?,
            i8::try_from(part(1, civil.month().into())?).ok()?,
            i8::try_from(part(2, civil.day().into())?).ok()?,
            i8::try_from(part(3, civil.hour().into())?).ok()?,
            i8::try_from(part(4, civil.minute().into())?).ok()?,
            i8::try_from(part(5, civil.second().into())?).ok()?,
            i32::try_from(part(6, (civil.subsec_nanosecond() / 1000).into())?.checked_mul(1000)?).ok()?,
        )
        .ok()
    })();
    let civil = changed.ok_or_else(|| Fault::value_error("day is out of range for month"))?;
    let offset = if matches!(given[7], Some(Val::None)) { None } else { offset };
    Ok(match value {
        Val::Date(_) => Val::Date(civil.date()),
        _ => Val::DateTime(DateTime { civil, offset }),
    })
}

/// `strftime` of a date or datetime.
pub(crate) fn strftime(value: &Val, format: &str) -> Res<String> {
    let Some((civil, offset)) = civil_of(value) else { return Err(Fault::type_error("a date is required")) };
    let mut out = String::new();
    let mut rest = format;
    // `%f` and the offsets are Python's own; everything else is C's.
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest[at + 1..].chars().next();
        let width = code.map_or(0, char::len_utf8);
        match code {
            Some('f') => out.push_str(&format!("{:06}", civil.subsec_nanosecond() / 1000)),
            Some('z') => out.push_str(&offset.map(offset_text).unwrap_or_default()),
            Some('Z') => out.push_str(&offset.map(zone_name).unwrap_or_default()),
            Some('s') => out.push_str(&format!("{}", timestamp(civil, offset)? as i64)),
            Some('c') => out.push_str(&c_format(civil, "%a %b %e %H:%M:%S %Y")?),
            Some('x') => out.push_str(&c_format(civil, "%m/%d/%y")?),
            Some('X') => out.push_str(&c_format(civil, "%H:%M:%S")?),
            Some('-') => {
                let code = &rest[at..(at + 3).min(rest.len())];
                out.push_str(&c_format(civil, code)?);
                rest = &rest[(at + 3).min(rest.len())..];
                continue;
            }
            Some(code) => out.push_str(&c_format(civil, &format!("%{code}"))?),
            None => out.push('%'),
        }
        rest = &rest[at + 1 + width..];
    }
    out.push_str(rest);
    Ok(out)
}

fn c_format(civil: civil::DateTime, format: &str) -> Res<String> {
    // An unknown directive is printed as it is, as glibc does.
    Ok(jiff::fmt::strtime::format(format, civil).unwrap_or_else(|_| format.to_owned()))
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

fn zone_name(seconds: i32) -> String {
    if seconds == 0 {
        return "UTC".into();
    }
    let text = offset_text(seconds);
    format!("UTC{}:{}", &text[..3], &text[3..])
}
