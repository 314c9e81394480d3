//! C's `strftime` in the C locale, with glibc's flags.

use jiff::{civil::DateTime, civil::Weekday};
use std::fmt::Write;

/// Broken-down time with what is known about its zone.
pub(crate) struct Moment {
    pub civil: DateTime,
    /// Seconds east of UTC; `None` for a naive time.
    pub offset: Option<i32>,
    /// The zone's abbreviation.
    pub zone: String,
    /// Microseconds are known (Python's `datetime`), so `%f` is replaced.
    pub has_micros: bool,
}

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Formats `moment`; what is no directive stays as it is.
pub(crate) fn format(format: &str, moment: &Moment) -> String {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut raw = String::from("%");
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|char| "-_0^#".contains(*char)) {
            raw.push(flag);
            match flag {
                '^' => spec.upper = true,
                '#' => spec.swap = true,
                pad => spec.pad = Some(pad),
            }
        }
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            raw.push(digit);
            spec.width = spec.width * 10 + digit.to_digit(10).unwrap_or(0) as usize;
        }
        if let Some(modifier) = chars.next_if(|char| *char == 'E' || *char == 'O') {
            raw.push(modifier);
        }
        let Some(directive) = chars.next() else {
            out.push_str(&raw);
            break;
        };
        raw.push(directive);
        if !directive_text(&mut out, directive, &spec, moment) {
            out.push_str(&raw);
        }
    }
    out
}

#[derive(Default)]
struct Spec {
    pad: Option<char>,
    width: usize,
    upper: bool,
    swap: bool,
}

impl Spec {
    fn number(&self, out: &mut String, value: i64, width: usize, pad: char) {
        let pad = match self.pad {
            Some('-') => None,
            Some('_') => Some(' '),
            Some(zero) => Some(zero),
            None => Some(pad),
        };
        let width = if self.width > 0 { self.width } else { width };
        match pad {
            None => {
                let _ = write!(out, "{value}");
            }
            Some('0') => {
                let _ = write!(out, "{value:0width$}");
            }
            Some(_) => {
                let _ = write!(out, "{value:width$}");
            }
        }
    }

    fn text(&self, out: &mut String, text: &str) {
        let text = if self.upper || self.swap { text.to_uppercase() } else { text.to_owned() };
        let _ = write!(out, "{text:>width$}", width = self.width);
    }
}

fn directive_text(out: &mut String, directive: char, spec: &Spec, moment: &Moment) -> bool {
    let time = &moment.civil;
    let (year, month, day) = (i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    let (hour, minute, second) = (i64::from(time.hour()), i64::from(time.minute()), i64::from(time.second()));
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let sunday_first = i64::from(time.weekday().to_sunday_zero_offset());
    let yearday = i64::from(time.date().day_of_year());
    let inner = |text: &str| format(text, moment);
    match directive {
        'a' => spec.text(out, &DAYS[sunday_first as usize][..3]),
        'A' => spec.text(out, DAYS[sunday_first as usize]),
        'b' | 'h' => spec.text(out, &MONTHS[month as usize - 1][..3]),
        'B' => spec.text(out, MONTHS[month as usize - 1]),
        'c' => spec.text(out, &inner("%a %b %e %H:%M:%S %Y")),
        'C' => spec.number(out, year.div_euclid(100), 2, '0'),
        'd' => spec.number(out, day, 2, '0'),
        'D' | 'x' => spec.text(out, &inner("%m/%d/%y")),
        'e' => spec.number(out, day, 2, ' '),
        'f' if moment.has_micros => {
            let _ = write!(out, "{:06}", time.subsec_nanosecond() / 1000);
        }
        'F' => spec.text(out, &inner("%Y-%m-%d")),
        'g' => spec.number(out, i64::from(time.date().iso_week_date().year()).rem_euclid(100), 2, '0'),
        'G' => spec.number(out, i64::from(time.date().iso_week_date().year()), 1, '0'),
        'H' => spec.number(out, hour, 2, '0'),
        'I' => spec.number(out, twelve, 2, '0'),
        'j' => spec.number(out, yearday, 3, '0'),
        'k' => spec.number(out, hour, 2, ' '),
        'l' => spec.number(out, twelve, 2, ' '),
        'm' => spec.number(out, month, 2, '0'),
        'M' => spec.number(out, minute, 2, '0'),
        'n' => out.push('\n'),
        'p' if spec.swap => out.push_str(if hour < 12 { "am" } else { "pm" }),
        'p' => spec.text(out, if hour < 12 { "AM" } else { "PM" }),
        'P' => out.push_str(if hour < 12 { "am" } else { "pm" }),
        'r' => spec.text(out, &inner("%I:%M:%S %p")),
        'R' => spec.text(out, &inner("%H:%M")),
        's' => spec.number(out, seconds(moment), 1, '0'),
        'S' => spec.number(out, second, 2, '0'),
        't' => out.push('\t'),
        'T' | 'X' => spec.text(out, &inner("%H:%M:%S")),
        'u' => spec.number(out, i64::from(time.weekday().to_monday_one_offset()), 1, '0'),
        'U' => spec.number(out, (yearday - 1 + 7 - sunday_first) / 7, 2, '0'),
        'V' => spec.number(out, i64::from(time.date().iso_week_date().week()), 2, '0'),
        'w' => spec.number(out, sunday_first, 1, '0'),
        'W' => {
            let monday_first = i64::from(time.weekday().since(Weekday::Monday));
            spec.number(out, (yearday - 1 + 7 - monday_first) / 7, 2, '0');
        }
        'y' => spec.number(out, year.rem_euclid(100), 2, '0'),
        'Y' => spec.number(out, year, 1, '0'),
        'z' => out.push_str(&moment.offset.map(|offset| offset_text(offset, "")).unwrap_or_default()),
        'Z' if spec.swap => out.push_str(&moment.zone.to_lowercase()),
        'Z' => spec.text(out, &moment.zone),
        '%' => out.push('%'),
        _ => return false,
    }
    true
}

/// `+0130`; `between` stands between hours and minutes.
pub(crate) fn offset_text(offset: i32, between: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    let mut text = format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60);
    if offset.abs() % 60 != 0 {
        let _ = write!(text, "{between}{:02}", offset.abs() % 60);
    }
    text
}

/// Seconds since the epoch; a naive time counts as UTC.
fn seconds(moment: &Moment) -> i64 {
    let utc = moment.civil.to_zoned(jiff::tz::TimeZone::UTC);
    let seconds = utc.map_or(0, |zoned| zoned.timestamp().as_second());
    seconds - i64::from(moment.offset.unwrap_or(0))
}
