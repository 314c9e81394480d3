//! `datetime.strptime` in the C locale.

use crate::{Fault, Res};
use jiff::civil::{Date, DateTime, Time, Weekday};
use rplay_value::str_repr;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Parses `text`; the offset is in seconds, where the format has `%z`.
pub(crate) fn parse(text: &str, format: &str) -> Res<(DateTime, Option<i32>)> {
    let mut parser = Parser { rest: text, ..Parser::default() };
    match parser.run(format)? {
        true => {}
        false => {
            return Err(Fault::value_error(format!(
                "time data {} does not match format {}",
                str_repr(text),
                str_repr(format)
            )));
        }
    }
    if !parser.rest.is_empty() {
        return Err(Fault::value_error(format!("unconverted data remains: {}", parser.rest)));
    }
    Ok((parser.moment()?, parser.offset))
}

#[derive(Default)]
struct Parser<'a> {
    rest: &'a str,
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: i8,
    /// Hour of a twelve-hour clock.
    twelve: Option<i8>,
    afternoon: Option<bool>,
    minute: i8,
    second: i8,
    micros: i32,
    yearday: Option<i16>,
    weekday: Option<i8>,
    /// Week of the year and whether weeks begin on Monday.
    week: Option<(i16, bool)>,
    iso_year: Option<i16>,
    iso_week: Option<i8>,
    offset: Option<i32>,
}

impl Parser<'_> {
    fn run(&mut self, format: &str) -> Res<bool> {
        let mut chars = format.chars().peekable();
        while let Some(char) = chars.next() {
            let fits = if char == '%' {
                match chars.next() {
                    Some(directive) => self.directive(directive, format)?,
                    None => {
                        return Err(Fault::value_error(format!("stray % in format {}", str_repr(format))));
                    }
                }
            } else if char.is_whitespace() {
                while chars.next_if(|char| char.is_whitespace()).is_some() {}
                let trimmed = self.rest.trim_start();
                let some = trimmed.len() < self.rest.len();
                self.rest = trimmed;
                some
            } else {
                self.literal(char)
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn literal(&mut self, char: char) -> bool {
        match self.rest.chars().next() {
            Some(first) if first == char || first.to_lowercase().eq(char.to_lowercase()) => {
                self.rest = &self.rest[first.len_utf8()..];
                true
            }
            _ => false,
        }
    }

    /// Up to `most` digits whose value lies in `low..=high`; fewer digits where more would be too many.
    fn number(&mut self, most: usize, low: i32, high: i32) -> Option<i32> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        (1..=digits).rev().find_map(|count| {
            let value: i32 = self.rest[..count].parse().ok()?;
            (low..=high).contains(&value).then(|| {
                self.rest = &self.rest[count..];
                value
            })
        })
    }

    fn exactly(&mut self, digits: usize) -> Option<i32> {
        let text = self.rest.get(..digits)?;
        text.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        self.rest = &self.rest[digits..];
        text.parse().ok()
    }

    /// The index of a name, whole or shortened to three letters.
    fn name(&mut self, names: &[&str], whole: bool) -> Option<i8> {
        for (index, name) in names.iter().enumerate() {
            let name = if whole { name } else { &name[..3] };
            if self.rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[name.len()..];
                return i8::try_from(index).ok();
            }
        }
        None
    }

    fn directive(&mut self, directive: char, format: &str) -> Res<bool> {
        let fits = match directive {
            'Y' => self.exactly(4).map(|year| self.year = Some(year as i16)),
            'G' => self.exactly(4).map(|year| self.iso_year = Some(year as i16)),
            'y' => self
                .exactly(2)
                .map(|year| self.year = Some((year + if year <= 68 { 2000 } else { 1900 }) as i16)),
            'm' => self.number(2, 1, 12).map(|month| self.month = Some(month as i8)),
            'd' => self.padded_day().map(|day| self.day = Some(day as i8)),
            'H' => self.number(2, 0, 23).map(|hour| self.hour = hour as i8),
            'I' => self.number(2, 1, 12).map(|hour| self.twelve = Some(hour as i8)),
            'M' => self.number(2, 0, 59).map(|minute| self.minute = minute as i8),
            'S' => self.number(2, 0, 61).map(|second| self.second = second as i8),
            'j' => self.number(3, 1, 366).map(|day| self.yearday = Some(day as i16)),
            'f' => self.fraction(),
            'p' => self.noon(),
            'b' | 'h' => self.name(&MONTHS, false).map(|month| self.month = Some(month + 1)),
            'B' => self.name(&MONTHS, true).map(|month| self.month = Some(month + 1)),
            'a' => self.name(&DAYS, false).map(|day| self.weekday = Some(day)),
            'A' => self.name(&DAYS, true).map(|day| self.weekday = Some(day)),
            'w' => self.number(1, 0, 6).map(|day| self.weekday = Some(((day + 6) % 7) as i8)),
            'u' => self.number(1, 1, 7).map(|day| self.weekday = Some(day as i8 - 1)),
            'U' => self.number(2, 0, 53).map(|week| self.week = Some((week as i16, false))),
            'W' => self.number(2, 0, 53).map(|week| self.week = Some((week as i16, true))),
            'V' => self.number(2, 0, 53).map(|week| self.iso_week = Some(week as i8)),
            'z' => self.zone(),
            'Z' => self.zone_name(),
            '%' => self.literal('%').then_some(()),
            'c' => return self.run("%a %b %d %H:%M:%S %Y"),
            'x' => return self.run("%m/%d/%y"),
            'X' => return self.run("%H:%M:%S"),
            other => {
                return Err(Fault::value_error(format!(
                    "'{other}' is a bad directive in format {}",
                    str_repr(format)
                )));
            }
        };
        Ok(fits.is_some())
    }

    fn padded_day(&mut self) -> Option<i32> {
        if self.rest.starts_with(' ') {
            self.rest = &self.rest[1..];
            return self.number(1, 1, 9);
        }
        self.number(2, 1, 31)
    }

    fn fraction(&mut self) -> Option<()> {
        let digits = self.rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
        let text = self.rest.get(..digits).filter(|text| !text.is_empty())?;
        self.micros = format!("{text:0<6}").parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(())
    }

    fn noon(&mut self) -> Option<()> {
        let word = self.rest.get(..2)?.to_ascii_lowercase();
        self.afternoon = Some(match word.as_str() {
            "am" => false,
            "pm" => true,
            _ => return None,
        });
        self.rest = &self.rest[2..];
        Some(())
    }

    fn zone(&mut self) -> Option<()> {
        if let Some(rest) = self.rest.strip_prefix(['Z', 'z']) {
            self.rest = rest;
            self.offset = Some(0);
            return Some(());
        }
        let negative = match self.rest.chars().next()? {
            '+' => false,
            '-' => true,
            _ => return None,
        };
        self.rest = &self.rest[1..];
        let hours = self.exactly(2)?;
        let colon = self.literal(':');
        let minutes = self.exactly(2).filter(|minutes| *minutes < 60)?;
        let mut seconds = 0;
        let before = self.rest;
        if !colon || self.literal(':') {
            match self.exactly(2) {
                Some(found) => seconds = found,
                None => self.rest = before,
            }
        }
        let total = hours * 3600 + minutes * 60 + seconds;
        self.offset = Some(if negative { -total } else { total });
        Some(())
    }

    fn zone_name(&mut self) -> Option<()> {
        for name in ["utc", "gmt"] {
            if self.rest.get(..3).is_some_and(|text| text.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[3..];
                return Some(());
            }
        }
        None
    }

    fn moment(&self) -> Res<DateTime> {
        let invalid = |_| Fault::value_error("day is out of range for month");
        let hour = match (self.twelve, self.afternoon) {
            (Some(hour), Some(true)) => hour % 12 + 12,
            (Some(hour), Some(false)) => hour % 12,
            (Some(hour), None) => hour,
            (None, _) => self.hour,
        };
        if self.second > 59 {
            return Err(Fault::value_error("second must be in 0..59"));
        }
        let time = Time::new(hour, self.minute, self.second, self.micros * 1000).map_err(invalid)?;
        Ok(self.date()?.to_datetime(time))
    }

    fn date(&self) -> Res<Date> {
        let invalid = |_| Fault::value_error("day is out of range for month");
        if let (Some(year), Some(week), Some(day)) = (self.iso_year, self.iso_week, self.weekday) {
            let weekday = Weekday::from_monday_zero_offset(day).map_err(invalid)?;
            return jiff::civil::ISOWeekDate::new(year, week, weekday)
                .map(|date| date.date())
                .map_err(invalid);
        }
        let year = self.year.unwrap_or(1900);
        let first =
            Date::new(year, 1, 1).map_err(|_| Fault::value_error(format!("year {year} is out of range")))?;
        let mut yearday = self.yearday;
        if let (None, Some((week, monday)), Some(day), Some(year)) =
            (yearday, self.week, self.weekday, self.year)
        {
            yearday = Some(day_of_week(year, week, monday, day)?);
        }
        match yearday {
            Some(day) if self.month.is_none() && self.day.is_none() => {
                first.checked_add(jiff::Span::new().days(i64::from(day) - 1)).map_err(invalid)
            }
            _ => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).map_err(invalid),
        }
    }
}

/// The day of the year of a weekday (Monday is 0) in a week.
fn day_of_week(year: i16, week: i16, monday: bool, day: i8) -> Res<i16> {
    let first = Date::new(year, 1, 1).map_err(|_| Fault::value_error("year is out of range"))?;
    let mut first_day = i16::from(first.weekday().to_monday_zero_offset());
    let mut day = i16::from(day);
    if !monday {
        first_day = (first_day + 1) % 7;
        day = (day + 1) % 7;
    }
    let week_zero = (7 - first_day) % 7;
    Ok(if week == 0 { 1 + day - first_day } else { 1 + week_zero + 7 * (week - 1) + day })
}
