//! YAML 1.1 timestamps, as PyYAML recognises and reads them.

use jiff::civil;
use rplay_value::{DateTime, Value};

/// The parts of a timestamp's text.
struct Parts<'a> {
    date: [&'a str; 3],
    time: Option<Time<'a>>,
}

struct Time<'a> {
    clock: [&'a str; 3],
    fraction: &'a str,
    zone: Zone<'a>,
}

enum Zone<'a> {
    None,
    Utc,
    Offset { negative: bool, hours: &'a str, minutes: &'a str },
}

/// Whether a plain scalar is a timestamp: a date with two-digit parts, or a date and time.
pub(crate) fn is_timestamp(text: &str) -> bool {
    parse(text)
        .is_some_and(|parts| parts.time.is_some() || (parts.date[1].len() == 2 && parts.date[2].len() == 2))
}

/// The value of a timestamp's text.
pub(crate) fn construct(text: &str) -> Result<Value, String> {
    let parts = parse(text).ok_or_else(|| format!("{text:?} is not a timestamp"))?;
    let [year, month, day] = parts.date;
    let date = civil::Date::new(number(year)?, number(month)?, number(day)?)
        .ok()
        .filter(|date| date.year() > 0)
        .ok_or_else(|| format!("{text:?} is not a day of the calendar"))?;
    let Some(time) = parts.time else { return Ok(Value::Date(date)) };
    let civil = date.to_datetime(time_of_day(&time, text)?);
    Ok(Value::DateTime(DateTime { civil, offset: offset(&time.zone, text)? }))
}

fn time_of_day(time: &Time<'_>, text: &str) -> Result<civil::Time, String> {
    let [hour, minute, second] = time.clock;
    let micros: i32 = number(&format!("{:0<6.6}", time.fraction))?;
    civil::Time::new(number(hour)?, number(minute)?, number(second)?, micros * 1000)
        .map_err(|_| format!("{text:?} is not a time of day"))
}

fn offset(zone: &Zone<'_>, text: &str) -> Result<Option<i32>, String> {
    let seconds = match zone {
        Zone::None => return Ok(None),
        Zone::Utc => 0,
        Zone::Offset { negative, hours, minutes } => {
            let minutes: i32 = if minutes.is_empty() { 0 } else { number(minutes)? };
            let seconds = number::<i32>(hours)? * 3600 + minutes * 60;
            if *negative { -seconds } else { seconds }
        }
    };
    if seconds.abs() < 24 * 3600 {
        Ok(Some(seconds))
    } else {
        Err(format!("the offset of {text:?} is too large"))
    }
}

fn number<T: std::str::FromStr>(digits: &str) -> Result<T, String> {
    digits.parse().map_err(|_| format!("{digits:?} is not a number"))
}

/// A cursor over the text.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Between `least` and `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<&'a str> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        Some(digits)
    }

    fn eat(&mut self, char: char) -> bool {
        match self.0.strip_prefix(char) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start_matches([' ', '\t']);
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }
}

fn parse(text: &str) -> Option<Parts<'_>> {
    let mut cursor = Cursor(text);
    let year = cursor.digits(4, 4)?;
    let month = cursor.eat('-').then(|| cursor.digits(1, 2))??;
    let day = cursor.eat('-').then(|| cursor.digits(1, 2))??;
    let date = [year, month, day];
    if cursor.0.is_empty() {
        return Some(Parts { date, time: None });
    }
    if !(cursor.eat('T') || cursor.eat('t') || cursor.blanks()) {
        return None;
    }
    let hour = cursor.digits(1, 2)?;
    let minute = cursor.eat(':').then(|| cursor.digits(2, 2))??;
    let second = cursor.eat(':').then(|| cursor.digits(2, 2))??;
    let fraction = if cursor.eat('.') { cursor.digits(0, usize::MAX)? } else { "" };
    cursor.blanks();
    let zone = zone(&mut cursor)?;
    let time = Time { clock: [hour, minute, second], fraction, zone };
    cursor.0.is_empty().then_some(Parts { date, time: Some(time) })
}

fn zone<'a>(cursor: &mut Cursor<'a>) -> Option<Zone<'a>> {
    if cursor.eat('Z') {
        return Some(Zone::Utc);
    }
    let negative = cursor.eat('-');
    if !negative && !cursor.eat('+') {
        return Some(Zone::None);
    }
    let hours = cursor.digits(1, 2)?;
    let minutes = if cursor.eat(':') { cursor.digits(2, 2)? } else { "" };
    Some(Zone::Offset { negative, hours, minutes })
}
